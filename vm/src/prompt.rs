//! The prompt: reads statements and expressions, runs them, prints what they return.
//!
//! A line is first tried as an expression. One that ends too early is continued by the next ones. An error costs
//! its statement, not the session, and leaves no dump; Ctrl-C interrupts what runs, or forgets what was typed.
//!
//! Not here: where lines come from (`prompt/input.rs`).

mod completion;

mod input;

use crate::report::{self, Caller, Heading};
use input::{Input, Line, Shared};
use std::cell::RefCell;
use std::rc::Rc;
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

/// What was typed.
enum Typed {
    /// A chunk, or why it is none.
    Chunk(Result<Function, Error>),
    /// Nothing that is to be run.
    Nothing,
    /// The input has ended.
    End,
}

/// Runs until the input ends. `Err` is an error of the prompt itself, such as one in `_PROMPT`.
pub fn run(lua: &mut Lua<'_>, caller: &Caller) -> Result<(), Error> {
    lua.on_callback_error(|lua, error| report::print(lua, &error, &Heading::None));
    let shared = Rc::new(RefCell::new(lua));
    let mut input = Input::open(&shared);
    loop {
        let chunk = match read_chunk(&shared, &mut input)? {
            Typed::Chunk(chunk) => chunk,
            Typed::Nothing => continue,
            Typed::End => break,
        };
        let lua = &mut **shared.borrow_mut();
        let results = chunk.and_then(|chunk| lua.without_dumps(|lua| caller.call(lua, chunk, &[])));
        match results {
            Ok(results) => print_results(lua, &results),
            Err(error) => report::print(lua, &error, &Heading::None),
        }
    }
    shared.borrow_mut().write(b"\n");
    Ok(())
}

/// Reads a whole statement or expression.
fn read_chunk(lua: &Shared<'_, '_>, input: &mut Input<'_, '_>) -> Result<Typed, Error> {
    let line = match read_line(lua, input, Due::First)? {
        Line::Text(line) => line,
        Line::Dropped => return Ok(Typed::Nothing),
        Line::End => return Ok(Typed::End),
    };
    // The habit of Lua 5.1: `=x` shows x.
    let mut text = match line.strip_prefix(b"=") {
        Some(expression) => [b"return ", expression].concat(),
        None => line.clone(),
    };
    let mut typed = line;
    if let Ok(chunk) = load(lua, &[b"return ", &text[..]].concat()) {
        input.remember(&typed);
        return Ok(Typed::Chunk(Ok(chunk)));
    }
    loop {
        let chunk = load(lua, &text);
        if chunk.as_ref().is_err_and(|error| error.kind() == ErrorKind::Incomplete) {
            match read_line(lua, input, Due::Continued)? {
                Line::Text(line) => {
                    for text in [&mut text, &mut typed] {
                        text.push(b'\n');
                        text.extend_from_slice(&line);
                    }
                    continue;
                }
                Line::Dropped => return Ok(Typed::Nothing),
                Line::End => {}
            }
        }
        input.remember(&typed);
        return Ok(Typed::Chunk(chunk));
    }
}

fn load(lua: &Shared<'_, '_>, text: &[u8]) -> Result<Function, Error> {
    lua.borrow_mut().load(text, CHUNK_NAME)
}

fn read_line(lua: &Shared<'_, '_>, input: &mut Input<'_, '_>, due: Due) -> Result<Line, Error> {
    let (name, usual) = match due {
        Due::First => ("_PROMPT", "> "),
        Due::Continued => ("_PROMPT2", ">> "),
    };
    let prompt = {
        let mut lua = lua.borrow_mut();
        match lua.global(name)? {
            Value::Nil => usual.as_bytes().to_vec(),
            other => lua.without_dumps(|lua| lua.text(&other))?,
        }
    };
    Ok(input.read(&prompt))
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
