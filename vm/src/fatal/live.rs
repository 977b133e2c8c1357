//! A dump of a running program, on request: the control socket, the signal that tells of a visitor, and who asks.
//!
//! ```text
//!   requiem dump PID                target: handler of SIGURG          target: at the next safepoint
//!     listen
//!     SIGURG + its address ──────────> connect, check credentials
//!     <──────────────────────── Hello  (program name)
//!     open the file
//!     Request + descriptor ──────────> sets Roots::poll, wakes the loop ──> answer()
//!                                                                            fork ─> copy: writes the dump,
//!     <──────────────────────────────────────────────────────────── Answer ──────── sends the answer, exits
//!     rename, print                   lets the copy go                       goes on
//! ```
//!
//! Invariant: the target opens nothing and needs no right to write anywhere; it stands still only for the
//! fork. Whoever is never asked pays for nothing but the handler: no thread, no socket. Who may signal a process may
//! have its dump; both ends check whom the kernel says the other end is.
//!
//! A program that reaches no safepoint in time (it waits in a system call) is copied by the handler as it
//! stands; the dump's header says so.

use super::cause::Fatal;
use super::file::{DumpReport, Naming, PartialFile};
use super::record::active_thread;
use super::record::{AsyncState, Target, dump_to, header_flags};
use super::reserve::Reserve;
use super::signal::{POLL_DUMP, answer_quit, clear_poll, request_poll, set_wake};
use crate::sys::error_text::error_text;
use crate::sys::process::{self, Fork};
use crate::sys::{clock, signal, socket};
use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::mem;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use core::time::Duration;
use dumpfmt::layout::roots::Roots;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The protocol and its version; both ends must say the same.
const PROTOCOL: [u8; 8] = *b"RQDUMP1\n";
/// How long one end waits for the other to send what it has at hand.
const TALK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a safepoint before the handler copies the process itself.
const SAFEPOINT_PATIENCE: Duration = Duration::from_millis(700);
/// How often a target that may be busy with another request is called.
const CALL_INTERVAL: Duration = Duration::from_millis(200);
/// Calls the target; tells it of a message, of the end of its patience, and of the end of a copy. By default it does
/// nothing, so that one too many does no harm; programs have no other use for it than urgent data of TCP.
const CALL: c_int = libc::SIGURG;

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

/// Where a requester waits for its target: an abstract name, which lies in no folder. What is random in it keeps
/// others from taking it.
fn socket_name(token: u64) -> [u8; 24] {
    let mut name = *b"requiem/................";
    for (index, digit) in name[8..].iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(token >> (4 * index) & 15) as usize];
    }
    name
}

// ---- the target ----

/// Everything about requests. Used by the thread that runs Lua alone, with [`CALL`] held off.
struct Desk {
    alarm: Option<signal::Alarm>,
    /// The runtime that is asked, while there is one.
    subject: Option<Subject>,
    stage: Stage,
}

/// How far the request at hand is; there is one at a time.
enum Stage {
    /// No request.
    Idle,
    /// Someone has been greeted and has not yet said what for.
    Greeted(Visitor),
    /// A request waits for a safepoint.
    Waiting { visitor: Visitor, output: OwnedFd },
    /// The copy of this number writes, and answers.
    Copying { child: u32 },
}

/// Who asks.
struct Visitor {
    connection: OwnedFd,
    pid: u32,
    /// When patience ends, of the monotonic clock, in nanoseconds.
    deadline: u64,
}

/// What there is to copy.
#[derive(Clone, Copy)]
struct Subject {
    reserve: &'static Reserve,
    roots: *mut Roots,
    state: *const dyn AsyncState,
}

struct Cell(UnsafeCell<Desk>);
// SAFETY: one thread at a time uses it, see `Desk`: `THREAD` says which.
unsafe impl Sync for Cell {}

static DESK: Cell = Cell(UnsafeCell::new(Desk { alarm: None, subject: None, stage: Stage::Idle }));
/// The thread that runs Lua; 0 before the first runtime.
static THREAD: AtomicU32 = AtomicU32::new(0);
/// The token of a call that met another thread; 0 for none.
static FORWARDED: AtomicU64 = AtomicU64::new(0);

/// The desk, at which no handler works as long as this lives.
struct Held {
    mask: signal::Mask,
}

impl Held {
    fn new() -> Held {
        Held { mask: signal::hold_off(CALL) }
    }

    fn desk(&mut self) -> &mut Desk {
        // SAFETY: on the thread that runs Lua, with the handler held off: nobody else uses the desk.
        unsafe { &mut *DESK.0.get() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        signal::restore(&self.mask);
    }
}

/// Requests are answered.
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
        let mut held = Held::new();
        let desk = held.desk();
        if let Some(subject) = desk.subject.take() {
            // SAFETY: the runtime is still there; in the copy nothing moves.
            unsafe { desk.copy(subject, false) };
        }
        set_wake(-1);
    }
}

