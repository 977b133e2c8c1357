//! The records of the small sections: what the runtime knows outside the heap, as plain data.
//!
//! Invariant: a record borrows its texts, both when it is written (from the runtime) and when it is read (from
//! the file), so neither side allocates. Fields are never reordered: a change of a record is a new version of
//! its section.
//!
//! Times: *monotonic* is nanoseconds of `CLOCK_MONOTONIC` of the machine, *wall* nanoseconds since
//! 1970-01-01 UTC. The program record holds one pair of both, from which either can be computed.

pub mod cause;
pub mod delivering;
pub mod event;
pub mod lineage;
pub mod native;
pub mod pending;
pub mod program;
pub mod queue;
pub mod recorder;

pub use crate::wire::{Bounded, Text};
pub use cause::{Cause, CauseRecord, Place, Signal};
pub use delivering::Delivery;
pub use event::{EventId, EventKind, Moment, PendingId, Site, SiteStack};
pub use lineage::Ancestor;
pub use native::Native;
pub use pending::{Callback, Pending, PendingKind, PendingState, Role};
pub use program::Program;
pub use queue::QueuedEvent;
pub use recorder::{CollectionKind, Entry, Happening};
