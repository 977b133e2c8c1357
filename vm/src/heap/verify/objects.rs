//! Each object against the rules of its layout.
//!
//! Invariant: see `verify.rs`.
//! Not here: the block table (`blocks.rs`).

use super::{Tour, Violation, violation};
use crate::heap::extent::extent;
use crate::heap::gray::ARRAY;
use crate::heap::table;
use crate::heap::{Heap, REGISTERED};
use dumpfmt::addr::Addr;
use dumpfmt::layout::coroutine::{CoroutineObject, Frame, FrameKind, FramesObject, StackObject, Status};
use dumpfmt::layout::function::{
    BytesObject, CodeObject, FunctionObject, NativeObject, OPEN, PrototypeObject, UpvalueObject,
};
use dumpfmt::layout::string::{HASHED, SHORT, StringObject};
use dumpfmt::layout::table::{Node, NodesObject, TableObject, ValuesObject, WEAK_KEYS, WEAK_VALUES};
use dumpfmt::layout::userdata::UserdataObject;
use dumpfmt::layout::value::{self, NIL, Value};
use dumpfmt::layout::{Kind, ObjectHeader};

/// Reads a struct that `visit` has found at the start of a slot of its kind.
fn read<T: Copy>(address: u64) -> T {
    // SAFETY: slots are at least as large as the struct of their kind, and any bytes are a valid one.
    unsafe { *(address as *const T) }
}

