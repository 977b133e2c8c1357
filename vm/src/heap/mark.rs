//! Marking: from gray objects to everything they reach.
//!
//! ```text
//!   gray stack ──pop──> ring of prefetched entries ──> scan ──> mark bits, gray stack
//! ```
//!
//! Depth first, through a short ring: an entry's memory is asked for when it enters and read when it leaves,
//! which is worth a factor of six on a graph in random order. An entry carries its kind, so that a string
//! costs one bit and none of its memory. Objects of many references are scanned in pieces.
//!
//! Invariant: a marked object has been scanned, or is on the gray stack or in `partial`, or `overflowed` says
//! that some are not. The parts of a table are marked only when they are scanned. Nothing here writes to object
//! pages, coroutine stacks excepted (`stack.rs`).
//! Not here: what each kind refers to (`scan.rs`), roots and phases (`cycle.rs`).

use super::extent::StackExtent;
use super::geometry::Geometry;
use super::gray::{ARRAY, GrayStack, MAYBE_TABLE, WORDS};
use dumpfmt::layout::Kind;
use dumpfmt::layout::table::{Node, TableObject, WEAK_KEYS, WEAK_VALUES};
use dumpfmt::layout::value::{
    COROUTINE, FUNCTION, LONG_STRING, NATIVE, NIL, OBJECT, ORIGIN_TAG_MASK, PROTOTYPE, SHORT_STRING, TABLE,
    USERDATA, Value,
};
use dumpfmt::region::{BlockState, GRANULE};

/// Entries between prefetch and scan.
const PREFETCHED: usize = 24;
/// Places of the ring that holds them; a power of two, so that going round is a mask.
const RING_LENGTH: usize = 32;
/// Ways of the cache of instruction addresses whose code object is known to be marked.
const ORIGIN_WAYS: usize = 256;
const TAG_MASK: u64 = 15;
/// A program that makes weak tables all the time does not put the end of marking off for ever.
const WEAK_ROUNDS: u32 = 64;
/// Nodes are marked when their entry is taken, like tables that may be.
const NODES: u64 = Kind::Nodes as u64;

/// The kind of object that a value of each kind refers to.
pub(super) const KIND_OF_VALUE: [Kind; 16] = {
    let mut kinds = [Kind::Free; 16];
    kinds[SHORT_STRING as usize] = Kind::String;
    kinds[LONG_STRING as usize] = Kind::String;
    kinds[TABLE as usize] = Kind::Table;
    kinds[FUNCTION as usize] = Kind::Function;
    kinds[NATIVE as usize] = Kind::Native;
    kinds[USERDATA as usize] = Kind::Userdata;
    kinds[COROUTINE as usize] = Kind::Coroutine;
    kinds[PROTOTYPE as usize] = Kind::Prototype;
    kinds
};

/// Kinds whose objects refer to nothing, or whose owner scans them: marking them is all.
const fn is_leaf(kind: Kind) -> bool {
    matches!(kind, Kind::Free | Kind::String | Kind::Bytes | Kind::Stack | Kind::Frames)
}

/// A big object of which the references from `index` on have yet to be scanned.
#[derive(Clone, Copy)]
pub(super) struct Partial {
    pub entry: u64,
    pub index: u64,
}

/// A place with a weak reference that was white when last looked at. The part that it lies in may have been
/// replaced since, but has not been freed.
#[derive(Clone, Copy)]
pub(super) enum White {
    /// The value of a node.
    Value(*mut Node),
    /// The key of a node.
    Key(*mut Node),
    /// The key of a node whose value is weak too.
    KeyOfWeak(*mut Node),
    /// A slot of an array part.
    Slot(*mut Value),
}

