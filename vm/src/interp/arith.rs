//! Arithmetic and bitwise operators on numbers (manual, sections 3.4.1 to 3.4.3), comparison, concatenation.
//!
//! Not here: metamethods' look-up (`metatable.rs`), the fast paths (`handlers.rs`).

use super::call::{Finish, Flow};
use super::metatable::Outcome;
use super::state::{Raise, Vm};
use crate::heap::pointer::{at, load, store, to_addr};
use crate::heap::string;
use dumpfmt::bytecode::SHORT_STRING_LENGTH_MAX;
use dumpfmt::layout::roots::Event;
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

/// `a // b` on integers; `b` is not 0.
#[inline(always)]
pub fn floor_div(a: i64, b: i64) -> i64 {
    if b == -1 {
        return a.wrapping_neg();
    }
    let quotient = a / b;
    if (a ^ b) < 0 && quotient * b != a { quotient - 1 } else { quotient }
}

/// `a % b` on integers; `b` is not 0. The result has the sign of `b`.
#[inline(always)]
pub fn modulo(a: i64, b: i64) -> i64 {
    if b == -1 {
        return 0;
    }
    let rest = a % b;
    if rest != 0 && (rest ^ b) < 0 { rest + b } else { rest }
}

/// `a % b` on floats; the result has the sign of `b`.
#[inline(always)]
pub fn modulo_float(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

/// `a << b`; a negative `b` shifts right, 64 or more gives 0.
#[inline(always)]
pub fn shift_left(a: i64, b: i64) -> i64 {
    if b >= 64 || b <= -64 {
        0
    } else if b >= 0 {
        ((a as u64) << b) as i64
    } else {
        ((a as u64) >> -b) as i64
    }
}

/// `a ^ b`, with the square that programs write most.
#[inline(always)]
pub fn power(a: f64, b: f64) -> f64 {
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// Whether the event is one of the bitwise operators, which want integers.
pub(super) fn is_bitwise(event: Event) -> bool {
    matches!(event, Event::And | Event::Or | Event::Xor | Event::Shl | Event::Shr | Event::BitNot)
}

/// A number from a number or a string that reads as one.
pub(super) fn to_number(value: Value) -> Option<Value> {
    match value.kind {
        value::INTEGER | value::FLOAT => Some(value),
        value::SHORT_STRING | value::LONG_STRING => {
            // SAFETY: a valid string.
            let text = unsafe { string::bytes(at(value.addr())) };
            match numeral::parse(text)? {
                numeral::Number::Integer(integer) => Some(Value::integer(integer)),
                numeral::Number::Float(float) => Some(Value::float(float)),
            }
        }
        _ => None,
    }
}

/// The float that a number stands for.
pub(super) fn to_float(number: Value) -> f64 {
    if number.kind == value::INTEGER { number.as_integer() as f64 } else { number.as_float() }
}

/// The integer that a number is exactly.
pub(super) fn to_integer(number: Value) -> Option<i64> {
    match number.kind {
        value::INTEGER => Some(number.as_integer()),
        value::FLOAT => numeral::float_to_integer(number.as_float()),
        _ => None,
    }
}

/// `a event b` on two numbers; `None` when an operand of a bitwise operator is no integer, `Err` with the
/// message for a division by zero.
fn on_numbers(event: Event, a: Value, b: Value) -> Result<Option<Value>, &'static [u8]> {
    if is_bitwise(event) {
        let (Some(a), Some(b)) = (to_integer(a), to_integer(b)) else { return Ok(None) };
        return Ok(Some(Value::integer(match event {
            Event::And => a & b,
            Event::Or => a | b,
            Event::Xor => a ^ b,
            Event::Shl => shift_left(a, b),
            Event::Shr => shift_left(a, b.wrapping_neg()),
            _ => !a,
        })));
    }
    if a.kind == value::INTEGER && b.kind == value::INTEGER {
        let (x, y) = (a.as_integer(), b.as_integer());
        let result = match event {
            Event::Add => x.wrapping_add(y),
            Event::Sub => x.wrapping_sub(y),
            Event::Mul => x.wrapping_mul(y),
            Event::FloorDiv if y == 0 => return Err(b"attempt to divide by zero"),
            Event::FloorDiv => floor_div(x, y),
            Event::Mod if y == 0 => return Err(b"attempt to perform 'n%0'"),
            Event::Mod => modulo(x, y),
            Event::Negate => x.wrapping_neg(),
            _ => return Ok(Some(on_floats(event, x as f64, y as f64))),
        };
        return Ok(Some(Value::integer(result)));
    }
    Ok(Some(on_floats(event, to_float(a), to_float(b))))
}

fn on_floats(event: Event, x: f64, y: f64) -> Value {
    Value::float(match event {
        Event::Add => x + y,
        Event::Sub => x - y,
        Event::Mul => x * y,
        Event::Div => x / y,
        Event::FloorDiv => (x / y).floor(),
        Event::Mod => modulo_float(x, y),
        Event::Pow => power(x, y),
        _ => -x,
    })
}

impl Vm {
    /// `a event b` in full: numbers, strings that read as numbers, metamethods.
    pub(super) fn arithmetic(&mut self, event: Event, a: Value, b: Value) -> Result<Outcome, Raise> {
        // What strings mean in arithmetic is their metatable's matter.
        let direct = !a.is_string() && !b.is_string();
        if direct && let (Some(x), Some(y)) = (to_number(a), to_number(b)) {
            match on_numbers(event, x, y) {
                Ok(Some(result)) => return Ok(Outcome::Value(result)),
                Ok(None) => {}
                Err(message) => return Err(self.throw_text(message)),
            }
        }
        for operand in [a, b] {
            let handler = self.metamethod(operand, event);
            if !handler.is_nil() {
                return Ok(Outcome::Call(handler, a, b));
            }
        }
        Err(self.throw_arithmetic_error(event, a, b))
    }

    /// The same on strings: what the string metatable's arithmetic metamethods do (manual, section 3.4.3).
    /// `None` when an operand is no number.
    pub(crate) fn string_arithmetic(
        &mut self,
        event: Event,
        a: Value,
        b: Value,
    ) -> Option<Result<Value, Raise>> {
        let (x, y) = (to_number(a)?, to_number(b)?);
        match on_numbers(event, x, y) {
            Ok(Some(result)) => Some(Ok(result)),
            Ok(None) => Some(Err(self.throw_text(b"number has no integer representation"))),
            Err(message) => Some(Err(self.throw_text(message))),
        }
    }

    /// `a < b` (`event` `LessThan`) or `a <= b` (`LessEqual`): decided, or the metamethod to call.
    pub(super) fn order(&mut self, event: Event, a: Value, b: Value) -> Result<Outcome, Raise> {
        let decided = match (a.kind, b.kind) {
            (value::INTEGER | value::FLOAT, value::INTEGER | value::FLOAT) => {
                Some(if event == Event::LessThan { less_than(a, b) } else { less_equal(a, b) })
            }
            _ if a.is_string() && b.is_string() => {
                // SAFETY: valid strings.
                let (a, b) = unsafe { (string::bytes(at(a.addr())), string::bytes(at(b.addr()))) };
                Some(if event == Event::LessThan { a < b } else { a <= b })
            }
            _ => None,
        };
        if let Some(decided) = decided {
            return Ok(Outcome::Value(Value::boolean(decided)));
        }
        for operand in [a, b] {
            let handler = self.metamethod(operand, event);
            if !handler.is_nil() {
                return Ok(Outcome::Call(handler, a, b));
            }
        }
        if event == Event::LessEqual {
            // As the reference does when built as usual (LUA_COMPAT_LT_LE): `not (b < a)`.
            for operand in [b, a] {
                let handler = self.metamethod(operand, Event::LessThan);
                if !handler.is_nil() {
                    return Ok(Outcome::CallNot(handler, b, a));
                }
            }
        }
        Err(self.throw_order_error(a, b))
    }

    /// Concatenates the `count` registers from `register` on, right to left, into the first (manual, section
    /// 3.4.6).
    pub(super) fn concat(&mut self, register: u8, mut count: u8) -> Result<Flow, Raise> {
        let first = at::<Value>(self.frame().base).wrapping_add(register as usize);
        // SAFETY: `count` registers of the innermost frame.
        unsafe {
            while count > 1 {
                let last = first.add(count as usize - 1);
                let mut joined = 0;
                while joined < count && is_joinable(load(last.sub(joined as usize))) {
                    joined += 1;
                }
                if joined < 2 {
                    let (a, b) = (load(last.sub(1)), load(last));
                    for operand in [a, b] {
                        let handler = self.metamethod(operand, Event::Concat);
                        if !handler.is_nil() {
                            return self.call_metamethod(handler, [a, b], Finish::Concat(register, count));
                        }
                    }
                    return Err(self.throw_concat_error(a, b));
                }
                let start = last.sub(joined as usize - 1);
                let result = self.join(start, joined as usize)?;
                store(start, result);
                count -= joined - 1;
            }
        }
        Ok(Flow::Continue)
    }

    /// # Safety
    /// `start` points to `count` strings and numbers.
    unsafe fn join(&mut self, start: *const Value, count: usize) -> Result<Value, Raise> {
        // SAFETY: the caller's.
        unsafe {
            let mut buffer = core::mem::take(&mut self.buffer);
            buffer.clear();
            for index in 0..count {
                append_text(&mut buffer, load(start.add(index)));
            }
            let result = if buffer.len() > string::LENGTH_MAX {
                Err(self.throw_text(b"string length overflow"))
            } else if buffer.len() <= SHORT_STRING_LENGTH_MAX {
                self.heap
                    .intern(&buffer)
                    .map(|s| Value::object(value::SHORT_STRING, to_addr(s)))
                    .map_err(|_| self.throw_memory())
            } else {
                string::create(&mut self.heap, &buffer).map_err(|_| self.throw_memory())
            };
            if buffer.capacity() <= 1 << 20 {
                self.buffer = buffer;
            }
            result
        }
    }
}

fn is_joinable(value: Value) -> bool {
    matches!(value.kind, value::INTEGER | value::FLOAT | value::SHORT_STRING | value::LONG_STRING)
}

/// Appends the text of a string or number.
///
/// # Safety
/// A string is valid.
pub(super) unsafe fn append_text(buffer: &mut Vec<u8>, value: Value) {
    match value.kind {
        value::INTEGER => buffer.extend_from_slice(numeral::integer_text(value.as_integer()).as_bytes()),
        value::FLOAT => buffer.extend_from_slice(numeral::float_text(value.as_float()).as_bytes()),
        // SAFETY: the caller's.
        _ => buffer.extend_from_slice(unsafe { string::bytes(at(value.addr())) }),
    }
}

/// `a < b` on numbers, exact when the kinds differ.
pub(super) fn less_than(a: Value, b: Value) -> bool {
    match (a.kind, b.kind) {
        (value::INTEGER, value::INTEGER) => a.as_integer() < b.as_integer(),
        (value::FLOAT, value::FLOAT) => a.as_float() < b.as_float(),
        (value::INTEGER, _) => compare_mixed(a.as_integer(), b.as_float()).is_some_and(|o| o.is_lt()),
        _ => compare_mixed(b.as_integer(), a.as_float()).is_some_and(|o| o.is_gt()),
    }
}

/// `a <= b` on numbers, exact when the kinds differ.
pub(super) fn less_equal(a: Value, b: Value) -> bool {
    match (a.kind, b.kind) {
        (value::INTEGER, value::INTEGER) => a.as_integer() <= b.as_integer(),
        (value::FLOAT, value::FLOAT) => a.as_float() <= b.as_float(),
        (value::INTEGER, _) => compare_mixed(a.as_integer(), b.as_float()).is_some_and(|o| o.is_le()),
        _ => compare_mixed(b.as_integer(), a.as_float()).is_some_and(|o| o.is_ge()),
    }
}

/// The integer against the float; `None` for a NaN.
fn compare_mixed(integer: i64, float: f64) -> Option<core::cmp::Ordering> {
    use core::cmp::Ordering;
    if float.is_nan() {
        return None;
    }
    // 2^63 and -2^63 are exact floats; everything between them truncates to an i64.
    if float >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if float < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    Some(integer.cmp(&(whole as i64)).then_with(|| 0.0f64.total_cmp(&(float - whole + 0.0))))
}
