//! For the tests: a region made by hand, and an event loop with a little of everything.

use super::record::AsyncState;
use super::reserve::{DumpOptions, ProgramFacts, Reserve};
use crate::sys::memory;
use core::cell::Cell;
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::roots::Roots;
use dumpfmt::layout::value::Value;
use dumpfmt::record::{
    Ancestor, Bounded, CollectionKind, Delivery, Entry, EventId, EventKind, Happening, Moment, Native,
    Pending, PendingId, PendingKind, PendingState, Place, QueuedEvent, Site, SiteStack,
};
use dumpfmt::region::{BLOCK_SIZE, BlockDescriptor};
use std::ffi::OsStr;
use std::path::Path;

const DESCRIPTORS: u64 = 1 << 16;
const MARKED: u64 = 4 << 20;
const ALLOCATED: u64 = 12 << 20;
const BLOCKS: u64 = 20 << 20;

/// A region whose blocks have the given states; every byte of a block is a pattern of its place.
pub struct Region {
    pub base: u64,
}

impl Region {
    pub fn new(states: &[u8]) -> Region {
        let block_count = states.len() as u64;
        let length = BLOCKS + block_count * BLOCK_SIZE;
        let base = memory::reserve(length).unwrap();
        assert!(memory::commit(base, length));
        let at = |offset: u64| Addr(base + offset);
        let roots = base as *mut Roots;
        // SAFETY: the mapping was just made, is zero, and is large enough for all of it.
        unsafe {
            (*roots).block_count = block_count;
            (*roots).blocks = at(BLOCKS);
            (*roots).descriptors = at(DESCRIPTORS);
            (*roots).mark_bits = at(MARKED);
            (*roots).allocated_bits = at(ALLOCATED);
            (*roots).current = Ref::new(at(BLOCKS + 64));
            (*roots).epoch = 7;
            for (index, state) in states.iter().enumerate() {
                let descriptor = BlockDescriptor { state: *state, ..BlockDescriptor::default() };
                ((base + DESCRIPTORS) as *mut BlockDescriptor).add(index).write(descriptor);
                let block = base + BLOCKS + index as u64 * BLOCK_SIZE;
                core::ptr::write_bytes(block as *mut u8, index as u8 + 1, BLOCK_SIZE as usize);
            }
        }
        Region { base }
    }

    pub fn roots(&self) -> *mut Roots {
        self.base as *mut Roots
    }

    pub fn block(&self, index: u64) -> u64 {
        self.base + BLOCKS + index * BLOCK_SIZE
    }
}

/// An event loop that counts how often it is asked, and can be told to break when asked for its queue.
#[derive(Default)]
pub struct Loop {
    pub asked: Cell<u32>,
    pub breaks: Cell<bool>,
}

impl AsyncState for Loop {
    fn place(&self) -> Place {
        Place::Callback
    }

    fn natives(&self, visit: &mut dyn FnMut(&Native<'_>)) {
        self.asked.set(self.asked.get() + 1);
        visit(&Native { id: 0, name: "print".into() });
    }

    fn delivering(&self, visit: &mut dyn FnMut(&Delivery<'_>)) {
        visit(&Delivery {
            id: EventId(17),
            kind: EventKind::Read,
            pending: PendingId(4),
            parent: EventId::MAIN,
            started: 1,
            callback: Value::NIL,
            text: "42 bytes".into(),
        });
    }

    fn pending(&self, visit: &mut dyn FnMut(&Pending<'_>)) {
        for id in 1..=3 {
            visit(&Pending {
                id: PendingId(id),
                kind: PendingKind::Connect { peer: "127.0.0.1:80".into() },
                state: PendingState::Waiting,
                is_referenced: true,
                callbacks: Bounded::new(),
                created: Moment::default(),
                stack: SiteStack::from_slice(&[Site::default(); 3]),
                parent: EventId::MAIN,
            });
        }
    }

    fn queue(&self, visit: &mut dyn FnMut(&QueuedEvent<'_>)) {
        let _ = visit;
        if self.breaks.get() {
            // SAFETY: none; that is the point: the process is to fault here.
            unsafe { core::ptr::without_provenance::<u8>(8).read_volatile() };
        }
    }

    fn lineage(&self, visit: &mut dyn FnMut(&Ancestor<'_>)) {
        visit(&Ancestor {
            id: EventId::MAIN,
            kind: EventKind::Main,
            pending: PendingId::NONE,
            parent: EventId::NONE,
            skipped: 0,
            references: 1,
            started: Moment::default(),
            duration: 0,
            armed: Moment::default(),
            stack: SiteStack::new(),
            text: "main chunk".into(),
        });
    }

    fn recorder(&self, visit: &mut dyn FnMut(&Entry<'_>)) {
        let kind = CollectionKind::Paced;
        let what = Happening::Collection { kind, duration: 1, before: 2, after: 1 };
        visit(&Entry { at: 1, epoch: 1, what });
    }
}

/// A reserve whose dumps go into `directory`.
pub fn reserve(directory: &Path) -> &'static Reserve {
    let options = DumpOptions { enabled: true, directory: Some(directory.to_owned()) };
    let arguments = [OsStr::new("requiem"), OsStr::new("orders.lua")];
    let facts = ProgramFacts { script: Some(OsStr::new("orders.lua")), arguments: &arguments, options: &[] };
    Reserve::take(&options, &facts)
}
