//! Floats by printf's rules: `%a %e %f %g` and their capitals, exactly rounded, ties to even.
//!
//! Invariant: the text is that of the exact binary value, whatever the precision; no step rounds twice.
//! Not here: the padding (format/spec.rs).

use std::fmt::{self, Write};

use super::integer::digits_of;
use super::spec::Spec;

/// `%.99f` of the largest float: 309 digits, the point, 99 digits. The sign is kept apart.
const MAX_DIGITS: usize = 309 + 1 + 99;

/// Exponent bits of the format, and the exponent of its smallest normal number.
const MANTISSA_BITS: u32 = 52;
const MIN_EXPONENT: i32 = -1022;

/// Appends a float.
pub fn push_float(spec: &Spec, float: f64, out: &mut Vec<u8>) {
    let sign = spec.sign(float.is_sign_negative());
    let magnitude = float.abs();
    let upper = spec.conversion.is_ascii_uppercase();
    if !magnitude.is_finite() {
        let name: &[u8] = match (magnitude.is_nan(), upper) {
            (true, true) => b"NAN",
            (true, false) => b"nan",
            (false, true) => b"INF",
            (false, false) => b"inf",
        };
        return spec.push_padded(sign, 0, name, false, out);
    }
    let mut text = Text::new();
    match spec.conversion.to_ascii_lowercase() {
        b'a' => {
            text.hexadecimal(magnitude, spec);
            text.capitalize(upper);
            let mut prefix = [0, b'0', if upper { b'X' } else { b'x' }];
            prefix[0] = sign.first().copied().unwrap_or(0);
            let prefix = &prefix[1 - sign.len()..];
            return spec.push_padded(prefix, 0, text.bytes(), spec.zero, out);
        }
        b'e' => text.scientific(magnitude, spec),
        b'f' => text.fixed(magnitude, spec),
        _ => text.general(magnitude, spec),
    }
    text.capitalize(upper);
    spec.push_padded(sign, 0, text.bytes(), spec.zero, out);
}

