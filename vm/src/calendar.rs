//! Dates: seconds since 1970 to year, month, day and back, and `os.date`'s text in the C locale.
//!
//! The calendar is the Gregorian one in both directions without end; years are limited to those of C's `struct tm`.
//!
//! Invariant: a `Date` made by `Date::from_utc` or `Date::normalized` has every field in its range.
//! Not here: time zones. A local date is made by the caller (`localtime_r`), who fills `utc_offset` and `zone`.

#[cfg(test)]
mod tests;

use crate::c_string::until_nul;
use std::io::Write;

const SECONDS_PER_DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01. Years that begin in March have their leap day last.
const EPOCH_FROM_MARCH_0: i64 = 719_468;
const DAYS_PER_ERA: i64 = 146_097;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A point in time, broken down. All fields but `utc_offset` and `zone` are what `os.date("*t")` shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// As written: 2024.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 60.
    pub second: i64,
    /// 1 is Sunday.
    pub weekday: i64,
    /// 1 to 366.
    pub yearday: i64,
    /// Daylight saving time; `None` when unknown.
    pub is_dst: Option<bool>,
    /// Seconds east of UTC.
    pub utc_offset: i64,
    /// The abbreviation of the time zone.
    pub zone: Vec<u8>,
}

/// An `os.date` format has a conversion that C does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConversion<'f> {
    /// The format from behind the `%` to its end.
    pub rest: &'f [u8],
}

impl InvalidConversion<'_> {
    /// The reference's words.
    pub fn message(&self) -> Vec<u8> {
        let shown = until_nul(self.rest);
        [b"invalid conversion specifier '%", shown, b"'"].concat()
    }
}

impl Date {
    /// The date of a number of seconds since 1970, in UTC; `None` when its year does not fit C's `struct tm`.
    pub fn from_utc(seconds: i64) -> Option<Date> {
        let days = seconds.div_euclid(SECONDS_PER_DAY);
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = date_of_days(days);
        i32::try_from(year - 1900).ok()?;
        Some(Date {
            year,
            month,
            day,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            weekday: (days + 4).rem_euclid(7) + 1,
            yearday: days - days_of_date(year, 1, 1) + 1,
            is_dst: Some(false),
            utc_offset: 0,
            zone: b"GMT".to_vec(),
        })
    }

    /// The seconds since 1970 of a date in UTC, whose fields may be beyond their ranges: the 32nd of January is the
    /// 1st of February. Only year, month, day, hour, minute and second count. `None` on overflow.
    pub fn to_utc(&self) -> Option<i64> {
        let month = self.month.checked_sub(1)?;
        let year = self.year.checked_add(month.div_euclid(12))?;
        // Far beyond what any date can be, and what keeps the days below from overflowing.
        if year.unsigned_abs() > 1 << 40 {
            return None;
        }
        let first = days_of_date(year, month.rem_euclid(12) + 1, 1);
        let days = first.checked_add(self.day.checked_sub(1)?)?;
        days.checked_mul(24)?
            .checked_add(self.hour)?
            .checked_mul(60)?
            .checked_add(self.minute)?
            .checked_mul(60)?
            .checked_add(self.second)
    }

    /// The same point in time with every field in its range, in UTC.
    pub fn normalized(&self) -> Option<Date> {
        Date::from_utc(self.to_utc()?)
    }

