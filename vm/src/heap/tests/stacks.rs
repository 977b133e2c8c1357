use super::*;
use dumpfmt::layout::coroutine::{CoroutineObject, FramesObject, StackObject, Status};
use dumpfmt::layout::function::{CodeObject, FunctionObject, OPEN, PrototypeObject, UpvalueObject};
use dumpfmt::layout::value::{COROUTINE, FUNCTION, Origin};

/// A suspended coroutine with `used` nil slots in use.
fn new_coroutine(heap: &mut Heap, capacity: u64, used: u64) -> *mut CoroutineObject {
    let size = size_of::<CoroutineObject>();
    let coroutine = heap.allocate(Kind::Coroutine, size).expect("memory").cast::<CoroutineObject>();
    let bytes = 16 + capacity as usize * 16;
    let stack = heap.allocate(Kind::Stack, bytes).expect("memory").cast::<StackObject>();
    let frames = heap.allocate(Kind::Frames, 16 + 4 * 32).expect("memory").cast::<FramesObject>();
    // SAFETY: fresh slots of these sizes.
    unsafe {
        (*stack).capacity = capacity;
        (*frames).capacity = 4;
        let first = stack as u64 + StackObject::VALUES;
        for index in 0..capacity {
            *((first + index * 16) as *mut Value) = Value::NIL;
        }
        let mut header = (*coroutine).header;
        header.flags = Status::Suspended as u8;
        *coroutine = CoroutineObject {
            header,
            stack: Ref::new(Addr(stack as u64)),
            frames: Ref::new(Addr(frames as u64)),
            frame: Addr::NULL,
            frame_limit: Addr(frames as u64),
            stack_limit: Addr(first + capacity * 16),
            top: Addr(first + used * 16),
            open_upvalues: Ref::NULL,
            to_be_closed: Addr::NULL,
            resumer: Ref::NULL,
            hook: Value::NIL,
            error: Value::NIL,
            hook_mask: 0,
            hook_count: 0,
            native_depth: 0,
            nesting: 0,

            site: Addr::NULL,
            hook_left: 0,
            hook_pc: 0,
        };
    }
    coroutine
}

fn slot(coroutine: *mut CoroutineObject, index: u64) -> *mut Value {
    // SAFETY: the tests ask for slots that are there.
    unsafe { ((*coroutine).stack.addr.0 + StackObject::VALUES + index * 16) as *mut Value }
}

fn coroutine_value(coroutine: *mut CoroutineObject) -> Value {
    Value::object(COROUTINE, Addr(coroutine as u64))
}

fn open_upvalue(heap: &mut Heap, coroutine: *mut CoroutineObject, index: u64) -> *mut UpvalueObject {
    let upvalue =
        heap.allocate(Kind::Upvalue, size_of::<UpvalueObject>()).expect("memory").cast::<UpvalueObject>();
    // SAFETY: a fresh slot; the tests open upvalues from the bottom of the stack upwards.
    unsafe {
        (*upvalue).header.flags = OPEN;
        (*upvalue).location = Addr(slot(coroutine, index) as u64);
        (*upvalue).closed = Value::raw(0, (*coroutine).open_upvalues.addr.0);
        (*coroutine).open_upvalues = Ref::new(Addr(upvalue as u64));
    }
    upvalue
}

/// A function of a prototype of one word of code.
fn new_function(heap: &mut Heap, upvalues: &[*mut UpvalueObject]) -> *mut FunctionObject {
    let size = size_of::<PrototypeObject>();
    let prototype = heap.allocate(Kind::Prototype, size).expect("memory").cast::<PrototypeObject>();
    let code = heap.allocate(Kind::Code, 28).expect("memory").cast::<CodeObject>();
    let function =
        heap.allocate(Kind::Function, 16 + upvalues.len() * 8).expect("memory").cast::<FunctionObject>();
    // SAFETY: fresh slots of these sizes.
    unsafe {
        core::ptr::write_bytes(prototype.cast::<u8>().add(8), 0, size - 8);
        (*prototype).code = Ref::new(Addr(code as u64));
        (*prototype).code_count = 1;
        (*prototype).upvalue_count = upvalues.len() as u8;
        (*code).prototype = Ref::new(Addr(prototype as u64));
        (*code).count = 1;
        (*code).zero = 0;
        (*function).header.extra = upvalues.len() as u16;
        (*function).prototype = Ref::new(Addr(prototype as u64));
        for (index, &upvalue) in upvalues.iter().enumerate() {
            *((function as u64 + 16 + index as u64 * 8) as *mut u64) = upvalue as u64;
        }
    }
    function
}

