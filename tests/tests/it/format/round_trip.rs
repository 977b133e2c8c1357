//! Random graphs: the program must print the canonical form of its description, and the dump of its death must
//! lead to the same form.
//!
//! Invariant: three makers of the form (Lua, the description, the dump) must agree to the letter.
//! Not here: what a graph is (`graph.rs`).

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::examined;
use super::graph::{Graph, LAST_WORDS, graphs};
use tests::golden::difference;
use tests::run::Run;
use tests::scratch::Scratch;

/// `REQUIEM_ROUND_TRIPS=20` makes twenty times as many.
fn configuration(cases: u32) -> ProptestConfig {
    let times = std::env::var("REQUIEM_ROUND_TRIPS").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    ProptestConfig {
        cases: cases * times,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    }
}

/// Runs the graph's program on our VM, and compares both what it prints and what its dump leads to with what
/// the description says.
fn check_round_trip(run: Run, graph: &Graph) -> Result<(), TestCaseError> {
    let scratch = Scratch::new();
    let output = check(run.arg("--dump-dir").arg(scratch.path()), graph, &scratch)?;
    let dump = std::fs::read(output.dump()).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let examined = examined::canonical(&dump).map_err(TestCaseError::fail)?;
    match difference(&graph.canonical(), &examined) {
        None => Ok(()),
        Some(text) => Err(TestCaseError::fail(format!("the dump differs\n{text}\n{}", graph.program()))),
    }
}

/// Runs the graph's program and compares what it prints with what the description says.
fn check(run: Run, graph: &Graph, scratch: &Scratch) -> Result<tests::run::Output, TestCaseError> {
    let program = graph.program();
    scratch.write("graph.lua", &program);
    let output = run.arg("graph.lua").folder(scratch.path()).output();
    if let Some(text) = difference(&graph.canonical(), &output.stdout_text()) {
        return Err(TestCaseError::fail(format!("{text}\n{}\n{program}", output.stderr_text())));
    }
    if output.status != Some(1) || !output.stderr_text().contains(LAST_WORDS) {
        return Err(TestCaseError::fail(format!("it did not die as it should\n{}", output.story())));
    }
    Ok(output)
}

proptest! {
    #![proptest_config(configuration(64))]

    /// The generator and its two printers are themselves tried on the reference.
    #[test]
    fn the_reference_prints_what_the_description_says(graph in graphs()) {
        check(Run::reference(), &graph, &Scratch::new())?;
    }
}

proptest! {
    #![proptest_config(configuration(500))]

    #[test]
    fn a_dump_leads_to_what_the_description_says(graph in graphs()) {
        check_round_trip(Run::vm(), &graph)?;
    }
}

proptest! {
    #![proptest_config(configuration(500))]

    #[test]
    fn a_dump_leads_to_the_same_under_gc_stress(graph in graphs()) {
        check_round_trip(Run::vm().env("REQUIEM_GC_STRESS", "1"), &graph)?;
    }
}
