//! Open files of the `io` library, by handle, with buffers of their own that behave as those of C's stdio.
//!
//! Standard output is line buffered on a terminal and fully buffered otherwise, standard error not at all. What
//! is read ahead is given back to the system (by a seek) before a write or a seek of the same file.
//!
//! Invariant: of `input` and `output` at most one holds bytes. The first three handles are the standard streams,
//! which are never closed.
//! Not here: Lua's arguments and results (`stdlib/io.rs`), the event loop's files (`uv`).

mod numeral;
mod stream;
#[cfg(test)]
mod tests;

use crate::c_string::until_nul;
use crate::slab::Slab;
use crate::sys;
use rustix::fs::{self, Mode, OFlags, SeekFrom};
use rustix::io::Errno;
use std::os::fd::BorrowedFd;
use std::process::ExitStatus;
use stream::Stream;

/// The handle of standard input.
pub const STDIN: u64 = 1;
/// The handle of standard output.
pub const STDOUT: u64 = 2;
/// The handle of standard error.
pub const STDERR: u64 = 3;

/// Bytes that a buffer holds (glibc's, where the file system asks for nothing else).
const BUFFER_BYTES: usize = 4096;

/// When written bytes are passed on to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// At once.
    None,
    /// At each newline, and when there are this many.
    Line(usize),
    /// When there are this many.
    Full(usize),
}

/// An open file.
pub struct OpenFile {
    stream: Stream,
    input: Vec<u8>,
    /// How much of `input` has been consumed.
    input_used: usize,
    output: Vec<u8>,
    buffering: Buffering,
    is_readable: bool,
    is_writable: bool,
    is_terminal: bool,
}

/// All open files.
pub struct Files(Slab<OpenFile>);

/// What closing a file comes to.
#[derive(Debug)]
pub enum Closed {
    /// It was an ordinary file.
    File(Result<(), Errno>),
    /// It was a pipe to or from a process, which has ended like this.
    Process(std::io::Result<ExitStatus>),
}

impl Default for Files {
    fn default() -> Self {
        let standard = [Stream::input(), Stream::output(), Stream::error()];
        let mut files = Files(Slab::default());
        for stream in standard {
            files.0.insert(OpenFile::new(stream, true, true));
        }
        files.get(STDIN).is_writable = false;
        for handle in [STDOUT, STDERR] {
            files.get(handle).is_readable = false;
        }
        files.get(STDERR).buffering = Buffering::None;
        files
    }
}

impl Files {
    /// The file of a handle.
    ///
    /// # Panics
    /// When there is none: a handle lives as long as its userdata says so.
    #[inline]
    pub fn get(&mut self, handle: u64) -> &mut OpenFile {
        self.0.get(handle)
    }

    /// Standard output.
    #[inline]
    pub fn stdout(&mut self) -> &mut OpenFile {
        self.get(STDOUT)
    }

    /// Opens a file; the mode is one that C's `fopen` knows.
    pub fn open(&mut self, path: &[u8], mode: &[u8]) -> Result<u64, Errno> {
        let updates = mode.contains(&b'+');
        let (is_readable, is_writable, flags) = match mode.first() {
            Some(b'w') => (updates, true, OFlags::CREATE | OFlags::TRUNC),
            Some(b'a') => (updates, true, OFlags::CREATE | OFlags::APPEND),
            _ => (true, updates, OFlags::empty()),
        };
        let access = match (is_readable, is_writable) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            _ => OFlags::RDONLY,
        };
        let everyone = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
        let path = until_nul(path);
        let file = again(|| fs::open(path, access | flags | OFlags::CLOEXEC, everyone))?;
        if flags.contains(OFlags::APPEND) && !is_readable {
            // So that the position told before the first write is where it will go; not every file has one.
            let _ = fs::seek(&file, SeekFrom::End(0));
        }
        Ok(self.0.insert(OpenFile::new(Stream::File(file), is_readable, is_writable)))
    }

    /// Opens a file for reading and writing that goes away with its handle.
    pub fn open_temporary(&mut self) -> Result<u64, Errno> {
        let (path, file) = create_temporary()?;
        fs::unlink(&*path)?;
        Ok(self.0.insert(OpenFile::new(Stream::File(file), true, true)))
    }

    /// Starts a shell command whose output is read, or whose input is written.
    pub fn open_process(&mut self, command: &[u8], is_readable: bool) -> std::io::Result<u64> {
        let stream = Stream::process(command, is_readable)?;
        Ok(self.0.insert(OpenFile::new(stream, is_readable, !is_readable)))
    }

    /// Closes a file, which is not a standard stream.
    pub fn close(&mut self, handle: u64) -> Closed {
        let Some(mut file) = self.0.remove(handle) else {
            return Closed::File(Err(Errno::BADF));
        };
        let flushed = file.flush();
        match file.stream.close() {
            None => Closed::File(flushed),
            Some(status) => Closed::Process(status),
        }
    }

    /// What a read of an interactive stream calls for: standard output's line, if one was begun, is shown.
    #[inline]
    pub fn prepare_read(&mut self, handle: u64) {
        if self.get(handle).is_terminal && matches!(self.stdout().buffering, Buffering::Line(_)) {
            let _ = self.stdout().flush();
        }
    }

    /// Passes all that is buffered on to the system: the end of the process.
    pub fn flush_all(&mut self) {
        for file in self.0.iter_mut() {
            let _ = file.flush();
        }
    }
}

