//! Collections amid an allocation: at the memory limit, and at every allocation under stress.
//!
//! Then machine code is in the middle of something: it holds references in registers and on its stack, to
//! objects that it may not have finished. So every word of the machine stack that points at or into a slot
//! keeps that slot alive, and so does, from there on, every word of the slot. What the roots reach is marked
//! first and exactly, so that only what they do not reach is treated like this.
//!
//! Invariant: no object is taken for finished unless the roots reach it.
//! Not here: phases (`cycle.rs`).

use super::{Heap, OutOfMemory, OutsideRoots};

/// Roots of a heap that nobody has given any.
struct NoRoots;

impl OutsideRoots for NoRoots {
    fn trace(&self, _: &mut dyn FnMut(dumpfmt::layout::value::Value)) {}
}

/// Callee-saved registers of either architecture; the others are on the stack by the time of a call.
const SAVED_REGISTERS: usize = 12;

/// `Heap::native_stack_bottom`: to be asked of the system. The answer takes longer than the start of a small
/// program, most of which never need it.
const STACK_UNKNOWN: usize = usize::MAX;

impl Heap {
    /// Where the machine stack of the thread that runs Lua begins (its highest address). Until it is set
    /// there is no collection amid an allocation.
    pub fn set_native_stack_bottom(&mut self, address: usize) {
        self.native_stack_bottom = address;
    }

    /// The roots that a collection amid an allocation asks. They must stay where they are until others are
    /// set, and must not be borrowed mutably while the heap allocates.
    pub fn set_outside(&mut self, outside: *mut dyn OutsideRoots) {
        self.outside = Some(outside);
    }

    /// Allows collections amid allocations on the thread that calls this; its machine stack is looked up at
    /// the first one.
    pub fn use_native_stack(&mut self) {
        self.native_stack_bottom = STACK_UNKNOWN;
    }

    /// What every allocation that is not a matter of a few instructions passes.
    pub(super) fn before_allocation(&mut self, size_bytes: usize) -> Result<(), OutOfMemory> {
        if self.stress {
            self.emergency();
        }
        if let Some(left) = self.allocations_left.as_mut() {
            if *left == 0 {
                return Err(OutOfMemory);
            }
            *left -= 1;
        }
        let slot_size = if size_bytes > super::size_class::SMALL_BYTES_MAX {
            size_bytes as u64
        } else {
            Heap::slot_size(size_bytes) as u64
        };
        if self.exceeds_limit(slot_size) {
            self.emergency();
            if self.exceeds_limit(slot_size) {
                return Err(OutOfMemory);
            }
        }
        Ok(())
    }

    fn exceeds_limit(&self, slot_size: u64) -> bool {
        self.count_bytes().saturating_add(slot_size) > self.roots_ref().bytes_allocated_max
    }

    /// A full collection amid an allocation, if one is possible.
    pub(super) fn emergency(&mut self) {
        if self.native_stack_bottom == STACK_UNKNOWN {
            self.native_stack_bottom = crate::sys::memory::native_stack_bottom();
        }
        if self.native_stack_bottom == 0 {
            return;
        }
        match self.outside {
            // SAFETY: `set_outside` says who owes what.
            Some(outside) => self.collect_conservatively(unsafe { &mut *outside }),
            None => self.collect_conservatively(&mut NoRoots),
        }
    }

    /// A full collection at any point: what the machine stack points at survives.
    #[inline(never)]
    pub fn collect_conservatively(&mut self, outside: &mut dyn OutsideRoots) {
        self.abandon_cycle();
        self.begin_cycle();
        // Values on their way may lie in slots that no frame uses yet.
        self.marker.keeps_stale = true;
        self.mark_roots(outside);
        self.mark_current_chain();
        self.marker.scan_changed_stacks();
        self.marker.drain(u64::MAX);
        self.marker.conservative = true;
        self.marker.scan_stale();
        self.mark_native_stack();
        self.marker.drain(u64::MAX);
        self.marker.conservative = false;
        while !self.finish_weak_tables() {
            self.marker.drain(u64::MAX);
        }
        self.begin_sweep();
        self.abandon_cycle();
        self.announce_finalizable();
    }

    #[inline(never)]
    fn mark_native_stack(&mut self) {
        let mut registers = [0usize; SAVED_REGISTERS];
        save_registers(&mut registers);
        let mut address = core::hint::black_box(&raw const registers) as usize;
        while address + size_of::<u64>() <= self.native_stack_bottom {
            // SAFETY: between the stack pointer and its bottom the machine stack is readable and aligned.
            self.marker.mark_word(unsafe { core::ptr::read_volatile(address as *const u64) });
            address += size_of::<u64>();
        }
    }

    /// Whether slots are handed out one by one, so that every allocation passes `before_allocation`.
    pub(super) fn one_at_a_time(&self) -> bool {
        self.stress || self.allocations_left.is_some()
    }

    /// Lets `count` more allocations succeed and none after that; `None` lifts it. For tests of what happens
    /// when memory runs out at any given point.
    pub fn fail_after(&mut self, count: Option<u64>) {
        self.allocations_left = count;
        for cell in self.cells.in_use() {
            // SAFETY: cells in use have a block.
            unsafe { (*self.geometry.descriptor(cell.block)).live_count -= cell.free.count_ones() };
            cell.forget();
        }
    }
}

/// Writes the registers that a callee must keep: they may hold the only reference to an object.
#[inline(always)]
fn save_registers(registers: &mut [usize; SAVED_REGISTERS]) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: stores inside the array only.
    unsafe {
        core::arch::asm!(
            "mov [{0}], rbx",
            "mov [{0} + 8], rbp",
            "mov [{0} + 16], r12",
            "mov [{0} + 24], r13",
            "mov [{0} + 32], r14",
            "mov [{0} + 40], r15",
            in(reg) registers.as_mut_ptr(),
            options(nostack, preserves_flags)
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: stores inside the array only.
    unsafe {
        core::arch::asm!(
            "stp x19, x20, [{0}]",
            "stp x21, x22, [{0}, #16]",
            "stp x23, x24, [{0}, #32]",
            "stp x25, x26, [{0}, #48]",
            "stp x27, x28, [{0}, #64]",
            "str x29, [{0}, #80]",
            in(reg) registers.as_mut_ptr(),
            options(nostack, preserves_flags)
        );
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = registers;
}
