//! Interned strings: an open-addressed table outside the region.
//!
//! ```text
//!   entry:  hash bits 31..2 (30) │ (address - base) / 16 (34)          0: empty
//!   home:   the top `log2` bits of the hash, so that growing keeps the order of entries
//! ```
//!
//! A look-up reads one entry and one string in the usual case. What goes through the table goes through it in
//! slices, from one run of entries to the next, so that between two slices every entry is where look-ups find
//! it. A *sweep* puts the entries of a run back, but for those of strings that the collection did not reach;
//! look-ups that find a string not yet swept *mark it*: it has just been resurrected. A *move* puts them into a
//! larger row, some with each new string. Growing waits for a sweep to end, and a sweep begins with what has yet
//! to be moved.
//!
//! Invariant: every entry refers to an allocated short string, each string has one entry, and no empty entry
//! lies between an entry's home and the entry.
//! Not here: long strings and how strings are made (`string.rs`).

use super::geometry::Geometry;
use super::{Heap, OutOfMemory, Phase};
use crate::sys::memory;
use dumpfmt::layout::Kind;
use dumpfmt::layout::string::{HASHED, SHORT, StringObject};

const LOG2_MIN: u32 = 10;
/// Stored hash bits limit the table: 2^30 entries.
const LOG2_MAX: u32 = 30;
const OFFSET_BITS: u32 = 34;
/// Entries of the old row looked at for each new string: the rest is moved before the new row fills up.
const MOVED_PER_STRING: usize = 16;
/// Entries of the old row whose memory is given back in one.
const DISCARDED_ENTRIES: usize = (1 << 20) / size_of::<u64>();

/// A power of two of entries, in a mapping of its own.
#[derive(Clone, Copy)]
struct Row {
    entries: *mut u64,
    log2: u32,
}

/// A way through a row, all round.
#[derive(Clone, Copy)]
struct Passage {
    row: Row,
    /// An entry that was empty at the beginning.
    start: usize,
    /// Entries from there on that have been passed; the last one was empty.
    passed: usize,
}

/// The table.
pub(super) struct InternTable {
    geometry: Geometry,
    row: Row,
    /// The row that is being left for this one.
    leaving: Option<Passage>,
    sweep: Option<Passage>,
    pub count: usize,
    /// How many there were when the last sweep began.
    count_before: usize,
}

/// Where a string is, or where it would go.
enum Probe {
    Found(*mut StringObject),
    Empty(usize),
}

impl Row {
    fn new(log2: u32) -> Option<Row> {
        memory::map(8 << log2).map(|address| Row { entries: address as *mut u64, log2 })
    }

    fn release(self) {
        memory::release(self.entries as u64, 8 * self.capacity() as u64);
    }

    #[inline(always)]
    fn capacity(self) -> usize {
        1 << self.log2
    }

    #[inline(always)]
    fn home(self, hash: u32) -> usize {
        (hash >> (32 - self.log2)) as usize
    }

    #[inline(always)]
    fn home_of_entry(self, entry: u64) -> usize {
        (entry >> (64 - self.log2)) as usize
    }

    #[inline(always)]
    fn at(self, index: usize) -> u64 {
        debug_assert!(index < self.capacity());
        // SAFETY: indices are masked by the capacity.
        unsafe { *self.entries.add(index) }
    }

    #[inline(always)]
    fn put(self, index: usize, entry: u64) {
        debug_assert!(index < self.capacity());
        // SAFETY: indices are masked by the capacity.
        unsafe { *self.entries.add(index) = entry }
    }

    #[inline(always)]
    fn probe(self, base: u64, hash: u32, bytes: &[u8]) -> Probe {
        let mask = self.capacity() - 1;
        let mut index = self.home(hash);
        loop {
            let entry = self.at(index);
            if entry == 0 {
                return Probe::Empty(index);
            }
            if (entry >> OFFSET_BITS) as u32 == hash >> 2 {
                let string = string(base, entry);
                // SAFETY: entries refer to allocated short strings.
                if same(unsafe { text(string) }, bytes) {
                    return Probe::Found(string);
                }
            }
            index = (index + 1) & mask;
        }
    }

    /// Puts an entry that is not in the row into it.
    fn insert(self, entry: u64) {
        let mask = self.capacity() - 1;
        let mut index = self.home_of_entry(entry);
        while self.at(index) != 0 {
            index = (index + 1) & mask;
        }
        self.put(index, entry);
    }

