//! The tokens of Lua, and how logos cuts them.
//!
//! Invariant: no byte sequence is a lexer error by itself: a byte that begins nothing is [`Token::Unknown`],
//! which the parser refuses; faults come only from the scanners.
//! Not here: what is inside numerals and strings (`scan.rs`).

use crate::error::Fault;
use crate::scan;
use crate::span::LineMap;
use crate::symbol::{Symbol, SymbolTable};
use dumpfmt::numeral::Number;
use logos::{FilterResult, Lexer, Logos};

/// What lexing gathers besides the tokens.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) symbols: SymbolTable,
    pub(crate) lines: LineMap,
    /// The text of the string being decoded.
    scratch: Vec<u8>,
}

impl Gathered {
    pub(crate) fn new() -> Self {
        Self { symbols: SymbolTable::new(), lines: LineMap::default(), scratch: Vec::new() }
    }
}

macro_rules! tokens {
    ($( $name:ident $text:literal )+) => {
        /// One token.
        #[derive(Clone, Copy, Debug, PartialEq, Logos)]
        #[logos(utf8 = false, extras = Gathered, error = Fault)]
        pub(crate) enum Token {
            $( #[token($text)] $name, )+

            #[regex(b"[A-Za-z_][A-Za-z0-9_]*", |lexer| lexer.extras.symbols.intern(lexer.slice()))]
            Name(Symbol),
            #[regex(b"[\"']", quoted_string)]
            #[regex(b"\\[=*\\[", long_string)]
            String(Symbol),
            #[regex(b"\\.?[0-9]", numeral)]
            Numeral(LuaNumber),

            #[regex(b"\\[=+", bad_long_bracket, priority = 3)]
            #[regex(b"[ \t\x0b\x0c]+", logos::skip)]
            #[regex(b"\n\r?|\r\n?", line_break)]
            #[token(b"--", comment)]
            #[doc(hidden)]
            Skipped,

            /// A byte that no token begins with.
            #[regex(b"[\x00-\xff]", |lexer| lexer.slice()[0], priority = 0)]
            Unknown(u8),
        }

        impl Token {
            /// Whether no statement of a block can begin with it.
            pub(crate) fn ends_block(self) -> bool {
                matches!(self, Token::End | Token::Else | Token::ElseIf | Token::Until)
            }

            /// The text of a keyword or operator.
            pub(crate) fn fixed_text(self) -> Option<&'static str> {
                match self {
                    $( Token::$name => Some($text), )+
                    Token::Name(_) | Token::String(_) | Token::Numeral(_) | Token::Skipped | Token::Unknown(_) => None,
                }
            }
        }
    };
}

tokens! {
    And "and" Break "break" Do "do" Else "else" ElseIf "elseif" End "end" False "false" For "for"
    Function "function" Goto "goto" If "if" In "in" Local "local" Nil "nil" Not "not" Or "or"
    Repeat "repeat" Return "return" Then "then" True "true" Until "until" While "while"
    Plus "+" Minus "-" Star "*" Slash "/" DoubleSlash "//" Percent "%" Caret "^" Hash "#"
    Ampersand "&" Tilde "~" Bar "|" ShiftLeft "<<" ShiftRight ">>"
    Equal "==" NotEqual "~=" LessEqual "<=" GreaterEqual ">=" Less "<" Greater ">" Assign "="
    ParenOpen "(" ParenClose ")" BraceOpen "{" BraceClose "}" BracketOpen "[" BracketClose "]"
    DoubleColon "::" Semicolon ";" Colon ":" Comma "," Dot "." Concat ".." Ellipsis "..."
}

/// The number of a numeral; apart from [`Number`] only because a token must be comparable.
pub(crate) type LuaNumber = Number;

type Source<'s> = Lexer<'s, Token>;

fn numeral(lexer: &mut Source<'_>) -> Result<Number, Fault> {
    let span = lexer.span();
    let (end, number) = scan::numeral(lexer.source(), span.start);
    lexer.bump(end - span.end);
    number
}

fn quoted_string(lexer: &mut Source<'_>) -> Result<Symbol, Fault> {
    let source = lexer.source();
    let span = lexer.span();
    let Gathered { symbols, lines, scratch } = &mut lexer.extras;
    let (end, kind) = scan::quoted_string(source, span.start, scratch, |offset| lines.push(offset as u32))?;
    let symbol = match kind {
        scan::Quoted::Verbatim => symbols.intern(&source[span.end..end - 1]),
        scan::Quoted::Decoded => symbols.intern(scratch),
    };
    lexer.bump(end - span.end);
    Ok(symbol)
}

fn unfinished(lexer: &mut Source<'_>, what: &str, start: usize) -> Fault {
    let source = lexer.source();
    let line = lexer.extras.lines.line_before(start as u32);
    lexer.extras.lines.push_all(&source[start..], start as u32);
    let message = format!("unfinished long {what} (starting at line {line})");
    Fault::new(source.len() as u32, message, Some(b"<eof>".to_vec()))
}

fn long_string(lexer: &mut Source<'_>) -> Result<Symbol, Fault> {
    let source = lexer.source();
    let span = lexer.span();
    let Some((content_end, end)) = scan::long_bracket(source, span.start, span.end) else {
        return Err(unfinished(lexer, "string", span.start));
    };
    let content = &source[span.end..content_end];
    let Gathered { symbols, lines, scratch } = &mut lexer.extras;
    lines.push_all(content, span.end as u32);
    let symbol = symbols.intern(scan::long_string_text(content, scratch));
    lexer.bump(end - span.end);
    Ok(symbol)
}

fn bad_long_bracket(lexer: &mut Source<'_>) -> FilterResult<(), Fault> {
    let shown = [b"'", lexer.slice(), b"'"].concat();
    FilterResult::Error(Fault::new(lexer.span().end as u32, "invalid long string delimiter", Some(shown)))
}

fn line_break(lexer: &mut Source<'_>) -> FilterResult<(), Fault> {
    let offset = lexer.span().start as u32;
    lexer.extras.lines.push(offset);
    FilterResult::Skip
}

fn comment(lexer: &mut Source<'_>) -> FilterResult<(), Fault> {
    let source = lexer.source();
    let start = lexer.span().end;
    if let Some(content) = scan::long_bracket_open(source, start) {
        let Some((content_end, end)) = scan::long_bracket(source, start, content) else {
            return FilterResult::Error(unfinished(lexer, "comment", start));
        };
        lexer.extras.lines.push_all(&source[content..content_end], content as u32);
        lexer.bump(end - start);
    } else {
        let rest = &source[start..];
        lexer.bump(memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()));
    }
    FilterResult::Skip
}
