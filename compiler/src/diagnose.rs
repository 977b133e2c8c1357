//! A refused chunk in the reference's words.
//!
//! The generated parser knows that a token cannot stand where it does; what the reference says of it depends on
//! the way by which its own parser, a recursive descent, came there. So the descent is made here once more, without
//! a tree, and only after a refusal: each method is a construct, takes its tokens in the reference's order, and fails
//! where that would.
//!
//! Invariant: recursion goes through `enter`, which counts levels as the reference does.
//! Not here: faults of tokens (`scan.rs`) and of meaning (`emit`).

use crate::error::Fault;
use crate::lexer::{Lexer, next_token};
use crate::span::LineMap;
use crate::token::Token;

type Refusable = Result<(), Fault>;

/// How the reference tells the things apart that an expression without operators can be.
#[derive(Clone, Copy, PartialEq)]
enum Suffixed {
    Variable,
    Call,
    Other,
}

/// Above the priority of all binary operators but `^`.
const UNARY_PRIORITY: u8 = 12;

/// Why the reference refuses the chunk whose tokens begin at `code_start`; `lines` holds the line breaks up to
/// there. A chunk that it would take is a plain syntax error.
pub(crate) fn refusal(source: &[u8], code_start: u32, lines: &LineMap, level_max: u32) -> Fault {
    let mut descent = Descent {
        source,
        lexer: Lexer::at(source, code_start),
        lines,
        token: None,
        start: code_start,
        end: code_start,
        ahead: None,
        varargs: vec![true],
        levels: 0,
        level_max,
    };
    match descent.chunk() {
        Ok(()) => Fault::new(source.len() as u32, "syntax error", Some(b"<eof>".to_vec())),
        Err(fault) => fault,
    }
}

/// A token with its ends; `None` behind the last.
type Spanned = (u32, Option<Token>, u32);

struct Descent<'a> {
    source: &'a [u8],
    lexer: Lexer<'a>,
    lines: &'a LineMap,
    token: Option<Token>,
    start: u32,
    end: u32,
    /// The token behind, when it had to be looked at.
    ahead: Option<Spanned>,
    /// For each open function, whether it has `...`.
    varargs: Vec<bool>,
    levels: u32,
    level_max: u32,
}

