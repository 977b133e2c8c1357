//! A parser's refusal in the reference's words.
//!
//! The generated parser knows the token and all that could have stood there; the reference's parser knows
//! which construct it was in. That is found again by reading the tokens up to the refused one and keeping
//! track of what is open.
//!
//! Invariant: never fails: a refusal that fits no case is a plain `syntax error`.
//! Not here: faults of tokens (`scan.rs`) and of meaning (`emit`).

use crate::error::Fault;
use crate::lexer::{Lexer, next_token};
use crate::span::LineMap;
use crate::token::Token;

/// Something that must be closed.
struct Open {
    /// The word or bracket that opened it.
    token: Token,
    /// Where it ends.
    end: u32,
    /// A `while` or `for` whose `do` has not come, an `if` whose `then` has not, a `function` whose parameters
    /// have not; the parenthesis of parameters.
    is_head: bool,
}

/// What is open between `code_start` and the token that begins at `offset`, innermost last.
fn open_before(source: &[u8], code_start: u32, offset: u32) -> Vec<Open> {
    let mut open: Vec<Open> = Vec::new();
    let mut lexer = Lexer::at(source, code_start);
    for token in &mut lexer {
        let Ok((start, token, end)) = token else { break };
        if start >= offset {
            break;
        }
        match token {
            Token::While | Token::For | Token::Function | Token::If => {
                open.push(Open { token, end, is_head: true })
            }
            Token::Repeat | Token::BraceOpen | Token::BracketOpen => {
                open.push(Open { token, end, is_head: false });
            }
            Token::Then | Token::ElseIf => {
                if let Some(head @ Open { token: Token::If, .. }) = open.last_mut() {
                    head.is_head = token == Token::ElseIf;
                }
            }
            Token::Do => match open.last_mut() {
                Some(head @ Open { token: Token::While | Token::For, is_head: true, .. }) => {
                    head.is_head = false
                }
                _ => open.push(Open { token, end, is_head: false }),
            },
            Token::ParenOpen => {
                let mut is_head = false;
                if let Some(function @ Open { token: Token::Function, is_head: true, .. }) = open.last_mut() {
                    function.is_head = false;
                    // A named function counts from its name's `function`, one without from here.
                    if next_token_is_paren(source, function.end) {
                        function.end = end;
                    }
                    is_head = true;
                }
                open.push(Open { token, end, is_head });
            }
            Token::ParenClose | Token::BraceClose | Token::BracketClose | Token::End | Token::Until => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

fn next_token_is_paren(source: &[u8], offset: u32) -> bool {
    next_token(source, offset).1.as_deref() == Some(b"'('")
}

/// A token that the generated parser refused.
pub(crate) struct Refusal<'a> {
    /// `None` at the end of the source.
    pub(crate) token: Option<Token>,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// What could have stood there, as the generated parser names it.
    pub(crate) expected: &'a [String],
    /// Whether it came after a comma in the targets of an assignment.
    pub(crate) in_targets: bool,
}

impl Refusal<'_> {
    /// How many levels below those that the generated parser has opened the reference's parser was when it
    /// refused the token: it goes down before it looks, the generated one after.
    pub(crate) fn descent(&self, source: &[u8], code_start: u32) -> u32 {
        let expected = Expected(self.expected);
        if expected.has("numeral") && !expected.has(";") {
            return 2;
        }
        if !expected.has("while") {
            return 1;
        }
        let mut lexer = Lexer::at(source, code_start);
        let before = (&mut lexer).map_while(Result::ok).take_while(|(start, ..)| *start < self.start).last();
        let is_new_block = match before {
            Some((_, Token::Do | Token::Then | Token::Else | Token::Repeat, _)) => true,
            // Of parameters; after that of arguments an index could follow.
            Some((_, Token::ParenClose, _)) => !expected.has("."),
            _ => false,
        };
        1 + u32::from(is_new_block && !self.token.is_none_or(Token::ends_block))
    }
}

/// The fault for a refused token of the code that begins at `code_start`.
pub(crate) fn unexpected_token(
    source: &[u8],
    code_start: u32,
    lines: &LineMap,
    refusal: &Refusal<'_>,
) -> Fault {
    let open = open_before(source, code_start, refusal.start);
    let message = message(lines, refusal, &open);
    let near = match refusal.token {
        Some(_) => next_token(source, refusal.start).1,
        None => Some(b"<eof>".to_vec()),
    };
    Fault::new(refusal.end, message, near)
}

/// The tokens that could have stood there, as the generated parser names them.
struct Expected<'a>(&'a [String]);

impl Expected<'_> {
    fn has(&self, token: &str) -> bool {
        self.0.iter().any(|name| name.trim_matches('"') == token)
    }
}

