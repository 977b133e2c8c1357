//! What a program around the runtime needs of it: values that it holds, functions that it lends to Lua, calls
//! whose errors come to it.
//!
//! Values are kept alive by a table of the registry, so that a dump shows who holds them. A place in it is given
//! back when the last [`Kept`] goes, and used again when the next value is kept: letting go needs no runtime.
//!
//! Invariant: no error goes past [`Vm::host_call`], and a panic that does leaves a mark.
//! Not here: the types that such a program sees (`runtime.rs`).

use super::native::Table;
use super::state::{HostFunction, NATIVE_SLOTS, NativeResult, Raise, Vm};
use crate::fatal::signal::watch_interrupt;
use crate::heap::pointer::to_addr;
use dumpfmt::addr::Addr;
use dumpfmt::layout::userdata::Class;
use dumpfmt::layout::value::{self, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// The field of the registry with the values that are held.
const KEPT: &str = "_HOST";
/// The field of the registry with the metatable of what stands for a function.
const METATABLE: &str = "_HOST_FUNCTION";

/// A value that stays alive as long as this, or a clone of it, does.
#[derive(Clone, Debug)]
pub struct Kept(Rc<Place>);

#[derive(Debug)]
struct Place {
    number: i64,
    /// What tells the value from all others of its runtime.
    identity: (u8, u64),
    released: Rc<RefCell<Vec<i64>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.released.borrow_mut().push(self.number);
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Kept) -> bool {
        Rc::ptr_eq(&self.0.released, &other.0.released) && self.0.identity == other.0.identity
    }
}

/// Marks the runtime when a panic goes past.
struct PanicMark<'a> {
    vm: &'a mut Vm,
    is_over: bool,
}

impl Drop for PanicMark<'_> {
    fn drop(&mut self) {
        self.vm.host.is_broken |= !self.is_over;
    }
}

impl Vm {
    /// Keeps a value alive for the program around the runtime.
    pub(crate) fn keep(&mut self, value: Value) -> Result<Kept, Raise> {
        let table = self.kept_table()?;
        let released = core::mem::take(&mut *self.host.released.borrow_mut());
        for number in released {
            self.raw_set_integer(table, number, Value::NIL)?;
            self.host.free_places.push(number);
        }
        let number = self.host.free_places.pop().unwrap_or(self.host.last_place + 1);
        let stored = self.raw_set_integer(table, number, value);
        let place =
            Place { number, identity: (value.kind, value.payload), released: Rc::clone(&self.host.released) };
        self.host.last_place = self.host.last_place.max(number);
        // Should it not have been stored, this gives its place back.
        let kept = Kept(Rc::new(place));
        stored.map(|()| kept)
    }

    fn kept_table(&mut self) -> Result<Table, Raise> {
        let registry = self.registry();
        if let Some(table) = Table::of(self.raw_get_field(registry, KEPT)?) {
            return Ok(table);
        }
        let table = self.new_table(4, 0)?;
        self.raw_set_field(registry, KEPT, table.value())?;
        Ok(table)
    }

    /// Whether a value was kept by this runtime.
    pub(crate) fn has_kept(&self, kept: &Kept) -> bool {
        Rc::ptr_eq(&kept.0.released, &self.host.released)
    }

    /// A value that this runtime keeps.
    pub(crate) fn kept(&mut self, kept: &Kept) -> Result<Value, Raise> {
        let value = self.kept_table()?.get_integer(kept.0.number);
        if (value.kind, value.payload) != kept.0.identity {
            return Err(self.throw_text(b"the program has tampered with the values that its host holds"));
        }
        Ok(value)
    }

    /// A Lua function that calls one of the program around the runtime, which goes when Lua lets go of it.
    pub(crate) fn host_function(&mut self, name: &str, function: HostFunction) -> Result<Value, Raise> {
        let metatable = self.function_metatable()?;
        let number = self.host.free_numbers.pop().unwrap_or_else(|| {
            self.host.functions.push(None);
            self.host.functions.len() as u64
        });
        self.host.functions[number as usize - 1] = Some(function);
        let token = self.new_userdata(Class::Plain, number, 0, Some(metatable))?;
        self.native(name, call_host, &[token])
    }

