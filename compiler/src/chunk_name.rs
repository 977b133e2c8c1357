//! How a chunk's name is shown: `file.lua`, `[string "x = 1..."]`.
//!
//! Invariant: what is shown is shorter than [`SHOWN_LENGTH_MAX`] bytes and has no line break of the chunk.
//! Not here: the choice of a chunk's name.

/// One more than the bytes that a shown name may have, as in the reference.
pub const SHOWN_LENGTH_MAX: usize = 60;

const DOTS: &[u8] = b"...";

/// The name to show for a chunk named `source`: `@file` and `=name` lose their mark and are cut to fit (a
/// file at its front, a name at its end); anything else is the chunk's text, of which the first line is shown.
pub fn short_source(source: &[u8]) -> Vec<u8> {
    match source {
        [b'=', name @ ..] => name[..name.len().min(SHOWN_LENGTH_MAX - 1)].to_vec(),
        [b'@', file @ ..] => {
            if file.len() < SHOWN_LENGTH_MAX {
                return file.to_vec();
            }
            let kept = SHOWN_LENGTH_MAX - 1 - DOTS.len();
            [DOTS, &file[file.len() - kept..]].concat()
        }
        text => {
            const HEAD: &[u8] = b"[string \"";
            const TAIL: &[u8] = b"\"]";
            let room = SHOWN_LENGTH_MAX - 1 - HEAD.len() - DOTS.len() - TAIL.len();
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if line.len() == text.len() && text.len() < room {
                return [HEAD, text, TAIL].concat();
            }
            [HEAD, &line[..line.len().min(room)], DOTS, TAIL].concat()
        }
    }
}

#[cfg(test)]
mod tests;
