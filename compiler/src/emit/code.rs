//! The functions being compiled and their growing code.
//!
//! Invariant: every word has a line; `auxiliary` tells which words are no instructions, so that code already
//! written can be read back.
//! Not here: what is emitted for what (`operand.rs` and its neighbours).

use crate::ast::{End, Tree};
use crate::error::Fault;
use crate::hash::Seed;
use crate::lexer::next_token;
use crate::prototype::{Constant, LocalVariable, Prototype};
use crate::register::{OutOfRegisters, Registers};
use crate::scope::{Block, Scope, Upvalue, VariableId};
use crate::span::LineMap;
use crate::symbol::{Symbol, SymbolTable};
use dumpfmt::bytecode::{Instruction, Opcode};
use std::collections::HashMap;

pub(super) type Emitted<T> = Result<T, Fault>;

/// What makes two constants one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ConstantKey {
    Nil,
    True,
    False,
    Integer(i64),
    FloatBits(u64),
    String(Symbol),
}

/// A function being compiled.
pub(super) struct FunctionState {
    pub(super) code: Vec<Instruction>,
    pub(super) auxiliary: Vec<bool>,
    pub(super) lines: Vec<u32>,
    pub(super) constants: Vec<Constant>,
    constant_index: HashMap<ConstantKey, u32, Seed>,
    pub(super) children: Vec<Prototype>,
    /// The variables behind the children's upvalues, child by child.
    pub(super) child_upvalues: Vec<UpvalueFacts>,
    pub(super) upvalues: Vec<Upvalue>,
    pub(super) locals: Vec<LocalVariable>,
    pub(super) line_defined: u32,
    pub(super) parameter_count: u8,
    pub(super) is_vararg: bool,
    pub(super) registers: Registers,
    pub(super) blocks: Vec<Block>,
    /// The function's first variable in [`Scope::variables`].
    pub(super) first_variable: usize,
    pub(super) active_count: usize,
    /// Registers that active variables hold.
    pub(super) variable_registers: u8,
    /// The last word that something may jump to: what stands before it must not be merged with what follows.
    pub(super) last_target: usize,
    /// The instruction emitted last, unless it was taken back.
    pub(super) previous: Option<usize>,
    /// Whether returning must close upvalues or to-be-closed variables.
    pub(super) needs_close: bool,
}

/// The variables behind a function's upvalues, and the same for the functions inside it.
#[derive(Debug)]
pub(super) struct UpvalueFacts {
    pub(super) upvalues: Vec<(VariableId, bool)>,
    pub(super) children: Vec<UpvalueFacts>,
}

impl FunctionState {
    pub(super) fn new(first_variable: usize, line_defined: u32, seed: Seed) -> Self {
        Self {
            code: Vec::new(),
            auxiliary: Vec::new(),
            lines: Vec::new(),
            constants: Vec::new(),
            constant_index: HashMap::with_hasher(seed),
            children: Vec::new(),
            child_upvalues: Vec::new(),
            upvalues: Vec::new(),
            locals: Vec::new(),
            line_defined,
            parameter_count: 0,
            is_vararg: false,
            registers: Registers::new(),
            blocks: Vec::new(),
            first_variable,
            active_count: 0,
            variable_registers: 0,
            last_target: 0,
            previous: None,
            needs_close: false,
        }
    }

    /// Room for what most functions need: five reallocations less of each list.
    pub(super) fn with_room(mut self) -> Self {
        const WORDS: usize = 64;
        self.code.reserve(WORDS);
        self.auxiliary.reserve(WORDS);
        self.lines.reserve(WORDS);
        self.constants.reserve(8);
        self.constant_index.reserve(14);
        self.locals.reserve(8);
        self
    }

    pub(super) fn pc(&self) -> usize {
        self.code.len()
    }

    /// The opcode of the instruction at `pc`, which is no auxiliary word.
    pub(super) fn opcode(&self, pc: usize) -> Option<Opcode> {
        if self.auxiliary[pc] { None } else { self.code[pc].opcode() }
    }