#[test]
fn slots_in_use_are_kept_and_stale_ones_cleared() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let coroutine = new_coroutine(&mut heap, 20, 2);
    held.0.get_mut().push(coroutine_value(coroutine));
    let kept = table_value(new_table(&mut heap, 0, 0));
    let stale = table_value(new_table(&mut heap, 0, 0));
    // SAFETY: slots of the stack.
    unsafe {
        *slot(coroutine, 1) = kept;
        *slot(coroutine, 7) = stale;
    }
    heap.collect(&mut held);
    assert_eq!(count(&heap, Kind::Table), 1);
    // SAFETY: as above.
    unsafe {
        assert_eq!((*slot(coroutine, 1)).payload, kept.payload);
        assert!((*slot(coroutine, 7)).is_nil());
    }
    check(&heap, &held);
}

#[test]
fn a_coroutine_that_runs_amid_marking_is_scanned_again() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let coroutine = new_coroutine(&mut heap, 20, 2);
    held.0.get_mut().push(coroutine_value(coroutine));
    let value = table_value(new_table(&mut heap, 0, 0));
    let place = new_table(&mut heap, 1, 0);
    set(&mut heap, place, 0, value);
    hold_much(&mut heap, &mut held);
    held.0.get_mut().insert(0, table_value(place));
    heap.step_explicitly(1, &mut held);
    assert_eq!(heap.phase(), crate::heap::Phase::Mark);
    // The value goes from a table to the stack of a coroutine that has been scanned.
    heap.resumed(Addr(coroutine as u64));
    // SAFETY: a slot of the stack, and an item.
    unsafe {
        *slot(coroutine, 0) = value;
        *item(place, 0) = Value::NIL;
    }
    let born = new_coroutine(&mut heap, 8, 1);
    let argument = table_value(new_table(&mut heap, 0, 0));
    // SAFETY: a slot of the stack.
    unsafe { *slot(born, 0) = argument };
    held.0.get_mut().push(coroutine_value(born));
    while !heap.step_explicitly(1, &mut held) {}
    check(&heap, &held);
    assert_eq!(count(&heap, Kind::Table), 23);
}

#[test]
fn open_upvalues_live_as_long_as_their_coroutine_and_outlive_it() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let coroutine = new_coroutine(&mut heap, 20, 6);
    held.0.get_mut().push(coroutine_value(coroutine));
    let captured = table_value(new_table(&mut heap, 0, 0));
    let upvalues: Vec<_> = (0..3).map(|index| open_upvalue(&mut heap, coroutine, index)).collect();
    // SAFETY: a slot of the stack.
    unsafe { *slot(coroutine, 1) = captured };
    let function = new_function(&mut heap, &[upvalues[1]]);
    held.0.get_mut().push(Value::object(FUNCTION, Addr(function as u64)));
    heap.collect(&mut held);
    check(&heap, &held);
    assert_eq!(count(&heap, Kind::Upvalue), 3);
    // SAFETY: both are held.
    unsafe {
        assert_eq!((*coroutine).open_upvalues.addr.0, upvalues[2] as u64);
        assert_eq!((*upvalues[1]).closed.payload, upvalues[0] as u64);
        assert_eq!((*upvalues[1]).header.flags, OPEN);
    }
    held.0.get_mut().remove(0);
    heap.collect(&mut held);
    check(&heap, &held);
    assert_eq!((count(&heap, Kind::Coroutine), count(&heap, Kind::Stack)), (0, 0));
    assert_eq!(count(&heap, Kind::Upvalue), 1);
    // SAFETY: held by the function.
    unsafe {
        assert_eq!((*upvalues[1]).header.flags, 0);
        assert_eq!((*upvalues[1]).closed.payload, captured.payload);
    }
    assert_eq!(count(&heap, Kind::Table), 1);
}

