//! The instruction handlers: one function per opcode, reached from one another by sibling calls.
//!
//! ```text
//!   fn(pc, base, k, st, insn, table) -> Exit        six integer registers, nothing spilled
//!        │    │    │   │    │     └ the dispatch table
//!        │    │    │   │    └ the word being executed
//!        │    │    │   └ Roots          └ constants
//!        │    └ R[0]
//!        └ the next word
//! ```
//!
//! A handler ends by fetching the next word and calling its handler in tail position, which LLVM turns into a
//! jump from optimisation level 1 on; so nothing with a destructor and no local whose address is taken may be
//! alive there. Whatever can raise, allocate or call leaves the hot handler, also in tail position, for a
//! *slow* one. Measured on a prototype: 9 % against a `match`, and 11 % lost if slow paths are ordinary calls.
//!
//! Contract: *a slow handler publishes pc in its frame before anything that can raise, allocate or fault*,
//! and takes pc, base and constants from the innermost frame afterwards; so frames may be pushed and stacks may
//! move. Registers are always in stack memory.
//!
//! Validity: code has been verified when it was loaded (`load.rs`), so operands are trusted; `base`, `k` and
//! `st` are those of the innermost frame.

use super::arith::{self, floor_div, modulo, modulo_float};
use super::call::{Finish, Flow};
use super::metatable::{Outcome, Stored};
use super::state::{Raise, Vm};
use crate::heap::pointer::{Pointer, at, copy, load, store, to_addr};
use crate::heap::table;
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::coroutine::{FRAME_ENTRY, FRAME_TAIL, FRAME_VARARG, Frame, RESULTS_ALL};
use dumpfmt::layout::function::{
    CodeObject, FunctionObject, NativeObject, PrototypeObject, UpvalueObject,
};
use dumpfmt::layout::roots::{BasicType, Event, Roots};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::{Node, TableObject, ValuesObject};
use dumpfmt::layout::value::{self, Origin, Value};

/// How the loop ends.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Exit {
    /// The frame that machine code had called has ended.
    Leave,
    /// An error passes through machine code.
    Raise,
}

/// A handler.
pub type Handler =
    unsafe fn(*const u32, *mut Value, *const Value, *mut Roots, u32, *const DispatchTable) -> Exit;

/// Handlers by opcode byte.
pub struct DispatchTable([Handler; 256]);

macro_rules! handler {
    ($($name:ident ( $pc:ident, $base:ident, $k:ident, $st:ident, $insn:ident, $table:ident ) $body:block)+) => {$(
        #[allow(unused_variables, unused_mut, clippy::missing_safety_doc)]
        unsafe fn $name(
            mut $pc: *const u32,
            $base: *mut Value,
            $k: *const Value,
            $st: *mut Roots,
            $insn: u32,
            $table: *const DispatchTable,
        ) -> Exit {
            // SAFETY: the module's validity paragraph.
            unsafe { $body }
        }
    )+};
}

