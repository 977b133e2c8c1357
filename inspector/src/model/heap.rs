//! The block table: which memory is used for what, and which slot an address belongs to.
//!
//! The table and the two bitmaps lie apart from the objects, so that counting a heap of any size touches
//! none of its pages.
//!
//! Invariant: nothing here trusts a descriptor; one that contradicts itself is passed over and counted.

use crate::image::{Fault, Image};
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::roots::Roots;
use dumpfmt::region::{BITMAP_BYTES_PER_BLOCK, BLOCK_SIZE, BlockDescriptor, BlockState, GRANULE};

/// The values of `Roots::collector_phase` between the end of marking and that of the collection.
const SWEEPING: core::ops::RangeInclusive<u64> = 2..=3;

/// The block table of the recorded heap.
#[derive(Debug, Default)]
pub struct BlockTable {
    /// Where block 0 starts.
    pub blocks: Addr,
    /// As many descriptors as are there; `unswept` is 0 but for blocks whose mark bits tell what is garbage.
    pub descriptors: Vec<BlockDescriptor>,
    /// As many as the roots claim.
    pub declared_count: u64,
    /// Why not all of them are there.
    pub fault: Option<Fault>,
    allocated_bits: Addr,
    mark_bits: Addr,
}

/// A place for one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its first address.
    pub addr: Addr,
    /// In bytes.
    pub size: u64,
    /// What its block says it holds.
    pub kind: Kind,
    /// The index of its block.
    pub block: usize,
}

/// Whether an object is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// The slot holds an object.
    Allocated,
    /// The last collection found it unreachable, and had not yet freed it.
    Garbage,
    /// The slot is free.
    Free,
}

/// Objects of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Objects.
    pub count: u64,
    /// Bytes of their slots.
    pub bytes: u64,
    /// Objects found unreachable and not yet freed; not in `count`.
    pub garbage_count: u64,
    /// Bytes of their slots; not in `bytes`.
    pub garbage_bytes: u64,
}

/// What the whole heap holds.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// By number of [`Kind`].
    pub kinds: [Tally; Kind::ALL.len()],
    /// Blocks whose bitmap or descriptor could not be used.
    pub blocks_unread: u64,
    /// Blocks the roots claim but the table does not hold.
    pub blocks_missing: u64,
}

impl BlockTable {
    /// The block table that `roots` point to.
    pub fn read(image: &Image<'_>, roots: &Roots) -> BlockTable {
        let size = size_of::<BlockDescriptor>() as u64;
        let declared_count = roots.block_count;
        let mut fault = None;
        let mut descriptors: Vec<BlockDescriptor> =
            image.read_row(roots.descriptors, declared_count).unwrap_or_else(|why| {
                fault = Some(why);
                let there = (image.available(roots.descriptors) / size).min(declared_count);
                image.read_row(roots.descriptors, there).unwrap_or_default()
            });
        descriptors.shrink_to_fit();
        if !SWEEPING.contains(&roots.collector_phase) {
            // While it marks, what bears no mark has not been reached yet; that says nothing of what is reachable.
            for descriptor in &mut descriptors {
                descriptor.unswept = 0;
            }
        }
        BlockTable {
            blocks: roots.blocks,
            descriptors,
            declared_count,
            fault,
            allocated_bits: roots.allocated_bits,
            mark_bits: roots.mark_bits,
        }
    }

    /// The slot that `addr` lies in; `None` when it lies in no block, or in a free one.
    pub fn slot_of(&self, addr: Addr) -> Option<Slot> {
        let distance = addr.0.checked_sub(self.blocks.0)?;
        let block = usize::try_from(distance / BLOCK_SIZE).ok()?;
        let descriptor = self.descriptors.get(block)?;
        match BlockState::from_byte(descriptor.state)? {
            BlockState::Free => None,
            BlockState::Small => {
                let size = u64::from(descriptor.slot_size);
                let index = (distance % BLOCK_SIZE).checked_div(size)?;
                if (index + 1) * size > BLOCK_SIZE {
                    return None;
                }
                let start = self.start_of(block).offset(index * size);
                Some(Slot { addr: start, size, kind: Kind::from_byte(descriptor.kind)?, block })
            }
            BlockState::Large => self.large_slot(block),
            BlockState::LargeTail => {
                let first = descriptor.first as usize;
                let slot = self.large_slot(first)?;
                (first < block && addr.0 - slot.addr.0 < slot.size).then_some(slot)
            }
        }
    }

    /// Where block `index` starts.
    pub fn start_of(&self, index: usize) -> Addr {
        self.blocks.offset((index as u64).wrapping_mul(BLOCK_SIZE))
    }

