//! Handing out slots.
//!
//! For every kind and size class a *cell* caches one word of the allocated bitmap of one block: the free slots
//! it stands for. An allocation takes the lowest of them and sets its bit at once, so the bitmap is exact at
//! every moment and a dump needs no preparation. Everything rarer (the next word, the next block, the limit,
//! the collector's pace) happens when the cached word is used up.
//!
//! Invariant: the bits of `Cell::free` are slots of the cell's block that are not allocated. While the heap
//! *premarks* they are marked already, so that objects born then are black at no cost per object.
//! Not here: blocks (`region.rs`), when to collect (`pace.rs`).

use super::geometry::Geometry;
use super::size_class::{CLASS_COUNT, SLOT_SIZES, SLOT_STARTS, SMALL_BYTES_MAX, WORDS_PER_BLOCK};
use super::size_class::{class_of, shared_class, slots_per_block};
use super::{Heap, OutOfMemory, Phase};
use crate::sys::memory;
use dumpfmt::addr::Addr;
use dumpfmt::layout::coroutine::CoroutineObject;
use dumpfmt::layout::{Kind, ObjectHeader};
use dumpfmt::region::{BLOCK_SIZE, BlockDescriptor, BlockState, GRANULE};

/// No block.
pub(super) const NO_BLOCK: u32 = u32::MAX;
/// `BlockDescriptor::allocator`: the next block of the list of those with free slots.
pub(super) const NEXT: usize = 0;
/// `BlockDescriptor::allocator`: not 0 while the block is in such a list.
pub(super) const LISTED: usize = 1;
/// `BlockDescriptor::allocator`: its [`PagesUsed`].
const PAGES: usize = 2;

/// Cells of one class; at least as many as there are kinds, so that an index is a shift. Those of a class lie together,
/// since programs use most kinds and few classes: seven pages fewer than the other way round.
const CELLS_PER_CLASS: usize = 16;
const _: () = assert!(Kind::ALL.len() <= CELLS_PER_CLASS);
const CELL_COUNT: usize = CLASS_COUNT * CELLS_PER_CLASS;
/// Bytes of slots of a shared class that objects of a smaller one may take, together: about as much memory as a
/// block of their own would begin with.
const SHARED_BYTES_MAX: u32 = 4096;

/// Blocks swept on the way when an allocation finds no free slot while a sweep is under way.
const SWEPT_PER_REFILL: u32 = 128;
/// Objects from this size on grow by moving pages: each move costs the kernel a mapping.
const MOVED_BYTES_MIN: usize = 4 << 20;

/// Where the next object of one kind and class goes.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    /// Free slots of the cached word.
    pub free: u64,
    /// The address that bit 0 of the cached word stands for.
    address: u64,
    /// The cached word in the allocated bitmap.
    word: *mut u64,
    /// 0 while the cell has never been used.
    slot_size: u32,
    /// Bytes of slots that its objects have taken elsewhere, while it was not used.
    shared_bytes: u32,
    /// The block that the word belongs to, [`NO_BLOCK`] at times.
    pub block: u32,
    /// How often a word of the block has been looked at; see [`place_to_look`].
    words_seen: u32,
    /// Blocks with free slots, in the order of their addresses: first and last.
    first: u32,
    last: u32,
}

/// All cells, in a mapping of their own: pages of those that are never used are never touched.
pub(super) struct Cells {
    first: *mut Cell,
    /// Bit per cell: it has been used.
    used: [u64; CELL_COUNT.div_ceil(64)],
}

impl Cells {
    pub fn new() -> Option<Cells> {
        let first = memory::map(Cells::BYTES)? as *mut Cell;
        Some(Cells { first, used: [0; CELL_COUNT.div_ceil(64)] })
    }

    const BYTES: u64 = (CELL_COUNT * size_of::<Cell>()) as u64;

    #[inline(always)]
    pub fn at(&mut self, kind: u8, class: usize) -> &mut Cell {
        debug_assert!((kind as usize) < Kind::ALL.len() && class < CLASS_COUNT);
        // SAFETY: kinds and classes are below what the mapping was made for.
        unsafe { &mut *self.first.add(class * CELLS_PER_CLASS + kind as usize) }
    }

