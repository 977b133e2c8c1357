//! Operators: folding, and the choice among an instruction's forms.
//!
//! A binary operator is met twice: when it stands after its left operand ([`Emitter::infix`]), which is then
//! brought where the operator wants it, and when its right operand is known too ([`Emitter::binary`]).
//!
//! Invariant: operands keep their order, since metamethods see it; only `>` and `>=` exchange theirs.

use super::code::{Emitted, Emitter};
use super::operand::{Operand, Place};
use crate::ast::{BinaryOperator, UnaryOperator};
use crate::fold;
use crate::scope::Literal;
use dumpfmt::bytecode::Opcode;
use dumpfmt::numeral::{Number, float_to_integer};
use std::mem::swap;

/// The forms of an arithmetic or bitwise instruction.
struct Forms {
    registers: Opcode,
    /// With a signed byte on the right.
    immediate: Option<Opcode>,
    /// With a number constant on the right.
    constant: Option<Opcode>,
    /// With a number constant on the left.
    constant_left: Option<Opcode>,
}

fn forms(operator: BinaryOperator) -> Option<Forms> {
    use BinaryOperator as B;
    use Opcode as O;
    let (registers, immediate, constant, constant_left) = match operator {
        B::Add => (O::Add, Some(O::AddImmediate), Some(O::AddConstant), Some(O::ConstantAdd)),
        B::Subtract => (O::Sub, Some(O::SubImmediate), Some(O::SubConstant), Some(O::ConstantSub)),
        B::Multiply => (O::Mul, None, Some(O::MulConstant), Some(O::ConstantMul)),
        B::Divide => (O::Div, None, Some(O::DivConstant), Some(O::ConstantDiv)),
        B::FloorDivide => (O::FloorDiv, None, Some(O::FloorDivConstant), None),
        B::Modulo => (O::Mod, None, Some(O::ModConstant), None),
        B::Power => (O::Pow, None, Some(O::PowConstant), None),
        B::BitAnd => (O::And, None, Some(O::AndConstant), None),
        B::BitOr => (O::Or, None, Some(O::OrConstant), None),
        B::BitXor => (O::Xor, None, Some(O::XorConstant), None),
        B::ShiftLeft => (O::Shl, Some(O::ShlImmediate), None, None),
        B::ShiftRight => (O::Shr, Some(O::ShrImmediate), None, None),
        _ => return None,
    };
    Some(Forms { registers, immediate, constant, constant_left })
}

fn is_bitwise(operator: BinaryOperator) -> bool {
    matches!(operator, BinaryOperator::BitAnd | BinaryOperator::BitOr | BinaryOperator::BitXor)
}

/// The number that an operand is.
fn as_number(operand: &Operand) -> Option<Number> {
    match operand.as_literal() {
        Some(Literal::Integer(value)) => Some(Number::Integer(value)),
        Some(Literal::Float(value)) => Some(Number::Float(value)),
        _ => None,
    }
}

fn from_number(number: Number) -> Operand {
    Operand::literal(match number {
        Number::Integer(value) => Literal::Integer(value),
        Number::Float(value) => Literal::Float(value),
    })
}

