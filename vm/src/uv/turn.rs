//! Idle, prepare and check handles: what runs in every turn of the loop.

use super::argument::{check_callable, check_kind, outcome};
use super::handle::{creation_stack, new_handle};
use crate::event_loop::Kind;
use crate::interp::{NativeResult, Vm};

fn new(vm: &mut Vm, kind: Kind) -> NativeResult {
    let (handle, _) = new_handle(vm, kind, |vm, value| vm.event_loop.add_turn_handle(kind, value))?;
    vm.ret(handle)
}

fn start(vm: &mut Vm, kind: Kind) -> NativeResult {
    let id = check_kind(vm, 1, kind)?;
    let callback = check_callable(vm, 2)?;
    let stack = creation_stack(vm);
    let started = vm.event_loop.start_turn_handle(id, callback, &stack);
    outcome(vm, started)
}

fn stop(vm: &mut Vm, kind: Kind) -> NativeResult {
    let id = check_kind(vm, 1, kind)?;
    vm.event_loop.stop_turn_handle(id);
    outcome(vm, Ok(()))
}

/// `new_idle()`
pub fn new_idle(vm: &mut Vm) -> NativeResult {
    new(vm, Kind::Idle)
}

/// `idle_start(idle, callback)`
pub fn idle_start(vm: &mut Vm) -> NativeResult {
    start(vm, Kind::Idle)
}

/// `idle_stop(idle)`
pub fn idle_stop(vm: &mut Vm) -> NativeResult {
    stop(vm, Kind::Idle)
}

/// `new_prepare()`
pub fn new_prepare(vm: &mut Vm) -> NativeResult {
    new(vm, Kind::Prepare)
}

/// `prepare_start(prepare, callback)`
pub fn prepare_start(vm: &mut Vm) -> NativeResult {
    start(vm, Kind::Prepare)
}

/// `prepare_stop(prepare)`
pub fn prepare_stop(vm: &mut Vm) -> NativeResult {
    stop(vm, Kind::Prepare)
}

/// `new_check()`
pub fn new_check(vm: &mut Vm) -> NativeResult {
    new(vm, Kind::Check)
}

/// `check_start(check, callback)`
pub fn check_start(vm: &mut Vm) -> NativeResult {
    start(vm, Kind::Check)
}

/// `check_stop(check)`
pub fn check_stop(vm: &mut Vm) -> NativeResult {
    stop(vm, Kind::Check)
}
