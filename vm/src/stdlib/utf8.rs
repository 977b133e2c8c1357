//! The `utf8` library (manual, section 6.5) on Lua strings.
//!
//! Not here: the encoding (`crate::utf8`).

use super::{Functions, ret_built, ret_fail};
use crate::interp::{NativeResult, Raise, Step, Str, Table, Vm};
use crate::utf8::{self, InvalidCode};
use dumpfmt::layout::value::{self, Value};

pub(super) const FUNCTIONS: &Functions =
    &[("char", char), ("codepoint", codepoint), ("len", len), ("offset", offset)];

/// Adds the pattern, and `codes`, which closes over its two iterators.
pub(super) fn finish(vm: &mut Vm, library: Table) -> Result<(), Raise> {
    let pattern = vm.string(utf8::CHARACTER_PATTERN)?;
    vm.raw_set_field(library, "charpattern", pattern.value())?;
    let strict = vm.native("utf8.codes.next", |vm| next_code(vm, false), &[])?;
    let lax = vm.native("utf8.codes.next_lax", |vm| next_code(vm, true), &[])?;
    let codes = vm.native("utf8.codes", codes, &[strict, lax])?;
    vm.raw_set_field(library, "codes", codes)
}

fn char(vm: &mut Vm) -> NativeResult {
    ret_built(vm, |vm, out| {
        for number in 1..=vm.arg_count() {
            match u32::try_from(vm.check_integer(number)?) {
                Ok(code @ 0..=utf8::MAX_CODE) => {
                    out.extend_from_slice(utf8::encode(code, &mut [0; utf8::MAX_LENGTH]));
                }
                _ => return Err(vm.arg_error(number, "value out of range")),
            }
        }
        Ok(())
    })
}

fn codepoint(vm: &mut Vm) -> NativeResult {
    let string = vm.check_string(1)?;
    let bytes = string.bytes();
    let first = utf8::position(vm.opt_integer(2, 1)?, bytes.len());
    let last = utf8::position(vm.opt_integer(3, first)?, bytes.len());
    let is_lax = !vm.arg(4).is_falsy();
    if first < 1 {
        return Err(vm.arg_error(2, "out of bounds"));
    }
    if last > bytes.len() as i64 {
        return Err(vm.arg_error(3, "out of bounds"));
    }
    let mut from = first as usize - 1;
    vm.check_stack((last - first + 1).max(0) as usize, "string slice too long")?;
    let mut count = 0;
    while (from as i64) < last {
        let Some((code, length)) = utf8::decode(&bytes[from..], is_lax) else {
            return Err(vm.error("invalid UTF-8 code"));
        };
        vm.push(Value::integer(code.into()));
        count += 1;
        from += length;
    }
    Ok(Step::results(count))
}

fn len(vm: &mut Vm) -> NativeResult {
    let string = vm.check_string(1)?;
    let bytes = string.bytes();
    let from = utf8::position(vm.opt_integer(2, 1)?, bytes.len());
    let last = utf8::position(vm.opt_integer(3, -1)?, bytes.len());
    let is_lax = !vm.arg(4).is_falsy();
    if from < 1 || from - 1 > bytes.len() as i64 {
        return Err(vm.arg_error(2, "initial position out of bounds"));
    }
    if last > bytes.len() as i64 {
        return Err(vm.arg_error(3, "final position out of bounds"));
    }
    match utf8::count(bytes, from as usize - 1, last.max(0) as usize, is_lax) {
        Ok(count) => vm.ret(Value::integer(count as i64)),
        Err(at) => {
            vm.push(Value::NIL);
            vm.push(Value::integer(at as i64 + 1));
            Ok(Step::results(2))
        }
    }
}

fn offset(vm: &mut Vm) -> NativeResult {
    let string = vm.check_string(1)?;
    let bytes = string.bytes();
    let n = vm.check_integer(2)?;
    let default = if n >= 0 { 1 } else { bytes.len() as i64 + 1 };
    let from = utf8::position(vm.opt_integer(3, default)?, bytes.len());
    if from < 1 || from - 1 > bytes.len() as i64 {
        return Err(vm.arg_error(3, "position out of bounds"));
    }
    match utf8::offset(bytes, n, from as usize - 1) {
        Ok(Some(at)) => vm.ret(Value::integer(at as i64 + 1)),
        Ok(None) => ret_fail(vm),
        Err(utf8::InsideCharacter) => Err(vm.error("initial position is a continuation byte")),
    }
}

fn codes(vm: &mut Vm) -> NativeResult {
    let is_lax = !vm.arg(2).is_falsy();
    let string = vm.check_string(1)?;
    if string.bytes().first().is_some_and(|&byte| utf8::is_continuation(byte)) {
        return Err(vm.arg_error(1, "invalid UTF-8 code"));
    }
    let iterator = vm.upvalue(is_lax as u32);
    vm.push(iterator);
    vm.push(string.value());
    vm.push(Value::integer(0));
    Ok(Step::results(3))
}

fn next_code(vm: &mut Vm, is_lax: bool) -> NativeResult {
    let string: Str = vm.check_string(1)?;
    let control = vm.arg(2);
    let from = if control.kind == value::INTEGER { control.as_integer() } else { 0 };
    match utf8::next_code(string.bytes(), from as u64, is_lax) {
        Ok(Some((at, code))) => {
            vm.push(Value::integer(at as i64 + 1));
            vm.push(Value::integer(code.into()));
            Ok(Step::results(2))
        }
        Ok(None) => Ok(Step::results(0)),
        Err(InvalidCode) => Err(vm.error("invalid UTF-8 code")),
    }
}
