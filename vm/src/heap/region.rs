//! The region's memory: reserving it, committing it as the heap grows, handing out and taking back blocks.
//!
//! ```text
//!   base  Roots │ descriptors │ mark bits │ allocated bits │ blocks 0 1 2 … block_count │ reserved …
//!         each part is committed as far as the committed blocks need it
//! ```
//!
//! Invariant: a block is free exactly when its bit in `free` is set and its descriptor says so; its bitmap
//! words are zero then.
//! Not here: what lies in a block (`allocate.rs`), the format of the table (`dumpfmt/region.rs`).

use super::geometry::Geometry;
use crate::sys::memory;
use core::fmt;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::roots::{EmptyNodes, Roots};
use dumpfmt::region::{
    ALIGNMENT, ALLOCATED_BITS, BITMAP_BYTES_PER_BLOCK, BLOCK_SIZE, BLOCKS, BlockDescriptor, BlockState,
    DESCRIPTORS, MARK_BITS, SIZE_DEFAULT,
};

/// Heap size from which huge pages pay: below it they would only make small programs larger.
const HUGE_PAGES_FROM_BLOCKS: u32 = ((48 << 20) / BLOCK_SIZE) as u32;
/// The smallest region worth running with.
const BLOCK_BYTES_MIN: u64 = 16 << 20;
/// Runs of this many blocks start at a multiple of [`HUGE_PAGE_BLOCKS`], so that huge pages fit them.
const ALIGNED_FROM_BLOCKS: u32 = ((4 << 20) / BLOCK_SIZE) as u32;
const HUGE_PAGE_BLOCKS: u32 = ((2 << 20) / BLOCK_SIZE) as u32;
/// Free blocks whose memory is kept however small the heap is, unless it is about to grow by less than half as many
/// before it is collected: what garbage has taken is taken again at once. Kept blocks beyond those cost programs that
/// keep little up to 300 KiB; to keep no more than it grows by costs 2 % of their time.
const RETAINED_BLOCKS_MIN: u32 = 16;
/// Blocks committed in one step, at least and at most.
const COMMIT_STEP: (u32, u32) = (16, 4096);

/// Why there is no heap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionError;

impl fmt::Display for RegionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot reserve address space for the heap: not even {} MiB were granted; raise the limit on \
             virtual memory (ulimit -v)",
            BLOCK_BYTES_MIN >> 20
        )
    }
}

impl core::error::Error for RegionError {}

/// The reserved range and its blocks.
pub(super) struct Region {
    pub geometry: Geometry,
    /// Blocks that the reservation has room for.
    block_limit: u32,
    /// Blocks that can be written, and for which the bitmaps and the table can.
    committed: u32,
    /// Whether huge pages were asked for, by groups of [`HUGE_PAGE_BLOCKS`].
    is_huge: Vec<bool>,
    /// Bit per block below `block_count`: nothing lies in it.
    free: Vec<u64>,
    /// Bit per block, a subset of `free`: its memory has not been given back.
    dirty: Vec<u64>,
    dirty_count: u32,
    /// No word of `free` below this index has a bit set.
    lowest_free: usize,
    /// Free blocks whose memory is kept, so that a heap that breathes does not fault all the time.
    retained_max: u32,
    /// What was reserved, to be unmapped at the end: address and length.
    reservations: Vec<(u64, u64)>,
}

impl Region {
    /// Reserves a region and writes its roots.
    pub fn new() -> Result<Region, RegionError> {
        let (geometry, block_limit, reservations) = reserve()?;
        let mut region = Region {
            geometry,
            block_limit,
            committed: 0,
            is_huge: Vec::new(),
            free: Vec::new(),
            dirty: Vec::new(),
            dirty_count: 0,
            lowest_free: 0,
            retained_max: RETAINED_BLOCKS_MIN,
            reservations,
        };
        let roots_bytes = round_up(size_of::<Roots>() as u64, memory::PAGE_BYTES_MAX);
        if !memory::commit(geometry.base, roots_bytes) || !region.commit_to(COMMIT_STEP.0) {
            return Err(RegionError);
        }
        // SAFETY: the page was just committed and is zero, which is a valid `Roots`.
        let roots = unsafe { &mut *geometry.roots() };
        roots.empty_nodes = EmptyNodes::VALUE;
        roots.epoch = 1;
        roots.blocks = Addr(geometry.base + BLOCKS);
        roots.descriptors = Addr(geometry.base + DESCRIPTORS);
        roots.allocated_bits = Addr(geometry.base + ALLOCATED_BITS);
        roots.mark_bits = Addr(geometry.base + MARK_BITS);
        Ok(region)
    }

