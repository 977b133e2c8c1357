//! The bytes of a file: small ones read into memory, large ones mapped. The crate's only `unsafe`.
//!
//! Invariant: the bytes do not change while a `FileBytes` lives, as far as other processes play along: a
//! finished dump is never written again (`.partial` until complete).

#![allow(unsafe_code)]

use memmap2::Mmap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Files up to this size are read: it costs a few milliseconds and they cannot be pulled away under us.
/// A mapped file that somebody truncates ends the process with SIGBUS.
const READ_MAX: u64 = 16 << 20;

/// The bytes of a dump file.
#[derive(Debug)]
pub enum FileBytes {
    /// In memory of our own.
    Owned(Vec<u8>),
    /// Mapped.
    Mapped(Mmap),
}

impl FileBytes {
    /// The bytes of the file at `path`. `map` false: never map, whatever its size.
    pub fn open(path: &Path, map: bool) -> io::Result<FileBytes> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"));
        }
        if map && metadata.is_file() && metadata.len() > READ_MAX {
            // SAFETY: the map is private and read-only, and the bytes are only ever looked at through types
            // for which any bit pattern is valid. That nobody truncates the file meanwhile is the invariant
            // above; breaking it ends the process, it does not read foreign memory.
            return Ok(FileBytes::Mapped(unsafe { Mmap::map(&file)? }));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(FileBytes::Owned(bytes))
    }

    /// All of them.
    pub fn bytes(&self) -> &[u8] {
        match self {
            FileBytes::Owned(bytes) => bytes,
            FileBytes::Mapped(map) => map,
        }
    }
}
