//! Timers: started, stopped, due. Times are milliseconds of the loop's clock, as the program gives them.
//!
//! Invariant: `timers` holds exactly the active timers; of those due at the same time the one started first
//! comes first.

use super::handle::{Body, HandleId, Kind, Timer};
use super::pending::Waiting;
use super::queue::{Payload, Place};
use super::state::EventLoop;
use super::summary::{Detail, Summary};
use dumpfmt::layout::value::Value;
use dumpfmt::record::SiteStack;
use rustix::io::Errno;

impl EventLoop {
    /// A timer that is not started.
    pub fn add_timer(&mut self, value: Value) -> HandleId {
        let timer = Timer { due: 0, delay: 0, period: 0, start: 0, callback: Value::NIL, pending: None };
        self.add_handle(Kind::Timer, value, Body::Timer(timer))
    }

    /// Sets what a timer calls.
    pub fn set_timer_callback(&mut self, id: HandleId, callback: Value) {
        if let Some(timer) = self.handles.timer_mut(id) {
            timer.callback = callback;
        }
    }

    /// Starts a timer, again if it is active: due after `delay`, then every `period` unless that is 0.
    pub fn start_timer(
        &mut self,
        id: HandleId,
        delay: u64,
        period: u64,
        stack: &SiteStack,
    ) -> Result<(), Errno> {
        if self.is_closing(id) {
            return Err(Errno::INVAL);
        }
        self.stop_timer(id);
        let Some(timer) = self.handles.timer(id) else { return Err(Errno::INVAL) };
        let values = (timer.callback, Value::NIL);
        let pending = self.arm(Waiting::Timer { fired: 0 }, id, values, stack);
        if let Some(timer) = self.handles.timer_mut(id) {
            timer.pending = Some(pending);
            timer.delay = delay;
            timer.period = period;
        }
        self.schedule(id, delay);
        self.set_active(id, true);
        Ok(())
    }

    fn schedule(&mut self, id: HandleId, delay: u64) {
        let due = self.now.saturating_add(delay);
        let start = self.timers_started;
        self.timers_started += 1;
        if let Some(timer) = self.handles.timer_mut(id) {
            timer.due = due;
            timer.start = start;
        }
        self.timers.insert((due, start), id);
    }

    /// Stops a timer.
    pub fn stop_timer(&mut self, id: HandleId) {
        let Some(timer) = self.handles.timer_mut(id) else { return };
        let Some(pending) = timer.pending.take() else { return };
        let place = (timer.due, timer.start);
        self.timers.remove(&place);
        self.disarm(pending);
        self.set_active(id, false);
    }

    /// Starts a timer that repeats again, due after its period.
    pub fn restart_timer(&mut self, id: HandleId, stack: &SiteStack) -> Result<(), Errno> {
        let Some(timer) = self.handles.timer(id) else { return Err(Errno::INVAL) };
        if timer.callback.is_nil() {
            return Err(Errno::INVAL);
        }
        let period = timer.period;
        // A timer that is being closed stays stopped; that is no failure.
        if period > 0 && !self.is_closing(id) {
            self.start_timer(id, period, period, stack)?;
        }
        Ok(())
    }

    /// Sets after how long a timer is due again.
    pub fn set_timer_period(&mut self, id: HandleId, period: u64) {
        if let Some(timer) = self.handles.timer_mut(id) {
            timer.period = period;
        }
    }

    /// After how long a timer is due again.
    pub fn timer_period(&self, id: HandleId) -> u64 {
        self.handles.timer(id).map_or(0, |timer| timer.period)
    }

    /// In how many milliseconds a timer is due.
    pub fn timer_due_in(&self, id: HandleId) -> u64 {
        self.handles.timer(id).map_or(0, |timer| timer.due.saturating_sub(self.now))
    }

    /// Queues the events of all timers that are due.
    pub fn queue_due_timers(&mut self) {
        while let Some((&(due, _), &id)) = self.timers.first_key_value() {
            if due > self.now {
                return;
            }
            self.timers.pop_first();
            let Some(timer) = self.handles.timer(id) else { continue };
            let Some(pending) = timer.pending else { continue };
            let detail = match (timer.period, timer.delay) {
                (0, delay) => Detail::After(delay),
                (period, _) => Detail::Every(period),
            };
            self.enqueue(pending, Payload::Timer, Summary::of(detail), Place::Now);
        }
    }

    /// A timer's callback is about to run: the timer has stopped, or goes on.
    pub(super) fn timer_fired(&mut self, id: HandleId) {
        let Some(timer) = self.handles.timer_mut(id) else { return };
        if timer.period > 0 {
            let period = timer.period;
            self.schedule(id, period);
        } else {
            self.stop_timer(id);
        }
    }
}
