//! The gray objects: a stack of addresses in a mapping of its own, outside the region, so that a dump does not
//! hold it and marking allocates nothing.
//!
//! An entry is an address whose low four bits say how it is to be scanned: a `Kind`, or one of the
//! values below, which no gray object has.
//!
//! Invariant: `length <= capacity`, and that many entries are committed.
//! Not here: scanning (`mark.rs`).

use crate::sys::memory;

/// Entry tag: the array part of the *table* at this address.
pub(super) const ARRAY: u64 = 0;
/// Entry tag: the table at this address, *if it is not marked yet*. Whether it is shows when the entry is
/// taken; by then the word of the bitmap that says so has been fetched.
pub(super) const MAYBE_TABLE: u64 = 1;
/// Entry tag: every word of the slot at this address, whatever it holds, may be a reference.
pub(super) const WORDS: u64 = 15;

/// A stack of entries that grows by committing more of its reservation.
pub(super) struct GrayStack {
    entries: *mut u64,
    length: usize,
    capacity: usize,
    reserved_bytes: u64,
    /// A test has set the capacity.
    is_limited: bool,
    /// An entry was dropped for want of room: the object is marked, and has yet to be scanned.
    pub overflowed: bool,
}

impl GrayStack {
    /// A stack that may come to take `reserved_bytes`, or less where that is refused.
    pub fn new(mut reserved_bytes: u64) -> Option<GrayStack> {
        reserved_bytes = reserved_bytes.next_multiple_of(1 << 16);
        let address = loop {
            if let Some(address) = memory::reserve(reserved_bytes) {
                break address;
            }
            reserved_bytes /= 2;
            if reserved_bytes < 1 << 16 {
                return None;
            }
        };
        let stack = GrayStack {
            entries: address as *mut u64,
            length: 0,
            capacity: 0,
            reserved_bytes,
            is_limited: false,
            overflowed: false,
        };
        Some(stack)
    }

    /// Adds an entry; when there is no room, the stack has overflowed.
    #[inline(always)]
    pub fn push(&mut self, entry: u64) {
        if !self.try_push(entry) {
            self.overflowed = true;
        }
    }

    /// Adds an entry; false when there is no room.
    #[inline(always)]
    pub fn try_push(&mut self, entry: u64) -> bool {
        if self.length == self.capacity && !self.grow() {
            return false;
        }
        // SAFETY: below `capacity`, which is committed.
        unsafe { *self.entries.add(self.length) = entry };
        self.length += 1;
        true
    }

    /// Takes the newest entry, 0 when there is none.
    #[inline(always)]
    pub fn pop(&mut self) -> u64 {
        if self.length == 0 {
            return 0;
        }
        self.length -= 1;
        // SAFETY: below `capacity`, which is committed.
        unsafe { *self.entries.add(self.length) }
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Lets it hold no more than `length` entries. It is empty.
    #[cfg(test)]
    pub fn limit(&mut self, length: usize) {
        self.capacity = 0;
        assert!(memory::commit(self.entries as u64, 1 << 16));
        memory::release(self.entries as u64 + (1 << 16), self.reserved_bytes - (1 << 16));
        self.reserved_bytes = 1 << 16;
        self.capacity = length;
        self.is_limited = true;
    }

    /// All entries, the oldest first.
    pub fn entries(&self) -> &[u64] {
        // SAFETY: `length` entries are committed and written.
        unsafe { core::slice::from_raw_parts(self.entries, self.length) }
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.length = 0;
        self.overflowed = false;
    }

    /// Gives up to `length_bytes` of the memory beyond a modest amount back; true when no more is left. The
    /// stack is empty.
    pub fn trim(&mut self, length_bytes: u64) -> bool {
        const KEPT_BYTES: u64 = 1 << 20;
        debug_assert!(self.length == 0);
        let bytes = self.capacity as u64 * 8;
        if bytes <= KEPT_BYTES {
            return true;
        }
        let kept = KEPT_BYTES.max(bytes.saturating_sub(length_bytes));
        // SAFETY: the stack is empty.
        unsafe { memory::discard(self.entries as u64 + kept, bytes - kept) };
        self.capacity = (kept / 8) as usize;
        kept == KEPT_BYTES
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> bool {
        let old_bytes = self.capacity as u64 * 8;
        let new_bytes = (old_bytes * 2).clamp(1 << 16, self.reserved_bytes);
        if self.is_limited
            || new_bytes == old_bytes
            || !memory::commit(self.entries as u64 + old_bytes, new_bytes - old_bytes)
        {
            return false;
        }
        self.capacity = (new_bytes / 8) as usize;
        true
    }
}

impl Drop for GrayStack {
    fn drop(&mut self) {
        memory::release(self.entries as u64, self.reserved_bytes);
    }
}
