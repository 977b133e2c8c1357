//! Arithmetic, bitwise and logical operators, comparisons and tests.

use super::control::{can_enter, fill_parameters, push_frame, slow_poll, slow_poll_jump, slow_to_be_closed};
use super::operands::{arithmetic_operands, constant, finish_get, finish_test, get, put};
use super::{
    DispatchTable, Exit, a, apart, b, c, kind_at, offset_a, offset_b, offset_c, payload_at, set_float,
    set_integer, stop,
};
use crate::heap::pointer::{Pointer, at, copy, load, store, to_addr};
use crate::heap::table;
use crate::interp::arith::{self, floor_div, modulo, modulo_float};
use crate::interp::call::{Finish, Flow};
use crate::interp::metatable::Outcome;
use crate::interp::state::{Raise, Vm};
use compiler::NESTING_MAX;
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode, Operand};
use dumpfmt::layout::coroutine::Frame;
use dumpfmt::layout::function::{CodeObject, FunctionObject, PrototypeObject};
use dumpfmt::layout::roots::{Event, Roots};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::TableObject;
use dumpfmt::layout::value::{self, Value};

/// Each operator in two handlers: the one with the name of its instruction takes two integers, or two floats if that is
/// a matter of one machine instruction; the other all other numbers.
macro_rules! arithmetic {
    ($($name:ident $rest:ident $left:ident $right:ident $integers:expr, $when:ident $floats:expr;)+) => {
        handler! {$(
            $name(pc, base, k, st, insn, table) {
                let (left, x) = (row!($left base k), offset_b(insn));
                let (right, y) = (row!($right base k), offset_c(insn));
                if kind_at(left, x) == value::INTEGER {
                    if kind_at(right, y) == value::INTEGER {
                        let integers: fn(i64, i64) -> Option<Value> = $integers;
                        let (x, y) = (payload_at(left, x), payload_at(right, y));
                        if let Some(result) = integers(x as i64, y as i64) {
                            store(base.add(a(insn)), result);
                            go!(pc, base, k, st, table)
                        }
                    }
                } else if here!($when)
                    && kind_at(left, x) == value::FLOAT
                    && kind_at(right, y) == value::FLOAT
                {
                    let floats: fn(f64, f64) -> f64 = $floats;
                    let (x, y) = (payload_at(left, x), payload_at(right, y));
                    set_float(base.add(a(insn)), floats(f64::from_bits(x), f64::from_bits(y)));
                    go!(pc, base, k, st, table)
                }
                leave_to!($rest, pc, base, k, st, insn, table)
            }
            $rest(pc, base, k, st, insn, table) {
                let x = row!($left base k).byte_add(offset_b(insn) as usize);
                let y = row!($right base k).byte_add(offset_c(insn) as usize);
                if is_float_operation((*x).kind, (*y).kind) {
                    let floats: fn(f64, f64) -> f64 = $floats;
                    set_float(base.add(a(insn)), floats(arith::to_float(load(x)), arith::to_float(load(y))));
                    go!(pc, base, k, st, table)
                }
                leave_to!(event_of_arithmetic, pc, base, k, st, insn, table)
            }
        )+}
    };
}

macro_rules! here {
    (inline) => {
        true
    };
    (apart) => {
        false
    };
}

#[inline(always)]
fn is_number(kind: u8) -> bool {
    const { assert!(value::FLOAT == value::INTEGER + 1) };
    kind.wrapping_sub(value::INTEGER) <= 1
}

/// Two numbers, not both integers.
#[inline(always)]
fn is_float_operation(x: u8, y: u8) -> bool {
    is_number(x) && is_number(y) && (x, y) != (value::INTEGER, value::INTEGER)
}

/// Whether this table is known to have no `__eq`.
#[inline(always)]
unsafe fn has_no_equal(target: *const TableObject) -> bool {
    // SAFETY: the caller's: a table.
    unsafe {
        let metatable: *const TableObject = (*target).metatable.ptr();
        metatable.is_null() || (*metatable).absent_events & 1 << Event::Equal as u32 != 0
    }
}

/// Where an operand lies.
macro_rules! row {
    (register $base:ident $k:ident) => {
        $base.cast_const()
    };
    (constant $base:ident $k:ident) => {
        $k
    };
}

#[inline(always)]
pub(super) fn some(integer: i64) -> Option<Value> {
    Some(Value::integer(integer))
}

