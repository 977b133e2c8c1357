//! What the operators mean on two numbers of one subtype, where Lua's meaning is not Rust's.
//!
//! Invariant: total; a zero divisor of an integer operation is the caller's to refuse.
//! Not here: the choice of subtype and the error messages (`vm/arith.rs`, `compiler/fold.rs`).

/// `a // b` on integers, rounded down; `None` when `b` is 0.
pub fn integer_floor_divide(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let quotient = a.wrapping_div(b);
    let inexact = a.wrapping_rem(b) != 0;
    Some(if inexact && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

/// `a % b` on integers, with the sign of `b`; `None` when `b` is 0.
pub fn integer_modulo(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let remainder = a.wrapping_rem(b);
    Some(if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder })
}

/// `a // b` on floats.
pub fn float_floor_divide(a: f64, b: f64) -> f64 {
    (a / b).floor()
}

/// `a % b` on floats, with the sign of `b`.
pub fn float_modulo(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    let wrong_sign = if remainder > 0.0 { b < 0.0 } else { remainder < 0.0 && b > 0.0 };
    if wrong_sign { remainder + b } else { remainder }
}

/// `a ^ b`.
pub fn float_power(a: f64, b: f64) -> f64 {
    // The square is exact enough to be worth the shortcut that the reference takes.
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// `a << b`; a negative `b` shifts right, and 64 or more leaves nothing.
pub fn shift_left(a: i64, b: i64) -> i64 {
    if b <= -64 || b >= 64 {
        0
    } else if b >= 0 {
        ((a as u64) << b) as i64
    } else {
        ((a as u64) >> -b) as i64
    }
}

/// `a >> b`, filling with zeros; a negative `b` shifts left.
pub fn shift_right(a: i64, b: i64) -> i64 {
    shift_left(a, b.wrapping_neg())
}
