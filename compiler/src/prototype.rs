//! What compilation yields: an owned, comparable tree of functions that knows no heap and no lifetimes.
//!
//! Invariant: `lines` has one entry for every word of `code`, auxiliary words included, or none at all.
//! Not here: what code must keep to (`verify.rs`), bytes (`chunk.rs`), text (`listing.rs`), lowering into the
//! heap (`vm`).

use dumpfmt::bytecode::Instruction;

/// A constant of a function. Two constants are the same when kind and bits are (`1` and `1.0`, `0.0` and
/// `-0.0` differ).
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `nil`, as the stored value of `t.x = nil`.
    Nil,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// A string: any bytes.
    String(Box<[u8]>),
}

/// Where a new closure finds one of its upvalues (as `upvalue_kind` of the manual's `debug` library has no
/// word for: a register of the enclosing function, or one of *its* upvalues).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpvalueDescription {
    /// The variable's name; `None` once stripped.
    pub name: Option<Box<[u8]>>,
    /// True: register `index` of the enclosing function; false: its upvalue `index`.
    pub in_stack: bool,
    /// See `in_stack`.
    pub index: u8,
    /// True when the variable is assigned nowhere after its initialisation, so that a copy would do.
    pub is_constant: bool,
}

/// A local variable and where it is in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalVariable {
    /// The name; compiler-made ones stand in parentheses, as in the reference: `(for state)`.
    pub name: Box<[u8]>,
    /// The register it lives in.
    pub register: u8,
    /// First word at which it is in scope.
    pub start_pc: u32,
    /// First word at which it is no longer.
    pub end_pc: u32,
}

/// One function.
#[derive(Clone, Debug, PartialEq)]
pub struct Prototype {
    /// Instruction words and their auxiliary words; ends with a return.
    pub code: Vec<Instruction>,
    /// The source line of each word of `code`; empty once stripped.
    pub lines: Vec<u32>,
    /// The constants that `code` names.
    pub constants: Vec<Constant>,
    /// The functions nested directly inside.
    pub children: Vec<Prototype>,
    /// One per upvalue.
    pub upvalues: Vec<UpvalueDescription>,
    /// In the order in which they come into scope (`start_pc` never decreases), parameters first.
    pub locals: Vec<LocalVariable>,
    /// The line of `function`; 0 for a main chunk.
    pub line_defined: u32,
    /// The line of its `end`; 0 for a main chunk.
    pub last_line_defined: u32,
    /// Named parameters.
    pub parameter_count: u8,
    /// Whether it takes `...`.
    pub is_vararg: bool,
    /// Registers that a frame needs, at least 2.
    pub register_count: u8,
}

impl Prototype {
    /// Forgets what only messages and debuggers need: lines, and names of local variables and upvalues.
    pub fn strip(&mut self) {
        self.lines = Vec::new();
        self.locals = Vec::new();
        for upvalue in &mut self.upvalues {
            upvalue.name = None;
        }
        self.children.iter_mut().for_each(Prototype::strip);
    }
}
