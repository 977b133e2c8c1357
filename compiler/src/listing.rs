//! A prototype as text, for people and for goldens.
//!
//! ```text
//! main <orders.lua:0,0> 9 words, 2 registers, 0+ parameters
//!    0 [1] VarArgPrepare 0
//!    1 [1] GetTabUp 0 0 0          ; _ENV "print"
//!    …
//! constants 2
//!    0 "print"
//! ```
//!
//! Operands stand in the order A, B, C, auxiliary word; what they name is after the semicolon. All from the
//! opcode table, so that a new opcode lists itself.
//!
//! Invariant: total: foreign words list as numbers.
//! Not here: the command that prints it.

use crate::chunk_name::short_source;
use crate::prototype::{Constant, Prototype, UpvalueDescription};
use dumpfmt::bytecode::Operand;
use dumpfmt::numeral::float_text;
use dumpfmt::step::Step;
use std::fmt::Write;

/// Lists a function and all functions inside it, outermost first.
pub fn list(prototype: &Prototype, chunk_name: &[u8]) -> String {
    let mut text = String::new();
    let source = String::from_utf8_lossy(&short_source(chunk_name)).into_owned();
    let mut waiting = vec![prototype];
    while let Some(function) = waiting.pop() {
        if !text.is_empty() {
            text.push('\n');
        }
        let is_main = std::ptr::eq(function, prototype) && function.line_defined == 0;
        header(&mut text, function, if is_main { "main" } else { "function" }, &source);
        instructions(&mut text, function);
        tables(&mut text, function);
        waiting.extend(function.children.iter().rev());
    }
    text
}

fn header(text: &mut String, function: &Prototype, kind: &str, source: &str) {
    line(
        text,
        format_args!(
            "{kind} <{source}:{},{}> {} words, {} registers, {}{} parameters",
            function.line_defined,
            function.last_line_defined,
            function.code.len(),
            function.register_count,
            function.parameter_count,
            if function.is_vararg { "+" } else { "" },
        ),
    );
}

/// Writing to a `String` cannot fail.
fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    let written = writeln!(text, "{content}");
    debug_assert!(written.is_ok());
}

fn instructions(text: &mut String, function: &Prototype) {
    let mut pc = 0;
    while pc < function.code.len() {
        let word = function.code[pc];
        let source_line = function.lines.get(pc).copied().unwrap_or(0);
        let mut shown = word.to_string();
        let mut comment = Vec::new();
        let mut length = 1;
        if let Ok(step) = Step::read(pc as u32, word, function.code.get(pc + 1).copied()) {
            if step.opcode.info().aux != Operand::None {
                let written = write!(shown, " {}", step.aux);
                debug_assert!(written.is_ok());
            }
            let operands = step.operands();
            comment.extend(operands.iter().filter_map(|(kind, value)| meaning(function, *kind, *value)));
            comment.extend(step.jump_target().map(|target| format!("to {target}")));
            length = (step.next - step.index) as usize;
        }
        if comment.is_empty() {
            line(text, format_args!("{pc:4} [{source_line}] {shown}"));
        } else {
            line(text, format_args!("{pc:4} [{source_line}] {shown:<28} ; {}", comment.join(" ")));
        }
        pc += length;
    }
}

/// What an operand names.
fn meaning(function: &Prototype, kind: Operand, value: u32) -> Option<String> {
    let index = value as usize;
    match kind {
        Operand::Constant | Operand::Key => {
            Some(function.constants.get(index).map_or("?".to_owned(), constant))
        }
        Operand::Upvalue => Some(function.upvalues.get(index).map_or("?".to_owned(), upvalue_name)),
        Operand::Child => {
            Some(function.children.get(index).map_or("?".to_owned(), |child| {
                format!("<{},{}>", child.line_defined, child.last_line_defined)
            }))
        }
        Operand::None
        | Operand::Register
        | Operand::Row
        | Operand::Number
        | Operand::Signed
        | Operand::Hint => None,
    }
}

fn upvalue_name(upvalue: &UpvalueDescription) -> String {
    upvalue.name.as_deref().map_or("?".to_owned(), |name| String::from_utf8_lossy(name).into_owned())
}

fn constant(constant: &Constant) -> String {
    match constant {
        Constant::Nil => "nil".to_owned(),
        Constant::Boolean(value) => value.to_string(),
        Constant::Integer(value) => value.to_string(),
        Constant::Float(value) => float_text(*value).to_string(),
        Constant::String(bytes) => format!("\"{}\"", bytes.escape_ascii()),
    }
}

fn tables(text: &mut String, function: &Prototype) {
    if !function.constants.is_empty() {
        line(text, format_args!("constants {}", function.constants.len()));
        for (index, value) in function.constants.iter().enumerate() {
            line(text, format_args!("{index:4} {}", constant(value)));
        }
    }
    if !function.locals.is_empty() {
        line(text, format_args!("locals {}", function.locals.len()));
        for (index, local) in function.locals.iter().enumerate() {
            let name = String::from_utf8_lossy(&local.name);
            line(
                text,
                format_args!(
                    "{index:4} {name} in {} from {} to {}",
                    local.register, local.start_pc, local.end_pc
                ),
            );
        }
    }
    if !function.upvalues.is_empty() {
        line(text, format_args!("upvalues {}", function.upvalues.len()));
        for (index, upvalue) in function.upvalues.iter().enumerate() {
            let name = upvalue_name(upvalue);
            let place = if upvalue.in_stack { "register" } else { "upvalue" };
            let constant = if upvalue.is_constant { ", constant" } else { "" };
            line(text, format_args!("{index:4} {name} from {place} {}{constant}", upvalue.index));
        }
    }
}

#[cfg(test)]
mod tests;