    /// The cell of this kind and class, which is used from now on.
    fn begin_to_use(&mut self, kind: u8, class: usize) -> &mut Cell {
        let index = class * CELLS_PER_CLASS + kind as usize;
        if self.used[index / 64] & 1 << (index % 64) == 0 {
            self.used[index / 64] |= 1 << (index % 64);
            *self.at(kind, class) = Cell::of(class);
        }
        self.at(kind, class)
    }

    /// Slots of `block` that a cell has cached.
    pub fn cached_in(&self, kind: u8, class: usize, block: u32) -> u32 {
        assert!((kind as usize) < Kind::ALL.len() && class < CLASS_COUNT);
        // SAFETY: as in `at`.
        let cell = unsafe { &*self.first.add(class * CELLS_PER_CLASS + kind as usize) };
        if cell.block == block { cell.free.count_ones() } else { 0 }
    }

    fn used(&mut self) -> impl Iterator<Item = &mut Cell> {
        let first = self.first;
        self.used.iter().enumerate().flat_map(move |(index, &word)| {
            let rest = |bits: u64| Some(bits).filter(|&bits| bits != 0);
            let bits = core::iter::successors(rest(word), move |bits| rest(bits & (bits - 1)));
            // SAFETY: as in `at`; each bit is another cell's.
            bits.map(move |bits| unsafe { &mut *first.add(index * 64 + bits.trailing_zeros() as usize) })
        })
    }

    /// Every cell that has a block.
    pub fn in_use(&mut self) -> impl Iterator<Item = &mut Cell> {
        self.used().filter(|cell| cell.block != NO_BLOCK)
    }

    /// Empties the lists of blocks with free slots; the sweep fills them anew.
    pub fn clear_lists(&mut self) {
        for cell in self.used() {
            (cell.first, cell.last) = (NO_BLOCK, NO_BLOCK);
        }
    }
}

impl Drop for Cells {
    fn drop(&mut self) {
        memory::release(self.first as u64, Cells::BYTES);
    }
}

/// Words of a bitmap that stand for a page, of the usual size.
pub(super) const WORDS_PER_PAGE: usize = 4;
/// Pages of a block.
pub(super) const PAGES_PER_BLOCK: usize = WORDS_PER_BLOCK / WORDS_PER_PAGE;
/// Where a block begins to hand out its slots: page, and granule of each page. Another place in every block: if all
/// began at their start, the objects of a small program, one block for each kind and size, would contend for the
/// same few sets of the processor's cache (15 % of all time on an object-oriented program). A page is filled before
/// the next is begun, since most blocks of a small program never need a second one.
pub(super) fn first_granule(block: u32) -> (usize, usize) {
    // Multiples of about 0.6 of a page and of 0.4 of a block fall far from one another.
    const STRIDE: usize = 1693;
    let granule = (block as usize * STRIDE) % (WORDS_PER_BLOCK * 64);
    (granule / (WORDS_PER_PAGE * 64), granule % (WORDS_PER_PAGE * 64))
}

/// Where a block looks for free slots when it has looked `seen` times: how many pages it has come to leave behind,
/// the word of its bitmaps, and the bits of it that count then. Of the first page the word in which the first granule
/// lies comes twice, its upper part at the beginning, its lower part at the end.
fn place_to_look(block: u32, seen: usize) -> (usize, usize, u64) {
    let (first_page, granule) = first_granule(block);
    let upper = u64::MAX << (granule % 64);
    let (page, step, part) = match seen {
        0 => (0, 0, upper),
        WORDS_PER_PAGE => (0, WORDS_PER_PAGE, !upper),
        1..WORDS_PER_PAGE => (0, seen, u64::MAX),
        _ => ((seen - 1) / WORDS_PER_PAGE, (seen - 1) % WORDS_PER_PAGE, u64::MAX),
    };
    let word = (granule / 64 + step) % WORDS_PER_PAGE;
    (page, (first_page + page) % PAGES_PER_BLOCK * WORDS_PER_PAGE + word, part)
}

