//! A runtime made, and thrown away.
//!
//! Not here: the start of the command, which is a process (`cargo xtask bench`).

use std::hint::black_box;

use criterion::Criterion;

use super::runtime::Runtime;

/// The group `start`.
pub fn groups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("start");
    group.bench_function("a runtime with its library", |bencher| bencher.iter(|| black_box(Runtime::new())));
    group.bench_function("and an empty program", |bencher| {
        bencher.iter(|| {
            let mut runtime = Runtime::new();
            runtime.load("empty", "");
            runtime.call("empty", 0);
        });
    });
    group.finish();
}