/// The state of marking.
pub(super) struct Marker {
    pub geometry: Geometry,
    gray: GrayStack,
    pub partial: Vec<Partial>,
    /// Granules of instructions, by hash, whose code object is marked.
    origins: Box<[u64; ORIGIN_WAYS]>,
    /// Tables met that have weak references.
    pub weak: Vec<u64>,
    /// How many of them, from the first, have been gone through, and how many entries of the next.
    pub weak_seen: usize,
    pub weak_index: u64,
    /// Weak references in them that were white then.
    pub white_keys: Vec<White>,
    pub white_values: Vec<White>,
    /// How often marking may yet go on for what weak tables have led to, before it ends.
    pub weak_rounds_left: u32,
    /// Dead objects with finalizers were looked for.
    pub has_resurrected: bool,
    /// Open upvalues met: their coroutine may die before them.
    pub open_upvalues: Vec<u64>,
    /// Coroutines met that have run, or may run, after their stack was scanned.
    pub rescan: Vec<u64>,
    /// How many of `open_upvalues`, from the first, point into stacks that were white when last looked at.
    pub upvalues_checked: usize,
    /// Stacks that may be scanned again before the end of marking; `u64::MAX` until that comes near.
    pub catch_up_left: u64,
    /// Stack slots beyond those in use are kept as they are, and `stale` names them.
    pub keeps_stale: bool,
    pub stale: Vec<StackExtent>,
    /// How often the gray stack has run over.
    overflow_count: u64,
    /// Bytes scanned since the cycle began.
    pub scanned_bytes: u64,
    /// Every word is taken for a reference (see `conservative.rs`), so a new entry is a [`WORDS`] entry.
    pub conservative: bool,
}

impl Marker {
    pub fn new(geometry: Geometry, reserved_bytes: u64) -> Option<Marker> {
        Some(Marker {
            geometry,
            gray: GrayStack::new(reserved_bytes)?,
            partial: Vec::new(),
            origins: Box::new([0; ORIGIN_WAYS]),
            weak: Vec::new(),
            weak_seen: 0,
            weak_index: 0,
            white_keys: Vec::new(),
            white_values: Vec::new(),
            weak_rounds_left: WEAK_ROUNDS,
            has_resurrected: false,
            open_upvalues: Vec::new(),
            rescan: Vec::new(),
            upvalues_checked: 0,
            catch_up_left: u64::MAX,
            keeps_stale: false,
            stale: Vec::new(),
            overflow_count: 0,
            scanned_bytes: 0,
            conservative: false,
        })
    }

    /// Lets the gray stack hold no more than `length` entries.
    #[cfg(test)]
    pub fn limit_gray_stack(&mut self, length: usize) {
        self.gray.limit(length);
    }

    /// Whether the gray stack has run over in the last collection.
    #[cfg(test)]
    pub fn has_overflowed(&self) -> bool {
        self.overflow_count > 0
    }

    /// Forgets everything about the last collection.
    pub fn reset(&mut self) {
        self.gray.clear();
        self.partial.clear();
        self.origins.fill(0);
        self.weak.clear();
        self.weak_seen = 0;
        self.weak_index = 0;
        self.white_keys.clear();
        self.white_values.clear();
        self.weak_rounds_left = WEAK_ROUNDS;
        self.has_resurrected = false;
        self.open_upvalues.clear();
        self.rescan.clear();
        self.upvalues_checked = 0;
        self.catch_up_left = u64::MAX;
        self.keeps_stale = false;
        self.stale.clear();
        self.scanned_bytes = 0;
        self.conservative = false;
    }

    /// Marks the object at `address`, whose kind is `kind`, and makes it gray if it was white.
    #[inline(always)]
    pub fn mark_object(&mut self, address: u64, kind: Kind) {
        let bit = self.geometry.mark_bit(address);
        // SAFETY: valid by the heap's contract, so the address lies in block memory.
        unsafe {
            if bit.is_set() {
                return;
            }
            bit.set();
        }
        if !is_leaf(kind) {
            self.gray.push(address | kind as u64);
        }
    }

    /// Marks the object at `address` if there is one; see [`mark_object`](Marker::mark_object).
    #[inline(always)]
    pub fn mark_reference(&mut self, address: u64, kind: Kind) {
        if address != 0 {
            self.mark_object(address, kind);
        }
    }

