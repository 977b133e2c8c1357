//! Lines of the program's own text, which every dump carries.

use crate::model::dump::Dump;
use crate::model::function::Prototype;
use serde::Serialize;

/// One line of source text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceLine {
    /// Counted from 1.
    pub number: u32,
    /// Without its line end.
    pub text: String,
}

/// Line `number` of the chunk of `prototype`, without the spaces around it.
pub fn line(dump: &Dump<'_>, prototype: &Prototype, number: u32) -> Option<String> {
    let text = dump.memory.chunk_text(prototype).ok()??;
    let line = split(&text).nth((number as usize).checked_sub(1)?)?;
    Some(String::from_utf8_lossy(line).trim().to_owned()).filter(|line| !line.is_empty())
}

/// Lines `first..=last` of the chunk of `prototype`; fewer when the text ends before.
pub fn lines(dump: &Dump<'_>, prototype: &Prototype, first: u32, last: u32) -> Option<Vec<SourceLine>> {
    let text = dump.memory.chunk_text(prototype).ok()??;
    let first = first.max(1);
    let count = last.saturating_sub(first).saturating_add(1);
    let lines = split(&text).zip(1u32..).skip(first as usize - 1).take(count as usize);
    Some(
        lines
            .map(|(line, number)| SourceLine {
                number,
                text: String::from_utf8_lossy(line).trim_end().to_owned(),
            })
            .collect(),
    )
}

/// Splits where Lua counts a new line: LF, CR, CRLF and LFCR are one each.
fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            rest = None;
            return Some(text);
        };
        let pair = matches!(text.get(end..end + 2), Some(b"\r\n" | b"\n\r"));
        rest = text.get(end + 1 + usize::from(pair)..);
        Some(&text[..end])
    })
}
