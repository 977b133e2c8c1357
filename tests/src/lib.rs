//! The harness of the end-to-end tests: scratch folders, child processes with a time limit, goldens, and the
//! comparison of two programs' outputs. Modules stand in reading order; each uses only those above it.
//!
//! Invariant: no test waits for a process without a limit, and none writes outside its scratch folder.
//! Not here: the tests themselves (`tests/it.rs` and its modules).

#![forbid(unsafe_code)]

pub mod scratch;

pub mod binaries;

pub mod run;

pub mod golden;

pub mod shape;

pub mod suite;

pub mod fuzz;
