//! The first bytes of the region: from here everything that a program can reach is found.
//!
//! The fields up to `frame_cell` are the interpreter's working state, kept on one cache line; they belong to
//! the coroutine that runs.

use super::coroutine::CoroutineObject;
use super::string::StringObject;
use super::table::{Node, NodesObject, TableObject};
use super::value::Value;
use super::{Kind, ObjectHeader};
use crate::addr::{Addr, Ref};
use crate::bytecode::Opcode;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! events {
    ($( $(#[doc = $doc:literal])+ $name:ident $text:literal; )+) => {
        /// The events that metamethods answer (manual, section 2.4), and the other keys that the runtime
        /// looks up in metatables.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event { $( $(#[doc = $doc])+ $name, )+ }

        impl Event {
            /// Every event, in the order of its number.
            pub const ALL: &[Event] = &[$( Event::$name, )+];

            /// The key in a metatable.
            pub const fn key(self) -> &'static str {
                match self { $( Event::$name => $text, )+ }
            }
        }
    };
}

events! {
    /// Read of an absent key.
    Index "__index";
    /// Store to an absent key.
    NewIndex "__newindex";
    /// Finalizer.
    Gc "__gc";
    /// Weakness of keys and values.
    Mode "__mode";
    /// `#`
    Length "__len";
    /// `==`
    Equal "__eq";
    /// `+`
    Add "__add";
    /// `-`
    Sub "__sub";
    /// `*`
    Mul "__mul";
    /// `%`
    Mod "__mod";
    /// `^`
    Pow "__pow";
    /// `/`
    Div "__div";
    /// `//`
    FloorDiv "__idiv";
    /// `&`
    And "__band";
    /// `|`
    Or "__bor";
    /// `~`
    Xor "__bxor";
    /// `<<`
    Shl "__shl";
    /// `>>`
    Shr "__shr";
    /// Unary `-`
    Negate "__unm";
    /// Unary `~`
    BitNot "__bnot";
    /// `<`
    LessThan "__lt";
    /// `<=`
    LessEqual "__le";
    /// `..`
    Concat "__concat";
    /// A call of something that is no function.
    Call "__call";
    /// End of a to-be-closed variable's scope.
    Close "__close";
    /// `tostring`
    ToString "__tostring";
    /// The type's name in messages.
    Name "__name";
    /// `pairs`
    Pairs "__pairs";
    /// What `getmetatable` answers.
    Metatable "__metatable";
}

impl Event {
    /// The event whose metamethod an instruction may call; `None` for one that calls none.
    pub const fn called_by(opcode: Opcode) -> Option<Event> {
        Some(match opcode {
            Opcode::GetTabUp
            | Opcode::GetTable
            | Opcode::GetInteger
            | Opcode::GetField
            | Opcode::SelfField => Event::Index,
            Opcode::SetTabUp
            | Opcode::SetTabUpK
            | Opcode::SetTable
            | Opcode::SetTableK
            | Opcode::SetInteger
            | Opcode::SetIntegerK
            | Opcode::SetField
            | Opcode::SetFieldK => Event::NewIndex,
            Opcode::AddImmediate | Opcode::AddConstant | Opcode::ConstantAdd | Opcode::Add => Event::Add,
            Opcode::SubImmediate | Opcode::SubConstant | Opcode::ConstantSub | Opcode::Sub => Event::Sub,
            Opcode::MulConstant | Opcode::ConstantMul | Opcode::Mul => Event::Mul,
            Opcode::ModConstant | Opcode::Mod => Event::Mod,
            Opcode::PowConstant | Opcode::Pow => Event::Pow,
            Opcode::DivConstant | Opcode::ConstantDiv | Opcode::Div => Event::Div,
            Opcode::FloorDivConstant | Opcode::FloorDiv => Event::FloorDiv,
            Opcode::AndConstant | Opcode::And => Event::And,
            Opcode::OrConstant | Opcode::Or => Event::Or,
            Opcode::XorConstant | Opcode::Xor => Event::Xor,
            Opcode::ShlImmediate | Opcode::Shl => Event::Shl,
            Opcode::ShrImmediate | Opcode::Shr => Event::Shr,
            Opcode::Negate => Event::Negate,
            Opcode::BitNot => Event::BitNot,
            Opcode::Length => Event::Length,
            Opcode::Concat => Event::Concat,
            Opcode::Equal | Opcode::EqualConstant | Opcode::EqualImmediate => Event::Equal,
            Opcode::LessThan | Opcode::LessThanImmediate | Opcode::GreaterThanImmediate => Event::LessThan,
            Opcode::LessEqual | Opcode::LessEqualImmediate | Opcode::GreaterEqualImmediate => {
                Event::LessEqual
            }
            Opcode::Close | Opcode::Return => Event::Close,
            _ => return None,
        })
    }
}

/// How many events there are.
pub const EVENT_COUNT: usize = Event::ALL.len();

/// The types that have one metatable for all their values, in the order of `Roots::type_metatables`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasicType {
    /// `nil`
    Nil = 0,
    /// Booleans.
    Boolean = 1,
    /// Numbers.
    Number = 2,
    /// Strings.
    String = 3,
    /// Functions.
    Function = 4,
    /// Coroutines.
    Thread = 5,
    /// Light userdata.
    Pointer = 6,
}

