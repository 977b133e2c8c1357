//! From the tree to instructions, in one pass over it.
//!
//! ```text
//! statement ──> expression ──> operator ──> operand ──> jump ──> code
//!           └─> block ──────────────────────────────────┘
//! ```
//!
//! Each stage is a block of methods of one `Emitter` and calls those to its right; `statement` and
//! `expression` meet again in function bodies.
//!
//! The lines that instructions get are the reference's, since messages and tracebacks show them. Its compiler
//! emits while it reads, with the line of the token read last; so the emission here says which token that
//! would be (`Emitter::at`) each time the reference would have read on.
//!
//! Invariant: the prototype passes the loader's verification: operands in range, jumps to instructions.
//! Not here: the tree, names of opcodes.

use crate::ast::{List, Statement, Tree};
use crate::error::Fault;
use crate::prototype::Prototype;
use crate::scope::{Scope, Upvalue, VariableKind};
use crate::span::LineMap;
use crate::symbol::SymbolTable;
use code::{Emitter, KnownNames, UpvalueFacts};

mod code;
mod jump;
mod operand;
mod operator;
mod block;
mod expression;
mod statement;

/// A fault of meaning, and the end of the last token that the reference had read when it met it.
pub(crate) struct Failure {
    pub(crate) fault: Fault,
    pub(crate) position: u32,
}

/// Compiles the main function, whose block is `block`.
pub(crate) fn main_function(
    source: &[u8],
    tree: &Tree,
    block: List<Statement>,
    symbols: &mut SymbolTable,
    lines: &LineMap,
) -> Result<Prototype, Failure> {
    let names = KnownNames::new(symbols);
    let mut emitter = Emitter::new(source, tree, symbols, lines, names);
    main_with(&mut emitter, block).map_err(|fault| Failure { fault, position: emitter.position })
}

fn main_with(emitter: &mut Emitter<'_>, block: List<Statement>) -> Result<Prototype, Fault> {
    let id = emitter.scope.new_id();
    emitter.function.upvalues.push(Upvalue {
        name: emitter.names.env,
        in_stack: true,
        index: 0,
        kind: VariableKind::Regular,
        id,
        is_initialised: true,
    });
    emitter.enter_block(false);
    emitter.set_vararg();
    emitter.statements(block)?;
    let (mut prototype, facts) = emitter.finish_function(0)?;
    settle_upvalues(&mut prototype, &facts, &emitter.scope);
    Ok(prototype)
}

/// Says of each upvalue whether its variable is assigned anywhere, now that everything was seen.
fn settle_upvalues(prototype: &mut Prototype, facts: &UpvalueFacts, scope: &Scope) {
    for (upvalue, (id, is_initialised)) in prototype.upvalues.iter_mut().zip(&facts.upvalues) {
        upvalue.is_constant = *is_initialised && !scope.is_assigned(*id);
    }
    for (child, facts) in prototype.children.iter_mut().zip(&facts.children) {
        settle_upvalues(child, facts, scope);
    }
}

#[cfg(test)]
mod tests;
