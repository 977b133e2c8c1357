//! `cargo xtask fuzz pattern`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tests::fuzz::pattern(data));
