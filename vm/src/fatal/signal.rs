//! What turns a broken process, a panic, or SIGQUIT into a dump.
//!
//! Invariant: a crash signal is dumped once; whatever happens meanwhile, the process then dies of the signal
//! that hit it, so that its parent sees the truth. A fault inside the dump costs a section (`record::resume`).
//!
//! SIGQUIT comes at any moment, also between two stores that belong together. So the handler only asks for a
//! dump at the next safepoint; if none is reached in time (the program waits in a system call), it dumps as
//! things stand.
//!
//! SIGINT is no end by itself: where it is watched it becomes an error at the next safepoint.

// The paths that a result carries stand in it, because there is no allocator to put them behind.
#![allow(clippy::result_large_err)]

use super::cause::{FAULTS, Fatal, fault};
use super::file::print;
use super::line::LongLine;
use super::record::{AsyncState, Target, active_thread, dump_to, header_flags, print_result, resume};
use super::reserve::Reserve;
use crate::sys::{process, signal};
use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};
use core::time::Duration;
use dumpfmt::layout::roots::Roots;
use dumpfmt::record::Cause;
use std::sync::Once;

/// The bit of `Roots::poll` that asks for [`super::live::answer`] at the next safepoint.
pub const POLL_DUMP: u32 = 4;
/// The bit of `Roots::poll` that asks for the error "interrupted!" at the next safepoint.
pub const POLL_INTERRUPT: u32 = 16;
/// How long SIGQUIT waits for a safepoint.
const QUIT_PATIENCE: Duration = Duration::from_millis(300);

/// What a handler needs to know.
#[derive(Clone, Copy)]
struct Armed {
    reserve: &'static Reserve,
    roots: *mut Roots,
    state: *const dyn AsyncState,
}

struct Cell(UnsafeCell<Option<Armed>>);
// SAFETY: written by `arm` and `disarm` alone, on the thread that runs Lua, with `IS_ARMED` false; read only
// while `IS_ARMED` is true.
unsafe impl Sync for Cell {}

static ARMED: Cell = Cell(UnsafeCell::new(None));
static IS_ARMED: AtomicBool = AtomicBool::new(false);
/// The event loop's wake-up descriptor, −1 while there is none.
static WAKE: AtomicI32 = AtomicI32::new(-1);
/// SIGQUIT came.
static QUIT_COUNT: AtomicU32 = AtomicU32::new(0);

/// From now on crashes, panics and SIGQUIT are dumped.
///
/// # Safety
/// `roots` and `state` stay where they are until [`disarm`]; called on the thread that runs Lua.
pub unsafe fn arm(reserve: &'static Reserve, roots: *mut Roots, state: *const dyn AsyncState) {
    IS_ARMED.store(false, Ordering::SeqCst);
    // SAFETY: `IS_ARMED` is false, so nobody reads.
    unsafe { *ARMED.0.get() = Some(Armed { reserve, roots, state }) };
    IS_ARMED.store(true, Ordering::SeqCst);
    // For requests too, which are answered even where nothing else is dumped.
    static THREAD: AtomicU32 = AtomicU32::new(0);
    let thread = process::thread();
    if THREAD.swap(thread, Ordering::SeqCst) != thread {
        signal::install_stack();
    }
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| install(reserve.enabled));
}

/// Whether some runtime of this process is armed.
pub fn is_armed() -> bool {
    IS_ARMED.load(Ordering::SeqCst)
}

/// Ends [`arm`]: the region or the state is about to go.
pub fn disarm() {
    IS_ARMED.store(false, Ordering::SeqCst);
}

fn armed() -> Option<Armed> {
    // SAFETY: see `Cell`.
    IS_ARMED.load(Ordering::SeqCst).then(|| unsafe { *ARMED.0.get() }).flatten()
}

fn install(is_enabled: bool) {
    if !is_enabled {
        return;
    }
    for (number, _) in FAULTS {
        signal::handle(number, on_fault, &[libc::SIGQUIT]);
    }
    signal::handle(libc::SIGQUIT, on_quit, &[libc::SIGQUIT]);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let thread = process::thread();
        if active_thread() == Some(thread) {
            // SAFETY: on the very thread of the dump, above its frames, never to return.
            unsafe { resume(libc::SIGABRT) };
        }
        before(panic);
        // A thread of the worker pool that panics leaves Lua running: the heap does not stand still.
        if armed().is_some_and(|armed| armed.reserve.thread() == thread) {
            let mut message = PanicText(LongLine::new());
            let _ = write!(message, "{panic}");
            dump_armed(&Fatal::new(Cause::Panic, message.0.as_bytes()), false);
        }
    }));
}

/// Takes formatted text into a fixed buffer.
struct PanicText(LongLine);

impl Write for PanicText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.text(text);
        Ok(())
    }
}

/// Dumps what was armed, and says so.
fn dump_armed(fatal: &Fatal<'_>, is_at_safepoint: bool) {
    static IS_DUMPED: AtomicBool = AtomicBool::new(false);
    let Some(armed) = armed().filter(|armed| armed.reserve.enabled) else { return };
    // The abort that may follow a panic is the same end.
    if IS_DUMPED.swap(true, Ordering::SeqCst) {
        return;
    }
    let flags = header_flags(&fatal.cause, is_at_safepoint);
    // SAFETY: `arm`'s caller keeps both in place. The thread that changes them is this one, interrupted, or it
    // runs on while another thread has crashed: then the dump may hold things half done, as its flags say.
    let result = unsafe {
        let state = &*armed.state;
        dump_to(Target::File, armed.reserve, fatal, armed.roots, state, flags, |result| result)
    };
    print_result(&result);
}

