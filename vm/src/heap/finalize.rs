//! Objects with finalizers (manual, section 2.5.3).
//!
//! Invariant: an object is at most once in `registered`, exactly while its header flag says so; what is in
//! `ready` is kept alive by the collector until the VM takes it.
//! Not here: calling `__gc` (the VM, at a safepoint).

use super::mark::{KIND_OF_VALUE, Marker};
use super::{Heap, POLL_FINALIZE};
use dumpfmt::layout::ObjectHeader;
use dumpfmt::layout::value::Value;
use std::collections::VecDeque;

/// `ObjectHeader::flags` of a table or userdata: it is registered for finalization.
pub const REGISTERED: u8 = 4;

/// Bytes allocated between two rounds of finalizers. No more objects than [`FINALIZED_AT_ONCE`] can be born on so
/// many, so that a program that makes nothing else is kept up with.
const POSTPONED_BYTES: u64 = 8 << 10;
/// Finalizers called in one go amid a program that has not asked for them.
pub const FINALIZED_AT_ONCE: usize = 128;

/// Who is to be finalized, and who may be.
#[derive(Default)]
pub(super) struct Finalizers {
    /// In the order in which they were marked for finalization.
    registered: Vec<Value>,
    /// Unreachable, in the order in which their finalizers are to run.
    ready: VecDeque<Value>,
    /// The state is being closed: nothing is registered any more.
    closing: bool,
}

impl Finalizers {
    /// Marks what waits for its finalizer.
    pub fn mark_ready(&self, marker: &mut Marker) {
        for value in &self.ready {
            marker.mark_value(value.kind, value.payload);
        }
    }

    /// Moves registered objects that are not marked to the end of those that are ready, the newest first, and
    /// marks them; true when there were any.
    pub fn resurrect(&mut self, marker: &mut Marker) -> bool {
        let dead: Vec<Value> =
            self.registered.extract_if(.., |value| !marker.is_marked(value.payload)).collect();
        for value in &dead {
            marker.mark_value(value.kind, value.payload);
        }
        self.ready.extend(dead.iter().rev());
        !dead.is_empty()
    }

    /// Every object that the collector must know of, for the verifier.
    pub fn all(&self) -> impl Iterator<Item = Value> + '_ {
        self.registered.iter().chain(&self.ready).copied()
    }

    /// Objects that the collector keeps alive for their finalizer.
    pub fn ready(&self) -> impl Iterator<Item = Value> + '_ {
        self.ready.iter().copied()
    }
}

impl Heap {
    /// Marks a table or userdata for finalization: `setmetatable` was given a metatable with a `__gc` field.
    /// Does nothing when it is marked already.
    pub fn register_finalizer(&mut self, object: Value) {
        let header = object.payload as *mut ObjectHeader;
        debug_assert!(KIND_OF_VALUE[object.kind as usize & 15] as u8 != 0);
        // SAFETY: valid by the heap's contract.
        unsafe {
            if self.finalizers.closing || (*header).flags & REGISTERED != 0 {
                return;
            }
            (*header).flags |= REGISTERED;
        }
        self.finalizers.registered.push(Value::raw(object.kind, object.payload));
    }

    /// Takes the next object whose finalizer is to be called. From then on it is an ordinary object, which may
    /// be marked for finalization again.
    pub fn next_finalizable(&mut self) -> Option<Value> {
        let value = self.finalizers.ready.pop_front();
        if self.finalizers.ready.is_empty() {
            self.clear_poll(POLL_FINALIZE);
        }
        if let Some(value) = value {
            // SAFETY: what is ready is kept alive.
            unsafe { (*(value.payload as *mut ObjectHeader)).flags &= !REGISTERED };
            // It was marked as one that is ready; now only the caller has it.
            self.barrier(value);
        }
        value
    }

    /// Makes every registered object ready, in the reverse order of registration: the state is being closed.
    /// From now on nothing can be registered.
    pub fn finalize_all(&mut self) {
        let finalizers = &mut self.finalizers;
        finalizers.closing = true;
        finalizers.ready.extend(finalizers.registered.drain(..).rev());
        self.announce_finalizable();
    }

    /// Puts off the finalizers that are left: the interpreter has called as many as it may in one go. It is
    /// asked again when a little more has been allocated.
    pub fn postpone_finalizers(&mut self) {
        self.clear_poll(POLL_FINALIZE);
        if !self.finalizers.ready.is_empty() {
            let soon = self.count_bytes() + POSTPONED_BYTES;
            self.pace.due_at = self.pace.due_at.min(soon);
        }
    }

    /// Asks the interpreter to call finalizers when there is something to finalize.
    pub(super) fn announce_finalizable(&mut self) {
        if !self.finalizers.ready.is_empty() {
            self.request_poll(POLL_FINALIZE);
        }
    }
}
