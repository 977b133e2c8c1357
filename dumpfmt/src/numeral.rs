//! Lua numbers and their text, both ways, and the arithmetic that constant folding needs.
//!
//! The lexer, `tonumber`, `tostring` and the inspector must agree to the digit, so they all come here.
//!
//! Invariant: nothing here asks the C library or the locale, and nothing allocates; a text that is a number
//! to the reference is the same number here, bit for bit, and no other text is one.
//! Not here: the formats of `string.format`, metamethods, error messages.

use core::fmt::{self, Write};

mod arithmetic;

pub use arithmetic::{
    float_floor_divide, float_modulo, float_power, integer_floor_divide, integer_modulo, shift_left,
    shift_right,
};

/// A Lua number of either subtype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
}

impl Number {
    /// The value as a float, rounded when it is a large integer.
    pub fn to_float(self) -> f64 {
        match self {
            Number::Integer(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    /// The value as an integer, if it has an exact one.
    pub fn to_integer(self) -> Option<i64> {
        match self {
            Number::Integer(value) => Some(value),
            Number::Float(value) => float_to_integer(value),
        }
    }

    /// The text that `tostring` gives.
    pub fn to_text(self) -> NumberText {
        match self {
            Number::Integer(value) => integer_text(value),
            Number::Float(value) => float_text(value),
        }
    }
}

/// 2^63, the first float above every integer.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// The integer equal to `value`, if there is one.
pub fn float_to_integer(value: f64) -> Option<i64> {
    // The cast saturates, and only the range check keeps 2^63 from reading as i64::MAX.
    if (-TWO_63..TWO_63).contains(&value) {
        let integer = value as i64;
        if integer as f64 == value {
            return Some(integer);
        }
    }
    None
}

/// A number's text on the stack.
#[derive(Clone, Copy)]
pub struct NumberText {
    /// Long enough for the sign, 17 digits, a point and an exponent.
    bytes: [u8; 40],
    length: u8,
}

impl NumberText {
    const EMPTY: Self = Self { bytes: [0; 40], length: 0 };

    /// The text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The text; it is always ASCII.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.length)) {
            *slot = byte;
            self.length += 1;
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.push(byte);
        }
    }
}

impl Write for NumberText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.extend(text.as_bytes());
        Ok(())
    }
}

impl fmt::Display for NumberText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for NumberText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The decimal text of an integer.
pub fn integer_text(value: i64) -> NumberText {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let mut text = NumberText::EMPTY;
    if value < 0 {
        text.push(b'-');
    }
    text.extend(&digits[start..]);
    text
}

/// The text of a float as `tostring` gives it: 14 significant digits, and never the look of an integer.
pub fn float_text(value: f64) -> NumberText {
    let mut text = float_text_general(value, 14);
    let looks_like_integer = text.as_bytes().iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    if looks_like_integer {
        text.extend(b".0");
    }
    text
}

/// The text that C's `%.{precision}g` gives, for a precision from 1 to 17.
pub fn float_text_general(value: f64, precision: usize) -> NumberText {
    let precision = precision.clamp(1, 17);
    let mut text = NumberText::EMPTY;
    if value.is_sign_negative() {
        text.push(b'-');
    }
    if !value.is_finite() {
        text.extend(if value.is_nan() { b"nan" } else { b"inf" });
        return text;
    }
    // Rust's exact scientific format rounds correctly: "d.ddddde-7" with precision - 1 decimals.
    let mut scientific = NumberText::EMPTY;
    let written = write!(scientific, "{:.*e}", precision - 1, value.abs());
    debug_assert!(written.is_ok());
    let bytes = scientific.as_bytes();
    let split = bytes.iter().position(|byte| *byte == b'e').unwrap_or(bytes.len());
    let exponent: i32 = core::str::from_utf8(bytes.get(split + 1..).unwrap_or(b"0"))
        .ok()
        .and_then(|e| e.parse().ok())
        .unwrap_or(0);
    let mut digits = [0u8; 17];
    let mut digit_count = 0;
    for &byte in bytes[..split].iter().filter(|byte| byte.is_ascii_digit()) {
        digits[digit_count] = byte;
        digit_count += 1;
    }
    while digit_count > 1 && digits[digit_count - 1] == b'0' {
        digit_count -= 1;
    }
    let digits = &digits[..digit_count];
    if exponent < -4 || exponent >= precision as i32 {
        text.push(digits[0]);
        if digits.len() > 1 {
            text.push(b'.');
            text.extend(&digits[1..]);
        }
        text.push(b'e');
        text.push(if exponent < 0 { b'-' } else { b'+' });
        let magnitude = exponent.unsigned_abs();
        if magnitude < 10 {
            text.push(b'0');
        }
        text.extend(integer_text(i64::from(magnitude)).as_bytes());
    } else if exponent < 0 {
        text.extend(b"0.");
        for _ in 0..(-exponent - 1) {
            text.push(b'0');
        }
        text.extend(digits);
    } else {
        let whole = exponent as usize + 1;
        for position in 0..whole {
            text.push(digits.get(position).copied().unwrap_or(b'0'));
        }
        if digits.len() > whole {
            text.push(b'.');
            text.extend(&digits[whole..]);
        }
    }
    text
}

