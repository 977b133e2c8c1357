//! The one integration binary: one link, one process, many subjects.
//!
//! Invariant: a subject is a module below, and its data lie in the folder of the same name beside `tests/`.
//! Not here: the harness (`src/lib.rs`).

mod it {
    mod command;
    mod differential;
    mod dumps;
    mod faults;
    mod format;
    mod fuzz;
    mod language;
    mod terminal;
    mod random;
    mod tidy;
}
