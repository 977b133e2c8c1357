//! The global variables, the program's own apart from the library's.

use super::answer::NoAnswer;
use super::depiction::{EntryDepiction, Extent, Painter};
use crate::model::dump::Dump;
use crate::model::value::LuaValue;
use serde::Serialize;

/// The global variables.
#[derive(Clone, Debug, Serialize)]
pub struct GlobalsReport {
    /// `_G`
    pub address: String,
    /// What the program has set.
    pub globals: Vec<EntryDepiction>,
    /// What the library has set: names only.
    pub library: Vec<String>,
    /// A part that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

const LIBRARY_TABLES: [&str; 10] =
    ["_G", "coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8"];

/// The global variables.
pub fn globals(dump: &Dump<'_>, extent: Extent) -> Result<GlobalsReport, NoAnswer> {
    let roots = dump.memory.roots.as_ref().map_err(|fault| {
        NoAnswer::Nothing(format!("The part of the dump that leads to the globals is missing: {fault}."))
    })?;
    let table = dump.memory.table(roots.globals.addr).map_err(|fault| {
        NoAnswer::Nothing(format!("The table of global variables cannot be read: {fault}."))
    })?;
    let mut painter = Painter::new(dump, extent);
    let mut report = GlobalsReport {
        address: table.addr.to_string(),
        globals: Vec::new(),
        library: Vec::new(),
        hole: None,
    };
    let mut entries = Vec::new();
    for entry in dump.memory.entries(&table) {
        match entry {
            Ok(entry) => entries.push((painter.key(entry.key), entry.value)),
            Err(fault) => report.hole = Some(fault.to_string()),
        }
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    for (key, value) in entries {
        if is_library(dump, &key, value) {
            report.library.push(key);
        } else {
            report.globals.push(EntryDepiction { key, value: painter.paint(value) });
        }
    }
    Ok(report)
}

/// Whether the runtime set this global: a built-in function under its own name, a library, the version.
fn is_library(dump: &Dump<'_>, name: &str, value: LuaValue) -> bool {
    match value {
        LuaValue::Native(addr) => dump.native_name_at(addr).is_none_or(|native| native == name),
        LuaValue::Table(_) => LIBRARY_TABLES.contains(&name),
        LuaValue::String(_) => name == "_VERSION",
        _ => false,
    }
}
