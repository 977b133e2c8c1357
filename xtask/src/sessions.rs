//! What a large dump costs: `tests/benches/sessions.lua` is run to its death and its dump looked at.
//!
//! Invariant: no dump is left behind.
//! Not here: how a process is measured (`measure.rs`).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::measure::{Run, measure, median};
use crate::step::{build_release, root, target_folder};

const USAGE: &str = "usage: cargo xtask sessions [--count N] [--runs N] [--dump-dir DIR] [--peer COMMAND]";
const SCRIPT: &str = "tests/benches/sessions.lua";

/// The targets, which are for this many sessions.
const TARGET_COUNT: u64 = 1_000_000;
const GIGABYTES_PER_SECOND_MIN: f64 = 1.5;
const EXTRA_BYTES_MAX: i64 = 2 << 20;
const SUMMARY_MAX: Duration = Duration::from_millis(100);

const SUMMARY_RUNS: usize = 5;
const MIB: f64 = (1 << 20) as f64;

struct Options {
    count: u64,
    runs: usize,
    dump_folder: PathBuf,
    peer: String,
}

/// One death.
struct Death {
    build_seconds: f64,
    peak_before_bytes: i64,
    peak_bytes: i64,
    /// The time that the `dump:` line gives.
    dump_seconds: f64,
    /// From the script's last word to the traceback's first, as seen from outside.
    gap_seconds: f64,
}

/// `cargo xtask sessions`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let options = options(arguments)?;
    let release = build_release()?;
    std::fs::create_dir_all(&options.dump_folder)
        .map_err(|error| format!("{}: {error}", options.dump_folder.display()))?;
    let (requiem, coroner) = (release.join("requiem"), release.join("coroner"));

    let mut deaths = Vec::new();
    let mut dump_bytes = 0.0;
    let (mut summaries, mut verifications) = (Vec::new(), Vec::new());
    for number in 0..options.runs {
        let (death, dump) = die(&requiem, &options)?;
        deaths.push(death);
        dump_bytes = std::fs::metadata(&dump.0).map_err(|error| error.to_string())?.len() as f64;
        if number + 1 == options.runs {
            // The first is not counted: it brings the file's pages in.
            examine(&coroner, &dump.0, &[])?;
            for _ in 0..SUMMARY_RUNS {
                summaries.push(examine(&coroner, &dump.0, &[])?);
            }
            verifications.push(examine(&coroner, &dump.0, &["verify"])?);
        }
    }
    let of = |figure: fn(&Death) -> f64| median(deaths.iter().map(figure));
    let rate = dump_bytes / 1e9 / of(|death| death.dump_seconds);
    let extra = deaths.iter().map(|death| death.peak_bytes - death.peak_before_bytes).max().unwrap_or(0);
    let summary = median(summaries);

    println!("\n{} sessions, median of {} runs", options.count, options.runs);
    println!(
        "build          {:.2} s, peak {:.0} MiB before the throw",
        of(|death| death.build_seconds),
        of(|death| death.peak_before_bytes as f64) / MIB
    );
    match peer(&options)? {
        Some((seconds, bytes)) => {
            println!("  {:<13}{seconds:.2} s, peak {:.0} MiB", options.peer, bytes / MIB);
        }
        None => println!("  {:<13}is not installed", options.peer),
    }
    println!(
        "dump           {:.0} MB in {:.0} ms: {rate:.2} GB/s (target: at least {GIGABYTES_PER_SECOND_MIN})",
        dump_bytes / 1e6,
        of(|death| death.dump_seconds) * 1e3
    );
    println!(
        "  from outside {:.0} ms from the script's last word to the traceback: {:.2} GB/s",
        of(|death| death.gap_seconds) * 1e3,
        dump_bytes / 1e9 / of(|death| death.gap_seconds)
    );
    println!(
        "extra memory   {:.2} MiB at most while dumping (target: at most {})",
        extra as f64 / MIB,
        EXTRA_BYTES_MAX >> 20
    );
    println!("summary        {:.0} ms (target: at most {} ms)", summary * 1e3, SUMMARY_MAX.as_millis());
    println!("verify         {:.2} s", median(verifications));

    if options.count != TARGET_COUNT {
        return Ok(());
    }
    let missed: Vec<&str> = [
        (rate < GIGABYTES_PER_SECOND_MIN, "the dump's speed"),
        (extra > EXTRA_BYTES_MAX, "the extra memory"),
        (summary > SUMMARY_MAX.as_secs_f64(), "the summary's time"),
    ]
    .into_iter()
    .filter_map(|(is_missed, what)| is_missed.then_some(what))
    .collect();
    if missed.is_empty() { Ok(()) } else { Err(format!("targets missed: {}", missed.join(", "))) }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options {
        count: TARGET_COUNT,
        runs: 3,
        dump_folder: target_folder().join("sessions"),
        peer: "lua5.4".to_string(),
    };
    let mut words = arguments.iter();
    while let (Some(name), value) = (words.next(), words.next()) {
        let value = value.ok_or(USAGE)?;
        match name.as_str() {
            "--count" => options.count = value.parse().map_err(|_| USAGE)?,
            "--runs" => options.runs = value.parse().map_err(|_| USAGE)?,
            "--dump-dir" => options.dump_folder = root().join(value),
            "--peer" => options.peer.clone_from(value),
            _ => return Err(USAGE.to_string()),
        }
    }
    if options.runs == 0 || options.count == 0 { Err(USAGE.to_string()) } else { Ok(options) }
}

