//! The modules `system.core` and `term.core`: the C halves of LuaSystem 0.2 and lua-term, without which the test
//! runner busted does not start. Their other halves are Lua files, which come with those packages.

use super::{Functions, add_carried_functions, io};
use crate::interp::{NativeResult, Step, Vm};
use crate::sys::clock;
use dumpfmt::layout::value::Value;
use std::time::Duration;

/// The version of the interface.
const VERSION: &[u8] = b"LuaSystem 0.2.1";

const SYSTEM: &Functions = &[("gettime", gettime), ("monotime", monotime), ("sleep", sleep)];
const TERMINAL: &Functions = &[("isatty", isatty)];

/// The loader of `system.core`.
pub(super) fn load_system(vm: &mut Vm) -> NativeResult {
    let module = vm.new_table(0, SYSTEM.len() as u32 + 1)?;
    vm.push(module.value());
    add_carried_functions(vm, module, "system", SYSTEM)?;
    let version = vm.string(VERSION)?;
    vm.raw_set_field(module, "_VERSION", version.value())?;
    Ok(Step::results(1))
}

/// The loader of `term.core`.
pub(super) fn load_terminal(vm: &mut Vm) -> NativeResult {
    let module = vm.new_table(0, TERMINAL.len() as u32)?;
    vm.push(module.value());
    add_carried_functions(vm, module, "term", TERMINAL)?;
    Ok(Step::results(1))
}

/// Seconds since 1970.
fn gettime(vm: &mut Vm) -> NativeResult {
    vm.ret(Value::float(clock::wall() as f64 / 1e9))
}

/// Seconds of the clock that never goes back.
fn monotime(vm: &mut Vm) -> NativeResult {
    vm.ret(Value::float(clock::monotonic() as f64 / 1e9))
}

fn sleep(vm: &mut Vm) -> NativeResult {
    let seconds = vm.check_number(1)?;
    // What is no length of time is none.
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    vm.sleep(pause)?;
    Ok(Step::results(0))
}

/// Whether a file is a terminal; a closed one is none.
fn isatty(vm: &mut Vm) -> NativeResult {
    let is_terminal = match io::check_file(vm, 1)? {
        0 => false,
        handle => vm.files.get(handle).is_terminal(),
    };
    vm.ret(Value::boolean(is_terminal))
}
