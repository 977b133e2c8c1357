//! The phases of a collection, and how fast they go.
//!
//! ```text
//!   Idle ──due──> Mark ──all black──> SweepIntern ──> SweepBlocks ──> Idle
//!                  │ slices            │ slices        │ slices, and by allocation
//!                  └─ ends in steps that scan what changed since: roots, stacks, weak tables
//! ```
//!
//! A collection begins when the heap has grown to `pause_percent` of what the last one left. From then on the
//! allocator asks for a slice every [`SLICE_ALLOCATED_BYTES`]; a slice scans a multiple of what was allocated,
//! so a collection ends before the heap has doubled again, and is finished at once should it not. What a slice
//! would have to scan beyond what a pause may take is owed: the next safepoint goes on with it.
//!
//! Invariant: while the heap premarks (Mark, SweepIntern) every block in use is unswept and every object born
//! is black; in the other phases a swept block has no mark bits.
//! Not here: what is scanned (`mark.rs`, `scan.rs`, `stack.rs`, `weak.rs`).

use super::slices::Part;
use super::{Heap, OutsideRoots, POLL_COLLECT};
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::roots::Roots;
use dumpfmt::region::{BLOCK_SIZE, BlockState};

/// Where the collector stands; `Roots::collector_phase` in a dump.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is under way.
    Idle = 0,
    /// Marking, between slices.
    Mark = 1,
    /// Dead strings are leaving the intern table.
    SweepIntern = 2,
    /// Dead slots are being freed.
    SweepBlocks = 3,
}

/// Bytes allocated from one slice to the next.
const SLICE_ALLOCATED_BYTES: u64 = 32 << 10;
/// Bytes scanned for each byte allocated when the step multiplier is 100. What is allocated amid a collection outlives
/// it: with 4 a program that keeps much took a tenth more memory.
const SCANNED_PER_BYTE: u64 = 16;
/// The logarithm of the step's size at which slices are as large as the constants here say.
const STEP_SIZE_LOG2: u32 = 13;
/// Bytes scanned in a slice: at least, and at most.
const SLICE_SCANNED_BYTES: (u64, u64) = (256 << 10, 4 << 20);
/// Entries of the intern table, and blocks, swept in a slice of the smallest size.
const SLICE_ENTRIES: u64 = 16 << 10;
const SLICE_BLOCKS: u64 = 1024;
/// Blocks whose memory is given back in one: the kernel takes some 10 us per MiB.
const SLICE_TRIMMED_BLOCKS: u64 = 128;
/// How far the heap grows between collections at least. A collection of a heap that keeps next to nothing takes some
/// 8 us. Programs that allocate all the time take 3 % less memory and 3 % more time with 64 KiB, with 256 KiB a tenth
/// more memory and 8 % less time.
const GROWTH_BYTES_MIN: u64 = 96 << 10;
/// A heap up to this size is collected in one step: a fraction of a millisecond.
const ONE_STEP_BYTES: u64 = 1 << 20;
/// One collection of a small heap in so many gives back the pages that have not been used since.
const COLLECTIONS_PER_RETURN: u64 = 32;
/// What `pause_percent` comes to in the generational mode, in which the reference collects when the heap has grown by
/// a fifth: a third as much memory again, and not twice as much. A fifth would take another tenth from the memory of
/// programs that keep much, and add up to 18 % to their time.
const GENERATIONAL_PAUSE_PERCENT: u32 = 135;

