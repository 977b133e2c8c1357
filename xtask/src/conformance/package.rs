//! The suite's sources: part of a Python package that bundles Lua, fetched by its name.
//!
//! Invariant: what is unpacked has the hash that stands here, whenever it was fetched.
//! Not here: running it (`conformance.rs`).

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::step::Step;

const PACKAGE: &str = "lupa==2.8";
const FILE: &str = "lupa-2.8.tar.gz";
const SHA256: &str = "d8022641b9ec8ecf2c5ecbe9f47e5a70e0b87c4b5ae921b92cb02a638e0acd08";
/// The suite inside the file, and how many folders lead to it.
const SUITE: &str = "lupa-2.8/third-party/lua54/testes";
const SUITE_DEPTH: usize = 3;

/// Unpacks the suite afresh below `folder`, where the package is kept: the suite's folder.
pub fn unpack(folder: &Path) -> Result<PathBuf, String> {
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(say)?;
    let file = folder.join(FILE);
    if !is_genuine(&file) {
        fetch(folder)?;
        if !is_genuine(&file) {
            return Err(format!("{} is not the file whose SHA-256 is {SHA256}", file.display()));
        }
    }
    let suite = folder.join("testes");
    if suite.exists() {
        std::fs::remove_dir_all(&suite).map_err(say)?;
    }
    let strip = format!("--strip-components={SUITE_DEPTH}");
    let step = Step::new(&format!("tar -xzf {FILE} {strip} {SUITE}"), Path::new("tar"));
    let archive = [Path::new("-xzf"), &file, Path::new("-C"), folder];
    step.args(archive).args([&strip, SUITE]).run()?;
    Ok(suite)
}

fn is_genuine(file: &Path) -> bool {
    let Ok(bytes) = std::fs::read(file) else { return false };
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    hash == SHA256
}

/// Fetches the package with pip. Pip insists on the package's metadata, for which the package would compile
/// five Luas; with these tools and without Cython it does not.
fn fetch(folder: &Path) -> Result<(), String> {
    let python = Path::new("python3");
    let has_pip = Command::new(python).args(["-m", "pip", "--version"]).output();
    if !has_pip.is_ok_and(|output| output.status.success()) {
        return Err("the suite is fetched with pip: install Python 3 with pip (python3-pip)".to_string());
    }
    let tools = folder.join("tools");
    let pip = ["-m", "pip", "--disable-pip-version-check", "--quiet"];
    Step::new("python3 -m pip install --target tools setuptools wheel", python)
        .args(pip)
        .args(["install", "--upgrade", "--target"])
        .args([&tools])
        .args(["setuptools", "wheel"])
        .run()
        .map_err(unavailable)?;
    let what = ["--no-binary", ":all:", "--no-deps", "--no-build-isolation", "--dest"];
    Step::new(&format!("python3 -m pip download {PACKAGE} --no-binary :all: --no-deps"), python)
        .env("PYTHONPATH", &tools)
        .env("LUPA_NO_LUAJIT", Path::new("true"))
        .args(pip)
        .args(["download", PACKAGE])
        .args(what)
        .args([folder])
        .run()
        .map_err(unavailable)
}

fn unavailable(why: String) -> String {
    format!("the package {PACKAGE}, which holds the suite, could not be had: {why}")
}
