//! The methods and metamethods of an open file.

use super::super::{Functions, add_functions, ret_execution, ret_outcome, ret_system_error, with_buffer};
use crate::file::{Buffering, Closed, STDERR};
use crate::heap::string::LENGTH_MAX;
use crate::interp::{NativeResult, Raise, Step, Str, Vm};
use dumpfmt::layout::userdata::Class;
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;
use rustix::fs::SeekFrom;
use rustix::io::Errno;

/// The field of the registry with the metatable of files; also their type's name.
pub(super) const METATABLE: &str = "FILE*";

/// How many formats an iterator takes.
const LINES_ARGUMENTS_MAX: u32 = 250;

const METHODS: &Functions = &[
    ("close", close),
    ("flush", flush),
    ("lines", lines),
    ("read", read),
    ("seek", seek),
    ("setvbuf", setvbuf),
    ("write", write),
];

const METAMETHODS: &Functions = &[("__gc", release), ("__tostring", tostring)];

pub(super) fn make_metatable(vm: &mut Vm) -> Result<(), Raise> {
    let metatable = vm.new_table(0, 5)?;
    let registry = vm.registry();
    vm.raw_set_field(registry, METATABLE, metatable.value())?;
    let name = vm.string(METATABLE.as_bytes())?;
    vm.raw_set_field(metatable, "__name", name.value())?;
    add_functions(vm, metatable, "file", METAMETHODS)?;
    let release = vm.raw_get_field(metatable, "__gc")?;
    vm.raw_set_field(metatable, "__close", release)?;
    let methods = vm.new_table(0, METHODS.len() as u32)?;
    vm.raw_set_field(metatable, "__index", methods.value())?;
    add_functions(vm, methods, "file", METHODS)
}

/// Whether a value is a string, or a number, which stands for its text.
pub(in super::super) fn is_text(value: Value) -> bool {
    value.is_string() || matches!(value.kind, value::INTEGER | value::FLOAT)
}

/// The handle of the file in an argument, 0 when it is closed.
pub(in super::super) fn check_file(vm: &mut Vm, number: u32) -> Result<u64, Raise> {
    match vm.userdata(vm.arg(number)) {
        Some((class, handle)) if class == Class::File as u32 => Ok(handle),
        _ => Err(vm.arg_type_error(number, METATABLE)),
    }
}

/// The handle of the open file in an argument.
pub(super) fn check_open(vm: &mut Vm, number: u32) -> Result<u64, Raise> {
    match check_file(vm, number)? {
        0 => Err(vm.error("attempt to use a closed file")),
        handle => Ok(handle),
    }
}

pub(super) fn close(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, 1)?;
    let file = vm.arg(1);
    close_file(vm, file, handle)
}

pub(super) fn close_file(vm: &mut Vm, file: Value, handle: u64) -> NativeResult {
    if handle <= STDERR {
        vm.push(Value::NIL);
        vm.push_string(b"cannot close standard file")?;
        return Ok(Step::results(2));
    }
    vm.set_userdata_handle(file, 0);
    match vm.files.close(handle) {
        Closed::File(outcome) => ret_outcome(vm, outcome, None),
        Closed::Process(status) => ret_execution(vm, status),
    }
}

/// `__gc` and `__close`.
fn release(vm: &mut Vm) -> NativeResult {
    let handle = check_file(vm, 1)?;
    if handle > STDERR {
        vm.set_userdata_handle(vm.arg(1), 0);
        vm.files.close(handle);
    }
    Ok(Step::results(0))
}

fn tostring(vm: &mut Vm) -> NativeResult {
    let text = match check_file(vm, 1)? {
        0 => "file (closed)".to_string(),
        _ => format!("file ({:#x})", vm.arg(1).payload),
    };
    vm.ret_string(text.as_bytes())
}

fn flush(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, 1)?;
    flush_file(vm, handle)
}

pub(super) fn flush_file(vm: &mut Vm, handle: u64) -> NativeResult {
    let outcome = vm.files.get(handle).flush();
    ret_outcome(vm, outcome, None)
}

