//! Tells the linker what stands at the beginning of the command's code; `start.ld` says why.

use std::path::PathBuf;

const SCRIPT: &str = "start.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SCRIPT}");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // A copy in the build folder, the one place that cargo finds again when the sources have been moved.
        let copy = variable("OUT_DIR").join(SCRIPT);
        std::fs::copy(variable("CARGO_MANIFEST_DIR").join(SCRIPT), &copy)
            .expect("the build folder can be written");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", copy.display());
    }
}

fn variable(name: &str) -> PathBuf {
    std::env::var_os(name).expect("cargo sets it for build scripts").into()
}