#[test]
fn a_coroutine_that_ran_amid_marking_is_kept_with_what_it_left_in_upvalues() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    // Enough to mark for many slices before the coroutine is met, at the far end of a list.
    let mut list = table_value(new_table(&mut heap, 1, 0));
    let coroutine = new_coroutine(&mut heap, 20, 6);
    set(&mut heap, list.payload as *mut TableObject, 0, coroutine_value(coroutine));
    let upvalue = open_upvalue(&mut heap, coroutine, 1);
    for _ in 0..20_000 {
        let next = new_table(&mut heap, 1, 0);
        set(&mut heap, next, 0, list);
        list = table_value(next);
    }
    let function = new_function(&mut heap, &[upvalue]);
    held.0.get_mut().push(list);
    held.0.get_mut().push(Value::object(FUNCTION, Addr(function as u64)));
    heap.step_explicitly(1, &mut held);
    assert_eq!(heap.phase(), crate::heap::Phase::Mark);
    // It runs, replaces its variable without a barrier, as a running coroutine does, and is let go.
    heap.resumed(Addr(coroutine as u64));
    let left = table_value(new_table(&mut heap, 0, 0));
    // SAFETY: a slot of the stack.
    unsafe { *slot(coroutine, 1) = left };
    held.0.get_mut().remove(0);
    while !heap.step_explicitly(1, &mut held) {}
    check(&heap, &held);
    heap.collect(&mut held);
    check(&heap, &held);
    assert_eq!((count(&heap, Kind::Coroutine), count(&heap, Kind::Table)), (0, 1));
    // SAFETY: held by the function.
    unsafe { assert_eq!((*upvalue).closed.payload, left.payload) };
}

#[test]
fn many_coroutines_that_ran_are_scanned_again_in_slices() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let coroutines: Vec<_> = (0..2000).map(|_| new_coroutine(&mut heap, 8, 2)).collect();
    let upvalues: Vec<_> = coroutines.iter().map(|&owner| open_upvalue(&mut heap, owner, 0)).collect();
    for (&coroutine, &upvalue) in coroutines.iter().zip(&upvalues) {
        held.0.get_mut().push(coroutine_value(coroutine));
        let function = new_function(&mut heap, &[upvalue]);
        held.0.get_mut().push(Value::object(FUNCTION, Addr(function as u64)));
    }
    let mut random = Random(11);
    for round in 0..3 {
        while !heap.step_explicitly(32 << 10, &mut held) {
            for _ in 0..700 {
                let coroutine = coroutines[random.below(coroutines.len())];
                heap.resumed(Addr(coroutine as u64));
                let table = table_value(new_table(&mut heap, 0, 0));
                // SAFETY: slots of the stack.
                unsafe { *slot(coroutine, random.below(2) as u64) = table };
            }
            check(&heap, &held);
        }
        assert_eq!(count(&heap, Kind::Coroutine), 2000, "round {round}");
    }
    held.0.get_mut().clear();
    heap.collect(&mut held);
    check(&heap, &held);
    assert_eq!((count(&heap, Kind::Coroutine), count(&heap, Kind::Upvalue)), (0, 0));
}

#[test]
fn an_origin_keeps_its_code_alive() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let function = new_function(&mut heap, &[]);
    // SAFETY: alive until the next safepoint.
    let code = unsafe { (*((*function).prototype.addr.0 as *const PrototypeObject)).code.addr };
    let table = new_table(&mut heap, 1, 0);
    let nil = Value::nil_from(code.offset(CodeObject::WORDS), Origin::MissingResult);
    set(&mut heap, table, 0, nil);
    held.0.get_mut().push(table_value(table));
    heap.collect(&mut held);
    check(&heap, &held);
    assert_eq!(
        (count(&heap, Kind::Function), count(&heap, Kind::Code), count(&heap, Kind::Prototype)),
        (0, 1, 1)
    );
    set(&mut heap, table, 0, Value::NIL);
    heap.collect(&mut held);
    assert_eq!((count(&heap, Kind::Code), count(&heap, Kind::Prototype)), (0, 0));
}
