//! Blocks: variables that come into and go out of scope, labels, and gotos to them.
//!
//! A goto forward waits among the pending ones; each block that it is still in when that block ends hands it
//! to the block around, noting what its jump has to close on the way.
//!
//! Invariant: when a block ends, its variables, labels and registers are gone from every stack.
//! Not here: what is in scope (`scope.rs`), statements (`statement.rs`).

use super::code::{Emitted, Emitter};
use super::jump::JumpList;
use crate::ast::{End, Name};
use crate::error::Fault;
use crate::prototype::LocalVariable;
use crate::scope::{Block, LABELS_MAX, LOCALS_MAX, Label, PendingGoto, VARIABLE_MAX, Variable, VariableKind};
use crate::symbol::Symbol;
use dumpfmt::bytecode::Opcode;

impl Emitter<'_> {
    // ---- variables

    /// Declares a variable that is not in scope yet.
    pub(super) fn declare(&mut self, name: Name) -> Emitted<()> {
        if self.scope.variables.len() + 1 - self.function.first_variable > VARIABLE_MAX {
            return Err(self.limit_fault(self.function.line_defined, "local variables", VARIABLE_MAX));
        }
        let id = self.scope.new_id();
        self.scope.variables.push(Variable {
            name: name.symbol,
            kind: VariableKind::Regular,
            register: 0,
            debug_index: 0,
            id,
            is_initialising: false,
        });
        Ok(())
    }

    /// Declares a variable of the compiler's own.
    pub(super) fn declare_hidden(&mut self, count: usize) -> Emitted<()> {
        for _ in 0..count {
            self.declare(Name { symbol: self.names.for_state, end: self.position })?;
        }
        Ok(())
    }

    /// The next `count` declared variables come into scope, in the registers just filled.
    pub(super) fn activate(&mut self, count: usize) -> Emitted<()> {
        for _ in 0..count {
            let function = &mut self.function;
            if function.locals.len() >= LOCALS_MAX {
                return Err(Fault::too_many("local variables", LOCALS_MAX));
            }
            let variable = &mut self.scope.variables[function.first_variable + function.active_count];
            variable.register = function.variable_registers;
            variable.debug_index = function.locals.len() as u32;
            function.variable_registers += 1;
            function.active_count += 1;
            function.locals.push(LocalVariable {
                name: self.symbols.text(variable.name).into(),
                register: variable.register,
                start_pc: function.code.len() as u32,
                end_pc: 0,
            });
        }
        Ok(())
    }

    /// Registers that the first `active_count` variables of the function hold.
    pub(super) fn register_level(&self, active_count: usize) -> u8 {
        let first = self.function.first_variable;
        let active = &self.scope.variables[first..first + active_count];
        let last =
            active.iter().rev().find(|variable| !matches!(variable.kind, VariableKind::CompileTime(_)));
        last.map_or(0, |variable| variable.register + 1)
    }

    /// All variables but the first `active_count` go out of scope.
    fn remove_variables(&mut self, active_count: usize) {
        let level = self.register_level(active_count);
        let function = &mut self.function;
        for variable in self.scope.variables.drain(function.first_variable + active_count..) {
            if !matches!(variable.kind, VariableKind::CompileTime(_))
                && let Some(local) = function.locals.get_mut(variable.debug_index as usize)
            {
                local.end_pc = function.code.len() as u32;
            }
        }
        function.active_count = active_count;
        function.variable_registers = level;
    }

    // ---- blocks

    pub(super) fn enter_block(&mut self, is_loop: bool) {
        let outer = self.function.blocks.last();
        self.function.blocks.push(Block {
            first_label: self.scope.label_count(),
            first_goto: self.scope.gotos.len(),
            active_count: self.function.active_count,
            has_upvalue: false,
            is_loop,
            is_inside_to_be_closed: outer.is_some_and(|block| block.is_inside_to_be_closed),
        });
    }

    pub(super) fn leave_block(&mut self) -> Emitted<()> {
        let Some(block) = self.function.blocks.pop() else { return Ok(()) };
        let is_outermost = self.function.blocks.is_empty();
        let level = self.register_level(block.active_count);
        self.remove_variables(block.active_count);
        let mut closed = false;
        if block.is_loop {
            closed = self.create_label(self.names.break_name, 0, block.first_goto, block.active_count)?;
        }
        if !closed && !is_outermost && block.has_upvalue {
            self.emit_abc(Opcode::Close, level, 0, 0);
        }
        self.function.registers.truncate(level);
        self.scope.truncate_labels(block.first_label);
        if is_outermost {
            return match self.scope.gotos.get(block.first_goto) {
                Some(goto) => {
                    let fault = self.unresolved(*goto);
                    if self.outer.is_empty() {
                        // Only the end of the chunk shows that the label does not come.
                        self.position = End::MAX;
                    }
                    Err(fault)
                }
                None => Ok(()),
            };
        }
        for index in block.first_goto..self.scope.gotos.len() {
            let goto = &mut self.scope.gotos[index];
            // Its own variables are gone with the block; those of the blocks around are left.
            goto.needs_close |= goto.level > level && block.has_upvalue;
            goto.level = goto.level.min(level);
            goto.active_count = goto.active_count.min(block.active_count);
        }
        Ok(())
    }

    fn unresolved(&self, goto: PendingGoto) -> Fault {
        if goto.name == self.names.break_name {
            self.fault(format!("break outside loop at line {}", goto.line))
        } else {
            self.fault_named("no visible label '", goto.name, &format!("' for <goto> at line {}", goto.line))
        }
    }

    // ---- labels and gotos

    /// Adds a goto, taken by the jumps of `list`, whose label has not come.
    pub(super) fn add_goto(&mut self, name: Symbol, line: u32, jumps: JumpList) -> Emitted<()> {
        self.check_label_count(self.scope.gotos.len())?;
        self.scope.gotos.push(PendingGoto {
            name,
            jumps,
            line,
            active_count: self.function.active_count,
            level: self.function.variable_registers,
            needs_close: false,
        });
        Ok(())
    }

    fn check_label_count(&self, count: usize) -> Emitted<()> {
        if count < LABELS_MAX { Ok(()) } else { Err(Fault::too_many("labels/gotos", LABELS_MAX)) }
    }

    /// Makes a label of the current place and resolves the gotos from `first_goto` on that wait for it. True
    /// when it had to begin with a `Close`.
    fn create_label(
        &mut self,
        name: Symbol,
        line: u32,
        first_goto: usize,
        active_count: usize,
    ) -> Emitted<bool> {
        let pc = self.label_here();
        self.check_label_count(self.scope.label_count())?;
        self.scope.add_label(name, pc, line, active_count);
        let mut needs_close = false;
        let mut kept = first_goto;
        for index in first_goto..self.scope.gotos.len() {
            let goto = self.scope.gotos[index];
            if goto.name != name {
                self.scope.gotos[kept] = goto;
                kept += 1;
                continue;
            }
            if goto.active_count < active_count {
                let entered = self.scope.variables[self.function.first_variable + goto.active_count].name;
                let label = String::from_utf8_lossy(self.symbols.text(name)).into_owned();
                let before = format!("<goto {label}> at line {} jumps into the scope of local '", goto.line);
                return Err(self.fault_named(&before, entered, "'"));
            }
            needs_close |= goto.needs_close;
            self.patch(goto.jumps, pc)?;
        }
        self.scope.gotos.truncate(kept);
        if needs_close {
            let level = self.function.variable_registers;
            self.emit_abc(Opcode::Close, level, 0, 0);
        }
        Ok(needs_close)
    }

    /// The label of this name that the function has in scope.
    fn find_label(&self, name: Symbol) -> Option<Label> {
        let first = self.function.blocks.first().map_or(0, |block| block.first_label);
        self.scope.find_label(name, first)
    }

    pub(super) fn goto(&mut self, label: Name) -> Emitted<()> {
        self.at(label.end);
        match self.find_label(label.symbol) {
            Some(found) => {
                let level = self.register_level(found.active_count);
                if self.function.variable_registers > level {
                    self.emit_abc(Opcode::Close, level, 0, 0);
                }
                self.jump_to(found.pc)
            }
            None => {
                let line = self.current_line();
                let jump = JumpList::one(self.jump());
                self.add_goto(label.symbol, line, jump)
            }
        }
    }

    /// A label; `is_last` when nothing but labels and semicolons follow in its block, whose variables are then
    /// taken to be out of scope.
    pub(super) fn label(&mut self, name: Name, is_last: bool) -> Emitted<()> {
        if let Some(earlier) = self.find_label(name.symbol) {
            let after = format!("' already defined on line {}", earlier.line);
            return Err(self.fault_named("label '", name.symbol, &after));
        }
        let line = self.line_of(name.end);
        let block = self.function.blocks.last().copied();
        let active_count = match block {
            Some(block) if is_last => block.active_count,
            _ => self.function.active_count,
        };
        self.create_label(name.symbol, line, block.map_or(0, |block| block.first_goto), active_count)?;
        Ok(())
    }
}
