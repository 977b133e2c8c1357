//! The flight recorder: the last things that happened, in a ring of fixed size, and when each epoch began.
//!
//! What few notes have (texts, addresses) stands in a ring of its own. So do collections, of which a program that keeps
//! little makes thousands in a second: they push nothing else out, and touch a tenth of the memory.
//!
//! Invariant: once full it allocates nothing but for modules and places not met before, and noting something costs a
//! copy into the ring. A note's particulars stay as long as the note, since their ring is as long as that of the notes.

use super::summary::Summary;
use crate::fatal::line::Line;
use dumpfmt::layout::value::Value;
use dumpfmt::record::{CollectionKind, EventId, EventKind, PendingId, Site};

/// How many things the ring holds.
pub const CAPACITY: usize = 1024;
/// How many collections are held beside them.
const COLLECTIONS: usize = 256;
/// How many of the last epochs are all kept.
const RECENT_EPOCHS: usize = 256;
/// How many older ones; when they are full every other is forgotten.
const OLD_EPOCHS: usize = 256;

/// What happened. As `dumpfmt::record::Happening`, without its [`Particulars`].
#[derive(Clone, Copy)]
pub enum Noted {
    /// An event was delivered; the particulars are its summary.
    Delivered {
        /// Which.
        event: EventId,
        /// What it was.
        kind: EventKind,
        /// The pending entry that it answered.
        pending: PendingId,
        /// The event in whose delivery that was made.
        parent: EventId,
        /// Nanoseconds.
        duration: u64,
    },
    /// A handler caught an error; the particulars are the start of its message.
    ErrorCaught {
        /// The error value, not kept alive.
        value: Value,
        /// Where it was raised.
        raised: Site,
        /// Where the handler stands.
        caught: Site,
    },
    /// A collection was finished.
    Collection {
        /// What started it.
        kind: CollectionKind,
        /// Nanoseconds.
        duration: u64,
        /// Bytes before.
        before: u64,
        /// Bytes after.
        after: u64,
    },
    /// A module was loaded; the particulars are its name and file.
    ModuleLoaded {
        /// Nanoseconds.
        duration: u64,
    },
    /// The main chunk returned.
    MainReturned,
    /// A dump was taken on request.
    Dumped {
        /// Who asked.
        requester: u32,
    },
}

/// What else is to be told of something that happened.
pub enum Particulars {
    /// What an event was about.
    Summary(Summary),
    /// The start of a message.
    Message(Line<96>),
    /// A module's name as given to `require`, and where it was found; apart, since they are long and modules few.
    Module(Box<(Line<64>, Line<96>)>),
}

impl Particulars {
    /// What an event was about.
    pub fn summary(&self) -> Summary {
        match self {
            Particulars::Summary(summary) => *summary,
            Particulars::Message(_) | Particulars::Module(_) => Summary::default(),
        }
    }

    /// A message, or a name and a path.
    pub fn texts(&self) -> [&[u8]; 2] {
        match self {
            Particulars::Summary(_) => [b"", b""],
            Particulars::Message(text) => [text.as_bytes(), b""],
            Particulars::Module(texts) => [texts.0.as_bytes(), texts.1.as_bytes()],
        }
    }
}

/// An entry of the ring.
#[derive(Clone, Copy)]
pub struct Note {
    /// When, on the monotonic clock.
    pub at: u64,
    /// `Roots::epoch` then.
    pub epoch: u32,
    /// The place of its particulars, [`NO_PLACE`] if it has none.
    place: u32,
    /// What.
    pub what: Noted,
}

const NO_PLACE: u32 = u32::MAX;

/// A collection that was finished: what [`Noted::Collection`] says, with the time and the epoch that it ended.
#[derive(Clone, Copy)]
pub struct Collected {
    /// When, on the monotonic clock.
    pub at: u64,
    /// `Roots::epoch` before.
    pub epoch: u32,
    /// What started it.
    pub kind: CollectionKind,
    /// Nanoseconds.
    pub duration: u64,
    /// Bytes before.
    pub before: u64,
    /// Bytes after.
    pub after: u64,
}

impl Collected {
    fn note(&self) -> Note {
        let &Collected { at, epoch, kind, duration, before, after } = self;
        Note { at, epoch, place: NO_PLACE, what: Noted::Collection { kind, duration, before, after } }
    }
}

/// When an epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochMark {
    /// Which.
    pub epoch: u32,
    /// On the monotonic clock.
    pub at: u64,
    /// Nanoseconds since 1970-01-01 UTC.
    pub wall: i64,
}

/// Something of the recording, in its order.
pub enum Item<'a> {
    /// Something happened.
    Note(Note, Option<&'a Particulars>),
    /// An epoch began.
    Epoch(EpochMark),
}

impl Item<'_> {
    fn at(&self) -> u64 {
        match self {
            Item::Note(note, _) => note.at,
            Item::Epoch(mark) => mark.at,
        }
    }
}

/// A ring: grows to its capacity, then each new element takes the place of the oldest.
struct Ring<T> {
    elements: Vec<T>,
    /// Where the oldest is, once it is full.
    next: usize,
}

