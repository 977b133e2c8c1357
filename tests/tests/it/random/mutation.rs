//! Programs with a few words taken out, doubled, exchanged or put in: mostly no programs any more.
//!
//! Invariant: they are compiled, never run, since nothing bounds what they would do.
//! Not here: the programs they are made of.

use super::dice::Dice;
use super::program::Piece;

/// Words that change much where they should not stand.
const WORDS: [&str; 32] = [
    "end", "(", ")", "{", "}", "[", "]", "=", "==", "..", "...", "local", "function", "return", "do", "then",
    "until", "else", "goto", "break", "::", ";", ",", ":", ".", "not", "~", "'", "\"", "[[", "<const>", "0x",
];

/// Parts of the text, changed, each given to `load`, whose answer is shown.
pub fn mutants(text: &str, dice: &mut Dice) -> Vec<Piece> {
    let lines: Vec<&str> = text.lines().collect();
    (0..dice.between(4, 10))
        .map(|_| {
            let first = dice.below(lines.len());
            let last = (first + dice.between(0, 14)).min(lines.len() - 1);
            let mut words = words_of(&lines[first..=last].join("\n"));
            for _ in 0..dice.between(1, 3) {
                change(&mut words, dice);
            }
            Piece::Line(format!("show(load([=====[\n{}]=====], '=mutant'))", words.concat()))
        })
        .collect()
}

fn change(words: &mut Vec<String>, dice: &mut Dice) {
    let at = dice.below(words.len().max(1));
    let new = dice.pick(&WORDS).to_string();
    match dice.below(5) {
        0 if at < words.len() => {
            words.remove(at);
        }
        1 if at < words.len() => words.insert(at, words[at].clone()),
        2 if at < words.len() => {
            let other = dice.below(words.len());
            words.swap(at, other);
        }
        3 if at < words.len() => words[at] = new,
        _ => words.insert(at, new),
    }
}

/// Runs of letters and digits, and every other character by itself.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in text.chars() {
        let is_word = character == '_' || character.is_alphanumeric();
        match words.last_mut() {
            Some(last) if is_word && in_word => last.push(character),
            _ => words.push(character.to_string()),
        }
        in_word = is_word;
    }
    words
}