    /// The instruction emitted last, if nothing jumps to the place after it.
    pub(super) fn mergeable(&self) -> Option<usize> {
        if self.pc() > self.last_target { self.previous } else { None }
    }

    pub(super) fn set_a(&mut self, pc: usize, a: u8) {
        let word = self.code[pc].0;
        self.code[pc].0 = word & !0xff00 | u32::from(a) << 8;
    }

    pub(super) fn set_b(&mut self, pc: usize, b: u8) {
        let word = self.code[pc].0;
        self.code[pc].0 = word & !0x00ff_0000 | u32::from(b) << 16;
    }

    pub(super) fn set_c(&mut self, pc: usize, c: u8) {
        let word = self.code[pc].0;
        self.code[pc].0 = word & !0xff00_0000 | u32::from(c) << 24;
    }

    /// Gives the instruction emitted last, its auxiliary word included, the line `line`.
    pub(super) fn fix_line(&mut self, line: u32) {
        if let Some(previous) = self.previous {
            for word in &mut self.lines[previous..] {
                *word = line;
            }
        }
    }
}

/// A compilation: the tree read, the functions open from the outermost inwards, and where in the source the
/// emission stands.
pub(super) struct Emitter<'a> {
    pub(super) source: &'a [u8],
    pub(super) tree: &'a Tree,
    pub(super) symbols: &'a SymbolTable,
    pub(super) line_map: &'a LineMap,
    pub(super) names: KnownNames,
    pub(super) scope: Scope,
    /// The function being compiled.
    pub(super) function: FunctionState,
    /// The functions around it, outermost first.
    pub(super) outer: Vec<FunctionState>,
    /// The end of the token that the reference's parser would have read last.
    pub(super) position: End,
    /// The position at which a positional field of a constructor begins.
    pub(super) item_start: Option<End>,
    /// The line of `position`, when it was last asked.
    line: u32,
    line_position: End,
}

/// Names that the language itself uses.
#[derive(Clone, Copy)]
pub(super) struct KnownNames {
    pub(super) env: Symbol,
    pub(super) self_name: Symbol,
    pub(super) for_state: Symbol,
    pub(super) break_name: Symbol,
    pub(super) const_name: Symbol,
    pub(super) close_name: Symbol,
}

impl KnownNames {
    pub(super) fn new(symbols: &mut SymbolTable) -> Self {
        Self {
            env: symbols.intern(b"_ENV"),
            self_name: symbols.intern(b"self"),
            for_state: symbols.intern(b"(for state)"),
            break_name: symbols.intern(b"break"),
            const_name: symbols.intern(b"const"),
            close_name: symbols.intern(b"close"),
        }
    }
}

impl<'a> Emitter<'a> {
    pub(super) fn new(
        source: &'a [u8],
        tree: &'a Tree,
        symbols: &'a SymbolTable,
        line_map: &'a LineMap,
        names: KnownNames,
    ) -> Self {
        Self {
            source,
            tree,
            symbols,
            line_map,
            names,
            scope: Scope::new(symbols.seed()),
            function: FunctionState::new(0, 0, symbols.seed()).with_room(),
            outer: Vec::new(),
            position: 0,
            item_start: None,
            line: 1,
            line_position: 0,
        }
    }

    // ---- places and faults

    /// The token that ends at `end` was read.
    pub(super) fn at(&mut self, end: End) {
        self.position = end;
    }

    /// The token read last counts as if it stood on the line of `end`, though none after it was read.
    pub(super) fn looked_ahead_to(&mut self, end: End) {
        self.line = self.line_of(end);
        self.line_position = self.position;
    }

    /// The line of the token read last.
    pub(super) fn current_line(&mut self) -> u32 {
        if self.line_position != self.position {
            self.line = self.line_of(self.position);
            self.line_position = self.position;
        }
        self.line
    }

    /// The line of the token that ends at `end`.
    pub(super) fn line_of(&self, end: End) -> u32 {
        self.line_map.line_before_near(end, self.line)
    }

