//! Items of a pattern: `a`, `.`, `%w`, `[^a-z_]`: which bytes they accept.
//!
//! Invariant: the classes are those of the C locale, so a byte above 127 is in none of them.
//! Not here: suffixes, captures and all else that moves through a subject (pattern.rs).

use memchr::{memchr, memrchr};

/// An item without its suffix. It stays small enough for registers: what a bracketed set holds is looked up when used.
#[derive(Clone, Copy)]
pub enum Item<'p> {
    Any,
    Byte(u8),
    /// What the set holds or, when false, what it does not hold.
    Class(&'static ByteSet, bool),
    /// The text between the brackets, `^` included.
    Bracketed(&'p [u8]),
}

impl Item<'_> {
    /// `%letter`; a letter that names no class, like any other escaped byte, stands for itself.
    #[inline]
    pub fn escaped(letter: u8) -> Self {
        match class(letter) {
            Some(class) => Item::Class(class, letter.is_ascii_lowercase()),
            None => Item::Byte(letter),
        }
    }

    /// Whether the item accepts `byte`.
    #[inline]
    pub fn accepts(self, byte: u8, sets: &mut SetCache) -> bool {
        match self {
            Item::Any => true,
            Item::Byte(literal) => literal == byte,
            Item::Class(set, wanted) => set.contains(byte) == wanted,
            Item::Bracketed(body) => sets.get(body).contains(byte),
        }
    }

    /// The first byte that the item does not accept.
    #[inline]
    pub fn find_refused(self, bytes: &[u8], sets: &mut SetCache) -> Option<usize> {
        match self {
            Item::Any => None,
            // Runs of one byte are short: a call to `memchr`'s like would cost more than it saves.
            Item::Byte(literal) => bytes.iter().position(|&byte| byte != literal),
            Item::Class(set, wanted) => bytes.iter().position(|&byte| set.contains(byte) != wanted),
            Item::Bracketed(body) => {
                let set = sets.get(body);
                bytes.iter().position(|&byte| !set.contains(byte))
            }
        }
    }

    /// The first byte that the item accepts.
    #[inline]
    pub fn find_accepted(self, bytes: &[u8], sets: &mut SetCache) -> Option<usize> {
        match self {
            Item::Any => (!bytes.is_empty()).then_some(0),
            Item::Byte(literal) => memchr(literal, bytes),
            Item::Class(set, wanted) => bytes.iter().position(|&byte| set.contains(byte) == wanted),
            Item::Bracketed(body) => {
                let set = sets.get(body);
                bytes.iter().position(|&byte| set.contains(byte))
            }
        }
    }

    /// The last byte that the item accepts.
    pub fn rfind_accepted(self, bytes: &[u8], sets: &mut SetCache) -> Option<usize> {
        match self {
            Item::Byte(literal) => memrchr(literal, bytes),
            _ => bytes.iter().rposition(|&byte| self.accepts(byte, sets)),
        }
    }
}

/// Where the set whose `[` is at `at` ends, one behind its `]`. A `]` in the first place is a member.
pub fn bracketed_end(pattern: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    if pattern.get(at) == Some(&b'^') {
        at += 1;
    }
    loop {
        at += if *pattern.get(at)? == b'%' && at + 1 < pattern.len() { 2 } else { 1 };
        if *pattern.get(at)? == b']' {
            return Some(at + 1);
        }
    }
}

/// A body longer than this is translated wherever it is met.
const MAX_CACHED: usize = 24;

#[derive(Clone, Copy)]
struct Slot {
    /// 0 while the slot is empty: no body is.
    length: usize,
    body: [u8; MAX_CACHED],
    set: ByteSet,
}

/// The bracketed sets met last, by their text: it outlives a single match, so that a loop over `gmatch` translates its
/// sets once.
pub struct SetCache([Slot; 4]);

impl SetCache {
    pub const fn new() -> SetCache {
        SetCache([Slot { length: 0, body: [0; MAX_CACHED], set: ByteSet::EMPTY }; 4])
    }

    /// The set `[body]`; `^` is part of the body.
    #[inline]
    fn get(&mut self, body: &[u8]) -> ByteSet {
        // The last byte tells most bodies of one pattern apart: `[^=]`, `[^;]`.
        let index = (body.len() + usize::from(body.last().copied().unwrap_or(0))) % self.0.len();
        let slot = &mut self.0[index];
        if slot.length == body.len() && slot.body[..slot.length] == *body {
            return slot.set;
        }
        slot.replace(body)
    }
}

