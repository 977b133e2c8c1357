//! Expressions of the tree, and function bodies, to code.
//!
//! Invariant: a chain to the left (`a + b + …`, `a.b.c…`) is walked by a loop; only what the parser counts
//! as a level recurs here, so the native stack is bounded by the parser's limit.
//! Not here: statements (`statement.rs`).

use super::code::{Emitted, Emitter, FunctionState, UpvalueFacts};
use super::operand::{Operand, Place};
use crate::ast::{Expression, ExpressionId, Field, FieldKey, FunctionId, Item, List, Name};
use crate::error::Fault;
use crate::prototype::{Prototype, UpvalueDescription};
use crate::scope::{CHILDREN_MAX, Literal, UPVALUE_MAX, Upvalue, VariableKind};
use crate::symbol::Symbol;
use dumpfmt::bytecode::{Instruction, Opcode};

/// Items that a constructor gathers in registers before it stores them.
const ITEMS_PER_FLUSH: u8 = 50;

/// What a name stands for.
enum Meaning {
    Local(usize),
    Upvalue(u8),
    Global,
}

impl Emitter<'_> {
    // ---- names

    /// The variable `name` of the function at `depth` (outermost is 0), from its active ones.
    fn find_local(&self, depth: usize, name: Symbol) -> Option<usize> {
        let function = self.function_at(depth);
        let first = function.first_variable;
        let active = &self.scope.variables[first..first + function.active_count];
        active.iter().rposition(|variable| variable.name == name).map(|index| first + index)
    }

    fn function_at(&self, depth: usize) -> &FunctionState {
        self.outer.get(depth).unwrap_or(&self.function)
    }

    fn function_at_mut(&mut self, depth: usize) -> &mut FunctionState {
        self.outer.get_mut(depth).unwrap_or(&mut self.function)
    }

    /// A closure captures the variable: the block that declares it has to close it.
    fn mark_captured(&mut self, depth: usize, variable: usize) {
        let function = self.function_at_mut(depth);
        let index = variable - function.first_variable;
        if let Some(block) = function.blocks.iter_mut().rev().find(|block| block.active_count <= index) {
            block.has_upvalue = true;
        }
        function.needs_close = true;
    }

    fn find(&mut self, depth: usize, name: Symbol, is_captured: bool) -> Emitted<Meaning> {
        if let Some(variable) = self.find_local(depth, name) {
            if is_captured && !matches!(self.scope.variables[variable].kind, VariableKind::CompileTime(_)) {
                self.mark_captured(depth, variable);
            }
            return Ok(Meaning::Local(variable));
        }
        if let Some(index) = self.function_at(depth).upvalues.iter().position(|upvalue| upvalue.name == name)
        {
            return Ok(Meaning::Upvalue(index as u8));
        }
        if depth == 0 {
            return Ok(Meaning::Global);
        }
        let upvalue = match self.find(depth - 1, name, true)? {
            Meaning::Global => return Ok(Meaning::Global),
            Meaning::Local(index) => {
                let variable = self.scope.variables[index];
                if matches!(variable.kind, VariableKind::CompileTime(_)) {
                    return Ok(Meaning::Local(index));
                }
                Upvalue {
                    name,
                    in_stack: true,
                    index: variable.register,
                    kind: variable.kind,
                    id: variable.id,
                    is_initialised: !variable.is_initialising,
                }
            }
            Meaning::Upvalue(index) => {
                let outer = self.function_at(depth - 1).upvalues[usize::from(index)];
                Upvalue { in_stack: false, index, ..outer }
            }
        };
        let function = self.function_at(depth);
        if function.upvalues.len() >= UPVALUE_MAX {
            return Err(self.limit_fault(function.line_defined, "upvalues", UPVALUE_MAX));
        }
        let function = self.function_at_mut(depth);
        function.upvalues.push(upvalue);
        Ok(Meaning::Upvalue((function.upvalues.len() - 1) as u8))
    }

    fn resolve(&mut self, name: Symbol) -> Emitted<Option<Operand>> {
        let depth = self.outer.len();
        Ok(match self.find(depth, name, false)? {
            Meaning::Global => None,
            Meaning::Upvalue(index) => Some(Operand::new(Place::Upvalue(index))),
            Meaning::Local(variable) => {
                let found = self.scope.variables[variable];
                Some(Operand::new(match found.kind {
                    VariableKind::CompileTime(_) => Place::CompileTime { variable },
                    _ => Place::Local { register: found.register, variable },
                }))
            }
        })
    }

    /// The variable that a name stands for; a free name is a field of `_ENV`.
    pub(super) fn variable(&mut self, name: Name) -> Emitted<Operand> {
        self.at(name.end);
        if let Some(operand) = self.resolve(name.symbol)? {
            return Ok(operand);
        }
        let mut environment = match self.resolve(self.names.env)? {
            Some(operand) => operand,
            // The main function's upvalue is found from everywhere.
            None => Operand::new(Place::Upvalue(0)),
        };
        // A constant, say, in `local _ENV <const> = 1`.
        if !matches!(environment.place, Place::Local { .. }) {
            self.place_unless_upvalue(&mut environment)?;
        }
        self.index(&mut environment, &mut Operand::literal(Literal::String(name.symbol)))?;
        Ok(environment)
    }

    // ---- expressions

    /// Compiles an expression up to its use.
    pub(super) fn expression(&mut self, id: ExpressionId) -> Emitted<Operand> {
        match self.tree.expression(id) {
            Expression::Binary { .. } => self.binary_chain(id),
            Expression::Unary { operator, operand, operator_end } => {
                self.at(operator_end);
                let line = self.current_line();
                let mut operand = self.expression(operand)?;
                self.unary(operator, &mut operand, line)?;
                Ok(operand)
            }
            Expression::Nil { end } => Ok(self.literal(Literal::Nil, end)),
            Expression::True { end } => Ok(self.literal(Literal::True, end)),
            Expression::False { end } => Ok(self.literal(Literal::False, end)),
            Expression::Integer { value, end } => Ok(self.literal(Literal::Integer(value), end)),
            Expression::Float { value, end } => Ok(self.literal(Literal::Float(value), end)),
            Expression::String { symbol, end } => Ok(self.literal(Literal::String(symbol), end)),
            Expression::VarArg { end } => {
                let pc = self.emit_abc(Opcode::VarArg, 0, 0, 1);
                self.at(end);
                Ok(Operand::new(Place::VarArg(pc)))
            }
            Expression::Function(function) => self.closure(function),
            Expression::Table { open, fields, end } => self.table(open, fields, end),
            Expression::Name { .. }
            | Expression::Paren { .. }
            | Expression::Index { .. }
            | Expression::Field { .. }
            | Expression::Call { .. }
            | Expression::Method { .. } => self.suffixed(id),
        }
    }

    fn literal(&mut self, literal: Literal, end: u32) -> Operand {
        self.at(end);
        Operand::literal(literal)
    }

    /// An expression whose value goes to the next register.
    pub(super) fn expression_in_next(&mut self, id: ExpressionId) -> Emitted<()> {
        let mut operand = self.expression(id)?;
        self.place_in_next(&mut operand)
    }

    fn binary_chain(&mut self, id: ExpressionId) -> Emitted<Operand> {
        // The chain to the left, outermost operator first.
        let mut first = id;
        let mut chain = Vec::new();
        while let Expression::Binary { operator, left, right, operator_end } = self.tree.expression(first) {
            chain.push((operator, right, operator_end));
            first = left;
        }
        let mut left = self.expression(first)?;
        for (operator, right, operator_end) in chain.into_iter().rev() {
            self.at(operator_end);
            let line = self.current_line();
            self.infix(operator, &mut left)?;
            let mut right = self.expression(right)?;
            self.binary(operator, &mut left, &mut right, line)?;
        }
        Ok(left)
    }

    fn suffixed(&mut self, id: ExpressionId) -> Emitted<Operand> {
        let mut first = id;
        let mut suffixes = Vec::new();
        while let suffix @ (Expression::Index { object, .. }
        | Expression::Field { object, .. }
        | Expression::Method { object, .. }
        | Expression::Call { function: object, .. }) = self.tree.expression(first)
        {
            suffixes.push(suffix);
            first = object;
        }
        let mut operand = match self.tree.expression(first) {
            Expression::Name { name, next } => {
                let is_first = self.item_start == Some(self.position);
                let operand = self.variable(name)?;
                if is_first {
                    // The reference looked ahead here, for a `=`, and so takes that token's line.
                    self.looked_ahead_to(next);
                }
                operand
            }
            Expression::Paren { open, inner, end } => {
                self.at(open);
                let mut operand = self.expression(inner)?;
                self.at(end);
                self.discharge(&mut operand);
                operand
            }
            _ => self.expression(first)?,
        };
        for suffix in suffixes.into_iter().rev() {
            self.suffix(&mut operand, suffix)?;
        }
        Ok(operand)
    }

    fn suffix(&mut self, operand: &mut Operand, suffix: Expression) -> Emitted<()> {
        match suffix {
            Expression::Field { name, .. } => {
                self.place_unless_upvalue(operand)?;
                self.at(name.end);
                self.index(operand, &mut Operand::literal(Literal::String(name.symbol)))
            }
            Expression::Index { key, open, end, .. } => {
                self.place_unless_upvalue(operand)?;
                self.at(open);
                let mut key = self.expression(key)?;
                self.place_as_value(&mut key)?;
                self.at(end);
                self.index(operand, &mut key)
            }
            Expression::Call { arguments, open, end, .. } => {
                self.place_in_next(operand)?;
                self.call(operand, arguments, open, end)
            }
            Expression::Method { name, arguments, open, end, .. } => {
                let name = self.tree.names[name as usize];
                self.at(name.end);
                self.prepare_method(operand, name.symbol)?;
                self.call(operand, arguments, open, end)
            }
            _ => Ok(()),
        }
    }

    /// Calls what `function` has put into the registers from its own on.
    fn call(&mut self, function: &mut Operand, arguments: List<Item>, open: u32, end: u32) -> Emitted<()> {
        let base = match function.place {
            Place::Register(register) => register,
            _ => self.free_register(),
        };
        let line = self.line_of(open);
        if self.source.get(open as usize - 1) == Some(&b'(') {
            self.at(open);
        }
        let mut last = self.expressions(arguments)?;
        self.at(end);
        let count = if last.is_multiple() {
            self.take_results(&last, None)?;
            0
        } else {
            if last.place != Place::Void {
                self.place_in_next(&mut last)?;
            }
            self.free_register() - base
        };
        let pc = self.emit_abc(Opcode::Call, base, count, 2);
        self.function.fix_line(line);
        // The call takes function and arguments away and leaves one result, unless told otherwise later.
        self.function.registers.truncate(base);
        self.reserve(1)?;
        *function = Operand::new(Place::Call(pc));
        Ok(())
    }

    /// A list of expressions: all but the last go to registers in a row; the last is left open.
    pub(super) fn expressions(&mut self, items: List<Item>) -> Emitted<Operand> {
        let mut last = Operand::new(Place::Void);
        for (index, item) in items.of(&self.tree.items).iter().enumerate() {
            if index > 0 {
                self.at(item.comma);
                self.place_in_next(&mut last)?;
            }
            last = self.expression(item.expression)?;
        }
        Ok(last)
    }

    // ---- constructors

    fn table(&mut self, open: u32, fields: List<Field>, end: u32) -> Emitted<Operand> {
        let table = self.free_register();
        let pc = self.emit_with(Instruction::abc(Opcode::NewTable, table, 0, 0), 0);
        self.reserve(1)?;
        self.at(open);
        let mut pending = Operand::new(Place::Void);
        let (mut waiting, mut stored, mut named) = (0u8, 0u32, 0u32);
        for (index, field) in fields.of(&self.tree.fields).iter().enumerate() {
            if index > 0 {
                self.at(field.separator);
            }
            if pending.place != Place::Void {
                self.place_in_next(&mut pending)?;
                pending = Operand::new(Place::Void);
                if waiting == ITEMS_PER_FLUSH {
                    self.store_items(table, stored, waiting);
                    stored += u32::from(waiting);
                    waiting = 0;
                }
            }
            let free = self.free_register();
            let mut key = match field.key {
                FieldKey::Positional => {
                    self.item_start = Some(self.position);
                    pending = self.expression(field.value)?;
                    self.item_start = None;
                    waiting += 1;
                    continue;
                }
                FieldKey::Name(name) => {
                    self.at(name.end);
                    Operand::literal(Literal::String(name.symbol))
                }
                FieldKey::Expression { open, key, end: bracket_end } => {
                    self.at(open);
                    let mut key = self.expression(key)?;
                    self.place_as_value(&mut key)?;
                    self.at(bracket_end);
                    key
                }
            };
            self.at(field.assign);
            named = named.saturating_add(1);
            let mut element = Operand::new(Place::Register(table));
            self.index(&mut element, &mut key)?;
            let mut value = self.expression(field.value)?;
            self.store(&element, &mut value)?;
            self.function.registers.truncate(free);
        }
        self.at(end);
        if waiting > 0 {
            if pending.is_multiple() {
                self.take_results(&pending, None)?;
                self.store_items(table, stored, 0);
                waiting -= 1;
            } else {
                if pending.place != Place::Void {
                    self.place_in_next(&mut pending)?;
                }
                self.store_items(table, stored, waiting);
            }
        }
        stored += u32::from(waiting);
        let size_class = if named == 0 { 0 } else { (u32::BITS - (named - 1).leading_zeros()) as u8 + 1 };
        self.function.set_b(pc, size_class);
        self.function.code[pc + 1] = Instruction(stored);
        Ok(Operand::new(Place::Register(table)))
    }

    /// Stores the `count` items above `table`, 0 for all up to the top, after the `stored` that went before.
    fn store_items(&mut self, table: u8, stored: u32, count: u8) {
        self.emit_with(Instruction::abc(Opcode::SetList, table, count, 0), stored);
        self.function.registers.truncate(table + 1);
    }

    // ---- functions

    /// Compiles a body and emits the closure into the next register.
    pub(super) fn closure(&mut self, id: FunctionId) -> Emitted<Operand> {
        let body = self.tree.functions[id.0 as usize];
        let line = self.line_of(body.open);
        if self.function.children.len() >= CHILDREN_MAX {
            return Err(Fault::too_many("functions", CHILDREN_MAX));
        }
        self.open_function(line);
        if body.has_self {
            let name = Name { symbol: self.names.self_name, end: self.position };
            self.declare(name)?;
            self.activate(1)?;
        }
        for parameter in body.parameters.of(&self.tree.locals) {
            self.at(parameter.name.end);
            self.declare(parameter.name)?;
        }
        self.activate(body.parameters.len())?;
        self.function.parameter_count = self.function.active_count as u8;
        if let Some(end) = body.vararg {
            self.at(end);
            self.set_vararg();
        }
        self.reserve(self.function.active_count)?;
        self.at(body.head_end);
        self.statements(body.block)?;
        self.at(body.end);
        let last_line = self.current_line();
        let (child, facts) = self.close_function(last_line)?;
        self.function.children.push(child);
        self.function.child_upvalues.push(facts);
        let index = self.function.children.len() as u32 - 1;
        let pc = self.emit_with(Instruction::abc(Opcode::Closure, 0, 0, 0), index);
        let mut operand = Operand::new(Place::Relocatable(pc));
        self.place_in_next(&mut operand)?;
        Ok(operand)
    }

    pub(super) fn set_vararg(&mut self) {
        self.function.is_vararg = true;
        let parameters = self.function.parameter_count;
        self.emit_abc(Opcode::VarArgPrepare, parameters, 0, 0);
    }

    fn open_function(&mut self, line: u32) {
        let function = FunctionState::new(self.scope.variables.len(), line, self.symbols.seed()).with_room();
        let outer = std::mem::replace(&mut self.function, function);
        self.outer.push(outer);
        self.enter_block(false);
    }

    /// Ends the function being compiled and goes back to the one around it.
    fn close_function(&mut self, last_line: u32) -> Emitted<(Prototype, UpvalueFacts)> {
        let finished = self.finish_function(last_line)?;
        // Every open function but the main one was opened here.
        if let Some(outer) = self.outer.pop() {
            self.function = outer;
        }
        Ok(finished)
    }

    /// The last instruction, the last block and the last look at the code.
    pub(super) fn finish_function(&mut self, last_line: u32) -> Emitted<(Prototype, UpvalueFacts)> {
        let first = self.function.variable_registers;
        self.emit_return(first, Some(0));
        self.leave_block()?;
        self.polish()?;
        let function = std::mem::replace(&mut self.function, FunctionState::new(0, 0, self.symbols.seed()));
        let upvalues = function
            .upvalues
            .iter()
            .map(|upvalue| UpvalueDescription {
                name: Some(self.symbols.text(upvalue.name).into()),
                in_stack: upvalue.in_stack,
                index: upvalue.index,
                // Settled when the whole chunk is known.
                is_constant: false,
            })
            .collect();
        let facts = UpvalueFacts {
            upvalues: function.upvalues.iter().map(|upvalue| (upvalue.id, upvalue.is_initialised)).collect(),
            children: function.child_upvalues,
        };
        let prototype = Prototype {
            code: function.code,
            lines: function.lines,
            constants: function.constants,
            children: function.children,
            upvalues,
            locals: function.locals,
            line_defined: function.line_defined,
            last_line_defined: last_line,
            parameter_count: function.parameter_count,
            is_vararg: function.is_vararg,
            register_count: function.registers.count(),
        };
        Ok((prototype, facts))
    }

    /// Settles what only the whole function decides: which returns close, and where jumps to jumps go.
    fn polish(&mut self) -> Emitted<()> {
        let closes = u8::from(self.function.needs_close);
        let general = self.function.needs_close || self.function.is_vararg;
        for pc in 0..self.function.pc() {
            match self.function.opcode(pc) {
                Some(opcode @ (Opcode::Return0 | Opcode::Return1)) if general => {
                    let count = u8::from(opcode == Opcode::Return1);
                    let a = self.function.code[pc].a();
                    self.function.code[pc] = Instruction::abc(Opcode::Return, a, count + 1, closes);
                }
                Some(Opcode::Return | Opcode::TailCall) => self.function.set_c(pc, closes),
                Some(Opcode::Jump) => {
                    let target = self.final_target(pc);
                    self.set_jump(pc, target)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
