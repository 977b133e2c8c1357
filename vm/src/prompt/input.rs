//! Where the prompt's lines come from.

use vm::Lua;

/// The source of lines.
pub enum Input {
    /// Anything: lines are read as `io.read` reads them, and shown as if they had been typed, so that a transcript
    /// is complete.
    Plain,
}

impl Input {
    /// The standard input.
    pub fn open() -> Input {
        Input::Plain
    }

    /// Asks for a line; `None` at the end of the input.
    pub fn read(&mut self, lua: &mut Lua<'_>, prompt: &[u8]) -> Option<Vec<u8>> {
        match self {
            Input::Plain => {
                lua.write(prompt);
                lua.flush();
                let line = lua.read_line()?;
                lua.write(&[&line[..], b"\n"].concat());
                Some(line)
            }
        }
    }

    /// Keeps a statement for later sessions.
    pub fn remember(&mut self, _statement: &[u8]) {}
}
