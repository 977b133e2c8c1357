//! Lua's patterns: matching, captures, replacement text, plain search.
//!
//! A pattern is interpreted as it stands, never compiled: the manual's errors are raised only when matching reaches the
//! faulty place, and most patterns are used once. Instead, every loop over places of the subject knows, after its first
//! failure, the item that must come next (`lead_of`), and skips places that cannot match.
//!
//! Invariant: an attempt that fails leaves the captures as it found them.
//! Not here: argument checks, position arithmetic and everything that makes Lua values (the string library).

mod captures;
mod error;
mod item;
#[cfg(test)]
mod tests;

use captures::Span;
pub use captures::{Capture, Captures, MAX_CAPTURES, Match};
pub use error::PatternError;
use item::{Item, SPECIALS, bracketed_end};
use memchr::{memchr, memmem};

/// Native recursion of the matcher. The reference's limit: what it refuses as too complex is refused here as well.
const MAX_DEPTH: u32 = 200;

/// Whether the pattern is more than plain text, for `find`'s short cut.
pub fn has_specials(pattern: &[u8]) -> bool {
    pattern.iter().any(|&byte| SPECIALS.contains(byte))
}

/// Where `needle` occurs at or after `from`. Precondition: `from <= subject.len()`.
pub fn find_plain(subject: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    /// So many places with the first byte are tried before a searcher is made, which costs as much as they do.
    const CANDIDATES: usize = 8;
    let Some((&first, rest)) = needle.split_first() else { return Some(from) };
    let mut from = from;
    for _ in 0..CANDIDATES {
        from += memchr(first, &subject[from..])?;
        if subject[from + 1..].starts_with(rest) {
            return Some(from);
        }
        from += 1;
    }
    memmem::find(&subject[from..], needle).map(|at| from + at)
}

/// An offset into the subject, or one of the two answers below. A plain word, because a return in one register is
/// worth more here than a type: "anything but `NO` ends the search" is the one test after every attempt.
type End = usize;
/// This attempt failed; another may succeed.
const NO: End = usize::MAX;
/// `Matcher::error` is set: no further attempt.
const STOP: End = usize::MAX - 1;

/// One pattern over one subject.
pub struct Matcher<'a, 'c> {
    subject: &'a [u8],
    /// Without its anchor.
    pattern: &'a [u8],
    anchored: bool,
    captures: &'c mut Captures,
    depth: u32,
    error: Option<PatternError>,
}

/// The item whose acceptance of the next byte the rest of a pattern depends on; none when there is no such item.
type Lead<'p> = Option<Item<'p>>;

impl<'a, 'c> Matcher<'a, 'c> {
    /// For `find`, `match` and `gsub`: a leading `^` anchors.
    pub fn new(subject: &'a [u8], pattern: &'a [u8], captures: &'c mut Captures) -> Matcher<'a, 'c> {
        match pattern.strip_prefix(b"^") {
            Some(pattern) => Matcher { anchored: true, ..Matcher::unanchored(subject, pattern, captures) },
            None => Matcher::unanchored(subject, pattern, captures),
        }
    }

    /// For `gmatch`: a leading `^` is a byte like others.
    pub fn unanchored(subject: &'a [u8], pattern: &'a [u8], captures: &'c mut Captures) -> Matcher<'a, 'c> {
        Matcher { subject, pattern, anchored: false, captures, depth: 0, error: None }
    }

    /// Whether the pattern begins with `^`: `gsub` then tries once only.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// The captures of the last match found.
    pub fn captures(&self) -> &Captures {
        self.captures
    }

    /// The first match that starts at or after `from`; for an anchored pattern, only the one at `from`.
    pub fn find(&mut self, from: usize) -> Result<Option<Match>, PatternError> {
        self.find_after(from, None)
    }

    /// As `find`, passing over matches that end at `last_end`: what `gmatch` and `gsub` need, so that an empty match
    /// does not follow directly on the match before it.
    pub fn find_after(
        &mut self,
        from: usize,
        last_end: Option<usize>,
    ) -> Result<Option<Match>, PatternError> {
        let mut start = from;
        let mut lead = None;
        while start <= self.subject.len() {
            self.captures.level = 0;
            self.depth = MAX_DEPTH;
            match self.attempt(start, 0) {
                NO => {}
                STOP => return Err(self.error.take().unwrap_or(PatternError::TooComplex)),
                end if Some(end) == last_end => {}
                end => return Ok(Some(Match { start, end })),
            }
            if self.anchored {
                break;
            }
            if start == from {
                lead = self.lead_at(0);
            }
            match self.skip(lead, start + 1) {
                Some(next) => start = next,
                None => break,
            }
        }
        Ok(None)
    }

    /// The first place at or after `from` whose byte agrees with `lead`. The end of the subject agrees with none only.
    #[inline]
    fn skip(&mut self, lead: Lead<'a>, from: usize) -> Option<usize> {
        let ahead = self.subject.get(from..)?;
        match lead {
            None => Some(from),
            Some(item) => item.find_accepted(ahead, &mut self.captures.sets).map(|distance| from + distance),
        }
    }

