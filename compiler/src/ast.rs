//! The syntax tree: flat arenas, and ranges and indices into them.
//!
//! ```text
//!  blocks are ranges of statements ──┐   an expression names its operands by index,
//!  argument lists of items ──────────┼─> a list is a range of one arena
//!  constructors of fields ───────────┘
//! ```
//!
//! Nothing here points by `Box`, so a chain of a million operands is dropped like any vector, without
//! recursion.
//!
//! Invariant: an index or range is only used with the [`Tree`] that made it, and names only what was there
//! before it. Offsets say where a token *ends*; the line of an instruction is that of the token consumed last.
//! Not here: the building (`ast/builder.rs`), meaning of names.

use crate::symbol::Symbol;
use std::marker::PhantomData;

mod builder;

pub(crate) use builder::Builder;

/// The end offset of a token.
pub(crate) type End = u32;

/// An expression of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExpressionId(pub(crate) u32);

/// A function body of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FunctionId(pub(crate) u32);

/// A row of things that lie together in their arena.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct List<T> {
    pub(crate) start: u32,
    pub(crate) length: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> List<T> {
    pub(crate) fn len(self) -> usize {
        self.length as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The elements, in the arena that holds them.
    pub(crate) fn of(self, arena: &[T]) -> &[T] {
        &arena[self.start as usize..(self.start + self.length) as usize]
    }
}

/// A name where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) symbol: Symbol,
    pub(crate) end: End,
}

/// A binary operator. The order is that of the tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Or,
    And,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    NotEqual,
    Equal,
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    Concat,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

/// How strongly an operator binds its operands: of two beside an operand the stronger takes it.
pub(crate) type Strength = u8;

impl BinaryOperator {
    /// How strongly it binds its left operand, and its right one; where the right is less, the operator takes from right
    /// to left (manual, section 3.4.8).
    pub(crate) fn strengths(self) -> (Strength, Strength) {
        match self {
            BinaryOperator::Or => (1, 1),
            BinaryOperator::And => (2, 2),
            BinaryOperator::Less
            | BinaryOperator::Greater
            | BinaryOperator::LessEqual
            | BinaryOperator::GreaterEqual
            | BinaryOperator::NotEqual
            | BinaryOperator::Equal => (3, 3),
            BinaryOperator::BitOr => (4, 4),
            BinaryOperator::BitXor => (5, 5),
            BinaryOperator::BitAnd => (6, 6),
            BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight => (7, 7),
            BinaryOperator::Concat => (9, 8),
            BinaryOperator::Add | BinaryOperator::Subtract => (10, 10),
            BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::FloorDivide
            | BinaryOperator::Modulo => (11, 11),
            BinaryOperator::Power => (14, 13),
        }
    }
}

impl UnaryOperator {
    /// How strongly every one binds its operand.
    pub(crate) const STRENGTH: Strength = 12;
}

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnaryOperator {
    Not,
    Negate,
    Length,
    BitNot,
}

/// An expression.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expression {
    Nil {
        end: End,
    },
    True {
        end: End,
    },
    False {
        end: End,
    },
    VarArg {
        end: End,
    },
    Integer {
        value: i64,
        end: End,
    },
    Float {
        value: f64,
        end: End,
    },
    String {
        symbol: Symbol,
        end: End,
    },
    /// `next` is one past where the token after it begins.
    Name {
        name: Name,
        next: End,
    },
    Function(FunctionId),
    Table {
        open: End,
        fields: List<Field>,
        end: End,
    },
    Index {
        object: ExpressionId,
        key: ExpressionId,
        open: End,
        end: End,
    },
    Field {
        object: ExpressionId,
        name: Name,
    },
    /// `open` is where the first token of the arguments ends: its line is the call's.
    Call {
        function: ExpressionId,
        arguments: List<Item>,
        open: End,
        end: End,
    },
    /// `object:name(arguments)`; the name is kept with the tree's names.
    Method {
        object: ExpressionId,
        name: u32,
        arguments: List<Item>,
        open: End,
        end: End,
    },
    Paren {
        open: End,
        inner: ExpressionId,
        end: End,
    },
    Unary {
        operator: UnaryOperator,
        operand: ExpressionId,
        operator_end: End,
    },
    Binary {
        operator: BinaryOperator,
        left: ExpressionId,
        right: ExpressionId,
        operator_end: End,
    },
}

