//! Reads and stores of elements: `t[k]` with a key that the program computes, most often an index of a list.
//!
//! The hot handlers do what a list asks for most: a value is there, and is read or overwritten. Holes, appending,
//! integer keys of the hash part and strings come second, in handlers of their own, so that the hot ones need no
//! stack; metamethods, and whatever allocates or raises, is left to the slow ones.

use super::field::{put_value, set_value, shade, store_new, takes_new_keys};
use super::operands::{constant, finish_get, finish_set, get};
use super::{
    DispatchTable, Exit, a, b, c, kind_at, offset_a, offset_b, offset_c, payload_at, set_nil, settled, stop,
};
use crate::heap::pointer::{at, copy, store, to_addr};
use crate::heap::table;
use crate::interp::call::Flow;
use crate::interp::state::{Raise, Vm};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::coroutine::Frame;
use dumpfmt::layout::roots::Roots;
use dumpfmt::layout::table::TableObject;
use dumpfmt::layout::value::{self, Value};

/// The slot of an integer key below the limit of the array part (see `heap/table.rs`).
#[inline(always)]
unsafe fn slot_of(target: *const TableObject, key: u64) -> Option<*mut Value> {
    // SAFETY: the index is checked against the limit.
    unsafe {
        let index = settled(key.wrapping_sub(1));
        (index < (*target).array_limit as u64)
            .then(|| table::array_slot(target, 1).wrapping_add(index as usize))
    }
}

/// The same as the row of the slots and an offset there.
#[inline(always)]
unsafe fn place_of(target: *const TableObject, key: u64) -> Option<(*mut Value, u64)> {
    // SAFETY: the index is checked against the limit.
    unsafe {
        let index = settled(key.wrapping_sub(1));
        (index < (*target).array_limit as u64)
            .then(|| (table::array_slot(target, 1), settled(index * size_of::<Value>() as u64)))
    }
}

handler! {
    op_get_table(pc, base, k, st, insn, table) {
        let (object, key) = (offset_b(insn), offset_c(insn));
        if kind_at(base, key) == value::INTEGER
            && kind_at(base, object) == value::TABLE
            && let Some((row, place)) =
                place_of(at(Addr(payload_at(base, object))), payload_at(base, key))
            && let kind = kind_at(row, place)
            && kind != value::NIL
        {
            let payload = payload_at(row, place);
            let target = base.add(a(insn));
            (*target).kind = kind;
            (*target).payload = payload;
            go!(pc, base, k, st, table)
        }
        leave_to!(rest_get_table, pc, base, k, st, insn, table)
    }
    rest_get_table(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        let key = base.add(c(insn));
        if (*object).kind == value::TABLE {
            let target = at::<TableObject>((*object).addr());
            if (*key).kind == value::INTEGER {
                if slot_of(target, (*key).payload).is_none() {
                    leave_to!(hashed_get_table, pc, base, k, st, insn, table);
                }
            } else if (*key).kind == value::SHORT_STRING {
                let node = table::find_short(target, at((*key).addr()));
                if !node.is_null() && (*node).value_kind != value::NIL {
                    put_value(base.add(a(insn)), node);
                    go!(pc, base, k, st, table)
                }
            } else {
                leave_to!(slow_get_table, pc, base, k, st, insn, table);
            }
            if (*target).metatable.is_null() {
                set_nil(base.add(a(insn)), pc.sub(1));
                go!(pc, base, k, st, table)
            }
        }
        leave_to!(slow_get_table, pc, base, k, st, insn, table)
    }
    // An integer key above the limit.
    hashed_get_table(pc, base, k, st, insn, table) {
        let target = at::<TableObject>((*base.add(b(insn))).addr());
        let key = (*base.add(c(insn))).payload;
        if key.wrapping_sub(1) >= (*target).array_capacity as u64 {
            let node = table::find_integer(table::main_of_integer(target, key), key);
            if !node.is_null() && (*node).value_kind != value::NIL {
                put_value(base.add(a(insn)), node);
                go!(pc, base, k, st, table)
            }
            if (*target).metatable.is_null() {
                set_nil(base.add(a(insn)), pc.sub(1));
                go!(pc, base, k, st, table)
            }
        }
        leave_to!(slow_get_table, pc, base, k, st, insn, table)
    }
    op_get_integer(pc, base, k, st, insn, table) {
        let object = offset_b(insn);
        if kind_at(base, object) == value::TABLE
            && let Some((row, place)) = place_of(at(Addr(payload_at(base, object))), c(insn) as u64)
            && let kind = kind_at(row, place)
            && kind != value::NIL
        {
            let payload = payload_at(row, place);
            let target = base.add(a(insn));
            (*target).kind = kind;
            (*target).payload = payload;
            go!(pc, base, k, st, table)
        }
        leave_to!(hole_get_integer, pc, base, k, st, insn, table)
    }
    hole_get_integer(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        if (*object).kind == value::TABLE {
            let target = at::<TableObject>((*object).addr());
            if slot_of(target, c(insn) as u64).is_some_and(|slot| (*slot).kind == value::NIL)
                && (*target).metatable.is_null()
            {
                set_nil(base.add(a(insn)), pc.sub(1));
                go!(pc, base, k, st, table)
            }
        }
        leave_to!(slow_get_table, pc, base, k, st, insn, table)
    }
}

