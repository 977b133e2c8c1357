//! Chunks for a host: from text, from a file, from the standard input.

use super::Lua;
use super::error::{Error, ErrorKind};
use super::value::Function;
use crate::interp::{Raise, Vm};
use crate::stdlib::{BINARY_OR_TEXT, compile_chunk, read_script};
use crate::sys::memory;
use compiler::Source;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What the message of a chunk that merely ends too early ends with.
const AT_END: &[u8] = b"<eof>";

/// The compiler of a script this long leaves more behind than the program may ever ask the allocator for: a hundred
/// kilobytes for the programs of a bench, a twentieth of what they take.
const TRIMMED_TEXT_BYTES: usize = 1 << 10;

/// A chunk as a function, or why it is none.
fn compiled(vm: &mut Vm, source: Source<'_>) -> Result<Result<Function, Error>, Raise> {
    let environment = vm.globals().value();
    match compile_chunk(vm, source, BINARY_OR_TEXT, environment)? {
        Ok(function) => vm.keep(function).map(|kept| Ok(Function(kept))),
        Err(message) => {
            let is_incomplete = message.ends_with(AT_END);
            let kind = if is_incomplete { ErrorKind::Incomplete } else { ErrorKind::Syntax };
            Ok(Err(Error::of(kind, message)))
        }
    }
}

impl Lua<'_> {
    /// Makes a function of a chunk, without running it. `name` is what messages call it, marked as Lua marks it:
    /// `@app.lua` for a file, `=prompt` for anything else with a name, or the text itself.
    pub fn load(&mut self, text: impl AsRef<[u8]>, name: impl AsRef<[u8]>) -> Result<Function, Error> {
        let source = Source::of_string(text.as_ref(), name.as_ref());
        self.run(|vm| compiled(vm, source)).flatten()
    }

    /// [`Lua::load`] of a file, whose byte order mark and whose first line, when that begins with `#`, are skipped.
    pub fn load_file(&mut self, path: &Path) -> Result<Function, Error> {
        self.load_script(Some(path))
    }

    /// [`Lua::load`] of all that comes by the standard input, read like a file.
    pub fn load_stdin(&mut self) -> Result<Function, Error> {
        self.load_script(None)
    }

    fn load_script(&mut self, path: Option<&Path>) -> Result<Function, Error> {
        let script = self.run(|vm| {
            let path = match path {
                Some(path) => Some(vm.string(path.as_os_str().as_bytes())?),
                None => None,
            };
            read_script(vm, path)
        })?;
        let (text, name) = script.map_err(|message| Error::of(ErrorKind::File, message))?;
        let loaded = self.run(|vm| compiled(vm, Source::of_file(&text, &name))).flatten();
        if text.len() >= TRIMMED_TEXT_BYTES {
            memory::trim_allocator();
        }
        loaded
    }
}
