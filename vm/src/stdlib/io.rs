//! The `io` library (manual, section 6.8): the functions of the table `io`.
//!
//! A file is a userdata of class `File` whose handle is 0 once it is closed. The default files are fields of the
//! registry, so that they live as long as they are the default.
//!
//! Not here: what is done with an open file (`io/handle.rs`), the files themselves (`file.rs`).

mod handle;

use super::{Functions, ret_fail, ret_system_error, system_words};
use crate::file::{STDERR, STDIN, STDOUT};
use crate::interp::{NativeResult, Raise, Step, Str, Table, Vm};
use dumpfmt::layout::userdata::Class;
use dumpfmt::layout::value::Value;
use handle::METATABLE;
pub(super) use handle::{check_file, is_text};
use rustix::io::Errno;

pub(super) const FUNCTIONS: &Functions = &[
    ("close", close),
    ("flush", flush),
    ("input", input),
    ("lines", lines),
    ("open", open),
    ("output", output),
    ("popen", popen),
    ("read", read),
    ("tmpfile", tmpfile),
    ("type", r#type),
    ("write", write),
];

/// One of the two default files.
#[derive(Clone, Copy)]
struct Default {
    /// Its field in the registry.
    field: &'static str,
    name: &'static str,
    /// How a file becomes it by name.
    mode: &'static [u8],
}

const INPUT: Default = Default { field: "_IO_input", name: "input", mode: b"r" };
const OUTPUT: Default = Default { field: "_IO_output", name: "output", mode: b"w" };

/// Makes the metatable of files and the three standard ones.
pub(super) fn finish(vm: &mut Vm, library: Table) -> Result<(), Raise> {
    handle::make_metatable(vm)?;
    let registry = vm.registry();
    for (handle, name, default) in
        [(STDIN, "stdin", Some(INPUT)), (STDOUT, "stdout", Some(OUTPUT)), (STDERR, "stderr", None)]
    {
        let file = new_file(vm, handle)?;
        vm.raw_set_field(library, name, file)?;
        if let Some(default) = default {
            vm.raw_set_field(registry, default.field, file)?;
        }
    }
    Ok(())
}

/// The userdata of a handle.
fn new_file(vm: &mut Vm, handle: u64) -> Result<Value, Raise> {
    let registry = vm.registry();
    let metatable = Table::of(vm.raw_get_field(registry, METATABLE)?);
    vm.new_userdata(Class::File, handle, 0, metatable)
}

fn default_file(vm: &mut Vm, default: Default) -> Result<Value, Raise> {
    let registry = vm.registry();
    vm.raw_get_field(registry, default.field)
}

/// A default file that is open, and its handle.
fn open_default(vm: &mut Vm, default: Default) -> Result<(Value, u64), Raise> {
    let file = default_file(vm, default)?;
    match vm.userdata(file) {
        Some((_, handle)) if handle != 0 => Ok((file, handle)),
        _ => Err(vm.error(&format!("default {} file is closed", default.name))),
    }
}

/// Opens a file for which failing is an error.
fn open_or_raise(vm: &mut Vm, path: Str, mode: &[u8]) -> Result<Value, Raise> {
    match vm.files.open(path.bytes(), mode) {
        Ok(handle) => new_file(vm, handle),
        Err(error) => {
            let path = path.bytes();
            let words = format!("' ({})", system_words(error));
            Err(vm.error_bytes(&[b"cannot open file '", path, words.as_bytes()].concat()))
        }
    }
}

fn close(vm: &mut Vm) -> NativeResult {
    if vm.arg_is_none(1) {
        let file = default_file(vm, OUTPUT)?;
        vm.push(file);
    }
    handle::close(vm)
}

fn flush(vm: &mut Vm) -> NativeResult {
    let (_, handle) = open_default(vm, OUTPUT)?;
    handle::flush_file(vm, handle)
}

fn input(vm: &mut Vm) -> NativeResult {
    choose_default(vm, INPUT)
}

fn output(vm: &mut Vm) -> NativeResult {
    choose_default(vm, OUTPUT)
}

fn choose_default(vm: &mut Vm, default: Default) -> NativeResult {
    let argument = vm.arg(1);
    if !argument.is_nil() {
        let file = if vm.userdata(argument).is_some() {
            handle::check_open(vm, 1)?;
            argument
        } else if handle::is_text(argument) {
            let path = vm.check_c_string(1)?;
            open_or_raise(vm, path, default.mode)?
        } else {
            return Err(vm.arg_type_error(1, METATABLE));
        };
        let registry = vm.registry();
        vm.raw_set_field(registry, default.field, file)?;
    }
    let file = default_file(vm, default)?;
    vm.ret(file)
}

fn lines(vm: &mut Vm) -> NativeResult {
    if vm.arg(1).is_nil() {
        let file = default_file(vm, INPUT)?;
        vm.set_arg_count(vm.arg_count().max(1));
        vm.set_arg(1, file);
        handle::check_open(vm, 1)?;
        return handle::lines_of(vm, file, false);
    }
    let path = vm.check_c_string(1)?;
    let file = open_or_raise(vm, path, b"r")?;
    vm.set_arg(1, file);
    handle::lines_of(vm, file, true)?;
    // The iterator is on the stack; the file is the variable that the loop closes.
    vm.push(Value::NIL);
    vm.push(Value::NIL);
    vm.push(file);
    Ok(Step::results(4))
}

/// Whether C's `fopen` is sure to know the mode.
fn is_mode(mode: &[u8]) -> bool {
    let [b'r' | b'w' | b'a', rest @ ..] = mode else { return false };
    let rest = rest.strip_prefix(b"+").unwrap_or(rest);
    rest.iter().all(|&byte| byte == b'b')
}

fn open(vm: &mut Vm) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let mode = vm.opt_c_string(2)?;
    let mode = mode.as_ref().map_or(&b"r"[..], Str::bytes);
    if !is_mode(mode) {
        return Err(vm.arg_error(2, "invalid mode"));
    }
    let opened = vm.files.open(path.bytes(), mode);
    ret_opened(vm, opened, Some(path))
}

