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
