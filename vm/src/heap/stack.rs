//! Coroutine stacks under collection.
//!
//! ```text
//!   stack:  values … | registers of the innermost Lua frame … | stale slots … capacity
//!           └─────────────── scanned ───────────────────────┘ └─ set to nil ─┘
//! ```
//!
//! Every slot is either scanned or cleared by every collection, so a slot that a later frame takes over never
//! holds the address of something freed. A stack is scanned when its coroutine is met; those that run after
//! that are scanned once more before marking ends (`Heap::resumed`), most of them in slices.
//!
//! A coroutine keeps its open upvalues. One that runs amid marking is kept, so the stack of one that is found
//! dead has not changed since an upvalue in it was scanned, but by stores with a barrier.
//!
//! Invariant: after marking, no open upvalue that is white is in the list of a live coroutine, and none that
//! is black points into the stack of a dead one.
//! Not here: what frames mean (`dumpfmt/layout/coroutine.rs`).

use super::extent::{StackExtent, extent};
use super::mark::Marker;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::{CoroutineObject, Status};
use dumpfmt::layout::function::{OPEN, UpvalueObject};
use dumpfmt::layout::value::{self, Value};

/// Stacks scanned again, and open upvalues looked at, in one slice.
const COROUTINES_PER_SLICE: usize = 256;
const UPVALUES_PER_SLICE: usize = 4096;

impl Marker {
    /// # Safety
    /// `address` is that of a valid coroutine.
    #[inline(never)]
    pub unsafe fn scan_coroutine(&mut self, address: u64) {
        let coroutine = address as *const CoroutineObject;
        // SAFETY: the caller's.
        unsafe {
            self.scanned_bytes += size_of::<CoroutineObject>() as u64;
            self.mark_reference((*coroutine).stack.addr.0, Kind::Stack);
            self.mark_reference((*coroutine).frames.addr.0, Kind::Frames);
            self.mark_reference((*coroutine).resumer.addr.0, Kind::Coroutine);
            for value in [&raw const (*coroutine).hook, &raw const (*coroutine).error] {
                self.mark_value((*value).kind, (*value).payload);
            }
            if (*coroutine).site.0 != 0 {
                self.mark_origin((*coroutine).site.0);
            }
            let status = (*coroutine).header.flags;
            let running = (*self.geometry.roots()).current.addr.0 == address;
            if running || status == Status::Running as u8 || status == Status::Normal as u8 {
                self.rescan.push(address);
            }
            let mut upvalue = (*coroutine).open_upvalues.addr.0;
            while upvalue != 0 {
                // Its value lies in the stack.
                self.mark_only(upvalue);
                upvalue = (*(upvalue as *const UpvalueObject)).closed.payload;
            }
            let extent = extent(self.geometry, coroutine);
            self.scan_row(extent.start as *const Value, (extent.end - extent.start) / 16);
            if self.keeps_stale {
                self.stale.push(extent);
            } else {
                clear_stale(extent);
            }
        }
    }

    /// Takes every word of the slots that no frame uses for a reference: amid an operation of the interpreter
    /// they may hold values on their way.
    pub fn scan_stale(&mut self) {
        for extent in core::mem::take(&mut self.stale) {
            let mut slot = extent.end;
            while slot < extent.limit {
                // SAFETY: inside the stack of a marked coroutine.
                let payload = unsafe { (*(slot as *const Value)).payload };
                self.mark_word(payload);
                slot += size_of::<Value>() as u64;
            }
        }
    }

    /// Scans the stacks that may have changed since they were scanned, with whatever replaced them.
    pub fn scan_changed_stacks(&mut self) {
        self.rescan.sort_unstable();
        self.rescan.dedup();
        for address in core::mem::take(&mut self.rescan) {
            // SAFETY: coroutines in the list are marked, so they are valid.
            unsafe { self.scan_coroutine(address) };
        }
    }

    /// Scans some of what the step that ends marking would have to look at again. True when little of it is
    /// left, or when the program resumes coroutines as fast as they are scanned.
    pub fn catch_up_with_stacks(&mut self) -> bool {
        if self.catch_up_left == u64::MAX {
            self.rescan.sort_unstable();
            self.rescan.dedup();
            self.catch_up_left = 2 * self.rescan.len() as u64;
        }
        let count = COROUTINES_PER_SLICE.min(self.rescan.len());
        let has_many = count == COROUTINES_PER_SLICE && self.catch_up_left >= count as u64;
        if has_many {
            self.catch_up_left -= count as u64;
            for address in self.rescan.split_off(self.rescan.len() - count) {
                // SAFETY: coroutines in the list are marked, so they are valid.
                unsafe { self.scan_coroutine(address) };
            }
        }
        let stop = self.open_upvalues.len().min(self.upvalues_checked + UPVALUES_PER_SLICE);
        let mut left = stop - self.upvalues_checked;
        while left > 0 {
            left -= 1;
            let upvalue = self.open_upvalues[self.upvalues_checked] as *const UpvalueObject;
            // SAFETY: marked, so valid.
            if unsafe { self.is_in_dead_stack(upvalue) } {
                self.upvalues_checked += 1;
            } else {
                self.open_upvalues.swap_remove(self.upvalues_checked);
            }
        }
        !has_many && self.upvalues_checked == self.open_upvalues.len()
    }

    /// Whether an upvalue is open and the stack that it points into is not marked.
    ///
    /// # Safety
    /// `upvalue` is valid, and its slot is not swept yet.
    unsafe fn is_in_dead_stack(&self, upvalue: *const UpvalueObject) -> bool {
        // SAFETY: the caller's.
        unsafe {
            if (*upvalue).header.flags & OPEN == 0 {
                return false;
            }
            let stack = self.geometry.slot_of((*upvalue).location.0);
            !stack.is_some_and(|stack| stack.kind == Kind::Stack && self.is_marked(stack.address))
        }
    }

    /// Closes black upvalues whose coroutine is white. All marking is done.
    pub fn settle_open_upvalues(&mut self) {
        for address in core::mem::take(&mut self.open_upvalues) {
            let upvalue = address as *mut UpvalueObject;
            // SAFETY: marked, so valid; its slot is not swept yet.
            unsafe {
                if self.is_in_dead_stack(upvalue) {
                    let slot = (*upvalue).location.0 as *const Value;
                    (*upvalue).closed = Value::raw((*slot).kind, (*slot).payload);
                    (*upvalue).location = Addr(address + UpvalueObject::CLOSED);
                    (*upvalue).header.flags &= !OPEN;
                }
            }
        }
    }
}

/// Sets the slots that no frame uses to nil; slots that are nil already are only read, so that a stack that
/// has not grown since costs no page after a fork.
///
/// # Safety
/// The extent is that of a valid stack.
unsafe fn clear_stale(extent: StackExtent) {
    let mut slot = extent.end as *mut Value;
    while (slot as u64) < extent.limit {
        // SAFETY: the caller's.
        unsafe {
            if (*slot).kind != value::NIL || (*slot).payload != 0 {
                slot.write(Value::NIL);
            }
            slot = slot.add(1);
        }
    }
}
