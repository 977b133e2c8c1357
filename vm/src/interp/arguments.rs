//! The arguments of a native function, checked with the messages of the reference's auxiliary library.
//!
//! Not here: results, values, calls (`native.rs`).

use super::native::{Str, Table};
use super::state::{Raise, Vm};
use crate::c_string::until_nul;
use crate::heap::pointer::{at, load, store};
use crate::heap::string;
use dumpfmt::addr::Addr;
use dumpfmt::layout::value::{self, Value};

impl Vm {
    /// How many arguments were passed.
    #[inline(always)]
    pub fn arg_count(&self) -> u32 {
        ((self.r().top.0 - self.frame().base.0) / size_of::<Value>() as u64) as u32
    }

    /// Argument `number`, counted from 1; nil when it was not passed. Valid until results are pushed: what is
    /// pushed counts as further arguments.
    #[inline(always)]
    pub fn arg(&self, number: u32) -> Value {
        let slot = self.frame().base.0 + (number as u64 - 1) * size_of::<Value>() as u64;
        if slot < self.r().top.0 {
            // SAFETY: a slot below the top of the running frame.
            unsafe { load(at::<Value>(Addr(slot))) }
        } else {
            Value::NIL
        }
    }

    /// Whether argument `number` was passed at all.
    pub fn arg_is_none(&self, number: u32) -> bool {
        number > self.arg_count()
    }

    /// Replaces argument `number`, which must have been passed (or pushed).
    pub fn set_arg(&mut self, number: u32, value: Value) {
        let slot = Addr(self.frame().base.0 + (number as u64 - 1) * size_of::<Value>() as u64);
        assert!(slot < self.r().top, "an argument that was passed");
        // SAFETY: a slot below the top of the running frame.
        unsafe { store(at::<Value>(slot), value) };
    }

    /// Makes the arguments exactly `count`: drops the rest, or adds nils.
    pub fn set_arg_count(&mut self, count: u32) {
        while self.arg_count() < count {
            self.push(Value::NIL);
        }
        self.r().top = Addr(self.frame().base.0 + count as u64 * size_of::<Value>() as u64);
    }

    /// Argument `number`; an error when it was not passed.
    pub fn check_any(&mut self, number: u32) -> Result<Value, Raise> {
        if self.arg_is_none(number) {
            return Err(self.arg_error(number, "value expected"));
        }
        Ok(self.arg(number))
    }

    /// Argument `number` as an integer (a float or a string is converted when that is exact).
    #[inline]
    pub fn check_integer(&mut self, number: u32) -> Result<i64, Raise> {
        let value = self.arg(number);
        if value.kind == value::INTEGER {
            return Ok(value.as_integer());
        }
        self.check_integer_slow(number, value)
    }

    #[cold]
    fn check_integer_slow(&mut self, number: u32, value: Value) -> Result<i64, Raise> {
        match super::arith::to_number(value) {
            Some(converted) => match super::arith::to_integer(converted) {
                Some(integer) => Ok(integer),
                None => Err(self.arg_error(number, "number has no integer representation")),
            },
            None => Err(self.arg_type_error(number, "number")),
        }
    }

    /// Argument `number` as an integer, `default` when nil or not passed.
    pub fn opt_integer(&mut self, number: u32, default: i64) -> Result<i64, Raise> {
        if self.arg(number).is_nil() { Ok(default) } else { self.check_integer(number) }
    }

    /// Argument `number` as a float.
    #[inline]
    pub fn check_number(&mut self, number: u32) -> Result<f64, Raise> {
        Ok(super::arith::to_float(self.check_numeric(number)?))
    }

    /// Argument `number` as a number, integer or float.
    #[inline]
    pub fn check_numeric(&mut self, number: u32) -> Result<Value, Raise> {
        let value = self.arg(number);
        if matches!(value.kind, value::INTEGER | value::FLOAT) {
            return Ok(value);
        }
        super::arith::to_number(value).ok_or_else(|| self.arg_type_error(number, "number"))
    }

    /// Argument `number` as a float, `default` when nil or not passed.
    pub fn opt_number(&mut self, number: u32, default: f64) -> Result<f64, Raise> {
        if self.arg(number).is_nil() { Ok(default) } else { self.check_number(number) }
    }

    /// Argument `number` as a string; a number is converted, and the argument becomes that string.
    #[inline]
    pub fn check_string(&mut self, number: u32) -> Result<Str, Raise> {
        let value = self.arg(number);
        if let Some(text) = Str::of(value) {
            return Ok(text);
        }
        if matches!(value.kind, value::INTEGER | value::FLOAT) {
            let text = self.number_to_string(value)?;
            self.set_arg(number, text.value());
            return Ok(text);
        }
        Err(self.arg_type_error(number, "string"))
    }

