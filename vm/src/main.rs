//! The command `requiem`: the reference's `lua` on the library's face, and what `requiem` has beside it.
//!
//! Modules stand in reading order. Not here: anything that a program sees (the library).

#![deny(unsafe_code)]
// Elsewhere the command line is known to the standard library's own start alone.
#![cfg_attr(all(target_os = "linux", target_env = "gnu", not(test)), no_main)]

#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
mod start;

#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
mod libm;

mod cli;

mod report;

mod prompt;

mod invocation;

use cli::{Command, Options};
use std::ffi::OsString;
use std::io::Write;
#[cfg(any(test, not(all(target_os = "linux", target_env = "gnu"))))]
use std::process::exit;
use vm::{Dumps, Runtime};

#[cfg(any(test, not(all(target_os = "linux", target_env = "gnu"))))]
fn main() {
    exit(run_command())
}

/// Does what the command line asks for; the exit status.
fn run_command() -> i32 {
    vm::become_command();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let name = cli::program_name(&arguments);
    match cli::parse(&arguments) {
        Ok(Command::Run(options)) => return run(&arguments, &options),
        Ok(Command::Dump { pid, output }) => match vm::request_dump(pid, output.as_deref()) {
            Ok(line) => complain(line.as_bytes()),
            Err(sentence) => {
                complain(format!("{name}: {sentence}\n").as_bytes());
                return 1;
            }
        },
        Ok(Command::Help) => {
            let _ = std::io::stdout().write_all(cli::usage(&name).as_bytes());
        }
        Err(sentence) => {
            complain(format!("{name}: {sentence}\n{}", cli::usage(&name)).as_bytes());
            return 1;
        }
    }
    0
}

/// Writes to the standard error; nothing can be done about one that refuses.
fn complain(text: &[u8]) {
    let _ = std::io::stderr().write_all(text);
}

/// Runs what the command line asks for; the exit status.
fn run(arguments: &[OsString], options: &Options) -> i32 {
    let script = options.script.map(|index| arguments[index].clone()).filter(|script| script != "-");
    let directory = std::env::var_os("REQUIEM_DUMP_DIR").filter(|value| !value.is_empty());
    let dumps = Dumps {
        enabled: !options.no_dump,
        directory: options.dump_directory.clone().or(directory.map(Into::into)),
        script,
        arguments: arguments.to_vec(),
        facts: described(options),
    };
    let runtime = Runtime::new(&vm::Options {
        heap_bytes_max: options.heap_bytes_max,
        heeds_environment: !options.ignore_environment,
        stress: is_wanted("REQUIEM_GC_STRESS"),
        traces_collections: is_wanted("REQUIEM_GC_TRACE"),
        dumps: Some(dumps),
    });
    match runtime {
        Ok(mut runtime) => {
            let status = invocation::run(&mut runtime.lua(), arguments, options);
            runtime.finish();
            status
        }
        Err(error) => {
            let name = cli::program_name(arguments);
            complain(format!("{name}: {error}; raise --max-heap\n").as_bytes());
            1
        }
    }
}

/// Whether a switch of the environment is on.
fn is_wanted(switch: &str) -> bool {
    std::env::var_os(switch).is_some_and(|value| value == "1")
}

/// What the dump says of how the runtime was started.
fn described(options: &Options) -> Vec<String> {
    let mut described = Vec::new();
    if let Some(bytes) = options.heap_bytes_max {
        described.push(format!("max-heap={bytes}"));
    }
    if let Some(directory) = &options.dump_directory {
        described.push(format!("dump-dir={}", directory.display()));
    }
    described
}
