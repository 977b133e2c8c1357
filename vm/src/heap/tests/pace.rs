use super::*;
use crate::heap::allocate::PagesUsed;
use crate::heap::{POLL_COLLECT, Phase};

fn is_due(heap: &Heap) -> bool {
    heap.roots_ref().poll & POLL_COLLECT != 0
}

/// Makes objects that nothing refers to, with a safepoint after each; how many blocks the heap came to take.
fn count_blocks_after_garbage(heap: &mut Heap, held: &mut Held, sizes: &[usize]) -> u32 {
    for round in 0..20_000 {
        heap.allocate(Kind::Bytes, sizes[round % sizes.len()]).expect("memory");
        if is_due(heap) {
            heap.step(held);
        }
    }
    heap.region.block_count()
}

#[test]
fn a_program_that_keeps_nothing_stays_small() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    assert!(count_blocks_after_garbage(&mut heap, &mut held, &[64]) <= 6);
    check(&heap, &held);
}

#[test]
fn a_block_that_a_collection_leaves_empty_serves_other_sizes() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    for size in 0..40 {
        assert!(count_blocks_after_garbage(&mut heap, &mut held, &[size * 50 + 16]) <= 8, "{size}");
    }
    check(&heap, &held);
}

#[test]
fn a_block_in_use_is_filled_from_its_beginning_after_a_collection() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    // It keeps the block of its kind and size.
    let kept = new_table(&mut heap, 0, 0);
    held.0.get_mut().push(table_value(kept));
    let mut places = [0, 1, 2].map(|_| {
        for _ in 0..100 {
            new_table(&mut heap, 0, 0);
        }
        heap.collect(&mut held);
        new_table(&mut heap, 0, 0) as u64
    });
    places.sort_unstable();
    assert!(places[2] - places[0] < 1000, "{places:?}");
    check(&heap, &held);
}

#[test]
fn what_a_large_object_owes_is_paid_at_the_next_safepoints() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    hold_much(&mut heap, &mut held);
    heap.collect(&mut held);
    // Much more than one slice may scan, and then nothing is allocated any more.
    heap.allocate(Kind::Bytes, 256 << 20).expect("memory");
    let mut slices = 0;
    while is_due(&heap) {
        heap.step(&mut held);
        slices += 1;
        assert!(slices < 1000, "no end of it");
    }
    assert!(slices > 3, "{slices}: all in one pause");
    assert_eq!(heap.phase(), Phase::Idle);
    assert_eq!(count(&heap, Kind::Bytes), 0);
    check(&heap, &held);
}

#[test]
fn in_the_generational_mode_a_collection_begins_when_the_heap_has_grown_by_a_third() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    hold_much(&mut heap, &mut held);
    let mut began_at = [false, true].map(|is_generational| {
        heap.set_generational(is_generational);
        heap.collect(&mut held);
        let live = heap.count_bytes();
        while !is_due(&heap) {
            heap.allocate(Kind::Bytes, 1000).expect("memory");
        }
        (heap.count_bytes() - live) * 100 / live
    });
    // A slot more or less.
    began_at = began_at.map(|percent| (percent + 2) / 5 * 5);
    assert_eq!(began_at, [100, 35]);
}

#[test]
fn pages_that_were_not_used_lately_are_given_back() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let kept = new_table(&mut heap, 0, 0);
    held.0.get_mut().push(table_value(kept));
    let tables: Vec<_> = (0..900).map(|_| new_table(&mut heap, 0, 0)).collect();
    let block = heap.geometry.block_index(kept as u64);
    assert_eq!(heap.geometry.block_index(tables[899] as u64), block);
    // SAFETY: block memory stays readable.
    let word = |table: *mut TableObject| unsafe { (table as *const u64).read() };
    for _ in 0..70 {
        heap.collect(&mut held);
        new_table(&mut heap, 0, 0);
    }
    // SAFETY: descriptors of blocks in use are committed.
    let used = PagesUsed::of(unsafe { &*heap.geometry.descriptor(block) });
    assert!(used.ever <= 2 && used.lately <= used.ever, "{used:?}");
    assert_eq!((word(tables[300]), word(tables[899])), (0, 0));
    assert_ne!(word(kept), 0);
    check(&heap, &held);
}

#[test]
fn the_first_objects_of_a_size_share_a_block_and_many_have_one_of_their_own() {
    let (mut heap, held) = (new_heap(), Held::default());
    let mut block_of = |size| {
        let object = heap.allocate(Kind::Bytes, size).expect("memory");
        heap.geometry.block_index(object as u64)
    };
    let shared = block_of(256);
    assert_eq!([80, 112, 144, 240].map(&mut block_of), [shared; 4]);
    let later: Vec<_> = (0..100).map(|_| block_of(112)).collect();
    assert_ne!(later[99], shared);
    assert!(later.iter().filter(|&&block| block == shared).count() < 20);
    assert_eq!(block_of(144), shared);
    check(&heap, &held);
}
