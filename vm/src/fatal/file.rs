//! Where a dump goes: a file that is `.partial` until it is complete, and the buffered way into it.
//!
//! Invariant: an existing file is never touched. Nothing here allocates.
//!
//! Not here: what is written (`record.rs`).

// Results carry whole paths, because there is nothing they could be put behind without an allocator.
#![allow(clippy::result_large_err)]

use super::line::LongLine;
use super::reserve::{BUFFER_BYTES, file_stem};
use crate::sys::{error_text::error_text, file};
use dumpfmt::container::PAGE_SIZE;
use dumpfmt::container::write::{Sink, SinkError};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// How often another name is tried when one is taken.
const NAMES_MAX: u32 = 100;
/// Pieces of memory from this size on bypass the page cache, where that is wanted at all.
const DIRECT_BYTES_MIN: usize = 1 << 20;
/// Direct writes reach the disk's speed only in large pieces; buffered ones should stay in the processor's
/// cache until their checksum is taken.
const CHUNK_DIRECT: u64 = 16 << 20;
const CHUNK_BUFFERED: u64 = 1 << 20;

/// A dump that was written.
#[derive(Clone, Copy)]
pub struct DumpReport {
    /// As it is to be shown; empty when the dump went into a descriptor.
    pub path: LongLine,
    /// Bytes of the file.
    pub bytes: u64,
    /// Nanoseconds it took.
    pub duration: u64,
}

impl DumpReport {
    /// `dump: PATH (SIZE, TIME)`, with its line end.
    pub fn line(&self) -> LongLine {
        let mut line = LongLine::new();
        line.text("dump: ").bytes(self.path.as_bytes()).text(" (").size(self.bytes).text(", ");
        line.duration(self.duration).text(")\n");
        line
    }
}

/// What could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Dumps are switched off: nothing to report.
    Disabled,
    /// Another dump is under way.
    Busy,
    /// The path does not fit any file system.
    Name,
    /// Making the file.
    Create,
    /// Writing it.
    Write,
    /// Giving it its final name.
    Rename,
    /// The process kept faulting while it was written.
    Faults,
}

/// Why there is no (complete) dump.
#[derive(Clone, Copy)]
pub struct DumpFailure {
    /// What could not be done.
    pub step: Step,
    /// The file concerned, as it is to be shown.
    pub path: LongLine,
    /// The system's number, 0 when it was not the system.
    pub error: i32,
    /// Bytes that were written before.
    pub bytes: u64,
}

impl DumpFailure {
    /// A failure that concerns no file.
    pub fn without_file(step: Step) -> Self {
        DumpFailure { step, path: LongLine::new(), error: 0, bytes: 0 }
    }

    fn new(step: Step, path: &LongLine, error: Errno) -> Self {
        DumpFailure { step, path: *path, error: error.raw_os_error(), bytes: 0 }
    }

    /// One line for stderr with its line end; empty when there is nothing to say.
    pub fn line(&self) -> LongLine {
        let mut line = LongLine::new();
        line.text(match self.step {
            Step::Disabled => return line,
            Step::Busy => "dump: none, another is under way",
            Step::Name => "dump: none, the path is too long: ",
            Step::Create => "dump: none, cannot create ",
            Step::Write => "dump: incomplete, cannot write ",
            Step::Rename => "dump: complete, but cannot be renamed: ",
            Step::Faults => "dump: incomplete, the process kept failing while it was written: ",
        });
        line.bytes(self.path.as_bytes());
        if self.step == Step::Write {
            line.text(" after ").size(self.bytes);
        }
        if self.error != 0 {
            line.text(": ");
            match error_text(self.error) {
                Some(text) => line.text(text),
                None => line.text("error ").number(self.error.unsigned_abs().into(), 1),
            };
        }
        line.text("\n");
        line
    }
}

/// A new file, `.partial` until [`PartialFile::publish`].
pub struct PartialFile {
    descriptor: OwnedFd,
    directory: LongLine,
    shown_directory: LongLine,
    stem: LongLine,
    extension: &'static str,
}

