//! The loop's state: what belongs to whom, and what becomes of an event when its turn comes.
//!
//! Invariant: `active_handles` and `requests` count what keeps the loop running, at every moment.
//!
//! Not here: how handles are driven (`timer.rs`, `tcp.rs`, `turn.rs`, `poll.rs`), the calls into Lua (`uv`).

use super::handle::{Body, Handle, HandleId, Handles, Kind};
use super::key::PendingKey;
use super::lineage::{Lineage, Link, Origin};
use super::pending::{Entry, Registry, Waiting};
use super::queue::{Event, Payload, Place, Queue, Reading, Status};
use super::recorder::{Collected, EpochMark, Noted, Particulars, Recorder};
use super::summary::Summary;
use crate::fatal::line::Line;
use crate::sys::clock;
use dumpfmt::layout::value::Value;
use dumpfmt::record;
use dumpfmt::record::{CollectionKind, EventId, EventKind, Moment, PendingId, Site, SiteStack};
use mio::{Events, Poll, Token, Waker};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;

/// How the loop runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Until nothing keeps it running.
    Default,
    /// One turn, which waits for an event if none is ready.
    Once,
    /// One turn, which waits for nothing.
    NoWait,
}

/// A delivery under way.
#[derive(Debug)]
pub struct Delivering {
    /// The event.
    pub event: EventId,
    /// What it is.
    pub kind: EventKind,
    /// The entry that it answers.
    pub pending: PendingKey,
    /// The event in whose delivery that was made.
    pub parent: EventId,
    /// When the callback was called.
    pub started: u64,
    /// The function that was called.
    pub callback: Value,
    /// What it is about.
    pub summary: Summary,
    link: Link,
}

/// A call to make: the event's callback and what to tell it.
#[derive(Debug)]
pub struct Call {
    /// What is to be called.
    pub callback: Value,
    /// What with.
    pub told: Told,
}

/// What a callback is told.
#[derive(Debug)]
pub enum Told {
    /// That it happened.
    Nothing,
    /// An error, or that there was none.
    Status(Status),
    /// What was read.
    Read(Reading),
}

/// The collection under way.
#[derive(Debug, Default)]
struct Collecting {
    /// Nanoseconds spent on it.
    duration: u64,
    /// Bytes of the heap when it began.
    before: u64,
}

/// A single-threaded event loop whose every part is data.
pub struct EventLoop {
    pub(super) poll: Poll,
    /// Taken while the poll fills it.
    pub(super) polled: Option<Events>,
    waker: Arc<Waker>,
    pub(super) handles: Handles,
    pub(super) registry: Registry,
    pub(super) lineage: Lineage,
    pub(super) queue: Queue,
    pub(super) recorder: Recorder,
    pub(super) deliveries: Vec<Delivering>,
    /// Active timers by when they are due and when they were started.
    pub(super) timers: BTreeMap<(u64, u64), HandleId>,
    pub(super) timers_started: u64,
    /// Active idle, prepare and check handles, in the order in which they run.
    pub(super) idle: Vec<HandleId>,
    pub(super) prepare: Vec<HandleId>,
    pub(super) check: Vec<HandleId>,
    /// Handles that were closed in this turn.
    pub(super) closing: Vec<HandleId>,
    /// Sockets with work to do that needs no further edge.
    pub(super) busy: VecDeque<HandleId>,
    /// Where bytes are read to; made at the first read.
    pub(super) buffer: Vec<u8>,
    /// A descriptor to give up when there are no more: see `accept`.
    pub(super) spare: Option<OwnedFd>,
    /// Handles that are active and referenced.
    active_handles: usize,
    /// Requests that wait for their callback.
    pub(super) requests: usize,
    /// The loop's clock in milliseconds: the monotonic clock when it last looked.
    pub(super) now: u64,
    /// `Roots::epoch` as last heard of.
    epoch: u32,
    /// Where the last error was thrown.
    pub(super) raised: Site,
    collection: Collecting,
    last_event: u64,
    mode: Option<Mode>,
    pub(super) is_stopping: bool,
    has_main_returned: bool,
}

/// The token of the waker and of what else interrupts the loop's sleep.
pub(super) const WAKE: Token = Token(usize::MAX);

