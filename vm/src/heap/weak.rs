//! Weak tables and ephemerons (manual, section 2.5.4).
//!
//! What of a weak table is strong is marked when the table is met. When all else is marked, in this order:
//! ephemerons converge; entries whose *value* is dead go; objects with finalizers are resurrected and what
//! they reach is marked; ephemerons converge again; entries whose *key* is dead go; entries with a dead value
//! go from the tables that were resurrected. Strings count as values: they are marked, never removed.
//!
//! Invariant: afterwards no entry of a marked weak table refers to an unmarked object. The key of an entry that
//! goes for its key's sake is buried, because its chain still leads through the node.
//! Not here: the phases (`cycle.rs`).

use super::mark::{KIND_OF_VALUE, Marker, is_removable};
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject, WEAK_KEYS, WEAK_VALUES};
use dumpfmt::layout::value::{NIL, OBJECT, Value};

/// # Safety
/// `table` is valid.
unsafe fn nodes<'a>(table: *const TableObject) -> &'a mut [Node] {
    // SAFETY: the caller's; a table's nodes are `node_mask + 1`, and no one else looks at them meanwhile.
    unsafe {
        let first = ((*table).nodes.addr.0 + NodesObject::NODES) as *mut Node;
        core::slice::from_raw_parts_mut(first, (*table).node_mask as usize + 1)
    }
}

/// # Safety
/// `table` is valid.
unsafe fn array<'a>(table: *const TableObject) -> &'a mut [Value] {
    // SAFETY: the caller's; the first `array_used` are initialised, and no one else looks at them meanwhile.
    unsafe {
        if (*table).array.is_null() {
            return &mut [];
        }
        let first = ((*table).array.addr.0 + ValuesObject::VALUES) as *mut Value;
        core::slice::from_raw_parts_mut(first, (*table).array_used as usize)
    }
}

impl Marker {
    /// Whether a weak reference to `value` may stay. A string is marked, so that it does.
    fn survives(&mut self, kind: u8, payload: u64) -> bool {
        let value = Value::raw(kind, payload);
        if !is_removable(value) {
            self.mark_value(kind, payload);
            return true;
        }
        self.is_marked(payload)
    }

    /// Marks what is strong in a table that was just met. Its array part is dealt with by the caller unless
    /// values are weak.
    ///
    /// # Safety
    /// `table` is valid.
    pub unsafe fn scan_weak(&mut self, table: *const TableObject) {
        // SAFETY: the caller's.
        unsafe {
            let flags = (*table).header.flags;
            if (*table).nodes.addr.0 == self.geometry.empty_nodes() {
                return;
            }
            self.scanned_bytes += 16 + nodes(table).len() as u64 * size_of::<Node>() as u64;
            if flags & WEAK_KEYS == 0 {
                for node in nodes(table) {
                    match node.value_kind {
                        NIL => self.scan_erased(node),
                        _ => self.mark_value(node.key_kind, node.key_payload),
                    }
                }
            } else if flags & WEAK_VALUES == 0 {
                self.scan_ephemeron(table);
            }
        }
    }

    /// Marks the values of an ephemeron table whose keys are marked; true when one was white.
    ///
    /// # Safety
    /// `table` is valid.
    unsafe fn scan_ephemeron(&mut self, table: *const TableObject) -> bool {
        let mut found = false;
        // SAFETY: the caller's.
        for node in unsafe { nodes(table) } {
            if node.value_kind == NIL {
                self.mark_value(NIL, node.value_payload);
            } else if self.survives(node.key_kind, node.key_payload) {
                found |= node.value_kind >= OBJECT && !self.is_marked(node.value_payload);
                self.mark_value(node.value_kind, node.value_payload);
            }
        }
        found
    }

    /// Marks what ephemerons make reachable, until nothing new is.
    pub fn converge_ephemerons(&mut self) {
        loop {
            self.drain(u64::MAX);
            let mut found = false;
            let mut index = 0;
            // The list may grow while it is gone through.
            while index < self.weak.len() {
                let table = self.weak[index] as *const TableObject;
                index += 1;
                // SAFETY: tables in the list are marked, so they are valid.
                unsafe {
                    let weakness = (*table).header.flags & (WEAK_KEYS | WEAK_VALUES);
                    let has_nodes = (*table).nodes.addr.0 != self.geometry.empty_nodes();
                    if weakness == WEAK_KEYS && has_nodes && self.scan_ephemeron(table) {
                        found = true;
                        // Depth first: chains of ephemerons in table order then need one turn.
                        self.drain(u64::MAX);
                    }
                }
            }
            if !found {
                self.drain(u64::MAX);
                return;
            }
        }
    }

    /// Removes entries with a dead value from the weak tables from index `from` of the list on.
    pub fn clear_dead_values(&mut self, from: usize) {
        for index in from..self.weak.len() {
            let table = self.weak[index] as *const TableObject;
            // SAFETY: tables in the list are marked, so they are valid.
            unsafe {
                if (*table).header.flags & WEAK_VALUES == 0 {
                    continue;
                }
                for value in array(table) {
                    if !self.survives(value.kind, value.payload) {
                        *value = Value::NIL;
                    }
                }
                if (*table).nodes.addr.0 == self.geometry.empty_nodes() {
                    continue;
                }
                for node in nodes(table) {
                    if !self.survives(node.value_kind, node.value_payload) {
                        (node.value_kind, node.value_payload) = (NIL, 0);
                    }
                }
            }
        }
        // Nothing but code that nils came from was marked, which refers to no table.
        self.drain(u64::MAX);
    }

    /// Removes entries with a dead key from all tables with weak keys.
    pub fn clear_dead_keys(&mut self) {
        for index in 0..self.weak.len() {
            let table = self.weak[index] as *const TableObject;
            // SAFETY: tables in the list are marked, so they are valid.
            unsafe {
                if (*table).header.flags & WEAK_KEYS == 0
                    || (*table).nodes.addr.0 == self.geometry.empty_nodes()
                {
                    continue;
                }
                for node in nodes(table) {
                    if node.value_kind == NIL {
                        self.scan_erased(node);
                    } else if !self.survives(node.key_kind, node.key_payload) {
                        debug_assert!(KIND_OF_VALUE[node.key_kind as usize & 15] as u8 != 0);
                        (node.value_kind, node.value_payload) = (NIL, 0);
                        node.bury_key();
                    }
                }
            }
        }
        self.drain(u64::MAX);
    }
}