/// Stores under the key behind the limit, as in appending; false when there is no slot for it, or a metatable. The order
/// of the steps is the one that needs the fewest registers.
#[inline(always)]
unsafe fn append(target: *mut TableObject, key: u64, source: *const Value) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        if key > (*target).array_capacity as u64 || !(*target).metatable.is_null() {
            return false;
        }
        (*target).array_limit = key as u32;
        let used = settled((*target).array_used as u64);
        if key > used {
            (*target).array_used = key as u32;
        } else if key == used && key < (*target).array_capacity as u64 {
            store(table::array_slot(target, key + 1), Value::NIL);
            (*target).array_used = key as u32 + 1;
        }
        let slot = table::array_slot(target, key);
        (*slot).kind = (*source).kind;
        (*slot).payload = (*source).payload;
        true
    }
}

/// Stores under an integer key that has a place below the limit, behind it, or in the hash part; false when it is not
/// so easy. The collector is not marking, or has been told.
#[inline(always)]
unsafe fn store_integer(st: *const Roots, target: *mut TableObject, key: u64, source: *const Value) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        if let Some(slot) = slot_of(target, key) {
            let is_allowed = (*slot).kind != value::NIL || takes_new_keys(target);
            if is_allowed {
                copy(slot, source);
            }
            return is_allowed;
        }
        if key.wrapping_sub(1) < (*target).array_capacity as u64 {
            return key == (*target).array_limit as u64 + 1 && append(target, key, source);
        }
        let main = table::main_of_integer(target, key);
        let node = table::find_integer(main, key);
        if !node.is_null() && (*node).value_kind != value::NIL {
            set_value(node, source);
            return true;
        }
        store_new(st, target, node, main, Value::integer(key as i64), source)
    }
}

/// The same for a short string.
#[inline(always)]
unsafe fn store_string(st: *const Roots, target: *mut TableObject, key: Value, source: *const Value) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        let node = table::find_short(target, at(key.addr()));
        if !node.is_null() && (*node).value_kind != value::NIL {
            set_value(node, source);
            return true;
        }
        store_new(st, target, node, table::main_of_short(target, at(key.addr())), key, source)
    }
}

