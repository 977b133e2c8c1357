//! A chunk as it is given to the compiler.
//!
//! Not here: what a name stands for in messages (`chunk_name.rs`).

/// The bytes of a chunk and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Text, or a binary chunk.
    pub text: &'a [u8],
    /// Marked as Lua marks it: `@file`, `=name`, or the text itself.
    pub name: &'a [u8],
    /// Whether a file or the standard input was read, whatever the name says: the byte order mark of UTF-8 and a
    /// first line that begins with `#` are skipped.
    pub is_file: bool,
}

impl<'a> Source<'a> {
    /// What a program had in a string.
    pub fn of_string(text: &'a [u8], name: &'a [u8]) -> Self {
        Self { text, name, is_file: false }
    }

    /// What was read from a file or from the standard input.
    pub fn of_file(text: &'a [u8], name: &'a [u8]) -> Self {
        Self { text, name, is_file: true }
    }

    /// Where the tokens begin: behind what is skipped, but at the end of its line, so that lines count right.
    pub(crate) fn code_start(&self) -> u32 {
        if !self.is_file {
            return 0;
        }
        let start = if self.text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let text = &self.text[start..];
        let comment = match text.first() {
            Some(b'#') => memchr::memchr(b'\n', text).unwrap_or(text.len()),
            _ => 0,
        };
        (start + comment) as u32
    }
}
