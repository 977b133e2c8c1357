//! Where the prompt's lines come from: an editor on a terminal, anything else as it is.
//!
//! Invariant: nothing of the editor is touched unless there is a terminal at both ends.
//! Not here: what completes a word (`completion.rs`).

use super::completion::complete;
use rustyline::completion::Completer;
use rustyline::config::{BellStyle, CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, Helper};
use std::cell::RefCell;
use std::fs::DirBuilder;
use std::io::IsTerminal;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::rc::Rc;
use vm::Lua;

/// Statements kept over sessions.
const HISTORY_MAX: usize = 1000;

/// The runtime, which the prompt uses between lines and completion while one is typed.
pub type Shared<'a, 'vm> = Rc<RefCell<&'a mut Lua<'vm>>>;

/// What came of asking for a line.
pub enum Line {
    /// A line, without its end.
    Text(Vec<u8>),
    /// Ctrl-C: what was typed is to be forgotten.
    Dropped,
    /// There are no more.
    End,
}

/// The source of lines.
pub enum Input<'a, 'vm> {
    /// Lines are read as `io.read` reads them, and shown as if they had been typed, so that a transcript is
    /// complete.
    Plain(Shared<'a, 'vm>),
    /// A terminal.
    Edited(Box<Edited<'a, 'vm>>),
}

/// A line editor with its history.
pub struct Edited<'a, 'vm> {
    editor: Editor<Assistant<'a, 'vm>, FileHistory>,
    lua: Shared<'a, 'vm>,
    history: Option<PathBuf>,
}

impl<'a, 'vm> Input<'a, 'vm> {
    /// The standard input.
    pub fn open(lua: &Shared<'a, 'vm>) -> Input<'a, 'vm> {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        match is_terminal.then(|| Edited::new(lua)) {
            Some(Ok(edited)) => Input::Edited(Box::new(edited)),
            _ => Input::Plain(Rc::clone(lua)),
        }
    }

    /// Asks for a line.
    pub fn read(&mut self, prompt: &[u8]) -> Line {
        match self {
            Input::Plain(lua) => {
                let mut lua = lua.borrow_mut();
                lua.write(prompt);
                lua.flush();
                let Some(line) = lua.read_line() else { return Line::End };
                lua.write(&[&line[..], b"\n"].concat());
                Line::Text(line)
            }
            Input::Edited(edited) => {
                edited.lua.borrow_mut().flush();
                match edited.editor.readline(&*String::from_utf8_lossy(prompt)) {
                    Ok(line) => Line::Text(line.into_bytes()),
                    Err(ReadlineError::Interrupted) => Line::Dropped,
                    Err(_) => Line::End,
                }
            }
        }
    }

    /// Keeps a statement for later, and for later sessions.
    pub fn remember(&mut self, statement: &[u8]) {
        if let Input::Edited(edited) = self
            && let Ok(statement) = core::str::from_utf8(statement)
            && !statement.trim().is_empty()
            && edited.editor.add_history_entry(statement).is_ok_and(|is_new| is_new)
            && let Some(path) = &edited.history
        {
            // The session goes on whether or not the file can be written.
            let _ = edited.editor.append_history(path);
        }
    }
}

impl<'a, 'vm> Edited<'a, 'vm> {
    fn new(lua: &Shared<'a, 'vm>) -> rustyline::Result<Edited<'a, 'vm>> {
        let config = Config::builder()
            .max_history_size(HISTORY_MAX)?
            .history_ignore_dups(true)?
            .completion_type(CompletionType::List)
            .bell_style(BellStyle::None)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Assistant { lua: Rc::clone(lua) }));
        let history = history_path();
        if let Some(path) = &history {
            // There is none at first.
            let _ = editor.load_history(path);
        }
        Ok(Edited { editor, lua: Rc::clone(lua), history })
    }
}

/// The file of the history, in a folder that exists; it is made readable for its owner alone.
fn history_path() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = named("XDG_STATE_HOME").or_else(|| named("HOME").map(|home| home.join(".local/state")))?;
    let folder = state.join("requiem");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    Some(folder.join("history"))
}

/// What the editor asks while a line is typed.
struct Assistant<'a, 'vm> {
    lua: Shared<'a, 'vm>,
}

impl Completer for Assistant<'_, '_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(complete(&mut self.lua.borrow_mut(), &line[..position]))
    }
}

impl Hinter for Assistant<'_, '_> {
    type Hint = String;
}

impl Highlighter for Assistant<'_, '_> {}

impl Validator for Assistant<'_, '_> {}

impl Helper for Assistant<'_, '_> {}
