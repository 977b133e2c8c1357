//! Errors: thrown where they happen, with every frame still standing; then unwound to whoever stops them.
//!
//! [`Vm::throw`] looks for a handler first, through `coroutine.wrap` and machine code. None: the error is fatal
//! *here*, and the dump is taken before a single frame is gone. `Err(Raise)` then travels to the loop, which
//! [`Vm::unwind`]s.
//!
//! Invariant: whoever makes a [`Raise`] has put its value into `Roots::error`.

use super::call::Flow;
use super::state::{NATIVE_SLOTS, Raise, Thrown, Vm};
use crate::heap::pointer::{Pointer, as_slot, at, copy, load, store, to_addr};
use crate::heap::string;
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::coroutine::{
    CoroutineObject, FRAME_CATCH, FRAME_DELIVERY, FRAME_ENTRY, FRAME_KIND_MASK, Frame, FrameKind,
    RESULTS_FINISH, Status,
};
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::value::{SHORT_STRING, Value};

/// `Frame::constants` of a native frame whose message handler, or that outside of it, stays in force.
const MARKED: Addr = Addr(1);

/// Who stops an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    /// Nobody.
    None,
    /// A frame of the coroutine that runs, with a message handler.
    Message(Addr),
    /// Machine code, which leaves the host's message handler in force.
    Host,
    /// Machine code, in this frame.
    Machine(Addr),
    /// Anybody else.
    Other,
}

impl Vm {
    /// Throws `value` as an error: here, at this instruction of this frame.
    #[cold]
    pub fn throw(&mut self, value: Value) -> Raise {
        self.r().error = value;
        let raised = self.innermost_site();
        self.event_loop.note_raised(raised);
        match self.find_handler() {
            Handler::None => {
                self.die();
                if self.outermost() {
                    self.apply_host_handler();
                }
            }
            Handler::Host => self.apply_host_handler(),
            // What closes after an uncaught error is part of the call that failed.
            Handler::Machine(frame) if self.is_closing_in(frame) => self.apply_host_handler(),
            Handler::Message(frame) => self.handle_message(frame),
            Handler::Machine(_) | Handler::Other => {}
        }
        self.note_thrown();
        Raise(())
    }

    /// An error was thrown here, with every frame still standing.
    fn note_thrown(&mut self) {
        self.thrown = Some(Thrown {
            coroutine: to_addr(self.current()),
            frame: self.r().frame.0 - to_addr(self.oldest_frame()).0,
            top: self.r().top.0 - self.stack_first().0,
            collection_count: self.r().collection_count,
        });
    }

    /// Throws the same error on, after machine code has looked at it.
    pub fn throw_again(&mut self) -> Raise {
        Raise(())
    }

    /// Throws a string, preceded by the place of the innermost frame if that is a Lua function's.
    #[cold]
    pub fn throw_text(&mut self, message: &[u8]) -> Raise {
        let mut text = self.position_of_frame(self.r().frame);
        text.extend_from_slice(message);
        match string::create(&mut self.heap, &text) {
            Ok(value) => self.throw(value),
            Err(_) => self.throw_memory(),
        }
    }

    /// Throws "not enough memory"; no message handler is called and nothing is allocated.
    #[cold]
    pub fn throw_memory(&mut self) -> Raise {
        self.r().error = self.memory_message();
        if self.find_handler() == Handler::None {
            self.die();
        }
        self.note_thrown();
        Raise(())
    }

    /// "not enough memory", which is there from the start.
    pub fn memory_message(&self) -> Value {
        Value::object(SHORT_STRING, self.r().memory_message.addr)
    }

    /// Throws the error of an error that could not be handled.
    #[cold]
    pub(super) fn throw_in_error_handling(&mut self) -> Raise {
        match string::create(&mut self.heap, b"error in error handling") {
            Ok(value) => self.r().error = value,
            Err(_) => return self.throw_memory(),
        }
        if self.find_handler() == Handler::None {
            self.die();
        }
        self.note_thrown();
        Raise(())
    }

