//! What the objects of each kind refer to.
//!
//! Invariant: every reference that an object of `dumpfmt::layout` holds is followed here, with three
//! exceptions: a coroutine's stack and frames (`stack.rs`), the weak references of a table (`weak.rs`), and
//! addresses inside an object that something else keeps alive.
//! Not here: order, budget and marking itself (`mark.rs`).

use super::gray::{ARRAY, MAYBE_TABLE, WORDS};
use super::mark::{Marker, Partial, array_entry, prefetch};
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::{
    CodeObject, FunctionObject, NativeObject, OPEN, PrototypeObject, UpvalueObject,
};
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject, WEAK_KEYS, WEAK_VALUES};
use dumpfmt::layout::userdata::UserdataObject;
use dumpfmt::layout::value::{NIL, OBJECT, SHORT_STRING, Value};

/// References of one object that are scanned without looking at the budget.
const VALUES_PER_PIECE: u64 = 4096;
const NODES_PER_PIECE: u64 = 2048;
const WORDS_PER_PIECE: u64 = 8192;

const TABLE: u64 = Kind::Table as u64;
const VALUES: u64 = Kind::Values as u64;
const NODES: u64 = Kind::Nodes as u64;
const FUNCTION: u64 = Kind::Function as u64;
const NATIVE: u64 = Kind::Native as u64;
const UPVALUE: u64 = Kind::Upvalue as u64;
const PROTOTYPE: u64 = Kind::Prototype as u64;
const CODE: u64 = Kind::Code as u64;
const COROUTINE: u64 = Kind::Coroutine as u64;
const USERDATA: u64 = Kind::Userdata as u64;

impl Marker {
    /// Scans the object at `address` as its tag says.
    #[inline(always)]
    pub fn scan(&mut self, address: u64, tag: u64) {
        // SAFETY: entries are made of marked objects of that kind, valid by the heap's contract; objects
        // are not freed while marking goes on.
        unsafe {
            match tag {
                MAYBE_TABLE if !self.is_marked(address) => {
                    self.mark_only(address);
                    self.scan_table(address as *const TableObject);
                }
                TABLE => self.scan_table(address as *const TableObject),
                ARRAY => self.scan_array(address as *const TableObject, 0),
                NODES => self.scan_nodes(address as *const NodesObject, 0),
                VALUES => self.scan_values(address as *const ValuesObject, 0),
                FUNCTION => self.scan_function(address as *const FunctionObject),
                UPVALUE => self.scan_upvalue(address as *const UpvalueObject),
                NATIVE => {
                    let count = (*(address as *const NativeObject)).header.extra as u64;
                    self.scan_row((address + NativeObject::VALUES) as *const Value, count);
                }
                PROTOTYPE => self.scan_prototype(address as *const PrototypeObject),
                CODE => {
                    let code = address as *const CodeObject;
                    self.scanned_bytes += size_of::<CodeObject>() as u64;
                    self.mark_reference((*code).prototype.addr.0, Kind::Prototype);
                }
                COROUTINE => self.scan_coroutine(address),
                USERDATA => {
                    let userdata = address as *const UserdataObject;
                    self.scanned_bytes += size_of::<UserdataObject>() as u64;
                    self.mark_reference((*userdata).metatable.addr.0, Kind::Table);
                    self.mark_reference((*userdata).user_values.addr.0, Kind::Values);
                }
                WORDS => self.scan_words(address, 0),
                _ => {}
            }
        }
    }

    /// Goes on with a big object.
    pub fn scan_partial(&mut self, partial: Partial) {
        let (address, tag) = (partial.entry & !15, partial.entry & 15);
        // SAFETY: as in `scan`.
        unsafe {
            match tag {
                ARRAY => self.scan_array(address as *const TableObject, partial.index),
                NODES => self.scan_nodes(address as *const NodesObject, partial.index),
                VALUES => self.scan_values(address as *const ValuesObject, partial.index),
                _ => self.scan_words(address, partial.index),
            }
        }
    }

