//! The recorded program in Lua's terms, read lazily: nothing is read before it is asked for, and a question
//! about one object touches that object.
//!
//! Reading here is tolerant: what cannot be read is a `Fault` in the answer, and no walk depends on the health
//! of what it walks. The twins that distrust everything and report each broken invariant are in `check`.

pub mod value;

pub mod heap;

pub mod memory;

pub mod string;
pub mod table;

pub mod function;

pub mod code;
pub mod name;

pub mod coroutine;

pub mod dump;
pub mod place;
