//! What native functions are written with: arguments, results, values, calls. Safe to use as a whole.
//!
//! A native function finds its arguments as `1..=arg_count()`, pushes its results and returns how many of the
//! topmost values they are ([`Step::results`]). It may push [`NATIVE_SLOTS`](super::state::NATIVE_SLOTS)
//! values without asking, more after [`Vm::reserve_stack`].
//!
//! Invariant (the collector's): a collection happens only at safepoints, and the only ones that a native
//! function meets are calls back into Lua (`call`, `index`, `less_than`, …) and its own end. Between two of
//! them any value may be held in a Rust variable. Across one, only what is reachable from the stack, the
//! arguments or a table stays alive.

use super::metatable::{Outcome, Stored};
use super::state::{NativeEntry, NativeFunction, NativeResult, Raise, Step, Vm};
use crate::heap::pointer::{Pointer, at, load, store, to_addr, to_ref};
use crate::heap::{string, table};
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::{FRAME_DELIVERY, Frame, FrameKind};
use dumpfmt::layout::function::{FunctionObject, NativeObject};
use dumpfmt::layout::roots::{BasicType, Event};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::{TableObject, ValuesObject};
use dumpfmt::layout::userdata::{Class, UserdataObject};
use dumpfmt::layout::value::{self, Origin, Value};
use dumpfmt::numeral;
use dumpfmt::record::{Site, SiteStack};

/// A string. Valid as a value held in Rust is: see the module's invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Str(*mut StringObject);

impl Str {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: a `Str` is made of a valid string only; the module's invariant keeps it so.
        unsafe { string::bytes(self.0) }
    }

    /// As a value.
    pub fn value(self) -> Value {
        // SAFETY: as above.
        let short = unsafe { (*self.0).header.flags & dumpfmt::layout::string::SHORT != 0 };
        Value::object(if short { value::SHORT_STRING } else { value::LONG_STRING }, to_addr(self.0))
    }

    /// The string a value is, if it is one.
    pub fn of(value: Value) -> Option<Str> {
        value.is_string().then(|| Str(at(value.addr())))
    }
}

/// A table. Valid as a value held in Rust is: see the module's invariant. Access is raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table(pub(crate) *mut TableObject);

impl Table {
    /// The table a value is, if it is one.
    pub fn of(value: Value) -> Option<Table> {
        (value.kind == value::TABLE).then(|| Table(at(value.addr())))
    }

    /// As a value.
    pub fn value(self) -> Value {
        Value::object(value::TABLE, to_addr(self.0))
    }

    /// The value at a key, nil when absent.
    pub fn get(self, key: Value) -> Value {
        // SAFETY: a `Table` is made of a valid table only; the module's invariant keeps it so.
        unsafe { table::get(self.0, key) }
    }

    /// The value at an integer key.
    pub fn get_integer(self, key: i64) -> Value {
        // SAFETY: as above.
        unsafe { table::get_integer(self.0, key) }
    }

    /// A border.
    pub fn length(self) -> i64 {
        // SAFETY: as above.
        unsafe { table::length(self.0) as i64 }
    }

    /// The entry after `key` (nil: the first), `Ok(None)` at the end, `Err` when the key is not there.
    pub fn next(self, key: Value) -> Result<Option<(Value, Value)>, table::InvalidKey> {
        // SAFETY: as above.
        unsafe { table::next(self.0, key) }
    }

    /// The metatable, if it has one.
    pub fn metatable(self) -> Option<Table> {
        // SAFETY: as above.
        let metatable: *mut TableObject = unsafe { (*self.0).metatable.ptr() };
        (!metatable.is_null()).then_some(Table(metatable))
    }

    /// The values from key `first` on, `count` of them, if they all lie in the array part.
    pub(crate) fn array_slots(self, first: u64, count: u64) -> Option<*mut Value> {
        // SAFETY: as above; the range is checked.
        unsafe {
            let inside = first >= 1 && first - 1 + count <= (*self.0).array_limit as u64;
            (inside && count > 0).then(|| table::array_slot(self.0, first))
        }
    }
}

impl Vm {
    // ---- results ---------------------------------------------------------------------------------------

