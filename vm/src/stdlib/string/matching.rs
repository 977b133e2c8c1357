//! `find`, `match`, `gmatch`, `gsub`: patterns on Lua strings.
//!
//! Subject and pattern lie in arguments (or in values that the iterator closes over), so that their bytes stay
//! valid while a replacement function runs.
//!
//! Not here: matching itself (`pattern.rs`).

use super::super::{ret_fail, with_buffer};
use super::start_position;
use crate::interp::{NativeResult, Raise, Step, Str, Vm};
use crate::pattern::{Capture, Captures, Match, Matcher, PatternError, find_plain, has_specials};
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

/// Values that are pushed without asking for room (less than a native function is granted).
const PUSHED_FREELY: usize = 12;

/// Lends the runtime's captures to `work`.
#[inline]
fn with_captures<T>(vm: &mut Vm, work: impl FnOnce(&mut Vm, &mut Captures) -> T) -> T {
    let mut captures = vm.captures.take().unwrap_or_default();
    let result = work(vm, &mut captures);
    vm.captures = Some(captures);
    result
}

#[cold]
fn raise(vm: &mut Vm, error: PatternError) -> Raise {
    vm.error(&error.to_string())
}

pub(super) fn find(vm: &mut Vm) -> NativeResult {
    find_or_match(vm, true)
}

pub(super) fn r#match(vm: &mut Vm) -> NativeResult {
    find_or_match(vm, false)
}

#[inline]
fn find_or_match(vm: &mut Vm, is_find: bool) -> NativeResult {
    let subject = vm.check_string(1)?;
    let pattern = vm.check_string(2)?;
    let (subject, pattern) = (subject.bytes(), pattern.bytes());
    let from = start_position(vm.opt_integer(3, 1)?, subject.len()) - 1;
    if from > subject.len() {
        return ret_fail(vm);
    }
    if is_find && (!vm.arg(4).is_falsy() || !has_specials(pattern)) {
        let Some(start) = find_plain(subject, pattern, from) else { return ret_fail(vm) };
        vm.push(Value::integer(start as i64 + 1));
        vm.push(Value::integer((start + pattern.len()) as i64));
        return Ok(Step::results(2));
    }
    with_captures(vm, |vm, captures| {
        let mut matcher = Matcher::new(subject, pattern, captures);
        match matcher.find(from) {
            Ok(None) => ret_fail(vm),
            Ok(Some(found)) if is_find => {
                vm.push(Value::integer(found.start as i64 + 1));
                vm.push(Value::integer(found.end as i64));
                let count = push_captures(vm, captures, captures.len(), subject, found)?;
                Ok(Step::results(2 + count))
            }
            Ok(Some(found)) => {
                let count = push_captures(vm, captures, captures.len().max(1), subject, found)?;
                Ok(Step::results(count))
            }
            Err(error) => Err(raise(vm, error)),
        }
    })
}

/// Pushes the first `count` captures.
#[inline]
fn push_captures(
    vm: &mut Vm,
    captures: &Captures,
    count: usize,
    subject: &[u8],
    found: Match,
) -> Result<u32, Raise> {
    if count > PUSHED_FREELY {
        vm.check_stack(count, "too many captures")?;
    }
    for index in 0..count {
        let value = capture_value(vm, captures, index, subject, found)?;
        vm.push(value);
    }
    Ok(count as u32)
}

#[inline]
fn capture_value(
    vm: &mut Vm,
    captures: &Captures,
    index: usize,
    subject: &[u8],
    found: Match,
) -> Result<Value, Raise> {
    match captures.get(index, found) {
        Ok(Capture::Text(text)) => Ok(vm.string(&subject[text.start..text.end])?.value()),
        Ok(Capture::Position(position)) => Ok(Value::integer(position as i64)),
        Err(error) => Err(raise(vm, error)),
    }
}

// What the iterator of `gmatch` closes over.
const SUBJECT: u32 = 0;
const PATTERN: u32 = 1;
const POSITION: u32 = 2;
/// Where the last match ended; -1 before the first.
const LAST_END: u32 = 3;

pub(super) fn gmatch(vm: &mut Vm) -> NativeResult {
    let subject = vm.check_string(1)?;
    let pattern = vm.check_string(2)?;
    let length = subject.bytes().len();
    // One behind the end is a place where nothing matches.
    let from = (start_position(vm.opt_integer(3, 1)?, length) - 1).min(length + 1);
    let state = [subject.value(), pattern.value(), Value::integer(from as i64), Value::integer(-1)];
    let iterator = vm.upvalue(0);
    let next = vm.native_like(iterator, &state)?;
    vm.ret(next)
}

