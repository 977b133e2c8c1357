//! The official test suite of Lua 5.4.8 under `requiem`: everything in it that needs no C module.
//!
//! Invariant: the suite is run as it was published, unpacked afresh each time; a run has passed when it ends
//! with status 0, and the driver `all.lua` only when it says so in its last words.
//! Not here: where the suite comes from (`conformance/package.rs`).

mod package;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{build_release, status_within, target_folder};

const USAGE: &str = "usage: cargo xtask conformance [--stress]";
/// Ten times what the longest run takes on a slow machine.
const RUN_MAX: Duration = Duration::from_secs(300);
/// The longest that a run may take when each allocation collects.
const STRESSED_RUN_MAX: Duration = Duration::from_secs(600);
/// Lines of a failed run that are shown.
const LINES_SHOWN: usize = 15;

/// What belongs to the driver `all.lua`, and `heavy.lua`, which the driver does not run: it fills all memory.
const NO_TESTS: [&str; 4] = ["all.lua", "tracegc.lua", "bwcoercion.lua", "heavy.lua"];
/// Drives the command line; it would end at once if it were told to be portable.
const COMMAND_LINE: &str = "main.lua";
/// What is asked of a file that is run alone.
const ALONE: &str = "_port=true _soft=true _nomsg=true";
/// Files that take too long when each allocation collects.
const TOO_LONG_UNDER_STRESS: [&str; 4] = ["constructs.lua", "cstack.lua", "db.lua", "gc.lua"];

/// `libs/lib2.c` of the suite in Lua, as far as `main.lua` asks for it: `-l` drops the version from the name
/// of a module whoever wrote it.
const VERSIONED_MODULE: (&str, &str) = ("lib2-v2.lua", "return {id = function(...) return true, ... end}\n");

/// One run of the suite.
struct Run {
    name: String,
    file: String,
    globals: &'static str,
    /// What it prints when it has passed, beside ending with status 0; files alone have no words in common.
    last_words: &'static str,
}

impl Run {
    fn whole(name: &str, globals: &'static str) -> Run {
        Run { name: name.to_string(), file: "all.lua".to_string(), globals, last_words: "final OK !!!" }
    }

    fn alone(file: &str, globals: &'static str) -> Run {
        Run { name: file.to_string(), file: file.to_string(), globals, last_words: "" }
    }
}

/// `cargo xtask conformance`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let is_stressed = match arguments {
        [] => false,
        [option] if option == "--stress" => true,
        _ => return Err(USAGE.to_string()),
    };
    let folder = target_folder().join("conformance");
    println!("The test suite of Lua 5.4.8, in {}.", folder.display());
    let suite = package::unpack(&folder)?;
    let (name, text) = VERSIONED_MODULE;
    std::fs::write(suite.join(name), text).map_err(|error| format!("{name}: {error}"))?;
    let requiem = build_release()?.join("requiem");

    let mut runs = runs(&suite)?;
    if is_stressed {
        let is_short = |file: &str| !TOO_LONG_UNDER_STRESS.contains(&file);
        runs.retain(|run| run.globals == ALONE && is_short(&run.file));
    }
    let begin = Instant::now();
    let mut failed = Vec::new();
    for run in &runs {
        let log = folder.join(format!("{}.log", run.name.replace(' ', "-")));
        let started = Instant::now();
        let outcome = play(run, &requiem, &suite, &log, is_stressed)?;
        let word = if outcome.is_none() { "passed" } else { "FAILED" };
        println!("{:<24}{word}{:>9.2} s", run.name, started.elapsed().as_secs_f64());
        if let Some(why) = outcome {
            println!("  {why}; the last lines of {}:", log.display());
            last_lines(&log).iter().for_each(|line| println!("  | {line}"));
            failed.push(run.name.as_str());
        }
    }
    println!(
        "{} of {} runs passed in {:.1} s",
        runs.len() - failed.len(),
        runs.len(),
        begin.elapsed().as_secs_f64()
    );
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

/// The driver in its two portable modes, every file alone, and the command line.
fn runs(suite: &Path) -> Result<Vec<Run>, String> {
    let mut runs = vec![
        Run::whole("all.lua for users", "_U=true"),
        Run::whole("all.lua hard", "_port=true; _nomsg=true"),
        Run::alone(COMMAND_LINE, "_soft=true _nomsg=true"),
    ];
    let entries = std::fs::read_dir(suite).map_err(|error| format!("{}: {error}", suite.display()))?;
    let mut files: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let no_test = |name: &str| NO_TESTS.contains(&name) || name == COMMAND_LINE || name == VERSIONED_MODULE.0;
    files.retain(|name| name.ends_with(".lua") && !no_test(name));
    files.sort();
    runs.extend(files.iter().map(|file| Run::alone(file, ALONE)));
    Ok(runs)
}

/// Runs it: nothing when it has passed, else why not.
fn play(
    run: &Run,
    requiem: &Path,
    suite: &Path,
    log: &Path,
    is_stressed: bool,
) -> Result<Option<String>, String> {
    let say = |error: std::io::Error| format!("{}: {error}", log.display());
    let output = File::create(log).map_err(say)?;
    let errors = output.try_clone().map_err(say)?;
    let mut command = Command::new(requiem);
    command.arg("-e").arg(run.globals).arg(&run.file).current_dir(suite);
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LUA_")) {
        command.env_remove(name);
    }
    // The suite dies a hundred deaths on purpose.
    command.env("REQUIEM_DUMP_DIR", dumps(suite)?);
    if is_stressed {
        command.env("REQUIEM_GC_STRESS", "1");
    }
    let limit = if is_stressed { STRESSED_RUN_MAX } else { RUN_MAX };
    let Some(status) = status_within(&mut command, limit)? else {
        return Ok(Some(format!("took longer than {} s", limit.as_secs())));
    };
    let text = std::fs::read(log).map_err(say)?;
    if !status.success() {
        return Ok(Some(format!("ended with {status}")));
    }
    let text = String::from_utf8_lossy(&text);
    Ok((!text.contains(run.last_words)).then(|| format!("did not say {:?}", run.last_words)))
}

/// An empty folder beside the suite.
fn dumps(suite: &Path) -> Result<PathBuf, String> {
    let folder = suite.with_file_name("dumps");
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(say)?;
    }
    std::fs::create_dir_all(&folder).map_err(say)?;
    Ok(folder)
}

fn last_lines(log: &Path) -> Vec<String> {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].iter().map(|line| line.to_string()).collect()
}
