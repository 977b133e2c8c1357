//! Binary chunks: a prototype as bytes, and bytes that somebody calls one.
//!
//! ```text
//!   "\x1bLua" | 0x54 | 0 | "\x19\x93\r\n\x1a\n" | 4 8 8 | 0x5678 | 370.5     the header of Lua 5.4
//!   "requiem\0" | fingerprint of the opcode table: u64                       whose code it is
//!   source: 0, or its length + 1 and its bytes | the main function
//!
//!   function: line_defined last_line_defined | parameter_count is_vararg register_count (a byte each)
//!             code       count, then 4 bytes each
//!             constants  count, then a tag each, with 8 bytes or a counted string
//!             upvalues   count, then in_stack + 2 * is_constant, index, name as the source is written
//!             children   count, then each as this one
//!             lines      count, then each as the distance from the one before
//!             locals     count, then name, register, start_pc, end_pc - start_pc each
//! ```
//!
//! Counts and numbers are LEB128, distances zigzag; everything else is little-endian. What is stripped has count
//! 0. A prototype has one sequence of bytes only.
//!
//! Invariant: `decode(&chunk.encode()) == chunk` for every prototype that verifies; decoding is total, takes memory in
//! proportion to the bytes that are really there, and yields only what [`verify`](crate::verify) accepts.
//! Not here: heap functions (`vm`).

use crate::prototype::Prototype;
use crate::source::Source;
use crate::verify::Flaw;
use std::fmt;

mod decode;
mod encode;

pub use decode::{decode, decode_pieces};

/// The first byte of a binary chunk; no text that is Lua begins with it.
const SIGNATURE: u8 = 0x1b;

const MAGIC: &[u8] = b"\x1bLua";
const VERSION: u8 = 0x54;
const FORMAT: u8 = 0;
/// Bytes that a transfer as text would change.
const CONVERSION_TRAP: &[u8] = b"\x19\x93\r\n\x1a\n";
const INTEGER_SAMPLE: i64 = 0x5678;
const FLOAT_SAMPLE: f64 = 370.5;
/// What the reference has no word for: whose instructions follow.
const BRAND: &[u8] = b"requiem\0";

/// The tag of a constant.
mod tag {
    pub(super) const NIL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const INTEGER: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const STRING: u8 = 5;
}

/// What a binary chunk holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Its function.
    pub main: Prototype,
    /// Where it came from, marked as Lua's `source`; `None` once stripped.
    pub source: Option<Box<[u8]>>,
}

impl Chunk {
    /// Forgets what only messages and debuggers need.
    pub fn strip(&mut self) {
        self.main.strip();
        self.source = None;
    }
}

/// The binary chunk that a source is; `None` for text. In a file it may stand behind what the compiler skips, too.
pub fn binary_part<'a>(source: &Source<'a>) -> Option<&'a [u8]> {
    let start = source.code_start() as usize;
    let part = match &source.text[start..] {
        [b'\n', part @ ..] if start > 0 => part,
        part => part,
    };
    part.starts_with(&[SIGNATURE]).then_some(part)
}

/// Why bytes are no binary chunk of this build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkError {
    /// They end before it does.
    Truncated,
    /// They differ from one, in the words of the reference.
    Header(&'static str),
    /// What they say cannot be.
    Malformed(&'static str),
    /// Their code must not run.
    Invalid(Flaw),
}

impl ChunkError {
    /// The whole message, as `load` returns it for a chunk of this name.
    pub fn to_bytes(&self, chunk_name: &[u8]) -> Vec<u8> {
        let shown = match chunk_name {
            [b'@' | b'=', name @ ..] => name,
            [SIGNATURE, ..] => b"binary string",
            name => name,
        };
        [shown, format!(": bad binary format ({self})").as_bytes()].concat()
    }
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChunkError::Truncated => f.write_str("truncated chunk"),
            ChunkError::Header(why) => f.write_str(why),
            ChunkError::Malformed(why) => write!(f, "corrupted chunk: {why}"),
            ChunkError::Invalid(flaw) => write!(f, "corrupted chunk: {flaw}"),
        }
    }
}

impl std::error::Error for ChunkError {}

#[cfg(test)]
mod tests;
