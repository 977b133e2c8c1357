//! What a host is told when something goes wrong.

use super::value::Value;
use crate::interp::FatalReport;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A chunk does not compile.
    Syntax,
    /// A chunk does not compile, but might if more text followed.
    Incomplete,
    /// A file cannot be read.
    File,
    /// An error was raised: by Lua code, a function of the library, or one of the host.
    Raised,
    /// There was no memory within the heap's limit.
    Memory,
    /// The host has asked for something impossible, such as the use of a value in another runtime.
    Misuse,
}

/// An error. It is raised on when a function of the host returns it to Lua.
#[derive(Clone, Debug)]
pub struct Error(pub(super) Box<Detail>);

#[derive(Clone, Debug)]
pub(super) struct Detail {
    pub kind: ErrorKind,
    pub message: Vec<u8>,
    pub value: Value,
    /// It has come from Lua.
    pub is_thrown: bool,
    pub report: Option<FatalReport>,
}

impl Error {
    /// An error with a message, to be raised in Lua by a function of the host: there, the place of the call is put
    /// in front of the message, as the functions of the library do.
    pub fn new(message: &str) -> Error {
        Error::of(ErrorKind::Raised, message.as_bytes().to_vec())
    }

    /// An error with any value, to be raised in Lua by a function of the host.
    pub fn with_value(value: Value) -> Error {
        let message = match &value {
            Value::String(bytes) => bytes.clone(),
            other => format!("(error object is a {} value)", other.type_name()).into_bytes(),
        };
        let mut error = Error::of(ErrorKind::Raised, message);
        error.0.value = value;
        error
    }

    pub(super) fn of(kind: ErrorKind, message: Vec<u8>) -> Error {
        Error(Box::new(Detail { kind, message, value: Value::Nil, is_thrown: false, report: None }))
    }

    pub(crate) fn misuse(message: &str) -> Error {
        Error::of(ErrorKind::Misuse, message.as_bytes().to_vec())
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message: the error's value if that is a string or a number, else a sentence about its type.
    pub fn message(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0.message)
    }

    /// The message as the bytes that it is.
    pub fn message_bytes(&self) -> &[u8] {
        &self.0.message
    }

    /// The value that was raised; nil for an error that is not one of Lua's.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// `stack traceback:` and what was running when the error was raised, if nobody in Lua has handled it.
    pub fn traceback(&self) -> Option<Cow<'_, str>> {
        let report = self.0.report.as_ref().filter(|report| !report.traceback.is_empty())?;
        Some(String::from_utf8_lossy(&report.traceback))
    }

    /// Where the nil came from that the program could not use, as `absent field 'x' at app.lua:3`.
    pub fn nil_origin(&self) -> Option<Cow<'_, str>> {
        self.0.report.as_ref()?.nil_origin.as_ref().map(|origin| String::from_utf8_lossy(origin))
    }

    /// The dump that the error has left.
    pub fn dump(&self) -> Option<&Path> {
        self.0.report.as_ref()?.dump.as_ref().map(|path| Path::new(OsStr::from_bytes(path)))
    }

    /// A line about the dump: where it is and how large, or why there is none although dumps are on.
    pub fn dump_line(&self) -> Option<Cow<'_, str>> {
        let line = self.0.report.as_ref()?.dump_line.as_ref().filter(|line| !line.is_empty())?;
        Some(String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}
