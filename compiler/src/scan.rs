//! The parts of the lexical grammar that no regular expression tells well: numerals, quoted strings, long
//! brackets.
//!
//! Each function gets the source and the offset at which its token begins, and answers where it ends.
//!
//! Invariant: pure; every byte sequence has an answer.
//! Not here: the other tokens (`token.rs`).

use crate::error::Fault;
use crate::span::break_length;
use dumpfmt::numeral::{self, Number, hexadecimal_digit};
use memchr::{memchr, memchr2, memchr3};

/// How a message shows a piece of source. It is a C string to the reference and ends at a NUL.
fn near(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    Some([b"'", text, b"'"].concat())
}

fn near_end() -> Option<Vec<u8>> {
    Some(b"<eof>".to_vec())
}

/// A numeral: everything that looks like a part of one belongs to it, so that `3x` is one malformed numeral.
pub(crate) fn numeral(source: &[u8], start: usize) -> (usize, Result<Number, Fault>) {
    let at = |position: usize| source.get(position).copied().unwrap_or(0);
    // The reference looks for `0x` behind a leading point, too, and then reads a numeral that is none.
    let first = if at(start) == b'.' { start + 1 } else { start };
    let mut end = first + 1;
    let mut exponent_mark = b'e';
    if at(first) == b'0' && at(end) | 0x20 == b'x' {
        exponent_mark = b'p';
        end += 1;
    }
    loop {
        let byte = at(end);
        if byte | 0x20 == exponent_mark {
            end += 1;
            if matches!(at(end), b'+' | b'-') {
                end += 1;
            }
        } else if byte.is_ascii_hexdigit() || byte == b'.' {
            end += 1;
        } else {
            break;
        }
    }
    // A letter that touches the numeral spoils it.
    if at(end).is_ascii_alphabetic() || at(end) == b'_' {
        end += 1;
    }
    let text = &source[start..end];
    let number =
        numeral::parse_numeral(text).ok_or_else(|| Fault::new(end as u32, "malformed number", near(text)));
    (end, number)
}

/// Where the long bracket whose opening `[==[` is `source[start..content]` ends, and where its content does;
/// `None` when it never does.
pub(crate) fn long_bracket(source: &[u8], start: usize, content: usize) -> Option<(usize, usize)> {
    let level = content - start - 2;
    let mut position = content;
    while let Some(found) = memchr(b']', &source[position..]) {
        let close = position + found;
        let after = &source[close + 1..];
        let equals = after.iter().take(level + 1).take_while(|byte| **byte == b'=').count();
        if equals == level && after.get(level) == Some(&b']') {
            return Some((close, close + level + 2));
        }
        position = close + 1 + equals;
    }
    None
}

/// The opening `[==[` at `start`: the offset after it.
pub(crate) fn long_bracket_open(source: &[u8], start: usize) -> Option<usize> {
    if source.get(start) != Some(&b'[') {
        return None;
    }
    let equals = source[start + 1..].iter().take_while(|byte| **byte == b'=').count();
    let second = start + 1 + equals;
    (source.get(second) == Some(&b'[')).then_some(second + 1)
}

/// The text of a long string: without a first line break, and with every other as `\n`.
pub(crate) fn long_string_text<'a>(content: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let content = &content[break_length(content)..];
    if memchr(b'\r', content).is_none() {
        return content;
    }
    scratch.clear();
    let mut rest = content;
    while let Some(found) = memchr2(b'\n', b'\r', rest) {
        scratch.extend_from_slice(&rest[..found]);
        scratch.push(b'\n');
        rest = &rest[found + break_length(&rest[found..])..];
    }
    scratch.extend_from_slice(rest);
    scratch
}

/// What a quoted string is.
pub(crate) enum Quoted {
    /// Its text stands in the source as it is.
    Verbatim,
    /// It had escapes: the text is in the scratch buffer.
    Decoded,
}

/// A quoted string whose quote is at `start`: the offset after it. Line breaks inside are given to `on_break`
/// with their offset.
pub(crate) fn quoted_string(
    source: &[u8],
    start: usize,
    scratch: &mut Vec<u8>,
    mut on_break: impl FnMut(usize),
) -> Result<(usize, Quoted), Fault> {
    let quote = source[start];
    let mut position = start + 1;
    let mut decoded = false;
    loop {
        let rest = &source[position..];
        // `\r` is looked for apart, after the fact: three needles are what the search takes.
        let stop = memchr3(quote, b'\\', b'\n', rest).unwrap_or(rest.len());
        let stop = memchr(b'\r', &rest[..stop]).unwrap_or(stop);
        if decoded {
            scratch.extend_from_slice(&rest[..stop]);
        }
        position += stop;
        let shown = |scratch: &[u8], decoded: bool| {
            if decoded { near(&[&[quote], scratch].concat()) } else { near(&source[start..position]) }
        };
        match source.get(position) {
            None => return Err(Fault::new(position as u32, "unfinished string", near_end())),
            Some(b'\n' | b'\r') => {
                return Err(Fault::new(position as u32, "unfinished string", shown(scratch, decoded)));
            }
            Some(byte) if *byte == quote => {
                let kind = if decoded { Quoted::Decoded } else { Quoted::Verbatim };
                return Ok((position + 1, kind));
            }
            Some(_) => {
                if !decoded {
                    decoded = true;
                    scratch.clear();
                    scratch.extend_from_slice(&source[start + 1..position]);
                }
                position = escape(source, position, scratch, &mut on_break).map_err(|problem| {
                    let text = [&[quote], scratch.as_slice(), &source[position..problem.end]].concat();
                    Fault::new(problem.end as u32, problem.message, near(&text))
                })?;
            }
        }
    }
}

