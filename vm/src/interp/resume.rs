//! How native frames go on when a callee returns into them, and what happens at a safepoint.

use super::call::Flow;
use super::state::{NATIVE_SLOTS, Raise, Step, Vm};
use crate::fatal::signal::{POLL_DUMP, POLL_INTERRUPT};
use crate::heap::pointer::{at, store, to_addr};
use crate::heap::{FINALIZED_AT_ONCE, POLL_COLLECT, POLL_FINALIZE};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::Opcode;
use dumpfmt::layout::coroutine::{FRAME_FINALIZING, FRAME_KIND_MASK, Frame, FrameKind};
use dumpfmt::layout::function::LocalEntry;
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::value::Value;
use dumpfmt::record::CollectionKind;
use rustix::thread::{Timespec, nanosleep};
use std::time::{Duration, Instant};

/// What a native function asks to be done once its call returns: the word kept in `Frame::constants`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Continuation {
    /// Return the callee's first three results, as `pairs` does.
    Pairs = 1,
    /// Return all the callee's results, as `dofile` does.
    All = 2,
}

impl Vm {
    /// Lets the running native function call the function at argument `number`, with the arguments above it,
    /// without recursion; the frame goes on as `kind` says.
    pub(crate) fn call_from_native(&mut self, number: u32, kind: FrameKind) -> Result<Step, Raise> {
        self.nest()?;
        self.frame().flags = self.frame().flags & !FRAME_KIND_MASK | kind as u32;
        let function = at::<Value>(self.frame().base).wrapping_add(number as usize - 1);
        match self.begin_call(function, dumpfmt::layout::coroutine::RESULTS_ALL, 0)? {
            Flow::Continue => Ok(Step::REENTER),
            Flow::Leave => Ok(Step::LEAVE),
        }
    }

    /// The same for a function that goes on by a [`Continuation`].
    pub(crate) fn call_and_continue(&mut self, number: u32, then: Continuation) -> Result<Step, Raise> {
        self.frame().constants = Addr(then as u64);
        self.call_from_native(number, FrameKind::Continuation)
    }

    /// A callee has returned into the innermost frame, a native one.
    pub(super) fn native_return(&mut self) -> Result<Flow, Raise> {
        // The handler has published a pc past the one instruction of native frames.
        self.frame().pc = self.native_return_pc();
        let frame = *self.frame();
        let base = at::<Value>(frame.base);
        let results = |vm: &Vm, first: *mut Value| (vm.r().top.0 - to_addr(first).0) as usize / 16;
        // SAFETY: slots of the frame: the callee's results replaced it.
        unsafe {
            match frame.kind() {
                Some(FrameKind::ProtectedCall) => {
                    self.nesting -= 1;
                    store(base.sub(1), Value::TRUE);
                    let count = results(self, base.sub(1));
                    self.finish_frame(base.sub(1), count)
                }
                Some(FrameKind::ProtectedCallHandler) => {
                    self.nesting -= 1;
                    // The handler lies at base[0], the results above it.
                    store(base, Value::TRUE);
                    let count = results(self, base);
                    self.finish_frame(base, count)
                }
                Some(FrameKind::Close) => self.continue_close(),
                Some(FrameKind::Bottom) => self.finish_coroutine(),
                Some(FrameKind::Continuation) => {
                    self.nesting -= 1;
                    let mut count = results(self, base);
                    if frame.constants.0 == Continuation::Pairs as u64 {
                        self.ensure_stack(3)?;
                        while count < 3 {
                            self.push(Value::NIL);
                            count += 1;
                        }
                        count = 3;
                    }
                    let first = at::<Value>(self.frame().base);
                    self.finish_frame(first, count)
                }
                _ => {
                    let count = results(self, base);
                    self.finish_frame(base, count)
                }
            }
        }
    }

    /// The interpreter looks up: collector, finalizers, a dump that was asked for. `live` is where the slots in
    /// use end; at a jump back, where no temporary is, the variables in scope tell.
    #[cold]
    pub(super) fn service_poll(&mut self, live: Option<Addr>) -> Result<(), Raise> {
        let first = self.stack_first().0;
        let top = self.r().top;
        let poll = self.r().poll;
        if poll & POLL_COLLECT != 0 {
            let live = live.unwrap_or_else(|| self.variables_end());
            self.collect_slice(live)?;
        }
        self.r().top = to_addr(self.scratch()).max(top);
        if self.r().poll & POLL_FINALIZE != 0 {
            self.run_some_finalizers(FINALIZED_AT_ONCE)?;
        }
        if poll & POLL_DUMP != 0 {
            self.serve_dump_request();
        }
        self.raise_interrupt()?;
        self.r().top = Addr(top.0 - first + self.stack_first().0);
        Ok(())
    }

