//! Prototypes in the heap: lowered from what the compiler or a binary chunk yields, and read back for
//! `string.dump`.
//!
//! Invariant: what is lowered has passed `compiler::verify`, or comes straight from the compiler, whose code
//! passes it. Reading back yields an equal prototype.
//! Not here: closures (`closure.rs`), what code says to messages (`names.rs`).

use super::names::Code;
use super::state::{Raise, Vm};
use crate::heap::pointer::{at, load, to_addr, to_ref};
use crate::heap::{Heap, OutOfMemory, string, table};
use compiler::chunk::Chunk;
use compiler::prototype::{Constant, LocalVariable, Prototype, UpvalueDescription};
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::bytecode::{Instruction, Operand, SHORT_STRING_LENGTH_MAX};
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::{
    BytesObject, CodeObject, FunctionObject, LocalEntry, PrototypeObject, UpvalueEntry,
};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::ValuesObject;
use dumpfmt::layout::value::{self, Value};
use dumpfmt::line_table;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use zerocopy::IntoBytes;

mod template;

/// What the functions of one chunk share while they are lowered.
struct Shared<'a> {
    source: Value,
    text: Value,
    /// The long strings so far: equal ones of a chunk are one object, as short ones always are. Each is
    /// reachable from a prototype that is done or under way.
    long_strings: HashMap<&'a [u8], Value>,
}

impl<'a> Shared<'a> {
    fn string(&mut self, heap: &mut Heap, bytes: &'a [u8]) -> Result<Value, OutOfMemory> {
        if bytes.len() <= SHORT_STRING_LENGTH_MAX {
            return string::create(heap, bytes);
        }
        match self.long_strings.entry(bytes) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(place) => Ok(*place.insert(string::create(heap, bytes)?)),
        }
    }
}

