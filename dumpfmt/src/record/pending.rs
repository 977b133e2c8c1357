//! The pending registry: every callback that may yet run.

use super::event::{EventId, EventKind, Moment, PendingId, SiteStack};
use crate::layout::value::Value;
use crate::wire::{Bounded, Text};
use serde::{Deserialize, Serialize};

/// What a callback waits for, with its particulars. Addresses are written as `host:port` or a path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum PendingKind<'a> {
    /// A timer.
    Timer {
        /// On the monotonic clock.
        due: u64,
        /// Nanoseconds; 0 when it runs once.
        period: u64,
        /// Times it has run.
        fired: u64,
    },
    /// A listening socket.
    Listen {
        /// Where.
        #[serde(borrow)]
        address: Text<'a>,
        /// As asked for.
        backlog: u32,
        /// Connections so far.
        accepted: u64,
    },
    /// An outgoing connection that is being made.
    Connect {
        /// To whom.
        #[serde(borrow)]
        peer: Text<'a>,
    },
    /// Reading from a stream.
    Read {
        /// Who is at the other end.
        #[serde(borrow)]
        peer: Text<'a>,
        /// This end.
        #[serde(borrow)]
        local: Text<'a>,
        /// Bytes so far.
        bytes: u64,
    },
    /// Writing to a stream.
    Write {
        /// Who is at the other end.
        #[serde(borrow)]
        peer: Text<'a>,
        /// Bytes the system has taken.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Shutting down the sending side after the writes before it.
    Shutdown {
        /// Who is at the other end.
        #[serde(borrow)]
        peer: Text<'a>,
    },
    /// A handle that is being closed.
    Close {
        /// What it was, in words.
        #[serde(borrow)]
        what: Text<'a>,
    },
    /// Runs in every turn of the loop: `idle`, `prepare` or `check`.
    Turn {
        /// Which.
        #[serde(borrow)]
        phase: Text<'a>,
    },
    /// May be woken from another thread or a signal handler.
    Async,
    /// A signal.
    Signal {
        /// Its number.
        number: i32,
    },
    /// A child process.
    Child {
        /// Its process id.
        pid: u32,
        /// The command.
        #[serde(borrow)]
        command: Text<'a>,
    },
    /// An operation on a file, in the worker pool.
    File {
        /// `open`, `read`, `stat`, …
        #[serde(borrow)]
        operation: Text<'a>,
        /// Empty when it goes by descriptor.
        #[serde(borrow)]
        path: Text<'a>,
        /// −1 when it goes by path.
        descriptor: i32,
    },
    /// A name look-up, in the worker pool.
    Resolve {
        /// The host.
        #[serde(borrow)]
        host: Text<'a>,
        /// The service.
        #[serde(borrow)]
        service: Text<'a>,
    },
    /// A descriptor that is to become ready.
    Poll {
        /// Which.
        descriptor: i32,
        /// 1 readable, 2 writable, 4 hung up.
        events: u32,
    },
    /// Receiving datagrams.
    Datagram {
        /// This end.
        #[serde(borrow)]
        local: Text<'a>,
        /// Bytes so far.
        bytes: u64,
    },
    /// A job of the worker pool.
    Work {
        /// What it is.
        #[serde(borrow)]
        name: Text<'a>,
    },
    /// A file or folder that is watched.
    Watch {
        /// Which.
        #[serde(borrow)]
        path: Text<'a>,
    },
}

