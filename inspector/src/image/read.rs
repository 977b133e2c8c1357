//! Reading: bytes, structs and rows of structs at an address, or the `Fault` that says why not.

use super::{Fault, Image, Why};
use dumpfmt::addr::Addr;
use std::borrow::Cow;
use zerocopy::FromBytes;

impl<'f> Image<'f> {
    /// `length` bytes at `addr`; borrowed when they lie in one segment.
    pub fn bytes(&self, addr: Addr, length: u64) -> Result<Cow<'f, [u8]>, Fault> {
        let first = self.run(addr)?;
        if first.len() as u64 >= length {
            return Ok(Cow::Borrowed(&first[..length as usize]));
        }
        let mut joined = Vec::with_capacity(first.len() * 2);
        joined.extend_from_slice(first);
        while (joined.len() as u64) < length {
            let next = self.run(addr.offset(joined.len() as u64))?;
            let wanted = (length - joined.len() as u64).min(next.len() as u64) as usize;
            joined.extend_from_slice(&next[..wanted]);
        }
        Ok(Cow::Owned(joined))
    }

    /// The struct at `addr`.
    pub fn read<T: FromBytes>(&self, addr: Addr) -> Result<T, Fault> {
        let bytes = self.bytes(addr, size_of::<T>() as u64)?;
        // The length is right and any bytes are a valid T, so this cannot fail; a fault beats a panic.
        T::read_from_bytes(&bytes).map_err(|_| Fault::new(addr, Why::NotRecorded))
    }

    /// `count` structs, one after the other.
    pub fn read_row<T: FromBytes>(&self, addr: Addr, count: u64) -> Result<Vec<T>, Fault> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let limit = self.size_bytes() / size_of::<T>() as u64;
        if count > limit {
            return Err(Fault::new(addr, Why::TooLong { claimed: count, limit }));
        }
        let bytes = self.bytes(addr, count * size_of::<T>() as u64)?;
        Ok(bytes.chunks_exact(size_of::<T>()).filter_map(|chunk| T::read_from_bytes(chunk).ok()).collect())
    }

    /// How many bytes lie in one piece from `addr` on; 0 when none do.
    pub fn available(&self, addr: Addr) -> u64 {
        self.run(addr).map_or(0, |run| run.len() as u64)
    }

    /// The bytes from `addr` to the end of its segment; never empty.
    fn run(&self, addr: Addr) -> Result<&'f [u8], Fault> {
        let after = self.segments.partition_point(|segment| segment.start.0 <= addr.0);
        if let Some(segment) = after.checked_sub(1).and_then(|index| self.segments.get(index))
            && addr.0 < segment.end()
        {
            let from = segment.offset + (addr.0 - segment.start.0);
            let to = segment.offset + segment.length;
            if let Some(bytes) = self.file.get(from as usize..to as usize) {
                return Ok(bytes);
            }
        }
        Err(Fault::new(addr, self.why_not(addr)))
    }

    fn why_not(&self, addr: Addr) -> Why {
        let cut = |hole: &super::Hole| hole.start.0 <= addr.0 && addr.0 - hole.start.0 < hole.length;
        let after = self.holes.partition_point(|hole| hole.start.0 <= addr.0);
        match after.checked_sub(1).and_then(|index| self.holes.get(index)) {
            _ if addr.is_null() => Why::Null,
            Some(hole) if cut(hole) => Why::CutOff,
            _ if self.lost.as_ref().is_some_and(cut) => Why::CutOff,
            _ => Why::NotRecorded,
        }
    }
}