/// When the collector is due.
pub(super) struct Pace {
    /// The value of `Roots::bytes_allocated` at which the next slice, or collection, or round of finalizers is
    /// due.
    pub due_at: u64,
    /// The value of `Roots::bytes_allocated` at which the next collection begins.
    pub begins_at: u64,
    /// The value of `Roots::bytes_allocated` at which the collection under way began.
    began_at: u64,
    /// How far the heap grows before the next collection, in percent of what is live.
    pause_percent: u32,
    /// How much is scanned per byte allocated, in percent of [`SCANNED_PER_BYTE`].
    multiplier_percent: u32,
    /// The most bytes that collections have found of late: at each an eighth is forgotten. What was needed will be
    /// needed again: memory that is given back and asked for anew made half of the time of filling large arrays.
    recent_max: u64,
    /// Bytes that slices have yet to scan for what was allocated.
    owed_bytes: u64,
    /// The program has run since the collection under way began, so what roots refer to may have changed.
    is_interrupted: bool,
    /// See [`GENERATIONAL_PAUSE_PERCENT`].
    is_generational: bool,
    /// What a slice scans at most and at least is multiplied by two as often as this says.
    slice_log2: u32,
    /// The value of `Roots::bytes_allocated` when the last collection had ended.
    ended_at: u64,
    pub stopped: bool,
}

impl Pace {
    pub fn new() -> Pace {
        Pace {
            due_at: GROWTH_BYTES_MIN,
            begins_at: GROWTH_BYTES_MIN,
            began_at: 0,
            recent_max: 0,
            pause_percent: 200,
            multiplier_percent: 100,
            owed_bytes: 0,
            is_interrupted: false,
            is_generational: false,
            slice_log2: 0,
            ended_at: 0,
            stopped: false,
        }
    }

    /// How far a heap with so many live bytes grows before it is collected.
    fn growth(&self, live: u64) -> u64 {
        let most = if self.is_generational { GENERATIONAL_PAUSE_PERCENT } else { u32::MAX };
        let percent = self.pause_percent.min(most).saturating_sub(100);
        let growth = live as u128 * percent as u128 / 100;
        u64::try_from(growth).unwrap_or(u64::MAX).max(GROWTH_BYTES_MIN)
    }
}

impl Heap {
    /// One slice of the collection that is due. Called at a safepoint: everything that machine code still
    /// needs is on a stack or in a root.
    pub fn step(&mut self, outside: &mut dyn OutsideRoots) {
        self.clear_poll(POLL_COLLECT);
        if self.pace.stopped {
            return;
        }
        let allocated = self.count_bytes();
        let since = allocated.saturating_sub(self.pace.due_at.saturating_sub(SLICE_ALLOCATED_BYTES));
        if self.phase == Phase::Idle {
            if allocated < self.pace.begins_at {
                self.pace.due_at = self.pace.begins_at;
                return self.announce_finalizable();
            }
            self.begin_marking(outside);
        }
        let began_at = self.pace.began_at;
        if allocated <= ONE_STEP_BYTES
            || self.phase == Phase::Mark
                && allocated >= began_at.saturating_mul(2).max(began_at + ONE_STEP_BYTES)
        {
            // It is over at once, or else the program allocates faster than slices scan: its memory comes before a
            // short pause.
            self.run_to_end(outside);
        } else {
            let behind = if allocated > began_at + began_at / 2 { 2 } else { 1 };
            let multiplier = SCANNED_PER_BYTE * behind * self.pace.multiplier_percent as u64;
            let (least, most) = SLICE_SCANNED_BYTES;
            let owed = self.pace.owed_bytes.saturating_add(since.saturating_mul(multiplier) / 100);
            let scanned = owed.clamp(least, most);
            self.pace.owed_bytes = owed - scanned.min(owed);
            self.slice(scanned << self.pace.slice_log2, outside);
        }
        if self.phase != Phase::Idle {
            self.pace.is_interrupted = true;
            self.pace.due_at = self.count_bytes() + SLICE_ALLOCATED_BYTES;
            if self.pace.owed_bytes >= SLICE_SCANNED_BYTES.0 {
                self.request_poll(POLL_COLLECT);
            }
        }
        self.announce_finalizable();
    }

