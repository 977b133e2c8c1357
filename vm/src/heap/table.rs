//! Tables: raw look-up, insertion, growth, length, traversal. Metamethods are `metatable.rs`'s.
//!
//! The array part holds keys `1..=array_length`, the slots up to `array_capacity` are not initialised. A store
//! to `array_length + 1` appends; every other absent key goes to the hash part, whose overflow counts all
//! integer keys and moves as many into the array part as leave it more than half full (the reference's rule).
//!
//! Invariant: no key in `1..=array_length + 1` has a value in the hash part; so the border that `#` looks for
//! lies in the array part alone.

use super::pointer::{Pointer, at, copy, load, store, to_addr, to_ref};
use super::string;
use super::{Heap, OutOfMemory};
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::Kind;
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject};
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

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
        if !node.is_null() {
            set_node(heap, table, node, new);
            return Ok(());
        }
        if new.is_nil() { Ok(()) } else { insert(heap, table, boxed, new) }
    }
}

/// Stores at `array_length + 1`, which has no value yet, and draws after it the keys that follow on.
///
/// # Safety
/// `table` and `new` are valid, `new` is not nil.
unsafe fn append(heap: &mut Heap, table: *mut TableObject, new: Value) -> Result<(), StoreError> {
    // SAFETY: after the growth there is a slot at `array_length + 1`.
    unsafe {
        if (*table).array_length == (*table).array_capacity {
            let capacity = array_capacity_for((*table).array_capacity as u64 * 2)?;
            resize_array(heap, table, capacity)?;
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
                let capacity = array_capacity_for((*table).array_capacity as u64 * 2)?;
                resize_array(heap, table, capacity)?;
            }
            push(table, (*node).value());
            heap.barrier((*node).value());
            (*node).value_kind = value::NIL;
            (*node).value_payload = 0;
        }
    }
}

/// A capacity of at least `wanted` that fills its slot in the heap.
fn array_capacity_for(wanted: u64) -> Result<u32, StoreError> {
    if wanted > SLOT_COUNT_MAX {
        return Err(StoreError::Overflow);
    }
    let bytes = ValuesObject::VALUES as usize + wanted.max(4) as usize * size_of::<Value>();
    Ok(((Heap::slot_size(bytes) - ValuesObject::VALUES as usize) / size_of::<Value>()) as u32)
}