    /// Whether the slot at `slot` holds an object.
    pub fn life(&self, image: &Image<'_>, slot: &Slot) -> Result<Life, Fault> {
        let granule = slot.addr.0.wrapping_sub(self.blocks.0) / GRANULE;
        let bit = |bits: Addr| -> Result<bool, Fault> {
            Ok(image.read::<u8>(bits.offset(granule / 8))? >> (granule % 8) & 1 != 0)
        };
        if !bit(self.allocated_bits)? {
            return Ok(Life::Free);
        }
        let unswept = self.descriptors.get(slot.block).is_some_and(|descriptor| descriptor.unswept != 0);
        if unswept && !bit(self.mark_bits)? { Ok(Life::Garbage) } else { Ok(Life::Allocated) }
    }

    /// The allocated slots of block `index`, garbage included and marked as such.
    pub fn slots(&self, image: &Image<'_>, index: usize) -> Result<Vec<(Slot, Life)>, Fault> {
        let Some(descriptor) = self.descriptors.get(index) else { return Ok(Vec::new()) };
        let state = BlockState::from_byte(descriptor.state);
        if !matches!(state, Some(BlockState::Small | BlockState::Large)) {
            return Ok(Vec::new());
        }
        let (allocated, marked) = self.bitmaps(image, index)?;
        let mut slots = Vec::new();
        for (word_index, word) in allocated.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let granule = (word_index * 64 + bit) as u64;
                let addr = self.start_of(index).offset(granule * GRANULE);
                let Some(mut slot) = self.slot_of(addr) else { continue };
                slot.addr = addr;
                let garbage = descriptor.unswept != 0 && marked[word_index] >> bit & 1 == 0;
                slots.push((slot, if garbage { Life::Garbage } else { Life::Allocated }));
            }
        }
        Ok(slots)
    }

    /// Counts every object by kind, from the table and the bitmaps alone.
    pub fn census(&self, image: &Image<'_>) -> Census {
        let mut census = Census {
            blocks_missing: self.declared_count.saturating_sub(self.descriptors.len() as u64),
            ..Census::default()
        };
        for (index, descriptor) in self.descriptors.iter().enumerate() {
            let state = BlockState::from_byte(descriptor.state);
            if matches!(state, Some(BlockState::Free | BlockState::LargeTail)) {
                continue;
            }
            let size = match state {
                Some(BlockState::Small) => Some(u64::from(descriptor.slot_size)),
                Some(BlockState::Large) => self.large_slot(index).map(|slot| slot.size),
                _ => None,
            };
            let (Some(kind), Some(size), Ok((allocated, marked))) =
                (Kind::from_byte(descriptor.kind), size, self.bitmaps(image, index))
            else {
                census.blocks_unread += 1;
                continue;
            };
            let mut count = 0u64;
            let mut garbage = 0u64;
            for (allocated, marked) in allocated.iter().zip(&marked) {
                let dead = if descriptor.unswept != 0 { allocated & !marked } else { 0 };
                garbage += u64::from(dead.count_ones());
                count += u64::from((allocated & !dead).count_ones());
            }
            let tally = &mut census.kinds[kind as usize];
            tally.count += count;
            tally.bytes = tally.bytes.saturating_add(count.saturating_mul(size));
            tally.garbage_count += garbage;
            tally.garbage_bytes = tally.garbage_bytes.saturating_add(garbage.saturating_mul(size));
        }
        census
    }

    fn large_slot(&self, block: usize) -> Option<Slot> {
        let descriptor = self.descriptors.get(block)?;
        if descriptor.state != BlockState::Large as u8 {
            return None;
        }
        let run = u64::from(descriptor.run_length).checked_mul(BLOCK_SIZE)?;
        let size = match u64::from(descriptor.slot_size) {
            0 => run,
            size => size.min(run),
        };
        Some(Slot { addr: self.start_of(block), size, kind: Kind::from_byte(descriptor.kind)?, block })
    }

    /// The allocated and the mark bits of one block; mark bits that are not there read as set, so that
    /// nothing is called garbage on their account.
    #[allow(clippy::type_complexity)]
    fn bitmaps(
        &self,
        image: &Image<'_>,
        block: usize,
    ) -> Result<([u64; BITMAP_WORDS], [u64; BITMAP_WORDS]), Fault> {
        let offset = (block as u64).wrapping_mul(BITMAP_BYTES_PER_BLOCK);
        let allocated = image.read::<[u64; BITMAP_WORDS]>(self.allocated_bits.offset(offset))?;
        let marked =
            image.read::<[u64; BITMAP_WORDS]>(self.mark_bits.offset(offset)).unwrap_or([!0; BITMAP_WORDS]);
        Ok((allocated, marked))
    }
}

const BITMAP_WORDS: usize = BITMAP_BYTES_PER_BLOCK as usize / 8;
