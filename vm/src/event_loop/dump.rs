//! The loop as a dump has it: records put together on the stack, one after another, and what the collector
//! must keep alive for them to be readable.
//!
//! Invariant: what the fatal path calls here allocates nothing.

use super::handle::{Handle, HandleId};
use super::pending::{Entry, Waiting};
use super::recorder::{Item, Noted};
use super::state::EventLoop;
use super::summary::{Summary, address_words};
use crate::heap::OutsideRoots;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::value::Value;
use dumpfmt::record::{
    self, Ancestor, Callback, Delivery, Happening, Pending, PendingKind, PendingState, QueuedEvent, Role,
    Site, Text,
};
use dumpfmt::wire::Bounded;

impl EventLoop {
    /// What is being delivered, innermost first: the section `Delivering`.
    pub fn delivering(&self, visit: &mut dyn FnMut(&Delivery<'_>)) {
        for delivery in self.deliveries.iter().rev() {
            visit(&Delivery {
                id: delivery.event,
                kind: delivery.kind,
                pending: delivery.pending.id,
                parent: delivery.parent,
                started: delivery.started,
                callback: delivery.callback,
                text: Text(delivery.summary.words().as_bytes()),
            });
        }
    }

    /// Every callback that may yet run, the oldest first: the section `Pending`.
    pub fn pending(&self, visit: &mut dyn FnMut(&Pending<'_>)) {
        for entry in self.registry.iter() {
            self.visit_entry(entry, visit);
        }
    }

    fn visit_entry(&self, entry: &Entry, visit: &mut dyn FnMut(&Pending<'_>)) {
        let handle = self.handles.get(entry.handle);
        let tcp = self.handles.tcp(entry.handle);
        let peer = address_words(tcp.and_then(|tcp| tcp.peer));
        let local = address_words(tcp.and_then(|tcp| tcp.local));
        let (peer, local) = (Text(peer.as_bytes()), Text(local.as_bytes()));
        let to;
        let kind = match &entry.waiting {
            Waiting::Timer { fired } => {
                let timer = self.handles.timer(entry.handle);
                let (due, period) = timer.map_or((0, 0), |timer| (timer.due, timer.period));
                PendingKind::Timer {
                    due: due.saturating_mul(1_000_000),
                    period: period.saturating_mul(1_000_000),
                    fired: *fired,
                }
            }
            Waiting::Listen { backlog, accepted } => {
                PendingKind::Listen { address: local, backlog: *backlog, accepted: *accepted }
            }
            Waiting::Connect { peer } => {
                to = address_words(Some(*peer));
                PendingKind::Connect { peer: Text(to.as_bytes()) }
            }
            Waiting::Read { bytes } => PendingKind::Read { peer, local, bytes: *bytes },
            Waiting::Write(writing) => PendingKind::Write { peer, done: writing.done, total: writing.total },
            Waiting::Shutdown => PendingKind::Shutdown { peer },
            Waiting::Close => PendingKind::Close { what: word_of(entry.handle).into() },
            Waiting::Turn => PendingKind::Turn { phase: word_of(entry.handle).into() },
        };
        visit(&Pending {
            id: entry.id,
            kind,
            state: state_of(entry, handle),
            is_referenced: is_referenced(entry, handle),
            callbacks: callbacks_of(entry, handle),
            created: entry.origin.created,
            stack: entry.origin.stack,
            parent: entry.parent.id,
        });
    }

    /// Events that are ready, in the order of delivery: the section `Queue`.
    pub fn queue(&self, visit: &mut dyn FnMut(&QueuedEvent<'_>)) {
        for event in self.queue.iter() {
            let Some(entry) = self.registry.get(event.pending) else { continue };
            visit(&QueuedEvent {
                id: event.id,
                kind: event.payload.kind(),
                pending: entry.id,
                parent: entry.parent.id,
                ready: event.ready,
                callback: entry.callback,
                arguments: Bounded::new(),
                text: Text(event.summary.words().as_bytes()),
            });
        }
    }

    /// Delivered events that something living descends from: the section `Lineage`.
    pub fn lineage(&self, visit: &mut dyn FnMut(&Ancestor<'_>)) {
        for ancestor in self.lineage.iter() {
            visit(&Ancestor {
                id: ancestor.id,
                kind: ancestor.kind,
                pending: ancestor.origin.pending,
                parent: ancestor.parent.id,
                skipped: ancestor.skipped,
                references: ancestor.references,
                started: ancestor.started,
                duration: ancestor.duration,
                armed: ancestor.origin.created,
                stack: ancestor.origin.stack,
                text: Text(ancestor.summary.words().as_bytes()),
            });
        }
    }

    /// The flight recorder, oldest first: the section `Recorder`.
    pub fn recorder(&self, visit: &mut dyn FnMut(&record::Entry<'_>)) {
        for item in self.recorder.iter() {
            let (note, particulars) = match &item {
                Item::Epoch(mark) => {
                    let what = Happening::Epoch { wall: mark.wall };
                    visit(&record::Entry { at: mark.at, epoch: mark.epoch, what });
                    continue;
                }
                Item::Note(note, particulars) => (note, particulars),
            };
            let words;
            let [text, path] = particulars.map_or([&b""[..]; 2], |particulars| particulars.texts());
            let what = match &note.what {
                Noted::Delivered { event, kind, pending, parent, duration } => {
                    words = particulars.map_or_else(Summary::default, |it| it.summary()).words();
                    Happening::Delivered {
                        event: *event,
                        kind: *kind,
                        pending: *pending,
                        parent: *parent,
                        duration: *duration,
                        text: Text(words.as_bytes()),
                    }
                }
                Noted::ErrorCaught { value, raised, caught } => Happening::ErrorCaught {
                    value: *value,
                    raised: *raised,
                    caught: *caught,
                    text: Text(text),
                },
                &Noted::Collection { kind, duration, before, after } => {
                    Happening::Collection { kind, duration, before, after }
                }
                Noted::ModuleLoaded { duration } => {
                    Happening::ModuleLoaded { name: Text(text), path: Text(path), duration: *duration }
                }
                Noted::MainReturned => Happening::MainReturned,
                Noted::Dumped { requester } => Happening::Dumped { requester: *requester },
            };
            visit(&record::Entry { at: note.at, epoch: note.epoch, what });
        }
    }
}

fn word_of(handle: HandleId) -> &'static str {
    handle.kind().map_or("", |kind| kind.word())
}

fn state_of(entry: &Entry, handle: Option<&Handle>) -> PendingState {
    let is_closing = handle.is_none_or(|handle| handle.closing.is_some());
    match entry {
        Entry { queued: 1.., .. } => PendingState::Queued,
        Entry { delivering: 1.., .. } => PendingState::Delivering,
        _ if is_closing => PendingState::Closing,
        _ => PendingState::Waiting,
    }
}

fn is_referenced(entry: &Entry, handle: Option<&Handle>) -> bool {
    match entry.waiting {
        Waiting::Connect { .. } | Waiting::Write(_) | Waiting::Shutdown | Waiting::Close => true,
        Waiting::Timer { .. } | Waiting::Listen { .. } | Waiting::Read { .. } | Waiting::Turn => {
            handle.is_some_and(|handle| handle.is_referenced)
        }
    }
}

fn callbacks_of(
    entry: &Entry,
    handle: Option<&Handle>,
) -> Bounded<Callback, { record::pending::CALLBACKS_MAX }> {
    let mut callbacks = Bounded::new();
    let mut add = |role, value: Value| {
        if !value.is_nil() {
            callbacks.push(Callback { role, value });
        }
    };
    let role = if matches!(entry.waiting, Waiting::Close) { Role::OnClose } else { Role::Callback };
    add(role, entry.callback);
    let value = handle.map_or(Value::NIL, |handle| handle.value);
    if entry.request.is_nil() {
        add(Role::Handle, value);
    } else {
        add(Role::Handle, entry.request);
        add(Role::Stream, value);
    }
    if let Waiting::Write(writing) = &entry.waiting {
        for piece in &writing.data {
            add(Role::Data, *piece);
        }
    }
    callbacks
}

impl OutsideRoots for EventLoop {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        use super::handle::Body;
        for handle in self.handles.iter() {
            visit(handle.value);
            match &handle.body {
                Body::Timer(timer) => visit(timer.callback),
                Body::Turn(turn) => visit(turn.callback),
                Body::Tcp(_) => {}
            }
        }
        for entry in self.registry.iter() {
            visit(entry.callback);
            visit(entry.request);
            if let Waiting::Write(writing) = &entry.waiting {
                writing.data.iter().copied().for_each(&mut *visit);
            }
        }
        for delivery in &self.deliveries {
            visit(delivery.callback);
        }
    }

    fn trace_objects(&self, visit: &mut dyn FnMut(Addr, Kind)) {
        let mut site = |site: Site| {
            if !site.function.is_null() {
                visit(site.function, if site.pc.is_null() { Kind::Native } else { Kind::Prototype });
            }
        };
        for entry in self.registry.iter() {
            entry.origin.stack.iter().copied().for_each(&mut site);
        }
        for ancestor in self.lineage.iter() {
            ancestor.origin.stack.iter().copied().for_each(&mut site);
        }
        self.recorder.sites().for_each(&mut site);
        site(self.raised);
    }
}
