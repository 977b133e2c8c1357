//! The command line of `requiem`: the reference's options and ours, as typed.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// What to do before the script, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `-e CODE`
    Execute(Vec<u8>),
    /// `-l MODULE` or `-l GLOBAL=MODULE`
    Require(Vec<u8>),
    /// `-W`
    WarningsOn,
}

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-e`, `-l`, `-W`
    pub actions: Vec<Action>,
    /// `-v`, and `-i`, which implies it.
    pub show_version: bool,
    /// `-i`: a prompt follows the script.
    pub is_interactive: bool,
    /// `-E`: `LUA_INIT` and `LUA_PATH` are ignored.
    pub ignore_environment: bool,
    /// Index into the arguments of the script, `None` when there is none; `-` is standard input.
    pub script: Option<usize>,
    /// `--list`: print the script's bytecode instead of running it.
    pub list: bool,
    /// `--max-heap`, in bytes.
    pub heap_bytes_max: Option<u64>,
    /// `--dump-dir`
    pub dump_directory: Option<PathBuf>,
    /// `--no-dump`
    pub no_dump: bool,
}

/// What the command is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run a program.
    Run(Options),
    /// `requiem dump PID [-o FILE]`
    Dump {
        /// Of the process to be dumped.
        pid: u32,
        /// Where the dump goes.
        output: Option<PathBuf>,
    },
    /// `--help`
    Help,
}

/// What the command is called when its caller does not say.
const DEFAULT_NAME: &str = "requiem";

/// What the command was called, for messages.
pub fn program_name(arguments: &[OsString]) -> String {
    let name = arguments.first().map(|name| name.to_string_lossy().into_owned());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| DEFAULT_NAME.to_string())
}

/// What `--help` prints, and a wrong command line in its train.
pub fn usage(name: &str) -> String {
    format!(
        "\
usage: {name} [options] [script [args]]
       {name} dump PID [-o FILE]
Available options are:
  -e stat   execute string 'stat'
  -i        enter interactive mode after executing 'script'
  -l mod    require library 'mod' into global 'mod'
  -l g=mod  require library 'mod' into global 'g'
  -v        show version information
  -E        ignore environment variables
  -W        turn warnings on
  --        stop handling options
  -         stop handling options and execute stdin
Of Requiem's own:
  --max-heap SIZE  the largest heap, in bytes or with K, M, G behind
  --dump-dir DIR   where dumps go (also: REQUIEM_DUMP_DIR); else the working directory
  --no-dump        write none
  --list           print the bytecode of the script instead of running it
  --help           print this
A program that dies leaves NAME.PID.TIME.vmcore; 'coroner FILE' explains it.
"
    )
}

/// Reads the arguments, the command's own name first; `Err` is a sentence that says what is wrong.
pub fn parse(arguments: &[OsString]) -> Result<Command, String> {
    if arguments.get(1).is_some_and(|word| word == "dump")
        && let Some(pid) = arguments.get(2).and_then(|word| word.to_str()).and_then(|word| word.parse().ok())
    {
        return parse_dump(pid, &arguments[3..]);
    }
    let mut options = Options::default();
    let mut index = 1;
    while let Some(argument) = arguments.get(index) {
        let word = argument.as_bytes();
        if word.first() != Some(&b'-') || word == b"-" {
            break;
        }
        index += 1;
        if word == b"--" {
            break;
        }
        let mut value = |attached: &[u8]| -> Result<Vec<u8>, String> {
            if !attached.is_empty() {
                return Ok(attached.to_vec());
            }
            let value = arguments.get(index).filter(|next| !next.as_bytes().starts_with(b"-"));
            index += 1;
            value
                .map(|value| value.as_bytes().to_vec())
                .ok_or_else(|| format!("'{}' needs argument", String::from_utf8_lossy(word)))
        };
        match word {
            b"-v" => options.show_version = true,
            b"-i" => {
                options.is_interactive = true;
                options.show_version = true;
            }
            b"-E" => options.ignore_environment = true,
            b"-W" => options.actions.push(Action::WarningsOn),
            b"--list" => options.list = true,
            b"--no-dump" => options.no_dump = true,
            b"--help" => return Ok(Command::Help),
            b"--max-heap" => options.heap_bytes_max = Some(parse_size(&value(b"")?)?),
            b"--dump-dir" => {
                options.dump_directory = Some(PathBuf::from(OsString::from_vec(value(b"")?)));
            }
            _ if word.starts_with(b"--max-heap=") => {
                options.heap_bytes_max = Some(parse_size(&word[b"--max-heap=".len()..])?);
            }
            _ if word.starts_with(b"--dump-dir=") => {
                let directory = word[b"--dump-dir=".len()..].to_vec();
                options.dump_directory = Some(PathBuf::from(OsString::from_vec(directory)));
            }
            _ if word.starts_with(b"-e") => options.actions.push(Action::Execute(value(&word[2..])?)),
            _ if word.starts_with(b"-l") => options.actions.push(Action::Require(value(&word[2..])?)),
            _ => return Err(format!("unrecognized option '{}'", String::from_utf8_lossy(word))),
        }
    }
    options.script = (index < arguments.len()).then_some(index);
    Ok(Command::Run(options))
}

fn parse_dump(pid: u32, rest: &[OsString]) -> Result<Command, String> {
    match rest {
        [] => Ok(Command::Dump { pid, output: None }),
        [flag, file] if flag == "-o" => Ok(Command::Dump { pid, output: Some(PathBuf::from(file)) }),
        [flag] if flag == "-o" => Err("'-o' needs a file name".into()),
        [other, ..] => Err(format!("'dump PID' takes only '-o FILE', not '{}'", other.to_string_lossy())),
    }
}

/// `64M` and the like, in bytes.
fn parse_size(text: &[u8]) -> Result<u64, String> {
    let wrong = || {
        format!(
            "'{}' is no size for --max-heap; write bytes, or a number with K, M or G behind",
            String::from_utf8_lossy(text)
        )
    };
    let text_str = core::str::from_utf8(text).map_err(|_| wrong())?;
    let upper = text_str.to_ascii_uppercase();
    let upper = upper.strip_suffix("IB").or(upper.strip_suffix('B')).unwrap_or(&upper);
    let (digits, shift) = match upper.as_bytes().last() {
        Some(b'K') => (&upper[..upper.len() - 1], 10),
        Some(b'M') => (&upper[..upper.len() - 1], 20),
        Some(b'G') => (&upper[..upper.len() - 1], 30),
        _ => (upper, 0),
    };
    let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).filter(|&bytes| bytes > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
