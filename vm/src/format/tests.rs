use super::*;

enum Argument<'a> {
    Integer(i64),
    Float(f64),
    Text(&'a str),
}
use Argument::{Float, Integer, Text};

/// `string.format` with one conversion, which begins behind `%`.
fn formatted(conversion: &str, argument: &Argument<'_>) -> Result<String, String> {
    let mut out = Vec::new();
    let raw = RawSpec::scan(conversion.as_bytes()).map_err(|error| error.to_string())?;
    let kind = raw.kind().map_err(|error| error.to_string())?;
    let spec = if kind == Kind::Quoted {
        Spec::plain(b'q')
    } else {
        raw.check().map_err(|error| error.to_string())?
    };
    match (kind, argument) {
        (Kind::Char, Integer(integer)) => push_char(&spec, *integer, &mut out),
        (Kind::Integer, Integer(integer)) => push_integer(&spec, *integer, &mut out),
        (Kind::Float | Kind::HexFloat, Float(float)) => push_float(&spec, *float, &mut out),
        (Kind::Float | Kind::HexFloat, Integer(integer)) => push_float(&spec, *integer as f64, &mut out),
        (Kind::Pointer, Integer(address)) => push_pointer(&spec, Some(*address as usize), &mut out),
        (Kind::Pointer, _) => push_pointer(&spec, None, &mut out),
        (Kind::String, Text(text)) => push_string(&spec, text.as_bytes(), &mut out),
        (Kind::Quoted, Text(text)) => push_quoted_string(text.as_bytes(), &mut out),
        (Kind::Quoted, Integer(integer)) => push_quoted_integer(*integer, &mut out),
        (Kind::Quoted, Float(float)) => push_quoted_float(*float, &mut out),
        _ => return Err("the test gives the wrong argument".to_owned()),
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

#[track_caller]
fn check(conversion: &str, argument: Argument<'_>, expect: &str) {
    assert_eq!(formatted(conversion, &argument), Ok(expect.to_owned()), "%{conversion}");
}

#[track_caller]
fn check_error(conversion: &str, expect: &str) {
    let argument = match conversion.bytes().last() {
        Some(b's' | b'q') => Text("x"),
        _ => Integer(1),
    };
    assert_eq!(formatted(conversion, &argument), Err(expect.to_owned()), "%{conversion}");
}

#[test]
fn integers() {
    check("d", Integer(42), "42");
    check("i", Integer(-42), "-42");
    check("5d", Integer(42), "   42");
    check("-5d", Integer(42), "42   ");
    check("05d", Integer(-42), "-0042");
    check("+d", Integer(42), "+42");
    check(" d", Integer(42), " 42");
    check(".5d", Integer(-42), "-00042");
    check("08.5d", Integer(42), "   00042");
    check(".0d", Integer(0), "");
    check("+.0d", Integer(0), "+");
    check("d", Integer(i64::MIN), "-9223372036854775808");
    check("u", Integer(-1), "18446744073709551615");
    check("x", Integer(255), "ff");
    check("#X", Integer(255), "0XFF");
    check("#x", Integer(0), "0");
    check("#010x", Integer(255), "0x000000ff");
    check("x", Integer(-1), "ffffffffffffffff");
    check("#o", Integer(8), "010");
    check("#o", Integer(0), "0");
    check("#.0o", Integer(0), "0");
    check("#.4o", Integer(8), "0010");
    check("o", Integer(-1), "1777777777777777777777");
    check("99d", Integer(1), &format!("{:>99}", 1));
}

#[test]
fn floats_fixed() {
    check("f", Float(1.5), "1.500000");
    check(".2f", Float(2.716), "2.72");
    check("8.2f", Float(-2.716), "   -2.72");
    check("08.2f", Float(-2.716), "-0002.72");
    check(".0f", Float(0.5), "0");
    check(".0f", Float(1.5), "2");
    check(".0f", Float(2.5), "2");
    check("#.0f", Float(2.5), "2.");
    check(".2f", Float(0.125), "0.12");
    check(".2f", Float(0.375), "0.38");
    check(".2f", Float(1.005), "1.00");
    check(".3f", Float(1e20), "100000000000000000000.000");
    check(".1f", Float(0.05), "0.1");
    check(".20f", Float(0.1), "0.10000000000000000555");
    check(".3f", Float(5e-324), "0.000");
    check("f", Float(-0.0), "-0.000000");
    check(".14f", Float(9007199254740993.0), "9007199254740992.00000000000000");
    check("f", Float(f64::MAX), &format!("{:.6}", f64::MAX));
    check(".99f", Float(-f64::MAX), &format!("{:.99}", -f64::MAX));
}

#[test]
fn floats_scientific() {
    check("e", Float(12345.678), "1.234568e+04");
    check(".0e", Float(2.5), "2e+00");
    check("#.0e", Float(2.5), "2.e+00");
    check("E", Float(0.0), "0.000000E+00");
    check(".3e", Float(5e-324), "4.941e-324");
    check(".2e", Float(9.999e99), "1.00e+100");
    check("12.3e", Float(-1.0), "  -1.000e+00");
}

#[test]
fn floats_general() {
    check("g", Float(0.1), "0.1");
    check("g", Float(100000.0), "100000");
    check("g", Float(1e6), "1e+06");
    check("g", Float(999999.5), "1e+06");
    check("g", Float(0.0001), "0.0001");
    check("g", Float(0.00001), "1e-05");
    check("g", Float(0.0), "0");
    check("g", Float(-0.0), "-0");
    check("#g", Float(1.0), "1.00000");
    check("#g", Float(0.0), "0.00000");
    check(".0g", Float(123.0), "1e+02");
    check(".3g", Float(123.0), "123");
    check("#.3g", Float(123.0), "123.");
    check(".14g", Float(8.0 / 3.0), "2.6666666666667");
    check(".14g", Float(1e15), "1e+15");
    check(".17g", Float(0.1), "0.10000000000000001");
    check(".99g", Float(0.5), "0.5");
    check("G", Float(1e-10), "1E-10");
    check("010g", Float(-1.5), "-0000001.5");
}

#[test]
fn floats_hexadecimal() {
    check("a", Float(1.0), "0x1p+0");
    check("a", Float(0.5), "0x1p-1");
    check("a", Float(2.7), "0x1.599999999999ap+1");
    check("A", Float(-2.7), "-0X1.599999999999AP+1");
    check("a", Float(0.0), "0x0p+0");
    check("+a", Float(0.0), "+0x0p+0");
    check(".3a", Float(0.0), "0x0.000p+0");
    check(".0a", Float(1.5), "0x2p+0");
    check(".0a", Float(2.5), "0x1p+1");
    check(".1a", Float(1.97), "0x2.0p+0");
    check("#.0a", Float(1.0), "0x1.p+0");
    check("a", Float(5e-324), "0x0.0000000000001p-1022");
    check(".2a", Float(5e-324), "0x0.00p-1022");
    check("020.3a", Float(-2.7), "-0x0000000001.59ap+1");
    check(".20a", Float(1.0), "0x1.00000000000000000000p+0");
}

#[test]
fn floats_that_are_no_numbers() {
    check("f", Float(f64::INFINITY), "inf");
    check("E", Float(f64::NEG_INFINITY), "-INF");
    check("010f", Float(f64::INFINITY), "       inf");
    check("+g", Float(f64::NAN.copysign(1.0)), "+nan");
    check("G", Float(f64::NAN.copysign(-1.0)), "-NAN");
    check("-6a|", Float(f64::INFINITY), "inf   ");
}

#[test]
fn strings_and_others() {
    check("s", Text("abc"), "abc");
    check("5s", Text("abc"), "  abc");
    check("-5s", Text("abc"), "abc  ");
    check(".2s", Text("abc"), "ab");
    check(".s", Text("abc"), "");
    check("10.1s", Text("abc"), "         a");
    let long = "x".repeat(LONG_STRING);
    check("99s", Text(&long), &long);
    check("99s", Text(&long[1..]), &long[1..]);
    check("c", Integer(65), "A");
    check("3c", Integer(65 + 256), "  A");
    check("-3c", Integer(65), "A  ");
    check("p", Integer(0x7f00_1234), "0x7f001234");
    check("-12p", Integer(0x10), "0x10        ");
    check("10p", Text(""), "    (null)");
}

#[test]
fn quoted() {
    check("q", Text("a\"b\\c\nd"), "\"a\\\"b\\\\c\\\nd\"");
    check("q", Text("\0\x001\r\x7f9"), "\"\\0\\0001\\13\\1279\"");
    check("q", Text("é"), "\"é\"");
    check("q", Integer(-5), "-5");
    check("q", Integer(i64::MIN), "0x8000000000000000");
    check("q", Float(1.0), "0x1p+0");
    check("q", Float(0.1), "0x1.999999999999ap-4");
    check("q", Float(f64::INFINITY), "1e9999");
    check("q", Float(f64::NEG_INFINITY), "-1e9999");
    check("q", Float(f64::NAN), "(0/0)");
}

#[test]
fn unknown_conversions() {
    check_error("y", "invalid conversion '%y' to 'format'");
    check_error("F", "invalid conversion '%F' to 'format'");
    check_error("", "invalid conversion '%' to 'format'");
    check_error("10", "invalid conversion '%10' to 'format'");
    check_error("5%", "invalid conversion '%5%' to 'format'");
    check_error("\0", "invalid conversion '%' to 'format'");
    check_error("lld", "invalid conversion '%l' to 'format'");
    check_error("0123456789012345678901d", "invalid format (too long)");
    check_error("5q", "specifier '%q' cannot have modifiers");
    assert_eq!(
        RawSpec::scan(b"\xff").and_then(|raw| raw.kind()).map_err(|error| error.message()),
        Err(b"invalid conversion '%\xff' to 'format'".to_vec())
    );
}

#[test]
fn modifiers_that_do_not_belong() {
    for conversion in [
        "#d", "+x", " x", "#u", "+u", "05s", "#s", "+c", "05c", ".3c", ".3p", "123d", ".123d", "5.123f",
        "..5f", "5-d", "1 d", "0005s",
    ] {
        check_error(conversion, &format!("invalid conversion specification: '%{conversion}'"));
    }
    check("0010d", Integer(1), "0000000001");
    check("- +#0g", Float(1.0), "+1.00000");
}
