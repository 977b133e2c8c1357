//! From the tree to instructions, in one pass over it.
//!
//! ```text
//! statement ──> expression ──> operator ──> operand ──> jump ──> code
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
use crate::token::Gathered;
use code::{Emitter, KnownNames, UpvalueFacts};

mod code;
mod expression;
mod jump;
mod operand;
mod operator;
mod statement;

/// Compiles the main function, whose block is `block`.
pub(crate) fn main_function(
    source: &[u8],
    tree: &Tree,
    block: List<Statement>,
    gathered: &mut Gathered,
) -> Result<Prototype, Fault> {
    let names = KnownNames::new(&mut gathered.symbols);
    let mut emitter = Emitter::new(source, tree, &gathered.symbols, &gathered.lines, names);
    let id = emitter.scope.new_id();
    emitter.function.upvalues.push(Upvalue {
        name: names.env,
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
