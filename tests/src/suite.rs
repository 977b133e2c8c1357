//! A test whose cases are files: all run, two at a time, and all failures are told together.
//!
//! `REQUIEM_ONLY=part` keeps the cases whose path contains `part`.
//! Invariant: a suite that finds no case fails.
//! Not here: what a case does.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Cases at the same time; the machines that run them have two cores.
const WORKERS: usize = 2;

/// Failures told in full; the rest by name.
const SHOWN: usize = 12;

/// All files below `folder` with the extension, sorted, except those in folders named `modules`, which are
/// parts of cases.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, extension, &mut found);
    found.sort();
    if let Some(only) = std::env::var_os("REQUIEM_ONLY") {
        let only = only.to_string_lossy().into_owned();
        found.retain(|path| path.to_string_lossy().contains(&only));
    }
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "modules") {
                collect(&path, extension, found);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

/// Runs `check` on every case and panics with a list of those that failed.
#[track_caller]
pub fn run_all(cases: &[PathBuf], check: impl Fn(&Path) -> Result<(), String> + Sync) {
    let filtered = std::env::var_os("REQUIEM_ONLY").is_some();
    assert!(!cases.is_empty() || filtered, "the suite has no cases");
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // A case that panics (a timeout, say) must not hide the others.
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(case)));
                    let failure = match outcome {
                        Ok(Ok(())) => continue,
                        Ok(Err(why)) => why,
                        Err(panic) => panic_text(panic.as_ref()),
                    };
                    failures.lock().expect("no holder panics").push((case.clone(), failure));
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no holder panics");
    if failures.is_empty() {
        return;
    }
    failures.sort();
    let mut report = format!("{} of {} cases failed\n", failures.len(), cases.len());
    for (i, (case, why)) in failures.iter().enumerate() {
        report.push_str(&format!("\n=== {}\n", case.display()));
        if i < SHOWN {
            report.push_str(why);
        }
    }
    panic!("{report}");
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string()))
        .unwrap_or("a panic".to_string())
}
