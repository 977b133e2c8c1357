//! The one reserved range of memory: how it is cut up, and the block table that makes it parse.
//!
//! ```text
//!  base (a multiple of ALIGNMENT)
//!  +0              Roots
//!  +DESCRIPTORS    [BlockDescriptor; block_count]
//!  +MARK_BITS      one bit per 16 bytes of block memory: reached by the collection under way
//!  +ALLOCATED_BITS one bit per 16 bytes of block memory: an object starts here
//!  +BLOCKS         blocks of 64 KiB
//! ```
//!
//! Invariant: from the block table alone one can walk every slot. A small block holds objects of one size
//! class and one kind, the first at its start, each `slot_size` bytes; a large object owns a run of blocks.
//! Offsets are fixed, so the collector finds a bit from an address by shifting; readers should take the
//! addresses from `Roots` all the same.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The region starts at a multiple of this, so that masking any address inside gives its base.
pub const ALIGNMENT: u64 = 1 << 38;
/// What is reserved unless the system refuses.
pub const SIZE_DEFAULT: u64 = 1 << 38;
/// Offset of the block table.
pub const DESCRIPTORS: u64 = 1 << 27;
/// Offset of the mark bitmap.
pub const MARK_BITS: u64 = 1 << 31;
/// Offset of the bitmap of allocated slots.
pub const ALLOCATED_BITS: u64 = 2 << 31;
/// Offset of block 0.
pub const BLOCKS: u64 = 4 << 31;
/// Bytes of a block.
pub const BLOCK_SIZE: u64 = 1 << 16;
/// Bytes that one bit of a bitmap stands for; objects are aligned to this.
pub const GRANULE: u64 = 16;
/// Bitmap bytes of one block.
pub const BITMAP_BYTES_PER_BLOCK: u64 = BLOCK_SIZE / GRANULE / 8;

/// What a block is used for.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockState {
    /// Nothing; its memory may have been given back.
    Free = 0,
    /// Slots of one size.
    Small = 1,
    /// The first block of a large object.
    Large = 2,
    /// A further block of a large object; `first` leads to its first.
    LargeTail = 3,
}

impl BlockState {
    /// The state with this number, if there is one.
    pub const fn from_byte(byte: u8) -> Option<BlockState> {
        Some(match byte {
            0 => BlockState::Free,
            1 => BlockState::Small,
            2 => BlockState::Large,
            3 => BlockState::LargeTail,
            _ => return None,
        })
    }
}

/// One entry of the block table.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct BlockDescriptor {
    /// A [`BlockState`].
    pub state: u8,
    /// A `layout::Kind`: the kind of every object inside.
    pub kind: u8,
    /// The size class of a small block, an index private to the allocator.
    pub class: u8,
    /// Not 0 while the collection under way has yet to sweep it.
    pub unswept: u8,
    /// Bytes of a slot; of a large object, what was asked for, rounded up to 16. 0 when 4 GiB or more: then
    /// the run's length tells.
    pub slot_size: u32,
    /// Slots whose allocated bit is set, as of the last sweep or allocation. The bitmap is the truth.
    pub live_count: u32,
    /// Blocks of the run that starts here; 1 for a small block, 0 for a tail.
    pub run_length: u32,
    /// Index of the first block of the run.
    pub first: u32,
    /// Reserved for the allocator.
    pub allocator: [u32; 3],
}
const _: () = assert!(size_of::<BlockDescriptor>() == 32);