    fn stop(&mut self, error: PatternError) -> End {
        self.error = Some(error);
        STOP
    }

    /// The pattern's byte at `at`, 0 behind its end: no comparison below takes a 0 for something else.
    #[inline]
    fn peek(&self, at: usize) -> u8 {
        self.pattern.get(at).copied().unwrap_or(0)
    }

    /// Matches the pattern from `at` on against the subject from `from` on; the end of the match.
    fn attempt(&mut self, from: usize, at: usize) -> End {
        if self.depth == 0 {
            return self.stop(PatternError::TooComplex);
        }
        // Not restored when an error stops the whole match; every match sets it anew.
        self.depth -= 1;
        let end = self.walk(from, at);
        self.depth += 1;
        end
    }

    /// The body of `attempt`: goes on in a loop as long as there is only one way to go on.
    #[inline]
    fn walk(&mut self, from: usize, at: usize) -> End {
        let (mut from, mut at) = (from, at);
        loop {
            let Some(&head) = self.pattern.get(at) else {
                return from;
            };
            let (item, item_end) = match head {
                b'(' if self.peek(at + 1) == b')' => {
                    return self.open(from, at + 2, Span::Position { start: from });
                }
                b'(' => return self.open(from, at + 1, Span::Open { start: from }),
                b')' => return self.close(from, at + 1),
                b'$' if at + 1 == self.pattern.len() => {
                    return if from == self.subject.len() { from } else { NO };
                }
                b'%' => match self.peek(at + 1) {
                    b'b' => {
                        match self.balance(from, at + 2) {
                            end @ (NO | STOP) => return end,
                            end => (from, at) = (end, at + 4),
                        }
                        continue;
                    }
                    b'f' => {
                        match self.frontier(from, at + 2) {
                            Ok(Some(item_end)) => at = item_end,
                            Ok(None) => return NO,
                            Err(error) => return self.stop(error),
                        }
                        continue;
                    }
                    digit @ b'0'..=b'9' => {
                        match self.repeated(from, digit) {
                            end @ (NO | STOP) => return end,
                            end => (from, at) = (end, at + 2),
                        }
                        continue;
                    }
                    letter if at + 1 < self.pattern.len() => (Item::escaped(letter), at + 2),
                    _ => return self.stop(PatternError::EndsWithPercent),
                },
                b'[' => match bracketed_end(self.pattern, at) {
                    Some(item_end) => (Item::Bracketed(&self.pattern[at + 1..item_end - 1]), item_end),
                    None => return self.stop(PatternError::MissingBracket),
                },
                b'.' => (Item::Any, at + 1),
                literal => (Item::Byte(literal), at + 1),
            };
            let rest = item_end + 1;
            // An item without a second choice goes on in this loop: only choices count as nesting.
            at = match self.peek(item_end) {
                b'*' => match self.reach(from, item) {
                    reach if reach == from => rest,
                    reach => return self.expand_most(from, reach, rest),
                },
                b'+' => match self.reach(from, item) {
                    reach if reach == from => return NO,
                    reach => return self.expand_most(from + 1, reach, rest),
                },
                b'-' if self.accepts(from, item) => return self.expand_least(from, item, rest),
                b'?' if self.accepts(from, item) => match self.attempt(from + 1, rest) {
                    NO => rest,
                    end => return end,
                },
                b'-' | b'?' => rest,
                _ if self.accepts(from, item) => {
                    from += 1;
                    item_end
                }
                _ => return NO,
            };
        }
    }

    #[inline]
    fn accepts(&mut self, from: usize, item: Item<'a>) -> bool {
        self.subject.get(from).is_some_and(|&byte| item.accepts(byte, &mut self.captures.sets))
    }

    /// The end of the longest run of bytes that `item` accepts.
    #[inline]
    fn reach(&mut self, from: usize, item: Item<'a>) -> usize {
        item.find_refused(&self.subject[from..], &mut self.captures.sets)
            .map_or(self.subject.len(), |length| from + length)
    }

    /// After an item with `*` or `+`: goes on from the last place in `lowest..=highest` from which the rest matches.
    fn expand_most(&mut self, lowest: usize, highest: usize, rest: usize) -> End {
        let end = self.attempt(highest, rest);
        if end != NO || highest == lowest {
            return end;
        }
        // The first attempt raised every error that comes before the next item, so skipping hides none.
        let lead = self.lead_at(rest);
        let mut untried = highest;
        loop {
            let candidates = &self.subject[lowest..untried];
            let last = match lead {
                None => candidates.len().checked_sub(1),
                Some(item) => item.rfind_accepted(candidates, &mut self.captures.sets),
            };
            let Some(last) = last else {
                return NO;
            };
            untried = lowest + last;
            match self.attempt(untried, rest) {
                NO => {}
                end => return end,
            }
        }
    }

