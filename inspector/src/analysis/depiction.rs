//! Values as plain data for a view: identity, a text, and contents down to a depth.
//!
//! Invariant: within one answer an object's contents are given once; every further mention is its identity
//! with `repeated` set. So cycles end, and shared objects show as shared.

use super::answer::{Certainty, Count};
use super::origin::{OriginReport, origin};
use crate::image::Fault;
use crate::model::dump::Dump;
use crate::model::table::{Entry, Table};
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::Status;
use dumpfmt::layout::userdata::{Class, UserdataObject};
use dumpfmt::numeral::Number;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::HashSet;

/// A value for a reader.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Depiction {
    /// What Lua's `type` says; `unreadable` for a hole.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// The value in one line, identity included.
    pub text: String,
    /// The value itself, for booleans, numbers and strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Scalar>,
    /// The address of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where a nil came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginReport>,
    /// Its contents were given before in the same answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// What a table holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contents: Option<Contents>,
}

/// A scalar as JSON has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A finite float.
    Float(f64),
    /// A string, whole; bytes that are no UTF-8 are replaced, and `text` shows them.
    String(String),
}

/// What a table holds, as far as it is shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Contents {
    /// Its entries.
    pub entries: Vec<EntryDepiction>,
    /// Entries that are there and not shown.
    pub more: u64,
    /// How many it has.
    pub count: Option<Count>,
    /// Its metatable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metatable: Option<Box<Depiction>>,
    /// A part of it that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// An entry of a table.
#[derive(Clone, Debug, Serialize)]
pub struct EntryDepiction {
    /// The key as a program would write it in a constructor: `name`, `[17]`, `["a b"]`.
    pub key: String,
    /// The value.
    pub value: Depiction,
}

/// How much of a value is shown.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Levels of tables: 0 shows identities only.
    pub depth: usize,
    /// Entries of one table.
    pub entries: usize,
    /// Entries in the whole answer.
    pub entries_total: usize,
    /// Bytes of one string.
    pub string: usize,
    /// Whether metatables are shown.
    pub metatables: bool,
    /// Beside a variable: what tells most comes first, and nobody counts to the end of a large table.
    pub is_glimpse: bool,
}

impl Extent {
    /// Identities only.
    pub const IDENTITY: Extent =
        Extent { depth: 0, entries: 0, entries_total: 0, string: 60, metatables: false, is_glimpse: true };
    /// A glimpse beside a variable.
    pub const GLIMPSE: Extent =
        Extent { depth: 1, entries: 5, entries_total: 400, string: 60, metatables: false, is_glimpse: true };
    /// The answer to `print`.
    pub const PRINT: Extent = Extent {
        depth: 3,
        entries: 100,
        entries_total: 1000,
        string: 1000,
        metatables: true,
        is_glimpse: false,
    };
}

/// Depicts values for one answer and remembers what it has shown.
#[derive(Debug)]
pub struct Painter<'d, 'f> {
    dump: &'d Dump<'f>,
    extent: Extent,
    shown: HashSet<Addr>,
    entries_left: usize,
}

/// Slots of a table looked at before a glimpse gives up counting: a summary must not touch a whole heap.
const GLIMPSE_SLOTS_MAX: u64 = 4096;
/// In a glimpse, longer strings come after what is told in a word.
const GLIMPSE_STRING: u64 = 24;
/// Up to this many entries a table is shown in the order of its keys, above it as it lies in memory.
const SORTED_MAX: usize = 5000;

impl<'d, 'f> Painter<'d, 'f> {
    /// A painter that has shown nothing yet.
    pub fn new(dump: &'d Dump<'f>, extent: Extent) -> Painter<'d, 'f> {
        Painter { dump, extent, shown: HashSet::new(), entries_left: extent.entries_total }
    }

    /// A value to the painter's depth.
    pub fn paint(&mut self, value: LuaValue) -> Depiction {
        self.paint_to(value, self.extent.depth)
    }

    /// A value that may not have been readable.
    pub fn paint_found(&mut self, value: Result<LuaValue, Fault>) -> Depiction {
        match value {
            Ok(value) => self.paint(value),
            Err(fault) => hole(&fault),
        }
    }

    /// A value without contents.
    pub fn identity(&mut self, value: LuaValue) -> Depiction {
        self.paint_to(value, 0)
    }

