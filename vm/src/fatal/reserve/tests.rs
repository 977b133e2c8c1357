//! File names of dumps.

use super::*;

#[track_caller]
fn check_name(script: &str, expected: &str) {
    assert_eq!(String::from_utf8_lossy(&program_name(Some(OsStr::new(script)))), expected);
}

#[test]
fn programs_are_named_by_their_script() {
    check_name("orders.lua", "orders");
    check_name("/srv/app/orders.lua", "orders");
    check_name("./a.b.lua", "a.b");
    check_name("orders", "orders");
    check_name(".lua", "requiem");
    check_name(".hidden.lua", "_hidden");
    check_name("-x.lua", "_x");
    check_name("two\nlines.lua", "two_lines");
    check_name("", "requiem");
    assert_eq!(program_name(None), b"requiem");
    assert_eq!(program_name(Some(OsStr::new(&"n".repeat(400)))).len(), NAME_BYTES_MAX);
}

#[test]
fn stems_hold_process_and_time() {
    let mut line = LongLine::new();
    file_stem(&mut line, b"orders", 4711, 1_795_172_700_000_000_000, 0);
    assert_eq!(line.as_bytes(), b"orders.4711.20261120T110500Z");
    let mut line = LongLine::new();
    file_stem(&mut line, b"orders", 1, 1_795_172_700_999_999_999, 2);
    assert_eq!(line.as_bytes(), b"orders.1.20261120T110500Z.2");
}
