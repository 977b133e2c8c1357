//! The project's chores, each one command: `cargo xtask NAME`.
//!
//! Invariant: a chore says what it does before it does it, and its exit status is 0 only when all of it went
//! as it should.
//! Not here: anything that `cargo` does by itself.

mod step;

mod measure;

mod demo;

mod sessions;

mod pause;

mod targets;

mod bench;

mod conformance;

mod fuzz;

mod programs;

mod handlers;

mod order;

use std::process::ExitCode;

/// A chore: its name, what it is for, and the function that does it.
struct Chore {
    name: &'static str,
    purpose: &'static str,
    /// Given what follows its name on the command line.
    run: fn(&[String]) -> Result<(), String>,
}

const CHORES: [Chore; 9] = [
    Chore {
        name: "demo",
        purpose: "build, run examples/orders.lua to its death, and examine the dump",
        run: demo::run,
    },
    Chore {
        name: "sessions",
        purpose: "what the dump of a million sessions costs, beside its targets",
        run: sessions::run,
    },
    Chore {
        name: "pause",
        purpose: "how long a server with a gibibyte live waits for the collector, beside its target",
        run: pause::run,
    },
    Chore {
        name: "conformance",
        purpose: "the official test suite of Lua 5.4; --stress: under GC stress",
        run: conformance::run,
    },
    Chore { name: "bench", purpose: "programs under requiem and other Luas, side by side", run: bench::run },
    Chore {
        name: "fuzz",
        purpose: "minutes of each fuzzer: source, chunk, pattern, format, unpack",
        run: fuzz::run,
    },
    Chore {
        name: "programs",
        purpose: "programs from Debian's packages under requiem and lua5.4, side by side",
        run: programs::run,
    },
    Chore {
        name: "handlers",
        purpose: "what the machine code of the hot handlers must look like",
        run: handlers::run,
    },
    Chore {
        name: "order",
        purpose: "write the order of the command's functions in its file, by what programs execute",
        run: order::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = arguments.split_first();
    let chore = named.and_then(|(name, rest)| Some((CHORES.iter().find(|chore| chore.name == name)?, rest)));
    let Some((chore, rest)) = chore else {
        eprintln!("usage: cargo xtask CHORE [OPTIONS]");
        for chore in &CHORES {
            eprintln!("  {:<12} {}", chore.name, chore.purpose);
        }
        return ExitCode::from(2);
    };
    match (chore.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{}: {why}", chore.name);
            ExitCode::FAILURE
        }
    }
}