    /// Sets the bit of an object that its owner scans.
    #[inline(always)]
    pub fn mark_only(&mut self, address: u64) {
        // SAFETY: valid by the heap's contract, so the address lies in block memory.
        unsafe { self.geometry.mark_bit(address).set() }
    }

    /// Whether the object at `address` is marked.
    #[inline(always)]
    pub fn is_marked(&self, address: u64) -> bool {
        // SAFETY: valid by the heap's contract, so the address lies in block memory.
        unsafe { self.geometry.mark_bit(address).is_set() }
    }

    /// Marks what a value refers to: its object, or the code that a nil came from.
    #[inline(always)]
    pub fn mark_value(&mut self, kind: u8, payload: u64) {
        if kind >= OBJECT {
            self.mark_object(payload, KIND_OF_VALUE[(kind & 15) as usize]);
        } else if kind == NIL && payload > ORIGIN_TAG_MASK {
            self.mark_origin(payload);
        }
    }

    /// As [`mark_value`](Marker::mark_value), for the loops that scan: does not wait for the memory that holds
    /// the mark of a table.
    #[inline(always)]
    pub fn scan_value(&mut self, kind: u8, payload: u64) {
        if kind == TABLE {
            if !self.gray.try_push(payload | MAYBE_TABLE) {
                // No room: then it is worth waiting for the mark.
                self.mark_object(payload, Kind::Table);
            }
        } else if kind & !1 == SHORT_STRING {
            self.mark_only(payload);
        } else {
            self.mark_value(kind, payload);
        }
    }

    /// Marks the code object that the instruction at `address` lies in, if it lies in one.
    #[inline(always)]
    pub fn mark_origin(&mut self, address: u64) {
        let granule = address / GRANULE;
        if self.origins[granule as usize % ORIGIN_WAYS] != granule {
            self.mark_origin_slow(address);
        }
    }

    #[inline(never)]
    fn mark_origin_slow(&mut self, address: u64) {
        let granule = address / GRANULE;
        self.origins[granule as usize % ORIGIN_WAYS] = granule;
        if let Some(slot) = self.geometry.slot_of(address)
            && slot.kind == Kind::Code
        {
            self.mark_object(slot.address, Kind::Code);
        }
    }

    /// Makes an entry gray that may have been scanned before.
    #[inline(always)]
    pub fn push(&mut self, entry: u64) {
        self.gray.push(entry);
    }

    /// Makes a marked object gray again, with the parts that it owns.
    pub fn push_again(&mut self, address: u64, kind: Kind) {
        if kind == Kind::Table {
            // SAFETY: valid by the heap's contract.
            let table = unsafe { &*(address as *const TableObject) };
            let nodes = table.nodes.addr.0;
            if table.header.flags & (WEAK_KEYS | WEAK_VALUES) == 0 && nodes != self.geometry.empty_nodes() {
                self.mark_only(nodes);
                self.gray.push(nodes | Kind::Nodes as u64);
            }
        }
        self.gray.push(address | kind as u64);
    }

    /// Has the stack of a coroutine scanned again before marking ends.
    pub fn note_changed(&mut self, coroutine: u64) {
        // Two coroutines that resume each other all the time must not fill memory with their names.
        if self.rescan.len() == self.rescan.capacity() {
            self.rescan.sort_unstable();
            self.rescan.dedup();
        }
        self.rescan.push(coroutine);
    }

    /// Takes every word of the slot that `word` points into for a reference, if there is such a slot and it
    /// is not marked.
    pub fn mark_word(&mut self, word: u64) {
        if let Some(slot) = self.geometry.slot_of(word)
            && !self.is_marked(slot.address)
        {
            self.mark_only(slot.address);
            if !matches!(slot.kind, Kind::String | Kind::Bytes | Kind::Frames) {
                self.gray.push(slot.address | WORDS);
            }
        }
    }

    /// Gives memory of the gray stack back; true when it takes a modest amount. Nothing is gray.
    pub fn trim(&mut self, length_bytes: u64) -> bool {
        self.gray.trim(length_bytes)
    }

