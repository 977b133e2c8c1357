//! The `string` library (manual, section 6.4): positions, repetition, case; the metatable of strings.
//!
//! Not here: what takes a pattern (`string/matching.rs`), `format` (`string/formatting.rs`), `pack` and its
//! like (`string/packing.rs`).

mod formatting;
mod matching;
mod packing;

use super::{Functions, add_functions, ret_built};
use crate::interp::{Code, Event, NativeResult, Raise, Step, Str, Table, Vm};
use dumpfmt::layout::roots::BasicType;
use dumpfmt::layout::value::{self, Value};

pub(super) const FUNCTIONS: &Functions = &[
    ("byte", byte),
    ("char", char),
    ("dump", dump),
    ("find", matching::find),
    ("format", formatting::format),
    ("gsub", matching::gsub),
    ("len", len),
    ("lower", lower),
    ("match", matching::r#match),
    ("pack", packing::pack),
    ("packsize", packing::packsize),
    ("rep", rep),
    ("reverse", reverse),
    ("sub", sub),
    ("unpack", packing::unpack),
    ("upper", upper),
];

/// Adds `gmatch`, which closes over its iterator, and gives strings their metatable.
pub(super) fn finish(vm: &mut Vm, library: Table) -> Result<(), Raise> {
    let iterator = vm.native("string.gmatch.next", matching::gmatch_next, &[])?;
    let gmatch = vm.native("string.gmatch", matching::gmatch, &[iterator])?;
    vm.raw_set_field(library, "gmatch", gmatch)?;
    let metatable = vm.new_table(0, 10)?;
    add_functions(vm, metatable, "string", ARITHMETIC)?;
    vm.raw_set_field(metatable, "__index", library.value())?;
    vm.set_type_metatable(BasicType::String, Some(metatable));
    Ok(())
}

/// A position where something starts, counted from 1: negative ones count from the end, and none lies before
/// the first byte.
#[inline]
fn start_position(position: i64, length: usize) -> usize {
    match position {
        1.. => position as usize,
        0 => 1,
        _ if position.unsigned_abs() > length as u64 => 1,
        _ => (length as i64 + position + 1) as usize,
    }
}

/// A position where something ends: 0 for before the first byte, and none lies behind the last.
#[inline]
fn end_position(position: i64, length: usize) -> usize {
    match position {
        0.. => (position as u64).min(length as u64) as usize,
        _ if position.unsigned_abs() > length as u64 => 0,
        _ => (length as i64 + position + 1) as usize,
    }
}

fn len(vm: &mut Vm) -> NativeResult {
    let length = vm.check_string(1)?.bytes().len();
    vm.ret(Value::integer(length as i64))
}

fn sub(vm: &mut Vm) -> NativeResult {
    let string = vm.check_string(1)?;
    let bytes = string.bytes();
    let start = start_position(vm.check_integer(2)?, bytes.len());
    let end = end_position(vm.opt_integer(3, -1)?, bytes.len());
    if start == 1 && end == bytes.len() {
        return vm.ret(string.value());
    }
    vm.ret_string(bytes.get(start - 1..end).unwrap_or(b""))
}

fn byte(vm: &mut Vm) -> NativeResult {
    let string = vm.check_string(1)?;
    let bytes = string.bytes();
    let position = vm.opt_integer(2, 1)?;
    let start = start_position(position, bytes.len());
    let end = end_position(vm.opt_integer(3, position)?, bytes.len());
    let Some(chosen) = bytes.get(start - 1..end) else { return Ok(Step::results(0)) };
    if let [byte] = chosen {
        return vm.ret(Value::integer((*byte).into()));
    }
    vm.check_stack(chosen.len(), "string slice too long")?;
    for &byte in chosen {
        vm.push(Value::integer(byte.into()));
    }
    Ok(Step::results(chosen.len() as u32))
}

fn char(vm: &mut Vm) -> NativeResult {
    ret_built(vm, |vm, out| {
        for number in 1..=vm.arg_count() {
            let code = vm.check_integer(number)?;
            match u8::try_from(code) {
                Ok(byte) => out.push(byte),
                Err(_) => return Err(vm.arg_error(number, "value out of range")),
            }
        }
        Ok(())
    })
}

/// The longest string that `string.rep` makes (the reference's MAXSIZE: an `int` counts its bytes).
const REPEATED_LENGTH_MAX: u64 = i32::MAX as u64;

fn rep(vm: &mut Vm) -> NativeResult {
    let string = vm.check_string(1)?;
    let count = vm.check_integer(2)?;
    let separator = vm.opt_string(3)?;
    let (bytes, separator) = (string.bytes(), separator.as_ref().map_or(&b""[..], Str::bytes));
    if count <= 0 {
        return vm.ret_string(b"");
    }
    let step = bytes.len() as u64 + separator.len() as u64;
    if step > REPEATED_LENGTH_MAX / count as u64 {
        return Err(vm.error("resulting string too large"));
    }
    let (step, count) = (step as usize, count as usize);
    let total = step * count - separator.len();
    let text = vm.string_with(total, |out| {
        if let ([byte], true) = (bytes, separator.is_empty()) {
            return out.fill(*byte);
        }
        let (first, _) = out.split_at_mut(bytes.len());
        first.copy_from_slice(bytes);
        if count == 1 || step == 0 {
            return;
        }
        out[bytes.len()..step].copy_from_slice(separator);
        let mut done = step;
        while done < total {
            let length = done.min(total - done);
            out.copy_within(..length, done);
            done += length;
        }
    })?;
    vm.ret(text.value())
}

fn reverse(vm: &mut Vm) -> NativeResult {
    let string = vm.check_string(1)?;
    let bytes = string.bytes();
    let text = vm.string_with(bytes.len(), |out| {
        for (target, &source) in out.iter_mut().zip(bytes.iter().rev()) {
            *target = source;
        }
    })?;
    vm.ret(text.value())
}

fn lower(vm: &mut Vm) -> NativeResult {
    map_bytes(vm, |byte| byte.to_ascii_lowercase())
}

fn upper(vm: &mut Vm) -> NativeResult {
    map_bytes(vm, |byte| byte.to_ascii_uppercase())
}

#[inline]
fn map_bytes(vm: &mut Vm, map: impl Fn(u8) -> u8) -> NativeResult {
    let string = vm.check_string(1)?;
    let bytes = string.bytes();
    let text = vm.string_with(bytes.len(), |out| {
        for (target, &source) in out.iter_mut().zip(bytes) {
            *target = map(source);
        }
    })?;
    vm.ret(text.value())
}

fn dump(vm: &mut Vm) -> NativeResult {
    let function = vm.check_function(1)?;
    let strip = !vm.arg(2).is_falsy();
    let Some(code) = Code::of(function) else { return Err(vm.error("unable to dump given function")) };
    let mut chunk = code.chunk();
    if strip {
        chunk.strip();
    }
    vm.ret_string(&chunk.encode())
}

/// Arithmetic on strings that read as numbers (manual, section 3.4.3).
const ARITHMETIC: &Functions = &[
    ("__add", |vm| arithmetic(vm, Event::Add)),
    ("__sub", |vm| arithmetic(vm, Event::Sub)),
    ("__mul", |vm| arithmetic(vm, Event::Mul)),
    ("__mod", |vm| arithmetic(vm, Event::Mod)),
    ("__pow", |vm| arithmetic(vm, Event::Pow)),
    ("__div", |vm| arithmetic(vm, Event::Div)),
    ("__idiv", |vm| arithmetic(vm, Event::FloorDiv)),
    ("__unm", |vm| arithmetic(vm, Event::Negate)),
];

fn arithmetic(vm: &mut Vm, event: Event) -> NativeResult {
    let (a, b) = (vm.arg(1), vm.arg(2));
    if let Some(result) = vm.string_arithmetic(event, a, b) {
        let result = result?;
        return vm.ret(result);
    }
    // The first operand had no metamethod of its own, else it would have been asked first.
    let handler = if b.is_string() { Value::NIL } else { vm.metamethod(b, event) };
    if !handler.is_nil() {
        let result = vm.call_value(handler, &[a, b])?;
        return vm.ret(result);
    }
    let name =
        |value: Value| if value.kind == value::NIL { "nil" } else { value.type_name().unwrap_or("nil") };
    let message = format!("attempt to {} a '{}' with a '{}'", &event.key()[2..], name(a), name(b));
    Err(vm.error(&message))
}
