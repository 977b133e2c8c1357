//! Reports as text, a file for each family.

pub mod value;

pub mod stack;

pub mod event;
pub mod heap;
pub mod summary;