    /// Argument `number` as a string, `None` when nil or not passed.
    pub fn opt_string(&mut self, number: u32) -> Result<Option<Str>, Raise> {
        if self.arg(number).is_nil() { Ok(None) } else { self.check_string(number).map(Some) }
    }

    /// Argument `number` as a string that C would see whole: what follows a zero byte is cut away. The
    /// argument becomes that string.
    pub fn check_c_string(&mut self, number: u32) -> Result<Str, Raise> {
        let text = self.check_string(number)?;
        let kept = until_nul(text.bytes());
        if kept.len() == text.bytes().len() {
            return Ok(text);
        }
        let kept = kept.to_vec();
        let text = self.string(&kept)?;
        self.set_arg(number, text.value());
        Ok(text)
    }

    /// The same, `None` when nil or not passed.
    pub fn opt_c_string(&mut self, number: u32) -> Result<Option<Str>, Raise> {
        if self.arg(number).is_nil() { Ok(None) } else { self.check_c_string(number).map(Some) }
    }

    /// Argument `number` as a table.
    #[inline]
    pub fn check_table(&mut self, number: u32) -> Result<Table, Raise> {
        match Table::of(self.arg(number)) {
            Some(table) => Ok(table),
            None => Err(self.arg_type_error(number, "table")),
        }
    }

    /// Argument `number` as a function.
    pub fn check_function(&mut self, number: u32) -> Result<Value, Raise> {
        let value = self.arg(number);
        if matches!(value.kind, value::FUNCTION | value::NATIVE) {
            return Ok(value);
        }
        Err(self.arg_type_error(number, "function"))
    }

    /// Argument `number` as one of these words (`default` when nil or not passed): its index.
    pub fn check_option(
        &mut self,
        number: u32,
        default: Option<&str>,
        options: &[&str],
    ) -> Result<usize, Raise> {
        let name = match default {
            Some(default) if self.arg(number).is_nil() => default.as_bytes().to_vec(),
            _ => self.check_c_string(number)?.bytes().to_vec(),
        };
        match options.iter().position(|option| option.as_bytes() == name) {
            Some(index) => Ok(index),
            None => Err(self.arg_error_bytes(number, &[b"invalid option '", &name[..], b"'"].concat())),
        }
    }

    /// `bad argument #1 to 'f' (…)`; a method's receiver is not counted.
    #[cold]
    pub fn arg_error(&mut self, number: u32, message: &str) -> Raise {
        self.arg_error_bytes(number, message.as_bytes())
    }

    /// [`Vm::arg_error`] with any bytes, up to a zero.
    #[cold]
    pub fn arg_error_bytes(&mut self, number: u32, message: &[u8]) -> Raise {
        let message = until_nul(message);
        let frames = self.frames_of(self.running());
        let Some(&frame) = frames.first() else {
            return self
                .error_bytes(&[format!("bad argument #{number} (").as_bytes(), message, b")"].concat());
        };
        let mut number = number;
        let called = self.called_name(frame, frames.get(1).copied());
        if let Some(("method", name)) = &called {
            number -= 1;
            if number == 0 {
                return self
                    .error_bytes(&[b"calling '", &name[..], b"' on bad self (", message, b")"].concat());
            }
            return self.error_bytes(&bad_argument(number, name, message));
        }
        let name = called
            .map(|(_, name)| name)
            .or_else(|| self.global_function_name(frame.function()))
            .unwrap_or_else(|| b"?".to_vec());
        self.error_bytes(&bad_argument(number, &name, message))
    }

    /// `bad argument #1 to 'f' (table expected, got nil)`
    #[cold]
    pub fn arg_type_error(&mut self, number: u32, expected: &str) -> Raise {
        let got =
            if self.arg_is_none(number) { b"no value".to_vec() } else { self.type_name(self.arg(number)) };
        self.offender = self.arg(number);
        let raise = self.arg_error_bytes(number, &[expected.as_bytes(), b" expected, got ", &got].concat());
        self.offender = Value::NIL;
        raise
    }

    /// An error with a text, preceded by the place of the caller (the reference's `luaL_error`).
    #[cold]
    pub fn error(&mut self, message: &str) -> Raise {
        self.error_bytes(message.as_bytes())
    }

    /// [`Vm::error`] with any bytes.
    #[cold]
    pub fn error_bytes(&mut self, message: &[u8]) -> Raise {
        let mut text = self.position(1);
        text.extend_from_slice(message);
        match string::create(&mut self.heap, &text) {
            Ok(value) => self.throw(value),
            Err(_) => self.throw_memory(),
        }
    }
}

fn bad_argument(number: u32, name: &[u8], message: &[u8]) -> Vec<u8> {
    [format!("bad argument #{number} to '").as_bytes(), name, b"' (", message, b")"].concat()
}
