//! Analyses: questions about a dump, answered by plain data.
//!
//! A report has public fields, knows no terminal and no JSON, and names what it could not read; it is made by
//! a function of the dump and a question.

pub mod answer;
pub mod measure;
pub mod text;

pub mod origin;

pub mod depiction;
pub mod functions;

pub mod stacks;
pub mod sites;

pub mod pending;

pub mod causality;
pub mod coroutines;
pub mod queue;
pub mod recorder;
pub mod selection;

pub mod path;

pub mod globals;
pub mod objects;
pub mod print;
pub mod source;
pub mod object;
pub mod offender;

pub mod rethrow;
pub mod sharing;

pub mod summary;

pub mod verify;
