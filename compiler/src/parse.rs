//! Tokens to tree: the generated parser with its lexer on one side and the builder on the other.
//!
//! Invariant: whatever goes wrong is a [`Fault`] in the reference's words.
//! Not here: the grammar (`grammar.lalrpop`), the words (`diagnose.rs`).

use crate::ast::{Builder, List, Statement, Tree};
use crate::diagnose::{self, Refusal};
use crate::error::Fault;
use crate::grammar::ChunkParser;
use crate::lexer::Lexer;
use crate::token::Gathered;
use lalrpop_util::ParseError;

/// Parses the chunk whose tokens begin at `code_start`. What the lexer gathered comes with it, also when it
/// fails, since messages need the lines.
pub(crate) fn parse(source: &[u8], code_start: u32) -> (Gathered, Result<(Tree, List<Statement>), Fault>) {
    let mut lexer = Lexer::at(source, code_start);
    let mut builder = Builder::default();
    let parsed = ChunkParser::new().parse(&mut builder, &mut lexer);
    let gathered = lexer.into_gathered();
    if builder.is_too_deep {
        return (gathered, Err(Fault::overflow()));
    }
    let length = source.len() as u32;
    let in_targets = builder.in_targets;
    let refused = |token, start, end, expected: &[String]| {
        let refusal = Refusal { token, start, end, expected, in_targets };
        diagnose::unexpected_token(source, code_start, &gathered.lines, &refusal)
    };
    let result = match parsed {
        Ok(block) => Ok((builder.tree, block)),
        Err(ParseError::User { error }) => Err(error),
        Err(ParseError::UnrecognizedToken { token: (start, token, end), expected }) => {
            Err(refused(Some(token), start, end, &expected))
        }
        Err(ParseError::UnrecognizedEof { expected, .. }) => Err(refused(None, length, length, &expected)),
        Err(ParseError::ExtraToken { token: (start, token, end) }) => Err(refused(Some(token), start, end, &[])),
        Err(ParseError::InvalidToken { location }) => Err(refused(None, location, length, &[])),
    };
    (gathered, result)
}