/// Has requests answered for this runtime, on the running thread. At most one runtime at a time.
///
/// # Safety
/// `roots` and `state` stay where they are as long as the listener lives, which is dropped on this thread.
pub unsafe fn listen(
    reserve: &'static Reserve,
    roots: *mut Roots,
    state: *const dyn AsyncState,
) -> Result<Listener, Errno> {
    let flags = rustix::event::EventfdFlags::CLOEXEC | rustix::event::EventfdFlags::NONBLOCK;
    let wake = rustix::event::eventfd(0, flags)?;
    THREAD.store(process::thread(), Ordering::SeqCst);
    Held::new().desk().subject = Some(Subject { reserve, roots, state });
    set_wake(wake.as_raw_fd());
    signal::handle(CALL, on_call, &[CALL, libc::SIGQUIT]);
    // Whoever started this program may have held it off.
    signal::unblock(CALL);
    Ok(Listener { wake })
}

extern "C" fn on_call(number: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // A dump that is under way ends the process.
    if active_thread().is_some() {
        return;
    }
    // SAFETY: the kernel hands a complete siginfo to a handler with SA_SIGINFO.
    let token = unsafe { signal::queued_value(info) };
    let thread = THREAD.load(Ordering::SeqCst);
    if thread != process::thread() {
        if let Some(token) = token {
            FORWARDED.store(token, Ordering::SeqCst);
        }
        return signal::send_to(process::pid(), thread, number);
    }
    let forwarded = FORWARDED.swap(0, Ordering::SeqCst);
    signal::keep_error_number(|| {
        // SAFETY: on the thread that runs Lua; the handler's mask holds the signal off, and so does whoever else
        // uses the desk.
        unsafe { &mut *DESK.0.get() }.advance(token.or((forwarded != 0).then_some(forwarded)));
    });
}

impl Desk {
    /// Goes on as far as it can without waiting. A requester who calls while another is served calls again.
    fn advance(&mut self, mut token: Option<u64>) {
        loop {
            self.stage = match mem::replace(&mut self.stage, Stage::Idle) {
                Stage::Idle => match token.take() {
                    Some(token) => self.greet(token).unwrap_or(Stage::Idle),
                    None => return,
                },
                Stage::Greeted(visitor) => match self.hear(&visitor) {
                    Ok(output) => {
                        let deadline = self.patience(SAFEPOINT_PATIENCE);
                        Stage::Waiting { visitor: Visitor { deadline, ..visitor }, output }
                    }
                    Err(Errno::AGAIN) if clock::monotonic() < visitor.deadline => {
                        self.stage = Stage::Greeted(visitor);
                        return;
                    }
                    // Whatever goes wrong with one requester is that one's affair.
                    Err(_) => Stage::Idle,
                },
                Stage::Waiting { visitor, .. } if socket::is_closed(&visitor.connection) => Stage::Idle,
                Stage::Waiting { visitor, output } => {
                    let is_late = clock::monotonic() >= visitor.deadline;
                    self.stage = Stage::Waiting { visitor, output };
                    if !is_late {
                        return;
                    }
                    if let Some(subject) = self.subject {
                        // SAFETY: in the copy nothing moves.
                        unsafe { self.copy(subject, false) };
                    }
                    return;
                }
                Stage::Copying { child } if process::is_gone(child) => Stage::Idle,
                copying => {
                    self.stage = copying;
                    return;
                }
            };
        }
    }

    /// Tells a requester who is here. Without a runtime, without a descriptor left and with nobody there any more it
    /// hears nothing.
    fn greet(&mut self, token: u64) -> Option<Stage> {
        let subject = self.subject?;
        let connection = socket::connect(&socket_name(token)).ok()?;
        let peer = socket::peer(connection.as_fd()).ok()?;
        let mut hello = Hello { protocol: PROTOCOL, refusal: 0, name_length: 0, name: [0; 256] };
        let name = subject.reserve.name();
        let length = name.len().min(hello.name.len());
        hello.name[..length].copy_from_slice(&name[..length]);
        hello.name_length = length as u32;
        let is_refused = peer.user != process::user() && peer.user != 0;
        if is_refused {
            hello.refusal = libc::EACCES;
        }
        socket::announce(connection.as_fd(), CALL, process::thread()).ok()?;
        socket::send(connection.as_fd(), hello.as_bytes(), None).ok()?;
        let deadline = self.patience(TALK_TIMEOUT);
        (!is_refused).then_some(Stage::Greeted(Visitor { connection, pid: peer.pid, deadline }))
    }

    /// Where the visitor wants the dump; has the interpreter asked for it.
    fn hear(&self, visitor: &Visitor) -> Result<OwnedFd, Errno> {
        let mut buffer = [0; size_of::<Request>()];
        let (length, output) = socket::receive(visitor.connection.as_fd(), &mut buffer)?;
        let request = Request::read_from_bytes(&buffer[..length]).map_err(|_| Errno::PROTO)?;
        let (true, Some(output)) = (request.protocol == PROTOCOL, output) else { return Err(Errno::PROTO) };
        let subject = self.subject.ok_or(Errno::PROTO)?;
        request_poll(subject.roots, POLL_DUMP);
        Ok(output)
    }

