//! Runs the loop: takes events off the queue and calls what waits for them.
//!
//! Invariant: no error of a callback meets a `pcall` around `uv.run` on its way to the host that is to be told
//! (`Vm::callback_failed`): it is dumped where it is thrown. Where no host is to be told, it leaves the loop.

use super::argument::{nothing, outcome};
use crate::event_loop::{Call, Kind, Mode, Reading, Told, errno};
use crate::fatal::signal::POLL_DUMP;
use crate::interp::{NativeResult, Raise, Str, Vm};
use core::time::Duration;
use dumpfmt::layout::value::Value;
use rustix::io::Errno;

/// Rounds of what was put off after the sockets had their turn, so that callbacks that complete one another's
/// requests on the spot cannot keep the loop from going on (libuv's number).
const ROUNDS: usize = 8;

/// Runs the loop after the main chunk until nothing keeps it running.
pub fn run_loop(vm: &mut Vm) -> Result<(), Raise> {
    vm.event_loop.note_main_returned();
    run(vm, Mode::Default).map(|_| ())
}

/// Runs the loop; whether something is left that keeps it running.
fn run(vm: &mut Vm, mode: Mode) -> Result<bool, Raise> {
    if let Some(listener) = &vm.listener {
        // Fails only when the system lacks the memory for it; then a request waits for the next event.
        let _ = vm.event_loop.wake_on(listener.wake());
    }
    let before = vm.event_loop.set_mode(Some(mode));
    let result = turns(vm, mode);
    vm.event_loop.set_mode(before);
    vm.event_loop.clear_stop();
    result
}

fn turns(vm: &mut Vm, mode: Mode) -> Result<bool, Raise> {
    let mut is_alive = vm.event_loop.is_alive();
    if !is_alive {
        vm.event_loop.update_time();
    }
    while is_alive && !vm.event_loop.is_stopping() {
        begin_turn(vm);
        vm.event_loop.queue_due_timers();
        deliver_all(vm)?;
        let has_run = deliver_put_off(vm)?;
        for kind in [Kind::Idle, Kind::Prepare] {
            vm.event_loop.queue_phase(kind);
            deliver_all(vm)?;
        }
        let may_sleep = mode == Mode::Default || mode == Mode::Once && !has_run;
        let timeout = if may_sleep { vm.event_loop.timeout() } else { Some(0) };
        wait(vm, timeout)?;
        deliver_all(vm)?;
        for _ in 0..ROUNDS {
            if !deliver_put_off(vm)? {
                break;
            }
        }
        vm.event_loop.queue_phase(Kind::Check);
        deliver_all(vm)?;
        vm.event_loop.queue_closed();
        deliver_all(vm)?;
        if mode == Mode::Once {
            vm.event_loop.update_time();
            vm.event_loop.queue_due_timers();
            deliver_all(vm)?;
        }
        is_alive = vm.event_loop.is_alive();
        if mode != Mode::Default {
            break;
        }
    }
    Ok(is_alive)
}

fn begin_turn(vm: &mut Vm) {
    let epoch = vm.r().epoch.wrapping_add(1);
    vm.r().epoch = epoch;
    vm.event_loop.begin_turn(epoch);
}

/// Sleeps until something is ready or SIGINT comes, serving the dumps that are asked for meanwhile.
fn wait(vm: &mut Vm, timeout: Option<u64>) -> Result<(), Raise> {
    let woken = vm.event_loop.wait(timeout, &bytes_of);
    if vm.r().poll & POLL_DUMP != 0 {
        vm.serve_dump_request();
    }
    vm.raise_interrupt()?;
    match woken {
        Ok(_) => Ok(()),
        Err(error) => {
            let number = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            Err(vm.error(&format!("event loop: {}: {}", errno::name_text(number), errno::words(number))))
        }
    }
}

/// The bytes of a string, for the loop that cannot read one.
pub fn bytes_of(value: Value, take: &mut dyn FnMut(&[u8])) {
    if let Some(text) = Str::of(value) {
        take(text.bytes());
    }
}

fn deliver_put_off(vm: &mut Vm) -> Result<bool, Raise> {
    let is_any = vm.event_loop.turn_over();
    deliver_all(vm)?;
    Ok(is_any)
}

