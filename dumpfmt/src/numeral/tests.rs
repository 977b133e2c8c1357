use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, expect: Option<Number>) {
    let found = parse(text.as_bytes());
    let same = match (found, expect) {
        (Some(Number::Float(a)), Some(Number::Float(b))) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    };
    assert!(same, "{text:?}: {found:?}, not {expect:?}");
}

#[track_caller]
fn integer(text: &str, value: i64) {
    check(text, Some(Number::Integer(value)));
}

#[track_caller]
fn float(text: &str, value: f64) {
    check(text, Some(Number::Float(value)));
}

#[track_caller]
fn refused(text: &str) {
    check(text, None);
}

#[test]
fn integers() {
    integer("0", 0);
    integer(" \t\n\x0b\x0c\r12 ", 12);
    integer("-7", -7);
    integer("+7", 7);
    integer("9223372036854775807", i64::MAX);
    integer("-9223372036854775808", i64::MIN);
    integer("0x10", 16);
    integer("-0x10", -16);
    integer("0xffffffffffffffff", -1);
    integer("0x1ffffffffffffffff", -1);
    float("9223372036854775808", 9223372036854775808.0);
    float("-9223372036854775809", -9223372036854775808.0);
}

#[test]
fn floats() {
    float("1.", 1.0);
    float(".5", 0.5);
    float("1e2", 100.0);
    float("1E+2", 100.0);
    float("-0.0", -0.0);
    float("1e400", f64::INFINITY);
    float("0x.8", 0.5);
    float("0xA.8p1", 21.0);
    float("0x1p-1074", f64::from_bits(1));
    float("0x1p-1075", 0.0);
    float("0x1.8p-1075", f64::from_bits(1));
    float("0x1.fffffffffffff7p0", 1.9999999999999998);
    float("0x1.fffffffffffff8p0", 2.0);
    float("0x1p1024", f64::INFINITY);
    float("0x1.fffffffffffffp1023", f64::MAX);
    float("0x1.fffffffffffff8p1023", f64::INFINITY);
    float("0x10000000000000000p-64", 1.0);
    float("0x0.000000000000000000000001p96", 1.0);
    float("0x1p99999999999999999999", f64::INFINITY);
    float("0x1p-99999999999999999999", 0.0);
    float("0x0p99999999999999999999", 0.0);
}

#[test]
fn no_numbers() {
    for text in [
        "", " ", "-", "+", "--1", "- 1", "1 2", "0x", "0xg", "1e", "1e+", "e1", ".", ".e1", "..1", "1..",
        "0x.", "0x.p1", "0x1p", "0x1p+", "inf", "nan", "-inf", "infinity", "NaN", "1\0", "1f", "0x1.8.8",
        "1e1.0", "0b1", "1_000", "1e1e1", "+e1",
    ] {
        refused(text);
    }
}

#[track_caller]
fn shows(value: f64, expect: &str) {
    assert_eq!(float_text(value).as_str(), expect);
}

#[test]
fn text_of_floats() {
    shows(0.0, "0.0");
    shows(-0.0, "-0.0");
    shows(1.0, "1.0");
    shows(-1.5, "-1.5");
    shows(0.1, "0.1");
    shows(1.0 / 3.0, "0.33333333333333");
    shows(100.0, "100.0");
    shows(1e13, "10000000000000.0");
    shows(1e14, "1e+14");
    shows(99999999999999.9, "1e+14");
    shows(123456.789e3, "123456789.0");
    shows(1e15, "1e+15");
    shows(1e100, "1e+100");
    shows(1e-4, "0.0001");
    shows(1e-5, "1e-05");
    shows(1.25e-7, "1.25e-07");
    shows(f64::MAX, "1.7976931348623e+308");
    shows(f64::from_bits(1), "4.9406564584125e-324");
    shows(9007199254740993.0, "9.007199254741e+15");
    shows(f64::INFINITY, "inf");
    shows(f64::NEG_INFINITY, "-inf");
    shows(f64::NAN.copysign(1.0), "nan");
    shows(f64::NAN.copysign(-1.0), "-nan");
}

#[test]
fn text_of_integers() {
    for value in [0, 1, -1, 10, i64::MAX, i64::MIN] {
        assert_eq!(integer_text(value).as_str(), value.to_string());
    }
}

#[test]
fn conversion() {
    assert_eq!(float_to_integer(3.0), Some(3));
    assert_eq!(float_to_integer(3.5), None);
    assert_eq!(float_to_integer(-0.0), Some(0));
    assert_eq!(float_to_integer(TWO_63), None);
    assert_eq!(float_to_integer(-TWO_63), Some(i64::MIN));
    assert_eq!(float_to_integer(f64::NAN), None);
    assert_eq!(float_to_integer(f64::INFINITY), None);
}

#[test]
fn arithmetic_rules() {
    assert_eq!(integer_floor_divide(-7, 2), Some(-4));
    assert_eq!(integer_floor_divide(i64::MIN, -1), Some(i64::MIN));
    assert_eq!(integer_floor_divide(1, 0), None);
    assert_eq!(integer_modulo(-7, 3), Some(2));
    assert_eq!(integer_modulo(7, -3), Some(-2));
    assert_eq!(integer_modulo(i64::MIN, -1), Some(0));
    assert_eq!(float_modulo(-7.0, 3.0), 2.0);
    assert_eq!(float_modulo(7.0, -3.0), -2.0);
    assert_eq!(float_modulo(-1.0, f64::INFINITY), f64::INFINITY);
    assert_eq!(float_modulo(1.0, f64::NEG_INFINITY), f64::NEG_INFINITY);
    assert_eq!(float_modulo(1.0, f64::INFINITY), 1.0);
    assert_eq!(shift_left(1, 63), i64::MIN);
    assert_eq!(shift_left(1, 64), 0);
    assert_eq!(shift_left(-1, -63), 1);
    assert_eq!(shift_right(-1, 1), i64::MAX);
    assert_eq!(shift_right(1, i64::MIN), 0);
}

proptest! {
    #[test]
    fn integers_return(value in any::<i64>()) {
        prop_assert_eq!(parse(integer_text(value).as_bytes()), Some(Number::Integer(value)));
        let hexadecimal = format!("0x{value:x}");
        prop_assert_eq!(parse(hexadecimal.as_bytes()), Some(Number::Integer(value)));
    }

    #[test]
    fn floats_return(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let exact = float_text_general(value, 17);
        let back = parse(exact.as_bytes()).map(|number| number.to_float().to_bits());
        // An integral text reads as an integer, which has no negative zero.
        prop_assert!(back == Some(value.to_bits()) || value == 0.0);
        let short = float_text(value);
        let Some(Number::Float(near)) = parse(short.as_bytes()) else { panic!("{short} is no float") };
        prop_assert!(near == value || ((near - value) / value).abs() < 1e-13 || value.abs() < 1e-300 || near.is_infinite());
    }

    #[test]
    fn hexadecimal_floats_return(mantissa in 0u64..1 << 53, exponent in -1100i32..1000) {
        let text = format!("0x{mantissa:x}p{exponent}");
        let expect = mantissa as f64 * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
        let Some(Number::Float(found)) = parse(text.as_bytes()) else { panic!("{text}") };
        // Two roundings can differ from one only among the subnormals.
        prop_assert!(found == expect || (found - expect).abs() <= f64::from_bits(1));
    }

    #[test]
    fn any_text(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        parse(&bytes);
    }
}
