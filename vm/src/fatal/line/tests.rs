//! Numbers as a person reads them.

use super::*;

#[track_caller]
fn check(build: impl Fn(&mut Line<32>), expected: &str) {
    let mut line = Line::<32>::new();
    build(&mut line);
    assert_eq!(String::from_utf8_lossy(line.as_bytes()), expected);
}

#[test]
fn numbers() {
    check(
        |line| {
            line.number(0, 1);
        },
        "0",
    );
    check(
        |line| {
            line.number(7, 2);
        },
        "07",
    );
    check(
        |line| {
            line.number(20_261_120, 4);
        },
        "20261120",
    );
    check(
        |line| {
            line.number(u64::MAX, 1);
        },
        "18446744073709551615",
    );
    check(
        |line| {
            line.address(0xdead_beef);
        },
        "0xdeadbeef",
    );
    check(
        |line| {
            line.address(0);
        },
        "0x0",
    );
}

#[test]
fn sizes() {
    check(
        |line| {
            line.size(640);
        },
        "640 bytes",
    );
    check(
        |line| {
            line.size(999);
        },
        "999 bytes",
    );
    check(
        |line| {
            line.size(1000);
        },
        "1.0 kB",
    );
    check(
        |line| {
            line.size(1_234_567);
        },
        "1.2 MB",
    );
    check(
        |line| {
            line.size(9_960_000);
        },
        "10 MB",
    );
    check(
        |line| {
            line.size(450_000_000);
        },
        "450 MB",
    );
    check(
        |line| {
            line.size(999_700_000);
        },
        "1.0 GB",
    );
    check(
        |line| {
            line.size(u64::MAX);
        },
        "18446744 TB",
    );
}

#[test]
fn times() {
    check(
        |line| {
            line.duration(830_000);
        },
        "830 us",
    );
    check(
        |line| {
            line.duration(3_400_000);
        },
        "3 ms",
    );
    check(
        |line| {
            line.duration(1_480_000_000);
        },
        "1.4 s",
    );
}

#[test]
fn what_does_not_fit_is_cut() {
    let mut line = Line::<5>::new();
    line.text("abcdef");
    assert!(line.is_cut());
    assert_eq!((line.as_bytes(), line.as_c_str()), (&b"abcd"[..], c"abcd"));
}
