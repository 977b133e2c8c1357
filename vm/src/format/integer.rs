//! Integers by printf's rules: `%d %i %u %o %x %X`.
//!
//! Invariant: a precision gives the least number of digits, and then the flag `0` counts for nothing.
//! Not here: the padding (format/spec.rs).

use super::spec::Spec;

/// `%d %i %u %o %x %X`. All but `%d` and `%i` take the integer as unsigned.
pub fn push_integer(spec: &Spec, integer: i64, out: &mut Vec<u8>) {
    let (prefix, magnitude): (&[u8], u64) = match spec.conversion {
        b'x' if spec.alternate && integer != 0 => (b"0x", integer as u64),
        b'X' if spec.alternate && integer != 0 => (b"0X", integer as u64),
        b'o' | b'u' | b'x' | b'X' => (b"", integer as u64),
        _ => (spec.sign(integer < 0), integer.unsigned_abs()),
    };
    // Octal needs the most: 22 digits.
    let mut buffer = [0; 22];
    let digits = match spec.conversion {
        b'o' => digits_of(magnitude, 8, b'a', &mut buffer),
        b'x' => digits_of(magnitude, 16, b'a', &mut buffer),
        b'X' => digits_of(magnitude, 16, b'A', &mut buffer),
        _ => digits_of(magnitude, 10, b'a', &mut buffer),
    };
    // C: zero with precision zero has no digits.
    let digits = if magnitude == 0 && spec.precision == Some(0) { b"" } else { digits };
    let mut zeros = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    if spec.conversion == b'o' && spec.alternate && zeros == 0 && digits.first() != Some(&b'0') {
        zeros = 1;
    }
    spec.push_padded(prefix, zeros, digits, spec.zero && spec.precision.is_none(), out);
}

/// The digits in `base`; `ten` is the digit of that value.
pub(super) fn digits_of(mut number: u64, base: u64, ten: u8, buffer: &mut [u8]) -> &[u8] {
    let mut at = buffer.len();
    loop {
        let digit = (number % base) as u8;
        at -= 1;
        buffer[at] = if digit < 10 { b'0' + digit } else { ten + (digit - 10) };
        number /= base;
        if number == 0 {
            return &buffer[at..];
        }
    }
}
