//! What a program does, a group a noun and a bench a mechanism; and kernels, which do many things at once.
//!
//! Not here: the kernels beside other Luas (`cargo xtask bench`).

use criterion::Criterion;

use super::runtime::{Program, Runtime, source};
use super::{element, field, function, number, text};

const NOUNS: [(&str, &[Program]); 5] = [
    ("field", field::PROGRAMS),
    ("element", element::PROGRAMS),
    ("function", function::PROGRAMS),
    ("number", number::PROGRAMS),
    ("text", text::PROGRAMS),
];

/// Kernels, and sizes at which each takes some ten milliseconds.
const KERNELS: [(&str, i64); 6] = [
    ("calls", 16),
    ("fields", 200_000),
    ("arithmetic", 20),
    ("strings", 8_000),
    ("closures", 20_000),
    ("coroutines", 40_000),
];

/// The groups of the nouns, and the group `interpret`.
pub fn groups(criterion: &mut Criterion) {
    for (noun, programs) in NOUNS {
        let mut group = criterion.benchmark_group(noun);
        for program in programs {
            let mut runtime = Runtime::new();
            runtime.load(program.name, program.text);
            group.bench_function(program.name, |bencher| {
                bencher.iter(|| runtime.call(program.name, program.count));
            });
        }
        group.finish();
    }

    let mut group = criterion.benchmark_group("interpret");
    for (name, size) in KERNELS {
        let mut runtime = Runtime::new();
        runtime.load("kernel", &source(&format!("kernels/{name}.lua")));
        group.bench_function(name, |bencher| bencher.iter(|| runtime.call("kernel", size)));
    }
    group.finish();
}