/// How much of a block has memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct PagesUsed {
    /// How many of its pages, from the [first](first_granule) on, have had objects begin in them since it last gave
    /// memory back. Beyond them both bitmaps are zero.
    pub ever: u32,
    /// The same since somebody last asked.
    pub lately: u32,
}

impl PagesUsed {
    pub fn of(descriptor: &BlockDescriptor) -> PagesUsed {
        let word = descriptor.allocator[PAGES];
        PagesUsed { ever: word & 0xffff, lately: word >> 16 }
    }

    pub fn write_to(self, descriptor: &mut BlockDescriptor) {
        descriptor.allocator[PAGES] = self.ever | self.lately << 16;
    }

    #[inline(always)]
    fn add(descriptor: &mut BlockDescriptor, page: usize) {
        let used = PagesUsed::of(descriptor);
        let count = page as u32 + 1;
        PagesUsed { ever: used.ever.max(count), lately: used.lately.max(count) }.write_to(descriptor);
    }
}

/// Whether objects of a kind come in so many sizes that few of them have the same.
fn has_many_sizes(kind: Kind) -> bool {
    matches!(kind, Kind::String | Kind::Values | Kind::Nodes | Kind::Function | Kind::Code | Kind::Bytes)
}

impl Heap {
    /// A new object. Its header is written, the rest of the slot is arbitrary bytes that the caller fills
    /// before the next safepoint and before it can be reached from a root.
    #[inline]
    pub fn allocate(&mut self, kind: Kind, size_bytes: usize) -> Result<*mut ObjectHeader, OutOfMemory> {
        if size_bytes <= SMALL_BYTES_MAX {
            let cell = self.cells.at(kind as u8, class_of(size_bytes));
            if cell.free != 0 {
                let (address, slot_size) = cell.take();
                return Ok(self.begin_object(kind, address, slot_size));
            }
        }
        self.allocate_slow(kind, size_bytes)
    }

    /// Registers an object that the end of marking has to look at though it is born black: a coroutine, whose
    /// stack is filled without a barrier, or an upvalue, whose coroutine may die before it.
    #[cold]
    fn note_born(&mut self, kind: Kind, address: u64) {
        if kind == Kind::Upvalue {
            self.marker.open_upvalues.push(address);
            return;
        }
        let header_bytes = size_of::<ObjectHeader>();
        // Zero, so that it can be scanned even if its maker finds no memory for its stack and lets it be.
        // SAFETY: a fresh slot of this size.
        unsafe {
            let rest = (address as *mut u8).add(header_bytes);
            core::ptr::write_bytes(rest, 0, size_of::<CoroutineObject>() - header_bytes);
        }
        self.marker.note_changed(address);
    }

    /// Bytes of the slot that an object of `size_bytes` gets: what a growing part may fill at no cost.
    pub fn slot_size(size_bytes: usize) -> usize {
        if size_bytes <= SMALL_BYTES_MAX {
            SLOT_SIZES[class_of(size_bytes)] as usize
        } else {
            size_bytes.saturating_add(4095) & !4095
        }
    }

    #[inline(always)]
    fn begin_object(&mut self, kind: Kind, address: u64, slot_size: u64) -> *mut ObjectHeader {
        let header = address as *mut ObjectHeader;
        // SAFETY: the slot was just taken: it is committed and nobody else's. The roots live with the heap.
        unsafe {
            let roots = self.geometry.roots();
            (*roots).bytes_allocated += slot_size;
            header.write(ObjectHeader { kind: kind as u8, flags: 0, extra: 0, epoch: (*roots).epoch });
            if matches!(kind, Kind::Coroutine | Kind::Upvalue) && (*roots).marking != 0 {
                self.note_born(kind, address);
            }
        }
        header
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, kind: Kind, size_bytes: usize) -> Result<*mut ObjectHeader, OutOfMemory> {
        self.before_allocation(size_bytes)?;
        if size_bytes > SMALL_BYTES_MAX {
            return self.allocate_large(kind, size_bytes);
        }
        let class = self.class_for(kind, size_bytes);
        if !self.has_slot(kind, class) {
            self.emergency();
            if !self.has_slot(kind, class) {
                return Err(OutOfMemory);
            }
        }
        self.poll_if_due();
        let one_at_a_time = self.one_at_a_time();
        let cell = self.cells.at(kind as u8, class);
        let (address, slot_size) = cell.take();
        if one_at_a_time {
            cell.forget();
        }
        Ok(self.begin_object(kind, address, slot_size))
    }

