//! What can be wrong with a pattern or a replacement text, in the reference's words.
//!
//! Invariant: the words are the reference's, to the letter.
//! Not here: when an error is raised, which is only when matching reaches the fault (pattern.rs).

use std::fmt;

/// Why a pattern, or a replacement text, cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// The pattern's last byte is a lone `%`.
    EndsWithPercent,
    /// A set that is never closed.
    MissingBracket,
    /// `%b` without its two bytes.
    MissingBalanceArguments,
    /// `%f` without its set.
    MissingFrontierSet,
    /// `)` without `(`.
    InvalidCapture,
    /// A reference to a capture that does not exist or is still open. Counted from 1.
    InvalidCaptureIndex(i32),
    /// `(` without `)`.
    UnfinishedCapture,
    /// More `(` than there is room for.
    TooManyCaptures,
    /// More nested attempts than the matcher allows.
    TooComplex,
    /// `%` before anything but a digit or `%` in a replacement text.
    InvalidReplacement,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PatternError::EndsWithPercent => "malformed pattern (ends with '%')",
            PatternError::MissingBracket => "malformed pattern (missing ']')",
            PatternError::MissingBalanceArguments => "malformed pattern (missing arguments to '%b')",
            PatternError::MissingFrontierSet => "missing '[' after '%f' in pattern",
            PatternError::InvalidCapture => "invalid pattern capture",
            PatternError::InvalidCaptureIndex(index) => return write!(f, "invalid capture index %{index}"),
            PatternError::UnfinishedCapture => "unfinished capture",
            PatternError::TooManyCaptures => "too many captures",
            PatternError::TooComplex => "pattern too complex",
            PatternError::InvalidReplacement => "invalid use of '%' in replacement string",
        })
    }
}

impl std::error::Error for PatternError {}
