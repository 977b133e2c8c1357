//! Tables: raw look-up, insertion, growth, length, traversal. Metamethods are `metatable.rs`'s.
//!
//! The array part holds keys `1..=array_capacity`, nil or not; every other key goes to the hash part, whose
//! overflow counts all integer keys and moves as many into the array part as leave it more than half full.
//! Sizes, the choice among borders and the order of traversal are the reference's: programs lean on them without
//! knowing. So is the hash of every key that is not an object or a string.
//!
//! Where `#` looked last is remembered, for speed and because the choice of border depends on it: it is
//! `array_limit` if that is below `array_used`, else the capacity. A key above the limit is looked up the slow way
//! once and becomes the limit. In an array part whose size is a power of two the limit then lies in the upper half;
//! in any other it is always the capacity that is remembered.
//!
//! Slots above `array_used` are nil without having been written, so that room costs no memory before it is used.

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

mod template;

pub use template::{create_template, take_keys};

use resize::rehash;

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
        (*table).array_limit = 0;
        (*table).array_capacity = 0;
        (*table).node_mask = 0;
        (*table).last_free = 0;
        (*table).absent_events = 0;
        (*table).array_used = 0;
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

/// Neighbouring integers lie in neighbouring nodes: a scattering hash made sparse arrays ten times slower. The odd
/// divisor keeps multiples of a power of two apart.
#[inline(always)]
fn integer_position(key: u64, node_mask: u32) -> u32 {
    let divisor = node_mask | 1;
    match u32::try_from(key) {
        Ok(key) => key % divisor,
        Err(_) => (key % divisor as u64) as u32,
    }
}

/// The fraction of a float, scaled to 31 bits, and its exponent, added up.
fn float_hash(x: f64) -> u32 {
    const EXPONENT_BITS: u64 = 0x7ff << 52;
    if !x.is_finite() || x == 0.0 {
        return 0;
    }
    // A subnormal is made normal first.
    let (normal, shift) = if x.is_normal() { (x, 0) } else { (x * (1u64 << 54) as f64, 54) };
    let exponent = ((normal.to_bits() & EXPONENT_BITS) >> 52) as i32 - 1022;
    let fraction = f64::from_bits(normal.to_bits() & !EXPONENT_BITS | 1022 << 52);
    let scaled = (fraction * (1u64 << 31) as f64) as i64;
    let sum = ((exponent - shift) as u32).wrapping_add(scaled as u32);
    if sum <= i32::MAX as u32 { sum } else { !sum }
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
            value::INTEGER => integer_position(key.payload, (*table).node_mask),
            value::FLOAT => integer_position(float_hash(key.as_float()) as u64, (*table).node_mask),
            value::FALSE => 0,
            value::TRUE => 1,
            _ => mix(key.payload ^ key.kind as u64),
        };
        first_node(table).add((hash & (*table).node_mask) as usize)
    }
}

/// The main position of an interned string.
///
/// # Safety
/// `table` and `key` are valid.
#[inline(always)]
pub unsafe fn main_of_short(table: *const TableObject, key: *const StringObject) -> *mut Node {
    // SAFETY: masked, the index lies inside the nodes.
    unsafe { first_node(table).add(((*key).hash & (*table).node_mask) as usize) }
}

