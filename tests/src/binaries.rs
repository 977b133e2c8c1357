//! Where the programs under test are: beside the test executable, built when they are missing or older than
//! their sources.
//!
//! Cargo names only the binaries of a test's own package, so those of `vm` and `inspector` are found by
//! their place in the target folder.
//! Invariant: one test process builds at most once, under a lock; between processes Cargo's own lock serves.
//! Not here: how they are run (`run.rs`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// A program under test, or the oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `requiem`, which runs scripts.
    Requiem,
    /// `coroner`, which examines dumps.
    Coroner,
    /// `reference`, the reference Lua.
    Reference,
}

impl Binary {
    /// What its file is called.
    pub fn name(self) -> &'static str {
        match self {
            Binary::Requiem => "requiem",
            Binary::Coroner => "coroner",
            Binary::Reference => "reference",
        }
    }

    /// The folders whose sources make the program.
    fn crates(self) -> &'static [&'static str] {
        match self {
            Binary::Requiem => &["dumpfmt", "compiler", "vm"],
            Binary::Coroner => &["dumpfmt", "inspector"],
            Binary::Reference => &["tests"],
        }
    }

    /// The program's path, built if need be. `REQUIEM_BIN_DIR` names a folder whose programs are taken as
    /// they are.
    #[track_caller]
    pub fn path(self) -> PathBuf {
        if self == Binary::Reference {
            // Cargo builds the binaries of the tests' own package before the tests run.
            return profile_folder().join(self.name());
        }
        if let Some(folder) = std::env::var_os("REQUIEM_BIN_DIR") {
            return Path::new(&folder).join(self.name());
        }
        static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
        let outcome = BUILT.get_or_init(|| {
            let all = [Binary::Requiem, Binary::Coroner];
            if all.into_iter().all(Binary::is_fresh) { Ok(()) } else { build() }
        });
        if let Err(why) = outcome {
            panic!("{why}");
        }
        profile_folder().join(self.name())
    }

    fn is_fresh(self) -> bool {
        let Some(built) = modified(&profile_folder().join(self.name())) else { return false };
        self.crates().iter().all(|name| newest_source(&workspace_root().join(name)) <= built)
    }
}

/// The workspace's root folder.
pub fn workspace_root() -> PathBuf {
    tests_folder().parent().expect("the tests crate lies inside the workspace").to_path_buf()
}

/// The folder of this package, where the tests' data lie. Cargo tells it again at run time, which is right
/// even when the tree has been moved since the tests were built.
pub fn tests_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// `target/debug` of a test executable `target/debug/deps/it-0123`.
fn profile_folder() -> PathBuf {
    let executable = std::env::current_exe().expect("the path of the running test");
    let folder = executable.parent().expect("an executable lies in a folder");
    if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder).to_path_buf()
    } else {
        folder.to_path_buf()
    }
}

fn build() -> Result<(), String> {
    let folder = profile_folder();
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev".to_string(),
        Some(name) => name.to_string(),
    };
    let target = folder.parent().unwrap_or(&folder);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--bins", "-p", "vm", "-p", "inspector", "--profile", &profile])
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace_root())
        .output()
        .map_err(|error| format!("cannot start cargo to build the programs under test: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("the programs under test do not build:\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

/// When a source below `folder` changed last. The epoch when there is none.
fn newest_source(folder: &Path) -> SystemTime {
    let mut newest = SystemTime::UNIX_EPOCH;
    let Ok(entries) = std::fs::read_dir(folder) else { return newest };
    for entry in entries.flatten() {
        let path = entry.path();
        let changed = if path.is_dir() {
            newest_source(&path)
        } else if path.extension().is_some_and(|e| e == "rs" || e == "lalrpop" || e == "toml") {
            modified(&path).unwrap_or(newest)
        } else {
            continue;
        };
        newest = newest.max(changed);
    }
    newest
}