    /// As many slices as `scanned_bytes` are worth, at least one; true when that ended a collection
    /// (`collectgarbage("step")`). A stopped collector takes the step all the same.
    pub fn step_explicitly(&mut self, scanned_bytes: u64, outside: &mut dyn OutsideRoots) -> bool {
        self.clear_poll(POLL_COLLECT);
        if self.phase == Phase::Idle {
            self.begin_marking(outside);
        }
        let mut left = scanned_bytes.max(1);
        while left > 0 && self.phase != Phase::Idle {
            self.slice(left.min(SLICE_SCANNED_BYTES.0), outside);
            left = left.saturating_sub(SLICE_SCANNED_BYTES.0);
        }
        if self.phase != Phase::Idle {
            self.pace.is_interrupted = true;
            self.pace.due_at = self.count_bytes() + SLICE_ALLOCATED_BYTES;
        }
        self.announce_finalizable();
        self.phase == Phase::Idle
    }

    /// A full collection, at a safepoint: nothing that is unreachable now survives it, except for what waits
    /// for its finalizer.
    pub fn collect(&mut self, outside: &mut dyn OutsideRoots) {
        self.clear_poll(POLL_COLLECT);
        self.abandon_cycle();
        self.begin_marking(outside);
        // Who asks for it wants the memory back.
        self.pace.recent_max = 0;
        self.run_to_end(outside);
        self.announce_finalizable();
    }

    fn run_to_end(&mut self, outside: &mut dyn OutsideRoots) {
        while self.phase != Phase::Idle {
            self.slice(u64::MAX, outside);
        }
    }

    fn slice(&mut self, budget_bytes: u64, outside: &mut dyn OutsideRoots) {
        let slices = (budget_bytes / SLICE_SCANNED_BYTES.0).max(1);
        match self.phase {
            Phase::Idle => {}
            Phase::Mark => {
                let is_full = budget_bytes == u64::MAX;
                let mark = |heap: &mut Heap| {
                    let marker = &mut heap.marker;
                    marker.drain(budget_bytes)
                        && (is_full || marker.catch_up_with_weak_tables() && marker.catch_up_with_stacks())
                };
                if self.slice_of(Part::Mark, mark) {
                    self.slice_of(Part::Finish, |heap| heap.finish_marking(outside));
                }
            }
            Phase::SweepIntern => {
                let count = slices.saturating_mul(SLICE_ENTRIES);
                self.slice_of(Part::Strings, |heap| heap.sweep_interned(count));
            }
            Phase::SweepBlocks => {
                let count = slices.saturating_mul(SLICE_BLOCKS).min(u32::MAX as u64);
                if self.slice_of(Part::Blocks, |heap| heap.sweep_blocks(count as u32))
                    && self.slice_of(Part::Memory, |heap| heap.trim(slices))
                {
                    self.finish_cycle();
                }
            }
        }
    }

    pub(super) fn sweep_interned(&mut self, entry_count: u64) {
        if self.interned.sweep(usize::try_from(entry_count).unwrap_or(usize::MAX)) {
            if entry_count == u64::MAX {
                // Rebuilding a table of millions takes long; a full collection takes long anyway.
                self.interned.shrink();
            } else {
                self.interned.shrink_gradually();
            }
            self.premark = false;
            self.sweep_cursor = 0;
            // Each page is a matter for the kernel, so a pause has no time for this in a large heap, nor a need.
            self.gives_pages_back = self.pace.began_at <= ONE_STEP_BYTES
                && self.roots_ref().collection_count.is_multiple_of(COLLECTIONS_PER_RETURN);
            self.cells.clear_lists();
            self.set_phase(Phase::SweepBlocks);
        }
    }

    pub(super) fn set_phase(&mut self, phase: Phase) {
        self.phase = phase;
        let roots = self.roots_mut();
        roots.collector_phase = phase as u64;
        roots.marking = (phase == Phase::Mark) as u32;
    }

    fn begin_marking(&mut self, outside: &mut dyn OutsideRoots) {
        self.slice_of(Part::Begin, |heap| {
            heap.begin_cycle();
            heap.mark_roots(outside);
        });
    }

