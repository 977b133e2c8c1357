use super::*;
use dumpfmt::layout::table::{WEAK_KEYS, WEAK_VALUES};
use dumpfmt::layout::value::{NIL, POINTER};

fn weak_table(heap: &mut Heap, held: &mut Held, flags: u8, array: u32, nodes: u32) -> *mut TableObject {
    let table = new_table(heap, array, nodes);
    // SAFETY: a fresh table.
    unsafe { (*table).header.flags |= flags };
    held.0.get_mut().push(table_value(table));
    table
}

#[test]
fn weak_values_go_and_strings_stay() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = weak_table(&mut heap, &mut held, WEAK_VALUES, 3, 4);
    let kept = table_value(new_table(&mut heap, 0, 0));
    held.0.get_mut().push(kept);
    let text = string_value(&mut heap, "text");
    let lost = table_value(new_table(&mut heap, 0, 0));
    set(&mut heap, table, 0, kept);
    set(&mut heap, table, 1, lost);
    set(&mut heap, table, 2, text);
    put(&mut heap, table, Value::float(0.5), lost);
    put(&mut heap, table, Value::float(1.5), kept);
    let key = table_value(new_table(&mut heap, 0, 0));
    put(&mut heap, table, key, Value::TRUE);
    heap.collect(&mut held);
    // SAFETY: the table is held.
    unsafe {
        assert_eq!((*item(table, 0)).payload, kept.payload);
        assert_eq!((*item(table, 1)).kind, NIL);
        assert_eq!((*item(table, 2)).payload, text.payload);
    }
    assert_eq!(get(table, Value::float(0.5)).kind, NIL);
    assert_eq!(get(table, Value::float(1.5)).payload, kept.payload);
    assert!(!get(table, key).is_nil(), "keys are strong");
    assert_eq!(count(&heap, Kind::Table), 3);
    check(&heap, &held);
}

#[test]
fn ephemerons_converge_in_any_order() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = weak_table(&mut heap, &mut held, WEAK_KEYS, 0, 64);
    let objects: Vec<Value> = (0..41).map(|_| table_value(new_table(&mut heap, 0, 0))).collect();
    // A chain from the held one, written backwards; every value is the key of the entry before it.
    for index in 0..40u32 {
        put(&mut heap, table, objects[index as usize], objects[index as usize + 1]);
    }
    // A circle of two that nothing else reaches.
    let lost = [table_value(new_table(&mut heap, 0, 0)), table_value(new_table(&mut heap, 0, 0))];
    put(&mut heap, table, lost[0], lost[1]);
    put(&mut heap, table, lost[1], lost[0]);
    held.0.get_mut().push(objects[0]);
    heap.collect(&mut held);
    assert_eq!(count(&heap, Kind::Table), 42);
    assert!(get(table, lost[0]).is_nil() && get(table, lost[1]).is_nil());
    check(&heap, &held);
    held.0.get_mut().pop();
    heap.collect(&mut held);
    assert_eq!(count(&heap, Kind::Table), 1);
    check(&heap, &held);
}

#[test]
fn strings_are_no_weak_keys() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = weak_table(&mut heap, &mut held, WEAK_KEYS | WEAK_VALUES, 0, 2);
    let (key, value) = (string_value(&mut heap, "key"), string_value(&mut heap, "value"));
    put(&mut heap, table, key, value);
    let lost = table_value(new_table(&mut heap, 0, 0));
    put(&mut heap, table, lost, Value::TRUE);
    heap.collect(&mut held);
    assert_eq!(get(table, key).payload, value.payload);
    assert!(get(table, lost).is_nil());
    assert_eq!(count(&heap, Kind::Table), 1);
    check(&heap, &held);
}

#[test]
fn a_table_that_turns_strong_amid_marking_keeps_its_entries() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = weak_table(&mut heap, &mut held, WEAK_VALUES, 0, 2);
    let value = table_value(new_table(&mut heap, 0, 0));
    put(&mut heap, table, Value::float(0.5), value);
    hold_much(&mut heap, &mut held);
    while !heap.marker.is_marked(table as u64) {
        heap.step_explicitly(1, &mut held);
    }
    assert_eq!(heap.phase(), crate::heap::Phase::Mark);
    // SAFETY: held.
    unsafe { (*table).header.flags &= !WEAK_VALUES };
    heap.note_weakness(table);
    while !heap.step_explicitly(1, &mut held) {}
    assert_eq!(get(table, Value::float(0.5)).payload, value.payload);
    check(&heap, &held);
}

