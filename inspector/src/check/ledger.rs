//! What a check keeps: counts, problems, and the one question all checks ask: does a reference lead to a
//! living object of the right kind?

use crate::model::heap::{Life, Slot};
use crate::model::memory::Memory;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::string::{SHORT, StringObject};
use dumpfmt::layout::value::{self as raw, Value};
use std::fmt::Display;

/// One invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The object concerned.
    pub addr: Addr,
    /// What it is.
    pub what: String,
}

/// The state of a check.
#[derive(Debug)]
pub struct Ledger<'m, 'f> {
    /// What is checked.
    pub memory: &'m Memory<'f>,
    /// Objects looked at, by number of [`Kind`].
    pub objects: [u64; Kind::ALL.len()],
    /// References followed.
    pub references: u64,
    /// The first problems found.
    pub problems: Vec<Problem>,
    /// All problems found.
    pub problem_count: u64,
    /// How many problems are kept.
    limit: usize,
    /// The hash part of tables that have none: it lies in the roots, in no block.
    empty_nodes: Addr,
}

impl<'m, 'f> Ledger<'m, 'f> {
    /// A check of `memory` that keeps at most `limit` problems.
    pub fn new(memory: &'m Memory<'f>, limit: usize) -> Ledger<'m, 'f> {
        let offset = std::mem::offset_of!(dumpfmt::layout::roots::Roots, empty_nodes) as u64;
        Ledger {
            memory,
            objects: [0; Kind::ALL.len()],
            references: 0,
            problems: Vec::new(),
            problem_count: 0,
            limit,
            empty_nodes: memory.base.offset(offset),
        }
    }

    /// Notes that something about the object at `addr` is not as it should be.
    pub fn problem(&mut self, addr: Addr, what: impl Display) {
        self.problem_count += 1;
        if self.problems.len() < self.limit {
            self.problems.push(Problem { addr, what: what.to_string() });
        }
    }

    /// Notes a problem unless `holds`; tells whether it does.
    pub fn require(&mut self, holds: bool, addr: Addr, what: impl Display) -> bool {
        if !holds {
            self.problem(addr, what);
        }
        holds
    }

    /// Whether `target`, which `owner` refers to, is a living object of `kind`.
    pub fn reference(&mut self, owner: Addr, field: &str, target: Addr, kind: Kind) -> bool {
        self.references += 1;
        if kind == Kind::Nodes && target == self.empty_nodes {
            return true;
        }
        match self.fault_of(target, kind) {
            None => true,
            Some(fault) => {
                self.problem(owner, format_args!("{field} refers to {target}, {fault}"));
                false
            }
        }
    }

    /// The same for a reference that may be null.
    pub fn optional(&mut self, owner: Addr, field: &str, target: Addr, kind: Kind) -> bool {
        target.is_null() || self.reference(owner, field, target, kind)
    }

    /// Whether a value that `owner` holds is one, and refers to a living object if it refers.
    pub fn value(&mut self, owner: Addr, field: &str, value: Value) {
        let kind = match value.kind {
            raw::NIL => {
                if let Some((pc, _)) = value.origin() {
                    self.references += 1;
                    let slot = self.memory.blocks().slot_of(pc).filter(|slot| slot.kind == Kind::Code);
                    let lives = slot.is_some_and(|slot| self.life(&slot) == Some(Life::Allocated));
                    self.require(
                        lives,
                        owner,
                        format_args!("{field} is a nil that came from {pc}, which is no code"),
                    );
                }
                return;
            }
            raw::FALSE | raw::TRUE | raw::INTEGER | raw::FLOAT | raw::POINTER => return,
            raw::SHORT_STRING | raw::LONG_STRING => Kind::String,
            raw::TABLE => Kind::Table,
            raw::FUNCTION => Kind::Function,
            raw::NATIVE => Kind::Native,
            raw::USERDATA => Kind::Userdata,
            raw::COROUTINE => Kind::Coroutine,
            raw::PROTOTYPE => Kind::Prototype,
            kind => {
                self.problem(owner, format_args!("{field} has the kind {kind}, which no value has"));
                return;
            }
        };
        if self.reference(owner, field, value.addr(), kind)
            && kind == Kind::String
            && let Ok(string) = self.memory.image.read::<StringObject>(value.addr())
        {
            let is_short = string.header.flags & SHORT != 0;
            let claims_short = value.kind == raw::SHORT_STRING;
            let what = format_args!(
                "{field} calls the string {} short, or long, against its own flag",
                value.addr()
            );
            self.require(is_short == claims_short, owner, what);
        }
    }

    /// Whether the slot is in use; `None` when its bitmap cannot be read.
    pub fn life(&self, slot: &Slot) -> Option<Life> {
        self.memory.blocks().life(&self.memory.image, slot).ok()
    }

    fn fault_of(&self, target: Addr, kind: Kind) -> Option<String> {
        let Some(slot) = self.memory.blocks().slot_of(target) else {
            return Some("which lies in no block in use".to_owned());
        };
        if slot.addr != target {
            return Some(format!("which lies inside the slot at {}", slot.addr));
        }
        if slot.kind != kind {
            return Some(format!("where a {} lies instead of a {}", slot.kind.name(), kind.name()));
        }
        match self.life(&slot) {
            Some(Life::Allocated) => {}
            Some(Life::Garbage) => return Some("which the collection found unreachable".to_owned()),
            Some(Life::Free) => return Some("where the slot is free".to_owned()),
            None => return Some("whose bitmap is not in the dump".to_owned()),
        }
        match self.memory.header(target) {
            Ok(header) if header.kind == kind as u8 => None,
            Ok(header) => Some(format!("whose header says kind {}", header.kind)),
            Err(fault) => Some(format!("which cannot be read: {fault}")),
        }
    }
}
