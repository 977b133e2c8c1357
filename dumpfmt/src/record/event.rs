//! What the records of the event loop share: identities, moments, the places in Lua code that made things.
//!
//! Every event has a parent: the event in whose delivery the pending callback that it answers was made. The
//! main chunk is event [`EventId::MAIN`], from which all others descend.

use crate::addr::Addr;
use crate::wire::Bounded;
use serde::{Deserialize, Serialize};

/// The number of an event; counted from 1, never reused within a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId(pub u64);

impl EventId {
    /// No event.
    pub const NONE: EventId = EventId(0);
    /// The run of the main chunk.
    pub const MAIN: EventId = EventId(1);
}

/// The number of an entry of the pending registry; counted from 1, never reused within a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PendingId(pub u64);

impl PendingId {
    /// No entry.
    pub const NONE: PendingId = PendingId(0);
}

/// A point in time, on both clocks and in the heap's own count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Nanoseconds since 1970-01-01 UTC.
    pub wall: i64,
    /// Nanoseconds of the monotonic clock.
    pub monotonic: u64,
    /// `Roots::epoch`: which objects were there already.
    pub epoch: u32,
}

/// A place in the stack of Lua code. Whoever keeps one keeps its function alive (the collector traces it), so
/// a dump always holds what it names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The `PrototypeObject` of a Lua function, the `NativeObject` of one of the runtime.
    pub function: Addr,
    /// As `Frame::pc`: the word after the call. Null in a function of the runtime.
    pub pc: Addr,
}

/// The most sites that a stack keeps, the innermost first.
pub const SITE_STACK_MAX: usize = 16;

/// The stack of the code that made something, innermost first.
pub type SiteStack = Bounded<Site, SITE_STACK_MAX>;

/// What an event is: the kind of happening that is delivered to a callback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// The run of the main chunk.
    #[default]
    Main,
    /// A timer is due.
    Timer,
    /// A listening socket has a new connection.
    Connection,
    /// An outgoing connection is made, or failed.
    Connected,
    /// Bytes were read, or the end, or an error.
    Read,
    /// A write is done.
    Written,
    /// The sending side was shut down.
    Shutdown,
    /// A handle is closed.
    Closed,
    /// A turn of the loop: idle, prepare and check handles.
    Turn,
    /// Another thread or a signal handler woke the loop.
    Async,
    /// A signal came.
    Signal,
    /// A child process ended.
    Exit,
    /// A file operation is done.
    File,
    /// A name was looked up.
    Resolved,
    /// A descriptor is ready.
    Ready,
    /// A datagram came.
    Datagram,
    /// A job of the worker pool is done.
    Work,
    /// A watched file changed.
    Change,
}

impl EventKind {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::Main => "main chunk",
            EventKind::Timer => "timer",
            EventKind::Connection => "connection",
            EventKind::Connected => "connected",
            EventKind::Read => "read",
            EventKind::Written => "written",
            EventKind::Shutdown => "shutdown",
            EventKind::Closed => "closed",
            EventKind::Turn => "loop turn",
            EventKind::Async => "async",
            EventKind::Signal => "signal",
            EventKind::Exit => "exit",
            EventKind::File => "file operation",
            EventKind::Resolved => "name look-up",
            EventKind::Ready => "descriptor ready",
            EventKind::Datagram => "datagram",
            EventKind::Work => "work",
            EventKind::Change => "file change",
        }
    }
}