extern "C" fn on_fault(number: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    match active_thread() {
        // SAFETY: this handler interrupted the thread of the dump.
        Some(thread) if thread == process::thread() => unsafe { resume(number) },
        // The dump ends the process; a copy that is not yet written must not be disturbed.
        Some(_) => process::wait_for_the_end(),
        None => {}
    }
    // SAFETY: the kernel hands a complete siginfo to a handler with SA_SIGINFO.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as u64) };
    // SAFETY: the kernel's context, in its handler.
    let instruction = unsafe { signal::instruction(context) };
    let cause = fault(number, code, if code > 0 { address } else { 0 }, instruction);
    if armed().is_some_and(|armed| armed.reserve.enabled) {
        let mut line = LongLine::new();
        line.text("requiem: ").text(cause.name());
        if code > 0 {
            line.text(" at address ").address(address);
        }
        let message = line;
        line.text("\n");
        print(line.as_bytes());
        dump_armed(&Fatal::new(cause, &message.as_bytes()[9..]), false);
    }
    signal::die_of(number);
}

extern "C" fn on_quit(number: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    let Some(armed) = armed().filter(|armed| armed.reserve.enabled) else { signal::die_of(number) };
    if active_thread().is_some() {
        return;
    }
    let again =
        || signal::Alarm::new(number, armed.reserve.thread()).is_some_and(|alarm| alarm.set(QUIT_PATIENCE));
    if QUIT_COUNT.fetch_add(1, Ordering::SeqCst) == 0 && again() {
        request_poll(armed.roots, POLL_DUMP);
        return;
    }
    if armed.reserve.thread() != process::thread() {
        signal::send_to(armed.reserve.pid(), armed.reserve.thread(), number);
        return;
    }
    quit(false);
}

/// Dumps and dies of SIGQUIT.
fn quit(is_at_safepoint: bool) -> ! {
    dump_armed(&Fatal::new(Cause::Quit, b"SIGQUIT"), is_at_safepoint);
    signal::die_of(libc::SIGQUIT)
}

/// At a safepoint: whether SIGQUIT waits for it. Does not return if so.
pub(super) fn answer_quit() {
    if QUIT_COUNT.load(Ordering::SeqCst) > 0 {
        quit(true);
    }
}

/// The roots of the runtime that SIGINT interrupts; null while there is none.
static INTERRUPTED: AtomicPtr<Roots> = AtomicPtr::new(core::ptr::null_mut());

/// SIGINT is watched for one runtime, as long as this lives. An interruption that nobody has noticed by then is
/// forgotten.
pub struct InterruptWatch(signal::Disposition);

/// From now on SIGINT asks for [`POLL_INTERRUPT`] once, and means what it does by default from then on. `None`
/// when it is watched already, for this runtime or another.
///
/// # Safety
/// `roots` stay where they are until the watch is dropped.
pub unsafe fn watch_interrupt(roots: *mut Roots) -> Option<InterruptWatch> {
    let nobody = core::ptr::null_mut();
    INTERRUPTED.compare_exchange(nobody, roots, Ordering::SeqCst, Ordering::SeqCst).ok()?;
    Some(InterruptWatch(signal::handle_and_interrupt(libc::SIGINT, on_interrupt)))
}

impl Drop for InterruptWatch {
    fn drop(&mut self) {
        signal::restore_disposition(libc::SIGINT, &self.0);
        let roots = INTERRUPTED.swap(core::ptr::null_mut(), Ordering::SeqCst);
        if !roots.is_null() {
            clear_poll(roots, POLL_INTERRUPT);
        }
    }
}

extern "C" fn on_interrupt(number: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    signal::reset(number);
    let roots = INTERRUPTED.load(Ordering::SeqCst);
    if !roots.is_null() {
        request_poll(roots, POLL_INTERRUPT);
    }
}

/// Asks the interpreter to look up at its next back jump or call, and wakes the event loop. May be called
/// from any thread and from a handler.
pub(super) fn request_poll(roots: *mut Roots, bit: u32) {
    // SAFETY: `roots` stays in place while armed or watched; the word is written by several threads through
    // atomics alone, and read by the interpreter as a hint.
    unsafe { AtomicU32::from_ptr(&raw mut (*roots).poll) }.fetch_or(bit, Ordering::SeqCst);
    let wake = WAKE.load(Ordering::SeqCst);
    if wake >= 0 {
        let one = 1u64.to_ne_bytes();
        // SAFETY: eight bytes of a local; should the descriptor be gone, the call fails.
        unsafe { libc::write(wake, one.as_ptr().cast(), one.len()) };
    }
}

/// Takes the request back, at a safepoint that answers it.
pub(super) fn clear_poll(roots: *mut Roots, bit: u32) {
    // SAFETY: as in `request_poll`.
    unsafe { AtomicU32::from_ptr(&raw mut (*roots).poll) }.fetch_and(!bit, Ordering::SeqCst);
}

/// What `request_poll` writes to from now on: an eventfd that the event loop watches.
pub(super) fn set_wake(descriptor: c_int) {
    WAKE.store(descriptor, Ordering::SeqCst);
}

#[cfg(test)]
mod tests;
