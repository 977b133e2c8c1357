//! Jumps and lists of them.
//!
//! Jumps that will go to one place, not yet known, form a list threaded through their own distances: each
//! holds the distance to the next, and the last one that to itself.
//!
//! Invariant: only `Jump` words are in lists; the instruction that decides about a conditional one is the
//! word before it.

use super::code::{Emitted, Emitter};
pub(super) use crate::scope::JumpList;
use dumpfmt::bytecode::{Instruction, JUMP_DISTANCE_MAX, Opcode};

/// The register of a `TestSet` whose value nobody asked for yet; no register has this number.
pub(super) const NO_REGISTER: u8 = u8::MAX;

impl JumpList {
    /// The list of no jump.
    pub(super) const EMPTY: Self = JumpList(None);

    /// The list of the one jump at `pc`.
    pub(super) fn one(pc: usize) -> Self {
        JumpList(Some(pc as u32))
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_none()
    }
}

impl Emitter<'_> {
    /// Emits a jump to a place not yet known.
    pub(super) fn jump(&mut self) -> usize {
        self.emit(Instruction::jump(-1))
    }

    /// Emits a jump to `target`.
    pub(super) fn jump_to(&mut self, target: usize) -> Emitted<()> {
        let pc = self.jump();
        self.set_jump(pc, target)
    }

    /// Emits a test and the jump that it decides about.
    pub(super) fn conditional_jump(&mut self, opcode: Opcode, a: u8, b: u8, condition: bool) -> usize {
        self.emit_abc(opcode, a, b, u8::from(condition));
        self.jump()
    }

    /// Marks the current place as one that is jumped to.
    pub(super) fn label_here(&mut self) -> usize {
        self.function.last_target = self.function.pc();
        self.function.last_target
    }

    /// Lets the jump at `pc` go to `target`.
    pub(super) fn set_jump(&mut self, pc: usize, target: usize) -> Emitted<()> {
        let distance = target as i64 - (pc as i64 + 1);
        if distance.abs() > i64::from(JUMP_DISTANCE_MAX) {
            return Err(self.fault_near("control structure too long"));
        }
        self.function.code[pc] = Instruction::jump(distance as i32);
        Ok(())
    }

    fn next_in_list(&self, pc: usize) -> Option<usize> {
        let distance = self.function.code[pc].jump_distance();
        (distance != -1).then(|| (pc as i64 + 1 + i64::from(distance)) as usize)
    }

    /// One list of both. Walks `first` to its end: a caller with a single jump puts it first.
    pub(super) fn join(&mut self, first: JumpList, second: JumpList) -> Emitted<JumpList> {
        let (Some(start), Some(rest)) = (first.0, second.0) else {
            return Ok(if first.is_empty() { second } else { first });
        };
        let mut last = start as usize;
        while let Some(next) = self.next_in_list(last) {
            last = next;
        }
        self.set_jump(last, rest as usize)?;
        Ok(first)
    }

    /// The instruction that decides about the jump at `pc`; the jump itself when nothing does.
    pub(super) fn jump_control(&self, pc: usize) -> usize {
        let decides = pc > 0 && self.function.opcode(pc - 1).is_some_and(|opcode| opcode.info().skips);
        if decides { pc - 1 } else { pc }
    }

    /// Whether some jump of the list leaves no value behind, so that one must be loaded.
    pub(super) fn needs_value(&self, list: JumpList) -> bool {
        let mut next = list.0.map(|pc| pc as usize);
        while let Some(pc) = next {
            if self.function.opcode(self.jump_control(pc)) != Some(Opcode::TestSet) {
                return true;
            }
            next = self.next_in_list(pc);
        }
        false
    }

    /// Makes the `TestSet` of the jump at `pc`, if it has one, put its value into `register`, or a plain
    /// `Test` when the value is not wanted. False when there is none.
    fn set_test_register(&mut self, pc: usize, register: u8) -> bool {
        let control = self.jump_control(pc);
        if self.function.opcode(control) != Some(Opcode::TestSet) {
            return false;
        }
        let test = self.function.code[control];
        if register != NO_REGISTER && register != test.b() {
            self.function.set_a(control, register);
        } else {
            self.function.code[control] = Instruction::abc(Opcode::Test, test.b(), 0, test.c());
        }
        true
    }

    /// No jump of the list need leave a value.
    pub(super) fn drop_values(&mut self, list: JumpList) {
        let mut next = list.0.map(|pc| pc as usize);
        while let Some(pc) = next {
            self.set_test_register(pc, NO_REGISTER);
            next = self.next_in_list(pc);
        }
    }

    /// Sends each jump of the list to `with_value` if it leaves its value in `register`, else to `without`.
    pub(super) fn patch_values(
        &mut self,
        list: JumpList,
        with_value: usize,
        register: u8,
        without: usize,
    ) -> Emitted<()> {
        let mut next = list.0.map(|pc| pc as usize);
        while let Some(pc) = next {
            next = self.next_in_list(pc);
            let target = if self.set_test_register(pc, register) { with_value } else { without };
            self.set_jump(pc, target)?;
        }
        Ok(())
    }

    /// Sends each jump of the list to `target`.
    pub(super) fn patch(&mut self, list: JumpList, target: usize) -> Emitted<()> {
        self.patch_values(list, target, NO_REGISTER, target)
    }

    /// Sends each jump of the list to the current place.
    pub(super) fn patch_here(&mut self, list: JumpList) -> Emitted<()> {
        let here = self.label_here();
        self.patch(list, here)
    }

    /// Where a jump to `pc` ends up when unconditional jumps stand there.
    pub(super) fn final_target(&self, mut pc: usize) -> usize {
        // A bound, for jumps in a circle.
        for _ in 0..100 {
            match self.function.code.get(pc) {
                Some(word) if !self.function.auxiliary[pc] && word.opcode() == Some(Opcode::Jump) => {
                    pc = (pc as i64 + 1 + i64::from(word.jump_distance())) as usize;
                }
                _ => break,
            }
        }
        pc
    }
}
