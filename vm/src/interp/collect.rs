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
        result
    }

    /// One step of a collection, as large as an allocation of `kibibytes` would make it; true when it has
    /// finished one.
    pub fn collect_step(&mut self, kibibytes: i64) -> Result<bool, Raise> {
        let scanned = (kibibytes.max(0) as u64).saturating_mul(1024).saturating_mul(4).max(64 << 10);
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
        self.heap.set_pause(percent.clamp(0, 1000) as u32) as i64
    }

    /// Sets the step multiplier in percent; the previous one.
    pub fn set_collector_multiplier(&mut self, percent: i64) -> i64 {
        self.heap.set_step_multiplier(percent.clamp(0, 1000) as u32) as i64
    }

    /// Notes which mode a program has asked for; true when the previous one was "generational". The collector
    /// is the same in both.
    pub fn swap_collector_mode(&mut self, generational: bool) -> bool {
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
