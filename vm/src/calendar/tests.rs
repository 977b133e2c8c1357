use super::*;

fn utc(seconds: i64) -> Date {
    Date::from_utc(seconds).expect("a year that fits")
}

#[track_caller]
fn check(seconds: i64, format: &str, expect: &str) {
    let mut out = Vec::new();
    utc(seconds).push_formatted(format.as_bytes(), &mut out).expect("a valid format");
    assert_eq!(String::from_utf8_lossy(&out), expect, "{format}");
    assert_eq!(utc(seconds).to_utc(), Some(seconds));
}

#[track_caller]
fn check_normalized(fields: [i64; 6], expect: &str) {
    let [year, month, day, hour, minute, second] = fields;
    let date = Date { year, month, day, hour, minute, second, ..utc(0) }.normalized();
    let mut out = Vec::new();
    date.expect("a date that fits").push_formatted(b"%F %T %j %w", &mut out).expect("a valid format");
    assert_eq!(String::from_utf8_lossy(&out), expect);
}

#[test]
fn every_conversion() {
    // A Saturday afternoon.
    let at = 1_709_391_845;
    check(at, "%a %A %b %B %h", "Sat Saturday Mar March Mar");
    check(at, "%c", "Sat Mar  2 15:04:05 2024");
    check(at, "%C %y %Y %g %G", "20 24 2024 24 2024");
    check(at, "%d|%e|%m|%j", "02| 2|03|062");
    check(at, "%D %x %F", "03/02/24 03/02/24 2024-03-02");
    check(at, "%H %I %M %S %p", "15 03 04 05 PM");
    check(at, "%r %R %T %X", "03:04:05 PM 15:04 15:04:05 15:04:05");
    check(at, "%u %w %U %W %V", "6 6 08 09 09");
    check(at, "%z %Z%n%t%%", "+0000 GMT\n\t%");
    check(at, "%Ec|%EC|%Ex|%EX|%Ey|%EY", "Sat Mar  2 15:04:05 2024|20|03/02/24|15:04:05|24|2024");
    check(
        at,
        "%Od%Oe%OH%OI%Om%OM%OS%Ou%OU%OV%Ow%OW%Oy",
        &["02", " 2", "15", "03", "03", "04", "05", "6", "08", "09", "6", "09", "24"].concat(),
    );
    check(at, "plain", "plain");
    check(at, "", "");
}

#[test]
fn noon_and_midnight() {
    check(0, "%I %p %c", "12 AM Thu Jan  1 00:00:00 1970");
    check(12 * 3600, "%I %p", "12 PM");
    check(-1, "%c", "Wed Dec 31 23:59:59 1969");
}

#[test]
fn weeks_at_the_turn_of_the_year() {
    // 2021-01-01 belongs to the last week of 2020, 2018-12-31 to the first of 2019.
    check(1_609_459_200, "%G-%V %g %U %W %u", "2020-53 20 00 00 5");
    check(1_546_214_400, "%G-%V %g %U %W %j", "2019-01 19 52 53 365");
    check(1_704_067_200, "%G-%V %U %W", "2024-01 00 01");
}

#[test]
fn far_years() {
    check(-62_135_596_800, "%F", "1-01-01");
    check(-62_167_219_200, "%F %A", "0-01-01 Saturday");
    check(67_767_976_233_532_799, "%F", "2147483647-12-31");
    assert_eq!(utc(67_768_036_191_676_799).year, i64::from(i32::MAX) + 1900);
    assert_eq!(Date::from_utc(67_768_036_191_676_800), None);
    assert_eq!(Date::from_utc(i64::MIN), None);
    assert_eq!(Date::from_utc(i64::MAX), None);
}

#[test]
fn fields_beyond_their_ranges() {
    check_normalized([2024, 1, 32, 0, 0, 0], "2024-02-01 00:00:00 032 4");
    check_normalized([2024, 14, 1, 12, 0, 0], "2025-02-01 12:00:00 032 6");
    check_normalized([2024, 0, 1, 12, 0, 0], "2023-12-01 12:00:00 335 5");
    check_normalized([2024, 3, 0, 12, 0, 0], "2024-02-29 12:00:00 060 4");
    check_normalized([1900, 3, 0, 12, 0, 0], "1900-02-28 12:00:00 059 3");
    check_normalized([2024, 1, 1, 0, 0, -1], "2023-12-31 23:59:59 365 0");
    check_normalized([2024, 1, 1, 25, 61, 61], "2024-01-02 02:02:01 002 2");
    check_normalized([2024, -11, 1, 0, 0, 0], "2023-01-01 00:00:00 001 0");
    let mut date = utc(0);
    for year in [i64::MIN, i64::MAX, 1 << 50] {
        date.year = year;
        assert_eq!(date.to_utc(), None);
    }
    date = Date { month: i64::MIN, ..utc(0) };
    assert_eq!(date.to_utc(), None);
    date = Date { day: i64::MIN, hour: i64::MAX, ..utc(0) };
    assert_eq!(date.to_utc(), None);
}

#[test]
fn local_zone_and_odd_fields() {
    let mut out = Vec::new();
    let date =
        Date { utc_offset: -(5 * 3600 + 30 * 60), zone: b"XST".to_vec(), weekday: 9, month: 0, ..utc(0) };
    date.push_formatted(b"%z %Z %a %A %b", &mut out).expect("a valid format");
    assert_eq!(out, b"-0530 XST ? ? ?");
}

#[test]
fn unknown_conversions() {
    for (format, expect) in [
        ("%Ez", "invalid conversion specifier '%Ez'"),
        ("%d %Q rest", "invalid conversion specifier '%Q rest'"),
        ("%", "invalid conversion specifier '%'"),
        ("%E", "invalid conversion specifier '%E'"),
        ("%Oc", "invalid conversion specifier '%Oc'"),
        ("%\0x", "invalid conversion specifier '%'"),
    ] {
        let error = utc(0).push_formatted(format.as_bytes(), &mut Vec::new()).expect_err(format);
        assert_eq!(error.message(), expect.as_bytes());
    }
}

#[test]
fn every_day_of_four_centuries_and_back() {
    let mut expect = (1900, 1, 1);
    for day in days_of_date(1900, 1, 1)..days_of_date(2301, 1, 1) {
        assert_eq!(date_of_days(day), expect);
        assert_eq!(days_of_date(expect.0, expect.1, expect.2), day);
        let (year, month, _) = expect;
        let length = match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        expect.2 += 1;
        if expect.2 > length {
            expect = (if month == 12 { year + 1 } else { year }, month % 12 + 1, 1);
        }
    }
}
