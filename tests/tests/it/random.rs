//! Random programs, well typed and not, on the reference Lua and on ours: what they print, the text of the error
//! that ends most of them, and the exit status must be equal.
//!
//! `REQUIEM_PROGRAMS=20000 cargo test -p tests random_programs -- --nocapture` is the long run; `REQUIEM_SEED` gives it other programs. A
//! program that shows a difference is made smaller, printed with its number, and `REQUIEM_SEED=N REQUIEM_PROGRAMS=1` prints it whole
//! and runs it again.
//! Invariant: a program is made of its number alone, ends by itself, and prints nothing that may differ between two
//! runs but addresses.
//! Not here: what programs consist of (`random/`).

mod dice;
mod expression;
mod function;
mod literal;
mod mutation;
mod object;
mod program;
mod statement;
mod template;
mod writer;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tests::golden::difference;
use tests::run::{Output, Run};
use tests::scratch::Scratch;
use tests::shape;

use super::differential::postmortem::{self, Death};
use dice::Dice;
use program::{Piece, shrink, text_of};
use statement::line;
use writer::Writer;

/// What every program begins with.
const PRELUDE: &str = include_str!("random/prelude.lua");

/// How many programs a plain test run tries.
const PROGRAMS: u64 = 1000;

/// The number of the first program.
const SEED: u64 = 1;

/// One in so many programs runs with a collection at every allocation, too.
const STRESSED: u64 = 10;

/// One in so many leaves a dump when it dies, which must tell the same death.
const DUMPED: u64 = 9;

/// One in so many is not run but changed at random and compiled.
const MUTATED: u64 = 12;

/// Programs at the same time; the machines that run them have two cores.
const WORKERS: usize = 2;

/// Failures after which the search ends.
const FAILURES: usize = 5;

/// How often a failing program is tried again while it is made smaller.
const ATTEMPTS: u32 = 1500;

/// The program of that number.
fn program(number: u64) -> Vec<Piece> {
    let mut writer = Writer::new(Dice::new(number));
    // Most programs go wrong only where somebody catches it, so that they come far.
    writer.wrongness = writer.dice.weighted(&[(6, 0), (2, 1), (1, 6)]);
    writer.breaks_lines = writer.dice.chance(30);
    let count = writer.dice.between(5, 30);
    let mut pieces = writer.statements(count, 0);
    if writer.dice.chance(60) {
        writer.wrongness = 40;
        pieces.extend(writer.statements(4, 0));
        pieces.push(Piece::Line(writer.error()));
    }
    if number.is_multiple_of(MUTATED) {
        return mutation::mutants(&text_of(&pieces), &mut writer.dice);
    }
    pieces.push(line("show('the end')"));
    pieces
}

/// Where a worker's programs lie and run.
struct Stage {
    scratch: Scratch,
}

impl Stage {
    fn run(&self, run: Run) -> Output {
        let run = run.env("REQUIEM_DUMP_DIR", self.scratch.path()).folder(self.scratch.path());
        run.limit(Duration::from_secs(120)).arg("program.lua").output()
    }

    /// What differs; none when nothing does.
    fn difference(&self, pieces: &[Piece], way: Way) -> Option<String> {
        self.scratch.write("program.lua", format!("{PRELUDE}{}", text_of(pieces)));
        let reference = self.run(Run::reference());
        let ours = self.run(match way {
            Way::Plain => Run::vm().arg("--no-dump"),
            Way::Stressed => Run::vm().arg("--no-dump").env("REQUIEM_GC_STRESS", "1"),
            Way::Dumped => Run::vm(),
        });
        let mut difference = compare(&reference, &ours);
        if let Some(dump) = ours.dump_line() {
            let death = Death::of_stderr(&String::from_utf8_lossy(&reference.stderr));
            let told = death.map_or(Ok(()), |death| postmortem::compare(&death, &ours));
            difference = difference.or(told.err());
            std::fs::remove_file(&dump.path).expect("the dump is ours");
        }
        difference
    }
}

/// How our side of a comparison runs.
#[derive(Clone, Copy)]
enum Way {
    Plain,
    /// With a collection at every allocation.
    Stressed,
    /// Leaving a dump when it dies.
    Dumped,
}

