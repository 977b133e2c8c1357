//! Tokens to tree: the generated parser with its lexer on one side and the builder on the other.
//!
//! Invariant: whatever goes wrong is a [`Fault`] in the reference's words.
//! Not here: the grammar (`grammar.lalrpop`), the words (`diagnose.rs`).

use crate::ast::{Builder, List, Statement, Tree};
use crate::closing::closers;
use crate::diagnose;
use crate::error::Fault;
use crate::grammar::ChunkParser;
use crate::lexer::Lexer;
use crate::symbol::Symbol;
use crate::token::{Gathered, Token};
use lalrpop_util::ParseError;

/// What became of a chunk.
pub(crate) struct Parsed {
    /// What the lexer gathered, also when it failed, since messages need the lines.
    pub(crate) gathered: Gathered,
    pub(crate) result: Result<(Tree, List<Statement>), Fault>,
    /// Where reading stopped.
    pub(crate) unread: Unread,
}

/// Where reading stopped.
pub(crate) struct Unread {
    /// The end of the whole statements that were read.
    boundary: u32,
    /// An offset behind all tokens that were taken, up to the token that was refused or could not be read.
    stopped_at: Option<u32>,
    /// Whether a token was refused that came after a comma in the targets of an assignment.
    refused_in_targets: bool,
}

/// What finishes a statement at a place of it.
type Completion = &'static [Token];

/// Makes a target, or of what might be one the beginning of one, which the reference does not look at yet.
const TARGET: Completion = &[
    Token::ParenOpen,
    Token::Nil,
    Token::ParenClose,
    Token::BracketOpen,
    Token::Nil,
    Token::BracketClose,
    Token::Assign,
    Token::Nil,
];

/// Any name: there are always those that the compiler itself knows.
const NAME: Token = Token::Name(Symbol(0));

impl Unread {
    /// Up to where the source may be read, and what must be added, from the longest to the shortest: the statement
    /// that was not read to its end counts if one of these finishes it.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (u32, Completion)> {
        // The reference looks at a target when it has the token behind, at the first only when that is a comma or `=`.
        let values: Completion = if self.refused_in_targets { &[Token::Assign, Token::Nil] } else { &[] };
        let completions: [Completion; 8] = [
            &[],
            &[Token::Nil],
            values,
            TARGET,
            &[NAME],
            &[NAME, Token::Greater],
            &[Token::Greater],
            &[NAME, Token::ParenOpen, Token::ParenClose],
        ];
        let unfinished = self.stopped_at.into_iter();
        let unfinished =
            unfinished.flat_map(move |at| completions.into_iter().map(move |completion| (at, completion)));
        unfinished.chain([(self.boundary, &[] as Completion)])
    }
}

/// Parses the chunk whose tokens begin at `code_start`.
///
/// Statements and expressions may be nested `level_max` levels deep.
pub(crate) fn parse(source: &[u8], code_start: u32, level_max: u32) -> Parsed {
    let mut lexer = Lexer::at(source, code_start);
    let mut builder = Builder::new(level_max);
    let parsed = ChunkParser::new().parse(&mut builder, &mut lexer);
    let gathered = lexer.into_gathered();
    let (boundary, in_targets) = (builder.boundary, builder.in_targets);
    if builder.is_too_deep {
        let unread = Unread { boundary, stopped_at: None, refused_in_targets: false };
        return Parsed { gathered, result: Err(Fault::overflow()), unread };
    }
    let (stopped_at, is_refused) = match &parsed {
        Err(ParseError::UnrecognizedToken { token: (start, ..), .. }) => (Some(*start), true),
        Err(ParseError::UnrecognizedEof { .. }) => (Some(source.len() as u32), true),
        Err(ParseError::User { error }) => (error.offset(), false),
        _ => (None, false),
    };
    let unread = Unread { boundary, stopped_at, refused_in_targets: is_refused && in_targets };
    let result = match parsed {
        Ok(block) => Ok((builder.tree, block)),
        // Also after a token that cannot be read: the reference may have stopped at the one before.
        Err(_) => Err(diagnose::refusal(source, code_start, &gathered.lines, level_max)),
    };
    Parsed { gathered, result, unread }
}

/// Parses what stands before `boundary` as if `completion` and then the ends of everything open stood there; `None`
/// when that takes more.
///
/// The reference finds faults of meaning while it reads, so one that stands before a refused token comes
/// first. Here they are found later, and after a refusal only by this second look.
pub(crate) fn parse_before(
    source: &[u8],
    code_start: u32,
    boundary: u32,
    completion: &[Token],
) -> Option<(Gathered, Tree, List<Statement>)> {
    // What is closed by force lies behind the source, where no fault of the statements read can be.
    let behind = source.len() as u32 + 1;
    let closers = closers(source, code_start, boundary);
    let mut lexer = Lexer::at(source, code_start);
    let mut builder = Builder::new(u32::MAX);
    let read = (&mut lexer).take_while(|token| token.as_ref().is_ok_and(|(_, _, end)| *end <= boundary));
    let forced = completion.iter().copied().chain(closers);
    let tokens = read.chain(forced.map(|token| Ok((behind, token, behind))));
    let block = ChunkParser::new().parse(&mut builder, tokens).ok()?;
    Some((lexer.into_gathered(), builder.tree, block))
}