    /// The handler of an error thrown now. A coroutine's error goes on to whoever resumed it, unless by
    /// `coroutine.resume`.
    fn find_handler(&self) -> Handler {
        let mut coroutine = self.current();
        let mut frame = self.r().frame;
        let mut first = true;
        let mut stopped = false;
        loop {
            // SAFETY: the frames of a coroutine lie one below the other, the oldest is a `Bottom`.
            unsafe {
                let oldest = to_addr(self.first_frame(coroutine));
                while frame >= oldest {
                    let Frame { flags, constants, .. } = *at::<Frame>(frame);
                    match FrameKind::from_byte((flags & FRAME_KIND_MASK) as u8) {
                        Some(FrameKind::Native) if flags & FRAME_CATCH != 0 && constants == MARKED => {
                            stopped = true;
                        }
                        _ if flags & FRAME_CATCH != 0 => return Handler::Machine(frame),
                        _ if flags & FRAME_DELIVERY != 0 && !stopped => return Handler::None,
                        Some(FrameKind::ProtectedCallHandler) if first => {
                            return Handler::Message(frame);
                        }
                        Some(FrameKind::Close) if first && constants == MARKED => {
                            return Handler::Message(frame);
                        }
                        Some(
                            FrameKind::ProtectedCall
                            | FrameKind::ProtectedCallHandler
                            | FrameKind::Close
                            | FrameKind::Resume,
                        ) => return Handler::Other,
                        _ => {}
                    }
                    frame.0 -= size_of::<Frame>() as u64;
                }
                coroutine = (*coroutine).resumer.ptr();
                if stopped {
                    // Within another coroutine than the main one there is no handler but its own.
                    return if coroutine.is_null() { Handler::Host } else { Handler::Other };
                }
                if coroutine.is_null() {
                    return Handler::None;
                }
                frame = (*coroutine).frame;
                first = false;
            }
        }
    }

    /// Lets the message handler of an `xpcall` change the error, on top of the frames of the error.
    fn handle_message(&mut self, frame: Addr) {
        // SAFETY: `base[0]` of an `xpcall` frame holds its handler, also while it closes variables.
        let handler = unsafe { load(at::<Value>((*at::<Frame>(frame)).base)) };
        self.call_message_handler(handler);
    }

    /// Lets a message handler change the error, on top of the frames of the error.
    pub(super) fn call_message_handler(&mut self, handler: Value) {
        let error = self.r().error;
        let top = self.scratch();
        let saved = self.r().top;
        if saved < to_addr(top) {
            self.set_top(top);
        }
        if self.ensure_stack(NATIVE_SLOTS).is_err() {
            return;
        }
        self.push(handler);
        self.push(error);
        if self.call(1, 1).is_ok() {
            let result = self.pop();
            self.r().error = result;
        }
    }

    /// Takes control from where the error was thrown to the nearest frame that stops it. `Err` when machine
    /// code lies in between: the loop that runs now ends with the error.
    pub(super) fn unwind(&mut self) -> Result<Flow, Raise> {
        loop {
            let coroutine = self.current();
            let mut frame = self.r().frame;
            // SAFETY: as in `find_handler`.
            let oldest = unsafe { to_addr(self.first_frame(coroutine)) };
            while frame > oldest {
                // SAFETY: as in `find_handler`.
                let flags = unsafe { (*at::<Frame>(frame)).flags };
                match FrameKind::from_byte((flags & FRAME_KIND_MASK) as u8) {
                    Some(FrameKind::ProtectedCall | FrameKind::ProtectedCallHandler | FrameKind::Close) => {
                        self.r().frame = frame;
                        return self.catch();
                    }
                    _ if flags & FRAME_ENTRY != 0 => {
                        self.r().frame = Addr(frame.0 - size_of::<Frame>() as u64);
                        return Err(Raise(()));
                    }
                    kind => {
                        // SAFETY: as above.
                        if unsafe { (*at::<Frame>(frame)).results_wanted } <= RESULTS_FINISH {
                            self.nesting -= 1;
                        }
                        if kind == Some(FrameKind::Continuation) {
                            self.nesting -= 1;
                        }
                        frame.0 -= size_of::<Frame>() as u64;
                    }
                }
            }
            if self.fail_coroutine() {
                return self.finish_resume_error();
            }
            self.finish_wrap_error(coroutine);
        }
    }

