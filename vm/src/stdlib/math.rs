//! The `math` library (manual, section 6.7), with the functions of 5.3 that the reference still builds in.
//!
//! Not here: the generator of `random` (`math/random.rs`).

mod random;

use super::{Functions, ret_fail};
use crate::interp::{NativeResult, Raise, Step, Table, Vm};
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

pub(super) const FUNCTIONS: &Functions = &[
    ("abs", abs),
    ("acos", |vm| map(vm, f64::acos)),
    ("asin", |vm| map(vm, f64::asin)),
    ("atan", atan),
    ("ceil", ceil),
    ("cos", |vm| map(vm, f64::cos)),
    ("cosh", |vm| map(vm, f64::cosh)),
    ("deg", |vm| map(vm, |radians| radians * (180.0 / core::f64::consts::PI))),
    ("exp", |vm| map(vm, f64::exp)),
    ("floor", floor),
    ("fmod", fmod),
    ("frexp", frexp),
    ("ldexp", ldexp),
    ("log", log),
    ("log10", |vm| map(vm, f64::log10)),
    ("max", max),
    ("min", min),
    ("modf", modf),
    ("pow", pow),
    ("rad", |vm| map(vm, |degrees| degrees * (core::f64::consts::PI / 180.0))),
    ("random", random::random),
    ("randomseed", random::randomseed),
    ("sin", |vm| map(vm, f64::sin)),
    ("sinh", |vm| map(vm, f64::sinh)),
    ("sqrt", |vm| map(vm, f64::sqrt)),
    ("tan", |vm| map(vm, f64::tan)),
    ("tanh", |vm| map(vm, f64::tanh)),
    ("tointeger", tointeger),
    ("type", r#type),
    ("ult", ult),
];

/// Adds the constants, and seeds the generator by chance.
pub(super) fn finish(vm: &mut Vm, library: Table) -> Result<(), Raise> {
    vm.raw_set_field(library, "pi", Value::float(core::f64::consts::PI))?;
    vm.raw_set_field(library, "huge", Value::float(f64::INFINITY))?;
    vm.raw_set_field(library, "maxinteger", Value::integer(i64::MAX))?;
    vm.raw_set_field(library, "mininteger", Value::integer(i64::MIN))?;
    // An old name of the same function.
    let atan = vm.raw_get_field(library, "atan")?;
    vm.raw_set_field(library, "atan2", atan)?;
    random::seed_by_chance(vm);
    Ok(())
}

#[inline]
fn map(vm: &mut Vm, function: impl Fn(f64) -> f64) -> NativeResult {
    let x = vm.check_number(1)?;
    vm.ret(Value::float(function(x)))
}

/// A float with an integral value as an integer, if it fits.
#[inline]
fn integral(float: f64) -> Value {
    numeral::float_to_integer(float).map_or(Value::float(float), Value::integer)
}

fn abs(vm: &mut Vm) -> NativeResult {
    let number = vm.arg(1);
    if number.kind == value::INTEGER {
        return vm.ret(Value::integer(number.as_integer().wrapping_abs()));
    }
    let float = vm.check_number(1)?;
    vm.ret(Value::float(float.abs()))
}

fn floor(vm: &mut Vm) -> NativeResult {
    let number = vm.arg(1);
    if number.kind == value::INTEGER {
        return vm.ret(number);
    }
    let float = vm.check_number(1)?;
    vm.ret(integral(float.floor()))
}

fn ceil(vm: &mut Vm) -> NativeResult {
    let number = vm.arg(1);
    if number.kind == value::INTEGER {
        return vm.ret(number);
    }
    let float = vm.check_number(1)?;
    vm.ret(integral(float.ceil()))
}

fn atan(vm: &mut Vm) -> NativeResult {
    let y = vm.check_number(1)?;
    let x = vm.opt_number(2, 1.0)?;
    vm.ret(Value::float(y.atan2(x)))
}

fn log(vm: &mut Vm) -> NativeResult {
    let x = vm.check_number(1)?;
    if vm.arg(2).is_nil() {
        return vm.ret(Value::float(x.ln()));
    }
    let base = vm.check_number(2)?;
    vm.ret(Value::float(match base {
        2.0 => x.log2(),
        10.0 => x.log10(),
        _ => x.ln() / base.ln(),
    }))
}

fn pow(vm: &mut Vm) -> NativeResult {
    let x = vm.check_number(1)?;
    let y = vm.check_number(2)?;
    vm.ret(Value::float(x.powf(y)))
}

fn fmod(vm: &mut Vm) -> NativeResult {
    let (a, b) = (vm.arg(1), vm.arg(2));
    if a.kind == value::INTEGER && b.kind == value::INTEGER {
        if b.as_integer() == 0 {
            return Err(vm.arg_error(2, "zero"));
        }
        return vm.ret(Value::integer(a.as_integer().wrapping_rem(b.as_integer())));
    }
    // In the order in which the reference, as compiled, comes to them.
    let b = vm.check_number(2)?;
    let a = vm.check_number(1)?;
    vm.ret(Value::float(a % b))
}

fn modf(vm: &mut Vm) -> NativeResult {
    let number = vm.arg(1);
    if number.kind == value::INTEGER {
        vm.push(number);
        vm.push(Value::float(0.0));
        return Ok(Step::results(2));
    }
    let float = vm.check_number(1)?;
    let whole = float.trunc();
    vm.push(integral(whole));
    // Infinity minus itself is not a number.
    vm.push(Value::float(if whole == float { 0.0 } else { float - whole }));
    Ok(Step::results(2))
}

/// Mantissa in [0.5, 1) and exponent.
fn frexp(vm: &mut Vm) -> NativeResult {
    const EXPONENT_MASK: u64 = 0x7FF << 52;
    const EXPONENT_OF_HALF: u64 = 0x3FE << 52;
    let float = vm.check_number(1)?;
    let (mantissa, exponent) = if float == 0.0 || !float.is_finite() {
        (float, 0)
    } else {
        // Subnormal numbers are brought into the range of the normal ones first.
        let (normal, shift) =
            if float.is_subnormal() { (float * (1u64 << 54) as f64, 54) } else { (float, 0) };
        let bits = normal.to_bits();
        let exponent = ((bits & EXPONENT_MASK) >> 52) as i64 - 0x3FE - shift;
        (f64::from_bits(bits & !EXPONENT_MASK | EXPONENT_OF_HALF), exponent)
    };
    vm.push(Value::float(mantissa));
    vm.push(Value::integer(exponent));
    Ok(Step::results(2))
}

fn ldexp(vm: &mut Vm) -> NativeResult {
    let x = vm.check_number(1)?;
    // C takes an int.
    let exponent = vm.check_integer(2)? as i32;
    vm.ret(Value::float(scale(x, exponent)))
}

/// `x * 2^exponent`, rounded once.
fn scale(x: f64, exponent: i32) -> f64 {
    let power = |exponent: i32| f64::from_bits(((exponent + 1023) as u64) << 52);
    // Beyond these bounds nothing changes any more.
    let mut rest = exponent.clamp(-2200, 2200);
    let mut x = x;
    while rest > 1023 {
        x *= power(1023);
        rest -= 1023;
    }
    // Down in steps that leave the mantissa whole until the last.
    while rest < -1022 {
        let step = (-1022 + 53).max(rest + 1022).min(-1);
        x *= power(step);
        rest -= step;
    }
    x * power(rest)
}

fn tointeger(vm: &mut Vm) -> NativeResult {
    let number = vm.check_any(1)?;
    let integer = match number.kind {
        value::INTEGER => Some(number.as_integer()),
        value::FLOAT => numeral::float_to_integer(number.as_float()),
        _ => crate::interp::Str::of(number)
            .and_then(|text| numeral::parse(text.bytes()))
            .and_then(numeral::Number::to_integer),
    };
    match integer {
        Some(integer) => vm.ret(Value::integer(integer)),
        None => ret_fail(vm),
    }
}

fn r#type(vm: &mut Vm) -> NativeResult {
    match vm.check_any(1)?.kind {
        value::INTEGER => vm.ret_string(b"integer"),
        value::FLOAT => vm.ret_string(b"float"),
        _ => ret_fail(vm),
    }
}

fn ult(vm: &mut Vm) -> NativeResult {
    let a = vm.check_integer(1)? as u64;
    let b = vm.check_integer(2)? as u64;
    vm.ret(Value::boolean(a < b))
}

fn min(vm: &mut Vm) -> NativeResult {
    extreme(vm, |vm, best, other| vm.less_than(other, best))
}

fn max(vm: &mut Vm) -> NativeResult {
    extreme(vm, |vm, best, other| vm.less_than(best, other))
}

/// The reference compares any values that `<` compares.
#[inline]
fn extreme(vm: &mut Vm, is_better: impl Fn(&mut Vm, Value, Value) -> Result<bool, Raise>) -> NativeResult {
    let count = vm.arg_count();
    if count == 0 {
        return Err(vm.arg_error(1, "value expected"));
    }
    let mut best = vm.arg(1);
    for number in 2..=count {
        let other = vm.arg(number);
        if is_better(vm, best, other)? {
            best = other;
        }
    }
    vm.ret(best)
}
