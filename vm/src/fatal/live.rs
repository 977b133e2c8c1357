//! A dump of a running program, on request: the control socket, its helper thread, and who asks.
//!
//! ```text
//!   requiem dump PID                target: helper thread              target: thread that runs Lua
//!     connect ───────────────────────> accept, check credentials
//!     <──────────────────────── Hello  (program name)
//!     open the file
//!     Request + descriptor ──────────> sets Roots::poll, wakes the loop ──> next safepoint: answer()
//!                                                                            fork ─> copy: writes the dump,
//!     <──────────────────────────────────────────────────────────── Answer ──────── sends the answer, exits
//!     rename, print                   waits for the copy                     goes on
//! ```
//!
//! Invariant: the target opens nothing and needs no right to write anywhere; it stands still only for the
//! fork. The socket's abstract name holds the process id *and* its namespace, because containers share
//! abstract names but not process ids; both ends check whom the kernel says the other end is.
//!
//! A program that reaches no safepoint in time (it waits in a system call) is copied by the helper thread as it
//! stands; the dump's header says so.

use super::cause::Fatal;
use super::file::{DumpReport, Naming, PartialFile};
use super::record::{AsyncState, Target, dump_to, header_flags};
use super::reserve::Reserve;
use super::signal::{POLL_DUMP, answer_quit, clear_poll, request_poll, set_wake};
use crate::sys::error_text::error_text;
use crate::sys::process::{self, Fork};
use crate::sys::{clock, signal, socket};
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use core::time::Duration;
use dumpfmt::layout::roots::Roots;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Instant;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The protocol and its version; both ends must say the same.
const PROTOCOL: [u8; 8] = *b"RQDUMP1\n";
/// How long one end waits for the other to send what it has at hand.
const TALK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the helper waits for a safepoint before it copies the process itself.
const SAFEPOINT_PATIENCE: Duration = Duration::from_millis(700);
const HELPER_STACK_BYTES: usize = 512 << 10;

/// What the target says first.
#[repr(C)]
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Hello {
    protocol: [u8; 8],
    /// 0, or why it will not: a system error number.
    refusal: i32,
    name_length: u32,
    name: [u8; 256],
}

/// What the requester sends, with the descriptor.
#[repr(C)]
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Request {
    protocol: [u8; 8],
    reserved: u64,
}

/// What the copy of the target says last.
#[repr(C)]
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Answer {
    protocol: [u8; 8],
    /// 1 when the dump is complete.
    is_complete: u32,
    /// The system's number, 0 when it was not the system.
    error: i32,
    bytes: u64,
    duration: u64,
}

fn socket_name(namespace: u64, pid: u32) -> Vec<u8> {
    format!("requiem/{namespace}/{pid}").into_bytes()
}

// ---- the target ----

/// No request.
const IDLE: u32 = 0;
/// A request waits for a safepoint.
const WAITING: u32 = 1;
/// Someone is about to fork.
const TAKEN: u32 = 2;
/// The fork is done, or failed.
const FORKED: u32 = 3;

/// The request at hand; at most one at a time. The helper owns the descriptors.
struct Desk {
    state: AtomicU32,
    connection: AtomicI32,
    output: AtomicI32,
    requester: AtomicU32,
    child: AtomicU32,
}

static DESK: Desk = Desk {
    state: AtomicU32::new(IDLE),
    connection: AtomicI32::new(-1),
    output: AtomicI32::new(-1),
    requester: AtomicU32::new(0),
    child: AtomicU32::new(0),
};
static HELPER: OnceLock<Thread> = OnceLock::new();

/// The runtime that is asked, while there is one. Locked by the helper as long as it serves a request, so that
/// the runtime does not go meanwhile; never by the thread that runs Lua but at a runtime's start and end.
static SUBJECT: Mutex<Option<Subject>> = Mutex::new(None);

/// What the helper may copy when no safepoint comes.
#[derive(Clone, Copy)]
struct Subject {
    reserve: &'static Reserve,
    roots: *mut Roots,
    state: *const dyn AsyncState,
}
// SAFETY: the helper uses `roots` for its atomic poll word alone; `state` only in a copy of the process, in
// which no other thread runs.
unsafe impl Send for Subject {}

/// The control socket is open.
#[derive(Debug)]
pub struct Listener {
    wake: OwnedFd,
}

impl Listener {
    /// Becomes readable when the thread that runs Lua is to look at `Roots::poll`: an eventfd, which the event
    /// loop watches and empties.
    pub fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        *subject() = None;
        set_wake(-1);
    }
}

