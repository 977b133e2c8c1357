//! The interpreter: frames, calls, errors, coroutines, the instruction handlers, and the face that native
//! functions see.
//!
//! Reading order is the order of the modules below. The loop has no function of its own: handlers call one
//! another in tail position (`handlers.rs`), from [`enter`] until the frame that machine code had called ends.

#![allow(unsafe_code)]

mod state;

mod arith;

mod call;

mod closure;

mod collect;

mod coroutine;

mod handlers;

mod hook;

mod messages;

mod metatable;

mod names;

mod native;

mod arguments;

mod inspect;

mod postmortem;

mod prototype;

mod raise;

mod resume;

mod host;

mod traceback;

#[cfg(test)]
mod tests;

pub use dumpfmt::layout::roots::Event;
pub use hook::Hook;
pub use host::Kept;
pub use names::{Code, FrameView, Name, Place};
pub use native::{Str, Table};
pub(crate) use resume::Continuation;
pub use state::{FatalReport, HostFunction, NativeFunction, NativeResult, Raise, Step, Vm, VmOptions};

/// Runs from the innermost frame until the frame that machine code had called has ended.
fn enter(vm: &mut Vm) -> Result<(), Raise> {
    // SAFETY: the innermost frame is one that `begin_call` has pushed, of code that `load` has lowered.
    match unsafe { handlers::run(vm.roots) } {
        handlers::Exit::Leave => Ok(()),
        handlers::Exit::Raise => Err(vm.throw_again()),
    }
}
