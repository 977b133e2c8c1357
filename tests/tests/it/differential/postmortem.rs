//! What the reference says of an uncaught error, and what `coroner` says of the same program's dump: message,
//! frames, lines and names must be the same.
//!
//! Invariant: the dump's frames are laid out as a traceback and compared as text, so nothing that a traceback
//! tells is left out of the comparison.
//! Not here: what the two commands print (`differential.rs`).

use std::path::Path;

use serde_json::Value;
use tests::golden::difference;
use tests::run::{Output, Run};
use tests::shape;

/// Frames that a long traceback shows at its top and at its end.
const FIRST: usize = 10;
const LAST: usize = 11;

/// The end of a program by an uncaught error, as the `lua` command tells it.
#[derive(Debug, PartialEq, Eq)]
pub struct Death {
    /// What follows `lua: `.
    pub message: String,
    /// The lines below `stack traceback:`; none when the error object told its own text.
    pub traceback: Option<String>,
}

impl Death {
    /// Finds the report in a stderr that may hold other lines before and after it.
    pub fn of_stderr(stderr: &str) -> Option<Death> {
        let report = match stderr.strip_prefix("lua: ") {
            Some(report) => report,
            None => stderr.split_once("\nlua: ")?.1,
        };
        // The message may hold a traceback of its own; the command's is the last.
        let Some((message, below)) = report.rsplit_once("\nstack traceback:\n") else {
            return Some(Death { message: report.trim_end_matches('\n').to_string(), traceback: None });
        };
        let traceback = below.split_inclusive('\n').take_while(|line| line.starts_with('\t')).collect();
        Some(Death { message: message.to_string(), traceback: Some(traceback) })
    }
}

/// Compares the dump that `ours` left with the reference's report of the same death.
pub fn compare(reference: &Death, ours: &Output) -> Result<(), String> {
    let Some(dump) = ours.dump_line() else { return Err("no dump".to_string()) };
    let summary = ask(&dump.path, &["summary", "--limit", "2"])?;
    let stack = ask(&dump.path, &["stack", "--limit", &(2 * LAST).to_string()])?;
    let error = &summary["cause"]["error"];
    let message = summary["cause"]["message"].as_str().ok_or("the dump has no message")?;
    // A zero byte ends what the command prints.
    let message = message.split('\0').next().unwrap_or_default();
    let coroutines = stack["coroutines"].as_array().ok_or("the dump has no stack")?;
    let Some(traceback) = &reference.traceback else {
        // The object's text comes out of a call, which a dump does not make.
        let is_object = error["type"] != "string" && message.starts_with("(error object is a ");
        return if is_object { Ok(()) } else { Err(format!("dump: no error object but {message:?}")) };
    };
    // The functions of `coroutine.wrap` put their callers' positions before a message that passes.
    let passed_wrap = coroutines.len() > 1 && reference.message.ends_with(message);
    if !passed_wrap && message != reference.message {
        return Err(format!("dump: message\n  - {:?}\n  + {message:?}", reference.message));
    }
    let main = coroutines.last().filter(|coroutine| coroutine["is_main"] == true);
    let main = main.ok_or("the dump's stack does not end in the main coroutine")?;
    let told = with_unknown_natives(&layout(main)?, traceback);
    match difference(&shape::of_traceback(traceback, message), &shape::of_traceback(&told, message)) {
        Some(text) => Err(format!("dump: stack\n{text}")),
        None => Ok(()),
    }
}

fn ask(dump: &Path, arguments: &[&str]) -> Result<Value, String> {
    let output = Run::coroner(dump).args(arguments).arg("--json").output();
    if output.status != Some(0) {
        return Err(format!("coroner: {}", output.story()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("coroner {arguments:?}: {error}"))
}

/// The frames of one coroutine as the lines of a traceback.
fn layout(coroutine: &Value) -> Result<String, String> {
    let frames = coroutine["frames"].as_array().ok_or("a coroutine without frames")?;
    if let Some(hole) = coroutine["hole"].as_str() {
        return Err(format!("dump: the stack has a hole: {hole}"));
    }
    let omitted = coroutine["omitted"]["count"].as_u64().unwrap_or(0) as usize;
    let total = frames.len() + omitted;
    let skipped = if total > FIRST + LAST + 1 { FIRST..total - LAST } else { total..total };
    let mut lines = String::new();
    for frame in frames {
        let number = frame["number"].as_u64().ok_or("a frame without a number")? as usize;
        if number == skipped.start && !skipped.is_empty() {
            // The level at which the reference begins to skip is not among those that it counts.
            lines.push_str(&format!("\t...\t(skipping {} levels)\n", skipped.len() - 1));
        }
        if skipped.contains(&number) {
            continue;
        }
        let place = match (frame["source"].as_str(), frame["line"].as_u64()) {
            (Some(source), Some(line)) => format!("{source}:{line}"),
            _ => "[C]".to_string(),
        };
        let function = frame["function"].as_str().ok_or("a frame without a function")?;
        lines.push_str(&format!("\t{place}: in {function}\n"));
        if frame["tail_call"] == true {
            lines.push_str("\t(...tail calls...)\n");
        }
    }
    Ok(lines)
}

/// A dump names every native function; the reference's traceback has `?` for those that no loaded module holds.
/// Such a line of `told` is taken for that of `traceback`.
fn with_unknown_natives(told: &str, traceback: &str) -> String {
    let mut expected = traceback.split_inclusive('\n');
    told.split_inclusive('\n')
        .map(|line| match expected.next() {
            Some(unknown @ "\t[C]: in ?\n") if line.starts_with("\t[C]: in function '") => unknown,
            _ => line,
        })
        .collect()
}

#[test]
fn a_report_is_found_between_other_lines() {
    let stderr = "Lua warning: x\nlua: a.lua:1: two\nlines\nstack traceback:\n\t[C]: in ?\nLua warning: y\n";
    let death = Death { message: "a.lua:1: two\nlines".to_string(), traceback: Some("\t[C]: in ?\n".into()) };
    assert_eq!(Death::of_stderr(stderr), Some(death));
    let own = Death { message: "own text".to_string(), traceback: None };
    assert_eq!(Death::of_stderr("lua: own text\n"), Some(own));
    assert_eq!(Death::of_stderr("Lua warning: x\n"), None);
}
