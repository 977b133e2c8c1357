//! Between the values of a host and those of the heap; between its errors and Lua's.

use super::Lua;
use super::error::{Detail, Error, ErrorKind};
use super::value::{Function, Opaque, Table, Value};
use crate::interp::{FatalReport, Raise, Str, Vm};
use dumpfmt::layout::value::{self as kinds, Value as Raw};

/// A value of the heap for the host. A safepoint is not met: the value may be anywhere.
pub(super) fn lift(vm: &mut Vm, raw: Raw) -> Result<Value, Raise> {
    Ok(match raw.kind {
        kinds::NIL => Value::Nil,
        kinds::FALSE => Value::Boolean(false),
        kinds::TRUE => Value::Boolean(true),
        kinds::INTEGER => Value::Integer(raw.as_integer()),
        kinds::FLOAT => Value::Float(raw.as_float()),
        kinds::TABLE => Value::Table(Table(vm.keep(raw)?)),
        kinds::FUNCTION | kinds::NATIVE => Value::Function(Function(vm.keep(raw)?)),
        _ => match Str::of(raw) {
            Some(text) => Value::String(text.bytes().to_vec()),
            None => Value::Opaque(Opaque(vm.keep(raw)?, raw.type_name().unwrap_or("userdata"))),
        },
    })
}

/// A value of the host for the heap; the host's own check says that it belongs there.
pub(super) fn lower(vm: &mut Vm, value: &Value) -> Result<Raw, Raise> {
    Ok(match value {
        Value::Nil => Raw::NIL,
        Value::Boolean(boolean) => Raw::boolean(*boolean),
        Value::Integer(integer) => Raw::integer(*integer),
        Value::Float(float) => Raw::float(*float),
        Value::String(bytes) => vm.string(bytes)?.value(),
        Value::Table(Table(kept)) | Value::Function(Function(kept)) | Value::Opaque(Opaque(kept, _)) => {
            vm.kept(kept)?
        }
    })
}

/// Raises an error of the host's in Lua.
pub(super) fn raise(vm: &mut Vm, error: Error) -> Raise {
    let Detail { kind, message, value, is_thrown, report } = *error.0;
    if kind == ErrorKind::Memory {
        return vm.throw_memory();
    }
    let is_foreign = value.kept().is_some_and(|kept| !vm.has_kept(kept));
    if value == Value::Nil && !is_thrown || is_foreign {
        return vm.error_bytes(&message);
    }
    match lower(vm, &value) {
        Ok(raw) if is_thrown => vm.throw_on(raw, report),
        Ok(raw) => vm.throw(raw),
        Err(raise) => raise,
    }
}

impl Lua<'_> {
    /// Refuses values of another runtime.
    pub(super) fn check<'a>(&self, values: impl IntoIterator<Item = &'a Value>) -> Result<(), Error> {
        match values.into_iter().filter_map(Value::kept).all(|kept| self.vm.has_kept(kept)) {
            true => Ok(()),
            false => Err(Error::misuse("a value of one runtime cannot be used in another")),
        }
    }

    /// The error that has just come from Lua.
    pub(super) fn error(&mut self, report: Option<FatalReport>) -> Error {
        let raw = self.vm.current_error();
        let kind = if self.vm.is_memory_error() { ErrorKind::Memory } else { ErrorKind::Raised };
        let message = self.vm.message_of(raw);
        // Without memory for keeping it, the value is lost; its message is not.
        let value = lift(self.vm, raw).unwrap_or_default();
        Error(Box::new(Detail { kind, message, value, is_thrown: true, report }))
    }

    /// The error that a step of the runtime's own code has raised.
    pub(super) fn came(&mut self, raise: Raise) -> Error {
        let level = self.vm.slot_below(0);
        self.vm.close_after_error(level, raise);
        let report = self.vm.take_report();
        self.error(report)
    }
}