/// One of a list of expressions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) expression: ExpressionId,
    /// The end of the comma before it; of no meaning in the first.
    pub(crate) comma: End,
}

/// What a constructor's field sets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FieldKey {
    Positional,
    Name(Name),
    /// `[key] =`, with the ends of both brackets.
    Expression {
        open: End,
        key: ExpressionId,
        end: End,
    },
}

/// One field of a constructor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) key: FieldKey,
    /// The end of its `=`; of no meaning in a positional one.
    pub(crate) assign: End,
    pub(crate) value: ExpressionId,
    /// The end of the separator before it; of no meaning in the first.
    pub(crate) separator: End,
}

/// One name of a `local` statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalName {
    pub(crate) name: Name,
    /// The attribute and the end of its `>`.
    pub(crate) attribute: Option<(Symbol, End)>,
}

/// One `if` or `elseif` with its block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arm {
    pub(crate) condition: ExpressionId,
    /// The end of `then`.
    pub(crate) then: End,
    pub(crate) block: List<Statement>,
    /// The end of the keyword that ends the block.
    pub(crate) block_end: End,
}

/// A body: parameters and block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    /// Whether a parameter `self` goes before the others.
    pub(crate) has_self: bool,
    pub(crate) parameters: List<LocalName>,
    /// The end of `...`, when it has one.
    pub(crate) vararg: Option<End>,
    /// Where the line of its definition is taken.
    pub(crate) open: End,
    /// The end of the closing parenthesis.
    pub(crate) head_end: End,
    pub(crate) block: List<Statement>,
    /// The end of `end`.
    pub(crate) end: End,
}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Statement {
    Empty {
        end: End,
    },
    Local {
        names: List<LocalName>,
        assign: Option<End>,
        values: List<Item>,
    },
    Assign {
        targets: List<Item>,
        assign: End,
        values: List<Item>,
    },
    Call {
        call: ExpressionId,
    },
    Do {
        open: End,
        block: List<Statement>,
        end: End,
    },
    While {
        condition: ExpressionId,
        open: End,
        block: List<Statement>,
        end: End,
        keyword: End,
    },
    Repeat {
        open: End,
        block: List<Statement>,
        until: End,
        condition: ExpressionId,
    },
    If {
        keyword: End,
        arms: List<Arm>,
        otherwise: Option<List<Statement>>,
        end: End,
    },
    NumericFor {
        head: ForHead,
        variable: Name,
        bounds: List<Item>,
    },
    GenericFor {
        head: ForHead,
        variables: List<LocalName>,
        in_end: End,
        values_start: End,
        values: List<Item>,
    },
    Function {
        keyword: End,
        name: ExpressionId,
        body: FunctionId,
    },
    LocalFunction {
        name: Name,
        body: FunctionId,
    },
    /// `end` is that of a semicolon.
    Return {
        keyword: End,
        values: List<Item>,
        end: Option<End>,
    },
    Break {
        end: End,
    },
    Goto {
        label: Name,
    },
    Label {
        name: Name,
        end: End,
    },
}

/// What both kinds of `for` have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForHead {
    /// The end of `for`.
    pub(crate) keyword: End,
    /// The end of `do`.
    pub(crate) open: End,
    pub(crate) block: List<Statement>,
    /// The end of `end`.
    pub(crate) end: End,
}

/// All arenas of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) expressions: Vec<Expression>,
    pub(crate) functions: Vec<Function>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) items: Vec<Item>,
    pub(crate) fields: Vec<Field>,
    pub(crate) locals: Vec<LocalName>,
    pub(crate) arms: Vec<Arm>,
    /// The names of methods.
    pub(crate) names: Vec<Name>,
}

impl Tree {
    pub(crate) fn expression(&self, id: ExpressionId) -> Expression {
        self.expressions[id.0 as usize]
    }
}
