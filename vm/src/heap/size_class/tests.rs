use super::{SLOT_SIZES, SLOT_STARTS, SMALL_BYTES_MAX, class_of, slots_per_block};

#[test]
fn sizes_ascend_in_granules() {
    for pair in SLOT_SIZES.windows(2) {
        assert!(pair[0] < pair[1] && pair[0] % 16 == 0 && pair[1] % 16 == 0, "{pair:?}");
    }
}

#[test]
fn every_size_finds_the_tightest_class() {
    for size in 1..=SMALL_BYTES_MAX {
        let class = class_of(size);
        assert!(SLOT_SIZES[class] as usize >= size);
        assert!(class == 0 || (SLOT_SIZES[class - 1] as usize) < size, "{size}");
    }
}

#[test]
fn hash_parts_fit_exactly() {
    for log2 in 3..=10 {
        let size = 16 + 24 * (1usize << log2);
        assert_eq!(SLOT_SIZES[class_of(size)] as usize, size);
    }
}

#[test]
fn slot_starts_count_the_slots() {
    for (class, starts) in SLOT_STARTS.iter().enumerate() {
        let count: u32 = starts.iter().map(|word| word.count_ones()).sum();
        assert_eq!(count, slots_per_block(class));
    }
}
