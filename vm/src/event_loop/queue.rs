//! The event queue: events that are ready and not yet delivered, in order, with all that they carry.
//!
//! Invariant: what an event carries is owned by it (a connection's socket, the bytes read), so that nothing
//! is lost or delivered twice whatever a callback before it does. An event whose pending entry is gone by the
//! time it is its turn is dropped.

use super::key::PendingKey;
use super::summary::Summary;
use core::net::SocketAddr;
use dumpfmt::record::{EventId, EventKind};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::os::fd::OwnedFd;

/// What came of a request: an error, or none.
pub type Status = Option<Errno>;

/// What an event carries. The list is closed: `EventLoop::settle` handles each.
#[derive(Debug)]
pub enum Payload {
    /// A timer is due.
    Timer,
    /// A listening socket has a connection, or cannot get one.
    Connection(Result<Accepted, Errno>),
    /// An outgoing connection is made, or failed.
    Connected(Status),
    /// Something was read.
    Read(Reading),
    /// A write is done.
    Written(Status),
    /// The sending side is shut down.
    Shutdown(Status),
    /// A handle is closed.
    Closed,
    /// A turn of the loop.
    Turn,
}

/// A connection nobody has taken over yet.
#[derive(Debug)]
pub struct Accepted {
    /// Its socket.
    pub socket: OwnedFd,
    /// Who is at the other end.
    pub peer: Option<SocketAddr>,
}

/// What reading gave.
#[derive(Debug)]
pub enum Reading {
    /// Bytes, at least one.
    Bytes(Vec<u8>),
    /// The other end sends no more.
    End,
    /// It failed.
    Failed(Errno),
}

impl Payload {
    /// Whether it is what becomes of a request.
    pub const fn ends_request(&self) -> bool {
        matches!(self, Payload::Connected(_) | Payload::Written(_) | Payload::Shutdown(_))
    }

    /// The kind of event.
    pub const fn kind(&self) -> EventKind {
        match self {
            Payload::Timer => EventKind::Timer,
            Payload::Connection(_) => EventKind::Connection,
            Payload::Connected(_) => EventKind::Connected,
            Payload::Read(_) => EventKind::Read,
            Payload::Written(_) => EventKind::Written,
            Payload::Shutdown(_) => EventKind::Shutdown,
            Payload::Closed => EventKind::Closed,
            Payload::Turn => EventKind::Turn,
        }
    }
}

/// An event that is ready.
#[derive(Debug)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// The pending entry that it answers.
    pub pending: PendingKey,
    /// When it became ready, on the monotonic clock.
    pub ready: u64,
    /// What it is about.
    pub summary: Summary,
    /// What it carries.
    pub payload: Payload,
}

/// When in its turn the loop delivers an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the phase that runs now, after those that are ready.
    Now,
    /// When the phase that runs now is over: what a callback completed on the spot.
    After,
}

/// Events that are ready.
#[derive(Debug)]
pub struct Queue {
    now: VecDeque<Event>,
    after: VecDeque<Event>,
}

impl Queue {
    /// No events.
    pub const fn new() -> Self {
        Queue { now: VecDeque::new(), after: VecDeque::new() }
    }

    /// Adds an event.
    pub fn push(&mut self, event: Event, place: Place) {
        match place {
            Place::Now => self.now.push_back(event),
            Place::After => self.after.push_back(event),
        }
    }

    /// Takes the first of the phase that runs now.
    pub fn pop(&mut self) -> Option<Event> {
        self.now.pop_front()
    }

    /// Starts the phase that delivers what was put off; false when there is nothing.
    pub fn turn_over(&mut self) -> bool {
        let is_any = !self.after.is_empty();
        self.now.append(&mut self.after);
        is_any
    }

    /// Whether something was put off.
    pub fn has_put_off(&self) -> bool {
        !self.after.is_empty()
    }

    /// Takes what was read for a pending entry out of the queue, in order.
    pub fn take_readings(&mut self, pending: PendingKey) -> Vec<Reading> {
        let mut readings = Vec::new();
        let mut keep = |event: Event| match event.payload {
            Payload::Read(reading) if event.pending == pending => {
                readings.push(reading);
                None
            }
            _ => Some(event),
        };
        for queue in [&mut self.now, &mut self.after] {
            *queue = core::mem::take(queue).into_iter().filter_map(&mut keep).collect();
        }
        readings
    }

    /// Every event, in the order of delivery.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.now.iter().chain(&self.after)
    }
}
