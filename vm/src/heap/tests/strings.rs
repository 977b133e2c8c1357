use super::*;
use std::collections::HashSet;

#[test]
fn equal_bytes_are_one_string() {
    let (mut heap, held) = (new_heap(), Held::default());
    for round in 0..2 {
        let mut addresses = HashSet::new();
        for number in 0..20_000 {
            addresses.insert(heap.intern(format!("key {number}").as_bytes()).expect("memory") as u64);
        }
        assert_eq!(addresses.len(), 20_000);
        assert_eq!(count(&heap, Kind::String), 20_000, "round {round}");
    }
    assert_eq!(heap.intern(b"").expect("memory"), heap.intern(b"").expect("memory"));
    assert_ne!(heap.intern(b"a\0").expect("memory"), heap.intern(b"a").expect("memory"));
    check(&heap, &held);
}

#[test]
fn unreachable_strings_leave_and_the_table_shrinks() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    for number in 0..30_000 {
        let value = string_value(&mut heap, &number.to_string());
        if number % 1000 == 0 {
            held.0.get_mut().push(value);
        }
    }
    heap.collect(&mut held);
    assert_eq!(count(&heap, Kind::String), 30);
    check(&heap, &held);
    for (index, value) in held.0.borrow().iter().enumerate() {
        assert_eq!(heap.intern((index * 1000).to_string().as_bytes()).expect("memory") as u64, value.payload);
    }
}

#[test]
fn a_string_found_amid_the_sweep_is_resurrected() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let mut random = Random(5);
    for round in 0..20_000 {
        let value = string_value(&mut heap, &format!("s{}", random.below(3000)));
        let place = random.below(40);
        if held.0.borrow().len() <= place {
            held.0.get_mut().push(value);
        } else {
            held.0.get_mut()[place] = value;
        }
        if round % 7 == 0 {
            heap.step_explicitly(1, &mut held);
        }
        if round % 500 == 0 {
            check(&heap, &held);
        }
    }
    heap.collect(&mut held);
    check(&heap, &held);
}

#[test]
fn a_table_that_moves_is_searched_swept_and_outgrown() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let mut values = Vec::new();
    for number in 0..40_000 {
        let value = string_value(&mut heap, &format!("n{number}"));
        values.push(value);
        if number % 3 == 0 {
            held.0.get_mut().push(value);
        }
        // Every move to a larger row lasts for many strings: most checks fall into one.
        if number % 97 == 0 {
            let known = number / 2;
            assert_eq!(string_value(&mut heap, &format!("n{known}")).payload, values[known].payload);
        }
        if number % 1999 == 0 {
            check(&heap, &held);
        }
    }
    let begun = heap.roots_ref().collection_count;
    for number in 40_000..80_000 {
        // Collections meet rows on the move, and moves wait for sweeps.
        let value = string_value(&mut heap, &format!("n{number}"));
        held.0.get_mut().push(value);
        if number % 5 == 0 {
            heap.step_explicitly(1, &mut held);
        }
        if number % 1999 == 0 {
            check(&heap, &held);
        }
    }
    assert!(heap.roots_ref().collection_count > begun + 2);
    heap.collect(&mut held);
    check(&heap, &held);
    assert_eq!(count(&heap, Kind::String), held.0.borrow().len());
}

#[test]
fn hashes_differ_in_every_bit() {
    // Each output bit should be set in about half of the hashes of very similar strings.
    let mut counts = [0u32; 32];
    for number in 0..4096 {
        let hash = Heap::hash(format!("k{number}").as_bytes());
        for (bit, count) in counts.iter_mut().enumerate() {
            *count += hash >> bit & 1;
        }
    }
    for (bit, &count) in counts.iter().enumerate() {
        assert!((1800..2300).contains(&count), "bit {bit}: {count}");
    }
}
