//! The value that the failing operation could not use, found by decoding the instruction that failed.
//!
//! Only when the innermost frame runs Lua code is the failing operation an instruction; under `error` or
//! another function of the library there is an argument at most.

use crate::model::code::Step;
use crate::model::coroutine::Activation;
use crate::model::dump::Dump;
use crate::model::name::{Listing, Name};
use crate::model::value::LuaValue;
use dumpfmt::bytecode::{Opcode, Operand, Shape};

/// A nil operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Offender {
    /// The nil, with its origin.
    pub value: LuaValue,
    /// What the program calls it.
    pub name: Option<Name>,
}

/// The nil that the innermost of `activations` failed on, if it did on one.
pub fn offender(dump: &Dump<'_>, activations: &[Activation], message: &str) -> Option<Offender> {
    let innermost = activations.first()?;
    if innermost.is_lua() {
        return operand(dump, innermost);
    }
    let arguments = dump.memory.arguments(innermost).ok()?;
    let is_assert =
        matches!(innermost.function, LuaValue::Native(addr) if dump.native_name_at(addr) == Some("assert"));
    let number = if is_assert { 1 } else { bad_argument(message)? };
    // Called as a method, the message does not count the object itself.
    let candidates = [number.checked_sub(1), Some(number)];
    let value = candidates
        .into_iter()
        .flatten()
        .filter_map(|index| arguments.get(index))
        .find(|value| matches!(value, LuaValue::Nil(Some(_))))?;
    Some(Offender { value: *value, name: None })
}

fn operand(dump: &Dump<'_>, activation: &Activation) -> Option<Offender> {
    let spot = dump.spot(activation).ok()?;
    let listing = dump.memory.listing(spot.prototype).ok()?;
    let step = listing.code.owner(spot.index)?;
    match step.opcode {
        Opcode::GetTabUp => return upvalue(dump, activation, &listing, step.word.b()),
        Opcode::SetTabUp | Opcode::SetTabUpK => {
            return upvalue(dump, activation, &listing, step.word.a());
        }
        _ => {}
    }
    candidates(&step).into_iter().find_map(|register| {
        let value = dump.memory.register(activation, register).ok()?;
        value
            .is_nil()
            .then(|| Offender { value, name: dump.memory.register_name(&listing, step.index, register) })
    })
}

fn upvalue(dump: &Dump<'_>, activation: &Activation, listing: &Listing, index: u8) -> Option<Offender> {
    let LuaValue::Function(function) = activation.function else { return None };
    let closure = dump.memory.closure(function).ok()?;
    let value = dump.memory.upvalue(*closure.upvalues.get(usize::from(index))?).ok()?.value;
    let text = listing.upvalues.get(usize::from(index)).cloned().flatten();
    let name = text.map(|text| Name { kind: crate::model::name::NameKind::Upvalue, text });
    value.is_nil().then_some(Offender { value, name })
}

/// The registers on which an instruction fails when they hold nil, in the order in which it looks at them.
fn candidates(step: &Step) -> Vec<u8> {
    let (a, b, c) = (step.word.a(), step.word.b(), step.word.c());
    match step.opcode {
        Opcode::GetTable | Opcode::GetInteger | Opcode::GetField | Opcode::SelfField => vec![b],
        Opcode::SetTable | Opcode::SetTableK => vec![a, b],
        Opcode::SetInteger | Opcode::SetIntegerK | Opcode::SetField | Opcode::SetFieldK => vec![a],
        Opcode::Call | Opcode::TailCall | Opcode::GenericForCall => vec![a],
        Opcode::Concat => (a..a.saturating_add(b)).rev().collect(),
        Opcode::ForPrepare => vec![a.saturating_add(1), a.saturating_add(2), a],
        Opcode::LessThan | Opcode::LessEqual => vec![a, b],
        Opcode::LessThanImmediate
        | Opcode::LessEqualImmediate
        | Opcode::GreaterThanImmediate
        | Opcode::GreaterEqualImmediate => vec![a],
        Opcode::GetUpvalue | Opcode::Move | Opcode::Not | Opcode::TestSet | Opcode::Equal => Vec::new(),
        opcode => {
            let info = opcode.info();
            let is_operation = info.shape == Shape::Abc && info.a == Operand::Register && !info.skips;
            let operands = [(info.c, c), (info.b, b)];
            // Of two operands the reference blames the second if it is at fault.
            let registers = operands.into_iter().filter(|(operand, _)| *operand == Operand::Register);
            if is_operation { registers.map(|(_, register)| register).collect() } else { Vec::new() }
        }
    }
}

/// The number in `bad argument #2 to 'insert'`.
fn bad_argument(message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("bad argument #")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}
