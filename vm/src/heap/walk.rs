//! Every allocated slot, in the order of addresses.
//!
//! Invariant: yields exactly the slots whose allocated bit is set.
//! Not here: whether anything reaches them (`verify.rs`).

use super::Heap;
use super::geometry::Geometry;
use super::size_class::WORDS_PER_BLOCK;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::region::{BlockState, GRANULE};

/// The iterator that [`Heap::walk`] returns.
pub struct Walk<'a> {
    geometry: Geometry,
    block: u32,
    block_count: u32,
    /// The next word of the block's bitmap.
    word_index: usize,
    /// Slots of the word before that are still to come.
    word: u64,
    heap: core::marker::PhantomData<&'a Heap>,
}

impl Heap {
    /// Every allocated slot: its address, kind and size in bytes.
    pub fn walk(&self) -> Walk<'_> {
        Walk {
            geometry: self.geometry,
            block: 0,
            block_count: self.region.block_count(),
            word_index: 0,
            word: 0,
            heap: core::marker::PhantomData,
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = (Addr, Kind, u64);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.word != 0 {
                let granule = (self.word_index as u64 - 1) * 64 + self.word.trailing_zeros() as u64;
                self.word &= self.word - 1;
                let address = self.geometry.block_address(self.block) + granule * GRANULE;
                if let Some(slot) = self.geometry.slot_of(address) {
                    return Some((Addr(slot.address), slot.kind, slot.size_bytes));
                }
                continue;
            }
            if self.word_index == WORDS_PER_BLOCK {
                self.word_index = 0;
                self.block += 1;
            }
            if self.block >= self.block_count {
                return None;
            }
            // SAFETY: descriptors and bitmaps below the block count are committed.
            unsafe {
                if self.word_index == 0
                    && (*self.geometry.descriptor(self.block)).state == BlockState::Free as u8
                {
                    self.block += 1;
                    continue;
                }
                self.word = *self.geometry.allocated_words(self.block).add(self.word_index);
            }
            self.word_index += 1;
        }
    }
}