    /// A fault of meaning: it has a line but no token.
    pub(super) fn fault(&self, message: impl Into<Vec<u8>>) -> Fault {
        Fault::new(next_token(self.source, self.position).0, message, None)
    }

    /// A fault of meaning about a name: `before`, the name, `after`.
    pub(super) fn fault_named(&self, before: &str, name: Symbol, after: &str) -> Fault {
        self.fault([before.as_bytes(), self.symbols.text(name), after.as_bytes()].concat())
    }

    /// A fault that the reference reports at the token to come.
    pub(super) fn fault_near(&self, message: impl Into<Vec<u8>>) -> Fault {
        let (end, near) = next_token(self.source, self.position);
        Fault::new(end, message, near)
    }

    /// A limit of the function is exceeded.
    pub(super) fn limit_fault(&self, line_defined: u32, what: &str, limit: usize) -> Fault {
        let place = match line_defined {
            0 => "main function".to_owned(),
            line => format!("function at line {line}"),
        };
        self.fault_near(format!("too many {what} (limit is {limit}) in {place}"))
    }

    // ---- words

    /// Appends an instruction.
    pub(super) fn emit(&mut self, instruction: Instruction) -> usize {
        let line = self.current_line();
        let pc = self.function.pc();
        self.function.code.push(instruction);
        self.function.auxiliary.push(false);
        self.function.lines.push(line);
        self.function.previous = Some(pc);
        pc
    }

    /// Appends an instruction and its auxiliary word.
    pub(super) fn emit_with(&mut self, instruction: Instruction, auxiliary: u32) -> usize {
        let pc = self.emit(instruction);
        let line = self.function.lines[pc];
        self.function.code.push(Instruction(auxiliary));
        self.function.auxiliary.push(true);
        self.function.lines.push(line);
        pc
    }

    /// Appends an instruction of three operands.
    pub(super) fn emit_abc(&mut self, opcode: Opcode, a: u8, b: u8, c: u8) -> usize {
        self.emit(Instruction::abc(opcode, a, b, c))
    }

    /// Takes the last instruction back; it has no auxiliary word.
    pub(super) fn take_back(&mut self) {
        self.function.code.pop();
        self.function.auxiliary.pop();
        self.function.lines.pop();
        self.function.previous = None;
    }

    // ---- constants and registers

    /// The index of a constant, new or known.
    pub(super) fn constant(&mut self, key: ConstantKey) -> u32 {
        let function = &mut self.function;
        let next = function.constants.len() as u32;
        let index = *function.constant_index.entry(key).or_insert(next);
        if index == next {
            function.constants.push(match key {
                ConstantKey::Nil => Constant::Nil,
                ConstantKey::True => Constant::Boolean(true),
                ConstantKey::False => Constant::Boolean(false),
                ConstantKey::Integer(value) => Constant::Integer(value),
                ConstantKey::FloatBits(bits) => Constant::Float(f64::from_bits(bits)),
                ConstantKey::String(symbol) => Constant::String(self.symbols.text(symbol).into()),
            });
        }
        index
    }

    pub(super) fn free_register(&self) -> u8 {
        self.function.registers.free()
    }

    /// Reserves registers, or says that there are too few.
    pub(super) fn reserve(&mut self, amount: usize) -> Emitted<()> {
        match self.function.registers.reserve(amount) {
            Ok(()) => Ok(()),
            Err(OutOfRegisters) => Err(self.register_fault()),
        }
    }

    /// Makes sure that registers could be reserved.
    pub(super) fn check_registers(&mut self, amount: usize) -> Emitted<()> {
        match self.function.registers.check(amount) {
            Ok(()) => Ok(()),
            Err(OutOfRegisters) => Err(self.register_fault()),
        }
    }

    fn register_fault(&self) -> Fault {
        self.fault_near("function or expression needs too many registers")
    }

    pub(super) fn release(&mut self, register: u8) {
        self.function.registers.release(register, self.function.variable_registers);
    }
}