    /// Returns one value.
    #[inline(always)]
    pub fn ret(&mut self, value: Value) -> NativeResult {
        self.push(value);
        Ok(Step::results(1))
    }

    /// Returns a string.
    pub fn ret_string(&mut self, bytes: &[u8]) -> NativeResult {
        let value = self.string(bytes)?.value();
        self.ret(value)
    }

    /// Pushes a string.
    pub fn push_string(&mut self, bytes: &[u8]) -> Result<(), Raise> {
        let value = self.string(bytes)?.value();
        self.push(value);
        Ok(())
    }

    /// Makes room for `count` more values.
    pub fn reserve_stack(&mut self, count: usize) -> Result<(), Raise> {
        self.ensure_stack(count)
    }

    /// The value `distance` below the top: 1 is the topmost.
    pub fn peek(&self, distance: u32) -> Value {
        // SAFETY: the caller has pushed that many values.
        unsafe { load(self.top().sub(distance as usize)) }
    }

    // ---- values ----------------------------------------------------------------------------------------

    /// A string with these bytes.
    #[inline]
    pub fn string(&mut self, bytes: &[u8]) -> Result<Str, Raise> {
        match string::create(&mut self.heap, bytes) {
            Ok(value) => Ok(Str(at(value.addr()))),
            Err(_) => Err(self.throw_memory()),
        }
    }

    /// The text of a number, as `tostring` gives it.
    pub fn number_to_string(&mut self, number: Value) -> Result<Str, Raise> {
        let text = if number.kind == value::INTEGER {
            numeral::integer_text(number.as_integer())
        } else {
            numeral::float_text(number.as_float())
        };
        self.string(text.as_bytes())
    }

    /// An empty table with room for `array` items and `fields` other keys.
    pub fn new_table(&mut self, array: u32, fields: u32) -> Result<Table, Raise> {
        let table = table::create(&mut self.heap, Addr::NULL).map_err(|_| self.throw_memory())?;
        if array > 0 || fields > 0 {
            // SAFETY: a fresh table.
            unsafe { table::reserve(&mut self.heap, table, array, fields) }
                .map_err(|error| self.throw_store_error(error))?;
        }
        Ok(Table(table))
    }

    /// Raw store.
    pub fn raw_set(&mut self, table: Table, key: Value, new: Value) -> Result<(), Raise> {
        // SAFETY: a `Table` and values held in Rust are valid by the module's invariant.
        unsafe { self.raw_set_addr(table.0, key, new) }
    }

    /// Raw store at an integer key.
    #[inline]
    pub fn raw_set_integer(&mut self, table: Table, key: i64, new: Value) -> Result<(), Raise> {
        // SAFETY: as above.
        unsafe { table::set_integer(&mut self.heap, table.0, key, new) }
            .map_err(|error| self.throw_store_error(error))
    }

    /// Raw store at a string key.
    pub fn raw_set_field(&mut self, table: Table, name: &str, new: Value) -> Result<(), Raise> {
        let key = self.string(name.as_bytes())?.value();
        self.raw_set(table, key, new)
    }

    /// The raw value at a string key, nil when absent.
    pub fn raw_get_field(&mut self, table: Table, name: &str) -> Result<Value, Raise> {
        let key = self.string(name.as_bytes())?.value();
        Ok(table.get(key))
    }

    /// Gives a table or userdata a metatable.
    pub fn set_metatable(&mut self, object: Value, metatable: Option<Table>) {
        self.set_metatable_addr(object, metatable.map_or(core::ptr::null_mut(), |table| table.0));
    }

    /// The metatable of any value.
    pub fn metatable_of(&self, value: Value) -> Option<Table> {
        let metatable = self.metatable(value);
        (!metatable.is_null()).then_some(Table(metatable))
    }

    /// Sets the metatable that all values of a basic type share.
    pub fn set_type_metatable(&mut self, of: BasicType, metatable: Option<Table>) {
        let metatable = metatable.map_or(core::ptr::null_mut(), |table| table.0);
        self.r().type_metatables[of as usize] = to_ref(metatable);
        if !metatable.is_null() {
            self.heap.shade_object(to_addr(metatable), Kind::Table);
        }
    }