    /// Scans a marked object once more, with the parts that it owns. Parts are not scanned for themselves:
    /// whether those of a table are strong is the table's to say.
    pub fn scan_again(&mut self, address: u64, kind: Kind) {
        if self.conservative {
            return self.scan(address, WORDS);
        }
        // SAFETY: as in `scan`.
        unsafe {
            match kind {
                Kind::Values | Kind::Nodes => return,
                Kind::Table => {
                    let table = address as *const TableObject;
                    if (*table).header.flags & (WEAK_KEYS | WEAK_VALUES) == 0 {
                        self.push_part((*table).nodes.addr.0, Kind::Nodes);
                    }
                }
                Kind::Prototype => {
                    let prototype = address as *const PrototypeObject;
                    for values in [(*prototype).constants, (*prototype).children, (*prototype).names] {
                        self.push_part(values.addr.0, Kind::Values);
                    }
                }
                Kind::Userdata => {
                    self.push_part((*(address as *const UserdataObject)).user_values.addr.0, Kind::Values);
                }
                _ => {}
            }
        }
        self.scan(address, kind as u64);
    }

    fn push_part(&mut self, address: u64, kind: Kind) {
        if address != 0 && address != self.geometry.empty_nodes() {
            self.mark_only(address);
            self.push(address | kind as u64);
        }
    }

    /// # Safety
    /// `table` is valid; so for the functions below.
    #[inline(always)]
    unsafe fn scan_table(&mut self, table: *const TableObject) {
        // SAFETY: the caller's.
        unsafe {
            self.scanned_bytes += size_of::<TableObject>() as u64;
            self.mark_reference((*table).metatable.addr.0, Kind::Table);
            let site = (*table).site.0;
            if site != 0 {
                self.mark_origin(site);
            }
            let nodes = (*table).nodes.addr.0;
            let array = (*table).array.addr.0;
            let weakness = (*table).header.flags & (WEAK_KEYS | WEAK_VALUES);
            if array != 0 {
                if weakness & WEAK_VALUES == 0 && (*table).array_used != 0 {
                    // Its mark is set when the entry is taken and the word is there.
                    prefetch(array + ValuesObject::VALUES);
                    prefetch(self.geometry.mark_bit(array).word as u64);
                    self.push(array_entry(table as u64));
                } else {
                    self.mark_only(array);
                }
            }
            if weakness != 0 {
                if nodes != self.geometry.empty_nodes() {
                    self.mark_only(nodes);
                }
                self.weak.push(table as u64);
            } else if nodes != self.geometry.empty_nodes() {
                // No other table has them, so they are white, and stay so until the entry is taken. Which asks
                // for their first line only.
                if (*table).node_mask >= 3 {
                    prefetch(nodes + 64);
                    if (*table).node_mask >= 7 {
                        prefetch(nodes + 128);
                        prefetch(nodes + 192);
                    }
                }
                self.push(nodes | NODES);
            }
        }
    }

    /// The array part of a table, of which only the slots in use are initialised.
    ///
    /// # Safety
    /// As above.
    unsafe fn scan_array(&mut self, table: *const TableObject, from: u64) {
        // SAFETY: the caller's. The array may have been replaced since the entry was made: what the table
        // has now counts, and its items lie at the same indices.
        unsafe {
            let first = ((*table).array.addr.0 + ValuesObject::VALUES) as *const Value;
            if (*table).array.is_null() {
                return;
            }
            let end = (*table).array_used as u64;
            if from == 0 {
                self.mark_only((*table).array.addr.0);
            }
            self.scan_piece(first, from, end, array_entry(table as u64));
        }
    }

    /// # Safety
    /// As above.
    unsafe fn scan_values(&mut self, values: *const ValuesObject, from: u64) {
        // SAFETY: the caller's.
        unsafe {
            let first = (values as u64 + ValuesObject::VALUES) as *const Value;
            let end = (*values).length.min((*values).capacity) as u64;
            self.scan_piece(first, from, end, values as u64 | VALUES);
        }
    }

    /// # Safety
    /// `first` points to `end` values.
    unsafe fn scan_piece(&mut self, first: *const Value, from: u64, end: u64, entry: u64) {
        let piece_end = end.min(from + VALUES_PER_PIECE);
        if piece_end < end {
            self.partial.push(Partial { entry, index: piece_end });
        }
        if from < piece_end {
            // SAFETY: the caller's.
            unsafe { self.scan_row(first.add(from as usize), piece_end - from) };
        }
    }

    /// # Safety
    /// `first` points to `count` values.
    #[inline(always)]
    pub unsafe fn scan_row(&mut self, first: *const Value, count: u64) {
        self.scanned_bytes += 16 + count * size_of::<Value>() as u64;
        for index in 0..count as usize {
            // SAFETY: the caller's.
            unsafe {
                let value = first.add(index);
                self.scan_value((*value).kind, (*value).payload);
            }
        }
    }

