//! Growth: when a part of a table is full, how large both become.
//!
//! The array part doubles while more than half of it is in use; else, and whenever the hash part is full, all
//! integer keys are counted and the array part takes as many as leave it more than half full (the reference's
//! rule).
//!
//! Not here: look-up and stores (`table.rs`).

use super::{SLOT_COUNT_MAX, StoreError, array_slot, draw_following, first_node, insert};
use crate::heap::Heap;
use crate::heap::pointer::{load, store, to_addr, to_ref};
use dumpfmt::addr::Ref;
use dumpfmt::layout::Kind;
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject};
use dumpfmt::layout::value::{self, Value};

/// Doubles the array part if that keeps it more than half full; false when its values should be counted.
///
/// # Safety
/// `table` is valid and its array part full.
pub(super) unsafe fn grow_array(heap: &mut Heap, table: *mut TableObject) -> Result<bool, StoreError> {
    // SAFETY: reads of slots in use.
    unsafe {
        let length = (*table).array_length as u64;
        // Most arrays are dense, and their last slots tell: only one with holes is looked through.
        if length >= SPARSE_LENGTH_MIN && (*array_slot(table, 1)).kind == value::NIL {
            let used = (1..=length).filter(|&index| (*array_slot(table, index)).kind != value::NIL).count();
            if (used as u64 + 1) * 2 <= length {
                return Ok(false);
            }
        }
        double_array(heap, table)?;
        Ok(true)
    }
}

/// Arrays shorter than this are doubled without a look at their holes.
const SPARSE_LENGTH_MIN: u64 = 16;

/// # Safety
/// `table` is valid.
pub(super) unsafe fn double_array(heap: &mut Heap, table: *mut TableObject) -> Result<(), StoreError> {
    // SAFETY: the caller's.
    unsafe {
        let capacity = array_capacity_for((*table).array_capacity as u64 * 2)?;
        resize_array(heap, table, capacity)
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
pub(super) unsafe fn resize_array(
    heap: &mut Heap,
    table: *mut TableObject,
    capacity: u32,
) -> Result<(), StoreError> {
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
                let used =
                    ValuesObject::VALUES as usize + (*table).array_length as usize * size_of::<Value>();
                heap.grow(old.addr, Kind::Values, used, bytes)?
            }
            .cast::<ValuesObject>();
            (*array).capacity = capacity;
            (*array).length = 0;
            (*table).array = to_ref(array);
            (*table).array_capacity = capacity;
            heap.rescan(to_addr(table), Kind::Table);
            return Ok(());
        }
        if !old.is_null() {
            heap.free(old.addr, Kind::Values);
        }
    }
    Ok(())
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
pub(super) unsafe fn rehash(heap: &mut Heap, table: *mut TableObject, key: Value) -> Result<(), StoreError> {
    // SAFETY: reads inside both parts only.
    unsafe {
        let mut census = Census { bins: [0; 32], total: 0 };
        let mut keys = 1u64;
        for index in 1..=(*table).array_length as u64 {
            if (*array_slot(table, index)).kind != value::NIL {
                census.count(Value::integer(index as i64));
                keys += 1;
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
        resize(heap, table, size, keys - held as u64, key)
    }
}

/// Rebuilds both parts: room for `size` array slots and `nodes` keys. `pending` is about to be inserted: if it
/// belongs to the array part its slot is made part of it.
///
/// # Safety
/// `table` is valid.
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
        let (new_nodes, mask) = create_nodes(heap, nodes)?;
        if size > (*table).array_capacity as u64 {
            resize_array(heap, table, array_capacity_for(size)?)?;
        }
        let old_nodes = (*table).nodes;
        let old_first = first_node(table);
        let old_mask = (*table).node_mask;
        let old_length = (*table).array_length as u64;
        (*table).nodes = new_nodes;
        (*table).node_mask = mask;
        (*table).last_free = if nodes == 0 { 0 } else { mask + 1 };
        (*table).array_length = old_length.min(size) as u32;
        for index in size + 1..=old_length {
            let value = load(array_slot(table, index));
            if !value.is_nil() {
                insert(heap, table, Value::integer(index as i64), value)?;
            }
        }
        let belongs = |key: Value| key.kind == value::INTEGER && key.payload.wrapping_sub(1) < size;
        let mut highest = (*table).array_length as u64;
        for index in 0..=old_mask as usize {
            let node = old_first.add(index);
            if (*node).value_kind != value::NIL && belongs((*node).key()) {
                highest = highest.max((*node).key_payload);
            }
        }
        if belongs(pending) {
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
            if belongs(key) {
                store(array_slot(table, key.payload), (*node).value());
            } else {
                insert(heap, table, key, (*node).value())?;
            }
        }
        // The slots that are left free are given back when they are most of the array.
        if size.max(4) * 2 < (*table).array_capacity as u64 {
            let capacity = if size == 0 { 0 } else { array_capacity_for(size)? };
            resize_array(heap, table, capacity)?;
        }
        if !(*table).array.is_null() {
            heap.rescan(to_addr(table), Kind::Table);
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
