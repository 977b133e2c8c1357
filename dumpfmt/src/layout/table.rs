//! Tables as they lie in memory, and therefore in an image.
//!
//! ```text
//!     TableObject ── array ──> ValuesObject: [Value; array_capacity], the first array_used initialised
//!                └── nodes ──> NodesObject:  [Node; node_mask + 1]
//! ```
//!
//! Invariants: an integer key in `1..=array_capacity` has no value in the hash part. A table without hash part refers to `Roots::empty_nodes`, whose one node is free.
//!
//! Collisions are chained through `Node::next` (Brent's variation, as in the reference's ltable.c): a key
//! lies in its main position unless a key that *belongs* there had it first.
//!
//! Not here: look-up and growth (`vm/heap/table.rs`), tolerant reading (`inspector/model/table.rs`).

use super::ObjectHeader;
use super::value::{POINTER, Value};
use crate::addr::{Addr, Ref};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A table.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct TableObject {
    /// Kind `Table`. `flags`: see [`WEAK_KEYS`], [`WEAK_VALUES`]. `extra`: of a metatable, the index of the node where
    /// `__index` was last found; nobody's answer depends on it.
    pub header: ObjectHeader,
    /// Null when the table has none. Traced.
    pub metatable: Ref<TableObject>,
    /// Null exactly when `array_capacity` is 0.
    pub array: Ref<ValuesObject>,
    /// Never null.
    pub nodes: Ref<NodesObject>,
    /// Where `#` looked last if below `array_used`; equal to it, that was `array_capacity`.
    pub array_limit: u32,
    /// Array slots there are: the keys from 1 to it, nil or not.
    pub array_capacity: u32,
    /// The hash part has `node_mask + 1` nodes, a power of two.
    pub node_mask: u32,
    /// All nodes at or above this index are taken: where the search for a free node starts.
    pub last_free: u32,
    /// Bit `e` set: this table, *as a metatable*, is known to lack the metamethod of event `e` (the numbers
    /// of `roots::Event`). Cleared by every store of a string key.
    pub absent_events: u32,
    /// Array slots that are initialised; those beyond count as nil.
    pub array_used: u32,
    /// The address of the `NewTable` instruction that made it; 0 when native code did. The nearest thing
    /// that Lua has to a type.
    pub site: Addr,
}
const _: () = assert!(size_of::<TableObject>() == 64);

/// `ObjectHeader::flags` of a table: its metatable's `__mode` says that keys are weak.
pub const WEAK_KEYS: u8 = 1;
/// `ObjectHeader::flags` of a table: its metatable's `__mode` says that values are weak.
pub const WEAK_VALUES: u8 = 2;

/// A row of values; `capacity` of them follow at offset [`ValuesObject::VALUES`]. In the array part of a table
/// only `array_used` are initialised; everywhere else all are.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct ValuesObject {
    /// Kind `Values`.
    pub header: ObjectHeader,
    /// Values there is room for; in a table's array part there may be more of it than `array_capacity`.
    pub capacity: u32,
    /// Values in use, for every owner but a table (which keeps its own count).
    pub length: u32,
}
const _: () = assert!(size_of::<ValuesObject>() == 16);

impl ValuesObject {
    /// Offset of the first value. Value `i`, counted from 1 as Lua does, lies at `address + 16 * i`.
    pub const VALUES: u64 = 16;
}

/// The hash part of a table; `count` nodes follow at offset [`NodesObject::NODES`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct NodesObject {
    /// Kind `Nodes`.
    pub header: ObjectHeader,
    /// A power of two.
    pub count: u64,
}
const _: () = assert!(size_of::<NodesObject>() == 16);

impl NodesObject {
    /// Offset of the first node.
    pub const NODES: u64 = 16;
}

/// A key and its value: 24 bytes, the two kind bytes side by side.
///
/// A free node has key kind `NIL`. A node whose value is nil keeps its key until the next rehash, so that
/// `next` can go on from it; but it does not keep the key's object alive: see [`Node::bury_key`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct Node {
    /// Payload of the value.
    pub value_payload: u64,
    /// Kind of the value.
    pub value_kind: u8,
    /// Kind of the key.
    pub key_kind: u8,
    /// Zero.
    pub zero: u16,
    /// Distance in nodes to the next of the chain, 0 at its end.
    pub next: i32,
    /// Payload of the key.
    pub key_payload: u64,
}
const _: () = assert!(size_of::<Node>() == 24);

impl Node {
    /// A node without key.
    pub const FREE: Node =
        Node { value_payload: 0, value_kind: 0, key_kind: 0, zero: 0, next: 0, key_payload: 0 };

    /// The value.
    #[inline(always)]
    pub const fn value(&self) -> Value {
        Value::raw(self.value_kind, self.value_payload)
    }

    /// The key.
    #[inline(always)]
    pub const fn key(&self) -> Value {
        Value::raw(self.key_kind, self.key_payload)
    }

    /// What a key becomes when its entry is gone and its object may be freed: a bare address, odd, so that it
    /// is no object's and no key that a program could have made.
    #[inline(always)]
    pub const fn buried(key: Value) -> Value {
        Value::raw(POINTER, key.payload | 1)
    }

    /// Puts the [`buried`](Node::buried) key in place of the key. The node stays in its chain.
    #[inline(always)]
    pub const fn bury_key(&mut self) {
        let buried = Node::buried(self.key());
        (self.key_kind, self.key_payload) = (buried.kind, buried.payload);
    }
}
