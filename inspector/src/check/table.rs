//! Tables: both parts have the size they claim, no key is where it must not be, chains stay inside.

use super::ledger::Ledger;
use crate::model::heap::Slot;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject};
use dumpfmt::layout::value::{self as raw, Value};
use dumpfmt::numeral::float_to_integer;
use zerocopy::FromBytes;

/// Checks the table in `slot`.
pub fn table(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let addr = slot.addr;
    let Ok(table) = ledger.memory.image.read::<TableObject>(addr) else { return };
    ledger.optional(addr, "the metatable", table.metatable.addr, Kind::Table);
    let (limit, used, capacity) = (table.array_limit, table.array_used, table.array_capacity);
    ledger.require(used <= capacity, addr, format_args!("{used} array slots are in use of {capacity}"));
    ledger.require(limit <= used, addr, format_args!("a border at {limit}, above the {used} in use"));
    ledger.require(
        (capacity == 0) == table.array.is_null(),
        addr,
        format_args!("an array of {capacity} at {}", table.array.addr),
    );
    if !table.array.is_null() && ledger.reference(addr, "the array", table.array.addr, Kind::Values) {
        array(ledger, &table, addr);
    }
    if ledger.reference(addr, "the hash part", table.nodes.addr, Kind::Nodes) {
        nodes(ledger, &table, addr);
    }
    // The address of a `NewTable` instruction; its prototype may be gone, then nobody asks.
}

/// Checks the row of values in `slot`, as far as it stands for itself.
pub fn values_room(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let Ok(values) = ledger.memory.image.read::<ValuesObject>(slot.addr) else { return };
    let bytes = ValuesObject::VALUES + u64::from(values.capacity) * 16;
    let what = format_args!("{} values do not fit a slot of {} bytes", values.capacity, slot.size);
    ledger.require(bytes <= slot.size, slot.addr, what);
}

/// Checks the hash part in `slot`, as far as it stands for itself.
pub fn nodes_room(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let Ok(nodes) = ledger.memory.image.read::<NodesObject>(slot.addr) else { return };
    let room = slot.size.saturating_sub(NodesObject::NODES) / size_of::<Node>() as u64;
    let what = format_args!("{} nodes in a slot of {} bytes", nodes.count, slot.size);
    ledger.require(nodes.count.is_power_of_two() && nodes.count <= room, slot.addr, what);
}

fn array(ledger: &mut Ledger<'_, '_>, table: &TableObject, addr: Addr) {
    let Ok(object) = ledger.memory.image.read::<ValuesObject>(table.array.addr) else { return };
    let what =
        format_args!("the array has {} slots, the table says {}", object.capacity, table.array_capacity);
    ledger.require(object.capacity >= table.array_capacity, addr, what);
    let count = table.array_used.min(object.capacity);
    let row = ledger.memory.row(table.array.addr.offset(ValuesObject::VALUES), u64::from(count), 16);
    for bytes in row.bytes.chunks_exact(16) {
        if let Ok(value) = Value::read_from_bytes(bytes) {
            ledger.value(addr, "an array item", value);
        }
    }
    if let Some(fault) = row.fault {
        ledger.problem(addr, format_args!("the array cannot be read: {fault}"));
    }
}

fn nodes(ledger: &mut Ledger<'_, '_>, table: &TableObject, addr: Addr) {
    let Ok(object) = ledger.memory.image.read::<NodesObject>(table.nodes.addr) else { return };
    let count = u64::from(table.node_mask) + 1;
    ledger.require(count.is_power_of_two(), addr, format_args!("{count} nodes are no power of two"));
    let what = format_args!("the hash part has {} nodes, the table says {count}", object.count);
    ledger.require(object.count == count, addr, what);
    let row = ledger.memory.row(
        table.nodes.addr.offset(NodesObject::NODES),
        count.min(object.count),
        size_of::<Node>() as u64,
    );
    for (index, bytes) in row.bytes.chunks_exact(size_of::<Node>()).enumerate() {
        if let Ok(node) = Node::read_from_bytes(bytes) {
            self::node(ledger, table, addr, index as i64, count as i64, &node);
        }
    }
    if let Some(fault) = row.fault {
        ledger.problem(addr, format_args!("the hash part cannot be read: {fault}"));
    }
}

fn node(ledger: &mut Ledger<'_, '_>, table: &TableObject, addr: Addr, index: i64, count: i64, node: &Node) {
    let next = index + i64::from(node.next);
    ledger.require(
        (0..count).contains(&next),
        addr,
        format_args!("the chain leaves the hash part at node {index}"),
    );
    let (key, value) = (node.key(), node.value());
    if key.is_nil() {
        ledger.require(value.is_nil(), addr, format_args!("node {index} has a value and no key"));
        return;
    }
    ledger.value(addr, "a key", key);
    ledger.value(addr, "a field", value);
    if key.kind == raw::FLOAT {
        let misplaced = float_to_integer(key.as_float()).is_some() || key.as_float().is_nan();
        ledger.require(!misplaced, addr, format_args!("the float {} is no key", key.as_float()));
    }
    if key.kind == raw::INTEGER && !value.is_nil() {
        let number = key.as_integer();
        let in_array = number >= 1 && number <= i64::from(table.array_capacity);
        ledger.require(
            !in_array,
            addr,
            format_args!("key {number} is in the hash part and belongs in the array"),
        );
    }
}
