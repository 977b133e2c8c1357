//! Metamethods (manual, section 2.4): look-up, and the operations that consult them, as functions of values
//! that yield a result *or a call to make*.
//!
//! Not here: making the call (`call.rs`), the fast paths (`handlers.rs`).

use super::state::{Raise, Vm};
use crate::heap::pointer::{Pointer, at, to_addr};
use crate::heap::{REGISTERED, string, table};
use dumpfmt::addr::Ref;
use dumpfmt::layout::roots::{BasicType, Event};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::TableObject;
use dumpfmt::layout::userdata::UserdataObject;
use dumpfmt::layout::value::{self, Value};

/// What an operation comes to.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// A result.
    Value(Value),
    /// A function to call with two arguments; its first result is the result.
    Call(Value, Value, Value),
    /// The same, but the result is the negation of its truth.
    CallNot(Value, Value, Value),
}

/// What a store comes to.
#[derive(Clone, Copy, Debug)]
pub enum Stored {
    /// Done.
    Done,
    /// A function to call with three arguments.
    Call(Value, Value, Value, Value),
}

/// How many `__index` or `__newindex` may refer to one another (the reference's MAXTAGLOOP).
const CHAIN_LENGTH_MAX: usize = 2000;

impl Vm {
    /// The metatable of a value, or null.
    pub(crate) fn metatable(&self, value: Value) -> *mut TableObject {
        let basic = match value.kind {
            // SAFETY: an object value is valid.
            value::TABLE => return unsafe { (*at::<TableObject>(value.addr())).metatable.ptr() },
            // SAFETY: as above.
            value::USERDATA => return unsafe { (*at::<UserdataObject>(value.addr())).metatable.ptr() },
            value::NIL => BasicType::Nil,
            value::FALSE | value::TRUE => BasicType::Boolean,
            value::INTEGER | value::FLOAT => BasicType::Number,
            value::SHORT_STRING | value::LONG_STRING => BasicType::String,
            value::FUNCTION | value::NATIVE => BasicType::Function,
            value::COROUTINE => BasicType::Thread,
            _ => BasicType::Pointer,
        };
        self.r().type_metatables[basic as usize].ptr()
    }

    /// The key of an event.
    #[inline(always)]
    pub(super) fn event_name(&self, event: Event) -> *mut StringObject {
        self.r().event_names[event as usize].ptr()
    }

    /// The metamethod in `metatable` (not null), nil when it has none; remembers the absence.
    #[inline(always)]
    pub(super) fn metamethod_in(&self, metatable: *mut TableObject, event: Event) -> Value {
        // SAFETY: a metatable of a valid value is valid.
        unsafe {
            if (*metatable).absent_events & 1 << event as u32 != 0 {
                return Value::NIL;
            }
            let found = table::get_short(metatable, self.event_name(event));
            if found.is_nil() {
                (*metatable).absent_events |= 1 << event as u32;
            }
            found
        }
    }

    /// The metamethod of a value, nil when it has none.
    pub(crate) fn metamethod(&self, value: Value, event: Event) -> Value {
        let metatable = self.metatable(value);
        if metatable.is_null() { Value::NIL } else { self.metamethod_in(metatable, event) }
    }

    /// `object[key]`
    pub(super) fn index(&mut self, mut object: Value, key: Value) -> Result<Outcome, Raise> {
        for _ in 0..CHAIN_LENGTH_MAX {
            let handler;
            if object.kind == value::TABLE {
                let table = at::<TableObject>(object.addr());
                // SAFETY: valid values.
                let found = unsafe { table::get(table, key) };
                if !found.is_nil() {
                    return Ok(Outcome::Value(found));
                }
                // SAFETY: as above.
                let metatable = unsafe { (*table).metatable.ptr() };
                if metatable.is_null() {
                    return Ok(Outcome::Value(Value::NIL));
                }
                handler = self.metamethod_in(metatable, Event::Index);
                if handler.is_nil() {
                    return Ok(Outcome::Value(Value::NIL));
                }
            } else {
                handler = self.metamethod(object, Event::Index);
                if handler.is_nil() {
                    return Err(self.throw_index_error(object));
                }
            }
            if matches!(handler.kind, value::FUNCTION | value::NATIVE) {
                return Ok(Outcome::Call(handler, object, key));
            }
            object = handler;
        }
        Err(self.throw_text(b"'__index' chain too long; possible loop"))
    }

    /// `object[key] = new`
    pub(super) fn set_index(&mut self, mut object: Value, key: Value, new: Value) -> Result<Stored, Raise> {
        for _ in 0..CHAIN_LENGTH_MAX {
            let handler;
            if object.kind == value::TABLE {
                let table = at::<TableObject>(object.addr());
                // SAFETY: valid values.
                unsafe {
                    let metatable: *mut TableObject = (*table).metatable.ptr();
                    let handler_or_nil = |vm: &Vm| {
                        if metatable.is_null() {
                            Value::NIL
                        } else {
                            vm.metamethod_in(metatable, Event::NewIndex)
                        }
                    };
                    if key.kind == value::SHORT_STRING {
                        // Looked for once, whatever comes of it.
                        let node = table::find_short(table, at(key.addr()));
                        let is_present = !node.is_null() && (*node).value_kind != value::NIL;
                        handler = if is_present { Value::NIL } else { handler_or_nil(self) };
                        if handler.is_nil() {
                            table::set_short(&mut self.heap, table, node, key, new)
                                .map_err(|error| self.throw_store_error(error))?;
                            return Ok(Stored::Done);
                        }
                    } else {
                        handler = handler_or_nil(self);
                        if handler.is_nil() || !table::get(table, key).is_nil() {
                            self.raw_set_addr(table, key, new)?;
                            return Ok(Stored::Done);
                        }
                    }
                }
            } else {
                handler = self.metamethod(object, Event::NewIndex);
                if handler.is_nil() {
                    return Err(self.throw_index_error(object));
                }
            }
            if matches!(handler.kind, value::FUNCTION | value::NATIVE) {
                return Ok(Stored::Call(handler, object, key, new));
            }
            object = handler;
        }
        Err(self.throw_text(b"'__newindex' chain too long; possible loop"))
    }

