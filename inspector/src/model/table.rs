//! Tables, read tolerantly: rows are scanned from end to end, chains are never followed, so no hostile link
//! can lead in a circle.

use super::memory::{Memory, Row};
use super::value::LuaValue;
use crate::image::{Fault, Why};
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject};
use dumpfmt::layout::value::Value;
use zerocopy::FromBytes;

/// A table's own words.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its address.
    pub addr: Addr,
    /// As it lies in memory.
    pub object: TableObject,
}

/// One entry of a table; its value is never nil.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Never nil.
    pub key: LuaValue,
    /// Never nil.
    pub value: LuaValue,
}

/// A key to look up.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A string by its bytes.
    String(Vec<u8>),
    /// An integer (a float with an integral value must be given as one).
    Integer(i64),
    /// A float without integral value.
    Float(f64),
    /// A boolean.
    Boolean(bool),
    /// Any other object by address.
    Object(Addr),
}

impl Table {
    /// Its metatable, if it has one.
    pub fn metatable(&self) -> Option<Addr> {
        (!self.object.metatable.is_null()).then_some(self.object.metatable.addr)
    }
}

/// The entries of a table in memory order: array part, then hash part. A part that cannot be read yields its
/// fault once.
#[derive(Debug)]
pub struct Entries<'a> {
    array: Row<'a>,
    array_next: usize,
    nodes: Row<'a>,
    node_next: usize,
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(bytes) = element(&self.array, self.array_next, size_of::<Value>()) {
            self.array_next += 1;
            let value = Value::read_from_bytes(bytes).map_or(LuaValue::NIL, LuaValue::from);
            if !value.is_nil() {
                return Some(Ok(Entry { key: LuaValue::Integer(self.array_next as i64), value }));
            }
        }
        if let Some(fault) = self.array.fault.take() {
            return Some(Err(fault));
        }
        while let Some(bytes) = element(&self.nodes, self.node_next, size_of::<Node>()) {
            self.node_next += 1;
            let Ok(node) = Node::read_from_bytes(bytes) else { continue };
            let (key, value) = (LuaValue::from(node.key()), LuaValue::from(node.value()));
            if !key.is_nil() && !value.is_nil() {
                return Some(Ok(Entry { key, value }));
            }
        }
        self.nodes.fault.take().map(Err)
    }
}

fn element<'a>(row: &'a Row<'_>, index: usize, size: usize) -> Option<&'a [u8]> {
    row.bytes.get(index.checked_mul(size)?..(index + 1).checked_mul(size)?)
}

impl<'f> Memory<'f> {
    /// The table at `addr`.
    pub fn table(&self, addr: Addr) -> Result<Table, Fault> {
        Ok(Table { addr, object: self.object(addr, Kind::Table)? })
    }

    /// Its entries.
    pub fn entries(&self, table: &Table) -> Entries<'f> {
        Entries { array: self.array_row(table), array_next: 0, nodes: self.node_row(table), node_next: 0 }
    }

    /// What `table` holds under `key`, without metamethods; `None` when it holds nothing.
    pub fn field(&self, table: &Table, key: &Key) -> Result<Option<LuaValue>, Fault> {
        if let Key::Integer(index) = *key
            && index >= 1
            && index as u64 <= u64::from(table.object.array_used)
        {
            let slot = table.object.array.addr.offset((index as u64).wrapping_mul(16));
            return self.value_at(slot).map(|value| Some(value).filter(|value| !value.is_nil()));
        }
        let nodes = self.node_row(table);
        for bytes in nodes.bytes.chunks_exact(size_of::<Node>()) {
            let Ok(node) = Node::read_from_bytes(bytes) else { continue };
            let value = LuaValue::from(node.value());
            if !value.is_nil() && self.is_key(node.key().into(), key) {
                return Ok(Some(value));
            }
        }
        nodes.fault.map_or(Ok(None), Err)
    }

    /// The value under the string `name`; `None` when there is none or the table cannot be read.
    pub fn string_field(&self, table: Addr, name: &str) -> Option<LuaValue> {
        let table = self.table(table).ok()?;
        self.field(&table, &Key::String(name.as_bytes().to_vec())).ok().flatten()
    }

    fn is_key(&self, found: LuaValue, wanted: &Key) -> bool {
        match (found, wanted) {
            (LuaValue::String(addr), Key::String(bytes)) => self.string_is(addr, bytes).unwrap_or(false),
            (LuaValue::Integer(found), Key::Integer(wanted)) => found == *wanted,
            (LuaValue::Float(found), Key::Float(wanted)) => found == *wanted,
            (LuaValue::Boolean(found), Key::Boolean(wanted)) => found == *wanted,
            (found, Key::Object(wanted)) => found.object() == Some(*wanted),
            _ => false,
        }
    }

    fn array_row(&self, table: &Table) -> Row<'f> {
        let (array, length) = (table.object.array, u64::from(table.object.array_used));
        if length == 0 {
            return self.row(array.addr, 0, 16);
        }
        match self.object::<ValuesObject>(array.addr, Kind::Values) {
            Err(fault) => Row { bytes: (&[] as &[u8]).into(), fault: Some(fault) },
            Ok(values) => {
                let capacity = u64::from(values.capacity);
                let mut row = self.row(array.addr.offset(ValuesObject::VALUES), length.min(capacity), 16);
                if length > capacity && row.fault.is_none() {
                    row.fault =
                        Some(Fault::new(array.addr, Why::TooLong { claimed: length, limit: capacity }));
                }
                row
            }
        }
    }

    fn node_row(&self, table: &Table) -> Row<'f> {
        let (nodes, count) = (table.object.nodes, u64::from(table.object.node_mask) + 1);
        match self.object::<NodesObject>(nodes.addr, Kind::Nodes) {
            Err(fault) => Row { bytes: (&[] as &[u8]).into(), fault: Some(fault) },
            Ok(object) => {
                let first = nodes.addr.offset(NodesObject::NODES);
                let mut row = self.row(first, count.min(object.count), size_of::<Node>() as u64);
                if count > object.count && row.fault.is_none() {
                    row.fault =
                        Some(Fault::new(nodes.addr, Why::TooLong { claimed: count, limit: object.count }));
                }
                row
            }
        }
    }
}
