//! A refused chunk in the reference's words.
//!
//! The generated parser knows that a token cannot stand where it does; what the reference says of it depends on
//! the way by which its own parser, a recursive descent, came there. So the descent is made here once more, without
//! a tree, and only after a refusal: each method is a construct, takes its tokens in the reference's order, and refuses
//! where that would.
//!
//! The reference compiles while it reads, so it may have met a fault of meaning before. After its refusal the descent
//! therefore goes on to its end as if what each construct still needs were there, and gathers those tokens: with them
//! the tokens before the refusal are a whole chunk, whose faults of meaning can be asked for
//! ([`Refusal::comes_after`]).
//!
//! Invariant: recursion goes through `enter`, which counts levels as the reference does; after a refusal no method
//! takes a token, and each adds at least what makes its construct a whole one.
//! Not here: faults of tokens (`scan.rs`) and of meaning (`emit`).

use crate::error::Fault;
use crate::lexer::{Lexer, next_token};
use crate::span::LineMap;
use crate::symbol::Symbol;
use crate::token::Token;

/// Why and where a chunk is refused.
pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    /// Where the last token ends that can be compiled before it.
    pub(crate) taken: u32,
    /// The tokens that make a chunk of those.
    pub(crate) completion: Vec<Token>,
    /// Whether the token behind could not be read.
    is_unread: bool,
}

impl Refusal {
    /// A refusal before which nothing can be compiled.
    pub(crate) fn of_all(fault: Fault) -> Self {
        Self { fault, taken: 0, completion: Vec::new(), is_unread: true }
    }

    /// Whether the reference meets a fault of meaning first, when the last token that it has taken by then
    /// ends at `position`.
    ///
    /// It has then read the token behind, too, but has not looked at it: a token that cannot be read comes first, one
    /// that is refused comes later.
    pub(crate) fn comes_after(&self, position: u32) -> bool {
        if self.is_unread { position < self.taken } else { position <= self.taken }
    }
}

/// How the reference tells the things apart that an expression without operators can be.
#[derive(Clone, Copy, PartialEq)]
enum Suffixed {
    Variable,
    Call,
    Other,
}

/// Above the priority of all binary operators but `^`.
const UNARY_PRIORITY: u8 = 12;

/// Any name: there are always those that the compiler itself knows.
const NAME: Token = Token::Name(Symbol(0));

/// Why the reference refuses the chunk whose tokens begin at `code_start`, unless it would take it; `lines`
/// holds the line breaks up to there.
pub(crate) fn refusal(source: &[u8], code_start: u32, lines: &LineMap, level_max: u32) -> Option<Refusal> {
    let mut descent = Descent {
        source,
        lexer: Lexer::at(source, code_start),
        lines,
        token: None,
        start: code_start,
        end: code_start,
        taken: code_start,
        ahead: None,
        varargs: vec![true],
        levels: 0,
        level_max,
        refusal: None,
    };
    descent.chunk();
    descent.refusal
}

/// A token with its ends; `None` behind the last.
type Spanned = (u32, Option<Token>, u32);

struct Descent<'a> {
    source: &'a [u8],
    lexer: Lexer<'a>,
    lines: &'a LineMap,
    /// The token to be taken next; `None` behind the last and after a refusal.
    token: Option<Token>,
    start: u32,
    end: u32,
    /// The end of the token taken last.
    taken: u32,
    /// The token behind, when it had to be looked at.
    ahead: Option<Spanned>,
    /// For each open function, whether it has `...`.
    varargs: Vec<bool>,
    levels: u32,
    level_max: u32,
    /// The first one: there is no other.
    refusal: Option<Refusal>,
}

