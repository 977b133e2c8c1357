//! Coroner: opens a `.vmcore` and explains the program in Lua's terms.
//!
//! Floors, each using only those above it in the list below: an image (addresses to bytes), the model (Lua
//! objects, read lazily), checks (what is broken), analyses (plain reports), views (report to text or JSON),
//! commands (one table), front ends.
//!
//! The model is for programs too. Globals, their entries, and the variables of every frame:
//!
//! ```no_run
//! use inspector::analysis::{coroutines, stacks};
//! use inspector::model::dump::Dump;
//!
//! let bytes = std::fs::read("orders.4711.vmcore").unwrap();
//! let dump = Dump::open(&bytes).unwrap();
//! let memory = &dump.memory;
//! let globals = memory.table(memory.roots.as_ref().unwrap().globals.addr).unwrap();
//! for entry in memory.entries(&globals).flatten() {
//!     println!("{:?} = {:?}", entry.key, entry.value);
//! }
//! for addr in coroutines::numbered(&dump).0 {
//!     let coroutine = memory.coroutine(addr).unwrap();
//!     for frame in stacks::shown_frames(&dump, &coroutine).0 {
//!         let locals = stacks::named_locals(&dump, &frame);
//!         let upvalues = stacks::named_upvalues(&dump, frame.function);
//!         println!("{locals:?} {upvalues:?}");
//!     }
//! }
//! ```

#![deny(unsafe_code)]

pub mod image;
pub mod model;

pub mod check;

pub mod analysis;

pub mod view;

pub mod command;

pub mod front;

pub use front::once::run;
