//! Streams: listened to, read, written, shut down.

use super::argument::{check_boolean, check_callable, check_stream, failure, opt_callable, outcome};
use super::handle::{creation_stack, new_request};
use super::run::bytes_of;
use crate::event_loop::Kind;
use crate::interp::{NativeResult, Raise, Str, Table, Vm};
use dumpfmt::layout::value::{self, Value};

/// `listen(stream, backlog, callback)`
pub fn listen(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let backlog = vm.check_integer(2)? as i32;
    let callback = check_callable(vm, 3)?;
    let stack = creation_stack(vm);
    vm.event_loop.keep_spare();
    let listened = vm.event_loop.listen(id, backlog, callback, &stack);
    outcome(vm, listened)
}

/// `accept(server, client)`
pub fn accept(vm: &mut Vm) -> NativeResult {
    let server = check_stream(vm, 1)?;
    let client = check_stream(vm, 2)?;
    let accepted = vm.event_loop.accept(server, client);
    outcome(vm, accepted)
}

/// `read_start(stream, callback)`
pub fn read_start(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let callback = check_callable(vm, 2)?;
    let stack = creation_stack(vm);
    let started = vm.event_loop.start_reading(id, callback, &stack);
    outcome(vm, started)
}

/// `read_stop(stream)`
pub fn read_stop(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    vm.event_loop.stop_reading(id);
    outcome(vm, Ok(()))
}

/// Argument `number` as what is to be written: a string, or a table of strings.
fn check_data(vm: &mut Vm, number: u32) -> Result<Vec<Value>, Raise> {
    let data = vm.arg(number);
    let Some(table) = Table::of(data) else {
        return match text_of(vm, data)? {
            Some(text) => Ok(vec![text]),
            None => {
                let got = type_word(data);
                Err(vm.arg_error(number, &format!("data must be string or table of strings, got {got}")))
            }
        };
    };
    let mut pieces = Vec::new();
    for index in 1..=table.length() {
        let piece = table.get_integer(index);
        match text_of(vm, piece)? {
            Some(text) => pieces.push(text),
            None => {
                let found = type_word(piece);
                let message = format!("expected table of strings, found {found} in the table");
                return Err(vm.arg_error(number, &message));
            }
        }
    }
    Ok(pieces)
}

/// A string as it is, a number as its text, which is left on the stack: nothing else keeps it.
fn text_of(vm: &mut Vm, piece: Value) -> Result<Option<Value>, Raise> {
    if !matches!(piece.kind, value::INTEGER | value::FLOAT) {
        return Ok(Str::of(piece).map(Str::value));
    }
    let text = vm.number_to_string(piece)?.value();
    vm.reserve_stack(1)?;
    vm.push(text);
    Ok(Some(text))
}

fn type_word(value: Value) -> &'static str {
    value.type_name().unwrap_or("no value")
}

/// `write(stream, data, [callback])`
pub fn write(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let callback = opt_callable(vm, 3)?;
    let data = check_data(vm, 2)?;
    let request = new_request(vm, Kind::Write)?;
    let stack = creation_stack(vm);
    match vm.event_loop.write(id, data, (callback, request), &stack, &bytes_of) {
        Ok(()) => vm.ret(request),
        Err(number) => failure(vm, number),
    }
}

/// `try_write(stream, data)`
pub fn try_write(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let data = check_data(vm, 2)?;
    match vm.event_loop.try_write(id, data, &bytes_of) {
        Ok(count) => vm.ret(Value::integer(count as i64)),
        Err(number) => failure(vm, number),
    }
}

/// `shutdown(stream, [callback])`
pub fn shutdown(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let callback = opt_callable(vm, 2)?;
    let request = new_request(vm, Kind::Shutdown)?;
    let stack = creation_stack(vm);
    match vm.event_loop.shut_down(id, (callback, request), &stack) {
        Ok(()) => vm.ret(request),
        Err(number) => failure(vm, number),
    }
}

/// `is_readable(stream)`
pub fn is_readable(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let (is_readable, _) = vm.event_loop.directions(id);
    vm.ret(Value::boolean(is_readable))
}

/// `is_writable(stream)`
pub fn is_writable(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let (_, is_writable) = vm.event_loop.directions(id);
    vm.ret(Value::boolean(is_writable))
}

/// `stream_set_blocking(stream, blocking)`
pub fn set_blocking(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let is_blocking = check_boolean(vm, 2)?;
    let set = vm.event_loop.set_blocking(id, is_blocking);
    outcome(vm, set)
}

/// `stream_get_write_queue_size(stream)`
pub fn get_write_queue_size(vm: &mut Vm) -> NativeResult {
    let id = check_stream(vm, 1)?;
    let bytes = vm.event_loop.write_queue_bytes(id);
    vm.ret(Value::integer(bytes as i64))
}