/// A handler that leaves the hot path: publishes pc, runs its body as an ordinary function of the runtime and
/// the instruction, and goes on with whatever frame is innermost then.
macro_rules! slow {
    ($($(#[$attribute:meta])* $name:ident ( $vm:ident, $i:ident ) $body:block)+) => {$(
        #[inline(never)]
        $(#[$attribute])*
        unsafe fn $name(
            pc: *const u32,
            _base: *mut Value,
            _k: *const Value,
            st: *mut Roots,
            insn: u32,
            table: *const DispatchTable,
        ) -> Exit {
            #[inline(always)]
            fn body($vm: &mut Vm, $i: Instruction) -> Result<Flow, Raise> $body
            // SAFETY: the module's validity paragraph.
            unsafe {
                (*at::<Frame>((*st).frame)).pc = to_addr(pc);
                let flow = body(Vm::of(st), Instruction(insn));
                if !matches!(flow, Ok(Flow::Continue)) {
                    return stop(pc, _base, _k, st, flow.is_err() as u32, table);
                }
                let frame = at::<Frame>((*st).frame);
                let pc = at::<u32>((*frame).pc);
                let next = *pc;
                ((*table).0[(next & 0xff) as usize])(
                    pc.add(1), at((*frame).base), at((*frame).constants), st, next, table,
                )
            }
        }
    )+};
}

/// The loop's rare turns: `insn` is 1 when an error is on its way, 0 when the loop ends.
#[cold]
#[inline(never)]
unsafe fn stop(
    _pc: *const u32,
    _base: *mut Value,
    _k: *const Value,
    st: *mut Roots,
    insn: u32,
    table: *const DispatchTable,
) -> Exit {
    // SAFETY: the module's validity paragraph.
    unsafe {
        if insn == 0 {
            return Exit::Leave;
        }
        let mut flow = Vm::of(st).unwind();
        // A `__close` called while unwinding may throw at once, if it is a native function.
        while flow.is_err() && !Vm::of(st).leaves_loop() {
            flow = Vm::of(st).unwind();
        }
        match flow {
            Ok(Flow::Continue) => {}
            Ok(Flow::Leave) => return Exit::Leave,
            Err(_) => return Exit::Raise,
        }
        let frame = at::<Frame>((*st).frame);
        let pc = at::<u32>((*frame).pc);
        let next = *pc;
        ((*table).0[(next & 0xff) as usize])(
            pc.add(1),
            at((*frame).base),
            at((*frame).constants),
            st,
            next,
            table,
        )
    }
}

macro_rules! go {
    ($pc:expr, $base:ident, $k:ident, $st:ident, $table:ident) => {{
        let pc: *const u32 = $pc;
        let insn = *pc;
        return ((*$table).0[(insn & 0xff) as usize])(pc.add(1), $base, $k, $st, insn, $table);
    }};
}

macro_rules! leave_to {
    ($slow:ident, $pc:expr, $base:ident, $k:ident, $st:ident, $insn:ident, $table:ident) => {
        return $slow($pc, $base, $k, $st, $insn, $table)
    };
}

/// Takes or steps over the `Jump` at `pc`. The two arms load different words, which keeps the branch a branch:
/// as a conditional move the next fetch would wait for the comparison (28 % on a loop of tests). A jump back
/// is a place where the interpreter looks up.
macro_rules! branch {
    ($taken:expr, $pc:ident, $base:ident, $k:ident, $st:ident, $insn:ident, $table:ident) => {{
        if $taken {
            let distance = (*$pc as i32) >> 8;
            if distance < 0 && (*$st).poll != 0 {
                leave_to!(slow_poll_jump, $pc.add(1), $base, $k, $st, $insn, $table);
            }
            go!($pc.offset(distance as isize + 1), $base, $k, $st, $table)
        } else {
            core::hint::cold_path();
            go!($pc.add(1), $base, $k, $st, $table)
        }
    }};
}

#[inline(always)]
fn a(insn: u32) -> usize {
    (insn >> 8 & 0xff) as usize
}
#[inline(always)]
fn b(insn: u32) -> usize {
    (insn >> 16 & 0xff) as usize
}
#[inline(always)]
fn c(insn: u32) -> usize {
    (insn >> 24) as usize
}

#[inline(always)]
unsafe fn set_integer(slot: *mut Value, integer: i64) {
    // SAFETY: the caller's: a register.
    unsafe {
        (*slot).kind = value::INTEGER;
        (*slot).payload = integer as u64;
    }
}

#[inline(always)]
unsafe fn set_float(slot: *mut Value, float: f64) {
    // SAFETY: the caller's: a register.
    unsafe {
        (*slot).kind = value::FLOAT;
        (*slot).payload = float.to_bits();
    }
}

/// Stores nil with the address of the instruction at `pc` as its origin.
#[inline(always)]
unsafe fn set_nil(slot: *mut Value, pc: *const u32) {
    // SAFETY: the caller's: a register.
    unsafe {
        (*slot).kind = value::NIL;
        (*slot).payload = pc as u64;
    }
}

/// The location of upvalue `index` of the function that runs.
#[inline(always)]
unsafe fn upvalue(base: *mut Value, index: usize) -> *mut UpvalueObject {
    // SAFETY: `base[-1]` is the running closure, which has that many upvalues.
    unsafe {
        let function = at::<u8>((*base.sub(1)).addr()).add(FunctionObject::UPVALUES as usize);
        at(*function.cast::<Addr>().add(index))
    }
}

handler! {
    op_move(pc, base, k, st, insn, table) {
        copy(base.add(a(insn)), base.add(b(insn)));
        go!(pc, base, k, st, table)
    }
    op_load_integer(pc, base, k, st, insn, table) {
        set_integer(base.add(a(insn)), (insn as i32 >> 16) as i64);
        go!(pc, base, k, st, table)
    }
    op_load_float(pc, base, k, st, insn, table) {
        set_float(base.add(a(insn)), (insn as i32 >> 16) as f64);
        go!(pc, base, k, st, table)
    }
    op_load_constant(pc, base, k, st, insn, table) {
        copy(base.add(a(insn)), k.add((insn >> 16) as usize));
        go!(pc, base, k, st, table)
    }
    op_load_constant_x(pc, base, k, st, insn, table) {
        copy(base.add(a(insn)), k.add(*pc as usize));
        go!(pc.add(1), base, k, st, table)
    }
    op_load_false(pc, base, k, st, insn, table) {
        store(base.add(a(insn)), Value::FALSE);
        go!(pc, base, k, st, table)
    }
    op_load_false_skip(pc, base, k, st, insn, table) {
        store(base.add(a(insn)), Value::FALSE);
        go!(pc.add(1), base, k, st, table)
    }
    op_load_true(pc, base, k, st, insn, table) {
        store(base.add(a(insn)), Value::TRUE);
        go!(pc, base, k, st, table)
    }
    op_load_nil(pc, base, k, st, insn, table) {
        let mut slot = base.add(a(insn));
        let end = slot.add(b(insn));
        loop {
            set_nil(slot, pc.sub(1));
            if slot == end {
                break;
            }
            slot = slot.add(1);
        }
        go!(pc, base, k, st, table)
    }
    op_get_upvalue(pc, base, k, st, insn, table) {
        copy(base.add(a(insn)), at((*upvalue(base, b(insn))).location));
        go!(pc, base, k, st, table)
    }
    op_set_upvalue(pc, base, k, st, insn, table) {
        if (*st).marking != 0 {
            leave_to!(slow_set_upvalue, pc, base, k, st, insn, table);
        }
        copy(at((*upvalue(base, b(insn))).location), base.add(a(insn)));
        go!(pc, base, k, st, table)
    }

    op_get_tab_up(pc, base, k, st, insn, table) {
        let object = at::<Value>((*upvalue(base, b(insn))).location);
        if (*object).kind == value::TABLE {
            let node = table::find_short(at((*object).addr()), at((*k.add(*pc as usize)).addr()));
            if !node.is_null() && (*node).value_kind != value::NIL {
                let slot = base.add(a(insn));
                (*slot).kind = (*node).value_kind;
                (*slot).payload = (*node).value_payload;
                go!(pc.add(1), base, k, st, table)
            }
        }
        leave_to!(slow_get_tab_up, pc.add(1), base, k, st, insn, table)
    }
    op_get_table(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        let key = base.add(c(insn));
        if (*object).kind == value::TABLE {
            let target = at::<TableObject>((*object).addr());
            if (*key).kind == value::INTEGER {
                let index = (*key).payload;
                if index.wrapping_sub(1) < (*target).array_length as u64 {
                    let slot = table::array_slot(target, index);
                    if (*slot).kind != value::NIL {
                        copy(base.add(a(insn)), slot);
                        go!(pc, base, k, st, table)
                    }
                    if (*target).metatable.is_null() {
                        set_nil(base.add(a(insn)), pc.sub(1));
                        go!(pc, base, k, st, table)
                    }
                }
            } else if (*key).kind == value::SHORT_STRING {
                let node = table::find_short(target, at((*key).addr()));
                if !node.is_null() && (*node).value_kind != value::NIL {
                    let slot = base.add(a(insn));
                    (*slot).kind = (*node).value_kind;
                    (*slot).payload = (*node).value_payload;
                    go!(pc, base, k, st, table)
                }
                if (*target).metatable.is_null() {
                    set_nil(base.add(a(insn)), pc.sub(1));
                    go!(pc, base, k, st, table)
                }
            }
        }
        leave_to!(slow_get_table, pc, base, k, st, insn, table)
    }
    op_get_integer(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        if (*object).kind == value::TABLE {
            let target = at::<TableObject>((*object).addr());
            let index = c(insn) as u64;
            if index.wrapping_sub(1) < (*target).array_length as u64 {
                let slot = table::array_slot(target, index);
                if (*slot).kind != value::NIL {
                    copy(base.add(a(insn)), slot);
                    go!(pc, base, k, st, table)
                }
                if (*target).metatable.is_null() {
                    set_nil(base.add(a(insn)), pc.sub(1));
                    go!(pc, base, k, st, table)
                }
            }
        }
        leave_to!(slow_get_table, pc, base, k, st, insn, table)
    }
    op_get_field(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        if (*object).kind == value::TABLE {
            let target = at::<TableObject>((*object).addr());
            let node = table::find_short(target, at((*k.add(*pc as usize)).addr()));
            if !node.is_null() && (*node).value_kind != value::NIL {
                let slot = base.add(a(insn));
                (*slot).kind = (*node).value_kind;
                (*slot).payload = (*node).value_payload;
                go!(pc.add(1), base, k, st, table)
            }
            if (*target).metatable.is_null() {
                set_nil(base.add(a(insn)), pc.sub(1));
                go!(pc.add(1), base, k, st, table)
            }
        }
        leave_to!(warm_get_field, pc.add(1), base, k, st, insn, table)
    }
    op_self(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        let slot = base.add(a(insn));
        if (*object).kind == value::TABLE {
            let node = table::find_short(at((*object).addr()), at((*k.add(*pc as usize)).addr()));
            if !node.is_null() && (*node).value_kind != value::NIL {
                copy(slot.add(1), object);
                (*slot).kind = (*node).value_kind;
                (*slot).payload = (*node).value_payload;
                go!(pc.add(1), base, k, st, table)
            }
        }
        leave_to!(warm_self, pc.add(1), base, k, st, insn, table)
    }
    // A field found along a chain of `__index` tables, without leaving for the general look-up.
    warm_get_field(pc, base, k, st, insn, table) {
        let node = chain_get(st, load(base.add(b(insn))), at((*k.add(*pc.sub(1) as usize)).addr()));
        if !node.is_null() {
            let slot = base.add(a(insn));
            (*slot).kind = (*node).value_kind;
            (*slot).payload = (*node).value_payload;
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_get_field, pc, base, k, st, insn, table)
    }
    warm_self(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        let node = chain_get(st, load(object), at((*k.add(*pc.sub(1) as usize)).addr()));
        if !node.is_null() {
            let slot = base.add(a(insn));
            copy(slot.add(1), object);
            (*slot).kind = (*node).value_kind;
            (*slot).payload = (*node).value_payload;
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_self, pc, base, k, st, insn, table)
    }

    op_set_tab_up(pc, base, k, st, insn, table) {
        let object = at::<Value>((*upvalue(base, a(insn))).location);
        if (*object).kind == value::TABLE
            && set_found(st, at((*object).addr()), at((*k.add(*pc as usize)).addr()), base.add(b(insn)))
        {
            go!(pc.add(1), base, k, st, table)
        }
        leave_to!(slow_set_tab_up, pc.add(1), base, k, st, insn, table)
    }
    op_set_tab_up_k(pc, base, k, st, insn, table) {
        let object = at::<Value>((*upvalue(base, a(insn))).location);
        if (*object).kind == value::TABLE
            && set_found(st, at((*object).addr()), at((*k.add(*pc as usize)).addr()), k.add(b(insn)))
        {
            go!(pc.add(1), base, k, st, table)
        }
        leave_to!(slow_set_tab_up_k, pc.add(1), base, k, st, insn, table)
    }
    op_set_field(pc, base, k, st, insn, table) {
        let object = base.add(a(insn));
        if (*object).kind == value::TABLE
            && set_found(st, at((*object).addr()), at((*k.add(*pc as usize)).addr()), base.add(b(insn)))
        {
            go!(pc.add(1), base, k, st, table)
        }
        leave_to!(slow_set_field, pc.add(1), base, k, st, insn, table)
    }
    op_set_field_k(pc, base, k, st, insn, table) {
        let object = base.add(a(insn));
        if (*object).kind == value::TABLE
            && set_found(st, at((*object).addr()), at((*k.add(*pc as usize)).addr()), k.add(b(insn)))
        {
            go!(pc.add(1), base, k, st, table)
        }
        leave_to!(slow_set_field_k, pc.add(1), base, k, st, insn, table)
    }
    op_set_table(pc, base, k, st, insn, table) {
        if set_keyed(st, base.add(a(insn)), base.add(b(insn)), base.add(c(insn))) {
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_set_table, pc, base, k, st, insn, table)
    }
    op_set_table_k(pc, base, k, st, insn, table) {
        if set_keyed(st, base.add(a(insn)), base.add(b(insn)), k.add(c(insn))) {
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_set_table_k, pc, base, k, st, insn, table)
    }
    op_set_integer(pc, base, k, st, insn, table) {
        let object = base.add(a(insn));
        if (*object).kind == value::TABLE
            && set_array(st, at((*object).addr()), b(insn) as u64, base.add(c(insn)))
        {
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_set_table, pc, base, k, st, insn, table)
    }
    op_set_integer_k(pc, base, k, st, insn, table) {
        let object = base.add(a(insn));
        if (*object).kind == value::TABLE
            && set_array(st, at((*object).addr()), b(insn) as u64, k.add(c(insn)))
        {
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_set_table_k, pc, base, k, st, insn, table)
    }
}

/// Follows `__index` from a value through tables alone. The node that holds the key, or null when that cannot
/// be told so (a function on the way, an absent key).
unsafe fn chain_get(st: *mut Roots, object: Value, key: *const StringObject) -> *mut Node {
    // SAFETY: the module's validity paragraph.
    unsafe {
        let index: *const StringObject = (*st).event_names[Event::Index as usize].ptr();
        let mut metatable: *mut TableObject = match object.kind {
            value::TABLE => (*at::<TableObject>(object.addr())).metatable.ptr(),
            value::SHORT_STRING | value::LONG_STRING => {
                (*st).type_metatables[BasicType::String as usize].ptr()
            }
            _ => return core::ptr::null_mut(),
        };
        for _ in 0..16 {
            if metatable.is_null() {
                return core::ptr::null_mut();
            }
            let node = table::find_short(metatable, index);
            if node.is_null() || (*node).value_kind != value::TABLE {
                return core::ptr::null_mut();
            }
            let next = at::<TableObject>(Addr((*node).value_payload));
            let node = table::find_short(next, key);
            if !node.is_null() && (*node).value_kind != value::NIL {
                return node;
            }
            metatable = (*next).metatable.ptr();
        }
        core::ptr::null_mut()
    }
}

/// Overwrites the value of a key that has one: no metamethod is asked, no `__index` cache goes stale. False
/// when that is not the case, or when the collector must be told.
#[inline(always)]
unsafe fn set_found(
    st: *mut Roots,
    target: *mut TableObject,
    key: *const StringObject,
    source: *const Value,
) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        let node = table::find_short(target, key);
        if node.is_null() || (*node).value_kind == value::NIL || (*st).marking != 0 && (*source).is_object() {
            return false;
        }
        (*node).value_kind = (*source).kind;
        (*node).value_payload = (*source).payload;
        true
    }
}

