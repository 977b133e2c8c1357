use super::*;
use crate::heap::OutOfMemory;

/// The address of something on the machine stack of this thread, above the frames of the test.
#[inline(never)]
fn with_stack_bottom(heap: &mut Heap, body: impl FnOnce(&mut Heap)) {
    let mark = [0u64; 64];
    heap.set_native_stack_bottom(core::hint::black_box(&raw const mark) as usize);
    call(heap, body);
    core::hint::black_box(&mark);
}

#[inline(never)]
fn call(heap: &mut Heap, body: impl FnOnce(&mut Heap)) {
    body(heap);
}

/// Fills the machine stack that calls have left behind with something harmless.
#[inline(never)]
fn wipe_stack() {
    core::hint::black_box([0u64; 4096]);
}

#[test]
fn the_limit_is_reached_and_left_again() {
    let mut heap = Heap::new(HeapOptions { bytes_max: 1 << 20, stress: false }).expect("address space");
    let mut held = Held::default();
    heap.set_outside(&raw mut held);
    with_stack_bottom(&mut heap, |heap| {
        // Garbage alone never reaches it.
        for _ in 0..100_000 {
            heap.allocate(Kind::Bytes, 100).expect("garbage goes in time");
        }
        let outside = heap.outside.expect("set above");
        let mut failed = false;
        for _ in 0..3 {
            for _ in 0..20_000 {
                match heap.allocate(Kind::Values, 112) {
                    Ok(values) => {
                        // SAFETY: a fresh slot.
                        unsafe {
                            (*values.cast::<ValuesObject>()).capacity = 0;
                            (*values.cast::<ValuesObject>()).length = 0;
                        }
                        // SAFETY: the heap does not look at the roots now.
                        let held = unsafe { &*outside.cast::<Held>() };
                        let user = new_userdata(heap, Addr(values as u64));
                        let Ok(user) = user else {
                            failed = true;
                            break;
                        };
                        held.0.borrow_mut().push(user);
                    }
                    Err(OutOfMemory) => {
                        failed = true;
                        break;
                    }
                }
            }
            assert!(failed);
            assert!(heap.count_bytes() <= (1 << 20) + 4096);
            assert_eq!(heap.allocate(Kind::Bytes, 2 << 20), Err(OutOfMemory));
            // SAFETY: as above.
            unsafe { (*outside.cast::<Held>()).0.borrow_mut().clear() };
            wipe_stack();
        }
        assert!(heap.allocate(Kind::Bytes, 500_000).is_ok());
    });
    check(&heap, &held);
}

fn new_userdata(heap: &mut Heap, values: Addr) -> Result<Value, OutOfMemory> {
    use dumpfmt::layout::userdata::UserdataObject;
    let object = heap.allocate(Kind::Userdata, size_of::<UserdataObject>())?.cast::<UserdataObject>();
    // SAFETY: a fresh slot of this size.
    unsafe {
        (*object).metatable = Ref::NULL;
        (*object).user_values = Ref::new(values);
        (*object).class = 0;
        (*object).zero = 0;
        (*object).handle = 0;
    }
    Ok(Value::object(dumpfmt::layout::value::USERDATA, Addr(object as u64)))
}

#[test]
fn absurd_sizes_are_refused() {
    let mut heap = new_heap();
    for size in [usize::MAX, usize::MAX - 15, 1 << 60, 1 << 40] {
        assert_eq!(heap.allocate(Kind::Bytes, size), Err(OutOfMemory));
    }
    assert!(heap.allocate(Kind::Bytes, 0).is_ok());
}

#[test]
fn under_stress_what_machine_code_holds_survives() {
    let mut heap = Heap::new(HeapOptions { bytes_max: u64::MAX, stress: true }).expect("address space");
    let mut held = Held::default();
    heap.set_outside(&raw mut held);
    with_stack_bottom(&mut heap, |heap| {
        let root = new_table(heap, 64, 0);
        for index in 0..64 {
            let text = string_value(heap, &format!("number {index}"));
            let inner = new_table(heap, 2, 4);
            set(heap, inner, 0, text);
            put(heap, inner, text, table_value(root));
            set(heap, root, index, table_value(inner));
        }
        for index in 0..64 {
            // SAFETY: `root` is on the machine stack.
            unsafe {
                let inner = (*item(root, index)).payload as *mut TableObject;
                let text = string_value(heap, &format!("number {index}"));
                assert_eq!((*item(inner, 0)).payload, text.payload);
            }
        }
        let outside = heap.outside.expect("set above");
        // SAFETY: the heap does not look at the roots now.
        unsafe { (*outside.cast::<Held>()).0.borrow_mut().push(table_value(root)) };
    });
    assert!(count(&heap, Kind::Table) >= 65);
    check(&heap, &held);
    held.0.borrow_mut().clear();
    heap.collect(&mut held);
    assert_eq!(heap.walk().count(), 0);
}

#[test]
fn the_nth_allocation_fails_on_request() {
    let mut heap = new_heap();
    for _ in 0..100 {
        heap.intern(b"warm").expect("memory");
        heap.allocate(Kind::Bytes, 64).expect("memory");
    }
    heap.fail_after(Some(3));
    for _ in 0..3 {
        heap.allocate(Kind::Bytes, 64).expect("allowed");
    }
    assert_eq!(heap.allocate(Kind::Bytes, 64), Err(OutOfMemory));
    assert_eq!(heap.intern(b"cold").err(), Some(OutOfMemory));
    heap.fail_after(None);
    assert!(heap.allocate(Kind::Bytes, 64).is_ok());
    check(&heap, &Held::default());
}
