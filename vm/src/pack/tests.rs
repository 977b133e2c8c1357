use super::*;

enum Value<'a> {
    Integer(i64),
    Float(f64),
    Text(&'a [u8]),
}
use Value::{Float, Integer, Text};

fn packed(format: &str, values: &[Value<'_>]) -> Result<Vec<u8>, PackError> {
    let mut format = PackFormat::new(format.as_bytes());
    let mut values = values.iter();
    let mut out = Vec::new();
    while let Some(item) = format.next(out.len())? {
        item.push_padding(&mut out);
        match item.content {
            Content::Padding => out.push(0),
            Content::Nothing => {}
            _ => match values.next().expect("a value for every item") {
                Integer(integer) => item.push_integer(*integer, &mut out)?,
                Float(float) => item.push_float(*float, &mut out),
                Text(text) => item.push_string(text, &mut out)?,
            },
        }
    }
    Ok(out)
}

fn unpacked(format: &str, data: &[u8]) -> Result<(String, usize), PackError> {
    let mut format = PackFormat::new(format.as_bytes());
    let (mut at, mut shown) = (0, Vec::new());
    while let Some(item) = format.next(at)? {
        let (field, end) = item.take(data, at)?;
        at = end;
        match item.content {
            Content::Signed | Content::Unsigned => shown.push(item.read_integer(field)?.to_string()),
            Content::Single | Content::Double => shown.push(item.read_float(field).to_string()),
            Content::Bytes | Content::Counted | Content::ZeroTerminated => {
                let (string, behind) = item.read_string(field, data, end)?;
                shown.push(string.escape_ascii().to_string());
                at = behind;
            }
            Content::Padding | Content::Nothing => {}
        }
    }
    Ok((shown.join(" "), at))
}

/// Packs to `bytes`, and `bytes` unpack to `shown`.
#[track_caller]
fn check(format: &str, values: &[Value<'_>], bytes: &[u8], shown: &str) {
    assert_eq!(packed(format, values).as_deref(), Ok(bytes), "{format}");
    assert_eq!(unpacked(format, bytes), Ok((shown.to_owned(), bytes.len())), "{format}");
}

#[track_caller]
fn check_format_error(format: &str, expect: &str) {
    assert_eq!(packed_size(format.as_bytes()).map_err(|error| error.to_string()), Err(expect.to_owned()));
}

#[test]
fn integers() {
    check("<i4", &[Integer(1)], &[1, 0, 0, 0], "1");
    check(">i4", &[Integer(1)], &[0, 0, 0, 1], "1");
    check("<i3", &[Integer(-2)], &[0xfe, 0xff, 0xff], "-2");
    check("<I3", &[Integer(0xfffffe)], &[0xfe, 0xff, 0xff], "16777214");
    check("b", &[Integer(-128)], &[0x80], "-128");
    check("B", &[Integer(255)], &[0xff], "255");
    check("<j", &[Integer(i64::MIN)], &[0, 0, 0, 0, 0, 0, 0, 0x80], "-9223372036854775808");
    check("<J", &[Integer(-1)], &[0xff; 8], "-1");
    check("<i16", &[Integer(-1)], &[0xff; 16], "-1");
    check(">i9", &[Integer(-2)], &[255, 255, 255, 255, 255, 255, 255, 255, 254], "-2");
    check("<I9", &[Integer(-1)], &[255, 255, 255, 255, 255, 255, 255, 255, 0], "-1");
    check("<hH", &[Integer(-1), Integer(1)], &[0xff, 0xff, 1, 0], "-1 1");
    check("<i2 >i2 =", &[Integer(1), Integer(1)], &[1, 0, 0, 1], "1 1");
}

#[test]
fn integers_that_do_not_fit() {
    let overflow = Err(PackError::IntegerOverflow);
    assert_eq!(packed("b", &[Integer(128)]), overflow);
    assert_eq!(packed("b", &[Integer(-129)]), overflow);
    assert_eq!(packed("i7", &[Integer(1 << 55)]), overflow);
    assert_eq!(packed("B", &[Integer(-1)]), Err(PackError::UnsignedOverflow));
    assert_eq!(packed("I7", &[Integer(1 << 56)]), Err(PackError::UnsignedOverflow));
    let mut bytes = [0; 16];
    bytes[8] = 1;
    for format in ["<i16", "<I16"] {
        let error = unpacked(format, &bytes).expect_err("the ninth byte counts");
        assert_eq!(error.to_string(), "16-byte integer does not fit into Lua Integer");
    }
    assert_eq!(unpacked("<I9", &[0xff; 9]), Err(PackError::IntegerTooLarge(9)));
    // All sign bits, but the integer itself is positive.
    let positive = [0, 0, 0, 0, 0, 0, 0, 0, 0xff];
    assert_eq!(unpacked("<i9", &positive), Err(PackError::IntegerTooLarge(9)));
}

#[test]
fn floats() {
    check("<f", &[Float(1.5)], &1.5f32.to_le_bytes(), "1.5");
    check(">d", &[Float(-0.1)], &(-0.1f64).to_be_bytes(), "-0.1");
    check("<n", &[Float(f64::INFINITY)], &f64::INFINITY.to_le_bytes(), "inf");
    assert_eq!(packed("<f", &[Float(1e300)]).as_deref(), Ok(&f32::INFINITY.to_le_bytes()[..]));
}

#[test]
fn strings() {
    check("z", &[Text(b"abc")], b"abc\0", "abc");
    check("<s1", &[Text(b"abc")], b"\x03abc", "abc");
    check(">s2", &[Text(b"")], b"\0\0", "");
    check("c5", &[Text(b"abc")], b"abc\0\0", "abc\\x00\\x00");
    check("c0", &[Text(b"")], b"", "");
    check("<s16", &[Text(b"x")], &[&[1][..], &[0; 15], b"x"].concat(), "x");
    assert_eq!(packed("c2", &[Text(b"abc")]), Err(PackError::StringTooLong));
    assert_eq!(packed("z", &[Text(b"a\0")]), Err(PackError::StringContainsZeros));
    assert_eq!(packed("s1", &[Text(&[b'x'; 256])]), Err(PackError::LengthTooLarge));
    assert_eq!(packed("s1", &[Text(&[b'x'; 255])]).map(|out| out.len()), Ok(256));
}

#[test]
fn padding_and_alignment() {
    check("bxb", &[Integer(1), Integer(2)], &[1, 0, 2], "1 2");
    check("<!bi4", &[Integer(1), Integer(2)], &[1, 0, 0, 0, 2, 0, 0, 0], "1 2");
    check("<!2bi4", &[Integer(1), Integer(2)], &[1, 0, 2, 0, 0, 0], "1 2");
    check("<bi4", &[Integer(1), Integer(2)], &[1, 2, 0, 0, 0], "1 2");
    check("<!4 b Xi4 b", &[Integer(1), Integer(2)], &[1, 0, 0, 0, 2], "1 2");
    check("!bXd", &[Integer(1)], &[1, 0, 0, 0, 0, 0, 0, 0], "1");
    assert_eq!(packed_size(b"!8 b d"), Ok(16));
    assert_eq!(packed_size(b"!8 b s8 x").map_err(|error| error.blame()), Err(Blame::Format));
    // The reference reads a format as a C string.
    assert_eq!(packed_size(b"b\0nonsense"), Ok(1));
}

#[test]
fn native_sizes() {
    let sizes = b"bBhHiIlLjJTfdnx";
    let expect = [1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 8, 4, 8, 8, 1];
    for (option, size) in sizes.iter().zip(expect) {
        assert_eq!(packed_size(&[*option]), Ok(size), "{}", *option as char);
    }
}

#[test]
fn format_errors() {
    check_format_error("i17", "integral size (17) out of limits [1,16]");
    check_format_error("i0", "integral size (0) out of limits [1,16]");
    check_format_error("!17", "integral size (17) out of limits [1,16]");
    check_format_error("c", "missing size for format option 'c'");
    check_format_error("y", "invalid format option 'y'");
    check_format_error("X", "invalid next option for option 'X'");
    check_format_error("Xc1", "invalid next option for option 'X'");
    check_format_error("Xz", "invalid next option for option 'X'");
    check_format_error("XX", "invalid next option for option 'X'");
    check_format_error("X<", "invalid next option for option 'X'");
    check_format_error("!4i3", "format asks for alignment not power of 2");
    check_format_error("s", "variable-length format");
    check_format_error("z", "variable-length format");
    check_format_error("c2147483639c9", "format result too large");
    check_format_error("c2147483647", "invalid format option '7'");
    check_format_error("c99999999999", "invalid format option '9'");
    assert_eq!(packed_size(b"c2147483639c8"), Ok(2147483647));
    assert_eq!(PackError::InvalidOption(0xff).message(), b"invalid format option '\xff'");
}

#[test]
fn data_that_ends_too_soon() {
    assert_eq!(unpacked("i4", &[1, 2, 3]), Err(PackError::DataTooShort));
    assert_eq!(unpacked("<s1", &[3, b'a', b'b']), Err(PackError::DataTooShort));
    assert_eq!(unpacked("<s8", &[0xff; 20]), Err(PackError::DataTooShort));
    assert_eq!(unpacked("z", b"abc"), Err(PackError::UnfinishedString));
    assert_eq!(unpacked("z", b""), Err(PackError::UnfinishedString));
    assert_eq!(unpacked("!8 b Xd", &[1]), Err(PackError::DataTooShort));
    assert_eq!(unpacked("c2147483639", b"x"), Err(PackError::DataTooShort));
    assert_eq!(unpacked("", b"x"), Ok((String::new(), 0)));
}
