//! The story of the README, played from an empty folder: build, run, die, examine.
//!
//! Invariant: the demo fails when any answer lacks what the story needs.
//! Not here: the program that dies (`examples/orders.lua`).

use std::path::{Path, PathBuf};

use crate::step::{Step, build_release, target_folder};

/// The field that is nil in the end.
const CULPRIT: &str = "reservation";

/// `cargo xtask demo`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("it takes no options".to_string());
    }
    println!("Building both programs.");
    let release = build_release()?;

    let folder = target_folder().join("demo");
    empty(&folder)?;
    println!("\nAn order service runs until one of its callbacks fails.");
    let death = Step::new("requiem --dump-dir target/demo examples/orders.lua", &release.join("requiem"))
        .args([Path::new("--dump-dir"), &folder, Path::new("examples/orders.lua")])
        .expect(255)?
        .holds(&["Uncaught Error: ", "(field 'reservation')", "dump: "])?;
    let dump = only_dump(&folder)?;
    let name = dump.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !death.text.contains(&name) {
        return Err(format!("stderr did not name {name}"));
    }

    let coroner = |command: &[&str]| {
        let shown = format!("coroner target/demo/{name} {}", command.join(" "));
        let shown = shown.trim_end();
        Step::new(shown, &release.join("coroner")).args([dump.as_os_str()]).args(command)
    };
    println!("\nWhat happened, on one screen.");
    coroner(&[]).expect(0)?.holds(&[CULPRIT, "orders.lua"])?;
    println!("\nThe order that was paid for says that it is reserved, and has no reservation.");
    coroner(&["print", "order"]).expect(0)?.holds(&["reserved", "17"])?;
    println!("\nWho took it? Not the stack: a query of another request that is still outstanding.");
    coroner(&["pending"]).expect(0)?.holds(&["timer", "orders.lua"])?;
    println!("\nThe dump is sound.");
    coroner(&["verify"]).expect(0)?;
    println!("\nAll went as it should. The dump is {}.", dump.display());
    Ok(())
}

fn empty(folder: &Path) -> Result<(), String> {
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(say)?;
    }
    std::fs::create_dir_all(folder).map_err(say)
}

fn only_dump(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut dumps: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    match (dumps.pop(), dumps.is_empty()) {
        (Some(dump), true) if dump.extension().is_some_and(|extension| extension == "vmcore") => Ok(dump),
        (found, _) => Err(format!("one dump expected in {}, found {found:?} {dumps:?}", folder.display())),
    }
}