/// The four stores: kind and payload of the key, and where the value comes from.
macro_rules! element_stores {
    ($($hot:ident $append:ident $marking:ident $told:ident
        ($base:ident, $k:ident, $insn:ident) $key_kind:expr, $key:expr, $source:expr;)+) => {
        handler! {$(
            $hot(pc, $base, $k, st, $insn, table) {
                let object = offset_a($insn);
                if $key_kind == value::INTEGER && kind_at($base, object) == value::TABLE {
                    let target = at::<TableObject>(Addr(payload_at($base, object)));
                    let index = settled(($key).wrapping_sub(1));
                    if index < (*target).array_limit as u64 {
                        let slot = table::array_slot(target, 0).wrapping_add(index as usize);
                        let slot = (settled(slot as u64) as *mut Value).add(1);
                        if (*slot).kind != value::NIL {
                            let source: *const Value = $source;
                            if (*st).marking != 0 {
                                core::hint::cold_path();
                                if (*source).is_object() {
                                    leave_to!($marking, pc, $base, $k, st, $insn, table);
                                }
                            }
                            copy(slot, source);
                            go!(pc, $base, $k, st, table)
                        }
                    } else if index == (*target).array_limit as u64 {
                        leave_to!($append, pc, $base, $k, st, $insn, table);
                    }
                }
                if (*st).marking != 0 {
                    leave_to!($marking, pc, $base, $k, st, $insn, table);
                }
                leave_to!($told, pc, $base, $k, st, $insn, table)
            }
            // The key is an integer, and the one behind the limit of a table.
            $append(pc, $base, $k, st, $insn, table) {
                let target = at::<TableObject>((*$base.add(a($insn))).addr());
                if ((*st).marking == 0 || !(*$source).is_object()) && append(target, $key, $source) {
                    go!(pc, $base, $k, st, table)
                }
                if (*st).marking != 0 {
                    leave_to!($marking, pc, $base, $k, st, (*pc.sub(1)), table);
                }
                leave_to!($told, pc, $base, $k, st, (*pc.sub(1)), table)
            }
            $marking(pc, $base, $k, st, $insn, table) {
                shade(st, $key_kind, $key, $source);
                leave_to!($told, pc, $base, $k, st, $insn, table)
            }
            $told(pc, $base, $k, st, $insn, table) {
                let object = $base.add(a($insn));
                if (*object).kind == value::TABLE {
                    let target = at::<TableObject>((*object).addr());
                    let is_stored = match $key_kind {
                        value::INTEGER => store_integer(st, target, $key, $source),
                        value::SHORT_STRING => store_string(st, target, Value::raw($key_kind, $key), $source),
                        _ => false,
                    };
                    if is_stored {
                        go!(pc, $base, $k, st, table)
                    }
                }
                leave_to!(slow_set_table, pc, $base, $k, st, $insn, table)
            }
        )+}
    };
}

element_stores! {
    op_set_table append_set_table marking_set_table store_table
        (base, k, insn) (*base.add(b(insn))).kind, (*base.add(b(insn))).payload, base.add(c(insn));
    op_set_table_k append_set_table_k marking_set_table_k store_table_k
        (base, k, insn) (*base.add(b(insn))).kind, (*base.add(b(insn))).payload, k.add(c(insn));
    op_set_integer append_set_integer marking_set_integer store_at_integer
        (base, k, insn) value::INTEGER, b(insn) as u64, base.add(c(insn));
    op_set_integer_k append_set_integer_k marking_set_integer_k store_at_integer_k
        (base, k, insn) value::INTEGER, b(insn) as u64, k.add(c(insn));
}

slow! {
    slow_get_table(vm, i) {
        let key = if i.opcode() == Some(Opcode::GetInteger) {
            Value::integer(i.c() as i64)
        } else {
            get(vm, i.c())
        };
        let outcome = vm.index(get(vm, i.b()), key)?;
        finish_get(vm, i.a(), 1, outcome)
    }
    slow_set_table(vm, i) {
        let key = match i.opcode() {
            Some(Opcode::SetInteger | Opcode::SetIntegerK) => Value::integer(i.b() as i64),
            _ => get(vm, i.b()),
        };
        let new = match i.opcode() {
            Some(Opcode::SetTableK | Opcode::SetIntegerK) => constant(vm, i.c() as u32),
            _ => get(vm, i.c()),
        };
        let stored = vm.set_index(get(vm, i.a()), key, new)?;
        finish_set(vm, stored)
    }
}
