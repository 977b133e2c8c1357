//! Where the runtime meets the fatal path: an uncaught error, and a dump that was asked for.

use super::state::{FatalReport, Vm};
use crate::fatal::line::LongLine;
use crate::fatal::{self, AsyncState, DumpOptions, Fatal, ProgramFacts, Reserve};
use crate::heap::pointer::{Pointer, at, to_addr};
use crate::heap::string;
use dumpfmt::layout::coroutine::CoroutineObject;
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
        let message = self.message_of(error);
        let offender = self.offender;
        let outermost = self.outermost_coroutine();
        let traceback = self.traceback(outermost, None, 0);
        let nil_origin = self.describe_origin(offender);
        self.save_coroutine();
        let mut cause = Fatal::uncaught(error, &message, &traceback);
        cause.offender = offender;
        if self.is_memory_error() {
            cause.cause = Cause::MemoryLimit;
        }
        let (mut dump_line, mut dump) = (None, None);
        if let Some(reserve) = self.reserve.filter(|reserve| reserve.enabled && !self.host.is_without_dumps) {
            // SAFETY: the runtime stands still in here.
            match unsafe { fatal::dump(reserve, &cause, self.roots, self) } {
                Ok(report) => {
                    dump_line = Some(report.line().as_bytes().to_vec());
                    dump = Some(report.path.as_bytes().to_vec());
                }
                Err(failure) => dump_line = Some(failure.line().as_bytes().to_vec()),
            }
            self.r().epoch += 1;
        }
        self.fatal = Some(FatalReport { traceback, nil_origin, dump_line, dump });
    }

    /// Lets the message handler of the program around the runtime see an error that nobody else handles: here,
    /// where it was thrown (or where it leaves the last coroutine), and before any `__close` sees it.
    pub(super) fn apply_host_handler(&mut self) {
        if self.is_memory_error() {
            return;
        }
        if let Some(handler) = self.host_handler() {
            self.call_message_handler(handler);
        }
    }

    /// Whether the error on its way is the one for want of memory.
    pub(crate) fn is_memory_error(&self) -> bool {
        let error = self.r().error;
        error.kind == SHORT_STRING && error.addr() == self.r().memory_message.addr
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
    pub(crate) fn message_of(&self, error: Value) -> Vec<u8> {
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
            let mut name = LongLine::new();
            entry.write_name(&mut name);
            visit(&Native { id: id as u32, name: Text(name.as_bytes()) });
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

impl Vm {
    /// Ends what [`Vm::arm`] began: whoever is being served is served first.
    pub(crate) fn disarm(&mut self) {
        if self.reserve.is_some() {
            // It hands the runtime to its helper thread, hence goes before everything else.
            self.listener = None;
            fatal::disarm();
        }
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.disarm();
    }
}
