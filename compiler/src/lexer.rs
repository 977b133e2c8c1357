//! The stream of tokens that the parser reads, and single tokens read again for a message.
//!
//! Invariant: offsets count from the start of the source as given, a skipped first line included.
//! Not here: the tokens (`token.rs`), which of them may follow which (`grammar.lalrpop`).

use crate::error::Fault;
use crate::token::{Gathered, Token};
use logos::Logos;

/// A token between the offsets at which it begins and ends.
pub(crate) type Spanned = (u32, Token, u32);

/// The tokens of a source.
pub(crate) struct Lexer<'s> {
    tokens: logos::Lexer<'s, Token>,
}

impl<'s> Lexer<'s> {
    /// The tokens from `offset` on. Line breaks before it are not gathered.
    pub(crate) fn at(source: &'s [u8], offset: u32) -> Self {
        let mut tokens = Token::lexer_with_extras(source, Gathered::new());
        tokens.bump(offset as usize);
        Self { tokens }
    }

    /// What was gathered on the way.
    pub(crate) fn into_gathered(self) -> Gathered {
        self.tokens.extras
    }
}

impl Iterator for &mut Lexer<'_> {
    type Item = Result<Spanned, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.tokens.next()?;
        let span = self.tokens.span();
        Some(token.map(|token| (span.start as u32, token, span.end as u32)))
    }
}

/// The token after `offset`: where it ends, and how a message shows it. A token that cannot be read shows as
/// nothing.
pub(crate) fn next_token(source: &[u8], offset: u32) -> (u32, Option<Vec<u8>>) {
    let offset = offset.min(source.len() as u32);
    let mut lexer = Lexer::at(source, offset);
    match (&mut lexer).next() {
        None => (source.len() as u32, Some(b"<eof>".to_vec())),
        Some(Err(_)) => (offset, None),
        Some(Ok((start, token, end))) => {
            // To the reference this token is none.
            if token == Token::Unknown(0) {
                return (end, None);
            }
            let text = &source[start as usize..end as usize];
            let shown = match token {
                Token::Unknown(byte) if !(b' '..=b'~').contains(&byte) => {
                    format!("'<\\{byte}>'").into_bytes()
                }
                Token::String(symbol) => {
                    // The reference shows its buffer: the delimiters as written, the text as decoded.
                    let delimiter = match text[0] {
                        b'[' => {
                            text.iter().skip(1).position(|byte| *byte == b'[').map_or(0, |equals| equals + 2)
                        }
                        _ => 1,
                    };
                    let gathered = lexer.into_gathered();
                    let (open, close) = (&text[..delimiter], &text[text.len() - delimiter..]);
                    [b"'", open, gathered.symbols.text(symbol), close, b"'"].concat()
                }
                _ => [b"'", text, b"'"].concat(),
            };
            // A message is a C string to the reference.
            let length = shown.iter().position(|byte| *byte == 0);
            (
                end,
                Some(match length {
                    Some(length) => [&shown[..length], b"'"].concat(),
                    None => shown,
                }),
            )
        }
    }
}