fn subject() -> MutexGuard<'static, Option<Subject>> {
    SUBJECT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has requests answered for this runtime: opens the control socket and starts its helper thread, unless an
/// earlier runtime of the process has. At most one runtime at a time.
///
/// # Safety
/// `roots` and `state` stay where they are as long as the listener lives.
pub unsafe fn listen(
    reserve: &'static Reserve,
    roots: *mut Roots,
    state: *const dyn AsyncState,
) -> Result<Listener, Errno> {
    let flags = rustix::event::EventfdFlags::CLOEXEC | rustix::event::EventfdFlags::NONBLOCK;
    let wake = rustix::event::eventfd(0, flags)?;
    if HELPER.get().is_none() {
        start_helper()?;
    }
    set_wake(wake.as_raw_fd());
    *subject() = Some(Subject { reserve, roots, state });
    Ok(Listener { wake })
}

fn start_helper() -> Result<(), Errno> {
    let name = socket_name(process::pid_namespace(), process::pid());
    let socket = socket::listen(&name)?;
    // The thread inherits the mask, so signals to the process always find the thread that runs Lua.
    let mask = signal::block_all();
    let helper = std::thread::Builder::new()
        .name("requiem-dump".into())
        .stack_size(HELPER_STACK_BYTES)
        .spawn(move || help(&socket));
    signal::restore(&mask);
    match helper {
        Ok(helper) => {
            let _ = HELPER.set(helper.thread().clone());
            Ok(())
        }
        Err(error) => Err(Errno::from_io_error(&error).unwrap_or(Errno::AGAIN)),
    }
}