fn ret_opened(vm: &mut Vm, opened: Result<u64, Errno>, path: Option<Str>) -> NativeResult {
    match opened {
        Ok(handle) => {
            let file = new_file(vm, handle)?;
            vm.ret(file)
        }
        Err(error) => ret_system_error(vm, error, path.as_ref().map(Str::bytes)),
    }
}

fn popen(vm: &mut Vm) -> NativeResult {
    let command = vm.check_c_string(1)?;
    let mode = vm.opt_c_string(2)?;
    let is_readable = match mode.as_ref().map_or(&b"r"[..], Str::bytes) {
        b"r" => true,
        b"w" => false,
        _ => return Err(vm.arg_error(2, "invalid mode")),
    };
    vm.files.flush_all();
    let opened = vm.files.open_process(command.bytes(), is_readable);
    let opened = opened.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
    ret_opened(vm, opened, Some(command))
}

fn tmpfile(vm: &mut Vm) -> NativeResult {
    let opened = vm.files.open_temporary();
    ret_opened(vm, opened, None)
}

fn read(vm: &mut Vm) -> NativeResult {
    let (_, handle) = open_default(vm, INPUT)?;
    handle::read_values(vm, handle, 1)
}

fn write(vm: &mut Vm) -> NativeResult {
    let (file, handle) = open_default(vm, OUTPUT)?;
    handle::write_values(vm, file, handle, 1)
}

fn r#type(vm: &mut Vm) -> NativeResult {
    let object = vm.check_any(1)?;
    match vm.userdata(object) {
        Some((class, handle)) if class == Class::File as u32 => {
            vm.ret_string(if handle == 0 { b"closed file" } else { b"file" })
        }
        _ => ret_fail(vm),
    }
}
