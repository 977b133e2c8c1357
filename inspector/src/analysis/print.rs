//! The value of a path, looked up as the program would have, but without running any of it.

use super::answer::NoAnswer;
use super::depiction::{Depiction, Extent, Painter};
use super::path::{Path, Root, Step, parse};
use super::selection::{Selected, Selection, select};
use super::stacks::{named_locals, named_upvalues};
use crate::image::Fault;
use crate::model::dump::Dump;
use crate::model::table::Key;
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::roots::BasicType;
use dumpfmt::layout::userdata::UserdataObject;
use serde::Serialize;

/// The value of a path.
#[derive(Clone, Debug, Serialize)]
pub struct PrintReport {
    /// As it was given.
    pub expression: String,
    /// What the first name was: `local`, `upvalue`, `global`, `varargs` or `address`.
    pub scope: &'static str,
    /// The frame whose variables were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<usize>,
    /// The values: one, or all of `...`.
    pub values: Vec<Depiction>,
    /// What a reader should know about the look-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Metatables followed by `__index` before a chain is called endless, as in the reference.
const INDEX_CHAIN_MAX: usize = 2000;

/// The value of the path `text` in the frame that `selection` names.
pub fn print(
    dump: &Dump<'_>,
    text: &str,
    selection: &Selection,
    extent: Extent,
) -> Result<PrintReport, NoAnswer> {
    let path = parse(text)?;
    // Globals and addresses can be asked for in a dump whose stacks are lost.
    let selected = match select(dump, selection) {
        Ok(selected) => Some(selected),
        Err(refusal) if selection.frame.is_some() || selection.coroutine.is_some() => return Err(refusal),
        Err(_) => None,
    };
    let mut lookup = Lookup { dump, selected: selected.as_ref(), text, note: None };
    let (scope, roots) = lookup.root(&path)?;
    let found = if path.steps.is_empty() { roots } else { vec![lookup.walk(&path, roots)?] };
    let note = lookup.note;
    let mut painter = Painter::new(dump, extent);
    let values = found.into_iter().map(|value| painter.paint(value)).collect();
    let frame =
        matches!(scope, "local" | "upvalue" | "varargs").then(|| selected.map(|selected| selected.index));
    Ok(PrintReport { expression: text.to_owned(), scope, frame: frame.flatten(), values, note })
}

struct Lookup<'d, 'f> {
    dump: &'d Dump<'f>,
    selected: Option<&'d Selected>,
    text: &'d str,
    note: Option<String>,
}

impl Lookup<'_, '_> {
    fn root(&mut self, path: &Path) -> Result<(&'static str, Vec<LuaValue>), NoAnswer> {
        match &path.root {
            Root::Varargs => {
                let selected =
                    self.selected.ok_or_else(|| NoAnswer::Nothing("There is no frame.".to_owned()))?;
                let values = self.dump.memory.varargs(selected.activation());
                Ok(("varargs", values.map_err(|fault| unreadable("...", &fault))?))
            }
            Root::Address(addr) => Ok(("address", vec![object(self.dump, *addr)?])),
            Root::Name(name) => {
                let (scope, value) = self.variable(name)?;
                Ok((scope, vec![value]))
            }
        }
    }

    fn variable(&mut self, name: &str) -> Result<(&'static str, LuaValue), NoAnswer> {
        let mut environment = None;
        if let Some(selected) = self.selected {
            let activation = selected.activation();
            let locals = named_locals(self.dump, activation);
            if let Some((_, value, _)) = locals.into_iter().rfind(|(local, _, _)| local == name) {
                return Ok(("local", value.map_err(|fault| unreadable(name, &fault))?));
            }
            for (upvalue, value) in named_upvalues(self.dump, activation.function) {
                if upvalue == name {
                    return Ok(("upvalue", value.map_err(|fault| unreadable(name, &fault))?));
                }
                if upvalue == "_ENV" {
                    environment = value.ok();
                }
            }
        }
        let globals = environment.or_else(|| {
            let roots = self.dump.memory.roots.as_ref().ok()?;
            Some(LuaValue::Table(roots.globals.addr))
        });
        let Some(globals) = globals else {
            return Err(NoAnswer::Nothing(
                "The part of the dump that leads to the global variables is missing.".to_owned(),
            ));
        };
        let value = self.index(globals, &Key::String(name.as_bytes().to_vec()), "_ENV")?;
        if value.is_nil() && self.note.is_none() {
            self.note =
                Some(format!("'{name}' is no local or upvalue of the frame, and no such global is set"));
        }
        Ok(("global", value))
    }

    fn walk(&mut self, path: &Path, roots: Vec<LuaValue>) -> Result<LuaValue, NoAnswer> {
        let (mut value, mut steps) = (roots.first().copied().unwrap_or(LuaValue::NIL), &path.steps[..]);
        if path.root == Root::Varargs
            && let Some((Step::Key(Key::Integer(index)), _)) = steps.first()
        {
            let index = usize::try_from(*index).ok().and_then(|index| index.checked_sub(1));
            value = index.and_then(|index| roots.get(index)).copied().unwrap_or(LuaValue::NIL);
            steps = &steps[1..];
        }
        let mut end = path.root_end;
        for (step, step_end) in steps {
            let part = self.text.get(..end).unwrap_or(self.text).trim().to_owned();
            let key = match step {
                Step::Key(key) => key.clone(),
                Step::Path(inner) => self.key_of(inner)?,
            };
            self.note = None;
            value = self.index(value, &key, &part)?;
            end = *step_end;
        }
        Ok(value)
    }

