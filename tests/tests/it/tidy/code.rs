//! Just enough of Rust's lexical rules to look at code without its comments and literals.
//!
//! Invariant: what is taken out is replaced by blanks, so lines and columns stay.
//! Not here: any grammar beyond paths (`paths`).

/// The text with every comment, string and character literal blanked.
pub fn without_comments_and_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let end = match bytes[i] {
            b'/' if bytes.get(i + 1) == Some(&b'/') => line_end(bytes, i),
            b'/' if bytes.get(i + 1) == Some(&b'*') => block_comment_end(bytes, i),
            b'"' => string_end(bytes, i + 1),
            b'r' if !follows_word(bytes, i) => raw_string_end(bytes, i + 1).unwrap_or(i),
            b'b' | b'c' if !follows_word(bytes, i) && bytes.get(i + 1) == Some(&b'r') => {
                raw_string_end(bytes, i + 2).unwrap_or(i)
            }
            b'\'' => character_end(bytes, i).unwrap_or(i),
            _ => i,
        };
        if end == i {
            result.push(bytes[i]);
            i += 1;
        } else {
            result.extend(bytes[i..end].iter().map(|b| if *b == b'\n' { b'\n' } else { b' ' }));
            i = end;
        }
    }
    String::from_utf8_lossy(&result).into_owned()
}

/// Whether a byte can stand inside an identifier.
pub fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && is_word(bytes[at - 1])
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| from + n)
}

fn block_comment_end(bytes: &[u8], from: usize) -> usize {
    let (mut depth, mut i) = (0, from);
    while i < bytes.len() {
        match &bytes[i..] {
            [b'/', b'*', ..] => {
                depth += 1;
                i += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut i = from;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b'"' => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

/// From behind the `r`: the end of a raw string, or nothing when it is none.
fn raw_string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let hashes = bytes[from..].iter().take_while(|b| **b == b'#').count();
    let mut i = from + hashes;
    if bytes.get(i) != Some(&b'"') {
        return None;
    }
    i += 1;
    while i < bytes.len() {
        let closing =
            bytes[i] == b'"' && bytes[i + 1..].iter().take(hashes).filter(|b| **b == b'#').count() == hashes;
        if closing {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(bytes.len())
}

/// The end of a character literal, or nothing when the quote begins a lifetime.
fn character_end(bytes: &[u8], from: usize) -> Option<usize> {
    match bytes.get(from + 1)? {
        b'\\' => bytes[from + 3..].iter().position(|b| *b == b'\'').map(|n| from + 3 + n + 1),
        _ => (2..=5).find(|n| bytes.get(from + n) == Some(&b'\'')).map(|n| from + n + 1).filter(|end| {
            // `'a, 'b` must not be read as a literal: a literal holds one character.
            String::from_utf8_lossy(&bytes[from + 1..end - 1]).chars().count() == 1
        }),
    }
}

/// A path that starts at `crate` or at `super`.
#[derive(Debug, PartialEq, Eq)]
pub struct UsedPath {
    /// How many `super` it starts with; 0 for `crate`.
    pub supers: usize,
    /// What follows, group by group: `crate::{a, b::c}` are two paths.
    pub segments: Vec<String>,
    /// Counted from 1.
    pub line: usize,
}

/// All such paths of a text without comments and literals.
pub fn used_paths(code: &str) -> Vec<UsedPath> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        if !is_word(bytes[i]) {
            i += 1;
            continue;
        }
        let word = word_at(bytes, i);
        let starts = word == "crate" || (word == "super" && !code[..i].trim_end().ends_with("super::"));
        let start = i;
        i += word.len();
        if !starts || !code[i..].starts_with("::") {
            continue;
        }
        let mut supers = usize::from(word == "super");
        let mut at = i + 2;
        while supers > 0 && code[at..].starts_with("super::") {
            supers += 1;
            at += "super::".len();
        }
        let line = code[..start].matches('\n').count() + 1;
        let mut tails = Vec::new();
        read_tree(bytes, &mut at, &mut Vec::new(), &mut tails);
        found.extend(tails.into_iter().map(|segments| UsedPath { supers, segments, line }));
        i = at.max(i);
    }
    found
}

fn word_at(bytes: &[u8], at: usize) -> &str {
    let length = bytes[at..].iter().take_while(|b| is_word(**b)).count();
    std::str::from_utf8(&bytes[at..at + length]).unwrap_or("")
}

fn skip_blanks(bytes: &[u8], at: &mut usize) {
    while bytes.get(*at).is_some_and(u8::is_ascii_whitespace) {
        *at += 1;
    }
}

fn read_tree(bytes: &[u8], at: &mut usize, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let depth = prefix.len();
    loop {
        skip_blanks(bytes, at);
        match bytes.get(*at) {
            Some(b'{') => {
                *at += 1;
                loop {
                    skip_blanks(bytes, at);
                    match bytes.get(*at) {
                        None => break,
                        Some(b'}') => {
                            *at += 1;
                            break;
                        }
                        Some(byte) if *byte == b'{' || is_word(*byte) => read_tree(bytes, at, prefix, found),
                        Some(_) => *at += 1,
                    }
                }
                break;
            }
            Some(byte) if is_word(*byte) => {
                let word = word_at(bytes, *at).to_string();
                *at += word.len();
                prefix.push(word);
                if bytes[*at..].starts_with(b"::") {
                    *at += 2;
                    continue;
                }
                // A macro is told apart by its mark, because macros live by other rules than modules.
                if bytes.get(*at) == Some(&b'!')
                    && let Some(last) = prefix.last_mut()
                {
                    last.push('!');
                }
                found.push(prefix.clone());
                break;
            }
            // A glob, or the generic arguments of an expression's path.
            _ => {
                found.push(prefix.clone());
                break;
            }
        }
    }
    prefix.truncate(depth);
}
