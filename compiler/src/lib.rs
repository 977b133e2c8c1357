//! From the source text of a Lua 5.4 chunk to a [`Prototype`].
//!
//! Pure: bytes in, an owned tree of functions or a [`SyntaxError`] out. No I/O, no Lua heap, no state between
//! calls. Modules stand in reading order; each uses only those above it.

#![forbid(unsafe_code)]

pub mod chunk_name;
mod source;
pub mod error;
mod span;
mod hash;
mod symbol;
mod scan;
mod token;
mod lexer;
mod ast;
lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, clippy::pedantic, missing_docs, unused, unreachable_pub)]
    grammar
);
mod diagnose;
mod parse;
pub mod prototype;
pub mod verify;
pub mod chunk;
mod fold;
mod register;
mod scope;
mod emit;
pub mod listing;

pub use error::SyntaxError;
pub use prototype::Prototype;
pub use source::Source;

use error::Fault;

/// Nested calls before "C stack overflow" (the reference's LUAI_MAXCCALLS): those of machine code, and the
/// levels of statements and expressions that are open in its parser.
pub const NESTING_MAX: u32 = 200;

/// Compiles what a program had in a string; `chunk_name` is marked as Lua marks it: `@file`, `=name`, or the text itself.
pub fn compile(text: &[u8], chunk_name: &[u8]) -> Result<Prototype, SyntaxError> {
    compile_nested(Source::of_string(text, chunk_name), 0)
}

/// Compiles a chunk for a caller that is itself inside `calls` nested calls of machine code: the reference counts those
/// and the levels of its parser together.
pub fn compile_nested(source: Source<'_>, calls: u32) -> Result<Prototype, SyntaxError> {
    let Source { text, name, .. } = source;
    let level_max = (NESTING_MAX - 1).saturating_sub(calls);
    let error = |fault: Fault, lines: &span::LineMap| {
        let detail = fault.0.map(|detail| *detail);
        let (offset, message, near) = match detail {
            Some(detail) => (detail.offset, detail.message, detail.near),
            None => (Some(0), b"syntax error".to_vec(), None),
        };
        SyntaxError {
            chunk: chunk_name::short_source(name),
            line: offset.map_or(0, |offset| lines.line_before(offset)),
            message,
            near,
        }
    };
    // Offsets are 32 bits wide; the last value stays free for the end.
    if text.len() >= u32::MAX as usize {
        let fault = Fault::new(0, "chunk has too many bytes", None);
        return Err(error(fault, &span::LineMap::default()));
    }
    let code_start = source.code_start();
    let parse::Parsed { mut gathered, result } = parse::parse(text, code_start, level_max);
    let compiled = match result {
        Ok((tree, block)) => emit::main_function(text, &tree, block, &mut gathered.symbols, &gathered.lines)
            .map_err(|failure| failure.fault),
        Err(refusal) => {
            Err(earlier_fault(text, code_start, &refusal, &gathered.lines).unwrap_or(refusal.fault))
        }
    };
    compiled.map_err(|fault| error(fault, &gathered.lines))
}

/// The fault of meaning, if there is one, that the reference meets before it refuses the chunk.
fn earlier_fault(
    text: &[u8],
    code_start: u32,
    refusal: &diagnose::Refusal,
    lines: &span::LineMap,
) -> Option<Fault> {
    let (mut gathered, tree, block) = parse::parse_before(text, code_start, refusal)?;
    let failure = emit::main_function(text, &tree, block, &mut gathered.symbols, lines).err()?;
    refusal.comes_after(failure.position).then_some(failure.fault)
}
