//! Growth: when a part of a table is full, how large both become.
//!
//! A full hash part makes all integer keys be counted, and the array part takes as many as leave it more than half
//! full (the reference's rule).
//!
//! Not here: look-up and stores (`table.rs`).

use super::{SLOT_COUNT_MAX, StoreError, array_slot, first_node, insert, use_slots};
use crate::heap::pointer::{Pointer, load, store, to_addr, to_ref};
use crate::heap::{Heap, OutOfMemory};
use dumpfmt::addr::Ref;
use dumpfmt::layout::Kind;
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject};
use dumpfmt::layout::value::{self, Value};

/// Slots that an array is given at least when its keys come one by one, so that a small one grows in its place. One
/// that a constructor fills gets what it needs: most stay as they are.
const ROOM_MIN: u32 = 4;

/// Makes the array part larger, with room for `capacity` slots and for no fewer than `room_min`.
///
/// # Safety
/// `table` is valid, and `capacity` larger than it has.
unsafe fn grow_array(
    heap: &mut Heap,
    table: *mut TableObject,
    capacity: u32,
    room_min: u32,
) -> Result<(), OutOfMemory> {
    // SAFETY: the new array has room for the values of the old one; the table lets go of that one before it is freed.
    unsafe {
        let old = (*table).array;
        if old.is_null() || (*old.ptr().cast::<ValuesObject>()).capacity < capacity {
            let room = array_room(capacity.max(room_min));
            let array = if old.is_null() {
                heap.allocate(Kind::Values, array_bytes(room))?
            } else {
                heap.grow(old.addr, Kind::Values, array_bytes((*table).array_used), array_bytes(room))?
            };
            install_array(table, array.cast(), room);
        }
        (*table).array_capacity = capacity;
        heap.rescan(to_addr(table), Kind::Table);
    }
    Ok(())
}

/// Doubles an array part that is full, of a table without hash part: what counting all keys would come to when one
/// more is about to follow. False when there is more to consider, and then nothing has changed.
///
/// # Safety
/// `table` is valid.
pub(super) unsafe fn double_full_array(heap: &mut Heap, table: *mut TableObject) -> Result<bool, StoreError> {
    // SAFETY: reads of slots in use.
    unsafe {
        let capacity = (*table).array_capacity;
        let is_full = (capacity == 0 || capacity.is_power_of_two())
            && (*table).array_used == capacity
            && (*table).nodes == to_ref(&raw const (*heap.roots()).empty_nodes.object)
            && (1..=capacity as u64).all(|index| (*array_slot(table, index)).kind != value::NIL);
        if !is_full || capacity as u64 * 2 > SLOT_COUNT_MAX {
            return Ok(false);
        }
        grow_array(heap, table, (capacity * 2).max(1), ROOM_MIN)?;
        (*table).array_limit = (*table).array_used;
        Ok(true)
    }
}

/// Makes the array part smaller. The old array is the caller's, who frees it when the values that are left over have
/// a place.
///
/// # Safety
/// `table` is valid, and `capacity` smaller than it has.
unsafe fn shrink_array(heap: &mut Heap, table: *mut TableObject, capacity: u32) -> Result<(), OutOfMemory> {
    // SAFETY: both arrays have `kept` slots.
    unsafe {
        let kept = (*table).array_used.min(capacity);
        if capacity == 0 {
            (*table).array = Ref::NULL;
        } else {
            let room = array_room(capacity);
            let array = heap.allocate(Kind::Values, array_bytes(room))?.cast::<ValuesObject>();
            let source = array_slot(table, 1);
            install_array(table, array, room);
            core::ptr::copy_nonoverlapping(source, array_slot(table, 1), kept as usize);
        }
        (*table).array_capacity = capacity;
        (*table).array_used = kept;
    }
    Ok(())
}

fn array_bytes(room: u32) -> usize {
    ValuesObject::VALUES as usize + room as usize * size_of::<Value>()
}

/// As many slots as are to be had for `capacity`.
fn array_room(capacity: u32) -> u32 {
    let bytes = Heap::slot_size(array_bytes(capacity));
    ((bytes - ValuesObject::VALUES as usize) / size_of::<Value>()) as u32
}

/// # Safety
/// `table` is valid, and `array` has that much room.
unsafe fn install_array(table: *mut TableObject, array: *mut ValuesObject, room: u32) {
    // SAFETY: the caller's.
    unsafe {
        (*array).capacity = room;
        (*array).length = 0;
        (*table).array = to_ref(array);
    }
}

/// Gives the array part `size` slots, more than it has, and takes into it the keys that belong there.
///
/// # Safety
/// `table` is valid.
pub(super) unsafe fn enlarge_array(
    heap: &mut Heap,
    table: *mut TableObject,
    size: u64,
) -> Result<(), StoreError> {
    // SAFETY: the caller's.
    unsafe {
        let has_nodes = (*table).nodes != to_ref(&raw const (*heap.roots()).empty_nodes.object);
        let nodes = if has_nodes { (*table).node_mask as u64 + 1 } else { 0 };
        resize(heap, table, size, nodes, 1)
    }
}