fn seek(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, 1)?;
    let whence = vm.check_option(2, Some("cur"), &["set", "cur", "end"])?;
    let offset = vm.opt_integer(3, 0)?;
    let to = match whence {
        0 => match u64::try_from(offset) {
            Ok(offset) => SeekFrom::Start(offset),
            Err(_) => return ret_system_error(vm, Errno::INVAL, None),
        },
        1 => SeekFrom::Current(offset),
        _ => SeekFrom::End(offset),
    };
    match vm.files.get(handle).seek(to) {
        Ok(position) => vm.ret(Value::integer(position as i64)),
        Err(error) => ret_system_error(vm, error, None),
    }
}

fn setvbuf(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, 1)?;
    let mode = vm.check_option(2, None, &["no", "full", "line"])?;
    let size = usize::try_from(vm.opt_integer(3, 0)?).unwrap_or(0);
    let buffering = match mode {
        0 => Buffering::None,
        1 => Buffering::Full(size),
        _ => Buffering::Line(size),
    };
    let outcome = vm.files.get(handle).set_buffering(buffering);
    ret_outcome(vm, outcome, None)
}

fn write(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, 1)?;
    let file = vm.arg(1);
    write_values(vm, file, handle, 2)
}

/// Writes the arguments from `first` on, and returns the file.
pub(super) fn write_values(vm: &mut Vm, file: Value, handle: u64, first: u32) -> NativeResult {
    let mut outcome = Ok(());
    for number in first..=vm.arg_count() {
        let argument = vm.arg(number);
        let written = match argument.kind {
            value::INTEGER => {
                let text = numeral::integer_text(argument.as_integer());
                vm.files.get(handle).write(text.as_bytes())
            }
            value::FLOAT => {
                let text = numeral::float_text_general(argument.as_float(), 14);
                vm.files.get(handle).write(text.as_bytes())
            }
            _ => {
                let text = vm.check_string(number)?;
                vm.files.get(handle).write(text.bytes())
            }
        };
        outcome = outcome.and(written);
    }
    match outcome {
        Ok(()) => vm.ret(file),
        Err(error) => ret_system_error(vm, error, None),
    }
}

fn read(vm: &mut Vm) -> NativeResult {
    let handle = check_open(vm, 1)?;
    read_values(vm, handle, 2)
}

/// Reads what the formats in the arguments from `first` on ask for; a line when there are none.
pub(super) fn read_values(vm: &mut Vm, handle: u64, first: u32) -> NativeResult {
    vm.files.prepare_read(handle);
    let count = vm.arg_count();
    if first > count {
        return match read_line(vm, handle, false)? {
            Ok(line) => vm.ret(line),
            Err(error) => ret_system_error(vm, error, None),
        };
    }
    vm.check_stack(count as usize + 3, "too many arguments")?;
    let mut pushed = 0;
    for number in first..=count {
        let value = match read_value(vm, handle, number)? {
            Ok(value) => value,
            Err(error) => return ret_system_error(vm, error, None),
        };
        vm.push(value);
        pushed += 1;
        if value.is_nil() {
            break;
        }
    }
    Ok(Step::results(pushed))
}

/// What is read by the format in argument `number`; nil when it cannot be had.
fn read_value(vm: &mut Vm, handle: u64, number: u32) -> Result<Result<Value, Errno>, Raise> {
    if matches!(vm.arg(number).kind, value::INTEGER | value::FLOAT) {
        let count = vm.check_integer(number)? as usize;
        if count > LENGTH_MAX {
            return Err(vm.throw_memory());
        }
        if count == 0 {
            return match vm.files.get(handle).is_at_end() {
                Ok(true) => Ok(Ok(Value::NIL)),
                Ok(false) => Ok(Ok(vm.string(b"")?.value())),
                Err(error) => Ok(Err(error)),
            };
        }
        return read_text(vm, |vm, out| vm.files.get(handle).read_count(count, out));
    }
    let format = vm.check_string(number)?;
    let format = format.bytes();
    match format.strip_prefix(b"*").unwrap_or(format).first() {
        Some(b'n') => read_number(vm, handle),
        Some(b'l') => read_line(vm, handle, false),
        Some(b'L') => read_line(vm, handle, true),
        Some(b'a') => read_rest(vm, handle),
        _ => Err(vm.arg_error(number, "invalid format")),
    }
}