    fn paint_to(&mut self, value: LuaValue, depth: usize) -> Depiction {
        let (text, scalar) = match self.describe(value) {
            Ok(described) => described,
            Err(fault) => {
                let address = value.object().map(|addr| addr.to_string());
                return Depiction { address, ..hole(&fault) };
            }
        };
        let mut depiction = Depiction {
            type_name: value.type_name(),
            text,
            value: scalar,
            address: value.object().map(|addr| addr.to_string()),
            ..Depiction::default()
        };
        match value {
            LuaValue::Nil(Some(from)) => depiction.origin = Some(origin(self.dump, from)),
            LuaValue::Table(addr) if self.shown.contains(&addr) => depiction.repeated = true,
            LuaValue::Table(addr) if depth > 0 => {
                self.shown.insert(addr);
                if let Ok(table) = self.dump.memory.table(addr) {
                    depiction.contents = Some(self.contents(&table, depth));
                }
            }
            _ => {}
        }
        if matches!(value, LuaValue::String(_)) {
            // Strings are values, not objects, to a Lua programmer.
            depiction.address = None;
        }
        depiction
    }

    fn contents(&mut self, table: &Table, depth: usize) -> Contents {
        let glimpse = self.extent.is_glimpse;
        let slots = u64::from(table.object.array_used) + u64::from(table.object.node_mask) + 1;
        let bounded = glimpse && slots > GLIMPSE_SLOTS_MAX;
        let mut contents = Contents::default();
        let mut entries = Vec::new();
        let mut count = 0u64;
        for entry in self.dump.memory.entries(table) {
            match entry {
                Ok(entry) => {
                    count += 1;
                    if entries.len() < SORTED_MAX {
                        entries.push(entry);
                    }
                }
                Err(fault) => contents.hole = Some(fault.to_string()),
            }
            if bounded && entries.len() > self.extent.entries {
                break;
            }
        }
        contents.count = Some(if bounded || contents.hole.is_some() {
            Count { value: count, certainty: Certainty::LowerBound }
        } else {
            Count::exact(count)
        });
        if count as usize <= SORTED_MAX {
            self.sort(&mut entries, glimpse);
        }
        let room = self.extent.entries.min(self.entries_left);
        contents.more = count.saturating_sub(room as u64);
        entries.truncate(room);
        self.entries_left -= entries.len();
        for entry in &entries {
            let value = self.paint_to(entry.value, depth - 1);
            contents.entries.push(EntryDepiction { key: self.key(entry.key), value });
        }
        if self.extent.metatables
            && let Some(metatable) = table.metatable()
        {
            contents.metatable = Some(Box::new(self.paint_to(LuaValue::Table(metatable), depth - 1)));
        }
        contents
    }

    /// By key; for a glimpse fields come before items, and what is told in a word before what is not.
    fn sort(&self, entries: &mut [Entry], glimpse: bool) {
        let memory = &self.dump.memory;
        entries.sort_by_cached_key(|entry| match entry.key {
            LuaValue::Integer(key) => SortKey(0, key as f64, Vec::new()),
            LuaValue::Float(key) => SortKey(0, key, Vec::new()),
            LuaValue::String(addr) => {
                SortKey(1, 0.0, memory.string(addr).map(|bytes| bytes.into_owned()).unwrap_or_default())
            }
            LuaValue::Boolean(key) => SortKey(2, f64::from(u8::from(key)), Vec::new()),
            key => SortKey(3, key.object().map_or(0.0, |addr| addr.0 as f64), Vec::new()),
        });
        if glimpse {
            let tells_itself = |value: LuaValue| match value {
                LuaValue::String(addr) => {
                    memory.string_start(addr, 0).is_ok_and(|(_, length)| length <= GLIMPSE_STRING)
                }
                value => value.object().is_none(),
            };
            entries.sort_by_cached_key(|entry| {
                let is_field = matches!(entry.key, LuaValue::String(_));
                (!is_field, is_field && !tells_itself(entry.value))
            });
        }
    }

