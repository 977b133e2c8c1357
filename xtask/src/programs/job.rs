//! A job: a script and the Debian packages without which it cannot run.
//!
//! Its first line names them: `--# needs lua-penlight lua-ldoc`.

use std::path::{Path, PathBuf};
use std::process::Command;

const NEEDS: &str = "--# needs ";

/// A script that puts a program to use.
pub struct Job {
    /// The script's name without its ending.
    pub name: String,
    /// Where it is.
    pub script: PathBuf,
    packages: Vec<String>,
}

impl Job {
    /// All jobs of a folder, by name.
    pub fn all(folder: &Path) -> Result<Vec<Job>, String> {
        let say = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut jobs = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(say)? {
            let script = entry.map_err(say)?.path();
            if script.extension().is_some_and(|ending| ending == "lua") {
                jobs.push(Job::read(script)?);
            }
        }
        jobs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(jobs)
    }

    fn read(script: PathBuf) -> Result<Job, String> {
        let say = |what: &str| format!("{}: {what}", script.display());
        let text = std::fs::read_to_string(&script).map_err(|error| say(&error.to_string()))?;
        let first = text.lines().next().unwrap_or_default();
        let needs =
            first.strip_prefix(NEEDS).ok_or_else(|| say("its first line does not say what it needs"))?;
        let packages = needs.split_whitespace().map(str::to_string).collect();
        let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Job { name, script, packages })
    }

    /// Those of its packages that are not installed.
    pub fn missing_packages(&self) -> Result<Vec<String>, String> {
        let mut missing = Vec::new();
        for package in &self.packages {
            let asked = Command::new("dpkg-query")
                .args(["--show", "--showformat=${db:Status-Status}", package])
                .output();
            let status = asked.map_err(|error| format!("dpkg-query: {error}"))?;
            if status.stdout != b"installed" {
                missing.push(package.clone());
            }
        }
        Ok(missing)
    }
}
