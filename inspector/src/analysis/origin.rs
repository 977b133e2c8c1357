//! Where a nil came from: the instruction that its payload names, told in words.
//!
//! Not here: which nil to ask about (`offender.rs`).

use crate::model::code::Step;
use crate::model::dump::Dump;
use crate::model::name::{Listing, Name, NameKind, local_in};
use crate::model::value::NilOrigin;
use dumpfmt::bytecode::Opcode;
use dumpfmt::layout::value::Origin;
use serde::Serialize;

/// Where a nil came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OriginReport {
    /// `absent_field`, `absent_global`, `assigned`, `missing_argument`, `missing_result`, `native_result`,
    /// `missing_vararg`, `other`, or `unresolved` when its code is not in the dump.
    pub how: &'static str,
    /// In words, to stand after "nil: ".
    pub text: String,
    /// The chunk; absent when unresolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The text of that line, trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The instruction.
    pub pc: String,
}

impl OriginReport {
    /// `file:line`, if it is known.
    pub fn place(&self) -> Option<String> {
        let line = self.line.map_or_else(|| "?".to_owned(), |line| line.to_string());
        self.source.as_ref().map(|source| format!("{source}:{line}"))
    }
}

/// Tells where a nil came from.
pub fn origin(dump: &Dump<'_>, origin: NilOrigin) -> OriginReport {
    let unresolved = |why: String| OriginReport {
        how: "unresolved",
        text: format!("an instruction at {} that cannot be read ({why})", origin.pc),
        source: None,
        line: None,
        code: None,
        pc: origin.pc.to_string(),
    };
    let spot = match dump.memory.spot_at(origin.pc) {
        Ok(spot) => spot,
        Err(fault) => return unresolved(fault.to_string()),
    };
    let listing = match dump.memory.listing(spot.prototype) {
        Ok(listing) => listing,
        Err(fault) => return unresolved(fault.to_string()),
    };
    let Some(step) = listing.code.owner(spot.index) else {
        return unresolved("its code cannot be read".to_owned());
    };
    let place = dump.place(&spot);
    let (how, text) = explain(dump, &listing, &step, origin.how);
    OriginReport {
        how,
        text,
        code: place.line.and_then(|line| crate::analysis::text::line(dump, &spot.prototype, line)),
        source: Some(place.source),
        line: place.line,
        pc: origin.pc.to_string(),
    }
}

fn explain(dump: &Dump<'_>, listing: &Listing, step: &Step, how: Origin) -> (&'static str, String) {
    let callee = || dump.memory.call_name(listing, step).map(|name| called(&name));
    match how {
        Origin::Instruction => made_by(dump, listing, step),
        Origin::MissingArgument => (
            "missing_argument",
            match callee() {
                Some(callee) => format!("an argument that the call of {callee} did not pass"),
                None => "an argument that the call did not pass".to_owned(),
            },
        ),
        Origin::MissingResult => (
            "missing_result",
            match callee() {
                Some(callee) => format!("a result that {callee} did not return"),
                None => "a result that the call did not return".to_owned(),
            },
        ),
        Origin::NativeResult => (
            "native_result",
            match callee() {
                Some(callee) => format!("returned by {callee}"),
                None => "returned by a function of the library".to_owned(),
            },
        ),
    }
}

fn made_by(dump: &Dump<'_>, listing: &Listing, step: &Step) -> (&'static str, String) {
    let name_of = |register: u8| dump.memory.register_name(listing, step.index, register);
    let holder = |register: u8| name_of(register).map_or_else(String::new, |name| format!(" of {name}"));
    match step.opcode {
        Opcode::GetTabUp | Opcode::GetField | Opcode::SelfField => {
            let name = dump.memory.result_name(listing, step);
            match name {
                Some(Name { kind: NameKind::Global, text }) => {
                    ("absent_global", format!("global '{text}' is not set"))
                }
                Some(Name { kind, text }) => {
                    let word = if kind == NameKind::Method { "method" } else { "field" };
                    let holder = if step.opcode == Opcode::GetTabUp {
                        let upvalue = listing.upvalues.get(usize::from(step.word.b())).cloned().flatten();
                        upvalue.map_or_else(String::new, |name| format!(" of upvalue '{name}'"))
                    } else {
                        holder(step.word.b())
                    };
                    ("absent_field", format!("{word} '{text}'{holder} is absent"))
                }
                None => ("absent_field", "an absent field".to_owned()),
            }
        }
        Opcode::GetTable => {
            let key = name_of(step.word.c()).map_or_else(
                || "a key".to_owned(),
                |name| match name.kind {
                    NameKind::Constant => format!("field '{}'", name.text),
                    _ => format!("the key in {name}"),
                },
            );
            ("absent_field", format!("{key}{} is absent", holder(step.word.b())))
        }
        Opcode::GetInteger => {
            ("absent_field", format!("index {}{} is absent", step.word.c(), holder(step.word.b())))
        }
        Opcode::LoadNil => {
            let (a, b) = (step.word.a(), step.word.b());
            let names: Vec<String> = (a..=a.saturating_add(b))
                .filter_map(|register| local_in(&listing.locals, step.next, register))
                .map(|local| format!("'{}'", local.name))
                .collect();
            match names.as_slice() {
                [] => ("assigned", "a nil in the program text".to_owned()),
                [name] => ("assigned", format!("local {name} was given no value")),
                names => ("assigned", format!("one of the locals {} was given no value", names.join(", "))),
            }
        }
        Opcode::LoadConstant | Opcode::LoadConstantX => ("assigned", "a nil in the program text".to_owned()),
        Opcode::VarArg => ("missing_vararg", "`...` holds fewer values".to_owned()),
        opcode => ("other", format!("made by {}", opcode.info().name)),
    }
}

/// A called function in a sentence: `'find' (method)`, `global 'f'`.
fn called(name: &Name) -> String {
    match name.kind {
        NameKind::Metamethod => format!("metamethod '{}'", name.text),
        NameKind::ForIterator => "the iterator of the `for` loop".to_owned(),
        _ => format!("'{}'", name.text),
    }
}
