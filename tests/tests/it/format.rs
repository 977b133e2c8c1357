//! The container and the image: damaged dumps, and dumps of random graphs.
//!
//! Invariant: whatever is done to a dump, `coroner` answers with status 0, 1 or 2, and never with a panic.
//! Not here: what a sound dump says (`dumps.rs`).

mod graph;

mod examined;

mod round_trip;

mod damage;

use std::path::Path;

use tests::run::{Output, Run};
use tests::scratch::Scratch;

/// The dump of a small program, as bytes.
#[track_caller]
fn small_dump() -> Vec<u8> {
    let scratch = Scratch::new();
    scratch.write("small.lua", "local t = {name = 'x'}\nt.self = t\nlocal function f() error(t) end\nf()\n");
    let output =
        Run::vm().arg("--dump-dir").arg(scratch.path()).arg("small.lua").folder(scratch.path()).output();
    output.expect_status(1);
    std::fs::read(output.dump()).expect("the dump can be read")
}

/// Asks for the summary of a damaged dump and asserts that the answer is an ordinary one.
#[track_caller]
fn examine(scratch: &Scratch, bytes: &[u8], command: &[&str], what: &str) -> Output {
    let path = scratch.write("damaged.vmcore", bytes);
    let output = Run::coroner(Path::new(&path)).args(command).output();
    let is_ordinary = output.status.is_some_and(|status| (0..=2).contains(&status));
    assert!(is_ordinary && !output.stderr_text().contains("panicked"), "{what}\n{}", output.story());
    output
}

/// Where the interesting bytes are: all of the head, the tail, and places in between.
fn places(length: usize) -> Vec<usize> {
    let step = (length / 60).max(1);
    let mut places: Vec<usize> = (0..length.min(40)).chain((0..length).step_by(step)).collect();
    places.extend(length.saturating_sub(40)..length);
    places.sort_unstable();
    places.dedup();
    places
}

#[test]
fn a_dump_cut_anywhere_says_what_is_missing() {
    let dump = small_dump();
    let scratch = Scratch::new();
    for cut in places(dump.len()) {
        let output = examine(&scratch, &dump[..cut], &[], &format!("cut at {cut} of {}", dump.len()));
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "silence after a cut at {cut}");
        let verified = examine(&scratch, &dump[..cut], &["verify"], &format!("verify, cut at {cut}"));
        assert_ne!(verified.status, Some(0), "a cut at {cut} must not verify\n{}", verified.story());
    }
}

#[test]
fn a_dump_with_flipped_bytes_is_answered() {
    let dump = small_dump();
    let scratch = Scratch::new();
    // A fixed generator: a failing case can be run again. Numerical Recipes' constants.
    let mut state: u32 = 4711;
    let mut random = |limit: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % limit
    };
    for case in 0..150 {
        let mut damaged = dump.clone();
        for _ in 0..=random(4) {
            let place = random(damaged.len());
            damaged[place] ^= 1 << random(8);
        }
        let commands: [&[&str]; 5] = [&[], &["stack", "-v"], &["objects"], &["globals"], &["verify"]];
        examine(&scratch, &damaged, commands[case % commands.len()], &format!("case {case}"));
    }
}
