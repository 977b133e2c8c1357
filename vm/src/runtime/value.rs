//! Lua values as a host holds them.
//!
//! Numbers, booleans and strings are copies; everything else is a reference that keeps its object alive for as
//! long as it, or a clone of it, exists.

use crate::interp::Kept;

/// A Lua value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `nil`
    #[default]
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// A number of the subtype integer.
    Integer(i64),
    /// A number of the subtype float.
    Float(f64),
    /// A string: any bytes.
    String(Vec<u8>),
    /// A table.
    Table(Table),
    /// A function, of Lua or of the host.
    Function(Function),
    /// Anything else: a coroutine or a userdata.
    Opaque(Opaque),
}

/// A table of a runtime. Equal to another when both are the same table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table(pub(super) Kept);

/// A function of a runtime. Equal to another when both are the same function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function(pub(super) Kept);

/// A value of a runtime that a host can only hold and hand on.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque(pub(super) Kept, pub(super) &'static str);

impl Value {
    /// What `type` says of it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::Integer(_) | Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Opaque(Opaque(_, name)) => name,
        }
    }

    /// Whether a condition takes it for true: everything but nil and false.
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Value::Nil | Value::Boolean(false))
    }

    /// The integer, if it is one.
    pub fn as_integer(&self) -> Option<i64> {
        if let Value::Integer(integer) = self { Some(*integer) } else { None }
    }

    /// The number, if it is one, as a float.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Value::Integer(integer) => Some(*integer as f64),
            Value::Float(float) => Some(*float),
            _ => None,
        }
    }

    /// The string's bytes, if it is one.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Value::String(bytes) = self { Some(bytes) } else { None }
    }

    /// The string, if it is one and valid UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        self.as_bytes().and_then(|bytes| core::str::from_utf8(bytes).ok())
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        if let Value::Table(table) = self { Some(table) } else { None }
    }

    /// The function, if it is one.
    pub fn as_function(&self) -> Option<&Function> {
        if let Value::Function(function) = self { Some(function) } else { None }
    }

    /// What keeps its object alive, if it has one.
    pub(super) fn kept(&self) -> Option<&Kept> {
        match self {
            Value::Table(Table(kept)) | Value::Function(Function(kept)) | Value::Opaque(Opaque(kept, _)) => {
                Some(kept)
            }
            _ => None,
        }
    }
}

macro_rules! from {
    ($($from:ty, $binding:ident => $value:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($binding: $from) -> Value {
                $value
            }
        }
    )*};
}

from! {
    bool, boolean => Value::Boolean(boolean);
    i64, integer => Value::Integer(integer);
    i32, integer => Value::Integer(integer.into());
    u32, integer => Value::Integer(integer.into());
    f64, float => Value::Float(float);
    &str, text => Value::String(text.as_bytes().to_vec());
    String, text => Value::String(text.into_bytes());
    &[u8], bytes => Value::String(bytes.to_vec());
    Vec<u8>, bytes => Value::String(bytes);
    Table, table => Value::Table(table);
    &Table, table => Value::Table(table.clone());
    Function, function => Value::Function(function);
    &Function, function => Value::Function(function.clone());
}

/// Nil for `None`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Nil, Into::into)
    }
}
