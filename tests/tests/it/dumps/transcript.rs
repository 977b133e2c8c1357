//! What `coroner` prints, without what differs from run to run: the form of the goldens in `dumps/`.
//!
//! Addresses are numbered in the order in which they appear, so that sharing still shows; times, durations and
//! the lines that tell of the machine or the size of the library give way to a word.
//! Invariant: equal texts have equal transcripts, and a transcript of a transcript is the same.
//! Not here: which commands are asked (`dumps.rs`).

use std::collections::HashMap;

/// Lines of the summary that are about the machine, the moment, or the library's own objects.
const MACHINE_LINES: [&str; 4] = ["when", "where", "command", "heap"];

/// The transcript of one answer.
pub fn of(answer: &str) -> String {
    let mut addresses = HashMap::new();
    let mut transcript = String::new();
    let mut lines = answer.lines().peekable();
    while let Some(line) = lines.next() {
        let word = line.split("  ").next().unwrap_or_default();
        if MACHINE_LINES.contains(&word) {
            transcript.push_str(&format!("{word:<10}...\n"));
            // The list of types below the heap's line.
            while word == "heap" && lines.next_if(|line| line.starts_with("   ")).is_some() {}
            continue;
        }
        let line = without_numbers_of_keys(line);
        let line = without_dates(&line);
        let line = with_numbered_addresses(&line, &mut addresses);
        transcript.push_str(without_durations(&line).trim_end());
        transcript.push('\n');
    }
    transcript
}

/// `0x40200050000` becomes `0x1` wherever it stands, the next address `0x2`.
fn with_numbered_addresses(line: &str, known: &mut HashMap<String, usize>) -> String {
    let mut result = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let digits = rest[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
        let (before, from) = rest.split_at(at);
        let (address, after) = from.split_at(2 + digits);
        let next = known.len() + 1;
        let number = known.entry(address.to_string()).or_insert(next);
        result.push_str(before);
        result.push_str(&format!("0x{number}"));
        rest = after;
    }
    result + rest
}

/// JSON: `"age_ns": 19223061` tells a time, and is 0 here.
fn without_numbers_of_keys(line: &str) -> String {
    match line.split_once("_ns\": ") {
        Some((key, value)) => {
            let end = if value.ends_with(',') { "," } else { "" };
            format!("{key}_ns\": 0{end}")
        }
        None => line.to_string(),
    }
}

/// `2026-11-20 12:53:04.474 UTC` becomes `DATE`.
fn without_dates(line: &str) -> String {
    let Some(end) = line.find(" UTC") else { return line.to_string() };
    let is_part = |c: char| c.is_ascii_digit() || "-:. ".contains(c);
    let start = line[..end].rfind(|c| !is_part(c)).map_or(0, |at| at + 1);
    format!("{}DATE{}", &line[..start], without_dates(&line[end + " UTC".len()..]))
}

/// `24 ms` and `1.2 µs` become `TIME`, and so does the blank that aligns them.
fn without_durations(line: &str) -> String {
    let mut result: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let unit = word.trim_end_matches([',', ')', '"']);
        let is_unit = ["ns", "µs", "ms", "s", "min", "h"].contains(&unit);
        let is_number = |word: &str| {
            let digits = word.trim_start_matches('-');
            digits.starts_with(|c: char| c.is_ascii_digit()) && digits.parse::<f64>().is_ok()
        };
        if is_unit && result.last().is_some_and(|word| is_number(word)) {
            result.pop();
            while result.last().is_some_and(String::is_empty) {
                result.pop();
            }
            result.push(format!("TIME{}", &word[unit.len()..]));
        } else {
            result.push(word.to_string());
        }
    }
    result.join(" ")
}

#[test]
fn what_differs_between_runs_is_taken_away() {
    assert_eq!(of("a 0x40200050000 b 0x40200050010 c 0x40200050000\n"), "a 0x1 b 0x2 c 0x1\n");
    assert_eq!(of("when      2026-11-20 12:54:10.665 UTC, 25 ms after\n"), "when      ...\n");
    assert_eq!(of("heap      54.0 KiB in 870 objects\n          table 1 (2)\nx\n"), "heap      ...\nx\n");
    assert_eq!(of("armed, 24 ms before the dump"), "armed, TIME before the dump\n");
    assert_eq!(of("    -24 ms  module"), "TIME  module\n");
    assert_eq!(
        of("  \"age_ns\": 123,\n  \"made\": \"2026-11-20 12:53:04.455 UTC\","),
        "  \"age_ns\": 0,\n  \"made\": \"DATE\",\n"
    );
    let twice = of(&of("x 0x40200050000 took 1.5 µs, or 3 frames"));
    assert_eq!(twice, "x 0x1 took TIME, or 3 frames\n");
}
