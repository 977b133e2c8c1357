//! Moves, upvalues, reads and stores of tables, constructors.
//!
//! Fast paths finish what needs no metamethod; a store of a reference while the collector marks is left to the
//! slow ones, which tell it.

use super::operands::{
    aux, constant, current_upvalue, finish_get, finish_set, get, put, register, upvalue_value,
};
use super::{DispatchTable, Exit, a, b, c, set_float, set_integer, set_nil, stop, upvalue};
use crate::heap::pointer::{Pointer, at, copy, load, store, to_addr};
use crate::heap::table;
use crate::interp::call::Flow;
use crate::interp::state::{Raise, Vm};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::coroutine::Frame;
use dumpfmt::layout::roots::{BasicType, Event, Roots};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::{Node, TableObject};
use dumpfmt::layout::value::{self, Value};

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
                if index.wrapping_sub(1) < (*target).array_limit as u64 {
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
            if index.wrapping_sub(1) < (*target).array_limit as u64 {
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
pub(super) unsafe fn chain_get(st: *mut Roots, object: Value, key: *const StringObject) -> *mut Node {
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
pub(super) unsafe fn set_found(
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

/// The same for an array slot; also for the one behind the limit, as in appending (see `heap/table.rs`).
#[inline(always)]
pub(super) unsafe fn set_array(
    st: *mut Roots,
    target: *mut TableObject,
    index: u64,
    source: *const Value,
) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        if (*st).marking != 0 && (*source).is_object() {
            return false;
        }
        let limit = (*target).array_limit as u64;
        if index.wrapping_sub(1) < limit {
            let slot = table::array_slot(target, index);
            if (*slot).kind == value::NIL && !(*target).metatable.is_null() {
                return false;
            }
            copy(slot, source);
            return true;
        }
        let capacity = (*target).array_capacity as u64;
        if index != limit + 1 || index > capacity || !(*target).metatable.is_null() {
            return false;
        }
        let slot = table::array_slot(target, index);
        copy(slot, source);
        let used = (*target).array_used as u64;
        if limit == used {
            (*target).array_used = index as u32;
        } else if index == used && index < capacity {
            store(slot.add(1), Value::NIL);
            (*target).array_used = index as u32 + 1;
        }
        (*target).array_limit = index as u32;
        true
    }
}

#[inline(always)]
pub(super) unsafe fn set_keyed(
    st: *mut Roots,
    object: *const Value,
    key: *const Value,
    source: *const Value,
) -> bool {
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

pub(super) fn set_key(vm: &Vm, i: Instruction) -> Value {
    match i.opcode() {
        Some(Opcode::SetInteger | Opcode::SetIntegerK) => Value::integer(i.b() as i64),
        _ => get(vm, i.b()),
    }
}

/// The auxiliary word of an instruction whose pc was published before it.
pub(super) fn new_table_array(vm: &Vm) -> u32 {
    // SAFETY: verified code: the word exists.
    unsafe { *at::<u32>(vm.frame().pc) }
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
        let target = get(vm, i.a());
        if target.kind != value::TABLE {
            // A debugger has replaced what the constructor had made.
            return Err(vm.throw_index_error(target));
        }
        let target = at::<TableObject>(target.addr());
        // SAFETY: a table; the items are registers, or a list that the instruction before has opened.
        unsafe { table::set_list(&mut vm.heap, target, start + 1, first, count) }
            .map_err(|error| vm.throw_store_error(error))?;
        Ok(Flow::Continue)
    }
}
