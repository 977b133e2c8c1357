//! Validating twins of the model: they distrust everything and report each invariant that does not hold.
//!
//! A check never stops: a broken object is a problem in the list, and the walk goes on with the next slot. All
//! memory is walked by block and slot, never along references, so damage cannot lead it astray.

pub mod ledger;

pub mod code;
pub mod table;

pub mod coroutine;
pub mod function;

pub mod heap;

pub mod file;