impl<T> Ring<T> {
    fn with_capacity(capacity: usize) -> Self {
        Ring { elements: Vec::with_capacity(capacity), next: 0 }
    }

    /// Where the next element goes.
    fn place(&self) -> usize {
        if self.elements.len() < self.elements.capacity() { self.elements.len() } else { self.next }
    }

    /// Adds an element; the oldest, if it had to go.
    #[inline]
    fn push(&mut self, element: T) -> Option<T> {
        if self.elements.len() < self.elements.capacity() {
            self.elements.push(element);
            return None;
        }
        let oldest = core::mem::replace(&mut self.elements[self.next], element);
        self.next = (self.next + 1) % self.elements.len();
        Some(oldest)
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.elements[self.next..].iter().chain(&self.elements[..self.next])
    }
}

/// The flight recorder.
pub struct Recorder {
    notes: Ring<Note>,
    /// The places that notes have named since the ring began anew, and those that notes left in it name, each once:
    /// a program that catches the same error again and again has a handful, which every collection asks for.
    sites: Vec<Site>,
    collections: Ring<Collected>,
    particulars: Ring<Particulars>,
    recent: Ring<EpochMark>,
    /// Older epochs, every so many of them: [`stride`](Recorder::stride).
    old: Vec<EpochMark>,
    /// Of the marks that leave `recent`, each of this many goes to `old`.
    stride: u32,
    /// How many have left since the last that went there.
    passed: u32,
}

impl Recorder {
    /// Nothing has happened. The memory of the ring is taken but not touched.
    pub fn new() -> Self {
        Recorder {
            notes: Ring::with_capacity(CAPACITY),
            sites: Vec::new(),
            collections: Ring::with_capacity(COLLECTIONS),
            particulars: Ring::with_capacity(CAPACITY),
            recent: Ring::with_capacity(RECENT_EPOCHS),
            old: Vec::with_capacity(OLD_EPOCHS),
            stride: 1,
            passed: 0,
        }
    }

    /// Notes something.
    #[inline]
    pub fn note(&mut self, at: u64, epoch: u32, what: Noted) {
        self.push(Note { at, epoch, place: NO_PLACE, what });
    }

    #[inline]
    fn push(&mut self, note: Note) {
        self.notes.push(note);
        if self.notes.next == 0 && self.notes.elements.len() == CAPACITY {
            self.sites.clear();
            for index in 0..CAPACITY {
                self.keep_sites(self.notes.elements[index].what);
            }
        } else {
            self.keep_sites(note.what);
        }
    }

    #[inline]
    fn keep_sites(&mut self, what: Noted) {
        let Noted::ErrorCaught { raised, caught, .. } = what else { return };
        for site in [raised, caught] {
            if !self.sites.contains(&site) {
                self.sites.push(site);
            }
        }
    }

    /// Notes something with its particulars.
    #[inline]
    pub fn note_with(&mut self, at: u64, epoch: u32, what: Noted, particulars: Particulars) {
        let place = self.particulars.place() as u32;
        self.particulars.push(particulars);
        self.push(Note { at, epoch, place, what });
    }

    /// Notes a collection.
    #[inline]
    pub fn note_collection(&mut self, collected: Collected) {
        self.collections.push(collected);
    }

    /// An epoch began.
    pub fn begin_epoch(&mut self, mark: EpochMark) {
        let Some(leaving) = self.recent.push(mark) else { return };
        self.passed += 1;
        if self.passed < self.stride {
            return;
        }
        self.passed = 0;
        if self.old.len() == OLD_EPOCHS {
            let mut index = 0;
            self.old.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride = self.stride.saturating_mul(2);
        }
        self.old.push(leaving);
    }

    /// The recording, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        let particulars = |note: &Note| self.particulars.elements.get(note.place as usize);
        let mut notes = self.notes.iter().map(move |note| Item::Note(*note, particulars(note))).peekable();
        let mut collections = self.collections.iter().peekable();
        let mut notes = core::iter::from_fn(move || match (notes.peek(), collections.peek()) {
            // A collection is the last thing of its epoch; the clock of a note may lag behind.
            (Some(Item::Note(note, _)), Some(collected)) if note.epoch <= collected.epoch => notes.next(),
            (_, Some(_)) => collections.next().map(|collected| Item::Note(collected.note(), None)),
            (_, None) => notes.next(),
        })
        .peekable();
        let mut marks = self.old.iter().chain(self.recent.iter()).map(|mark| Item::Epoch(*mark)).peekable();
        core::iter::from_fn(move || match (notes.peek(), marks.peek()) {
            (Some(note), Some(mark)) if note.at() < mark.at() => notes.next(),
            (_, Some(_)) => marks.next(),
            (_, None) => notes.next(),
        })
    }

    /// The places in code that the recording names, to be kept alive.
    pub fn sites(&self) -> impl Iterator<Item = Site> {
        self.sites.iter().copied()
    }
}

#[cfg(test)]
mod tests;