impl Slot {
    #[cold]
    fn replace(&mut self, body: &[u8]) -> ByteSet {
        let set = ByteSet::bracketed(body);
        if let Some(copy) = self.body.get_mut(..body.len()) {
            copy.copy_from_slice(body);
            (self.length, self.set) = (body.len(), set);
        }
        set
    }
}

/// What a bracketed set lists.
enum Member {
    Escaped(u8),
    /// A single byte is a range of one.
    Range(u8, u8),
}

impl Member {
    /// The first member, and what follows it.
    #[inline]
    fn read(members: &[u8]) -> Option<(Member, &[u8])> {
        Some(match *members {
            [] => return None,
            // `%` opens no range, but may end one: in `[!-%a]` it is an end and `a` a member.
            [b'%', letter, ref rest @ ..] => (Member::Escaped(letter), rest),
            // A `%` left over behind such an end takes the bracket for what it escapes: in `[a-%%]`.
            [b'%'] => (Member::Escaped(b']'), &[]),
            [low, b'-', high, ref rest @ ..] => (Member::Range(low, high), rest),
            [byte, ref rest @ ..] => (Member::Range(byte, byte), rest),
        })
    }
}

/// One bit per byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    const EMPTY: ByteSet = ByteSet([0; 4]);

    fn bracketed(body: &[u8]) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        let (mut rest, flip) = match body {
            [b'^', members @ ..] => (members, u64::MAX),
            members => (members, 0),
        };
        while let Some((member, behind)) = Member::read(rest) {
            match member {
                Member::Range(low, high) if low == high => set.add(low),
                Member::Range(low, high) => set.add_range(low, high),
                Member::Escaped(letter) => match Item::escaped(letter) {
                    Item::Class(class, true) => set.add_all(class.0),
                    Item::Class(class, false) => set.add_all(class.0.map(|word| !word)),
                    _ => set.add(letter),
                },
            }
            rest = behind;
        }
        ByteSet(set.0.map(|word| word ^ flip))
    }

    /// Whether the byte is among them.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 != 0
    }

    const fn add(&mut self, byte: u8) {
        self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
    }

    fn add_all(&mut self, words: [u64; 4]) {
        self.0.iter_mut().zip(words).for_each(|(word, bits)| *word |= bits);
    }

    fn add_range(&mut self, low: u8, high: u8) {
        for (index, word) in (0u32..).zip(&mut self.0) {
            let (first, last) = (index * 64, index * 64 + 63);
            let (from, to) = (first.max(low.into()), last.min(high.into()));
            if from <= to {
                *word |= (u64::MAX << (from - first)) & (u64::MAX >> (last - to));
            }
        }
    }
}

/// Function pointers cannot be called in constants, so the test comes by name.
macro_rules! class_of {
    ($test:ident) => {{
        const SET: ByteSet = {
            let mut set = ByteSet::EMPTY;
            let mut byte = 0;
            while byte < 128 {
                if u8::$test(&byte) {
                    set.add(byte);
                }
                byte += 1;
            }
            set
        };
        &SET
    }};
}

/// What means something else than itself, outside of brackets.
pub const SPECIALS: ByteSet = {
    let specials = b"^$*+?.([%-";
    let mut set = ByteSet::EMPTY;
    let mut index = 0;
    while index < specials.len() {
        set.add(specials[index]);
        index += 1;
    }
    set
};

/// C counts the vertical tab, Rust does not.
const SPACE: ByteSet = {
    let mut set = ByteSet::EMPTY;
    let mut byte = 9;
    while byte <= 13 {
        set.add(byte);
        byte += 1;
    }
    set.add(b' ');
    set
};

#[inline]
fn class(letter: u8) -> Option<&'static ByteSet> {
    Some(match letter {
        b'a' | b'A' => class_of!(is_ascii_alphabetic),
        b'c' | b'C' => class_of!(is_ascii_control),
        b'd' | b'D' => class_of!(is_ascii_digit),
        b'g' | b'G' => class_of!(is_ascii_graphic),
        b'l' | b'L' => class_of!(is_ascii_lowercase),
        b'p' | b'P' => class_of!(is_ascii_punctuation),
        b's' | b'S' => &SPACE,
        b'u' | b'U' => class_of!(is_ascii_uppercase),
        b'w' | b'W' => class_of!(is_ascii_alphanumeric),
        b'x' | b'X' => class_of!(is_ascii_hexdigit),
        // No longer in the manual, still in the reference.
        b'z' | b'Z' => &ByteSet([1, 0, 0, 0]),
        _ => return None,
    })
}
