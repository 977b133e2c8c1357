//! Addresses of the recorded process to bytes of the file: the only place that knows file offsets.
//!
//! Invariant: every segment lies wholly inside the file bytes that are really there, and no two overlap; what
//! the directory claimed beyond that is kept as a *hole*, so that a fault can say why it is one.
//!
//! Not here: what the bytes mean (`model`), how the file is framed (`dumpfmt::container`).

pub mod map;
pub mod read;
pub mod segment;

use dumpfmt::addr::Addr;
use segment::{Hole, Segment};
use std::fmt;

/// The recorded memory.
#[derive(Clone, Debug)]
pub struct Image<'f> {
    file: &'f [u8],
    /// Sorted by address.
    segments: Vec<Segment>,
    /// Claimed but not in the file; sorted by address.
    holes: Vec<Hole>,
    /// Where anything unknown may have been, when even the claims are cut off.
    lost: Option<Hole>,
}

/// Why an address could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The address is 0.
    Null,
    /// No segment covers it: it was not recorded, or it is no address of the program's memory.
    NotRecorded,
    /// The directory lists it, but the file ends before it.
    CutOff,
    /// It is not a multiple of 16, as every object is.
    Misaligned,
    /// The object there is of another kind: the header's kind byte.
    WrongKind {
        /// What the reference promised.
        expected: &'static str,
        /// The kind byte that is there.
        found: u8,
    },
    /// A length or count there exceeds what can be there.
    TooLong {
        /// What it claims.
        claimed: u64,
        /// What there is room for.
        limit: u64,
    },
}

/// An address that could not be read, and why: a hole in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The address.
    pub addr: Addr,
    /// What is wrong with it.
    pub why: Why,
}

impl Fault {
    /// A fault at `addr`.
    pub const fn new(addr: Addr, why: Why) -> Fault {
        Fault { addr, why }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addr = self.addr;
        match self.why {
            Why::Null => write!(f, "there is no object (address 0)"),
            Why::NotRecorded => write!(f, "{addr} is not in the dump"),
            Why::CutOff => write!(f, "{addr} lay in the part that is cut off"),
            Why::Misaligned => write!(f, "{addr} is no object: objects lie at multiples of 16"),
            Why::WrongKind { expected, found } => {
                let found =
                    dumpfmt::layout::Kind::from_byte(found).map_or("no known kind", |kind| kind.name());
                write!(f, "{addr} is no {expected} ({found})")
            }
            Why::TooLong { claimed, limit } => {
                write!(f, "{addr} claims a length of {claimed} where at most {limit} fit")
            }
        }
    }
}

impl std::error::Error for Fault {}

impl<'f> Image<'f> {
    /// The memory that `claims` say lies in `file`; what overlaps is dropped, what the file does not reach is
    /// remembered as cut off.
    pub fn new(file: &'f [u8], claims: Vec<Segment>) -> Image<'f> {
        let (segments, holes) = segment::place(claims, file.len() as u64);
        Image { file, segments, holes, lost: None }
    }

    /// The same image of a file whose list of claims is cut off too: what lay in `range` may have been lost.
    pub fn with_lost(self, range: Hole) -> Image<'f> {
        Image { lost: Some(range), ..self }
    }

    /// What is there, sorted by address.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// What was promised and is not there, sorted by address.
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// Bytes of memory that are there.
    pub fn size_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// The whole file.
    pub fn file(&self) -> &'f [u8] {
        self.file
    }
}

#[cfg(test)]
mod tests;
