//! What compilation reports when it fails: the reference's words, with the place apart from the message.
//!
//! Invariant: [`SyntaxError::to_bytes`] is byte for byte what the reference's `load` returns; `Display` is
//! the same made valid UTF-8.
//! Not here: the choice of the message (`diagnose.rs`, `emit`).

use std::fmt;

/// Why a chunk does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The chunk's name as shown.
    pub chunk: Vec<u8>,
    /// The line, from 1; 0 when the message has no place (the reference gives none to an overflow).
    pub line: u32,
    /// What is wrong.
    pub message: Vec<u8>,
    /// The text of the token at which it was found, quotes included.
    pub near: Option<Vec<u8>>,
}

impl SyntaxError {
    /// The whole message as a Lua string holds it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if self.line != 0 {
            text.extend_from_slice(&self.chunk);
            text.extend_from_slice(format!(":{}: ", self.line).as_bytes());
        }
        text.extend_from_slice(&self.message);
        if let Some(near) = &self.near {
            text.extend_from_slice(b" near ");
            text.extend_from_slice(near);
        }
        text
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl std::error::Error for SyntaxError {}

/// A fault whose place is still an offset: what the stages below `compile` return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) Option<Box<FaultDetail>>);

/// The content of a [`Fault`], boxed because the good way passes it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FaultDetail {
    /// The offset whose line is reported; `None` for a message without a place.
    pub(crate) offset: Option<u32>,
    pub(crate) message: Vec<u8>,
    pub(crate) near: Option<Vec<u8>>,
}

impl Fault {
    /// A fault at `offset`.
    pub(crate) fn new(offset: u32, message: impl Into<Vec<u8>>, near: Option<Vec<u8>>) -> Self {
        Fault(Some(Box::new(FaultDetail { offset: Some(offset), message: message.into(), near })))
    }

    /// Too many levels: the reference reports its own stack here, without a place.
    pub(crate) fn overflow() -> Self {
        Self::without_place("C stack overflow")
    }

    /// More than the reference's compiler has room for.
    pub(crate) fn too_many(what: &str, limit: usize) -> Self {
        Self::without_place(format!("too many {what} (limit is {limit})"))
    }

    fn without_place(message: impl Into<Vec<u8>>) -> Self {
        Fault(Some(Box::new(FaultDetail { offset: None, message: message.into(), near: None })))
    }
}