/// What a dump is called, and where it goes.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// Ends in a slash, or is empty.
    pub directory: &'a [u8],
    /// The same as it is to be shown.
    pub shown_directory: &'a [u8],
    /// The program.
    pub name: &'a [u8],
    /// Its process.
    pub pid: u32,
    /// Nanoseconds since 1970-01-01 UTC.
    pub wall: i64,
}

fn join(parts: &[&[u8]]) -> LongLine {
    let mut line = LongLine::new();
    for part in parts {
        line.bytes(part);
    }
    line
}

impl PartialFile {
    /// Makes `PROGRAM.PID.TIME.vmcore.partial`, or one with a further number if that is taken.
    pub fn create(naming: &Naming<'_>) -> Result<PartialFile, DumpFailure> {
        let mut number = 0;
        loop {
            let mut stem = LongLine::new();
            file_stem(&mut stem, naming.name, naming.pid, naming.wall, number);
            let file = Self::create_stem(naming.directory, naming.shown_directory, &stem, ".vmcore");
            match file {
                Err(failure) if failure.error == libc::EEXIST && number < NAMES_MAX => number += 1,
                result => return result,
            }
        }
    }

    /// Makes `PATH.partial`; fails when `PATH` exists.
    pub fn create_exactly(path: &[u8]) -> Result<PartialFile, DumpFailure> {
        Self::create_stem(b"", b"", &join(&[path]), "")
    }

    fn create_stem(
        directory: &[u8],
        shown_directory: &[u8],
        stem: &LongLine,
        extension: &'static str,
    ) -> Result<PartialFile, DumpFailure> {
        let parts = [directory, stem.as_bytes(), extension.as_bytes(), b".partial"];
        let path = join(&parts);
        let shown = join(&[shown_directory, stem.as_bytes(), extension.as_bytes()]);
        if path.is_cut() {
            return Err(DumpFailure::new(Step::Name, &shown, Errno::NAMETOOLONG));
        }
        if file::exists(join(&parts[..3]).as_c_str()) {
            // It may be the directory that cannot be searched: creating says so better.
            let is_taken = rustix::fs::lstat(join(&parts[..3]).as_c_str()).is_ok();
            if is_taken {
                return Err(DumpFailure::new(Step::Create, &shown, Errno::EXIST));
            }
        }
        match file::create_new(path.as_c_str()) {
            Ok(descriptor) => Ok(PartialFile {
                descriptor,
                directory: join(&[directory]),
                shown_directory: join(&[shown_directory]),
                stem: *stem,
                extension,
            }),
            Err(error) => Err(DumpFailure::new(Step::Create, &shown, error)),
        }
    }

    /// The file.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    fn path(&self, suffix: &str) -> LongLine {
        join(&[self.directory.as_bytes(), self.stem.as_bytes(), self.extension.as_bytes(), suffix.as_bytes()])
    }

    /// The name that it has now, as it is to be shown.
    pub fn shown(&self) -> LongLine {
        let parts = [self.shown_directory.as_bytes(), self.stem.as_bytes(), self.extension.as_bytes()];
        join(&[parts[0], parts[1], parts[2], b".partial"])
    }

    /// Takes `.partial` off its name; when that is taken by now, another number is added. Answers the final
    /// path as it is to be shown.
    pub fn publish(self) -> Result<LongLine, DumpFailure> {
        let partial = self.path(".partial");
        for number in 0..=NAMES_MAX {
            let mut suffix = LongLine::new();
            if number > 0 {
                suffix.text(".").number(number.into(), 1);
            }
            let suffix = suffix.as_bytes();
            let tail: [&[u8]; 3] = [self.stem.as_bytes(), self.extension.as_bytes(), suffix];
            let path = join(&[self.directory.as_bytes(), tail[0], tail[1], tail[2]]);
            match file::rename_new(partial.as_c_str(), path.as_c_str()) {
                Ok(()) => return Ok(join(&[self.shown_directory.as_bytes(), tail[0], tail[1], tail[2]])),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(DumpFailure::new(Step::Rename, &self.shown(), error)),
            }
        }
        Err(DumpFailure::new(Step::Rename, &self.shown(), Errno::EXIST))
    }

    /// Removes the file: it holds nothing of use.
    pub fn discard(self) {
        file::remove(self.path(".partial").as_c_str());
    }
}

