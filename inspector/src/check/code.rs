//! Code: every word decodes, and every operand names something that is there.

use super::ledger::Ledger;
use crate::model::function::Prototype;
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode, Operand, Shape};
use dumpfmt::layout::function::CodeObject;
use dumpfmt::layout::table::ValuesObject;

/// What operands are measured against.
struct Limits {
    registers: u32,
    upvalues: u32,
    constants: u32,
    children: u32,
}

/// Checks the instructions of `prototype`, whose code object is known to be one.
pub fn code(ledger: &mut Ledger<'_, '_>, prototype: &Prototype) {
    let memory = ledger.memory;
    let (addr, code) = (prototype.addr, prototype.object.code.addr);
    let Ok(object) = memory.image.read::<CodeObject>(code) else { return };
    let Ok(words) = memory.image.read_row::<u32>(code.offset(CodeObject::WORDS), u64::from(object.count))
    else {
        ledger.problem(addr, "its code cannot be read");
        return;
    };
    let length = |row: Addr| memory.image.read::<ValuesObject>(row).map_or(0, |values| values.length);
    let limits = Limits {
        registers: u32::from(prototype.object.register_count),
        upvalues: u32::from(prototype.object.upvalue_count),
        constants: length(prototype.object.constants.addr),
        children: length(prototype.object.children.addr),
    };
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let instruction = Instruction(*word);
        let Some(opcode) = instruction.opcode() else {
            ledger.problem(addr, format_args!("word {index} of its code is no instruction"));
            return;
        };
        let info = opcode.info();
        let has_aux = info.aux != Operand::None;
        let aux = if has_aux { words.get(index + 1).copied() } else { Some(0) };
        let Some(aux) = aux else {
            ledger.problem(addr, format_args!("its code ends inside an instruction, at word {index}"));
            return;
        };
        let next = index + 1 + usize::from(has_aux);
        let fits = fits(instruction, opcode, aux, &limits);
        ledger.require(fits, addr, format_args!("an operand of {instruction} at word {index} names nothing"));
        if opcode == Opcode::Jump {
            let target = next as i64 + i64::from(instruction.jump_distance());
            let inside = (0..words.len() as i64).contains(&target);
            ledger.require(inside, addr, format_args!("the jump at word {index} leaves the code"));
        }
        if info.skips {
            let follows = words.get(next).map(|word| Instruction(*word).opcode());
            let is_jump = follows == Some(Some(Opcode::Jump));
            ledger.require(is_jump, addr, format_args!("no jump follows the condition at word {index}"));
        }
        index = next;
    }
}

fn fits(instruction: Instruction, opcode: Opcode, aux: u32, limits: &Limits) -> bool {
    let info = opcode.info();
    let inside = |operand: Operand, value: u32| match operand {
        Operand::Register | Operand::Row => value < limits.registers,
        Operand::Constant | Operand::Key => value < limits.constants,
        Operand::Upvalue => value < limits.upvalues,
        Operand::Child => value < limits.children,
        Operand::None | Operand::Number | Operand::Signed | Operand::Hint => true,
    };
    let (a, b, c) = (u32::from(instruction.a()), u32::from(instruction.b()), u32::from(instruction.c()));
    let operands = match info.shape {
        Shape::Abc => inside(info.a, a) && inside(info.b, b) && inside(info.c, c),
        Shape::ABx | Shape::AsBx => inside(info.a, a) && inside(info.b, u32::from(instruction.bx())),
        Shape::Jump => true,
    };
    operands && inside(info.aux, aux)
}
