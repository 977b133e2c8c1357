//! Locks on ranges of open files and on whole directories, and `setmode`, which changes nothing on this system.

use super::super::{Functions, add_carried_functions, io, system_words};
use super::{metatable, ret_refusal};
use crate::interp::{NativeResult, Raise, Step, Str, Vm};
use crate::sys::file::{self, Lock};
use dumpfmt::layout::userdata::Class;
use dumpfmt::layout::value::Value;
use rustix::fs;
use rustix::io::Errno;

/// The field of the registry with the metatable of locked directories; also their type's name.
const METATABLE: &str = "lock metatable";
/// The link that is a directory's lock, and what it points at.
const LOCK_FILE: &[u8] = b"/lockfile.lfs";
const LOCK_TARGET: &[u8] = b"lock";

const METHODS: &Functions = &[("free", free)];

/// Makes the metatable of locked directories.
pub(super) fn finish(vm: &mut Vm) -> Result<(), Raise> {
    let metatable = metatable(vm, METATABLE)?;
    let methods = vm.new_table(0, METHODS.len() as u32)?;
    vm.raw_set_field(metatable, "__index", methods.value())?;
    add_carried_functions(vm, methods, "lfs.lock_dir", METHODS)?;
    let free = vm.raw_get_field(methods, "free")?;
    vm.raw_set_field(metatable, "__gc", free)
}

/// The handle of the open file in the first argument, on behalf of `function`.
fn check_open(vm: &mut Vm, function: &str) -> Result<u64, Raise> {
    match io::check_file(vm, 1)? {
        0 => Err(vm.error(&format!("{function}: closed file"))),
        handle => Ok(handle),
    }
}

/// `lock(file, mode [, start [, length]])`
pub(super) fn lock(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, "lock")?;
    let mode = vm.check_c_string(2)?;
    let start = vm.opt_integer(3, 0)?;
    let length = vm.opt_integer(4, 0)?;
    let lock = match mode.bytes().first() {
        Some(b'r') => Lock::Shared,
        Some(b'w') => Lock::Exclusive,
        Some(b'u') => Lock::None,
        _ => return Err(vm.error("lock: invalid mode")),
    };
    set_lock(vm, handle, lock, start, length)
}

/// `unlock(file [, start [, length]])`
pub(super) fn unlock(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, "unlock")?;
    let start = vm.opt_integer(2, 0)?;
    let length = vm.opt_integer(3, 0)?;
    set_lock(vm, handle, Lock::None, start, length)
}

fn set_lock(vm: &mut Vm, handle: u64, lock: Lock, start: i64, length: i64) -> NativeResult {
    let outcome = file::lock(vm.files.get(handle).descriptor(), lock, start, length);
    ret_lock(vm, outcome)
}

fn ret_lock(vm: &mut Vm, outcome: Result<(), Errno>) -> NativeResult {
    match outcome {
        Ok(()) => vm.ret(Value::TRUE),
        Err(error) => ret_refusal(vm, system_words(error).as_bytes()),
    }
}

/// `setmode(file, mode)`: all files are binary.
pub(super) fn setmode(vm: &mut Vm) -> NativeResult {
    check_open(vm, "setmode")?;
    vm.check_option(2, None, &["binary", "text"])?;
    vm.push(Value::TRUE);
    vm.push_string(b"binary")?;
    Ok(Step::results(2))
}

/// `lock_dir(path)`: makes the link that is the lock, which another program finds.
pub(super) fn lock_dir(vm: &mut Vm) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let link = [path.bytes(), LOCK_FILE].concat();
    let metatable = metatable(vm, METATABLE)?;
    let text = vm.string(&link)?;
    let userdata = vm.new_userdata(Class::DirectoryLock, 0, 1, Some(metatable))?;
    vm.set_user_value(userdata, 1, text.value());
    if let Err(error) = fs::symlink(LOCK_TARGET, &*link) {
        return ret_lock(vm, Err(error));
    }
    vm.set_userdata_handle(userdata, 1);
    vm.ret(userdata)
}

/// Removes the link, if that has not been done.
fn free(vm: &mut Vm) -> NativeResult {
    let lock = vm.arg(1);
    let handle = match vm.userdata(lock) {
        Some((class, handle)) if class == Class::DirectoryLock as u32 => handle,
        _ => return Err(vm.arg_type_error(1, METATABLE)),
    };
    if handle != 0 {
        vm.set_userdata_handle(lock, 0);
        if let Some(link) = vm.user_value(lock, 1).and_then(Str::of) {
            let _ = fs::unlink(link.bytes());
        }
    }
    Ok(Step::results(0))
}
