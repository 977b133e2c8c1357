//! Code: every word decodes, and every operand names something that is there.

use super::ledger::Ledger;
use crate::model::function::Prototype;
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::function::CodeObject;
use dumpfmt::layout::table::ValuesObject;
use dumpfmt::step::{BadStep, Limits, Step};

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
    let word_at = |index: usize| words.get(index).copied().map(Instruction);
    while let Some(word) = word_at(index) {
        let step = match Step::read(index as u32, word, word_at(index + 1)) {
            Ok(step) => step,
            Err(BadStep::Unknown) => {
                ledger.problem(addr, format_args!("word {index} of its code is no instruction"));
                return;
            }
            Err(BadStep::Cut) => {
                ledger.problem(addr, format_args!("its code ends inside an instruction, at word {index}"));
                return;
            }
        };
        let fits = step.fits(&limits);
        ledger.require(fits, addr, format_args!("an operand of {word} at word {index} names nothing"));
        if let Some(target) = step.jump_target() {
            let inside = (0..words.len() as i64).contains(&target);
            ledger.require(inside, addr, format_args!("the jump at word {index} leaves the code"));
        }
        if step.opcode.info().skips {
            let follows = word_at(step.next as usize).and_then(Instruction::opcode);
            let is_jump = follows == Some(Opcode::Jump);
            ledger.require(is_jump, addr, format_args!("no jump follows the condition at word {index}"));
        }
        index = step.next as usize;
    }
}
