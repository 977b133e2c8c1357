//! The state of a program being written: what is in scope, what surrounds, how much may go wrong.
//!
//! Invariant: whatever `variable` gives is visible where the program stands.
//! Not here: expressions and statements, which are further methods of the same type.

use super::dice::Dice;
use super::expression::Kind;

/// How a function is to be called.
#[derive(Clone, Debug)]
pub struct Signature {
    pub parameters: Vec<Kind>,
    pub is_vararg: bool,
    pub result: Kind,
}

/// A name that a program can use.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub kind: Kind,
    pub is_constant: bool,
    pub signature: Option<Signature>,
}

impl Variable {
    pub fn local(name: &str, kind: Kind) -> Variable {
        Variable { name: name.to_string(), kind, is_constant: false, signature: None }
    }

    pub fn constant(name: &str, kind: Kind) -> Variable {
        Variable { is_constant: true, ..Variable::local(name, kind) }
    }

    pub fn function(name: &str, signature: Signature) -> Variable {
        Variable { signature: Some(signature), ..Variable::constant(name, Kind::Function) }
    }
}

/// The function that is being written.
#[derive(Clone, Debug)]
struct Surroundings {
    is_vararg: bool,
    result: Kind,
    loops: u32,
}

/// Where a scope began.
pub struct Mark {
    variables: usize,
    surroundings: usize,
}

/// A program being written.
pub struct Writer {
    pub dice: Dice,
    /// Of a hundred holes, how many are filled with something else than the template asks for.
    pub wrongness: u32,
    /// Whether expressions may go over several lines.
    pub breaks_lines: bool,
    variables: Vec<Variable>,
    surroundings: Vec<Surroundings>,
    names: u32,
}

impl Writer {
    pub fn new(dice: Dice) -> Writer {
        let main = Surroundings { is_vararg: true, result: Kind::Any, loops: 0 };
        Writer {
            dice,
            wrongness: 0,
            breaks_lines: false,
            variables: Vec::new(),
            surroundings: vec![main],
            names: 0,
        }
    }

    /// A name that the program does not use yet.
    pub fn fresh_name(&mut self) -> String {
        self.names += 1;
        let letter = (b'a' + self.dice.below(26) as u8) as char;
        format!("{letter}{}", self.names)
    }

    /// A name for a new local: now and then one that hides another.
    pub fn local_name(&mut self) -> String {
        if self.dice.chance(6)
            && let Some(variable) = self.variable(|variable| !variable.name.contains(['.', ':', '_']))
        {
            return variable.name;
        }
        self.fresh_name()
    }

    pub fn declare(&mut self, variable: Variable) {
        self.variables.push(variable);
    }

    /// One of the visible variables that `suits`, the newer the likelier.
    pub fn variable(&mut self, suits: impl Fn(&Variable) -> bool) -> Option<Variable> {
        let is_visible = |at: usize| {
            let name = &self.variables[at].name;
            self.variables[at + 1..].iter().all(|newer| newer.name != *name)
        };
        let suitable: Vec<usize> =
            (0..self.variables.len()).filter(|&at| suits(&self.variables[at]) && is_visible(at)).collect();
        if suitable.is_empty() {
            return None;
        }
        let at = self.dice.below(suitable.len()).max(self.dice.below(suitable.len()));
        Some(self.variables[suitable[at]].clone())
    }

    pub fn enter_block(&mut self) -> Mark {
        Mark { variables: self.variables.len(), surroundings: self.surroundings.len() }
    }

    pub fn leave_block(&mut self, mark: Mark) {
        self.variables.truncate(mark.variables);
        self.surroundings.truncate(mark.surroundings);
    }

    pub fn enter_function(&mut self, is_vararg: bool, result: Kind) -> Mark {
        let mark = self.enter_block();
        self.surroundings.push(Surroundings { is_vararg, result, loops: 0 });
        mark
    }

    pub fn leave_function(&mut self, mark: Mark) {
        self.leave_block(mark);
    }

    pub fn enter_loop(&mut self) -> Mark {
        let mark = self.enter_block();
        self.surroundings.last_mut().expect("main surrounds all").loops += 1;
        mark
    }

    pub fn leave_loop(&mut self, mark: Mark) {
        self.leave_block(mark);
        self.surroundings.last_mut().expect("main surrounds all").loops -= 1;
    }

    pub fn is_vararg(&self) -> bool {
        self.surroundings.last().is_some_and(|surroundings| surroundings.is_vararg)
    }

    pub fn is_in_loop(&self) -> bool {
        self.surroundings.last().is_some_and(|surroundings| surroundings.loops > 0)
    }

    /// What the function that is being written returns.
    pub fn result(&self) -> Kind {
        self.surroundings.last().map_or(Kind::Any, |surroundings| surroundings.result)
    }

    /// How many functions are nested here, main included.
    pub fn nesting(&self) -> usize {
        self.surroundings.len()
    }
}
