//! The interpreter and the library under it, a kernel a group of instructions (`benches/kernels`).
//!
//! Not here: the same kernels beside other Luas (`cargo xtask bench`).

use criterion::Criterion;

use super::runtime::{Runtime, source};

/// Kernels, and sizes at which each takes some ten milliseconds.
const KERNELS: [(&str, i64); 6] = [
    ("calls", 16),
    ("fields", 200_000),
    ("arithmetic", 20),
    ("strings", 8_000),
    ("closures", 20_000),
    ("coroutines", 40_000),
];

/// The group `interpret`.
pub fn groups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("interpret");
    for (name, size) in KERNELS {
        let mut runtime = Runtime::new();
        runtime.load("kernel", &source(&format!("kernels/{name}.lua")));
        group.bench_function(name, |bencher| bencher.iter(|| runtime.call("kernel", size)));
    }
    group.finish();
}