impl PendingKind<'_> {
    /// The word for it in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            PendingKind::Timer { .. } => "timer",
            PendingKind::Listen { .. } => "listen",
            PendingKind::Connect { .. } => "connect",
            PendingKind::Read { .. } => "read",
            PendingKind::Write { .. } => "write",
            PendingKind::Shutdown { .. } => "shutdown",
            PendingKind::Close { .. } => "close",
            PendingKind::Turn { .. } => "loop turn",
            PendingKind::Async => "async",
            PendingKind::Signal { .. } => "signal",
            PendingKind::Child { .. } => "child",
            PendingKind::File { .. } => "file operation",
            PendingKind::Resolve { .. } => "name look-up",
            PendingKind::Poll { .. } => "poll",
            PendingKind::Datagram { .. } => "datagram",
            PendingKind::Work { .. } => "work",
            PendingKind::Watch { .. } => "watch",
        }
    }

    /// The kind of event that it becomes.
    pub const fn event_kind(&self) -> EventKind {
        match self {
            PendingKind::Timer { .. } => EventKind::Timer,
            PendingKind::Listen { .. } => EventKind::Connection,
            PendingKind::Connect { .. } => EventKind::Connected,
            PendingKind::Read { .. } => EventKind::Read,
            PendingKind::Write { .. } => EventKind::Written,
            PendingKind::Shutdown { .. } => EventKind::Shutdown,
            PendingKind::Close { .. } => EventKind::Closed,
            PendingKind::Turn { .. } => EventKind::Turn,
            PendingKind::Async => EventKind::Async,
            PendingKind::Signal { .. } => EventKind::Signal,
            PendingKind::Child { .. } => EventKind::Exit,
            PendingKind::File { .. } => EventKind::File,
            PendingKind::Resolve { .. } => EventKind::Resolved,
            PendingKind::Poll { .. } => EventKind::Ready,
            PendingKind::Datagram { .. } => EventKind::Datagram,
            PendingKind::Work { .. } => EventKind::Work,
            PendingKind::Watch { .. } => EventKind::Change,
        }
    }
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PendingState {
    /// It waits.
    #[default]
    Waiting,
    /// A worker is at it.
    Running,
    /// Its event is in the queue.
    Queued,
    /// Its callback runs now, and may run again.
    Delivering,
    /// It is being closed.
    Closing,
}

impl PendingState {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            PendingState::Waiting => "waiting",
            PendingState::Running => "running",
            PendingState::Queued => "queued",
            PendingState::Delivering => "delivering",
            PendingState::Closing => "closing",
        }
    }
}

/// What a value of a pending entry is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// The function that is called with the event.
    #[default]
    Callback,
    /// The coroutine that is resumed with it instead.
    Coroutine,
    /// The userdata that Lua knows it by.
    Handle,
    /// The stream a request belongs to.
    Stream,
    /// What is being written.
    Data,
    /// The function that is called when the handle is closed.
    OnClose,
}

impl Role {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Callback => "callback",
            Role::Coroutine => "coroutine",
            Role::Handle => "handle",
            Role::Stream => "stream",
            Role::Data => "data",
            Role::OnClose => "on close",
        }
    }
}

/// A value that an entry keeps alive.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Callback {
    /// What for.
    pub role: Role,
    /// Which.
    pub value: Value,
}

impl Default for Callback {
    fn default() -> Self {
        Callback { role: Role::Callback, value: Value::NIL }
    }
}

/// The most values that an entry keeps.
pub const CALLBACKS_MAX: usize = 6;

/// One entry of the section `Pending`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Pending<'a> {
    /// Its number.
    pub id: PendingId,
    /// What it waits for.
    #[serde(borrow)]
    pub kind: PendingKind<'a>,
    /// How far it has come.
    pub state: PendingState,
    /// Whether it keeps the loop running.
    pub is_referenced: bool,
    /// The values it keeps, by role.
    pub callbacks: Bounded<Callback, CALLBACKS_MAX>,
    /// When it was made.
    pub created: Moment,
    /// The Lua code that made it, innermost first.
    pub stack: SiteStack,
    /// The event in whose delivery it was made.
    pub parent: EventId,
}

impl Pending<'_> {
    /// The value with this role.
    pub fn value(&self, role: Role) -> Option<Value> {
        self.callbacks.iter().find(|callback| callback.role == role).map(|callback| callback.value)
    }
}
