//! Timers.

use super::argument::{check_callable, check_kind, nothing, outcome};
use super::handle::{creation_stack, new_handle};
use crate::event_loop::Kind;
use crate::interp::{NativeResult, Vm};
use dumpfmt::layout::value::Value;

/// `new_timer()`
pub fn new(vm: &mut Vm) -> NativeResult {
    let (timer, _) = new_handle(vm, Kind::Timer, |vm, value| vm.event_loop.add_timer(value))?;
    vm.ret(timer)
}

/// `timer_start(timer, delay, period, callback)`
pub fn start(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Timer)?;
    let delay = vm.check_integer(2)? as u64;
    let period = vm.check_integer(3)? as u64;
    let callback = check_callable(vm, 4)?;
    let stack = creation_stack(vm);
    vm.event_loop.set_timer_callback(id, callback);
    let started = vm.event_loop.start_timer(id, delay, period, &stack);
    outcome(vm, started)
}

/// `timer_stop(timer)`
pub fn stop(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Timer)?;
    vm.event_loop.stop_timer(id);
    outcome(vm, Ok(()))
}

/// `timer_again(timer)`
pub fn again(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Timer)?;
    let stack = creation_stack(vm);
    let started = vm.event_loop.restart_timer(id, &stack);
    outcome(vm, started)
}

/// `timer_set_repeat(timer, period)`
pub fn set_repeat(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Timer)?;
    let period = vm.check_integer(2)? as u64;
    vm.event_loop.set_timer_period(id, period);
    nothing()
}

/// `timer_get_repeat(timer)`
pub fn get_repeat(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Timer)?;
    let period = vm.event_loop.timer_period(id);
    vm.ret(Value::integer(period as i64))
}

/// `timer_get_due_in(timer)`
pub fn get_due_in(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Timer)?;
    let due_in = vm.event_loop.timer_due_in(id);
    vm.ret(Value::integer(due_in as i64))
}
