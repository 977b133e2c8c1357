//! Delivered events from which something living descends: the chain back to the main chunk.
//!
//! ```text
//!   pending entry ──parent──> ancestor ──parent──> ancestor ──parent──> main chunk
//!   (armed in its delivery)    #17                   #4                  #1
//! ```
//!
//! An ancestor counts who names it as parent: pending entries and other ancestors. At count 0, and not under
//! delivery, it goes, and its own parent's count falls. So the table holds the ancestors of what is alive, for
//! n connections O(n), however many events were delivered.
//!
//! Invariant: a [`Link`] that is stored somewhere is counted. A callback that arms its own successor for ever
//! would build a chain without end: from [`GENERATION_MAX`] on entries are taken out of its middle, where
//! nothing else descends from them.

use super::slab::{NONE, Slab};
use super::summary::Summary;
use dumpfmt::record::lineage::GENERATION_MAX;
use dumpfmt::record::{EventId, EventKind, Moment, PendingId, SiteStack};
use std::rc::Rc;

/// Where a pending entry came from; its events share it with the entry, which may be gone before them.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The entry.
    pub pending: PendingId,
    /// When it was made.
    pub created: Moment,
    /// The Lua code that made it, innermost first.
    pub stack: SiteStack,
}

/// The event in whose delivery something was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which.
    pub id: EventId,
    slot: u32,
}

impl Link {
    /// The run of the main chunk, which is not counted and has no entry.
    pub const MAIN: Link = Link { id: EventId::MAIN, slot: NONE };
}

/// An event that something living descends from, or that is being delivered.
#[derive(Debug)]
pub struct Ancestor {
    /// The event.
    pub id: EventId,
    /// What it was.
    pub kind: EventKind,
    /// The event in whose delivery the entry was made that it answered, as far as that was kept.
    pub parent: Link,
    /// Generations left out between this one and `parent`.
    pub skipped: u64,
    /// How many name it as parent.
    pub references: u32,
    /// When its delivery started.
    pub started: Moment,
    /// How long that took, in nanoseconds; 0 while it is under way.
    pub duration: u64,
    /// Where the entry came from.
    pub origin: Rc<Origin>,
    /// What it was about.
    pub summary: Summary,
    /// Generations from the main chunk, at least those that were kept.
    depth: u32,
    is_under_way: bool,
}

/// Generations at each end of a chain that are never taken out.
const ENDS_KEPT: u32 = 24;
/// How many are taken out at once, so that a chain at its limit is walked once in so many deliveries.
const CUT: u32 = 16;

/// The ancestors of what is alive.
#[derive(Debug)]
pub struct Lineage {
    ancestors: Slab<Ancestor>,
}

impl Lineage {
    /// Nothing was delivered yet.
    pub const fn new() -> Self {
        Lineage { ancestors: Slab::new() }
    }

    /// The delivery of an event starts.
    pub fn begin(
        &mut self,
        (id, kind): (EventId, EventKind),
        parent: Link,
        origin: Rc<Origin>,
        started: Moment,
        summary: Summary,
    ) -> Link {
        self.acquire(parent);
        let depth = self.ancestors.get(parent.slot).map_or(1, |ancestor| ancestor.depth + 1);
        let slot = self.ancestors.insert(Ancestor {
            id,
            kind,
            parent,
            skipped: 0,
            references: 0,
            started,
            duration: 0,
            origin,
            summary,
            depth,
            is_under_way: true,
        });
        if depth > GENERATION_MAX {
            self.shorten(slot);
        }
        Link { id, slot }
    }

    /// The delivery of an event is over.
    pub fn end(&mut self, link: Link, duration: u64) {
        if let Some(ancestor) = self.ancestors.get_mut(link.slot) {
            ancestor.is_under_way = false;
            ancestor.duration = duration;
        }
        self.prune(link);
    }

    /// Something names this event as its parent.
    pub fn acquire(&mut self, link: Link) {
        if let Some(ancestor) = self.ancestors.get_mut(link.slot) {
            ancestor.references += 1;
        }
    }

    /// Something that named this event as its parent is gone.
    pub fn release(&mut self, link: Link) {
        if let Some(ancestor) = self.ancestors.get_mut(link.slot) {
            ancestor.references -= 1;
        }
        self.prune(link);
    }

    /// Lets go what nothing descends from any more, upwards from here.
    fn prune(&mut self, mut link: Link) {
        while let Some(ancestor) = self.ancestors.get_mut(link.slot) {
            if ancestor.references > 0 || ancestor.is_under_way {
                return;
            }
            let parent = ancestor.parent;
            self.ancestors.remove(link.slot);
            if let Some(ancestor) = self.ancestors.get_mut(parent.slot) {
                ancestor.references -= 1;
            }
            link = parent;
        }
    }

    /// Takes generations out of the middle of the chain that ends at `newest`. The walk is bounded, so that a
    /// chain from which nothing can be taken costs no more at each delivery than another.
    fn shorten(&mut self, newest: u32) {
        let mut lower = newest;
        for _ in 1..ENDS_KEPT {
            let Some(ancestor) = self.ancestors.get(lower) else { return };
            lower = ancestor.parent.slot;
        }
        let mut cut = 0;
        for _ in 0..2 * CUT {
            let Some(child) = self.ancestors.get(lower) else { break };
            let upper = child.parent.slot;
            let Some(ancestor) = self.ancestors.get(upper) else { break };
            if ancestor.depth <= ENDS_KEPT || cut == CUT {
                break;
            }
            if ancestor.references > 1 || ancestor.is_under_way {
                lower = upper;
                continue;
            }
            let (parent, skipped) = (ancestor.parent, ancestor.skipped);
            self.ancestors.remove(upper);
            // The reference that the one taken out held on its parent is now the child's.
            if let Some(child) = self.ancestors.get_mut(lower) {
                child.parent = parent;
                child.skipped += skipped + 1;
            }
            cut += 1;
        }
        let mut slot = newest;
        for _ in 0..ENDS_KEPT {
            let Some(ancestor) = self.ancestors.get_mut(slot) else { break };
            ancestor.depth -= cut.min(ancestor.depth - 1);
            slot = ancestor.parent.slot;
        }
    }

    /// Every ancestor, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Ancestor> {
        self.ancestors.iter().map(|(_, ancestor)| ancestor)
    }
}

#[cfg(test)]
mod tests;
