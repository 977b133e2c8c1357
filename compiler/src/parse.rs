//! Tokens to tree: the generated parser with its lexer on one side and the builder on the other.
//!
//! Invariant: a chunk that is not parsed whole has a [`Refusal`] in the reference's words.
//! Not here: the grammar (`grammar.lalrpop`), the words (`diagnose.rs`).

use crate::ast::{Builder, List, Statement, Tree};
use crate::diagnose::{self, Refusal};
use crate::error::Fault;
use crate::grammar::ChunkParser;
use crate::lexer::Lexer;
use crate::token::Gathered;

/// What became of a chunk.
pub(crate) struct Parsed {
    /// What the lexer gathered, also when it failed, since messages need the lines.
    pub(crate) gathered: Gathered,
    pub(crate) result: Result<(Tree, List<Statement>), Refusal>,
}

/// Parses the chunk whose tokens begin at `code_start`.
///
/// Statements and expressions may be nested `level_max` levels deep.
pub(crate) fn parse(source: &[u8], code_start: u32, level_max: u32) -> Parsed {
    let mut lexer = Lexer::at(source, code_start);
    let mut builder = Builder::new(level_max);
    let parsed = ChunkParser::new().parse(&mut builder, &mut lexer);
    let gathered = lexer.into_gathered();
    let result = match parsed {
        Ok(block) if !builder.is_too_deep => Ok((builder.tree, block)),
        // Also after a token that cannot be read: the reference may have stopped at the one before.
        _ => Err(diagnose::refusal(source, code_start, &gathered.lines, level_max).unwrap_or_else(|| {
            Refusal::of_all(if builder.is_too_deep { Fault::overflow() } else { Fault::default() })
        })),
    };
    Parsed { gathered, result }
}

/// Parses the tokens before `refusal`, made a chunk.
///
/// The reference finds faults of meaning while it reads, so one that stands before a refused token comes
/// first. Here they are found later, and after a refusal only by this second look.
pub(crate) fn parse_before(
    source: &[u8],
    code_start: u32,
    refusal: &Refusal,
) -> Option<(Gathered, Tree, List<Statement>)> {
    // What is added lies behind the source, where no fault of the tokens read can be.
    let behind = source.len() as u32 + 1;
    let mut lexer = Lexer::at(source, code_start);
    let mut builder = Builder::new(u32::MAX);
    let is_taken = |end: u32| end <= refusal.taken;
    let read = (&mut lexer).take_while(|token| token.as_ref().is_ok_and(|(_, _, end)| is_taken(*end)));
    let added = refusal.completion.iter().map(|token| Ok((behind, *token, behind)));
    let parsed = ChunkParser::new().parse(&mut builder, read.chain(added));
    debug_assert!(parsed.is_ok(), "{parsed:?} with {:?}", refusal.completion);
    let block = parsed.ok()?;
    Some((lexer.into_gathered(), builder.tree, block))
}
