//! Names from code: what a register held, what a call called, in the words of the reference's messages.
//!
//! The answers are the reference's (`field 'x'`, `for iterator 'for iterator'`), found the same way: look for
//! the one instruction that last wrote the register, and give up where a jump makes that uncertain.

use super::code::{Code, Step};
use super::function::{Local, Prototype};
use super::memory::Memory;
use super::value::LuaValue;
use crate::image::Fault;
use dumpfmt::bytecode::Opcode;
use dumpfmt::layout::roots::Event;
use std::fmt;

/// What kind of variable or place a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A global variable.
    Global,
    /// A local variable.
    Local,
    /// An upvalue.
    Upvalue,
    /// A field of a table.
    Field,
    /// A field called with `:`.
    Method,
    /// A constant of the program.
    Constant,
    /// A metamethod, called by an operation.
    Metamethod,
    /// The iterator of a generic `for`.
    ForIterator,
}

impl NameKind {
    /// The reference's word for it.
    pub const fn word(self) -> &'static str {
        match self {
            NameKind::Global => "global",
            NameKind::Local => "local",
            NameKind::Upvalue => "upvalue",
            NameKind::Field => "field",
            NameKind::Method => "method",
            NameKind::Constant => "constant",
            NameKind::Metamethod => "metamethod",
            NameKind::ForIterator => "for iterator",
        }
    }
}

/// A name found in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What it names.
    pub kind: NameKind,
    /// The name.
    pub text: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} '{}'", self.kind.word(), self.text)
    }
}

/// A prototype with all that naming needs, read once.
#[derive(Debug)]
pub struct Listing {
    /// The prototype.
    pub prototype: Prototype,
    /// Its instructions.
    pub code: Code,
    /// Its local variables.
    pub locals: Vec<Local>,
    /// The names of its upvalues.
    pub upvalues: Vec<Option<String>>,
}

/// How many `Move`s a name is followed through.
const MOVES_MAX: usize = 16;

impl Memory<'_> {
    /// All that naming needs of `prototype`.
    pub fn listing(&self, prototype: Prototype) -> Result<Listing, Fault> {
        Ok(Listing {
            prototype,
            code: self.code(&prototype)?,
            locals: self.locals(&prototype).unwrap_or_default(),
            upvalues: self.upvalue_names(&prototype).unwrap_or_default(),
        })
    }

    /// The name by which `step` calls what it calls: a function, a method, or a metamethod.
    pub fn call_name(&self, listing: &Listing, step: &Step) -> Option<Name> {
        let metamethod = |event: Event| {
            Some(Name { kind: NameKind::Metamethod, text: event.key().trim_start_matches('_').to_owned() })
        };
        match step.opcode {
            Opcode::Call | Opcode::TailCall => self.register_name(listing, step.index, step.word.a()),
            Opcode::GenericForCall => {
                Some(Name { kind: NameKind::ForIterator, text: NameKind::ForIterator.word().to_owned() })
            }
            opcode => metamethod(Event::called_by(opcode)?),
        }
    }

    /// What register `register` holds before the instruction at word `index`.
    pub fn register_name(&self, listing: &Listing, index: u32, register: u8) -> Option<Name> {
        let (mut index, mut register) = (index, register);
        for _ in 0..MOVES_MAX {
            if let Some(local) = local_in(&listing.locals, index, register) {
                return Some(Name { kind: NameKind::Local, text: local.name.clone() });
            }
            let step = last_write(&listing.code, index, register)?;
            if step.opcode != Opcode::Move {
                return self.result_name(listing, &step);
            }
            // A value that is moved down comes from a variable; one that is moved up is a temporary copy.
            if step.word.b() >= step.word.a() {
                return None;
            }
            (index, register) = (step.index, step.word.b());
        }
        None
    }

    /// What the value that `step` puts into its register is called.
    pub fn result_name(&self, listing: &Listing, step: &Step) -> Option<Name> {
        let upvalue = |index: u8| listing.upvalues.get(usize::from(index)).cloned().flatten();
        let field_of = |is_env: bool, text: String| {
            Some(Name { kind: if is_env { NameKind::Global } else { NameKind::Field }, text })
        };
        let (b, c) = (step.word.b(), step.word.c());
        match step.opcode {
            Opcode::GetTabUp => {
                field_of(upvalue(b).as_deref() == Some("_ENV"), self.constant_text(listing, step.aux)?)
            }
            Opcode::GetField => {
                let is_env =
                    local_in(&listing.locals, step.index, b).is_some_and(|local| local.name == "_ENV");
                field_of(is_env, self.constant_text(listing, step.aux)?)
            }
            Opcode::GetTable => {
                let key = last_write(&listing.code, step.index, c)
                    .filter(|_| local_in(&listing.locals, step.index, c).is_none())
                    .and_then(|step| self.result_name(listing, &step))
                    .filter(|name| name.kind == NameKind::Constant);
                field_of(false, key.map_or_else(|| "?".to_owned(), |name| name.text))
            }
            Opcode::GetInteger => field_of(false, "integer index".to_owned()),
            Opcode::GetUpvalue => Some(Name { kind: NameKind::Upvalue, text: upvalue(b)? }),
            Opcode::LoadConstant => {
                let text = self.constant_text(listing, u32::from(step.word.bx()))?;
                Some(Name { kind: NameKind::Constant, text })
            }
            Opcode::LoadConstantX => {
                Some(Name { kind: NameKind::Constant, text: self.constant_text(listing, step.aux)? })
            }
            Opcode::SelfField => {
                Some(Name { kind: NameKind::Method, text: self.constant_text(listing, step.aux)? })
            }
            _ => None,
        }
    }

    /// Constant `index` of the listing's prototype.
    pub fn constant(&self, listing: &Listing, index: u32) -> Result<LuaValue, Fault> {
        self.value_in(listing.prototype.object.constants, index)
    }

    fn constant_text(&self, listing: &Listing, index: u32) -> Option<String> {
        match self.constant(listing, index).ok()? {
            LuaValue::String(addr) => self.text(addr).ok(),
            _ => None,
        }
    }
}

