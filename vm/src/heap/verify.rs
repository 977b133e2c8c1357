//! The whole-heap verifier: what must hold between any two operations, checked the slow way.
//!
//! First the block table against the bitmaps and the counts, then everything that the roots reach: each
//! reference against the slot it claims, each object against its own rules (`objects.rs`), and the colours
//! against the phase of the collector.
//!
//! Invariant: it trusts nothing it has not checked; a broken heap is a [`Violation`], never a fault.
//! Not here: repair.

mod blocks;

mod objects;

use super::cycle::Phase;
use super::gray::MAYBE_TABLE;
use super::{Heap, OutsideRoots};
use core::fmt;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::value::{self, NIL, OBJECT, ORIGIN_TAG_MASK, PROTOTYPE, Value};
use std::collections::HashSet;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The object, slot or block it was found in.
    pub addr: Addr,
    /// What should hold and does not.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.addr, self.problem)
    }
}

impl core::error::Error for Violation {}

fn violation<T>(address: u64, problem: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { addr: Addr(address), problem: problem.into() })
}

impl Heap {
    /// Checks the whole heap; at a safepoint.
    pub fn verify(&self, outside: &dyn OutsideRoots) -> Result<(), Violation> {
        blocks::check(self)?;
        let mut tour = Tour {
            heap: self,
            seen: HashSet::new(),
            queue: Vec::new(),
            gray: self.marker.gray_entries().collect(),
            owner_black: false,
        };
        tour.check_interned()?;
        tour.visit_roots(outside)?;
        while let Some((address, kind)) = tour.queue.pop() {
            tour.owner_black = tour.is_black(address, kind as u64);
            tour.check_object(address, kind)?;
        }
        Ok(())
    }
}

/// A walk over everything that the roots reach.
struct Tour<'a> {
    heap: &'a Heap,
    seen: HashSet<u64>,
    queue: Vec<(u64, Kind)>,
    /// Entries that marking has yet to scan.
    gray: HashSet<u64>,
    /// What is being checked has been scanned already, so it may refer to no white object.
    owner_black: bool,
}

