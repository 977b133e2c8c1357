//! The runtime's own state beside the heap, and the small steps on the value stack that everything uses.
//!
//! Invariant: `Roots::host` is the address of this struct for as long as it lives, so that an instruction
//! handler, which carries only the roots, finds it.
//!
//! Not here: the loop (`interp.rs`), calls (`call.rs`), errors (`raise.rs`).

use crate::event_loop::EventLoop;
use crate::fatal::Reserve;
use crate::fatal::line::LongLine;
use crate::heap::pointer::{at, load, store, to_addr};
use crate::heap::{Heap, HeapOptions, OutsideRoots};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::coroutine::{CoroutineObject, Frame, Status};
use dumpfmt::layout::roots::Roots;
use dumpfmt::layout::value::Value;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

/// An error is on its way: its value is in `Roots::error`. Made only by [`Vm::throw`](super::raise) and the
/// functions over it, at the place where the error happens and with every frame still standing.
#[derive(Debug)]
#[must_use = "an error that is dropped is an error that is swallowed"]
pub struct Raise(pub(super) ());

/// What a native function asks of the interpreter when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(pub(super) u32);

impl Step {
    /// Return the topmost `count` values.
    pub const fn results(count: u32) -> Step {
        Step(count)
    }

    /// How many values are returned.
    pub(crate) const fn result_count(self) -> u32 {
        self.0
    }

    /// The frames have changed: go on with whatever frame is innermost now.
    pub(super) const REENTER: Step = Step(u32::MAX);
    /// The same, but the innermost frame is machine code's: the loop ends.
    pub(super) const LEAVE: Step = Step(u32::MAX - 1);
}

/// How a native function ends.
pub type NativeResult = Result<Step, Raise>;

/// A function of the runtime that Lua can call. Arguments and results are on the value stack.
pub type NativeFunction = fn(&mut Vm) -> NativeResult;

/// A registered native function.
pub struct NativeEntry {
    /// The library whose function it is; empty for one whose name says all.
    pub library: &'static str,
    /// What it is called there.
    pub name: Cow<'static, str>,
    /// Its code.
    pub function: NativeFunction,
}

impl NativeEntry {
    /// What tracebacks and dumps call it: `string.format`. Allocates nothing.
    pub fn write_name(&self, line: &mut LongLine) {
        if !self.library.is_empty() {
            line.text(self.library).text(".");
        }
        line.text(&self.name);
    }
}

/// Functions that the libraries register: room for them is made once.
const NATIVES: usize = 256;

/// A function of the program around the runtime; arguments and results are on the value stack.
pub type HostFunction = Rc<dyn Fn(&mut Vm) -> NativeResult>;

/// What is told of an error in a callback of the event loop, which is the current error.
pub(crate) type CallbackFailure = Rc<dyn Fn(&mut Vm)>;

/// What the program around the runtime has hung on it.
#[derive(Default)]
pub(crate) struct Host {
    /// Places of values that nobody holds any more. It also tells this runtime's values from another's.
    pub released: Rc<RefCell<Vec<i64>>>,
    /// Places for values that are free again.
    pub free_places: Vec<i64>,
    /// The last place that was ever used; 0 while there is none.
    pub last_place: i64,
    /// Functions that Lua can call, by number; `None` once Lua cannot reach it any more.
    pub functions: Vec<Option<HostFunction>>,
    /// Numbers that are free again.
    pub free_numbers: Vec<u64>,
    /// The place of the message handler for errors that nobody handles.
    pub handler: Option<i64>,
    /// Told of an error in a callback of the event loop; without it, the error leaves the loop.
    pub callback_failure: Option<CallbackFailure>,
    /// Uncaught errors leave no dump for now.
    pub is_without_dumps: bool,
    /// A panic has gone through frames of this runtime.
    pub is_broken: bool,
}

/// How to set up a runtime.
#[derive(Clone, Debug)]
pub struct VmOptions {
    /// The largest size of the heap in bytes; `u64::MAX` for none.
    pub heap_bytes_max: u64,
    /// Collect at every allocation (`REQUIEM_GC_STRESS=1`).
    pub stress: bool,
    /// Tell of every collection on the standard error (`REQUIEM_GC_TRACE=1`).
    pub traces_collections: bool,
}

impl Default for VmOptions {
    fn default() -> Self {
        VmOptions { heap_bytes_max: u64::MAX, stress: false, traces_collections: false }
    }
}

/// What is left of an uncaught error once its frames are gone: what the command prints.
#[derive(Clone, Debug, Default)]
pub struct FatalReport {
    /// Where it was thrown.
    pub traceback: Vec<u8>,
    /// `nil from: …`, when the error came of a nil whose origin is known.
    pub nil_origin: Option<Vec<u8>>,
    /// The line about the dump: where it is, or why there is none.
    pub dump_line: Option<Vec<u8>>,
    /// Where the dump is.
    pub dump: Option<Vec<u8>>,
}

