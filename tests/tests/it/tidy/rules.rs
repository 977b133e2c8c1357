//! The rules that look at one file at a time.
//!
//! Invariant: a complaint starts with the file, and with the line where there is one.
//! Not here: what modules use of each other (`modules.rs`).

use super::Source;
use super::code::{is_word, without_comments_and_literals};

/// Each crate and those of the workspace that it may use.
const FLOORS: [(&str, &[&str]); 7] = [
    ("dumpfmt", &[]),
    ("compiler", &["dumpfmt"]),
    ("vm", &["dumpfmt", "compiler"]),
    ("inspector", &["dumpfmt"]),
    ("tests", &["dumpfmt", "compiler", "vm", "inspector"]),
    ("xtask", &[]),
    ("fuzz", &["tests"]),
];

/// Where `unsafe` has its address: files, or the beginning of the names of files.
const UNSAFE_PLACES: [&str; 9] = [
    "dumpfmt/src/pod.rs",
    "vm/src/heap",
    "vm/src/interp",
    "vm/src/fatal",
    "vm/src/sys",
    "vm/src/start.rs",
    "vm/src/libm.rs",
    "inspector/src/image/map.rs",
    "tests/src/bin/reference.rs",
];

/// Lines above an `unsafe` block within which its note must stand.
const NOTE_DISTANCE: usize = 4;

const LONGEST_FILE: usize = 800;

/// Files that may be longer, because they are tables.
const TABLES: [&str; 0] = [];

const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "misc", "manager"];

/// Dependencies between the crates of the workspace, of every kind.
pub fn crate_floors(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with("/Cargo.toml")) {
        let name = source.path.trim_end_matches("/Cargo.toml");
        let Some((_, allowed)) = FLOORS.iter().find(|(floor, _)| *floor == name) else {
            complaints.push(format!("{}: the crate has no floor in the design", source.path));
            continue;
        };
        for used in dependencies(&source.text) {
            let is_ours = FLOORS.iter().any(|(floor, _)| *floor == used);
            if is_ours && !allowed.contains(&used.as_str()) {
                complaints.push(format!("{}: {name} may not use {used}", source.path));
            }
        }
    }
    complaints
}

fn dependencies(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            if let Some((_, name)) = section.split_once("dependencies.") {
                found.push(name.to_string());
            }
        } else if inside && let Some(end) = line.find(['.', '=', ' ']) {
            found.push(line[..end].trim_matches('"').to_string());
        }
    }
    found
}

/// `unsafe` outside its files, and `unsafe` blocks that do not say why they are sound.
pub fn unsafe_places(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        let code = without_comments_and_literals(&source.text);
        let is_allowed = UNSAFE_PLACES.iter().any(|place| source.path.starts_with(place));
        let lines: Vec<&str> = source.text.lines().collect();
        for (i, line) in code.lines().enumerate() {
            let Some(at) = find_word(line, "unsafe") else { continue };
            if !is_allowed {
                complaints.push(format!("{}:{}: unsafe outside the files that own it", source.path, i + 1));
                continue;
            }
            let after = line[at + "unsafe".len()..].trim_start();
            let needs_note =
                after.is_empty() || after.starts_with('{') || find_word(after, "impl") == Some(0);
            let nearby = &lines[i.saturating_sub(NOTE_DISTANCE)..=i];
            if needs_note && !nearby.iter().any(|line| line.contains("SAFETY:")) {
                complaints.push(format!("{}:{}: no SAFETY note", source.path, i + 1));
            }
        }
    }
    complaints
}

fn find_word(line: &str, word: &str) -> Option<usize> {
    line.match_indices(word).map(|(at, _)| at).find(|at| {
        let bytes = line.as_bytes();
        let before = at.checked_sub(1).is_some_and(|i| is_word(bytes[i]));
        let after = bytes.get(at + word.len()).is_some_and(|b| is_word(*b));
        !before && !after
    })
}

/// Files that are too long, and names that say nothing.
pub fn sizes_and_names(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let is_code = source.is_rust() || source.path.ends_with(".lalrpop");
        let lines = source.text.lines().count();
        if is_code && lines > LONGEST_FILE && !TABLES.contains(&source.path.as_str()) {
            complaints.push(format!("{}: {lines} lines, and not among the tables", source.path));
        }
        if source.path.ends_with("/mod.rs") {
            let folder = source.path.trim_end_matches("/mod.rs");
            complaints.push(format!("{}: should be {folder}.rs", source.path));
        }
        for part in source.path.split('/').map(|part| part.split('.').next().unwrap_or(part)) {
            if EMPTY_NAMES.contains(&part) {
                complaints.push(format!("{}: the name {part} says nothing", source.path));
            }
        }
    }
    complaints
}

/// The marks of unfinished work, put together here so that this file does not hold them.
pub fn unfinished_marks() -> [String; 5] {
    let join = |a: &str, b: &str| format!("{a}{b}");
    [join("TO", "DO"), join("FIX", "ME"), join("XX", "X"), join("todo", "!("), join("unimplemented", "!(")]
}

/// Lines with such a mark, in anything that people write.
pub fn unfinished(sources: &[Source]) -> Vec<String> {
    let marks = unfinished_marks();
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| !source.path.ends_with("Cargo.lock")) {
        for (i, line) in source.text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| has_mark(line, mark)) {
                complaints.push(format!("{}:{}: {mark}", source.path, i + 1));
            }
        }
    }
    complaints
}

fn has_mark(line: &str, mark: &str) -> bool {
    if mark.ends_with('(') { line.contains(mark) } else { find_word(line, mark).is_some() }
}
