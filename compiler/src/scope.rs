//! Variables, blocks, labels and pending gotos: what a name means at a point of the source.
//!
//! ```text
//! variables  [ main's ... | outer function's ... | this function's: active | declared ]
//!                                                  ^first_variable           ^+ active_count
//! ```
//!
//! A variable is *declared* when its name is read and becomes *active* after its initialiser, so that the
//! initialiser does not see it. One stack serves all functions being compiled, from the outermost inwards.
//!
//! Invariant: the registers of a function's active variables are consecutive from 0; compile-time constants
//! are variables without a register.
//! Not here: the code that entering and leaving emit (`emit/statement.rs`).

use crate::hash::Seed;
use crate::symbol::Symbol;
use std::collections::HashMap;

/// The first of a list of jumps that go to one place (threaded through the code); none in an empty list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JumpList(pub(crate) Option<u32>);

/// The local variables that one function may have at a time.
pub(crate) const VARIABLE_MAX: usize = 200;
/// The local variables that one function may have in all, one after another.
pub(crate) const LOCALS_MAX: usize = i16::MAX as usize;
/// The labels, and the gotos that wait for theirs, that may be in scope at a time.
pub(crate) const LABELS_MAX: usize = i16::MAX as usize;
/// The functions that may stand directly inside one.
pub(crate) const CHILDREN_MAX: usize = (1 << 17) - 1;
/// The upvalues that one function may have.
pub(crate) const UPVALUE_MAX: usize = 255;

/// A constant known at compile time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Literal {
    Nil,
    True,
    False,
    Integer(i64),
    Float(f64),
    String(Symbol),
}

/// How a variable was declared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum VariableKind {
    Regular,
    /// `<const>`, with a value known only at run time.
    Constant,
    /// `<close>`.
    ToBeClosed,
    /// `<const>` with a value known now: it takes no register.
    CompileTime(Literal),
}

impl VariableKind {
    /// Whether it may be assigned.
    pub(crate) fn is_assignable(self) -> bool {
        self == VariableKind::Regular
    }
}

/// Which variable of the whole chunk, for facts that outlive its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VariableId(pub(crate) u32);

/// A local variable in scope, or about to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    pub(crate) name: Symbol,
    pub(crate) kind: VariableKind,
    /// Of meaning once it is active.
    pub(crate) register: u8,
    /// Its entry among the function's locals; of meaning once it is active.
    pub(crate) debug_index: u32,
    pub(crate) id: VariableId,
    /// True while a `local function` is compiled: its closure is made before the variable is set.
    pub(crate) is_initialising: bool,
}

/// An upvalue of a function being compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upvalue {
    pub(crate) name: Symbol,
    pub(crate) in_stack: bool,
    pub(crate) index: u8,
    pub(crate) kind: VariableKind,
    pub(crate) id: VariableId,
    /// Whether the variable was set when the closure was made.
    pub(crate) is_initialised: bool,
}

/// A block being compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// The first label and the first goto of the block, among all.
    pub(crate) first_label: usize,
    pub(crate) first_goto: usize,
    /// Active variables of the function outside the block.
    pub(crate) active_count: usize,
    /// Whether a variable of the block is captured or to be closed.
    pub(crate) has_upvalue: bool,
    pub(crate) is_loop: bool,
    /// Whether it lies in the scope of a to-be-closed variable.
    pub(crate) is_inside_to_be_closed: bool,
}

/// A label in scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) name: Symbol,
    pub(crate) pc: usize,
    pub(crate) line: u32,
    pub(crate) active_count: usize,
    /// The label of the same name that this one hides, of a function around.
    hidden: Option<usize>,
}

/// A goto or break whose label has not come yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingGoto {
    pub(crate) name: Symbol,
    /// Its jumps: one, or those of the condition of an `if … then break`.
    pub(crate) jumps: JumpList,
    pub(crate) line: u32,
    /// Active variables at the goto, or outside the outermost block that it has left since.
    pub(crate) active_count: usize,
    /// The registers that these hold.
    pub(crate) level: u8,
    /// Whether it leaves the scope of a captured variable.
    pub(crate) needs_close: bool,
}

/// The stacks of everything in scope.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) variables: Vec<Variable>,
    labels: Vec<Label>,
    /// The innermost label of each name, by its place among `labels`.
    label_of_name: HashMap<Symbol, usize, Seed>,
    pub(crate) gotos: Vec<PendingGoto>,
    /// By variable id: whether it is assigned after its initialisation.
    assigned: Vec<bool>,
}

impl Scope {
    pub(crate) fn new(seed: Seed) -> Scope {
        Scope {
            variables: Vec::new(),
            labels: Vec::new(),
            label_of_name: HashMap::with_hasher(seed),
            gotos: Vec::new(),
            assigned: Vec::new(),
        }
    }

    /// A new identity for a variable.
    pub(crate) fn new_id(&mut self) -> VariableId {
        self.assigned.push(false);
        VariableId(self.assigned.len() as u32 - 1)
    }

    /// How many labels are in scope.
    pub(crate) fn label_count(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn add_label(&mut self, name: Symbol, pc: usize, line: u32, active_count: usize) {
        let hidden = self.label_of_name.insert(name, self.labels.len());
        self.labels.push(Label { name, pc, line, active_count, hidden });
    }

    /// All labels but the first `count` go out of scope.
    pub(crate) fn truncate_labels(&mut self, count: usize) {
        for label in self.labels.drain(count..).rev() {
            match label.hidden {
                Some(index) => self.label_of_name.insert(label.name, index),
                None => self.label_of_name.remove(&label.name),
            };
        }
    }

    /// The label of this name among those from the first `first` on.
    pub(crate) fn find_label(&self, name: Symbol, first: usize) -> Option<Label> {
        let index = *self.label_of_name.get(&name)?;
        (index >= first).then(|| self.labels[index])
    }

    pub(crate) fn mark_assigned(&mut self, id: VariableId) {
        self.assigned[id.0 as usize] = true;
    }

    pub(crate) fn is_assigned(&self, id: VariableId) -> bool {
        self.assigned[id.0 as usize]
    }
}