impl Tour<'_> {
    /// Whether the collector is marking and is done with the part of the heap that this entry stands for.
    fn is_black(&self, address: u64, tag: u64) -> bool {
        self.heap.phase == Phase::Mark
            && address != self.heap.geometry.empty_nodes()
            && self.heap.marker.is_marked(address)
            && !self.gray.contains(&(address | tag))
    }

    /// Whether an entry says that the object will be marked when the entry is taken.
    fn is_about_to_be_marked(&self, address: u64, kind: Kind) -> bool {
        match kind {
            Kind::Table => self.gray.contains(&(address | MAYBE_TABLE)),
            Kind::Nodes => self.gray.contains(&(address | kind as u64)),
            _ => false,
        }
    }

    /// Checks a reference from `owner` and has its object checked later.
    fn visit(&mut self, owner: u64, address: u64, kind: Kind) -> Result<(), Violation> {
        let geometry = self.heap.geometry;
        match geometry.slot_of(address) {
            None => return violation(owner, format!("refers to {address:#x}, where no object is")),
            Some(slot) if slot.address != address => {
                return violation(owner, format!("refers to {address:#x}, inside an object"));
            }
            Some(slot) if slot.kind != kind => {
                let (wanted, found) = (kind.name(), slot.kind.name());
                return violation(owner, format!("refers to {address:#x} as a {wanted}; it is a {found}"));
            }
            Some(_) => {}
        }
        // SAFETY: the address was just found in a slot of a block in use.
        let (unswept, marked) = unsafe {
            let first = (*geometry.descriptor(geometry.block_index(address))).first;
            ((*geometry.descriptor(first)).unswept != 0, geometry.mark_bit(address).is_set())
        };
        match self.heap.phase {
            Phase::Mark if self.owner_black && !marked && !self.is_about_to_be_marked(address, kind) => {
                return violation(owner, format!("is black and refers to {address:#x}, which is white"));
            }
            Phase::SweepBlocks if unswept && !marked => {
                return violation(owner, format!("refers to {address:#x}, which is about to be swept"));
            }
            // A string may still be resurrected by the look-up that finds it, never by a reference.
            Phase::SweepIntern if !marked => {
                return violation(owner, format!("refers to {address:#x}, which was not marked"));
            }
            _ => {}
        }
        if self.seen.insert(address) {
            self.queue.push((address, kind));
        }
        Ok(())
    }

    fn visit_reference(&mut self, owner: u64, address: Addr, kind: Kind) -> Result<(), Violation> {
        if address.is_null() { Ok(()) } else { self.visit(owner, address.0, kind) }
    }

    fn visit_value(&mut self, owner: u64, value: Value) -> Result<(), Violation> {
        match value.kind {
            NIL => self.check_origin(owner, value.payload),
            value::FALSE..=value::POINTER => Ok(()),
            kind @ OBJECT..=PROTOTYPE => {
                let object = super::mark::KIND_OF_VALUE[kind as usize];
                self.visit(owner, value.payload, object)?;
                if object == Kind::String { self.check_string_kind(owner, value) } else { Ok(()) }
            }
            kind => violation(owner, format!("holds a value of kind {kind}, which there is not")),
        }
    }

    /// An instruction's address in a nil or a site: in a code object that is alive, or outside the blocks.
    fn check_origin(&self, owner: u64, payload: u64) -> Result<(), Violation> {
        let address = payload & !ORIGIN_TAG_MASK;
        let end = self.heap.geometry.block_address(self.heap.region.block_count());
        if !(self.heap.geometry.blocks()..end).contains(&address) {
            return Ok(());
        }
        match self.heap.geometry.slot_of(address) {
            Some(slot) if slot.kind == Kind::Code => Ok(()),
            _ => violation(owner, format!("names an instruction at {address:#x}, where no code is")),
        }
    }

    fn visit_roots(&mut self, outside: &dyn OutsideRoots) -> Result<(), Violation> {
        let roots = self.heap.roots_ref();
        let base = self.heap.geometry.base;
        for coroutine in [roots.current, roots.main] {
            self.visit_reference(base, coroutine.addr, Kind::Coroutine)?;
        }
        for table in [roots.globals, roots.registry].iter().chain(&roots.type_metatables) {
            self.visit_reference(base, table.addr, Kind::Table)?;
        }
        for string in roots.event_names.iter().chain([&roots.memory_message]) {
            self.visit_reference(base, string.addr, Kind::String)?;
        }
        self.visit_value(base, roots.error)?;
        let mut result = Ok(());
        outside.trace(&mut |value| {
            if result.is_ok() {
                result = self.visit_value(base, value);
            }
        });
        outside.trace_objects(&mut |addr, kind| {
            if result.is_ok() {
                result = self.visit_reference(base, addr, kind);
            }
        });
        result?;
        for value in self.heap.finalizers.ready() {
            self.visit_value(base, value)?;
        }
        for value in self.heap.finalizers.all() {
            if self.heap.geometry.slot_of(value.payload).is_none() {
                return violation(value.payload, "is registered for finalization and not allocated");
            }
        }
        Ok(())
    }

    /// The intern table against the strings it names.
    fn check_interned(&mut self) -> Result<(), Violation> {
        let mut count = 0;
        for string in self.heap.interned.strings() {
            let address = match string {
                Ok(string) => string as u64,
                Err(index) => {
                    let base = self.heap.geometry.base;
                    return violation(base, format!("interned string {index} cannot be found from its home"));
                }
            };
            count += 1;
            if self.heap.geometry.slot_of(address).is_none_or(|slot| slot.kind != Kind::String) {
                return violation(address, "is interned and no allocated string");
            }
            self.check_string(address, true)?;
        }
        if count != self.heap.interned.count {
            let base = self.heap.geometry.base;
            return violation(
                base,
                format!("{count} interned strings, counted as {}", self.heap.interned.count),
            );
        }
        Ok(())
    }
}
