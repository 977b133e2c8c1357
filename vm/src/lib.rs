//! The Requiem runtime: heap, interpreter, library, event loop, fatal path.
//!
//! Modules stand in reading order; each uses only those above it.

#![deny(unsafe_code)]

pub mod sys;

pub mod heap;

pub mod calendar;
pub mod format;
pub mod pack;
pub mod pattern;
pub mod utf8;

pub mod fatal;

pub mod event_loop;

pub mod file;

pub mod interp;

pub mod program;

pub mod stdlib;

pub mod uv;

pub mod cli;

use interp::{Raise, Vm};

/// Fills the global table of a new runtime: the standard library and the event loop's module.
///
/// `environment` says whether `LUA_PATH` and the like are heeded.
pub fn open(vm: &mut Vm, environment: bool) -> Result<(), Raise> {
    vm.heeds_environment = environment;
    stdlib::open(vm)?;
    uv::open(vm)
}
