//! Tables: raw look-up, insertion, growth, length, traversal. Metamethods are `metatable.rs`'s.
//!
//! The array part holds keys `1..=array_length`, the slots up to `array_capacity` are not initialised. A store
//! to `array_length + 1` appends; every other absent key goes to the hash part, whose overflow counts all
//! integer keys and moves as many into the array part as leave it more than half full (the reference's rule).
//!
//! Invariant: no key in `1..=array_length + 1` has a value in the hash part; so the border that `#` looks for
//! lies in the array part alone.

use super::pointer::{Pointer, at, copy, load, store, to_ref};
use super::string;
use super::{Heap, OutOfMemory};
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::Kind;
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::{Node, NodesObject, TableObject};
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

mod resize;

pub use resize::reserve;

use resize::{grow_array, rehash};

/// Why a raw store cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The key is nil.
    NilKey,
    /// The key is a NaN.
    NanKey,
    /// The table would have more slots than an index can count.
    Overflow,
    /// There is no room for it.
    Memory,
}

impl From<OutOfMemory> for StoreError {
    fn from(_: OutOfMemory) -> Self {
        StoreError::Memory
    }
}

/// The largest number of array slots or nodes: indices are 32 bits, a chain distance 31.
const SLOT_COUNT_MAX: u64 = 1 << 30;

/// Makes an empty table. `site` is the address of the instruction that asked for it, or null.
pub fn create(heap: &mut Heap, site: Addr) -> Result<*mut TableObject, OutOfMemory> {
    let table = heap.allocate(Kind::Table, size_of::<TableObject>())?.cast::<TableObject>();
    // SAFETY: `table` is a fresh slot of this size; its header is written, the rest is ours to fill. The roots
    // live as long as the heap.
    unsafe {
        (*table).metatable = Ref::NULL;
        (*table).array = Ref::NULL;
        (*table).nodes = to_ref(&raw const (*heap.roots()).empty_nodes.object);
        (*table).array_length = 0;
        (*table).array_capacity = 0;
        (*table).node_mask = 0;
        (*table).last_free = 0;
        (*table).absent_events = 0;
        (*table).zero = 0;
        (*table).site = site;
    }
    Ok(table)
}

/// The array slot of `key`, counted from 1.
///
/// # Safety
/// `table` is valid and `1 <= key <= array_capacity`.
#[inline(always)]
pub unsafe fn array_slot(table: *const TableObject, key: u64) -> *mut Value {
    // SAFETY: the caller's; value 1 lies at offset 16, so a key counts 16-byte steps from the object itself.
    unsafe { (*table).array.ptr().cast::<Value>().add(key as usize) }
}

/// The first node.
///
/// # Safety
/// `table` is valid.
#[inline(always)]
pub unsafe fn first_node(table: *const TableObject) -> *mut Node {
    // SAFETY: a table always has a nodes object.
    unsafe { (*table).nodes.ptr().cast::<u8>().add(NodesObject::NODES as usize).cast() }
}