/// A dump, which goes when this does.
struct OwnDump(PathBuf);

impl Drop for OwnDump {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn script(program: &Path, before: &[&std::ffi::OsStr], options: &Options) -> Result<Run, String> {
    let mut command = Command::new(program);
    command.args(before).arg(SCRIPT).arg(options.count.to_string()).current_dir(root());
    measure(&mut command)
}

fn die(requiem: &Path, options: &Options) -> Result<(Death, OwnDump), String> {
    let run = script(requiem, &["--dump-dir".as_ref(), options.dump_folder.as_os_str()], options)?;
    let (dump, dump_seconds) = dump_line(&run.stderr)
        .ok_or_else(|| format!("no dump: {}, {}", run.status, run.stderr.trim_end()))?;
    let dump = OwnDump(dump);
    if run.status.code() != Some(1) {
        return Err(format!("requiem ended with {}", run.status));
    }
    let build = told(&run).ok_or("the script said nothing of itself")?;
    let (build_seconds, peak_before_bytes) = (build.seconds, build.peak_bytes as i64);
    let gap_seconds = run.gap.ok_or("the traceback came before the script's last word")?.as_secs_f64();
    let peak_bytes = run.peak_bytes.unwrap_or(0) as i64;
    Ok((Death { build_seconds, peak_before_bytes, peak_bytes, dump_seconds, gap_seconds }, dump))
}

/// What the script tells of itself before it dies.
pub struct Build {
    /// CPU time.
    pub seconds: f64,
    /// The largest resident size so far.
    pub peak_bytes: u64,
}

/// Has a Lua build the million sessions; nothing when it cannot.
pub fn build(lua: &mut Command) -> Result<Option<Build>, String> {
    Ok(told(&measure(lua.arg(SCRIPT).arg(TARGET_COUNT.to_string()))?))
}

/// Reads `build 1.234 s` and `peak 4711 kB`.
fn told(run: &Run) -> Option<Build> {
    let word = |name: &str| run.stdout.lines().find_map(|line| line.strip_prefix(name)?.split(' ').nth(1));
    Some(Build {
        seconds: word("build")?.parse().ok()?,
        peak_bytes: word("peak")?.parse::<u64>().ok()? << 10,
    })
}

/// Path and seconds of `dump: PATH (SIZE, TIME)`.
fn dump_line(stderr: &str) -> Option<(PathBuf, f64)> {
    let line = stderr.lines().find_map(|line| line.strip_prefix("dump: "))?;
    let (path, facts) = line.strip_suffix(')')?.rsplit_once(" (")?;
    let (number, unit) = facts.rsplit_once(", ")?.1.split_once(' ')?;
    let scale = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => return None,
    };
    Some((root().join(path), number.parse::<f64>().ok()? * scale))
}

/// Build time and largest resident size of the peer.
fn peer(options: &Options) -> Result<Option<(f64, f64)>, String> {
    if Command::new(&options.peer).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return Ok(None);
    }
    let mut builds = Vec::new();
    let mut peaks = Vec::new();
    for _ in 0..options.runs {
        let run = script(Path::new(&options.peer), &[], options)?;
        let build = told(&run).ok_or_else(|| {
            format!("{} ended with {}: {}", options.peer, run.status, run.stderr.trim_end())
        })?;
        builds.push(build.seconds);
        peaks.push(build.peak_bytes as f64);
    }
    Ok(Some((median(builds), median(peaks))))
}

/// The seconds that coroner took for an answer.
fn examine(coroner: &Path, dump: &Path, command: &[&str]) -> Result<f64, String> {
    let begin = Instant::now();
    let status = Command::new(coroner).arg(dump).args(command).stdout(Stdio::null()).status();
    let spent = begin.elapsed().as_secs_f64();
    match status {
        Ok(status) if status.success() => Ok(spent),
        Ok(status) => Err(format!("coroner {} ended with {status}", command.join(" "))),
        Err(error) => Err(format!("coroner: {error}")),
    }
}
