//! How the command calls Lua, and what it prints of an error.

use std::cell::OnceCell;
use vm::{Error, ErrorKind, Function, Lua, Value};

/// What goes in front of a message.
pub enum Heading<'a> {
    /// Nothing: at the prompt.
    None,
    /// The command's name.
    Name(&'a str),
    /// What luv says of an error in a callback.
    Callback,
}

/// Calls for the command: with its message handler, and SIGINT as an error.
#[derive(Default)]
pub struct Caller {
    handler: OnceCell<Function>,
}

impl Caller {
    /// Runs `work` as the reference's command runs a chunk: an uncaught error becomes its message with a
    /// traceback, and SIGINT is the error "interrupted!".
    pub fn run<T>(
        &self,
        lua: &mut Lua<'_>,
        work: impl FnOnce(&mut Lua<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let handler = match self.handler.get() {
            Some(handler) => handler.clone(),
            None => {
                let handler = lua.new_function("requiem.message_handler", handle_message)?;
                self.handler.get_or_init(|| handler).clone()
            }
        };
        lua.with_handler(&handler, |lua| lua.interruptible(work))?
    }

    /// Calls a function like this.
    pub fn call(
        &self,
        lua: &mut Lua<'_>,
        function: impl Into<Value>,
        arguments: &[Value],
    ) -> Result<Vec<Value>, Error> {
        self.run(lua, |lua| lua.call(function, arguments))
    }
}

/// The message handler: an error that is no string shows itself by `__tostring`, or else its type; where it was
/// raised follows.
fn handle_message(lua: &mut Lua<'_>, arguments: &[Value]) -> Result<Vec<Value>, Error> {
    let error = arguments.first().cloned().unwrap_or_default();
    let message = match &error {
        Value::String(bytes) => bytes.clone(),
        Value::Integer(_) | Value::Float(_) => lua.text(&error)?,
        other => {
            if let Some(metatable) = lua.metatable(other)? {
                let shows = lua.raw_get(&metatable, "__tostring")?;
                if shows != Value::Nil {
                    let text = lua.call(shows, core::slice::from_ref(other))?.into_iter().next();
                    if let Some(text @ Value::String(_)) = text {
                        return Ok(vec![text]);
                    }
                }
            }
            format!("(error object is a {} value)", other.type_name()).into_bytes()
        }
    };
    Ok(vec![lua.traceback(Some(&message), 1).into()])
}

/// What is shown of a message: a zero byte ends it, as it ends the reference's. The dump has it all.
fn shown(message: &[u8]) -> &[u8] {
    message.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Prints an error to the standard error, with what is known of it.
pub fn print(lua: &mut Lua<'_>, error: &Error, heading: &Heading<'_>) {
    let mut lines = match heading {
        Heading::None => Vec::new(),
        Heading::Name(name) => format!("{name}: ").into_bytes(),
        Heading::Callback => b"Uncaught Error: ".to_vec(),
    };
    lines.extend_from_slice(match error.value() {
        // The handler has seen it, and may have made it anything.
        Value::Table(_) | Value::Function(_) | Value::Opaque(_) | Value::Boolean(_) => {
            b"(error message not a string)"
        }
        _ => shown(error.message_bytes()),
    });
    lines.push(b'\n');
    // Without memory no handler runs.
    let traceback = error.traceback().filter(|_| error.kind() == ErrorKind::Memory);
    let nil_origin = error.nil_origin().map(|origin| format!("nil from: {origin}"));
    let rest = [traceback, nil_origin.map(Into::into), error.dump_line()];
    for line in rest.into_iter().flatten() {
        lines.extend_from_slice(line.as_bytes());
        lines.push(b'\n');
    }
    lua.write_error(&lines);
}