    /// The global table.
    pub fn globals(&self) -> Table {
        Table(self.r().globals.ptr())
    }

    /// The registry: a table that Lua code does not see (but through `debug`).
    pub fn registry(&self) -> Table {
        Table(self.r().registry.ptr())
    }

    /// A function of the runtime, `name` as tracebacks and dumps show it, closing over `values`.
    pub fn native(&mut self, name: &str, function: NativeFunction, values: &[Value]) -> Result<Value, Raise> {
        let is_it = |entry: &NativeEntry| {
            core::ptr::fn_addr_eq(entry.function, function) && entry.library.is_empty() && entry.name == name
        };
        // From the end: those that are made while a program runs were noted after all of the library.
        let id = self.natives.iter().rposition(is_it).unwrap_or_else(|| {
            self.natives.push(NativeEntry { library: "", name: name.to_string().into(), function });
            self.natives.len() - 1
        });
        self.native_with_id(id as u32, values)
    }

    /// A function of a library, which registers each of its functions once: to look for all of them among those
    /// before it, and to put their names together, took 3 % of the start.
    pub(crate) fn library_function(
        &mut self,
        library: &'static str,
        name: &'static str,
        function: NativeFunction,
    ) -> Result<Value, Raise> {
        self.natives.push(NativeEntry { library, name: name.into(), function });
        self.native_with_id(self.natives.len() as u32 - 1, &[])
    }

    /// A function that [`Vm::native`] has registered before, by its id; cheaper than by its name.
    pub(crate) fn native_with_id(&mut self, id: u32, values: &[Value]) -> Result<Value, Raise> {
        let bytes = NativeObject::VALUES as usize + core::mem::size_of_val(values);
        let object = self.heap.allocate(Kind::Native, bytes).map_err(|_| self.throw_memory())?;
        let object = object.cast::<NativeObject>();
        // SAFETY: a fresh slot of this size.
        unsafe {
            (*object).header.extra = values.len() as u16;
            (*object).entry = Addr(self.natives[id as usize].function as usize as u64);
            (*object).id = id;
            (*object).zero = 0;
            let first = object.cast::<u8>().add(NativeObject::VALUES as usize).cast::<Value>();
            for (index, &value) in values.iter().enumerate() {
                first.add(index).write(value);
                self.heap.barrier(value);
            }
        }
        Ok(Value::object(value::NATIVE, to_addr(object)))
    }

    fn upvalue_slot(&self, index: u32) -> *mut Value {
        // SAFETY: the innermost frame is that of a valid native function.
        unsafe {
            let function = load(at::<Value>(self.frame().base).sub(1));
            let object = at::<NativeObject>(function.addr());
            assert!(index < (*object).header.extra as u32, "a value that the function closes over");
            object.cast::<u8>().add(NativeObject::VALUES as usize).cast::<Value>().add(index as usize)
        }
    }

    /// Value `index` (from 0) that the running native function closes over.
    pub fn upvalue(&self, index: u32) -> Value {
        // SAFETY: `upvalue_slot` checks the index.
        unsafe { load(self.upvalue_slot(index)) }
    }

    /// Replaces a value that the running native function closes over.
    pub fn set_upvalue(&mut self, index: u32, value: Value) {
        // SAFETY: `upvalue_slot` checks the index.
        unsafe { store(self.upvalue_slot(index), value) };
        self.heap.barrier(value);
    }

