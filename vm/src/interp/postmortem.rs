//! Where the runtime meets the fatal path: an uncaught error, and a dump that was asked for.

use super::state::{FatalReport, NATIVE_SLOTS, Vm};
use crate::fatal::{self, AsyncState, DumpOptions, Fatal, ProgramFacts, Reserve};
use crate::file::until_nul;
use crate::heap::pointer::{Pointer, at, to_addr};
use crate::heap::string;
use dumpfmt::addr::Addr;
use dumpfmt::layout::coroutine::{CoroutineObject, Frame, FrameKind};
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::value::{COROUTINE, SHORT_STRING, Value};
use dumpfmt::record::{Ancestor, Cause, Delivery, Entry, Native, Pending, Place, QueuedEvent, Text};

impl Vm {
    /// Takes what the fatal path needs; from now on whatever ends the program leaves a dump, and `requiem dump`
    /// finds it. To be called once, before the program runs; the runtime must stay where it is from then on.
    pub fn arm(&mut self, options: &DumpOptions, facts: &ProgramFacts<'_>) {
        let reserve = Reserve::take(options, facts);
        self.reserve = Some(reserve);
        let state: *const dyn AsyncState = &raw const *self;
        // SAFETY: `Vm::new` boxes the runtime; `drop` disarms.
        unsafe {
            fatal::arm(reserve, self.roots, state);
            self.listener = fatal::live::listen(reserve, self.roots, state).ok();
        }
    }

    /// What is left of an uncaught error, once.
    pub fn take_report(&mut self) -> Option<FatalReport> {
        self.fatal.take()
    }

    /// Nobody stops the error in `Roots::error`: takes the dump, with every frame still standing, and keeps what
    /// the command will print.
    #[cold]
    pub(super) fn die(&mut self) {
        if self.fatal.is_some() {
            return;
        }
        self.fatal = Some(FatalReport::default());
        let error = self.r().error;
        let memory = error.kind == SHORT_STRING && error.addr() == self.r().memory_message.addr;
        let message = self.message_of(error);
        let offender = self.offender;
        let outermost = self.outermost_coroutine();
        let traceback = self.traceback(outermost, None, 0);
        let nil_origin = self.describe_origin(offender);
        self.save_coroutine();
        let mut cause = Fatal::uncaught(error, &message, &traceback);
        cause.offender = offender;
        if memory {
            cause.cause = Cause::MemoryLimit;
        }
        let dump_line = self.reserve.filter(|reserve| reserve.enabled).map(|reserve| {
            // SAFETY: the runtime stands still in here.
            match unsafe { fatal::dump(reserve, &cause, self.roots, self) } {
                Ok(report) => report.line().as_bytes().to_vec(),
                Err(failure) => failure.line().as_bytes().to_vec(),
            }
        });
        self.r().epoch += 1;
        let traceback = if memory { traceback } else { Vec::new() };
        self.fatal = Some(FatalReport { traceback, nil_origin, dump_line });
    }

    /// What the message handler of the reference's command does to an error that nobody else handles: it becomes
    /// its message with a traceback. Here, where it was thrown (or where it leaves the last coroutine), and before
    /// any `__close` sees it.
    pub(super) fn apply_command_handler(&mut self) {
        let error = self.r().error;
        let memory = error.kind == SHORT_STRING && error.addr() == self.r().memory_message.addr;
        if self.reserve.is_none() || memory {
            return;
        }
        let outer = core::mem::replace(&mut self.handling, true);
        let (mut message, with_traceback) = self.command_message(error);
        if with_traceback {
            message = self.traceback(self.running(), Some(until_nul(&message)), 0);
        }
        self.handling = outer;
        if let Ok(text) = string::create(&mut self.heap, &message) {
            self.r().error = text;
        }
    }

    /// The message of an error value, and whether a traceback follows.
    fn command_message(&mut self, error: Value) -> (Vec<u8>, bool) {
        let method = self.metamethod(error, Event::ToString);
        if error.is_string() || method.is_nil() {
            return (self.message_of(error), true);
        }
        match self.call_as_handler(method, error) {
            // SAFETY: a valid string.
            Ok(text) if text.is_string() => (unsafe { string::bytes(at(text.addr())).to_vec() }, false),
            Ok(_) => (self.message_of(error), true),
            // The handler has been called for the error in it.
            Err(inner) => (self.message_of(inner), false),
        }
    }