    /// A key as a table constructor has it.
    pub fn key(&mut self, key: LuaValue) -> String {
        if let LuaValue::String(addr) = key
            && let Ok(bytes) = self.dump.memory.string(addr)
            && is_name(&bytes)
        {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        format!("[{}]", self.paint_to(key, 0).text)
    }

    /// The value in one line, and as a scalar.
    fn describe(&self, value: LuaValue) -> Result<(String, Option<Scalar>), Fault> {
        let memory = &self.dump.memory;
        Ok(match value {
            LuaValue::Nil(_) => ("nil".to_owned(), None),
            LuaValue::Boolean(value) => (value.to_string(), Some(Scalar::Boolean(value))),
            LuaValue::Integer(value) => (value.to_string(), Some(Scalar::Integer(value))),
            LuaValue::Float(value) => {
                let text = Number::Float(value).to_text().as_str().to_owned();
                (text, value.is_finite().then_some(Scalar::Float(value)))
            }
            LuaValue::Pointer(addr) => (format!("light userdata {addr}"), None),
            LuaValue::String(addr) => {
                let (bytes, length) = memory.string_start(addr, self.extent.string as u64)?;
                let mut text = quote(&bytes);
                if bytes.len() as u64 != length {
                    text.push_str(&format!("... ({length} bytes)"));
                }
                (text, Some(Scalar::String(String::from_utf8_lossy(&bytes).into_owned())))
            }
            LuaValue::Table(addr) => {
                let metatable = memory.table(addr)?.metatable();
                let class = metatable.and_then(|metatable| self.name_of_type(metatable));
                (class.map_or(format!("table {addr}"), |class| format!("table {addr} ({class})")), None)
            }
            LuaValue::Function(addr) => {
                let prototype = memory.prototype(memory.closure(addr)?.prototype)?;
                let place = self.dump.definition(&prototype);
                let text = match prototype.object.line_defined {
                    0 => format!("function {addr} (main chunk of {})", place.source),
                    _ => format!("function {addr} ({place})"),
                };
                (text, None)
            }
            LuaValue::Native(addr) => {
                let name = self.dump.native_name(memory.native(addr)?.id).unwrap_or("unnamed");
                (format!("function {addr} (built in: {name})"), None)
            }
            LuaValue::Userdata(addr) => (self.describe_userdata(addr)?, None),
            LuaValue::Coroutine(addr) => {
                let coroutine = memory.coroutine(addr)?;
                (format!("thread {addr} ({})", status_word(coroutine.status)), None)
            }
            LuaValue::Prototype(addr) => (format!("prototype {addr}"), None),
            LuaValue::Unknown { kind, payload } => {
                (format!("no Lua value (kind {kind}, {payload:#x})"), None)
            }
        })
    }

    /// A userdata by the name of its type, the path that it keeps, and whether what it stood for is gone.
    fn describe_userdata(&self, addr: Addr) -> Result<String, Fault> {
        let memory = &self.dump.memory;
        let object: UserdataObject = memory.object(addr, Kind::Userdata)?;
        let has_path = [Class::Directory as u32, Class::DirectoryLock as u32].contains(&object.class);
        let mut notes: Vec<String> = self.name_of_type(object.metatable.addr).into_iter().collect();
        if has_path && let Some(&LuaValue::String(path)) = memory.values(object.user_values)?.first() {
            notes.push(self.describe(LuaValue::String(path))?.0);
        }
        if object.handle == 0 && (has_path || object.class == Class::File as u32) {
            notes.push("closed".to_owned());
        }
        Ok(match notes.is_empty() {
            true => format!("userdata {addr}"),
            false => format!("userdata {addr} ({})", notes.join(", ")),
        })
    }

    fn name_of_type(&self, metatable: Addr) -> Option<String> {
        match self.dump.memory.string_field(metatable, "__name")? {
            LuaValue::String(addr) => self.dump.memory.text(addr).ok(),
            _ => None,
        }
    }
}

#[derive(PartialEq)]
struct SortKey(u8, f64, Vec<u8>);

impl Eq for SortKey {}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &SortKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &SortKey) -> Ordering {
        let numbers = self.1.total_cmp(&other.1);
        self.0.cmp(&other.0).then(numbers).then_with(|| self.2.cmp(&other.2))
    }
}

/// A value that could not be read.
pub fn hole(fault: &Fault) -> Depiction {
    Depiction { type_name: "unreadable", text: format!("<unreadable: {fault}>"), ..Depiction::default() }
}

/// The word of `coroutine.status`, and `failed` for one that an error ended.
pub fn status_word(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Suspended) => "suspended",
        Some(Status::Running) => "running",
        Some(Status::Normal) => "normal",
        Some(Status::Dead) => "dead",
        Some(Status::Failed) => "dead, by an error",
        None => "in an unknown state",
    }
}

/// A string as a Lua literal; bytes that are no printable UTF-8 as escapes.
pub fn quote(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                character if (character as u32) < 0x20 || character as u32 == 0x7f => {
                    text.push_str(&format!("\\x{:02x}", character as u32));
                }
                character if is_invisible(character) => {
                    text.push_str(&format!("\\u{{{:x}}}", character as u32));
                }
                character => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text.push('"');
    text
}

/// Whether a terminal would obey a character instead of showing it, or hide it.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether a string can be written as a field name.
pub fn is_name(bytes: &[u8]) -> bool {
    const RESERVED: [&str; 22] = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
        "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
    ];
    let starts = bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    starts
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !RESERVED.iter().any(|word| word.as_bytes() == bytes)
}