/// Delivers the events of this phase.
fn deliver_all(vm: &mut Vm) -> Result<(), Raise> {
    loop {
        let epoch = vm.r().epoch;
        vm.event_loop.set_epoch(epoch);
        let Some(call) = vm.event_loop.begin_delivery() else { return Ok(()) };
        let delivered = deliver(vm, call);
        let told = delivered.or_else(|raise| vm.callback_failed(raise));
        vm.event_loop.end_delivery();
        told?;
    }
}

/// Calls the callback of an event.
fn deliver(vm: &mut Vm, call: Call) -> Result<(), Raise> {
    vm.reserve_stack(4)?;
    vm.push(call.callback);
    let count = match call.told {
        Told::Nothing | Told::Read(Reading::End) => 0,
        Told::Status(None) => {
            vm.push(Value::NIL);
            1
        }
        Told::Status(Some(number)) | Told::Read(Reading::Failed(number)) => {
            vm.push_string(errno::name_text(number).as_bytes())?;
            1
        }
        Told::Read(Reading::Bytes(bytes)) => {
            vm.push(Value::NIL);
            vm.push_string(&bytes)?;
            2
        }
    };
    vm.call_callback(count)
}

/// `run([mode])`
pub fn run_native(vm: &mut Vm) -> NativeResult {
    let mode = match vm.check_option(1, Some("default"), &MODES)? {
        0 => Mode::Default,
        1 => Mode::Once,
        _ => Mode::NoWait,
    };
    let is_alive = run(vm, mode)?;
    vm.ret(Value::boolean(is_alive))
}

/// The words for `Mode`, in its order.
const MODES: [&str; 3] = ["default", "once", "nowait"];

/// `loop_mode()`
pub fn loop_mode(vm: &mut Vm) -> NativeResult {
    match vm.event_loop.mode() {
        Some(mode) => vm.ret_string(MODES[mode as usize].as_bytes()),
        None => vm.ret(Value::NIL),
    }
}

/// `loop_alive()`
pub fn loop_alive(vm: &mut Vm) -> NativeResult {
    let is_alive = vm.event_loop.is_alive();
    vm.ret(Value::boolean(is_alive))
}

/// `loop_close()`: refused while there are handles; else there is nothing to do, a loop without any costs nothing.
pub fn loop_close(vm: &mut Vm) -> NativeResult {
    let has_handles = !vm.event_loop.handle_values().is_empty();
    outcome(vm, if has_handles { Err(Errno::BUSY) } else { Ok(()) })
}

/// `stop()`
pub fn stop(vm: &mut Vm) -> NativeResult {
    vm.event_loop.stop();
    nothing()
}

/// `backend_fd()`
pub fn backend_fd(vm: &mut Vm) -> NativeResult {
    let descriptor = vm.event_loop.backend();
    vm.ret(Value::integer(descriptor.into()))
}

/// `backend_timeout()`
pub fn backend_timeout(vm: &mut Vm) -> NativeResult {
    let timeout = vm.event_loop.timeout().map_or(-1, |timeout| timeout.min(i32::MAX as u64) as i64);
    vm.ret(Value::integer(timeout))
}

/// `now()`
pub fn now(vm: &mut Vm) -> NativeResult {
    let now = vm.event_loop.now() as i64;
    vm.ret(Value::integer(now))
}

/// `update_time()`
pub fn update_time(vm: &mut Vm) -> NativeResult {
    vm.event_loop.update_time();
    nothing()
}

/// `hrtime()`
pub fn hrtime(vm: &mut Vm) -> NativeResult {
    vm.ret(Value::integer(crate::sys::clock::monotonic() as i64))
}

/// `sleep(milliseconds)`
pub fn sleep(vm: &mut Vm) -> NativeResult {
    let milliseconds = vm.check_integer(1)? as u32;
    vm.sleep(Duration::from_millis(milliseconds.into()))?;
    nothing()
}

/// `walk(callback)`
pub fn walk(vm: &mut Vm) -> NativeResult {
    let callback = vm.check_function(1)?;
    let values = vm.event_loop.handle_values();
    // Callbacks may close handles, whose userdata this table then keeps alive.
    let table = vm.new_table(values.len() as u32, 0)?;
    vm.push(table.value());
    for (index, value) in values.iter().enumerate() {
        vm.raw_set_integer(table, index as i64 + 1, *value)?;
    }
    for value in values {
        vm.push(callback);
        vm.push(value);
        vm.call(1, 0)?;
    }
    nothing()
}
