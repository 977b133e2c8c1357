//! Functions as they lie in memory: closures, upvalues, prototypes with their code and debug names.
//!
//! ```text
//!  FunctionObject ── prototype ──> PrototypeObject ── code ──> CodeObject: [u32; count]
//!       │                               ├── constants, children, names ──> ValuesObject
//!       │                               └── upvalues, locals, lines ─────> BytesObject
//!       └── upvalues[i] ──> UpvalueObject ── location ──> a stack slot, or its own `closed`
//! ```

use super::ObjectHeader;
use super::string::StringObject;
use super::table::ValuesObject;
use super::value::Value;
use crate::addr::{Addr, Ref};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A Lua closure; `header.extra` references to [`UpvalueObject`]s follow at offset
/// [`FunctionObject::UPVALUES`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct FunctionObject {
    /// Kind `Function`; `extra` is the number of upvalues.
    pub header: ObjectHeader,
    /// Its code.
    pub prototype: Ref<PrototypeObject>,
}
const _: () = assert!(size_of::<FunctionObject>() == 16);

impl FunctionObject {
    /// Offset of the first upvalue reference.
    pub const UPVALUES: u64 = 16;
}

/// A function of the runtime; `header.extra` values follow at offset [`NativeObject::VALUES`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct NativeObject {
    /// Kind `Native`; `extra` is the number of values it closes over.
    pub header: ObjectHeader,
    /// Machine address in the process that ran; of no use to a reader.
    pub entry: Addr,
    /// Index into the natives section of the dump, which gives its name.
    pub id: u32,
    /// Zero.
    pub zero: u32,
}
const _: () = assert!(size_of::<NativeObject>() == 24);

impl NativeObject {
    /// Offset of the first closed-over value.
    pub const VALUES: u64 = 24;
}

/// `ObjectHeader::flags` of an upvalue: the variable still lives in a stack slot.
pub const OPEN: u8 = 1;

/// A variable shared by closures.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout)]
pub struct UpvalueObject {
    /// Kind `Upvalue`; flag [`OPEN`] while `location` is a stack slot.
    pub header: ObjectHeader,
    /// Where the value is: a slot of a coroutine's stack, or the address of `closed`.
    pub location: Addr,
    /// The value once the variable has gone out of scope; while open, the payload is the address of the next
    /// open upvalue of the same coroutine (further down its stack, or 0) and the kind is `NIL`.
    pub closed: Value,
}
const _: () = assert!(size_of::<UpvalueObject>() == 32);

impl UpvalueObject {
    /// Offset of `closed`.
    pub const CLOSED: u64 = 16;
}

/// A function as the compiler made it.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct PrototypeObject {
    /// Kind `Prototype`.
    pub header: ObjectHeader,
    /// The instructions.
    pub code: Ref<CodeObject>,
    /// Constants.
    pub constants: Ref<ValuesObject>,
    /// Nested prototypes, as values of kind `PROTOTYPE`.
    pub children: Ref<ValuesObject>,
    /// [`UpvalueEntry`] records, one per upvalue.
    pub upvalues: Ref<BytesObject>,
    /// [`LocalEntry`] records in the order in which they come into scope.
    pub locals: Ref<BytesObject>,
    /// A `line_table`: pc to line.
    pub lines: Ref<BytesObject>,
    /// Strings that `upvalues` and `locals` name by index.
    pub names: Ref<ValuesObject>,
    /// The chunk's name as Lua's `source`: `@file`, `=name`, or the text itself.
    pub source: Ref<StringObject>,
    /// The whole text of the chunk, shared by its prototypes; null when it was loaded from binary.
    pub text: Ref<StringObject>,
    /// The line of `function`, 0 for a main chunk.
    pub line_defined: u32,
    /// The line of its `end`, 0 for a main chunk.
    pub last_line_defined: u32,
    /// Named parameters.
    pub parameter_count: u8,
    /// 1 when it takes `...`.
    pub is_vararg: u8,
    /// Registers of a frame.
    pub register_count: u8,
    /// Upvalues of a closure.
    pub upvalue_count: u8,
    /// Words of code.
    pub code_count: u32,
}
const _: () = assert!(size_of::<PrototypeObject>() == 96);

/// Instructions; `count` words follow at offset [`CodeObject::WORDS`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct CodeObject {
    /// Kind `Code`.
    pub header: ObjectHeader,
    /// Whose code it is: a nil's origin leads from here to names and lines. Traced.
    pub prototype: Ref<PrototypeObject>,
    /// Words.
    pub count: u32,
    /// Zero.
    pub zero: u32,
}
const _: () = assert!(size_of::<CodeObject>() == 24);

impl CodeObject {
    /// Offset of the first word.
    pub const WORDS: u64 = 24;
}

/// Packed data; `length` bytes follow at offset [`BytesObject::BYTES`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct BytesObject {
    /// Kind `Bytes`.
    pub header: ObjectHeader,
    /// In bytes.
    pub length: u64,
}
const _: () = assert!(size_of::<BytesObject>() == 16);

impl BytesObject {
    /// Offset of the first byte.
    pub const BYTES: u64 = 16;
}

/// Where a closure finds an upvalue, and its name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct UpvalueEntry {
    /// Index into `PrototypeObject::names`, `u32::MAX` when it has no name.
    pub name: u32,
    /// 1: register `index` of the enclosing function; 0: its upvalue `index`.
    pub in_stack: u8,
    /// See `in_stack`.
    pub index: u8,
    /// 1 when the variable is never assigned after its initialisation.
    pub is_constant: u8,
    /// Zero.
    pub zero: u8,
}
const _: () = assert!(size_of::<UpvalueEntry>() == 8);

/// A local variable and where it is in scope.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct LocalEntry {
    /// Index into `PrototypeObject::names`.
    pub name: u32,
    /// First word at which it is in scope.
    pub start_pc: u32,
    /// First word at which it is no longer.
    pub end_pc: u32,
    /// The register it lives in.
    pub register: u32,
}
const _: () = assert!(size_of::<LocalEntry>() == 16);
