//! Where an expression's value is while its use is not yet known, and the ways to bring it where it is
//! needed: a register, a constant, a variable, a branch.
//!
//! ```text
//!   variable ──discharge──> Relocatable / Register ──place_in_next──> a fresh register
//!   comparison ───────────> Jump                   ──place_in_any───> whichever it is in
//!   literal ──────────────> stays one as long as it can
//! ```
//!
//! Emitting late is what makes `a.b.c + 1` four instructions: an operand is loaded only when something needs
//! it in a register, and then straight into the right one.
//!
//! Invariant: the lists of an operand hold the jumps that leave it early because it is true or false.
//! Not here: the operators (`operator.rs`), the tree (`expression.rs`).

use super::code::{ConstantKey, Emitted, Emitter};
use super::jump::{JumpList, NO_REGISTER};
use crate::scope::{Literal, VariableKind};
use crate::symbol::Symbol;
use dumpfmt::bytecode::{BX_MAX, Instruction, OPERAND_MAX, Opcode, SHORT_STRING_LENGTH_MAX};

/// The state of an expression's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// There is none, as in an empty list.
    Void,
    Literal(Literal),
    /// A literal that is a constant of the function already.
    Constant(u32),
    /// In a register, temporary or not.
    Register(u8),
    /// The instruction at this pc makes it, in a register yet to be told.
    Relocatable(usize),
    /// A local variable, by its place on the stack of variables.
    Local {
        register: u8,
        variable: usize,
    },
    /// A constant known at compile time, by its place on the stack of variables.
    CompileTime {
        variable: usize,
    },
    Upvalue(u8),
    /// `R[table][R[key]]`
    Indexed {
        table: u8,
        key: u8,
    },
    /// `R[table][integer]`
    IndexedInteger {
        table: u8,
        key: u8,
    },
    /// `R[table][K[key]]`, a short string.
    IndexedField {
        table: u8,
        key: u32,
    },
    /// `U[upvalue][K[key]]`, a short string.
    IndexedUpvalue {
        upvalue: u8,
        key: u32,
    },
    /// A comparison: the jump at this pc is taken when it holds.
    Jump(usize),
    /// The call at this pc makes it.
    Call(usize),
    /// The `VarArg` at this pc makes it.
    VarArg(usize),
}

/// An expression being compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub(super) place: Place,
    pub(super) when_true: JumpList,
    pub(super) when_false: JumpList,
}

impl Operand {
    pub(super) fn new(place: Place) -> Self {
        Self { place, when_true: JumpList::EMPTY, when_false: JumpList::EMPTY }
    }

    pub(super) fn literal(literal: Literal) -> Self {
        Self::new(Place::Literal(literal))
    }

    pub(super) fn has_jumps(&self) -> bool {
        !self.when_true.is_empty() || !self.when_false.is_empty()
    }

    /// Whether it may stand for any number of values.
    pub(super) fn is_multiple(&self) -> bool {
        matches!(self.place, Place::Call(_) | Place::VarArg(_))
    }

    /// Whether it is an element of a table, found by register or constant.
    pub(super) fn is_indexed(&self) -> bool {
        matches!(
            self.place,
            Place::Indexed { .. }
                | Place::IndexedInteger { .. }
                | Place::IndexedField { .. }
                | Place::IndexedUpvalue { .. }
        )
    }

    /// The literal that it is, if nothing can jump past it.
    pub(super) fn as_literal(&self) -> Option<Literal> {
        match self.place {
            Place::Literal(literal) if !self.has_jumps() => Some(literal),
            _ => None,
        }
    }

    /// The integer that it is and that fits a signed operand.
    pub(super) fn as_signed_byte(&self) -> Option<i8> {
        match self.as_literal() {
            Some(Literal::Integer(value)) => i8::try_from(value).ok(),
            _ => None,
        }
    }
}