    /// Every entry's string: `Err` is an index whose entry cannot be reached from its home.
    fn strings(self, base: u64) -> impl Iterator<Item = Result<*mut StringObject, usize>> {
        let mask = self.capacity() - 1;
        (0..self.capacity()).filter(move |&index| self.at(index) != 0).map(move |index| {
            let entry = self.at(index);
            let mut from = self.home_of_entry(entry);
            while from != index {
                if self.at(from) == 0 {
                    return Err(index);
                }
                from = (from + 1) & mask;
            }
            Ok(string(base, entry))
        })
    }
}

impl Passage {
    fn new(row: Row) -> Passage {
        let start = (0..row.capacity()).find(|&index| row.at(index) == 0).unwrap_or(0);
        Passage { row, start, passed: 0 }
    }

    fn has_ended(&self) -> bool {
        self.passed >= self.row.capacity()
    }

    /// Whether entries with this hash have all been passed.
    #[inline(always)]
    fn has_passed(&self, hash: u32) -> bool {
        let mask = self.row.capacity() - 1;
        (self.row.home(hash).wrapping_sub(self.start) & mask) < self.passed
    }

    /// Goes by up to `entry_count` entries, and to the end of the run: calls `visit` with the index of each, the entry,
    /// and whether a run begins with it. An entry may be taken out and be put where a look-up finds it: there is room
    /// between its home and its place.
    #[inline(always)]
    fn go_on(&mut self, entry_count: usize, mut visit: impl FnMut(usize, u64, bool)) {
        let capacity = self.row.capacity();
        let stop = self.passed.saturating_add(entry_count).min(capacity);
        let mut in_run = false;
        // The last run may by now go on beyond the entry that was empty at the beginning.
        while self.passed < stop || in_run {
            let index = (self.start + self.passed) & (capacity - 1);
            let entry = self.row.at(index);
            if entry != 0 {
                visit(index, entry, !in_run);
            }
            in_run = entry != 0;
            self.passed += 1;
        }
    }

    /// Gives back the memory of the pieces of the row that were passed since `from` entries were.
    fn discard_since(&self, from: usize) {
        let mut end = (self.start + from + 1).next_multiple_of(DISCARDED_ENTRIES);
        while end <= self.start + self.passed {
            if end >= self.start + DISCARDED_ENTRIES {
                let first = (end - DISCARDED_ENTRIES) & (self.row.capacity() - 1);
                // SAFETY: a piece of the row's mapping, of which no entry is read any more.
                unsafe {
                    let address = self.row.entries.add(first) as u64;
                    memory::discard(address, (DISCARDED_ENTRIES * size_of::<u64>()) as u64);
                }
            }
            end += DISCARDED_ENTRIES;
        }
    }
}

#[inline(always)]
fn string(base: u64, entry: u64) -> *mut StringObject {
    let offset = (entry & ((1 << OFFSET_BITS) - 1)) * 16;
    (base + offset) as *mut StringObject
}

impl InternTable {
    pub fn new(geometry: Geometry) -> Option<InternTable> {
        let row = Row::new(LOG2_MIN)?;
        Some(InternTable { geometry, row, leaving: None, sweep: None, count: 0, count_before: 0 })
    }

    fn entry(&self, hash: u32, string: *mut StringObject) -> u64 {
        ((hash as u64 >> 2) << OFFSET_BITS) | ((string as u64 - self.geometry.base) / 16)
    }

    #[inline(always)]
    fn probe(&self, hash: u32, bytes: &[u8]) -> Probe {
        let probe = self.row.probe(self.geometry.base, hash, bytes);
        match &self.leaving {
            Some(leaving) if matches!(probe, Probe::Empty(_)) => {
                self.probe_leaving(leaving, probe, hash, bytes)
            }
            _ => probe,
        }
    }

    #[cold]
    #[inline(never)]
    fn probe_leaving(&self, leaving: &Passage, missed: Probe, hash: u32, bytes: &[u8]) -> Probe {
        if leaving.has_passed(hash) {
            return missed;
        }
        match leaving.row.probe(self.geometry.base, hash, bytes) {
            Probe::Empty(_) => missed,
            found => found,
        }
    }

    /// Begins to move to another row, which has room for all entries. No sweep and no move is under way. False
    /// when there is no memory.
    fn leave_for(&mut self, log2: u32) -> bool {
        let Some(row) = Row::new(log2) else { return false };
        self.leaving = Some(Passage::new(core::mem::replace(&mut self.row, row)));
        true
    }