/// A descriptor behind a buffer. The buffer takes what is small; memory goes to the system as it lies.
pub struct FileSink {
    descriptor: RawFd,
    /// Page-aligned, [`BUFFER_BYTES`] long; 0 when there is none, then every write goes out alone.
    buffer: u64,
    used: usize,
    /// Whether large pieces are to bypass the page cache, and whether the descriptor does so now.
    wants_direct: bool,
    is_direct: bool,
}

impl FileSink {
    /// A sink into `descriptor`, which must outlive it, as must the buffer, which nobody else may use.
    pub fn new(descriptor: BorrowedFd<'_>, buffer: u64, wants_direct: bool) -> Self {
        FileSink { descriptor: descriptor.as_raw_fd(), buffer, used: 0, wants_direct, is_direct: false }
    }

    fn file(&self) -> BorrowedFd<'static> {
        // SAFETY: `new` demands that the descriptor outlives the sink.
        unsafe { BorrowedFd::borrow_raw(self.descriptor) }
    }

    /// Hands the buffer's content to the system.
    pub fn flush(&mut self) -> Result<(), SinkError> {
        if self.used == 0 {
            return Ok(());
        }
        self.set_direct(false);
        // SAFETY: the first `used` bytes of the buffer were written by `write_all`.
        let bytes = unsafe { core::slice::from_raw_parts(self.buffer as *const u8, self.used) };
        self.used = 0;
        file::write_all(self.file(), bytes).map_err(|(_, error)| SinkError(error.raw_os_error()))
    }

    fn set_direct(&mut self, is_on: bool) {
        if self.is_direct != is_on {
            let is_done = file::set_direct(self.file(), is_on);
            self.is_direct = is_on && is_done;
            self.wants_direct &= is_done;
        }
    }
}

impl Sink for FileSink {
    fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), SinkError> {
        if self.buffer == 0 {
            return file::write_all(self.file(), bytes).map_err(|(_, error)| SinkError(error.raw_os_error()));
        }
        while !bytes.is_empty() {
            if self.used == BUFFER_BYTES {
                self.flush()?;
            }
            let count = bytes.len().min(BUFFER_BYTES - self.used);
            // SAFETY: `used + count` is at most the buffer's length; the source is no part of it, since only
            // this sink knows it.
            unsafe {
                core::ptr::copy_nonoverlapping(
                    bytes.as_ptr(),
                    (self.buffer as *mut u8).add(self.used),
                    count,
                );
            }
            self.used += count;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    fn write_memory(&mut self, mut bytes: &[u8]) -> Result<u64, SinkError> {
        self.flush()?;
        self.set_direct(self.wants_direct && bytes.len() >= DIRECT_BYTES_MIN);
        let mut holes = 0;
        loop {
            match file::write_all(self.file(), bytes) {
                Ok(()) => return Ok(holes),
                // The file system takes no direct writes after all, or not of this alignment; or it reports
                // an unreadable page for the piece as a whole: buffered, it can be found.
                Err((done, Errno::INVAL | Errno::FAULT)) if self.is_direct => {
                    self.set_direct(false);
                    bytes = &bytes[done..];
                }
                Err((done, Errno::FAULT)) => {
                    let rest = &bytes[done..];
                    let page_rest = PAGE_SIZE as usize - rest.as_ptr() as usize % PAGE_SIZE as usize;
                    let count = page_rest.min(rest.len());
                    let zeros = [0u8; PAGE_SIZE as usize];
                    file::write_all(self.file(), &zeros[..count])
                        .map_err(|(_, error)| SinkError(error.raw_os_error()))?;
                    holes += count as u64;
                    bytes = &rest[count..];
                    if bytes.is_empty() {
                        return Ok(holes);
                    }
                }
                Err((_, error)) => return Err(SinkError(error.raw_os_error())),
            }
        }
    }

    fn chunk_size(&self) -> u64 {
        if self.wants_direct { CHUNK_DIRECT } else { CHUNK_BUFFERED }
    }
}

/// Writes text to stderr, as far as that takes it.
pub fn print(text: &[u8]) {
    // SAFETY: descriptor 2 is the standard error stream by convention; should it be closed, the write fails.
    let stderr = unsafe { BorrowedFd::borrow_raw(2) };
    let _ = file::write_all(stderr, text);
}