fn compare(reference: &Output, ours: &Output) -> Option<String> {
    let without_addresses = |output: &Output| shape::without_addresses(&output.stdout_text());
    let mut complaints = Vec::new();
    if let Some(text) = difference(&without_addresses(reference), &without_addresses(ours)) {
        complaints.push(format!("stdout:\n{text}"));
    }
    let shapes = [reference, ours].map(|output| shape::of_stderr(&output.stderr_text()));
    if let Some(text) = difference(&shapes[0], &shapes[1]) {
        complaints.push(format!("stderr:\n{text}"));
    }
    if (reference.status, reference.signal) != (ours.status, ours.signal) {
        complaints.push(format!(
            "status: reference {:?}, ours {:?} (signal {:?})",
            reference.status, ours.status, ours.signal
        ));
    }
    if complaints.is_empty() { None } else { Some(complaints.join("\n")) }
}

/// A smaller program with a difference, and which it is.
fn reduced(pieces: Vec<Piece>, way: Way, stage: &Stage) -> String {
    let mut left = ATTEMPTS;
    let small = shrink(pieces, &mut |candidate| {
        left = left.saturating_sub(1);
        left > 0 && stage.difference(candidate, way).is_some()
    });
    let why = stage.difference(&small, way);
    format!("{}\n--- {}", text_of(&small), why.unwrap_or("it differs at times only".to_string()))
}

fn number_from(variable: &str, default: u64) -> u64 {
    let Some(text) = std::env::var_os(variable) else { return default };
    let text = text.to_string_lossy().into_owned();
    text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number"))
}

#[test]
fn random_programs_do_as_on_the_reference() {
    let (first, count) = (number_from("REQUIEM_SEED", SEED), number_from("REQUIEM_PROGRAMS", PROGRAMS));
    let started = Instant::now();
    if count == 1 {
        println!("{PRELUDE}{}", text_of(&program(first)));
    }
    let next = AtomicU64::new(first);
    let failures: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let stage = Stage { scratch: Scratch::new() };
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= first + count || failures.lock().expect("no holder panics").len() >= FAILURES
                    {
                        return;
                    }
                    if let Some(failure) = try_one(number, &stage) {
                        failures.lock().expect("no holder panics").push((number, failure));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no holder panics");
    println!(
        "programs {first} to {}: {} differ, {:.1?}",
        first + count - 1,
        failures.len(),
        started.elapsed()
    );
    let mut report = String::new();
    for (number, why) in &failures {
        report.push_str(&format!("\n=== program {number}\n{why}\n"));
    }
    assert!(failures.is_empty(), "{report}");
}

/// What is wrong with the program of that number. One that hangs or breaks the harness must not hide the others.
fn try_one(number: u64, stage: &Stage) -> Option<String> {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let pieces = program(number);
        let first = if number.is_multiple_of(DUMPED) { Way::Dumped } else { Way::Plain };
        let mut ways = vec![first];
        if number.is_multiple_of(STRESSED) {
            ways.push(Way::Stressed);
        }
        let way = ways.into_iter().find(|way| stage.difference(&pieces, *way).is_some())?;
        Some(reduced(pieces, way, stage))
    }));
    outcome.unwrap_or_else(|_| Some(text_of(&program(number))))
}

/// What two runs are compared by must not depend on the machine.
#[test]
fn a_number_is_always_the_same_program() {
    let texts: Vec<String> = (1..40).map(|number| text_of(&program(number))).collect();
    let again: Vec<String> = (1..40).map(|number| text_of(&program(number))).collect();
    assert_eq!(texts, again);
    assert!(texts.iter().all(|text| !text.is_empty()), "an empty program");
}

#[test]
fn a_failing_program_shrinks_to_what_fails() {
    let pieces = vec![
        line("a"),
        Piece::Block {
            parts: vec![("if".to_string(), vec![line("b"), Piece::block("do", vec![line("bad")], "end")])],
            end: "end".to_string(),
        },
        line("c"),
    ];
    let small = shrink(pieces, &mut |candidate| text_of(candidate).contains("bad"));
    assert_eq!(text_of(&small), "bad\n");
}

/// Programs that all stopped at once would agree as well.
#[test]
fn programs_come_far() {
    let stage = Stage { scratch: Scratch::new() };
    let mut lines = 0;
    for number in 1..40 {
        stage.scratch.write("program.lua", format!("{PRELUDE}{}", text_of(&program(number))));
        lines += stage.run(Run::reference()).stdout_text().lines().count();
    }
    assert!(lines > 40 * 10, "{lines} lines of 39 programs");
}