/// A bad escape sequence: the words, and where what is shown of it ends.
struct BadEscape {
    message: &'static str,
    end: usize,
}

/// Decodes the escape whose backslash is at `position` into `scratch`: the offset after it.
fn escape(
    source: &[u8],
    position: usize,
    scratch: &mut Vec<u8>,
    on_break: &mut impl FnMut(usize),
) -> Result<usize, BadEscape> {
    let at = |offset: usize| source.get(offset).copied();
    // The byte that is wrong is shown too, unless the source ends there.
    let bad = |message, end: usize| Err(BadEscape { message, end: (end + 1).min(source.len()) });
    let letter = position + 1;
    let simple = match at(letter) {
        // The end of the source is found again, and reported, as an unfinished string.
        None => return Ok(letter),
        Some(b'a') => 7,
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'v') => 11,
        Some(byte @ (b'\\' | b'"' | b'\'')) => byte,
        Some(b'\n' | b'\r') => {
            on_break(letter);
            scratch.push(b'\n');
            return Ok(letter + break_length(&source[letter..]));
        }
        Some(b'x') => {
            let mut value = 0;
            for offset in letter + 1..letter + 3 {
                match at(offset).and_then(hexadecimal_digit) {
                    Some(digit) => value = value << 4 | digit,
                    None => return bad("hexadecimal digit expected", offset),
                }
            }
            scratch.push(value);
            return Ok(letter + 3);
        }
        Some(b'z') => {
            let mut offset = letter + 1;
            while let Some(byte) = at(offset) {
                match byte {
                    b'\n' | b'\r' => {
                        on_break(offset);
                        offset += break_length(&source[offset..]);
                    }
                    b' ' | b'\t' | 0x0b | 0x0c => offset += 1,
                    _ => break,
                }
            }
            return Ok(offset);
        }
        Some(b'u') => return unicode_escape(source, letter, scratch, bad),
        Some(b'0'..=b'9') => {
            let mut value = 0u32;
            let mut offset = letter;
            while offset < letter + 3 {
                match at(offset) {
                    Some(byte @ b'0'..=b'9') => value = value * 10 + u32::from(byte - b'0'),
                    _ => break,
                }
                offset += 1;
            }
            match u8::try_from(value) {
                Ok(byte) => scratch.push(byte),
                Err(_) => return bad("decimal escape too large", offset),
            }
            return Ok(offset);
        }
        Some(_) => return bad("invalid escape sequence", letter),
    };
    scratch.push(simple);
    Ok(letter + 1)
}

fn unicode_escape(
    source: &[u8],
    letter: usize,
    scratch: &mut Vec<u8>,
    bad: impl Fn(&'static str, usize) -> Result<usize, BadEscape>,
) -> Result<usize, BadEscape> {
    let at = |offset: usize| source.get(offset).copied();
    let open = letter + 1;
    if at(open) != Some(b'{') {
        return bad("missing '{'", open);
    }
    let mut offset = open + 1;
    let Some(mut value) = at(offset).and_then(hexadecimal_digit).map(u32::from) else {
        return bad("hexadecimal digit expected", offset);
    };
    loop {
        offset += 1;
        let Some(digit) = at(offset).and_then(hexadecimal_digit) else { break };
        if value > 0x7fff_ffff >> 4 {
            return bad("UTF-8 value too large", offset);
        }
        value = value << 4 | u32::from(digit);
    }
    if at(offset) != Some(b'}') {
        return bad("missing '}'", offset);
    }
    push_utf8(scratch, value);
    Ok(offset + 1)
}

/// Appends the UTF-8 form of any 31-bit value, in the original encoding of up to six bytes.
fn push_utf8(out: &mut Vec<u8>, value: u32) {
    if value < 0x80 {
        out.push(value as u8);
        return;
    }
    let mut continuation = [0u8; 5];
    let mut count = 0;
    let mut rest = value;
    // What the first byte has room for shrinks by a bit with each continuation byte.
    let mut first_max = 0x3f;
    while rest > first_max {
        continuation[count] = 0x80 | (rest & 0x3f) as u8;
        count += 1;
        rest >>= 6;
        first_max >>= 1;
    }
    out.push((!first_max << 1) as u8 | rest as u8);
    out.extend(continuation[..count].iter().rev());
}
