//! The collector as a program controls it (manual, `collectgarbage`).

use super::state::{Raise, Vm};
use crate::event_loop::EventLoop;
use crate::heap::Heap;
use crate::heap::pointer::at;
use crate::sys::clock;
use dumpfmt::layout::coroutine::CoroutineObject;
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::value::Value;
use dumpfmt::record::CollectionKind;
use std::io::Write;

/// What a basic step scans.
const BASIC_STEP_BYTES: u64 = 1 << 20;
/// What a step scans for each byte of its size.
const SCANNED_PER_STEP_BYTE: u64 = 64;
/// The largest heap that a step in the generational mode collects as a whole: a few milliseconds.
const YOUNG_HEAP_BYTES_MAX: u64 = 4 << 20;

/// A percentage as the reference keeps it: a quarter of it in a byte.
fn parameter(percent: i64) -> u32 {
    (percent as i32 / 4) as u8 as u32 * 4
}

impl Vm {
    /// A full collection, then the finalizers it has found work for. Called by a native function at a point
    /// where it holds nothing that is not on the stack.
    pub fn collect_garbage(&mut self) -> Result<(), Raise> {
        self.collecting(CollectionKind::Asked, |heap, event_loop| heap.collect(event_loop));
        self.run_finalizers()
    }

    /// Lets the collector work, and tells the flight recorder.
    pub(super) fn collecting<R>(
        &mut self,
        kind: CollectionKind,
        work: impl FnOnce(&mut Heap, &mut EventLoop) -> R,
    ) -> R {
        let (count, before) = (self.r().collection_count, self.r().bytes_allocated);
        let started = clock::monotonic();
        let result = work(&mut self.heap, &mut self.event_loop);
        let duration = clock::monotonic().saturating_sub(started);
        let ended = (self.r().collection_count != count).then(|| self.r().epoch);
        let bytes = (before, self.r().bytes_allocated);
        self.event_loop.note_collecting(kind, duration, bytes, ended);
        let was_asked_for = kind == CollectionKind::Asked;
        if let Some(line) = ended.and_then(|_| self.heap.take_trace(was_asked_for)) {
            // Nothing can be done about an output that refuses.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
        result
    }

    /// One step of a collection, as large as an allocation of `kibibytes` would make it, or a basic one when
    /// that is 0; true when it has finished one.
    ///
    /// A basic step in the generational mode is a collection of what is young; here it is a whole one, unless
    /// the heap is so large that this takes longer than a step may. It ends a cycle, as the reference counts,
    /// only when most of what had been allocated is still in use.
    pub fn collect_step(&mut self, kibibytes: i64) -> Result<bool, Raise> {
        let Ok(bytes) = u64::try_from(kibibytes).map(|count| count.saturating_mul(1024)) else {
            return Ok(false);
        };
        let is_minor = self.generational && (bytes == 0 || bytes >= self.heap_bytes());
        if is_minor && self.heap_bytes() <= YOUNG_HEAP_BYTES_MAX {
            let majority = self.heap.count_bytes_at_last_end() / 2 * 3;
            self.collect_garbage()?;
            return Ok(self.heap_bytes() > majority);
        }
        let scanned = if bytes == 0 { BASIC_STEP_BYTES } else { bytes.saturating_mul(SCANNED_PER_STEP_BYTE) };
        let finished = self
            .collecting(CollectionKind::Asked, |heap, event_loop| heap.step_explicitly(scanned, event_loop));
        self.run_finalizers()?;
        Ok(finished)
    }

    /// Stops the collector, or lets it go on.
    pub fn stop_collector(&mut self, stopped: bool) {
        if stopped { self.heap.stop() } else { self.heap.restart() }
    }

    /// Whether the collector runs by itself.
    pub fn is_collector_running(&self) -> bool {
        self.heap.is_running()
    }

    /// Checks the whole heap; the runtime stands at a safepoint.
    pub fn verify_heap(&self) -> Result<(), crate::heap::Violation> {
        self.save_coroutine();
        self.heap.verify(&self.event_loop)
    }

    /// Bytes in use.
    pub fn heap_bytes(&self) -> u64 {
        self.heap.count_bytes()
    }

    /// Bytes that may be in use at most.
    pub fn heap_bytes_max(&self) -> u64 {
        self.r().bytes_allocated_max
    }

    /// Sets the pause in percent; the previous one.
    pub fn set_collector_pause(&mut self, percent: i64) -> i64 {
        self.heap.set_pause(parameter(percent)) as i64
    }

    /// Sets the step multiplier in percent; the previous one.
    pub fn set_collector_multiplier(&mut self, percent: i64) -> i64 {
        self.heap.set_step_multiplier(parameter(percent)) as i64
    }

    /// Sets pause, step multiplier and the logarithm of the step's size, each unless it is 0.
    pub fn set_collector_parameters(&mut self, [pause, multiplier, size_log2]: [i64; 3]) {
        if pause != 0 {
            self.set_collector_pause(pause);
        }
        if multiplier != 0 {
            self.set_collector_multiplier(multiplier);
        }
        if size_log2 != 0 {
            self.heap.set_step_size(size_log2.clamp(0, 63) as u32);
        }
    }

    /// Notes which mode a program has asked for; true when the previous one was "generational". The collector
    /// is the same in both, but begins earlier in that one.
    pub fn swap_collector_mode(&mut self, generational: bool) -> bool {
        self.heap.set_generational(generational);
        core::mem::replace(&mut self.generational, generational)
    }

    /// The metamethod of a value, nil when it has none.
    pub fn metamethod_of(&self, value: Value, event: Event) -> Value {
        self.metamethod(value, event)
    }

    /// Whether a coroutine is the main one.
    pub fn is_main(&self, coroutine: Value) -> bool {
        coroutine.addr() == self.r().main.addr
    }

    /// Whether a coroutine could yield now.
    pub fn is_yieldable(&self, coroutine: Value) -> bool {
        // SAFETY: the caller passes a valid coroutine.
        let depth = unsafe { (*at::<CoroutineObject>(coroutine.addr())).native_depth };
        !self.is_main(coroutine) && depth == 0
    }

    /// The value of the error that was last on its way.
    pub fn current_error(&self) -> Value {
        self.r().error
    }
}