impl Descent<'_> {
    fn read(&mut self) -> Result<Spanned, Fault> {
        let end = self.source.len() as u32;
        (&mut self.lexer)
            .next()
            .map_or(Ok((end, None, end)), |token| token.map(|(start, token, end)| (start, Some(token), end)))
    }

    fn advance(&mut self) -> Refusable {
        (self.start, self.token, self.end) = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.read()?,
        };
        Ok(())
    }

    fn is(&self, token: Token) -> bool {
        self.token == Some(token)
    }

    fn line(&self) -> u32 {
        self.lines.line_before(self.end)
    }

    fn refuse(&self, message: impl Into<Vec<u8>>) -> Fault {
        let near = match self.token {
            Some(_) => next_token(self.source, self.start).1,
            None => Some(b"<eof>".to_vec()),
        };
        Fault::new(self.end, message, near)
    }

    fn accept(&mut self, token: Token) -> Result<bool, Fault> {
        let is_there = self.is(token);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect(&mut self, token: Token) -> Refusable {
        if self.accept(token)? { Ok(()) } else { Err(self.refuse(format!("{} expected", shown(token)))) }
    }

    /// What closes `opening`, which stood on `line`.
    fn expect_closing(&mut self, closing: Token, opening: Token, line: u32) -> Refusable {
        if self.is(closing) || line == self.line() {
            return self.expect(closing);
        }
        let (closing, opening) = (shown(closing), shown(opening));
        Err(self.refuse(format!("{closing} expected (to close {opening} at line {line})")))
    }

    fn name(&mut self) -> Refusable {
        match self.token {
            Some(Token::Name(_)) => self.advance(),
            _ => Err(self.refuse("<name> expected")),
        }
    }

    fn enter(&mut self) -> Refusable {
        self.levels += 1;
        if self.levels > self.level_max { Err(Fault::overflow()) } else { Ok(()) }
    }

    fn ends_block(&self) -> bool {
        self.token.is_none_or(Token::ends_block)
    }

    fn chunk(&mut self) -> Refusable {
        self.advance()?;
        self.block()?;
        if self.token.is_some() { Err(self.refuse("<eof> expected")) } else { Ok(()) }
    }

    fn block(&mut self) -> Refusable {
        while !self.ends_block() {
            let is_last = self.is(Token::Return);
            self.statement()?;
            if is_last {
                break;
            }
        }
        Ok(())
    }

    fn statement(&mut self) -> Refusable {
        let line = self.line();
        self.enter()?;
        match self.token {
            Some(Token::Semicolon | Token::Break) => self.advance()?,
            Some(Token::If) => self.condition(line)?,
            Some(Token::While) => {
                self.advance()?;
                self.expression()?;
                self.expect(Token::Do)?;
                self.block()?;
                self.expect_closing(Token::End, Token::While, line)?;
            }
            Some(Token::Do) => {
                self.advance()?;
                self.block()?;
                self.expect_closing(Token::End, Token::Do, line)?;
            }
            Some(Token::For) => self.for_loop(line)?,
            Some(Token::Repeat) => {
                self.advance()?;
                self.block()?;
                self.expect_closing(Token::Until, Token::Repeat, line)?;
                self.expression()?;
            }
            Some(Token::Function) => self.named_function(line)?,
            Some(Token::Local) => self.local()?,
            Some(Token::DoubleColon) => self.label()?,
            Some(Token::Return) => {
                self.advance()?;
                if !self.ends_block() && !self.is(Token::Semicolon) {
                    self.expressions()?;
                }
                self.accept(Token::Semicolon)?;
            }
            Some(Token::Goto) => {
                self.advance()?;
                self.name()?;
            }
            _ => self.call_or_assignment()?,
        }
        self.levels -= 1;
        Ok(())
    }

    fn condition(&mut self, line: u32) -> Refusable {
        self.condition_part()?;
        while self.is(Token::ElseIf) {
            self.condition_part()?;
        }
        if self.accept(Token::Else)? {
            self.block()?;
        }
        self.expect_closing(Token::End, Token::If, line)
    }

    fn condition_part(&mut self) -> Refusable {
        self.advance()?;
        self.expression()?;
        self.expect(Token::Then)?;
        self.block()
    }

    fn for_loop(&mut self, line: u32) -> Refusable {
        self.advance()?;
        self.name()?;
        match self.token {
            Some(Token::Assign) => {
                self.advance()?;
                self.expression()?;
                self.expect(Token::Comma)?;
                self.expression()?;
                if self.accept(Token::Comma)? {
                    self.expression()?;
                }
            }
            Some(Token::Comma | Token::In) => {
                while self.accept(Token::Comma)? {
                    self.name()?;
                }
                self.expect(Token::In)?;
                self.expressions()?;
            }
            _ => return Err(self.refuse("'=' or 'in' expected")),
        }
        self.expect(Token::Do)?;
        self.block()?;
        self.expect_closing(Token::End, Token::For, line)
    }

    fn named_function(&mut self, line: u32) -> Refusable {
        self.advance()?;
        self.name()?;
        while self.accept(Token::Dot)? {
            self.name()?;
        }
        if self.accept(Token::Colon)? {
            self.name()?;
        }
        self.function_body(line)
    }

    fn function_body(&mut self, line: u32) -> Refusable {
        self.expect(Token::ParenOpen)?;
        self.varargs.push(false);
        if !self.is(Token::ParenClose) {
            loop {
                match self.token {
                    Some(Token::Name(_)) => self.advance()?,
                    Some(Token::Ellipsis) => {
                        self.advance()?;
                        *self.varargs.last_mut().expect("just pushed") = true;
                        break;
                    }
                    _ => return Err(self.refuse("<name> or '...' expected")),
                }
                if !self.accept(Token::Comma)? {
                    break;
                }
            }
        }
        self.expect(Token::ParenClose)?;
        self.block()?;
        self.varargs.pop();
        self.expect_closing(Token::End, Token::Function, line)
    }

    fn local(&mut self) -> Refusable {
        self.advance()?;
        if self.accept(Token::Function)? {
            self.name()?;
            return self.function_body(self.line());
        }
        loop {
            self.name()?;
            if self.accept(Token::Less)? {
                self.name()?;
                self.expect(Token::Greater)?;
            }
            if !self.accept(Token::Comma)? {
                break;
            }
        }
        if self.accept(Token::Assign)? { self.expressions() } else { Ok(()) }
    }

    fn label(&mut self) -> Refusable {
        self.advance()?;
        self.name()?;
        self.expect(Token::DoubleColon)?;
        while matches!(self.token, Some(Token::Semicolon | Token::DoubleColon)) {
            self.statement()?;
        }
        Ok(())
    }

    fn call_or_assignment(&mut self) -> Refusable {
        let mut target = self.suffixed()?;
        if !matches!(self.token, Some(Token::Assign | Token::Comma)) {
            return if target == Suffixed::Call { Ok(()) } else { Err(self.refuse("syntax error")) };
        }
        let levels = self.levels;
        loop {
            if target != Suffixed::Variable {
                return Err(self.refuse("syntax error"));
            }
            if !self.accept(Token::Comma)? {
                break;
            }
            target = self.suffixed()?;
            self.enter()?;
        }
        self.expect(Token::Assign)?;
        self.expressions()?;
        self.levels = levels;
        Ok(())
    }

    fn expressions(&mut self) -> Refusable {
        self.expression()?;
        while self.accept(Token::Comma)? {
            self.expression()?;
        }
        Ok(())
    }

    fn expression(&mut self) -> Refusable {
        self.operation(0)
    }

    /// An expression whose binary operators bind stronger than `limit`.
    fn operation(&mut self, limit: u8) -> Refusable {
        self.enter()?;
        if matches!(self.token, Some(Token::Not | Token::Minus | Token::Tilde | Token::Hash)) {
            self.advance()?;
            self.operation(UNARY_PRIORITY)?;
        } else {
            self.operand()?;
        }
        while let Some((left, right)) = self.token.and_then(priorities)
            && left > limit
        {
            self.advance()?;
            self.operation(right)?;
        }
        self.levels -= 1;
        Ok(())
    }

    fn operand(&mut self) -> Refusable {
        match self.token {
            Some(Token::Numeral(_) | Token::String(_) | Token::Nil | Token::True | Token::False) => {
                self.advance()
            }
            Some(Token::Ellipsis) => match self.varargs.last() {
                Some(true) => self.advance(),
                _ => Err(self.refuse("cannot use '...' outside a vararg function")),
            },
            Some(Token::BraceOpen) => self.constructor(),
            Some(Token::Function) => {
                self.advance()?;
                self.function_body(self.line())
            }
            _ => self.suffixed().map(|_| ()),
        }
    }

    fn suffixed(&mut self) -> Result<Suffixed, Fault> {
        let mut kind = match self.token {
            Some(Token::Name(_)) => {
                self.advance()?;
                Suffixed::Variable
            }
            Some(Token::ParenOpen) => {
                let line = self.line();
                self.advance()?;
                self.expression()?;
                self.expect_closing(Token::ParenClose, Token::ParenOpen, line)?;
                Suffixed::Other
            }
            _ => return Err(self.refuse("unexpected symbol")),
        };
        loop {
            kind = match self.token {
                Some(Token::Dot) => {
                    self.advance()?;
                    self.name()?;
                    Suffixed::Variable
                }
                Some(Token::BracketOpen) => {
                    self.index()?;
                    Suffixed::Variable
                }
                Some(Token::Colon) => {
                    self.advance()?;
                    self.name()?;
                    self.arguments()?;
                    Suffixed::Call
                }
                Some(Token::ParenOpen | Token::BraceOpen | Token::String(_)) => {
                    self.arguments()?;
                    Suffixed::Call
                }
                _ => return Ok(kind),
            };
        }
    }

    fn index(&mut self) -> Refusable {
        self.advance()?;
        self.expression()?;
        self.expect(Token::BracketClose)
    }

    fn arguments(&mut self) -> Refusable {
        let line = self.line();
        match self.token {
            Some(Token::String(_)) => self.advance(),
            Some(Token::BraceOpen) => self.constructor(),
            Some(Token::ParenOpen) => {
                self.advance()?;
                if !self.is(Token::ParenClose) {
                    self.expressions()?;
                }
                self.expect_closing(Token::ParenClose, Token::ParenOpen, line)
            }
            _ => Err(self.refuse("function arguments expected")),
        }
    }

    fn constructor(&mut self) -> Refusable {
        let line = self.line();
        self.advance()?;
        while !self.is(Token::BraceClose) {
            self.field()?;
            if !self.accept(Token::Comma)? && !self.accept(Token::Semicolon)? {
                break;
            }
        }
        self.expect_closing(Token::BraceClose, Token::BraceOpen, line)
    }

    fn field(&mut self) -> Refusable {
        match self.token {
            Some(Token::BracketOpen) => self.index()?,
            Some(Token::Name(_)) => {
                let ahead = self.read()?;
                self.ahead = Some(ahead);
                if ahead.1 != Some(Token::Assign) {
                    return self.expression();
                }
                self.advance()?;
            }
            _ => return self.expression(),
        }
        self.expect(Token::Assign)?;
        self.expression()
    }
}

/// How strongly a binary operator binds on its left and on its right.
fn priorities(token: Token) -> Option<(u8, u8)> {
    Some(match token {
        Token::Or => (1, 1),
        Token::And => (2, 2),
        Token::Less
        | Token::Greater
        | Token::LessEqual
        | Token::GreaterEqual
        | Token::NotEqual
        | Token::Equal => (3, 3),
        Token::Bar => (4, 4),
        Token::Tilde => (5, 5),
        Token::Ampersand => (6, 6),
        Token::ShiftLeft | Token::ShiftRight => (7, 7),
        Token::Concat => (9, 8),
        Token::Plus | Token::Minus => (10, 10),
        Token::Star | Token::Slash | Token::DoubleSlash | Token::Percent => (11, 11),
        Token::Caret => (14, 13),
        _ => return None,
    })
}

fn shown(token: Token) -> String {
    format!("'{}'", token.fixed_text().expect("only words and operators are expected by name"))
}

#[cfg(test)]
mod tests;
