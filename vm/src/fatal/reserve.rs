//! What the fatal path needs, taken while the program is well.
//!
//! Invariant: made once, never changed, never freed; nothing in it points into the Lua heap.

use super::line::LongLine;
use crate::sys::clock::{self, Utc};
use crate::sys::memory;
use crate::sys::process::{self, Machine};
use dumpfmt::record::{Moment, Program, Text};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Bytes of the buffer through which everything but raw memory goes.
pub const BUFFER_BYTES: usize = 64 << 10;
/// The longest program name in a file name: the rest of a name of 255 bytes is for what follows it.
const NAME_BYTES_MAX: usize = 180;

/// How dumps are wanted.
#[derive(Clone, Debug)]
pub struct DumpOptions {
    /// Whether a death leaves one.
    pub enabled: bool,
    /// Where they go; the working directory at the start when none is named.
    pub directory: Option<PathBuf>,
}

/// What is known of the program on the command line.
#[derive(Clone, Debug, Default)]
pub struct ProgramFacts<'a> {
    /// The script as it was named; `None` for `-e` and for the standard input.
    pub script: Option<&'a OsStr>,
    /// The command line, the runtime's own name first.
    pub arguments: &'a [&'a OsStr],
    /// What the runtime was told, `name=value` each.
    pub options: &'a [String],
}

/// Everything that was taken at the start.
#[derive(Debug)]
pub struct Reserve {
    /// Whether dumps are written at all.
    pub enabled: bool,
    /// The first part of a dump's file name.
    name: Vec<u8>,
    /// Where dumps go: absolute, ends in a slash.
    directory: Vec<u8>,
    /// What is shown in front of a file name: nothing while the working directory is where dumps go.
    shown_directory: Vec<u8>,
    script: Vec<u8>,
    arguments: Vec<u8>,
    options: Vec<u8>,
    working_directory: Vec<u8>,
    machine: Machine,
    pid: u32,
    parent_pid: u32,
    user: u32,
    /// The thread that runs Lua.
    thread: u32,
    started: Moment,
    /// Page-aligned, [`BUFFER_BYTES`] long, used by one dump at a time; 0 when the system refused.
    buffer: u64,
}

/// The runtime and its version, as dumps name their producer.
pub const RUNTIME: &str = concat!("requiem ", env!("CARGO_PKG_VERSION"));

impl Reserve {
    /// Takes everything; lives as long as the process.
    pub fn take(options: &DumpOptions, facts: &ProgramFacts<'_>) -> &'static Reserve {
        let working_directory =
            std::env::current_dir().map_or_else(|_| Vec::new(), |path| path.into_os_string().into_vec());
        let named = options.directory.as_deref();
        let mut directory = working_directory.clone();
        if let Some(named) = named {
            directory = Path::new(OsStr::from_bytes(&directory)).join(named).into_os_string().into_vec();
        }
        let list = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            pieces.fold(Vec::new(), |mut list, piece| {
                list.extend_from_slice(piece);
                list.push(0);
                list
            })
        };
        let reserve = Reserve {
            enabled: options.enabled,
            name: program_name(facts.script),
            directory: with_slash(directory),
            shown_directory: named
                .map_or_else(Vec::new, |named| with_slash(named.as_os_str().as_bytes().to_vec())),
            script: facts.script.map_or_else(Vec::new, |script| script.as_bytes().to_vec()),
            arguments: list(&mut facts.arguments.iter().map(|argument| argument.as_bytes())),
            options: list(&mut facts.options.iter().map(|option| option.as_bytes())),
            working_directory,
            machine: Machine::read(),
            pid: process::pid(),
            parent_pid: process::parent_pid(),
            user: process::user(),
            thread: process::thread(),
            started: Moment { wall: clock::wall(), monotonic: clock::monotonic(), epoch: 0 },
            buffer: memory::map(BUFFER_BYTES as u64).unwrap_or(0),
        };
        // The checksum looks up what the processor offers when it is first used: better now than in a handler.
        crc32fast::hash(b"warm");
        Box::leak(Box::new(reserve))
    }

    /// The program section.
    pub fn program(&self) -> Program<'_> {
        Program {
            name: Text(&self.name),
            script: Text(&self.script),
            arguments: Text(&self.arguments),
            options: Text(&self.options),
            directory: Text(&self.working_directory),
            host: Text(&self.machine.host),
            system: Text(&self.machine.system),
            runtime: RUNTIME.into(),
            architecture: std::env::consts::ARCH.into(),
            pid: self.pid,
            parent_pid: self.parent_pid,
            user: self.user,
            started: self.started,
        }
    }

    /// The program's name as in file names.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The process that was recorded, whichever copy of it writes.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The thread that runs Lua.
    pub fn thread(&self) -> u32 {
        self.thread
    }

    /// The address of the buffer; 0 when there is none.
    pub fn buffer(&self) -> u64 {
        self.buffer
    }

    /// The directory for dumps, with a slash at its end.
    pub fn directory(&self) -> &[u8] {
        &self.directory
    }

    /// The directory as it is to be shown before a file name.
    pub fn shown_directory(&self) -> &[u8] {
        if !self.shown_directory.is_empty() {
            return &self.shown_directory;
        }
        // The program may have moved since.
        let mut buffer = [0u8; 4096];
        // SAFETY: the call writes at most the length it is given, a NUL included.
        let is_known = !unsafe { libc::getcwd(buffer.as_mut_ptr().cast(), buffer.len()) }.is_null();
        let here = buffer.split(|byte| *byte == 0).next().unwrap_or(b"");
        if is_known && here == self.working_directory { b"" } else { &self.directory }
    }
}

/// `PROGRAM.PID.TIME`, and `.NUMBER` when that is not 0; without the extension.
pub fn file_stem(line: &mut LongLine, name: &[u8], pid: u32, wall: i64, number: u32) {
    let utc = Utc::from_wall(wall);
    line.bytes(name).text(".").number(u64::from(pid), 1).text(".");
    line.number(utc.year.max(0) as u64, 4).number(u64::from(utc.month), 2).number(u64::from(utc.day), 2);
    line.text("T").number(u64::from(utc.hour), 2).number(u64::from(utc.minute), 2);
    line.number(u64::from(utc.second), 2).text("Z");
    if number > 0 {
        line.text(".").number(u64::from(number), 1);
    }
}

/// The script's name without folder and `.lua`, safe as a part of a file name.
pub(super) fn program_name(script: Option<&OsStr>) -> Vec<u8> {
    let file = script.and_then(|script| Path::new(script).file_name()).map_or(&b""[..], OsStr::as_bytes);
    let stem = file.strip_suffix(b".lua").unwrap_or(file);
    let mut name: Vec<u8> = stem
        .iter()
        .take(NAME_BYTES_MAX)
        .map(|byte| if *byte < b' ' || matches!(*byte, b'/' | 0x7f) { b'_' } else { *byte })
        .collect();
    // A name that starts with a dot would hide the dump, `-` would make it an option.
    if matches!(name.first(), Some(b'.' | b'-')) {
        name[0] = b'_';
    }
    if name.is_empty() { b"requiem".to_vec() } else { name }
}

fn with_slash(mut directory: Vec<u8>) -> Vec<u8> {
    if directory.last() != Some(&b'/') {
        directory.push(b'/');
    }
    directory
}

#[cfg(test)]
mod tests;
