//! Files that are cut or flipped: always an answer, never a panic.

use crate::answers::coroner;
use crate::story::story;
use inspector::analysis::{summary, verify};
use inspector::model::dump::Dump;

/// Asks everything that touches much of the file.
fn examine(bytes: &[u8]) -> Option<(summary::SummaryReport, verify::VerifyReport)> {
    let dump = Dump::open(bytes).ok()?;
    Some((summary::summary(&dump, 20), verify::verify(&dump, 5)))
}

#[test]
fn every_cut_opens_and_says_so() {
    let file = &story().file;
    // Inside raw memory one byte is as good as another.
    let interesting = (0..file.len()).filter(|at| at % 2048 == 0 || *at < 4096 || *at + 1500 > file.len());
    for at in interesting {
        let Some((summary, verify)) = examine(&file[..at]) else {
            assert!(at < 128, "a cut at {at} does not open");
            continue;
        };
        assert!(!summary.problems.is_empty(), "a cut at {at} is not noticed");
        assert!(!verify.is_sound, "a cut at {at} is called sound");
    }
}

#[test]
fn flips_do_no_harm() {
    let file = &story().file;
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let busy: Vec<usize> = (0..file.len()).filter(|at| file[*at] != 0).collect();
    for _ in 0..1000 {
        let mut flipped = file.clone();
        for _ in 0..1 + random() % 3 {
            let at = busy[(random() % busy.len() as u64) as usize];
            flipped[at] ^= 1 << (random() % 8);
        }
        if let Some((_, verify)) = examine(&flipped) {
            assert!(!verify.is_sound, "a flip is called sound");
        }
    }
}

#[test]
fn a_cut_dump_answers_what_it_can() {
    let file = &story().file;
    let (status, out, err) = coroner(&file[..file.len() - 100], &[]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("was cut or never finished") && out.contains("session = table"), "{out}");
    let (status, out, err) = coroner(&file[..file.len() / 2], &["stack"]);
    assert!(status <= 1 && err.contains("is not whole"), "{out}{err}");
    let (status, out, _) = coroner(&file[..file.len() - 100], &["verify"]);
    assert!(status == 1 && out.contains("damaged or incomplete"), "{out}");
}

/// Run it with `cargo test --release -p inspector -- --ignored`.
#[test]
#[ignore = "writes 460 MB and measures time"]
fn the_first_screen_of_a_large_heap_comes_at_once() {
    let file = crate::story::large(7000);
    let path = std::env::temp_dir().join(format!("coroner-large-{}.vmcore", std::process::id()));
    std::fs::write(&path, file).unwrap();
    let start = std::time::Instant::now();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = ["coroner".into(), path.clone().into()];
    let status = inspector::run(line, &mut out, &mut err, false);
    let took = start.elapsed();
    let start = std::time::Instant::now();
    let line = ["coroner".into(), path.clone().into(), "verify".into()];
    inspector::run(line, &mut Vec::new(), &mut err, false);
    eprintln!("summary {took:?}, verify {:?}", start.elapsed());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(status, 0);
    assert!(took.as_millis() < 100, "{took:?}");
}
