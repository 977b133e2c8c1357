//! What runs in every turn of the loop, and the end of handles.

use super::handle::{Body, HandleId, Kind, TurnHandle};
use super::pending::Waiting;
use super::queue::{Payload, Place};
use super::state::EventLoop;
use super::summary::{Detail, Summary};
use dumpfmt::layout::value::Value;
use dumpfmt::record::SiteStack;
use rustix::io::Errno;

impl EventLoop {
    /// An idle, prepare or check handle that is not started.
    pub fn add_turn_handle(&mut self, kind: Kind, value: Value) -> HandleId {
        self.add_handle(kind, value, Body::Turn(TurnHandle { callback: Value::NIL, pending: None }))
    }

    fn phase(&mut self, kind: Kind) -> &mut Vec<HandleId> {
        match kind {
            Kind::Idle => &mut self.idle,
            Kind::Prepare => &mut self.prepare,
            _ => &mut self.check,
        }
    }

    /// Starts an idle, prepare or check handle: `callback` runs in every turn, the one started last first.
    pub fn start_turn_handle(
        &mut self,
        id: HandleId,
        callback: Value,
        stack: &SiteStack,
    ) -> Result<(), Errno> {
        if self.is_closing(id) {
            return Err(Errno::INVAL);
        }
        let Some(kind) = id.kind() else { return Err(Errno::INVAL) };
        let Some(turn) = self.handles.turn_mut(id) else { return Err(Errno::INVAL) };
        turn.callback = callback;
        if let Some(pending) = turn.pending {
            if let Some(entry) = self.registry.get_mut(pending) {
                entry.callback = callback;
            }
            return Ok(());
        }
        let pending = self.arm(Waiting::Turn, id, (callback, Value::NIL), stack);
        if let Some(turn) = self.handles.turn_mut(id) {
            turn.pending = Some(pending);
        }
        self.phase(kind).insert(0, id);
        self.set_active(id, true);
        Ok(())
    }

    /// Stops an idle, prepare or check handle.
    pub fn stop_turn_handle(&mut self, id: HandleId) {
        let Some(turn) = self.handles.turn_mut(id) else { return };
        let (Some(pending), Some(kind)) = (turn.pending.take(), id.kind()) else { return };
        self.disarm(pending);
        self.phase(kind).retain(|other| *other != id);
        self.set_active(id, false);
    }

    /// Queues the events of the idle, prepare or check handles.
    pub fn queue_phase(&mut self, kind: Kind) {
        let summary = Summary::of(Detail::Word(kind.word()));
        for index in 0..self.phase(kind).len() {
            let id = self.phase(kind)[index];
            if let Some(pending) = self.handles.turn_mut(id).and_then(|turn| turn.pending) {
                self.enqueue(pending, Payload::Turn, summary, Place::Now);
            }
        }
    }

    /// Closes a handle: it stops now; `callback` (nil for none) runs at the end of this turn. The handle must
    /// not be closing already.
    pub fn close(&mut self, id: HandleId, callback: Value, stack: &SiteStack) {
        if self.is_closing(id) {
            return;
        }
        match self.handles.get(id).map(|handle| &handle.body) {
            Some(Body::Timer(_)) => self.stop_timer(id),
            Some(Body::Turn(_)) => self.stop_turn_handle(id),
            Some(Body::Tcp(_)) => self.close_tcp(id),
            None => return,
        }
        let pending = self.arm(Waiting::Close, id, (callback, Value::NIL), stack);
        if let Some(handle) = self.handles.get_mut(id) {
            handle.closing = Some(pending);
        }
        self.closing.push(id);
    }

    /// Queues the events of the handles that were closed, the last one first.
    pub fn queue_closed(&mut self) {
        for id in core::mem::take(&mut self.closing).into_iter().rev() {
            self.cancel_requests(id);
            let Some(pending) = self.handles.get(id).and_then(|handle| handle.closing) else { continue };
            let summary = Summary::of(id.kind().map_or(Detail::Nothing, |kind| Detail::Word(kind.word())));
            self.enqueue(pending, Payload::Closed, summary, Place::Now);
        }
    }
}
