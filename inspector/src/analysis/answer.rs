//! What every answer shares: how certain it is, and the ways there may be none.

use serde::Serialize;
use std::fmt;

/// How far a number or a list may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// All of it was there.
    Exact,
    /// Something was missing or damaged: there is at least this much.
    LowerBound,
    /// What would tell is not in the file.
    Unknown,
}

/// A count, and how far it may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The count; 0 when unknown.
    pub value: u64,
    /// How certain it is.
    pub certainty: Certainty,
}

impl Count {
    /// A count of all there is.
    pub const fn exact(value: u64) -> Count {
        Count { value, certainty: Certainty::Exact }
    }

    /// A count of what could be read.
    pub const fn at_least(value: u64) -> Count {
        Count { value, certainty: Certainty::LowerBound }
    }

    /// No count.
    pub const UNKNOWN: Count = Count { value: 0, certainty: Certainty::Unknown };
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.certainty {
            Certainty::Exact => write!(f, "{}", Grouped(self.value)),
            Certainty::LowerBound => write!(f, "at least {}", Grouped(self.value)),
            Certainty::Unknown => f.write_str("an unknown number of"),
        }
    }
}

/// A number with its digits in groups of three.
#[derive(Clone, Copy, Debug)]
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The question was understood and nothing is there; a sentence.
    Nothing(String),
    /// The question cannot be understood; a sentence.
    Question(String),
}

impl NoAnswer {
    /// The sentence.
    pub fn sentence(&self) -> &str {
        match self {
            NoAnswer::Nothing(sentence) | NoAnswer::Question(sentence) => sentence,
        }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for NoAnswer {}
