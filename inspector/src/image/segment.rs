//! Segments: pieces of recorded memory that lie in one piece in the file.

use dumpfmt::addr::Addr;

/// A piece of memory and where it lies in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its first address.
    pub start: Addr,
    /// In bytes.
    pub length: u64,
    /// Where its first byte lies in the file.
    pub offset: u64,
}

impl Segment {
    /// One past its last address.
    pub const fn end(&self) -> u64 {
        self.start.0.saturating_add(self.length)
    }
}

/// A piece of memory that the directory lists and the file does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Its first address.
    pub start: Addr,
    /// In bytes.
    pub length: u64,
}

/// Sorts `claims`, cuts them to a file of `file_length` bytes and to each other, joins neighbours.
pub fn place(mut claims: Vec<Segment>, file_length: u64) -> (Vec<Segment>, Vec<Hole>) {
    claims.sort_by_key(|claim| (claim.start.0, claim.offset));
    let mut segments: Vec<Segment> = Vec::with_capacity(claims.len());
    let mut holes = Vec::new();
    let mut reached = 0u64;
    for claim in claims {
        let skipped = reached.saturating_sub(claim.start.0).min(claim.length);
        let start = claim.start.0.wrapping_add(skipped);
        let length = (claim.length - skipped).min(u64::MAX - start);
        let Some(offset) = claim.offset.checked_add(skipped) else { continue };
        if length == 0 {
            continue;
        }
        reached = start + length;
        let present = length.min(file_length.saturating_sub(offset));
        if present < length {
            holes.push(Hole { start: Addr(start + present), length: length - present });
        }
        if present == 0 {
            continue;
        }
        match segments.last_mut() {
            Some(last) if last.end() == start && last.offset + last.length == offset => {
                last.length += present
            }
            _ => segments.push(Segment { start: Addr(start), length: present, offset }),
        }
    }
    (segments, holes)
}
