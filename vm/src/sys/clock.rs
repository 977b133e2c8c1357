//! The two clocks, and a wall-clock time cut into its UTC parts without allocation.
//!
//! Not here: time zones and `os.date` (`calendar.rs`).

use libc::clockid_t;

/// By the C library, which finds the kernel's page for clocks once for all: to have rustix look for it too would cost
/// each start a twentieth of its time.
fn read(clock: clockid_t) -> (i64, i64) {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes the local alone. It fails for no clock that is named here.
    unsafe { libc::clock_gettime(clock, &mut now) };
    (now.tv_sec, now.tv_nsec)
}

fn nanoseconds(clock: clockid_t) -> u64 {
    let (seconds, nanoseconds) = read(clock);
    (seconds as u64).wrapping_mul(1_000_000_000).wrapping_add(nanoseconds as u64)
}

/// Nanoseconds since 1970-01-01 UTC.
pub fn wall() -> i64 {
    let (seconds, nanoseconds) = read(libc::CLOCK_REALTIME);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// Seconds since 1970-01-01 UTC as of the system's last tick, as C's `time` has them.
pub fn wall_seconds() -> i64 {
    read(libc::CLOCK_REALTIME_COARSE).0
}

/// Nanoseconds of the clock that never goes back.
pub fn monotonic() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC)
}

/// The same as of the system's last tick, some milliseconds ago at most: for what happens too often to ask.
pub fn monotonic_coarse() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC_COARSE)
}

/// Nanoseconds for which a processor has worked for the calling thread.
pub fn thread() -> u64 {
    nanoseconds(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// The same for the process.
pub fn process() -> u64 {
    nanoseconds(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utc {
    /// By the Gregorian calendar.
    pub year: i64,
    /// 1 to 12
    pub month: u8,
    /// 1 to 31
    pub day: u8,
    /// 0 to 23
    pub hour: u8,
    /// 0 to 59
    pub minute: u8,
    /// 0 to 59
    pub second: u8,
}

impl Utc {
    /// The moment that many nanoseconds after 1970-01-01.
    pub fn from_wall(wall: i64) -> Utc {
        let seconds = wall.div_euclid(1_000_000_000);
        let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Years are counted from March, so that the leap day is the last of its year and every month before
        // it has the same number of days in every year; 719,468 days lie between 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Utc {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u8,
            day: (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u8,
            hour: (second_of_day / 3600) as u8,
            minute: (second_of_day / 60 % 60) as u8,
            second: (second_of_day % 60) as u8,
        }
    }
}

#[cfg(test)]
mod tests;