    fn allocate_large(&mut self, kind: Kind, size_bytes: usize) -> Result<*mut ObjectHeader, OutOfMemory> {
        let size = (size_bytes as u64).checked_next_multiple_of(GRANULE).ok_or(OutOfMemory)?;
        if size > self.region.bytes_max() {
            return Err(OutOfMemory);
        }
        let count = size.div_ceil(BLOCK_SIZE) as u32;
        let first = match self.region.acquire(count) {
            Some(first) => first,
            None => {
                self.emergency();
                self.region.acquire(count).ok_or(OutOfMemory)?
            }
        };
        self.region.describe_large(first, count, kind, size, self.premark);
        let address = self.geometry.block_address(first);
        // SAFETY: the bitmaps are committed as far as the blocks.
        unsafe {
            self.geometry.allocated_bit(address).set();
            if self.premark {
                self.geometry.mark_bit(address).set();
            }
        }
        let slot = self.geometry.large_slot(first).ok_or(OutOfMemory)?;
        let header = self.begin_object(kind, address, slot.size_bytes);
        self.poll_if_due();
        Ok(header)
    }

    /// The class whose slots an object of this kind and size gets. The first objects of a size share the blocks of a
    /// larger one: a program has objects of some sixty kinds and sizes, of most a few, and a page for each of them
    /// would be most of its heap.
    fn class_for(&mut self, kind: Kind, size_bytes: usize) -> usize {
        let class = class_of(size_bytes);
        let shared = if has_many_sizes(kind) { shared_class(class) } else { class };
        let cell = self.cells.at(kind as u8, class);
        if shared == class || cell.slot_size != 0 || cell.shared_bytes >= SHARED_BYTES_MAX {
            return class;
        }
        cell.shared_bytes += SLOT_SIZES[shared] as u32;
        shared
    }

    /// Whether the cell of this kind and class has a free slot, if need be from a word that it did not have before;
    /// false when there is no memory.
    fn has_slot(&mut self, kind: Kind, class: usize) -> bool {
        if self.cells.begin_to_use(kind as u8, class).free != 0 {
            return true;
        }
        loop {
            if self.next_word(kind, class) {
                return true;
            }
            let cell = self.cells.at(kind as u8, class);
            cell.block = NO_BLOCK;
            if cell.first == NO_BLOCK && self.phase == Phase::SweepBlocks {
                self.sweep_blocks(SWEPT_PER_REFILL);
            }
            let cell = self.cells.at(kind as u8, class);
            let listed = cell.first;
            let block = if listed != NO_BLOCK {
                // SAFETY: listed blocks are in use.
                let descriptor = unsafe { &mut *self.geometry.descriptor(listed) };
                cell.first = descriptor.allocator[NEXT];
                if cell.first == NO_BLOCK {
                    cell.last = NO_BLOCK;
                }
                descriptor.allocator[LISTED] = 0;
                listed
            } else {
                match self.region.acquire(1) {
                    Some(block) => {
                        self.describe_small(block, kind, class);
                        block
                    }
                    None => return false,
                }
            };
            let cell = self.cells.at(kind as u8, class);
            cell.block = block;
            cell.words_seen = 0;
        }
    }

    fn describe_small(&mut self, block: u32, kind: Kind, class: usize) {
        // SAFETY: the block was just handed out, so its descriptor is committed.
        unsafe {
            *self.geometry.descriptor(block) = BlockDescriptor {
                state: BlockState::Small as u8,
                kind: kind as u8,
                class: class as u8,
                unswept: self.premark as u8,
                slot_size: SLOT_SIZES[class] as u32,
                live_count: 0,
                run_length: 1,
                first: block,
                allocator: [NO_BLOCK, 0, 0],
            };
        }
    }

