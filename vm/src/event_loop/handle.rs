//! Handles: what a program makes, starts, stops and closes. Each is known to Lua as a userdata that bears its
//! number.
//!
//! Invariant: a handle's number is never given to another, so that a userdata that outlives its handle is
//! recognised; the number also tells the kind, which such a userdata must still be able to name.

use super::key::PendingKey;
use super::queue::{Accepted, Reading};
use super::slab::Slab;
use core::net::SocketAddr;
use dumpfmt::layout::value::Value;
use rustix::io::Errno;
use std::collections::VecDeque;
use std::os::fd::OwnedFd;

macro_rules! kinds {
    ($( $(#[doc = $doc:literal])+ $name:ident $code:literal $word:literal $number:literal; )+) => {
        /// What a userdata of the loop stands for: a handle or a request.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $( $(#[doc = $doc])+ $name = $code, )+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$( Kind::$name, )+];

            /// The word that luv has for it.
            pub const fn word(self) -> &'static str {
                match self { $( Kind::$name => $word, )+ }
            }

            /// The number that luv has for it; handles and requests are counted apart.
            pub const fn number(self) -> i64 {
                match self { $( Kind::$name => $number, )+ }
            }
        }
    };
}

kinds! {
    /// Runs in every turn of the loop, after polling.
    Check 1 "check" 2;
    /// Runs in every turn of the loop, which then does not sleep.
    Idle 2 "idle" 6;
    /// Runs in every turn of the loop, before polling.
    Prepare 3 "prepare" 9;
    /// A TCP socket.
    Tcp 4 "tcp" 12;
    /// A timer.
    Timer 5 "timer" 13;
    /// A request to connect.
    Connect 6 "connect" 2;
    /// A request to write.
    Write 7 "write" 3;
    /// A request to shut down.
    Shutdown 8 "shutdown" 4;
}

impl Kind {
    /// Whether it is a handle; else it is a request.
    pub const fn is_handle(self) -> bool {
        (self as u8) < Kind::Connect as u8
    }
}

/// The number that a userdata of the loop bears: kind, slot, and a count that makes it unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandleId(pub u64);

const KIND_MASK: u64 = (1 << SLOT_SHIFT) - 1;
const SLOT_SHIFT: u32 = 5;
/// More handles than memory holds.
const SLOT_MASK: u64 = (1 << 27) - 1;
const COUNT_SHIFT: u32 = 32;

impl HandleId {
    /// No handle.
    pub const NONE: HandleId = HandleId(0);

    /// The number of a request, which has no slot: a pending entry stands for it while it waits.
    pub const fn request(kind: Kind) -> HandleId {
        HandleId(kind as u64)
    }

    /// What it stands for; `None` for a number that is none.
    pub fn kind(self) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| *kind as u64 == self.0 & KIND_MASK)
    }

    fn slot(self) -> u32 {
        (self.0 >> SLOT_SHIFT & SLOT_MASK) as u32
    }

    fn count(self) -> u64 {
        self.0 >> COUNT_SHIFT
    }
}

/// A handle.
#[derive(Debug)]
pub struct Handle {
    /// Its number.
    pub id: HandleId,
    /// Its userdata, kept alive until it is closed.
    pub value: Value,
    /// Whether it keeps the loop running while it is active.
    pub is_referenced: bool,
    /// Whether it may call back: started, listening, reading.
    pub is_active: bool,
    /// The entry of its close, from the call that closes it.
    pub closing: Option<PendingKey>,
    /// The rest.
    pub body: Body,
}

/// What kinds of handle differ in.
#[derive(Debug)]
pub enum Body {
    /// A timer.
    Timer(Timer),
    /// A TCP socket.
    Tcp(Box<Tcp>),
    /// Idle, prepare or check.
    Turn(TurnHandle),
}

/// A timer. Times are milliseconds of the loop's clock.
#[derive(Debug)]
pub struct Timer {
    /// When it is due, or was.
    pub due: u64,
    /// What it was started for.
    pub delay: u64,
    /// After how long it is due again; 0 when it runs once.
    pub period: u64,
    /// Its place among those that are due at the same time.
    pub start: u64,
    /// What is called; kept after it has stopped. Nil when it was never started.
    pub callback: Value,
    /// Its entry while it is active.
    pub pending: Option<PendingKey>,
}

/// Idle, prepare or check.
#[derive(Debug)]
pub struct TurnHandle {
    /// What is called; kept after it has stopped.
    pub callback: Value,
    /// Its entry while it is active.
    pub pending: Option<PendingKey>,
}

