//! In which order the command's functions stand in its file: first what every run executes, then what many do.
//!
//! ```text
//!   empty script ─┐
//!   programs ─────┴─> valgrind: the functions that each executed ─> most often executed first ─> vm/start.ld
//! ```
//!
//! Invariant: a function that is missing in the list, or that no longer is what it was, costs memory, nothing else.
//! Not here: how the linker is told (`vm/build.rs`).

use crate::bench::{KERNELS, programs};
use crate::step::{build_release, root, target_folder};
use object::{Object, ObjectSymbol, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const USAGE: &str = "usage: cargo xtask order [--programs DIR]";
const SCRIPT: &str = "vm/start.ld";

const HEAD: &str = "\
/* What every run of the command executes stands together at the beginning of the code, then what many runs do.
 *
 * The kernel maps a file's pages around the one that is needed, 64 KiB at a time: functions that are strewn over the
 * executable bring all of it into memory. A pattern that no longer matches costs memory, nothing else. `build.rs`
 * hands this to the linker. Written by `cargo xtask order`: not by hand.
 */
SECTIONS
{
  /* The hot handlers, each at the beginning of a line of the cache: where they lay otherwise made a tenth of the time
   * of a loop, one way or the other with every change. */
  .text.handlers : SUBALIGN(64)
  {
    *(.text*_ZN2vm6interp8handlers*op_* .text*_ZN2vm6interp8handlers*rest_*)
  }
  .text.start :
  {
    *crt*.o(.text)
";
const TAIL: &str = "  }\n}\nINSERT BEFORE .text;\n";

/// What is chosen by what the processor offers: valgrind's is not the machine's.
const BY_PROCESSOR: [&str; 2] = ["*9crc32fast11specialized*", "*6memchr4arch6x86_64*"];

/// `cargo xtask order`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let folder = match arguments {
        [] => root().join(KERNELS),
        [flag, folder] if flag == "--programs" => PathBuf::from(folder),
        _ => return Err(USAGE.to_string()),
    };
    let command = build_release()?.join("requiem");
    let functions = functions(&command)?;
    let reports = target_folder().join("order");
    std::fs::create_dir_all(&reports).map_err(|error| format!("{}: {error}", reports.display()))?;
    let empty = reports.join("empty.lua");
    std::fs::write(&empty, "").map_err(|error| format!("{}: {error}", empty.display()))?;

    let start = executed(&command, &empty, &reports)?;
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    for program in programs(&folder)? {
        for function in executed(&command, &program, &reports)? {
            *runs.entry(function).or_default() += 1;
        }
    }
    for function in &start {
        runs.insert(function.clone(), usize::MAX);
    }
    let mut order: Vec<(&String, usize, &Function)> =
        runs.iter().filter_map(|(name, runs)| Some((name, *runs, functions.get(name)?))).collect();
    order.sort_by_key(|(_, runs, function)| (core::cmp::Reverse(*runs), function.address));

    let size = |least: usize| -> u64 {
        order.iter().filter(|(_, runs, _)| *runs >= least).map(|(.., function)| function.size).sum()
    };
    println!(
        "{} functions, {} KiB, of which every run executes {} KiB",
        order.len(),
        size(1) >> 10,
        size(usize::MAX) >> 10
    );
    let path = root().join(SCRIPT);
    std::fs::write(&path, script(order.iter().map(|(name, ..)| name.as_str())))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{SCRIPT} is written");
    Ok(())
}

struct Function {
    address: u64,
    size: u64,
}

/// The functions of an executable, by their mangled names.
fn functions(command: &Path) -> Result<BTreeMap<String, Function>, String> {
    let bytes = std::fs::read(command).map_err(|error| format!("{}: {error}", command.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", command.display()))?;
    let symbols = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0);
    Ok(symbols
        .filter_map(|symbol| {
            let function = Function { address: symbol.address(), size: symbol.size() };
            Some((symbol.name().ok()?.to_string(), function))
        })
        .collect())
}

/// The mangled names of the functions that a program executes, of any library.
fn executed(command: &Path, program: &Path, reports: &Path) -> Result<BTreeSet<String>, String> {
    println!("{}", program.display());
    let report = reports.join("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--demangle=no"])
        .arg(format!("--callgrind-out-file={}", report.display()))
        .args([command, program])
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("valgrind: {error} (the package is called valgrind)"))?;
    if !status.success() {
        return Err(format!("{} ended with {status} under valgrind", program.display()));
    }
    let text = std::fs::read_to_string(&report).map_err(|error| format!("{}: {error}", report.display()))?;
    Ok(costs(&text).map(str::to_string).collect())
}

/// The functions that a report of callgrind has costs for. A name is written once, with a number that stands for it
/// from then on: `fn=(12) name`, for one that is called `cfn=(13) name`, each with `'2` behind it when it recurs.
fn costs(report: &str) -> impl Iterator<Item = &str> {
    report.lines().filter_map(|line| {
        let (_, name) = line.strip_prefix('c').unwrap_or(line).strip_prefix("fn=(")?.split_once(") ")?;
        Some(name.split_once('\'').map_or(name, |(name, _)| name))
    })
}

fn script<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut script = HEAD.to_string();
    let mut seen = BTreeSet::new();
    for pattern in BY_PROCESSOR.map(str::to_string).into_iter().chain(names.map(pattern)) {
        if seen.insert(pattern.clone()) {
            // Cold ones have a word between.
            let word = if pattern.starts_with('_') { "*" } else { "." };
            let _ = writeln!(script, "    *(.text{word}{pattern})");
        }
    }
    script + TAIL
}

/// A mangled name without what changes from build to build: the hash at its end, in the legacy scheme; those of crates
/// and what the optimiser adds behind a dot.
fn pattern(name: &str) -> String {
    let name = name.split_once(".llvm.").map_or(name, |(name, _)| name);
    if let Some(at) = name.rfind("17h").filter(|at| name.starts_with("_ZN") && name.len() - at >= 20) {
        return format!("{}17h*", &name[..at]);
    }
    let mut pattern = String::new();
    let mut rest = name;
    while let Some(at) = rest.find("Cs") {
        let (before, crate_name) = rest.split_at(at + 2);
        let hash = crate_name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        pattern.push_str(before);
        rest = if hash >= 10 && crate_name[hash..].starts_with('_') {
            pattern.push('*');
            &crate_name[hash..]
        } else {
            crate_name
        };
    }
    pattern + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_from_a_report() {
        let report = "version: 1\nfn=(1) main\n12 3\ncfn=(2) _ZN2vm3run17h0123456789abcdefE'2\ncalls=1 2\nfn=(2)\n1 1\n";
        assert_eq!(costs(report).collect::<Vec<_>>(), ["main", "_ZN2vm3run17h0123456789abcdefE"]);
    }

    #[test]
    fn the_script_is_what_this_chore_writes() {
        let script = std::fs::read_to_string(root().join(SCRIPT)).unwrap();
        assert!(script.starts_with(HEAD) && script.ends_with(TAIL), "what was written by hand would be lost");
    }

    #[test]
    fn patterns_hold_what_stays_from_build_to_build() {
        assert_eq!(pattern("_ZN2vm3run17h0123456789abcdefE"), "_ZN2vm3run17h*");
        assert_eq!(pattern("_RNvNtCsjrHSEGnQ3l9_3std3env"), "_RNvNtCs*_3std3env");
        assert_eq!(pattern("fmod"), "fmod");
    }
}
