//! From the throw to the file, and from the file to the first screen.
//!
//! Not here: whether the file is right, and the figures of a million sessions (`cargo xtask sessions`).

use std::ffi::OsString;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use inspector::image::map::FileBytes;
use inspector::model::dump::Dump;

use super::runtime::{Runtime, source};
use tests::scratch::Scratch;

/// The smaller heap goes through the page cache, the larger one past it, where the file system lets it.
const SIZES: [(&str, i64); 2] = [("100,000 sessions", 100_000), ("400,000 sessions", 400_000)];

const ERROR: &str = "error('the end')";

/// The groups `dump write` and `dump open`.
pub fn groups(criterion: &mut Criterion) {
    // Beside the build's own files: a temporary folder may lie in memory.
    let scratch = Scratch::new_in(&target_folder());
    let mut runtime = Runtime::with_dumps(scratch.path());
    runtime.load("sessions_of", &source("sessions.lua"));
    runtime.load("fail", ERROR);
    for (name, count) in SIZES {
        runtime.call_to_its_death("sessions_of", count);
        let first = the_dump(&scratch);
        let bytes = std::fs::metadata(&first).expect("the dump").len();
        let mut group = criterion.benchmark_group("dump write");
        group.sample_size(10).throughput(Throughput::Bytes(bytes));
        write(&mut group, name, &mut runtime, &scratch, &first);
        group.finish();
        let mut group = criterion.benchmark_group("dump open");
        open(&mut group, name, &first);
        group.finish();
        std::fs::remove_file(first).expect("a dump of ours");
    }
}

fn write(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    runtime: &mut Runtime,
    scratch: &Scratch,
    keep: &PathBuf,
) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|count| {
            let mut spent = Duration::ZERO;
            for _ in 0..count {
                let begin = Instant::now();
                let error = runtime.call_to_its_death("fail", 0);
                spent += begin.elapsed();
                assert!(error.dump().is_some(), "an uncaught error leaves a dump");
                for dump in scratch.dumps().iter().filter(|dump| *dump != keep) {
                    std::fs::remove_file(dump).expect("a dump of ours");
                }
            }
            spent
        });
    });
}

fn open(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, dump: &PathBuf) {
    group.bench_function(format!("{name}: sections"), |bencher| {
        bencher.iter(|| {
            let file = FileBytes::open(dump, true).expect("the dump");
            let dump = Dump::open(file.bytes()).expect("a dump");
            black_box(dump.taken());
        });
    });
    group.bench_function(format!("{name}: summary"), |bencher| {
        bencher.iter(|| examine(dump, &[]));
    });
    group.bench_function(format!("{name}: print"), |bencher| {
        bencher.iter(|| examine(dump, &["print", "sessions[77].next.name"]));
    });
}

fn examine(dump: &PathBuf, command: &[&str]) {
    let words = [OsString::from("coroner"), dump.into()];
    let words = words.into_iter().chain(command.iter().map(OsString::from));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = inspector::run(words, &mut out, &mut err, false);
    assert!(status == 0 && !out.is_empty(), "{}", String::from_utf8_lossy(&err));
    black_box(out);
}

fn the_dump(scratch: &Scratch) -> PathBuf {
    scratch.dumps().pop().expect("an uncaught error leaves a dump")
}

fn target_folder() -> PathBuf {
    let executable = std::env::current_exe().expect("the path of the running bench");
    executable.parent().expect("an executable lies in a folder").to_path_buf()
}
