//! The fatal path: from whatever ends a program to a complete file, and the same for one that goes on.
//!
//! Contract: *what runs after the decision to dump neither allocates, locks, formats through the standard
//! library, unwinds nor touches the Lua heap except to copy it.* Everything it needs is taken at the start
//! ([`Reserve`]). It lies low in the tree: it knows `dumpfmt` and `sys`, and the event loop only by the trait
//! [`AsyncState`].
//!
//! ```text
//!   uncaught error, memory limit ──> dump ──────────┐
//!   signal::handler (SEGV … ABRT) ──> dump ─────────┤
//!   signal::panic hook ─────────────> dump ─────────┼─> record (sections) ─> file (.partial, rename)
//!   SIGQUIT ─> safepoint ─> answer ─> dump ─────────┤
//!   requiem dump PID ─> safepoint ─> answer ─ fork ─┘  the copy writes, the original goes on
//! ```
//!
//! Not here: the search for a handler that finds an error uncaught (`raise`), what the event loop keeps.

#![allow(unsafe_code)]

pub mod cause;
pub mod file;
pub mod line;
pub mod live;
pub mod record;
pub mod reserve;
pub mod signal;

#[cfg(test)]
mod sample;

pub use cause::Fatal;
pub use file::{DumpFailure, DumpReport};
pub use record::{AsyncState, dump};
pub use reserve::{DumpOptions, ProgramFacts, Reserve};
pub use signal::{arm, disarm, is_armed};
