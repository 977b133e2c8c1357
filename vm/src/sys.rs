//! The system calls that the standard library does not offer, each behind a function that says what it owes.
//!
//! Not here: policy. Who calls when, and what follows from a refusal, is the caller's.

#![allow(unsafe_code)]

pub mod memory;
pub mod clock;
pub mod local_time;
pub mod process;
pub mod error_text;
pub mod file;
pub mod signal;
pub mod socket;
