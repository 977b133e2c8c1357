use super::*;

#[track_caller]
fn check_code(code: u32, expect: &[u8]) {
    let mut buffer = [0; MAX_LENGTH];
    assert_eq!(encode(code, &mut buffer), expect, "{code:#x}");
    assert_eq!(decode(expect, true), Some((code, expect.len())), "{code:#x}");
    let strict = char::from_u32(code).map(|_| (code, expect.len()));
    assert_eq!(decode(expect, false), strict, "{code:#x}");
    for cut in 0..expect.len() {
        assert_eq!(decode(&expect[..cut], true), None);
    }
}

#[test]
fn the_edges_of_every_length() {
    check_code(0, b"\0");
    check_code(0x7f, b"\x7f");
    check_code(0x80, b"\xc2\x80");
    check_code(0x7ff, b"\xdf\xbf");
    check_code(0x800, b"\xe0\xa0\x80");
    check_code(0xd7ff, b"\xed\x9f\xbf");
    check_code(0xd800, b"\xed\xa0\x80");
    check_code(0xdfff, b"\xed\xbf\xbf");
    check_code(0xffff, b"\xef\xbf\xbf");
    check_code(0x10000, b"\xf0\x90\x80\x80");
    check_code(0x10ffff, b"\xf4\x8f\xbf\xbf");
    check_code(0x110000, b"\xf4\x90\x80\x80");
    check_code(0x1fffff, b"\xf7\xbf\xbf\xbf");
    check_code(0x200000, b"\xf8\x88\x80\x80\x80");
    check_code(0x3ffffff, b"\xfb\xbf\xbf\xbf\xbf");
    check_code(0x4000000, b"\xfc\x84\x80\x80\x80\x80");
    check_code(MAX_CODE, b"\xfd\xbf\xbf\xbf\xbf\xbf");
}

#[test]
fn invalid_sequences() {
    for bytes in [
        &b"\x80"[..],
        b"\xbf",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf8\x87\xbf\xbf\xbf",
        b"\xfc\x83\xbf\xbf\xbf\xbf",
        b"\xfe\x80\x80\x80\x80\x80\x80",
        b"\xff\x80\x80\x80\x80\x80\x80\x80",
        b"\xc3(",
        b"\xe2\x82(",
    ] {
        assert_eq!(decode(bytes, true), None, "{}", bytes.escape_ascii());
        assert_eq!(decode(bytes, false), None, "{}", bytes.escape_ascii());
    }
}

#[test]
fn counting() {
    let text = "aé€𝄞".as_bytes();
    assert_eq!(count(text, 0, text.len(), false), Ok(4));
    assert_eq!(count(text, 1, 2, false), Ok(1));
    assert_eq!(count(text, 3, 3, false), Ok(0));
    assert_eq!(count(text, 2, text.len(), false), Err(2));
    assert_eq!(count(b"ab\xff", 0, 3, true), Err(2));
    assert_eq!(count(b"\xf4\x90\x80\x80", 0, 4, true), Ok(1));
    assert_eq!(count(b"\xf4\x90\x80\x80", 0, 4, false), Err(0));
}

#[test]
fn offsets() {
    let text = "aé€".as_bytes();
    assert_eq!(offset(text, 1, 0), Ok(Some(0)));
    assert_eq!(offset(text, 2, 0), Ok(Some(1)));
    assert_eq!(offset(text, 3, 0), Ok(Some(3)));
    assert_eq!(offset(text, 4, 0), Ok(Some(6)));
    assert_eq!(offset(text, 5, 0), Ok(None));
    assert_eq!(offset(text, -1, 6), Ok(Some(3)));
    assert_eq!(offset(text, -3, 6), Ok(Some(0)));
    assert_eq!(offset(text, -4, 6), Ok(None));
    assert_eq!(offset(text, 0, 5), Ok(Some(3)));
    assert_eq!(offset(text, 0, 6), Ok(Some(6)));
    assert_eq!(offset(text, 1, 2), Err(InsideCharacter));
    assert_eq!(offset(text, i64::MIN, 6), Ok(None));
    assert_eq!(offset(b"", 1, 0), Ok(Some(0)));
    assert_eq!(offset(b"\x80\x80", 0, 1), Ok(Some(0)));
}

#[test]
fn codes() {
    let text = "aé€".as_bytes();
    assert_eq!(next_code(text, 0, false), Ok(Some((0, 'a' as u32))));
    assert_eq!(next_code(text, 1, false), Ok(Some((1, 'é' as u32))));
    assert_eq!(next_code(text, 2, false), Ok(Some((3, '€' as u32))));
    assert_eq!(next_code(text, 4, false), Ok(None));
    assert_eq!(next_code(text, u64::MAX, false), Ok(None));
    assert_eq!(next_code(b"a\xff", 1, false), Err(InvalidCode));
    // One continuation byte too many belongs to no character.
    assert_eq!(next_code(b"\xc3\xa9\x80", 0, false), Err(InvalidCode));
}

#[test]
fn positions() {
    assert_eq!(position(3, 5), 3);
    assert_eq!(position(-1, 5), 5);
    assert_eq!(position(-5, 5), 1);
    assert_eq!(position(-6, 5), 0);
    assert_eq!(position(i64::MIN, 5), 0);
}
