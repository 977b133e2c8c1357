//! Coroutine stacks under collection.
//!
//! ```text
//!   stack:  values … | registers of the innermost Lua frame … | stale slots … capacity
//!           └─────────────── scanned ───────────────────────┘ └─ set to nil ─┘
//! ```
//!
//! Every slot is either scanned or cleared by every collection, so a slot that a later frame takes over never
//! holds the address of something freed. A stack is scanned when its coroutine is met; those that run after
//! that are scanned once more when marking ends (`Heap::resumed`).
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
            if !(*coroutine).open_upvalues.is_null() {
                self.with_open.push(address);
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

    /// Marks the values of open upvalues anew: when their coroutine is dead, no stack scan does.
    pub fn scan_open_upvalues(&mut self) {
        for index in 0..self.open_upvalues.len() {
            let upvalue = self.open_upvalues[index] as *const UpvalueObject;
            // SAFETY: marked, so valid; its slot is still allocated.
            unsafe {
                if (*upvalue).header.flags & OPEN != 0 {
                    let slot = (*upvalue).location.0 as *const Value;
                    self.mark_value((*slot).kind, (*slot).payload);
                }
            }
        }
    }

    /// Unlinks white upvalues from the lists of live coroutines, and closes black ones whose coroutine is
    /// white. All marking is done.
    pub fn settle_open_upvalues(&mut self) {
        for address in core::mem::take(&mut self.with_open) {
            let coroutine = address as *mut CoroutineObject;
            // SAFETY: marked, so valid; the list's objects are not swept yet.
            unsafe {
                let mut link: *mut u64 = (&raw mut (*coroutine).open_upvalues).cast();
                while *link != 0 {
                    let upvalue = *link as *mut UpvalueObject;
                    let next: *mut u64 = &raw mut (*upvalue).closed.payload;
                    if self.is_marked(*link) {
                        link = next;
                    } else {
                        *link = *next;
                    }
                }
            }
        }
        for address in core::mem::take(&mut self.open_upvalues) {
            let upvalue = address as *mut UpvalueObject;
            // SAFETY: marked, so valid; its slot is not swept yet.
            unsafe {
                if (*upvalue).header.flags & OPEN == 0 {
                    continue;
                }
                let location = (*upvalue).location.0;
                let stack = self.geometry.slot_of(location).filter(|slot| slot.kind == Kind::Stack);
                if stack.is_some_and(|stack| self.is_marked(stack.address)) {
                    continue;
                }
                let slot = location as *const Value;
                (*upvalue).closed = Value::raw((*slot).kind, (*slot).payload);
                (*upvalue).location = Addr(address + UpvalueObject::CLOSED);
                (*upvalue).header.flags &= !OPEN;
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