/// The state of the program, at the start of the region.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, Immutable, KnownLayout)]
pub struct Roots {
    /// The innermost frame of the running coroutine.
    pub frame: Addr,
    /// The last frame there is room for.
    pub frame_limit: Addr,
    /// Where the usable part of its stack ends.
    pub stack_limit: Addr,
    /// One past the last value in use, where the innermost frame says so.
    pub top: Addr,
    /// Not 0 while the collector marks: stores of references must be told to it.
    pub marking: u32,
    /// Not 0 when the interpreter must look up at its next back jump or call: a dump was asked for, the
    /// collector has work, a signal came.
    pub poll: u32,
    /// The birth epoch of objects made now.
    pub epoch: u32,
    /// Not 0 while the running coroutine has a hook that is not itself being called.
    pub hooked: u32,
    /// The runtime's own state; of no use to a reader.
    pub host: Addr,
    /// The runtime's table of instruction handlers; of no use to a reader.
    pub handlers: Addr,

    /// The coroutine that runs.
    pub current: Ref<CoroutineObject>,
    /// The main coroutine.
    pub main: Ref<CoroutineObject>,
    /// `_G`
    pub globals: Ref<TableObject>,
    /// The registry: what the library keeps for itself (`_LOADED`, metatables of userdata).
    pub registry: Ref<TableObject>,
    /// Metatables by [`BasicType`].
    pub type_metatables: [Ref<TableObject>; 7],
    /// The names of the events as strings, by number of [`Event`].
    pub event_names: [Ref<StringObject>; EVENT_COUNT],
    /// The string "not enough memory", made beforehand.
    pub memory_message: Ref<StringObject>,
    /// The value of the error that is on its way, nil when none is.
    pub error: Value,

    /// Bytes in live or not yet swept slots.
    pub bytes_allocated: u64,
    /// `--max-heap`, or `u64::MAX`.
    pub bytes_allocated_max: u64,
    /// Blocks of the region in use: the block table has this many entries.
    pub block_count: u64,
    /// Where block 0 starts.
    pub blocks: Addr,
    /// Where the block table starts.
    pub descriptors: Addr,
    /// Where the bitmap of allocated slots starts: one bit for each 16 bytes from `blocks` on.
    pub allocated_bits: Addr,
    /// Where the mark bitmap starts.
    pub mark_bits: Addr,
    /// Collections finished.
    pub collection_count: u64,
    /// A `CollectorPhase` of `vm/heap`: 0 between collections.
    pub collector_phase: u64,

    /// The hash part of tables that have none.
    pub empty_nodes: EmptyNodes,
}

/// A hash part of one free node.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct EmptyNodes {
    /// Count 1.
    pub object: NodesObject,
    /// Always free.
    pub node: Node,
    /// Zero.
    pub zero: u64,
}

impl EmptyNodes {
    /// What it always holds.
    pub const VALUE: EmptyNodes = EmptyNodes {
        object: NodesObject {
            header: ObjectHeader { kind: Kind::Nodes as u8, flags: 0, extra: 0, epoch: 0 },
            count: 1,
        },
        node: Node::FREE,
        zero: 0,
    };
}