impl Descent<'_> {
    fn read(&mut self) -> Result<Spanned, Fault> {
        let end = self.source.len() as u32;
        (&mut self.lexer)
            .next()
            .map_or(Ok((end, None, end)), |token| token.map(|(start, token, end)| (start, Some(token), end)))
    }

    /// Takes the token at hand.
    fn advance(&mut self) {
        if self.refusal.is_some() {
            return;
        }
        self.taken = self.end;
        let next = match self.ahead.take() {
            Some(ahead) => Ok(ahead),
            None => self.read(),
        };
        match next {
            Ok(next) => (self.start, self.token, self.end) = next,
            Err(fault) => self.stop(fault, true),
        }
    }

    /// The reference reads no further. What was taken must be a part of what is open.
    fn stop(&mut self, fault: Fault, is_unread: bool) {
        self.token = None;
        self.refusal = Some(Refusal { fault, taken: self.taken, completion: Vec::new(), is_unread });
    }

    /// Refuses the token at hand.
    fn refuse(&mut self, message: impl Into<Vec<u8>>) {
        if self.refusal.is_some() {
            return;
        }
        let near = match self.token {
            Some(_) => next_token(self.source, self.start).1,
            None => Some(b"<eof>".to_vec()),
        };
        self.stop(Fault::new(self.end, message, near), false);
    }

    /// Adds what would stand here if nothing had been refused.
    fn supply(&mut self, tokens: &[Token]) {
        if let Some(refusal) = &mut self.refusal {
            refusal.completion.extend_from_slice(tokens);
        }
    }

    fn is(&self, token: Token) -> bool {
        self.token == Some(token)
    }

    fn line(&self) -> u32 {
        self.lines.line_before(self.end)
    }

    fn accept(&mut self, token: Token) -> bool {
        let is_there = self.is(token);
        if is_there {
            self.advance();
        }
        is_there
    }

    fn expect(&mut self, token: Token) {
        if !self.accept(token) {
            self.refuse(format!("{} expected", shown(token)));
            self.supply(&[token]);
        }
    }

    /// What closes `opening`, which stood on `line`.
    fn expect_closing(&mut self, closing: Token, opening: Token, line: u32) {
        if !self.is(closing) && line != self.line() {
            let (closing, opening) = (shown(closing), shown(opening));
            self.refuse(format!("{closing} expected (to close {opening} at line {line})"));
        }
        self.expect(closing);
    }

    fn name(&mut self) {
        if let Some(Token::Name(_)) = self.token {
            self.advance();
        } else {
            self.refuse("<name> expected");
            self.supply(&[NAME]);
        }
    }

    /// Whether there is room for one more level.
    fn enter(&mut self) -> bool {
        self.levels += 1;
        let is_beyond = self.levels > self.level_max && self.refusal.is_none();
        if is_beyond {
            self.stop(Fault::overflow(), false);
        }
        !is_beyond
    }

    fn ends_block(&self) -> bool {
        self.token.is_none_or(Token::ends_block)
    }

    fn chunk(&mut self) {
        self.advance();
        self.block();
        if self.token.is_some() {
            self.refuse("<eof> expected");
        }
    }

    fn block(&mut self) {
        while !self.ends_block() {
            let is_last = self.is(Token::Return);
            self.statement();
            if is_last {
                break;
            }
        }
    }

    fn statement(&mut self) {
        let line = self.line();
        let first = self.token;
        if !self.enter() {
            // A row of labels goes on, or ends.
            self.supply(match first {
                Some(Token::Semicolon | Token::DoubleColon) => &[Token::Semicolon],
                _ => &[NAME, Token::ParenOpen, Token::ParenClose],
            });
            return;
        }
        match first {
            Some(Token::Semicolon | Token::Break) => self.advance(),
            Some(Token::If) => self.condition(line),
            Some(Token::While) => {
                self.advance();
                self.expression();
                self.expect(Token::Do);
                self.block();
                self.expect_closing(Token::End, Token::While, line);
            }
            Some(Token::Do) => {
                self.advance();
                self.block();
                self.expect_closing(Token::End, Token::Do, line);
            }
            Some(Token::For) => self.for_loop(line),
            Some(Token::Repeat) => {
                self.advance();
                self.block();
                self.expect_closing(Token::Until, Token::Repeat, line);
                self.expression();
            }
            Some(Token::Function) => self.named_function(line),
            Some(Token::Local) => self.local(),
            Some(Token::DoubleColon) => self.label(),
            Some(Token::Return) => {
                self.advance();
                if !self.ends_block() && !self.is(Token::Semicolon) {
                    self.expressions();
                }
                self.accept(Token::Semicolon);
            }
            Some(Token::Goto) => {
                self.advance();
                self.name();
            }
            _ => self.call_or_assignment(),
        }
        self.levels -= 1;
    }

    fn condition(&mut self, line: u32) {
        self.condition_part();
        while self.is(Token::ElseIf) {
            self.condition_part();
        }
        if self.accept(Token::Else) {
            self.block();
        }
        self.expect_closing(Token::End, Token::If, line)
    }

    fn condition_part(&mut self) {
        self.advance();
        self.expression();
        self.expect(Token::Then);
        self.block()
    }

    fn for_loop(&mut self, line: u32) {
        self.advance();
        self.name();
        match self.token {
            Some(Token::Assign) => {
                self.advance();
                self.expression();
                self.expect(Token::Comma);
                self.expression();
                if self.accept(Token::Comma) {
                    self.expression();
                }
            }
            Some(Token::Comma | Token::In) => {
                while self.accept(Token::Comma) {
                    self.name();
                }
                self.expect(Token::In);
                self.expressions();
            }
            _ => {
                self.refuse("'=' or 'in' expected");
                self.supply(&[Token::Assign, NAME, Token::Comma, NAME]);
            }
        }
        self.expect(Token::Do);
        self.block();
        self.expect_closing(Token::End, Token::For, line)
    }

    fn named_function(&mut self, line: u32) {
        self.advance();
        self.name();
        while self.accept(Token::Dot) {
            self.name();
        }
        if self.accept(Token::Colon) {
            self.name();
        }
        self.function_body(line)
    }

    fn function_body(&mut self, line: u32) {
        self.expect(Token::ParenOpen);
        self.varargs.push(false);
        if !self.is(Token::ParenClose) {
            loop {
                match self.token {
                    Some(Token::Name(_)) => self.advance(),
                    Some(Token::Ellipsis) => {
                        self.advance();
                        *self.varargs.last_mut().expect("just pushed") = true;
                        break;
                    }
                    _ => {
                        self.refuse("<name> or '...' expected");
                        self.supply(&[NAME]);
                    }
                }
                if !self.accept(Token::Comma) {
                    break;
                }
            }
        }
        self.expect(Token::ParenClose);
        self.block();
        self.varargs.pop();
        self.expect_closing(Token::End, Token::Function, line)
    }

    fn local(&mut self) {
        self.advance();
        if self.accept(Token::Function) {
            self.name();
            self.function_body(self.line());
            return;
        }
        loop {
            self.name();
            if self.accept(Token::Less) {
                self.name();
                self.expect(Token::Greater);
            }
            if !self.accept(Token::Comma) {
                break;
            }
        }
        if self.accept(Token::Assign) {
            self.expressions();
        }
    }

    fn label(&mut self) {
        self.advance();
        self.name();
        self.expect(Token::DoubleColon);
        while matches!(self.token, Some(Token::Semicolon | Token::DoubleColon)) {
            self.statement();
        }
    }

    fn call_or_assignment(&mut self) {
        let first = self.suffixed();
        let is_assignment = matches!(self.token, Some(Token::Assign | Token::Comma));
        if !is_assignment || first != Suffixed::Variable {
            if is_assignment || first != Suffixed::Call {
                self.refuse("syntax error");
            }
            if first != Suffixed::Call {
                self.supply(&[Token::ParenOpen, Token::ParenClose]);
            }
            return;
        }
        let levels = self.levels;
        while self.accept(Token::Comma) {
            let target = self.suffixed();
            let is_looked_at = self.enter();
            if target != Suffixed::Variable {
                self.refuse("syntax error");
            }
            if !is_looked_at || target != Suffixed::Variable {
                self.supply(&[Token::Dot, NAME]);
            }
        }
        self.expect(Token::Assign);
        self.expressions();
        self.levels = levels;
    }

    fn expressions(&mut self) {
        self.expression();
        while self.accept(Token::Comma) {
            self.expression();
        }
    }

    fn expression(&mut self) {
        self.operation(0)
    }

    /// An expression whose binary operators bind stronger than `limit`.
    fn operation(&mut self, limit: u8) {
        self.enter();
        if matches!(self.token, Some(Token::Not | Token::Minus | Token::Tilde | Token::Hash)) {
            self.advance();
            self.operation(UNARY_PRIORITY);
        } else {
            self.operand();
        }
        while let Some((left, right)) = self.token.and_then(priorities)
            && left > limit
        {
            self.advance();
            self.operation(right);
        }
        self.levels -= 1;
    }

    fn operand(&mut self) {
        match self.token {
            Some(Token::Numeral(_) | Token::String(_) | Token::Nil | Token::True | Token::False) => {
                self.advance()
            }
            Some(Token::Ellipsis) if self.varargs.last() == Some(&false) => {
                self.refuse("cannot use '...' outside a vararg function");
                self.supply(&[NAME]);
            }
            Some(Token::Ellipsis) => self.advance(),
            Some(Token::BraceOpen) => self.constructor(),
            Some(Token::Function) => {
                self.advance();
                self.function_body(self.line());
            }
            _ => {
                self.suffixed();
            }
        }
    }

    fn suffixed(&mut self) -> Suffixed {
        let mut kind = match self.token {
            Some(Token::Name(_)) => {
                self.advance();
                Suffixed::Variable
            }
            Some(Token::ParenOpen) => {
                let line = self.line();
                self.advance();
                self.expression();
                self.expect_closing(Token::ParenClose, Token::ParenOpen, line);
                Suffixed::Other
            }
            _ => {
                self.refuse("unexpected symbol");
                self.supply(&[NAME]);
                Suffixed::Variable
            }
        };
        loop {
            kind = match self.token {
                Some(Token::Dot) => {
                    self.advance();
                    self.name();
                    Suffixed::Variable
                }
                Some(Token::BracketOpen) => {
                    self.index();
                    Suffixed::Variable
                }
                Some(Token::Colon) => {
                    self.advance();
                    self.name();
                    self.arguments();
                    Suffixed::Call
                }
                Some(Token::ParenOpen | Token::BraceOpen | Token::String(_)) => {
                    self.arguments();
                    Suffixed::Call
                }
                _ => return kind,
            };
        }
    }

    fn index(&mut self) {
        self.advance();
        self.expression();
        self.expect(Token::BracketClose)
    }

    fn arguments(&mut self) {
        let line = self.line();
        match self.token {
            Some(Token::String(_)) => self.advance(),
            Some(Token::BraceOpen) => self.constructor(),
            Some(Token::ParenOpen) => {
                self.advance();
                if !self.is(Token::ParenClose) {
                    self.expressions();
                }
                self.expect_closing(Token::ParenClose, Token::ParenOpen, line)
            }
            _ => {
                self.refuse("function arguments expected");
                self.supply(&[Token::ParenOpen, Token::ParenClose]);
            }
        }
    }

    fn constructor(&mut self) {
        let line = self.line();
        self.advance();
        while !self.is(Token::BraceClose) && self.refusal.is_none() {
            self.field();
            if !self.accept(Token::Comma) && !self.accept(Token::Semicolon) {
                break;
            }
        }
        self.expect_closing(Token::BraceClose, Token::BraceOpen, line)
    }

    fn field(&mut self) {
        match self.token {
            Some(Token::BracketOpen) => self.index(),
            Some(Token::Name(_)) => {
                match self.read() {
                    Ok(ahead) => self.ahead = Some(ahead),
                    Err(fault) => {
                        // The name alone is a field.
                        self.taken = self.end;
                        self.stop(fault, true);
                        return;
                    }
                }
                if self.ahead.is_none_or(|(_, token, _)| token != Some(Token::Assign)) {
                    self.expression();
                    return;
                }
                self.advance();
            }
            _ => {
                self.expression();
                return;
            }
        }
        self.expect(Token::Assign);
        self.expression();
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
