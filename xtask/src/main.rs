//! The project's chores, each one command: `cargo xtask NAME`.
//!
//! Invariant: a chore says what it does before it does it, and its exit status is 0 only when all of it went
//! as it should.
//! Not here: anything that `cargo` does by itself.

mod step;

mod demo;

use std::process::ExitCode;

/// A chore: its name, what it is for, and the function that does it.
struct Chore {
    name: &'static str,
    purpose: &'static str,
    run: fn() -> Result<(), String>,
}

const CHORES: [Chore; 1] = [Chore {
    name: "demo",
    purpose: "build, run examples/orders.lua to its death, and examine the dump",
    run: demo::run,
}];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chore = match arguments.as_slice() {
        [name] => CHORES.iter().find(|chore| chore.name == name),
        _ => None,
    };
    let Some(chore) = chore else {
        eprintln!("usage: cargo xtask CHORE");
        for chore in &CHORES {
            eprintln!("  {:<8} {}", chore.name, chore.purpose);
        }
        return ExitCode::from(2);
    };
    match (chore.run)() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{}: {why}", chore.name);
            ExitCode::FAILURE
        }
    }
}
