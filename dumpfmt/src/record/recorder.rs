//! The flight recorder: the last things that happened, in a ring of fixed size.

use super::event::{EventId, EventKind, PendingId, Site};
use crate::layout::value::Value;
use crate::wire::Text;
use serde::{Deserialize, Serialize};

/// What a collection was started by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CollectionKind {
    /// Enough was allocated.
    #[default]
    Paced,
    /// The program asked for it.
    Asked,
    /// Memory ran out.
    Emergency,
}

/// What happened.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Happening<'a> {
    /// An event was delivered.
    Delivered {
        /// Which.
        event: EventId,
        /// What it was.
        kind: EventKind,
        /// The pending entry that it answered.
        pending: PendingId,
        /// The event in whose delivery that was made.
        parent: EventId,
        /// How long it took, in nanoseconds.
        duration: u64,
        /// In words.
        #[serde(borrow)]
        text: Text<'a>,
    },
    /// A handler caught an error.
    ErrorCaught {
        /// The error value. If it is an object it may have been collected since: compare its birth epoch.
        value: Value,
        /// Where it was raised.
        raised: Site,
        /// Where the handler stands.
        caught: Site,
        /// The start of the message.
        #[serde(borrow)]
        text: Text<'a>,
    },
    /// A collection was finished.
    Collection {
        /// What started it.
        kind: CollectionKind,
        /// Nanoseconds spent on it, in all its slices.
        duration: u64,
        /// Bytes before.
        before: u64,
        /// Bytes after.
        after: u64,
    },
    /// A module was loaded.
    ModuleLoaded {
        /// As given to `require`.
        #[serde(borrow)]
        name: Text<'a>,
        /// Where it was found.
        #[serde(borrow)]
        path: Text<'a>,
        /// How long it took, in nanoseconds.
        duration: u64,
    },
    /// The main chunk returned and the loop took over.
    MainReturned,
    /// A dump was taken on request.
    Dumped {
        /// Process id of who asked, 0 when it was the program itself.
        requester: u32,
    },
    /// A mark that ties epochs to the clock: when this epoch began.
    Epoch {
        /// Nanoseconds since 1970-01-01 UTC.
        wall: i64,
    },
}

impl Happening<'_> {
    /// The word for it in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Happening::Delivered { .. } => "delivered",
            Happening::ErrorCaught { .. } => "error caught",
            Happening::Collection { .. } => "collection",
            Happening::ModuleLoaded { .. } => "module loaded",
            Happening::MainReturned => "main chunk returned",
            Happening::Dumped { .. } => "dumped",
            Happening::Epoch { .. } => "epoch",
        }
    }
}

/// One entry of the section `Recorder`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Entry<'a> {
    /// When, on the monotonic clock.
    pub at: u64,
    /// `Roots::epoch` then.
    pub epoch: u32,
    /// What.
    #[serde(borrow)]
    pub what: Happening<'a>,
}
