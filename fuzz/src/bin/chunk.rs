//! `cargo xtask fuzz chunk`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tests::fuzz::chunk(data));
