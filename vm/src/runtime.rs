//! The face that a Rust program sees: a runtime, and what can be done with it.
//!
//! [`Runtime`] owns, [`Lua`] works: a host gets one from its runtime, and each function that it has lent to Lua is
//! handed one for the time of its call. Whatever a host holds stays alive ([`Table`] and the like), whatever
//! goes wrong is an [`Error`].
//!
//! Invariant: a value of one runtime never reaches another; nothing that a host does by these types panics or
//! breaks the heap.
//! Not here: the mechanism (`interp/host.rs`).

mod value;

mod error;

mod convert;

mod table;

mod call;

mod chunk;

#[cfg(test)]
mod tests;

pub use error::{Error, ErrorKind};
pub use value::{Function, Opaque, Table, Value};

use crate::fatal::{self, DumpOptions, ProgramFacts};
use crate::file::{STDERR, STDIN, STDOUT};
use crate::interp::{Raise, Vm, VmOptions};
use crate::sys::{file, signal};
use crate::{stdlib, uv};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The number of the signal on every system that this runs on.
const SIGPIPE: i32 = 13;

/// How to set up a runtime.
#[derive(Clone, Debug)]
pub struct Options {
    /// The largest size of the heap in bytes; none by default.
    pub heap_bytes_max: Option<u64>,
    /// Whether `LUA_PATH`, `LUA_CPATH` and the like are heeded, as they are by default.
    pub heeds_environment: bool,
    /// Collect at every allocation, to find what is not kept alive: slow. Off by default.
    pub stress: bool,
    /// Tell of every collection on the standard error, with the longest of its pauses. Off by default.
    pub traces_collections: bool,
    /// What is to be recorded when something ends badly. By default nothing: the runtime then installs no handlers
    /// and writes no files.
    pub dumps: Option<Dumps>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            heap_bytes_max: None,
            heeds_environment: true,
            stress: false,
            traces_collections: false,
            dumps: None,
        }
    }
}

/// How a runtime leaves dumps. At most one runtime of a process at a time can.
///
/// Crashes, panics and SIGQUIT of the whole process are recorded too, by handlers that stay installed, and
/// `requiem dump PID` is answered.
#[derive(Clone, Debug)]
pub struct Dumps {
    /// Whether an end leaves a dump; if not, dumps are still to be had on request.
    pub enabled: bool,
    /// Where they go; the working directory by default.
    pub directory: Option<PathBuf>,
    /// The program's main script, after which dumps are named.
    pub script: Option<OsString>,
    /// The command line, the program's own name first.
    pub arguments: Vec<OsString>,
    /// What else a reader should know of how the runtime was set up, `name=value` each.
    pub facts: Vec<String>,
}

impl Default for Dumps {
    fn default() -> Self {
        let arguments = std::env::args_os().collect();
        Dumps { enabled: true, directory: None, script: None, arguments, facts: Vec::new() }
    }
}

/// A runtime with the whole standard library and the event loop. It ends as a Lua state does: finalizers run
/// and files are flushed when it is dropped.
pub struct Runtime {
    vm: Box<Vm>,
}

impl Runtime {
    /// A new runtime.
    pub fn new(options: &Options) -> Result<Runtime, Error> {
        if options.dumps.is_some() && fatal::is_armed() {
            return Err(Error::misuse("another runtime of this process leaves dumps already"));
        }
        let heap_bytes_max = options.heap_bytes_max.unwrap_or(u64::MAX);
        let Options { stress, traces_collections, .. } = *options;
        let mut vm = Vm::new(&VmOptions { heap_bytes_max, stress, traces_collections })
            .map_err(|sentence| Error::misuse(&sentence))?;
        if let Some(dumps) = &options.dumps {
            let arguments: Vec<&OsStr> = dumps.arguments.iter().map(OsString::as_os_str).collect();
            let facts = ProgramFacts {
                script: dumps.script.as_deref(),
                arguments: &arguments,
                options: &dumps.facts,
            };
            vm.arm(&DumpOptions { enabled: dumps.enabled, directory: dumps.directory.clone() }, &facts);
        }
        let mut runtime = Runtime { vm };
        let opened = open_libraries(&mut runtime.vm, options.heeds_environment);
        let opened = opened.map_err(|raise| runtime.lua().came(raise));
        match opened {
            Ok(()) => Ok(runtime),
            Err(_) => Err(Error::misuse("the heap limit is too small for the library")),
        }
    }

