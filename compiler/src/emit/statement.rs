//! Statements of the tree to code.
//!
//! Invariant: after each statement no temporary is in use.
//! Not here: expressions (`expression.rs`), blocks, labels and gotos (`block.rs`).

use super::code::{Emitted, Emitter};
use super::jump::JumpList;
use super::operand::{Operand, Place};
use crate::ast::{Arm, End, ExpressionId, ForHead, FunctionId, Item, List, LocalName, Name, Statement};
use crate::scope::{Literal, VariableKind};
use dumpfmt::bytecode::{Instruction, Opcode};

impl Emitter<'_> {
    // ---- statements

    /// The statements of a block, in the scope at hand; `until` follows them in a `repeat`.
    pub(super) fn statements(&mut self, list: List<Statement>) -> Emitted<()> {
        self.statements_before(list, false)
    }

    fn statements_before(&mut self, list: List<Statement>, until_follows: bool) -> Emitted<()> {
        let statements = list.of(&self.tree.statements);
        let is_idle =
            |statement: &Statement| matches!(statement, Statement::Empty { .. } | Statement::Label { .. });
        let mut index = 0;
        while index < statements.len() {
            if matches!(statements[index], Statement::Label { .. }) {
                // A row of labels is one place; the reference reads all before it makes the first.
                let row = statements[index..].iter().take_while(|statement| is_idle(statement)).count();
                let row = &statements[index..index + row];
                index += row.len();
                if let Some(Statement::Label { end, .. } | Statement::Empty { end }) = row.last() {
                    self.at(*end);
                }
                let is_last = index == statements.len() && !until_follows;
                for statement in row.iter().rev() {
                    if let Statement::Label { name, .. } = statement {
                        self.label(*name, is_last)?;
                    }
                }
            } else {
                self.statement(statements[index])?;
                index += 1;
            }
            self.function.registers.truncate(self.function.variable_registers);
        }
        Ok(())
    }

    /// A block of its own scope.
    fn block(&mut self, list: List<Statement>) -> Emitted<()> {
        self.enter_block(false);
        self.statements(list)?;
        self.leave_block()
    }

    fn statement(&mut self, statement: Statement) -> Emitted<()> {
        match statement {
            Statement::Empty { end } | Statement::Label { end, .. } => {
                self.at(end);
                Ok(())
            }
            Statement::Local { names, assign, values } => self.local(names, assign, values),
            Statement::Assign { targets, assign, values } => self.assign(targets, assign, values),
            Statement::Call { call } => {
                let operand = self.expression(call)?;
                if let Place::Call(pc) = operand.place {
                    self.function.set_c(pc, 1);
                }
                Ok(())
            }
            Statement::Do { open, block, end } => {
                self.at(open);
                self.block(block)?;
                self.at(end);
                Ok(())
            }
            Statement::While { keyword, condition, open, block, end } => {
                self.at(keyword);
                let start = self.label_here();
                let exit = self.condition(condition)?;
                self.enter_block(true);
                self.at(open);
                self.block(block)?;
                self.jump_to(start)?;
                self.at(end);
                self.leave_block()?;
                self.patch_here(exit)
            }
            Statement::Repeat { open, block, until, condition } => self.repeat(open, block, until, condition),
            Statement::If { keyword, arms, otherwise, end } => {
                self.at(keyword);
                let mut escapes = JumpList::EMPTY;
                let arms = arms.of(&self.tree.arms);
                for (index, arm) in arms.iter().enumerate() {
                    let has_next = index + 1 < arms.len() || otherwise.is_some();
                    self.arm(arm, has_next, &mut escapes)?;
                    self.at(arm.block_end);
                }
                if let Some(block) = otherwise {
                    self.block(block)?;
                }
                self.at(end);
                self.patch_here(escapes)
            }
            Statement::NumericFor { head, variable, bounds } => self.numeric_for(head, variable, bounds),
            Statement::GenericFor { head, variables, in_end, values_start, values } => {
                self.generic_for(head, variables, in_end, values_start, values)
            }
            Statement::Function { keyword, name, body } => self.function_statement(keyword, name, body),
            Statement::LocalFunction { name, body } => self.local_function(name, body),
            Statement::Return { keyword, values, end } => {
                self.at(keyword);
                self.return_statement(values)?;
                if let Some(end) = end {
                    self.at(end);
                }
                Ok(())
            }
            Statement::Break { end } => {
                self.at(end);
                let line = self.current_line();
                let jump = JumpList::one(self.jump());
                self.add_goto(self.names.break_name, line, jump)
            }
            Statement::Goto { label } => self.goto(label),
        }
    }

    // ---- assignment

    /// Fails unless the operand may be assigned, and notes that it is.
    fn check_assignable(&mut self, operand: &Operand) -> Emitted<()> {
        let (name, kind, id) = match operand.place {
            Place::Local { variable, .. } | Place::CompileTime { variable } => {
                let variable = self.scope.variables[variable];
                (variable.name, variable.kind, variable.id)
            }
            Place::Upvalue(index) => {
                let upvalue = self.function.upvalues[usize::from(index)];
                (upvalue.name, upvalue.kind, upvalue.id)
            }
            _ => return Ok(()),
        };
        if !kind.is_assignable() {
            return Err(self.fault_named("attempt to assign to const variable '", name, "'"));
        }
        self.scope.mark_assigned(id);
        Ok(())
    }

    /// Makes `value_count` expressions, the last of them open, `variable_count` values in registers.
    fn adjust(&mut self, variable_count: usize, value_count: usize, last: &mut Operand) -> Emitted<()> {
        let needed = variable_count as isize - value_count as isize;
        if last.is_multiple() {
            self.take_results(last, Some((needed + 1).max(0) as u8))?;
        } else {
            if last.place != Place::Void {
                self.place_in_next(last)?;
            }
            if needed > 0 {
                let register = self.free_register();
                self.check_registers(needed as usize)?;
                self.load_nil(register, needed as u8);
            }
        }
        if needed > 0 {
            self.reserve(needed as usize)?;
        } else {
            let register = self.free_register() - (-needed) as u8;
            self.function.registers.truncate(register);
        }
        Ok(())
    }

    fn local(&mut self, names: List<LocalName>, assign: Option<End>, values: List<Item>) -> Emitted<()> {
        let names = names.of(&self.tree.locals);
        let mut to_be_closed = None;
        for (index, local) in names.iter().enumerate() {
            self.at(local.name.end);
            self.declare(local.name)?;
            let Some((attribute, end)) = local.attribute else { continue };
            self.at(end);
            let kind = if attribute == self.names.const_name {
                VariableKind::Constant
            } else if attribute == self.names.close_name {
                VariableKind::ToBeClosed
            } else {
                return Err(self.fault_named("unknown attribute '", attribute, "'"));
            };
            if let Some(variable) = self.scope.variables.last_mut() {
                variable.kind = kind;
            }
            if kind == VariableKind::ToBeClosed && to_be_closed.replace(index).is_some() {
                return Err(self.fault("multiple to-be-closed variables in local list"));
            }
        }
        if let Some(end) = assign {
            self.at(end);
        }
        let mut last = self.expressions(values)?;
        let first_active = self.function.active_count;
        if names.len() == values.len()
            && let Some(variable) = self.scope.variables.last().copied()
            && variable.kind == VariableKind::Constant
            && let Some(literal) = self.compile_time_literal(&last)
        {
            // A constant known now takes no register.
            self.activate_all_but_last_with(&mut last, names.len(), literal)?;
            return self.mark_to_be_closed(first_active, to_be_closed);
        }
        self.adjust(names.len(), values.len(), &mut last)?;
        self.activate(names.len())?;
        self.mark_to_be_closed(first_active, to_be_closed)
    }

    fn compile_time_literal(&self, operand: &Operand) -> Option<Literal> {
        match operand.place {
            Place::CompileTime { variable } => match self.scope.variables[variable].kind {
                VariableKind::CompileTime(literal) => Some(literal),
                _ => None,
            },
            _ => operand.as_literal(),
        }
    }

    fn activate_all_but_last_with(
        &mut self,
        last: &mut Operand,
        count: usize,
        literal: Literal,
    ) -> Emitted<()> {
        self.activate(count - 1)?;
        if let Some(variable) = self.scope.variables.last_mut() {
            variable.kind = VariableKind::CompileTime(literal);
        }
        self.function.active_count += 1;
        *last = Operand::new(Place::Void);
        Ok(())
    }

    fn mark_to_be_closed(&mut self, first_active: usize, index: Option<usize>) -> Emitted<()> {
        if let Some(index) = index {
            let variable = self.scope.variables[self.function.first_variable + first_active + index];
            self.mark_block_to_be_closed();
            self.emit_abc(Opcode::ToBeClosed, variable.register, 0, 0);
        }
        Ok(())
    }

    /// The block at hand has a to-be-closed variable.
    fn mark_block_to_be_closed(&mut self) {
        if let Some(block) = self.function.blocks.last_mut() {
            block.has_upvalue = true;
            block.is_inside_to_be_closed = true;
        }
        self.function.needs_close = true;
    }

    fn target(&mut self, id: ExpressionId) -> Emitted<Operand> {
        let operand = self.expression(id)?;
        self.check_assignable(&operand)?;
        Ok(operand)
    }

    fn assign(&mut self, targets: List<Item>, assign: End, values: List<Item>) -> Emitted<()> {
        let targets = targets.of(&self.tree.items);
        if let [target] = targets {
            let target = self.target(target.expression)?;
            self.at(assign);
            let mut last = self.expressions(values)?;
            if values.len() != 1 {
                self.adjust(1, values.len(), &mut last)?;
                last = Operand::new(Place::Register(self.free_register() - 1));
            } else {
                self.take_one_result(&mut last);
            }
            return self.store(&target, &mut last);
        }
        let mut places: Vec<Operand> = Vec::with_capacity(targets.len());
        for (index, item) in targets.iter().enumerate() {
            if index > 0 {
                self.at(item.comma);
            }
            let target = self.target(item.expression)?;
            if !target.is_indexed() {
                self.resolve_conflict(&mut places, &target)?;
            }
            places.push(target);
        }
        self.at(assign);
        let mut last = self.expressions(values)?;
        let mut remaining = places.as_slice();
        if values.len() == targets.len() {
            self.take_one_result(&mut last);
            if let Some((target, rest)) = places.split_last() {
                self.store(target, &mut last)?;
                remaining = rest;
            }
        } else {
            self.adjust(targets.len(), values.len(), &mut last)?;
        }
        for target in remaining.iter().rev() {
            let register = self.free_register() - 1;
            self.store(target, &mut Operand::new(Place::Register(register)))?;
        }
        Ok(())
    }

    /// An earlier target may index the variable that `target` is, or by it: it must go on with the value
    /// before the assignment, so that is copied.
    fn resolve_conflict(&mut self, earlier: &mut [Operand], target: &Operand) -> Emitted<()> {
        let copy = self.free_register();
        let mut has_conflict = false;
        for operand in earlier {
            match (&mut operand.place, target.place) {
                (&mut Place::IndexedUpvalue { upvalue, key }, Place::Upvalue(assigned))
                    if upvalue == assigned =>
                {
                    operand.place = Place::IndexedField { table: copy, key };
                    has_conflict = true;
                }
                (Place::Indexed { table, key }, Place::Local { register, .. }) => {
                    for used in [table, key] {
                        if *used == register {
                            *used = copy;
                            has_conflict = true;
                        }
                    }
                }
                (
                    Place::IndexedInteger { table, .. } | Place::IndexedField { table, .. },
                    Place::Local { register, .. },
                ) if *table == register => {
                    *table = copy;
                    has_conflict = true;
                }
                _ => {}
            }
        }
        if has_conflict {
            match target.place {
                Place::Local { register, .. } => self.emit_abc(Opcode::Move, copy, register, 0),
                Place::Upvalue(upvalue) => self.emit_abc(Opcode::GetUpvalue, copy, upvalue, 0),
                _ => return Ok(()),
            };
            self.reserve(1)?;
        }
        Ok(())
    }

    fn function_statement(&mut self, keyword: End, name: ExpressionId, body: FunctionId) -> Emitted<()> {
        self.at(keyword);
        let line = self.current_line();
        let target = self.expression(name)?;
        let mut closure = self.closure(body)?;
        self.check_assignable(&target)?;
        self.store(&target, &mut closure)?;
        self.function.fix_line(line);
        Ok(())
    }

    fn local_function(&mut self, name: Name, body: FunctionId) -> Emitted<()> {
        self.at(name.end);
        self.declare(name)?;
        self.activate(1)?;
        let index = self.scope.variables.len() - 1;
        self.scope.variables[index].is_initialising = true;
        self.closure(body)?;
        let variable = &mut self.scope.variables[index];
        variable.is_initialising = false;
        let local = variable.debug_index as usize;
        // Debuggers should not see the variable before it is set.
        self.function.locals[local].start_pc = self.function.code.len() as u32;
        Ok(())
    }

    // ---- control structures

    /// The jumps taken when a condition fails.
    fn condition(&mut self, id: ExpressionId) -> Emitted<JumpList> {
        let mut operand = self.expression(id)?;
        self.go_if_true(&mut operand)?;
        Ok(operand.when_false)
    }

    fn arm(&mut self, arm: &Arm, has_next: bool, escapes: &mut JumpList) -> Emitted<()> {
        let mut condition = self.expression(arm.condition)?;
        self.at(arm.then);
        let statements = arm.block.of(&self.tree.statements);
        let failed;
        if let [Statement::Break { end }, rest @ ..] = statements {
            // The condition's own jumps are the break.
            let line = self.line_of(*end);
            self.go_if_false(&mut condition)?;
            self.at(*end);
            self.enter_block(false);
            self.add_goto(self.names.break_name, line, condition.when_true)?;
            if rest.iter().all(|statement| matches!(statement, Statement::Empty { .. })) {
                return self.leave_block();
            }
            failed = JumpList::one(self.jump());
            // The break itself is done; what follows it can be reached by a label only.
            let mut rest_list = arm.block;
            rest_list.start += 1;
            rest_list.length -= 1;
            self.statements(rest_list)?;
        } else {
            self.go_if_true(&mut condition)?;
            self.enter_block(false);
            failed = condition.when_false;
            self.statements(arm.block)?;
        }
        self.leave_block()?;
        if has_next {
            let escape = JumpList::one(self.jump());
            *escapes = self.join(escape, *escapes)?;
        }
        self.patch_here(failed)
    }

    fn repeat(
        &mut self,
        open: End,
        block: List<Statement>,
        until: End,
        condition: ExpressionId,
    ) -> Emitted<()> {
        let start = self.label_here();
        self.enter_block(true);
        self.enter_block(false);
        self.at(open);
        self.statements_before(block, true)?;
        self.at(until);
        let mut again = self.condition(condition)?;
        let inner = self.function.blocks.last().copied();
        self.leave_block()?;
        if let Some(inner) = inner
            && inner.has_upvalue
        {
            // The way back must close the variables too.
            let exit = JumpList::one(self.jump());
            self.patch_here(again)?;
            let level = self.register_level(inner.active_count);
            self.emit_abc(Opcode::Close, level, 0, 0);
            again = JumpList::one(self.jump());
            self.patch_here(exit)?;
        }
        self.patch(again, start)?;
        self.leave_block()
    }

    fn numeric_for(&mut self, head: ForHead, variable: Name, bounds: List<Item>) -> Emitted<()> {
        self.at(head.keyword);
        let line = self.current_line();
        self.enter_block(true);
        let base = self.free_register();
        self.at(variable.end);
        self.declare_hidden(3)?;
        self.declare(variable)?;
        let bounds = bounds.of(&self.tree.items);
        for bound in bounds {
            self.expression_in_next(bound.expression)?;
        }
        if bounds.len() < 3 {
            let register = self.free_register();
            self.load_integer(register, 1);
            self.reserve(1)?;
        }
        self.activate(3)?;
        self.at(head.open);
        self.emit_abc(Opcode::ForPrepare, base, 0, 0);
        let prepare = self.jump();
        self.enter_block(false);
        self.activate(1)?;
        self.reserve(1)?;
        self.block(head.block)?;
        self.leave_block()?;
        self.emit_abc(Opcode::ForLoop, base, 0, 0);
        self.function.fix_line(line);
        let back = self.jump();
        self.function.fix_line(line);
        self.set_jump(back, prepare + 1)?;
        let past = self.label_here();
        self.set_jump(prepare, past)?;
        self.at(head.end);
        self.leave_block()
    }

    fn generic_for(
        &mut self,
        head: ForHead,
        variables: List<LocalName>,
        in_end: End,
        values_start: End,
        values: List<Item>,
    ) -> Emitted<()> {
        let variables = variables.of(&self.tree.locals);
        if let Some(first) = variables.first() {
            self.at(first.name.end);
        }
        self.enter_block(true);
        let base = self.free_register();
        self.declare_hidden(4)?;
        for variable in variables {
            self.at(variable.name.end);
            self.declare(variable.name)?;
        }
        self.at(in_end);
        let line = self.line_of(values_start);
        let mut last = self.expressions(values)?;
        self.adjust(4, values.len(), &mut last)?;
        self.activate(4)?;
        self.mark_block_to_be_closed();
        // The call of the iterator needs three.
        self.check_registers(3)?;
        self.at(head.open);
        self.emit_abc(Opcode::GenericForPrepare, base, 0, 0);
        let prepare = self.jump();
        self.enter_block(false);
        self.activate(variables.len())?;
        self.reserve(variables.len())?;
        self.block(head.block)?;
        self.leave_block()?;
        let call = self.label_here();
        self.set_jump(prepare, call)?;
        self.emit_abc(Opcode::GenericForCall, base, 0, variables.len() as u8);
        self.function.fix_line(line);
        self.emit_abc(Opcode::GenericForLoop, base, 0, 0);
        self.function.fix_line(line);
        let back = self.jump();
        self.function.fix_line(line);
        self.set_jump(back, prepare + 1)?;
        self.at(head.end);
        self.leave_block()
    }

    // ---- return

    fn return_statement(&mut self, values: List<Item>) -> Emitted<()> {
        let mut first = self.function.variable_registers;
        if values.is_empty() {
            self.emit_return(first, Some(0));
            return Ok(());
        }
        let mut last = self.expressions(values)?;
        if last.is_multiple() {
            self.take_results(&last, None)?;
            let in_to_be_closed =
                self.function.blocks.last().is_some_and(|block| block.is_inside_to_be_closed);
            if let Place::Call(pc) = last.place
                && values.len() == 1
                && !in_to_be_closed
            {
                let call = self.function.code[pc];
                self.function.code[pc] = Instruction::abc(Opcode::TailCall, call.a(), call.b(), 0);
            }
            self.emit_return(first, None);
        } else if values.len() == 1 {
            first = self.place_in_any(&mut last)?;
            self.emit_return(first, Some(1));
        } else {
            self.place_in_next(&mut last)?;
            let count = self.free_register() - first;
            self.emit_return(first, Some(count));
        }
        Ok(())
    }

    /// Emits the return of `count` values from `first` on, or of all up to the top.
    pub(super) fn emit_return(&mut self, first: u8, count: Option<u8>) {
        match count {
            Some(0) => self.emit_abc(Opcode::Return0, 0, 0, 0),
            Some(1) => self.emit_abc(Opcode::Return1, first, 0, 0),
            Some(count) => self.emit_abc(Opcode::Return, first, count + 1, 0),
            None => self.emit_abc(Opcode::Return, first, 0, 0),
        };
    }
}