impl EventLoop {
    /// A loop with nothing to do.
    pub fn new() -> io::Result<EventLoop> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        Ok(EventLoop {
            poll,
            polled: None,
            waker,
            handles: Handles::new(),
            registry: Registry::new(),
            lineage: Lineage::new(),
            queue: Queue::new(),
            recorder: Recorder::new(),
            deliveries: Vec::new(),
            timers: BTreeMap::new(),
            timers_started: 0,
            idle: Vec::new(),
            prepare: Vec::new(),
            check: Vec::new(),
            closing: Vec::new(),
            busy: VecDeque::new(),
            buffer: Vec::new(),
            spare: None,
            active_handles: 0,
            requests: 0,
            now: clock::monotonic() / 1_000_000,
            epoch: 1,
            raised: Site::default(),
            collection: Collecting::default(),
            last_event: EventId::MAIN.0,
            mode: None,
            is_stopping: false,
            has_main_returned: false,
        })
    }

    // ---- the loop as a whole ---------------------------------------------------------------------------

    /// Interrupts the loop's sleep, from any thread.
    pub fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Has the loop's sleep end when `descriptor` becomes readable. It must stay open.
    pub fn wake_on(&self, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        let mut source = mio::unix::SourceFd(&descriptor.as_raw_fd());
        self.poll.registry().register(&mut source, WAKE, mio::Interest::READABLE)
    }

    /// The descriptor that becomes readable when the loop has something to do.
    pub fn backend(&self) -> i32 {
        self.poll.as_raw_fd()
    }

    /// The loop's clock, in milliseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Sets the loop's clock.
    pub fn update_time(&mut self) {
        self.now = clock::monotonic() / 1_000_000;
    }

    /// Whether anything keeps the loop running.
    pub fn is_alive(&self) -> bool {
        self.active_handles > 0 || self.requests > 0 || !self.closing.is_empty()
    }

    /// For how many milliseconds the loop may sleep; `None` for ever.
    pub fn timeout(&self) -> Option<u64> {
        let has_work = self.queue.has_put_off()
            || !self.idle.is_empty()
            || !self.closing.is_empty()
            || !self.busy.is_empty();
        if self.is_stopping || has_work || (self.active_handles == 0 && self.requests == 0) {
            return Some(0);
        }
        self.timers.first_key_value().map(|((due, _), _)| due.saturating_sub(self.now))
    }

    /// How the loop runs now; `None` when it does not.
    pub fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// The loop begins to run, or ends: gives the mode from before.
    pub fn set_mode(&mut self, mode: Option<Mode>) -> Option<Mode> {
        core::mem::replace(&mut self.mode, mode)
    }

    /// Has the loop end after this turn.
    pub fn stop(&mut self) {
        self.is_stopping = true;
    }

    /// Starts the phase that delivers what was put off; false when there is nothing.
    pub fn turn_over(&mut self) -> bool {
        self.queue.turn_over()
    }

    /// Whether it was told to end.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// Forgets that it was told to end.
    pub fn clear_stop(&mut self) {
        self.is_stopping = false;
    }

    /// In which part of its life the program is.
    pub fn place(&self) -> record::Place {
        match (self.deliveries.is_empty(), self.has_main_returned || self.mode.is_some()) {
            (false, _) => record::Place::Callback,
            (true, true) => record::Place::Loop,
            (true, false) => record::Place::MainChunk,
        }
    }

    // ---- handles ---------------------------------------------------------------------------------------

    /// Takes in a handle of this kind; `value` is its userdata.
    pub fn add_handle(&mut self, kind: Kind, value: Value, body: Body) -> HandleId {
        self.handles.insert(kind, value, body)
    }

    /// The handle with this number, until it is closed.
    pub fn handle(&self, id: HandleId) -> Option<&Handle> {
        self.handles.get(id)
    }

    /// The userdata of every handle, in the order in which they were made.
    pub fn handle_values(&self) -> Vec<Value> {
        self.handles.values()
    }

    /// Whether a handle is being closed, or is gone.
    pub fn is_closing(&self, id: HandleId) -> bool {
        self.handles.get(id).is_none_or(|handle| handle.closing.is_some())
    }

    /// Whether a handle may call back.
    pub fn is_active(&self, id: HandleId) -> bool {
        self.handles.get(id).is_some_and(|handle| handle.is_active)
    }

    /// Whether a handle keeps the loop running while it is active.
    pub fn is_referenced(&self, id: HandleId) -> bool {
        self.handles.get(id).is_none_or(|handle| handle.is_referenced)
    }

    /// Has a handle keep the loop running while it is active, or not.
    pub fn set_referenced(&mut self, id: HandleId, is_referenced: bool) {
        self.change(id, |handle| handle.is_referenced = is_referenced);
    }

    /// A handle may call back from now on, or may not.
    pub(super) fn set_active(&mut self, id: HandleId, is_active: bool) {
        self.change(id, |handle| handle.is_active = is_active);
    }

    fn change(&mut self, id: HandleId, change: impl FnOnce(&mut Handle)) {
        let Some(handle) = self.handles.get_mut(id) else { return };
        let counts = |handle: &Handle| usize::from(handle.is_active && handle.is_referenced);
        let before = counts(handle);
        change(handle);
        self.active_handles = self.active_handles + counts(handle) - before;
    }

    // ---- the pending registry --------------------------------------------------------------------------

    /// Registers a callback that may run. `values` are the callback and the userdata of the request.
    pub(super) fn arm(
        &mut self,
        waiting: Waiting,
        handle: HandleId,
        values: (Value, Value),
        stack: &SiteStack,
    ) -> PendingKey {
        let parent = self.deliveries.last().map_or(Link::MAIN, |delivery| delivery.link);
        self.lineage.acquire(parent);
        let origin = Origin { pending: self.registry.next_id(), created: self.moment(), stack: *stack };
        self.registry.insert(waiting, handle, values, Rc::new(origin), parent)
    }

    /// Takes an entry out of the registry: its callback can run no more.
    pub(super) fn disarm(&mut self, key: PendingKey) -> Option<Entry> {
        let entry = self.registry.remove(key)?;
        self.lineage.release(entry.parent);
        Some(entry)
    }

    /// Puts an event into the queue. A request that nobody wants to hear of is over at once.
    pub(super) fn enqueue(&mut self, pending: PendingKey, payload: Payload, summary: Summary, place: Place) {
        let Some(entry) = self.registry.get_mut(pending) else { return };
        if entry.callback.is_nil() && payload.ends_request() {
            self.settle(pending, payload);
            return;
        }
        entry.queued += 1;
        self.last_event += 1;
        let id = EventId(self.last_event);
        self.queue.push(Event { id, pending, ready: clock::monotonic(), summary, payload }, place);
    }

    // ---- delivery --------------------------------------------------------------------------------------

    /// Takes the next event of this phase off the queue and does what it means for its handle. `Some` when a
    /// callback is to be called: then [`end_delivery`](EventLoop::end_delivery) must follow.
    pub fn begin_delivery(&mut self) -> Option<Call> {
        while let Some(event) = self.queue.pop() {
            let Some(entry) = self.registry.get_mut(event.pending) else { continue };
            entry.queued -= 1;
            let (callback, parent, origin) = (entry.callback, entry.parent, Rc::clone(&entry.origin));
            let Event { id, pending, summary, payload, .. } = event;
            let kind = payload.kind();
            let started = self.moment();
            let link = self.lineage.begin((id, kind), parent, origin, started, summary);
            let told = self.settle(pending, payload);
            if callback.is_nil() {
                self.lineage.end(link, 0);
                continue;
            }
            if let Some(entry) = self.registry.get_mut(pending) {
                entry.delivering += 1;
            }
            self.deliveries.push(Delivering {
                event: id,
                kind,
                pending,
                parent: parent.id,
                started: started.monotonic,
                callback,
                summary,
                link,
            });
            return Some(Call { callback, told });
        }
        None
    }

    /// The callback of the innermost delivery has returned.
    pub fn end_delivery(&mut self) {
        let Some(delivery) = self.deliveries.pop() else { return };
        let now = clock::monotonic();
        let duration = now.saturating_sub(delivery.started);
        if let Some(entry) = self.registry.get_mut(delivery.pending) {
            entry.delivering -= 1;
        }
        let what = Noted::Delivered {
            event: delivery.event,
            kind: delivery.kind,
            pending: delivery.pending.id,
            parent: delivery.parent,
            duration,
        };
        self.recorder.note_with(now, self.epoch, what, Particulars::Summary(delivery.summary));
        self.lineage.end(delivery.link, duration);
    }

    /// What an event means for its handle, just before its callback runs. A request is over with it.
    fn settle(&mut self, pending: PendingKey, payload: Payload) -> Told {
        let Some(entry) = self.registry.get_mut(pending) else { return Told::Nothing };
        let handle = entry.handle;
        match payload {
            Payload::Timer => {
                if let Waiting::Timer { fired } = &mut entry.waiting {
                    *fired += 1;
                }
                self.timer_fired(handle);
                Told::Nothing
            }
            Payload::Connection(Ok(connection)) => {
                if let Waiting::Listen { accepted, .. } = &mut entry.waiting {
                    *accepted += 1;
                }
                if let Some(tcp) = self.handles.tcp_mut(handle) {
                    tcp.arriving -= 1;
                    tcp.accepted.push_back(connection);
                }
                Told::Status(None)
            }
            Payload::Connection(Err(errno)) => Told::Status(Some(errno)),
            Payload::Read(reading) => {
                match (&reading, &mut entry.waiting) {
                    (Reading::Bytes(read), Waiting::Read { bytes }) => *bytes += read.len() as u64,
                    _ => self.read_ended(handle),
                }
                Told::Read(reading)
            }
            Payload::Connected(status) | Payload::Written(status) | Payload::Shutdown(status) => {
                self.requests -= 1;
                self.disarm(pending);
                Told::Status(status)
            }
            Payload::Closed => {
                self.disarm(pending);
                self.handles.remove(handle);
                Told::Nothing
            }
            Payload::Turn => Told::Nothing,
        }
    }

    // ---- the flight recorder ---------------------------------------------------------------------------

    /// This moment.
    pub(super) fn moment(&self) -> Moment {
        Moment { wall: clock::wall(), monotonic: clock::monotonic(), epoch: self.epoch }
    }

    /// The heap's epoch is this one.
    pub fn set_epoch(&mut self, epoch: u32) {
        self.epoch = epoch;
    }

    /// A turn of the loop begins, and with it this epoch.
    pub fn begin_turn(&mut self, epoch: u32) {
        self.epoch = epoch;
        let at = clock::monotonic();
        self.now = at / 1_000_000;
        self.recorder.begin_epoch(EpochMark { epoch, at, wall: clock::wall() });
    }

    /// An error is thrown here.
    #[inline]
    pub fn note_raised(&mut self, site: Site) {
        self.raised = site;
    }

    /// A handler caught the error that was thrown last: with the start of its message, and where it stands.
    /// The time is that of the system's last tick: a program may do this a million times a second.
    pub fn note_caught(&mut self, value: Value, message: &[u8], caught: Site) {
        let mut text = Line::new();
        text.bytes(message);
        let raised = core::mem::take(&mut self.raised);
        let what = Noted::ErrorCaught { value, raised, caught };
        self.recorder.note_with(clock::monotonic_coarse(), self.epoch, what, Particulars::Message(text));
    }

    /// A slice of a collection took this many nanoseconds; `bytes` are those of the heap before and after it.
    /// With the slice that ends the collection comes the epoch that it begins.
    pub fn note_collecting(
        &mut self,
        kind: CollectionKind,
        duration: u64,
        bytes: (u64, u64),
        ended: Option<u32>,
    ) {
        if self.collection.duration == 0 {
            self.collection.before = bytes.0;
        }
        self.collection.duration += duration;
        let Some(epoch) = ended else { return };
        let Collecting { duration, before } = core::mem::take(&mut self.collection);
        let at = clock::monotonic();
        let collected = Collected { at, epoch: self.epoch, kind, duration, before, after: bytes.1 };
        self.recorder.note_collection(collected);
        self.epoch = epoch;
        self.recorder.begin_epoch(EpochMark { epoch, at, wall: clock::wall() });
    }

    /// `require` has loaded a module.
    pub fn note_module(&mut self, module: &[u8], file: &[u8], duration: u64) {
        let (mut name, mut path) = (Line::new(), Line::new());
        name.bytes(module);
        path.bytes(file);
        let what = Noted::ModuleLoaded { duration };
        let particulars = Particulars::Module(Box::new((name, path)));
        self.recorder.note_with(clock::monotonic(), self.epoch, what, particulars);
    }

    /// The main chunk has returned.
    pub fn note_main_returned(&mut self) {
        self.has_main_returned = true;
        self.recorder.note(clock::monotonic(), self.epoch, Noted::MainReturned);
    }

    /// A dump was taken for `requester` (0: the program itself), and `epoch` began.
    pub fn note_dumped(&mut self, requester: u32, epoch: u32) {
        let at = clock::monotonic();
        self.recorder.note(at, self.epoch, Noted::Dumped { requester });
        self.epoch = epoch;
        self.recorder.begin_epoch(EpochMark { epoch, at, wall: clock::wall() });
    }

    /// The event that is being delivered, and the entry that it answers; `None` outside of a delivery.
    pub fn current(&self) -> Option<(EventId, PendingId)> {
        self.deliveries.last().map(|delivery| (delivery.event, delivery.pending.id))
    }
}

#[cfg(test)]
mod tests;
