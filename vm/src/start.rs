//! Where the command starts: `main` as the C library calls it, in place of the standard library's.
//!
//! That one would first look for the machine stack's guard page, by way of a text of all mappings, and install
//! handlers for its overflow that the runtime's own then replace: a quarter of the time of an empty script, and
//! half a megabyte of the C library that nothing else touches.
//!
//! Not here: what the command does (`main.rs`).

#![allow(unsafe_code)]

use core::ffi::{c_char, c_int};
use std::panic::catch_unwind;

// The unwinder, in the executable rather than in a library of its own that would have to be found, mapped and
// bound at each start.
#[link(name = "gcc_eh", kind = "static", modifiers = "-bundle")]
unsafe extern "C" {}

/// The exit status after a panic: the standard library's.
const PANIC_STATUS: c_int = 101;

/// The command line is taken from where the standard library has put it, which the C library has called before.
// SAFETY: the one function of this name in the executable, with the signature that the C library expects.
#[unsafe(no_mangle)]
extern "C" fn main(_argument_count: c_int, _arguments: *const *const c_char) -> c_int {
    catch_unwind(super::run_command).unwrap_or(PANIC_STATUS)
}
