//! The canonical form of a graph, rebuilt from the dump of its death through the inspector's model.
//!
//! Invariant: nothing is taken from anywhere but the dump; what cannot be read is an error, not a gap.
//! Not here: the other two makers of the form (`graph.rs`, `format/canonical.lua`).

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write;

use dumpfmt::addr::Addr;
use dumpfmt::layout::coroutine::Status;
use inspector::analysis::stacks::{named_locals, shown_frames};
use inspector::model::dump::Dump;
use inspector::model::value::LuaValue;

use super::graph::escaped;

/// The canonical form of what the global `root` leads to.
pub fn canonical(bytes: &[u8]) -> Result<String, String> {
    let dump = Dump::open(bytes).map_err(|refusal| refusal.to_string())?;
    let globals = dump.memory.roots.as_ref().map_err(|fault| fault.to_string())?.globals.addr;
    let root = dump.memory.string_field(globals, "root").ok_or("there is no global `root`")?;
    let mut examiner =
        Examiner { dump: &dump, numbers: HashMap::new(), counts: HashMap::new(), queue: VecDeque::new() };
    let mut text = String::new();
    examiner.value(root)?;
    while let Some(value) = examiner.queue.pop_front() {
        examiner.print(value, &mut text)?;
    }
    Ok(text)
}

struct Examiner<'d> {
    dump: &'d Dump<'d>,
    numbers: HashMap<Addr, String>,
    counts: HashMap<char, usize>,
    queue: VecDeque<LuaValue>,
}

/// A fault of the image as a sentence.
fn say(fault: impl std::fmt::Display) -> String {
    fault.to_string()
}

impl Examiner<'_> {
    fn number(&mut self, addr: Addr, prefix: char) -> (String, bool) {
        if let Some(known) = self.numbers.get(&addr) {
            return (known.clone(), false);
        }
        let count = self.counts.entry(prefix).or_insert(0);
        *count += 1;
        let number = format!("{prefix}{count}");
        self.numbers.insert(addr, number.clone());
        (number, true)
    }

    fn value(&mut self, value: LuaValue) -> Result<String, String> {
        let (addr, prefix) = match value {
            LuaValue::Nil(_) => return Ok("nil".to_string()),
            LuaValue::Boolean(value) => return Ok(value.to_string()),
            LuaValue::Integer(value) => return Ok(value.to_string()),
            LuaValue::Float(value) => return Ok(format!("f{:016x}", value.to_bits())),
            LuaValue::String(addr) => {
                return Ok(format!("\"{}\"", escaped(&self.dump.memory.string(addr).map_err(say)?)));
            }
            LuaValue::Table(addr) => (addr, 'T'),
            LuaValue::Function(addr) => (addr, 'F'),
            LuaValue::Coroutine(addr) => (addr, 'C'),
            other => return Err(format!("no graph holds {other:?}")),
        };
        let (number, is_new) = self.number(addr, prefix);
        if is_new {
            self.queue.push_back(value);
        }
        Ok(number)
    }

    fn print(&mut self, value: LuaValue, text: &mut String) -> Result<(), String> {
        let number = self.value(value)?;
        match value {
            LuaValue::Table(addr) => self.print_table(&number, addr, text),
            LuaValue::Function(addr) => self.print_closure(&number, addr, text),
            LuaValue::Coroutine(addr) => self.print_coroutine(&number, addr, text),
            other => Err(format!("{other:?} was queued")),
        }
    }

    fn print_table(&mut self, number: &str, addr: Addr, text: &mut String) -> Result<(), String> {
        let memory = &self.dump.memory;
        let table = memory.table(addr).map_err(say)?;
        let metatable = match table.metatable() {
            Some(metatable) => self.value(LuaValue::Table(metatable))?,
            None => "none".to_string(),
        };
        let _ = writeln!(text, "{number} meta={metatable}");
        let mut entries = Vec::new();
        for entry in memory.entries(&table) {
            let entry = entry.map_err(say)?;
            entries.push((self.rank(entry.key)?, entry));
        }
        entries.sort_by(|(one, _), (other, _)| one.compare(other));
        for (_, entry) in entries {
            let key = self.value(entry.key)?;
            let value = self.value(entry.value)?;
            let _ = writeln!(text, "  [{key}] = {value}");
        }
        Ok(())
    }

    fn rank(&self, key: LuaValue) -> Result<Rank, String> {
        Ok(match key {
            LuaValue::Integer(value) => Rank::Integer(value),
            LuaValue::Float(value) => Rank::Float(value),
            LuaValue::String(addr) => Rank::String(self.dump.memory.string(addr).map_err(say)?.into_owned()),
            LuaValue::Boolean(value) => Rank::Boolean(value),
            LuaValue::Table(addr) => match self.dump.memory.string_field(addr, "label") {
                Some(LuaValue::Integer(label)) => Rank::Table(label),
                other => return Err(format!("a key's label is {other:?}")),
            },
            other => return Err(format!("no graph has the key {other:?}")),
        })
    }

    fn print_closure(&mut self, number: &str, addr: Addr, text: &mut String) -> Result<(), String> {
        let memory = &self.dump.memory;
        let closure = memory.closure(addr).map_err(say)?;
        let prototype = memory.prototype(closure.prototype).map_err(say)?;
        let names = memory.upvalue_names(&prototype).map_err(say)?;
        let mut upvalues: Vec<(String, Addr)> =
            names.into_iter().map(Option::unwrap_or_default).zip(closure.upvalues).collect();
        upvalues.sort();
        let _ = writeln!(text, "{number}");
        for (name, upvalue) in upvalues {
            let (variable, _) = self.number(upvalue, 'U');
            let value = memory.upvalue(upvalue).map_err(say)?.value;
            let value = self.value(value)?;
            let _ = writeln!(text, "  {name} {variable} = {value}");
        }
        Ok(())
    }

    fn print_coroutine(&mut self, number: &str, addr: Addr, text: &mut String) -> Result<(), String> {
        let coroutine = self.dump.memory.coroutine(addr).map_err(say)?;
        let status = match coroutine.status {
            Some(Status::Suspended) => "suspended",
            Some(Status::Dead | Status::Failed) => "dead",
            other => return Err(format!("a coroutine is {other:?}")),
        };
        let _ = writeln!(text, "{number} {status}");
        if status == "dead" {
            return Ok(());
        }
        let (frames, fault) = shown_frames(self.dump, &coroutine);
        if let Some(fault) = fault {
            return Err(say(fault));
        }
        for (depth, frame) in frames.iter().filter(|frame| frame.is_lua()).enumerate() {
            let mut locals = named_locals(self.dump, frame);
            locals.sort_by(|one, other| one.0.cmp(&other.0));
            for (name, value, _) in locals.into_iter().filter(|(name, ..)| !name.starts_with('(')) {
                let value = self.value(value.map_err(say)?)?;
                let _ = writeln!(text, "  {depth} {name} = {value}");
            }
        }
        Ok(())
    }
}

/// A key by the order of the canonical form: kinds first.
#[derive(PartialEq, PartialOrd)]
enum Rank {
    Integer(i64),
    Float(f64),
    String(Vec<u8>),
    Boolean(bool),
    Table(i64),
}

impl Rank {
    /// Keys are never NaN, so the order is total.
    fn compare(&self, other: &Rank) -> Ordering {
        self.partial_cmp(other).unwrap_or(Ordering::Equal)
    }
}
