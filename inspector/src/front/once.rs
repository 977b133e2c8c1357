//! One command, one answer: `coroner FILE [COMMAND [ARGUMENT]]`.

use crate::analysis::answer::NoAnswer;
use crate::analysis::summary::problems;
use crate::command::{COMMANDS, CommandRow, DEFAULT, Finding, Request, Trouble};
use crate::image::map::FileBytes;
use crate::model::dump::Dump;
use crate::view::{Form, View};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use dumpfmt::problem::Refusal;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Answered.
pub const STATUS_ANSWERED: u8 = 0;
/// The finding does not hold, or nothing is there.
pub const STATUS_NOTHING: u8 = 1;
/// The file or the arguments cannot be used.
pub const STATUS_UNUSABLE: u8 = 2;

/// Runs one command line, the program's name first, and tells the exit status.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
    is_terminal: bool,
) -> u8 {
    let matches = match command_line().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let text = error.render().to_string();
            if error.use_stderr() {
                let _ = err.write_all(text.as_bytes());
                return STATUS_UNUSABLE;
            }
            let _ = out.write_all(text.as_bytes());
            return STATUS_ANSWERED;
        }
    };
    answer(chosen(&matches), out, err, is_terminal)
}

/// Answers one command about one file.
fn answer(
    (row, matches): (&CommandRow, Chosen<'_>),
    out: &mut dyn Write,
    err: &mut dyn Write,
    is_terminal: bool,
) -> u8 {
    let json = matches.get_flag("json");
    let form = if json { Form::Json } else { Form::Text { colours: is_terminal && !has_no_color() } };
    let path = matches.get_one::<PathBuf>("FILE").cloned().unwrap_or_default();
    let failed = |out: &mut dyn Write, err: &mut dyn Write, sentence: &str, status: u8| {
        // A program that asked for JSON finds the refusal where it looks for the answer.
        let written = if json {
            let refusal = serde_json::json!({ "error": sentence });
            writeln!(out, "{refusal:#}")
        } else {
            writeln!(err, "coroner: {sentence}")
        };
        let _ = written;
        status
    };
    let file = match FileBytes::open(&path, !matches.get_flag("no-map")) {
        Ok(file) => file,
        Err(error) => return failed(out, err, &cannot_open(&path, &error), STATUS_UNUSABLE),
    };
    let dump = match Dump::open(file.bytes()) {
        Ok(dump) => dump,
        Err(refusal) => return failed(out, err, &refused(&path, &refusal), STATUS_UNUSABLE),
    };
    let is_summary = row.name == DEFAULT.name;
    if !is_summary && !dump.container.is_whole() {
        let count = problems(&dump).len();
        let _ = writeln!(
            err,
            "coroner: {} is not whole ({count} problem{}): `coroner {}` tells what is missing",
            path.display(),
            if count == 1 { "" } else { "s" },
            path.display()
        );
    }
    let mut view = View::new(out, form);
    let result = (row.run)(&dump, &request(matches), &mut view);
    match result {
        Ok(Finding::Answered) => STATUS_ANSWERED,
        Ok(Finding::Damaged) => STATUS_NOTHING,
        Err(Trouble::NoAnswer(refusal)) => {
            let status = match refusal {
                NoAnswer::Nothing(_) => STATUS_NOTHING,
                NoAnswer::Question(_) => STATUS_UNUSABLE,
            };
            failed(out, err, refusal.sentence(), status)
        }
        // Whoever closed the pipe has seen enough.
        Err(Trouble::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => STATUS_ANSWERED,
        Err(Trouble::Output(error)) => {
            let _ = writeln!(err, "coroner: the answer could not be written: {error}");
            STATUS_UNUSABLE
        }
    }
}

fn command_line() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help).global(true)
    };
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help).global(true)
    };
    let mut command = Command::new("coroner")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Examines a .vmcore that requiem left: without a command, what happened on one screen")
        .arg(Arg::new("FILE").required(true).value_parser(value_parser!(PathBuf)).help("The dump"))
        .arg(flag("json", "Answer in JSON"))
        .arg(option("frame", "N", "Look at frame N; 0 is the innermost").value_parser(value_parser!(usize)))
        .arg(option("coroutine", "N", "Look at coroutine N of the list `coroutines`, or at an address"))
        .arg(flag("verbose", "With every variable").short('v'))
        .arg(option("depth", "N", "Levels of nested tables").value_parser(value_parser!(usize)))
        .arg(option("limit", "N", "Entries, frames or problems shown").value_parser(value_parser!(usize)))
        .arg(flag("no-map", "Read the whole file first instead of mapping it"))
        .subcommand_value_name("COMMAND")
        .subcommand_help_heading("Commands")
        .disable_help_subcommand(true)
        .after_help("Exit status: 0 answered; 1 nothing is there, or verify found damage; 2 the file or the arguments cannot be used.");
    for row in COMMANDS {
        let mut sub = Command::new(row.name).about(row.help).disable_version_flag(true);
        if let Some(argument) = row.argument {
            sub = sub.arg(
                Arg::new("ARGUMENT")
                    .value_name(argument.name)
                    .help(argument.help)
                    .required(argument.required),
            );
        }
        command = command.subcommand(sub);
    }
    command
}

/// The row of the command that was given, and the matches that hold its options.
fn chosen(matches: &ArgMatches) -> (&'static CommandRow, Chosen<'_>) {
    match matches.subcommand() {
        Some((name, inner)) => {
            let row = COMMANDS.iter().find(|row| row.name == name).unwrap_or(&DEFAULT);
            (row, Chosen { outer: matches, inner })
        }
        None => (&DEFAULT, Chosen { outer: matches, inner: matches }),
    }
}

/// The file stands before the command, the options on either side of it.
struct Chosen<'m> {
    outer: &'m ArgMatches,
    inner: &'m ArgMatches,
}

impl<'m> Chosen<'m> {
    fn get_flag(&self, name: &str) -> bool {
        self.inner.get_flag(name)
    }

    fn get_one<T: Clone + Send + Sync + 'static>(&self, name: &str) -> Option<&'m T> {
        let of = |matches: &'m ArgMatches| matches.try_get_one::<T>(name).ok().flatten();
        of(self.inner).or_else(|| of(self.outer))
    }
}

fn request(matches: Chosen<'_>) -> Request {
    Request {
        argument: matches.get_one::<String>("ARGUMENT").cloned(),
        coroutine: matches.get_one::<String>("coroutine").cloned(),
        frame: matches.get_one::<usize>("frame").copied(),
        verbose: matches.get_flag("verbose"),
        depth: matches.get_one::<usize>("depth").copied(),
        limit: matches.get_one::<usize>("limit").copied(),
    }
}

fn has_no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn cannot_open(path: &Path, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "it may not be read: dumps are made readable by their owner only".to_owned()
        }
        io::ErrorKind::IsADirectory => "it is a directory; give one .vmcore file in it".to_owned(),
        _ => error.to_string(),
    };
    format!("{}: {reason}", path.display())
}

fn refused(path: &Path, refusal: &Refusal) -> String {
    let next = match refusal {
        Refusal::NotADump { .. } => ". Dumps are left by requiem and their names end in .vmcore",
        Refusal::CutHeader { .. } | Refusal::DamagedHeader => {
            ". Nothing of it can be read; if there is another copy of the file, take that"
        }
        Refusal::ByteOrder | Refusal::Version { .. } | Refusal::Layout { .. } => "",
    };
    format!("{}: {refusal}{next}", path.display())
}
