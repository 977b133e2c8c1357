//! This process and its machine: identities, a copy by `clone`, an end without ceremony.
//!
//! Invariant: everything here but [`Machine::read`] is one system call, made without the C library's own
//! bookkeeping (its locks, handlers at fork and at exit), so that it works in a signal handler and in a copy
//! made while another thread held a lock.

#![allow(unsafe_code)]

use core::ffi::c_int;

/// This process.
pub fn pid() -> u32 {
    rustix::process::getpid().as_raw_nonzero().get() as u32
}

/// Its parent, 0 when that is outside its namespace.
pub fn parent_pid() -> u32 {
    rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get() as u32)
}

/// The user it acts as.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The running thread.
pub fn thread() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get() as u32
}

/// 16 random bytes; from the clock when the system has none to give yet.
pub fn random() -> [u8; 16] {
    let mut bytes = [0u8; 16];
    // SAFETY: the kernel writes at most the 16 bytes that the buffer has.
    let count =
        unsafe { libc::syscall(libc::SYS_getrandom, bytes.as_mut_ptr(), bytes.len(), libc::GRND_NONBLOCK) };
    if count != bytes.len() as i64 {
        bytes[..8].copy_from_slice(&super::clock::wall().to_le_bytes());
        bytes[8..].copy_from_slice(&(super::clock::monotonic() ^ u64::from(pid()) << 40).to_le_bytes());
    }
    bytes
}

/// Which side of [`fork`] this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fork {
    /// The copy.
    Child,
    /// The original, and the copy's process id.
    Parent(u32),
}

/// Makes a copy of this process with this thread alone. When the copy ends it sends `signal`, not SIGCHLD, so that
/// a program that waits for children of its own never meets it: [`is_gone`] finds it.
///
/// # Safety
/// In the copy, locks that other threads held stay locked: it must call nothing that takes one (the
/// allocator, stdio, the C library's `exit`), and end by [`exit_now`].
pub unsafe fn fork(signal: c_int) -> Result<Fork, i32> {
    // SAFETY: no new stack is named, so the copy goes on with its own copy of this one, as by fork(2); the
    // zeros are the absent pointers of flags that are not given.
    let result = unsafe { libc::syscall(libc::SYS_clone, signal, 0, 0, 0, 0) };
    match result {
        0 => Ok(Fork::Child),
        pid if pid > 0 => Ok(Fork::Parent(pid as u32)),
        _ => Err(rustix::io::Errno::from_io_error(&std::io::Error::last_os_error())
            .map_or(0, |errno| errno.raw_os_error())),
    }
}

/// Whether a copy that [`fork`] made has ended; the system then forgets it.
pub fn is_gone(pid: u32) -> bool {
    let mut status: c_int = 0;
    // SAFETY: `status` outlives the call, which waits for nothing.
    unsafe { libc::waitpid(pid as i32, &mut status, libc::__WALL | libc::WNOHANG) != 0 }
}

/// Ends the process at once: no handlers, no flushing.
pub fn exit_now(status: i32) -> ! {
    loop {
        // SAFETY: the call does not return; nothing of this process is used after it.
        unsafe { libc::syscall(libc::SYS_exit_group, status) };
    }
}

/// Closes every descriptor but these two and the three standard streams.
pub fn close_all_but(one: i32, other: i32) {
    let (low, high) = (one.min(other).max(2), one.max(other).max(2));
    let ranges = [(3, low - 1), (low + 1, high - 1), (high + 1, i32::MAX)];
    for (first, last) in ranges {
        let first = first.max(3);
        if first <= last {
            // SAFETY: in a copy of the process that ends soon, nothing else uses a descriptor any more.
            unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        }
    }
}

/// Lets another thread end the process.
pub fn wait_for_the_end() -> ! {
    loop {
        // SAFETY: waits for a signal; no memory is involved.
        unsafe { libc::pause() };
    }
}

/// What identifies the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub host: Vec<u8>,
    /// Kernel, release and instruction set, with blanks between.
    pub system: Vec<u8>,
}

impl Machine {
    /// Asks the kernel.
    pub fn read() -> Machine {
        let name = rustix::system::uname();
        let parts = [name.sysname(), name.release(), name.machine()];
        Machine {
            host: name.nodename().to_bytes().to_vec(),
            system: parts.map(|part| part.to_bytes()).join(&b" "[..]),
        }
    }
}
