//! The ground floor: what the bytes of a Requiem heap and of a `.vmcore` file mean.
//!
//! The running VM and the inspector read the same structs, one through a pointer, the other through a
//! mapped file. Nothing here does I/O, follows an address or names another crate of the workspace.
//! Modules stand in reading order; each uses only those above it.

#![deny(unsafe_code)]

pub mod addr;
pub mod pod;
pub mod bytecode;
pub mod step;
pub mod numeral;
pub mod line_table;
pub mod layout;
pub mod region;
pub mod fingerprint;
pub mod section;
pub mod problem;
pub mod wire;
pub mod record;
pub mod container;
