//! A page of text: pieces with a role each, which colours follow.
//!
//! Invariant: what a dump says cannot steer the terminal: every piece is cleaned of control characters.

use owo_colors::{OwoColorize, Style};

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing special.
    Plain,
    /// The head of a part.
    Title,
    /// Of less weight.
    Faint,
    /// The error, or what is broken.
    Bad,
    /// A function.
    Function,
    /// A file and line.
    Place,
    /// A variable or field.
    Name,
    /// A value.
    Value,
}

/// A page under construction.
#[derive(Debug)]
pub struct Page {
    text: String,
    colours: bool,
    column: usize,
}

impl Page {
    /// An empty page.
    pub fn new(colours: bool) -> Page {
        Page { text: String::new(), colours, column: 0 }
    }

    /// Adds a piece to the line under construction.
    pub fn put(&mut self, role: Role, piece: impl AsRef<str>) -> &mut Page {
        let piece = clean(piece.as_ref());
        self.column += piece.chars().count();
        let style = match role {
            Role::Plain => Style::new(),
            Role::Title => Style::new().bold(),
            Role::Faint => Style::new().bright_black(),
            Role::Bad => Style::new().red().bold(),
            Role::Function => Style::new().cyan(),
            Role::Place => Style::new().green(),
            Role::Name => Style::new().yellow(),
            Role::Value => Style::new(),
        };
        if self.colours && role != Role::Plain && role != Role::Value && !piece.is_empty() {
            self.text.push_str(&piece.style(style).to_string());
        } else {
            self.text.push_str(&piece);
        }
        self
    }

    /// Adds a plain piece.
    pub fn plain(&mut self, piece: impl AsRef<str>) -> &mut Page {
        self.put(Role::Plain, piece)
    }

    /// Spaces up to `column`, at least one if the line has come further.
    pub fn pad_to(&mut self, column: usize) -> &mut Page {
        let count = column.saturating_sub(self.column).max(usize::from(self.column > 0));
        self.plain(" ".repeat(count))
    }

    /// Ends the line.
    pub fn end(&mut self) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        self.text.push('\n');
        self.column = 0;
    }

    /// A whole plain line.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.plain(text).end();
    }

    /// An empty line, unless the page is empty or ends in one.
    pub fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Text of several lines, each after `indent` spaces.
    pub fn paragraph(&mut self, role: Role, indent: usize, text: &str) {
        for line in text.lines() {
            self.plain(" ".repeat(indent)).put(role, line).end();
        }
    }

    /// A bracketed remark that something is missing, if something is.
    pub fn hole(&mut self, indent: usize, hole: &Option<String>) {
        if let Some(hole) = hole {
            self.plain(" ".repeat(indent)).put(Role::Bad, format!("[incomplete: {hole}]")).end();
        }
    }

    /// The column that the line under construction has reached.
    pub fn column(&self) -> usize {
        self.column
    }

    /// The text.
    pub fn finish(mut self) -> String {
        let kept = self.text.trim_end_matches('\n').len();
        self.text.truncate(kept);
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text
    }
}

/// Control characters as escapes, so that a terminal shows them instead of obeying.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => cleaned.push_str("    "),
            character if character.is_control() => cleaned.push_str(&character.escape_default().to_string()),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                cleaned.push_str(&character.escape_default().to_string());
            }
            character => cleaned.push(character),
        }
    }
    cleaned
}