/// A new file with a name that nothing had: the name, and the file open for reading and writing.
pub fn create_temporary() -> Result<(Vec<u8>, std::os::fd::OwnedFd), Errno> {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    loop {
        let mut path = b"/tmp/lua_".to_vec();
        path.extend(sys::process::random()[..6].iter().map(|&byte| LETTERS[byte as usize % LETTERS.len()]));
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
        match fs::open(&*path, flags, Mode::RUSR | Mode::WUSR) {
            Err(Errno::EXIST | Errno::INTR) => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((path, file)),
        }
    }
}

fn again<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

impl OpenFile {
    fn new(stream: Stream, is_readable: bool, is_writable: bool) -> OpenFile {
        let is_terminal = stream.is_terminal();
        let buffering =
            if is_terminal { Buffering::Line(BUFFER_BYTES) } else { Buffering::Full(BUFFER_BYTES) };
        OpenFile {
            stream,
            input: Vec::new(),
            input_used: 0,
            output: Vec::new(),
            buffering,
            is_readable,
            is_writable,
            is_terminal,
        }
    }

    /// The system's number for it.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.stream.descriptor()
    }

    /// Whether it is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    // ---- writing ---------------------------------------------------------------------------------------

    /// Writes all of `bytes`, or buffers them.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        if let Buffering::Full(limit) = self.buffering
            && !self.output.is_empty()
            && self.output.len() + bytes.len() <= limit
        {
            self.output.extend_from_slice(bytes);
            return Ok(());
        }
        self.write_slow(bytes)
    }

    fn write_slow(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        if !self.is_writable {
            return Err(Errno::BADF);
        }
        self.give_back_input();
        let (limit, through) = match self.buffering {
            Buffering::None => (0, bytes.len()),
            Buffering::Full(limit) => (limit, 0),
            Buffering::Line(limit) => (limit, memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)),
        };
        if through > 0 {
            self.write_through(&bytes[..through])?;
        }
        let rest = &bytes[through..];
        if self.output.len() + rest.len() > limit {
            self.flush()?;
            if rest.len() >= limit {
                return self.write_through(rest);
            }
        }
        self.output.extend_from_slice(rest);
        Ok(())
    }

    /// Writes what is buffered and then `bytes`, in one call where they are small.
    fn write_through(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        if !self.output.is_empty() && bytes.len() < BUFFER_BYTES {
            self.output.extend_from_slice(bytes);
            return self.flush();
        }
        self.flush()?;
        sys::file::write_all(self.stream.descriptor(), bytes).map_err(|(_, error)| error)
    }

    /// Passes what is buffered on to the system.
    pub fn flush(&mut self) -> Result<(), Errno> {
        if self.output.is_empty() {
            return Ok(());
        }
        // As with stdio, what could not be written is lost: the error is reported once.
        let result = sys::file::write_all(self.stream.descriptor(), &self.output);
        self.output.clear();
        result.map_err(|(_, error)| error)
    }

    /// Chooses when to pass bytes on; `bytes` is the size of the buffer, 0 for the usual one.
    pub fn set_buffering(&mut self, buffering: Buffering) -> Result<(), Errno> {
        self.flush()?;
        self.buffering = match buffering {
            Buffering::Line(0) => Buffering::Line(BUFFER_BYTES),
            Buffering::Full(0) => Buffering::Full(BUFFER_BYTES),
            other => other,
        };
        Ok(())
    }

    // ---- position --------------------------------------------------------------------------------------

    /// Lets the system's position be where the program believes to be; for a pipe there is no such thing.
    fn give_back_input(&mut self) {
        let ahead = self.input.len() - self.input_used;
        if ahead > 0 {
            let _ = fs::seek(self.stream.descriptor(), SeekFrom::Current(-(ahead as i64)));
        }
        self.input.clear();
        self.input_used = 0;
    }

    /// Moves to a position; the new one, from the start.
    pub fn seek(&mut self, to: SeekFrom) -> Result<u64, Errno> {
        self.flush()?;
        let ahead = (self.input.len() - self.input_used) as i64;
        let to = match to {
            SeekFrom::Current(distance) => SeekFrom::Current(distance.saturating_sub(ahead)),
            other => other,
        };
        let position = fs::seek(self.stream.descriptor(), to)?;
        self.input.clear();
        self.input_used = 0;
        Ok(position)
    }

    // ---- reading ---------------------------------------------------------------------------------------

    /// Reads ahead when nothing is left; false at the end.
    #[inline]
    fn fill(&mut self) -> Result<bool, Errno> {
        if self.input_used < self.input.len() { Ok(true) } else { self.fill_slow() }
    }

    fn fill_slow(&mut self) -> Result<bool, Errno> {
        if !self.is_readable {
            return Err(Errno::BADF);
        }
        self.flush()?;
        self.input.clear();
        self.input_used = 0;
        self.input.resize(BUFFER_BYTES, 0);
        let result = read(&self.stream, &mut self.input);
        self.input.truncate(*result.as_ref().unwrap_or(&0));
        Ok(result? > 0)
    }

    fn ahead(&self) -> &[u8] {
        &self.input[self.input_used..]
    }

    /// Whether nothing is left to read.
    pub fn is_at_end(&mut self) -> Result<bool, Errno> {
        Ok(!self.fill()?)
    }

    /// Appends a line to `out`; false at the end of the file.
    #[inline]
    pub fn read_line(&mut self, keep_newline: bool, out: &mut Vec<u8>) -> Result<bool, Errno> {
        let start = out.len();
        while self.fill()? {
            let ahead = self.ahead();
            match memchr::memchr(b'\n', ahead) {
                Some(length) => {
                    out.extend_from_slice(&ahead[..length + keep_newline as usize]);
                    self.input_used += length + 1;
                    return Ok(true);
                }
                None => {
                    out.extend_from_slice(ahead);
                    self.input_used = self.input.len();
                }
            }
        }
        Ok(out.len() > start)
    }

    /// How many bytes are left, where that can be told beforehand: of a regular file.
    pub fn bytes_left(&self) -> Option<usize> {
        let status = fs::fstat(self.stream.descriptor()).ok()?;
        if !fs::FileType::from_raw_mode(status.st_mode).is_file() || !self.is_readable {
            return None;
        }
        let position = fs::tell(self.stream.descriptor()).ok()?;
        let unread = u64::try_from(status.st_size).ok()?.saturating_sub(position);
        usize::try_from(unread).ok()?.checked_add(self.ahead().len())
    }

    /// Fills `out` as far as the file reaches; how far that was.
    pub fn read_into(&mut self, out: &mut [u8]) -> Result<usize, Errno> {
        self.flush()?;
        let mut count = self.ahead().len().min(out.len());
        out[..count].copy_from_slice(&self.ahead()[..count]);
        self.input_used += count;
        while count < out.len() {
            match read(&self.stream, &mut out[count..])? {
                0 => break,
                more => count += more,
            }
        }
        Ok(count)
    }

    /// Appends all that is left to `out`.
    pub fn read_all(&mut self, out: &mut Vec<u8>) -> Result<(), Errno> {
        self.read_count(usize::MAX, out).map(|_| ())
    }

    /// Appends at most `count` bytes to `out`; false when there were none.
    pub fn read_count(&mut self, count: usize, out: &mut Vec<u8>) -> Result<bool, Errno> {
        /// What one call of the system may bring when much is wanted.
        const CHUNK_BYTES: usize = 64 * 1024;
        let mut missing = count;
        let start = out.len();
        while missing > 0 {
            if self.ahead().is_empty() && missing >= BUFFER_BYTES && self.is_readable {
                self.flush()?;
                let length = out.len();
                out.resize(length + missing.min(CHUNK_BYTES), 0);
                let result = read(&self.stream, &mut out[length..]);
                out.truncate(length + *result.as_ref().unwrap_or(&0));
                match result? {
                    0 => break,
                    count => missing -= count,
                }
            } else if self.fill()? {
                let taken = missing.min(self.ahead().len());
                out.extend_from_slice(&self.input[self.input_used..self.input_used + taken]);
                self.input_used += taken;
                missing -= taken;
            } else {
                break;
            }
        }
        Ok(out.len() > start)
    }

    /// Appends the longest prefix that could begin a numeral to `out`, space before it skipped; false when that
    /// is too long to be one.
    pub fn read_numeral(&mut self, out: &mut Vec<u8>) -> Result<bool, Errno> {
        numeral::read(self, out)
    }
}

/// Reads what there is. A signal that is handled ends it, as it does C's functions, so that a program that waits
/// for a line can be interrupted.
fn read(stream: &Stream, buffer: &mut [u8]) -> Result<usize, Errno> {
    loop {
        match rustix::io::read(stream.descriptor(), &mut *buffer) {
            Err(Errno::AGAIN) => {
                let flags = rustix::event::PollFlags::IN;
                let mut entries = [rustix::event::PollFd::from_borrowed_fd(stream.descriptor(), flags)];
                let _ = rustix::event::poll(&mut entries, None);
            }
            result => return result,
        }
    }
}
