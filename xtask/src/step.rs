//! One command of a chore: shown as one would type it, run, its output passed on and looked at.
//!
//! Invariant: what a step prints is exactly what the command printed.
//! Not here: which commands (`demo.rs`, `conformance/package.rs`).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::thread;
use std::time::{Duration, Instant};

/// A command to be run from the workspace's root.
pub struct Step {
    shown: String,
    command: Command,
}

impl Step {
    /// A step that is shown as `shown` and runs `program`.
    pub fn new(shown: &str, program: &Path) -> Step {
        let mut command = Command::new(program);
        command.current_dir(root());
        Step { shown: shown.to_string(), command }
    }

    /// Adds arguments.
    pub fn args<S: AsRef<std::ffi::OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Step {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Step {
        self.command.env(name, value);
        self
    }

    /// Runs it with its output on the terminal, for commands that take long.
    pub fn run(mut self) -> Result<(), String> {
        println!("$ {}", self.shown);
        let status = self.command.status().map_err(|error| format!("{}: {error}", self.shown))?;
        if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", self.shown)) }
    }

    /// Runs it, prints what it printed, and asserts its exit status.
    pub fn expect(mut self, status: i32) -> Result<Seen, String> {
        println!("\n$ {}", self.shown);
        let output = self.command.output().map_err(|error| format!("{}: {error}", self.shown))?;
        let Output { stdout, stderr, .. } = &output;
        for stream in [stdout, stderr] {
            std::io::stdout().write_all(stream).map_err(|error| format!("stdout: {error}"))?;
        }
        if output.status.code() != Some(status) {
            return Err(format!("{} ended with {}, not with status {status}", self.shown, output.status));
        }
        let text =
            [stdout.as_slice(), stderr.as_slice()].map(|stream| String::from_utf8_lossy(stream)).concat();
        Ok(Seen { shown: self.shown, text })
    }
}

/// What a step printed.
pub struct Seen {
    shown: String,
    /// Stdout, then stderr.
    pub text: String,
}

impl Seen {
    /// Asserts that the text holds each of `parts`.
    pub fn holds(self, parts: &[&str]) -> Result<Seen, String> {
        match parts.iter().find(|part| !self.text.contains(**part)) {
            None => Ok(self),
            Some(part) => Err(format!("{} did not say {part:?}", self.shown)),
        }
    }
}

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Where Cargo builds.
pub fn target_folder() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Builds both programs as users get them, and answers the folder that they are in.
pub fn build_release() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let build = ["build", "--release", "-p", "vm", "-p", "inspector", "--bins"];
    Step::new(&format!("cargo {}", build.join(" ")), &cargo).args(build).run()?;
    Ok(target_folder().join("release"))
}

/// Runs a command to its end, or ends it when the time is over.
pub fn status_within(command: &mut Command, limit: Duration) -> Result<Option<ExitStatus>, String> {
    let say = |error: std::io::Error| error.to_string();
    let mut child = command.spawn().map_err(say)?;
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(say)? {
            return Ok(Some(status));
        }
        if begin.elapsed() > limit {
            child.kill().map_err(say)?;
            child.wait().map_err(say)?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}
