//! Paths as a programmer writes them: `sessions[17].user.name`, `t["a b"]`, `...`, `0x7f0012345670.field`.
//!
//! ```text
//!   path  := root step*
//!   root  := NAME | "..." | ADDRESS
//!   step  := "." NAME | ":" NAME | "[" key "]"
//!   key   := NUMBER | STRING | "true" | "false" | path
//! ```

use super::answer::NoAnswer;
use crate::model::table::Key;
use dumpfmt::addr::Addr;

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Where it starts.
    pub root: Root,
    /// What is looked up, one after the other, each with where it ends in the text.
    pub steps: Vec<(Step, usize)>,
    /// Where the root ends in the text.
    pub root_end: usize,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Root {
    /// A variable: local, upvalue or global.
    Name(String),
    /// The extra arguments of a vararg function.
    Varargs,
    /// An object by address.
    Address(Addr),
}

/// One look-up.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A key that stands in the text.
    Key(Key),
    /// A key that is itself looked up.
    Path(Box<Path>),
}

/// Paths inside brackets inside brackets, and so on.
const DEPTH_MAX: usize = 50;

/// Parses `text`.
pub fn parse(text: &str) -> Result<Path, NoAnswer> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let path = parser.path()?;
    parser.skip_spaces();
    if parser.at < text.len() {
        return Err(parser.unexpected("'.', '[' or the end"));
    }
    Ok(path)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn path(&mut self) -> Result<Path, NoAnswer> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(NoAnswer::Question("The expression is nested too deeply.".to_owned()));
        }
        self.skip_spaces();
        let root = if self.eat("...") {
            Root::Varargs
        } else if self.rest().starts_with("0x") {
            let digits = self.take_while(|byte| byte.is_ascii_alphanumeric());
            Root::Address(super::selection::address(&digits)?)
        } else {
            Root::Name(self.name()?)
        };
        let root_end = self.at;
        let mut steps = Vec::new();
        loop {
            self.skip_spaces();
            let step = if self.eat(".") || self.eat(":") {
                self.skip_spaces();
                Step::Key(Key::String(self.name()?.into_bytes()))
            } else if self.eat("[") {
                let step = self.key()?;
                self.skip_spaces();
                if !self.eat("]") {
                    return Err(self.unexpected("']'"));
                }
                step
            } else {
                break;
            };
            steps.push((step, self.at));
        }
        self.depth -= 1;
        Ok(Path { root, steps, root_end })
    }

    fn key(&mut self) -> Result<Step, NoAnswer> {
        self.skip_spaces();
        match self.rest().bytes().next() {
            Some(quote @ (b'"' | b'\'')) => self.string(quote).map(|bytes| Step::Key(Key::String(bytes))),
            Some(byte)
                if byte.is_ascii_digit()
                    || byte == b'-'
                    || byte == b'.' && !self.rest().starts_with("...") =>
            {
                let text = self.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
                number(&text).map(Step::Key)
            }
            _ => {
                let path = self.path()?;
                Ok(match (&path.root, path.steps.is_empty()) {
                    (Root::Name(name), true) if name == "true" => Step::Key(Key::Boolean(true)),
                    (Root::Name(name), true) if name == "false" => Step::Key(Key::Boolean(false)),
                    _ => Step::Path(Box::new(path)),
                })
            }
        }
    }

    fn string(&mut self, quote: u8) -> Result<Vec<u8>, NoAnswer> {
        let unfinished = || NoAnswer::Question("The expression holds a string that does not end.".to_owned());
        let bytes = self.text.as_bytes();
        let mut string = Vec::new();
        self.at += 1;
        loop {
            let byte = *bytes.get(self.at).ok_or_else(unfinished)?;
            self.at += 1;
            match byte {
                byte if byte == quote => return Ok(string),
                b'\\' => {
                    let escaped = *bytes.get(self.at).ok_or_else(unfinished)?;
                    self.at += 1;
                    match escaped {
                        b'n' => string.push(b'\n'),
                        b't' => string.push(b'\t'),
                        b'r' => string.push(b'\r'),
                        b'x' => {
                            let digits = self.text.get(self.at..self.at + 2).unwrap_or("");
                            let byte = u8::from_str_radix(digits, 16).map_err(|_| {
                                NoAnswer::Question("\\x is followed by two hexadecimal digits.".to_owned())
                            })?;
                            self.at += 2;
                            string.push(byte);
                        }
                        byte if byte.is_ascii_digit() => {
                            self.at -= 1;
                            let digits: String =
                                self.rest().chars().take(3).take_while(char::is_ascii_digit).collect();
                            let byte = digits
                                .parse::<u8>()
                                .map_err(|_| NoAnswer::Question(format!("\\{digits} is no byte.")))?;
                            self.at += digits.len();
                            string.push(byte);
                        }
                        byte => string.push(byte),
                    }
                }
                byte => string.push(byte),
            }
        }
    }

    fn name(&mut self) -> Result<String, NoAnswer> {
        let name = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            self.at -= name.len();
            return Err(self.unexpected("a name"));
        }
        Ok(name)
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> String {
        let length = self.rest().bytes().take_while(|byte| wanted(*byte)).count();
        let taken = self.rest()[..length].to_owned();
        self.at += length;
        taken
    }

    fn eat(&mut self, token: &str) -> bool {
        // `..` and `...` are no field accesses.
        if token == "." && self.rest().starts_with("..") || !self.rest().starts_with(token) {
            return false;
        }
        self.at += token.len();
        true
    }

    fn skip_spaces(&mut self) {
        let length = self.rest().len() - self.rest().trim_start().len();
        self.at += length;
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn unexpected(&self, expected: &str) -> NoAnswer {
        let found = match self.rest().chars().next() {
            Some(character) => format!("'{character}'"),
            None => "its end".to_owned(),
        };
        NoAnswer::Question(format!(
            "The expression \"{}\" has {found} at column {} where {expected} should stand. Write a path such as \
             sessions[17].user.name or t[\"a b\"].",
            self.text,
            self.at + 1
        ))
    }
}

fn number(text: &str) -> Result<Key, NoAnswer> {
    use dumpfmt::numeral::{Number, float_to_integer, parse};
    match parse(text.as_bytes()) {
        Some(Number::Integer(value)) => Ok(Key::Integer(value)),
        Some(Number::Float(value)) => Ok(float_to_integer(value).map_or(Key::Float(value), Key::Integer)),
        None => Err(NoAnswer::Question(format!("'{text}' is no number."))),
    }
}

#[cfg(test)]
mod tests;