    /// A userdata that stands for `handle` of the runtime's side, with room for `user_values` values (nil at
    /// first).
    pub fn new_userdata(
        &mut self,
        class: Class,
        handle: u64,
        user_values: u32,
        metatable: Option<Table>,
    ) -> Result<Value, Raise> {
        let values = if user_values == 0 {
            core::ptr::null_mut()
        } else {
            let bytes = ValuesObject::VALUES as usize + user_values as usize * size_of::<Value>();
            let values = self.heap.allocate(Kind::Values, bytes).map_err(|_| self.throw_memory())?;
            let values = values.cast::<ValuesObject>();
            // SAFETY: a fresh slot of this size.
            unsafe {
                (*values).capacity = user_values;
                (*values).length = user_values;
                let first = values.cast::<u8>().add(ValuesObject::VALUES as usize);
                core::ptr::write_bytes(first, 0, user_values as usize * size_of::<Value>());
            }
            values
        };
        let object = self.heap.allocate(Kind::Userdata, size_of::<UserdataObject>());
        let object = object.map_err(|_| self.throw_memory())?.cast::<UserdataObject>();
        // SAFETY: a fresh slot of this size.
        unsafe {
            (*object).metatable = dumpfmt::addr::Ref::NULL;
            (*object).user_values = to_ref(values);
            (*object).class = class as u32;
            (*object).zero = 0;
            (*object).handle = handle;
        }
        let value = Value::object(value::USERDATA, to_addr(object));
        self.set_metatable(value, metatable);
        Ok(value)
    }

    /// Class and handle of a userdata.
    pub fn userdata(&self, userdata: Value) -> Option<(u32, u64)> {
        // SAFETY: a userdata value is valid.
        (userdata.kind == value::USERDATA).then(|| unsafe {
            let object = at::<UserdataObject>(userdata.addr());
            ((*object).class, (*object).handle)
        })
    }

    /// Changes the handle of a userdata (0: what it stood for is gone).
    pub fn set_userdata_handle(&mut self, userdata: Value, handle: u64) {
        assert_eq!(userdata.kind, value::USERDATA);
        // SAFETY: a userdata value is valid.
        unsafe { (*at::<UserdataObject>(userdata.addr())).handle = handle };
    }

    fn user_value_slot(&self, userdata: Value, index: u32) -> Option<*mut Value> {
        if userdata.kind != value::USERDATA {
            return None;
        }
        // SAFETY: a userdata value is valid; the index is checked.
        unsafe {
            let values: *mut ValuesObject = (*at::<UserdataObject>(userdata.addr())).user_values.ptr();
            if values.is_null() || index == 0 || index > (*values).length {
                return None;
            }
            Some(values.cast::<Value>().add(index as usize))
        }
    }

    /// User value `index` (from 1) of a userdata, `None` when it has no such value.
    pub fn user_value(&self, userdata: Value, index: u32) -> Option<Value> {
        // SAFETY: `user_value_slot` checks the index.
        self.user_value_slot(userdata, index).map(|slot| unsafe { load(slot) })
    }

    /// Sets a user value; false when there is no such one.
    pub fn set_user_value(&mut self, userdata: Value, index: u32, value: Value) -> bool {
        let Some(slot) = self.user_value_slot(userdata, index) else { return false };
        // SAFETY: `user_value_slot` checks the index.
        unsafe { store(slot, value) };
        self.heap.barrier(value);
        true
    }

    // ---- operations of the language, metamethods included: each may call Lua, hence is a safepoint --------

    fn settle(&mut self, outcome: Outcome) -> Result<Value, Raise> {
        match outcome {
            Outcome::Value(value) => Ok(value),
            Outcome::Call(handler, x, y) => self.call_value(handler, &[x, y]),
            Outcome::CallNot(handler, x, y) => {
                let result = self.call_value(handler, &[x, y])?;
                Ok(Value::boolean(result.is_falsy()))
            }
        }
    }

