//! Which keys a table constructor stores, read off its code when it is loaded.
//!
//! Invariant: what is found is a guess without consequence: a key that is never stored is a node that stays empty.

use dumpfmt::bytecode::{Instruction, Opcode, Operand};
use dumpfmt::step::Step;

/// A constructor that stores fields.
pub struct Constructor {
    /// Where its `NewTable` is.
    pub pc: usize,
    /// How many fields it has room for.
    pub room: u32,
    /// The constants that are its keys.
    pub keys: Vec<u32>,
}

/// Fields of the largest constructor that gets a template; a field instruction remembers no slot beyond.
const ROOM_MAX: u32 = 256;

/// The constructors of a function.
pub fn constructors(code: &[Instruction]) -> Vec<Constructor> {
    let mut found: Vec<Constructor> = Vec::new();
    // By register: the constructor at work there.
    let mut open: Vec<(u32, usize)> = Vec::new();
    for step in steps(code) {
        let word = step.instruction;
        let register = word.a() as u32;
        match step.opcode {
            Opcode::SetField | Opcode::SetFieldK => {
                if let Some((_, index)) = open.iter().find(|(at, _)| *at == register) {
                    let constructor: &mut Constructor = &mut found[*index];
                    if constructor.keys.len() < constructor.room as usize
                        && !constructor.keys.contains(&step.aux)
                    {
                        constructor.keys.push(step.aux);
                    }
                }
            }
            Opcode::SetTable
            | Opcode::SetTableK
            | Opcode::SetInteger
            | Opcode::SetIntegerK
            | Opcode::SetList => {}
            _ => {
                // What else names the register ends it, and so does what writes a row from below.
                let info = step.opcode.info();
                match info.a {
                    Operand::Register => open.retain(|(at, _)| *at != register),
                    Operand::Row => open.retain(|(at, _)| *at < register),
                    _ => {}
                }
                if step.opcode == Opcode::NewTable && (1..=9).contains(&word.b()) {
                    const { assert!(1 << (9 - 1) == ROOM_MAX) };
                    open.push((register, found.len()));
                    found.push(Constructor {
                        pc: step.index as usize,
                        room: 1 << (word.b() - 1),
                        keys: Vec::new(),
                    });
                }
            }
        }
    }
    found.retain(|constructor| !constructor.keys.is_empty());
    found
}

fn steps(code: &[Instruction]) -> impl Iterator<Item = Step> {
    let mut index = 0;
    core::iter::from_fn(move || {
        let word = *code.get(index)?;
        let step = Step::read(index as u32, word, code.get(index + 1).copied()).ok()?;
        index = step.next as usize;
        Some(step)
    })
}
