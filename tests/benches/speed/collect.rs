//! Allocation, and the collection of what lives and of what does not.
//!
//! Not here: pauses under load.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};

use super::runtime::{Runtime, source};

const SESSIONS: i64 = 100_000;
const TREE_DEPTH: i64 = 12;

/// Tables that are all garbage at once.
const LITTER: &str = "local count = ... for i = 1, count do local _ = { i, { i } } end";
const LITTER_COUNT: i64 = 50_000;

/// The groups `allocate` and `collect`.
pub fn groups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocate");
    let mut runtime = Runtime::new();
    runtime.load("trees", &source("kernels/trees.lua"));
    runtime.load("litter", LITTER);
    group.bench_function("trees", |bencher| bencher.iter(|| runtime.call("trees", TREE_DEPTH)));
    group.throughput(Throughput::Elements(2 * LITTER_COUNT as u64));
    group.bench_function("tables", |bencher| bencher.iter(|| runtime.call("litter", LITTER_COUNT)));
    group.finish();

    let mut group = criterion.benchmark_group("collect");
    let mut runtime = Runtime::new();
    group.bench_function("an empty program", |bencher| bencher.iter(|| runtime.collect()));
    runtime.load("sessions_of", &source("sessions.lua"));
    runtime.call_to_its_death("sessions_of", SESSIONS);
    runtime.collect();
    group.throughput(Throughput::Bytes(black_box(runtime.heap_bytes())));
    group.bench_function("100,000 sessions that live", |bencher| bencher.iter(|| runtime.collect()));
    let mut runtime = Runtime::new();
    runtime.load("litter", &format!("collectgarbage('stop') {LITTER}"));
    group.throughput(Throughput::Elements(2 * LITTER_COUNT as u64));
    group.bench_function("100,000 tables that are dead", |bencher| {
        bencher.iter_custom(|count| {
            let mut spent = Duration::ZERO;
            for _ in 0..count {
                runtime.call("litter", LITTER_COUNT);
                let begin = Instant::now();
                runtime.collect();
                spent += begin.elapsed();
            }
            spent
        });
    });
    group.finish();
}