    /// Raises "interrupted!", once, when SIGINT has asked for it.
    pub(crate) fn raise_interrupt(&mut self) -> Result<(), Raise> {
        if self.r().poll & POLL_INTERRUPT == 0 {
            return Ok(());
        }
        self.heap.clear_poll(POLL_INTERRUPT);
        Err(self.error("interrupted!"))
    }

    /// Waits, or raises "interrupted!".
    pub(crate) fn sleep(&mut self, pause: Duration) -> Result<(), Raise> {
        let begin = Instant::now();
        while let Some(left) = pause.checked_sub(begin.elapsed()).filter(|left| !left.is_zero()) {
            self.raise_interrupt()?;
            let seconds = left.as_secs().try_into().unwrap_or(i64::MAX);
            // A signal ends it early.
            let _ = nanosleep(&Timespec { tv_sec: seconds, tv_nsec: left.subsec_nanos().into() });
        }
        Ok(())
    }

    /// One slice of a collection. While it runs a frame on top says where the slots in use end: the registers
    /// above hold what the program has let go of.
    fn collect_slice(&mut self, live: Addr) -> Result<(), Raise> {
        let offset = live.0 - self.stack_first().0;
        self.ensure_frame()?;
        let live = Addr(self.stack_first().0 + offset);
        self.r().top = live;
        self.push_frame(self.native_return_pc(), at(live), Addr::NULL, 0, FrameKind::Native as u32);
        self.collecting(CollectionKind::Paced, |heap, event_loop| heap.step(event_loop));
        self.r().frame.0 -= size_of::<Frame>() as u64;
        Ok(())
    }

    /// Where the registers of the variables in scope end, at the jump back that is being executed.
    fn variables_end(&self) -> Addr {
        let whole = to_addr(self.scratch());
        let Some(place) = self.place() else { return whole };
        let instruction = place.instruction();
        let controls = match instruction.opcode() {
            Some(Opcode::Jump) => 0,
            Some(Opcode::ForLoop) => instruction.a() as u32 + 4,
            _ => return whole,
        };
        let in_scope = |local: &LocalEntry| local.start_pc <= place.pc && place.pc < local.end_pc;
        let locals = place.code().locals();
        let variables = locals.iter().filter(|local| in_scope(local)).map(|local| local.register + 1).max();
        let count = variables.unwrap_or(0).max(controls);
        Addr(self.frame().base.0 + count as u64 * size_of::<Value>() as u64).min(whole)
    }

    /// Calls the finalizers that wait (manual, section 2.5.3); their errors become warnings.
    pub(crate) fn run_finalizers(&mut self) -> Result<(), Raise> {
        self.run_some_finalizers(usize::MAX)
    }

    /// Calls up to `most` of the finalizers that wait; the rest is called soon.
    fn run_some_finalizers(&mut self, most: usize) -> Result<(), Raise> {
        self.heap.clear_poll(POLL_FINALIZE);
        if self.finalizing {
            return Ok(());
        }
        self.finalizing = true;
        for _ in 0..most {
            let Some(object) = self.heap.next_finalizable() else { break };
            let finalizer = self.metamethod(object, Event::Gc);
            if finalizer.is_nil() || self.ensure_stack(NATIVE_SLOTS).is_err() {
                continue;
            }
            self.push(finalizer);
            self.push(object);
            self.frame().flags |= FRAME_FINALIZING;
            let result = self.protected_call(1, 0);
            self.frame().flags &= !FRAME_FINALIZING;
            if let Err(error) = result {
                self.warn_of_finalizer(error);
            }
        }
        self.finalizing = false;
        self.heap.postpone_finalizers();
        Ok(())
    }

    /// Whether a finalizer runs; it has no say in the collector's affairs.
    pub fn is_finalizing(&self) -> bool {
        self.finalizing
    }

    fn warn_of_finalizer(&mut self, error: Value) {
        let text = match error.is_string() {
            true => super::native::Str::of(error).map_or(Vec::new(), |text| text.bytes().to_vec()),
            false => b"error object is not a string".to_vec(),
        };
        let mut message = b"error in __gc (".to_vec();
        message.extend_from_slice(&text);
        message.push(b')');
        self.warn(&message, false);
    }

    /// `warn`: `continues` when more of the same message follows. A zero byte ends a piece, as it does the
    /// reference's.
    pub fn warn(&mut self, message: &[u8], continues: bool) {
        let message = crate::c_string::until_nul(message);
        if !continues && !self.warning_continues && message.first() == Some(&b'@') {
            match &message[1..] {
                b"on" => self.warnings_on = true,
                b"off" => self.warnings_on = false,
                _ => {}
            }
            return;
        }
        if self.warnings_on {
            let mut text = Vec::new();
            if !self.warning_continues {
                text.extend_from_slice(b"Lua warning: ");
            }
            text.extend_from_slice(message);
            if !continues {
                text.push(b'\n');
            }
            let _ = self.files.get(crate::file::STDERR).write(&text);
        }
        self.warning_continues = continues;
    }
}
