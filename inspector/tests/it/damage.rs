//! Files that are cut or flipped: always an answer, never a panic.

use crate::answers::coroner;
use crate::story::story;
use inspector::analysis::{summary, verify};
use inspector::command::{COMMANDS, Request};
use inspector::model::dump::Dump;
use inspector::view::{Form, View};

/// Runs every command; answers what the two that judge the file say.
fn examine(bytes: &[u8]) -> Option<(summary::SummaryReport, verify::VerifyReport)> {
    let dump = Dump::open(bytes).ok()?;
    for row in COMMANDS {
        let argument = row.argument.map(|argument| match argument.name {
            "EXPR" => "session".to_owned(),
            "ADDR" => format!("{:#x}", story().session),
            _ => "0".to_owned(),
        });
        let request = Request { argument, verbose: true, ..Request::default() };
        let mut out = Vec::new();
        // A refusal is an answer too.
        let _ = (row.run)(&dump, &request, &mut View::new(&mut out, Form::Text { colours: true }));
    }
    Some((summary::summary(&dump, 20), verify::verify(&dump, 5)))
}

/// `CORONER_DUMP=FILE cargo test --release -p inspector -- --ignored given`: flips in a real dump.
#[test]
#[ignore = "needs a dump"]
fn flips_of_a_given_dump_do_no_harm() {
    let path = std::env::var_os("CORONER_DUMP").expect("the path of a dump in CORONER_DUMP");
    let file = std::fs::read(path).unwrap();
    flip(&file, 3000);
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
    flip(&story().file, 500);
}

fn flip(file: &[u8], count: usize) {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let busy: Vec<usize> = (0..file.len()).filter(|at| file[*at] != 0).collect();
    for _ in 0..count {
        let mut flipped = file.to_vec();
        for _ in 0..1 + random() % 3 {
            let at = busy[(random() % busy.len() as u64) as usize];
            flipped[at] ^= 1 << (random() % 8);
        }
        if flipped != file
            && let Some((_, verify)) = examine(&flipped)
        {
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
