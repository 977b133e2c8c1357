//! What costs time, a bench a mechanism: `cargo bench -p tests`, with `-- --quick` for a first look and
//! `-- dump` for those of that name. `cargo test -p tests --bench speed` runs each once.
//!
//! Invariant: a group measures in this process, through the crates' own faces; nothing is left on the disk.
//! Not here: whole programs beside other Luas, and the million sessions (`cargo xtask bench`, `sessions`).

#![forbid(unsafe_code)]

mod speed {
    pub mod runtime;

    pub mod start;

    pub mod compile;

    pub mod field;

    pub mod element;

    pub mod function;

    pub mod number;

    pub mod text;

    pub mod interpret;

    pub mod collect;

    pub mod dump;
}

use std::time::Duration;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    speed::start::groups(&mut criterion);
    speed::compile::groups(&mut criterion);
    speed::interpret::groups(&mut criterion);
    speed::collect::groups(&mut criterion);
    speed::dump::groups(&mut criterion);
    criterion.final_summary();
}
