//! What is being delivered at the moment of the dump.

use super::event::{EventId, EventKind, PendingId};
use crate::layout::value::Value;
use crate::wire::Text;
use serde::{Deserialize, Serialize};

/// One delivery under way. The section `Delivering` lists them innermost first: more than one when a callback
/// runs the loop itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Delivery<'a> {
    /// The event.
    pub id: EventId,
    /// What it is.
    pub kind: EventKind,
    /// The pending entry that it answers; it may be gone from the registry already.
    pub pending: PendingId,
    /// The event in whose delivery that entry was made: go on in the section `Lineage`.
    pub parent: EventId,
    /// When the callback was called, on the monotonic clock.
    pub started: u64,
    /// The function that was called.
    pub callback: Value,
    /// In words: `127.0.0.1:52114 -> 127.0.0.1:7000, 42 bytes`.
    #[serde(borrow)]
    pub text: Text<'a>,
}