/// A TCP socket. The fields of a connection are of no use in one that listens, and the other way round.
#[derive(Debug, Default)]
pub struct Tcp {
    /// Made when it is first needed.
    pub socket: Option<OwnedFd>,
    /// Whether the poll watches it.
    pub is_watched: bool,
    /// The last edge said that there is something to read, or to accept.
    pub readable: bool,
    /// The last edge said that there is room to write.
    pub writable: bool,
    /// An edge said that the other end is gone or sends no more: reading goes on to the end without another.
    pub hung_up: bool,
    /// It stands in the list of those with work to do.
    pub is_listed: bool,
    /// Reading is possible.
    pub can_read: bool,
    /// Writing is possible.
    pub can_write: bool,
    /// The end of the stream, or an error, has been read.
    pub has_ended: bool,
    /// `bind` found the address in use; told by the call that follows, as libuv does.
    pub delayed_error: Option<Errno>,
    /// Asked for before there was a socket.
    pub wants_nodelay: bool,
    /// Asked for before there was a socket, with the delay in seconds.
    pub wants_keepalive: Option<u32>,
    /// Writes may block.
    pub is_blocking: bool,
    /// This end, once it is known.
    pub local: Option<SocketAddr>,
    /// The other end, once it is known.
    pub peer: Option<SocketAddr>,

    /// The entry of the connection that is being made.
    pub connecting: Option<PendingKey>,
    /// The entry of reading.
    pub reading: Option<PendingKey>,
    /// What was read but not delivered when reading was stopped.
    pub unread: VecDeque<Reading>,
    /// The entries of writes that are not done, in order.
    pub writes: VecDeque<PendingKey>,
    /// Bytes of them that the system has not taken.
    pub unwritten: u64,
    /// The entry of a shutdown that is not done.
    pub shutdown: Option<PendingKey>,

    /// The entry of listening.
    pub listening: Option<PendingKey>,
    /// Connections that were delivered and nobody has taken over yet.
    pub accepted: VecDeque<Accepted>,
    /// Connections in the event queue.
    pub arriving: usize,
}

/// All handles.
#[derive(Debug)]
pub struct Handles {
    slots: Slab<Handle>,
    count_made: u64,
}

impl Handles {
    /// No handles.
    pub const fn new() -> Self {
        Handles { slots: Slab::new(), count_made: 0 }
    }

    /// Takes in a handle that Lua knows by `value`.
    pub fn insert(&mut self, kind: Kind, value: Value, body: Body) -> HandleId {
        self.count_made += 1;
        let slot = u64::from(self.slots.next_slot()) & SLOT_MASK;
        let id = HandleId(self.count_made << COUNT_SHIFT | slot << SLOT_SHIFT | kind as u64);
        let closing = None;
        self.slots.insert(Handle { id, value, is_referenced: true, is_active: false, closing, body });
        id
    }

    /// Lets a handle go.
    pub fn remove(&mut self, id: HandleId) -> Option<Handle> {
        self.get(id)?;
        self.slots.remove(id.slot())
    }

    /// The handle with this number, until it is closed.
    pub fn get(&self, id: HandleId) -> Option<&Handle> {
        self.slots.get(id.slot()).filter(|handle| handle.id == id)
    }

    /// The handle with this number, until it is closed.
    pub fn get_mut(&mut self, id: HandleId) -> Option<&mut Handle> {
        self.slots.get_mut(id.slot()).filter(|handle| handle.id == id)
    }

    /// The TCP socket with this number.
    pub fn tcp(&self, id: HandleId) -> Option<&Tcp> {
        match &self.get(id)?.body {
            Body::Tcp(tcp) => Some(tcp),
            _ => None,
        }
    }

    /// The TCP socket with this number.
    pub fn tcp_mut(&mut self, id: HandleId) -> Option<&mut Tcp> {
        match &mut self.get_mut(id)?.body {
            Body::Tcp(tcp) => Some(tcp),
            _ => None,
        }
    }

    /// The timer with this number.
    pub fn timer(&self, id: HandleId) -> Option<&Timer> {
        match &self.get(id)?.body {
            Body::Timer(timer) => Some(timer),
            _ => None,
        }
    }

    /// The timer with this number.
    pub fn timer_mut(&mut self, id: HandleId) -> Option<&mut Timer> {
        match &mut self.get_mut(id)?.body {
            Body::Timer(timer) => Some(timer),
            _ => None,
        }
    }

    /// The idle, prepare or check handle with this number.
    pub fn turn_mut(&mut self, id: HandleId) -> Option<&mut TurnHandle> {
        match &mut self.get_mut(id)?.body {
            Body::Turn(turn) => Some(turn),
            _ => None,
        }
    }

    /// Every handle, in the order of the slots.
    pub fn iter(&self) -> impl Iterator<Item = &Handle> {
        self.slots.iter().map(|(_, handle)| handle)
    }

    /// The userdata of every handle, in the order in which they were made.
    pub fn values(&self) -> Vec<Value> {
        let mut handles: Vec<&Handle> = self.iter().collect();
        handles.sort_by_key(|handle| handle.id.count());
        handles.into_iter().map(|handle| handle.value).collect()
    }
}