impl Emitter<'_> {
    fn literal_constant(&mut self, literal: Literal) -> u32 {
        self.constant(match literal {
            Literal::Nil => ConstantKey::Nil,
            Literal::True => ConstantKey::True,
            Literal::False => ConstantKey::False,
            Literal::Integer(value) => ConstantKey::Integer(value),
            Literal::Float(value) => ConstantKey::FloatBits(value.to_bits()),
            Literal::String(symbol) => ConstantKey::String(symbol),
        })
    }

    /// Gives back the register of a temporary.
    pub(super) fn release_operand(&mut self, operand: &Operand) {
        if let Place::Register(register) = operand.place {
            self.release(register);
        }
    }

    /// Gives back the registers of two temporaries, whichever was reserved last.
    pub(super) fn release_operands(&mut self, a: &Operand, b: &Operand) {
        match (a.place, b.place) {
            (Place::Register(first), Place::Register(second)) => self.release_both(first, second),
            _ => {
                self.release_operand(a);
                self.release_operand(b);
            }
        }
    }

    fn release_both(&mut self, first: u8, second: u8) {
        self.release(first.max(second));
        self.release(first.min(second));
    }

    /// Turns a variable or an element into an instruction that reads it, and a call into its first result.
    pub(super) fn discharge(&mut self, operand: &mut Operand) {
        operand.place = match operand.place {
            Place::CompileTime { variable } => match self.scope.variables[variable].kind {
                VariableKind::CompileTime(literal) => Place::Literal(literal),
                _ => operand.place,
            },
            Place::Local { register, .. } => Place::Register(register),
            Place::Upvalue(upvalue) => Place::Relocatable(self.emit_abc(Opcode::GetUpvalue, 0, upvalue, 0)),
            Place::IndexedUpvalue { upvalue, key } => {
                Place::Relocatable(self.emit_with(Instruction::abc(Opcode::GetTabUp, 0, upvalue, 0), key))
            }
            Place::IndexedInteger { table, key } => {
                self.release(table);
                Place::Relocatable(self.emit_abc(Opcode::GetInteger, 0, table, key))
            }
            Place::IndexedField { table, key } => {
                self.release(table);
                Place::Relocatable(self.emit_with(Instruction::abc(Opcode::GetField, 0, table, 0), key))
            }
            Place::Indexed { table, key } => {
                self.release_both(table, key);
                Place::Relocatable(self.emit_abc(Opcode::GetTable, 0, table, key))
            }
            Place::Call(_) | Place::VarArg(_) => {
                self.take_one_result(operand);
                operand.place
            }
            place => place,
        };
    }

    /// A call or `...` is to give exactly one value.
    pub(super) fn take_one_result(&mut self, operand: &mut Operand) {
        match operand.place {
            Place::Call(pc) => operand.place = Place::Register(self.function.code[pc].a()),
            Place::VarArg(pc) => {
                self.function.set_c(pc, 2);
                operand.place = Place::Relocatable(pc);
            }
            _ => {}
        }
    }

    /// A call or `...` is to give `count` values, or all of them for `None`, in registers from the next on.
    pub(super) fn take_results(&mut self, operand: &Operand, count: Option<u8>) -> Emitted<()> {
        let encoded = count.map_or(0, |count| count + 1);
        match operand.place {
            Place::Call(pc) => self.function.set_c(pc, encoded),
            Place::VarArg(pc) => {
                let register = self.free_register();
                self.function.set_c(pc, encoded);
                self.function.set_a(pc, register);
                self.reserve(1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Emits `nil` for `count` registers, together with the ones just before or after if possible.
    pub(super) fn load_nil(&mut self, register: u8, count: u8) {
        let (mut first, mut last) = (u16::from(register), u16::from(register) + u16::from(count) - 1);
        if let Some(pc) = self.function.mergeable()
            && self.function.opcode(pc) == Some(Opcode::LoadNil)
        {
            let before = self.function.code[pc];
            let (old_first, old_last) =
                (u16::from(before.a()), u16::from(before.a()) + u16::from(before.b()));
            if (old_first <= first && first <= old_last + 1) || (first <= old_first && old_first <= last + 1)
            {
                first = first.min(old_first);
                last = last.max(old_last);
                self.function.set_a(pc, first as u8);
                self.function.set_b(pc, (last - first) as u8);
                return;
            }
        }
        self.emit_abc(Opcode::LoadNil, register, count - 1, 0);
    }

    fn load_constant(&mut self, register: u8, constant: u32) {
        if constant as usize <= BX_MAX {
            self.emit(Instruction::abx(Opcode::LoadConstant, register, constant as u16));
        } else {
            self.emit_with(Instruction::abc(Opcode::LoadConstantX, register, 0, 0), constant);
        }
    }

    /// Emits an integer into a register.
    pub(super) fn load_integer(&mut self, register: u8, value: i64) {
        if let Ok(small) = i16::try_from(value) {
            self.emit(Instruction::asbx(Opcode::LoadInteger, register, small));
        } else {
            let constant = self.constant(ConstantKey::Integer(value));
            self.load_constant(register, constant);
        }
    }

    fn load_float(&mut self, register: u8, value: f64) {
        let small = value as i16;
        // By bits, so that -0.0 keeps its sign.
        if f64::from(small).to_bits() == value.to_bits() {
            self.emit(Instruction::asbx(Opcode::LoadFloat, register, small));
        } else {
            let constant = self.constant(ConstantKey::FloatBits(value.to_bits()));
            self.load_constant(register, constant);
        }
    }

    /// Puts the value into `register`; a comparison stays a jump.
    fn discharge_to(&mut self, operand: &mut Operand, register: u8) {
        self.discharge(operand);
        match operand.place {
            Place::Literal(Literal::Nil) => self.load_nil(register, 1),
            Place::Literal(Literal::False) => {
                self.emit_abc(Opcode::LoadFalse, register, 0, 0);
            }
            Place::Literal(Literal::True) => {
                self.emit_abc(Opcode::LoadTrue, register, 0, 0);
            }
            Place::Literal(Literal::Integer(value)) => self.load_integer(register, value),
            Place::Literal(Literal::Float(value)) => self.load_float(register, value),
            Place::Literal(literal @ Literal::String(_)) => {
                let constant = self.literal_constant(literal);
                self.load_constant(register, constant);
            }
            Place::Constant(constant) => self.load_constant(register, constant),
            Place::Relocatable(pc) => self.function.set_a(pc, register),
            Place::Register(from) => {
                if from != register {
                    self.emit_abc(Opcode::Move, register, from, 0);
                }
            }
            _ => return,
        }
        operand.place = Place::Register(register);
    }

    fn discharge_to_any(&mut self, operand: &mut Operand) -> Emitted<()> {
        if !matches!(operand.place, Place::Register(_)) {
            self.reserve(1)?;
            let register = self.free_register() - 1;
            self.discharge_to(operand, register);
        }
        Ok(())
    }

    fn load_boolean(&mut self, register: u8, opcode: Opcode) -> usize {
        self.label_here();
        self.emit_abc(opcode, register, 0, 0)
    }

    /// Puts the final value, whatever the jumps left, into `register`.
    pub(super) fn place_in(&mut self, operand: &mut Operand, register: u8) -> Emitted<()> {
        self.discharge_to(operand, register);
        if let Place::Jump(pc) = operand.place {
            operand.when_true = self.join(JumpList::one(pc), operand.when_true)?;
        }
        if operand.has_jumps() {
            let (mut load_false, mut load_true) = (0, 0);
            if self.needs_value(operand.when_true) || self.needs_value(operand.when_false) {
                let past = match operand.place {
                    Place::Jump(_) => JumpList::EMPTY,
                    _ => JumpList::one(self.jump()),
                };
                load_false = self.load_boolean(register, Opcode::LoadFalseSkip);
                load_true = self.load_boolean(register, Opcode::LoadTrue);
                self.patch_here(past)?;
            }
            let end = self.label_here();
            self.patch_values(operand.when_false, end, register, load_false)?;
            self.patch_values(operand.when_true, end, register, load_true)?;
        }
        *operand = Operand::new(Place::Register(register));
        Ok(())
    }

    /// Puts the value into the next free register.
    pub(super) fn place_in_next(&mut self, operand: &mut Operand) -> Emitted<()> {
        self.discharge(operand);
        self.release_operand(operand);
        self.reserve(1)?;
        let register = self.free_register() - 1;
        self.place_in(operand, register)
    }

    /// Makes sure that the value is in some register, and says which.
    pub(super) fn place_in_any(&mut self, operand: &mut Operand) -> Emitted<u8> {
        self.discharge(operand);
        if let Place::Register(register) = operand.place {
            if !operand.has_jumps() {
                return Ok(register);
            }
            // The jumps would spoil a variable; a temporary may take their values.
            if register >= self.function.variable_registers {
                self.place_in(operand, register)?;
                return Ok(register);
            }
        }
        self.place_in_next(operand)?;
        match operand.place {
            Place::Register(register) => Ok(register),
            _ => Ok(self.free_register() - 1),
        }
    }

    /// Makes sure that the value is in a register or is an upvalue.
    pub(super) fn place_unless_upvalue(&mut self, operand: &mut Operand) -> Emitted<()> {
        if !matches!(operand.place, Place::Upvalue(_)) || operand.has_jumps() {
            self.place_in_any(operand)?;
        }
        Ok(())
    }

    /// Makes sure that the value is in a register or is a literal.
    pub(super) fn place_as_value(&mut self, operand: &mut Operand) -> Emitted<()> {
        if matches!(operand.place, Place::Jump(_)) || operand.has_jumps() {
            self.place_in_any(operand)?;
        } else {
            self.discharge(operand);
        }
        Ok(())
    }

    /// The index of a literal among the constants, if it fits an operand byte.
    pub(super) fn as_constant_operand(&mut self, operand: &mut Operand) -> Option<u8> {
        if operand.has_jumps() {
            return None;
        }
        let constant = match operand.place {
            Place::Literal(literal) => self.literal_constant(literal),
            Place::Constant(constant) => constant,
            _ => return None,
        };
        if constant as usize > OPERAND_MAX {
            return None;
        }
        operand.place = Place::Constant(constant);
        Some(constant as u8)
    }

    /// The short string that an operand is, as a constant.
    fn as_short_string(&mut self, operand: &Operand) -> Option<u32> {
        match operand.as_literal() {
            Some(literal @ Literal::String(symbol))
                if self.symbols.text(symbol).len() <= SHORT_STRING_LENGTH_MAX =>
            {
                Some(self.literal_constant(literal))
            }
            _ => None,
        }
    }

    /// Makes `object` the element of itself at `key`. The object must be in a register or an upvalue, or be a
    /// local variable.
    pub(super) fn index(&mut self, object: &mut Operand, key: &mut Operand) -> Emitted<()> {
        let field = self.as_short_string(key);
        let table = match object.place {
            Place::Upvalue(upvalue) => match field {
                Some(key) => {
                    object.place = Place::IndexedUpvalue { upvalue, key };
                    return Ok(());
                }
                None => self.place_in_any(object)?,
            },
            Place::Local { register, .. } => register,
            _ => self.place_in_any(object)?,
        };
        object.place = match (field, key.as_literal()) {
            (Some(key), _) => Place::IndexedField { table, key },
            (None, Some(Literal::Integer(value @ 0..=255))) => {
                Place::IndexedInteger { table, key: value as u8 }
            }
            _ => Place::Indexed { table, key: self.place_in_any(key)? },
        };
        Ok(())
    }

    /// Emits `variable := value`.
    pub(super) fn store(&mut self, variable: &Operand, value: &mut Operand) -> Emitted<()> {
        match variable.place {
            Place::Local { register, .. } => {
                self.release_operand(value);
                return self.place_in(value, register);
            }
            Place::Upvalue(upvalue) => {
                let register = self.place_in_any(value)?;
                self.emit_abc(Opcode::SetUpvalue, register, upvalue, 0);
            }
            place => {
                let constant = self.as_constant_operand(value);
                let operand = match constant {
                    Some(constant) => constant,
                    None => self.place_in_any(value)?,
                };
                let pick = |register, of_constant| if constant.is_some() { of_constant } else { register };
                match place {
                    Place::Indexed { table, key } => {
                        self.emit_abc(pick(Opcode::SetTable, Opcode::SetTableK), table, key, operand);
                    }
                    Place::IndexedInteger { table, key } => {
                        self.emit_abc(pick(Opcode::SetInteger, Opcode::SetIntegerK), table, key, operand);
                    }
                    Place::IndexedField { table, key } => {
                        let opcode = pick(Opcode::SetField, Opcode::SetFieldK);
                        self.emit_with(Instruction::abc(opcode, table, operand, 0), key);
                    }
                    Place::IndexedUpvalue { upvalue, key } => {
                        let opcode = pick(Opcode::SetTabUp, Opcode::SetTabUpK);
                        self.emit_with(Instruction::abc(opcode, upvalue, operand, 0), key);
                    }
                    _ => debug_assert!(false, "the grammar lets only variables be assigned"),
                }
            }
        }
        self.release_operand(value);
        Ok(())
    }

    /// Turns `object` into two registers: the method `name` of it, and itself.
    pub(super) fn prepare_method(&mut self, object: &mut Operand, name: Symbol) -> Emitted<()> {
        let from = self.place_in_any(object)?;
        self.release_operand(object);
        let base = self.free_register();
        self.reserve(2)?;
        match self.as_short_string(&Operand::literal(Literal::String(name))) {
            Some(key) => {
                self.emit_with(Instruction::abc(Opcode::SelfField, base, from, 0), key);
            }
            None => {
                self.emit_abc(Opcode::Move, base + 1, from, 0);
                let key = self.literal_constant(Literal::String(name));
                self.load_constant(base, key);
                self.emit_abc(Opcode::GetTable, base, base + 1, base);
            }
        }
        *object = Operand::new(Place::Register(base));
        Ok(())
    }

    // ---- branches

    /// Emits a jump taken when the truth of the operand is `condition`.
    fn jump_on(&mut self, operand: &mut Operand, condition: bool) -> Emitted<usize> {
        if let Place::Relocatable(pc) = operand.place
            && self.function.opcode(pc) == Some(Opcode::Not)
        {
            let register = self.function.code[pc].b();
            self.take_back();
            return Ok(self.conditional_jump(Opcode::Test, register, 0, !condition));
        }
        self.discharge_to_any(operand)?;
        self.release_operand(operand);
        let register = match operand.place {
            Place::Register(register) => register,
            _ => 0,
        };
        Ok(self.conditional_jump(Opcode::TestSet, NO_REGISTER, register, condition))
    }

    /// Turns the condition of the jump at `pc` round.
    pub(super) fn negate_jump(&mut self, pc: usize) {
        let control = self.jump_control(pc);
        let condition = self.function.code[control].c();
        self.function.set_c(control, condition ^ 1);
    }

    /// Goes on when the operand is true, and jumps when it is false.
    pub(super) fn go_if_true(&mut self, operand: &mut Operand) -> Emitted<()> {
        self.discharge(operand);
        let jump = match operand.place {
            Place::Jump(pc) => {
                self.negate_jump(pc);
                JumpList::one(pc)
            }
            Place::Constant(_) => JumpList::EMPTY,
            Place::Literal(literal) if !matches!(literal, Literal::Nil | Literal::False) => JumpList::EMPTY,
            _ => JumpList::one(self.jump_on(operand, false)?),
        };
        operand.when_false = self.join(jump, operand.when_false)?;
        self.patch_here(operand.when_true)?;
        operand.when_true = JumpList::EMPTY;
        Ok(())
    }

    /// Goes on when the operand is false, and jumps when it is true.
    pub(super) fn go_if_false(&mut self, operand: &mut Operand) -> Emitted<()> {
        self.discharge(operand);
        let jump = match operand.place {
            Place::Jump(pc) => JumpList::one(pc),
            Place::Literal(Literal::Nil | Literal::False) => JumpList::EMPTY,
            _ => JumpList::one(self.jump_on(operand, true)?),
        };
        operand.when_true = self.join(jump, operand.when_true)?;
        self.patch_here(operand.when_false)?;
        operand.when_false = JumpList::EMPTY;
        Ok(())
    }
}