    /// Bytes of address space that blocks can come to take.
    pub fn bytes_max(&self) -> u64 {
        self.block_limit as u64 * BLOCK_SIZE
    }

    /// Blocks below this index are in use or free; none beyond was ever handed out.
    pub fn block_count(&self) -> u32 {
        // SAFETY: the roots are committed as long as the region.
        unsafe { (*self.geometry.roots()).block_count as u32 }
    }

    fn set_block_count(&mut self, count: u32) {
        // SAFETY: the roots are committed as long as the region.
        unsafe { (*self.geometry.roots()).block_count = count as u64 }
        let words = (count as usize).div_ceil(64);
        if self.free.len() < words {
            self.free.resize(words, 0);
            self.dirty.resize(words, 0);
        }
    }

    /// Takes a run of `count` blocks out of the free ones, or from the end. The descriptors are still free.
    pub fn acquire(&mut self, count: u32) -> Option<u32> {
        let alignment = if count >= ALIGNED_FROM_BLOCKS { HUGE_PAGE_BLOCKS } else { 1 };
        if let Some(first) = self.find_free(count, alignment) {
            for index in first..first + count {
                let (word, mask) = position(index);
                self.free[word] &= !mask;
                self.dirty_count -= (self.dirty[word] & mask != 0) as u32;
                self.dirty[word] &= !mask;
            }
            return Some(first);
        }
        let old_count = self.block_count();
        let first = old_count.checked_next_multiple_of(alignment)?;
        let end = first.checked_add(count)?;
        if end > self.block_limit || !self.commit_to(end) {
            return None;
        }
        self.set_block_count(end);
        for index in old_count..first {
            let (word, mask) = position(index);
            self.free[word] |= mask;
        }
        Some(first)
    }

    fn find_free(&mut self, count: u32, alignment: u32) -> Option<u32> {
        while self.free.get(self.lowest_free) == Some(&0) {
            self.lowest_free += 1;
        }
        let mut index = self.lowest_free as u32 * 64;
        let end = self.block_count();
        while index < end {
            index = index.next_multiple_of(alignment);
            let start = index;
            while index < end && index - start < count && self.is_free(index) {
                index += 1;
            }
            if index - start == count {
                return Some(start);
            }
            index += 1;
            // Words without a free block are stepped over at once.
            while index.is_multiple_of(64) && self.free.get(index as usize / 64) == Some(&0) {
                index += 64;
            }
        }
        None
    }

    /// Whether nothing lies in a block.
    pub fn is_free(&self, index: u32) -> bool {
        let (word, mask) = position(index);
        self.free[word] & mask != 0
    }

    /// Takes a run of blocks back. Their bitmap words are zero already.
    pub fn release(&mut self, first: u32, count: u32) {
        for index in first..first + count {
            // SAFETY: descriptors of handed-out blocks are committed.
            unsafe { *self.geometry.descriptor(index) = BlockDescriptor::default() };
            let (word, mask) = position(index);
            self.free[word] |= mask;
            self.dirty[word] |= mask;
        }
        self.dirty_count += count;
        self.lowest_free = self.lowest_free.min(first as usize / 64);
    }

    /// As [`release`](Region::release); the memory of a big run is given back now rather than after the next
    /// collection.
    pub fn release_at_once(&mut self, first: u32, count: u32) {
        self.release(first, count);
        if count >= 16 && self.dirty_count > self.retained_max {
            self.discard(first, count);
        }
    }

