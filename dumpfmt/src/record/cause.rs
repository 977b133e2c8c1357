//! Why a dump was taken. The enum is closed: whatever ends a program is one of these.

use super::event::{EventId, Moment};
use crate::addr::Addr;
use crate::layout::value::Value;
use crate::wire::Text;
use serde::{Deserialize, Serialize};

/// A signal that means the process is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Signal {
    /// SIGSEGV
    Segv,
    /// SIGBUS
    Bus,
    /// SIGILL
    Ill,
    /// SIGFPE
    Fpe,
    /// SIGABRT
    Abrt,
}

impl Signal {
    /// Its name as in signal(7).
    pub const fn name(self) -> &'static str {
        match self {
            Signal::Segv => "SIGSEGV",
            Signal::Bus => "SIGBUS",
            Signal::Ill => "SIGILL",
            Signal::Fpe => "SIGFPE",
            Signal::Abrt => "SIGABRT",
        }
    }
}

/// What led to the dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// A Lua error that nothing catches; taken at the throw.
    UncaughtError,
    /// The error "not enough memory" at `--max-heap`, which nothing catches.
    MemoryLimit,
    /// A bug of the runtime: a Rust panic.
    Panic,
    /// A bug of the runtime, or memory that broke under it.
    Fault {
        /// Which signal.
        signal: Signal,
        /// `si_code`
        code: i32,
        /// `si_addr`
        address: Addr,
        /// The machine instruction that was interrupted.
        instruction: Addr,
    },
    /// SIGQUIT: someone asked for a dump and the end.
    Quit,
    /// Someone asked for a dump of the running program, which goes on.
    Request {
        /// Process id of who asked, 0 when it was the program itself.
        requester: u32,
    },
}

impl Cause {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::UncaughtError => "uncaught error",
            Cause::MemoryLimit => "memory limit",
            Cause::Panic => "panic of the runtime",
            Cause::Fault { signal, .. } => signal.name(),
            Cause::Quit => "SIGQUIT",
            Cause::Request { .. } => "on request",
        }
    }
}

/// In which part of a program's life it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// While the main chunk ran.
    #[default]
    MainChunk,
    /// In a callback of the event loop.
    Callback,
    /// In the event loop itself, between callbacks.
    Loop,
    /// Before the main chunk ran: options, loading, compiling.
    Start,
}

/// The section `Cause`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CauseRecord<'a> {
    /// Why.
    pub cause: Cause,
    /// Where in the program's life.
    pub place: Place,
    /// The message as it goes to stderr, without the program's name in front.
    #[serde(borrow)]
    pub message: Text<'a>,
    /// The traceback as it goes to stderr, in the reference's form; empty when none was made.
    #[serde(borrow)]
    pub traceback: Text<'a>,
    /// The error value; nil when the cause is no Lua error.
    pub error: Value,
    /// The value that the failing operation could not use. When it is a nil, its payload tells where that
    /// came from.
    pub offender: Value,
    /// The coroutine that ran; null when none did.
    pub coroutine: Addr,
    /// The event in whose delivery it happened, none outside of one.
    pub event: EventId,
    /// When.
    pub at: Moment,
    /// The process that wrote the file: not the program's own when a copy of it did (a dump on request).
    pub writer: u32,
}