/// Text that is known to fit, so that formatting a float allocates nothing.
struct Text {
    bytes: [u8; MAX_DIGITS],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Text {
    fn new() -> Text {
        Text { bytes: [0; MAX_DIGITS], length: 0 }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    fn write(&mut self, arguments: fmt::Arguments<'_>) {
        self.write_fmt(arguments).expect("MAX_DIGITS holds the longest float with the greatest precision");
    }

    fn capitalize(&mut self, upper: bool) {
        if upper {
            self.bytes[..self.length].make_ascii_uppercase();
        }
    }

    /// `e+05`: a sign and two digits at least.
    fn exponent(&mut self, letter: u8, exponent: i32, least_digits: usize) {
        self.push(&[letter, if exponent < 0 { b'-' } else { b'+' }]);
        self.write(format_args!("{:0width$}", exponent.unsigned_abs(), width = least_digits));
    }

    fn fixed(&mut self, magnitude: f64, spec: &Spec) {
        let precision = spec.precision.unwrap_or(6);
        match scaled(magnitude, precision) {
            Some(digits) => self.with_point(digits, precision),
            None => self.write(format_args!("{magnitude:.precision$}")),
        }
        if precision == 0 && spec.alternate {
            self.push(b".");
        }
    }

    /// A whole number of which the last `precision` digits stand behind the point.
    fn with_point(&mut self, number: u64, precision: usize) {
        let mut buffer = [0; 20];
        let digits = digits_of(number, 10, b'a', &mut buffer);
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(precision));
        self.push(if whole.is_empty() { b"0" } else { whole });
        if precision > 0 {
            self.push(b".");
            for _ in fraction.len()..precision {
                self.push(b"0");
            }
            self.push(fraction);
        }
    }

    fn scientific(&mut self, magnitude: f64, spec: &Spec) {
        let precision = spec.precision.unwrap_or(6);
        let exponent = self.significand(magnitude, precision);
        if precision == 0 && spec.alternate {
            self.push(b".");
        }
        self.exponent(b'e', exponent, 2);
    }

    /// `d.ddd` with `precision` digits behind the point; the decimal exponent that belongs to it.
    fn significand(&mut self, magnitude: f64, precision: usize) -> i32 {
        self.write(format_args!("{magnitude:.precision$e}"));
        let mark = self.bytes().iter().rposition(|&byte| byte == b'e').unwrap_or(self.length);
        let (negative, digits) = match &self.bytes()[mark..] {
            [_, b'-', digits @ ..] => (true, digits),
            [_, digits @ ..] => (false, digits),
            [] => (false, &b""[..]),
        };
        let exponent = digits.iter().fold(0, |exponent, digit| exponent * 10 + i32::from(digit - b'0'));
        self.length = mark;
        if negative { -exponent } else { exponent }
    }

    /// `%g`: that of `%e` and `%f` which suits the exponent, with `precision` significant digits and no trailing zeros.
    fn general(&mut self, magnitude: f64, spec: &Spec) {
        let significant = spec.precision.unwrap_or(6).max(1);
        let mut rounded = Text::new();
        // The exponent after rounding decides: 999999.5 is 1e+06.
        let exponent = rounded.significand(magnitude, significant - 1);
        let mut buffer = [0; 100];
        let mut count = 0;
        for &byte in rounded.bytes().iter().filter(|&&byte| byte != b'.') {
            buffer[count] = byte;
            count += 1;
        }
        let mut digits = &buffer[..count];
        if !spec.alternate {
            while let [kept @ .., b'0'] = digits
                && !kept.is_empty()
            {
                digits = kept;
            }
        }
        if exponent < -4 || exponent >= significant as i32 {
            self.push(&digits[..1]);
            self.fraction(&digits[1..], spec);
            self.exponent(b'e', exponent, 2);
        } else if exponent < 0 {
            self.push(b"0.");
            for _ in 0..-exponent - 1 {
                self.push(b"0");
            }
            self.push(digits);
        } else {
            let whole = exponent as usize + 1;
            let (before, behind) = digits.split_at(whole.min(digits.len()));
            self.push(before);
            for _ in before.len()..whole {
                self.push(b"0");
            }
            self.fraction(behind, spec);
        }
    }

    fn fraction(&mut self, digits: &[u8], spec: &Spec) {
        if !digits.is_empty() || spec.alternate {
            self.push(b".");
            self.push(digits);
        }
    }

    /// Without sign and `0x`. The first digit is 1, after rounding up perhaps 2; for zero and subnormal numbers 0.
    fn hexadecimal(&mut self, magnitude: f64, spec: &Spec) {
        let bits = magnitude.to_bits();
        let stored_exponent = (bits >> MANTISSA_BITS) as i32;
        let mut mantissa = bits & ((1 << MANTISSA_BITS) - 1);
        let exponent = match (stored_exponent, mantissa) {
            (0, 0) => 0,
            (0, _) => MIN_EXPONENT,
            _ => {
                mantissa |= 1 << MANTISSA_BITS;
                stored_exponent - 1 + MIN_EXPONENT
            }
        };
        const MAX_FRACTION: usize = MANTISSA_BITS as usize / 4;
        let precision = match spec.precision {
            Some(precision) => precision,
            None => MAX_FRACTION - (mantissa.trailing_zeros() as usize / 4).min(MAX_FRACTION),
        };
        let kept = precision.min(MAX_FRACTION);
        let digits = shift_to_even(mantissa.into(), (MAX_FRACTION - kept) as u32 * 4) as u64;
        let fraction = digits & ((1 << (kept * 4)) - 1);
        self.write(format_args!("{:x}", digits >> (kept * 4)));
        if precision > 0 || spec.alternate {
            self.push(b".");
        }
        if kept > 0 {
            self.write(format_args!("{fraction:0kept$x}"));
        }
        for _ in kept..precision {
            self.push(b"0");
        }
        self.exponent(b'p', exponent, 1);
    }
}

/// `magnitude * 10^precision`, rounded, when integer arithmetic can do it exactly: the usual case of `%.2f`, four
/// times as fast as the general way.
fn scaled(magnitude: f64, precision: usize) -> Option<u64> {
    let bits = magnitude.to_bits();
    let exponent = (bits >> MANTISSA_BITS) as i32 - 1 + MIN_EXPONENT - MANTISSA_BITS as i32;
    let mantissa = (bits & ((1 << MANTISSA_BITS) - 1)) | 1 << MANTISSA_BITS;
    if magnitude == 0.0 {
        return Some(0);
    }
    // 53 bits times 10^19 fit 128; a shift of 128 or more does not occur within this range.
    if precision > 19 || !(-127..=0).contains(&exponent) {
        return None;
    }
    let product = u128::from(mantissa) * u128::from(10u64.pow(precision as u32));
    u64::try_from(shift_to_even(product, exponent.unsigned_abs())).ok()
}

/// `number >> shift`, rounded to the nearest, ties to even.
fn shift_to_even(number: u128, shift: u32) -> u128 {
    if shift == 0 {
        return number;
    }
    let quotient = number >> shift;
    let remainder = number & ((1 << shift) - 1);
    let half = 1 << (shift - 1);
    quotient + u128::from(remainder > half || (remainder == half && quotient & 1 == 1))
}
