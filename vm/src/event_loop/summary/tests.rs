use super::{Detail, Summary, address_words};
use rustix::io::Errno;

#[track_caller]
fn check_address(text: &str) {
    let words = address_words(Some(text.parse().expect("an address")));
    assert_eq!(core::str::from_utf8(words.as_bytes()), Ok(text));
}

#[track_caller]
fn check(summary: Summary, expect: &str) {
    assert_eq!(core::str::from_utf8(summary.words().as_bytes()), Ok(expect));
}

#[test]
fn addresses_read_as_the_standard_library_writes_them() {
    check_address("127.0.0.1:80");
    check_address("255.10.0.7:65535");
    check_address("[::1]:7000");
    check_address("[::]:0");
    check_address("[2001:db8::8:800:200c:417a]:443");
    check_address("[2001:0:1::]:1");
    check_address("[1:2:3:4:5:6:7:8]:9");
    check_address("[ff02::1:0:0:a0b:c]:9");
}

#[test]
fn summaries() {
    let peer = Some("10.0.0.1:5".parse().expect("an address"));
    let local = Some("10.0.0.2:7".parse().expect("an address"));
    check(Summary { peer, local, detail: Detail::Bytes(42) }, "10.0.0.1:5 -> 10.0.0.2:7, 42 bytes");
    check(Summary { peer, local: None, detail: Detail::Nothing }, "10.0.0.1:5");
    check(Summary::of(Detail::Failed(Errno::CONNREFUSED)), "ECONNREFUSED");
    check(Summary::of(Detail::Every(20)), "every 20 ms");
    check(Summary::default(), "");
}
