//! `lfs.dir`: a directory that is read entry by entry, by a `for` loop or by methods.

use super::super::{Functions, add_carried_functions, carried_function, system_words};
use super::metatable;
use crate::interp::{NativeResult, Raise, Step, Vm};
use dumpfmt::layout::userdata::Class;
use dumpfmt::layout::value::Value;
use rustix::fs::{self, Dir, Mode, OFlags};

/// The field of the registry with the metatable of directories; also their type's name.
const METATABLE: &str = "directory metatable";

/// What tracebacks and dumps call the methods after.
const LIBRARY: &str = "lfs.dir";

const METHODS: &Functions = &[("next", next), ("close", close)];

/// Makes the metatable of what `dir` returns.
pub(super) fn finish(vm: &mut Vm) -> Result<(), Raise> {
    let metatable = metatable(vm, METATABLE)?;
    let methods = vm.new_table(0, METHODS.len() as u32)?;
    vm.raw_set_field(metatable, "__index", methods.value())?;
    add_carried_functions(vm, methods, LIBRARY, METHODS)?;
    let close = vm.raw_get_field(methods, "close")?;
    vm.raw_set_field(metatable, "__gc", close)?;
    vm.raw_set_field(metatable, "__close", close)
}

/// Returns what a `for` loop takes: the iterator, the directory, no value to begin with, and the directory again
/// as that which the loop closes.
pub(super) fn dir(vm: &mut Vm) -> NativeResult {
    let path_string = vm.check_c_string(1)?;
    let path = path_string.bytes();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let directory = match fs::open(path, flags, Mode::empty()).and_then(Dir::new) {
        Ok(directory) => directory,
        Err(error) => {
            let words = format!(": {}", system_words(error));
            return Err(vm.error_bytes(&[b"cannot open ", path, words.as_bytes()].concat()));
        }
    };
    let metatable = metatable(vm, METATABLE)?;
    let userdata = vm.new_userdata(Class::Directory, 0, 1, Some(metatable))?;
    vm.set_user_value(userdata, 1, path_string.value());
    let handle = vm.directories.insert(directory);
    vm.set_userdata_handle(userdata, handle);
    let next = carried_function(vm, LIBRARY, "next")?;
    for value in [next, userdata, Value::NIL, userdata] {
        vm.push(value);
    }
    Ok(Step::results(4))
}

/// The handle of the directory in the first argument, 0 when it is closed.
fn check_directory(vm: &mut Vm) -> Result<u64, Raise> {
    match vm.userdata(vm.arg(1)) {
        Some((class, handle)) if class == Class::Directory as u32 => Ok(handle),
        _ => Err(vm.arg_type_error(1, METATABLE)),
    }
}

/// Returns the next name; at the end nothing, and the directory is closed.
fn next(vm: &mut Vm) -> NativeResult {
    let handle = check_directory(vm)?;
    if handle == 0 {
        return Err(vm.arg_error(1, "closed directory"));
    }
    match vm.directories.get(handle).read() {
        Some(Ok(entry)) => vm.ret_string(entry.file_name().to_bytes()),
        // C's `readdir` tells an error and the end apart by `errno` alone, which nobody looks at.
        Some(Err(_)) | None => close(vm),
    }
}

/// Closes it, if that has not been done.
fn close(vm: &mut Vm) -> NativeResult {
    let handle = check_directory(vm)?;
    if handle != 0 {
        vm.set_userdata_handle(vm.arg(1), 0);
        vm.directories.remove(handle);
    }
    Ok(Step::results(0))
}
