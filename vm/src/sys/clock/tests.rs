//! Moments whose UTC parts are known.

use super::*;

#[track_caller]
fn check(seconds: i64, year: i64, month: u8, day: u8, time: (u8, u8, u8)) {
    let (hour, minute, second) = time;
    let expected = Utc { year, month, day, hour, minute, second };
    assert_eq!(Utc::from_wall(seconds * 1_000_000_000), expected);
}

#[test]
fn moments_have_their_dates() {
    check(0, 1970, 1, 1, (0, 0, 0));
    check(-1, 1969, 12, 31, (23, 59, 59));
    check(951_782_400, 2000, 2, 29, (0, 0, 0));
    check(951_868_799, 2000, 2, 29, (23, 59, 59));
    check(1_709_251_199, 2024, 2, 29, (23, 59, 59));
    check(1_795_172_700, 2026, 11, 20, (11, 5, 0));
    check(4_107_542_400, 2100, 3, 1, (0, 0, 0));
}

#[test]
fn clocks_advance() {
    let (wall_before, before) = (wall(), monotonic());
    assert!(monotonic() >= before);
    assert!(wall_before > 1_600_000_000_000_000_000);
}
