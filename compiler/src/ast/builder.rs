//! What the grammar's actions write into: the tree, the lists that are not finished yet, and the count of
//! levels.
//!
//! A list under construction lies on the top of a stack of its kind; whatever is nested in its next element
//! is finished, and off the stack, before that element is pushed.
//!
//! Invariant: `levels` counts what the reference's recursive parser would have on its stack, so that a chunk
//! is refused for its depth exactly when the reference refuses it.

use super::{
    Arm, BinaryOperator, End, Expression, ExpressionId, Field, FieldKey, Function, FunctionId, Item, List,
    LocalName, Name, Statement, Strength, Tree, UnaryOperator,
};
use crate::error::Fault;
use std::marker::PhantomData;

/// A function whose body is being parsed.
#[derive(Debug)]
struct OpenFunction {
    is_vararg: bool,
}

/// An operator whose right operand has not been read.
#[derive(Clone, Copy, Debug)]
struct PendingOperator {
    kind: PendingKind,
    /// How strongly it binds what follows it.
    strength: Strength,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum PendingKind {
    Unary(UnaryOperator),
    /// With its left operand.
    Binary(BinaryOperator, ExpressionId),
}

/// The tree being built.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(crate) tree: Tree,
    items: Vec<Item>,
    fields: Vec<Field>,
    statements: Vec<Statement>,
    locals: Vec<LocalName>,
    arms: Vec<Arm>,
    functions: Vec<OpenFunction>,
    /// Those of an expression lie above those of the expression around it.
    pending: Vec<PendingOperator>,
    /// Statements and expressions that are open, but for the statement at hand.
    levels: u32,
    /// How many may be open at once.
    level_max: u32,
    /// Labels since the last statement that does something.
    label_row: u32,
    /// Something lay too deep that had no way to fail at once.
    pub(crate) is_too_deep: bool,
}

/// How many elements of a list are on its stack.
pub(crate) type Count = u32;

macro_rules! lists {
    ($( $push:ident $finish:ident $stack:ident $kind:ty; )+) => { $(
        /// Pushes the next element of a list that has `count`.
        pub(crate) fn $push(&mut self, count: Count, element: $kind) -> Count {
            self.$stack.push(element);
            count + 1
        }

        /// Moves the last `count` elements into the tree.
        pub(crate) fn $finish(&mut self, count: Count) -> List<$kind> {
            let start = self.tree.$stack.len() as u32;
            let first = self.$stack.len() - count as usize;
            self.tree.$stack.extend(self.$stack.drain(first..));
            List { start, length: count, kind: PhantomData }
        }
    )+ };
}

impl Builder {
    pub(crate) fn new(level_max: u32) -> Self {
        Self {
            tree: Tree::default(),
            items: Vec::new(),
            fields: Vec::new(),
            statements: Vec::new(),
            locals: Vec::new(),
            arms: Vec::new(),
            functions: Vec::new(),
            pending: Vec::new(),
            levels: 0,
            level_max,
            label_row: 0,
            is_too_deep: false,
        }
    }

    lists! {
        push_item finish_items items Item;
        push_field finish_fields fields Field;
        push_statement finish_statements statements Statement;
        push_local finish_locals locals LocalName;
        push_arm finish_arms arms Arm;
    }

    /// Opens a level that is the `depth`th below those open so far.
    fn enter(&mut self, depth: u32) -> Result<(), Fault> {
        self.check_level(depth);
        self.levels += 1;
        if self.is_too_deep { Err(Fault::overflow()) } else { Ok(()) }
    }

    /// An expression, or each of a list, begins inside the statement at hand.
    pub(crate) fn enter_expression(&mut self) -> Result<(), Fault> {
        self.enter(2)
    }

    pub(crate) fn leave(&mut self) {
        self.levels -= 1;
    }

    /// Another target of an assignment: the reference recurs for each until the values are read.
    pub(crate) fn enter_target(&mut self) -> Result<(), Fault> {
        self.enter(2)
    }

    /// The values of an assignment of `count` targets were read.
    pub(crate) fn leave_targets(&mut self, count: Count) {
        self.levels -= count - 1;
    }

    /// Notes when something `depth` levels below the open ones is one too many.
    fn check_level(&mut self, depth: u32) {
        self.is_too_deep |= self.levels + depth > self.level_max;
    }

    /// A block inside a statement begins.
    pub(crate) fn enter_block(&mut self) -> Result<(), Fault> {
        self.label_row = 0;
        self.enter(1)
    }

