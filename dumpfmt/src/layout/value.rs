//! A Lua value: 16 bytes, a kind byte and a 64-bit payload.
//!
//! ```text
//!   byte 0      1..4     4..8           8..16
//!  +--------+--------+------------+----------------+
//!  |  kind  |  zero  |    link    |    payload     |
//!  +--------+--------+------------+----------------+
//! ```
//!
//! Invariant: false exactly when `kind <= FALSE`; a reference to an object exactly when `kind >= OBJECT`.
//!
//! The payload of nil is its *origin*: 0 (unknown) or the address of the instruction word that produced it,
//! with an [`Origin`] tag in the low two bits. It takes no part in any comparison. A nil with an origin keeps
//! the code object it names alive, so that an origin in a dump always finds its prototype.

use crate::addr::Addr;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `nil`; the payload is the origin.
pub const NIL: u8 = 0;
/// `false`; the payload is 0.
pub const FALSE: u8 = 1;
/// `true`; the payload is 0.
pub const TRUE: u8 = 2;
/// A 64-bit integer.
pub const INTEGER: u8 = 3;
/// A double, by its bits.
pub const FLOAT: u8 = 4;
/// A bare address without object (light userdata).
pub const POINTER: u8 = 5;
/// Kinds from here on carry the address of an object.
pub const OBJECT: u8 = 8;
/// An interned string: equal exactly when the address is.
pub const SHORT_STRING: u8 = 8;
/// A string that is not interned: equal when the bytes are.
pub const LONG_STRING: u8 = 9;
/// A table.
pub const TABLE: u8 = 10;
/// A Lua closure.
pub const FUNCTION: u8 = 11;
/// A function of the runtime.
pub const NATIVE: u8 = 12;
/// A full userdata.
pub const USERDATA: u8 = 13;
/// A coroutine.
pub const COROUTINE: u8 = 14;
/// A prototype; only in the `children` of another, never visible to Lua.
pub const PROTOTYPE: u8 = 15;

/// A Lua value. Any bytes are a valid instance.
///
/// The bytes between the two fields belong to neither, so that the compiler holds a value in two registers: with
/// fields there, each copy through memory waited for the stores before it (sorting floats took 1.4 of the time). In a
/// stack slot four of them are the slot's link, see [`StackSlot`]; elsewhere they are without meaning.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout)]
pub struct Value {
    /// One of the constants of this module.
    pub kind: u8,
    /// Integer, float bits, address, or origin.
    pub payload: u64,
}
const _: () = assert!(size_of::<Value>() == 16);

/// A slot of a stack: a value, and what the slot itself is. A store of a value leaves the link as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct StackSlot {
    /// [`Value::kind`]
    pub kind: u8,
    /// No meaning.
    pub zero: [u8; 3],
    /// Used only in a slot that holds a to-be-closed variable: how many slots below it the next older such slot lies,
    /// 0 when it is the oldest of its coroutine.
    pub link: u32,
    /// [`Value::payload`]
    pub payload: u64,
}
const _: () = assert!(size_of::<StackSlot>() == size_of::<Value>());

/// How a nil came to be, relative to the instruction that its payload names.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The instruction itself made it: an absent key, or a `LoadNil`.
    Instruction = 0,
    /// The instruction is a call that passed fewer arguments than the callee names.
    MissingArgument = 1,
    /// The instruction is a call that returned fewer results than were wanted.
    MissingResult = 2,
    /// The instruction is a call of a native function that returned this nil.
    NativeResult = 3,
}

/// The bits of a nil's payload that hold the [`Origin`] tag; instructions are aligned to 4 bytes.
pub const ORIGIN_TAG_MASK: u64 = 3;

impl Value {
    /// `nil` of unknown origin.
    pub const NIL: Value = Value::raw(NIL, 0);
    /// `false`
    pub const FALSE: Value = Value::raw(FALSE, 0);
    /// `true`
    pub const TRUE: Value = Value::raw(TRUE, 0);

    /// A value from its two parts.
    #[inline(always)]
    pub const fn raw(kind: u8, payload: u64) -> Value {
        Value { kind, payload }
    }

    /// `nil` that was made at the instruction word at `pc`.
    #[inline(always)]
    pub const fn nil_from(pc: Addr, origin: Origin) -> Value {
        Value::raw(NIL, pc.0 | origin as u64)
    }

    /// A boolean.
    #[inline(always)]
    pub const fn boolean(value: bool) -> Value {
        Value::raw(FALSE + value as u8, 0)
    }

    /// An integer.
    #[inline(always)]
    pub const fn integer(value: i64) -> Value {
        Value::raw(INTEGER, value as u64)
    }

    /// A float.
    #[inline(always)]
    pub const fn float(value: f64) -> Value {
        Value::raw(FLOAT, value.to_bits())
    }

    /// The object of this kind at `addr`.
    #[inline(always)]
    pub const fn object(kind: u8, addr: Addr) -> Value {
        Value::raw(kind, addr.0)
    }

    /// Whether this is `nil`.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.kind == NIL
    }

    /// Whether this is `nil` or `false`.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.kind <= FALSE
    }

    /// Whether the payload is the address of an object.
    #[inline(always)]
    pub const fn is_object(self) -> bool {
        self.kind >= OBJECT
    }

    /// Whether this is a string of either kind.
    #[inline(always)]
    pub const fn is_string(self) -> bool {
        matches!(self.kind, SHORT_STRING | LONG_STRING)
    }

    /// The payload as an address.
    #[inline(always)]
    pub const fn addr(self) -> Addr {
        Addr(self.payload)
    }

    /// The integer, whatever the kind says.
    #[inline(always)]
    pub const fn as_integer(self) -> i64 {
        self.payload as i64
    }

    /// The float, whatever the kind says.
    #[inline(always)]
    pub const fn as_float(self) -> f64 {
        f64::from_bits(self.payload)
    }

    /// Where this nil came from: the instruction's address and how; `None` when unknown or not nil.
    pub const fn origin(self) -> Option<(Addr, Origin)> {
        if self.kind != NIL || self.payload & !ORIGIN_TAG_MASK == 0 {
            return None;
        }
        let origin = match self.payload & ORIGIN_TAG_MASK {
            0 => Origin::Instruction,
            1 => Origin::MissingArgument,
            2 => Origin::MissingResult,
            _ => Origin::NativeResult,
        };
        Some((Addr(self.payload & !ORIGIN_TAG_MASK), origin))
    }

    /// The name that Lua's `type` gives a value of this kind; `None` for a byte that is no Lua kind.
    pub const fn type_name(self) -> Option<&'static str> {
        Some(match self.kind {
            NIL => "nil",
            FALSE | TRUE => "boolean",
            INTEGER | FLOAT => "number",
            POINTER | USERDATA => "userdata",
            SHORT_STRING | LONG_STRING => "string",
            TABLE => "table",
            FUNCTION | NATIVE => "function",
            COROUTINE => "thread",
            _ => return None,
        })
    }
}
