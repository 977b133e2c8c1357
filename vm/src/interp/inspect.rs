//! What the `debug` library shows and changes: functions, local variables, upvalues.
//!
//! Invariant: a variable is a slot of a stack or an upvalue that exists now; nothing here outlives the call.
//! Not here: names and lines of code being executed (`names.rs`), tracebacks (`traceback.rs`).

#![allow(unsafe_code)]

use super::names::{Code, FrameView};
use super::state::Vm;
use crate::heap::pointer::{Pointer, at, load, store, to_addr};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::{CoroutineObject, FrameKind};
use dumpfmt::layout::function::{FunctionObject, NativeObject, UpvalueObject};
use dumpfmt::layout::value::{self, Value};

const VALUE_BYTES: u64 = size_of::<Value>() as u64;

impl Code {
    /// The code of a Lua function.
    pub fn of(function: Value) -> Option<Code> {
        // SAFETY: a function value is valid.
        (function.kind == value::FUNCTION)
            .then(|| Code(unsafe { (*at::<FunctionObject>(function.addr())).prototype.ptr() }))
    }

    /// The first and the last line of the function, zeros for a main chunk.
    pub fn line_range(&self) -> (u32, u32) {
        // SAFETY: as above.
        unsafe { ((*self.0).line_defined, (*self.0).last_line_defined) }
    }

    /// How many named parameters it has, and whether it takes more.
    pub fn parameters(&self) -> (u8, bool) {
        // SAFETY: as above.
        unsafe { ((*self.0).parameter_count, (*self.0).is_vararg != 0) }
    }

    /// Every line that has code, in the order of the code. What a function that takes extra arguments begins
    /// with is not counted: it belongs to the call.
    pub fn active_lines(&self) -> impl Iterator<Item = u32> + '_ {
        let counted = |instruction: Instruction| instruction.opcode() != Some(Opcode::VarArgPrepare);
        self.instructions()
            .filter(move |&(_, instruction)| counted(instruction))
            .filter_map(|(pc, _)| self.line(pc))
    }

    /// The name and the register of local variable `number` (from 1) among those in scope at `pc`.
    pub fn local_at(&self, number: u32, pc: u32) -> Option<(Vec<u8>, u32)> {
        let index = number.checked_sub(1)? as usize;
        let locals = self.locals();
        let local = locals.iter().filter(|l| l.start_pc <= pc && pc < l.end_pc).nth(index)?;
        Some((self.name(local.name)?, local.register))
    }

    /// The name of a parameter.
    pub fn parameter_name(&self, number: u32) -> Option<Vec<u8>> {
        self.local_at(number, 0).map(|(name, _)| name)
    }
}

impl Vm {
    /// The frame `level` steps out from the innermost one of a coroutine, and the one inside it.
    pub fn frame_at(&self, coroutine: Value, level: usize) -> Option<FrameView> {
        self.frames_of(coroutine).get(level).copied()
    }

    /// The name and the slot of a local variable: `number` counts from 1, negative ones are extra arguments.
    /// Slots without a name of their own have a descriptive one.
    fn local_slot(&self, coroutine: Value, level: usize, number: i64) -> Option<(Vec<u8>, Addr)> {
        let frames = self.frames_of(coroutine);
        let view = *frames.get(level)?;
        // SAFETY: the frame stands.
        let frame = unsafe { *view.0 };
        let base = frame.base;
        let place = view.place();
        if place.is_some() && number < 0 {
            let index = number.unsigned_abs();
            let count = frame.extra_count() as u64;
            // Extra arguments lie below the copy of the function, in their order.
            let first = base.0.wrapping_sub((1 + count) * VALUE_BYTES);
            return (index <= count).then(|| (b"(vararg)".to_vec(), Addr(first + (index - 1) * VALUE_BYTES)));
        }
        let limit = match level.checked_sub(1).map(|inner| frames[inner]) {
            // SAFETY: as above.
            Some(inner) => to_addr(self.function_slot(unsafe { &*inner.0 })),
            None => self.top_of(coroutine),
        };
        let number = u32::try_from(number).ok()?;
        if let Some(place) = place
            && let Some((name, register)) = place.code().local_at(number, place.pc)
        {
            let slot = base.offset(u64::from(register) * VALUE_BYTES);
            // A binary chunk may claim that a variable lives where the frame that it has called does.
            let is_own = level == 0 || slot < limit;
            return is_own.then_some((name, slot));
        }
        let slot = base.offset(u64::from(number.checked_sub(1)?) * VALUE_BYTES);
        let name = if place.is_some() { b"(temporary)".to_vec() } else { b"(C temporary)".to_vec() };
        (slot < limit).then_some((name, slot))
    }

    fn top_of(&self, coroutine: Value) -> Addr {
        if coroutine.addr() == to_addr(self.current()) {
            return self.r().top;
        }
        // SAFETY: a coroutine value is valid.
        unsafe { (*at::<CoroutineObject>(coroutine.addr())).top }
    }