/// The same for an array slot; also appends where there is room and nothing else to look after.
#[inline(always)]
unsafe fn set_array(st: *mut Roots, target: *mut TableObject, index: u64, source: *const Value) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        if (*st).marking != 0 && (*source).is_object() {
            return false;
        }
        let length = (*target).array_length as u64;
        if index.wrapping_sub(1) < length {
            let slot = table::array_slot(target, index);
            if (*slot).kind == value::NIL && !(*target).metatable.is_null() {
                return false;
            }
            copy(slot, source);
            return true;
        }
        if index == length + 1
            && length < (*target).array_capacity as u64
            && (*target).metatable.is_null()
            && (*source).kind != value::NIL
            && (*target).nodes.addr == to_addr(&raw const (*st).empty_nodes)
        {
            copy(table::array_slot(target, index), source);
            (*target).array_length = index as u32;
            return true;
        }
        false
    }
}

#[inline(always)]
unsafe fn set_keyed(st: *mut Roots, object: *const Value, key: *const Value, source: *const Value) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        if (*object).kind != value::TABLE {
            return false;
        }
        let target = at::<TableObject>((*object).addr());
        match (*key).kind {
            value::INTEGER => set_array(st, target, (*key).payload, source),
            value::SHORT_STRING => set_found(st, target, at((*key).addr()), source),
            _ => false,
        }
    }
}

macro_rules! arithmetic {
    ($($name:ident $left:ident $right:ident $integers:expr, $floats:expr;)+) => {
        handler! {$(
            $name(pc, base, k, st, insn, table) {
                let x = operand!($left b insn base k);
                let y = operand!($right c insn base k);
                if (*x).kind == value::INTEGER && (*y).kind == value::INTEGER {
                    let integers: fn(i64, i64) -> Option<Value> = $integers;
                    if let Some(result) = integers((*x).as_integer(), (*y).as_integer()) {
                        store(base.add(a(insn)), result);
                        go!(pc, base, k, st, table)
                    }
                } else if (*x).kind == value::FLOAT && (*y).kind == value::FLOAT {
                    let floats: fn(f64, f64) -> f64 = $floats;
                    set_float(base.add(a(insn)), floats((*x).as_float(), (*y).as_float()));
                    go!(pc, base, k, st, table)
                } else if is_mixed((*x).kind, (*y).kind) {
                    let floats: fn(f64, f64) -> f64 = $floats;
                    set_float(base.add(a(insn)), floats(arith::to_float(load(x)), arith::to_float(load(y))));
                    go!(pc, base, k, st, table)
                }
                leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
            }
        )+}
    };
}

/// One operand is an integer, the other a float.
#[inline(always)]
fn is_mixed(x: u8, y: u8) -> bool {
    (x == value::INTEGER && y == value::FLOAT) || (x == value::FLOAT && y == value::INTEGER)
}

macro_rules! operand {
    (register $part:ident $insn:ident $base:ident $k:ident) => { $base.add($part($insn)) as *const Value };
    (constant $part:ident $insn:ident $base:ident $k:ident) => { $k.add($part($insn)) };
}

#[inline(always)]
fn some(integer: i64) -> Option<Value> {
    Some(Value::integer(integer))
}

arithmetic! {
    op_add register register |x, y| some(x.wrapping_add(y)), |x, y| x + y;
    op_sub register register |x, y| some(x.wrapping_sub(y)), |x, y| x - y;
    op_mul register register |x, y| some(x.wrapping_mul(y)), |x, y| x * y;
    op_mod register register |x, y| if y == 0 { None } else { some(modulo(x, y)) }, modulo_float;
    op_div register register |x, y| Some(Value::float(x as f64 / y as f64)), |x, y| x / y;
    op_floor_div register register |x, y| if y == 0 { None } else { some(floor_div(x, y)) }, |x, y| (x / y).floor();
    op_add_constant register constant |x, y| some(x.wrapping_add(y)), |x, y| x + y;
    op_sub_constant register constant |x, y| some(x.wrapping_sub(y)), |x, y| x - y;
    op_mul_constant register constant |x, y| some(x.wrapping_mul(y)), |x, y| x * y;
    op_mod_constant register constant |x, y| if y == 0 { None } else { some(modulo(x, y)) }, modulo_float;
    op_div_constant register constant |x, y| Some(Value::float(x as f64 / y as f64)), |x, y| x / y;
    op_floor_div_constant register constant |x, y| if y == 0 { None } else { some(floor_div(x, y)) }, |x, y| (x / y).floor();
    op_constant_add constant register |x, y| some(x.wrapping_add(y)), |x, y| x + y;
    op_constant_sub constant register |x, y| some(x.wrapping_sub(y)), |x, y| x - y;
    op_constant_mul constant register |x, y| some(x.wrapping_mul(y)), |x, y| x * y;
    op_constant_div constant register |x, y| Some(Value::float(x as f64 / y as f64)), |x, y| x / y;
}

macro_rules! bitwise {
    ($($name:ident $right:ident $integers:expr;)+) => {
        handler! {$(
            $name(pc, base, k, st, insn, table) {
                let x = base.add(b(insn));
                let y = operand!($right c insn base k);
                if (*x).kind == value::INTEGER && (*y).kind == value::INTEGER {
                    let integers: fn(i64, i64) -> i64 = $integers;
                    set_integer(base.add(a(insn)), integers((*x).as_integer(), (*y).as_integer()));
                    go!(pc, base, k, st, table)
                }
                leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
            }
        )+}
    };
}

bitwise! {
    op_and register |x, y| x & y;
    op_or register |x, y| x | y;
    op_xor register |x, y| x ^ y;
    op_shl register arith::shift_left;
    op_shr register |x, y| arith::shift_left(x, y.wrapping_neg());
    op_and_constant constant |x, y| x & y;
    op_or_constant constant |x, y| x | y;
    op_xor_constant constant |x, y| x ^ y;
}

