//! The heap: everything that Lua can see lives in its region, and only its functions hand out slots.
//!
//! # Contract between the heap and machine code
//! - *Safepoints.* `step` and `collect` run at safepoints only: every object that is still needed is reachable
//!   from `Roots`, a coroutine's stack or `OutsideRoots`. An allocation collects only at the memory limit and
//!   under stress, and then keeps everything that the machine stack points at; a Rust `Vec` it does not see.
//! - *Publication.* An object is filled before it can be reached from a root. A new stack is filled with nil.
//! - *Barrier.* While `Roots::marking` is not 0, every store of a reference into an object that is not a slot
//!   of the running coroutine's stack is followed by `barrier` (values), `shade_object` (references) or
//!   `rescan` (contents copied or moved from elsewhere): this holds for new objects too, which are born black.
//!   A node moved inside a hash part is such a store. `resumed` tells of a coroutine that goes on.
//! - *Moving nothing.* An object's address is its identity for life; `grow` makes a new one.
//!
//! Invariant: the allocated bitmap is exact at every moment, so that the heap can be dumped at any point.
//! Not here: what objects mean; tables and strings stand on the heap (`heap/table.rs`, `heap/string.rs`).

#![allow(unsafe_code)]

mod geometry;

mod size_class;

mod region;

mod gray;

mod extent;

mod mark;

mod scan;

mod stack;

mod weak;

mod intern;

mod finalize;

mod allocate;

mod slices;

mod sweep;

mod cycle;

mod conservative;

mod walk;

pub mod pointer;

pub mod string;

pub mod table;

mod verify;

#[cfg(test)]
mod tests;

pub use cycle::Phase;
pub use finalize::{FINALIZED_AT_ONCE, REGISTERED};
pub use verify::Violation;
pub use walk::Walk;

use allocate::Cells;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use cycle::Pace;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::{OPEN, UpvalueObject};
use dumpfmt::layout::roots::Roots;
use dumpfmt::layout::table::TableObject;
use dumpfmt::layout::value::Value;
use finalize::Finalizers;
use geometry::Geometry;
use intern::InternTable;
use mark::Marker;
use region::Region;
pub use region::RegionError;
use slices::Trace;

/// A bit of `Roots::poll`: a slice of the collection is due.
pub const POLL_COLLECT: u32 = 1;
/// A bit of `Roots::poll`: objects wait for their finalizer.
pub const POLL_FINALIZE: u32 = 2;

/// How to set up a heap.
#[derive(Clone, Copy, Debug)]
pub struct HeapOptions {
    /// The largest number of bytes in slots; `u64::MAX` for none.
    pub bytes_max: u64,
    /// Collect at every allocation.
    pub stress: bool,
}

/// There is no room for an object, not even after a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not enough memory")
    }
}

impl core::error::Error for OutOfMemory {}

/// References from outside the region: what the runtime's own structures keep alive.
pub trait OutsideRoots {
    /// Calls `visit` with every value that is to be kept alive.
    fn trace(&self, visit: &mut dyn FnMut(Value));

    /// Calls `visit` with every object that is to be kept alive and is no value (a prototype).
    fn trace_objects(&self, visit: &mut dyn FnMut(Addr, Kind)) {
        let _ = visit;
    }
}

/// The heap.
pub struct Heap {
    geometry: Geometry,
    cells: Cells,
    /// New slots are marked: between the start of a collection and the sweep of blocks.
    premark: bool,
    phase: Phase,
    stress: bool,
    interned: InternTable,
    marker: Marker,
    region: Region,
    pace: Pace,
    finalizers: Finalizers,
    /// The next block to be swept.
    sweep_cursor: u32,
    /// The sweep of blocks gives memory back that programs have not used lately.
    gives_pages_back: bool,
    /// See `set_outside`.
    outside: Option<*mut dyn OutsideRoots>,
    /// 0 until it is set.
    native_stack_bottom: usize,
    /// See `fail_after`.
    allocations_left: Option<u64>,
    trace: Option<Box<Trace>>,
}

impl Heap {
    /// Reserves a region and sets its roots up: everything is null, zero or nil but the addresses of the
    /// region's parts, the empty hash part, the epoch (1) and the limit.
    pub fn new(options: HeapOptions) -> Result<Heap, RegionError> {
        let region = Region::new()?;
        let geometry = region.geometry;
        // One entry for every 256 bytes; when the stack runs over, marking goes by the bitmaps.
        let marker = Marker::new(geometry, region.bytes_max() / 32).ok_or(RegionError)?;
        let interned = InternTable::new(geometry).ok_or(RegionError)?;
        let mut heap = Heap {
            geometry,
            cells: Cells::new().ok_or(RegionError)?,
            premark: false,
            phase: Phase::Idle,
            stress: options.stress,
            interned,
            marker,
            region,
            pace: Pace::new(),
            finalizers: Finalizers::default(),
            sweep_cursor: 0,
            gives_pages_back: false,
            outside: None,
            native_stack_bottom: 0,
            allocations_left: None,
            trace: None,
        };
        heap.roots_mut().bytes_allocated_max = options.bytes_max;
        heap.pace.begins_at = heap.pace.begins_at.min(options.bytes_max / 2);
        heap.pace.due_at = heap.pace.begins_at;
        Ok(heap)
    }

