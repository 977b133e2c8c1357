//! Where things are in the region: all arithmetic from addresses to bits, blocks and slots.
//!
//! Invariant: an address is looked at only after `slot_of` or the heap's contract has placed it in a slot.
//! Not here: the format itself (`dumpfmt/region.rs`), memory (`region.rs`).

use dumpfmt::layout::Kind;
use dumpfmt::layout::roots::Roots;
use dumpfmt::region::{
    ALLOCATED_BITS, BLOCK_SIZE, BLOCKS, BlockDescriptor, BlockState, DESCRIPTORS, GRANULE, MARK_BITS,
};

/// A slot, as found from an address somewhere inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Where it starts.
    pub address: u64,
    /// The kind of its block.
    pub kind: Kind,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// One bit of a bitmap: the word that holds it and the mask.
#[derive(Clone, Copy)]
pub(super) struct Bit {
    pub word: *mut u64,
    pub mask: u64,
}

impl Bit {
    /// # Safety
    /// The word belongs to a committed bitmap.
    #[inline(always)]
    pub unsafe fn is_set(self) -> bool {
        // SAFETY: the caller's.
        unsafe { *self.word & self.mask != 0 }
    }

    /// # Safety
    /// The word belongs to a committed bitmap.
    #[inline(always)]
    pub unsafe fn set(self) {
        // SAFETY: the caller's.
        unsafe { *self.word |= self.mask }
    }

    /// # Safety
    /// The word belongs to a committed bitmap.
    #[inline(always)]
    pub unsafe fn clear(self) {
        // SAFETY: the caller's.
        unsafe { *self.word &= !self.mask }
    }
}

/// The start of the region, from which everything else is an offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub base: u64,
}

impl Geometry {
    #[inline(always)]
    pub fn roots(self) -> *mut Roots {
        self.base as *mut Roots
    }

    /// Where block 0 starts.
    #[inline(always)]
    pub fn blocks(self) -> u64 {
        self.base + BLOCKS
    }

    #[inline(always)]
    pub fn block_address(self, index: u32) -> u64 {
        self.blocks() + index as u64 * BLOCK_SIZE
    }

    /// The block that an address of block memory lies in.
    #[inline(always)]
    pub fn block_index(self, address: u64) -> u32 {
        ((address - self.blocks()) / BLOCK_SIZE) as u32
    }

    #[inline(always)]
    pub fn descriptor(self, index: u32) -> *mut BlockDescriptor {
        (self.base + DESCRIPTORS + index as u64 * size_of::<BlockDescriptor>() as u64) as *mut BlockDescriptor
    }

    /// The first word of a block in the mark bitmap.
    #[inline(always)]
    pub fn mark_words(self, block: u32) -> *mut u64 {
        (self.base + MARK_BITS + block as u64 * (BLOCK_SIZE / GRANULE / 8)) as *mut u64
    }

    /// The first word of a block in the bitmap of allocated slots.
    #[inline(always)]
    pub fn allocated_words(self, block: u32) -> *mut u64 {
        (self.base + ALLOCATED_BITS + block as u64 * (BLOCK_SIZE / GRANULE / 8)) as *mut u64
    }

    #[inline(always)]
    pub fn mark_bit(self, address: u64) -> Bit {
        self.bit(MARK_BITS, address)
    }

    #[inline(always)]
    pub fn allocated_bit(self, address: u64) -> Bit {
        self.bit(ALLOCATED_BITS, address)
    }

    #[inline(always)]
    fn bit(self, bitmap: u64, address: u64) -> Bit {
        let granule = (address - self.blocks()) / GRANULE;
        Bit { word: (self.base + bitmap + granule / 64 * 8) as *mut u64, mask: 1 << (granule % 64) }
    }

    /// The address of the hash part that tables without one share; it lies outside the blocks.
    #[inline(always)]
    pub fn empty_nodes(self) -> u64 {
        self.base + core::mem::offset_of!(Roots, empty_nodes) as u64
    }

    /// The allocated slot that `address` points at or into, if there is one. Any number may be asked about.
    pub fn slot_of(self, address: u64) -> Option<Slot> {
        let offset = address.checked_sub(self.blocks())?;
        // SAFETY: the roots are committed as long as the heap lives.
        let block_count = unsafe { (*self.roots()).block_count };
        if offset / BLOCK_SIZE >= block_count {
            return None;
        }
        let index = (offset / BLOCK_SIZE) as u32;
        // SAFETY: descriptors below `block_count` are committed.
        let descriptor = unsafe { *self.descriptor(index) };
        let slot = match BlockState::from_byte(descriptor.state)? {
            BlockState::Free => return None,
            BlockState::Small => {
                let size_bytes = descriptor.slot_size as u64;
                let start = offset % BLOCK_SIZE / size_bytes * size_bytes;
                if start + size_bytes > BLOCK_SIZE {
                    return None;
                }
                Slot {
                    address: self.block_address(index) + start,
                    kind: Kind::from_byte(descriptor.kind)?,
                    size_bytes,
                }
            }
            BlockState::Large | BlockState::LargeTail => self.large_slot(descriptor.first)?,
        };
        // SAFETY: the bitmaps are committed as far as the blocks.
        let live = unsafe { self.allocated_bit(slot.address).is_set() };
        (live && address < slot.address + slot.size_bytes).then_some(slot)
    }

    /// The slot of the large object whose run starts with this block.
    pub fn large_slot(self, first: u32) -> Option<Slot> {
        // SAFETY: descriptors of blocks in use are committed.
        let descriptor = unsafe { *self.descriptor(first) };
        let size_bytes = match descriptor.slot_size {
            0 => descriptor.run_length as u64 * BLOCK_SIZE,
            size => size as u64,
        };
        Some(Slot { address: self.block_address(first), kind: Kind::from_byte(descriptor.kind)?, size_bytes })
    }
}