    /// The name and the value of a local variable; see [`Vm::set_local`].
    pub fn local(&self, coroutine: Value, level: usize, number: i64) -> Option<(Vec<u8>, Value)> {
        let (name, slot) = self.local_slot(coroutine, level, number)?;
        // SAFETY: a slot in use.
        Some((name, unsafe { load(at::<Value>(slot)) }))
    }

    /// Sets a local variable, counted from 1 outwards in the order of declaration, or with a negative number an
    /// extra argument; its name, or `None` when there is no such one. What belongs to a native function is not
    /// touched, since it relies on its arguments.
    pub fn set_local(&mut self, coroutine: Value, level: usize, number: i64, new: Value) -> Option<Vec<u8>> {
        let (name, slot) = self.local_slot(coroutine, level, number)?;
        if self.frame_at(coroutine, level)?.kind() == FrameKind::Lua {
            // SAFETY: as above.
            unsafe { store(at::<Value>(slot), new) };
            self.heap.barrier(new);
        }
        Some(name)
    }

    /// How many upvalues a function has.
    pub fn upvalue_count(&self, function: Value) -> u32 {
        match function.kind {
            // SAFETY: a function value is valid.
            value::FUNCTION => unsafe { (*at::<FunctionObject>(function.addr())).header.extra.into() },
            // SAFETY: as above.
            value::NATIVE => unsafe { (*at::<NativeObject>(function.addr())).header.extra.into() },
            _ => 0,
        }
    }

    /// Upvalue `number` (from 1) of a Lua function.
    fn upvalue_object(&self, function: Value, number: u32) -> Option<*mut Addr> {
        if function.kind != value::FUNCTION || number == 0 || number > self.upvalue_count(function) {
            return None;
        }
        let first = at::<u8>(function.addr().offset(FunctionObject::UPVALUES)).cast::<Addr>();
        Some(first.wrapping_add(number as usize - 1))
    }

    /// Where the value of upvalue `number` (from 1) of a function is.
    fn upvalue_location(&self, function: Value, number: u32) -> Option<*mut Value> {
        if let Some(upvalue) = self.upvalue_object(function, number) {
            // SAFETY: the upvalues of a function value are valid.
            return Some(at::<Value>(unsafe { (*at::<UpvalueObject>(*upvalue)).location }));
        }
        if function.kind != value::NATIVE || number == 0 || number > self.upvalue_count(function) {
            return None;
        }
        let first = at::<Value>(function.addr().offset(NativeObject::VALUES));
        Some(first.wrapping_add(number as usize - 1))
    }

    /// The name of upvalue `number` (from 1) of a function: empty for a native one.
    pub fn upvalue_name(&self, function: Value, number: u32) -> Option<Vec<u8>> {
        self.upvalue_location(function, number)?;
        match Code::of(function) {
            Some(code) => Some(code.upvalue_name(number as u8 - 1).unwrap_or_else(|| b"(no name)".to_vec())),
            None => Some(Vec::new()),
        }
    }

    /// The value of upvalue `number` (from 1) of a function.
    pub fn upvalue_of(&self, function: Value, number: u32) -> Option<Value> {
        // SAFETY: a location of a valid upvalue.
        self.upvalue_location(function, number).map(|slot| unsafe { load(slot) })
    }

    /// Sets upvalue `number` (from 1) of a Lua function; false when there is no such one. A native function's
    /// are its own affair.
    pub fn set_upvalue_of(&mut self, function: Value, number: u32, new: Value) -> bool {
        if function.kind != value::FUNCTION {
            return false;
        }
        let Some(slot) = self.upvalue_location(function, number) else { return false };
        // SAFETY: as above.
        unsafe { store(slot, new) };
        self.heap.barrier(new);
        true
    }

    /// What tells upvalue `number` (from 1) of a function from all others: its address.
    pub fn upvalue_identity(&self, function: Value, number: u32) -> Option<u64> {
        match self.upvalue_object(function, number) {
            // SAFETY: as above.
            Some(upvalue) => Some(unsafe { (*upvalue).0 }),
            None => self.upvalue_location(function, number).map(|slot| to_addr(slot).0),
        }
    }

    /// Lets upvalue `number` of a Lua function be the same variable as upvalue `other_number` of another; false
    /// when one of them does not exist.
    pub fn join_upvalues(&mut self, function: Value, number: u32, other: Value, other_number: u32) -> bool {
        let slots = (self.upvalue_object(function, number), self.upvalue_object(other, other_number));
        let (Some(slot), Some(other_slot)) = slots else { return false };
        // SAFETY: both point at references of valid functions.
        let upvalue = unsafe {
            *slot = *other_slot;
            *slot
        };
        self.heap.shade_object(upvalue, Kind::Upvalue);
        true
    }
}