/// The values that a call or a return hands over, as `debug.getinfo` tells a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Of the frame that was called or returns.
    pub(super) coroutine: Addr,
    /// Its place among the frames of the coroutine.
    pub(super) frame: u64,
    /// The first of the values, as the number of a local variable.
    pub(super) first: u32,
    /// How many they are.
    pub(super) count: u32,
}

impl Transfer {
    /// Nothing.
    pub(super) const NONE: Transfer = Transfer { coroutine: Addr::NULL, frame: 0, first: 0, count: 0 };
}

/// Where an error was thrown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thrown {
    pub(super) coroutine: Addr,
    /// The innermost frame: its distance from the first one.
    pub(super) frame: u64,
    /// The top of the stack: its distance from the first slot.
    pub(super) top: u64,
    /// The collections so far.
    pub(super) collection_count: u64,
}

/// A Lua runtime.
pub struct Vm {
    pub(crate) heap: Heap,
    pub(crate) roots: *mut Roots,
    pub(crate) natives: Vec<NativeEntry>,
    /// Scratch for building strings; empty between uses.
    pub(crate) buffer: Vec<u8>,
    /// Captures lent to the pattern functions; absent while one runs.
    pub(crate) captures: Option<Box<crate::pattern::Captures>>,
    /// Calls of machine code, metamethods and resumes nested in one another (the reference's `nCcalls`).
    pub(crate) nesting: u32,
    /// What the program around the runtime has hung on it.
    pub(crate) host: Host,
    /// What is known of the uncaught error that is on its way, so that an error in its handling is not dumped
    /// again.
    pub(crate) fatal: Option<FatalReport>,
    /// The value that the operation which throws now could not use; nil of unknown origin otherwise.
    pub(crate) offender: Value,
    /// Whether `collectgarbage` was last asked for the generational mode.
    pub(crate) generational: bool,
    /// The frame that closes what an uncaught error has left open, while it does: its distance from the first
    /// frame of its coroutine.
    pub(crate) closing: Option<u64>,
    /// Where the last error was thrown, until machine code calls again.
    pub(super) thrown: Option<Thrown>,
    /// True while a finalizer runs.
    pub(crate) finalizing: bool,
    /// The state of `math.random`.
    pub(crate) random: [u64; 4],
    /// Whether `LUA_PATH` and the like are heeded (not with `-E`).
    pub(crate) heeds_environment: bool,
    /// Whether `warn` prints.
    pub(crate) warnings_on: bool,
    /// Whether the last `warn` piece was to be continued.
    pub(crate) warning_continues: bool,
    pub(crate) event_loop: EventLoop,
    /// Open files of the `io` library, by handle.
    pub(crate) files: crate::file::Files,
    /// Open directories of the module `lfs`, by handle.
    pub(crate) directories: crate::slab::Slab<rustix::fs::Dir>,
    /// What the fatal path needs, taken at start; `None` when no dump is to be written.
    pub(crate) reserve: Option<&'static Reserve>,
    /// The control socket of `requiem dump`.
    pub(crate) listener: Option<crate::fatal::live::Listener>,
    /// The instruction that native frames' pc points at.
    pub(super) native_return: Box<[Instruction; 2]>,
    /// What the hook that is being called may ask about its event.
    pub(super) transfer: Transfer,
}

/// Values a coroutine's stack can hold (the reference's LUAI_MAXSTACK).
pub const STACK_LENGTH_MAX: u64 = 1_000_000;
/// Values a native function may push without asking (the reference's LUA_MINSTACK).
pub const NATIVE_SLOTS: usize = 20;

impl Vm {
    /// A runtime with an empty global table; `stdlib::open` fills it.
    ///
    /// Fails with a sentence when the system grants no address space.
    pub fn new(options: &VmOptions) -> Result<Box<Vm>, String> {
        let mut heap = Heap::new(HeapOptions { bytes_max: options.heap_bytes_max, stress: options.stress })
            .map_err(|error| error.to_string())?;
        if options.traces_collections {
            heap.trace();
        }
        let roots = heap.roots();
        let stop = Instruction::abc(Opcode::NativeReturn, 0, 0, 0);
        let mut vm = Box::new(Vm {
            heap,
            roots,
            natives: Vec::with_capacity(NATIVES),
            buffer: Vec::new(),
            captures: None,
            // The reference's command runs all inside one call of its own.
            nesting: 1,
            host: Host::default(),
            fatal: None,
            offender: Value::NIL,
            generational: false,
            closing: None,
            thrown: None,
            finalizing: false,
            random: [0; 4],
            heeds_environment: true,
            warnings_on: false,
            warning_continues: false,
            event_loop: EventLoop::new().map_err(|error| error.to_string())?,
            files: crate::file::Files::default(),
            directories: crate::slab::Slab::default(),
            reserve: None,
            listener: None,
            native_return: Box::new([stop; 2]),
            transfer: Transfer::NONE,
        });
        vm.r().host = to_addr(&raw const *vm);
        vm.initialise().map_err(|_| "the heap limit is too small for the runtime itself".to_string())?;
        Ok(vm)
    }