    /// Has [`CALL`] come again after this long at the latest; when that will be.
    fn patience(&mut self, duration: Duration) -> u64 {
        if self.alarm.is_none() {
            self.alarm = signal::Alarm::new(CALL, process::thread());
        }
        if let Some(alarm) = &self.alarm {
            alarm.set(duration);
        }
        clock::monotonic() + duration.as_nanos() as u64
    }

    /// Has a copy of the process serve the request that waits: it writes the dump, answers and ends. The process id
    /// of whoever asked; `None` when there was no request, or no copy could be made.
    ///
    /// # Safety
    /// The subject is there. Without a safepoint it may be in motion in the original: in the copy it stands still.
    unsafe fn copy(&mut self, subject: Subject, is_at_safepoint: bool) -> Option<u32> {
        let Subject { reserve, roots, state } = subject;
        let stage = mem::replace(&mut self.stage, Stage::Idle);
        let Stage::Waiting { visitor, output } = stage else {
            self.stage = stage;
            return None;
        };
        let fatal = Fatal::request(visitor.pid);
        // SAFETY: the copy calls `write_copy` alone, which allocates nothing and ends by `exit_now`.
        match unsafe { process::fork(CALL) } {
            Ok(Fork::Child) => {
                let flags = header_flags(&fatal.cause, is_at_safepoint);
                let ends = (output.as_raw_fd(), visitor.connection.as_raw_fd());
                // SAFETY: the caller's.
                unsafe { write_copy(reserve, &fatal, roots, state, flags, ends.0, ends.1) }
            }
            // Both descriptors close here: should the copy be killed, the requester sees the connection end.
            Ok(Fork::Parent(child)) => {
                self.stage = Stage::Copying { child };
                Some(visitor.pid)
            }
            Err(error) => {
                let failure = Answer { protocol: PROTOCOL, is_complete: 0, error, bytes: 0, duration: 0 };
                send_answer(visitor.connection.as_fd(), &failure);
                None
            }
        }
    }
}

/// To be called at a safepoint when `Roots::poll` has `POLL_DUMP` set: serves the request at hand. Does not
/// return after SIGQUIT. `Some` with the requester's process id when a dump was taken; `Roots::epoch` has
/// advanced then, and the caller notes it in the flight recorder.
///
/// # Safety
/// `roots` is the start of the live region and `state` goes with it; both stand still, and all registers are
/// in memory.
pub unsafe fn answer(
    reserve: &'static Reserve,
    roots: *mut Roots,
    state: *const dyn AsyncState,
) -> Option<u32> {
    clear_poll(roots, POLL_DUMP);
    answer_quit();
    // SAFETY: the caller's.
    let requester = unsafe { Held::new().desk().copy(Subject { reserve, roots, state }, true) };
    if requester.is_some() {
        // SAFETY: the caller's: nobody else uses the page now.
        unsafe { (*roots).epoch = (*roots).epoch.wrapping_add(1) };
    }
    requester
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
            // SAFETY: the copy keeps the connection open until it ends.
            let connection = BorrowedFd::borrow_raw(connection);
            send_answer(connection, &Answer { protocol: PROTOCOL, is_complete, error, bytes, duration });
            process::exit_now(0)
        })
    }
}

fn send_answer(connection: BorrowedFd<'_>, answer: &Answer) {
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

/// Calls the target until it connects.
fn connect(pid: u32) -> Result<OwnedFd, String> {
    let missing = || format!("there is no process {pid}");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).map_err(|_| missing())?;
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let deaf = |why: &str| Err(format!("process {pid} does not answer: {why}"));
    if caught.is_some_and(|caught| caught >> (CALL - 1) & 1 == 0) {
        return deaf("it runs no requiem");
    }
    let network =
        |process: &str| std::fs::metadata(format!("/proc/{process}/ns/net")).map(|there| there.ino()).ok();
    if network(&pid.to_string()).is_some_and(|there| Some(there) != network("self")) {
        return deaf("it lives in another network namespace");
    }
    let token = process::random();
    let token =
        u64::from_ne_bytes([token[0], token[1], token[2], token[3], token[4], token[5], token[6], token[7]]);
    let listener = socket::listen(&socket_name(token)).map_err(|error| lost(pid, error))?;
    socket::set_timeout(listener.as_fd(), Some(CALL_INTERVAL));
    for _ in 0..TALK_TIMEOUT.as_millis() / CALL_INTERVAL.as_millis() {
        signal::queue_to(pid, CALL, token).map_err(|error| match error {
            Errno::PERM => format!(
                "process {pid} belongs to another user: its dump can be asked for by that user or root"
            ),
            _ => missing(),
        })?;
        let connection = match socket::accept(listener.as_fd()) {
            Err(Errno::AGAIN) => continue,
            connection => connection.map_err(|error| lost(pid, error))?,
        };
        let peer = socket::peer(connection.as_fd()).map_err(|error| lost(pid, error))?;
        // Only the kernel's word counts.
        if peer.pid != pid {
            return Err(format!("process {} answers in the name of process {pid}: not asked", peer.pid));
        }
        socket::set_timeout(connection.as_fd(), Some(TALK_TIMEOUT));
        return Ok(connection);
    }
    Err(lost(pid, Errno::AGAIN))
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
