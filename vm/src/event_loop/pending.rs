//! The pending registry: every callback that may yet run, and where it came from.
//!
//! Invariant: an entry is in the registry from the call that armed it until its callback can run no more: a
//! request until its event is delivered, a handle's entry until it is stopped, ended or closed.

use super::handle::HandleId;
use super::key::PendingKey;
use super::lineage::{Link, Origin};
use super::slab::{NONE, Slab};
use core::net::SocketAddr;
use dumpfmt::layout::value::Value;
use dumpfmt::record::PendingId;
use std::rc::Rc;

/// What an entry waits for.
#[derive(Debug)]
pub enum Waiting {
    /// A timer to be due; its times are in the handle.
    Timer {
        /// Times it has run.
        fired: u64,
    },
    /// Connections.
    Listen {
        /// As asked for.
        backlog: u32,
        /// Connections so far.
        accepted: u64,
    },
    /// A connection that is being made.
    Connect {
        /// To whom.
        peer: SocketAddr,
    },
    /// Bytes from the other end.
    Read {
        /// Bytes so far.
        bytes: u64,
    },
    /// The system to take bytes.
    Write(Writing),
    /// The writes before it, then the end of the sending side.
    Shutdown,
    /// The loop to have closed a handle.
    Close,
    /// The next turn of the loop.
    Turn,
}

/// A write that is not done.
#[derive(Debug, Default)]
pub struct Writing {
    /// The strings to be written.
    pub data: Vec<Value>,
    /// The first of them that is not done.
    pub next: usize,
    /// Bytes of that one that are done.
    pub offset: usize,
    /// Bytes the system has taken.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// A callback that may yet run.
#[derive(Debug)]
pub struct Entry {
    /// Its number.
    pub id: PendingId,
    /// What it waits for.
    pub waiting: Waiting,
    /// The handle it belongs to.
    pub handle: HandleId,
    /// What is called; nil when the program gave nothing.
    pub callback: Value,
    /// The userdata of the request; nil when it is none.
    pub request: Value,
    /// Where it came from.
    pub origin: Rc<Origin>,
    /// The event in whose delivery it was made.
    pub parent: Link,
    /// Events in the queue that answer it.
    pub queued: u32,
    /// Deliveries under way that answer it.
    pub delivering: u32,
    newer: u32,
    older: u32,
}

/// All entries, in the order in which they were made.
#[derive(Debug)]
pub struct Registry {
    entries: Slab<Entry>,
    oldest: u32,
    newest: u32,
    count_made: u64,
}

impl Registry {
    /// No entries.
    pub const fn new() -> Self {
        Registry { entries: Slab::new(), oldest: NONE, newest: NONE, count_made: 0 }
    }

    /// The number of the next entry.
    pub fn next_id(&self) -> PendingId {
        PendingId(self.count_made + 1)
    }

    /// Adds an entry, whose origin bears the number from [`next_id`](Registry::next_id).
    pub fn insert(
        &mut self,
        waiting: Waiting,
        handle: HandleId,
        (callback, request): (Value, Value),
        origin: Rc<Origin>,
        parent: Link,
    ) -> PendingKey {
        self.count_made += 1;
        let id = origin.pending;
        let slot = self.entries.insert(Entry {
            id,
            waiting,
            handle,
            callback,
            request,
            origin,
            parent,
            queued: 0,
            delivering: 0,
            newer: NONE,
            older: self.newest,
        });
        match self.entries.get_mut(self.newest) {
            Some(entry) => entry.newer = slot,
            None => self.oldest = slot,
        }
        self.newest = slot;
        PendingKey { slot, id }
    }

    /// Removes an entry; `None` when it is gone already.
    pub fn remove(&mut self, key: PendingKey) -> Option<Entry> {
        self.get(key)?;
        let entry = self.entries.remove(key.slot)?;
        match self.entries.get_mut(entry.older) {
            Some(older) => older.newer = entry.newer,
            None => self.oldest = entry.newer,
        }
        match self.entries.get_mut(entry.newer) {
            Some(newer) => newer.older = entry.older,
            None => self.newest = entry.older,
        }
        Some(entry)
    }

    /// The entry, if it is still there.
    pub fn get(&self, key: PendingKey) -> Option<&Entry> {
        self.entries.get(key.slot).filter(|entry| entry.id == key.id)
    }

    /// The entry, if it is still there.
    pub fn get_mut(&mut self, key: PendingKey) -> Option<&mut Entry> {
        self.entries.get_mut(key.slot).filter(|entry| entry.id == key.id)
    }

    /// Every entry, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        let mut next = self.oldest;
        core::iter::from_fn(move || {
            let entry = self.entries.get(next)?;
            next = entry.newer;
            Some(entry)
        })
    }
}