#[test]
fn finalizers_run_in_reverse_order_and_resurrect() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let weak = weak_table(&mut heap, &mut held, WEAK_VALUES, 3, 0);
    let objects: Vec<Value> = (0..3)
        .map(|index| {
            let child = new_table(&mut heap, 0, 0);
            let table = new_table(&mut heap, 1, 0);
            set(&mut heap, table, 0, table_value(child));
            set(&mut heap, weak, index, table_value(table));
            heap.register_finalizer(table_value(table));
            heap.register_finalizer(table_value(table));
            table_value(table)
        })
        .collect();
    assert_eq!(heap.next_finalizable().map(|value| value.payload), None);
    heap.collect(&mut held);
    assert_eq!(count(&heap, Kind::Table), 7, "children live as long as their finalizer waits");
    for index in 0..3 {
        // SAFETY: held.
        assert_eq!(unsafe { (*item(weak, index)).kind }, NIL, "values go before finalizers run");
    }
    heap.collect(&mut held);
    check(&heap, &held);
    for object in objects.iter().rev() {
        assert_eq!(heap.next_finalizable().map(|value| value.payload), Some(object.payload));
    }
    assert!(heap.next_finalizable().is_none());
    // One is registered again by its own finalizer.
    heap.register_finalizer(objects[1]);
    heap.collect(&mut held);
    assert_eq!(heap.next_finalizable().map(|value| value.payload), Some(objects[1].payload));
    heap.collect(&mut held);
    assert_eq!(count(&heap, Kind::Table), 1);
}

#[test]
fn weak_keys_of_resurrected_objects_stay_until_they_die() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let weak = weak_table(&mut heap, &mut held, WEAK_KEYS, 0, 1);
    let object = table_value(new_table(&mut heap, 0, 0));
    put(&mut heap, weak, object, Value::TRUE);
    heap.register_finalizer(object);
    heap.collect(&mut held);
    assert!(!get(weak, object).is_nil());
    assert!(heap.next_finalizable().is_some());
    heap.collect(&mut held);
    assert!(get(weak, object).is_nil());
    check(&heap, &held);
}

#[test]
fn closing_makes_everything_ready() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let objects: Vec<Value> = (0..4).map(|_| table_value(new_table(&mut heap, 0, 0))).collect();
    for &object in &objects {
        held.0.get_mut().push(object);
        heap.register_finalizer(object);
    }
    heap.finalize_all();
    for object in objects.iter().rev() {
        assert_eq!(heap.next_finalizable().map(|value| value.payload), Some(object.payload));
    }
    heap.register_finalizer(objects[0]);
    heap.finalize_all();
    assert!(heap.next_finalizable().is_none());
}

#[test]
fn erased_entries_keep_no_key_alive_and_traversal_goes_on() {
    for flags in [0, WEAK_KEYS, WEAK_VALUES, WEAK_KEYS | WEAK_VALUES] {
        let (mut heap, mut held) = (new_heap(), Held::default());
        let table = weak_table(&mut heap, &mut held, flags, 0, 4);
        let keys = [0, 1, 2].map(|_| table_value(new_table(&mut heap, 0, 0)));
        for key in keys {
            put(&mut heap, table, key, Value::TRUE);
        }
        for key in keys {
            put(&mut heap, table, key, Value::NIL);
        }
        // As a loop holds the key where it stands.
        held.0.get_mut().push(keys[1]);
        heap.collect(&mut held);
        assert_eq!(count(&heap, Kind::Table), 2);
        check(&heap, &held);
        // SAFETY: both are held.
        let next = unsafe { table::next(table, keys[1]) };
        assert!(matches!(next, Ok(None)), "{flags} {next:?}");
        put(&mut heap, table, keys[1], Value::FALSE);
        assert_eq!(get(table, keys[1]).kind, Value::FALSE.kind);
        check(&heap, &held);
    }
}

#[test]
fn traversal_goes_on_from_a_buried_key() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = weak_table(&mut heap, &mut held, 0, 0, 1);
    let key = table_value(new_table(&mut heap, 0, 0));
    put(&mut heap, table, key, Value::TRUE);
    put(&mut heap, table, key, Value::NIL);
    heap.collect(&mut held);
    assert_eq!(node(table, 0).key_kind, POINTER);
    // SAFETY: a key that is no string is compared by its address alone, and this one is what a loop would have
    // held on to if the table had been scanned before its stack.
    let next = unsafe { table::next(table, key) };
    assert!(matches!(next, Ok(None)), "{next:?}");
    assert!(get(table, key).is_nil());
    check(&heap, &held);
}
