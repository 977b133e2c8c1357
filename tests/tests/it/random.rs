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

/// A long run says how far it is after so many.
const PROGRESS: u64 = 1000;

/// Failures after which the search ends.
const FAILURES: usize = 5;

/// How long one run may take. Fuel bounds what programs do, so nearly all of them need a hundredth of it.
const LIMIT: Duration = Duration::from_secs(10);

/// As much longer where each allocation collects.
const STRESS_FACTOR: u32 = 10;

/// How long a failing program is tried again while it is made smaller.
const PATIENCE: Duration = Duration::from_secs(90);

/// Of so many programs one may be skipped since the reference does not end it in time; more are a fault of the generator.
const SKIPPED: u64 = 1000;

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

/// What two runs of a program show.
enum Verdict {
    Equal,
    Differs(String),
    /// The reference did not end in time, so there is nothing to compare with.
    Skipped,
}

impl Stage {
    fn run(&self, run: Run, limit: Duration) -> Result<Output, String> {
        let run = run.env("REQUIEM_DUMP_DIR", self.scratch.path()).folder(self.scratch.path());
        run.limit(limit).arg("program.lua").output_in_time()
    }

    fn verdict(&self, pieces: &[Piece], way: Way) -> Verdict {
        self.scratch.write("program.lua", format!("{PRELUDE}{}", text_of(pieces)));
        let Ok(reference) = self.run(Run::reference(), LIMIT) else { return Verdict::Skipped };
        let (run, limit) = match way {
            Way::Plain => (Run::vm().arg("--no-dump"), LIMIT),
            Way::Stressed => {
                (Run::vm().arg("--no-dump").env("REQUIEM_GC_STRESS", "1"), LIMIT * STRESS_FACTOR)
            }
            Way::Dumped => (Run::vm(), LIMIT),
        };
        let ours = match self.run(run, limit) {
            Ok(ours) => ours,
            Err(story) => return Verdict::Differs(story),
        };
        let mut difference = compare(&reference, &ours);
        if let Some(dump) = ours.dump_line() {
            let death = Death::of_stderr(&String::from_utf8_lossy(&reference.stderr));
            let told = match death {
                Some(death) if !died_twice(&death) => postmortem::compare(&death, &ours),
                _ => Ok(()),
            };
            difference = difference.or(told.err());
            std::fs::remove_file(&dump.path).expect("the dump is ours");
        }
        difference.map_or(Verdict::Equal, Verdict::Differs)
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

/// Whether another error met the one that ended the program on its way out: in a `__close`, after which the main
/// chunk is gone (no program here leaves it by a tail call), or in the `__tostring` of the error object, which the
/// command's handler called. The dump is of the first error, taken where it was thrown; the report is of the last.
fn died_twice(death: &Death) -> bool {
    let Some(traceback) = &death.traceback else { return false };
    let is_in_close = !traceback.contains("in main chunk");
    let is_in_tostring = traceback.contains(">\n\t[C]: in ?\n\t[C]: in ");
    is_in_close || is_in_tostring
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
    let deadline = Instant::now() + PATIENCE;
    let small = shrink(pieces, &mut |candidate| {
        Instant::now() < deadline && matches!(stage.verdict(candidate, way), Verdict::Differs(_))
    });
    let why = match stage.verdict(&small, way) {
        Verdict::Differs(why) => why,
        Verdict::Equal | Verdict::Skipped => "it differs at times only".to_string(),
    };
    format!("{}\n--- {why}", text_of(&small))
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
    let skipped = AtomicU64::new(0);
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
                    if number > first && (number - first).is_multiple_of(PROGRESS) {
                        println!("{} programs, {:.0?}", number - first, started.elapsed());
                    }
                    match try_one(number, &stage) {
                        Verdict::Equal => {}
                        Verdict::Differs(why) => {
                            println!("program {number} differs");
                            failures.lock().expect("no holder panics").push((number, why))
                        }
                        Verdict::Skipped => {
                            println!(
                                "program {number} is skipped: the reference does not end it within {LIMIT:?}"
                            );
                            skipped.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no holder panics");
    let skipped = skipped.into_inner();
    println!(
        "programs {first} to {}: {} differ, {skipped} skipped, {:.1?}",
        first + count - 1,
        failures.len(),
        started.elapsed()
    );
    let mut report = String::new();
    for (number, why) in &failures {
        report.push_str(&format!("\n=== program {number}\n{why}\n"));
    }
    assert!(failures.is_empty(), "{report}");
    assert!(skipped <= count.div_ceil(SKIPPED), "{skipped} of {count} programs do not end");
}

/// What the program of that number shows. One that breaks the harness must not hide the others.
fn try_one(number: u64, stage: &Stage) -> Verdict {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let pieces = program(number);
        let first = if number.is_multiple_of(DUMPED) { Way::Dumped } else { Way::Plain };
        let mut ways = vec![first];
        if number.is_multiple_of(STRESSED) {
            ways.push(Way::Stressed);
        }
        for way in ways {
            match stage.verdict(&pieces, way) {
                Verdict::Equal => {}
                Verdict::Differs(_) => return Verdict::Differs(reduced(pieces, way, stage)),
                Verdict::Skipped => return Verdict::Skipped,
            }
        }
        Verdict::Equal
    }));
    outcome.unwrap_or_else(|_| Verdict::Differs(text_of(&program(number))))
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

/// One that went on for ever would be waited for at each attempt to make it smaller.
#[test]
fn a_smaller_program_still_burns_fuel() {
    let body = vec![Piece::Fuel, line("bad"), line("n = n + 1")];
    let pieces = vec![line("a"), Piece::block("while true do", body, "end")];
    let small = shrink(pieces, &mut |candidate| {
        let text = text_of(candidate);
        text.contains("while") && text.contains("bad")
    });
    assert_eq!(text_of(&small), "while true do\n  tick()\n  bad\nend\n");
}

#[test]
fn a_second_death_is_told_from_others() {
    let stage = Stage { scratch: Scratch::new() };
    let death = |text: &str| {
        stage.scratch.write("program.lua", format!("{PRELUDE}{text}"));
        let output = stage.run(Run::reference(), LIMIT).expect("it ends");
        Death::of_stderr(&output.stderr_text()).expect("it dies")
    };
    assert!(died_twice(&death("local c <close> = closer('c', 7) error('first')")));
    assert!(died_twice(&death("error(setmetatable({}, {__tostring = function() return 1 < {} end}))")));
    assert!(!died_twice(&death("tostring(setmetatable({}, {__tostring = function() return 1 < {} end}))")));
    assert!(!died_twice(&death("do local c <close> = closer('c', 7) end")));
    assert!(!died_twice(&death("local c <close> = closer('c') error('only')")));
}

/// Programs that all stopped at once would agree as well.
#[test]
fn programs_come_far() {
    let stage = Stage { scratch: Scratch::new() };
    let mut lines = 0;
    for number in 1..40 {
        stage.scratch.write("program.lua", format!("{PRELUDE}{}", text_of(&program(number))));
        lines += stage.run(Run::reference(), LIMIT).expect("it ends").stdout_text().lines().count();
    }
    assert!(lines > 40 * 10, "{lines} lines of 39 programs");
}
