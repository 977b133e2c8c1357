//! The fuzzers, built with the coverage that they need and run on the kept corpus, one after the other.
//!
//! What a run finds new stays in the target folder; `--keep` takes of it into the repository what covers more.
//! Invariant: a finding is a failure, and its input stays where the message says.
//! Not here: what a target does (`tests/src/fuzz.rs`).

use std::path::{Path, PathBuf};

use crate::step::{Step, root, target_folder};

const USAGE: &str = "usage: cargo xtask fuzz [TARGET]... [--minutes N] [--keep]";

/// Longer inputs find little that short ones do not.
const INPUT_BYTES_MAX: &str = "-max_len=512";

/// Bytes that an input may take, and seconds.
const LIMITS: [&str; 2] = ["-rss_limit_mb=1024", "-timeout=20"];

/// What makes a compiler of the stable channel count the edges that a run takes.
const COVERAGE: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg fuzzing",
];

struct Options {
    targets: Vec<String>,
    minutes: f64,
    keep: bool,
}

/// `cargo xtask fuzz`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let options = options(arguments)?;
    let folder = target_folder().join("fuzz");
    build(&folder)?;
    for target in &options.targets {
        fuzz(target, &folder, &options)?;
    }
    Ok(())
}

/// The names of the programs in `fuzz/src/bin`.
fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("fuzz/src/bin");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| stem(entry.path())).collect();
    names.sort();
    Ok(names)
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let targets = targets()?;
    let mut options = Options { targets: Vec::new(), minutes: 10.0, keep: false };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--minutes" => {
                let minutes = rest.next().and_then(|text| text.parse().ok());
                options.minutes = minutes.filter(|minutes| *minutes > 0.0).ok_or(USAGE)?;
            }
            "--keep" => options.keep = true,
            _ if targets.contains(argument) => options.targets.push(argument.clone()),
            other => return Err(format!("no target '{other}'; there are {}\n{USAGE}", targets.join(", "))),
        }
    }
    if options.targets.is_empty() {
        options.targets = targets;
    }
    Ok(options)
}

/// An explicit platform keeps the flags away from build scripts, which could not be linked with them.
fn platform() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

fn build(folder: &Path) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let words = ["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bins", "--target"];
    Step::new(&format!("cargo {} {}", words.join(" "), platform()), &cargo)
        .args(words)
        .args([platform()])
        .env("RUSTFLAGS", COVERAGE.join(" "))
        .env("CARGO_TARGET_DIR", folder)
        .run()
}

fn fuzz(target: &str, folder: &Path, options: &Options) -> Result<(), String> {
    let program = folder.join(platform()).join("release").join(target);
    let kept = root().join("fuzz/corpus").join(target);
    let found = folder.join("corpus").join(target);
    let findings = folder.join("findings").join(target);
    for folder in [&kept, &found, &findings] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let seconds = format!("-max_total_time={}", (options.minutes * 60.0).round());
    let prefix = format!("-artifact_prefix={}/", findings.display());
    let mut all = LIMITS.to_vec();
    all.extend([INPUT_BYTES_MAX, "-print_final_stats=1", &seconds, &prefix]);
    Step::new(&format!("{target} {}", all.join(" ")), &program).args(&all).args([&found, &kept]).run()?;
    if options.keep {
        Step::new(&format!("{target} -merge=1"), &program)
            .args(LIMITS)
            .args(["-merge=1", INPUT_BYTES_MAX])
            .args([&kept, &found])
            .run()?;
    }
    Ok(())
}
