//! Interned strings: an open-addressed table outside the region.
//!
//! ```text
//!   entry:  hash bits 31..2 (30) │ (address - base) / 16 (34)          0: empty
//!   home:   the top `log2` bits of the hash, so that growing keeps the order of entries
//! ```
//!
//! A look-up reads one entry and one string in the usual case. The table is swept in slices: strings that the
//! collection did not reach leave by backward-shift deletion, so there are no tombstones, and look-ups that
//! find a string not yet swept *mark it*: it has just been resurrected.
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

/// The table.
pub(super) struct InternTable {
    geometry: Geometry,
    entries: *mut u64,
    log2: u32,
    pub count: usize,
    /// Entries below this index have been swept; the capacity when no sweep is under way.
    cursor: usize,
}

/// Where a string is, or where it would go.
enum Probe {
    Found(*mut StringObject),
    Empty(usize),
}

fn map_entries(log2: u32) -> Option<*mut u64> {
    let length_bytes = 8u64 << log2;
    let address = memory::reserve(length_bytes)?;
    if !memory::commit(address, length_bytes) {
        memory::release(address, length_bytes);
        return None;
    }
    Some(address as *mut u64)
}

impl InternTable {
    pub fn new(geometry: Geometry) -> Option<InternTable> {
        let log2 = LOG2_MIN;
        Some(InternTable { geometry, entries: map_entries(log2)?, log2, count: 0, cursor: 1 << log2 })
    }

    fn capacity(&self) -> usize {
        1 << self.log2
    }

    #[inline(always)]
    fn home(&self, hash: u32) -> usize {
        (hash >> (32 - self.log2)) as usize
    }

    #[inline(always)]
    fn home_of_entry(&self, entry: u64) -> usize {
        (entry >> (64 - self.log2)) as usize
    }

    #[inline(always)]
    fn string(&self, entry: u64) -> *mut StringObject {
        let offset = (entry & ((1 << OFFSET_BITS) - 1)) * 16;
        (self.geometry.base + offset) as *mut StringObject
    }

    fn entry(&self, hash: u32, string: *mut StringObject) -> u64 {
        ((hash as u64 >> 2) << OFFSET_BITS) | ((string as u64 - self.geometry.base) / 16)
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        debug_assert!(index < self.capacity());
        // SAFETY: indices are masked by the capacity.
        unsafe { *self.entries.add(index) }
    }

    #[inline(always)]
    fn put(&mut self, index: usize, entry: u64) {
        debug_assert!(index < self.capacity());
        // SAFETY: indices are masked by the capacity.
        unsafe { *self.entries.add(index) = entry }
    }

    #[inline(always)]
    fn probe(&self, hash: u32, bytes: &[u8]) -> Probe {
        let mask = self.capacity() - 1;
        let mut index = self.home(hash);
        loop {
            let entry = self.at(index);
            if entry == 0 {
                return Probe::Empty(index);
            }
            if (entry >> OFFSET_BITS) as u32 == hash >> 2 {
                let string = self.string(entry);
                // SAFETY: entries refer to allocated short strings.
                if unsafe { text(string) } == bytes {
                    return Probe::Found(string);
                }
            }
            index = (index + 1) & mask;
        }
    }

    /// Doubles or shrinks the table. Entries that a sweep under way would drop are dropped here, which ends
    /// it. False when there is no memory.
    fn resize(&mut self, log2: u32) -> bool {
        let Some(entries) = map_entries(log2) else { return false };
        let (old, old_capacity, cursor) = (self.entries, self.capacity(), self.cursor);
        self.entries = entries;
        self.log2 = log2;
        self.count = 0;
        self.cursor = self.capacity();
        let mask = self.capacity() - 1;
        for old_index in 0..old_capacity {
            // SAFETY: below the old capacity.
            let entry = unsafe { *old.add(old_index) };
            if entry == 0 || old_index >= cursor && !self.is_marked(entry) {
                continue;
            }
            let mut index = self.home_of_entry(entry);
            while self.at(index) != 0 {
                index = (index + 1) & mask;
            }
            self.put(index, entry);
            self.count += 1;
        }
        memory::release(old as u64, 8 * old_capacity as u64);
        true
    }

    fn is_marked(&self, entry: u64) -> bool {
        // SAFETY: entries refer to allocated strings in block memory.
        unsafe { self.geometry.mark_bit(self.string(entry) as u64).is_set() }
    }

    /// Makes room for one more: at most 5/8 of the entries are taken, or 15/16 when there is no memory.
    fn make_room(&mut self) -> Result<(), OutOfMemory> {
        let capacity = self.capacity();
        if self.count * 8 < capacity * 5 {
            return Ok(());
        }
        if (self.log2 < LOG2_MAX && self.resize(self.log2 + 1)) || self.count * 16 < capacity * 15 {
            return Ok(());
        }
        Err(OutOfMemory)
    }

    /// Starts a sweep.
    pub fn begin_sweep(&mut self) {
        self.cursor = 0;
    }

    /// Looks at `entry_count` more entries; true when the sweep is done.
    pub fn sweep(&mut self, entry_count: usize) -> bool {
        let end = self.cursor.saturating_add(entry_count).min(self.capacity());
        while self.cursor < end {
            let entry = self.at(self.cursor);
            if entry != 0 && !self.is_marked(entry) {
                // What is shifted into this place is looked at next.
                self.remove(self.cursor);
            } else {
                self.cursor += 1;
            }
        }
        self.cursor == self.capacity()
    }

    /// Makes the table fit what is left. No sweep is under way.
    pub fn shrink(&mut self) {
        if self.log2 > LOG2_MIN && self.count * 16 < self.capacity() {
            let fitting = (self.count * 2).next_power_of_two().ilog2().max(LOG2_MIN);
            self.resize(fitting);
        }
    }

    fn remove(&mut self, mut hole: usize) {
        let mask = self.capacity() - 1;
        self.count -= 1;
        let mut index = hole;
        loop {
            index = (index + 1) & mask;
            let entry = self.at(index);
            if entry == 0 {
                break;
            }
            // An entry may fill the hole unless its home lies after the hole.
            let distance_home = index.wrapping_sub(self.home_of_entry(entry)) & mask;
            let distance_hole = index.wrapping_sub(hole) & mask;
            if distance_home >= distance_hole {
                self.put(hole, entry);
                hole = index;
            }
        }
        self.put(hole, 0);
    }

    /// Every entry's string, for the verifier: `Err` is an index whose entry cannot be reached from its home.
    pub fn strings(&self) -> impl Iterator<Item = Result<*mut StringObject, usize>> + '_ {
        let mask = self.capacity() - 1;
        (0..self.capacity()).filter(|&index| self.at(index) != 0).map(move |index| {
            let entry = self.at(index);
            let mut from = self.home_of_entry(entry);
            while from != index {
                if self.at(from) == 0 {
                    return Err(index);
                }
                from = (from + 1) & mask;
            }
            Ok(self.string(entry))
        })
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
        memory::release(self.entries as u64, 8 * self.capacity() as u64);
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
            self.interned.put(index, entry);
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
