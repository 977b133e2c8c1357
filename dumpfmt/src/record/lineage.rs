//! Events that are over, but from whose delivery something living descends.
//!
//! The runtime keeps them in one table, by event number. An entry is made when an event's delivery starts and
//! counts who names it as parent: pending entries, queued events, deliveries, other entries. When a delivery
//! ends with count 0 the entry goes, which lets its own parent's count fall, and so on upwards. So the table
//! holds exactly the ancestors of what is alive: for a server with n connections O(n), however many events it
//! has delivered.
//!
//! A callback that arms its own successor for ever would build a chain without end. Therefore a chain is
//! [`GENERATION_MAX`] entries long at most: entries are then taken out of its middle, the lower neighbour's
//! `parent` names the upper one and its `skipped` counts what lay between. Both ends stay: who armed the
//! newest, and how it all began in the main chunk.

use super::event::{EventId, EventKind, Moment, PendingId, SiteStack};
use crate::wire::Text;
use serde::{Deserialize, Serialize};

/// The longest chain of ancestors that the runtime keeps.
pub const GENERATION_MAX: u32 = 64;

/// One entry of the section `Lineage`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ancestor<'a> {
    /// The event.
    pub id: EventId,
    /// What it was.
    pub kind: EventKind,
    /// The pending entry that it answered; it may be gone from the registry.
    pub pending: PendingId,
    /// The event in whose delivery that entry was made, or, if some were left out, the next that was kept.
    pub parent: EventId,
    /// Generations left out between this one and `parent`.
    pub skipped: u64,
    /// How many name it as parent.
    pub references: u32,
    /// When its delivery started.
    pub started: Moment,
    /// How long it took, in nanoseconds; 0 while it is under way.
    pub duration: u64,
    /// When the pending entry that it answered was made.
    pub armed: Moment,
    /// The Lua code that made that entry, innermost first: who armed it.
    pub stack: SiteStack,
    /// In words: `connection from 127.0.0.1:52114`.
    #[serde(borrow)]
    pub text: Text<'a>,
}
