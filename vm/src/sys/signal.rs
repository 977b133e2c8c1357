//! Signals: handlers, the stack they run on, masks, and dying of one.
//!
//! Invariant: what is called inside a handler here is a bare system call. Not here: what a handler does
//! (`fatal/signal.rs`).

#![allow(unsafe_code)]

use super::process;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};
use core::time::Duration;
use rustix::io::Errno;
use rustix::mm::{self, MapFlags, MprotectFlags, ProtFlags};

/// A handler as `SA_SIGINFO` wants it.
pub type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// Bytes of the stack that handlers run on. The kernel's frame alone takes up to 11 KiB with wide vector
/// registers, and a fault inside the dump starts a second one on top of the first.
const STACK_BYTES: usize = 512 << 10;
const GUARD_BYTES: usize = 64 << 10;

/// Gives the running thread a stack for its handlers, with a guard below it, for as long as the thread lives.
/// Touched pages alone take memory. False when the system refuses.
pub fn install_stack() -> bool {
    let length = STACK_BYTES + GUARD_BYTES;
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: a new mapping where the kernel likes; without access, which makes its lower end the guard.
    let Ok(base) = (unsafe { mm::mmap_anonymous(null_mut(), length, ProtFlags::empty(), flags) }) else {
        return false;
    };
    // SAFETY: inside the mapping just made.
    let start = unsafe { base.byte_add(GUARD_BYTES) };
    // SAFETY: the upper part of the mapping just made, which nobody uses yet.
    if unsafe { mm::mprotect(start, STACK_BYTES, MprotectFlags::READ | MprotectFlags::WRITE) }.is_err() {
        return false;
    }
    let stack = libc::stack_t { ss_sp: start, ss_flags: 0, ss_size: STACK_BYTES };
    // SAFETY: the memory is never unmapped, so it outlives the thread.
    unsafe { libc::sigaltstack(&stack, null_mut()) == 0 }
}

/// Has `signal` call `handler` on the handlers' stack. Other signals of `mask` wait meanwhile; the signal
/// itself does not, so that a second fault is noticed.
pub fn handle(signal: c_int, handler: Handler, mask: &[c_int]) -> bool {
    let mut action = blank_action();
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER | libc::SA_RESTART;
    for other in mask {
        // SAFETY: `sa_mask` is initialised by `blank_action`.
        unsafe { libc::sigaddset(&mut action.sa_mask, *other) };
    }
    // SAFETY: the action is complete, and the handler's contract is that of its author.
    unsafe { libc::sigaction(signal, &action, null_mut()) == 0 }
}

/// What a signal did before, to be put back.
pub struct Disposition(libc::sigaction);

/// Has `signal` call `handler`, which ends a system call that waits; what it did before.
pub fn handle_and_interrupt(signal: c_int, handler: Handler) -> Disposition {
    let mut action = blank_action();
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    let mut before = blank_action();
    // SAFETY: both actions are complete, and the handler's contract is that of its author.
    unsafe { libc::sigaction(signal, &action, &mut before) };
    Disposition(before)
}

/// Puts back what a signal did.
pub fn restore_disposition(signal: c_int, before: &Disposition) {
    // SAFETY: the action came from the system.
    unsafe { libc::sigaction(signal, &before.0, null_mut()) };
}

/// Signals that do nothing to this process for as long as this lives.
pub struct Overlooked<const N: usize>([(c_int, Disposition); N]);

/// Has the signals do nothing here, while a program that is started meanwhile meets them as if nothing had been
/// changed.
pub fn overlook<const N: usize>(signals: [c_int; N]) -> Overlooked<N> {
    extern "C" fn nothing(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {}
    Overlooked(signals.map(|signal| {
        // Another program inherits what is ignored, but no handler.
        let mut action = blank_action();
        action.sa_sigaction = nothing as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        let mut before = blank_action();
        // SAFETY: both actions are complete, and the handler does nothing.
        unsafe { libc::sigaction(signal, &action, &mut before) };
        let before = Disposition(before);
        if before.0.sa_sigaction == libc::SIG_IGN {
            restore_disposition(signal, &before);
        }
        (signal, before)
    }))
}

impl<const N: usize> Drop for Overlooked<N> {
    fn drop(&mut self) {
        for (signal, before) in &self.0 {
            restore_disposition(*signal, before);
        }
    }
}

/// Gives `signal` its default meaning back.
pub fn reset(signal: c_int) {
    set_plain(signal, libc::SIG_DFL);
}

/// Has `signal` do nothing.
pub fn ignore(signal: c_int) {
    set_plain(signal, libc::SIG_IGN);
}

fn set_plain(signal: c_int, disposition: usize) {
    let mut action = blank_action();
    action.sa_sigaction = disposition;
    // SAFETY: the action is complete.
    unsafe { libc::sigaction(signal, &action, null_mut()) };
}

fn blank_action() -> libc::sigaction {
    // SAFETY: all zeros are a valid sigaction: default disposition, empty mask, no flags.
    unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() }
}

