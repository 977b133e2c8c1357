//! Front ends: what a reader types, and what comes back.

pub mod once;