    /// The runtime's working face.
    pub fn lua(&mut self) -> Lua<'_> {
        Lua { vm: &mut self.vm }
    }

    /// Ends it as dropping it does, but leaves its memory for the system to take back: for a process that ends now.
    pub fn finish(mut self) {
        if !self.vm.host.is_broken {
            self.vm.close();
        }
        self.vm.disarm();
        core::mem::forget(self);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if !self.vm.host.is_broken {
            self.vm.close();
        }
    }
}

/// What can be done with a runtime.
pub struct Lua<'vm> {
    pub(super) vm: &'vm mut Vm,
}

impl Lua<'_> {
    /// Runs `work`, which may raise an error, on behalf of the host.
    fn run<T>(&mut self, work: impl FnOnce(&mut Vm) -> Result<T, Raise>) -> Result<T, Error> {
        if self.vm.host.is_broken {
            return Err(Error::misuse(
                "a panic has gone through this runtime, which cannot be used any more",
            ));
        }
        match self.vm.host_call(work) {
            Ok(result) => Ok(result),
            Err(report) => Err(self.error(report)),
        }
    }

    /// Runs `work` without a dump for the errors that nobody in Lua handles.
    pub fn without_dumps<T>(&mut self, work: impl FnOnce(&mut Lua<'_>) -> T) -> T {
        let before = core::mem::replace(&mut self.vm.host.is_without_dumps, true);
        let result = work(self);
        self.vm.host.is_without_dumps = before;
        result
    }

    /// Lets the event loop run until nothing keeps it running. An error in a callback ends it, unless
    /// [`Lua::on_callback_error`] says otherwise.
    pub fn run_loop(&mut self) -> Result<(), Error> {
        self.run(uv::run_loop)
    }

    /// A full collection.
    pub fn collect(&mut self) -> Result<(), Error> {
        self.run(Vm::collect_garbage)
    }

    /// Bytes of the heap in use.
    pub fn heap_bytes(&self) -> u64 {
        self.vm.heap_bytes()
    }

    /// Issues a warning as Lua's `warn` does; `@on` and `@off` switch warnings on and off.
    pub fn warn(&mut self, message: &[u8]) {
        self.vm.warn(message, false);
    }

    /// Writes to the standard output, in order with what Lua code writes. What cannot be written is lost.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.vm.files.get(STDOUT).write(bytes);
    }

    /// Passes on to the system what was written, also by Lua code.
    pub fn flush(&mut self) {
        self.vm.files.flush_all();
    }

    /// Writes to the standard error, after all that was written before.
    pub fn write_error(&mut self, bytes: &[u8]) {
        self.flush();
        let _ = self.vm.files.get(STDERR).write(bytes);
    }

    /// Reads a line from the standard input, in order with what Lua code reads; without its end. `None` at the end
    /// of the input.
    pub fn read_line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        let input = self.vm.files.get(STDIN);
        input.read_line(false, &mut line).is_ok_and(|is_any| is_any).then_some(line)
    }
}

/// Fills the global table: the standard library and the event loop's module.
pub(crate) fn open_libraries(vm: &mut Vm, heeds_environment: bool) -> Result<(), Raise> {
    vm.heeds_environment = heeds_environment;
    stdlib::open(vm)?;
    uv::open(vm)
}

/// Asks a process with a runtime that leaves dumps for one, into `output` or else a file in the working directory
/// with a name of its own. The process goes on. What comes back is a line about the dump, or a sentence that says
/// why there is none.
pub fn request_dump(pid: u32, output: Option<&Path>) -> Result<String, String> {
    let report = fatal::live::request(pid, output)?;
    Ok(String::from_utf8_lossy(report.line().as_bytes()).into_owned())
}

/// Makes this process what users of commands expect. A write into a pipe which nobody reads ends it, as it does C
/// programs, where Rust programs are told by an error; sockets are not concerned. And the three standard streams are
/// open, if only on nothing, so that no dump, say, can come to be the standard error.
pub fn become_command() {
    signal::reset(SIGPIPE);
    file::open_standard_streams();
}
