//! The standard library: every function that a program finds without asking (manual, section 6), and modules
//! for which it asks, of C code elsewhere (`lfs`, `system`).
//!
//! A library is one table of names and functions; what is more than that (constants, metatables, closures) its
//! module's `finish` adds.
//!
//! Not here: the algorithms that know no Lua values (`pattern`, `format`, `pack`, `utf8`, `calendar`), open
//! files (`file.rs`), the module `uv`.

mod collector;

mod base;
mod coroutine;
mod debug;
mod io;
mod lfs;
mod math;
mod os;
mod package;
mod string;
mod system;
mod table;
mod utf8;

pub(crate) use base::{BINARY_OR_TEXT, compile_chunk, read_script};
pub(crate) use package::carry;

use crate::interp::{NativeFunction, NativeResult, Raise, Step, Table, Vm};
use dumpfmt::layout::value::Value;
use rustix::io::Errno;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Names and their functions.
type Functions = [(&'static str, NativeFunction)];

/// A library as it is before `finish` has seen it.
struct Library {
    name: &'static str,
    functions: &'static Functions,
    finish: fn(&mut Vm, Table) -> Result<(), Raise>,
}

/// The order is that of `package.loaded` in the reference, which decides what an alias is called in messages.
const LIBRARIES: &[Library] = &[
    Library { name: "package", functions: package::FUNCTIONS, finish: package::finish },
    Library { name: "table", functions: table::FUNCTIONS, finish: |_, _| Ok(()) },
    Library { name: "io", functions: io::FUNCTIONS, finish: io::finish },
    Library { name: "os", functions: os::FUNCTIONS, finish: |_, _| Ok(()) },
    Library { name: "string", functions: string::FUNCTIONS, finish: string::finish },
    Library { name: "math", functions: math::FUNCTIONS, finish: math::finish },
    Library { name: "utf8", functions: utf8::FUNCTIONS, finish: utf8::finish },
    Library { name: "debug", functions: debug::FUNCTIONS, finish: |_, _| Ok(()) },
];

/// Fills the global table.
pub fn open(vm: &mut Vm) -> Result<(), Raise> {
    let loaded = vm.new_table(0, 16)?;
    let registry = vm.registry();
    vm.raw_set_field(registry, "_LOADED", loaded.value())?;
    let (main, globals) = (vm.running(), vm.globals());
    vm.raw_set_integer(registry, 1, main)?;
    vm.raw_set_integer(registry, 2, globals.value())?;
    base::open(vm)?;
    coroutine::open(vm)?;
    for library in LIBRARIES {
        let table = register(vm, library.name, library.functions)?;
        (library.finish)(vm, table)?;
    }
    // What debuggers find below the first function that a program calls.
    let host = vm.native("host", |_| Ok(Step::results(0)), &[])?;
    vm.set_bottom_function(host);
    carry(vm, "lfs", "lfs.open", lfs::load)?;
    carry(vm, "system.core", "system.open", system::load_system)?;
    carry(vm, "term.core", "term.open", system::load_terminal)
}

/// Makes a library's table, names it globally and enters it among the loaded modules.
fn register(vm: &mut Vm, name: &'static str, functions: &Functions) -> Result<Table, Raise> {
    let table = vm.new_table(0, functions.len() as u32)?;
    add_functions(vm, table, name, functions)?;
    let globals = vm.globals();
    vm.raw_set_field(globals, name, table.value())?;
    let loaded = loaded(vm)?;
    vm.raw_set_field(loaded, name, table.value())?;
    Ok(table)
}

/// Adds functions to a table; tracebacks and dumps call them `prefix.name`.
fn add_functions(
    vm: &mut Vm,
    table: Table,
    prefix: &'static str,
    functions: &Functions,
) -> Result<(), Raise> {
    for &(name, function) in functions {
        let native = vm.library_function(prefix, name, function)?;
        vm.raw_set_field(table, name, native)?;
    }
    Ok(())
}

/// The same for a library that is loaded when it is required: again after `package.loaded` has forgotten it, and then
/// the functions are those of the first time, as C functions would be. The registry keeps them.
fn add_carried_functions(
    vm: &mut Vm,
    table: Table,
    prefix: &'static str,
    functions: &Functions,
) -> Result<(), Raise> {
    let registry = vm.registry();
    let field = format!("{prefix} functions");
    if vm.raw_get_field(registry, &field)?.is_nil() {
        let kept = vm.new_table(0, functions.len() as u32)?;
        vm.raw_set_field(registry, &field, kept.value())?;
        add_functions(vm, kept, prefix, functions)?;
    }
    for &(name, _) in functions {
        let native = carried_function(vm, prefix, name)?;
        vm.raw_set_field(table, name, native)?;
    }
    Ok(())
}

/// A function that [`add_carried_functions`] has registered.
fn carried_function(vm: &mut Vm, prefix: &str, name: &str) -> Result<Value, Raise> {
    let registry = vm.registry();
    match Table::of(vm.raw_get_field(registry, &format!("{prefix} functions"))?) {
        Some(kept) => vm.raw_get_field(kept, name),
        None => Ok(Value::NIL),
    }
}

/// The table of loaded modules; a new one in its place when the program has taken it away.
fn loaded(vm: &mut Vm) -> Result<Table, Raise> {
    let registry = vm.registry();
    match Table::of(vm.raw_get_field(registry, "_LOADED")?) {
        Some(loaded) => Ok(loaded),
        None => {
            let loaded = vm.new_table(0, 0)?;
            vm.raw_set_field(registry, "_LOADED", loaded.value())?;
            Ok(loaded)
        }
    }
}

/// A scratch buffer larger than this is given back rather than kept.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

/// Lends the runtime's scratch buffer, empty, to `work`.
#[inline]
fn with_buffer<T>(vm: &mut Vm, work: impl FnOnce(&mut Vm, &mut Vec<u8>) -> T) -> T {
    let mut buffer = core::mem::take(&mut vm.buffer);
    buffer.clear();
    let result = work(vm, &mut buffer);
    if buffer.capacity() <= KEPT_BUFFER_BYTES {
        vm.buffer = buffer;
    }
    result
}

/// Returns the string that `fill` builds in the scratch buffer.
#[inline]
fn ret_built(vm: &mut Vm, fill: impl FnOnce(&mut Vm, &mut Vec<u8>) -> Result<(), Raise>) -> NativeResult {
    with_buffer(vm, |vm, buffer| {
        fill(vm, buffer)?;
        vm.ret_string(buffer)
    })
}

/// Returns what the reference calls a fail: nil.
#[inline]
fn ret_fail(vm: &mut Vm) -> NativeResult {
    vm.ret(Value::NIL)
}

/// The system's words for an error.
fn system_words(error: Errno) -> String {
    let number = error.raw_os_error();
    match crate::sys::error_text::error_text(number) {
        Some(words) => words.to_string(),
        None => {
            // The standard library adds the number to the words.
            let mut words = std::io::Error::from_raw_os_error(number).to_string();
            if let Some(at) = words.rfind(" (os error") {
                words.truncate(at);
            }
            words
        }
    }
}

/// Returns nil, the system's words with `name` in front, and the error's number.
#[cold]
fn ret_system_error(vm: &mut Vm, error: Errno, name: Option<&[u8]>) -> NativeResult {
    let mut message = Vec::new();
    if let Some(name) = name {
        message.extend_from_slice(name);
        message.extend_from_slice(b": ");
    }
    message.extend_from_slice(system_words(error).as_bytes());
    vm.push(Value::NIL);
    vm.push_string(&message)?;
    vm.push(Value::integer(error.raw_os_error().into()));
    Ok(Step::results(3))
}

/// Returns true, or what [`ret_system_error`] does.
fn ret_outcome(vm: &mut Vm, outcome: Result<(), Errno>, name: Option<&[u8]>) -> NativeResult {
    match outcome {
        Ok(()) => vm.ret(Value::TRUE),
        Err(error) => ret_system_error(vm, error, name),
    }
}

/// Returns how a process ended: true or nil, "exit" or "signal", and the code or the signal's number.
fn ret_execution(vm: &mut Vm, status: std::io::Result<ExitStatus>) -> NativeResult {
    let status = match status {
        Ok(status) => status,
        Err(error) => {
            let error = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            return ret_system_error(vm, error, None);
        }
    };
    let (what, code) = match status.code() {
        Some(code) => ("exit", code),
        None => ("signal", status.signal().unwrap_or(0)),
    };
    vm.push(if status.success() { Value::TRUE } else { Value::NIL });
    vm.push_string(what.as_bytes())?;
    vm.push(Value::integer(code.into()));
    Ok(Step::results(3))
}
