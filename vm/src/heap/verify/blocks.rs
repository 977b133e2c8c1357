//! The block table against the bitmaps, the cells and the counts.
//!
//! Invariant: see `verify.rs`.
//! Not here: what lies in the slots (`objects.rs`).

use super::{Violation, violation};
use crate::heap::Heap;
use crate::heap::allocate::{PAGES_PER_BLOCK, PagesUsed, WORDS_PER_PAGE, first_granule};
use crate::heap::cycle::Phase;
use crate::heap::size_class::{CLASS_COUNT, SLOT_SIZES, SLOT_STARTS, WORDS_PER_BLOCK};
use dumpfmt::layout::{Kind, ObjectHeader};
use dumpfmt::region::{BLOCK_SIZE, BlockDescriptor, BlockState, GRANULE};

/// Checks every block.
pub(super) fn check(heap: &Heap) -> Result<(), Violation> {
    let count = heap.region.block_count();
    let mut bytes = 0;
    let mut block = 0;
    while block < count {
        // SAFETY: descriptors below the block count are committed.
        let descriptor = unsafe { *heap.geometry.descriptor(block) };
        let address = heap.geometry.block_address(block);
        let Some(state) = BlockState::from_byte(descriptor.state) else {
            return violation(address, "its block is in no known state");
        };
        if heap.region.is_free(block) != (state == BlockState::Free) {
            return violation(address, "its block is free in one place and not in another");
        }
        let idle = heap.phase == Phase::Idle;
        if idle && descriptor.unswept != 0 {
            return violation(address, "its block is unswept between collections");
        }
        if descriptor.unswept == 0 && any_bit(heap, block, true) && state != BlockState::LargeTail {
            return violation(address, "its block is swept and has mark bits");
        }
        match state {
            BlockState::Free => {
                if any_bit(heap, block, false) {
                    return violation(address, "its block is free and has objects");
                }
                block += 1;
            }
            BlockState::Small => {
                bytes += check_small(heap, block, &descriptor)?;
                block += 1;
            }
            BlockState::Large => {
                bytes += check_large(heap, block, &descriptor)?;
                block += descriptor.run_length;
            }
            BlockState::LargeTail => return violation(address, "its block goes on with nothing"),
        }
    }
    if bytes != heap.count_bytes() {
        let base = heap.geometry.base;
        return violation(base, format!("{bytes} bytes in slots, counted as {}", heap.count_bytes()));
    }
    Ok(())
}

fn any_bit(heap: &Heap, block: u32, marks: bool) -> bool {
    (0..WORDS_PER_BLOCK).any(|index| word(heap, block, index, marks) != 0)
}

fn word(heap: &Heap, block: u32, index: usize, marks: bool) -> u64 {
    let words = if marks { heap.geometry.mark_words(block) } else { heap.geometry.allocated_words(block) };
    // SAFETY: the bitmaps are committed as far as the blocks, and the index is inside the block's part.
    unsafe { *words.add(index) }
}

fn check_header(heap: &Heap, address: u64, kind: u8) -> Result<(), Violation> {
    // SAFETY: an allocated slot of a block in use.
    let header = unsafe { *(address as *const ObjectHeader) };
    if header.kind != kind {
        return violation(address, format!("is of kind {} in a block of kind {kind}", header.kind));
    }
    if header.epoch > heap.roots_ref().epoch {
        return violation(address, "was born in the future");
    }
    Ok(())
}

fn is_object_kind(kind: u8) -> bool {
    Kind::from_byte(kind).is_some_and(|kind| kind != Kind::Free)
}

fn check_small(heap: &Heap, block: u32, descriptor: &BlockDescriptor) -> Result<u64, Violation> {
    let address = heap.geometry.block_address(block);
    let class = descriptor.class as usize;
    if !is_object_kind(descriptor.kind)
        || class >= CLASS_COUNT
        || descriptor.slot_size != SLOT_SIZES[class] as u32
        || descriptor.run_length != 1
        || descriptor.first != block
    {
        return violation(address, format!("its block's entry contradicts itself: {descriptor:?}"));
    }
    let (first_page, _) = first_granule(block);
    let page_count = PagesUsed::of(descriptor).ever as usize;
    let mut live = 0;
    for (index, &starts) in SLOT_STARTS[class].iter().enumerate() {
        let mut bits = word(heap, block, index, false);
        let page = (index / WORDS_PER_PAGE + PAGES_PER_BLOCK - first_page) % PAGES_PER_BLOCK;
        if page >= page_count && (bits | word(heap, block, index, true)) != 0 {
            return violation(address, "its block has objects where none was ever made");
        }
        if bits & !starts != 0 {
            return violation(address, "its block has objects between slots");
        }
        live += bits.count_ones();
        while bits != 0 {
            let granule = index as u64 * 64 + bits.trailing_zeros() as u64;
            bits &= bits - 1;
            check_header(heap, address + granule * GRANULE, descriptor.kind)?;
        }
    }
    let cached = heap.cells.cached_in(descriptor.kind, class, block);
    if descriptor.live_count != live + cached {
        let counted = descriptor.live_count;
        return violation(address, format!("{live} objects and {cached} cached slots, counted as {counted}"));
    }
    Ok(live as u64 * descriptor.slot_size as u64)
}

fn check_large(heap: &Heap, first: u32, descriptor: &BlockDescriptor) -> Result<u64, Violation> {
    let address = heap.geometry.block_address(first);
    let end = first as u64 + descriptor.run_length as u64;
    let slot = heap.geometry.large_slot(first);
    let Some(slot) = slot.filter(|slot| {
        is_object_kind(descriptor.kind)
            && descriptor.first == first
            && descriptor.run_length > 0
            && end <= heap.region.block_count() as u64
            && slot.size_bytes <= descriptor.run_length as u64 * BLOCK_SIZE
    }) else {
        return violation(address, format!("its run's entry contradicts itself: {descriptor:?}"));
    };
    for block in first..end as u32 {
        // SAFETY: descriptors below the block count are committed.
        let tail = unsafe { *heap.geometry.descriptor(block) };
        if block > first && (tail.state != BlockState::LargeTail as u8 || tail.first != first) {
            return violation(
                heap.geometry.block_address(block),
                "its block is no part of the run it lies in",
            );
        }
        for index in 0..WORDS_PER_BLOCK {
            let expected = (block == first && index == 0) as u64;
            if word(heap, block, index, false) != expected {
                return violation(address, "is a large object with other objects inside, or with none");
            }
        }
    }
    check_header(heap, address, descriptor.kind)?;
    Ok(slot.size_bytes)
}
