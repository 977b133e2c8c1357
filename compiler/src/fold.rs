//! Operations on constants, done at compile time.
//!
//! Invariant: what is folded has no error and no result that a constant could not stand for: no NaN, and no
//! zero float (whose sign would be lost among the constants).
//! Not here: the arithmetic itself (`dumpfmt::numeral`).

use crate::ast::{BinaryOperator, UnaryOperator};
use dumpfmt::numeral::{self, Number};

/// The value of `a operator b`, if it may be known now.
pub(crate) fn binary(operator: BinaryOperator, a: Number, b: Number) -> Option<Number> {
    use BinaryOperator as Op;
    let result = match operator {
        Op::BitAnd => Number::Integer(a.to_integer()? & b.to_integer()?),
        Op::BitOr => Number::Integer(a.to_integer()? | b.to_integer()?),
        Op::BitXor => Number::Integer(a.to_integer()? ^ b.to_integer()?),
        Op::ShiftLeft => Number::Integer(numeral::shift_left(a.to_integer()?, b.to_integer()?)),
        Op::ShiftRight => Number::Integer(numeral::shift_right(a.to_integer()?, b.to_integer()?)),
        Op::Divide => Number::Float(a.to_float() / b.to_float()),
        Op::Power => Number::Float(numeral::float_power(a.to_float(), b.to_float())),
        Op::FloorDivide | Op::Modulo if b.to_float() == 0.0 => return None,
        _ => match (a, b) {
            (Number::Integer(a), Number::Integer(b)) => Number::Integer(match operator {
                Op::Add => a.wrapping_add(b),
                Op::Subtract => a.wrapping_sub(b),
                Op::Multiply => a.wrapping_mul(b),
                Op::FloorDivide => numeral::integer_floor_divide(a, b)?,
                Op::Modulo => numeral::integer_modulo(a, b)?,
                _ => return None,
            }),
            _ => {
                let (a, b) = (a.to_float(), b.to_float());
                Number::Float(match operator {
                    Op::Add => a + b,
                    Op::Subtract => a - b,
                    Op::Multiply => a * b,
                    Op::FloorDivide => numeral::float_floor_divide(a, b),
                    Op::Modulo => numeral::float_modulo(a, b),
                    _ => return None,
                })
            }
        },
    };
    // The reference folds no division by zero at all.
    if operator == Op::Divide && b.to_float() == 0.0 {
        return None;
    }
    keep(result)
}

/// The value of `operator a`, if it may be known now.
pub(crate) fn unary(operator: UnaryOperator, a: Number) -> Option<Number> {
    keep(match (operator, a) {
        (UnaryOperator::Negate, Number::Integer(value)) => Number::Integer(value.wrapping_neg()),
        (UnaryOperator::Negate, Number::Float(value)) => Number::Float(-value),
        (UnaryOperator::BitNot, _) => Number::Integer(!a.to_integer()?),
        _ => return None,
    })
}

fn keep(result: Number) -> Option<Number> {
    match result {
        Number::Float(value) if value.is_nan() || value == 0.0 => None,
        _ => Some(result),
    }
}
