//! Coroutines: frames lie in their row, bases in the stack, program counters in the code of the function that
//! runs; open upvalues form one chain down the stack.

use super::ledger::Ledger;
use crate::model::heap::Slot;
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::{CoroutineObject, FramesObject, StackObject, Status};
use dumpfmt::layout::function::{OPEN, UpvalueObject};
use dumpfmt::layout::value::Value;

/// Checks the coroutine in `slot`.
pub fn coroutine(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let addr = slot.addr;
    let memory = ledger.memory;
    let Ok(object) = memory.image.read::<CoroutineObject>(addr) else { return };
    let status = Status::from_byte(object.header.flags);
    ledger.require(status.is_some(), addr, format_args!("the status {} means nothing", object.header.flags));
    ledger.optional(addr, "the resumer", object.resumer.addr, Kind::Coroutine);
    ledger.value(addr, "the hook", object.hook);
    if object.stack.is_null() && status == Some(Status::Dead) {
        return;
    }
    let stack = ledger.reference(addr, "the stack", object.stack.addr, Kind::Stack);
    let frames = ledger.reference(addr, "the frames", object.frames.addr, Kind::Frames);
    if stack && frames && status != Some(Status::Dead) {
        activations(ledger, addr);
        open_upvalues(ledger, &object, addr);
    }
}

/// Checks that the stack in `slot` fits it.
pub fn stack_room(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let Ok(object) = ledger.memory.image.read::<StackObject>(slot.addr) else { return };
    let room = slot.size.saturating_sub(StackObject::VALUES) / 16;
    ledger.require(
        object.capacity <= room,
        slot.addr,
        format_args!("{} values do not fit its slot", object.capacity),
    );
}

/// Checks that the row of frames in `slot` fits it.
pub fn frames_room(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let Ok(object) = ledger.memory.image.read::<FramesObject>(slot.addr) else { return };
    let room = slot.size.saturating_sub(FramesObject::FRAMES) / 32;
    ledger.require(
        object.capacity <= room,
        slot.addr,
        format_args!("{} frames do not fit its slot", object.capacity),
    );
}

fn activations(ledger: &mut Ledger<'_, '_>, addr: Addr) {
    let memory = ledger.memory;
    let Ok(coroutine) = memory.coroutine(addr) else { return };
    let frames = memory.frames(&coroutine);
    if let Some(fault) = frames.fault {
        ledger.problem(addr, format_args!("its frames cannot be read: {fault}"));
    }
    let mut below: Option<Addr> = None;
    for activation in &frames.activations {
        let number = activation.number;
        let ordered = below.is_none_or(|above| activation.frame.base <= above);
        ledger.require(ordered, addr, format_args!("frame {number} lies above the one that it called"));
        below = Some(activation.frame.base);
        ledger.require(activation.kind.is_some(), addr, format_args!("frame {number} has no known kind"));
        if !activation.is_lua() {
            continue;
        }
        let LuaValue::Function(function) = activation.function else {
            ledger.problem(addr, format_args!("frame {number} runs Lua code of no Lua function"));
            continue;
        };
        if !ledger.reference(addr, "the function of a frame", function, Kind::Function) {
            continue;
        }
        locals(ledger, addr, activation);
    }
}

/// The named variables in scope are what a reader is shown, so they must be values.
fn locals(ledger: &mut Ledger<'_, '_>, addr: Addr, activation: &crate::model::coroutine::Activation) {
    let memory = ledger.memory;
    let LuaValue::Function(function) = activation.function else { return };
    let prototype = memory.closure(function).and_then(|closure| memory.prototype(closure.prototype));
    let Ok(prototype) = prototype else { return };
    let step = memory.code(&prototype).ok().and_then(|code| code.under_way(activation.frame.pc));
    let Some(step) = step else {
        let what =
            format_args!("the pc {} of frame {} is not in its code", activation.frame.pc, activation.number);
        ledger.problem(addr, what);
        return;
    };
    for local in memory.locals(&prototype).unwrap_or_default() {
        if local.start_pc <= step.index && step.index < local.end_pc {
            let slot = activation.frame.base.offset(16 * u64::from(local.register));
            if let Ok(value) = memory.image.read::<Value>(slot) {
                ledger.value(addr, &format!("the local '{}'", local.name), value);
            }
        }
    }
}

fn open_upvalues(ledger: &mut Ledger<'_, '_>, object: &CoroutineObject, addr: Addr) {
    let first = object.stack.addr.0;
    let Some(stack) = ledger.memory.blocks().slot_of(object.stack.addr) else { return };
    let mut above = first.saturating_add(stack.size);
    let mut next = object.open_upvalues.addr;
    // Each must lie below the one before, so the chain ends.
    while !next.is_null() {
        // One that the collection under way found dead stays in the list until it is freed.
        let slot = ledger.memory.blocks().slot_of(next);
        let is_upvalue = slot.is_some_and(|slot| slot.kind == Kind::Upvalue && slot.addr == next);
        if !ledger.require(is_upvalue, addr, format_args!("the open upvalue {next} is none")) {
            return;
        }
        ledger.references += 1;
        let Ok(upvalue) = ledger.memory.image.read::<UpvalueObject>(next) else { return };
        let in_order = upvalue.location.0 > first && upvalue.location.0 < above;
        let is_open = upvalue.header.flags & OPEN != 0;
        if !ledger.require(in_order && is_open, addr, format_args!("the open upvalue {next} is out of order"))
        {
            return;
        }
        above = upvalue.location.0;
        next = upvalue.closed.addr();
    }
}
