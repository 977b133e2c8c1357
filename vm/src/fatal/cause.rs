//! What the fatal path is told about an end: the closed list of causes and what goes with them.
//!
//! The list itself is `dumpfmt::record::Cause`, so that a dump cannot hold a cause the runtime does not have.

use core::ffi::c_int;
use dumpfmt::addr::Addr;
use dumpfmt::layout::value::Value;
use dumpfmt::record::{Cause, Signal};

/// An end, or an occasion. Texts are borrowed from wherever they stand, the heap included.
#[derive(Clone, Copy, Debug)]
pub struct Fatal<'a> {
    /// Which.
    pub cause: Cause,
    /// The message as it goes to stderr, without the program's name in front.
    pub message: &'a [u8],
    /// The traceback as it goes to stderr; empty when none was made.
    pub traceback: &'a [u8],
    /// The error value; nil when there is none.
    pub error: Value,
    /// The value that the failing operation could not use; a nil's payload tells its origin.
    pub offender: Value,
}

impl<'a> Fatal<'a> {
    /// An end without a Lua error.
    pub const fn new(cause: Cause, message: &'a [u8]) -> Self {
        Fatal { cause, message, traceback: b"", error: Value::NIL, offender: Value::NIL }
    }

    /// An error that nothing catches.
    pub const fn uncaught(error: Value, message: &'a [u8], traceback: &'a [u8]) -> Self {
        Fatal { cause: Cause::UncaughtError, message, traceback, error, offender: Value::NIL }
    }

    /// A dump of a program that goes on, asked for by a process (0: by itself).
    pub const fn request(requester: u32) -> Self {
        Fatal::new(Cause::Request { requester }, b"")
    }
}

/// The signals that mean a broken process.
pub const FAULTS: [(c_int, Signal); 5] = [
    (libc::SIGSEGV, Signal::Segv),
    (libc::SIGBUS, Signal::Bus),
    (libc::SIGILL, Signal::Ill),
    (libc::SIGFPE, Signal::Fpe),
    (libc::SIGABRT, Signal::Abrt),
];

/// The cause that a signal of [`FAULTS`] stands for.
pub fn fault(number: c_int, code: i32, address: u64, instruction: u64) -> Cause {
    let signal =
        FAULTS.iter().find(|(known, _)| *known == number).map_or(Signal::Abrt, |(_, signal)| *signal);
    Cause::Fault { signal, code, address: Addr(address), instruction: Addr(instruction) }
}
