//! Closures and upvalues.
//!
//! Invariant: the open upvalues of a coroutine form a list ordered by stack slot, highest first, at most one
//! for each slot.

use super::state::{Raise, Vm};
use crate::heap::OutOfMemory;
use crate::heap::pointer::{Pointer, at, copy, load, store, to_addr, to_ref};
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::{
    BytesObject, FunctionObject, OPEN, PrototypeObject, UpvalueEntry, UpvalueObject,
};
use dumpfmt::layout::table::ValuesObject;
use dumpfmt::layout::value::{self, Value};

impl Vm {
    /// The upvalue for a stack slot of the running coroutine, shared with whoever has captured it before.
    fn find_upvalue(&mut self, slot: *mut Value) -> Result<*mut UpvalueObject, OutOfMemory> {
        let coroutine = self.current();
        // SAFETY: the open list of the running coroutine; the fresh upvalue is filled before it is linked.
        unsafe {
            let mut previous: *mut UpvalueObject = core::ptr::null_mut();
            let mut next: *mut UpvalueObject = (*coroutine).open_upvalues.ptr();
            while !next.is_null() && (*next).location > to_addr(slot) {
                previous = next;
                next = at((*next).closed.addr());
            }
            if !next.is_null() && (*next).location == to_addr(slot) {
                self.heap.shade_object(to_addr(next), Kind::Upvalue);
                return Ok(next);
            }
            let upvalue = self.heap.allocate(Kind::Upvalue, size_of::<UpvalueObject>())?;
            let upvalue = upvalue.cast::<UpvalueObject>();
            // The list may have lost members if the allocation has collected: look again.
            previous = if previous.is_null() { previous } else { self.open_before(slot) };
            next = if previous.is_null() {
                (*coroutine).open_upvalues.ptr()
            } else {
                at((*previous).closed.addr())
            };
            (*upvalue).header.flags = OPEN;
            (*upvalue).location = to_addr(slot);
            (*upvalue).closed = Value::raw(value::NIL, next as u64);
            if previous.is_null() {
                (*coroutine).open_upvalues = to_ref(upvalue);
            } else {
                (*previous).closed.payload = upvalue as u64;
            }
            Ok(upvalue)
        }
    }

    /// The lowest open upvalue above a slot, or null.
    fn open_before(&self, slot: *mut Value) -> *mut UpvalueObject {
        // SAFETY: the open list of the running coroutine.
        unsafe {
            let mut previous: *mut UpvalueObject = core::ptr::null_mut();
            let mut next: *mut UpvalueObject = (*self.current()).open_upvalues.ptr();
            while !next.is_null() && (*next).location > to_addr(slot) {
                previous = next;
                next = at((*next).closed.addr());
            }
            previous
        }
    }

    /// Closes every upvalue of a slot at or above `level`: each takes its value out of the stack.
    #[inline]
    pub(super) fn close_upvalues(&mut self, level: *mut Value) {
        let coroutine = self.current();
        // SAFETY: the open list of the running coroutine.
        unsafe {
            loop {
                let upvalue: *mut UpvalueObject = (*coroutine).open_upvalues.ptr();
                if upvalue.is_null() || (*upvalue).location < to_addr(level) {
                    return;
                }
                (*coroutine).open_upvalues = Ref::new((*upvalue).closed.addr());
                let slot = at::<Value>((*upvalue).location);
                copy(&raw mut (*upvalue).closed, slot);
                (*upvalue).location = to_addr(&raw const (*upvalue).closed);
                (*upvalue).header.flags = 0;
                self.heap.barrier(load(slot));
            }
        }
    }

    /// `R[register] := closure of the running function's prototype number child`
    pub(super) fn make_closure(&mut self, register: u8, child: u32) -> Result<(), Raise> {
        // SAFETY: code is verified: the child exists, its upvalue entries name registers and upvalues of the
        // running function. The function is put into its register before its upvalues are looked for, each of
        // which may allocate.
        unsafe {
            let base = at::<Value>(self.frame().base);
            let running = at::<FunctionObject>((*base.sub(1)).addr());
            let prototype: *mut PrototypeObject = (*running).prototype.ptr();
            let children: *mut ValuesObject = (*prototype).children.ptr();
            let child = at::<PrototypeObject>(load(children.cast::<Value>().add(1 + child as usize)).addr());
            let function =
                self.new_function_object(child).map_err(|_| self.throw_memory())?.cast::<FunctionObject>();
            let slots = function.cast::<u8>().add(FunctionObject::UPVALUES as usize).cast::<Addr>();
            store(base.add(register as usize), Value::object(value::FUNCTION, to_addr(function)));
            let entries: *mut BytesObject = (*child).upvalues.ptr();
            let count = (*child).upvalue_count as usize;
            for index in 0..count {
                let entry = entries.cast::<u8>().add(BytesObject::BYTES as usize).cast::<UpvalueEntry>();
                let entry = *entry.add(index);
                let upvalue = if entry.in_stack != 0 {
                    to_addr(
                        self.find_upvalue(base.add(entry.index as usize)).map_err(|_| self.throw_memory())?,
                    )
                } else {
                    let outer = running.cast::<u8>().add(FunctionObject::UPVALUES as usize).cast::<Addr>();
                    *outer.add(entry.index as usize)
                };
                *slots.add(index) = upvalue;
                self.heap.shade_object(upvalue, Kind::Upvalue);
            }
        }
        Ok(())
    }

    /// A closure whose upvalues are yet to be filled in; they are null until then.
    pub(super) fn new_function_object(
        &mut self,
        prototype: *mut PrototypeObject,
    ) -> Result<*mut u8, OutOfMemory> {
        // SAFETY: a valid prototype; a fresh slot of this size.
        unsafe {
            let count = (*prototype).upvalue_count as usize;
            let bytes = FunctionObject::UPVALUES as usize + count * size_of::<Addr>();
            let function = self.heap.allocate(Kind::Function, bytes)?.cast::<FunctionObject>();
            (*function).header.extra = count as u16;
            (*function).prototype = to_ref(prototype);
            let slots = function.cast::<u8>().add(FunctionObject::UPVALUES as usize);
            core::ptr::write_bytes(slots, 0, count * size_of::<Addr>());
            self.heap.shade_object(to_addr(prototype), Kind::Prototype);
            Ok(function.cast())
        }
    }

    /// A closed upvalue that holds `value`.
    pub(super) fn closed_upvalue(&mut self, value: Value) -> Result<*mut UpvalueObject, OutOfMemory> {
        let upvalue = self.heap.allocate(Kind::Upvalue, size_of::<UpvalueObject>())?.cast::<UpvalueObject>();
        // SAFETY: a fresh slot of this size.
        unsafe {
            (*upvalue).header.flags = 0;
            (*upvalue).location = to_addr(&raw const (*upvalue).closed);
            (*upvalue).closed = value;
        }
        self.heap.barrier(value);
        Ok(upvalue)
    }
}