    /// The next statement of a block.
    pub(crate) fn statement(&mut self, count: Count, statement: Statement) -> Count {
        // The reference reads a row of labels from within the first.
        let depth = match statement {
            Statement::Label { .. } | Statement::Empty { .. } => self.label_row + 1,
            _ => 1,
        };
        self.check_level(depth);
        self.label_row = match statement {
            Statement::Label { .. } => depth,
            Statement::Empty { .. } => self.label_row,
            _ => 0,
        };
        self.push_statement(count, statement)
    }

    pub(crate) fn expression(&mut self, expression: Expression) -> ExpressionId {
        self.tree.expressions.push(expression);
        ExpressionId(self.tree.expressions.len() as u32 - 1)
    }

    /// A unary operator, after `pending` operators of the same expression; how many they are with it.
    pub(crate) fn unary(
        &mut self,
        pending: Count,
        operator: UnaryOperator,
        end: End,
    ) -> Result<Count, Fault> {
        let strength = UnaryOperator::STRENGTH;
        self.pending.push(PendingOperator { kind: PendingKind::Unary(operator), strength, end });
        self.enter_expression()?;
        Ok(pending + 1)
    }

    /// A binary operator after `operand`, which `pending` operators of the same expression wait for; how many wait now.
    pub(crate) fn binary(
        &mut self,
        pending: Count,
        operand: ExpressionId,
        operator: BinaryOperator,
        end: End,
    ) -> Result<Count, Fault> {
        let (left_strength, strength) = operator.strengths();
        let (pending, left) = self.apply(pending, operand, left_strength);
        self.pending.push(PendingOperator { kind: PendingKind::Binary(operator, left), strength, end });
        self.enter_expression()?;
        Ok(pending + 1)
    }

    /// The expression that ends with `operand`, which `pending` operators wait for.
    pub(crate) fn finish_expression(&mut self, pending: Count, operand: ExpressionId) -> ExpressionId {
        self.apply(pending, operand, 0).1
    }

    /// Gives `operand` to those of the last `pending` operators that bind it at least as strongly as what follows; how
    /// many are left, and what has become of the operand.
    fn apply(
        &mut self,
        mut pending: Count,
        mut operand: ExpressionId,
        strength: Strength,
    ) -> (Count, ExpressionId) {
        while pending > 0
            && let Some(&PendingOperator { kind, strength: own, end }) = self.pending.last()
            && own >= strength
        {
            self.pending.pop();
            self.leave();
            operand = self.expression(match kind {
                PendingKind::Unary(operator) => Expression::Unary { operator, operand, operator_end: end },
                PendingKind::Binary(operator, left) => {
                    Expression::Binary { operator, left, right: operand, operator_end: end }
                }
            });
            pending -= 1;
        }
        (pending, operand)
    }

    pub(crate) fn method(
        &mut self,
        object: ExpressionId,
        name: Name,
        arguments: List<Item>,
        open: End,
        end: End,
    ) -> ExpressionId {
        self.tree.names.push(name);
        let name = self.tree.names.len() as u32 - 1;
        self.expression(Expression::Method { object, name, arguments, open, end })
    }

    /// A list of the one `expression`.
    pub(crate) fn single_item(&mut self, expression: ExpressionId) -> List<Item> {
        let count = self.push_item(0, Item { expression, comma: 0 });
        self.finish_items(count)
    }

    pub(crate) fn field(&mut self, key: FieldKey, assign: End, value: ExpressionId) -> Field {
        Field { key, assign, value, separator: 0 }
    }

    /// `...`, which only a vararg function has.
    pub(crate) fn vararg(&mut self, start: u32, end: End) -> Result<ExpressionId, Fault> {
        // The main function takes any arguments.
        if self.functions.last().is_none_or(|function| function.is_vararg) {
            Ok(self.expression(Expression::VarArg { end }))
        } else {
            let near = Some(b"'...'".to_vec());
            Err(Fault::new(start, "cannot use '...' outside a vararg function", near))
        }
    }

    /// The parameters of a function are known and its block begins.
    pub(crate) fn open_function(&mut self, is_vararg: bool) {
        self.functions.push(OpenFunction { is_vararg });
    }

    pub(crate) fn close_function(&mut self, function: Function) -> FunctionId {
        self.functions.pop();
        self.tree.functions.push(function);
        FunctionId(self.tree.functions.len() as u32 - 1)
    }
}