    fn key_of(&mut self, path: &Path) -> Result<Key, NoAnswer> {
        let (_, roots) = self.root(path)?;
        let value = self.walk(path, roots)?;
        Ok(match value {
            LuaValue::Integer(key) => Key::Integer(key),
            LuaValue::Float(key) => {
                dumpfmt::numeral::float_to_integer(key).map_or(Key::Float(key), Key::Integer)
            }
            LuaValue::Boolean(key) => Key::Boolean(key),
            LuaValue::String(addr) => {
                let bytes = self.dump.memory.string(addr).map_err(|fault| unreadable("the key", &fault))?;
                Key::String(bytes.into_owned())
            }
            LuaValue::Nil(_) => {
                return Err(NoAnswer::Nothing(
                    "The key in brackets is nil, which is never a key.".to_owned(),
                ));
            }
            other => match other.object() {
                Some(addr) => Key::Object(addr),
                None => return Err(NoAnswer::Nothing("The key in brackets is no key.".to_owned())),
            },
        })
    }

    /// `value[key]`, following `__index` through tables. `part` is the text that named `value`.
    fn index(&mut self, value: LuaValue, key: &Key, part: &str) -> Result<LuaValue, NoAnswer> {
        let memory = &self.dump.memory;
        let mut holder = value;
        for hop in 0..INDEX_CHAIN_MAX {
            if let LuaValue::Table(addr) = holder {
                let table = memory.table(addr).map_err(|fault| unreadable(part, &fault))?;
                if let Some(found) = memory.field(&table, key).map_err(|fault| unreadable(part, &fault))? {
                    if hop > 0 {
                        self.note = Some("found through __index of the metatable".to_owned());
                    }
                    return Ok(found);
                }
            }
            let handler =
                self.metatable(holder).and_then(|metatable| memory.string_field(metatable, "__index"));
            match (holder, handler) {
                (_, Some(next @ LuaValue::Table(_))) => holder = next,
                (_, Some(LuaValue::Function(_) | LuaValue::Native(_))) => {
                    self.note =
                        Some("the field is absent; its metatable's __index is a function, which coroner does not run".into());
                    return Ok(LuaValue::NIL);
                }
                (LuaValue::Table(_), _) => return Ok(LuaValue::NIL),
                (LuaValue::Nil(from), _) if hop == 0 => {
                    let origin = from.map(|from| super::origin::origin(self.dump, from));
                    let whence = match origin {
                        Some(origin) => match origin.place() {
                            Some(place) => format!(" ({}, at {place})", origin.text),
                            None => format!(" ({})", origin.text),
                        },
                        None => String::new(),
                    };
                    return Err(NoAnswer::Nothing(format!("{part} is nil{whence}, so it has no fields.")));
                }
                (other, _) => {
                    return Err(NoAnswer::Nothing(format!(
                        "{part} is a {} and has no fields.",
                        other.type_name()
                    )));
                }
            }
        }
        Err(NoAnswer::Nothing(format!("The __index chain of {part} is too long; it may be a loop.")))
    }

    fn metatable(&self, value: LuaValue) -> Option<Addr> {
        let memory = &self.dump.memory;
        let metatable = match value {
            LuaValue::Table(addr) => memory.table(addr).ok()?.object.metatable.addr,
            LuaValue::Userdata(addr) => {
                memory.object::<UserdataObject>(addr, Kind::Userdata).ok()?.metatable.addr
            }
            LuaValue::String(_) => {
                memory.roots.as_ref().ok()?.type_metatables[BasicType::String as usize].addr
            }
            _ => return None,
        };
        (!metatable.is_null()).then_some(metatable)
    }
}

/// The Lua value that the object at `addr` is.
pub fn object(dump: &Dump<'_>, addr: Addr) -> Result<LuaValue, NoAnswer> {
    let header = dump.memory.header(addr).map_err(|fault| unreadable(&addr.to_string(), &fault))?;
    Ok(match Kind::from_byte(header.kind) {
        Some(Kind::String) => LuaValue::String(addr),
        Some(Kind::Table) => LuaValue::Table(addr),
        Some(Kind::Function) => LuaValue::Function(addr),
        Some(Kind::Native) => LuaValue::Native(addr),
        Some(Kind::Userdata) => LuaValue::Userdata(addr),
        Some(Kind::Coroutine) => LuaValue::Coroutine(addr),
        Some(Kind::Prototype) => LuaValue::Prototype(addr),
        Some(kind) => {
            return Err(NoAnswer::Nothing(format!("{addr} is a {}, which is no Lua value.", kind.name())));
        }
        None => return Err(NoAnswer::Nothing(format!("{addr} is the address of no object."))),
    })
}

fn unreadable(part: &str, fault: &Fault) -> NoAnswer {
    NoAnswer::Nothing(format!("{part} cannot be read: {fault}."))
}
