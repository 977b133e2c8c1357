//! Moves, constants, upvalues, constructors.

use super::operands::{current_upvalue, get, put, register};
use super::{DispatchTable, Exit, a, b, set_float, set_integer, set_nil, stop, upvalue};
use crate::heap::pointer::{at, copy, store, to_addr};
use crate::heap::table;
use crate::interp::call::Flow;
use crate::interp::state::{Raise, Vm};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::Instruction;
use dumpfmt::layout::coroutine::Frame;
use dumpfmt::layout::roots::Roots;
use dumpfmt::layout::table::{TableObject, ValuesObject};
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
}

/// The auxiliary word of an instruction whose pc was published before it.
pub(super) fn new_table_array(vm: &Vm) -> u32 {
    // SAFETY: verified code: the word exists.
    unsafe { *at::<u32>(vm.frame().pc) }
}

/// The template with this number, counted from the end of the constants.
fn template(vm: &Vm, number: u8) -> *const TableObject {
    let constants = at::<Value>(vm.frame().constants);
    // SAFETY: the loader has noted the number of one, which lies behind the constants.
    unsafe {
        let row = constants.byte_sub(ValuesObject::VALUES as usize).cast::<ValuesObject>();
        at((*constants.add((*row).length as usize - number as usize)).addr())
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
    op_new_table(vm, i) {
        let site = Addr(vm.frame().pc.0 - 4);
        let array = new_table_array(vm);
        vm.frame().pc.0 += 4;
        let table = table::create(&mut vm.heap, site).map_err(|_| vm.throw_memory())?;
        put(vm, i.a(), Value::object(value::TABLE, to_addr(table)));
        if i.c() != 0 {
            let template = template(vm, i.c());
            // SAFETY: a fresh table, and a valid one.
            unsafe { table::take_keys(&mut vm.heap, table, template) }.map_err(|_| vm.throw_memory())?;
            if array == 0 {
                return Ok(Flow::Continue);
            }
        }
        let nodes = if i.b() == 0 || i.c() != 0 { 0 } else { 1u32 << (i.b() - 1).min(30) };
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
