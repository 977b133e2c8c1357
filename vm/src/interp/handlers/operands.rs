//! The operands of the instruction being executed, read as values: what slow handlers and messages use.

use super::upvalue;
use crate::heap::pointer::{at, load, store};
use crate::interp::call::{Finish, Flow};
use crate::interp::metatable::{Outcome, Stored};
use crate::interp::state::{Raise, Vm};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode, Operand};
use dumpfmt::layout::coroutine::{FRAME_ENTRY, Frame};
use dumpfmt::layout::function::UpvalueObject;
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::value::{Origin, Value};

pub(super) fn register(vm: &Vm, index: u8) -> *mut Value {
    at::<Value>(vm.frame().base).wrapping_add(index as usize)
}

pub(super) fn get(vm: &Vm, index: u8) -> Value {
    // SAFETY: a register of the innermost frame.
    unsafe { load(register(vm, index)) }
}

pub(super) fn put(vm: &Vm, index: u8, value: Value) {
    // SAFETY: a register of the innermost frame.
    unsafe { store(register(vm, index), value) }
}

pub(super) fn constant(vm: &Vm, index: u32) -> Value {
    // SAFETY: code is verified: a constant of the innermost frame's prototype.
    unsafe { load(at::<Value>(vm.frame().constants).add(index as usize)) }
}

/// The auxiliary word of the instruction being executed.
pub(super) fn aux(vm: &Vm) -> u32 {
    // SAFETY: pc was published behind it.
    unsafe { *at::<u32>(vm.frame().pc).sub(1) }
}

/// A nil that the instruction being executed, `words` long, produces.
pub(super) fn nil_here(vm: &Vm, words: u64) -> Value {
    Value::nil_from(Addr(vm.frame().pc.0 - 4 * words), Origin::Instruction)
}

pub(super) fn current_upvalue(vm: &Vm, index: u8) -> *mut UpvalueObject {
    // SAFETY: code is verified.
    unsafe { upvalue(at(vm.frame().base), index as usize) }
}

pub(super) fn upvalue_value(vm: &Vm, index: u8) -> Value {
    // SAFETY: a valid upvalue.
    unsafe { load(at::<Value>((*current_upvalue(vm, index)).location)) }
}

/// Inlined like [`finish_set`]: an outcome that is handed on is copied through memory, and the copy waits for the
/// stores that made it.
#[inline(always)]
pub(super) fn finish_get(vm: &mut Vm, target: u8, words: u64, outcome: Outcome) -> Result<Flow, Raise> {
    match outcome {
        Outcome::Value(value) => {
            put(vm, target, if value.is_nil() { nil_here(vm, words) } else { value });
            Ok(Flow::Continue)
        }
        Outcome::Call(handler, x, y) | Outcome::CallNot(handler, x, y) => {
            vm.call_metamethod(handler, [x, y], Finish::Store(target))
        }
    }
}

#[inline(always)]
pub(super) fn finish_set(vm: &mut Vm, stored: Stored) -> Result<Flow, Raise> {
    match stored {
        Stored::Done => Ok(Flow::Continue),
        Stored::Call(handler, object, key, new) => {
            vm.call_metamethod(handler, [object, key, new], Finish::Discard)
        }
    }
}

/// Takes the jump that follows if `truth` is what the instruction wants.
pub(super) fn finish_test(vm: &mut Vm, truth: bool, wanted: bool) -> Result<Flow, Raise> {
    if truth != wanted {
        vm.frame().pc.0 += 4;
    }
    Ok(Flow::Continue)
}

/// The two operands of an arithmetic instruction, in the order of the source.
pub(super) fn arithmetic_operands(vm: &Vm, opcode: Opcode, i: Instruction) -> (Value, Value) {
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
    pub(in crate::interp) fn operand(&self, number: usize) -> Option<Value> {
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
                Event::called_by(opcode)?;
                let (left, right) = arithmetic_operands(self, opcode, instruction);
                if number == 0 { left } else { right }
            }
        })
    }

    /// The register of the operand that a concatenation stumbled over: `distance` below the rightmost one that
    /// is not joined yet.
    pub(in crate::interp) fn concat_operand(
        &self,
        first: u8,
        count: u8,
        culprit: Value,
        distance: u8,
    ) -> Option<u8> {
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
    pub(in crate::interp) fn leaves_loop(&self) -> bool {
        let above = at::<Frame>(self.r().frame).wrapping_add(1);
        // SAFETY: `unwind` has just popped the frame above, which is still in memory.
        unsafe { (*above).flags & FRAME_ENTRY != 0 }
    }
}
