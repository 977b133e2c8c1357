//! `string.format`: one conversion at a time, read and carried out as C's printf would in the C locale.
//!
//! The steps are those of `RawSpec`; each kind of argument then has its `push_` function.
//!
//! Invariant: nothing here fails; what could is refused when the conversion is read (format/spec.rs).
//! Not here: arguments, `%%`, the shortest form of a number (dumpfmt/numeral.rs).

mod float;
mod integer;
mod quote;
mod spec;
#[cfg(test)]
mod tests;

pub use float::push_float;
use integer::digits_of;
pub use integer::push_integer;
pub use quote::{push_quoted_float, push_quoted_integer, push_quoted_string};
pub use spec::{FormatError, Kind, RawSpec, Spec};

/// From this length on `%10s` and the like leave a string alone.
pub const LONG_STRING: usize = 100;

/// `%c`: the lowest byte of the integer.
pub fn push_char(spec: &Spec, integer: i64, out: &mut Vec<u8>) {
    spec.push_padded(b"", 0, &[integer as u8], false, out);
}

/// `%s`. The caller has refused strings with zeros in them when the conversion is not plain.
pub fn push_string(spec: &Spec, string: &[u8], out: &mut Vec<u8>) {
    match spec.precision {
        Some(precision) => spec.push_padded(b"", 0, &string[..precision.min(string.len())], false, out),
        None if string.len() >= LONG_STRING => out.extend_from_slice(string),
        None => spec.push_padded(b"", 0, string, false, out),
    }
}

/// `%p`: `None` for a value that has no address.
pub fn push_pointer(spec: &Spec, address: Option<usize>, out: &mut Vec<u8>) {
    let mut buffer = [0; 16];
    match address {
        Some(address) => {
            spec.push_padded(b"0x", 0, digits_of(address as u64, 16, b'a', &mut buffer), false, out)
        }
        None => spec.push_padded(b"", 0, b"(null)", false, out),
    }
}
