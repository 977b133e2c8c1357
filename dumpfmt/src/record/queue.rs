//! The event queue: events that are ready and not yet delivered.

use super::event::{EventId, EventKind, PendingId};
use crate::layout::value::Value;
use crate::wire::{Bounded, Text};
use serde::{Deserialize, Serialize};

/// The most arguments of an event that a record holds.
pub const ARGUMENTS_MAX: usize = 6;

/// One event of the section `Queue`, in the order of delivery.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct QueuedEvent<'a> {
    /// Its number.
    pub id: EventId,
    /// What it is.
    pub kind: EventKind,
    /// The pending entry that it answers.
    pub pending: PendingId,
    /// The event in whose delivery that entry was made.
    pub parent: EventId,
    /// When it became ready, on the monotonic clock.
    pub ready: u64,
    /// The function it will be given to.
    pub callback: Value,
    /// What it will be called with, as far as that is a Lua value already.
    pub arguments: Bounded<Value, ARGUMENTS_MAX>,
    /// Arguments in words, where they are none yet: `42 bytes`, `ECONNREFUSED`.
    #[serde(borrow)]
    pub text: Text<'a>,
}
