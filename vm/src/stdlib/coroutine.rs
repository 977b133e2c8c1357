//! Coroutines (manual, section 6.2).

use crate::interp::{NativeFunction, NativeResult, Raise, Step, Vm};
use dumpfmt::layout::coroutine::FrameKind;
use dumpfmt::layout::value::{self, Value};

const FUNCTIONS: &[(&str, NativeFunction)] = &[
    ("close", close),
    ("create", create),
    ("isyieldable", isyieldable),
    ("resume", resume),
    ("running", running),
    ("status", status),
    ("wrap", wrap),
    ("yield", yield_),
];

/// Makes the table `coroutine`.
pub fn open(vm: &mut Vm) -> Result<(), Raise> {
    super::register(vm, "coroutine", FUNCTIONS).map(|_| ())
}

fn check_coroutine(vm: &mut Vm, number: u32) -> Result<Value, Raise> {
    let argument = vm.arg(number);
    if argument.kind == value::COROUTINE {
        return Ok(argument);
    }
    Err(vm.arg_type_error(number, "thread"))
}

fn create(vm: &mut Vm) -> NativeResult {
    let function = vm.check_function(1)?;
    let coroutine = vm.new_coroutine(function)?;
    vm.ret(coroutine)
}

fn resume(vm: &mut Vm) -> NativeResult {
    let coroutine = check_coroutine(vm, 1)?;
    let count = vm.arg_count() - 1;
    match vm.resume(coroutine, count, FrameKind::Resume)? {
        Ok(step) => Ok(step),
        Err(message) => {
            vm.push(Value::FALSE);
            vm.push_string(message.as_bytes())?;
            Ok(Step::results(2))
        }
    }
}

fn wrap(vm: &mut Vm) -> NativeResult {
    let function = vm.check_function(1)?;
    let coroutine = vm.new_coroutine(function)?;
    let wrapper = vm.native("coroutine.wrap.function", wrapped, &[coroutine])?;
    vm.ret(wrapper)
}

fn wrapped(vm: &mut Vm) -> NativeResult {
    let coroutine = vm.upvalue(0);
    let count = vm.arg_count();
    match vm.resume(coroutine, count, FrameKind::Wrap)? {
        Ok(step) => Ok(step),
        Err(message) => Err(vm.error(message)),
    }
}

fn yield_(vm: &mut Vm) -> NativeResult {
    let count = vm.arg_count();
    vm.yield_values(count)
}

fn status(vm: &mut Vm) -> NativeResult {
    let coroutine = check_coroutine(vm, 1)?;
    let status = vm.coroutine_status(coroutine);
    vm.ret_string(status.as_bytes())
}

fn running(vm: &mut Vm) -> NativeResult {
    let running = vm.running();
    vm.push(running);
    vm.push(Value::boolean(vm.is_main(running)));
    Ok(Step::results(2))
}

fn isyieldable(vm: &mut Vm) -> NativeResult {
    let coroutine = if vm.arg_is_none(1) { vm.running() } else { check_coroutine(vm, 1)? };
    let yieldable = vm.is_yieldable(coroutine);
    vm.ret(Value::boolean(yieldable))
}

fn close(vm: &mut Vm) -> NativeResult {
    let coroutine = check_coroutine(vm, 1)?;
    match vm.close_coroutine(coroutine) {
        Ok(true) => vm.ret(Value::TRUE),
        Ok(false) => {
            vm.push(Value::FALSE);
            let error = vm.current_error();
            vm.push(error);
            Ok(Step::results(2))
        }
        Err(status) => Err(vm.error(&format!("cannot close a {status} coroutine"))),
    }
}