    /// Asks for huge pages where a collection has left no block free: what lives long is marked faster by a
    /// fifth, and forked ten times as fast. The kernel gathers such pages in the background. Fresh memory is
    /// not asked for in huge pages: to clear one of them takes as long as a pause may, or many times that
    /// where the machine is a guest, and the program that needs it waits.
    pub fn settle(&mut self) {
        let group_count = self.block_count() / HUGE_PAGE_BLOCKS;
        if group_count < HUGE_PAGES_FROM_BLOCKS / HUGE_PAGE_BLOCKS {
            return;
        }
        self.is_huge.resize(group_count as usize, false);
        let mut group = 0;
        while group < group_count {
            let first = group;
            while group < group_count && self.is_settled(group) {
                self.is_huge[group as usize] = true;
                group += 1;
            }
            if group > first {
                let address = self.geometry.block_address(first * HUGE_PAGE_BLOCKS);
                let block_count = (group - first) * HUGE_PAGE_BLOCKS;
                memory::prefer_huge_pages(address, block_count as u64 * BLOCK_SIZE);
            }
            group += 1;
        }
    }

    /// Whether a group of blocks is in use as a whole, and huge pages have not been asked for.
    fn is_settled(&self, group: u32) -> bool {
        let (word, mask) = position(group * HUGE_PAGE_BLOCKS);
        let bits = (mask << HUGE_PAGE_BLOCKS).wrapping_sub(mask);
        !self.is_huge[group as usize] && self.free[word] & bits == 0
    }

    /// Gives the memory of free blocks back, the highest first, until few enough are left for a heap that is about to
    /// grow by `growth_bytes` before it is collected and may well need `refill_bytes`, or until `block_count` have gone;
    /// true when few enough are left.
    pub fn trim(&mut self, growth_bytes: u64, refill_bytes: u64, mut block_count: u32) -> bool {
        let least = (growth_bytes.div_ceil(BLOCK_SIZE) * 2).min(RETAINED_BLOCKS_MIN as u64);
        self.retained_max = least.max(refill_bytes / BLOCK_SIZE) as u32;
        if self.dirty_count <= self.retained_max {
            return true;
        }
        let mut end = self.block_count();
        while end > 0 && self.dirty_count > self.retained_max {
            if block_count == 0 {
                return false;
            }
            end -= 1;
            let (word, mask) = position(end);
            if self.dirty[word] == 0 {
                end = end / 64 * 64;
                continue;
            }
            if self.dirty[word] & mask == 0 {
                continue;
            }
            let mut first = end;
            let most = block_count.min(self.dirty_count - self.retained_max);
            while first > 0 && end + 1 - first < most && self.is_dirty(first - 1) {
                first -= 1;
            }
            self.discard(first, end + 1 - first);
            block_count -= end + 1 - first;
            end = first;
        }
        true
    }

    fn is_dirty(&self, index: u32) -> bool {
        let (word, mask) = position(index);
        self.dirty[word] & mask != 0
    }

    fn discard(&mut self, first: u32, count: u32) {
        // SAFETY: free blocks hold nothing.
        unsafe { memory::discard(self.geometry.block_address(first), count as u64 * BLOCK_SIZE) };
        for index in first..first + count {
            let (word, mask) = position(index);
            self.dirty[word] &= !mask;
        }
        self.dirty_count -= count;
    }

    /// Writes the descriptors of a run that a large object takes.
    pub fn describe_large(&mut self, first: u32, count: u32, kind: Kind, size_bytes: u64, unswept: bool) {
        for index in first..first + count {
            let head = index == first;
            let state = if head { BlockState::Large } else { BlockState::LargeTail };
            // SAFETY: descriptors of handed-out blocks are committed.
            unsafe {
                *self.geometry.descriptor(index) = BlockDescriptor {
                    state: state as u8,
                    kind: kind as u8,
                    class: 0,
                    unswept: (head && unswept) as u8,
                    slot_size: if head { u32::try_from(size_bytes).unwrap_or(0) } else { 0 },
                    live_count: head as u32,
                    run_length: if head { count } else { 0 },
                    first,
                    allocator: [0; 3],
                };
            }
        }
    }