/// The main position of an integer.
///
/// # Safety
/// `table` is valid.
#[inline(always)]
pub unsafe fn main_of_integer(table: *const TableObject, key: u64) -> *mut Node {
    // SAFETY: masked, the index lies inside the nodes.
    unsafe {
        let mask = (*table).node_mask;
        first_node(table).add((integer_position(key, mask) & mask) as usize)
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
        let mut node = main_of_short(table, key);
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

/// The node that holds an integer as key, or null; `main` is its main position.
///
/// # Safety
/// `main` is a node.
#[inline(always)]
pub unsafe fn find_integer(main: *mut Node, key: u64) -> *mut Node {
    // SAFETY: chains stay inside the nodes of one table.
    unsafe {
        let mut node = main;
        loop {
            if (*node).key_payload == key && (*node).key_kind == value::INTEGER {
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

/// Whether the capacity is what `#` looks at first.
///
/// # Safety
/// `table` is valid; so for the functions below.
#[inline(always)]
unsafe fn looks_at_capacity(table: *const TableObject) -> bool {
    // SAFETY: the caller's.
    unsafe { (*table).array_limit == (*table).array_used }
}

/// Makes `border`, a slot in use, what `#` looks at first.
#[inline]
unsafe fn look_at(table: *mut TableObject, border: u64) {
    // SAFETY: below the capacity there is one slot more.
    unsafe {
        if border < (*table).array_capacity as u64 {
            use_slots(table, border + 1);
        }
        (*table).array_limit = border as u32;
    }
}

/// Fills the array part with nil up to `count`, which leaves open where `#` looks.
#[inline]
unsafe fn use_slots(table: *mut TableObject, count: u64) {
    // SAFETY: the caller asks for no more than the capacity.
    unsafe {
        for index in (*table).array_used as u64 + 1..=count {
            store(array_slot(table, index), Value::NIL);
        }
        (*table).array_used = (*table).array_used.max(count as u32);
    }
}

/// The slot of an integer key in the array part, now in use, or null.
#[inline(always)]
unsafe fn find_slot(table: *mut TableObject, key: i64) -> *mut Value {
    // SAFETY: the index is checked against the slots.
    unsafe {
        let index = (key as u64).wrapping_sub(1);
        if index >= (*table).array_limit as u64 {
            if index >= (*table).array_capacity as u64 {
                return core::ptr::null_mut();
            }
            pass_limit(table, key as u64);
        }
        array_slot(table, key as u64)
    }
}

/// Brings a slot between the limit and the capacity into use.
#[inline(never)]
unsafe fn pass_limit(table: *mut TableObject, key: u64) {
    // SAFETY: the caller's.
    unsafe {
        let keeps = looks_at_capacity(table);
        use_slots(table, key);
        if keeps {
            (*table).array_limit = (*table).array_used;
        } else {
            look_at(table, key);
        }
    }
}

/// The value at an integer key, nil when absent.
///
/// # Safety
/// `table` is valid.
#[inline(always)]
pub unsafe fn get_integer(table: *mut TableObject, key: i64) -> Value {
    // SAFETY: a slot that is found is readable.
    unsafe {
        let slot = find_slot(table, key);
        if slot.is_null() { get_hashed(table, Value::integer(key)) } else { load(slot) }
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
pub unsafe fn get(table: *mut TableObject, key: Value) -> Value {
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

/// Raw store at an interned string, of which `node` is what [`find_short`] has found.
///
/// # Safety
/// All are valid, and nothing has been stored since.
#[inline]
pub unsafe fn set_short(
    heap: &mut Heap,
    table: *mut TableObject,
    node: *mut Node,
    key: Value,
    new: Value,
) -> Result<(), StoreError> {
    // SAFETY: the caller's.
    unsafe {
        if !node.is_null() {
            set_node(heap, table, node, new);
            return Ok(());
        }
        if new.is_nil() { Ok(()) } else { insert(heap, table, key, new) }
    }
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
    // SAFETY: found slots and nodes are writable.
    unsafe {
        let slot = find_slot(table, key);
        if !slot.is_null() {
            store(slot, new);
            heap.barrier(new);
            return Ok(());
        }
        let follows = key as u64 == (*table).array_capacity as u64 + 1 && !new.is_nil();
        if follows && resize::double_full_array(heap, table)? {
            return set_integer(heap, table, key, new);
        }
        let boxed = Value::integer(key);
        let node = find_node(table, boxed);
        if !node.is_null() {
            set_node(heap, table, node, new);
            return Ok(());
        }
        if new.is_nil() {
            return Ok(());
        }
        insert(heap, table, boxed, new)
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
        if end > (*table).array_capacity as u64 {
            resize::enlarge_array(heap, table, end)?;
        }
        // A constructor is at work: nobody has asked for the length yet, which looks at the capacity.
        use_slots(table, first - 1);
        (*table).array_used = (*table).array_used.max(end as u32);
        (*table).array_limit = (*table).array_used;
        for index in 0..count {
            let value = source.add(index as usize);
            copy(array_slot(table, first + index), value);
            heap.barrier(*value);
        }
    }
    Ok(())
}

/// A border of the table (manual, section 3.4.7), in O(log n), and the next time most often at once.
///
/// # Safety
/// `table` is valid.
#[inline]
pub unsafe fn length(table: *mut TableObject) -> u64 {
    // SAFETY: indices of slots in use.
    unsafe {
        let (used, capacity) = ((*table).array_used as u64, (*table).array_capacity as u64);
        let is_nil = |index: u64| index > used || (*array_slot(table, index)).kind == value::NIL;
        let limit = if looks_at_capacity(table) { capacity } else { (*table).array_limit as u64 };
        if limit > 0 && is_nil(limit) {
            let remembers = capacity.is_power_of_two();
            if limit >= 2 && !is_nil(limit - 1) {
                if remembers && !(limit - 1).is_power_of_two() {
                    look_at(table, limit - 1);
                }
                return limit - 1;
            }
            let border = border_between(0, limit, is_nil);
            if remembers && border > capacity / 2 {
                look_at(table, border);
            }
            return border;
        }
        if limit < capacity {
            if is_nil(limit + 1) {
                return limit;
            }
            if is_nil(capacity) {
                let border = border_between(limit, capacity, is_nil);
                look_at(table, border);
                return border;
            }
        }
        border_from(table, capacity)
    }
}

/// A border in `low..high`: `low` is 0 or has a value, `high` has none.
#[inline]
fn border_between(mut low: u64, mut high: u64, is_nil: impl Fn(u64) -> bool) -> u64 {
    while high - low > 1 {
        let middle = (low + high) / 2;
        if is_nil(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

/// A border at `capacity` or in the hash part; the array part has a value in its last slot or no slot.
///
/// # Safety
/// `table` is valid.
unsafe fn border_from(table: *const TableObject, capacity: u64) -> u64 {
    // SAFETY: the caller's.
    unsafe {
        let is_nil = |index: u64| get_hashed(table, Value::integer(index as i64)).is_nil();
        if is_nil(capacity + 1) {
            return capacity;
        }
        let mut low = capacity.max(1);
        let mut high = low * 2;
        while !is_nil(high) {
            low = high;
            high = match high.checked_mul(2) {
                Some(high) if high <= i64::MAX as u64 => high,
                _ if is_nil(i64::MAX as u64) => i64::MAX as u64,
                _ => return i64::MAX as u64,
            };
        }
        border_between(low, high, is_nil)
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
        let capacity = (*table).array_capacity as u64;
        if key.is_nil() {
            return Some(0);
        }
        if key.kind == value::INTEGER && key.payload.wrapping_sub(1) < capacity {
            return Some(key.payload);
        }
        let mut node = find_node(table, key);
        if node.is_null() {
            node = find_buried(table, key);
        }
        (!node.is_null()).then(|| capacity + 1 + node.offset_from(first_node(table)) as u64)
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
        let (used, capacity) = ((*table).array_used as u64, (*table).array_capacity as u64);
        while position < used {
            position += 1;
            let slot = array_slot(table, position);
            if (*slot).kind != value::NIL {
                return Some((position, Value::integer(position as i64), load(slot)));
            }
        }
        let mut index = position.saturating_sub(capacity);
        while index <= (*table).node_mask as u64 {
            let node = first_node(table).add(index as usize);
            index += 1;
            if (*node).value_kind != value::NIL {
                return Some((capacity + index, (*node).key(), (*node).value()));
            }
        }
        None
    }
}

/// The key given to `next` is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;
