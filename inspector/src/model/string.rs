//! Strings: any bytes.

use super::memory::Memory;
use crate::image::Fault;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::string::StringObject;
use std::borrow::Cow;

impl<'f> Memory<'f> {
    /// The bytes of the string at `addr`.
    pub fn string(&self, addr: Addr) -> Result<Cow<'f, [u8]>, Fault> {
        let object: StringObject = self.object(addr, Kind::String)?;
        self.image.bytes(addr.offset(StringObject::BYTES), u64::from(object.length))
    }

    /// At most `limit` bytes of it, and how many it has.
    pub fn string_start(&self, addr: Addr, limit: u64) -> Result<(Cow<'f, [u8]>, u64), Fault> {
        let object: StringObject = self.object(addr, Kind::String)?;
        let length = u64::from(object.length);
        let bytes = self.image.bytes(addr.offset(StringObject::BYTES), length.min(limit))?;
        Ok((bytes, length))
    }

    /// It as text; bytes that are no UTF-8 become U+FFFD.
    pub fn text(&self, addr: Addr) -> Result<String, Fault> {
        self.string(addr).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether the string at `addr` has these bytes.
    pub fn string_is(&self, addr: Addr, bytes: &[u8]) -> Result<bool, Fault> {
        let object: StringObject = self.object(addr, Kind::String)?;
        if object.length as usize != bytes.len() {
            return Ok(false);
        }
        let found = self.image.bytes(addr.offset(StringObject::BYTES), bytes.len() as u64)?;
        Ok(*found == *bytes)
    }
}