arithmetic! {
    op_add rest_of_add register register |x, y| some(x.wrapping_add(y)), inline |x, y| x + y;
    op_sub rest_of_sub register register |x, y| some(x.wrapping_sub(y)), inline |x, y| x - y;
    op_mul rest_of_mul register register |x, y| some(x.wrapping_mul(y)), inline |x, y| x * y;
    op_mod rest_of_mod register register |x, y| if y == 0 { None } else { some(modulo(x, y)) }, apart modulo_float;
    op_div rest_of_div register register |x, y| Some(Value::float(x as f64 / y as f64)), inline |x, y| x / y;
    op_floor_div rest_of_floor_div register register |x, y| if y == 0 { None } else { some(floor_div(x, y)) }, apart |x, y| (x / y).floor();
    op_add_constant rest_of_add_constant register constant |x, y| some(x.wrapping_add(y)), inline |x, y| x + y;
    op_sub_constant rest_of_sub_constant register constant |x, y| some(x.wrapping_sub(y)), inline |x, y| x - y;
    op_mul_constant rest_of_mul_constant register constant |x, y| some(x.wrapping_mul(y)), inline |x, y| x * y;
    op_mod_constant rest_of_mod_constant register constant |x, y| if y == 0 { None } else { some(modulo(x, y)) }, apart modulo_float;
    op_div_constant rest_of_div_constant register constant |x, y| Some(Value::float(x as f64 / y as f64)), inline |x, y| x / y;
    op_floor_div_constant rest_of_floor_div_constant register constant |x, y| if y == 0 { None } else { some(floor_div(x, y)) }, apart |x, y| (x / y).floor();
    op_constant_add rest_of_constant_add constant register |x, y| some(x.wrapping_add(y)), inline |x, y| x + y;
    op_constant_sub rest_of_constant_sub constant register |x, y| some(x.wrapping_sub(y)), inline |x, y| x - y;
    op_constant_mul rest_of_constant_mul constant register |x, y| some(x.wrapping_mul(y)), inline |x, y| x * y;
    op_constant_div rest_of_constant_div constant register |x, y| Some(Value::float(x as f64 / y as f64)), inline |x, y| x / y;
}

/// Squares here, other powers apart.
macro_rules! power {
    ($($name:ident $right:ident;)+) => {
        handler! {$(
            $name(pc, base, k, st, insn, table) {
                let x = base.add(b(insn));
                let y = row!($right base k).add(c(insn));
                let is_square = (*y).kind == value::INTEGER && (*y).payload == 2
                    || (*y).kind == value::FLOAT && (*y).payload == 2f64.to_bits();
                if is_square && is_number((*x).kind) {
                    let number = arith::to_float(load(x));
                    set_float(base.add(a(insn)), number * number);
                    go!(pc, base, k, st, table)
                }
                leave_to!(slow_power, pc, base, k, st, insn, table)
            }
        )+}
    };
}

power! {
    op_pow register;
    op_pow_constant constant;
}

