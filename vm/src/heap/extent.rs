//! How much of a coroutine's stack is in use.
//!
//! Invariant: `start <= end <= limit`, and all three lie in one stack object.
//! Not here: what is done with either part (`stack.rs`).

use super::geometry::Geometry;
use dumpfmt::layout::coroutine::{CoroutineObject, Frame, FrameKind, StackObject};
use dumpfmt::layout::function::{FunctionObject, PrototypeObject};
use dumpfmt::layout::value::{self, Value};

/// The parts of a coroutine's stack, as addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct StackExtent {
    /// The first value.
    pub start: u64,
    /// One past the last value in use.
    pub end: u64,
    /// One past the last slot.
    pub limit: u64,
}

/// How much of a coroutine's stack is in use. For the running one the roots say where it stands.
///
/// # Safety
/// `coroutine` is valid.
pub(super) unsafe fn extent(geometry: Geometry, coroutine: *const CoroutineObject) -> StackExtent {
    // SAFETY: the caller's; frames and functions of a coroutine are valid by the heap's contract.
    unsafe {
        let roots = geometry.roots();
        let running = (*roots).current.addr.0 == coroutine as u64;
        let (innermost, top) = if running {
            ((*roots).frame.0, (*roots).top.0)
        } else {
            ((*coroutine).frame.0, (*coroutine).top.0)
        };
        let stack = (*coroutine).stack.addr.0;
        if stack == 0 {
            return StackExtent { start: 0, end: 0, limit: 0 };
        }
        let start = stack + StackObject::VALUES;
        let limit = start + (*(stack as *const StackObject)).capacity * size_of::<Value>() as u64;
        let mut end = top;
        let frame = innermost as *const Frame;
        // Registers of a Lua function above its call of a native one are temporaries of the past: to scan them
        // would keep alive what a program has just let go of.
        if !frame.is_null() && (*frame).kind() == Some(FrameKind::Lua) {
            end = end.max(registers_end((*frame).base.0));
        }
        StackExtent { start, end: end.clamp(start, limit), limit }
    }
}

/// One past the last register of a Lua frame.
///
/// # Safety
/// `base` is that of a frame.
unsafe fn registers_end(base: u64) -> u64 {
    let function = (base - size_of::<Value>() as u64) as *const Value;
    // SAFETY: the caller's; a Lua frame's function lies below its base.
    unsafe {
        if (*function).kind != value::FUNCTION {
            return base;
        }
        let prototype = (*((*function).payload as *const FunctionObject)).prototype.addr.0;
        let count = (*(prototype as *const PrototypeObject)).register_count;
        base + count as u64 * size_of::<Value>() as u64
    }
}
