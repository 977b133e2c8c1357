//! The functions of the fuzzers over their kept corpus: what was found once stays found, and a target that no
//! longer works is noticed without a fuzzer.
//!
//! Not here: the functions (`src/fuzz.rs`), the search for more (`cargo xtask fuzz`).

use std::path::PathBuf;

use tests::binaries::workspace_root;
use tests::fuzz::TARGETS;

/// All of the corpora together, so that they stay a part of the repository that nobody minds.
const BYTES_MAX: usize = 300 << 10;

/// Inputs of each target at least, so that an empty folder is no success.
const INPUTS_MIN: usize = 5;

fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = workspace_root().join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<(PathBuf, Vec<u8>)> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.clone(), std::fs::read(&path).expect("a file of the corpus")))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn the_corpora_hold_no_finding() {
    for target in &TARGETS {
        let inputs = inputs(target.name);
        assert!(inputs.len() >= INPUTS_MIN, "{}: {} inputs", target.name, inputs.len());
        for (path, input) in inputs {
            let outcome = std::panic::catch_unwind(|| (target.run)(&input));
            assert!(outcome.is_ok(), "{} is a finding", path.display());
        }
    }
}

#[test]
fn the_corpora_are_small() {
    let sizes = TARGETS.iter().flat_map(|target| inputs(target.name)).map(|(_, input)| input.len());
    let total: usize = sizes.sum();
    assert!(total <= BYTES_MAX, "{total} bytes");
}
