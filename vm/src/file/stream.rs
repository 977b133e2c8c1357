//! What is behind an open file: a standard stream, a descriptor, or a process at the other end of a pipe.
//!
//! Not here: buffers (`file.rs`).

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};

/// Where bytes come from and go to.
pub(super) enum Stream {
    /// Standard input.
    Input(io::Stdin),
    /// Standard output.
    Output(io::Stdout),
    /// Standard error.
    Error(io::Stderr),
    /// An open file.
    File(OwnedFd),
    /// A process, and our end of the pipe.
    Process(Child, OwnedFd),
}

impl Stream {
    pub fn input() -> Stream {
        Stream::Input(io::stdin())
    }

    pub fn output() -> Stream {
        Stream::Output(io::stdout())
    }

    pub fn error() -> Stream {
        Stream::Error(io::stderr())
    }

    /// Starts a shell command.
    pub fn process(command: &[u8], is_readable: bool) -> io::Result<Stream> {
        let mut shell = Command::new("/bin/sh");
        // The name by which the C library's functions call it, and it names itself in messages.
        shell.arg0("sh").arg("-c").arg(OsStr::from_bytes(crate::c_string::until_nul(command)));
        if is_readable {
            shell.stdout(Stdio::piped());
        } else {
            shell.stdin(Stdio::piped());
        }
        let mut child = shell.spawn()?;
        let end = match (child.stdout.take(), child.stdin.take()) {
            (Some(end), _) => OwnedFd::from(end),
            (_, Some(end)) => OwnedFd::from(end),
            _ => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        Ok(Stream::Process(child, end))
    }

    pub fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Input(stream) => stream.as_fd(),
            Stream::Output(stream) => stream.as_fd(),
            Stream::Error(stream) => stream.as_fd(),
            Stream::File(file) | Stream::Process(_, file) => file.as_fd(),
        }
    }

    pub fn is_terminal(&self) -> bool {
        self.descriptor().is_terminal()
    }

    /// Closes it; how the process ended, when there was one.
    pub fn close(self) -> Option<io::Result<ExitStatus>> {
        match self {
            Stream::Process(mut child, end) => {
                drop(end);
                Some(child.wait())
            }
            _ => None,
        }
    }
}