    /// Caches the next word of the cell's block that has a free slot; false at its end.
    fn next_word(&mut self, kind: Kind, class: usize) -> bool {
        let block = self.cells.at(kind as u8, class).block;
        if block == NO_BLOCK {
            return false;
        }
        let geometry = self.geometry;
        // SAFETY: a cell's block is in use.
        let descriptor = unsafe { &mut *geometry.descriptor(block) };
        if descriptor.unswept != 0 && self.phase == Phase::SweepBlocks {
            self.sweep_block(block);
        }
        let one_at_a_time = self.one_at_a_time();
        let cell = self.cells.at(kind as u8, class);
        if cell.block == NO_BLOCK {
            // The sweep has found it empty.
            return false;
        }
        while (cell.words_seen as usize) <= WORDS_PER_BLOCK {
            let seen = cell.words_seen as usize;
            cell.words_seen += 1;
            let (page, index, part) = place_to_look(block, seen);
            let starts = SLOT_STARTS[class][index] & part;
            if starts == 0 {
                continue;
            }
            // SAFETY: inside the block's part of both bitmaps.
            unsafe {
                let word = geometry.allocated_words(block).add(index);
                let free = starts & !*word;
                if free == 0 {
                    continue;
                }
                if self.premark {
                    *geometry.mark_words(block).add(index) |= free;
                }
                PagesUsed::add(descriptor, page);
                descriptor.live_count += free.count_ones();
                cell.free = free;
                cell.word = word;
                cell.address = geometry.block_address(block) + index as u64 * 64 * GRANULE;
            }
            if one_at_a_time {
                descriptor.live_count -= cell.free.count_ones() - 1;
            }
            return true;
        }
        false
    }

    /// Appends a swept block to the list of those with free slots.
    pub(super) fn list_block(&mut self, block: u32) {
        let geometry = self.geometry;
        // SAFETY: listed blocks are in use.
        unsafe {
            let descriptor = geometry.descriptor(block);
            (*descriptor).allocator[NEXT] = NO_BLOCK;
            (*descriptor).allocator[LISTED] = 1;
            let cell = self.cells.at((*descriptor).kind, (*descriptor).class as usize);
            if cell.last == NO_BLOCK {
                cell.first = block;
            } else {
                (*geometry.descriptor(cell.last)).allocator[NEXT] = block;
            }
            cell.last = block;
        }
    }

    /// Gives back an object that nothing refers to any more: the old part of something that grew. While the
    /// collector marks, its stack may still name the object, so then it is left to the sweep.
    pub fn free(&mut self, addr: Addr, kind: Kind) {
        if self.phase == Phase::Mark {
            return;
        }
        let geometry = self.geometry;
        let block = geometry.block_index(addr.0);
        // SAFETY: the caller owns an allocated slot, so its block is in use.
        unsafe {
            let descriptor = &mut *geometry.descriptor(block);
            debug_assert!(descriptor.kind == kind as u8 && geometry.allocated_bit(addr.0).is_set());
            geometry.allocated_bit(addr.0).clear();
            if descriptor.unswept != 0 {
                geometry.mark_bit(addr.0).clear();
            }
            if descriptor.state != BlockState::Small as u8 {
                let size_bytes = geometry.large_slot(block).map_or(0, |slot| slot.size_bytes);
                self.uncount(size_bytes);
                self.region.release_at_once(block, descriptor.run_length);
                return;
            }
            self.uncount(descriptor.slot_size as u64);
            let cell = self.cells.at(descriptor.kind, descriptor.class as usize);
            let swept = descriptor.unswept == 0;
            if cell.block == block && cell.owns(geometry.allocated_bit(addr.0).word) && swept {
                // Growing one thing again and again then takes the slot it has just left.
                cell.free |= geometry.allocated_bit(addr.0).mask;
                return;
            }
            descriptor.live_count -= 1;
            let half = slots_per_block(descriptor.class as usize) / 2;
            if swept
                && descriptor.allocator[LISTED] == 0
                && cell.block != block
                && descriptor.live_count <= half
            {
                self.list_block(block);
            }
        }
    }

