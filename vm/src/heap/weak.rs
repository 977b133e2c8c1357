//! Weak tables and ephemerons (manual, section 2.5.4).
//!
//! Weak tables wait until all else is marked. Then, still in slices, they are gone through: what is strong is
//! marked, and entries with a *white* key or value are noted. From then on nothing white can come into a table:
//! all stores have a barrier, and parts that were replaced are gone through again. So the end of marking looks at
//! the noted entries alone:
//!
//! 1. Ephemerons converge; entries whose value is dead go. Objects with finalizers that are dead are
//!    resurrected, and marking goes on with what they reach, in slices.
//! 2. Ephemerons converge again; entries with a dead value go from the tables met since; entries whose key is
//!    dead go. When nothing was resurrected this is done with the first step.
//!
//! Between the two the program can meet a white object only as a key, by traversing: then it has it on its
//! stack, which is scanned again. Strings count as values: they are marked, never removed.
//!
//! Invariant: after the second step no entry of a marked weak table refers to an unmarked object. The key of an
//! entry that goes for its key's sake is buried, because its chain still leads through the node.
//! Not here: the phases (`cycle.rs`).

use super::mark::{KIND_OF_VALUE, Marker, White, is_removable};
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject, WEAK_KEYS, WEAK_VALUES};
use dumpfmt::layout::value::{NIL, OBJECT, SHORT_STRING, Value};

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

