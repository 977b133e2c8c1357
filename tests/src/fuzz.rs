//! What the fuzzers call: one function for each target, given any bytes.
//!
//! Each runs a small Lua program (`fuzz/*.lua`) on both implementations in this process and panics when their
//! answers differ, so that wrong results are found and not only crashes.
//! Invariant: no input takes long; those that would by their nature are passed over.
//! Not here: the fuzzer itself and its corpus (the folder `fuzz` of the repository).

mod pair;

use std::cell::RefCell;

use pair::{Ours, Pair};

/// A target: its name, its function.
pub struct Target {
    /// Also the name of its folder in the corpus.
    pub name: &'static str,
    /// Panics on a finding.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target { name: "source", run: source },
    Target { name: "chunk", run: chunk },
    Target { name: "pattern", run: pattern },
    Target { name: "format", run: format },
    Target { name: "unpack", run: unpack },
];

/// Quantifiers of a pattern: each may multiply the time by the subject's length.
const QUANTIFIERS_MAX: usize = 4;

/// Bytes of a target's input; the subject of a pattern is a part of it.
const PATTERN_LENGTH_MAX: usize = 64;

/// Bytes of a chunk in source form, and how many of them may open another level. How many levels are allowed depends
/// on how deep the caller is nested, which differs by a few.
const SOURCE_LENGTH_MAX: usize = 400;
const OPENINGS_MAX: usize = 140;

thread_local! {
    static SOURCE: Pair = Pair::new(include_str!("fuzz/source.lua"));
    static CHUNK: RefCell<Ours> = RefCell::new(Ours::new(include_str!("fuzz/chunk.lua")));
    static PATTERN: Pair = Pair::new(include_str!("fuzz/pattern.lua"));
    static FORMAT: Pair = Pair::new(include_str!("fuzz/format.lua"));
    static UNPACK: Pair = Pair::new(include_str!("fuzz/unpack.lua"));
}

/// Lexer, parser and code generator: the bytes are a chunk in source form. Accepted by both, or refused with the
/// same words.
pub fn source(data: &[u8]) {
    let openings = data.iter().filter(|byte| b"([{-~#^.".contains(byte)).count();
    if data.len() <= SOURCE_LENGTH_MAX && openings <= OPENINGS_MAX {
        SOURCE.with(|pair| pair.check(data));
    }
}

/// Binary chunks: the bytes are given to `load`, and what it accepts is run for a while in an empty environment.
/// Each implementation has its own form of chunk, so ours alone is asked.
pub fn chunk(data: &[u8]) {
    CHUNK.with_borrow_mut(|ours| ours.run(data));
}

/// `find`, `match`, `gmatch`, `gsub` with any pattern on any subject.
pub fn pattern(data: &[u8]) {
    let quantifiers = data.iter().filter(|byte| b"*+-?".contains(byte)).count();
    if quantifiers <= QUANTIFIERS_MAX && data.len() <= PATTERN_LENGTH_MAX {
        PATTERN.with(|pair| pair.check(data));
    }
}

/// `string.format` with any format and arguments of every kind.
pub fn format(data: &[u8]) {
    FORMAT.with(|pair| pair.check(data));
}

/// `string.unpack`, and `string.pack` with what it gave, with any format on any data.
pub fn unpack(data: &[u8]) {
    UNPACK.with(|pair| pair.check(data));
}