/// Gives the array part exactly `capacity` slots; `array_length` must fit.
///
/// # Safety
/// `table` is valid and `array_length <= capacity`.
unsafe fn resize_array(heap: &mut Heap, table: *mut TableObject, capacity: u32) -> Result<(), StoreError> {
    // SAFETY: both arrays have room for `array_length` values; the table lets go of the old one before it is
    // freed.
    unsafe {
        let old = (*table).array;
        if capacity == 0 {
            (*table).array = Ref::NULL;
            (*table).array_capacity = 0;
        } else {
            let bytes = ValuesObject::VALUES as usize + capacity as usize * size_of::<Value>();
            let array = if old.is_null() {
                heap.allocate(Kind::Values, bytes)?
            } else {
                let used = ValuesObject::VALUES as usize + (*table).array_length as usize * size_of::<Value>();
                heap.grow(old.addr, Kind::Values, used, bytes)?
            }
            .cast::<ValuesObject>();
            (*array).capacity = capacity;
            (*array).length = 0;
            (*table).array = to_ref(array);
            (*table).array_capacity = capacity;
            heap.rescan(to_addr(array), Kind::Values);
            return Ok(());
        }
        if !old.is_null() {
            heap.free(old.addr, Kind::Values);
        }
    }
    Ok(())
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

/// How many integer keys lie in each `(2^(i-1), 2^i]`.
struct Census {
    bins: [u32; 32],
    total: u32,
}

impl Census {
    fn count(&mut self, key: Value) {
        if key.kind == value::INTEGER && (1..=SLOT_COUNT_MAX).contains(&key.payload) {
            self.bins[(64 - (key.payload - 1).leading_zeros()) as usize] += 1;
            self.total += 1;
        }
    }

    /// The largest power of two such that more than half of that many slots would be in use, and the keys
    /// they would hold.
    fn array_size(&self) -> (u64, u32) {
        let (mut size, mut held, mut seen) = (0, 0, 0);
        let mut power = 1u64;
        for (i, &bin) in self.bins.iter().enumerate() {
            if power > 1 && self.total as u64 <= power / 2 {
                break;
            }
            seen += bin;
            if seen as u64 > power / 2 {
                (size, held) = (power, seen);
            }
            debug_assert_eq!(power, 1 << i);
            power *= 2;
        }
        (size, held)
    }
}

/// Makes room for one more key, `key`, moving integer keys between the parts as fits best.
///
/// # Safety
/// `table` and `key` are valid.
#[cold]
unsafe fn rehash(heap: &mut Heap, table: *mut TableObject, key: Value) -> Result<(), StoreError> {
    // SAFETY: reads inside both parts only.
    unsafe {
        let mut census = Census { bins: [0; 32], total: 0 };
        let mut keys = 1u64;
        let mut highest = 0u64;
        for index in 1..=(*table).array_length as u64 {
            if (*array_slot(table, index)).kind != value::NIL {
                census.count(Value::integer(index as i64));
                keys += 1;
                highest = index;
            }
        }
        for index in 0..=(*table).node_mask as usize {
            let node = first_node(table).add(index);
            if (*node).value_kind != value::NIL {
                census.count((*node).key());
                keys += 1;
            }
        }
        census.count(key);
        let (size, held) = census.array_size();
        // Slots below the array's last value are already paid for.
        let size = size.max(highest);
        let held = if size == highest && held as u64 <= highest { count_up_to(table, size) } else { held };
        let nodes = keys - held as u64;
        resize(heap, table, size, nodes, key)
    }
}

/// # Safety
/// `table` is valid and `size <= array_length`.
unsafe fn count_up_to(table: *const TableObject, size: u64) -> u32 {
    // SAFETY: the caller's.
    unsafe { (1..=size).filter(|&index| (*array_slot(table, index)).kind != value::NIL).count() as u32 }
}

/// Rebuilds both parts: room for `size` array slots and `nodes` keys. `pending` is about to be inserted: if it
/// belongs to the array part its slot is made part of it.
///
/// # Safety
/// `table` is valid; every array value beyond `size` is nil.
unsafe fn resize(
    heap: &mut Heap,
    table: *mut TableObject,
    size: u64,
    nodes: u64,
    pending: Value,
) -> Result<(), StoreError> {
    if size > SLOT_COUNT_MAX || nodes > SLOT_COUNT_MAX {
        return Err(StoreError::Overflow);
    }
    // SAFETY: new parts are allocated first; the table refers to valid parts at every allocation.
    unsafe {
        (*table).array_length = ((*table).array_length as u64).min(size) as u32;
        let (new_nodes, mask) = create_nodes(heap, nodes)?;
        if size > (*table).array_capacity as u64 {
            resize_array(heap, table, array_capacity_for(size)?)?;
        }
        let old_nodes = (*table).nodes;
        let old_first = first_node(table);
        let old_mask = (*table).node_mask;
        (*table).nodes = new_nodes;
        (*table).node_mask = mask;
        (*table).last_free = if nodes == 0 { 0 } else { mask + 1 };
        let mut highest = (*table).array_length as u64;
        for index in 0..=old_mask as usize {
            let node = old_first.add(index);
            let key = (*node).key();
            if (*node).value_kind != value::NIL && key.kind == value::INTEGER && key.payload.wrapping_sub(1) < size
            {
                highest = highest.max(key.payload);
            }
        }
        if pending.kind == value::INTEGER && pending.payload.wrapping_sub(1) < size {
            highest = highest.max(pending.payload);
        }
        for index in (*table).array_length as u64 + 1..=highest {
            store(array_slot(table, index), Value::NIL);
        }
        (*table).array_length = highest as u32;
        for index in (0..=old_mask as usize).rev() {
            let node = old_first.add(index);
            if (*node).value_kind == value::NIL {
                continue;
            }
            let key = (*node).key();
            if key.kind == value::INTEGER && key.payload.wrapping_sub(1) < highest {
                store(array_slot(table, key.payload), (*node).value());
            } else {
                insert(heap, table, key, (*node).value())?;
            }
        }
        if !(*table).array.is_null() {
            heap.rescan((*table).array.addr, Kind::Values);
        }
        if old_nodes != to_ref(&raw const (*heap.roots()).empty_nodes.object) {
            heap.free(old_nodes.addr, Kind::Nodes);
        }
        draw_following(heap, table)
    }
}

/// A hash part for at least `count` keys; the shared empty one for 0.
fn create_nodes(heap: &mut Heap, count: u64) -> Result<(Ref<NodesObject>, u32), StoreError> {
    if count == 0 {
        // SAFETY: the roots live as long as the heap.
        return Ok((unsafe { to_ref(&raw const (*heap.roots()).empty_nodes.object) }, 0));
    }
    let count = count.next_power_of_two();
    if count > SLOT_COUNT_MAX {
        return Err(StoreError::Overflow);
    }
    let bytes = NodesObject::NODES as usize + count as usize * size_of::<Node>();
    let object = heap.allocate(Kind::Nodes, bytes)?.cast::<NodesObject>();
    // SAFETY: a fresh slot with room for `count` nodes.
    unsafe {
        (*object).count = count;
        let first = object.cast::<u8>().add(NodesObject::NODES as usize).cast::<Node>();
        core::ptr::write_bytes(first, 0, count as usize);
    }
    Ok((to_ref(object), (count - 1) as u32))
}

/// Gives a new, empty table room for `array` items and `nodes` keys.
///
/// # Safety
/// `table` is valid and empty.
pub unsafe fn reserve(
    heap: &mut Heap,
    table: *mut TableObject,
    array: u32,
    nodes: u32,
) -> Result<(), StoreError> {
    // SAFETY: the caller's.
    unsafe {
        if nodes > 0 {
            let (object, mask) = create_nodes(heap, nodes as u64)?;
            (*table).nodes = object;
            (*table).node_mask = mask;
            (*table).last_free = mask + 1;
        }
        if array > 0 {
            if array as u64 > SLOT_COUNT_MAX {
                return Err(StoreError::Overflow);
            }
            resize_array(heap, table, array)?;
        }
    }
    Ok(())
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
                resize_array(heap, table, end as u32)?;
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
        let node = find_node(table, key);
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