    /// Calls `function` and gives its first result.
    pub fn call_value(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Raise> {
        self.ensure_stack(arguments.len() + 1)?;
        self.push(function);
        for &argument in arguments {
            self.push(argument);
        }
        self.call(arguments.len() as u32, 1)?;
        Ok(self.pop())
    }

    /// `object[key]`
    pub fn get_index(&mut self, object: Value, key: Value) -> Result<Value, Raise> {
        let outcome = self.index(object, key)?;
        self.settle(outcome)
    }

    /// `object[key] = new`
    pub fn put_index(&mut self, object: Value, key: Value, new: Value) -> Result<(), Raise> {
        match self.set_index(object, key, new)? {
            Stored::Done => Ok(()),
            Stored::Call(handler, object, key, new) => {
                self.ensure_stack(4)?;
                for value in [handler, object, key, new] {
                    self.push(value);
                }
                self.call(3, 0)
            }
        }
    }

    /// `a == b`
    pub fn values_equal(&mut self, a: Value, b: Value) -> Result<bool, Raise> {
        match self.equals(a, b) {
            Ok(equal) => Ok(equal),
            Err(handler) => Ok(!self.call_value(handler, &[a, b])?.is_falsy()),
        }
    }

    /// `a < b`
    #[inline]
    pub fn less_than(&mut self, a: Value, b: Value) -> Result<bool, Raise> {
        if a.kind == value::INTEGER && b.kind == value::INTEGER {
            return Ok(a.as_integer() < b.as_integer());
        }
        let outcome = self.order(Event::LessThan, a, b)?;
        Ok(!self.settle(outcome)?.is_falsy())
    }

    /// `#object` as an integer
    pub fn length_of(&mut self, object: Value) -> Result<i64, Raise> {
        let outcome = self.length(object)?;
        let length = self.settle(outcome)?;
        match super::arith::to_number(length).and_then(super::arith::to_integer) {
            Some(length) => Ok(length),
            None => Err(self.error("object length is not an integer")),
        }
    }

    /// `a event b`
    pub fn arith(&mut self, event: Event, a: Value, b: Value) -> Result<Value, Raise> {
        let outcome = self.arithmetic(event, a, b)?;
        self.settle(outcome)
    }

    /// The text that `tostring` gives, `__tostring` and `__name` included.
    pub fn to_text(&mut self, value: Value) -> Result<Str, Raise> {
        let handler = self.metamethod(value, Event::ToString);
        if !handler.is_nil() {
            let text = self.call_value(handler, &[value])?;
            return match Str::of(text) {
                Some(text) => Ok(text),
                None if matches!(text.kind, value::INTEGER | value::FLOAT) => self.number_to_string(text),
                None => Err(self.error("'__tostring' must return a string")),
            };
        }
        match value.kind {
            value::SHORT_STRING | value::LONG_STRING => Ok(Str(at(value.addr()))),
            value::INTEGER | value::FLOAT => self.number_to_string(value),
            value::NIL => self.string(b"nil"),
            value::FALSE => self.string(b"false"),
            value::TRUE => self.string(b"true"),
            _ => {
                let mut text = match value.kind {
                    value::POINTER => b"userdata".to_vec(),
                    _ => self.type_name(value),
                };
                text.extend_from_slice(format!(": {:#x}", value.payload).as_bytes());
                self.string(&text)
            }
        }
    }

    /// Where the caller of the running native function is: the address that a nil which the function produces
    /// by design (a missing file, an absent key) may carry as its origin.
    pub fn nil_here(&self) -> Value {
        let caller = Addr(self.r().frame.0 - size_of::<Frame>() as u64);
        // SAFETY: every native frame has one below it.
        let pc = unsafe { (*at::<Frame>(caller)).pc };
        Value::nil_from(Addr(pc.0.wrapping_sub(4)), Origin::NativeResult)
    }

    // ---- for natives that are called often ----------------------------------------------------------------

    /// A string of `length` bytes that `fill` writes; what the bytes are before is not said.
    #[inline]
    pub(crate) fn string_with(&mut self, length: usize, fill: impl FnOnce(&mut [u8])) -> Result<Str, Raise> {
        if length <= dumpfmt::bytecode::SHORT_STRING_LENGTH_MAX {
            let mut bytes = [0; dumpfmt::bytecode::SHORT_STRING_LENGTH_MAX];
            fill(&mut bytes[..length]);
            return self.string(&bytes[..length]);
        }
        self.long_string_with(length, |_, bytes| fill(bytes))
    }

    /// The same of a string that is too long to be interned. `fill` meets no safepoint.
    pub(crate) fn long_string_with(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut Vm, &mut [u8]),
    ) -> Result<Str, Raise> {
        let string = string::create_long(&mut self.heap, length).map_err(|_| self.throw_memory())?;
        // SAFETY: a fresh string with room for `length` bytes, which any bytes may fill; no other reference to it exists.
        fill(self, unsafe { core::slice::from_raw_parts_mut(string::first_byte(string), length) });
        Ok(Str(string))
    }