impl Emitter<'_> {
    /// Emits `operator operand`; `line` is the operator's.
    pub(super) fn unary(&mut self, operator: UnaryOperator, operand: &mut Operand, line: u32) -> Emitted<()> {
        self.discharge(operand);
        if let Some(folded) = as_number(operand).and_then(|number| fold::unary(operator, number)) {
            *operand = from_number(folded);
            return Ok(());
        }
        let opcode = match operator {
            UnaryOperator::Not => return self.not(operand),
            UnaryOperator::Negate => Opcode::Negate,
            UnaryOperator::Length => Opcode::Length,
            UnaryOperator::BitNot => Opcode::BitNot,
        };
        let register = self.place_in_any(operand)?;
        self.release_operand(operand);
        *operand = Operand::new(Place::Relocatable(self.emit_abc(opcode, 0, register, 0)));
        self.function.fix_line(line);
        Ok(())
    }

    fn not(&mut self, operand: &mut Operand) -> Emitted<()> {
        match operand.place {
            Place::Literal(Literal::Nil | Literal::False) => operand.place = Place::Literal(Literal::True),
            Place::Literal(_) | Place::Constant(_) => operand.place = Place::Literal(Literal::False),
            Place::Jump(pc) => self.negate_jump(pc),
            _ => {
                // The jumps stay pending: `place_in_any` would settle them.
                let jumps = (operand.when_true, operand.when_false);
                let mut bare = Operand::new(operand.place);
                let register = self.place_in_any(&mut bare)?;
                self.release_operand(&bare);
                *operand = Operand::new(Place::Relocatable(self.emit_abc(Opcode::Not, 0, register, 0)));
                (operand.when_true, operand.when_false) = jumps;
            }
        }
        swap(&mut operand.when_true, &mut operand.when_false);
        // A negated value is not the one that a jump would leave.
        self.drop_values(operand.when_false);
        self.drop_values(operand.when_true);
        Ok(())
    }

    /// The operator was read after its left operand.
    pub(super) fn infix(&mut self, operator: BinaryOperator, left: &mut Operand) -> Emitted<()> {
        use BinaryOperator as B;
        self.discharge(left);
        match operator {
            B::And => self.go_if_true(left),
            B::Or => self.go_if_false(left),
            // The operands of a concatenation must lie in a row.
            B::Concat => self.place_in_next(left),
            B::Equal | B::NotEqual => {
                if as_number(left).is_none() && self.as_constant_operand(left).is_none() {
                    self.place_in_any(left)?;
                }
                Ok(())
            }
            B::Less | B::Greater | B::LessEqual | B::GreaterEqual => {
                if left.as_signed_byte().is_none() {
                    self.place_in_any(left)?;
                }
                Ok(())
            }
            _ => {
                // A number is kept: it may be folded with the right operand.
                if as_number(left).is_none() {
                    self.place_in_any(left)?;
                }
                Ok(())
            }
        }
    }

    /// The right operand was read too: `left` becomes the whole. `line` is the operator's.
    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &mut Operand,
        right: &mut Operand,
        line: u32,
    ) -> Emitted<()> {
        use BinaryOperator as B;
        self.discharge(right);
        if let (Some(a), Some(b)) = (as_number(left), as_number(right))
            && let Some(folded) = fold::binary(operator, a, b)
        {
            *left = from_number(folded);
            return Ok(());
        }
        match operator {
            B::And => {
                right.when_false = self.join(right.when_false, left.when_false)?;
                *left = *right;
                Ok(())
            }
            B::Or => {
                right.when_true = self.join(right.when_true, left.when_true)?;
                *left = *right;
                Ok(())
            }
            B::Concat => self.concat(left, right, line),
            B::Equal | B::NotEqual => self.equality(operator == B::Equal, left, right),
            B::Less | B::LessEqual => self.order(operator == B::LessEqual, left, right),
            B::Greater | B::GreaterEqual => {
                swap(left, right);
                self.order(operator == B::GreaterEqual, left, right)
            }
            _ => match forms(operator) {
                Some(forms) => self.arithmetic(operator, &forms, left, right, line),
                None => Ok(()),
            },
        }
    }

    fn arithmetic(
        &mut self,
        operator: BinaryOperator,
        forms: &Forms,
        left: &mut Operand,
        right: &mut Operand,
        line: u32,
    ) -> Emitted<()> {
        let pc = 'emitted: {
            if let (Some(opcode), Some(immediate)) = (forms.immediate, right.as_signed_byte()) {
                let a = self.place_in_any(left)?;
                break 'emitted self.emit_abc(opcode, 0, a, immediate as u8);
            }
            if let (Some(opcode), Some(number)) = (forms.constant, as_number(right)) {
                let fits = !is_bitwise(operator) || matches!(number, Number::Integer(_));
                if fits && let Some(constant) = self.as_constant_operand(right) {
                    let a = self.place_in_any(left)?;
                    break 'emitted self.emit_abc(opcode, 0, a, constant);
                }
            }
            if let (Some(opcode), Some(_)) = (forms.constant_left, as_number(left))
                && let Some(constant) = self.as_constant_operand(left)
            {
                let b = self.place_in_any(right)?;
                break 'emitted self.emit_abc(opcode, 0, constant, b);
            }
            let b = self.place_in_any(right)?;
            let a = self.place_in_any(left)?;
            self.emit_abc(forms.registers, 0, a, b)
        };
        self.release_operands(left, right);
        *left = Operand::new(Place::Relocatable(pc));
        self.function.fix_line(line);
        Ok(())
    }

    /// `..` is right associative, so a longer chain is already one instruction to the right.
    fn concat(&mut self, left: &mut Operand, right: &mut Operand, line: u32) -> Emitted<()> {
        self.place_in_next(right)?;
        let first = match left.place {
            Place::Register(register) => register,
            _ => self.place_in_any(left)?,
        };
        if let Some(pc) = self.function.mergeable()
            && self.function.opcode(pc) == Some(Opcode::Concat)
            && self.function.code[pc].a() == first + 1
        {
            let count = self.function.code[pc].b();
            self.release_operand(right);
            self.function.set_a(pc, first);
            self.function.set_b(pc, count + 1);
        } else {
            self.emit_abc(Opcode::Concat, first, 2, 0);
            self.release_operand(right);
            self.function.fix_line(line);
        }
        Ok(())
    }

    fn equality(&mut self, equal: bool, left: &mut Operand, right: &mut Operand) -> Emitted<()> {
        if !matches!(left.place, Place::Register(_)) {
            // A constant goes to the right.
            swap(left, right);
        }
        let a = self.place_in_any(left)?;
        let immediate = match right.as_literal() {
            Some(Literal::Integer(value)) => i8::try_from(value).ok(),
            Some(Literal::Float(value)) => float_to_integer(value).and_then(|value| i8::try_from(value).ok()),
            _ => None,
        };
        let (opcode, b) = if let Some(immediate) = immediate {
            (Opcode::EqualImmediate, immediate as u8)
        } else if let Some(constant) = self.as_constant_operand(right) {
            (Opcode::EqualConstant, constant)
        } else {
            (Opcode::Equal, self.place_in_any(right)?)
        };
        self.release_operands(left, right);
        *left = Operand::new(Place::Jump(self.conditional_jump(opcode, a, b, equal)));
        Ok(())
    }

    /// `left < right` or `left <= right`.
    fn order(&mut self, or_equal: bool, left: &mut Operand, right: &mut Operand) -> Emitted<()> {
        let pick = |strict, equal| if or_equal { equal } else { strict };
        let (opcode, a, b) = if let Some(immediate) = right.as_signed_byte() {
            let a = self.place_in_any(left)?;
            (pick(Opcode::LessThanImmediate, Opcode::LessEqualImmediate), a, immediate as u8)
        } else if let Some(immediate) = left.as_signed_byte() {
            let a = self.place_in_any(right)?;
            (pick(Opcode::GreaterThanImmediate, Opcode::GreaterEqualImmediate), a, immediate as u8)
        } else {
            let a = self.place_in_any(left)?;
            let b = self.place_in_any(right)?;
            (pick(Opcode::LessThan, Opcode::LessEqual), a, b)
        };
        self.release_operands(left, right);
        *left = Operand::new(Place::Jump(self.conditional_jump(opcode, a, b, true)));
        Ok(())
    }
}
