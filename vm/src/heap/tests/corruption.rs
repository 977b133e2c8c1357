use super::*;
use dumpfmt::layout::string::StringObject;

/// A heap with a table that has everything, then spoiled; the verifier must name the reason.
#[track_caller]
fn check_found(spoil: impl FnOnce(&mut Heap, *mut TableObject), expected: &str) {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = new_table(&mut heap, 4, 4);
    let other = table_value(new_table(&mut heap, 1, 0));
    let name = string_value(&mut heap, "name");
    set(&mut heap, table, 0, other);
    put(&mut heap, table, name, other);
    for index in 0..3 {
        put(&mut heap, table, Value::float(index as f64 + 0.5), Value::integer(index));
    }
    held.0.get_mut().push(table_value(table));
    heap.collect(&mut held);
    check(&heap, &held);
    spoil(&mut heap, table);
    let problem = heap.verify(&held).expect_err("spoiled").problem;
    assert!(problem.contains(expected), "{problem:?} does not say {expected:?}");
}

#[test]
fn references_to_nowhere() {
    check_found(|heap, table| set(heap, table, 1, Value::object(TABLE, Addr(0x1234_5670))), "no object");
    check_found(
        |heap, table| set(heap, table, 1, Value::object(TABLE, Addr(table as u64 + 16))),
        "inside an",
    );
    check_found(
        |heap, table| set(heap, table, 1, Value::object(SHORT_STRING, Addr(table as u64))),
        "as a string",
    );
    check_found(|heap, table| set(heap, table, 1, Value::raw(77, 0)), "kind 77");
}

#[test]
fn broken_headers_and_tables() {
    // SAFETY: the table is alive; the heap is not used after the check.
    unsafe {
        check_found(|_, table| (*table).header.kind = Kind::Upvalue as u8, "in a block of kind");
        check_found(|_, table| (*table).array_limit = 9, "contradicts its capacity");
        check_found(|_, table| (*table).node_mask = 2, "hash part");
        check_found(|_, table| (*table).header.epoch = 900, "future");
        check_found(|_, table| (*table).site = Addr(table as u64), "no code is");
    }
    check_found(|_, table| node(table, 1).next = 9, "leaves the hash part");
    check_found(
        |_, table| {
            for (index, next) in [3, 0, 0, -3].into_iter().enumerate() {
                node(table, index as u32).next = next;
            }
        },
        "circle",
    );
    let key = Value::float(1.5);
    let rename = |table, new: Value| {
        let node = node_of(table, key);
        (node.key_kind, node.key_payload) = (new.kind, new.payload);
    };
    check_found(|_, table| rename(table, Value::integer(3)), "outside its array part");
    check_found(|_, table| rename(table, Value::NIL), "without a key");
    check_found(|_, table| rename(table, Value::float(0.5)), "does not find");
    check_found(|_, table| rename(table, Value::float(f64::NAN)), "NaN");
}

#[test]
fn broken_strings_and_counts() {
    check_found(
        |heap, _| {
            let name = heap.intern(b"name").expect("memory");
            // SAFETY: alive.
            unsafe { *(name as *mut u8).add(StringObject::BYTES as usize) = b'f' };
        },
        "hash",
    );
    check_found(|heap, _| heap.roots_mut().bytes_allocated += 16, "counted as");
    check_found(
        |heap, table| {
            let array = Addr(unsafe_array(table));
            heap.free(array, Kind::Values);
        },
        "no object",
    );
    check_found(
        |heap, table| {
            // SAFETY: the block of a live object.
            unsafe { heap.geometry.mark_bit(table as u64).set() };
        },
        "mark bits",
    );
}

fn unsafe_array(table: *mut TableObject) -> u64 {
    // SAFETY: alive.
    unsafe { (*table).array.addr.0 }
}

#[test]
fn a_store_without_barrier() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = new_table(&mut heap, 1, 0);
    let white = table_value(new_table(&mut heap, 0, 0));
    held.0.get_mut().push(table_value(table));
    hold_much(&mut heap, &mut held);
    heap.step_explicitly(256 << 10, &mut held);
    while !heap.marker.is_marked(table as u64)
        || heap.marker.gray_entries().any(|entry| entry & !15 == table as u64)
    {
        heap.step_explicitly(256 << 10, &mut held);
    }
    assert_eq!(heap.phase(), crate::heap::Phase::Mark);
    check(&heap, &held);
    // SAFETY: held.
    unsafe { *item(table, 0) = white };
    let problem = heap.verify(&held).expect_err("no barrier").problem;
    assert!(problem.contains("white"), "{problem}");
    heap.barrier(white);
    check(&heap, &held);
}