fn help(listener: &OwnedFd) {
    // For the handlers of a copy that this thread makes: the standard library's stack is too small for them.
    signal::install_stack();
    loop {
        match socket::accept(listener.as_fd()) {
            Ok(connection) => {
                // Whatever goes wrong with one requester is that one's affair. Without a runtime the
                // connection just ends.
                let asked = subject();
                if let Some(subject) = *asked {
                    let _ = attend(&connection, subject);
                }
            }
            // Out of descriptors, as a rule: it passes.
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn attend(connection: &OwnedFd, subject: Subject) -> Result<(), Errno> {
    socket::set_timeout(connection.as_fd(), Some(TALK_TIMEOUT));
    let peer = socket::peer(connection.as_fd())?;
    let mut hello = Hello { protocol: PROTOCOL, refusal: 0, name_length: 0, name: [0; 256] };
    let name = subject.reserve.name();
    let length = name.len().min(hello.name.len());
    hello.name[..length].copy_from_slice(&name[..length]);
    hello.name_length = length as u32;
    if peer.user != process::user() && peer.user != 0 {
        hello.refusal = libc::EACCES;
        return socket::send(connection.as_fd(), hello.as_bytes(), None);
    }
    socket::send(connection.as_fd(), hello.as_bytes(), None)?;
    let mut buffer = [0; size_of::<Request>()];
    let (length, output) = socket::receive(connection.as_fd(), &mut buffer)?;
    let request = Request::read_from_bytes(&buffer[..length]).map_err(|_| Errno::PROTO)?;
    let (true, Some(output)) = (request.protocol == PROTOCOL, output) else { return Err(Errno::PROTO) };

    DESK.connection.store(connection.as_raw_fd(), Ordering::Relaxed);
    DESK.output.store(output.as_raw_fd(), Ordering::Relaxed);
    DESK.requester.store(peer.pid, Ordering::Relaxed);
    DESK.child.store(0, Ordering::Relaxed);
    DESK.state.store(WAITING, Ordering::Release);
    let since = Instant::now();
    while DESK.state.load(Ordering::Acquire) != FORKED {
        // Asked again each time: whoever clears `poll` for another reason may take this with it.
        if DESK.state.load(Ordering::Acquire) == WAITING {
            request_poll(subject.roots, POLL_DUMP);
        }
        std::thread::park_timeout(Duration::from_millis(20));
        let is_gone = socket::is_closed(connection);
        if (is_gone || since.elapsed() > SAFEPOINT_PATIENCE) && take() {
            if is_gone {
                break;
            }
            // SAFETY: this thread holds no lock; the copy has no other.
            unsafe { copy(subject.reserve, subject.roots, subject.state, false) };
        }
    }
    DESK.state.store(IDLE, Ordering::Release);
    let child = DESK.child.load(Ordering::Acquire);
    if child != 0 {
        process::wait(child);
    }
    Ok(())
}

/// Whether the request is the caller's to serve.
fn take() -> bool {
    DESK.state.compare_exchange(WAITING, TAKEN, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

/// To be called at a safepoint when `Roots::poll` has `POLL_DUMP` set: serves the request at hand. Does not
/// return after SIGQUIT. `Some` with the requester's process id when a dump was taken; `Roots::epoch` has
/// advanced then, and the caller notes it in the flight recorder.
///
/// # Safety
/// `roots` is the start of the live region and `state` goes with it; both stand still, and all registers are
/// in memory.
pub unsafe fn answer(reserve: &Reserve, roots: *mut Roots, state: *const dyn AsyncState) -> Option<u32> {
    clear_poll(roots, POLL_DUMP);
    answer_quit();
    if !take() {
        return None;
    }
    // SAFETY: the caller's.
    let is_forked = unsafe { copy(reserve, roots, state, true) };
    let requester = DESK.requester.load(Ordering::Relaxed);
    if let Some(helper) = HELPER.get() {
        helper.unpark();
    }
    if !is_forked {
        return None;
    }
    // SAFETY: the caller's: nobody else uses the page now.
    unsafe { (*roots).epoch = (*roots).epoch.wrapping_add(1) };
    Some(requester)
}

/// Copies the process; the copy writes the dump that was asked for, answers and ends.
///
/// # Safety
/// As for [`answer`], except that without a safepoint `roots` and `state` may be in motion in the original:
/// in the copy they stand still.
unsafe fn copy(
    reserve: &Reserve,
    roots: *mut Roots,
    state: *const dyn AsyncState,
    is_at_safepoint: bool,
) -> bool {
    let connection = DESK.connection.load(Ordering::Relaxed);
    let output = DESK.output.load(Ordering::Relaxed);
    let fatal = Fatal::request(DESK.requester.load(Ordering::Relaxed));
    // SAFETY: the copy calls `write_copy` alone, which allocates nothing and ends by `exit_now`.
    match unsafe { process::fork() } {
        Ok(Fork::Child) => {
            let flags = header_flags(&fatal.cause, is_at_safepoint);
            // SAFETY: the caller's.
            unsafe { write_copy(reserve, &fatal, roots, state, flags, output, connection) }
        }
        Ok(Fork::Parent(child)) => {
            DESK.child.store(child, Ordering::Relaxed);
            DESK.state.store(FORKED, Ordering::Release);
            true
        }
        Err(error) => {
            send_answer(
                connection,
                &Answer { protocol: PROTOCOL, is_complete: 0, error, bytes: 0, duration: 0 },
            );
            DESK.state.store(FORKED, Ordering::Release);
            false
        }
    }
}

/// # Safety
/// In the copy, where nothing moves.
unsafe fn write_copy(
    reserve: &Reserve,
    fatal: &Fatal<'_>,
    roots: *const Roots,
    state: *const dyn AsyncState,
    flags: u64,
    output: RawFd,
    connection: RawFd,
) -> ! {
    // A socket that the original closes meanwhile must be closed, not kept open by its copy.
    process::close_all_but(output, connection);
    // SAFETY: the caller's.
    unsafe {
        dump_to(Target::Descriptor(output), reserve, fatal, roots, &*state, flags, |result| {
            let answer = match result {
                Ok(report) => (1, 0, report.bytes, report.duration),
                Err(failure) => (0, failure.error, failure.bytes, 0),
            };
            let (is_complete, error, bytes, duration) = answer;
            send_answer(connection, &Answer { protocol: PROTOCOL, is_complete, error, bytes, duration });
            process::exit_now(0)
        })
    }
}

fn send_answer(connection: RawFd, answer: &Answer) {
    // SAFETY: the helper keeps the connection open until the request is served.
    let connection = unsafe { BorrowedFd::borrow_raw(connection) };
    let _ = socket::send(connection, answer.as_bytes(), None);
}

// ---- the requester ----

/// Asks process `pid` for a dump, into `output` or a file named by the rule in the working directory. The
/// target goes on. An error is a sentence for the user.
///
/// Never inlined: its buffers would take pages of the stack of each command that runs a script.
#[inline(never)]
pub fn request(pid: u32, output: Option<&Path>) -> Result<DumpReport, String> {
    let connection = connect(pid)?;
    let hello: Hello = receive(&connection, pid)?;
    if hello.protocol != PROTOCOL {
        return Err(other_version(pid));
    }
    if hello.refusal != 0 {
        return Err(format!("process {pid} refuses: it belongs to another user"));
    }
    let name = &hello.name[..(hello.name_length as usize).min(hello.name.len())];
    let file = match output {
        Some(path) => PartialFile::create_exactly(path.as_os_str().as_bytes()),
        None => PartialFile::create(&Naming {
            directory: b"",
            shown_directory: b"",
            name: &safe_name(name),
            pid,
            wall: clock::wall(),
        }),
    };
    let sentence =
        |line: &[u8]| String::from_utf8_lossy(line).trim_end().trim_start_matches("dump: ").to_string();
    let file = file.map_err(|failure| sentence(failure.line().as_bytes()))?;
    let request = Request { protocol: PROTOCOL, reserved: 0 };
    let answer = socket::send(connection.as_fd(), request.as_bytes(), Some(file.descriptor()))
        .map_err(|error| lost(pid, error))
        .and_then(|()| {
            // A large heap takes its time; should the target die, the connection ends.
            socket::set_timeout(connection.as_fd(), None);
            receive::<Answer>(&connection, pid)
        });
    let answer = match answer {
        Ok(answer) => answer,
        Err(message) => {
            file.discard();
            return Err(message);
        }
    };
    if answer.is_complete != 1 {
        let why = match error_text(answer.error) {
            Some(text) => text.to_string(),
            None => format!("error {}", answer.error),
        };
        let shown = String::from_utf8_lossy(file.shown().as_bytes()).into_owned();
        let bytes = answer.bytes;
        if bytes == 0 {
            file.discard();
        }
        return Err(format!("process {pid} could not write {shown} beyond {bytes} bytes: {why}"));
    }
    let path = file.publish().map_err(|failure| sentence(failure.line().as_bytes()))?;
    Ok(DumpReport { path, bytes: answer.bytes, duration: answer.duration })
}

fn connect(pid: u32) -> Result<OwnedFd, String> {
    let missing = || format!("there is no process {pid}");
    if pid == 0 || !process::exists(pid) {
        return Err(missing());
    }
    let metadata = std::fs::metadata(format!("/proc/{pid}/ns/pid")).map_err(|error| {
        if error.kind() == std::io::ErrorKind::PermissionDenied {
            return format!(
                "process {pid} belongs to another user: its dump can be asked for by that user or root"
            );
        }
        missing()
    })?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    // A process has a number in each namespace it is in; the last is the one it knows itself.
    let own = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let inner = own.and_then(|numbers| numbers.split_whitespace().next_back()?.parse().ok()).unwrap_or(pid);
    let connection = socket::connect(&socket_name(metadata.ino(), inner)).map_err(|error| match error {
        Errno::CONNREFUSED | Errno::NOENT => {
            format!("process {pid} does not answer: it runs no requiem, or one in another network namespace")
        }
        error => lost(pid, error),
    })?;
    let peer = socket::peer(connection.as_fd()).map_err(|error| lost(pid, error))?;
    // Anyone can take an abstract name; only the kernel's word counts.
    if peer.pid != pid {
        return Err(format!("process {} answers in the name of process {pid}: not asked", peer.pid));
    }
    socket::set_timeout(connection.as_fd(), Some(TALK_TIMEOUT));
    Ok(connection)
}

fn receive<T: FromBytes>(connection: &OwnedFd, pid: u32) -> Result<T, String> {
    let mut buffer = [0; socket::MESSAGE_MAX];
    let (length, _) = socket::receive(connection.as_fd(), &mut buffer).map_err(|error| lost(pid, error))?;
    if length == 0 {
        return Err(format!("process {pid} ended before it answered"));
    }
    T::read_from_bytes(&buffer[..length]).map_err(|_| other_version(pid))
}

fn other_version(pid: u32) -> String {
    format!("process {pid} runs another version of requiem, which this one cannot ask")
}

fn lost(pid: u32, error: Errno) -> String {
    match error {
        Errno::AGAIN => format!("process {pid} does not answer: it is stopped, or its machine is very busy"),
        error => format!("process {pid} cannot be asked: {}", std::io::Error::from(error)),
    }
}

/// The target's word for its program, safe as a part of a file name.
fn safe_name(name: &[u8]) -> Vec<u8> {
    super::reserve::program_name(Some(OsStr::from_bytes(name)))
}

#[cfg(test)]
mod tests;