    /// Raw store with the errors of the language.
    ///
    /// # Safety
    /// All are valid.
    pub(super) unsafe fn raw_set_addr(
        &mut self,
        table: *mut TableObject,
        key: Value,
        new: Value,
    ) -> Result<(), Raise> {
        // SAFETY: the caller's.
        unsafe { table::set(&mut self.heap, table, key, new) }.map_err(|error| self.throw_store_error(error))
    }

    /// The error of a raw store that cannot be made.
    #[cold]
    pub(super) fn throw_store_error(&mut self, error: table::StoreError) -> Raise {
        match error {
            table::StoreError::NilKey => self.throw_text(b"table index is nil"),
            table::StoreError::NanKey => self.throw_text(b"table index is NaN"),
            table::StoreError::Overflow => self.throw_text(b"table overflow"),
            table::StoreError::Memory => self.throw_memory(),
        }
    }

    /// Equality without metamethods.
    #[inline]
    pub fn raw_equals(&self, a: Value, b: Value) -> bool {
        if a.kind != b.kind {
            return match (a.kind, b.kind) {
                (value::INTEGER, value::FLOAT) => a.as_integer() as f64 == b.as_float() && exact(a, b),
                (value::FLOAT, value::INTEGER) => a.as_float() == b.as_integer() as f64 && exact(b, a),
                _ => false,
            };
        }
        match a.kind {
            value::NIL | value::FALSE | value::TRUE => true,
            value::FLOAT => a.as_float() == b.as_float(),
            // SAFETY: valid strings.
            value::LONG_STRING => unsafe { string::equal(at(a.addr()), at(b.addr())) },
            _ => a.payload == b.payload,
        }
    }

    /// `a == b`: decided, or the `__eq` to call with both.
    pub(super) fn equals(&mut self, a: Value, b: Value) -> Result<bool, Value> {
        let comparable = a.kind == b.kind && matches!(a.kind, value::TABLE | value::USERDATA);
        if !comparable || a.payload == b.payload {
            return Ok(self.raw_equals(a, b));
        }
        for operand in [a, b] {
            let handler = self.metamethod(operand, Event::Equal);
            if !handler.is_nil() {
                return Err(handler);
            }
        }
        Ok(false)
    }

    /// `#object`
    pub(super) fn length(&mut self, object: Value) -> Result<Outcome, Raise> {
        // SAFETY: valid values.
        unsafe {
            match object.kind {
                value::SHORT_STRING | value::LONG_STRING => {
                    let length = (*at::<StringObject>(object.addr())).length;
                    Ok(Outcome::Value(Value::integer(length as i64)))
                }
                value::TABLE => {
                    let table = at::<TableObject>(object.addr());
                    let metatable: *mut TableObject = (*table).metatable.ptr();
                    if !metatable.is_null() {
                        let handler = self.metamethod_in(metatable, Event::Length);
                        if !handler.is_nil() {
                            return Ok(Outcome::Call(handler, object, object));
                        }
                    }
                    Ok(Outcome::Value(Value::integer(table::length(table) as i64)))
                }
                _ => {
                    let handler = self.metamethod(object, Event::Length);
                    if handler.is_nil() {
                        return Err(self.throw_operand_error(object, "get length of"));
                    }
                    Ok(Outcome::Call(handler, object, object))
                }
            }
        }
    }

    /// Gives an object a metatable (null: none) and draws the consequences of `__gc` and `__mode`.
    pub(crate) fn set_metatable_addr(&mut self, object: Value, metatable: *mut TableObject) {
        // SAFETY: valid values.
        unsafe {
            match object.kind {
                value::TABLE => {
                    let table = at::<TableObject>(object.addr());
                    (*table).metatable = Ref::new(to_addr(metatable));
                    let weakness = if metatable.is_null() { 0 } else { self.weakness(metatable) };
                    (*table).header.flags = (*table).header.flags & REGISTERED | weakness;
                    self.heap.note_weakness(table);
                }
                value::USERDATA => {
                    (*at::<UserdataObject>(object.addr())).metatable = Ref::new(to_addr(metatable));
                }
                _ => {}
            }
            if metatable.is_null() {
                return;
            }
            self.heap.barrier(Value::object(value::TABLE, to_addr(metatable)));
            if !self.metamethod_in(metatable, Event::Gc).is_nil() {
                self.heap.register_finalizer(object);
            }
        }
    }

    fn weakness(&self, metatable: *mut TableObject) -> u8 {
        let mode = self.metamethod_in(metatable, Event::Mode);
        if !mode.is_string() {
            return 0;
        }
        // SAFETY: a valid string.
        let mode = unsafe { string::bytes(at(mode.addr())) };
        let keys = if mode.contains(&b'k') { dumpfmt::layout::table::WEAK_KEYS } else { 0 };
        let values = if mode.contains(&b'v') { dumpfmt::layout::table::WEAK_VALUES } else { 0 };
        keys | values
    }
}

/// Whether the integer is exactly the number the float is, given that they are equal as floats.
fn exact(integer: Value, float: Value) -> bool {
    dumpfmt::numeral::float_to_integer(float.as_float()) == Some(integer.as_integer())
}
