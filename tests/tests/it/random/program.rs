//! A program as a tree of statements, so that one that shows a difference can be made smaller.
//!
//! Invariant: each piece stands on lines of its own; without any of them the rest is still text, if not always a
//! program.
//! Not here: what the statements say (`writer.rs`).

/// One statement.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A statement without a body.
    Line(String),
    /// What keeps a loop or a function from going on for ever, so that no smaller program does without it.
    Fuel,
    /// One with bodies, each behind its head (`if a then`, `else`), and the text that ends it.
    Block { parts: Vec<(String, Vec<Piece>)>, end: String },
}

impl Piece {
    /// A block with one body.
    pub fn block(head: impl Into<String>, body: Vec<Piece>, end: impl Into<String>) -> Piece {
        Piece::Block { parts: vec![(head.into(), body)], end: end.into() }
    }
}

/// The text of a program.
pub fn text_of(pieces: &[Piece]) -> String {
    let mut text = String::new();
    write_all(pieces, 0, &mut text);
    text
}

fn write_all(pieces: &[Piece], depth: usize, text: &mut String) {
    let write = |line: &str, text: &mut String| {
        text.push_str(&"  ".repeat(depth));
        text.push_str(line);
        text.push('\n');
    };
    for piece in pieces {
        match piece {
            Piece::Line(line) => write(line, text),
            Piece::Fuel => write("tick()", text),
            Piece::Block { parts, end } => {
                for (head, body) in parts {
                    write(head, text);
                    write_all(body, depth + 1, text);
                }
                write(end, text);
            }
        }
    }
}

/// The smallest program found by leaving out statements, and by putting a block's bodies in its place, for
/// which `fails` still holds.
pub fn shrink(pieces: Vec<Piece>, fails: &mut dyn FnMut(&[Piece]) -> bool) -> Vec<Piece> {
    let mut best = pieces;
    loop {
        let before = text_of(&best).len();
        let mut path = Vec::new();
        best = shrink_list(best, &mut path, fails);
        if text_of(&best).len() == before {
            return best;
        }
    }
}

/// Tries to do without pieces of the list that `path` leads to, runs of them first, then goes down.
fn shrink_list(
    mut best: Vec<Piece>,
    path: &mut Vec<(usize, usize)>,
    fails: &mut dyn FnMut(&[Piece]) -> bool,
) -> Vec<Piece> {
    let mut run = list_at(&mut best, path).len();
    while run > 0 {
        let mut at = 0;
        while at < list_at(&mut best, path).len() {
            let mut candidate = best.clone();
            let list = list_at(&mut candidate, path);
            let end = (at + run).min(list.len());
            let taken: Vec<Piece> = list.drain(at..end).collect();
            let fuel: Vec<Piece> = taken.into_iter().filter(|piece| matches!(piece, Piece::Fuel)).collect();
            let kept = fuel.len();
            list.splice(at..at, fuel);
            // Without this, fuel alone would be taken out and put back for ever.
            let is_smaller = kept < end - at;
            if is_smaller && fails(&candidate) {
                best = candidate;
                at += kept;
            } else {
                at += run;
            }
        }
        run /= 2;
    }
    let mut at = 0;
    while at < list_at(&mut best, path).len() {
        let mut candidate = best.clone();
        let list = list_at(&mut candidate, path);
        let Piece::Block { parts, .. } = list[at].clone() else {
            at += 1;
            continue;
        };
        let bodies: Vec<Piece> = parts.iter().flat_map(|(_, body)| body.clone()).collect();
        list.splice(at..=at, bodies);
        if fails(&candidate) {
            best = candidate;
            continue;
        }
        for part in 0..parts.len() {
            path.push((at, part));
            best = shrink_list(best, path, fails);
            path.pop();
        }
        at += 1;
    }
    best
}

fn list_at<'p>(pieces: &'p mut Vec<Piece>, path: &[(usize, usize)]) -> &'p mut Vec<Piece> {
    let mut list = pieces;
    for (at, part) in path {
        let Piece::Block { parts, .. } = &mut list[*at] else {
            unreachable!("a path goes through blocks only");
        };
        list = &mut parts[*part].1;
    }
    list
}
