//! Code: words to instructions, addresses to places.
//!
//! Saved program counters lie one past what is being executed, possibly between an instruction and its
//! auxiliary word; so the instruction under way is the one that owns the word before.

use super::function::Prototype;
use super::memory::Memory;
use crate::image::{Fault, Why};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode, Operand};
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::CodeObject;
use zerocopy::FromBytes;

/// The words of a prototype, cut into instructions.
#[derive(Clone, Debug)]
pub struct Code {
    words: Vec<u32>,
    /// Index of the first word of each instruction.
    starts: Vec<u32>,
    /// Where word 0 lies.
    first: Addr,
}

/// One instruction of a prototype.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Index of its word.
    pub index: u32,
    /// The word.
    pub word: Instruction,
    /// Its operation.
    pub opcode: Opcode,
    /// The auxiliary word, 0 when it has none.
    pub aux: u32,
    /// Index of the word after it and its auxiliary word.
    pub next: u32,
}

/// A place in a function.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// Which function.
    pub prototype: Prototype,
    /// Index of the instruction word.
    pub index: u32,
}

impl Code {
    fn new(words: Vec<u32>, first: Addr) -> Code {
        let mut starts = Vec::new();
        let mut index = 0;
        while index < words.len() {
            starts.push(index as u32);
            index += 1 + usize::from(has_aux(words[index]));
        }
        Code { words, starts, first }
    }

    /// The instruction that owns word `index`.
    pub fn owner(&self, index: u32) -> Option<Step> {
        if index as usize >= self.words.len() {
            return None;
        }
        let after = self.starts.partition_point(|start| *start <= index);
        self.step(*self.starts.get(after.checked_sub(1)?)?)
    }

    /// The instruction under way in a frame whose saved program counter is `pc`.
    pub fn under_way(&self, pc: Addr) -> Option<Step> {
        let next = self.index_of(pc)?;
        self.owner(next.checked_sub(1)?)
    }

    /// The index of the word at `pc`; one past the last counts.
    pub fn index_of(&self, pc: Addr) -> Option<u32> {
        let distance = pc.0.checked_sub(self.first.0)?;
        let index = u32::try_from(distance / 4).ok()?;
        (distance.is_multiple_of(4) && index as usize <= self.words.len()).then_some(index)
    }

    /// Every instruction from the first on.
    pub fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        self.starts.iter().filter_map(|start| self.step(*start))
    }

    /// How many words there are.
    pub fn word_count(&self) -> usize {
        self.words.len()
    }

    fn step(&self, index: u32) -> Option<Step> {
        let word = Instruction(*self.words.get(index as usize)?);
        let opcode = word.opcode()?;
        let long = has_aux(word.0);
        let aux = if long { *self.words.get(index as usize + 1)? } else { 0 };
        Some(Step { index, word, opcode, aux, next: index + 1 + u32::from(long) })
    }
}

fn has_aux(word: u32) -> bool {
    Instruction(word).opcode().is_some_and(|opcode| opcode.info().aux != Operand::None)
}

impl Memory<'_> {
    /// The code of `prototype`.
    pub fn code(&self, prototype: &Prototype) -> Result<Code, Fault> {
        let addr = prototype.object.code.addr;
        let object: CodeObject = self.object(addr, Kind::Code)?;
        let first = addr.offset(CodeObject::WORDS);
        let bytes = self.image.bytes(first, u64::from(object.count) * 4)?;
        let words = bytes.chunks_exact(4).filter_map(|chunk| u32::read_from_bytes(chunk).ok()).collect();
        Ok(Code::new(words, first))
    }

    /// The function whose code holds the word at `pc`, found from the address alone.
    pub fn spot_at(&self, pc: Addr) -> Result<Spot, Fault> {
        let lost = Fault::new(pc, Why::WrongKind { expected: "code", found: u8::MAX });
        let slot = self.blocks().slot_of(pc).filter(|slot| slot.kind == Kind::Code).ok_or(lost)?;
        let object: CodeObject = self.object(slot.addr, Kind::Code)?;
        let distance = pc.0.checked_sub(slot.addr.0 + CodeObject::WORDS).ok_or(lost)?;
        if distance / 4 >= u64::from(object.count) {
            return Err(lost);
        }
        let prototype = self.prototype(object.prototype.addr)?;
        if prototype.object.code.addr != slot.addr {
            return Err(lost);
        }
        Ok(Spot { prototype, index: (distance / 4) as u32 })
    }
}
