//! Closures and upvalues; compiled code lowered into the heap.
//!
//! Invariant: the open upvalues of a coroutine form a list ordered by stack slot, highest first, at most one
//! for each slot.

use super::state::{Raise, Vm};
use crate::heap::pointer::{Pointer, at, copy, load, store, to_addr, to_ref};
use crate::heap::{OutOfMemory, string};
use compiler::prototype::{Constant, Prototype};
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::{
    BytesObject, CodeObject, FunctionObject, LocalEntry, OPEN, PrototypeObject, UpvalueEntry, UpvalueObject,
};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::ValuesObject;
use dumpfmt::layout::value::{self, Value};
use dumpfmt::line_table;
use zerocopy::IntoBytes;

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
    fn new_function_object(&mut self, prototype: *mut PrototypeObject) -> Result<*mut u8, OutOfMemory> {
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

    /// A main function for a compiled chunk, with its first upvalue (`_ENV`) set to `environment`.
    ///
    /// `source` is the chunk's name as Lua's `source`, `text` its text. What is half made is reachable from its
    /// prototype, which the machine stack points at, so that a collection amid an allocation does no harm.
    pub fn load(
        &mut self,
        compiled: &Prototype,
        source: &[u8],
        text: Option<&[u8]>,
        environment: Value,
    ) -> Result<Value, Raise> {
        self.ensure_stack(4)?;
        let kept = self.r().top;
        let function = self.lower_chunk(compiled, source, text, environment);
        self.r().top = kept;
        function.map_err(|_| self.throw_memory())
    }

    fn lower_chunk(
        &mut self,
        compiled: &Prototype,
        source: &[u8],
        text: Option<&[u8]>,
        environment: Value,
    ) -> Result<Value, OutOfMemory> {
        let source = string::create(&mut self.heap, source)?;
        self.push(source);
        let text = match text {
            Some(text) => string::create(&mut self.heap, text)?,
            None => Value::NIL,
        };
        self.push(text);
        let prototype = self.lower(compiled, source, text)?;
        let function = self.new_function_object(prototype)?;
        self.fill_main_upvalues(function, environment)
    }

    fn fill_main_upvalues(&mut self, function: *mut u8, environment: Value) -> Result<Value, OutOfMemory> {
        // SAFETY: a fresh closure.
        unsafe {
            let count = (*function.cast::<FunctionObject>()).header.extra as usize;
            let slots = function.add(FunctionObject::UPVALUES as usize).cast::<Addr>();
            for index in 0..count {
                let value = if index == 0 { environment } else { Value::NIL };
                *slots.add(index) = to_addr(self.closed_upvalue(value)?);
            }
        }
        Ok(Value::object(value::FUNCTION, to_addr(function)))
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

    fn lower(
        &mut self,
        compiled: &Prototype,
        source: Value,
        text: Value,
    ) -> Result<*mut PrototypeObject, OutOfMemory> {
        let prototype = self.heap.allocate(Kind::Prototype, size_of::<PrototypeObject>())?;
        let prototype = prototype.cast::<PrototypeObject>();
        // SAFETY: fresh slots, each filled in full before the next is made.
        unsafe {
            let header = (*prototype).header;
            prototype.write(PrototypeObject {
                header,
                code: Ref::NULL,
                constants: Ref::NULL,
                children: Ref::NULL,
                upvalues: Ref::NULL,
                locals: Ref::NULL,
                lines: Ref::NULL,
                names: Ref::NULL,
                source: Ref::<StringObject>::new(source.addr()),
                text: if text.is_nil() { Ref::NULL } else { Ref::new(text.addr()) },
                line_defined: compiled.line_defined,
                last_line_defined: compiled.last_line_defined,
                parameter_count: compiled.parameter_count,
                is_vararg: compiled.is_vararg as u8,
                register_count: compiled.register_count,
                upvalue_count: compiled.upvalues.len() as u8,
                code_count: compiled.code.len() as u32,
            });
            let bytes = CodeObject::WORDS as usize + compiled.code.len() * 4;
            let code = self.heap.allocate(Kind::Code, bytes)?.cast::<CodeObject>();
            (*code).prototype = to_ref(prototype);
            (*code).count = compiled.code.len() as u32;
            (*code).zero = 0;
            let words = code.cast::<u8>().add(CodeObject::WORDS as usize).cast::<u32>();
            for (index, instruction) in compiled.code.iter().enumerate() {
                words.add(index).write(instruction.0);
            }
            (*prototype).code = to_ref(code);

            let constants = self.values(compiled.constants.len())?;
            (*prototype).constants = to_ref(constants);
            for (index, constant) in compiled.constants.iter().enumerate() {
                let value = match constant {
                    Constant::Nil => Value::NIL,
                    Constant::Boolean(boolean) => Value::boolean(*boolean),
                    Constant::Integer(integer) => Value::integer(*integer),
                    Constant::Float(float) => Value::float(*float),
                    Constant::String(bytes) => string::create(&mut self.heap, bytes)?,
                };
                constants.cast::<Value>().add(1 + index).write(value);
            }

            let names = self.values(compiled.upvalues.len() + compiled.locals.len())?;
            (*prototype).names = to_ref(names);
            let mut known = 0u32;
            let mut name = |vm: &mut Vm, bytes: &[u8]| -> Result<u32, OutOfMemory> {
                let name = string::create(&mut vm.heap, bytes)?;
                let first = names.cast::<Value>().add(1);
                for index in 0..known {
                    if (*first.add(index as usize)).payload == name.payload {
                        return Ok(index);
                    }
                }
                first.add(known as usize).write(name);
                known += 1;
                Ok(known - 1)
            };
            let mut upvalues = Vec::new();
            for upvalue in &compiled.upvalues {
                upvalues.push(UpvalueEntry {
                    name: name(self, &upvalue.name)?,
                    in_stack: upvalue.in_stack as u8,
                    index: upvalue.index,
                    is_constant: upvalue.is_constant as u8,
                    zero: 0,
                });
            }
            let mut locals = Vec::new();
            for local in &compiled.locals {
                locals.push(LocalEntry {
                    name: name(self, &local.name)?,
                    start_pc: local.start_pc,
                    end_pc: local.end_pc,
                    register: local.register as u32,
                });
            }
            (*prototype).upvalues = self.bytes(upvalues.as_bytes())?;
            (*prototype).locals = self.bytes(locals.as_bytes())?;
            (*prototype).lines = self.bytes(&line_table::encode(&compiled.lines))?;

            let children = self.values(compiled.children.len())?;
            (*prototype).children = to_ref(children);
            for (index, child) in compiled.children.iter().enumerate() {
                let child = self.lower(child, source, text)?;
                let child = Value::object(value::PROTOTYPE, to_addr(child));
                children.cast::<Value>().add(1 + index).write(child);
            }
            for values in [constants, names, children] {
                self.heap.rescan(to_addr(values), Kind::Values);
            }
            self.heap.rescan(to_addr(prototype), Kind::Prototype);
            self.heap.rescan(to_addr(code), Kind::Code);
        }
        Ok(prototype)
    }

    /// A row of `count` nils; null when `count` is 0.
    fn values(&mut self, count: usize) -> Result<*mut ValuesObject, OutOfMemory> {
        if count == 0 {
            return Ok(core::ptr::null_mut());
        }
        let bytes = ValuesObject::VALUES as usize + count * size_of::<Value>();
        let object = self.heap.allocate(Kind::Values, bytes)?.cast::<ValuesObject>();
        // SAFETY: a fresh slot of this size.
        unsafe {
            (*object).capacity = count as u32;
            (*object).length = count as u32;
            core::ptr::write_bytes(object.cast::<Value>().add(1), 0, count);
        }
        Ok(object)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<Ref<BytesObject>, OutOfMemory> {
        if bytes.is_empty() {
            return Ok(Ref::NULL);
        }
        let object = self.heap.allocate(Kind::Bytes, BytesObject::BYTES as usize + bytes.len())?;
        let object = object.cast::<BytesObject>();
        // SAFETY: a fresh slot of this size.
        unsafe {
            (*object).length = bytes.len() as u64;
            let first = object.cast::<u8>().add(BytesObject::BYTES as usize);
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), first, bytes.len());
        }
        Ok(to_ref(object))
    }
}