pub(super) fn gmatch_next(vm: &mut Vm) -> NativeResult {
    let (Some(subject), Some(pattern)) = (Str::of(vm.upvalue(SUBJECT)), Str::of(vm.upvalue(PATTERN))) else {
        return Ok(Step::results(0));
    };
    let from = vm.upvalue(POSITION).as_integer() as usize;
    let last_end = usize::try_from(vm.upvalue(LAST_END).as_integer()).ok();
    let subject = subject.bytes();
    with_captures(vm, |vm, captures| {
        let mut matcher = Matcher::unanchored(subject, pattern.bytes(), captures);
        match matcher.find_after(from, last_end) {
            Ok(None) => Ok(Step::results(0)),
            Ok(Some(found)) => {
                vm.set_upvalue(POSITION, Value::integer(found.end as i64));
                vm.set_upvalue(LAST_END, Value::integer(found.end as i64));
                let count = push_captures(vm, captures, captures.len().max(1), subject, found)?;
                Ok(Step::results(count))
            }
            Err(error) => Err(raise(vm, error)),
        }
    })
}

/// What `gsub` puts in the place of a match.
#[derive(Clone, Copy)]
enum Replacement {
    Text(Str),
    /// Argument 3 indexed by the first capture.
    Table,
    /// What argument 3 returns.
    Function,
}

pub(super) fn gsub(vm: &mut Vm) -> NativeResult {
    let subject = vm.check_string(1)?;
    let pattern = vm.check_string(2)?;
    let length = subject.bytes().len();
    let count_max = vm.opt_integer(4, length as i64 + 1)?;
    let replacement = match vm.arg(3).kind {
        value::TABLE => Replacement::Table,
        value::FUNCTION | value::NATIVE => Replacement::Function,
        value::INTEGER | value::FLOAT | value::SHORT_STRING | value::LONG_STRING => {
            Replacement::Text(vm.check_string(3)?)
        }
        _ => return Err(vm.arg_type_error(3, "string/function/table")),
    };
    let (count, result) = with_captures(vm, |vm, captures| {
        with_buffer(vm, |vm, out| -> Result<(i64, Str), Raise> {
            let replaced = replace(vm, subject, pattern, replacement, count_max, captures, out)?;
            let result = if replaced.changed { vm.string(out)? } else { subject };
            Ok((replaced.count, result))
        })
    })?;
    vm.push(result.value());
    vm.push(Value::integer(count));
    Ok(Step::results(2))
}

struct Replaced {
    count: i64,
    changed: bool,
}

fn replace(
    vm: &mut Vm,
    subject: Str,
    pattern: Str,
    replacement: Replacement,
    count_max: i64,
    captures: &mut Captures,
    out: &mut Vec<u8>,
) -> Result<Replaced, Raise> {
    let subject = subject.bytes();
    let mut matcher = Matcher::new(subject, pattern.bytes(), captures);
    let mut replaced = Replaced { count: 0, changed: false };
    let mut from = 0;
    let mut last_end = None;
    while replaced.count < count_max {
        let found = match matcher.find_after(from, last_end) {
            Ok(Some(found)) => found,
            Ok(None) => break,
            Err(error) => return Err(raise(vm, error)),
        };
        replaced.count += 1;
        out.extend_from_slice(&subject[from..found.start]);
        replaced.changed |= append_replacement(vm, replacement, matcher.captures(), subject, found, out)?;
        from = found.end;
        last_end = Some(found.end);
        if matcher.is_anchored() {
            break;
        }
    }
    out.extend_from_slice(&subject[from..]);
    Ok(replaced)
}

/// Appends what stands for a match; false when that is the match itself.
#[inline]
fn append_replacement(
    vm: &mut Vm,
    replacement: Replacement,
    captures: &Captures,
    subject: &[u8],
    found: Match,
    out: &mut Vec<u8>,
) -> Result<bool, Raise> {
    let new = match replacement {
        Replacement::Text(text) => {
            return match captures.expand(text.bytes(), subject, found, out) {
                Ok(()) => Ok(true),
                Err(error) => Err(raise(vm, error)),
            };
        }
        Replacement::Table => {
            let key = capture_value(vm, captures, 0, subject, found)?;
            let table = vm.arg(3);
            vm.get_index(table, key)?
        }
        Replacement::Function => {
            let function = vm.arg(3);
            vm.push(function);
            let count = push_captures(vm, captures, captures.len().max(1), subject, found)?;
            vm.call(count, 1)?;
            vm.pop()
        }
    };
    match new.kind {
        value::NIL | value::FALSE => {
            out.extend_from_slice(&subject[found.start..found.end]);
            return Ok(false);
        }
        value::INTEGER => out.extend_from_slice(numeral::integer_text(new.as_integer()).as_bytes()),
        value::FLOAT => out.extend_from_slice(numeral::float_text(new.as_float()).as_bytes()),
        _ => match Str::of(new) {
            Some(text) => out.extend_from_slice(text.bytes()),
            None => {
                let kind = new.type_name().unwrap_or("no value");
                return Err(vm.error(&format!("invalid replacement value (a {kind})")));
            }
        },
    }
    Ok(true)
}