    /// An item with `-`, known to accept the byte at `from`: goes on from the first place from which the rest matches.
    fn expand_least(&mut self, from: usize, item: Item<'a>, rest: usize) -> End {
        let end = self.attempt(from, rest);
        if end != NO {
            return end;
        }
        let lead = self.lead_at(rest);
        let mut tried = from;
        while let Some(next) = self.skip(lead, tried + 1) {
            if item.find_refused(&self.subject[tried..next], &mut self.captures.sets).is_some() {
                break;
            }
            match self.attempt(next, rest) {
                NO => tried = next,
                end => return end,
            }
        }
        NO
    }

    fn open(&mut self, from: usize, at: usize, span: Span) -> End {
        let level = self.captures.level;
        if level >= MAX_CAPTURES {
            return self.stop(PatternError::TooManyCaptures);
        }
        self.captures.spans[level] = span;
        self.captures.level = level + 1;
        let end = self.attempt(from, at);
        if end == NO {
            self.captures.level = level;
        }
        end
    }

    /// Ends the innermost capture that is open.
    fn close(&mut self, from: usize, at: usize) -> End {
        let spans = &mut self.captures.spans[..self.captures.level];
        for (index, span) in spans.iter_mut().enumerate().rev() {
            if let Span::Open { start } = *span {
                *span = Span::Closed { start, end: from };
                let end = self.attempt(from, at);
                if end == NO {
                    self.captures.spans[index] = Span::Open { start };
                }
                return end;
            }
        }
        self.stop(PatternError::InvalidCapture)
    }

    /// `%bxy`, whose two bytes are at `at`.
    fn balance(&mut self, from: usize, at: usize) -> End {
        let Some(&[open, close]) = self.pattern.get(at..at + 2) else {
            return self.stop(PatternError::MissingBalanceArguments);
        };
        if self.subject.get(from) != Some(&open) {
            return NO;
        }
        let mut depth = 1;
        for (offset, &byte) in self.subject[from + 1..].iter().enumerate() {
            // First, as in the reference: with equal delimiters the second one closes.
            if byte == close {
                depth -= 1;
                if depth == 0 {
                    return from + 1 + offset + 1;
                }
            } else if byte == open {
                depth += 1;
            }
        }
        NO
    }

    /// `%f[set]`, whose set is at `at`: the end of the set when `from` is a frontier.
    fn frontier(&mut self, from: usize, at: usize) -> Result<Option<usize>, PatternError> {
        if self.peek(at) != b'[' {
            return Err(PatternError::MissingFrontierSet);
        }
        let item_end = bracketed_end(self.pattern, at).ok_or(PatternError::MissingBracket)?;
        let set = Item::Bracketed(&self.pattern[at + 1..item_end - 1]);
        // The manual: both ends of the subject count as '\0'.
        let before = from.checked_sub(1).map_or(0, |before| self.subject[before]);
        let here = self.subject.get(from).copied().unwrap_or(0);
        let sets = &mut self.captures.sets;
        let crossed = !set.accepts(before, sets) && set.accepts(here, sets);
        Ok(crossed.then_some(item_end))
    }

    /// `%1` to `%9`: the text of an earlier capture once more.
    fn repeated(&mut self, from: usize, digit: u8) -> End {
        let index = i32::from(digit) - i32::from(b'0');
        let span = usize::try_from(index - 1)
            .ok()
            .and_then(|index| self.captures.spans[..self.captures.level].get(index).copied());
        match span {
            None | Some(Span::Open { .. }) => self.stop(PatternError::InvalidCaptureIndex(index)),
            Some(Span::Position { .. }) => NO,
            Some(Span::Closed { start, end }) => {
                if self.subject[from..].starts_with(&self.subject[start..end]) {
                    from + (end - start)
                } else {
                    NO
                }
            }
        }
    }

    /// The item that must accept the first byte of whatever the pattern matches from `at` on. Captures take no bytes, so it
    /// looks behind them.
    fn lead_at(&self, at: usize) -> Lead<'a> {
        let pattern = self.pattern;
        let mut at = at;
        while let Some(b'(' | b')') = pattern.get(at) {
            at += 1;
        }
        let (item, item_end) = match pattern[at..] {
            [] | [b'$'] | [b'%'] => return None,
            [b'%', b'b', open, _, ..] => return Some(Item::Byte(open)),
            [b'%', b'b' | b'f' | b'0'..=b'9', ..] => return None,
            [b'%', letter, ..] => (Item::escaped(letter), at + 2),
            [b'[', ..] => {
                let item_end = bracketed_end(pattern, at)?;
                (Item::Bracketed(&pattern[at + 1..item_end - 1]), item_end)
            }
            [b'.', ..] => (Item::Any, at + 1),
            [literal, ..] => (Item::Byte(literal), at + 1),
        };
        let optional = matches!(pattern.get(item_end), Some(b'*' | b'?' | b'-'));
        (!optional).then_some(item)
    }
}
