//! Damaged dumps through the inspector as a library, since a process for each would take hours.
//!
//! Invariant: whatever the bytes are, opening and every command return; a panic fails the test and names the
//! damage that led to it.
//! Not here: the command line's own answers to damaged files (`format.rs`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use inspector::analysis::summary::problems;
use inspector::command::{COMMANDS, CommandRow, DEFAULT, Request};
use inspector::model::dump::Dump;
use inspector::view::{Form, View};

use super::small_dump;

/// What came of a look at some bytes.
enum Look {
    /// It is no dump, says this sentence.
    Refused(String),
    /// What the dump says is wrong with it, and what the command printed.
    Opened { problems: Vec<String>, text: Vec<u8> },
}

fn look(bytes: &[u8], row: &CommandRow, request: &Request) -> Look {
    let dump = match Dump::open(bytes) {
        Ok(dump) => dump,
        Err(refusal) => return Look::Refused(refusal.to_string()),
    };
    let mut text = Vec::new();
    // "Nothing is there" is an answer too; only a panic is none.
    let _ = (row.run)(&dump, request, &mut View::new(&mut text, Form::Text { colours: false }));
    Look::Opened { problems: problems(&dump), text }
}

/// Calls `case` with every number below `count` on two threads, and says which number panicked.
fn for_all(count: usize, case: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| case(number))) {
                        eprintln!("case {number} of {count} panicked");
                        std::panic::resume_unwind(panic);
                    }
                }
            });
        }
    });
}

/// Opening alone at every byte: what is missing must be named wherever the file ends.
#[test]
fn every_cut_is_refused_or_says_what_is_missing() {
    let dump = small_dump();
    for_all(dump.len(), |cut| match Dump::open(&dump[..cut]) {
        Err(refusal) => assert!(!refusal.to_string().is_empty(), "silence after a cut at {cut}"),
        Ok(opened) => assert!(!problems(&opened).is_empty(), "a cut at {cut} passes for a whole dump"),
    });
}

/// Every command, at every byte near the ends and at a thousand places between.
#[test]
fn every_command_answers_a_cut_dump() {
    let dump = small_dump();
    let step = (dump.len() / 1000).max(1);
    let middle = (0..dump.len()).step_by(step);
    let cuts: Vec<usize> =
        (0..2000).chain(dump.len().saturating_sub(500)..dump.len()).chain(middle).collect();
    for_all(cuts.len(), |number| {
        let row = &COMMANDS[number % COMMANDS.len()];
        for row in [&DEFAULT, row] {
            match look(&dump[..cuts[number].min(dump.len())], row, &request_for(row)) {
                Look::Refused(sentence) => assert!(!sentence.is_empty()),
                Look::Opened { text, .. } if row.name == DEFAULT.name => assert!(!text.is_empty()),
                Look::Opened { .. } => {}
            }
        }
    });
}

/// An argument with which the command has something to do in the small dump.
fn request_for(row: &CommandRow) -> Request {
    let argument = match row.name {
        "print" => Some("t.self.name"),
        "frame" | "source" => Some("0"),
        "object" => Some("0x0"),
        _ => None,
    };
    Request { argument: argument.map(str::to_string), verbose: true, ..Request::default() }
}

/// Ten thousand dumps with a few random bytes changed, each seen by one command and by the summary.
#[test]
fn random_flips_are_answered() {
    let dump = small_dump();
    for_all(10_000, |case| {
        // A generator of its own for each case, so that a failing one can be run again alone. The constants
        // are those of SplitMix64.
        let mut state = case as u64;
        let mut random = |limit: usize| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) % limit as u64) as usize
        };
        let mut damaged = dump.clone();
        for _ in 0..=random(8) {
            let place = random(damaged.len());
            damaged[place] = random(256) as u8;
        }
        let row = &COMMANDS[case % COMMANDS.len()];
        if let Look::Opened { problems, .. } = look(&damaged, row, &request_for(row)) {
            // Reading the list is part of the test: its sentences are made from damaged numbers.
            assert!(problems.iter().all(|sentence| !sentence.is_empty()));
        }
    });
}