    /// # Safety
    /// As above.
    #[inline(always)]
    unsafe fn scan_nodes(&mut self, nodes: *const NodesObject, from: u64) {
        // SAFETY: the caller's.
        unsafe {
            let first = (nodes as u64 + NodesObject::NODES) as *const Node;
            let end = (*nodes).count;
            if from == 0 {
                self.mark_only(nodes as u64);
            }
            let piece_end = end.min(from + NODES_PER_PIECE);
            if piece_end < end {
                self.partial.push(Partial { entry: nodes as u64 | NODES, index: piece_end });
            }
            self.scanned_bytes += 16 + (piece_end - from) * size_of::<Node>() as u64;
            for index in from..piece_end {
                let node = first.add(index as usize);
                if (*node).value_kind == NIL {
                    self.scan_erased(node.cast_mut());
                } else {
                    self.scan_value((*node).value_kind, (*node).value_payload);
                    self.scan_value((*node).key_kind, (*node).key_payload);
                }
            }
        }
    }

    /// A node without value. Its key is no reference: an object that nothing else keeps is about to go, so its
    /// address must not be found again when another object lies there. Short strings are spared: they cost
    /// little, and many a field is nil for a while only.
    ///
    /// # Safety
    /// `node` is valid.
    #[inline(always)]
    pub unsafe fn scan_erased(&mut self, node: *mut Node) {
        // SAFETY: the caller's.
        unsafe {
            self.mark_value(NIL, (*node).value_payload);
            if (*node).key_kind == SHORT_STRING {
                self.mark_only((*node).key_payload);
            } else if (*node).key_kind >= OBJECT && !self.is_marked((*node).key_payload) {
                (*node).bury_key();
            }
        }
    }

    /// # Safety
    /// As above.
    unsafe fn scan_function(&mut self, function: *const FunctionObject) {
        // SAFETY: the caller's.
        unsafe {
            self.mark_reference((*function).prototype.addr.0, Kind::Prototype);
            let count = (*function).header.extra as usize;
            self.scanned_bytes += 16 + count as u64 * 8;
            let upvalues = (function as u64 + FunctionObject::UPVALUES) as *const u64;
            for index in 0..count {
                self.mark_reference(*upvalues.add(index), Kind::Upvalue);
            }
        }
    }

    /// # Safety
    /// As above.
    unsafe fn scan_upvalue(&mut self, upvalue: *const UpvalueObject) {
        // SAFETY: the caller's. An open upvalue's slot lies in a stack that is still allocated: a coroutine
        // that dies is found by `settle_open_upvalues` before its stack is swept.
        unsafe {
            self.scanned_bytes += size_of::<UpvalueObject>() as u64;
            if (*upvalue).header.flags & OPEN != 0 {
                self.open_upvalues.push(upvalue as u64);
                let slot = (*upvalue).location.0 as *const Value;
                self.mark_value((*slot).kind, (*slot).payload);
            } else {
                self.mark_value((*upvalue).closed.kind, (*upvalue).closed.payload);
            }
        }
    }

    /// # Safety
    /// As above.
    unsafe fn scan_prototype(&mut self, prototype: *const PrototypeObject) {
        // SAFETY: the caller's.
        unsafe {
            let prototype = &*prototype;
            self.scanned_bytes += size_of::<PrototypeObject>() as u64;
            self.mark_reference(prototype.code.addr.0, Kind::Code);
            for values in [prototype.constants, prototype.children, prototype.names] {
                self.mark_reference(values.addr.0, Kind::Values);
            }
            for bytes in [prototype.upvalues, prototype.locals, prototype.lines] {
                self.mark_reference(bytes.addr.0, Kind::Bytes);
            }
            self.mark_reference(prototype.source.addr.0, Kind::String);
            self.mark_reference(prototype.text.addr.0, Kind::String);
        }
    }

    /// Takes every word of a slot for a reference.
    ///
    /// # Safety
    /// `address` is that of an allocated slot.
    unsafe fn scan_words(&mut self, address: u64, from: u64) {
        let Some(slot) = self.geometry.slot_of(address) else { return };
        let end = slot.size_bytes / 8;
        let piece_end = end.min(from + WORDS_PER_PIECE);
        if piece_end < end {
            self.partial.push(Partial { entry: address | WORDS, index: piece_end });
        }
        self.scanned_bytes += (piece_end - from) * 8;
        for index in from..piece_end {
            // SAFETY: inside the slot.
            self.mark_word(unsafe { *(address as *const u64).add(index as usize) });
        }
    }
}
