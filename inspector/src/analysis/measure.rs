//! Times, durations and sizes as reports give them: UTC with milliseconds, everything else in the unit that fits.

use jiff::Timestamp;

/// Nanoseconds since 1970-01-01 as UTC: `2026-11-20 11:02:03.123 UTC`.
pub fn utc(wall: i64) -> String {
    match Timestamp::from_nanosecond(i128::from(wall)) {
        Ok(time) => format!("{} UTC", time.strftime("%Y-%m-%d %H:%M:%S.%3f")),
        Err(_) => format!("{wall} ns since 1970 UTC"),
    }
}

/// Nanoseconds in the unit that fits: `850 ns`, `12.5 µs`, `340 ms`, `2.5 s`, `3 min 20 s`, `5 h 2 min`.
pub fn duration(nanoseconds: u64) -> String {
    let short = |value: f64, unit: &str| {
        let digits = if value < 10.0 { 1 } else { 0 };
        let text = format!("{value:.digits$}");
        format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    let seconds = nanoseconds / 1_000_000_000;
    match nanoseconds {
        0..1_000 => format!("{nanoseconds} ns"),
        1_000..999_500 => short(nanoseconds as f64 / 1e3, "µs"),
        999_500..999_500_000 => short(nanoseconds as f64 / 1e6, "ms"),
        _ if seconds < 100 => short(nanoseconds as f64 / 1e9, "s"),
        _ if seconds < 6_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ if seconds < 360_000 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// Bytes in the unit that fits: `512 B`, `1.5 KiB`, `452 MiB`.
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, next);
    }
    if unit == "B" || value >= 99.95 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}