    /// A larger object with the first `used_bytes` of an old one, which is given back; all references to the
    /// old one are the caller's to change.
    pub fn grow(
        &mut self,
        old: Addr,
        kind: Kind,
        used_bytes: usize,
        size_bytes: usize,
    ) -> Result<*mut ObjectHeader, OutOfMemory> {
        let new = self.allocate(kind, size_bytes)?;
        let header_bytes = size_of::<ObjectHeader>();
        // SAFETY: the old object has `used_bytes`, the new one at least as many; they are two slots.
        unsafe {
            if !self.move_contents(old.0, new as u64, used_bytes) {
                let source = (old.0 as *const u8).add(header_bytes);
                let count = used_bytes.saturating_sub(header_bytes);
                core::ptr::copy_nonoverlapping(source, new.cast::<u8>().add(header_bytes), count);
            }
        }
        self.free(old, kind);
        Ok(new)
    }

    /// Moves the pages of a big object to the slot of a bigger one instead of copying them; false when that
    /// does not pay or cannot be done, and then nothing has changed. The old object is garbage afterwards.
    ///
    /// # Safety
    /// Both are objects of at least `used_bytes`.
    unsafe fn move_contents(&mut self, old: u64, new: u64, used_bytes: usize) -> bool {
        if used_bytes < MOVED_BYTES_MIN {
            return false;
        }
        let length_bytes = (used_bytes as u64).next_multiple_of(memory::PAGE_BYTES_MAX);
        // SAFETY: objects of this size own runs of blocks, so both start on a page and end on one.
        unsafe {
            let headers = [old, new].map(|address| (address as *const ObjectHeader).read());
            let moved = memory::move_pages(old, new, length_bytes);
            // The old one stays an object until it is swept; no gray entry names what can grow.
            (old as *mut ObjectHeader).write(headers[0]);
            (new as *mut ObjectHeader).write(headers[1]);
            moved
        }
    }

    /// Subtracts from the bytes allocated, and from the mark at which the collector is next due, which counts
    /// allocations and not what is left of them.
    pub(super) fn uncount(&mut self, bytes: u64) {
        // SAFETY: the roots live with the heap.
        let roots = unsafe { &mut *self.geometry.roots() };
        roots.bytes_allocated = roots.bytes_allocated.saturating_sub(bytes);
        if self.phase != Phase::Idle {
            self.pace.due_at = self.pace.due_at.saturating_sub(bytes);
        }
    }
}

impl Cell {
    /// A cell of this class that has no slots yet.
    fn of(class: usize) -> Cell {
        Cell {
            free: 0,
            address: 0,
            word: core::ptr::null_mut(),
            slot_size: SLOT_SIZES[class] as u32,
            shared_bytes: 0,
            block: NO_BLOCK,
            words_seen: 0,
            first: NO_BLOCK,
            last: NO_BLOCK,
        }
    }

    /// Takes the lowest free slot of the cached word: its address and size.
    #[inline(always)]
    fn take(&mut self) -> (u64, u64) {
        let bit = self.free.trailing_zeros() as u64;
        self.free &= self.free - 1;
        // SAFETY: a cell with a free slot has a word, in the committed bitmap.
        unsafe { *self.word |= 1 << bit };
        (self.address + bit * GRANULE, self.slot_size as u64)
    }

    /// Gives the cached slots up; the block is found again by a sweep.
    pub fn forget(&mut self) {
        self.free = 0;
        self.words_seen = 0;
    }

    /// Whether `word` is the cached one.
    fn owns(&self, word: *mut u64) -> bool {
        self.word == word
    }

    /// Marks the free slots of the cached word, so that what is born in them is black.
    ///
    /// # Safety
    /// The cell has a block of this geometry.
    pub(super) unsafe fn premark(&self, geometry: Geometry) {
        if self.free != 0 {
            // SAFETY: a cell with free slots has a word, of which the mark bitmap holds the counterpart.
            unsafe {
                let index = self.word.offset_from(geometry.allocated_words(self.block)) as usize;
                *geometry.mark_words(self.block).add(index) |= self.free;
            }
        }
    }
}