    /// Another closure of the native function `like`, over these values.
    pub(crate) fn native_like(&mut self, like: Value, values: &[Value]) -> Result<Value, Raise> {
        assert_eq!(like.kind, value::NATIVE);
        // SAFETY: a valid native function.
        let id = unsafe { (*at::<NativeObject>(like.addr())).id };
        self.native_with_id(id, values)
    }

    /// Copies `count` items from the keys at `from` in one table to those at `to` in one that may be the same; false
    /// when that takes more than moving memory, and nothing was done.
    pub(crate) fn move_items(&mut self, source: (Table, i64), target: (Table, i64), count: i64) -> bool {
        if self.r().marking != 0 || source.1 < 1 || target.1 < 1 || count < 1 {
            return false;
        }
        let source = source.0.array_slots(source.1 as u64, count as u64);
        let target = target.0.array_slots(target.1 as u64, count as u64);
        let (Some(source), Some(target)) = (source, target) else { return false };
        // SAFETY: both ranges lie in array parts; no barrier is due while nothing is marked.
        unsafe { core::ptr::copy(source, target, count as usize) };
        true
    }

    /// [`Vm::reserve_stack`] with the word of what there is too much of.
    pub(crate) fn check_stack(&mut self, count: usize, what: &str) -> Result<(), Raise> {
        if count > self.stack_room() {
            return Err(self.error(&format!("stack overflow ({what})")));
        }
        self.reserve_stack(count)
    }

    /// How many values the running coroutine's stack could still hold if it grew to its limit.
    pub(crate) fn stack_room(&self) -> usize {
        let used = (self.r().top.0 - self.stack_first().0) / size_of::<Value>() as u64;
        super::state::STACK_LENGTH_MAX.saturating_sub(used) as usize
    }

    // ---- for the event loop -------------------------------------------------------------------------------

    /// The innermost Lua code of the running coroutine: where an error is raised, or caught.
    pub(crate) fn innermost_site(&self) -> Site {
        let mut frame = self.r().frame;
        // SAFETY: as in `creation_stack`.
        unsafe {
            let oldest = to_addr(self.first_frame(self.current()));
            while frame >= oldest {
                let view = &*at::<Frame>(frame);
                if view.kind() == Some(FrameKind::Lua) {
                    let function = at::<FunctionObject>((*at::<Value>(view.base).sub(1)).addr());
                    return Site { function: (*function).prototype.addr, pc: view.pc };
                }
                frame.0 -= size_of::<Frame>() as u64;
            }
        }
        Site::default()
    }

    /// The innermost frame has caught the error in `Roots::error`: notes it in the flight recorder.
    pub(crate) fn note_caught(&mut self) {
        let error = self.r().error;
        let caught = self.innermost_site();
        let message = Str::of(error);
        let text = message.as_ref().map_or(&b""[..], Str::bytes);
        self.event_loop.note_caught(error, text, caught);
    }

    /// The Lua code that runs, innermost first: up to the delivery it is part of, through the coroutines that
    /// resumed one another. Allocates nothing.
    pub(crate) fn creation_stack(&self) -> SiteStack {
        let mut stack = SiteStack::new();
        let mut coroutine = self.current();
        let mut frame = self.r().frame;
        loop {
            // SAFETY: the frames of a coroutine lie one below the other; `base[-1]` of a Lua frame is a valid
            // closure; the chain of resumers is made of valid coroutines and ends.
            unsafe {
                let oldest = to_addr(self.first_frame(coroutine));
                while frame >= oldest {
                    let view = &*at::<Frame>(frame);
                    if view.flags & FRAME_DELIVERY != 0 {
                        return stack;
                    }
                    if view.kind() == Some(FrameKind::Lua) {
                        let function = at::<FunctionObject>((*at::<Value>(view.base).sub(1)).addr());
                        let site = Site { function: (*function).prototype.addr, pc: view.pc };
                        if !stack.push(site) {
                            return stack;
                        }
                    }
                    frame.0 -= size_of::<Frame>() as u64;
                }
                coroutine = (*coroutine).resumer.ptr();
                if coroutine.is_null() {
                    return stack;
                }
                frame = (*coroutine).frame;
            }
        }
    }
}