/// How many integer keys lie in each `(2^(i-1), 2^i]`.
struct Census {
    bins: [u32; 32],
    total: u32,
}

impl Census {
    /// Counts the values of the array part.
    ///
    /// # Safety
    /// `table` is valid.
    unsafe fn count_array(&mut self, table: *const TableObject) {
        // SAFETY: the caller's; the slots in use are initialised.
        let mut slots = unsafe {
            match (*table).array_used {
                0 => &[],
                used => core::slice::from_raw_parts(array_slot(table, 1).cast_const(), used as usize),
            }
        };
        let mut length = 1;
        for (index, bin) in self.bins.iter_mut().enumerate() {
            let (counted, rest) = slots.split_at(slots.len().min(length));
            *bin += counted.iter().map(|slot| (slot.kind != value::NIL) as u32).sum::<u32>();
            self.total += *bin;
            slots = rest;
            length = 1 << index;
        }
    }

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

/// How many keys a table holds that has no integer among them, nor `key`; then there is no array part to think of.
///
/// # Safety
/// `table` is valid.
#[inline]
unsafe fn count_fields(table: *const TableObject, key: Value) -> Option<u64> {
    // SAFETY: indices inside the nodes.
    unsafe {
        if (*table).array_capacity != 0 || key.kind == value::INTEGER {
            return None;
        }
        let mut keys = 0;
        for index in 0..=(*table).node_mask as usize {
            let node = first_node(table).add(index);
            if (*node).value_kind != value::NIL {
                if (*node).key_kind == value::INTEGER {
                    return None;
                }
                keys += 1;
            }
        }
        Some(keys)
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
        if let Some(keys) = count_fields(table, key) {
            return resize(heap, table, 0, keys + 1, ROOM_MIN);
        }
        let mut census = Census { bins: [0; 32], total: 0 };
        census.count_array(table);
        let mut keys = census.total as u64 + 1;
        for index in 0..=(*table).node_mask as usize {
            let node = first_node(table).add(index);
            if (*node).value_kind != value::NIL {
                census.count((*node).key());
                keys += 1;
            }
        }
        census.count(key);
        let (size, held) = census.array_size();
        resize(heap, table, size, keys - held as u64, ROOM_MIN)
    }
}

/// Rebuilds both parts: `size` array slots (see [`grow_array`] for `room_min`), and room for `nodes` keys.
///
/// # Safety
/// `table` is valid, and there is room for all that it holds.
unsafe fn resize(
    heap: &mut Heap,
    table: *mut TableObject,
    size: u64,
    nodes: u64,
    room_min: u32,
) -> Result<(), StoreError> {
    if size > SLOT_COUNT_MAX || nodes > SLOT_COUNT_MAX {
        return Err(StoreError::Overflow);
    }
    // SAFETY: all that is needed is allocated first; from then on no collection sees the table half done.
    unsafe {
        let (new_nodes, mask) = create_nodes(heap, nodes)?;
        let (old_array, old_used) = ((*table).array, (*table).array_used as u64);
        let old_capacity = (*table).array_capacity as u64;
        if size > old_capacity {
            grow_array(heap, table, size as u32, room_min)?;
        } else if size < old_capacity {
            shrink_array(heap, table, size as u32)?;
        }
        (*table).array_limit = (*table).array_used;
        let old_nodes = (*table).nodes;
        let old_first = first_node(table);
        let old_mask = (*table).node_mask;
        (*table).nodes = new_nodes;
        (*table).node_mask = mask;
        (*table).last_free = if nodes == 0 { 0 } else { mask + 1 };
        for index in size + 1..=old_used {
            let value = load(old_array.ptr().cast::<Value>().add(index as usize));
            if !value.is_nil() {
                insert(heap, table, Value::integer(index as i64), value)?;
            }
        }
        for index in 0..=old_mask as usize {
            let node = old_first.add(index);
            if (*node).value_kind == value::NIL {
                continue;
            }
            let key = (*node).key();
            if key.kind == value::INTEGER && key.payload.wrapping_sub(1) < size {
                use_slots(table, key.payload);
                (*table).array_limit = (*table).array_used;
                store(array_slot(table, key.payload), (*node).value());
            } else {
                insert(heap, table, key, (*node).value())?;
            }
        }
        if size < old_capacity && !old_array.is_null() {
            heap.free(old_array.addr, Kind::Values);
        }
        if size > 0 {
            heap.rescan(to_addr(table), Kind::Table);
        }
        if old_nodes != to_ref(&raw const (*heap.roots()).empty_nodes.object) {
            heap.free(old_nodes.addr, Kind::Nodes);
        }
    }
    Ok(())
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
            grow_array(heap, table, array, 1)?;
        }
    }
    Ok(())
}