    /// Appends the date in a format of `strftime`, without the `!` that `os.date` allows in front.
    pub fn push_formatted<'f>(
        &self,
        format: &'f [u8],
        out: &mut Vec<u8>,
    ) -> Result<(), InvalidConversion<'f>> {
        let mut rest = format;
        while let Some(at) = memchr::memchr(b'%', rest) {
            out.extend_from_slice(&rest[..at]);
            let conversion = &rest[at + 1..];
            let length = conversion_length(conversion).ok_or(InvalidConversion { rest: conversion })?;
            // In the C locale the modifiers E and O change nothing.
            self.push_conversion(conversion[length - 1], out);
            rest = &conversion[length..];
        }
        out.extend_from_slice(rest);
        Ok(())
    }

    fn push_conversion(&self, conversion: u8, out: &mut Vec<u8>) {
        let weekday = self.weekday - 1;
        let (iso_year, iso_week) = self.iso_week();
        let hour_of_12 = (self.hour + 11).rem_euclid(12) + 1;
        match conversion {
            b'a' => out.extend_from_slice(&name(&WEEKDAYS, weekday)[..abbreviated(&WEEKDAYS, weekday)]),
            b'A' => out.extend_from_slice(name(&WEEKDAYS, weekday)),
            b'b' | b'h' => {
                out.extend_from_slice(&name(&MONTHS, self.month - 1)[..abbreviated(&MONTHS, self.month - 1)]);
            }
            b'B' => out.extend_from_slice(name(&MONTHS, self.month - 1)),
            b'c' => self.push_all(b"a b e T Y", out),
            // glibc does not pad it, although years before 1000 then lose a digit.
            b'C' => push_number(self.year.div_euclid(100), 1, b'0', out),
            b'd' => push_number(self.day, 2, b'0', out),
            b'D' | b'x' => self.push_all(b"m/d/y", out),
            b'e' => push_number(self.day, 2, b' ', out),
            b'F' => self.push_all(b"Y-m-d", out),
            b'g' => push_number(iso_year.rem_euclid(100), 2, b'0', out),
            b'G' => push_number(iso_year, 1, b'0', out),
            b'H' => push_number(self.hour, 2, b'0', out),
            b'I' => push_number(hour_of_12, 2, b'0', out),
            b'j' => push_number(self.yearday, 3, b'0', out),
            b'm' => push_number(self.month, 2, b'0', out),
            b'M' => push_number(self.minute, 2, b'0', out),
            b'n' => out.push(b'\n'),
            b'p' => out.extend_from_slice(if self.hour < 12 { b"AM" } else { b"PM" }),
            b'r' => self.push_all(b"I:M:S p", out),
            b'R' => self.push_all(b"H:M", out),
            b'S' => push_number(self.second, 2, b'0', out),
            b't' => out.push(b'\t'),
            b'T' | b'X' => self.push_all(b"H:M:S", out),
            b'u' => push_number((weekday + 6).rem_euclid(7) + 1, 1, b'0', out),
            b'U' => push_number((self.yearday + 6 - weekday).div_euclid(7), 2, b'0', out),
            b'V' => push_number(iso_week, 2, b'0', out),
            b'w' => push_number(weekday, 1, b'0', out),
            b'W' => push_number((self.yearday + 6 - (weekday + 6).rem_euclid(7)).div_euclid(7), 2, b'0', out),
            b'y' => push_number(self.year.rem_euclid(100), 2, b'0', out),
            b'Y' => push_number(self.year, 1, b'0', out),
            b'z' => {
                let minutes = self.utc_offset.abs() / 60;
                out.push(if self.utc_offset < 0 { b'-' } else { b'+' });
                push_number(minutes / 60 * 100 + minutes % 60, 4, b'0', out);
            }
            b'Z' => out.extend_from_slice(&self.zone),
            other => out.push(other),
        }
    }

    /// A format in which every letter is a conversion.
    fn push_all(&self, format: &[u8], out: &mut Vec<u8>) {
        for &byte in format {
            match byte {
                _ if byte.is_ascii_alphabetic() => self.push_conversion(byte, out),
                _ => out.push(byte),
            }
        }
    }

    /// Year and week by ISO 8601: a week belongs to the year that has its Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let days_since_monday = (self.weekday + 5).rem_euclid(7);
        let thursday = self.yearday + 3 - days_since_monday;
        let length = year_length(self.year);
        let (year, thursday) = match thursday {
            ..1 => (self.year - 1, thursday + year_length(self.year - 1)),
            _ if thursday > length => (self.year + 1, thursday - length),
            _ => (self.year, thursday),
        };
        (year, (thursday - 1).div_euclid(7) + 1)
    }
}

/// How long the conversion is that begins here, `%` not counted: one letter, or one behind a modifier that suits it.
fn conversion_length(conversion: &[u8]) -> Option<usize> {
    match conversion {
        [b'E', letter, ..] if b"cCxXyY".contains(letter) => Some(2),
        [b'O', letter, ..] if b"deHImMSuUVwWy".contains(letter) => Some(2),
        [letter, ..] if b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%".contains(letter) => Some(1),
        _ => None,
    }
}

/// `?` for a field out of range, as glibc has it.
fn name<'n>(names: &[&'n str], index: i64) -> &'n [u8] {
    usize::try_from(index).ok().and_then(|index| names.get(index)).map_or(b"?", |name| name.as_bytes())
}

fn abbreviated(names: &[&str], index: i64) -> usize {
    name(names, index).len().min(3)
}

fn push_number(number: i64, width: usize, fill: u8, out: &mut Vec<u8>) {
    let written = match fill {
        b' ' => write!(out, "{number:width$}"),
        _ => write!(out, "{number:0width$}"),
    };
    written.expect("a vector takes what is written to it");
}

fn year_length(year: i64) -> i64 {
    days_of_date(year + 1, 1, 1) - days_of_date(year, 1, 1)
}

/// Days since 1970 of a date whose month is in its range.
fn days_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    // From March on, months of 31 and 30 days alternate in a period that this division reproduces.
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - EPOCH_FROM_MARCH_0
}

/// Year, month and day of a number of days since 1970.
fn date_of_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_FROM_MARCH_0;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    // Takes the leap days out: one in 4 years, none in 100, one in 400.
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}