handler! {
    op_add_immediate(pc, base, k, st, insn, table) {
        let x = base.add(b(insn));
        let y = insn as i32 >> 24;
        if (*x).kind == value::INTEGER {
            set_integer(base.add(a(insn)), (*x).as_integer().wrapping_add(y as i64));
            go!(pc, base, k, st, table)
        } else if (*x).kind == value::FLOAT {
            set_float(base.add(a(insn)), (*x).as_float() + y as f64);
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_sub_immediate(pc, base, k, st, insn, table) {
        let x = base.add(b(insn));
        let y = insn as i32 >> 24;
        if (*x).kind == value::INTEGER {
            set_integer(base.add(a(insn)), (*x).as_integer().wrapping_sub(y as i64));
            go!(pc, base, k, st, table)
        } else if (*x).kind == value::FLOAT {
            set_float(base.add(a(insn)), (*x).as_float() - y as f64);
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_shl_immediate(pc, base, k, st, insn, table) {
        let x = base.add(b(insn));
        if (*x).kind == value::INTEGER {
            let shifted = arith::shift_left((*x).as_integer(), (insn as i32 >> 24) as i64);
            set_integer(base.add(a(insn)), shifted);
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_shr_immediate(pc, base, k, st, insn, table) {
        let x = base.add(b(insn));
        if (*x).kind == value::INTEGER {
            let shifted = arith::shift_left((*x).as_integer(), -(insn as i32 >> 24) as i64);
            set_integer(base.add(a(insn)), shifted);
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_negate(pc, base, k, st, insn, table) {
        let x = base.add(b(insn));
        if (*x).kind == value::INTEGER {
            set_integer(base.add(a(insn)), (*x).as_integer().wrapping_neg());
            go!(pc, base, k, st, table)
        } else if (*x).kind == value::FLOAT {
            set_float(base.add(a(insn)), -(*x).as_float());
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_bit_not(pc, base, k, st, insn, table) {
        let x = base.add(b(insn));
        if (*x).kind == value::INTEGER {
            set_integer(base.add(a(insn)), !(*x).as_integer());
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_not(pc, base, k, st, insn, table) {
        let falsy = (*base.add(b(insn))).kind <= value::FALSE;
        store(base.add(a(insn)), Value::boolean(falsy));
        go!(pc, base, k, st, table)
    }
    op_length(pc, base, k, st, insn, table) {
        let x = base.add(b(insn));
        if (*x).kind == value::TABLE && (*at::<TableObject>((*x).addr())).metatable.is_null() {
            let target = at::<TableObject>((*x).addr());
            let length = (*target).array_length as u64;
            if length == 0 || (*table::array_slot(target, length)).kind != value::NIL {
                set_integer(base.add(a(insn)), length as i64);
                go!(pc, base, k, st, table)
            }
        } else if (*x).is_string() {
            let length = (*at::<StringObject>((*x).addr())).length;
            set_integer(base.add(a(insn)), length as i64);
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_length, pc, base, k, st, insn, table)
    }
    op_to_be_closed(pc, base, k, st, insn, table) {
        leave_to!(slow_to_be_closed, pc, base, k, st, insn, table)
    }
    op_jump(pc, base, k, st, insn, table) {
        let distance = insn as i32 >> 8;
        if distance < 0 && (*st).poll != 0 {
            leave_to!(slow_poll, pc, base, k, st, insn, table);
        }
        go!(pc.offset(distance as isize), base, k, st, table)
    }

    op_equal(pc, base, k, st, insn, table) {
        let (x, y) = (base.add(a(insn)), base.add(b(insn)));
        let wanted = c(insn) != 0;
        if (*x).kind == (*y).kind {
            if (*x).kind == value::INTEGER || (*x).kind == value::SHORT_STRING {
                branch!(((*x).payload == (*y).payload) == wanted, pc, base, k, st, insn, table)
            }
            if (*x).kind <= value::TRUE {
                branch!(wanted, pc, base, k, st, insn, table)
            }
            if (*x).kind == value::FLOAT {
                branch!(((*x).as_float() == (*y).as_float()) == wanted, pc, base, k, st, insn, table)
            }
        } else if (*x).kind <= value::FALSE || (*y).kind <= value::FALSE {
            branch!(!wanted, pc, base, k, st, insn, table)
        }
        leave_to!(slow_equal, pc, base, k, st, insn, table)
    }
    op_equal_constant(pc, base, k, st, insn, table) {
        let (x, y) = (base.add(a(insn)), k.add(b(insn)));
        let wanted = c(insn) != 0;
        if (*x).kind == (*y).kind && (*x).kind != value::FLOAT && (*x).kind != value::LONG_STRING {
            let equal = (*x).payload == (*y).payload || (*x).kind <= value::TRUE;
            branch!(equal == wanted, pc, base, k, st, insn, table)
        }
        if (*x).kind != (*y).kind && (*x).kind != value::FLOAT && (*y).kind != value::FLOAT {
            branch!(!wanted, pc, base, k, st, insn, table)
        }
        leave_to!(slow_equal, pc, base, k, st, insn, table)
    }
    op_equal_immediate(pc, base, k, st, insn, table) {
        let x = base.add(a(insn));
        let y = (insn >> 16) as i8;
        let equal = if (*x).kind == value::INTEGER {
            (*x).as_integer() == y as i64
        } else {
            (*x).kind == value::FLOAT && (*x).as_float() == y as f64
        };
        branch!(equal == (c(insn) != 0), pc, base, k, st, insn, table)
    }
    op_test(pc, base, k, st, insn, table) {
        let truth = (*base.add(a(insn))).kind > value::FALSE;
        branch!(truth == (c(insn) != 0), pc, base, k, st, insn, table)
    }
    op_test_set(pc, base, k, st, insn, table) {
        let source = base.add(b(insn));
        let truth = (*source).kind > value::FALSE;
        if truth == (c(insn) != 0) {
            copy(base.add(a(insn)), source);
            branch!(true, pc, base, k, st, insn, table)
        }
        go!(pc.add(1), base, k, st, table)
    }
}

macro_rules! ordering {
    ($($name:ident $integers:expr, $floats:expr;)+) => {
        handler! {$(
            $name(pc, base, k, st, insn, table) {
                let (x, y) = (base.add(a(insn)), base.add(b(insn)));
                let wanted = c(insn) != 0;
                if (*x).kind == value::INTEGER && (*y).kind == value::INTEGER {
                    let integers: fn(i64, i64) -> bool = $integers;
                    branch!(integers((*x).as_integer(), (*y).as_integer()) == wanted, pc, base, k, st, insn, table)
                } else if (*x).kind == value::FLOAT && (*y).kind == value::FLOAT {
                    let floats: fn(f64, f64) -> bool = $floats;
                    branch!(floats((*x).as_float(), (*y).as_float()) == wanted, pc, base, k, st, insn, table)
                }
                leave_to!(slow_order, pc, base, k, st, insn, table)
            }
        )+}
    };
}

ordering! {
    op_less_than |x, y| x < y, |x, y| x < y;
    op_less_equal |x, y| x <= y, |x, y| x <= y;
}

macro_rules! ordering_immediate {
    ($($name:ident $integers:expr, $floats:expr;)+) => {
        handler! {$(
            $name(pc, base, k, st, insn, table) {
                let x = base.add(a(insn));
                let y = (insn >> 16) as i8;
                let wanted = c(insn) != 0;
                if (*x).kind == value::INTEGER {
                    let integers: fn(i64, i64) -> bool = $integers;
                    branch!(integers((*x).as_integer(), y as i64) == wanted, pc, base, k, st, insn, table)
                } else if (*x).kind == value::FLOAT {
                    let floats: fn(f64, f64) -> bool = $floats;
                    branch!(floats((*x).as_float(), y as f64) == wanted, pc, base, k, st, insn, table)
                }
                leave_to!(slow_order_immediate, pc, base, k, st, insn, table)
            }
        )+}
    };
}

ordering_immediate! {
    op_less_than_immediate |x, y| x < y, |x, y| x < y;
    op_less_equal_immediate |x, y| x <= y, |x, y| x <= y;
    op_greater_than_immediate |x, y| x > y, |x, y| x > y;
    op_greater_equal_immediate |x, y| x >= y, |x, y| x >= y;
}

/// `results_wanted` and `flags` of a frame as one word; the mark of a tail call does not matter here.
#[inline(always)]
unsafe fn return_state(frame: *const Frame) -> u64 {
    // SAFETY: the caller's: a frame.
    unsafe {
        let word = (&raw const (*frame).results_wanted).cast::<u64>().read_unaligned();
        word & !((FRAME_TAIL as u64) << 32)
    }
}

handler! {
    op_call(pc, base, k, st, insn, table) {
        let callee = base.add(a(insn));
        if (*callee).kind != value::FUNCTION {
            leave_to!(slow_call, pc, base, k, st, insn, table);
        }
        let function = at::<FunctionObject>((*callee).addr());
        let prototype: *const PrototypeObject = (*function).prototype.ptr();
        let new_base = callee.add(1);
        let frame = at::<Frame>((*st).frame);
        let extent = new_base.add((*prototype).register_count as usize);
        if (*prototype).is_vararg != 0
            || to_addr(extent) > (*st).stack_limit
            || to_addr(frame) >= (*st).frame_limit
            || (*st).poll != 0
        {
            leave_to!(slow_call, pc, base, k, st, insn, table);
        }
        let end = if b(insn) != 0 { callee.add(b(insn)) } else { at::<Value>((*st).top) };
        let mut argument = end;
        let parameters = new_base.add((*prototype).parameter_count as usize);
        while argument < parameters {
            (*argument).kind = value::NIL;
            (*argument).payload = pc.sub(1) as u64 | Origin::MissingArgument as u64;
            argument = argument.add(1);
        }
        (*frame).pc = to_addr(pc);
        let frame = frame.add(1);
        (*frame).base = to_addr(new_base);
        let constants = (*prototype).constants.addr.offset(ValuesObject::VALUES);
        (*frame).constants = constants;
        (*frame).results_wanted = c(insn) as i32 - 1;
        (*frame).flags = 0;
        (*st).frame = to_addr(frame);
        let code = (*prototype).code.addr.offset(CodeObject::WORDS);
        let k = at::<Value>(constants) as *const Value;
        go!(at::<u32>(code), new_base, k, st, table)
    }
    op_return_1(pc, base, k, st, insn, table) {
        let frame = at::<Frame>((*st).frame);
        let state = return_state(frame);
        if state > 1 {
            leave_to!(slow_return_1, pc, base, k, st, insn, table);
        }
        if state == 1 {
            copy(base.sub(1), base.add(a(insn)));
        }
        let frame = frame.sub(1);
        (*st).frame = to_addr(frame);
        let base = at::<Value>((*frame).base);
        let k = at::<Value>((*frame).constants) as *const Value;
        go!(at::<u32>((*frame).pc), base, k, st, table)
    }
    op_return_0(pc, base, k, st, insn, table) {
        let frame = at::<Frame>((*st).frame);
        if return_state(frame) != 0 {
            leave_to!(slow_return_0, pc, base, k, st, insn, table);
        }
        let frame = frame.sub(1);
        (*st).frame = to_addr(frame);
        let base = at::<Value>((*frame).base);
        let k = at::<Value>((*frame).constants) as *const Value;
        go!(at::<u32>((*frame).pc), base, k, st, table)
    }
    op_for_loop(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        if (*st).poll != 0 {
            leave_to!(slow_poll, pc, base, k, st, insn, table);
        }
        if (*control.add(2)).kind == value::INTEGER {
            let count = (*control.add(1)).payload;
            if count > 0 {
                (*control.add(1)).payload = count - 1;
                let index = (*control).as_integer().wrapping_add((*control.add(2)).as_integer());
                (*control).payload = index as u64;
                set_integer(control.add(3), index);
                let distance = (*pc as i32) >> 8;
                go!(pc.offset(distance as isize + 1), base, k, st, table)
            }
            core::hint::cold_path();
            go!(pc.add(1), base, k, st, table)
        }
        let step = (*control.add(2)).as_float();
        let index = (*control).as_float() + step;
        let limit = (*control.add(1)).as_float();
        if if step > 0.0 { index <= limit } else { limit <= index } {
            (*control).payload = index.to_bits();
            set_float(control.add(3), index);
            let distance = (*pc as i32) >> 8;
            go!(pc.offset(distance as isize + 1), base, k, st, table)
        }
        go!(pc.add(1), base, k, st, table)
    }
    op_generic_for_loop(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        if (*st).poll != 0 {
            leave_to!(slow_poll, pc, base, k, st, insn, table);
        }
        if (*control.add(4)).kind != value::NIL {
            copy(control.add(2), control.add(4));
            let distance = (*pc as i32) >> 8;
            go!(pc.offset(distance as isize + 1), base, k, st, table)
        }
        go!(pc.add(1), base, k, st, table)
    }
    op_generic_for_prepare(pc, base, k, st, insn, table) {
        if (*base.add(a(insn) + 3)).kind <= value::FALSE {
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_generic_for_prepare, pc, base, k, st, insn, table)
    }
    op_generic_for_call(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        if (*control).kind == value::NATIVE
            && (*at::<NativeObject>((*control).addr())).id == NEXT_ID
            && (*control.add(1)).kind == value::TABLE
            && c(insn) <= 2
        {
            leave_to!(warm_next, pc, base, k, st, insn, table);
        }
        leave_to!(slow_generic_for_call, pc, base, k, st, insn, table)
    }
    // `for k, v in pairs(t)`: the position after the last entry is kept in the control slot's spare word, and
    // believed if the entry there still has the control key.
    warm_next(pc, base, k, st, insn, table) {
        let control = base.add(a(insn));
        let target = at::<TableObject>((*control.add(1)).addr());
        let position = next_position(target, control.add(2));
        if position == u64::MAX {
            leave_to!(slow_generic_for_call, pc, base, k, st, insn, table);
        }
        match table::entry_from(target, position) {
            Some((position, key, value)) => {
                (*control.add(2)).link = position as u32;
                store(control.add(4), key);
                if c(insn) == 2 {
                    store(control.add(5), value);
                }
            }
            None => {
                (*control.add(2)).link = 0;
                store(control.add(4), Value::NIL);
            }
        }
        go!(pc, base, k, st, table)
    }
    op_var_arg_prepare(pc, base, k, st, insn, table) {
        // The frame was moved above the arguments when it was pushed.
        go!(pc, base, k, st, table)
    }
    op_bad(pc, base, k, st, insn, table) {
        leave_to!(slow_bad, pc, base, k, st, insn, table)
    }
}

/// The id of `next` among the natives: it is registered first.
pub const NEXT_ID: u32 = 0;

/// The traversal position after the key in `control`, `u64::MAX` when the key is not there.
#[inline(always)]
unsafe fn next_position(target: *mut TableObject, control: *const Value) -> u64 {
    // SAFETY: the module's validity paragraph; the hint is checked against the table.
    unsafe {
        let key = load(control);
        if key.is_nil() {
            return 0;
        }
        let length = (*target).array_length as u64;
        let hint = (*control).link as u64;
        if hint == 0 {
        } else if hint <= length {
            if key.kind == value::INTEGER && key.payload == hint {
                return hint;
            }
        } else if hint - length - 1 <= (*target).node_mask as u64 {
            let node = table::first_node(target).add((hint - length - 1) as usize);
            if (*node).key_kind == key.kind && (*node).key_payload == key.payload {
                return hint;
            }
        }
        table::position_after(target, key).unwrap_or(u64::MAX)
    }
}

fn register(vm: &Vm, index: u8) -> *mut Value {
    at::<Value>(vm.frame().base).wrapping_add(index as usize)
}

fn get(vm: &Vm, index: u8) -> Value {
    // SAFETY: a register of the innermost frame.
    unsafe { load(register(vm, index)) }
}

fn put(vm: &Vm, index: u8, value: Value) {
    // SAFETY: a register of the innermost frame.
    unsafe { store(register(vm, index), value) }
}

fn constant(vm: &Vm, index: u32) -> Value {
    // SAFETY: code is verified: a constant of the innermost frame's prototype.
    unsafe { load(at::<Value>(vm.frame().constants).add(index as usize)) }
}

/// The auxiliary word of the instruction being executed.
fn aux(vm: &Vm) -> u32 {
    // SAFETY: pc was published behind it.
    unsafe { *at::<u32>(vm.frame().pc).sub(1) }
}

/// A nil that the instruction being executed, `words` long, produces.
fn nil_here(vm: &Vm, words: u64) -> Value {
    Value::nil_from(Addr(vm.frame().pc.0 - 4 * words), Origin::Instruction)
}

fn current_upvalue(vm: &Vm, index: u8) -> *mut UpvalueObject {
    // SAFETY: code is verified.
    unsafe { upvalue(at(vm.frame().base), index as usize) }
}

fn upvalue_value(vm: &Vm, index: u8) -> Value {
    // SAFETY: a valid upvalue.
    unsafe { load(at::<Value>((*current_upvalue(vm, index)).location)) }
}

fn finish_get(vm: &mut Vm, target: u8, words: u64, outcome: Outcome) -> Result<Flow, Raise> {
    match outcome {
        Outcome::Value(value) => {
            put(vm, target, if value.is_nil() { nil_here(vm, words) } else { value });
            Ok(Flow::Continue)
        }
        Outcome::Call(handler, arguments) => vm.call_metamethod(handler, &arguments, Finish::Store(target)),
    }
}

fn finish_set(vm: &mut Vm, stored: Stored) -> Result<Flow, Raise> {
    match stored {
        Stored::Done => Ok(Flow::Continue),
        Stored::Call(handler, arguments) => vm.call_metamethod(handler, &arguments, Finish::Discard),
    }
}

/// Takes the jump that follows if `truth` is what the instruction wants.
fn finish_test(vm: &mut Vm, truth: bool, wanted: bool) -> Result<Flow, Raise> {
    if truth != wanted {
        vm.frame().pc.0 += 4;
    }
    Ok(Flow::Continue)
}

/// The event whose metamethods an instruction may call.
pub fn event_of(opcode: Opcode) -> Option<Event> {
    Some(match opcode {
        Opcode::GetTabUp
        | Opcode::GetTable
        | Opcode::GetInteger
        | Opcode::GetField
        | Opcode::SelfField => Event::Index,
        Opcode::SetTabUp
        | Opcode::SetTabUpK
        | Opcode::SetTable
        | Opcode::SetTableK
        | Opcode::SetInteger
        | Opcode::SetIntegerK
        | Opcode::SetField
        | Opcode::SetFieldK => Event::NewIndex,
        Opcode::AddImmediate | Opcode::AddConstant | Opcode::ConstantAdd | Opcode::Add => Event::Add,
        Opcode::SubImmediate | Opcode::SubConstant | Opcode::ConstantSub | Opcode::Sub => Event::Sub,
        Opcode::MulConstant | Opcode::ConstantMul | Opcode::Mul => Event::Mul,
        Opcode::ModConstant | Opcode::Mod => Event::Mod,
        Opcode::PowConstant | Opcode::Pow => Event::Pow,
        Opcode::DivConstant | Opcode::ConstantDiv | Opcode::Div => Event::Div,
        Opcode::FloorDivConstant | Opcode::FloorDiv => Event::FloorDiv,
        Opcode::AndConstant | Opcode::And => Event::And,
        Opcode::OrConstant | Opcode::Or => Event::Or,
        Opcode::XorConstant | Opcode::Xor => Event::Xor,
        Opcode::ShlImmediate | Opcode::Shl => Event::Shl,
        Opcode::ShrImmediate | Opcode::Shr => Event::Shr,
        Opcode::Negate => Event::Negate,
        Opcode::BitNot => Event::BitNot,
        Opcode::Length => Event::Length,
        Opcode::Concat => Event::Concat,
        Opcode::Equal | Opcode::EqualConstant | Opcode::EqualImmediate => Event::Equal,
        Opcode::LessThan | Opcode::LessThanImmediate | Opcode::GreaterThanImmediate => Event::LessThan,
        Opcode::LessEqual | Opcode::LessEqualImmediate | Opcode::GreaterEqualImmediate => Event::LessEqual,
        _ => return None,
    })
}

/// The two operands of an arithmetic instruction, in the order of the source.
fn arithmetic_operands(vm: &Vm, opcode: Opcode, i: Instruction) -> (Value, Value) {
    use dumpfmt::bytecode::Operand;
    let info = opcode.info();
    let left = match info.b {
        Operand::Constant => constant(vm, i.b() as u32),
        _ => get(vm, i.b()),
    };
    let right = match info.c {
        Operand::Constant => constant(vm, i.c() as u32),
        Operand::Signed => Value::integer(i.sc() as i64),
        Operand::None => left,
        _ => get(vm, i.c()),
    };
    (left, right)
}

impl Vm {
    /// The value of operand `number` of the instruction being executed, where it is a register's.
    pub(super) fn operand(&self, number: usize) -> Option<Value> {
        let instruction = self.place()?.instruction();
        Some(match instruction.opcode()? {
            Opcode::GetTabUp => upvalue_value(self, instruction.b()),
            Opcode::SetTabUp | Opcode::SetTabUpK => upvalue_value(self, instruction.a()),
            Opcode::SetTable
            | Opcode::SetTableK
            | Opcode::SetInteger
            | Opcode::SetIntegerK
            | Opcode::SetField
            | Opcode::SetFieldK => get(self, instruction.a()),
            Opcode::GetTable | Opcode::GetInteger | Opcode::GetField | Opcode::SelfField => {
                get(self, instruction.b())
            }
            opcode => {
                event_of(opcode)?;
                let (left, right) = arithmetic_operands(self, opcode, instruction);
                if number == 0 { left } else { right }
            }
        })
    }

    /// The register of the operand that a concatenation stumbled over: `distance` below the rightmost one that
    /// is not joined yet.
    pub(super) fn concat_operand(&self, first: u8, count: u8, culprit: Value, distance: u8) -> Option<u8> {
        (0..count)
            .rev()
            .map(|index| first + index)
            .filter(|&register| {
                let value = get(self, register);
                value.kind == culprit.kind && value.payload == culprit.payload
            })
            .find(|&register| distance == 0 || register < first + count - 1)
    }

    /// Whether the innermost frame is one that the running loop must not touch: an error has passed an entry
    /// frame.
    pub(super) fn leaves_loop(&self) -> bool {
        let above = at::<Frame>(self.r().frame).wrapping_add(1);
        // SAFETY: `unwind` has just popped the frame above, which is still in memory.
        unsafe { (*above).flags & FRAME_ENTRY != 0 }
    }
}

slow! {
    slow_set_upvalue(vm, i) {
        let value = get(vm, i.a());
        let target = current_upvalue(vm, i.b());
        // SAFETY: a valid upvalue.
        unsafe { store(at::<Value>((*target).location), value) };
        vm.heap.barrier(value);
        Ok(Flow::Continue)
    }
    slow_get_tab_up(vm, i) {
        let object = upvalue_value(vm, i.b());
        let outcome = vm.index(object, constant(vm, aux(vm)))?;
        finish_get(vm, i.a(), 2, outcome)
    }
    slow_get_table(vm, i) {
        let key = if i.opcode() == Some(Opcode::GetInteger) {
            Value::integer(i.c() as i64)
        } else {
            get(vm, i.c())
        };
        let outcome = vm.index(get(vm, i.b()), key)?;
        finish_get(vm, i.a(), 1, outcome)
    }
    slow_get_field(vm, i) {
        let outcome = vm.index(get(vm, i.b()), constant(vm, aux(vm)))?;
        finish_get(vm, i.a(), 2, outcome)
    }
    slow_self(vm, i) {
        let object = get(vm, i.b());
        let outcome = vm.index(object, constant(vm, aux(vm)))?;
        put(vm, i.a() + 1, object);
        finish_get(vm, i.a(), 2, outcome)
    }
    slow_set_tab_up(vm, i) {
        let object = upvalue_value(vm, i.a());
        let stored = vm.set_index(object, constant(vm, aux(vm)), get(vm, i.b()))?;
        finish_set(vm, stored)
    }
    slow_set_tab_up_k(vm, i) {
        let object = upvalue_value(vm, i.a());
        let stored = vm.set_index(object, constant(vm, aux(vm)), constant(vm, i.b() as u32))?;
        finish_set(vm, stored)
    }
    slow_set_field(vm, i) {
        let stored = vm.set_index(get(vm, i.a()), constant(vm, aux(vm)), get(vm, i.b()))?;
        finish_set(vm, stored)
    }
    slow_set_field_k(vm, i) {
        let stored = vm.set_index(get(vm, i.a()), constant(vm, aux(vm)), constant(vm, i.b() as u32))?;
        finish_set(vm, stored)
    }
    slow_set_table(vm, i) {
        let stored = vm.set_index(get(vm, i.a()), set_key(vm, i), get(vm, i.c()))?;
        finish_set(vm, stored)
    }
    slow_set_table_k(vm, i) {
        let stored = vm.set_index(get(vm, i.a()), set_key(vm, i), constant(vm, i.c() as u32))?;
        finish_set(vm, stored)
    }
    op_new_table(vm, i) {
        let site = Addr(vm.frame().pc.0 - 4);
        let array = new_table_array(vm);
        vm.frame().pc.0 += 4;
        let table = table::create(&mut vm.heap, site).map_err(|_| vm.throw_memory())?;
        put(vm, i.a(), Value::object(value::TABLE, to_addr(table)));
        let nodes = if i.b() == 0 { 0 } else { 1u32 << (i.b() - 1).min(30) };
        if array > 0 || nodes > 0 {
            // SAFETY: a fresh table.
            unsafe { table::reserve(&mut vm.heap, table, array, nodes) }
                .map_err(|error| vm.throw_store_error(error))?;
        }
        Ok(Flow::Continue)
    }
    op_set_list(vm, i) {
        let start = new_table_array(vm) as u64;
        vm.frame().pc.0 += 4;
        let first = register(vm, i.a()).wrapping_add(1);
        let count = if i.b() != 0 {
            i.b() as u64
        } else {
            (vm.r().top.0 - to_addr(first).0) / size_of::<Value>() as u64
        };
        let target = at::<TableObject>(get(vm, i.a()).addr());
        // SAFETY: code is verified: the register holds a table that this constructor has made.
        unsafe { table::set_list(&mut vm.heap, target, start + 1, first, count) }
            .map_err(|error| vm.throw_store_error(error))?;
        Ok(Flow::Continue)
    }
    slow_arithmetic(vm, i) {
        let opcode = i.opcode().expect("verified code");
        let event = event_of(opcode).expect("an arithmetic instruction");
        let (left, right) = arithmetic_operands(vm, opcode, i);
        match vm.arithmetic(event, left, right)? {
            Outcome::Value(result) => put(vm, i.a(), result),
            Outcome::Call(handler, arguments) => {
                return vm.call_metamethod(handler, &arguments, Finish::Store(i.a()));
            }
        }
        Ok(Flow::Continue)
    }
    slow_length(vm, i) {
        match vm.length(get(vm, i.b()))? {
            Outcome::Value(result) => put(vm, i.a(), result),
            Outcome::Call(handler, arguments) => {
                return vm.call_metamethod(handler, &arguments, Finish::Store(i.a()));
            }
        }
        Ok(Flow::Continue)
    }
    op_concat(vm, i) {
        vm.concat(i.a(), i.b())
    }
    op_close(vm, i) {
        let level = register(vm, i.a());
        if let Some(slot) = vm.next_to_be_closed(level) {
            return vm.close_variable(slot, Finish::Redo);
        }
        vm.close_upvalues(level);
        Ok(Flow::Continue)
    }
    slow_to_be_closed(vm, i) {
        vm.mark_to_be_closed(register(vm, i.a()))?;
        Ok(Flow::Continue)
    }
    slow_generic_for_prepare(vm, i) {
        vm.mark_to_be_closed(register(vm, i.a() + 3))?;
        Ok(Flow::Continue)
    }
    slow_equal(vm, i) {
        let left = get(vm, i.a());
        let right = match i.opcode() {
            Some(Opcode::EqualConstant) => constant(vm, i.b() as u32),
            _ => get(vm, i.b()),
        };
        match vm.equals(left, right) {
            Ok(equal) => finish_test(vm, equal, i.c() != 0),
            Err((handler, arguments)) => {
                vm.call_metamethod(handler, &arguments, Finish::Jump(i.c() != 0))
            }
        }
    }
    slow_order(vm, i) {
        let event = if i.opcode() == Some(Opcode::LessThan) { Event::LessThan } else { Event::LessEqual };
        let outcome = vm.order(event, get(vm, i.a()), get(vm, i.b()))?;
        finish_order(vm, i, outcome)
    }
    slow_order_immediate(vm, i) {
        let register = get(vm, i.a());
        let number = Value::integer(i.sb() as i64);
        let (event, left, right) = match i.opcode() {
            Some(Opcode::LessThanImmediate) => (Event::LessThan, register, number),
            Some(Opcode::LessEqualImmediate) => (Event::LessEqual, register, number),
            Some(Opcode::GreaterThanImmediate) => (Event::LessThan, number, register),
            _ => (Event::LessEqual, number, register),
        };
        let outcome = vm.order(event, left, right)?;
        finish_order(vm, i, outcome)
    }
    slow_call(vm, i) {
        let callee = register(vm, i.a());
        if i.b() != 0 {
            vm.set_top(callee.wrapping_add(i.b() as usize));
        }
        if vm.r().poll != 0 {
            let offset = vm.r().top.0 - to_addr(callee).0;
            vm.service_poll()?;
            let callee = at::<Value>(Addr(vm.r().top.0 - offset));
            return vm.begin_call(callee, i.c() as i32 - 1, 0);
        }
        // SAFETY: a register.
        if unsafe { (*callee).kind } == value::NATIVE {
            return vm.call_native(callee, i.c() as i32 - 1, 0);
        }
        vm.begin_call(callee, i.c() as i32 - 1, 0)
    }
    op_tail_call(vm, i) {
        let callee = register(vm, i.a());
        if i.b() != 0 {
            vm.set_top(callee.wrapping_add(i.b() as usize));
        }
        vm.tail_call(callee, i.c() != 0)
    }
    op_return(vm, i) {
        let first = register(vm, i.a());
        let count = if i.b() != 0 {
            i.b() as usize - 1
        } else {
            (vm.r().top.0 - to_addr(first).0) as usize / size_of::<Value>()
        };
        if i.c() != 0 {
            let base = at::<Value>(vm.frame().base);
            if let Some(slot) = vm.next_to_be_closed(base) {
                // The results stay where they are; what is called lies above them.
                if i.b() != 0 {
                    vm.set_top(vm.scratch());
                }
                return vm.close_variable_above(slot, Finish::Redo);
            }
            vm.close_upvalues(base);
        }
        vm.finish_frame(first, count)
    }
    slow_return_1(vm, i) {
        let first = register(vm, i.a());
        vm.finish_frame(first, 1)
    }
    slow_return_0(vm, _i) {
        let first = register(vm, 0);
        vm.finish_frame(first, 0)
    }
    op_for_prepare(vm, i) {
        vm.for_prepare(register(vm, i.a()))
    }
    slow_generic_for_call(vm, i) {
        let control = register(vm, i.a());
        let callee = control.wrapping_add(4);
        // SAFETY: registers; the compiler has reserved six from A on.
        unsafe {
            copy(callee.add(2), control.add(2));
            copy(callee.add(1), control.add(1));
            copy(callee, control);
        }
        vm.set_top(callee.wrapping_add(3));
        vm.begin_call(callee, i.c() as i32, 0)
    }
    op_closure(vm, i) {
        // SAFETY: pc was published before the auxiliary word.
        let child = unsafe { *at::<u32>(vm.frame().pc) };
        vm.frame().pc.0 += 4;
        vm.make_closure(i.a(), child)?;
        Ok(Flow::Continue)
    }
    op_var_arg(vm, i) {
        let frame = *vm.frame();
        let extra = frame.extra_count() as usize;
        let wanted = if i.c() == 0 { extra } else { i.c() as usize - 1 };
        let offset = to_addr(register(vm, i.a())).0 - frame.base.0;
        if i.c() == 0 {
            vm.set_top(register(vm, i.a()));
            vm.ensure_stack(extra)?;
        }
        let base = at::<Value>(vm.frame().base);
        let target = at::<Value>(Addr(to_addr(base).0 + offset));
        // SAFETY: the extra arguments lie below `base[-1]`; there is room for them above the register.
        unsafe {
            let source = base.sub(1 + extra);
            for index in 0..wanted.min(extra) {
                copy(target.add(index), source.add(index));
            }
            for index in extra..wanted.max(extra) {
                store(target.add(index), nil_here(vm, 1));
            }
        }
        if i.c() == 0 {
            vm.set_top(target.wrapping_add(extra));
        }
        Ok(Flow::Continue)
    }
    op_native_return(vm, _i) {
        vm.native_return()
    }
    #[cold]
    slow_bad(vm, _i) {
        Err(vm.throw_text(b"bad instruction"))
    }
    // The interpreter looks up, then executes the same instruction again.
    #[cold]
    slow_poll(vm, _i) {
        vm.service_poll()?;
        vm.frame().pc.0 -= 4;
        Ok(Flow::Continue)
    }
    // The same at the `Jump` behind a test; pc stands behind it.
    #[cold]
    slow_poll_jump(vm, _i) {
        vm.service_poll()?;
        vm.frame().pc.0 -= 4;
        Ok(Flow::Continue)
    }
}

fn set_key(vm: &Vm, i: Instruction) -> Value {
    match i.opcode() {
        Some(Opcode::SetInteger | Opcode::SetIntegerK) => Value::integer(i.b() as i64),
        _ => get(vm, i.b()),
    }
}

/// The auxiliary word of an instruction whose pc was published before it.
fn new_table_array(vm: &Vm) -> u32 {
    // SAFETY: verified code: the word exists.
    unsafe { *at::<u32>(vm.frame().pc) }
}

fn finish_order(vm: &mut Vm, i: Instruction, outcome: Outcome) -> Result<Flow, Raise> {
    match outcome {
        Outcome::Value(result) => finish_test(vm, !result.is_falsy(), i.c() != 0),
        Outcome::Call(handler, arguments) => {
            vm.call_metamethod(handler, &arguments, Finish::Jump(i.c() != 0))
        }
    }
}

impl Vm {
    /// Calls the callee at `callee`, whose arguments reach up to the top, in place of the running function.
    fn tail_call(&mut self, callee: *mut Value, closes: bool) -> Result<Flow, Raise> {
        // SAFETY: slots of the innermost frame; `insert_call_metamethod` may move the stack.
        unsafe {
            let mut callee = callee;
            while !matches!((*callee).kind, value::FUNCTION | value::NATIVE) {
                callee = self.insert_call_metamethod(callee)?;
            }
            if (*callee).kind == value::NATIVE {
                // As in the reference, the caller's frame stays below a native function; a `Return` of all
                // results follows the instruction.
                return self.call_native(callee, RESULTS_ALL, 0);
            }
            if closes {
                self.close_upvalues(at(self.frame().base));
            }
            let frame = *self.frame();
            let target = self.function_slot(&frame);
            let count = (self.r().top.0 - to_addr(callee).0) as usize / size_of::<Value>();
            for index in 0..count {
                copy(target.add(index), callee.add(index));
            }
            self.set_top(target.add(count));
            let call_site = frame.pc;
            self.r().frame.0 -= size_of::<Frame>() as u64;
            let caller_pc = self.frame().pc;
            self.frame().pc = call_site;
            let kept = frame.flags & (FRAME_ENTRY | dumpfmt::layout::coroutine::FRAME_INTERRUPT);
            let pushed = self.push_lua_frame(target, frame.results_wanted, kept & !FRAME_VARARG | FRAME_TAIL);
            if pushed.is_ok() {
                (*at::<Frame>(self.r().frame).sub(1)).pc = caller_pc;
            } else {
                self.frame().pc = caller_pc;
            }
            pushed.map(|()| Flow::Continue)
        }
    }

    /// Calls `__close` of the variable in `slot`, which has just been taken off the list; without error.
    fn close_variable(&mut self, slot: *mut Value, finish: Finish) -> Result<Flow, Raise> {
        self.set_top(self.scratch());
        self.close_variable_above(slot, finish)
    }

    /// The same, above the top.
    fn close_variable_above(&mut self, slot: *mut Value, finish: Finish) -> Result<Flow, Raise> {
        // SAFETY: a register of the innermost frame.
        let value = unsafe { load(slot) };
        self.ensure_stack(super::state::NATIVE_SLOTS)?;
        let function = self.top();
        let handler = self.metamethod(value, Event::Close);
        self.push(if handler.is_nil() { value } else { handler });
        self.push(value);
        self.push(Value::NIL);
        self.begin_call(function, finish.encode(), 0)
    }

    /// Prepares a numeric `for` (manual, section 3.3.5): an integer loop gets its iteration count.
    fn for_prepare(&mut self, control: *mut Value) -> Result<Flow, Raise> {
        // SAFETY: four registers of the innermost frame.
        unsafe {
            let (start, limit, step) = (load(control), load(control.add(1)), load(control.add(2)));
            let runs = if start.kind == value::INTEGER && step.kind == value::INTEGER {
                let (first, step) = (start.as_integer(), step.as_integer());
                if step == 0 {
                    return Err(self.throw_text(b"'for' step is zero"));
                }
                match self.for_limit(limit, first, step)? {
                    Some(last) if if step > 0 { first <= last } else { first >= last } => {
                        let distance = if step > 0 {
                            (last as u64).wrapping_sub(first as u64) / step as u64
                        } else {
                            // `-(step + 1) + 1` does not overflow for the smallest integer.
                            (first as u64).wrapping_sub(last as u64) / ((-(step + 1)) as u64 + 1)
                        };
                        set_integer(control.add(1), distance as i64);
                        set_integer(control.add(3), first);
                        true
                    }
                    _ => false,
                }
            } else {
                let is_number = |v: Value| matches!(v.kind, value::INTEGER | value::FLOAT);
                if !is_number(limit) {
                    return Err(self.throw_for_error("limit", limit));
                }
                if !is_number(step) {
                    return Err(self.throw_for_error("step", step));
                }
                if !is_number(start) {
                    return Err(self.throw_for_error("initial value", start));
                }
                let (first, last) = (arith::to_float(start), arith::to_float(limit));
                let step = arith::to_float(step);
                if step == 0.0 {
                    return Err(self.throw_text(b"'for' step is zero"));
                }
                set_float(control, first);
                set_float(control.add(1), last);
                set_float(control.add(2), step);
                set_float(control.add(3), first);
                if step > 0.0 { first <= last } else { last <= first }
            };
            // The `Jump` past the loop follows: it is taken when the loop does not run.
            if runs {
                self.frame().pc.0 += 4;
            }
            Ok(Flow::Continue)
        }
    }

    /// The limit of an integer loop, clipped to an integer; `None` when the loop does not run.
    fn for_limit(&mut self, limit: Value, first: i64, step: i64) -> Result<Option<i64>, Raise> {
        let float = match limit.kind {
            value::INTEGER => return Ok(Some(limit.as_integer())),
            value::FLOAT => limit.as_float(),
            _ => return Err(self.throw_for_error("limit", limit)),
        };
        let _ = first;
        if float.is_nan() {
            return Ok(None);
        }
        let rounded = if step > 0 { float.floor() } else { float.ceil() };
        if let Some(integer) = dumpfmt::numeral::float_to_integer(rounded) {
            return Ok(Some(integer));
        }
        // Beyond every integer: the loop runs to the last one, or not at all.
        Ok(match (float > 0.0, step > 0) {
            (true, true) => Some(i64::MAX),
            (false, false) => Some(i64::MIN),
            _ => None,
        })
    }
}

macro_rules! table_of {
    ($($opcode:ident $handler:ident;)+) => {{
        let mut table: [Handler; 256] = [op_bad as Handler; 256];
        $( table[Opcode::$opcode as usize] = $handler; )+
        DispatchTable(table)
    }};
}

/// The handlers.
pub static DISPATCH: DispatchTable = table_of! {
    Move op_move;
    LoadInteger op_load_integer;
    LoadFloat op_load_float;
    LoadConstant op_load_constant;
    LoadConstantX op_load_constant_x;
    LoadFalse op_load_false;
    LoadFalseSkip op_load_false_skip;
    LoadTrue op_load_true;
    LoadNil op_load_nil;
    GetUpvalue op_get_upvalue;
    SetUpvalue op_set_upvalue;
    GetTabUp op_get_tab_up;
    GetTable op_get_table;
    GetInteger op_get_integer;
    GetField op_get_field;
    SetTabUp op_set_tab_up;
    SetTabUpK op_set_tab_up_k;
    SetTable op_set_table;
    SetTableK op_set_table_k;
    SetInteger op_set_integer;
    SetIntegerK op_set_integer_k;
    SetField op_set_field;
    SetFieldK op_set_field_k;
    SelfField op_self;
    NewTable op_new_table;
    SetList op_set_list;
    AddImmediate op_add_immediate;
    SubImmediate op_sub_immediate;
    AddConstant op_add_constant;
    SubConstant op_sub_constant;
    MulConstant op_mul_constant;
    ModConstant op_mod_constant;
    PowConstant slow_arithmetic;
    DivConstant op_div_constant;
    FloorDivConstant op_floor_div_constant;
    AndConstant op_and_constant;
    OrConstant op_or_constant;
    XorConstant op_xor_constant;
    ShrImmediate op_shr_immediate;
    ShlImmediate op_shl_immediate;
    ConstantAdd op_constant_add;
    ConstantSub op_constant_sub;
    ConstantMul op_constant_mul;
    ConstantDiv op_constant_div;
    Add op_add;
    Sub op_sub;
    Mul op_mul;
    Mod op_mod;
    Pow slow_arithmetic;
    Div op_div;
    FloorDiv op_floor_div;
    And op_and;
    Or op_or;
    Xor op_xor;
    Shl op_shl;
    Shr op_shr;
    Negate op_negate;
    BitNot op_bit_not;
    Not op_not;
    Length op_length;
    Concat op_concat;
    Close op_close;
    ToBeClosed op_to_be_closed;
    Jump op_jump;
    Equal op_equal;
    LessThan op_less_than;
    LessEqual op_less_equal;
    EqualConstant op_equal_constant;
    EqualImmediate op_equal_immediate;
    LessThanImmediate op_less_than_immediate;
    LessEqualImmediate op_less_equal_immediate;
    GreaterThanImmediate op_greater_than_immediate;
    GreaterEqualImmediate op_greater_equal_immediate;
    Test op_test;
    TestSet op_test_set;
    Call op_call;
    TailCall op_tail_call;
    Return op_return;
    Return0 op_return_0;
    Return1 op_return_1;
    ForPrepare op_for_prepare;
    ForLoop op_for_loop;
    GenericForPrepare op_generic_for_prepare;
    GenericForCall op_generic_for_call;
    GenericForLoop op_generic_for_loop;
    Closure op_closure;
    VarArg op_var_arg;
    VarArgPrepare op_var_arg_prepare;
    NativeReturn op_native_return;
};

/// Runs from the innermost frame until the entry frame ends.
///
/// # Safety
/// The innermost frame of `roots` is valid, its code verified.
pub unsafe fn run(roots: *mut Roots) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let frame = at::<Frame>((*roots).frame);
        let pc = at::<u32>((*frame).pc);
        let insn = *pc;
        (DISPATCH.0[(insn & 0xff) as usize])(
            pc.add(1),
            at((*frame).base),
            at((*frame).constants),
            roots,
            insn,
            &DISPATCH,
        )
    }
}
