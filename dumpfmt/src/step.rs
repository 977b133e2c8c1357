//! Words of code cut into instructions, and what each instruction claims: operands that name something, rows of
//! registers, a jump.
//!
//! The compiler's verifier, its listings and the inspector ask here, so that they agree.
//!
//! Invariant: total: any words are answered, and nothing allocates.
//! Not here: the opcodes themselves (`bytecode.rs`), what code as a whole must keep to (`compiler/verify`).

use crate::bytecode::{Instruction, Opcode, Operand, Shape};

/// One instruction in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Index of its word.
    pub index: u32,
    /// The word.
    pub instruction: Instruction,
    /// Its operation.
    pub opcode: Opcode,
    /// The auxiliary word, 0 when it has none.
    pub aux: u32,
    /// Index of the word after it and its auxiliary word.
    pub next: u32,
}

/// Why there is no instruction at a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadStep {
    /// Its opcode byte names nothing.
    Unknown,
    /// The code ends where its auxiliary word should be.
    Cut,
}

/// What the operands of a function's instructions are measured against: how many there are of each.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Registers of a frame.
    pub registers: u32,
    /// Upvalues.
    pub upvalues: u32,
    /// Constants.
    pub constants: u32,
    /// Nested prototypes.
    pub children: u32,
}

impl Limits {
    /// Whether what an operand names is there.
    pub const fn hold(&self, operand: Operand, value: u32) -> bool {
        match operand {
            Operand::Register | Operand::Row => value < self.registers,
            Operand::Constant | Operand::Key => value < self.constants,
            Operand::Upvalue => value < self.upvalues,
            Operand::Child => value < self.children,
            Operand::None | Operand::Number | Operand::Signed | Operand::Hint => true,
        }
    }
}

impl Step {
    /// The instruction whose word, at `index`, is `word`; `following` is the word after it, if there is one.
    pub fn read(index: u32, word: Instruction, following: Option<Instruction>) -> Result<Step, BadStep> {
        let opcode = word.opcode().ok_or(BadStep::Unknown)?;
        if opcode.info().aux == Operand::None {
            return Ok(Step { index, instruction: word, opcode, aux: 0, next: index + 1 });
        }
        let aux = following.ok_or(BadStep::Cut)?.0;
        Ok(Step { index, instruction: word, opcode, aux, next: index + 2 })
    }

    /// The operands A, B, C and the auxiliary word: what each stands for, and its bits.
    pub fn operands(&self) -> [(Operand, u32); 4] {
        let info = self.opcode.info();
        let word = self.instruction;
        let (a, b, c) = match info.shape {
            Shape::Abc => (word.a(), u32::from(word.b()), word.c()),
            Shape::ABx | Shape::AsBx => (word.a(), u32::from(word.bx()), 0),
            Shape::Jump => (0, 0, 0),
        };
        [(info.a, a.into()), (info.b, b), (info.c, c.into()), (info.aux, self.aux)]
    }

    /// Whether everything that its operands name is there, rows of registers up to their last.
    pub fn fits(&self, limits: &Limits) -> bool {
        self.row_end() <= limits.registers
            && self.operands().iter().all(|(operand, value)| limits.hold(*operand, *value))
    }

    /// One past the last register of the row that begins at operand A, as far as the instruction itself tells
    /// its length; 0 when it has no row.
    pub fn row_end(&self) -> u32 {
        let word = self.instruction;
        let (a, b, c) = (u32::from(word.a()), u32::from(word.b()), u32::from(word.c()));
        // A count of 0 where the length is that of an open list.
        let counted = |count: u32, extra: u32| a + (count + extra).saturating_sub(1);
        match self.opcode {
            Opcode::LoadNil | Opcode::SetList => a + b + 1,
            Opcode::SelfField => a + 2,
            Opcode::Concat => a + b,
            Opcode::Call => counted(b, 1).max(counted(c, 0)).max(a + 1),
            Opcode::TailCall => counted(b, 1).max(a + 1),
            Opcode::Return => counted(b, 0),
            Opcode::VarArg => counted(c, 0),
            Opcode::ForPrepare | Opcode::ForLoop | Opcode::GenericForPrepare => a + 4,
            // The call is made above the four that the loop keeps: the function and two arguments.
            Opcode::GenericForCall => a + 4 + c.max(3),
            Opcode::GenericForLoop => a + 5,
            _ => 0,
        }
    }

    /// Where a `Jump` goes; `None` for any other instruction. It may lie outside the code.
    pub fn jump_target(&self) -> Option<i64> {
        (self.opcode == Opcode::Jump)
            .then(|| i64::from(self.next) + i64::from(self.instruction.jump_distance()))
    }

    /// Whether it sets the top of the stack behind a list whose length only running tells, and where that list
    /// begins.
    pub fn opens_list(&self) -> Option<u8> {
        let word = self.instruction;
        let open = match self.opcode {
            Opcode::Call | Opcode::VarArg => word.c() == 0,
            // What a native function returns in place of its caller.
            Opcode::TailCall => true,
            _ => false,
        };
        open.then_some(word.a())
    }

    /// Whether it takes everything up to the top, and the first register at which such a list may begin.
    pub fn takes_list(&self) -> Option<u8> {
        let word = self.instruction;
        match self.opcode {
            Opcode::Call | Opcode::TailCall | Opcode::SetList if word.b() == 0 => {
                Some(word.a().saturating_add(1))
            }
            Opcode::Return if word.b() == 0 => Some(word.a()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
