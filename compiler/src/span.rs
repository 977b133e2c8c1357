//! Places in the source: byte offsets, and the lines they stand on.
//!
//! Invariant: tokens and tree carry offsets only; a line is looked up where an instruction or a message
//! needs it.
//! Not here: the text itself.

use memchr::memchr2;

/// Where the line breaks are.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineMap {
    /// The offset of each break's first byte, ascending; `\r\n` and `\n\r` are one break.
    breaks: Vec<u32>,
}

impl LineMap {
    /// Notes one break.
    pub(crate) fn push(&mut self, offset: u32) {
        debug_assert!(self.breaks.last().is_none_or(|last| *last < offset));
        self.breaks.push(offset);
    }

    /// Notes every break of `text`, which begins at `offset`.
    pub(crate) fn push_all(&mut self, text: &[u8], offset: u32) {
        let mut position = 0;
        while let Some(found) = memchr2(b'\n', b'\r', &text[position..]) {
            position += found;
            self.push(offset + position as u32);
            position += break_length(&text[position..]);
        }
    }

    /// The line, from 1, on which the byte before `offset` stands.
    pub(crate) fn line_before(&self, offset: u32) -> u32 {
        self.breaks.partition_point(|position| *position < offset) as u32 + 1
    }

    /// The same, quick when the answer is near `guess`, the last answer.
    pub(crate) fn line_before_near(&self, offset: u32, guess: u32) -> u32 {
        const REACH: usize = 8;
        let mut count = (guess.saturating_sub(1) as usize).min(self.breaks.len());
        for _ in 0..REACH {
            if count > 0 && self.breaks[count - 1] >= offset {
                count -= 1;
            } else if count < self.breaks.len() && self.breaks[count] < offset {
                count += 1;
            } else {
                return count as u32 + 1;
            }
        }
        self.line_before(offset)
    }
}

/// The bytes of the line break at the start of `text`, 0 when there is none.
pub(crate) fn break_length(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] | [b'\n', b'\r', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}