#[inline(always)]
fn mix(payload: u64) -> u32 {
    // Fibonacci hashing: the high half of the product depends on all bits.
    (payload.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// # Safety
/// `table` is valid, and `key` a valid value that is not nil.
#[inline(always)]
unsafe fn main_position(table: *const TableObject, key: Value) -> *mut Node {
    // SAFETY: a string key is valid; masked by `node_mask`, the index lies inside the nodes.
    unsafe {
        let hash = match key.kind {
            value::SHORT_STRING => (*at::<StringObject>(key.addr())).hash,
            value::LONG_STRING => string::hash_of(at(key.addr())),
            // Neighbouring integers lie in neighbouring nodes: a scattering hash made sparse arrays ten times
            // slower. The odd divisor keeps multiples of a power of two apart.
            value::INTEGER => ((key.payload ^ key.payload >> 32) as u32) % ((*table).node_mask | 1),
            _ => mix(key.payload ^ key.kind as u64),
        };
        first_node(table).add((hash & (*table).node_mask) as usize)
    }
}

/// The node that holds an interned string as key, or null.
///
/// # Safety
/// `table` and `key` are valid.
#[inline(always)]
pub unsafe fn find_short(table: *const TableObject, key: *const StringObject) -> *mut Node {
    // SAFETY: chains stay inside the nodes of one table.
    unsafe {
        let mut node = first_node(table).add(((*key).hash & (*table).node_mask) as usize);
        loop {
            if (*node).key_payload == key as u64 && (*node).key_kind == value::SHORT_STRING {
                return node;
            }
            if (*node).next == 0 {
                return core::ptr::null_mut();
            }
            node = node.offset((*node).next as isize);
        }
    }
}

/// The node with this key, or null. The key is not normalised.
///
/// # Safety
/// `table` and `key` are valid.
unsafe fn find_node(table: *const TableObject, key: Value) -> *mut Node {
    // SAFETY: chains stay inside the nodes of one table; keys of nodes are valid.
    unsafe {
        let mut node = main_position(table, key);
        loop {
            if (*node).key_kind == key.kind
                && ((*node).key_payload == key.payload
                    || key.kind == value::LONG_STRING
                        && string::equal(at((*node).key().addr()), at(key.addr())))
            {
                return node;
            }
            if (*node).next == 0 {
                return core::ptr::null_mut();
            }
            node = node.offset((*node).next as isize);
        }
    }
}

/// The node that had this object as its key until a collection found it without value, or null.
///
/// # Safety
/// `table` and `key` are valid.
#[cold]
unsafe fn find_buried(table: *const TableObject, key: Value) -> *mut Node {
    if key.kind < value::OBJECT {
        return core::ptr::null_mut();
    }
    let buried = Node::buried(key);
    // SAFETY: chains stay inside the nodes of one table.
    unsafe {
        let mut node = main_position(table, key);
        loop {
            if ((*node).key_kind, (*node).key_payload) == (buried.kind, buried.payload) {
                return node;
            }
            if (*node).next == 0 {
                return core::ptr::null_mut();
            }
            node = node.offset((*node).next as isize);
        }
    }
}

/// The value at an integer key, nil when absent.
///
/// # Safety
/// `table` is valid.
#[inline(always)]
pub unsafe fn get_integer(table: *const TableObject, key: i64) -> Value {
    // SAFETY: the index is checked against the slots in use.
    unsafe {
        if (key as u64).wrapping_sub(1) < (*table).array_length as u64 {
            return load(array_slot(table, key as u64));
        }
        get_hashed(table, Value::integer(key))
    }
}

/// # Safety
/// `table` and `key` are valid.
#[inline(never)]
unsafe fn get_hashed(table: *const TableObject, key: Value) -> Value {
    // SAFETY: a found node is readable.
    unsafe {
        let node = find_node(table, key);
        if node.is_null() { Value::NIL } else { (*node).value() }
    }
}

/// The value at an interned string, nil when absent.
///
/// # Safety
/// `table` and `key` are valid.
#[inline(always)]
pub unsafe fn get_short(table: *const TableObject, key: *const StringObject) -> Value {
    // SAFETY: a found node is readable.
    unsafe {
        let node = find_short(table, key);
        if node.is_null() { Value::NIL } else { (*node).value() }
    }
}

/// A float key with an integral value stands for that integer (manual, section 2.1).
#[inline(always)]
fn normalise(key: Value) -> Value {
    if key.kind == value::FLOAT
        && let Some(integer) = numeral::float_to_integer(key.as_float())
    {
        return Value::integer(integer);
    }
    key
}

/// The value at any key, nil when absent.
///
/// # Safety
/// `table` and `key` are valid.
#[inline]
pub unsafe fn get(table: *const TableObject, key: Value) -> Value {
    // SAFETY: the caller's.
    unsafe {
        match key.kind {
            value::SHORT_STRING => get_short(table, at(key.addr())),
            value::INTEGER => get_integer(table, key.as_integer()),
            value::NIL => Value::NIL,
            value::FLOAT => match normalise(key) {
                key if key.kind == value::INTEGER => get_integer(table, key.as_integer()),
                key => get_hashed(table, key),
            },
            _ => get_hashed(table, key),
        }
    }
}

/// Raw store. Storing nil to an absent key does nothing.
///
/// # Safety
/// `table`, `key` and `new` are valid.
pub unsafe fn set(
    heap: &mut Heap,
    table: *mut TableObject,
    key: Value,
    new: Value,
) -> Result<(), StoreError> {
    let key = normalise(key);
    // SAFETY: the caller's; found nodes and slots are writable.
    unsafe {
        match key.kind {
            value::INTEGER => return set_integer(heap, table, key.as_integer(), new),
            value::NIL => return Err(StoreError::NilKey),
            value::FLOAT if key.as_float().is_nan() => return Err(StoreError::NanKey),
            _ => {}
        }
        let node = find_node(table, key);
        if !node.is_null() {
            set_node(heap, table, node, new);
            return Ok(());
        }
        if new.is_nil() {
            return Ok(());
        }
        insert(heap, table, key, new)
    }
}

/// Writes the value of a node whose key is in place.
///
/// # Safety
/// `node` belongs to `table`, and all are valid.
#[inline(always)]
pub unsafe fn set_node(heap: &mut Heap, table: *mut TableObject, node: *mut Node, new: Value) {
    // SAFETY: the caller's.
    unsafe {
        if (*node).value_kind == value::NIL {
            (*table).absent_events = 0;
        }
        (*node).value_kind = new.kind;
        (*node).value_payload = new.payload;
    }
    heap.barrier(new);
}

/// Raw store at an integer key.
///
/// # Safety
/// `table` and `new` are valid.
#[inline]
pub unsafe fn set_integer(
    heap: &mut Heap,
    table: *mut TableObject,
    key: i64,
    new: Value,
) -> Result<(), StoreError> {
    // SAFETY: the index is checked against the slots in use.
    unsafe {
        if (key as u64).wrapping_sub(1) < (*table).array_length as u64 {
            store(array_slot(table, key as u64), new);
            heap.barrier(new);
            return Ok(());
        }
        if key as u64 == (*table).array_length as u64 + 1 {
            return if new.is_nil() { Ok(()) } else { append(heap, table, new) };
        }
        let boxed = Value::integer(key);
        let node = find_node(table, boxed);
        if !node.is_null() && (*node).value_kind != value::NIL {
            set_node(heap, table, node, new);
            return Ok(());
        }
        if new.is_nil() {
            return Ok(());
        }
        if key as u64 <= (*table).array_capacity as u64 && key > 0 {
            return extend(heap, table, key as u64, new);
        }
        if !node.is_null() {
            set_node(heap, table, node, new);
            return Ok(());
        }
        insert(heap, table, boxed, new)
    }
}

/// Stores at `array_length + 1`, which has no value yet, and draws after it the keys that follow on.
///
/// # Safety
/// `table` and `new` are valid, `new` is not nil.
unsafe fn append(heap: &mut Heap, table: *mut TableObject, new: Value) -> Result<(), StoreError> {
    // SAFETY: after the growth there is a slot at `array_length + 1`.
    unsafe {
        if (*table).array_length == (*table).array_capacity && !grow_array(heap, table)? {
            let key = Value::integer((*table).array_length as i64 + 1);
            rehash(heap, table, key)?;
            return set(heap, table, key, new);
        }
        push(table, new);
        heap.barrier(new);
        if (*table).nodes != to_ref(&raw const (*heap.roots()).empty_nodes.object) {
            draw_following(heap, table)?;
        }
    }
    Ok(())
}

/// # Safety
/// `table` is valid and `array_length < array_capacity`.
#[inline(always)]
unsafe fn push(table: *mut TableObject, new: Value) {
    // SAFETY: the caller's.
    unsafe {
        let length = (*table).array_length + 1;
        store(array_slot(table, length as u64), new);
        (*table).array_length = length;
    }
}

/// Stores at a key beyond `array_length + 1` for which the array part has a slot: the slots between become
/// part of it, so that a sequence with holes costs no rehash for each.
///
/// # Safety
/// All are valid, `new` is not nil, `array_length + 1 < key <= array_capacity`, and the key has no value.
unsafe fn extend(heap: &mut Heap, table: *mut TableObject, key: u64, new: Value) -> Result<(), StoreError> {
    // SAFETY: slots up to the capacity.
    unsafe {
        let hashed = (*table).nodes != to_ref(&raw const (*heap.roots()).empty_nodes.object);
        for index in (*table).array_length as u64 + 1..key {
            let node = match hashed {
                true => find_node(table, Value::integer(index as i64)),
                false => core::ptr::null_mut(),
            };
            if node.is_null() {
                store(array_slot(table, index), Value::NIL);
            } else {
                store(array_slot(table, index), (*node).value());
                heap.barrier((*node).value());
                (*node).value_kind = value::NIL;
                (*node).value_payload = 0;
            }
        }
        store(array_slot(table, key), new);
        (*table).array_length = key as u32;
        heap.barrier(new);
        if hashed { draw_following(heap, table) } else { Ok(()) }
    }
}

/// Moves the keys that follow on the array part out of the hash part.
///
/// # Safety
/// `table` is valid.
unsafe fn draw_following(heap: &mut Heap, table: *mut TableObject) -> Result<(), StoreError> {
    // SAFETY: as in `append`.
    unsafe {
        loop {
            let node = find_node(table, Value::integer((*table).array_length as i64 + 1));
            if node.is_null() || (*node).value_kind == value::NIL {
                return Ok(());
            }
            if (*table).array_length == (*table).array_capacity {
                resize::double_array(heap, table)?;
            }
            push(table, (*node).value());
            heap.barrier((*node).value());
            (*node).value_kind = value::NIL;
            (*node).value_payload = 0;
        }
    }
}

/// Inserts a key that is not there (Brent's variation: a colliding key that is not in its own main position
/// makes room).
///
/// # Safety
/// All are valid; `key` is normalised, not nil, not NaN, not in the table, and no integer that belongs to the
/// array part; `new` is not nil.
#[inline(never)]
unsafe fn insert(heap: &mut Heap, table: *mut TableObject, key: Value, new: Value) -> Result<(), StoreError> {
    // SAFETY: nodes of one table; `free_node` yields one of them or null.
    unsafe {
        let mut main = main_position(table, key);
        let none = to_ref(&raw const (*heap.roots()).empty_nodes.object) == (*table).nodes;
        if none || (*main).value_kind != value::NIL {
            let free = if none { core::ptr::null_mut() } else { free_node(table) };
            if free.is_null() {
                rehash(heap, table, key)?;
                return set(heap, table, key, new);
            }
            let other = main_position(table, (*main).key());
            if other == main {
                (*free).next =
                    if (*main).next == 0 { 0 } else { distance(free, main.offset((*main).next as isize)) };
                (*main).next = distance(main, free);
                main = free;
            } else {
                let mut previous = other;
                while previous.offset((*previous).next as isize) != main {
                    previous = previous.offset((*previous).next as isize);
                }
                (*previous).next = distance(previous, free);
                *free = *main;
                // A big hash part is scanned in pieces: the node may have left a piece that was yet to come.
                heap.barrier((*free).key());
                heap.barrier((*free).value());
                if (*main).next != 0 {
                    (*free).next += distance(free, main);
                    (*main).next = 0;
                }
                (*main).value_kind = value::NIL;
            }
        }
        (*main).key_kind = key.kind;
        (*main).key_payload = key.payload;
        (*main).value_kind = new.kind;
        (*main).value_payload = new.payload;
        (*table).absent_events = 0;
    }
    heap.barrier(key);
    heap.barrier(new);
    Ok(())
}

/// # Safety
/// Both are nodes of one table.
unsafe fn distance(from: *mut Node, to: *mut Node) -> i32 {
    // SAFETY: the caller's.
    unsafe { to.offset_from(from) as i32 }
}

/// A node that never held a key, or null.
///
/// # Safety
/// `table` is valid and has a hash part.
unsafe fn free_node(table: *mut TableObject) -> *mut Node {
    // SAFETY: `last_free` never exceeds the node count.
    unsafe {
        while (*table).last_free > 0 {
            (*table).last_free -= 1;
            let node = first_node(table).add((*table).last_free as usize);
            if (*node).key_kind == value::NIL {
                return node;
            }
        }
        core::ptr::null_mut()
    }
}

/// Stores `count` values from `source` at the keys from `first` on, as a table constructor does.
///
/// # Safety
/// `table` is valid; `source` points to `count` values.
pub unsafe fn set_list(
    heap: &mut Heap,
    table: *mut TableObject,
    first: u64,
    source: *const Value,
    count: u64,
) -> Result<(), StoreError> {
    // SAFETY: the caller's; slots are in range once there is room.
    unsafe {
        let end = first - 1 + count;
        if (*table).array_length as u64 == first - 1 {
            if end > (*table).array_capacity as u64 {
                if end > SLOT_COUNT_MAX {
                    return Err(StoreError::Overflow);
                }
                resize::resize_array(heap, table, end as u32)?;
            }
            for index in 0..count {
                let value = source.add(index as usize);
                copy(array_slot(table, first + index), value);
                heap.barrier(*value);
            }
            (*table).array_length = end as u32;
            if (*table).nodes != to_ref(&raw const (*heap.roots()).empty_nodes.object) {
                evict_array_keys(table);
                draw_following(heap, table)?;
            }
            return Ok(());
        }
        for index in 0..count {
            set_integer(heap, table, (first + index) as i64, load(source.add(index as usize)))?;
        }
    }
    Ok(())
}

/// Drops the integer keys from the hash part that the array part has just taken over: in
/// `{[1] = "a", "b"}` the positional item wins.
///
/// # Safety
/// `table` is valid.
unsafe fn evict_array_keys(table: *mut TableObject) {
    // SAFETY: nodes of the table.
    unsafe {
        for index in 0..=(*table).node_mask as usize {
            let node = first_node(table).add(index);
            if (*node).key_kind == value::INTEGER
                && (*node).key_payload.wrapping_sub(1) < (*table).array_length as u64
            {
                (*node).value_kind = value::NIL;
                (*node).value_payload = 0;
            }
        }
    }
}

/// A border of the table (manual, section 3.4.7), in O(log n).
///
/// # Safety
/// `table` is valid.
#[inline]
pub unsafe fn length(table: *mut TableObject) -> u64 {
    // SAFETY: reads inside the slots in use.
    unsafe {
        let length = (*table).array_length as u64;
        if length == 0 || (*array_slot(table, length)).kind != value::NIL {
            return length;
        }
        if length == 1 || (*array_slot(table, length - 1)).kind != value::NIL {
            // The usual case: the last item was removed. Let the array part end there, so that the next
            // item is appended.
            (*table).array_length = (length - 1) as u32;
            return length - 1;
        }
        let (mut low, mut high) = (0, length);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if (*array_slot(table, middle)).kind == value::NIL {
                high = middle;
            } else {
                low = middle;
            }
        }
        low
    }
}

/// Where a traversal stands: array slots come first, then nodes.
///
/// # Safety
/// `table` and `key` are valid.
pub unsafe fn position_after(table: *const TableObject, key: Value) -> Option<u64> {
    let key = normalise(key);
    // SAFETY: the caller's.
    unsafe {
        let length = (*table).array_length as u64;
        if key.is_nil() {
            return Some(0);
        }
        if key.kind == value::INTEGER && key.payload.wrapping_sub(1) < length {
            return Some(key.payload);
        }
        let mut node = find_node(table, key);
        if node.is_null() {
            node = find_buried(table, key);
        }
        if !node.is_null() {
            return Some(length + 1 + node.offset_from(first_node(table)) as u64);
        }
        // The array part may have shrunk (see `length`) since the traversal passed this key.
        let shrunk = key.kind == value::INTEGER && key.payload <= (*table).array_capacity as u64;
        shrunk.then_some(length)
    }
}

/// The entry after `key` (nil: the first); `Ok(None)` at the end, `Err` when the key is not in the table.
///
/// # Safety
/// `table` and `key` are valid.
pub unsafe fn next(table: *const TableObject, key: Value) -> Result<Option<(Value, Value)>, InvalidKey> {
    // SAFETY: the caller's.
    unsafe {
        let position = position_after(table, key).ok_or(InvalidKey)?;
        Ok(entry_from(table, position).map(|(_, key, value)| (key, value)))
    }
}

/// The first entry at traversal position `position` or later, and the position after it. Position 0 is the
/// start.
///
/// # Safety
/// `table` is valid.
#[inline]
pub unsafe fn entry_from(table: *const TableObject, mut position: u64) -> Option<(u64, Value, Value)> {
    // SAFETY: indices are checked against both parts.
    unsafe {
        let length = (*table).array_length as u64;
        while position < length {
            position += 1;
            let slot = array_slot(table, position);
            if (*slot).kind != value::NIL {
                return Some((position, Value::integer(position as i64), load(slot)));
            }
        }
        let mut index = position - length;
        while index <= (*table).node_mask as u64 {
            let node = first_node(table).add(index as usize);
            index += 1;
            if (*node).value_kind != value::NIL {
                return Some((length + index, (*node).key(), (*node).value()));
            }
        }
        None
    }
}

/// The key given to `next` is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;