    /// The roots, at the start of the region. They live as long as the heap.
    #[inline(always)]
    pub fn roots(&self) -> *mut Roots {
        self.geometry.roots()
    }

    fn roots_mut(&mut self) -> &mut Roots {
        // SAFETY: committed as long as the heap, and used for one statement at a time.
        unsafe { &mut *self.geometry.roots() }
    }

    fn roots_ref(&self) -> &Roots {
        // SAFETY: committed as long as the heap, and used for one statement at a time.
        unsafe { &*self.geometry.roots() }
    }

    /// The word that asks the interpreter to look up. A handler may set a bit at any moment, so nobody writes it
    /// but by one operation.
    fn poll(&self) -> &AtomicU32 {
        // SAFETY: committed as long as the heap; written through atomics alone.
        unsafe { AtomicU32::from_ptr(&raw mut (*self.geometry.roots()).poll) }
    }

    /// Sets a bit of `Roots::poll`.
    pub fn request_poll(&self, bit: u32) {
        self.poll().fetch_or(bit, Ordering::Relaxed);
    }

    /// Clears a bit of `Roots::poll`.
    pub fn clear_poll(&self, bit: u32) {
        self.poll().fetch_and(!bit, Ordering::Relaxed);
    }

    /// Bytes in slots that are live or not yet swept.
    #[inline]
    pub fn count_bytes(&self) -> u64 {
        self.roots_ref().bytes_allocated
    }

    /// Tells the collector that `value` was stored in an object.
    #[inline(always)]
    pub fn barrier(&mut self, value: Value) {
        if self.roots_ref().marking != 0 {
            self.shade(value);
        }
    }

    /// Makes what `value` refers to gray if it is white. The collector is marking.
    #[cold]
    #[inline(never)]
    pub fn shade(&mut self, value: Value) {
        if self.phase == Phase::Mark {
            self.marker.mark_value(value.kind, value.payload);
        }
    }

    /// Tells the collector that a reference to an object was stored in an object, if it is marking.
    #[inline(always)]
    pub fn shade_when_marking(&mut self, addr: Addr, kind: Kind) {
        if self.roots_ref().marking != 0 {
            self.shade_object(addr, kind);
        }
    }

    /// Makes an object gray if it is white; of a coroutine, has its stack scanned again before marking ends.
    #[cold]
    #[inline(never)]
    pub fn shade_object(&mut self, addr: Addr, kind: Kind) {
        if self.phase != Phase::Mark || addr.is_null() || addr.0 == self.geometry.empty_nodes() {
            return;
        }
        self.marker.mark_object(addr.0, kind);
        match kind {
            Kind::Coroutine => self.marker.note_changed(addr.0),
            // SAFETY: valid by the contract.
            Kind::Upvalue if unsafe { (*(addr.0 as *const UpvalueObject)).header.flags & OPEN != 0 } => {
                self.marker.open_upvalues.push(addr.0);
            }
            _ => {}
        }
    }

    /// Has an object scanned again whose contents were copied from elsewhere, or moved about: something that
    /// has grown. The array part of a table is scanned with its table, so rescan that.
    pub fn rescan(&mut self, addr: Addr, kind: Kind) {
        if self.phase != Phase::Mark || addr.is_null() || addr.0 == self.geometry.empty_nodes() {
            return;
        }
        if !self.marker.is_marked(addr.0) {
            return;
        }
        match kind {
            Kind::Coroutine => self.marker.note_changed(addr.0),
            Kind::Stack | Kind::Frames | Kind::String | Kind::Bytes => {}
            _ => self.marker.push_again(addr.0, kind),
        }
    }

    /// The object whose slot holds an address, if there is one.
    pub fn object_at(&self, addr: Addr) -> Option<(Addr, Kind)> {
        self.geometry.slot_of(addr.0).map(|slot| (Addr(slot.address), slot.kind))
    }

    /// Tells the collector that `setmetatable` changed the weakness in the header of a table.
    pub fn note_weakness(&mut self, table: *mut TableObject) {
        self.rescan(Addr(table as u64), Kind::Table);
    }
}
