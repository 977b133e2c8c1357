//! Captures of a match, and the replacement text that quotes them.
//!
//! Invariant: captures at index `level` and above are stale and never read.
//! Not here: how they come about (pattern.rs).

use memchr::memchr;

use super::error::PatternError;
use super::item::SetCache;

/// How many captures a pattern may have.
pub const MAX_CAPTURES: usize = 32;

/// Where a pattern matched: `start..end` of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A finished capture. Offsets and not a slice, so that the subject need not stay borrowed while values are made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// `start..end` of the subject.
    Text(Match),
    /// From `()`: a position as Lua counts them, from 1.
    Position(usize),
}

/// A capture while matching goes on.
#[derive(Clone, Copy)]
pub(super) enum Span {
    Open { start: usize },
    Closed { start: usize, end: usize },
    Position { start: usize },
}

/// The captures of the last successful match. Made once, lent to every `Matcher`.
pub struct Captures {
    /// Has nothing to do with captures, but lives as long.
    pub(super) sets: SetCache,
    pub(super) level: usize,
    pub(super) spans: [Span; MAX_CAPTURES],
}

impl Captures {
    /// Room for a match's captures.
    pub const fn new() -> Captures {
        Captures { sets: SetCache::new(), level: 0, spans: [Span::Open { start: 0 }; MAX_CAPTURES] }
    }

    /// How many captures the pattern made; 0 when it has none, although `get(0, _)` then gives the whole match.
    pub fn len(&self) -> usize {
        self.level
    }

    /// Whether the pattern made no captures.
    pub fn is_empty(&self) -> bool {
        self.level == 0
    }

    /// The capture `index`, counted from 0; the whole match stands in for the first of none.
    pub fn get(&self, index: usize, whole: Match) -> Result<Capture, PatternError> {
        match self.spans[..self.level].get(index) {
            Some(&Span::Closed { start, end }) => Ok(Capture::Text(Match { start, end })),
            Some(&Span::Position { start }) => Ok(Capture::Position(start + 1)),
            Some(Span::Open { .. }) => Err(PatternError::UnfinishedCapture),
            None if index == 0 => Ok(Capture::Text(whole)),
            None => Err(PatternError::InvalidCaptureIndex(index as i32 + 1)),
        }
    }

    /// Appends a replacement text with its `%0` to `%9` and `%%` resolved.
    pub fn expand(
        &self,
        replacement: &[u8],
        subject: &[u8],
        whole: Match,
        out: &mut Vec<u8>,
    ) -> Result<(), PatternError> {
        let mut rest = replacement;
        while let Some(at) = memchr(b'%', rest) {
            out.extend_from_slice(&rest[..at]);
            match rest.get(at + 1) {
                Some(b'%') => out.push(b'%'),
                Some(b'0') => out.extend_from_slice(&subject[whole.start..whole.end]),
                Some(&digit @ b'1'..=b'9') => match self.get((digit - b'1').into(), whole)? {
                    Capture::Text(text) => out.extend_from_slice(&subject[text.start..text.end]),
                    Capture::Position(position) => out.extend_from_slice(position.to_string().as_bytes()),
                },
                _ => return Err(PatternError::InvalidReplacement),
            }
            rest = &rest[at + 2..];
        }
        out.extend_from_slice(rest);
        Ok(())
    }
}

impl Default for Captures {
    fn default() -> Captures {
        Captures::new()
    }
}
