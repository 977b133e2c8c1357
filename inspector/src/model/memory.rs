//! Typed memory: the image, the program's roots, and objects by address.
//!
//! Invariant: an object is handed out only when it lies at a multiple of 16 and its header names the kind
//! that was asked for. Its fields are still claims.
//!
//! Not here: whether the slot is allocated (`heap.rs` knows, `check` asks).

use super::heap::BlockTable;
use super::value::LuaValue;
use crate::image::{Fault, Image, Why};
use dumpfmt::addr::Addr;
use dumpfmt::layout::roots::Roots;
use dumpfmt::layout::value::Value;
use dumpfmt::layout::{Kind, ObjectHeader};
use std::borrow::Cow;
use std::cell::OnceCell;
use zerocopy::FromBytes;

/// The recorded memory in Lua's terms.
#[derive(Debug)]
pub struct Memory<'f> {
    /// Addresses to bytes.
    pub image: Image<'f>,
    /// Where the region started: `Roots` lie there.
    pub base: Addr,
    /// The roots, or why there are none.
    pub roots: Result<Roots, Fault>,
    blocks: OnceCell<BlockTable>,
}

/// As much of a row of structs as is there.
#[derive(Debug)]
pub struct Row<'a> {
    /// Whole elements only.
    pub bytes: Cow<'a, [u8]>,
    /// Where it ends too early.
    pub fault: Option<Fault>,
}

impl<'f> Memory<'f> {
    /// The memory in `image`, whose region started at `base`.
    pub fn new(image: Image<'f>, base: Addr) -> Memory<'f> {
        let roots = image.read::<Roots>(base);
        Memory { image, base, roots, blocks: OnceCell::new() }
    }

    /// The block table; empty when there are no roots to lead to it.
    pub fn blocks(&self) -> &BlockTable {
        self.blocks.get_or_init(|| match &self.roots {
            Ok(roots) => BlockTable::read(&self.image, roots),
            Err(_) => BlockTable::default(),
        })
    }

    /// The header of the object at `addr`.
    pub fn header(&self, addr: Addr) -> Result<ObjectHeader, Fault> {
        if addr.is_null() {
            return Err(Fault::new(addr, Why::Null));
        }
        if !addr.0.is_multiple_of(dumpfmt::region::GRANULE) {
            return Err(Fault::new(addr, Why::Misaligned));
        }
        self.image.read(addr)
    }

    /// The object of `kind` at `addr`.
    pub fn object<T: FromBytes>(&self, addr: Addr, kind: Kind) -> Result<T, Fault> {
        let header = self.header(addr)?;
        if header.kind != kind as u8 {
            return Err(Fault::new(addr, Why::WrongKind { expected: kind.name(), found: header.kind }));
        }
        self.image.read(addr)
    }

    /// The value in the 16 bytes at `addr`.
    pub fn value_at(&self, addr: Addr) -> Result<LuaValue, Fault> {
        self.image.read::<Value>(addr).map(LuaValue::from)
    }

    /// As much of `count` elements of `size` bytes from `addr` on as is there.
    pub fn row(&self, addr: Addr, count: u64, size: u64) -> Row<'f> {
        let Some(length) = count.checked_mul(size) else {
            let limit = self.image.size_bytes() / size;
            return Row {
                bytes: Cow::Borrowed(&[]),
                fault: Some(Fault::new(addr, Why::TooLong { claimed: count, limit })),
            };
        };
        if length == 0 {
            return Row { bytes: Cow::Borrowed(&[]), fault: None };
        }
        match self.image.bytes(addr, length) {
            Ok(bytes) => Row { bytes, fault: None },
            Err(fault) => {
                let there = self.image.available(addr).min(length);
                let whole = there - there % size;
                let bytes = self.image.bytes(addr, whole).unwrap_or(Cow::Borrowed(&[]));
                Row { bytes, fault: Some(fault) }
            }
        }
    }
}