/// Whether the manual's string-to-number conversion skips this byte at either end.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The number that a string converts to (`tonumber` with one argument, string arithmetic): space around it
/// and a sign are allowed.
pub fn parse(text: &[u8]) -> Option<Number> {
    let start = text.iter().position(|byte| !is_space(*byte))?;
    let end = text.iter().rposition(|byte| !is_space(*byte))? + 1;
    match text[start..end] {
        [b'-', ref rest @ ..] => parse_signed(rest, true),
        [b'+', ref rest @ ..] => parse_signed(rest, false),
        ref rest => parse_signed(rest, false),
    }
}

/// The number of a numeral as it stands in source text: no sign, no space.
pub fn parse_numeral(text: &[u8]) -> Option<Number> {
    parse_signed(text, false)
}

fn parse_signed(text: &[u8], negative: bool) -> Option<Number> {
    if let [b'0', b'x' | b'X', rest @ ..] = text {
        if let Some(value) = parse_hexadecimal_integer(rest) {
            return Some(Number::Integer(if negative { value.wrapping_neg() } else { value }));
        }
        let value = parse_hexadecimal_float(rest)?;
        return Some(Number::Float(if negative { -value } else { value }));
    }
    if let Some(value) = parse_decimal_integer(text, negative) {
        return Some(Number::Integer(value));
    }
    let value = parse_decimal_float(text)?;
    Some(Number::Float(if negative { -value } else { value }))
}

fn parse_hexadecimal_integer(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for &byte in digits {
        value = value.wrapping_shl(4) | u64::from(hexadecimal_digit(byte)?);
    }
    Some(value as i64)
}

/// `None` when it is no integer or one that does not fit; the caller then tries a float.
fn parse_decimal_integer(digits: &[u8], negative: bool) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i64;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = i64::from(byte - b'0');
        let shifted = value.checked_mul(10)?;
        // Counting down for a negative number is what lets -9223372036854775808 be an integer.
        value = if negative { shifted.checked_sub(digit)? } else { shifted.checked_add(digit)? };
    }
    Some(value)
}

/// The value of a hexadecimal digit.
pub fn hexadecimal_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn parse_decimal_float(text: &[u8]) -> Option<f64> {
    // Rust also reads signs, `inf` and `nan`, which are no numerals here.
    let mut digit_seen = false;
    for &byte in text {
        match byte {
            b'0'..=b'9' => digit_seen = true,
            b'.' => {}
            b'e' | b'E' if digit_seen => {}
            b'+' | b'-' if digit_seen => {}
            _ => return None,
        }
    }
    if !digit_seen {
        return None;
    }
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// Digits with an optional point and an optional binary exponent, after the `0x`.
fn parse_hexadecimal_float(text: &[u8]) -> Option<f64> {
    let mut mantissa = 0u64;
    let mut sticky = false;
    let mut exponent = 0i64;
    let mut digit_seen = false;
    let mut point_seen = false;
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        if *byte == b'.' {
            if point_seen {
                return None;
            }
            point_seen = true;
        } else if let Some(digit) = hexadecimal_digit(*byte) {
            digit_seen = true;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                if point_seen {
                    exponent -= 4;
                }
            } else {
                // The mantissa is full: what follows only decides ties.
                sticky |= digit != 0;
                if !point_seen {
                    exponent += 4;
                }
            }
        } else {
            break;
        }
        rest = tail;
    }
    if !digit_seen {
        return None;
    }
    match rest {
        [] => {}
        [b'p' | b'P', tail @ ..] => {
            let (negative, digits) = match tail {
                [b'-', digits @ ..] => (true, digits),
                [b'+', digits @ ..] => (false, digits),
                digits => (false, digits),
            };
            if digits.is_empty() {
                return None;
            }
            let mut value = 0i64;
            for &byte in digits {
                if !byte.is_ascii_digit() {
                    return None;
                }
                // Bounded, since any larger exponent gives zero or infinity all the same.
                value = (value * 10 + i64::from(byte - b'0')).min(1 << 40);
            }
            exponent += if negative { -value } else { value };
        }
        _ => return None,
    }
    Some(scale(mantissa, sticky, exponent))
}

/// `mantissa * 2^exponent`, rounded once to the nearest float, ties to even; `sticky` says that the true
/// mantissa is a little larger.
fn scale(mantissa: u64, sticky: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let zeros = mantissa.leading_zeros();
    let mantissa = mantissa << zeros;
    // The value is 1.xxx * 2^top.
    let top = exponent - i64::from(zeros) + 63;
    if top > 1023 {
        return f64::INFINITY;
    }
    let kept_bits = if top >= -1022 { 53 } else { 53 - (-1022 - top) };
    if kept_bits < 0 {
        return 0.0;
    }
    let dropped_bits = 64 - kept_bits as u32;
    let kept = mantissa.checked_shr(dropped_bits).unwrap_or(0);
    let dropped = if dropped_bits == 64 { mantissa } else { mantissa & ((1 << dropped_bits) - 1) };
    let half = 1u64 << (dropped_bits - 1);
    let round_up = dropped > half || (dropped == half && (sticky || kept & 1 == 1));
    let kept = kept + u64::from(round_up);
    // For a normal number `kept` carries the hidden bit, which adds one to the exponent field, so the field
    // starts one lower; a carry out of the mantissa moves into the exponent by itself, up to infinity.
    let field = if top >= -1022 { (top + 1022) as u64 } else { 0 };
    f64::from_bits((field << 52) + kept)
}

#[cfg(test)]
mod tests;
