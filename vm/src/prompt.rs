//! The prompt: reads statements and expressions, runs them, prints what they return.
//!
//! A line is first tried as an expression. One that ends too early is continued by the next ones. An error costs
//! its statement, not the session, and leaves no dump.
//!
//! Not here: where lines come from (`prompt/input.rs`).

mod input;

use crate::report::{self, Caller, Heading};
use input::Input;
use vm::{Error, ErrorKind, Function, Lua, Value};

/// What messages call the chunks that are typed.
const CHUNK_NAME: &str = "=stdin";

/// Which prompt is due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// For a new statement.
    First,
    /// For the rest of one.
    Continued,
}

/// Runs until the input ends. `Err` is an error of the prompt itself, such as one in `_PROMPT`.
pub fn run(lua: &mut Lua<'_>, caller: &Caller) -> Result<(), Error> {
    lua.on_callback_error(|lua, error| report::print(lua, &error, &Heading::Callback));
    let mut input = Input::open();
    while let Some(chunk) = read_chunk(lua, &mut input)? {
        let results = chunk.and_then(|chunk| lua.without_dumps(|lua| caller.call(lua, chunk, &[])));
        match results {
            Ok(results) => print_results(lua, &results),
            Err(error) => report::print(lua, &error, &Heading::None),
        }
    }
    lua.write(b"\n");
    Ok(())
}

/// Reads a whole statement or expression; `None` at the end of the input.
fn read_chunk(lua: &mut Lua<'_>, input: &mut Input) -> Result<Option<Result<Function, Error>>, Error> {
    let Some(line) = read_line(lua, input, Due::First)? else { return Ok(None) };
    // The habit of Lua 5.1: `=x` shows x.
    let mut text = match line.strip_prefix(b"=") {
        Some(expression) => [b"return ", expression].concat(),
        None => line,
    };
    if let Ok(chunk) = lua.load([b"return ", &text[..]].concat(), CHUNK_NAME) {
        input.remember(&text);
        return Ok(Some(Ok(chunk)));
    }
    loop {
        let chunk = lua.load(&text, CHUNK_NAME);
        if chunk.as_ref().is_err_and(|error| error.kind() == ErrorKind::Incomplete)
            && let Some(line) = read_line(lua, input, Due::Continued)?
        {
            text.push(b'\n');
            text.extend_from_slice(&line);
            continue;
        }
        input.remember(&text);
        return Ok(Some(chunk));
    }
}

fn read_line(lua: &mut Lua<'_>, input: &mut Input, due: Due) -> Result<Option<Vec<u8>>, Error> {
    let (name, usual) = match due {
        Due::First => ("_PROMPT", "> "),
        Due::Continued => ("_PROMPT2", ">> "),
    };
    let prompt = match lua.global(name)? {
        Value::Nil => usual.as_bytes().to_vec(),
        other => lua.text(&other)?,
    };
    Ok(input.read(lua, &prompt))
}

/// Shows what a chunk has returned, by the `print` of the moment.
fn print_results(lua: &mut Lua<'_>, results: &[Value]) {
    if results.is_empty() {
        return;
    }
    let printed = lua.without_dumps(|lua| lua.call_global("print", results));
    if let Err(error) = printed {
        let message = [b"error calling 'print' (", error.message_bytes(), b")\n"].concat();
        lua.write_error(&message);
    }
}