/// All that is left; of a file whose size is known it goes straight into the string.
fn read_rest(vm: &mut Vm, handle: u64) -> Result<Result<Value, Errno>, Raise> {
    /// Less goes through the buffer.
    const DIRECT_BYTES_MIN: usize = 1 << 14;
    let expected = vm.files.get(handle).bytes_left().unwrap_or(0);
    if !(DIRECT_BYTES_MIN..=LENGTH_MAX).contains(&expected) {
        return read_text(vm, |vm, out| vm.files.get(handle).read_all(out).map(|()| true));
    }
    let mut outcome = Ok(0);
    let text = vm.long_string_with(expected, |vm, out| outcome = vm.files.get(handle).read_into(out))?;
    let read = match outcome {
        Ok(read) => read,
        Err(error) => return Ok(Err(error)),
    };
    // Another process may have made it shorter or longer meanwhile.
    if read == expected && vm.files.get(handle).is_at_end() == Ok(true) {
        return Ok(Ok(text.value()));
    }
    read_text(vm, |vm, out| {
        out.extend_from_slice(&text.bytes()[..read]);
        vm.files.get(handle).read_all(out).map(|()| true)
    })
}

fn read_line(vm: &mut Vm, handle: u64, keep_newline: bool) -> Result<Result<Value, Errno>, Raise> {
    read_text(vm, |vm, out| vm.files.get(handle).read_line(keep_newline, out))
}

/// The string that `read` appends to its buffer, nil when it says that there is none.
fn read_text(
    vm: &mut Vm,
    read: impl FnOnce(&mut Vm, &mut Vec<u8>) -> Result<bool, Errno>,
) -> Result<Result<Value, Errno>, Raise> {
    with_buffer(vm, |vm, out| match read(vm, out) {
        Ok(true) => Ok(Ok(vm.string(out)?.value())),
        Ok(false) => Ok(Ok(Value::NIL)),
        Err(error) => Ok(Err(error)),
    })
}

fn read_number(vm: &mut Vm, handle: u64) -> Result<Result<Value, Errno>, Raise> {
    with_buffer(vm, |vm, out| {
        let is_complete = match vm.files.get(handle).read_numeral(out) {
            Ok(is_complete) => is_complete,
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(match numeral::parse(out).filter(|_| is_complete) {
            Some(numeral::Number::Integer(integer)) => Value::integer(integer),
            Some(numeral::Number::Float(float)) => Value::float(float),
            None => Value::NIL,
        }))
    })
}

fn lines(vm: &mut Vm) -> NativeResult {
    check_open(vm, 1)?;
    let file = vm.arg(1);
    lines_of(vm, file, false)
}

// What the iterator of `lines` closes over; the formats follow.
const FILE: u32 = 0;
/// Whether the file is closed at its end.
const CLOSES: u32 = 1;
const FORMAT_COUNT: u32 = 2;
const FORMATS: u32 = 3;

/// Returns an iterator over a file, by the formats in the arguments behind the first.
pub(super) fn lines_of(vm: &mut Vm, file: Value, closes: bool) -> NativeResult {
    let count = vm.arg_count() - 1;
    if count > LINES_ARGUMENTS_MAX {
        return Err(vm.arg_error(LINES_ARGUMENTS_MAX + 2, "too many arguments"));
    }
    let mut values = vec![file, Value::boolean(closes), Value::integer(count.into())];
    values.extend((0..count).map(|index| vm.arg(2 + index)));
    let next = vm.native("io.lines.next", next_line, &values)?;
    vm.ret(next)
}

fn next_line(vm: &mut Vm) -> NativeResult {
    let file = vm.upvalue(FILE);
    let handle = match vm.userdata(file) {
        Some((_, handle)) if handle != 0 => handle,
        _ => return Err(vm.error("file is already closed")),
    };
    let count = vm.upvalue(FORMAT_COUNT).as_integer() as u32;
    vm.set_arg_count(1);
    vm.check_stack(count as usize, "too many arguments")?;
    for index in 0..count {
        let format = vm.upvalue(FORMATS + index);
        vm.push(format);
    }
    let step = read_values(vm, handle, 2)?;
    let results = step.result_count();
    if !vm.peek(results).is_falsy() {
        return Ok(step);
    }
    if results > 1 {
        let message = Str::of(vm.peek(results - 1)).map_or(Vec::new(), |text| text.bytes().to_vec());
        return Err(vm.error_bytes(&message));
    }
    if !vm.upvalue(CLOSES).is_falsy() {
        close_file(vm, file, handle)?;
    }
    Ok(Step::results(0))
}