impl Vm {
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
        debug_assert_eq!(compiler::verify::verify(compiled), Ok(()));
        self.load_from(compiled, Some(source), text, environment)
    }

    /// The same for what a binary chunk holds; of the chunk's name only errors know.
    pub fn load_binary(&mut self, chunk: &Chunk, environment: Value) -> Result<Value, Raise> {
        self.load_from(&chunk.main, chunk.source.as_deref(), None, environment)
    }

    fn load_from(
        &mut self,
        compiled: &Prototype,
        source: Option<&[u8]>,
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
        source: Option<&[u8]>,
        text: Option<&[u8]>,
        environment: Value,
    ) -> Result<Value, OutOfMemory> {
        let mut kept = [Value::NIL; 2];
        for (slot, bytes) in kept.iter_mut().zip([source, text]) {
            if let Some(bytes) = bytes {
                *slot = string::create(&mut self.heap, bytes)?;
            }
            self.push(*slot);
        }
        let [source, text] = kept;
        let mut shared = Shared { source, text, long_strings: HashMap::new() };
        let prototype = self.lower(compiled, &mut shared)?;
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

    fn lower<'a>(
        &mut self,
        compiled: &'a Prototype,
        shared: &mut Shared<'a>,
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
                source: string_reference(shared.source),
                text: string_reference(shared.text),
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

            let mut constructors = template::constructors(&compiled.code);
            constructors.truncate(u8::MAX as usize);
            let constants = self.values(compiled.constants.len() + constructors.len())?;
            (*prototype).constants = to_ref(constants);
            for (index, constant) in compiled.constants.iter().enumerate() {
                let value = match constant {
                    Constant::Nil => Value::NIL,
                    Constant::Boolean(boolean) => Value::boolean(*boolean),
                    Constant::Integer(integer) => Value::integer(*integer),
                    Constant::Float(float) => Value::float(*float),
                    Constant::String(bytes) => shared.string(&mut self.heap, bytes)?,
                };
                constants.cast::<Value>().add(1 + index).write(value);
            }
            for (index, constructor) in constructors.iter().enumerate() {
                let key = |&key: &u32| load(constants.cast::<Value>().add(1 + key as usize));
                let keys: Vec<Value> = constructor.keys.iter().map(key).collect();
                let template = table::create_template(&mut self.heap, constructor.room, &keys);
                let template = Value::object(value::TABLE, to_addr(template.map_err(|_| OutOfMemory)?));
                constants.cast::<Value>().add(1 + compiled.constants.len() + index).write(template);
                let number = (constructors.len() - index) as u32;
                *words.add(constructor.pc) |= number << 24;
            }

            let names = self.values(compiled.upvalues.len() + compiled.locals.len())?;
            (*prototype).names = to_ref(names);
            let mut known = HashMap::new();
            let mut name = |vm: &mut Vm, bytes: &'a [u8]| -> Result<u32, OutOfMemory> {
                let name = shared.string(&mut vm.heap, bytes)?;
                let next = known.len() as u32;
                let index = *known.entry(name.payload).or_insert(next);
                if index == next {
                    names.cast::<Value>().add(1 + index as usize).write(name);
                }
                Ok(index)
            };
            let mut upvalues = Vec::new();
            for upvalue in &compiled.upvalues {
                upvalues.push(UpvalueEntry {
                    name: match &upvalue.name {
                        Some(bytes) => name(self, bytes)?,
                        None => u32::MAX,
                    },
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
            if !compiled.lines.is_empty() {
                (*prototype).lines = self.bytes(&line_table::encode(&compiled.lines))?;
            }

            let children = self.values(compiled.children.len())?;
            (*prototype).children = to_ref(children);
            for (index, child) in compiled.children.iter().enumerate() {
                let child = self.lower(child, shared)?;
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

fn string_reference(string: Value) -> Ref<StringObject> {
    if string.is_nil() { Ref::NULL } else { Ref::new(string.addr()) }
}

impl Code {
    /// The function as a chunk of its own.
    pub fn chunk(&self) -> Chunk {
        Chunk { main: self.read_back(), source: self.marked_source().map(Vec::into_boxed_slice) }
    }

    fn read_back(&self) -> Prototype {
        // SAFETY: a valid prototype.
        let object = unsafe { &*self.0 };
        let (line_defined, last_line_defined) = self.line_range();
        let (parameter_count, is_vararg) = self.parameters();
        let mut code: Vec<Instruction> = self.words().iter().copied().map(Instruction).collect();
        for (pc, instruction) in self.instructions() {
            if instruction.opcode().is_some_and(|opcode| opcode.info().c == Operand::Hint) {
                // What the interpreter has noted there is not the function's.
                code[pc as usize].0 &= 0x00ff_ffff;
            }
        }
        let lines = self.lines().take(code.len()).collect();
        // Templates are not the function's either.
        let is_constant = |value: &Value| value.kind != value::TABLE;
        let constants =
            self.row(object.constants).into_iter().take_while(is_constant).map(constant).collect();
        let upvalues = self.upvalues().into_iter().map(|entry| UpvalueDescription {
            name: self.name(entry.name).map(Vec::into_boxed_slice),
            in_stack: entry.in_stack != 0,
            index: entry.index,
            is_constant: entry.is_constant != 0,
        });
        let locals = self.locals().into_iter().map(|entry| LocalVariable {
            name: self.name(entry.name).unwrap_or_default().into(),
            register: entry.register as u8,
            start_pc: entry.start_pc,
            end_pc: entry.end_pc,
        });
        let children = self.row(object.children).into_iter();
        Prototype {
            code,
            lines,
            constants,
            children: children.map(|child| Code(at(child.addr())).read_back()).collect(),
            upvalues: upvalues.collect(),
            locals: locals.collect(),
            line_defined,
            last_line_defined,
            parameter_count,
            is_vararg,
            register_count: object.register_count,
        }
    }
}

fn constant(value: Value) -> Constant {
    match value.kind {
        value::FALSE | value::TRUE => Constant::Boolean(value.kind == value::TRUE),
        value::INTEGER => Constant::Integer(value.as_integer()),
        value::FLOAT => Constant::Float(value.as_float()),
        // SAFETY: a string among the constants of a valid prototype is valid.
        _ if value.is_string() => Constant::String(unsafe { string::bytes(at(value.addr())).into() }),
        _ => Constant::Nil,
    }
}

#[cfg(test)]
mod tests;