    /// Calls a function from a frame that stands for the handler of the reference's command, a C function.
    fn call_as_handler(&mut self, function: Value, argument: Value) -> Result<Value, Value> {
        self.set_top(self.scratch().max(self.top()));
        if self.ensure_stack(NATIVE_SLOTS).is_err() || self.ensure_frame().is_err() {
            return Err(self.current_error());
        }
        self.push(Value::NIL);
        let base = self.top();
        self.push_frame(self.native_return_pc(), base, Addr::NULL, 0, FrameKind::Native as u32);
        self.push(function);
        self.push(argument);
        let result = self.handled_call(1, 1).map(|()| self.pop());
        self.r().frame.0 -= size_of::<Frame>() as u64;
        result
    }

    /// The coroutine that nobody has resumed: the one at the end of the chain of resumers.
    fn outermost_coroutine(&self) -> Value {
        let mut coroutine = self.current();
        loop {
            // SAFETY: the chain of resumers is made of valid coroutines and ends.
            let resumer: *mut CoroutineObject = unsafe { (*coroutine).resumer.ptr() };
            if resumer.is_null() {
                return Value::object(COROUTINE, to_addr(coroutine));
            }
            coroutine = resumer;
        }
    }

    /// The error as a message, without running Lua: a string as it is, anything else by its type.
    fn message_of(&self, error: Value) -> Vec<u8> {
        match error.kind {
            // SAFETY: a valid string.
            _ if error.is_string() => unsafe { string::bytes(at(error.addr())).to_vec() },
            dumpfmt::layout::value::INTEGER => {
                dumpfmt::numeral::integer_text(error.as_integer()).as_bytes().to_vec()
            }
            dumpfmt::layout::value::FLOAT => {
                dumpfmt::numeral::float_text(error.as_float()).as_bytes().to_vec()
            }
            _ => {
                let mut text = b"(error object is a ".to_vec();
                text.extend_from_slice(error.type_name().unwrap_or("no value").as_bytes());
                text.extend_from_slice(b" value)");
                text
            }
        }
    }

    /// `field 'x' absent at file:line` and the like: where a nil came from.
    pub(super) fn describe_origin(&self, nil: Value) -> Option<Vec<u8>> {
        let (pc, origin) = nil.origin()?;
        let place = self.place_of_address(pc)?;
        let mut text = place.describe(origin);
        text.extend_from_slice(b" at ");
        text.extend_from_slice(&place.shown());
        Some(text)
    }

    /// A dump was asked for: writes it, or has a copy of the process write it.
    #[cold]
    pub fn serve_dump_request(&mut self) {
        self.save_coroutine();
        if let Some(reserve) = self.reserve {
            // SAFETY: the runtime stands still in here.
            if let Some(requester) = unsafe { fatal::live::answer(reserve, self.roots, self) } {
                let epoch = self.r().epoch;
                self.event_loop.note_dumped(requester, epoch);
            }
        }
    }
}

/// What the dump is told of the program's asynchronous state: the event loop's, and the names of natives.
impl AsyncState for Vm {
    fn place(&self) -> Place {
        self.event_loop.place()
    }

    fn natives(&self, visit: &mut dyn FnMut(&Native<'_>)) {
        for (id, entry) in self.natives.iter().enumerate() {
            visit(&Native { id: id as u32, name: Text(entry.name.as_bytes()) });
        }
    }

    fn delivering(&self, visit: &mut dyn FnMut(&Delivery<'_>)) {
        self.event_loop.delivering(visit);
    }

    fn pending(&self, visit: &mut dyn FnMut(&Pending<'_>)) {
        self.event_loop.pending(visit);
    }

    fn queue(&self, visit: &mut dyn FnMut(&QueuedEvent<'_>)) {
        self.event_loop.queue(visit);
    }

    fn lineage(&self, visit: &mut dyn FnMut(&Ancestor<'_>)) {
        self.event_loop.lineage(visit);
    }

    fn recorder(&self, visit: &mut dyn FnMut(&Entry<'_>)) {
        self.event_loop.recorder(visit);
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        if self.reserve.is_some() {
            fatal::disarm();
        }
    }
}
