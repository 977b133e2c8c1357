//! Userdata as they lie in memory: an identity for something that lives on the runtime's side.

use super::ObjectHeader;
use super::table::{TableObject, ValuesObject};
use crate::addr::Ref;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A full userdata. It holds no bytes of its own: `class` and `handle` name what it stands for.
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct UserdataObject {
    /// Kind `Userdata`.
    pub header: ObjectHeader,
    /// Null when it has none. Traced.
    pub metatable: Ref<TableObject>,
    /// Null when it has none. Traced.
    pub user_values: Ref<ValuesObject>,
    /// A `Class`: what `handle` counts.
    pub class: u32,
    /// Zero.
    pub zero: u32,
    /// The number under which the runtime's side keeps it (a file, a pending entry); 0 when there is none.
    pub handle: u64,
}
const _: () = assert!(size_of::<UserdataObject>() == 40);

/// What a userdata stands for.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing: made by `lua_newuserdata`'s equivalents or tests.
    Plain = 0,
    /// A file of the `io` library.
    File = 1,
    /// A handle or request of the event loop.
    Handle = 2,
    /// An open directory of the module `lfs`; its user value is the path.
    Directory = 3,
    /// A lock of the module `lfs` on a directory, handle 1 while it is held; its user value is the path of the
    /// link that is the lock.
    DirectoryLock = 4,
}
