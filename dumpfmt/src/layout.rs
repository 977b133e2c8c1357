//! How Lua objects lie in memory, and therefore in an image: one `repr(C)` struct per kind of object.
//!
//! Every object starts with an [`ObjectHeader`], lies at a multiple of 16 bytes and never moves. Any bytes
//! are a valid instance of every struct here, so that an inspector may map a hostile file; what the fields
//! *claim* is checked by whoever reads them.
//!
//! Not here: following references (`vm/heap`, `inspector/image`), how the region is cut into blocks
//! (`region.rs`).

pub mod coroutine;
pub mod function;
pub mod roots;
pub mod string;
pub mod table;
pub mod userdata;
pub mod value;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What an object is. Fits four bits, so that a mark-stack entry can carry it beside the address.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No object: the kind of a free block.
    Free = 0,
    /// [`string::StringObject`]; no references.
    String = 1,
    /// [`table::TableObject`].
    Table = 2,
    /// [`table::ValuesObject`]: the array part of a table, constants, user values.
    Values = 3,
    /// [`table::NodesObject`]: the hash part of a table.
    Nodes = 4,
    /// [`function::FunctionObject`]: a Lua closure.
    Function = 5,
    /// [`function::NativeObject`]: a function of the runtime.
    Native = 6,
    /// [`function::UpvalueObject`].
    Upvalue = 7,
    /// [`function::PrototypeObject`].
    Prototype = 8,
    /// [`function::CodeObject`].
    Code = 9,
    /// [`function::BytesObject`]: packed data without references.
    Bytes = 10,
    /// [`coroutine::CoroutineObject`].
    Coroutine = 11,
    /// [`coroutine::StackObject`]: traced by its coroutine, which knows how much of it is live.
    Stack = 12,
    /// [`coroutine::FramesObject`]: traced by its coroutine.
    Frames = 13,
    /// [`userdata::UserdataObject`].
    Userdata = 14,
}

impl Kind {
    /// Every kind, in the order of its number.
    pub const ALL: [Kind; 15] = [
        Kind::Free,
        Kind::String,
        Kind::Table,
        Kind::Values,
        Kind::Nodes,
        Kind::Function,
        Kind::Native,
        Kind::Upvalue,
        Kind::Prototype,
        Kind::Code,
        Kind::Bytes,
        Kind::Coroutine,
        Kind::Stack,
        Kind::Frames,
        Kind::Userdata,
    ];

    /// The kind with this number, if there is one.
    pub const fn from_byte(byte: u8) -> Option<Kind> {
        if (byte as usize) < Self::ALL.len() { Some(Self::ALL[byte as usize]) } else { None }
    }

    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Free => "free",
            Kind::String => "string",
            Kind::Table => "table",
            Kind::Values => "table array",
            Kind::Nodes => "table hash",
            Kind::Function => "function",
            Kind::Native => "native function",
            Kind::Upvalue => "upvalue",
            Kind::Prototype => "prototype",
            Kind::Code => "code",
            Kind::Bytes => "debug data",
            Kind::Coroutine => "coroutine",
            Kind::Stack => "coroutine stack",
            Kind::Frames => "coroutine frames",
            Kind::Userdata => "userdata",
        }
    }
}

/// The first eight bytes of every object, written once.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct ObjectHeader {
    /// A [`Kind`].
    pub kind: u8,
    /// Meaning depends on the kind (`string::SHORT`, `function::OPEN`, …).
    pub flags: u8,
    /// Meaning depends on the kind: the upvalue count of a function, what a metatable remembers.
    pub extra: u16,
    /// The birth epoch: the value of `Roots::epoch` when the object was made. The epoch advances with every
    /// turn of the event loop, every collection and every dump, so an object that was born before dump A
    /// and still lies at its address in dump B is the same object.
    pub epoch: u32,
}
const _: () = assert!(size_of::<ObjectHeader>() == 8);
