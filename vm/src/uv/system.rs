//! What luv tells of the process and its machine.

use super::argument::{answer, failure, outcome};
use crate::event_loop::errno;
use crate::interp::{NativeResult, Raise, Step, Vm};
use crate::sys::{clock, process};
use dumpfmt::layout::value::Value;
use rustix::io::Errno;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The version of luv and libuv whose functions these are.
const VERSION: (i64, i64, i64) = (1, 44, 2);

/// `version()`
pub fn version(vm: &mut Vm) -> NativeResult {
    let (major, minor, patch) = VERSION;
    vm.ret(Value::integer(major << 16 | minor << 8 | patch))
}

/// `version_string()`
pub fn version_string(vm: &mut Vm) -> NativeResult {
    let (major, minor, patch) = VERSION;
    vm.ret_string(format!("{major}.{minor}.{patch}").as_bytes())
}

/// `os_getpid()`
pub fn pid(vm: &mut Vm) -> NativeResult {
    vm.ret(Value::integer(process::pid().into()))
}

/// `os_getppid()`
pub fn parent_pid(vm: &mut Vm) -> NativeResult {
    vm.ret(Value::integer(process::parent_pid().into()))
}

fn number_of(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

fn ret_path(vm: &mut Vm, path: io::Result<PathBuf>) -> NativeResult {
    match path {
        Ok(path) => vm.ret_string(path.as_os_str().as_bytes()),
        Err(error) => failure(vm, number_of(&error)),
    }
}

/// `cwd()`
pub fn cwd(vm: &mut Vm) -> NativeResult {
    ret_path(vm, std::env::current_dir())
}

/// `chdir(path)`
pub fn chdir(vm: &mut Vm) -> NativeResult {
    let path = vm.check_string(1)?;
    let changed = rustix::process::chdir(path.bytes());
    outcome(vm, changed)
}

/// `exepath()`
pub fn exepath(vm: &mut Vm) -> NativeResult {
    ret_path(vm, std::env::current_exe())
}

/// `os_uname()`
pub fn uname(vm: &mut Vm) -> NativeResult {
    let name = rustix::system::uname();
    let fields = [
        ("sysname", name.sysname()),
        ("release", name.release()),
        ("version", name.version()),
        ("machine", name.machine()),
    ];
    let table = vm.new_table(0, fields.len() as u32)?;
    for (field, text) in fields {
        let text = vm.string(text.to_bytes())?;
        vm.raw_set_field(table, field, text.value())?;
    }
    vm.ret(table.value())
}

/// `os_gethostname()`
pub fn hostname(vm: &mut Vm) -> NativeResult {
    let name = rustix::system::uname();
    vm.ret_string(name.nodename().to_bytes())
}

/// `gettimeofday()`
pub fn gettimeofday(vm: &mut Vm) -> NativeResult {
    let now = clock::wall();
    vm.push(Value::integer(now.div_euclid(1_000_000_000)));
    vm.push(Value::integer(now.rem_euclid(1_000_000_000) / 1000));
    Ok(Step::results(2))
}

/// `available_parallelism()`
pub fn available_parallelism(vm: &mut Vm) -> NativeResult {
    let count = std::thread::available_parallelism().map(|count| Value::integer(count.get() as i64));
    answer(vm, count.map_err(|error| number_of(&error)))
}

/// `translate_sys_error(number)`
pub fn translate_sys_error(vm: &mut Vm) -> NativeResult {
    let number = vm.check_integer(1)?;
    let number = number.unsigned_abs().min(i32::MAX as u64) as i32;
    if number == 0 {
        return Ok(Step::results(0));
    }
    push_error(vm, Errno::from_raw_os_error(number))?;
    Ok(Step::results(2))
}

fn push_error(vm: &mut Vm, number: Errno) -> Result<(), Raise> {
    let name = errno::name_text(number);
    vm.push_string(format!("{name}: {}", errno::words(number)).as_bytes())?;
    vm.push_string(name.as_bytes())
}