    fn function_metatable(&mut self) -> Result<Table, Raise> {
        let registry = self.registry();
        if let Some(metatable) = Table::of(self.raw_get_field(registry, METATABLE)?) {
            return Ok(metatable);
        }
        let metatable = self.new_table(0, 1)?;
        let release = self.native("release", release_host, &[])?;
        self.raw_set_field(metatable, "__gc", release)?;
        self.raw_set_field(registry, METATABLE, metatable.value())?;
        Ok(metatable)
    }

    /// The message handler for errors that nobody handles, if one is set.
    pub(super) fn host_handler(&mut self) -> Option<Value> {
        let number = self.host.handler?;
        let table = self.kept_table().ok()?;
        Some(table.get_integer(number)).filter(|handler| !handler.is_nil())
    }

    /// Runs `work` with a message handler for errors that nobody handles.
    pub(crate) fn with_host_handler<T>(&mut self, handler: &Kept, work: impl FnOnce(&mut Vm) -> T) -> T {
        let before = self.host.handler.replace(handler.0.number);
        let result = work(self);
        self.host.handler = before;
        result
    }

    /// Runs `work` for the program around the runtime, on top of whatever runs. What it has pushed is gone
    /// afterwards. `Err` when it has raised an error, once what was open is closed: the error's value is the
    /// current one, with the report if nobody in Lua would have stopped it.
    pub(crate) fn host_call<T>(
        &mut self,
        work: impl FnOnce(&mut Vm) -> Result<T, Raise>,
    ) -> Result<T, Option<super::FatalReport>> {
        let was_dying = self.fatal.is_some();
        let frame = self.r().frame.0 - to_addr(self.oldest_frame()).0;
        let level = self.slot_below(0);
        let mut mark = PanicMark { vm: self, is_over: false };
        let result = mark.vm.ensure_stack(NATIVE_SLOTS).and_then(|()| work(mark.vm));
        mark.is_over = true;
        drop(mark);
        self.r().frame = Addr(to_addr(self.oldest_frame()).0 + frame);
        match result {
            Ok(result) => {
                self.pop_many((self.slot_below(0) - level) as u32);
                Ok(result)
            }
            Err(raise) => {
                self.close_after_error(level, raise);
                Err(if was_dying { None } else { self.take_report() })
            }
        }
    }

    /// Runs `work`, in which SIGINT raises "interrupted!" once; see `fatal/signal.rs`.
    pub(crate) fn interruptible<T>(&mut self, work: impl FnOnce(&mut Vm) -> T) -> T {
        // SAFETY: the roots live as long as the runtime, and the watch ends here.
        let watch = unsafe { watch_interrupt(self.roots) };
        let result = work(self);
        drop(watch);
        result
    }

    /// Throws an error on that has come to the program around the runtime, with what is known of it.
    pub(crate) fn throw_on(&mut self, error: Value, report: Option<super::FatalReport>) -> Raise {
        self.r().error = error;
        if self.fatal.is_none() {
            self.fatal = report;
        }
        self.throw_again()
    }

    /// An error has come out of a callback of the event loop: whoever is to be told is told, else the error
    /// leaves the loop.
    pub(crate) fn callback_failed(&mut self, raise: Raise) -> Result<(), Raise> {
        let level = self.slot_below(0);
        self.close_after_error(level, raise);
        match self.host.callback_failure.clone() {
            Some(tell) => {
                tell(self);
                Ok(())
            }
            None => Err(self.throw_again()),
        }
    }
}

/// What Lua calls in place of a function of the program around the runtime.
fn call_host(vm: &mut Vm) -> NativeResult {
    let number = vm.userdata(vm.upvalue(0)).map_or(0, |(_, number)| number as usize);
    match vm.host.functions.get(number.wrapping_sub(1)).cloned().flatten() {
        Some(function) => function(vm),
        None => Err(vm.error("this function of the host is gone")),
    }
}

/// The finalizer of what stands for a function.
fn release_host(vm: &mut Vm) -> NativeResult {
    let token = vm.arg(1);
    let registry = vm.registry();
    let ours = vm.raw_get_field(registry, METATABLE)?;
    let is_token = token.kind == value::USERDATA && vm.metatable_of(token) == Table::of(ours);
    if let Some((_, number)) = vm.userdata(token).filter(|&(_, number)| is_token && number > 0) {
        vm.set_userdata_handle(token, 0);
        vm.host.functions[number as usize - 1] = None;
        vm.host.free_numbers.push(number);
    }
    Ok(super::Step::results(0))
}
