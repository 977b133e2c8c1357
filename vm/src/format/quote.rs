//! `%q`: values as the source text that gives them back.
//!
//! Invariant: what is written here, the compiler reads as the same value, bit for bit, but for NaN's payload.
//! Not here: nil and booleans, which are their own text.

use super::float::push_float;
use super::integer::push_integer;
use super::spec::Spec;

/// A string, with `\` before what a literal cannot hold as it is.
pub fn push_quoted_string(string: &[u8], out: &mut Vec<u8>) {
    out.reserve(string.len() + 2);
    out.push(b'"');
    for (index, &byte) in string.iter().enumerate() {
        match byte {
            b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', byte]),
            0..=31 | 127 => {
                // A digit after a short escape would become part of it.
                let digit_follows = string.get(index + 1).is_some_and(u8::is_ascii_digit);
                let precision = if digit_follows { Some(3) } else { None };
                out.push(b'\\');
                push_integer(&Spec { precision, ..Spec::plain(b'd') }, byte.into(), out);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// An integer. The smallest has no decimal literal: its digits without the sign are no integer.
pub fn push_quoted_integer(integer: i64, out: &mut Vec<u8>) {
    if integer == i64::MIN {
        out.extend_from_slice(b"0x");
        push_integer(&Spec::plain(b'x'), integer, out);
    } else {
        push_integer(&Spec::plain(b'd'), integer, out);
    }
}

/// A float, in hexadecimal, which loses nothing.
pub fn push_quoted_float(float: f64, out: &mut Vec<u8>) {
    if float.is_nan() {
        out.extend_from_slice(b"(0/0)");
    } else if float.is_infinite() {
        out.extend_from_slice(if float > 0.0 { b"1e9999" } else { b"-1e9999" });
    } else {
        push_float(&Spec::plain(b'a'), float, out);
    }
}