    /// The innermost frame stops the error: closes what is open above it, then returns `false, error`.
    fn catch(&mut self) -> Result<Flow, Raise> {
        let error = self.r().error;
        self.forget_stack_overflow();
        self.note_caught();
        if self.frame().kind() != Some(FrameKind::Close) {
            self.nesting -= 1;
        }
        let frame = self.frame();
        if frame.kind() != Some(FrameKind::Close) {
            // A message handler stays in force until everything is closed.
            let handled = frame.kind() == Some(FrameKind::ProtectedCallHandler);
            frame.constants = if handled { MARKED } else { Addr::NULL };
            frame.flags = frame.flags & !FRAME_KIND_MASK | FrameKind::Close as u32;
        }
        // SAFETY: a protected call has its function at `base[0]`, or above its handler; the slots above are dead
        // but for to-be-closed variables, which lie higher.
        unsafe { store(self.closing_error(), error) };
        self.continue_close()
    }

    /// Where the innermost frame, of kind `Close`, keeps its error.
    fn closing_error(&self) -> *mut Value {
        let frame = self.frame();
        at::<Value>(frame.base).wrapping_add((frame.constants == MARKED) as usize)
    }

    /// The innermost frame is of kind `Close`: calls the next `__close`, or ends.
    pub(super) fn continue_close(&mut self) -> Result<Flow, Raise> {
        let base = at::<Value>(self.frame().base);
        // SAFETY: the slot holds the error.
        let error = unsafe { load(self.closing_error()) };
        if let Some(slot) = self.next_to_be_closed(base) {
            self.set_top(slot.wrapping_add(1));
            self.ensure_stack(NATIVE_SLOTS)?;
            return self.call_close(error, 0);
        }
        // SAFETY: slots of this frame.
        unsafe {
            store(base.sub(1), Value::FALSE);
            store(base, error);
            self.close_upvalues(base);
            self.finish_frame(base.sub(1), 2)
        }
    }

    /// The running coroutine ends by the error. True when `coroutine.resume` is to be told, false when the
    /// error goes on in the resumer.
    ///
    /// Its frames are kept. Machine code among them has gone back to its own; what was called by that still stands
    /// above, as long as nothing else was called or collected on the way.
    fn fail_coroutine(&mut self) -> bool {
        let coroutine = self.current();
        if let Some(thrown) = self.thrown.take()
            && thrown.coroutine == to_addr(coroutine)
            && thrown.collection_count == self.r().collection_count
        {
            self.r().frame = Addr(to_addr(self.oldest_frame()).0 + thrown.frame);
            self.r().top = Addr(self.stack_first().0 + thrown.top);
        }
        self.save_coroutine();
        // SAFETY: a coroutine whose frames are exhausted has a resumer, else `call` would have stopped it.
        unsafe {
            (*coroutine).header.flags = Status::Failed as u8;
            (*coroutine).error = self.r().error;
            let resumer: *mut CoroutineObject = (*coroutine).resumer.ptr();
            (*coroutine).resumer = Ref::NULL;
            (*resumer).header.flags = Status::Running as u8;
            self.nesting = (*resumer).nesting;
            self.load_coroutine(resumer);
        }
        self.frame().kind() == Some(FrameKind::Resume)
    }

    fn finish_resume_error(&mut self) -> Result<Flow, Raise> {
        let error = self.r().error;
        self.note_caught();
        let base = at::<Value>(self.frame().base);
        // SAFETY: a `coroutine.resume` frame has its coroutine at `base[0]`.
        unsafe {
            store(base.sub(1), Value::FALSE);
            store(base, error);
            self.finish_frame(base.sub(1), 2)
        }
    }