    fn commit_to(&mut self, needed: u32) -> bool {
        if needed <= self.committed {
            return true;
        }
        let step = self.committed.clamp(COMMIT_STEP.0, COMMIT_STEP.1);
        let generous = needed.max(self.committed.saturating_add(step)).min(self.block_limit);
        // Under strict accounting of memory a big step may be refused where a small one is not.
        self.commit_exactly(generous) || self.commit_exactly(needed)
    }

    fn commit_exactly(&mut self, count: u32) -> bool {
        let (base, old) = (self.geometry.base, self.committed as u64);
        let parts = [
            (DESCRIPTORS, size_of::<BlockDescriptor>() as u64),
            (MARK_BITS, BITMAP_BYTES_PER_BLOCK),
            (ALLOCATED_BITS, BITMAP_BYTES_PER_BLOCK),
            (BLOCKS, BLOCK_SIZE),
        ];
        let page = memory::PAGE_BYTES_MAX;
        for (offset, bytes_per_block) in parts {
            let from = round_up(old * bytes_per_block, page);
            let to = round_up(count as u64 * bytes_per_block, page);
            if to > from && !memory::commit(base + offset + from, to - from) {
                return false;
            }
        }
        self.committed = count;
        true
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        for &(address, length_bytes) in &self.reservations {
            memory::release(address, length_bytes);
        }
    }
}

fn position(index: u32) -> (usize, u64) {
    (index as usize / 64, 1 << (index % 64))
}

fn round_up(bytes: u64, page: u64) -> u64 {
    bytes.next_multiple_of(page)
}

type Reservation = (Geometry, u32, Vec<(u64, u64)>);

/// Finds a place for the region: all of it in one piece, or, where address space is limited, its parts, each
/// as large as the blocks need it.
fn reserve() -> Result<Reservation, RegionError> {
    // Multiples of the alignment that programs, libraries and stacks keep clear of on x86-64 and aarch64;
    // the small ones are for systems with 39-bit addresses.
    let places = (16..48).chain(48..300).chain(1..16).map(|multiple| multiple * ALIGNMENT);
    for base in places.clone() {
        if memory::reserve_at(base, SIZE_DEFAULT) {
            let block_limit = ((SIZE_DEFAULT - BLOCKS) / BLOCK_SIZE) as u32;
            return Ok((Geometry { base }, block_limit, vec![(base, SIZE_DEFAULT)]));
        }
        if !room_for(SIZE_DEFAULT) {
            break;
        }
    }
    let mut block_bytes: u64 = 64 << 30;
    while block_bytes >= BLOCK_BYTES_MIN {
        // The mark stack, the intern table and the program's own heap want address space too.
        if room_for(block_bytes + block_bytes / 4 + (32 << 20)) {
            for base in places.clone() {
                if let Some(reservations) = reserve_parts(base, block_bytes) {
                    return Ok((Geometry { base }, (block_bytes / BLOCK_SIZE) as u32, reservations));
                }
            }
        }
        block_bytes /= 2;
    }
    Err(RegionError)
}

fn room_for(length_bytes: u64) -> bool {
    memory::reserve(length_bytes).inspect(|&address| memory::release(address, length_bytes)).is_some()
}

fn reserve_parts(base: u64, block_bytes: u64) -> Option<Vec<(u64, u64)>> {
    let block_count = block_bytes / BLOCK_SIZE;
    let parts = [
        (0, size_of::<Roots>() as u64),
        (DESCRIPTORS, block_count * size_of::<BlockDescriptor>() as u64),
        (MARK_BITS, block_count * BITMAP_BYTES_PER_BLOCK),
        (ALLOCATED_BITS, block_count * BITMAP_BYTES_PER_BLOCK),
        (BLOCKS, block_bytes),
    ]
    .map(|(offset, length)| (base + offset, round_up(length, memory::PAGE_BYTES_MAX)));
    for (index, &(address, length_bytes)) in parts.iter().enumerate() {
        if !memory::reserve_at(address, length_bytes) {
            for &(address, length_bytes) in &parts[..index] {
                memory::release(address, length_bytes);
            }
            return None;
        }
    }
    Some(parts.to_vec())
}
