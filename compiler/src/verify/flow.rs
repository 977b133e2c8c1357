//! Where control goes, and what must hold on every way there.
//!
//! A to-be-closed variable that is marked and not yet closed is *pending*. Pending variables form a stack, since
//! marks go bottom up; the state before an instruction is the word of the innermost pending mark, and the one
//! below it is the state before that mark. Where ways meet the state must be the same: the compiler closes
//! before it leaves a block, or, when it learns too late that it must, begins the place it goes to with a `Close`;
//! which is why a `Close` is applied to a state on its way in.
//!
//! Invariant: each instruction is looked at once.

use super::Flaw;
use crate::prototype::Prototype;
use dumpfmt::bytecode::Opcode;
use dumpfmt::step::Step;

/// Nothing has come here yet.
const UNREACHED: u32 = u32::MAX;
/// No variable is pending.
const NONE: u32 = u32::MAX - 1;

/// The second look at a function.
pub(super) struct Flow<'a> {
    function: &'a Prototype,
    steps: &'a [Step],
    /// For each word, which step begins there, plus one; 0 for none.
    step_at: Vec<u32>,
    /// For each word, the state before it.
    states: Vec<u32>,
    /// Words whose state is new.
    waiting: Vec<u32>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(function: &'a Prototype, steps: &'a [Step]) -> Self {
        let mut step_at = vec![0; function.code.len()];
        for (number, step) in steps.iter().enumerate() {
            step_at[step.index as usize] = number as u32 + 1;
        }
        Flow { function, steps, step_at, states: vec![UNREACHED; function.code.len()], waiting: Vec::new() }
    }

    pub(super) fn verify(mut self) -> Result<(), Flaw> {
        self.returns()?;
        self.lists()?;
        self.reach(0, NONE, 0)?;
        while let Some(index) = self.waiting.pop() {
            let number = self.step_at[index as usize] as usize - 1;
            self.advance(self.steps[number])?;
        }
        Ok(())
    }

    fn flaw(&self, word: u32, what: &'static str) -> Flaw {
        Flaw { line_defined: self.function.line_defined, word: Some(word), what }
    }

    /// A frame that may leave open upvalues or pending variables closes them wherever it ends.
    fn returns(&self) -> Result<(), Flaw> {
        let captures =
            self.function.children.iter().flat_map(|child| &child.upvalues).any(|upvalue| upvalue.in_stack);
        let marks = self.steps.iter().any(|step| mark(step).is_some());
        if !captures && !marks {
            return Ok(());
        }
        for step in self.steps {
            let closes = match step.opcode {
                Opcode::Return0 | Opcode::Return1 => false,
                Opcode::Return | Opcode::TailCall => step.instruction.c() != 0,
                _ => true,
            };
            if !closes {
                return Err(self.flaw(step.index, "it returns without closing its variables"));
            }
        }
        Ok(())
    }

    /// A list is opened right before it is taken, and nothing comes in between from elsewhere.
    fn lists(&self) -> Result<(), Flaw> {
        let mut is_target = vec![false; self.function.code.len() + 1];
        for step in self.steps {
            for target in [step.jump_target(), skip_target(step)].into_iter().flatten() {
                if let Ok(target) = usize::try_from(target)
                    && let Some(mark) = is_target.get_mut(target)
                {
                    *mark = true;
                }
            }
        }
        let mut opened = None;
        for step in self.steps {
            let fits = match (opened, step.takes_list()) {
                (None, None) => true,
                (Some(first), Some(lowest)) => first >= lowest && !is_target[step.index as usize],
                _ => false,
            };
            if !fits {
                return Err(self.flaw(step.index, "an open list is not opened and taken in one go"));
            }
            opened = step.opens_list();
            if step.opcode == Opcode::TailCall {
                let next = self.step(step.next);
                if next.is_none_or(|next| next.opcode != Opcode::Return) {
                    return Err(self.flaw(step.index, "no return follows a tail call"));
                }
            }
        }
        Ok(())
    }

    fn step(&self, index: u32) -> Option<Step> {
        let number = self.step_at.get(index as usize)?.checked_sub(1)?;
        self.steps.get(number as usize).copied()
    }

    /// The register of a pending variable.
    fn register(&self, state: u32) -> Option<u8> {
        self.step(state).and_then(|step| mark(&step))
    }

    /// The state once everything from register `level` on is closed.
    fn closed(&self, mut state: u32, level: u8) -> u32 {
        while self.register(state).is_some_and(|register| register >= level) {
            state = self.states[state as usize];
        }
        state
    }

    /// Control comes to word `index` from word `from`.
    fn reach(&mut self, index: i64, state: u32, from: u32) -> Result<(), Flaw> {
        let target = u32::try_from(index).ok().and_then(|index| self.step(index));
        let Some(target) = target else {
            return Err(self.flaw(from, "control leaves the code"));
        };
        let state = match target.opcode {
            Opcode::Close => self.closed(state, target.instruction.a()),
            _ => state,
        };
        let known = &mut self.states[target.index as usize];
        if *known == UNREACHED {
            *known = state;
            self.waiting.push(target.index);
        } else if *known != state {
            return Err(self.flaw(target.index, "variables are pending on one way here, not on another"));
        }
        Ok(())
    }

    /// Follows one instruction, whose state is known, to all that may come after it.
    fn advance(&mut self, step: Step) -> Result<(), Flaw> {
        let mut state = self.states[step.index as usize];
        if let Some(register) = mark(&step) {
            if self.register(state).is_some_and(|pending| pending >= register) {
                return Err(self.flaw(step.index, "a variable is marked below a pending one"));
            }
            state = step.index;
        }
        let a = step.instruction.a();
        let is_kept = match step.opcode {
            // What is called lies from here on, over whatever was there.
            Opcode::Call => self.closed(state, a) == state,
            Opcode::TailCall => state == NONE,
            Opcode::GenericForCall => {
                // The loop's own closing value lies in the fourth of its registers; the third is written.
                let above = match self.register(state) {
                    Some(register) if register == a.saturating_add(3) => self.states[state as usize],
                    _ => state,
                };
                self.closed(above, a) == above
            }
            _ => true,
        };
        if !is_kept {
            return Err(self.flaw(step.index, "a call over a variable that is pending"));
        }
        if let Some(target) = step.jump_target() {
            return self.reach(target, state, step.index);
        }
        match step.opcode {
            Opcode::Return | Opcode::Return0 | Opcode::Return1 => return Ok(()),
            Opcode::LoadFalseSkip => {}
            _ => self.reach(step.next.into(), state, step.index)?,
        }
        if step.opcode.info().skips && self.step(step.next).is_none_or(|next| next.opcode != Opcode::Jump) {
            return Err(self.flaw(step.index, "no jump follows a condition"));
        }
        match skip_target(&step) {
            Some(target) => self.reach(target, state, step.index),
            None => Ok(()),
        }
    }
}

/// The register of the variable that an instruction marks as to be closed.
fn mark(step: &Step) -> Option<u8> {
    match step.opcode {
        Opcode::ToBeClosed => Some(step.instruction.a()),
        Opcode::GenericForPrepare => Some(step.instruction.a().saturating_add(3)),
        _ => None,
    }
}

/// Where an instruction goes that may step over the word after it.
fn skip_target(step: &Step) -> Option<i64> {
    let skips = step.opcode.info().skips || step.opcode == Opcode::LoadFalseSkip;
    skips.then(|| i64::from(step.next) + 1)
}