macro_rules! bitwise {
    ($($name:ident $right:ident $integers:expr;)+) => {
        handler! {$(
            $name(pc, base, k, st, insn, table) {
                let (right, x, y) = (row!($right base k), offset_b(insn), offset_c(insn));
                if kind_at(base, x) == value::INTEGER && kind_at(right, y) == value::INTEGER {
                    let integers: fn(i64, i64) -> i64 = $integers;
                    let (x, y) = (payload_at(base, x), payload_at(right, y));
                    set_integer(base.add(a(insn)), integers(x as i64, y as i64));
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

/// The event of an arithmetic instruction, by its opcode, where both operands are in B and C.
const EVENTS: [Option<Event>; 256] = {
    let mut events = [None; 256];
    let mut opcode = 0;
    while opcode < Opcode::ALL.len() {
        let info = Opcode::ALL[opcode].info();
        if matches!((info.b, info.c), (Operand::Register, Operand::Register | Operand::Constant)) {
            events[opcode] = Event::called_by(Opcode::ALL[opcode]);
        }
        opcode += 1;
    }
    events
};

handler! {
    // Numbers have been seen to. An operand is a table most often, which has a metamethod that is a Lua function.
    event_of_arithmetic(pc, base, k, st, insn, table) {
        let opcode = (insn & 0xff) as u8;
        let Some(event) = EVENTS[opcode as usize] else {
            leave_to!(slow_arithmetic, pc, base, k, st, insn, table);
        };
        let x = base.add(b(insn)) as *const Value;
        let y = if opcode >= Opcode::Add as u8 { base.add(c(insn)) } else { k.add(c(insn)) };
        let operand = if (*x).kind == value::TABLE { x } else { y };
        if (*operand).kind == value::TABLE && (*st).hooked == 0 {
            let metatable: *const TableObject = (*at::<TableObject>((*operand).addr())).metatable.ptr();
            let name: *const StringObject = (*st).event_names[event as usize].ptr();
            if !metatable.is_null()
                && let node = table::find_short(metatable, name)
                && !node.is_null()
                && (*node).value_kind == value::FUNCTION
            {
                let running = at::<FunctionObject>((*base.sub(1)).addr());
                let scratch = base.add((*(*running).prototype.ptr()).register_count as usize);
                let function = at::<FunctionObject>(Addr((*node).value_payload));
                let prototype: *const PrototypeObject = (*function).prototype.ptr();
                let new_base = scratch.add(1);
                let frame = at::<Frame>((*st).frame);
                let vm = Vm::of(st);
                if can_enter(st, prototype, new_base, frame) && vm.nesting + 1 < NESTING_MAX {
                    vm.nesting += 1;
                    store(scratch, Value::object(value::FUNCTION, to_addr(function)));
                    copy(new_base, x);
                    copy(new_base.add(1), y);
                    fill_parameters(new_base.add(2), new_base, prototype, pc);
                    let wanted = Finish::Store(a(insn) as u8).encode();
                    let constants = push_frame(st, frame, pc, prototype, new_base, wanted);
                    enter_function!(prototype, constants, new_base, st, table)
                }
            }
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_add_immediate(pc, base, k, st, insn, table) {
        let x = offset_b(insn);
        let y = insn as i32 >> 24;
        if kind_at(base, x) == value::INTEGER {
            set_integer(base.add(a(insn)), (payload_at(base, x) as i64).wrapping_add(y as i64));
            go!(pc, base, k, st, table)
        } else if kind_at(base, x) == value::FLOAT {
            set_float(base.add(a(insn)), f64::from_bits(payload_at(base, x)) + y as f64);
            go!(pc, base, k, st, table)
        }
        leave_to!(slow_arithmetic, pc, base, k, st, insn, table)
    }
    op_sub_immediate(pc, base, k, st, insn, table) {
        let x = offset_b(insn);
        let y = insn as i32 >> 24;
        if kind_at(base, x) == value::INTEGER {
            set_integer(base.add(a(insn)), (payload_at(base, x) as i64).wrapping_sub(y as i64));
            go!(pc, base, k, st, table)
        } else if kind_at(base, x) == value::FLOAT {
            set_float(base.add(a(insn)), f64::from_bits(payload_at(base, x)) - y as f64);
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
            let limit = (*target).array_limit as u64;
            let ends_here = if limit < (*target).array_used as u64 {
                (*table::array_slot(target, limit + 1)).kind == value::NIL
            } else {
                limit == (*target).array_capacity as u64
                    && (*target).nodes.addr == to_addr(&raw const (*st).empty_nodes)
            };
            if ends_here && (limit == 0 || (*table::array_slot(target, limit)).kind != value::NIL) {
                set_integer(base.add(a(insn)), limit as i64);
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
        let (x, y) = (offset_a(insn), offset_b(insn));
        let kind = kind_at(base, x);
        if kind == kind_at(base, y) && (kind == value::INTEGER || kind == value::SHORT_STRING) {
            let is_equal = payload_at(base, x) == payload_at(base, y);
            branch_as_wanted!(is_equal, c(insn) != 0, pc, base, k, st, insn, table)
        }
        leave_to!(rest_of_equal, pc, base, k, st, insn, table)
    }
    rest_of_equal(pc, base, k, st, insn, table) {
        let (x, y) = (base.add(a(insn)), base.add(b(insn)));
        let wanted = c(insn) != 0;
        if (*x).kind == (*y).kind {
            if (*x).kind == value::FLOAT {
                branch!(((*x).as_float() == (*y).as_float()) == wanted, pc, base, k, st, insn, table)
            }
            if (*x).kind <= value::TRUE || (*x).payload == (*y).payload {
                branch!(wanted, pc, base, k, st, insn, table)
            }
            if (*x).kind == value::TABLE
                && has_no_equal(at((*x).addr()))
                && has_no_equal(at((*y).addr()))
            {
                branch!(!wanted, pc, base, k, st, insn, table)
            }
        } else if !is_number((*x).kind) || !is_number((*y).kind) {
            branch!(!wanted, pc, base, k, st, insn, table)
        }
        leave_to!(slow_equal, pc, base, k, st, insn, table)
    }
    op_equal_constant(pc, base, k, st, insn, table) {
        let (x, y) = (base.add(a(insn)), k.add(b(insn)));
        let wanted = c(insn) != 0;
        if (*x).kind == (*y).kind && (*x).kind != value::FLOAT && (*x).kind != value::LONG_STRING {
            let equal = (*x).payload == (*y).payload || (*x).kind <= value::TRUE;
            branch_as_wanted!(equal, wanted, pc, base, k, st, insn, table)
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
        branch_as_wanted!(equal, c(insn) != 0, pc, base, k, st, insn, table)
    }
    op_test(pc, base, k, st, insn, table) {
        let truth = (*base.add(a(insn))).kind > value::FALSE;
        branch_as_wanted!(truth, c(insn) != 0, pc, base, k, st, insn, table)
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
                let (x, y) = (offset_a(insn), offset_b(insn));
                let wanted = c(insn) != 0;
                if kind_at(base, x) == value::INTEGER {
                    if kind_at(base, y) == value::INTEGER {
                        let integers: fn(i64, i64) -> bool = $integers;
                        let (x, y) = (payload_at(base, x), payload_at(base, y));
                        branch_as_wanted!(integers(x as i64, y as i64), wanted, pc, base, k, st, insn, table)
                    }
                } else if kind_at(base, x) == value::FLOAT && kind_at(base, y) == value::FLOAT {
                    let floats: fn(f64, f64) -> bool = $floats;
                    let (x, y) = (payload_at(base, x), payload_at(base, y));
                    branch_as_wanted!(floats(f64::from_bits(x), f64::from_bits(y)), wanted, pc, base, k, st, insn, table)
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
                let x = offset_a(insn);
                let y = (insn >> 16) as i8;
                let wanted = c(insn) != 0;
                if kind_at(base, x) == value::INTEGER {
                    let integers: fn(i64, i64) -> bool = $integers;
                    let x = payload_at(base, x) as i64;
                    branch_as_wanted!(integers(x, y as i64), wanted, pc, base, k, st, insn, table)
                } else if kind_at(base, x) == value::FLOAT {
                    let floats: fn(f64, f64) -> bool = $floats;
                    let x = f64::from_bits(payload_at(base, x));
                    branch_as_wanted!(floats(x, y as f64), wanted, pc, base, k, st, insn, table)
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

#[inline(always)]
pub(super) fn finish_order(vm: &mut Vm, i: Instruction, outcome: Outcome) -> Result<Flow, Raise> {
    match outcome {
        Outcome::Value(result) => finish_test(vm, !result.is_falsy(), i.c() != 0),
        Outcome::Call(handler, x, y) => vm.call_metamethod(handler, [x, y], Finish::Jump(i.c() != 0)),
        Outcome::CallNot(handler, x, y) => vm.call_metamethod(handler, [x, y], Finish::Jump(i.c() == 0)),
    }
}

slow! {
    slow_arithmetic(vm, i) {
        let opcode = i.opcode().expect("verified code");
        let event = Event::called_by(opcode).expect("an arithmetic instruction");
        let (left, right) = arithmetic_operands(vm, opcode, i);
        let outcome = vm.arithmetic(event, left, right)?;
        finish_get(vm, i.a(), 1, outcome)
    }
    slow_power(vm, i) {
        let left = get(vm, i.b());
        let right = match i.opcode() {
            Some(Opcode::PowConstant) => constant(vm, i.c() as u32),
            _ => get(vm, i.c()),
        };
        if is_number(left.kind) && is_number(right.kind) {
            put(vm, i.a(), Value::float(arith::power(arith::to_float(left), arith::to_float(right))));
            return Ok(Flow::Continue);
        }
        let outcome = vm.arithmetic(Event::Pow, left, right)?;
        finish_get(vm, i.a(), 1, outcome)
    }
    slow_length(vm, i) {
        let outcome = vm.length(get(vm, i.b()))?;
        finish_get(vm, i.a(), 1, outcome)
    }
    op_concat(vm, i) {
        vm.concat(i.a(), i.b())
    }
    slow_equal(vm, i) {
        let left = get(vm, i.a());
        let right = match i.opcode() {
            Some(Opcode::EqualConstant) => constant(vm, i.b() as u32),
            _ => get(vm, i.b()),
        };
        match vm.equals(left, right) {
            Ok(equal) => finish_test(vm, equal, i.c() != 0),
            Err(handler) => vm.call_metamethod(handler, [left, right], Finish::Jump(i.c() != 0)),
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
}