    /// Makes every object white and the roots' turn.
    pub(super) fn begin_cycle(&mut self) {
        debug_assert!(self.phase == Phase::Idle);
        self.marker.reset();
        for block in 0..self.region.block_count() {
            // SAFETY: descriptors below the block count are committed.
            let descriptor = unsafe { &mut *self.geometry.descriptor(block) };
            let is_start =
                descriptor.state == BlockState::Small as u8 || descriptor.state == BlockState::Large as u8;
            descriptor.unswept = is_start as u8;
        }
        self.premark = true;
        for cell in self.cells.in_use() {
            // SAFETY: cells in use have a block of this geometry.
            unsafe { cell.premark(self.geometry) };
        }
        self.pace.began_at = self.count_bytes();
        let recent = self.pace.recent_max;
        self.pace.recent_max = self.pace.began_at.max(recent - recent / 8);
        self.pace.owed_bytes = 0;
        self.pace.is_interrupted = false;
        self.set_phase(Phase::Mark);
    }

    /// Makes what the roots refer to gray.
    pub(super) fn mark_roots(&mut self, outside: &mut dyn OutsideRoots) {
        let marker = &mut self.marker;
        // SAFETY: the roots live with the heap.
        let roots: &Roots = unsafe { &*self.geometry.roots() };
        for coroutine in [roots.current, roots.main] {
            marker.mark_reference(coroutine.addr.0, Kind::Coroutine);
        }
        for table in [roots.globals, roots.registry].iter().chain(&roots.type_metatables) {
            marker.mark_reference(table.addr.0, Kind::Table);
        }
        for string in roots.event_names.iter().chain([&roots.memory_message]) {
            marker.mark_reference(string.addr.0, Kind::String);
        }
        marker.mark_value(roots.error.kind, roots.error.payload);
        self.finalizers.mark_ready(marker);
        outside.trace(&mut |value| marker.mark_value(value.kind, value.payload));
        outside.trace_objects(&mut |addr, kind| marker.mark_reference(addr.0, kind));
    }

    /// A step that is not cut up: marks what has changed since it was scanned. Then marking is done, or goes on
    /// with what was resurrected.
    fn finish_marking(&mut self, outside: &mut dyn OutsideRoots) {
        if self.pace.is_interrupted {
            self.mark_roots(outside);
            self.mark_current_chain();
            self.marker.scan_changed_stacks();
            self.marker.drain(u64::MAX);
        }
        if self.finish_weak_tables() {
            self.begin_sweep();
        }
    }

    /// Coroutines that stand between the running one and main may have run since they were scanned.
    pub(super) fn mark_current_chain(&mut self) {
        // SAFETY: the roots live with the heap; coroutines of the chain are valid.
        unsafe {
            let mut coroutine = self.roots_mut().current;
            while !coroutine.is_null() {
                self.marker.mark_object(coroutine.addr.0, Kind::Coroutine);
                self.marker.rescan.push(coroutine.addr.0);
                coroutine =
                    (*(coroutine.addr.0 as *const dumpfmt::layout::coroutine::CoroutineObject)).resumer;
            }
        }
    }

    /// One of the two steps of `weak.rs`; true when the second is done too.
    pub(super) fn finish_weak_tables(&mut self) -> bool {
        self.marker.converge_ephemerons();
        self.marker.clear_dead_values();
        if !self.marker.has_resurrected {
            self.marker.has_resurrected = true;
            if self.finalizers.resurrect(&mut self.marker) {
                return false;
            }
        }
        self.marker.clear_dead_keys();
        self.marker.settle_open_upvalues();
        true
    }

    pub(super) fn begin_sweep(&mut self) {
        self.interned.begin_sweep();
        self.set_phase(Phase::SweepIntern);
    }

    pub(super) fn finish_cycle(&mut self) {
        self.set_phase(Phase::Idle);
        let roots = self.roots_mut();
        roots.epoch = roots.epoch.wrapping_add(1);
        roots.collection_count += 1;
        let live = roots.bytes_allocated;
        let limit = roots.bytes_allocated_max;
        self.pace.ended_at = live;
        let goal = live.saturating_add(self.pace.growth(live));
        // Near the limit collections begin earlier: an emergency costs more.
        let before_limit = live.saturating_add(limit.saturating_sub(live) / 2);
        self.pace.begins_at = goal.min(before_limit);
        self.pace.due_at = self.pace.begins_at;
        self.region.settle();
    }

