//! The container: how a `.vmcore` is cut up.
//!
//! ```text
//!  +0        FileHeader                        128 bytes
//!            section*                          in the order of `section::SectionId`
//!              SectionHeader                   64 bytes, at a multiple of 8
//!              zeros                           so that raw memory starts at a multiple of the page size
//!              payload
//!              zeros                           to a multiple of 8
//!              SectionTrailer                  32 bytes: status and checksum, known only now
//!            [IndexEntry; section_count]       the same facts once more, all in one place
//!  −64       FileTrailer                       where the index is
//! ```
//!
//! Invariant: every struct here carries its own checksum or lies under one, so a reader tells damage from
//! data; and a file can be read from its front without the index, from its end without a scan.
//!
//! Not here: what payloads mean (`record`, `layout`, `region`).

pub mod read;
pub mod write;

use crate::addr::Addr;
use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[cfg(target_endian = "big")]
compile_error!("raw memory in a dump is little-endian, and records are written as they lie");

/// The first bytes of every dump. The first is no text, the line end shows a transfer as text.
pub const MAGIC: [u8; 8] = *b"\x8eVMCORE\n";
/// The version of the container that this crate writes and reads.
pub const FORMAT_VERSION: u32 = 1;
/// Reads as another number with the other byte order.
pub const BYTE_ORDER_MARK: u32 = 0x0102_0304;
/// Raw memory starts at a multiple of this in the file, so that it can be mapped and written directly.
pub const PAGE_SIZE: u64 = 4096;
/// Everything else starts at a multiple of this.
pub const SECTION_ALIGNMENT: u64 = 8;
/// The first bytes of a section.
pub const SECTION_MAGIC: [u8; 4] = *b"SECT";
/// The first bytes after a payload.
pub const SECTION_END_MAGIC: [u8; 4] = *b"TCES";
/// The last structure of a file starts with this.
pub const FILE_END_MAGIC: [u8; 8] = *b"VMC-END\n";

/// `FileHeader::flags`: taken from a running program, which went on.
pub const FLAG_LIVE: u64 = 1;
/// `FileHeader::flags`: taken while the program was not at a safepoint (it was blocked in a system call, or broken):
/// the innermost frame's `pc` may be stale and an operation half done.
pub const FLAG_UNSYNCHRONIZED: u64 = 2;

/// The start of the file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct FileHeader {
    /// [`MAGIC`]
    pub magic: [u8; 8],
    /// [`FORMAT_VERSION`]
    pub version: u32,
    /// [`BYTE_ORDER_MARK`]
    pub byte_order: u32,
    /// `fingerprint::LAYOUT_FINGERPRINT` of the runtime that wrote it.
    pub fingerprint: u64,
    /// Random, one per dump.
    pub uuid: [u8; 16],
    /// Where the region lay.
    pub region_base: Addr,
    /// Bytes from its base to the end of its last block in use.
    pub region_size: u64,
    /// [`PAGE_SIZE`]
    pub page_size: u32,
    /// Bytes of this struct: the first section follows.
    pub header_size: u32,
    /// `FLAG_…` bits.
    pub flags: u64,
    /// When it was written: nanoseconds since 1970-01-01 UTC.
    pub wall: i64,
    /// The program that wrote it and its version, padded with zeros.
    pub producer: [u8; 32],
    /// Zero.
    pub zero: [u32; 3],
    /// CRC-32 of all bytes of this struct before.
    pub crc: u32,
}
const _: () = assert!(size_of::<FileHeader>() == 128);

/// What precedes a payload.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SectionHeader {
    /// [`SECTION_MAGIC`]
    pub magic: [u8; 4],
    /// A `section::SectionId`; a number that a reader does not know is stepped over.
    pub id: u16,
    /// The version of the payload.
    pub version: u16,
    /// Reserved, zero.
    pub flags: u64,
    /// Where a payload of raw memory lay; null for records, segments and the heap, whose segments tell.
    pub address: Addr,
    /// Where in the file the payload starts.
    pub offset: u64,
    /// Bytes of payload.
    pub length: u64,
    /// Records, descriptors or segments in it; 0 where that has no meaning.
    pub count: u64,
    /// Zero.
    pub zero: [u32; 3],
    /// CRC-32 of all bytes of this struct before.
    pub crc: u32,
}
const _: () = assert!(size_of::<SectionHeader>() == 64);

