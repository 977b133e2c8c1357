//! Allocation, and the collection of what lives and of what does not.
//!
//! Not here: pauses under load (`cargo xtask pause`).

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};

use super::runtime::{Runtime, source};

const SESSIONS: i64 = 100_000;
const TREE_DEPTH: i64 = 12;

/// Tables that are all garbage at once.
const LITTER: &str = "local count = ... for i = 1, count do local _ = { i, { i } } end";
const LITTER_COUNT: i64 = 50_000;

/// Strings that are all garbage at once.
const TEXTS: &str = "collectgarbage('stop') local count = ... for i = 1, count do local _ = 'text ' .. i end";
const TEXT_COUNT: i64 = 100_000;

/// Objects whose finalizers are all due at once.
const FINALIZED: &str = "collectgarbage('stop') local count = ... local seen, M = 0, {}
    M.__gc = function() seen = seen + 1 end
    for i = 1, count do setmetatable({}, M) end";
const FINALIZED_COUNT: i64 = 20_000;

/// Strings that all stay, so that the table of interned ones grows again and again.
const NAMES: &str = "local count = ... names = {} for i = 1, count do names[i] = 'name ' .. i end";
const NAME_COUNT: i64 = 100_000;

/// What a program pays whose collector finds much alive: garbage, and stores of references into what stays.
const SLICES: &str = "local count = ...
    stays = stays or {}
    for i = #stays + 1, 20000 do stays[i] = { i, name = 'n' .. i } end
    for i = 1, count do
      local object = stays[i % 20000 + 1]
      object[1], object.name = { i }, object
    end";
const SLICES_COUNT: i64 = 50_000;

/// A cache and notes, of which all entries stay.
const WEAK: &str = "local count = ...
    objects, cache, notes = {}, setmetatable({}, { __mode = 'v' }), setmetatable({}, { __mode = 'k' })
    for i = 1, count do
      objects[i] = {}
      cache[i], notes[objects[i]] = objects[i], { objects[i] }
    end";
const WEAK_COUNT: i64 = 50_000;

/// Suspended coroutines, each with a variable that a closure shares.
const COROUTINES: &str = "local count = ...
    workers = {}
    for i = 1, count do
      workers[i] = coroutine.create(function()
        local seen
        coroutine.yield(function() return seen end)
      end)
      coroutine.resume(workers[i])
    end";
const COROUTINE_COUNT: i64 = 10_000;

/// The groups `allocate` and `collect`.
pub fn groups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocate");
    let mut runtime = Runtime::new();
    runtime.load("trees", &source("kernels/trees.lua"));
    runtime.load("litter", LITTER);
    group.bench_function("trees", |bencher| bencher.iter(|| runtime.call("trees", TREE_DEPTH)));
    group.throughput(Throughput::Elements(2 * LITTER_COUNT as u64));
    group.bench_function("tables", |bencher| bencher.iter(|| runtime.call("litter", LITTER_COUNT)));
    runtime.load("slices", SLICES);
    group.throughput(Throughput::Elements(SLICES_COUNT as u64));
    group.bench_function("tables, stored while the collector marks", |bencher| {
        bencher.iter(|| runtime.call("slices", SLICES_COUNT));
    });
    group.throughput(Throughput::Elements(NAME_COUNT as u64));
    group.bench_function("strings that stay", |bencher| {
        let loaded = || {
            let mut runtime = Runtime::new();
            runtime.load("names", NAMES);
            runtime
        };
        let build = |mut runtime: Runtime| {
            runtime.call("names", NAME_COUNT);
            runtime
        };
        bencher.iter_batched(loaded, build, BatchSize::PerIteration);
    });
    group.finish();

    let mut group = criterion.benchmark_group("collect");
    let mut runtime = Runtime::new();
    group.bench_function("an empty program", |bencher| bencher.iter(|| runtime.collect()));
    runtime.load("sessions_of", &source("sessions.lua"));
    runtime.call_to_its_death("sessions_of", SESSIONS);
    runtime.collect();
    group.throughput(Throughput::Bytes(black_box(runtime.heap_bytes())));
    group.bench_function("100,000 sessions that live", |bencher| bencher.iter(|| runtime.collect()));
    for (name, program, count) in [
        ("100,000 weak references that live", WEAK, WEAK_COUNT),
        ("10,000 coroutines that live", COROUTINES, COROUTINE_COUNT),
    ] {
        let mut runtime = Runtime::new();
        runtime.load("build", program);
        runtime.call("build", count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(name, |bencher| bencher.iter(|| runtime.collect()));
    }
    let litter = format!("collectgarbage('stop') {LITTER}");
    for (name, program, count, dead) in [
        ("100,000 tables that are dead", litter.as_str(), LITTER_COUNT, 2 * LITTER_COUNT),
        ("100,000 strings that are dead", TEXTS, TEXT_COUNT, TEXT_COUNT),
        ("20,000 tables that are dead and finalized", FINALIZED, FINALIZED_COUNT, FINALIZED_COUNT),
    ] {
        let mut runtime = Runtime::new();
        runtime.load("litter", program);
        group.throughput(Throughput::Elements(dead as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                let mut spent = Duration::ZERO;
                for _ in 0..rounds {
                    runtime.call("litter", count);
                    let begin = Instant::now();
                    runtime.collect();
                    spent += begin.elapsed();
                }
                spent
            });
        });
    }
    group.finish();
}
