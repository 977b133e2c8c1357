//! Expected output in files beside their input; `REQUIEM_BLESS=1` rewrites them.
//!
//! Invariant: a golden that is missing is a failure, unless it is being blessed.
//! Not here: what is compared.

use std::path::Path;

/// Compares `actual` with the content of `path`.
#[track_caller]
pub fn check(path: &Path, actual: &str) {
    if let Err(why) = compare(path, actual) {
        panic!("{why}");
    }
}

/// As `check`, for suites that collect their failures.
pub fn compare(path: &Path, actual: &str) -> Result<(), String> {
    if is_blessing() {
        return std::fs::write(path, actual)
            .map_err(|error| format!("cannot bless {}: {error}", path.display()));
    }
    let expected = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}; REQUIEM_BLESS=1 writes it", path.display()))?;
    match difference(&expected, actual) {
        None => Ok(()),
        Some(text) => Err(format!("{} differs; REQUIEM_BLESS=1 rewrites it\n{text}", path.display())),
    }
}

/// Whether goldens are being rewritten.
pub fn is_blessing() -> bool {
    std::env::var_os("REQUIEM_BLESS").is_some_and(|value| value == "1")
}

/// The first line at which two texts differ, with both versions of it and one line before; none when equal.
pub fn difference(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let left: Vec<&str> = expected.split_inclusive('\n').collect();
    let right: Vec<&str> = actual.split_inclusive('\n').collect();
    let at = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let before = at.checked_sub(1).map(|i| format!("    {:?}\n", left[i])).unwrap_or_default();
    let show = |lines: &[&str]| lines.get(at).map_or("(end)".to_string(), |line| format!("{line:?}"));
    Some(format!("  line {}\n{before}  - {}\n  + {}", at + 1, show(&left), show(&right)))
}
