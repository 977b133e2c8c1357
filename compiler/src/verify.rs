//! What the interpreter trusts code to keep to, checked before it runs code that it has not compiled itself.
//!
//! ```text
//!   words ──> steps: operands, rows, constants, jumps, skips      one look at each instruction
//!                │
//!                └──> flow: control stays inside; lists that are opened are taken at once;
//!                     to-be-closed variables are marked bottom up and closed before their frame goes
//! ```
//!
//! Not everything that the compiler keeps to is checked, only what memory depends on. Types of registers are
//! not: every handler copes with any value in any register. Neither is that a register was written before it
//! is read: each slot of a stack holds a value at every moment.
//!
//! Invariant: pure, total and linear in the size of the code; what `compile` yields passes.
//! Not here: how many bytes a chunk may claim (`chunk.rs`).

use crate::prototype::{Constant, Prototype};
use dumpfmt::bytecode::{Opcode, Operand, REGISTER_COUNT_MAX, SHORT_STRING_LENGTH_MAX};
use dumpfmt::layout::roots::Event;
use dumpfmt::step::{Limits, Step};
use flow::Flow;
use std::fmt;

mod flow;

/// Functions nested in one another: more than the parser's levels allow.
pub const NESTING_MAX: usize = 200;

/// Registers that one word can fill at most; so a constructor has no more items than this for each word.
const ITEMS_PER_WORD: u64 = REGISTER_COUNT_MAX as u64;

/// Why code must not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line of the function.
    pub line_defined: u32,
    /// The word concerned; `None` for the function as a whole.
    pub word: Option<u32>,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line_defined {
            0 => f.write_str("main function")?,
            line => write!(f, "function at line {line}")?,
        }
        if let Some(word) = self.word {
            write!(f, ", word {word}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for Flaw {}

/// Checks a function and all functions inside it.
pub fn verify(prototype: &Prototype) -> Result<(), Flaw> {
    let mut waiting = vec![(prototype, 1)];
    while let Some((function, level)) = waiting.pop() {
        Verifier { function }.verify()?;
        if level == NESTING_MAX && !function.children.is_empty() {
            return Err(Flaw {
                line_defined: function.line_defined,
                word: None,
                what: "functions are nested too deeply",
            });
        }
        waiting.extend(function.children.iter().map(|child| (child, level + 1)));
    }
    Ok(())
}

/// A function being verified.
struct Verifier<'a> {
    function: &'a Prototype,
}

impl Verifier<'_> {
    fn verify(&self) -> Result<(), Flaw> {
        self.shape()?;
        let steps = self.steps()?;
        for step in &steps {
            self.operands(step)?;
        }
        Flow::new(self.function, &steps).verify()
    }

    fn require(&self, holds: bool, word: impl Into<Option<u32>>, what: &'static str) -> Result<(), Flaw> {
        if holds {
            return Ok(());
        }
        Err(Flaw { line_defined: self.function.line_defined, word: word.into(), what })
    }

    /// Everything but the code.
    fn shape(&self) -> Result<(), Flaw> {
        let function = self.function;
        let registers = usize::from(function.register_count);
        let has_frame = (2..=REGISTER_COUNT_MAX).contains(&registers)
            && usize::from(function.parameter_count) <= registers;
        self.require(has_frame, None, "its frame has no room for what it needs")?;
        let words = function.code.len();
        let lines = function.lines.len();
        self.require(lines == 0 || lines == words, None, "its lines are not those of its code")?;
        self.require(function.upvalues.len() <= u8::MAX.into(), None, "too many upvalues")?;
        for child in &function.children {
            let found = child.upvalues.iter().all(|upvalue| {
                let count = if upvalue.in_stack { registers } else { function.upvalues.len() };
                usize::from(upvalue.index) < count
            });
            self.require(found, None, "a function inside it captures a variable that is not there")?;
        }
        let mut last_start = 0;
        for local in &function.locals {
            let is_ordered = last_start <= local.start_pc && local.start_pc <= local.end_pc;
            last_start = local.start_pc;
            let fits =
                is_ordered && local.end_pc as usize <= words && usize::from(local.register) < registers;
            self.require(fits, None, "a local variable lives outside of it")?;
        }
        Ok(())
    }

    fn steps(&self) -> Result<Vec<Step>, Flaw> {
        let code = &self.function.code;
        self.require(u32::try_from(code.len()).is_ok(), None, "too much code")?;
        let mut steps = Vec::new();
        let mut index = 0;
        while let Some(word) = code.get(index).copied() {
            match Step::read(index as u32, word, code.get(index + 1).copied()) {
                Ok(step) => {
                    steps.push(step);
                    index = step.next as usize;
                }
                Err(_) => self.require(false, index as u32, "no instruction")?,
            }
        }
        let ends = steps.last().is_some_and(|step| matches!(step.opcode, Opcode::Return | Opcode::Return0));
        self.require(ends, None, "it does not end in a return")?;
        Ok(steps)
    }

    /// One instruction for itself.
    fn operands(&self, step: &Step) -> Result<(), Flaw> {
        let function = self.function;
        let limits = Limits {
            registers: function.register_count.into(),
            upvalues: function.upvalues.len() as u32,
            constants: u32::try_from(function.constants.len()).unwrap_or(u32::MAX),
            children: u32::try_from(function.children.len()).unwrap_or(u32::MAX),
        };
        self.require(step.fits(&limits), step.index, "an operand names nothing")?;
        // Of the instructions that call an event, those with a constant operand that is no key, stored value or
        // comparand calculate with it.
        let takes_number = Event::called_by(step.opcode)
            .is_some_and(|event| !matches!(event, Event::Index | Event::NewIndex | Event::Equal));
        for (operand, value) in step.operands() {
            let fits = match operand {
                Operand::Key => match &function.constants[value as usize] {
                    Constant::String(bytes) => bytes.len() <= SHORT_STRING_LENGTH_MAX,
                    _ => false,
                },
                Operand::Constant if takes_number => {
                    matches!(function.constants[value as usize], Constant::Integer(_) | Constant::Float(_))
                }
                Operand::None | Operand::Hint => value == 0,
                _ => true,
            };
            self.require(fits, step.index, "an operand is of the wrong kind")?;
        }
        let word = step.instruction;
        let words = function.code.len() as u64;
        let fits = match step.opcode {
            Opcode::Concat => word.b() >= 2,
            Opcode::GenericForCall => word.c() >= 1,
            Opcode::VarArg => function.is_vararg,
            Opcode::VarArgPrepare => {
                step.index == 0 && function.is_vararg && word.a() == function.parameter_count
            }
            // Room is taken before anything is stored, so no more than the constructor can fill.
            Opcode::NewTable => {
                let fields = match word.b() {
                    0 => 0,
                    logarithm => 1u64.checked_shl(u32::from(logarithm) - 1).unwrap_or(u64::MAX),
                };
                u64::from(step.aux) <= words * ITEMS_PER_WORD && fields <= words * 2
            }
            Opcode::SetList => u64::from(step.aux) <= words * ITEMS_PER_WORD,
            Opcode::NativeReturn => false,
            _ => true,
        };
        self.require(fits, step.index, "an operand is out of its range")
    }
}

#[cfg(test)]
mod tests;