fn message(lines: &LineMap, refusal: &Refusal<'_>, open: &[Open]) -> String {
    let Refusal { token, end, in_targets, .. } = *refusal;
    let expected = &Expected(refusal.expected);
    const UNEXPECTED: &str = "unexpected symbol";
    const SYNTAX: &str = "syntax error";
    let innermost = open.last();
    let starts_expression = expected.has("numeral");
    if let Some(bracket) = innermost
        && let Some(close) = match bracket.token {
            Token::ParenOpen => Some(")"),
            Token::BraceOpen => Some("}"),
            Token::BracketOpen => Some("]"),
            _ => None,
        }
    {
        if starts_expression {
            return UNEXPECTED.to_owned();
        }
        if bracket.is_head && expected.has("name") {
            return "<name> or '...' expected".to_owned();
        }
        if expected.has(close) {
            let counts = !bracket.is_head && bracket.token != Token::BracketOpen;
            return closing(lines, close, counts.then_some(bracket), end);
        }
        return plain(expected, SYNTAX).to_owned();
    }
    let ends_block = token.is_none_or(Token::ends_block);
    let may_end = expected.has(";");
    // On a word that ends some block, the generated parser may have finished the statements before it asks
    // whether the word ends *this* block: then only the right end is left, or nothing at the chunk's level.
    let has_ended = expected.0.is_empty() || expected.has("end") || expected.has("until");
    if ends_block && (may_end || has_ended) {
        return end_of_block(lines, innermost, end);
    }
    let continues_call = expected.has(".") && !expected.has("+");
    if matches!(token, Some(Token::Assign | Token::Comma)) && may_end && continues_call {
        return SYNTAX.to_owned();
    }
    if starts_expression || expected.has("while") {
        return UNEXPECTED.to_owned();
    }
    if may_end || has_ended {
        return end_of_block(lines, innermost, end);
    }
    if expected.has("name") && expected.has("(") {
        return UNEXPECTED.to_owned();
    }
    if expected.has("=") && expected.has(".") {
        return if in_targets { "'=' expected".to_owned() } else { SYNTAX.to_owned() };
    }
    if in_targets && expected.has("=") {
        return "'=' expected".to_owned();
    }
    plain(expected, SYNTAX).to_owned()
}

/// The one thing that a place wants, by the most telling token.
fn plain(expected: &Expected<'_>, otherwise: &'static str) -> &'static str {
    let has = |token| expected.has(token);
    if has("then") {
        "'then' expected"
    } else if has("do") {
        "'do' expected"
    } else if has("in") {
        if has("=") { "'=' or 'in' expected" } else { "'in' expected" }
    } else if has("string") && has("{") && has("(") && !has(".") {
        "function arguments expected"
    } else if has("string") {
        otherwise
    } else if has("(") {
        "'(' expected"
    } else if has("name") {
        "<name> expected"
    } else if has("=") {
        "'=' expected"
    } else if has("::") {
        "'::' expected"
    } else if has(">") && !has("+") {
        "'>' expected"
    } else if has(",") {
        "',' expected"
    } else {
        otherwise
    }
}

fn end_of_block(lines: &LineMap, innermost: Option<&Open>, end: u32) -> String {
    match innermost {
        None => "<eof> expected".to_owned(),
        Some(open) => {
            let close = if open.token == Token::Repeat { "until" } else { "end" };
            closing(lines, close, Some(open), end)
        }
    }
}

/// `'end' expected`, and what it would have closed when that stands on another line.
fn closing(lines: &LineMap, close: &str, open: Option<&Open>, end: u32) -> String {
    let line = lines.line_before(end);
    if let Some(open) = open
        && let Some(word) = open.token.fixed_text()
    {
        let open_line = lines.line_before(open.end);
        if open_line != line {
            return format!("'{close}' expected (to close '{word}' at line {open_line})");
        }
    }
    format!("'{close}' expected")
}

/// Tokens that close, as well as can be, everything that is open at `offset`, where a statement may begin.
pub(crate) fn closers(source: &[u8], code_start: u32, offset: u32) -> Vec<Token> {
    let mut tokens = Vec::new();
    for Open { token, is_head, .. } in open_before(source, code_start, offset).into_iter().rev() {
        tokens.extend_from_slice(match (token, is_head) {
            (Token::ParenOpen, _) => &[Token::ParenClose],
            (Token::BraceOpen, _) => &[Token::BraceClose],
            (Token::BracketOpen, _) => &[Token::BracketClose],
            (Token::Repeat, _) => &[Token::Until, Token::Nil],
            (Token::If, true) => &[Token::Then, Token::End],
            (Token::While | Token::For, true) => &[Token::Do, Token::End],
            _ => &[Token::End],
        });
    }
    tokens
}

#[cfg(test)]
mod tests;