    /// Gives memory of free blocks back, a piece for every slice's worth; true when that is done.
    fn trim(&mut self, slices: u64) -> bool {
        let blocks = slices.saturating_mul(SLICE_TRIMMED_BLOCKS).min(u32::MAX as u64);
        let live = self.count_bytes();
        let refill = self.pace.recent_max.saturating_sub(live);
        self.region.trim(self.pace.growth(live), refill, blocks as u32)
            && self.marker.trim(blocks.saturating_mul(BLOCK_SIZE))
    }

    /// Ends whatever is under way as fast as possible: a sweep is finished, marking is undone.
    pub(super) fn abandon_cycle(&mut self) {
        if self.phase == Phase::Mark {
            for block in 0..self.region.block_count() {
                // SAFETY: descriptors and bitmaps below the block count are committed.
                unsafe {
                    (*self.geometry.descriptor(block)).unswept = 0;
                    let words = self.geometry.mark_words(block);
                    core::ptr::write_bytes(words, 0, super::size_class::WORDS_PER_BLOCK);
                }
            }
            self.marker.reset();
            self.premark = false;
            self.set_phase(Phase::Idle);
        }
        if self.phase == Phase::SweepIntern {
            self.sweep_interned(u64::MAX);
        }
        if self.phase == Phase::SweepBlocks {
            self.sweep_blocks(u32::MAX);
            self.trim(u64::MAX);
            self.finish_cycle();
        }
    }

    /// Asks the interpreter for a slice if one is due.
    pub(super) fn poll_if_due(&mut self) {
        if self.count_bytes() >= self.pace.due_at && !self.pace.stopped {
            self.request_poll(POLL_COLLECT);
        }
    }

    /// Tells the collector that a coroutine begins or goes on to run, or that its stack was written from
    /// outside: its stack will be scanned again before marking ends.
    pub fn resumed(&mut self, coroutine: Addr) {
        if self.phase == Phase::Mark {
            self.marker.mark_object(coroutine.0, Kind::Coroutine);
            self.marker.note_changed(coroutine.0);
        }
    }

    /// `collectgarbage("stop")`.
    pub fn stop(&mut self) {
        self.pace.stopped = true;
        self.clear_poll(POLL_COLLECT);
    }

    /// `collectgarbage("restart")`.
    pub fn restart(&mut self) {
        self.pace.stopped = false;
        self.pace.begins_at = self.count_bytes();
        self.pace.due_at = self.pace.begins_at;
        self.request_poll(POLL_COLLECT);
    }

    /// `collectgarbage("isrunning")`.
    pub fn is_running(&self) -> bool {
        !self.pace.stopped
    }

    /// Sets how far the heap grows between collections, in percent; the old value.
    pub fn set_pause(&mut self, percent: u32) -> u32 {
        core::mem::replace(&mut self.pace.pause_percent, percent)
    }

    /// Whether collections are to begin as early as a program in the generational mode expects.
    pub fn set_generational(&mut self, is_generational: bool) {
        self.pace.is_generational = is_generational;
    }

    /// Sets how much is scanned per byte allocated, in percent of the usual; the old value.
    pub fn set_step_multiplier(&mut self, percent: u32) -> u32 {
        core::mem::replace(&mut self.pace.multiplier_percent, percent)
    }

    /// Sets how large slices are by the logarithm of the reference's step size. Smaller ones than usual would
    /// spare no pause that anybody could notice.
    pub fn set_step_size(&mut self, log2: u32) {
        self.pace.slice_log2 = log2.saturating_sub(STEP_SIZE_LOG2).min(20);
    }

    /// Bytes that were in slots when the last collection had ended.
    pub fn count_bytes_at_last_end(&self) -> u64 {
        self.pace.ended_at
    }

    /// Where the collector stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }
}