    /// The error of a wrapped coroutine goes on at the call of its function (manual, `coroutine.wrap`).
    fn finish_wrap_error(&mut self, coroutine: *mut CoroutineObject) {
        self.close_failed(coroutine);
        let error = self.r().error;
        if error.is_string() {
            let caller = Addr(self.r().frame.0 - size_of::<Frame>() as u64);
            let mut text = self.position_of_frame(caller);
            if !text.is_empty() {
                // SAFETY: the error is a valid string.
                text.extend_from_slice(unsafe { string::bytes(at(error.addr())) });
                match string::create(&mut self.heap, &text) {
                    Ok(value) => self.r().error = value,
                    Err(_) => self.r().error = Value::object(SHORT_STRING, self.r().memory_message.addr),
                }
            }
        }
        match self.find_handler() {
            Handler::Message(frame) => self.handle_message(frame),
            Handler::None if self.outermost() => self.apply_host_handler(),
            _ => {}
        }
        self.note_thrown();
    }

    /// Whether nobody has resumed the running coroutine.
    fn outermost(&self) -> bool {
        // SAFETY: the running coroutine is valid.
        unsafe { (*self.current()).resumer.is_null() }
    }

    /// Marks the slot as a to-be-closed variable.
    pub(super) fn mark_to_be_closed(&mut self, slot: *mut Value) -> Result<(), Raise> {
        // SAFETY: a register of the innermost frame.
        let value = unsafe { load(slot) };
        if value.is_falsy() {
            return Ok(());
        }
        if self.metamethod(value, Event::Close).is_nil() {
            return Err(self.throw_not_closable(slot));
        }
        let coroutine = self.current();
        // SAFETY: slots of one stack; the distance fits, a stack has at most a million slots.
        unsafe {
            let previous = (*coroutine).to_be_closed;
            (*as_slot(slot)).link =
                if previous.is_null() { 0 } else { ((to_addr(slot).0 - previous.0) / 16) as u32 };
            (*coroutine).to_be_closed = to_addr(slot);
        }
        Ok(())
    }

    /// Takes the newest to-be-closed variable at or above `level` off the list and closes the upvalues from it
    /// on.
    pub(super) fn next_to_be_closed(&mut self, level: *mut Value) -> Option<*mut Value> {
        let coroutine = self.current();
        // SAFETY: the list runs through slots of this stack.
        unsafe {
            let slot = (*coroutine).to_be_closed;
            if slot < to_addr(level) || slot.is_null() {
                return None;
            }
            let slot = at::<Value>(slot);
            let link = (*as_slot(slot)).link;
            (*as_slot(slot)).link = 0;
            (*coroutine).to_be_closed = if link == 0 { Addr::NULL } else { to_addr(slot.sub(link as usize)) };
            self.close_upvalues(slot);
            Some(slot)
        }
    }

    /// Calls `__close` of the variable just below the top, with the error or nil.
    pub(super) fn call_close(&mut self, error: Value, wanted: i32) -> Result<Flow, Raise> {
        // SAFETY: the variable's slot is below the top.
        let value = unsafe { load(self.top().sub(1)) };
        let function = self.top();
        let handler = self.metamethod(value, Event::Close);
        self.push(handler);
        self.push(value);
        self.push(error);
        self.begin_call(function, wanted, 0)
    }

    /// Closes all that is open at or above `level` from machine code; the error in `Roots::error` (or its
    /// absence) is handed to each and replaced by one that a `__close` throws.
    pub(crate) fn close_protected(&mut self, level: Addr, mut failed: bool) -> bool {
        let level = at::<Value>(level);
        while let Some(slot) = self.next_to_be_closed(level) {
            let error = if failed { self.r().error } else { Value::NIL };
            self.set_top(slot.wrapping_add(1));
            // SAFETY: the slot just taken off the list.
            let value = unsafe { load(slot) };
            let handler = self.metamethod(value, Event::Close);
            self.push(handler);
            self.push(value);
            self.push(error);
            let kept = self.r().error;
            match self.protected_call(2, 0) {
                Ok(()) => self.r().error = kept,
                Err(value) => {
                    self.r().error = value;
                    failed = true;
                }
            }
        }
        self.close_upvalues(level);
        failed
    }

