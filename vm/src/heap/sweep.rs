//! Sweeping: giving back what marking did not reach, block by block, by two bitmaps alone.
//!
//! Invariant: a block with `unswept` 0 has no mark bit set, except while the heap premarks.
//! Not here: the intern table's sweep (`intern.rs`), when slices run (`cycle.rs`).

use super::Heap;
use super::allocate::{LISTED, NO_BLOCK, PAGES_PER_BLOCK, PagesUsed, WORDS_PER_PAGE, first_granule};
use super::geometry::Geometry;
use super::size_class::slots_per_block;
use crate::sys::memory;
use dumpfmt::region::{BLOCK_SIZE, BlockDescriptor, BlockState, GRANULE};

/// A block with fewer free slots than one in so many is not worth visiting.
const SLOTS_PER_FREE_MIN: u32 = 16;

/// Bytes of a page, of the usual size; where pages are larger none can be given back.
const PAGE_BYTES: u32 = BLOCK_SIZE as u32 / PAGES_PER_BLOCK as u32;

impl Heap {
    /// Sweeps up to `block_count` more blocks; true when all are swept.
    pub(super) fn sweep_blocks(&mut self, block_count: u32) -> bool {
        let end = self.region.block_count();
        let stop = self.sweep_cursor.saturating_add(block_count).min(end);
        while self.sweep_cursor < stop {
            let block = self.sweep_cursor;
            // SAFETY: descriptors below the block count are committed.
            let descriptor = unsafe { *self.geometry.descriptor(block) };
            if descriptor.unswept != 0 {
                if descriptor.state == BlockState::Small as u8 {
                    self.sweep_block(block);
                } else {
                    self.sweep_large(block);
                }
            }
            self.sweep_cursor += descriptor.run_length.max(1);
        }
        self.sweep_cursor >= end
    }

    /// Sweeps a block of small objects.
    pub(super) fn sweep_block(&mut self, block: u32) {
        let geometry = self.geometry;
        // SAFETY: the block is in use.
        let descriptor = unsafe { &mut *geometry.descriptor(block) };
        descriptor.unswept = 0;
        descriptor.allocator[LISTED] = 0;
        let (first_page, _) = first_granule(block);
        let page_count = PagesUsed::of(descriptor).ever as usize;
        let wrapped = (first_page + page_count).saturating_sub(PAGES_PER_BLOCK);
        let (mut old_count, mut new_count) = (0, 0);
        for (first, count) in [(first_page, page_count - wrapped), (0, wrapped)] {
            // SAFETY: inside the block's part of both bitmaps.
            let (old, new) =
                unsafe { sweep_words(geometry, block, first * WORDS_PER_PAGE, count * WORDS_PER_PAGE) };
            (old_count, new_count) = (old_count + old, new_count + new);
        }
        let freed = old_count - new_count;
        self.uncount(freed as u64 * descriptor.slot_size as u64);
        let class = descriptor.class as usize;
        if self.gives_pages_back && new_count > 0 {
            give_pages_back(geometry, block, descriptor);
        }
        let cell = self.cells.at(descriptor.kind, class);
        if cell.block == block {
            // From the start again: what was used before the collection is in memory, what follows may never be.
            cell.forget();
            if new_count > 0 {
                descriptor.live_count = new_count;
                return;
            }
            // Another size or kind may need memory next, and this is memory that is there.
            cell.block = NO_BLOCK;
        }
        descriptor.live_count = new_count;
        let slots = slots_per_block(class);
        if new_count == 0 {
            self.region.release(block, 1);
        } else if (slots - new_count) * SLOTS_PER_FREE_MIN >= slots {
            self.list_block(block);
        }
    }

    fn sweep_large(&mut self, first: u32) {
        let address = self.geometry.block_address(first);
        // SAFETY: the block is in use; the first bit of its bitmaps is the object's.
        unsafe {
            let descriptor = &mut *self.geometry.descriptor(first);
            descriptor.unswept = 0;
            let mark = self.geometry.mark_bit(address);
            if mark.is_set() {
                mark.clear();
                return;
            }
            self.geometry.allocated_bit(address).clear();
            let size_bytes = self.geometry.large_slot(first).map_or(0, |slot| slot.size_bytes);
            self.uncount(size_bytes);
            // Its memory is given back in slices, when all is swept.
            self.region.release(first, descriptor.run_length);
        }
    }
}

/// Gives back the memory of pages at the end of a block in which no object has lately begun and none lies: programs go
/// through phases, each with objects of its own kinds and sizes.
fn give_pages_back(geometry: Geometry, block: u32, descriptor: &mut BlockDescriptor) {
    let (first_page, _) = first_granule(block);
    let used = PagesUsed::of(descriptor);
    // The last object of a page may lie in the next ones too.
    let beyond = match descriptor.slot_size {
        size if PAGE_BYTES.is_multiple_of(size) => 0,
        size => (size - GRANULE as u32).div_ceil(PAGE_BYTES),
    };
    let has_objects = |page: u32| {
        let first = (first_page + page as usize) % PAGES_PER_BLOCK * WORDS_PER_PAGE;
        // SAFETY: inside the block's part of the bitmap.
        (first..first + WORDS_PER_PAGE).any(|word| unsafe { *geometry.allocated_words(block).add(word) != 0 })
    };
    let mut kept = used.ever;
    while kept > used.lately && !has_objects(kept - 1) {
        kept -= 1;
    }
    PagesUsed { ever: kept, lately: 0 }.write_to(descriptor);
    let (mut page, end) = (kept + beyond, (used.ever + beyond).min(PAGES_PER_BLOCK as u32));
    while kept < used.ever && page < end {
        let first = (first_page as u32 + page) % PAGES_PER_BLOCK as u32;
        let count = (end - page).min(PAGES_PER_BLOCK as u32 - first);
        let address = geometry.block_address(block) + (first * PAGE_BYTES) as u64;
        // SAFETY: pages of the block in which no object lies.
        unsafe { memory::discard(address, (count * PAGE_BYTES) as u64) };
        page += count;
    }
}

/// Keeps the allocated bits that are marked and clears the marks in `count` words from `first` on: how many bits
/// there were, and are.
///
/// # Safety
/// The block is in use, and has so many words.
unsafe fn sweep_words(geometry: Geometry, block: u32, first: usize, count: usize) -> (u32, u32) {
    // SAFETY: the caller's; the two bitmaps do not overlap.
    let (allocated, marks) = unsafe {
        (
            core::slice::from_raw_parts_mut(geometry.allocated_words(block).add(first), count),
            core::slice::from_raw_parts_mut(geometry.mark_words(block).add(first), count),
        )
    };
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("popcnt") {
        // SAFETY: the processor has the instruction.
        return unsafe { keep_marked_popcnt(allocated, marks) };
    }
    keep_marked(allocated, marks)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt")]
fn keep_marked_popcnt(allocated: &mut [u64], marks: &mut [u64]) -> (u32, u32) {
    keep_marked(allocated, marks)
}

#[inline(always)]
fn keep_marked(allocated: &mut [u64], marks: &mut [u64]) -> (u32, u32) {
    let (mut old_count, mut new_count) = (0, 0);
    for (word, mark) in allocated.iter_mut().zip(marks) {
        old_count += word.count_ones();
        *word &= *mark;
        *mark = 0;
        new_count += word.count_ones();
    }
    (old_count, new_count)
}