    /// Moves up to `entry_count` entries and a few; true when there are none left to be moved.
    fn move_on(&mut self, entry_count: usize) -> bool {
        let Some(leaving) = &mut self.leaving else { return true };
        let from = leaving.passed;
        let (old, new) = (leaving.row, self.row);
        leaving.go_on(entry_count, |index, entry, _| {
            old.put(index, 0);
            new.insert(entry);
        });
        if !leaving.has_ended() {
            leaving.discard_since(from);
            return false;
        }
        leaving.row.release();
        self.leaving = None;
        true
    }

    /// Whether fewer than so many sixteenths of the entries are taken.
    #[inline(always)]
    fn is_below(&self, sixteenths: usize) -> bool {
        self.count * 16 < self.row.capacity() * sixteenths
    }

    /// Makes room for one more: at most 5/8 of the entries are taken, or up to 15/16 while a sweep is about to
    /// make them fewer, and when there is no memory.
    #[inline(always)]
    fn make_room(&mut self) -> Result<(), OutOfMemory> {
        if self.leaving.is_none() && self.is_below(10) {
            return Ok(());
        }
        self.make_room_slowly()
    }

    #[cold]
    #[inline(never)]
    fn make_room_slowly(&mut self) -> Result<(), OutOfMemory> {
        self.move_on(MOVED_PER_STRING);
        if self.is_below(10) || self.sweep.is_some() && self.is_below(15) {
            return Ok(());
        }
        // Both ends are near already, unless the collector was stopped amid a sweep.
        if self.sweep.is_some() {
            self.sweep(usize::MAX);
        }
        self.move_on(usize::MAX);
        if self.is_below(10)
            || self.row.log2 < LOG2_MAX && self.leave_for(self.row.log2 + 1)
            || self.is_below(15)
        {
            return Ok(());
        }
        Err(OutOfMemory)
    }

    /// Starts a sweep.
    pub fn begin_sweep(&mut self) {
        self.count_before = self.count;
        self.sweep = Some(Passage::new(self.row));
    }

    /// Looks at `entry_count` more entries; true when the sweep is done.
    pub fn sweep(&mut self, entry_count: usize) -> bool {
        if !self.move_on(entry_count) {
            return false;
        }
        let Some(mut sweep) = self.sweep.take() else { return true };
        let (geometry, row) = (self.geometry, self.row);
        let mut has_gap = false;
        sweep.go_on(entry_count, |index, entry, begins_run| {
            // SAFETY: entries refer to allocated strings in block memory.
            let lives = unsafe { geometry.mark_bit(string(geometry.base, entry) as u64).is_set() };
            has_gap &= !begins_run;
            if lives && !has_gap {
                return;
            }
            row.put(index, 0);
            has_gap = true;
            if lives {
                row.insert(entry);
            } else {
                self.count -= 1;
            }
        });
        if sweep.has_ended() {
            return true;
        }
        self.sweep = Some(sweep);
        false
    }

    /// Makes the table fit what is left at once. No sweep is under way.
    pub fn shrink(&mut self) {
        if self.row.log2 > LOG2_MIN && self.count * 16 < self.row.capacity() {
            let fitting = (self.count * 2).next_power_of_two().ilog2().max(LOG2_MIN);
            if self.leave_for(fitting) {
                self.move_on(usize::MAX);
            }
        }
    }

    /// Begins to make the table smaller if even before the last sweep it was nearly empty: what a sweep takes is the
    /// time to go by empty entries. No sweep is under way.
    pub fn shrink_gradually(&mut self) {
        if self.row.log2 > LOG2_MIN && self.count_before * 8 < self.row.capacity() {
            // Refused for want of memory, it stays as it is.
            self.leave_for(self.row.log2 - 1);
        }
    }

    /// Every entry's string, for the verifier: `Err` is an index whose entry cannot be reached from its home.
    pub fn strings(&self) -> impl Iterator<Item = Result<*mut StringObject, usize>> + '_ {
        let rows = self.leaving.as_ref().map(|leaving| leaving.row).into_iter().chain([self.row]);
        rows.flat_map(|row| row.strings(self.geometry.base))
    }

    /// The interned string with these bytes, for the verifier.
    pub fn find(&self, bytes: &[u8]) -> Option<*mut StringObject> {
        match self.probe(hash(bytes), bytes) {
            Probe::Found(string) => Some(string),
            Probe::Empty(_) => None,
        }
    }
}

