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

pub mod stdlib;

pub mod uv;
