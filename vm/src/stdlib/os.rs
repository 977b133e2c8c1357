//! The `os` library (manual, section 6.9).
//!
//! Not here: dates and time as Lua gives and takes them (`os/time.rs`).

mod time;

use super::{Functions, ret_execution, ret_fail, ret_outcome};
use crate::interp::{NativeResult, Vm};
use crate::sys::{clock, signal};
use dumpfmt::layout::value::{self, Value};
use rustix::fs;
use rustix::io::Errno;
use rustix::process::Signal;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

pub(super) const FUNCTIONS: &Functions = &[
    ("clock", clock),
    ("date", time::date),
    ("difftime", time::difftime),
    ("execute", execute),
    ("exit", exit),
    ("getenv", getenv),
    ("remove", remove),
    ("rename", rename),
    ("setlocale", setlocale),
    ("time", time::time),
    ("tmpname", tmpname),
];

fn clock(vm: &mut Vm) -> NativeResult {
    // C counts microseconds.
    let microseconds = clock::process() / 1000;
    vm.ret(Value::float(microseconds as f64 / 1e6))
}

fn execute(vm: &mut Vm) -> NativeResult {
    let Some(command) = vm.opt_c_string(1)? else { return vm.ret(Value::TRUE) };
    let command = OsStr::from_bytes(command.bytes());
    // As C's `system`: what the terminal's keys send is for the command alone.
    let overlooked = signal::overlook([Signal::INT.as_raw(), Signal::QUIT.as_raw()]);
    let status = Command::new("/bin/sh").arg0("sh").arg("-c").arg(command).status();
    drop(overlooked);
    ret_execution(vm, status)
}

fn exit(vm: &mut Vm) -> NativeResult {
    let code = match vm.arg(1).kind {
        value::TRUE => 0,
        value::FALSE => 1,
        _ => vm.opt_integer(1, 0)? as i32,
    };
    let close = !vm.arg(2).is_falsy();
    vm.exit(code, close)
}

fn getenv(vm: &mut Vm) -> NativeResult {
    let name = vm.check_c_string(1)?;
    match std::env::var_os(OsStr::from_bytes(name.bytes())) {
        Some(text) => vm.ret_string(text.as_bytes()),
        None => ret_fail(vm),
    }
}

fn remove(vm: &mut Vm) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let name = path.bytes();
    let result = match fs::unlink(name) {
        Err(Errno::ISDIR | Errno::PERM) => fs::rmdir(name),
        result => result,
    };
    ret_outcome(vm, result, Some(name))
}

fn rename(vm: &mut Vm) -> NativeResult {
    let from = vm.check_c_string(1)?;
    let to = vm.check_c_string(2)?;
    let result = fs::rename(from.bytes(), to.bytes());
    ret_outcome(vm, result, None)
}

fn tmpname(vm: &mut Vm) -> NativeResult {
    match crate::file::create_temporary() {
        Ok((path, _)) => vm.ret_string(&path),
        Err(_) => Err(vm.error("unable to generate a unique filename")),
    }
}

/// There is one locale, "C", whatever the environment says.
fn setlocale(vm: &mut Vm) -> NativeResult {
    const CATEGORIES: &[&str] = &["all", "collate", "ctype", "monetary", "numeric", "time"];
    let locale = vm.opt_c_string(1)?;
    vm.check_option(2, Some("all"), CATEGORIES)?;
    match locale {
        Some(locale) if !matches!(locale.bytes(), b"" | b"C" | b"POSIX") => ret_fail(vm),
        _ => vm.ret_string(b"C"),
    }
}