impl Drop for InternTable {
    fn drop(&mut self) {
        self.row.release();
        if let Some(leaving) = &self.leaving {
            leaving.row.release();
        }
    }
}

/// # Safety
/// `string` is an allocated string whose bytes are written.
#[inline(always)]
unsafe fn text<'a>(string: *const StringObject) -> &'a [u8] {
    // SAFETY: the caller's.
    unsafe {
        let first = string.cast::<u8>().add(StringObject::BYTES as usize);
        core::slice::from_raw_parts(first, (*string).length as usize)
    }
}

impl Heap {
    /// The interned string with these bytes, of which there are few enough for a short string.
    #[inline]
    pub fn intern(&mut self, bytes: &[u8]) -> Result<*mut StringObject, OutOfMemory> {
        let hash = hash(bytes);
        if let Probe::Found(string) = self.interned.probe(hash, bytes) {
            if self.phase == Phase::SweepIntern {
                // SAFETY: a string in the table lies in block memory.
                unsafe { self.geometry.mark_bit(string as u64).set() };
            }
            return Ok(string);
        }
        self.intern_new(hash, bytes)
    }

    #[inline(never)]
    fn intern_new(&mut self, hash: u32, bytes: &[u8]) -> Result<*mut StringObject, OutOfMemory> {
        self.interned.make_room()?;
        let size_bytes = StringObject::BYTES as usize + bytes.len();
        let string = self.allocate(Kind::String, size_bytes)?.cast::<StringObject>();
        // SAFETY: a fresh slot of this size.
        unsafe {
            (*string).header.flags = SHORT | HASHED;
            (*string).length = bytes.len() as u32;
            (*string).hash = hash;
            let first = string.cast::<u8>().add(StringObject::BYTES as usize);
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), first, bytes.len());
        }
        // Looked up anew: the allocation may have swept the table.
        if let Probe::Empty(index) = self.interned.probe(hash, bytes) {
            let entry = self.interned.entry(hash, string);
            self.interned.row.put(index, entry);
            self.interned.count += 1;
        }
        Ok(string)
    }

    /// The hash of a string, short or long.
    #[inline]
    pub fn hash(bytes: &[u8]) -> u32 {
        hash(bytes)
    }
}

/// Folds the 128-bit product, so that every bit of both factors counts.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn half_word(bytes: &[u8], at: usize) -> u64 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as u64
}

/// Whether two short texts are equal, in words as the hash reads them: a call to compare a few bytes took longer than the
/// rest of the search (every character of a text by `gmatch`: 8 %).
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    let length = b.len();
    if a.len() != length {
        return false;
    }
    if length >= 8 {
        let mut at = 0;
        while at + 8 < length {
            if word(a, at) != word(b, at) {
                return false;
            }
            at += 8;
        }
        return word(a, length - 8) == word(b, length - 8);
    }
    if length >= 4 {
        return half_word(a, 0) == half_word(b, 0) && half_word(a, length - 4) == half_word(b, length - 4);
    }
    length == 0 || a[0] == b[0] && a[length / 2] == b[length / 2] && a[length - 1] == b[length - 1]
}

#[inline]
fn hash(bytes: &[u8]) -> u32 {
    // Odd constants without structure: digits of the golden ratio, of e and of pi.
    const PHI: u64 = 0x9e37_79b9_7f4a_7c15;
    const E: u64 = 0xadf8_5458_a2bb_4a9a | 1;
    const PI: u64 = 0x243f_6a88_85a3_08d3;
    let length = bytes.len();
    let mut state = PHI ^ length as u64;
    let tail = if length >= 8 {
        let mut at = 0;
        while at + 8 < length {
            state = fold(state ^ word(bytes, at), E);
            at += 8;
        }
        // The last word overlaps the one before rather than being assembled byte by byte.
        word(bytes, length - 8)
    } else if length >= 4 {
        half_word(bytes, 0) << 32 | half_word(bytes, length - 4)
    } else if length > 0 {
        (bytes[0] as u64) << 16 | (bytes[length / 2] as u64) << 8 | bytes[length - 1] as u64
    } else {
        0
    };
    (fold(fold(state ^ tail, E), PI) >> 32) as u32
}
