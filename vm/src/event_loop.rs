//! The event loop: handles, the queue of ready events, the registry of pending callbacks, the lineage of what
//! was delivered, the flight recorder. All of it is data that a dump holds.
//!
//! ```text
//!            arm                       poll, timers                 begin_delivery
//!   program ─────> registry (pending) ─────────────> queue (ready) ────────────────> callback
//!      ^              │ parent                                            │
//!      └──────────────┼───────────── lineage <────────────────────────────┘ end_delivery ──> recorder
//! ```
//!
//! Invariant: the loop knows Lua values only as something to keep and to hand back; it calls nothing. Who runs
//! it (`uv/run.rs`) takes events by `begin_delivery`, calls, and reports by `end_delivery`.
//!
//! A turn is that of libuv 1.44: timers that are due, what was put off, idle, prepare, sleep and sockets, what
//! was put off, check, closed handles.

pub mod errno;
mod slab;
mod summary;

mod key;

mod handle;
mod lineage;
mod pending;
mod queue;
mod recorder;

mod state;

mod timer;

mod write;

mod tcp;

mod turn;

mod poll;

mod dump;

pub use handle::{HandleId, Kind};
pub use queue::{Reading, Status};
pub use state::{Call, EventLoop, Mode, Told};
pub use write::BytesOf;