/// How the writing of a section went.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionStatus {
    /// As it should.
    Complete = 0,
    /// It could not be written; what there is of its payload is not to be trusted.
    Failed = 1,
    /// Some of its memory could not be read and stands as zeros; its checksum is 0 and means nothing.
    Holes = 2,
}

impl SectionStatus {
    /// The status with this number, if there is one.
    pub const fn from_number(number: u32) -> Option<SectionStatus> {
        Some(match number {
            0 => SectionStatus::Complete,
            1 => SectionStatus::Failed,
            2 => SectionStatus::Holes,
            _ => return None,
        })
    }
}

/// What follows a payload.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SectionTrailer {
    /// [`SECTION_END_MAGIC`]
    pub magic: [u8; 4],
    /// As in the header.
    pub id: u16,
    /// Zero.
    pub zero: u16,
    /// A [`SectionStatus`].
    pub status: u32,
    /// CRC-32 of the payload.
    pub payload_crc: u32,
    /// Bytes that could not be read.
    pub missing: u64,
    /// Zero.
    pub reserved: u32,
    /// CRC-32 of all bytes of this struct before.
    pub crc: u32,
}
const _: () = assert!(size_of::<SectionTrailer>() == 32);

/// One section once more, in the index at the end.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct IndexEntry {
    /// A `section::SectionId`
    pub id: u16,
    /// The version of the payload.
    pub version: u16,
    /// A [`SectionStatus`].
    pub status: u32,
    /// As in the header.
    pub address: Addr,
    /// As in the header.
    pub offset: u64,
    /// As in the header.
    pub length: u64,
    /// As in the header.
    pub count: u64,
    /// As in the trailer.
    pub missing: u64,
    /// CRC-32 of the payload.
    pub payload_crc: u32,
    /// Zero.
    pub zero: u32,
}
const _: () = assert!(size_of::<IndexEntry>() == 56);

/// The end of the file.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct FileTrailer {
    /// [`FILE_END_MAGIC`]
    pub magic: [u8; 8],
    /// As in the file's header: the end belongs to this start.
    pub uuid: [u8; 16],
    /// Where the index starts.
    pub index_offset: u64,
    /// Entries in the index.
    pub index_count: u32,
    /// CRC-32 of the index.
    pub index_crc: u32,
    /// Bytes of the whole file, this struct included.
    pub file_length: u64,
    /// Nanoseconds the writing took so far.
    pub duration: u64,
    /// Zero.
    pub zero: u32,
    /// CRC-32 of all bytes of this struct before.
    pub crc: u32,
}
const _: () = assert!(size_of::<FileTrailer>() == 64);

/// A piece of the heap section.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SegmentEntry {
    /// Where it lay.
    pub address: Addr,
    /// In bytes.
    pub length: u64,
    /// Where in the file it starts.
    pub offset: u64,
}
const _: () = assert!(size_of::<SegmentEntry>() == 24);

/// A struct that ends in a checksum of itself.
pub trait Sealed: FromBytes + IntoBytes + Immutable + Copy {
    /// Offset of the checksum; all before it is covered.
    const CRC_OFFSET: usize;

    /// The checksum it carries.
    fn crc(&self) -> u32;

    /// The checksum it should carry.
    fn computed_crc(&self) -> u32 {
        crc32fast::hash(&self.as_bytes()[..Self::CRC_OFFSET])
    }

    /// Whether it is as it was written.
    fn is_intact(&self) -> bool {
        self.crc() == self.computed_crc()
    }
}

macro_rules! sealed {
    ($($name:ident)+) => { $(
        impl Sealed for $name {
            const CRC_OFFSET: usize = offset_of!($name, crc);
            fn crc(&self) -> u32 {
                self.crc
            }
        }

        impl $name {
            /// The same with its checksum filled in.
            pub fn sealed(mut self) -> Self {
                self.crc = self.computed_crc();
                self
            }
        }
    )+ };
}

sealed! { FileHeader SectionHeader SectionTrailer FileTrailer }

/// The next multiple of `alignment`, a power of two.
pub(crate) const fn align(offset: u64, alignment: u64) -> u64 {
    offset.wrapping_add(alignment - 1) & !(alignment - 1)
}

#[cfg(test)]
mod tests;
