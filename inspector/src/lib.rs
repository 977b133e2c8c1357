//! Coroner: opens a `.vmcore` and explains the program in Lua's terms.
//!
//! Floors, each using only those above it in the list below: an image (addresses to bytes), the model (Lua
//! objects, read lazily), checks (what is broken), analyses (plain reports), views (report to text or JSON),
//! commands (one table), front ends.

#![deny(unsafe_code)]

pub mod image;
pub mod model;

pub mod check;

pub mod analysis;

pub mod view;

pub mod command;

pub mod front;

pub use front::once::run;
