//! Lua values as the analyses see them: a closed enum in place of a kind byte and a payload.
//!
//! Invariant: any 16 bytes yield a value; what is no Lua value is `Unknown` and stays visible as such.

use dumpfmt::addr::Addr;
use dumpfmt::layout::value::{self as raw, Origin, Value};

/// A Lua value; objects by address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LuaValue {
    /// `nil`, and the instruction it came from.
    Nil(Option<NilOrigin>),
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// A light userdata.
    Pointer(Addr),
    /// A string, short or long.
    String(Addr),
    /// A table.
    Table(Addr),
    /// A Lua closure.
    Function(Addr),
    /// A function of the runtime.
    Native(Addr),
    /// A full userdata.
    Userdata(Addr),
    /// A coroutine.
    Coroutine(Addr),
    /// A prototype; only among the children of another.
    Prototype(Addr),
    /// No Lua value: the bytes are corrupt.
    Unknown {
        /// The kind byte.
        kind: u8,
        /// The payload.
        payload: u64,
    },
}

/// Where a nil came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NilOrigin {
    /// The instruction word.
    pub pc: Addr,
    /// How that instruction made it.
    pub how: Origin,
}

impl From<Value> for LuaValue {
    fn from(value: Value) -> LuaValue {
        let addr = value.addr();
        match value.kind {
            raw::NIL => LuaValue::Nil(value.origin().map(|(pc, how)| NilOrigin { pc, how })),
            raw::FALSE => LuaValue::Boolean(false),
            raw::TRUE => LuaValue::Boolean(true),
            raw::INTEGER => LuaValue::Integer(value.as_integer()),
            raw::FLOAT => LuaValue::Float(value.as_float()),
            raw::POINTER => LuaValue::Pointer(addr),
            raw::SHORT_STRING | raw::LONG_STRING => LuaValue::String(addr),
            raw::TABLE => LuaValue::Table(addr),
            raw::FUNCTION => LuaValue::Function(addr),
            raw::NATIVE => LuaValue::Native(addr),
            raw::USERDATA => LuaValue::Userdata(addr),
            raw::COROUTINE => LuaValue::Coroutine(addr),
            raw::PROTOTYPE => LuaValue::Prototype(addr),
            kind => LuaValue::Unknown { kind, payload: value.payload },
        }
    }
}

impl LuaValue {
    /// A nil of unknown origin.
    pub const NIL: LuaValue = LuaValue::Nil(None);

    /// Whether this is nil.
    pub const fn is_nil(&self) -> bool {
        matches!(self, LuaValue::Nil(_))
    }

    /// The name that Lua's `type` gives it.
    pub const fn type_name(&self) -> &'static str {
        match self {
            LuaValue::Nil(_) => "nil",
            LuaValue::Boolean(_) => "boolean",
            LuaValue::Integer(_) | LuaValue::Float(_) => "number",
            LuaValue::Pointer(_) | LuaValue::Userdata(_) => "userdata",
            LuaValue::String(_) => "string",
            LuaValue::Table(_) => "table",
            LuaValue::Function(_) | LuaValue::Native(_) => "function",
            LuaValue::Coroutine(_) => "thread",
            LuaValue::Prototype(_) => "prototype",
            LuaValue::Unknown { .. } => "unknown",
        }
    }

    /// The address of the object it refers to.
    pub const fn object(&self) -> Option<Addr> {
        match *self {
            LuaValue::String(addr)
            | LuaValue::Table(addr)
            | LuaValue::Function(addr)
            | LuaValue::Native(addr)
            | LuaValue::Userdata(addr)
            | LuaValue::Coroutine(addr)
            | LuaValue::Prototype(addr) => Some(addr),
            _ => None,
        }
    }
}