/// Dies of `signal`: its default meaning is restored, then it is sent to this thread.
pub fn die_of(signal: c_int) -> ! {
    reset(signal);
    unblock(signal);
    send_to(process::pid(), process::thread(), signal);
    process::exit_now(128 + signal)
}

/// Lets `signal` come to this thread.
pub fn unblock(signal: c_int) {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: `sigemptyset` initialises the set, the others read it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), null_mut());
    }
}

/// A mask that is to be put back.
pub struct Mask(libc::sigset_t);

/// Holds `signal` off from this thread.
pub fn hold_off(signal: c_int) -> Mask {
    let mut old = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut held = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: both sets are written by the calls before they are read.
    unsafe {
        libc::sigemptyset(held.as_mut_ptr());
        libc::sigaddset(held.as_mut_ptr(), signal);
        libc::pthread_sigmask(libc::SIG_BLOCK, held.as_ptr(), old.as_mut_ptr());
        Mask(old.assume_init())
    }
}

/// Puts a mask back.
pub fn restore(mask: &Mask) {
    // SAFETY: the set was filled in by `hold_off`.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &mask.0, null_mut()) };
}

/// A timer that sends a signal to one thread of this process. Bare system calls, fit for a handler.
pub struct Alarm(c_int);

impl Alarm {
    /// A timer that does not run yet; `None` when the system refuses.
    pub fn new(signal: c_int, thread: u32) -> Option<Alarm> {
        // SAFETY: all zeros are a valid sigevent.
        let mut event = unsafe { MaybeUninit::<libc::sigevent>::zeroed().assume_init() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_notify_thread_id = thread as c_int;
        event.sigev_signo = signal;
        let mut timer: c_int = 0;
        // SAFETY: pointers to locals that outlive the call; the kernel's timer id is an int.
        let result = unsafe {
            libc::syscall(libc::SYS_timer_create, libc::CLOCK_MONOTONIC, &raw const event, &raw mut timer)
        };
        (result == 0).then_some(Alarm(timer))
    }

    /// Sends the signal once after this long, in place of what was set before. Whether it will.
    pub fn set(&self, after: Duration) -> bool {
        let value = libc::timespec {
            tv_sec: after.as_secs() as libc::time_t,
            tv_nsec: after.subsec_nanos() as libc::c_long,
        };
        let never = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let setting = libc::itimerspec { it_interval: never, it_value: value };
        // SAFETY: a pointer to a local that outlives the call.
        let result = unsafe {
            libc::syscall(libc::SYS_timer_settime, self.0, 0, &raw const setting, null::<libc::itimerspec>())
        };
        result == 0
    }
}

/// Does something in a handler without the interrupted code seeing another number of its last system error.
pub fn keep_error_number(work: impl FnOnce()) {
    // SAFETY: the C library's place of this thread.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let number = unsafe { *place };
    work();
    // SAFETY: as above.
    unsafe { *place = number };
}

/// Where the interrupted machine instruction lies, from a handler's third argument.
///
/// # Safety
/// `context` is the pointer that the kernel gave to a handler, which still runs.
pub unsafe fn instruction(context: *const c_void) -> u64 {
    let context = context.cast::<libc::ucontext_t>();
    if context.is_null() {
        return 0;
    }
    // SAFETY: the caller's: the kernel put a complete context there.
    let machine = unsafe { &(*context).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    return machine.gregs[libc::REG_RIP as usize] as u64;
    #[cfg(target_arch = "aarch64")]
    return machine.pc;
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return {
        let _ = machine;
        0
    };
}

/// Sends `signal` to a process, with a value for its handler.
pub fn queue_to(pid: u32, signal: c_int, value: u64) -> Result<(), Errno> {
    let value = libc::sigval { sival_ptr: value as *mut c_void };
    // SAFETY: no memory is involved: the value is not looked into.
    match unsafe { libc::sigqueue(pid as libc::pid_t, signal, value) } {
        0 => Ok(()),
        _ => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)),
    }
}

/// What [`queue_to`] sent along; `None` for a signal of another kind.
///
/// # Safety
/// `info` is the pointer that the kernel gave to a handler, which still runs.
pub unsafe fn queued_value(info: *const libc::siginfo_t) -> Option<u64> {
    // SAFETY: the caller's: the kernel put a complete siginfo there.
    let info = unsafe { &*info };
    // SAFETY: a queued signal has a value.
    (info.si_code == libc::SI_QUEUE).then(|| unsafe { info.si_value() }.sival_ptr as u64)
}

/// Sends `signal` to one thread of a process; a bare system call, since in a forked copy the C library's own
/// notion of the thread is stale.
pub fn send_to(pid: u32, thread: u32, signal: c_int) {
    // SAFETY: no memory is involved.
    unsafe { libc::syscall(libc::SYS_tgkill, pid, thread, signal) };
}