    /// Whether there is nothing to be scanned now.
    pub fn has_drained(&self) -> bool {
        self.gray.is_empty() && self.partial.is_empty() && !self.gray.overflowed
    }

    /// What has yet to be scanned, wholly or in part, for the verifier.
    pub fn gray_entries(&self) -> impl Iterator<Item = u64> + '_ {
        self.gray.entries().iter().copied().chain(self.partial.iter().map(|partial| partial.entry))
    }

    /// Scans until nothing is gray, or until `budget_bytes` are scanned; true when nothing is gray.
    pub fn drain(&mut self, budget_bytes: u64) -> bool {
        let limit = self.scanned_bytes.saturating_add(budget_bytes);
        loop {
            if !self.drain_stack(limit) {
                return false;
            }
            if self.scanned_bytes >= limit && (!self.partial.is_empty() || self.gray.overflowed) {
                return false;
            }
            if let Some(partial) = self.partial.pop() {
                self.scan_partial(partial);
            } else if self.gray.overflowed {
                self.scan_marked_again();
            } else {
                return true;
            }
        }
    }

    fn drain_stack(&mut self, limit: u64) -> bool {
        let mut ring = [0u64; RING_LENGTH];
        let (mut first, mut count) = (0, 0);
        loop {
            while count < PREFETCHED {
                let next = self.gray.pop();
                if next == 0 {
                    break;
                }
                let address = next & !TAG_MASK;
                prefetch(address);
                if matches!(next & TAG_MASK, MAYBE_TABLE | NODES) {
                    prefetch(self.geometry.mark_bit(address).word as u64);
                }
                ring[(first + count) % RING_LENGTH] = next;
                count += 1;
            }
            if count == 0 {
                return true;
            }
            let entry = ring[first];
            first = (first + 1) % RING_LENGTH;
            count -= 1;
            self.scan(entry & !TAG_MASK, entry & TAG_MASK);
            if self.scanned_bytes >= limit {
                for index in 0..count {
                    self.gray.push(ring[(first + index) % RING_LENGTH]);
                }
                return self.gray.is_empty();
            }
        }
    }

    /// After the gray stack ran over: scans every marked object once more, block by block.
    #[cold]
    fn scan_marked_again(&mut self) {
        self.gray.overflowed = false;
        self.overflow_count += 1;
        // SAFETY: the roots live as long as the heap.
        let block_count = unsafe { (*self.geometry.roots()).block_count } as u32;
        for block in 0..block_count {
            // SAFETY: descriptors below `block_count` are committed.
            let descriptor = unsafe { *self.geometry.descriptor(block) };
            let is_start =
                descriptor.state == BlockState::Small as u8 || descriptor.state == BlockState::Large as u8;
            let Some(kind) = Kind::from_byte(descriptor.kind).filter(|&kind| is_start && !is_leaf(kind))
            else {
                continue;
            };
            for index in 0..super::size_class::WORDS_PER_BLOCK {
                // SAFETY: inside the block's part of both bitmaps.
                let mut word = unsafe {
                    *self.geometry.mark_words(block).add(index)
                        & *self.geometry.allocated_words(block).add(index)
                };
                while word != 0 {
                    let granule = index as u64 * 64 + word.trailing_zeros() as u64;
                    word &= word - 1;
                    self.scan_again(self.geometry.block_address(block) + granule * GRANULE, kind);
                    self.drain_stack(u64::MAX);
                }
            }
        }
    }
}

/// Asks for the cache line at an address; any number may be given.
#[inline(always)]
pub(super) fn prefetch(address: u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch faults at no address.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(address as *const i8);
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch faults at no address and writes nothing.
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{0}]", in(reg) address, options(nostack, readonly, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}

/// The entry for the array part of the table at `table`.
pub(super) const fn array_entry(table: u64) -> u64 {
    table | ARRAY
}

/// Whether a value may go from a weak table: strings count as values and never do.
pub(super) fn is_removable(value: Value) -> bool {
    value.kind >= OBJECT && !value.is_string()
}
