//! The runtime's error messages, worded as the reference words them, with the names of variables.

use super::arith::is_bitwise;
use super::names::{FrameView, Name};
use super::state::{Raise, Vm};
use crate::c_string::until_nul;
use crate::heap::pointer::at;
use crate::heap::string;
use dumpfmt::bytecode::{Opcode, Operand};
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::value::{self, Value};

impl Vm {
    /// The type of a value as messages show it: `__name` of its metatable up to a zero, or its type.
    pub fn type_name(&self, value: Value) -> Vec<u8> {
        if matches!(value.kind, value::TABLE | value::USERDATA) {
            let name = self.metamethod(value, Event::Name);
            if name.is_string() {
                // SAFETY: a valid string.
                return until_nul(unsafe { string::bytes(at(name.addr())) }).to_vec();
            }
        }
        if value.kind == value::POINTER {
            return b"light userdata".to_vec();
        }
        value.type_name().unwrap_or("no value").as_bytes().to_vec()
    }

    /// What the source calls operand `number` (0 or 1) of the instruction being executed.
    fn operand_name(&self, number: usize) -> Option<Name> {
        let place = self.place()?;
        let code = place.code();
        let instruction = place.instruction();
        let opcode = instruction.opcode()?;
        let register = match opcode {
            Opcode::GetTabUp => return Some(("upvalue", code.shown_upvalue_name(instruction.b()))),
            Opcode::SetTabUp | Opcode::SetTabUpK => {
                return Some(("upvalue", code.shown_upvalue_name(instruction.a())));
            }
            Opcode::SetTable
            | Opcode::SetTableK
            | Opcode::SetInteger
            | Opcode::SetIntegerK
            | Opcode::SetField
            | Opcode::SetFieldK
            | Opcode::Call
            | Opcode::TailCall => instruction.a(),
            _ => {
                let info = opcode.info();
                let first = info.b == Operand::Register && number == 0;
                let second = info.c == Operand::Register && number == 1;
                if first {
                    instruction.b()
                } else if second {
                    instruction.c()
                } else {
                    return None;
                }
            }
        };
        code.register_name(place.pc, register)
    }

    fn throw_typed(&mut self, what: &str, value: Value, name: Option<Name>) -> Raise {
        let mut message = format!("attempt to {what} a ").into_bytes();
        message.extend_from_slice(&self.type_name(value));
        message.extend_from_slice(b" value");
        if let Some((kind, name)) = name {
            message.extend_from_slice(format!(" ({kind} '").as_bytes());
            message.extend_from_slice(&name);
            message.extend_from_slice(b"')");
        }
        self.throw_text_about(value, &message)
    }

    /// Throws a text about a value that an operation could not use; a nil's origin goes into the dump.
    fn throw_text_about(&mut self, offender: Value, message: &[u8]) -> Raise {
        self.offender = offender;
        let raise = self.throw_text(message);
        self.offender = Value::NIL;
        raise
    }

    /// `attempt to index a nil value (field 'x')`
    #[cold]
    pub(super) fn throw_index_error(&mut self, object: Value) -> Raise {
        let name = self.operand_name(0).filter(|_| self.operand_is(0, object));
        self.throw_typed("index", object, name)
    }

    /// Whether operand `number` of the instruction being executed is this very value, not one that a chain of
    /// metatables led to.
    fn operand_is(&self, number: usize, value: Value) -> bool {
        self.operand(number)
            .is_none_or(|operand| operand.kind == value.kind && operand.payload == value.payload)
    }

    /// `attempt to call a nil value (global 'f')`
    #[cold]
    pub(super) fn throw_call_error(&mut self, callee: Value) -> Raise {
        let name = self.callee_name(FrameView(at(self.r().frame)));
        self.throw_typed("call", callee, name)
    }

    /// `attempt to get length of a nil value (local 'x')`
    #[cold]
    pub(super) fn throw_operand_error(&mut self, operand: Value, what: &str) -> Raise {
        let name = self.operand_name(0);
        self.throw_typed(what, operand, name)
    }

    /// The error of an arithmetic or bitwise operator.
    #[cold]
    pub(super) fn throw_arithmetic_error(&mut self, event: Event, a: Value, b: Value) -> Raise {
        let is_number = |value: Value| matches!(value.kind, value::INTEGER | value::FLOAT);
        if is_bitwise(event) && is_number(a) && is_number(b) {
            let second = super::arith::to_integer(a).is_some();
            let name = self.operand_name(second as usize);
            let mut message = b"number".to_vec();
            if let Some((kind, name)) = name {
                message.extend_from_slice(format!(" ({kind} '").as_bytes());
                message.extend_from_slice(&name);
                message.extend_from_slice(b"')");
            }
            message.extend_from_slice(b" has no integer representation");
            return self.throw_text(&message);
        }
        let second = is_number(a);
        let culprit = if second { b } else { a };
        let what = if is_bitwise(event) { "perform bitwise operation on" } else { "perform arithmetic on" };
        let name = self.operand_name(second as usize);
        self.throw_typed(what, culprit, name)
    }

    /// `attempt to concatenate a nil value (local 'x')`
    #[cold]
    pub(super) fn throw_concat_error(&mut self, a: Value, b: Value) -> Raise {
        let is_text = |value: Value| value.is_string() || matches!(value.kind, value::INTEGER | value::FLOAT);
        let (culprit, distance) = if is_text(a) { (b, 0) } else { (a, 1) };
        let name = self.place().and_then(|place| {
            let instruction = place.instruction();
            // Operands are taken from the right; the two at hand end where equal values say they do.
            let count = instruction.b();
            let registers = self.concat_operand(instruction.a(), count, culprit, distance)?;
            place.code().register_name(place.pc, registers)
        });
        self.throw_typed("concatenate", culprit, name)
    }

    /// `attempt to compare two table values`
    #[cold]
    pub(super) fn throw_order_error(&mut self, a: Value, b: Value) -> Raise {
        let (left, right) = (self.type_name(a), self.type_name(b));
        let mut message = b"attempt to compare ".to_vec();
        if left == right {
            message.extend_from_slice(b"two ");
            message.extend_from_slice(&left);
            message.extend_from_slice(b" values");
        } else {
            message.extend_from_slice(&left);
            message.extend_from_slice(b" with ");
            message.extend_from_slice(&right);
        }
        let offender = if a.is_nil() { a } else { b };
        self.throw_text_about(offender, &message)
    }

    /// `variable 'x' got a non-closable value`
    #[cold]
    pub(super) fn throw_not_closable(&mut self, slot: *mut Value) -> Raise {
        let register = (slot as u64 - self.frame().base.0) / 16;
        let name = self.place().and_then(|place| place.code().local_name(register as u8, place.pc));
        let mut message = b"variable '".to_vec();
        message.extend_from_slice(name.as_deref().unwrap_or(b"(temporary)"));
        message.extend_from_slice(b"' got a non-closable value");
        self.throw_text(&message)
    }

    /// `bad 'for' initial value (number expected, got nil)`
    #[cold]
    pub(super) fn throw_for_error(&mut self, what: &str, value: Value) -> Raise {
        let kind = self.type_name(value);
        let mut message = format!("bad 'for' {what} (number expected, got ").into_bytes();
        message.extend_from_slice(&kind);
        message.push(b')');
        self.throw_text_about(value, &message)
    }
}
