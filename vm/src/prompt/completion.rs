//! Completion: the names that may follow what was typed, found by looking, never by running.
//!
//! A table's fields are its own and those of the tables that its `__index` names, as deep as a chain goes; of a
//! string, the string library's. Functions in `__index` are not called.

use std::collections::BTreeSet;
use vm::{Lua, Table, Value};

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// Tables in a chain of `__index` that are looked at: it may be a ring.
const CHAIN_MAX: usize = 32;
/// Fields of a table that are looked at: it may be a program's data.
const FIELDS_MAX: usize = 100_000;
/// Candidates offered.
const CANDIDATES_MAX: usize = 1000;

/// A name, and how it is joined to what stands before it.
struct Step<'a> {
    joint: u8,
    name: &'a str,
}

/// The place in the line where the last name begins, and what it may become.
pub fn complete(lua: &mut Lua<'_>, line: &str) -> (usize, Vec<String>) {
    let (path, prefix) = split(line);
    let start = line.len() - prefix.len();
    (start, candidates(lua, &path, prefix).unwrap_or_default())
}

/// Cuts the path at a line's end, `a.b:c`, into the steps that are complete and the name that is begun.
fn split(line: &str) -> (Vec<Step<'_>>, &str) {
    let is_name = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let is_joint = |byte: u8| byte == b'.' || byte == b':';
    let bytes = line.as_bytes();
    let mut begin = bytes.len();
    while begin > 0 && (is_name(bytes[begin - 1]) || is_joint(bytes[begin - 1])) {
        begin -= 1;
    }
    let mut path = Vec::new();
    let mut rest = &line[begin..];
    while let Some(at) = rest.bytes().position(is_joint) {
        path.push(Step { joint: rest.as_bytes()[at], name: &rest[..at] });
        rest = &rest[at + 1..];
    }
    (path, rest)
}

fn candidates(lua: &mut Lua<'_>, path: &[Step<'_>], prefix: &str) -> Option<Vec<String>> {
    let mut found = BTreeSet::new();
    let globals = lua.globals().ok()?;
    let mut value = Value::from(&globals);
    for step in path {
        value = field(lua, &value, step.name)?;
    }
    let wants_function = path.last().is_some_and(|step| step.joint == b':');
    for table in chain(lua, &value) {
        let mut key = Value::Nil;
        for _ in 0..FIELDS_MAX {
            let Ok(Some((next, entry))) = lua.next(&table, key) else { break };
            if let Some(name) = next.as_str().filter(|name| name.starts_with(prefix) && is_identifier(name))
                && (!wants_function || matches!(entry, Value::Function(_)))
            {
                found.insert(name.to_string());
            }
            key = next;
        }
    }
    if path.is_empty() {
        found.extend(KEYWORDS.iter().filter(|word| word.starts_with(prefix)).map(|word| word.to_string()));
    }
    Some(found.into_iter().take(CANDIDATES_MAX).collect())
}

/// What a name would be found in, in this order.
fn chain(lua: &mut Lua<'_>, value: &Value) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut value = value.clone();
    for _ in 0..CHAIN_MAX {
        if let Value::Table(table) = &value {
            tables.push(table.clone());
        }
        let Ok(Some(metatable)) = lua.metatable(&value) else { break };
        match lua.raw_get(&metatable, "__index") {
            Ok(index @ Value::Table(_)) => value = index,
            _ => break,
        }
    }
    tables
}

/// `value.name`, without running anything.
fn field(lua: &mut Lua<'_>, value: &Value, name: &str) -> Option<Value> {
    let tables = chain(lua, value);
    let mut found = tables.iter().map(|table| lua.raw_get(table, name).unwrap_or_default());
    found.find(|value| *value != Value::Nil)
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        && !KEYWORDS.contains(&name)
}

#[cfg(test)]
mod tests;
