//! The heap tried through its own API: objects made by raw writes, as tables and strings make them.

mod corruption;
mod graph;
mod limits;
mod pace;
mod stacks;
mod strings;
mod weak_tables;

use super::{Heap, HeapOptions, OutsideRoots, table};
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::Kind;
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject};
use dumpfmt::layout::value::{SHORT_STRING, TABLE, Value};
use std::cell::RefCell;

/// Values that a test holds on to.
#[derive(Default)]
pub struct Held(pub RefCell<Vec<Value>>);

impl OutsideRoots for Held {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        for &value in self.0.borrow().iter() {
            visit(value);
        }
    }
}

pub fn new_heap() -> Heap {
    Heap::new(HeapOptions { bytes_max: u64::MAX, stress: false }).expect("address space")
}

/// A table with room for `array` items, all nil, and `nodes` nodes (a power of two, or 0).
pub fn new_table(heap: &mut Heap, array: u32, nodes: u32) -> *mut TableObject {
    let table = heap.allocate(Kind::Table, size_of::<TableObject>()).expect("memory").cast::<TableObject>();
    let empty = Addr(heap.geometry.empty_nodes());
    // SAFETY: fresh slots, filled before the next safepoint.
    unsafe {
        let header = (*table).header;
        *table = TableObject {
            header,
            metatable: Ref::NULL,
            array: Ref::NULL,
            nodes: Ref::new(empty),
            array_limit: 0,
            array_capacity: 0,
            node_mask: 0,
            last_free: 0,
            absent_events: 0,
            array_used: 0,
            site: Addr::NULL,
        };
        if array > 0 {
            let values = heap
                .allocate(Kind::Values, ValuesObject::VALUES as usize + array as usize * 16)
                .expect("memory")
                .cast::<ValuesObject>();
            (*values).capacity = array;
            (*values).length = 0;
            (*table).array = Ref::new(Addr(values as u64));
            (*table).array_capacity = array;
            (*table).array_limit = array;
            (*table).array_used = array;
            for index in 0..array {
                item(table, index).write(Value::NIL);
            }
        }
        if nodes > 0 {
            let object = heap
                .allocate(Kind::Nodes, NodesObject::NODES as usize + nodes as usize * size_of::<Node>())
                .expect("memory")
                .cast::<NodesObject>();
            (*object).count = nodes as u64;
            (*table).nodes = Ref::new(Addr(object as u64));
            (*table).node_mask = nodes - 1;
            (*table).last_free = nodes;
            for index in 0..nodes {
                *node(table, index) = Node::FREE;
            }
        }
    }
    table
}

/// Slot `index` of the array part.
pub fn item(table: *mut TableObject, index: u32) -> *mut Value {
    // SAFETY: the tests ask for slots that are there.
    unsafe { ((*table).array.addr.0 + ValuesObject::VALUES + index as u64 * 16) as *mut Value }
}

/// The first node with this key.
pub fn node_of<'a>(table: *mut TableObject, key: Value) -> &'a mut Node {
    // SAFETY: a table of the test.
    let count = unsafe { (*table).node_mask } + 1;
    let matches = |index: &u32| {
        let node = node(table, *index);
        (node.key_kind, node.key_payload) == (key.kind, key.payload)
    };
    node(table, (0..count).find(matches).expect("the key is there"))
}

/// Node `index` of the hash part.
pub fn node<'a>(table: *mut TableObject, index: u32) -> &'a mut Node {
    // SAFETY: the tests ask for nodes that are there, one at a time.
    unsafe {
        &mut *(((*table).nodes.addr.0 + NodesObject::NODES + index as u64 * size_of::<Node>() as u64)
            as *mut Node)
    }
}

/// Stores an entry.
pub fn put(heap: &mut Heap, table: *mut TableObject, key: Value, value: Value) {
    // SAFETY: objects of the test.
    unsafe { table::set(heap, table, key, value).expect("memory") };
}

/// Reads an entry.
pub fn get(table: *mut TableObject, key: Value) -> Value {
    // SAFETY: objects of the test; a key that is dead is compared by its address alone.
    unsafe { table::get(table, key) }
}

/// Writes an item.
pub fn set(heap: &mut Heap, table: *mut TableObject, index: u32, value: Value) {
    // SAFETY: the tests write slots that are there.
    unsafe { *item(table, index) = value };
    heap.barrier(value);
}

pub fn table_value(table: *mut TableObject) -> Value {
    Value::object(TABLE, Addr(table as u64))
}

pub fn string_value(heap: &mut Heap, text: &str) -> Value {
    Value::object(SHORT_STRING, Addr(heap.intern(text.as_bytes()).expect("memory") as u64))
}

/// Holds enough big tables that marking takes many slices.
pub fn hold_much(heap: &mut Heap, held: &mut Held) {
    for _ in 0..20 {
        let big = new_table(heap, 100_000, 0);
        held.0.get_mut().push(table_value(big));
    }
}

pub fn count(heap: &Heap, kind: Kind) -> usize {
    heap.walk().filter(|&(_, found, _)| found == kind).count()
}

#[track_caller]
pub fn check(heap: &Heap, held: &Held) {
    if let Err(violation) = heap.verify(held) {
        panic!("{violation}");
    }
}

/// A small generator of numbers that look random (xorshift), so that a failure repeats.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}