/// The local variable in `register` that is in scope at word `index`; of several the last declared.
pub fn local_in(locals: &[Local], index: u32, register: u8) -> Option<&Local> {
    let in_scope = |local: &&Local| local.start_pc <= index && index < local.end_pc;
    locals.iter().filter(in_scope).rfind(|local| local.register == register)
}

/// The instruction before word `index` that last wrote `register`, if no jump leaves that in doubt.
pub fn last_write(code: &Code, index: u32, register: u8) -> Option<Step> {
    let mut found = None;
    let mut jump_target = 0;
    for step in code.steps().take_while(|step| step.index < index) {
        if step.opcode == Opcode::Jump {
            let target = i64::from(step.next) + i64::from(step.word.jump_distance());
            if let Ok(target) = u32::try_from(target)
                && target <= index
                && target > jump_target
                && target > step.index
            {
                jump_target = target;
            }
        } else if writes(&step, register) {
            // Inside a branch that may have been skipped, the write may not have happened.
            found = (step.index >= jump_target).then_some(step);
        }
    }
    found
}

fn writes(step: &Step, register: u8) -> bool {
    let (a, b, c) = (u32::from(step.word.a()), u32::from(step.word.b()), u32::from(step.word.c()));
    let register = u32::from(register);
    match step.opcode {
        Opcode::LoadNil => (a..=a + b).contains(&register),
        Opcode::SelfField => (a..=a + 1).contains(&register),
        Opcode::Call | Opcode::TailCall => register >= a,
        Opcode::VarArg if c == 0 => register >= a,
        Opcode::VarArg => (a..a + c - 1).contains(&register),
        Opcode::GenericForCall => register >= a + 4,
        Opcode::GenericForLoop => register == a + 2,
        Opcode::ForPrepare | Opcode::ForLoop => (a..=a + 3).contains(&register),
        Opcode::SetUpvalue
        | Opcode::SetTabUp
        | Opcode::SetTabUpK
        | Opcode::SetTable
        | Opcode::SetTableK
        | Opcode::SetInteger
        | Opcode::SetIntegerK
        | Opcode::SetField
        | Opcode::SetFieldK
        | Opcode::SetList
        | Opcode::Close
        | Opcode::ToBeClosed
        | Opcode::Jump
        | Opcode::Equal
        | Opcode::LessThan
        | Opcode::LessEqual
        | Opcode::EqualConstant
        | Opcode::EqualImmediate
        | Opcode::LessThanImmediate
        | Opcode::LessEqualImmediate
        | Opcode::GreaterThanImmediate
        | Opcode::GreaterEqualImmediate
        | Opcode::Test
        | Opcode::Return
        | Opcode::Return0
        | Opcode::Return1
        | Opcode::GenericForPrepare
        | Opcode::VarArgPrepare
        | Opcode::NativeReturn => false,
        _ => register == a,
    }
}
