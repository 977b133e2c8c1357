//! Strings as they lie in memory: a header, then the bytes. No terminator.

use super::ObjectHeader;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ObjectHeader::flags`: the string is interned (at most `bytecode::SHORT_STRING_LENGTH_MAX` bytes).
pub const SHORT: u8 = 1;
/// `ObjectHeader::flags`: `hash` is filled in. Always set on short strings.
pub const HASHED: u8 = 2;

/// A string; `length` bytes follow at offset [`StringObject::BYTES`].
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct StringObject {
    /// Kind `String`.
    pub header: ObjectHeader,
    /// In bytes.
    pub length: u32,
    /// Valid when the flag `HASHED` is set.
    pub hash: u32,
}
const _: () = assert!(size_of::<StringObject>() == 16);

impl StringObject {
    /// Offset of the first byte from the object's address.
    pub const BYTES: u64 = 16;
}
