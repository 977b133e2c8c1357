//! Real programs in pure Lua, as Debian packages them, under `requiem` and `lua5.4` side by side.
//!
//! A job is a script of ours in `tests/programs` that puts an installed program to use. Both interpreters run it
//! under the same name, in the same empty folder, with the same environment; what they print, how they end and
//! which files they leave must be the same.
//! Invariant: a job whose packages are not installed is told of and left out; it is no failure. One that fails under
//! the reference compares nothing, and is one.
//! Not here: what a script says of itself (`programs/job.rs`), what a run left (`programs/outcome.rs`).

mod job;

mod outcome;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{build_release, root, status_within, target_folder};
use job::Job;
use outcome::Outcome;

/// The reference, as its package installs it, and that package.
const PEER: &str = "/usr/bin/lua5.4";
const PEER_PACKAGE: &str = "lua5.4";
/// Ten times what the longest job takes on a slow machine.
const JOB_MAX: Duration = Duration::from_secs(300);

/// Packages in pure Lua that run on 5.4 too, wherever their Lua versions let Debian put them.
const LUA_PATH: &str = "./?.lua;/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua;\
/usr/share/lua/5.3/?.lua;/usr/share/lua/5.3/?/init.lua;/usr/share/lua/5.2/?.lua;/usr/share/lua/5.2/?/init.lua;\
/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";

/// The modules in C that `requiem` carries; the reference finds these and no others, so that both have the same.
const CARRIED: [&str; 3] = ["lfs.so", "system/core.so", "term/core.so"];

/// Where all of it happens.
struct Workshop {
    folder: PathBuf,
}

/// `cargo xtask programs [NAME]...`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let folder = target_folder().join("programs");
    println!("Programs from Debian's packages under requiem and lua5.4, in {}.", folder.display());
    let mut jobs = Job::all(&root().join("tests/programs"))?;
    if let Some(name) = arguments.iter().find(|name| jobs.iter().all(|job| job.name != **name)) {
        let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        return Err(format!("no job is called {name}; there are {}", names.join(", ")));
    }
    if !arguments.is_empty() {
        jobs.retain(|job| arguments.contains(&job.name));
    }
    if !Path::new(PEER).exists() {
        return Err(format!("nothing to compare with; apt install {PEER_PACKAGE}"));
    }
    let requiem = build_release()?.join("requiem");
    let workshop = Workshop::new(folder)?;
    let mut missing: Vec<String> = Vec::new();
    let mut different = Vec::new();
    let mut compared = 0;
    for job in &jobs {
        let lacking = job.missing_packages()?;
        if !lacking.is_empty() {
            println!("{:<20} left out: {} not installed", job.name, lacking.join(", "));
            missing.extend(lacking);
            continue;
        }
        let (ours, our_time) = workshop.play(job, "requiem", &requiem)?;
        let (theirs, their_time) = workshop.play(job, "lua5.4", Path::new(PEER))?;
        compared += 1;
        let difference = theirs.failure().or_else(|| theirs.difference(&ours));
        println!(
            "{:<20} {:<9} requiem {:>6.2} s, lua5.4 {:>6.2} s; {}",
            job.name,
            if difference.is_none() { "same" } else { "DIFFERENT" },
            our_time.as_secs_f64(),
            their_time.as_secs_f64(),
            theirs.summary()
        );
        if let Some(difference) = difference {
            difference.lines().for_each(|line| println!("  {line}"));
            different.push(job.name.as_str());
        }
    }
    println!("{} of {compared} jobs were the same", compared - different.len());
    if !missing.is_empty() {
        missing.sort();
        missing.dedup();
        println!("for the others: apt install {}", missing.join(" "));
    }
    if different.is_empty() { Ok(()) } else { Err(format!("different: {}", different.join(", "))) }
}

impl Workshop {
    /// Makes the folder afresh, with the modules in C that the reference may find.
    fn new(folder: PathBuf) -> Result<Workshop, String> {
        let say = |error: std::io::Error| format!("{}: {error}", folder.display());
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(say)?;
        }
        std::fs::create_dir_all(folder.join("bin")).map_err(say)?;
        let installed = Path::new("/usr/lib")
            .join(format!("{}-linux-gnu", std::env::consts::ARCH))
            .join("lua")
            .join("5.4");
        for name in CARRIED {
            let link = folder.join("modules").join(name);
            std::fs::create_dir_all(link.parent().unwrap_or(&link)).map_err(say)?;
            symlink(installed.join(name), link).map_err(say)?;
        }
        Ok(Workshop { folder })
    }

    /// Runs a job: what became of it, and the time that it took.
    fn play(&self, job: &Job, who: &str, interpreter: &Path) -> Result<(Outcome, Duration), String> {
        let say = |error: std::io::Error| format!("{} under {who}: {error}", job.name);
        let kept = self.folder.join(&job.name).join(who);
        std::fs::create_dir_all(&kept).map_err(say)?;
        let lua = self.folder.join("bin/lua");
        if lua.is_symlink() {
            std::fs::remove_file(&lua).map_err(say)?;
        }
        symlink(interpreter, &lua).map_err(say)?;
        let here = self.folder.join("here");
        std::fs::create_dir(&here).map_err(say)?;
        let stdout = std::fs::File::create(kept.join("stdout")).map_err(say)?;
        let stderr = std::fs::File::create(kept.join("stderr")).map_err(say)?;
        let mut command = Command::new(&lua);
        command.arg(&job.script).current_dir(&here).stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        command.env_clear().env("PATH", format!("{}:/usr/bin:/bin", self.folder.join("bin").display()));
        let support = job.script.with_file_name("support/?.lua");
        command.env("HOME", &here).env("LANG", "C");
        command.env("LUA_PATH", format!("{};{LUA_PATH}", support.display()));
        command.env("LUA_CPATH", self.folder.join("modules/?.so"));
        command.env("REQUIEM_DUMP_DIR", &kept);
        let begin = Instant::now();
        let status = status_within(&mut command, JOB_MAX)?;
        let time = begin.elapsed();
        let left = kept.join("left");
        std::fs::rename(&here, &left).map_err(say)?;
        let status =
            status.map_or(format!("took longer than {} s", JOB_MAX.as_secs()), |status| status.to_string());
        Ok((Outcome::read(&kept, status).map_err(say)?, time))
    }
}