    fn initialise(&mut self) -> Result<(), crate::heap::OutOfMemory> {
        use crate::heap::{string, table};
        use dumpfmt::addr::Ref;
        use dumpfmt::layout::roots::Event;
        for &event in Event::ALL {
            let name = string::create(&mut self.heap, event.key().as_bytes())?;
            self.r().event_names[event as usize] = Ref::new(name.addr());
        }
        self.r().memory_message = Ref::new(string::create(&mut self.heap, b"not enough memory")?.addr());
        self.r().registry = Ref::new(to_addr(table::create(&mut self.heap, Addr::NULL)?));
        self.r().globals = Ref::new(to_addr(table::create(&mut self.heap, Addr::NULL)?));
        let main = self.create_coroutine_object()?;
        self.r().main = Ref::new(to_addr(main));
        self.r().current = Ref::new(to_addr(main));
        // SAFETY: a fresh coroutine.
        unsafe { (*main).header.flags = Status::Running as u8 };
        self.load_coroutine(main);
        let outside: *mut EventLoop = &raw mut self.event_loop;
        self.heap.use_native_stack();
        self.heap.set_outside(outside as *mut dyn OutsideRoots);
        Ok(())
    }

    /// The roots.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the roots lie in the region, not in this struct")]
    pub(crate) fn r(&self) -> &mut Roots {
        // SAFETY: the region's first page is mapped for as long as the heap lives; the runtime is single
        // threaded and no reference obtained here is kept across a call.
        unsafe { &mut *self.roots }
    }

    /// The runtime of a set of roots.
    ///
    /// # Safety
    /// `roots` belong to a live runtime.
    #[inline(always)]
    pub(crate) unsafe fn of<'a>(roots: *mut Roots) -> &'a mut Vm {
        // SAFETY: `host` is set before anything runs; single threaded.
        unsafe { &mut *at::<Vm>((*roots).host) }
    }

    /// The innermost frame.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the frame lies in the heap, not in this struct")]
    pub(crate) fn frame(&self) -> &mut Frame {
        // SAFETY: the running coroutine always has a frame.
        unsafe { &mut *at::<Frame>(self.r().frame) }
    }

    /// The coroutine that runs.
    #[inline(always)]
    pub(crate) fn current(&self) -> *mut CoroutineObject {
        at(self.r().current.addr)
    }

    /// One past the last value in use.
    #[inline(always)]
    pub(crate) fn top(&self) -> *mut Value {
        at(self.r().top)
    }

    /// Sets [`top`](Vm::top).
    #[inline(always)]
    pub(crate) fn set_top(&self, top: *mut Value) {
        self.r().top = to_addr(top);
    }

    /// Pushes a value; there must be room (a native function may push [`NATIVE_SLOTS`] values).
    #[inline(always)]
    pub fn push(&mut self, value: Value) {
        debug_assert!(self.r().top.0 < self.r().stack_limit.0 + EXTRA_SLOTS as u64 * 16);
        // SAFETY: `ensure_stack` has been called for the frame.
        unsafe { store(self.top(), value) };
        self.r().top.0 += size_of::<Value>() as u64;
    }

    /// Takes the topmost value off.
    #[inline(always)]
    pub fn pop(&mut self) -> Value {
        self.r().top.0 -= size_of::<Value>() as u64;
        // SAFETY: the slot holds what was pushed.
        unsafe { load(self.top()) }
    }

    /// Drops `count` values.
    pub fn pop_many(&mut self, count: u32) {
        self.r().top.0 -= count as u64 * size_of::<Value>() as u64;
    }

    /// Writes the running coroutine's working state back to its object.
    pub(crate) fn save_coroutine(&self) {
        let roots = self.r();
        // SAFETY: the current coroutine is valid.
        unsafe {
            let coroutine = &mut *self.current();
            coroutine.frame = roots.frame;
            coroutine.frame_limit = roots.frame_limit;
            coroutine.stack_limit = roots.stack_limit;
            coroutine.top = roots.top;
        }
    }

    /// Makes `coroutine`'s working state the current one.
    pub(crate) fn load_coroutine(&mut self, coroutine: *mut CoroutineObject) {
        let roots = self.r();
        // SAFETY: the caller passes a valid coroutine.
        unsafe {
            roots.frame = (*coroutine).frame;
            roots.frame_limit = (*coroutine).frame_limit;
            roots.stack_limit = (*coroutine).stack_limit;
            roots.top = (*coroutine).top;
        }
        roots.current = dumpfmt::addr::Ref::new(to_addr(coroutine));
        self.choose_handlers();
        self.heap.resumed(to_addr(coroutine));
    }
}

/// Slots beyond `stack_limit` that error handling may use (the reference's EXTRA_STACK and more).
pub const EXTRA_SLOTS: usize = 40;
