//! Tiny programs, one construct each, whose expected output stands on the line that prints it:
//!
//!     print(1 + 1)        --> 2
//!     error("no")         --! x.lua:2: no
//!
//! A `-->` is a line of stdout, a `--!` a part of stderr (and then the status must be 1), in the order in which
//! they stand in the file; a program that prints in a loop lists its lines in order.
//! Invariant: every file expects something.
//! Not here: comparison with the reference (`differential.rs`).

use std::path::Path;

use tests::binaries::tests_folder;
use tests::golden::difference;
use tests::run::{Output, Run};
use tests::scratch::Scratch;
use tests::suite;

/// What a file says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expectation {
    stdout: String,
    errors: Vec<String>,
}

impl Expectation {
    fn of(text: &str) -> Expectation {
        let mut expectation = Expectation::default();
        for line in text.lines() {
            if let Some((_, printed)) = line.split_once("--> ") {
                expectation.stdout.push_str(printed);
                expectation.stdout.push('\n');
            } else if line.trim_end().ends_with("-->") {
                expectation.stdout.push('\n');
            } else if let Some((_, part)) = line.split_once("--! ") {
                expectation.errors.push(part.to_string());
            }
        }
        expectation
    }

    fn check(&self, output: &Output) -> Result<(), String> {
        if let Some(text) = difference(&self.stdout, &output.stdout_text()) {
            return Err(format!("stdout:\n{text}--- stderr\n{}", output.stderr_text()));
        }
        let status = i32::from(!self.errors.is_empty());
        if output.status != Some(status) {
            return Err(format!("status {status} expected\n{}", output.story()));
        }
        match self.errors.iter().find(|part| !output.stderr_text().contains(part.as_str())) {
            None => Ok(()),
            Some(part) => Err(format!("stderr lacks {part:?}\n{}", output.story())),
        }
    }
}

fn check(program: &Path, run: Run) -> Result<(), String> {
    let text = std::fs::read(program).map_err(|error| error.to_string())?;
    let expectation = Expectation::of(&String::from_utf8_lossy(&text));
    if expectation == Expectation::default() {
        return Err("the file expects nothing".to_string());
    }
    let scratch = Scratch::new();
    let folder = program.parent().expect("a program lies in a folder");
    let name = program.file_name().expect("a program is a file");
    let output = run.env("REQUIEM_DUMP_DIR", scratch.path()).folder(folder).arg(name).output();
    expectation.check(&output)
}

#[test]
fn constructs_do_what_their_lines_say() {
    suite::run_all(&suite::files(&tests_folder().join("language"), "lua"), |program| {
        check(program, Run::vm())
    });
}

/// The expectations themselves are checked by the oracle, but for those of modules that it would have to load.
#[test]
fn the_reference_agrees_with_the_expectations() {
    let language = tests_folder().join("language");
    let mut programs = suite::files(&language, "lua");
    let is_ours =
        |program: &Path| ["event_loop", "carried"].iter().any(|of| program.starts_with(language.join(of)));
    programs.retain(|program| !is_ours(program));
    suite::run_all(&programs, |program| check(program, Run::reference()));
}

/// Every collection that can happen does happen: whatever a native function forgets to root is found here.
#[test]
fn constructs_do_the_same_under_gc_stress() {
    suite::run_all(&suite::files(&tests_folder().join("language"), "lua"), |program| {
        check(program, Run::vm().env("REQUIEM_GC_STRESS", "1"))
    });
}

#[test]
fn an_expectation_is_read_from_its_line() {
    let read = Expectation::of("print(1) --> 1\nprint()  -->\nerror('x') --! f.lua:3: x\nprint'a --> b'\n");
    assert_eq!(read.stdout, "1\n\nb'\n");
    assert_eq!(read.errors, ["f.lua:3: x"]);
}
