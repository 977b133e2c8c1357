//! Files by descriptor and C path, for code that may not allocate: make, write, rename.
//!
//! Invariant: an interrupted call is made again; a short write goes on where it stopped. Nothing here ever
//! replaces an existing file.

use core::ffi::CStr;
use rustix::fs::{self, Access, AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// Makes a file that only its owner can read; fails when there is one of that name already, even a dangling
/// link.
pub fn create_new(path: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    again(|| fs::open(path, flags, Mode::RUSR | Mode::WUSR))
}

/// Opens `/dev/null` as whichever of the descriptors 0, 1 and 2 are closed.
pub fn open_standard_streams() {
    // SAFETY: no memory is involved; a descriptor that is open is left alone, and one that is not is nobody's.
    unsafe {
        for stream in 0..3 {
            if libc::fcntl(stream, libc::F_GETFD) == -1 {
                // The lowest that is free, which this one is.
                libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
            }
        }
    }
}

/// Whether something of this name exists.
pub fn exists(path: &CStr) -> bool {
    fs::accessat(CWD, path, Access::EXISTS, AtFlags::SYMLINK_NOFOLLOW) != Err(Errno::NOENT)
}

/// Gives a file another name; fails when that is taken.
pub fn rename_new(from: &CStr, to: &CStr) -> Result<(), Errno> {
    match fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
        result => return result,
    }
    // A file system without that call: a link is refused when the name is taken, and so is as good.
    match fs::linkat(CWD, from, CWD, to, AtFlags::empty()) {
        Ok(()) => fs::unlink(from),
        Err(Errno::EXIST) => Err(Errno::EXIST),
        // One without links either: what is left is to look first.
        Err(_) if exists(to) => Err(Errno::EXIST),
        Err(_) => fs::rename(from, to),
    }
}

/// Removes a file.
pub fn remove(path: &CStr) {
    let _ = fs::unlink(path);
}

/// Writes all of `bytes`; on an error tells how many bytes had been taken before it.
pub fn write_all(file: BorrowedFd<'_>, bytes: &[u8]) -> Result<(), (usize, Errno)> {
    let mut done = 0;
    while done < bytes.len() {
        match rustix::io::write(file, &bytes[done..]) {
            Ok(0) => return Err((done, Errno::IO)),
            Ok(count) => done += count,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_writable(file),
            Err(error) => return Err((done, error)),
        }
    }
    Ok(())
}

/// What [`lock`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Others may read.
    Shared,
    /// Nobody else may do anything.
    Exclusive,
    /// Gives a lock back.
    None,
}

/// Locks a range of a file, or gives it back; fails at once when another process has it. A length of 0 reaches to
/// the end, however the file grows.
pub fn lock(file: BorrowedFd<'_>, lock: Lock, start: i64, length: i64) -> Result<(), Errno> {
    let kind = match lock {
        Lock::Shared => libc::F_RDLCK,
        Lock::Exclusive => libc::F_WRLCK,
        Lock::None => libc::F_UNLCK,
    };
    // SAFETY: a plain C struct, for which zeros are valid.
    let mut range: libc::flock = unsafe { core::mem::zeroed() };
    range.l_type = kind as _;
    range.l_whence = libc::SEEK_SET as _;
    range.l_start = start;
    range.l_len = length;
    // SAFETY: the kernel reads the struct, which outlives the call.
    let outcome = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &raw const range) };
    match outcome {
        -1 => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)),
        _ => Ok(()),
    }
}

/// Someone made the descriptor non-blocking: waits until it takes more.
fn wait_writable(file: BorrowedFd<'_>) {
    let mut entries = [rustix::event::PollFd::from_borrowed_fd(file, rustix::event::PollFlags::OUT)];
    let _ = rustix::event::poll(&mut entries, None);
}

/// Turns writing past the page cache on or off; false when the file system does not offer it.
pub fn set_direct(file: BorrowedFd<'_>, is_on: bool) -> bool {
    let Ok(flags) = fs::fcntl_getfl(file) else { return false };
    let wanted = if is_on { flags | OFlags::DIRECT } else { flags - OFlags::DIRECT };
    fs::fcntl_setfl(file, wanted).is_ok()
}

fn again<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}