    /// Calls a callback of the event loop: an error in it is nobody's, whoever has called `uv.run`.
    pub fn call_callback(&mut self, argument_count: u32) -> Result<(), Raise> {
        let nested = self.frame().flags & FRAME_DELIVERY;
        self.frame().flags |= FRAME_DELIVERY;
        let result = self.call(argument_count, 0);
        if nested == 0 {
            self.frame().flags &= !FRAME_DELIVERY;
        }
        result
    }

    /// [`Vm::protected_call`] by a native function, with the message handler outside of it left in force: the
    /// error that comes back has passed through it.
    pub fn handled_call(&mut self, argument_count: u32, wanted: i32) -> Result<(), Value> {
        debug_assert_eq!(self.frame().kind(), Some(FrameKind::Native));
        self.frame().constants = MARKED;
        let result = self.protected_call(argument_count, wanted);
        self.frame().constants = Addr::NULL;
        result
    }

    /// A call from machine code that stops errors: [`Vm::call`], with the error's value as `Err`.
    pub fn protected_call(&mut self, argument_count: u32, wanted: i32) -> Result<(), Value> {
        let offset = self.r().frame.0 - to_addr(self.oldest_frame()).0;
        let caught_before = self.frame().flags & FRAME_CATCH;
        self.frame().flags |= FRAME_CATCH;
        let bottom = self.r().top.0 - (argument_count as u64 + 1) * 16 - self.stack_first().0;
        let result = self.call(argument_count, wanted);
        self.r().frame = Addr(to_addr(self.oldest_frame()).0 + offset);
        if caught_before == 0 {
            self.frame().flags &= !FRAME_CATCH;
        }
        match result {
            Ok(()) => Ok(()),
            Err(Raise(())) => {
                self.forget_stack_overflow();
                let level = Addr(self.stack_first().0 + bottom);
                self.close_protected(level, true);
                self.set_top(at(level));
                self.note_caught();
                Err(self.r().error)
            }
        }
    }

    /// The stack slot `count` below the top, as a level for [`Vm::close_after_error`].
    pub fn slot_below(&self, count: u32) -> u64 {
        (self.r().top.0 - self.stack_first().0) / 16 - count as u64
    }

    /// After an error has come back from [`Vm::call`] to the outermost machine code: runs the `__close` of what
    /// is still open from `level` on, and takes the values above it off the stack.
    pub fn close_after_error(&mut self, level: u64, raise: Raise) {
        let Raise(()) = raise;
        self.forget_stack_overflow();
        let slot = Addr(self.stack_first().0 + level * 16);
        let before = self.closing.replace(self.r().frame.0 - to_addr(self.oldest_frame()).0);
        self.close_protected(slot, true);
        self.closing = before;
        self.set_top(at(Addr(self.stack_first().0 + level * 16)));
    }

    /// Closes the main coroutine's variables, as `os.exit(code, true)` does.
    pub fn close_main(&mut self) {
        if self.is_main(self.running()) {
            let first = Addr(self.stack_first().0 + 16);
            self.close_protected(first, false);
        }
    }

    /// Whether a frame is the one that closes what an uncaught error has left open.
    fn is_closing_in(&self, frame: Addr) -> bool {
        self.closing == Some(frame.0.wrapping_sub(to_addr(self.oldest_frame()).0)) && self.outermost()
    }

    pub(super) fn oldest_frame(&self) -> *mut Frame {
        // SAFETY: the running coroutine is valid.
        unsafe { self.first_frame(self.current()) }
    }

    /// Copies `count` values from `source` to the top of the stack.
    pub(super) fn push_slice(&mut self, source: *const Value, count: usize) {
        for index in 0..count {
            // SAFETY: the caller has made room and `source` has that many values.
            unsafe { copy(self.top().add(index), source.add(index)) };
        }
        self.r().top.0 += count as u64 * 16;
    }

    /// Address of the first slot of the running coroutine's stack.
    pub(super) fn stack_first(&self) -> Addr {
        // SAFETY: the running coroutine is valid.
        unsafe { (*self.current()).stack.addr.offset(dumpfmt::layout::coroutine::StackObject::VALUES) }
    }
}