/// Entries gone through in one slice.
const ENTRIES_PER_SLICE: u64 = 8192;

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

    /// Whether the key of a node without value may stay; see [`scan_erased`](Marker::scan_erased).
    fn may_keep_erased_key(&mut self, node: &Node) -> bool {
        if node.key_kind == SHORT_STRING {
            self.mark_only(node.key_payload);
        }
        node.key_kind < OBJECT || self.is_marked(node.key_payload)
    }

    /// A slice of going through the tables met; true when none are left, and nothing that they have led to.
    pub fn catch_up_with_weak_tables(&mut self) -> bool {
        if !self.go_through_weak(ENTRIES_PER_SLICE) {
            return false;
        }
        if self.has_drained() || self.weak_rounds_left == 0 {
            return true;
        }
        self.weak_rounds_left -= 1;
        false
    }

    /// Goes through up to `entry_count` more entries of the weak tables met; true when none are left.
    fn go_through_weak(&mut self, mut entry_count: u64) -> bool {
        while let Some(&table) = self.weak.get(self.weak_seen) {
            if entry_count == 0 {
                return false;
            }
            // SAFETY: tables in the list are marked, so they are valid.
            let seen = unsafe { self.go_through(table as *const TableObject, self.weak_index, entry_count) };
            if seen < entry_count {
                (self.weak_seen, self.weak_index) = (self.weak_seen + 1, 0);
            } else {
                self.weak_index += seen;
            }
            entry_count -= seen;
        }
        true
    }

    /// Goes through up to `entry_count` entries of a table, from number `from` on: array part, then nodes; how
    /// many there were.
    ///
    /// # Safety
    /// `table` is valid.
    unsafe fn go_through(&mut self, table: *const TableObject, from: u64, entry_count: u64) -> u64 {
        // SAFETY: the caller's.
        let (flags, slots, nodes) = unsafe {
            let flags = (*table).header.flags;
            let has_nodes = (*table).nodes.addr.0 != self.geometry.empty_nodes();
            let slots = if flags & WEAK_VALUES != 0 { array(table) } else { &mut [] };
            (flags, slots, if has_nodes { nodes(table) } else { &mut [] })
        };
        if flags & (WEAK_KEYS | WEAK_VALUES) == 0 {
            // It has turned strong, and was scanned as such.
            return 0;
        }
        let (from, slot_count) = (from as usize, slots.len());
        let end = from.saturating_add(entry_count as usize).min(slot_count + nodes.len());
        for slot in slots.iter_mut().take(end).skip(from) {
            if !self.survives(slot.kind, slot.payload) {
                self.white_values.push(White::Slot(slot));
            }
        }
        let first = from.saturating_sub(slot_count);
        for node in nodes.iter_mut().take(end.saturating_sub(slot_count)).skip(first) {
            match flags & (WEAK_KEYS | WEAK_VALUES) {
                WEAK_KEYS => {
                    self.look_at_key(White::Key(node), node);
                }
                WEAK_VALUES if node.value_kind == NIL => {
                    // SAFETY: a node of a valid table.
                    unsafe { self.scan_erased(node) };
                    continue;
                }
                WEAK_VALUES => self.mark_value(node.key_kind, node.key_payload),
                _ => {
                    self.look_at_key(White::KeyOfWeak(node), node);
                }
            }
            if flags & WEAK_VALUES != 0 && !self.survives(node.value_kind, node.value_payload) {
                self.white_values.push(White::Value(node));
            }
        }
        let seen = end.saturating_sub(from) as u64;
        self.scanned_bytes += 16 + seen * size_of::<Node>() as u64;
        seen
    }

    /// Looks at a node with a weak key, and notes it as `white` if that is white; else marks its value, unless
    /// that is weak. True when that was white.
    #[inline(always)]
    fn look_at_key(&mut self, white: White, node: &Node) -> bool {
        if node.value_kind == NIL {
            self.mark_value(NIL, node.value_payload);
            if !self.may_keep_erased_key(node) {
                self.white_keys.push(white);
            }
            return false;
        }
        if matches!(white, White::KeyOfWeak(_)) {
            // A string is kept only if its entry is, which is not known before its value is.
            let value = Value::raw(node.value_kind, node.value_payload);
            let waits = is_removable(value) && !self.is_marked(value.payload);
            let key = Value::raw(node.key_kind, node.key_payload);
            let is_white = key.kind >= OBJECT && !self.is_marked(key.payload);
            if is_white && (waits || is_removable(key)) {
                self.white_keys.push(white);
            } else {
                self.mark_value(key.kind, key.payload);
            }
            return false;
        }
        if !self.survives(node.key_kind, node.key_payload) {
            self.white_keys.push(white);
            return false;
        }
        let is_white = node.value_kind >= OBJECT && !self.is_marked(node.value_payload);
        self.mark_value(node.value_kind, node.value_payload);
        is_white
    }

    /// Marks what ephemerons make reachable, until nothing new is.
    pub fn converge_ephemerons(&mut self) {
        loop {
            self.drain(u64::MAX);
            let mut has_changed = self.weak_seen < self.weak.len();
            self.go_through_weak(u64::MAX);
            // The list is turned round by every round, so chains in either direction end soon.
            for white in core::mem::take(&mut self.white_keys).into_iter().rev() {
                let (White::Key(node) | White::KeyOfWeak(node)) = white else { continue };
                // SAFETY: nothing has been freed since the node was noted.
                if self.look_at_key(white, unsafe { &*node }) {
                    has_changed = true;
                    // Depth first, for what the value leads to.
                    self.drain(u64::MAX);
                }
            }
            if !has_changed {
                self.drain(u64::MAX);
                return;
            }
        }
    }

    /// Removes entries whose values are noted as white and are so still.
    pub fn clear_dead_values(&mut self) {
        for white in core::mem::take(&mut self.white_values) {
            // SAFETY: nothing has been freed since the place was noted, and nobody else looks at it.
            unsafe {
                match white {
                    White::Slot(slot) if !self.survives((*slot).kind, (*slot).payload) => {
                        slot.write(Value::NIL);
                    }
                    White::Value(node) if !self.survives((*node).value_kind, (*node).value_payload) => {
                        ((*node).value_kind, (*node).value_payload) = (NIL, 0);
                    }
                    _ => {}
                }
            }
        }
        // Nothing but code that nils came from was marked, which refers to no table.
        self.drain(u64::MAX);
    }

    /// Removes entries whose keys are noted as white and are so still.
    pub fn clear_dead_keys(&mut self) {
        for white in core::mem::take(&mut self.white_keys) {
            let (White::Key(node) | White::KeyOfWeak(node)) = white else { continue };
            // SAFETY: nothing has been freed since the node was noted, and nobody else looks at it.
            let node = unsafe { &mut *node };
            if node.value_kind == NIL {
                // SAFETY: a node of a table.
                unsafe { self.scan_erased(node) };
            } else if !self.survives(node.key_kind, node.key_payload) {
                debug_assert!(KIND_OF_VALUE[node.key_kind as usize & 15] as u8 != 0);
                (node.value_kind, node.value_payload) = (NIL, 0);
                node.bury_key();
            }
        }
        self.drain(u64::MAX);
    }
}