impl Tour<'_> {
    fn size_of_slot(&self, address: u64) -> u64 {
        self.heap.geometry.slot_of(address).map_or(0, |slot| slot.size_bytes)
    }

    fn check_size(&self, address: u64, needed: u64) -> Result<(), Violation> {
        if needed > self.size_of_slot(address) {
            return violation(address, format!("claims {needed} bytes, more than its slot has"));
        }
        Ok(())
    }

    /// Checks one object and visits what it refers to. Parts are checked with their owner.
    pub(super) fn check_object(&mut self, address: u64, kind: Kind) -> Result<(), Violation> {
        match kind {
            Kind::Free => violation(address, "is free"),
            Kind::String => self.check_string(address, false),
            Kind::Table => self.check_table(address),
            Kind::Values => {
                let values: ValuesObject = read(address);
                self.check_size(address, ValuesObject::VALUES + values.capacity as u64 * 16)?;
                if values.length > values.capacity {
                    return violation(address, "has more values in use than room");
                }
                self.check_row(address, address + ValuesObject::VALUES, values.length as u64)
            }
            Kind::Nodes | Kind::Stack | Kind::Frames => Ok(()),
            Kind::Function => self.check_function(address),
            Kind::Native => {
                let count = read::<ObjectHeader>(address).extra as u64;
                self.check_size(address, NativeObject::VALUES + count * 16)?;
                self.check_row(address, address + NativeObject::VALUES, count)
            }
            Kind::Upvalue => self.check_upvalue(address),
            Kind::Prototype => self.check_prototype(address),
            Kind::Code => {
                let code: CodeObject = read(address);
                self.check_size(address, CodeObject::WORDS + code.count as u64 * 4)?;
                self.visit_reference(address, code.prototype.addr, Kind::Prototype)
            }
            Kind::Bytes => self
                .check_size(address, read::<BytesObject>(address).length.saturating_add(BytesObject::BYTES)),
            Kind::Coroutine => self.check_coroutine(address),
            Kind::Userdata => {
                let userdata: UserdataObject = read(address);
                self.visit_reference(address, userdata.metatable.addr, Kind::Table)?;
                self.visit_reference(address, userdata.user_values.addr, Kind::Values)
            }
        }
    }

    fn check_row(&mut self, owner: u64, first: u64, count: u64) -> Result<(), Violation> {
        for index in 0..count {
            self.visit_value(owner, read(first + index * 16))?;
        }
        Ok(())
    }

    pub(super) fn check_string_kind(&self, owner: u64, value: Value) -> Result<(), Violation> {
        let short = read::<ObjectHeader>(value.payload).flags & SHORT != 0;
        if short != (value.kind == value::SHORT_STRING) {
            return violation(owner, format!("calls the string at {} short, or long, wrongly", value.addr()));
        }
        Ok(())
    }

    pub(super) fn check_string(&self, address: u64, interned: bool) -> Result<(), Violation> {
        let string: StringObject = read(address);
        self.check_size(address, StringObject::BYTES + string.length as u64)?;
        let short = string.header.flags & SHORT != 0;
        if interned && !short {
            return violation(address, "is interned and not short");
        }
        if short && string.header.flags & HASHED == 0 {
            return violation(address, "is short and has no hash");
        }
        let first = (address + StringObject::BYTES) as *const u8;
        // SAFETY: the length was checked against the slot.
        let bytes = unsafe { core::slice::from_raw_parts(first, string.length as usize) };
        if string.header.flags & HASHED != 0 && string.hash != Heap::hash(bytes) {
            return violation(address, "has a wrong hash");
        }
        if short && self.heap.interned.find(bytes) != Some(address as *mut StringObject) {
            return violation(address, "is short and not the interned string with its bytes");
        }
        Ok(())
    }

    fn check_table(&mut self, address: u64) -> Result<(), Violation> {
        let table: TableObject = read(address);
        self.visit_reference(address, table.metatable.addr, Kind::Table)?;
        self.check_origin(address, table.site.0)?;
        if table.header.flags & !(WEAK_KEYS | WEAK_VALUES | REGISTERED) != 0 {
            return violation(address, "has flags that there are not");
        }
        let table_black = self.owner_black;
        self.check_array(address, &table, table_black)?;
        self.check_nodes(address, &table, table_black)?;
        self.owner_black = table_black;
        Ok(())
    }

    fn check_array(&mut self, address: u64, table: &TableObject, black: bool) -> Result<(), Violation> {
        let array = table.array.addr;
        if array.is_null() != (table.array_capacity == 0)
            || table.array_used > table.array_capacity
            || table.array_limit > table.array_used
        {
            return violation(address, "has an array part that contradicts its capacity");
        }
        if array.is_null() {
            return Ok(());
        }
        self.owner_black = black && !self.gray.contains(&(address | ARRAY));
        self.visit(address, array.0, Kind::Values)?;
        let capacity = table.array_capacity;
        let object: ValuesObject = read(array.0);
        self.check_size(array.0, ValuesObject::VALUES + object.capacity as u64 * 16)?;
        if object.capacity < capacity || object.length != 0 {
            return violation(address, "has an array part that says otherwise of itself");
        }
        let weak = table.header.flags & WEAK_VALUES != 0;
        self.owner_black = black && !weak && !self.gray.contains(&(address | ARRAY));
        self.check_row(address, array.0 + ValuesObject::VALUES, table.array_used as u64)
    }

    fn check_nodes(&mut self, address: u64, table: &TableObject, black: bool) -> Result<(), Violation> {
        let nodes = table.nodes.addr.0;
        let count = table.node_mask as u64 + 1;
        if nodes != self.heap.geometry.empty_nodes() {
            self.owner_black = black;
            self.visit(address, nodes, Kind::Nodes)?;
            self.check_size(nodes, NodesObject::NODES + count * size_of::<Node>() as u64)?;
        }
        if !count.is_power_of_two() || read::<NodesObject>(nodes).count != count {
            return violation(address, "has a hash part that says otherwise of its size");
        }
        if table.last_free as u64 > count {
            return violation(address, "looks for free nodes beyond its hash part");
        }
        let weakness = table.header.flags & (WEAK_KEYS | WEAK_VALUES);
        self.owner_black = black && weakness == 0 && self.is_black(nodes, Kind::Nodes as u64);
        // A node has one predecessor at most, so chains neither meet nor run in circles unless some node is
        // its own successor's successor: then the walk below from any of them does not end.
        let mut followed = vec![false; count as usize];
        for index in 0..count {
            let node: Node = read(nodes + NodesObject::NODES + index * size_of::<Node>() as u64);
            if node.key_kind == NIL && node.value_kind != NIL {
                return violation(address, format!("has a value without a key in node {index}"));
            }
            if node.key_kind == value::FLOAT && f64::from_bits(node.key_payload).is_nan() {
                return violation(address, format!("has NaN as the key of node {index}"));
            }
            if node.key_kind == value::INTEGER
                && node.value_kind != NIL
                && node.key_payload.wrapping_sub(1) < table.array_capacity as u64
            {
                return violation(address, format!("keeps key {} outside its array part", node.key_payload));
            }
            if node.next != 0 {
                let target = index as i64 + node.next as i64;
                if !(0..count as i64).contains(&target) {
                    return violation(
                        address,
                        format!("has a chain that leaves the hash part at node {index}"),
                    );
                }
                if core::mem::replace(&mut followed[target as usize], true) {
                    return violation(address, format!("has two chains through node {target}"));
                }
            }
            self.visit_value(address, node.value())?;
            self.visit_value(address, node.key())?;
        }
        self.check_circles(address, nodes, &followed)?;
        self.check_look_up(address, nodes, count)
    }

    /// Every key with a value is found where it is. Chains have been checked, so look-ups end.
    fn check_look_up(&self, address: u64, nodes: u64, count: u64) -> Result<(), Violation> {
        for index in 0..count {
            let node: Node = read(nodes + NodesObject::NODES + index * size_of::<Node>() as u64);
            if node.value_kind == NIL {
                continue;
            }
            // SAFETY: the table's parts and the key were checked.
            let found = unsafe { table::get(address as *mut TableObject, node.key()) };
            if (found.kind, found.payload) != (node.value_kind, node.value_payload) {
                return violation(address, format!("does not find the key of node {index}"));
            }
        }
        Ok(())
    }

    /// With one predecessor each, nodes that no chain start leads to lie on a circle.
    fn check_circles(&self, address: u64, nodes: u64, followed: &[bool]) -> Result<(), Violation> {
        let mut reached = 0;
        for start in (0..followed.len()).filter(|&index| !followed[index]) {
            let mut index = start as i64;
            loop {
                reached += 1;
                let node: Node = read(nodes + NodesObject::NODES + index as u64 * size_of::<Node>() as u64);
                if node.next == 0 {
                    break;
                }
                index += node.next as i64;
            }
        }
        if reached != followed.len() {
            return violation(address, "has a chain that runs in a circle");
        }
        Ok(())
    }

    fn check_function(&mut self, address: u64) -> Result<(), Violation> {
        let function: FunctionObject = read(address);
        let count = function.header.extra as u64;
        self.check_size(address, FunctionObject::UPVALUES + count * 8)?;
        self.visit(address, function.prototype.addr.0, Kind::Prototype)?;
        let prototype: PrototypeObject = read(function.prototype.addr.0);
        if prototype.upvalue_count as u64 != count {
            return violation(address, "has another number of upvalues than its prototype");
        }
        for index in 0..count {
            let upvalue: Addr = read(address + FunctionObject::UPVALUES + index * 8);
            self.visit(address, upvalue.0, Kind::Upvalue)?;
        }
        Ok(())
    }

    fn check_upvalue(&mut self, address: u64) -> Result<(), Violation> {
        let upvalue: UpvalueObject = read(address);
        let location = upvalue.location.0;
        if upvalue.header.flags & OPEN == 0 {
            if location != address + UpvalueObject::CLOSED {
                return violation(address, "is closed and has its value elsewhere");
            }
            return self.visit_value(address, upvalue.closed);
        }
        match self.heap.geometry.slot_of(location) {
            Some(slot)
                if slot.kind == Kind::Stack && location.is_multiple_of(16) && location > slot.address =>
            {
                Ok(())
            }
            _ => violation(address, format!("is open at {location:#x}, where no stack slot is")),
        }
    }

    fn check_prototype(&mut self, address: u64) -> Result<(), Violation> {
        let prototype: PrototypeObject = read(address);
        self.visit(address, prototype.code.addr.0, Kind::Code)?;
        let code: CodeObject = read(prototype.code.addr.0);
        if code.prototype.addr.0 != address || code.count != prototype.code_count {
            return violation(address, "has code that says it is another's");
        }
        for values in [prototype.constants, prototype.children, prototype.names] {
            self.visit_reference(address, values.addr, Kind::Values)?;
        }
        for bytes in [prototype.upvalues, prototype.locals, prototype.lines] {
            self.visit_reference(address, bytes.addr, Kind::Bytes)?;
        }
        for string in [prototype.source, prototype.text] {
            self.visit_reference(address, string.addr, Kind::String)?;
        }
        Ok(())
    }

    fn check_coroutine(&mut self, address: u64) -> Result<(), Violation> {
        let coroutine: CoroutineObject = read(address);
        if Status::from_byte(coroutine.header.flags).is_none() {
            return violation(address, "has a status that there is not");
        }
        self.visit_reference(address, coroutine.resumer.addr, Kind::Coroutine)?;
        self.visit_value(address, coroutine.hook)?;
        self.visit_value(address, coroutine.error)?;
        self.check_origin(address, coroutine.site.0)?;
        if coroutine.stack.is_null() || coroutine.frames.is_null() {
            return Ok(());
        }
        self.visit(address, coroutine.stack.addr.0, Kind::Stack)?;
        self.visit(address, coroutine.frames.addr.0, Kind::Frames)?;
        let stack: StackObject = read(coroutine.stack.addr.0);
        let frames: FramesObject = read(coroutine.frames.addr.0);
        self.check_size(coroutine.stack.addr.0, stack.capacity.saturating_mul(16).saturating_add(16))?;
        self.check_size(coroutine.frames.addr.0, frames.capacity.saturating_mul(32).saturating_add(16))?;
        // SAFETY: stack and frames are slots of their kinds; `check_frames` has bounded the frame.
        let extent = unsafe {
            self.check_frames(address, &coroutine, &frames)?;
            extent(self.heap.geometry, address as *const CoroutineObject)
        };
        // A stack is scanned again before marking ends, so it may hold white objects until then.
        self.owner_black = false;
        self.check_row(address, extent.start, (extent.end - extent.start) / 16)?;
        self.check_open_upvalues(address, &coroutine, extent.start, extent.limit)
    }

    fn check_frames(
        &self,
        address: u64,
        coroutine: &CoroutineObject,
        frames: &FramesObject,
    ) -> Result<(), Violation> {
        let roots = self.heap.roots_ref();
        let current = roots.current.addr.0 == address;
        let innermost = if current { roots.frame.0 } else { coroutine.frame.0 };
        let first = coroutine.frames.addr.0 + FramesObject::FRAMES;
        let end = first + frames.capacity * size_of::<Frame>() as u64;
        if innermost < first {
            return Ok(());
        }
        if innermost >= end || !(innermost - first).is_multiple_of(size_of::<Frame>() as u64) {
            return violation(address, format!("has its frame at {innermost:#x}, outside its frames"));
        }
        let stack = coroutine.stack.addr.0;
        let stack_end = stack + self.size_of_slot(stack);
        let mut at = first;
        let below = stack + StackObject::VALUES;
        while at <= innermost {
            let frame: Frame = read(at);
            if frame.kind().is_none() {
                return violation(address, format!("has a frame of no known kind at {at:#x}"));
            }
            let outside =
                frame.base.0 < below || frame.base.0 > stack_end || !frame.base.0.is_multiple_of(16);
            if frame.kind() != Some(FrameKind::Bottom) && outside {
                return violation(address, format!("has a frame outside its stack at {at:#x}"));
            }
            at += size_of::<Frame>() as u64;
        }
        Ok(())
    }

    fn check_open_upvalues(
        &mut self,
        address: u64,
        coroutine: &CoroutineObject,
        start: u64,
        limit: u64,
    ) -> Result<(), Violation> {
        let mut link = coroutine.open_upvalues.addr;
        let mut above = limit;
        while !link.is_null() {
            // A dead one may be in the list until the collection that finds it dead ends.
            let known = self.heap.geometry.slot_of(link.0);
            if known.is_none_or(|slot| slot.kind != Kind::Upvalue || slot.address != link.0) {
                return violation(address, format!("has {link} in its list of open upvalues"));
            }
            let upvalue: UpvalueObject = read(link.0);
            let location = upvalue.location.0;
            if upvalue.header.flags & OPEN == 0 || location < start || location >= above {
                return violation(address, format!("has a list of open upvalues out of order at {link}"));
            }
            above = location;
            link = Addr(upvalue.closed.payload);
        }
        Ok(())
    }
}
