//! Time zones: the C library's, since it reads `TZ` and the system's tables.

#![allow(unsafe_code)]

use core::ffi::CStr;

/// A point in time by the clock on the wall, in the units of C's `struct tm`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalTime {
    /// Since 1900.
    pub year: i32,
    /// 0 to 11.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 60.
    pub second: i32,
    /// 0 is Sunday.
    pub weekday: i32,
    /// 0 to 365.
    pub yearday: i32,
    /// Daylight saving time; negative when unknown.
    pub is_dst: i32,
    /// Seconds east of UTC.
    pub utc_offset: i64,
    /// The abbreviation of the time zone.
    pub zone: Vec<u8>,
}

impl LocalTime {
    fn from_tm(tm: &libc::tm) -> LocalTime {
        let zone = if tm.tm_zone.is_null() {
            Vec::new()
        } else {
            // SAFETY: the C library's name of a zone, which it keeps.
            unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes().to_vec()
        };
        LocalTime {
            year: tm.tm_year,
            month: tm.tm_mon,
            day: tm.tm_mday,
            hour: tm.tm_hour,
            minute: tm.tm_min,
            second: tm.tm_sec,
            weekday: tm.tm_wday,
            yearday: tm.tm_yday,
            is_dst: tm.tm_isdst,
            utc_offset: tm.tm_gmtoff,
            zone,
        }
    }

    /// The time that many seconds after 1970-01-01 UTC; `None` when its year does not fit.
    pub fn from_seconds(seconds: i64) -> Option<LocalTime> {
        // SAFETY: all zeros is a valid `tm`.
        let mut tm: libc::tm = unsafe { core::mem::zeroed() };
        // SAFETY: both outlive the call; the process has no thread that changes `TZ`.
        let result = unsafe { libc::localtime_r(&seconds, &mut tm) };
        (!result.is_null()).then(|| LocalTime::from_tm(&tm))
    }

    /// Brings every field into its range, and gives the seconds since 1970-01-01 UTC; `None` when they do not
    /// fit. Weekday and yearday are not read.
    pub fn normalise(&mut self) -> Option<i64> {
        // SAFETY: as above.
        let mut tm: libc::tm = unsafe { core::mem::zeroed() };
        tm.tm_year = self.year;
        tm.tm_mon = self.month;
        tm.tm_mday = self.day;
        tm.tm_hour = self.hour;
        tm.tm_min = self.minute;
        tm.tm_sec = self.second;
        tm.tm_isdst = self.is_dst;
        // SAFETY: as above.
        let seconds = unsafe { libc::mktime(&mut tm) };
        *self = LocalTime::from_tm(&tm);
        // C uses the same number for a failure and for the last second of 1969.
        (seconds != -1).then_some(seconds)
    }
}
