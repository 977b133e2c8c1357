//! What is open at a place of a source, and the tokens that would close it.
//!
//! Not here: what a parser says of a token that it refuses (`diagnose.rs`).

use crate::lexer::Lexer;
use crate::token::Token;

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

/// Something that must be closed.
struct Open {
    /// The word or bracket that opened it.
    token: Token,
    /// A `while` or `for` whose `do` has not come, an `if` whose `then` has not, a `function` whose parameters
    /// have not; the parenthesis of parameters.
    is_head: bool,
}

/// What is open between `code_start` and the token that begins at `offset`, innermost last.
fn open_before(source: &[u8], code_start: u32, offset: u32) -> Vec<Open> {
    let mut open: Vec<Open> = Vec::new();
    let mut lexer = Lexer::at(source, code_start);
    for token in &mut lexer {
        let Ok((start, token, _)) = token else { break };
        if start >= offset {
            break;
        }
        match token {
            Token::While | Token::For | Token::Function | Token::If => {
                open.push(Open { token, is_head: true })
            }
            Token::Repeat | Token::BraceOpen | Token::BracketOpen => {
                open.push(Open { token, is_head: false });
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
                _ => open.push(Open { token, is_head: false }),
            },
            Token::ParenOpen => {
                if let Some(function @ Open { token: Token::Function, .. }) = open.last_mut() {
                    function.is_head = false;
                }
                open.push(Open { token, is_head: false });
            }
            Token::ParenClose | Token::BraceClose | Token::BracketClose | Token::End | Token::Until => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}
