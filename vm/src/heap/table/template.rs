//! Templates: tables that have keys and no values. A constructor with names for keys begins with a copy of one, so that
//! each of its stores finds its key in place: no look for a free node, no chain to link (binary trees 10 %).
//!
//! Invariant: the keys are short strings, which the collector keeps for a node without value, too.

use super::{StoreError, create, first_node, reserve, set};
use crate::heap::pointer::{Pointer, to_ref};
use crate::heap::{Heap, OutOfMemory};
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::table::{Node, NodesObject, TableObject};
use dumpfmt::layout::value::Value;

/// Makes a template with room for `nodes` keys.
///
/// # Safety
/// The keys are valid short strings, no more than `nodes`.
pub unsafe fn create_template(
    heap: &mut Heap,
    nodes: u32,
    keys: &[Value],
) -> Result<*mut TableObject, StoreError> {
    let template = create(heap, Addr::NULL)?;
    // SAFETY: a fresh table; the caller's.
    unsafe {
        reserve(heap, template, 0, nodes)?;
        for new in [Value::TRUE, Value::NIL] {
            for &key in keys {
                set(heap, template, key, new)?;
            }
        }
    }
    Ok(template)
}

/// Gives a table that has no hash part the keys of a template.
///
/// # Safety
/// Both are valid.
#[inline]
pub unsafe fn take_keys(
    heap: &mut Heap,
    table: *mut TableObject,
    template: *const TableObject,
) -> Result<(), OutOfMemory> {
    // SAFETY: the caller's; a fresh slot with room for as many nodes.
    unsafe {
        let count = (*template).node_mask as usize + 1;
        let bytes = NodesObject::NODES as usize + count * size_of::<Node>();
        let nodes = heap.allocate(Kind::Nodes, bytes)?.cast::<NodesObject>();
        (*nodes).count = count as u64;
        let source = first_node(template);
        let target = nodes.cast::<u8>().add(NodesObject::NODES as usize).cast::<Node>();
        for index in 0..count {
            *target.add(index) = *source.add(index);
        }
        (*table).nodes = to_ref(nodes);
        (*table).node_mask = (*template).node_mask;
        (*table).last_free = (*template).last_free;
        if (*heap.roots()).marking != 0 {
            for index in 0..count {
                heap.shade((*target.add(index)).key());
            }
        }
        debug_assert!(!(*template).nodes.ptr().is_null());
    }
    Ok(())
}
