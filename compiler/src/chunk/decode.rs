//! Bytes to a prototype, trusting none of them.

use super::{
    BRAND, CONVERSION_TRAP, Chunk, ChunkError, FLOAT_SAMPLE, FORMAT, INTEGER_SAMPLE, MAGIC, VERSION, tag,
};
use crate::prototype::{Constant, LocalVariable, Prototype, UpvalueDescription};
use crate::verify::{NESTING_MAX, verify};
use dumpfmt::bytecode::Instruction;
use dumpfmt::fingerprint::BYTECODE_FINGERPRINT;

/// Read bytes that are kept before they are dropped.
const BUFFER_BYTES: usize = 1 << 16;

type Decoded<T> = Result<T, ChunkError>;

/// Reads a binary chunk. Bytes after its end are ignored, as in the reference.
pub fn decode(bytes: &[u8]) -> Result<Chunk, ChunkError> {
    let mut is_fed = false;
    decode_pieces(&mut |buffer| {
        buffer.extend_from_slice(bytes);
        !core::mem::replace(&mut is_fed, true)
    })
}

/// Reads a binary chunk that comes in pieces: `feed` appends the next one, or says that there is none. It is
/// asked for no more than the chunk needs.
pub fn decode_pieces(feed: &mut dyn FnMut(&mut Vec<u8>) -> bool) -> Result<Chunk, ChunkError> {
    let mut reader = Reader { buffer: Vec::new(), position: 0, feed };
    reader.header()?;
    let source = reader.optional()?;
    let main = reader.function(1)?;
    verify(&main).map_err(ChunkError::Invalid)?;
    Ok(Chunk { main, source })
}

struct Reader<'a> {
    buffer: Vec<u8>,
    position: usize,
    feed: &'a mut dyn FnMut(&mut Vec<u8>) -> bool,
}

impl Reader<'_> {
    /// The next `count` bytes. However many that is, no room is taken for those that do not come.
    fn take(&mut self, count: u64) -> Decoded<&[u8]> {
        while ((self.buffer.len() - self.position) as u64) < count {
            if self.position > BUFFER_BYTES {
                self.buffer.drain(..self.position);
                self.position = 0;
            }
            if !(self.feed)(&mut self.buffer) {
                return Err(ChunkError::Truncated);
            }
        }
        let start = self.position;
        self.position += count as usize;
        Ok(&self.buffer[start..self.position])
    }

    fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    fn byte(&mut self) -> Decoded<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn expect(&mut self, bytes: &[u8], otherwise: &'static str) -> Decoded<()> {
        if self.take(bytes.len() as u64)? == bytes { Ok(()) } else { Err(ChunkError::Header(otherwise)) }
    }

    fn header(&mut self) -> Decoded<()> {
        // As in the reference, which asks for the first byte before it knows what follows.
        let (first, rest) = MAGIC.split_at(1);
        self.expect(first, "not a binary chunk")?;
        self.expect(rest, "not a binary chunk")?;
        self.expect(&[VERSION], "version mismatch")?;
        self.expect(&[FORMAT], "format mismatch")?;
        self.expect(CONVERSION_TRAP, "corrupted chunk")?;
        self.expect(&[size_of::<u32>() as u8], "Instruction size mismatch")?;
        self.expect(&[size_of::<i64>() as u8], "lua_Integer size mismatch")?;
        self.expect(&[size_of::<f64>() as u8], "lua_Number size mismatch")?;
        self.expect(&INTEGER_SAMPLE.to_le_bytes(), "integer format mismatch")?;
        self.expect(&FLOAT_SAMPLE.to_le_bytes(), "float format mismatch")?;
        for byte in BRAND {
            // Where the other runtime's chunk differs, however short it is.
            self.expect(&[*byte], "format mismatch: made by another runtime")?;
        }
        let fingerprint = BYTECODE_FINGERPRINT.to_le_bytes();
        self.expect(&fingerprint, "version mismatch: made by another build of this runtime")
    }

    fn number(&mut self) -> Decoded<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                break;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                // One way to write a number only.
                let is_shortest = byte != 0 || shift == 0;
                return if is_shortest { Ok(number) } else { Err(ChunkError::Malformed("a padded number")) };
            }
        }
        Err(ChunkError::Malformed("integer overflow"))
    }

    fn number_32(&mut self) -> Decoded<u32> {
        u32::try_from(self.number()?).map_err(|_| ChunkError::Malformed("integer overflow"))
    }

    fn string(&mut self) -> Decoded<Box<[u8]>> {
        let length = self.number()?;
        Ok(self.take(length)?.into())
    }

    fn optional(&mut self) -> Decoded<Option<Box<[u8]>>> {
        Ok(match self.number()? {
            0 => None,
            length => Some(self.take(length - 1)?.into()),
        })
    }

    /// A counted list. Each element takes a byte at least, so that its room is paid for when it is taken.
    fn list<T>(&mut self, mut element: impl FnMut(&mut Self) -> Decoded<T>) -> Decoded<Vec<T>> {
        let count = self.number()?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(element(self)?);
        }
        Ok(list)
    }

    fn function(&mut self, level: usize) -> Decoded<Prototype> {
        if level > NESTING_MAX {
            return Err(ChunkError::Malformed("functions are nested too deeply"));
        }
        let (line_defined, last_line_defined) = (self.number_32()?, self.number_32()?);
        let parameter_count = self.byte()?;
        let is_vararg = match self.byte()? {
            0 => false,
            1 => true,
            _ => return Err(ChunkError::Malformed("a boolean that is neither 0 nor 1")),
        };
        let register_count = self.byte()?;
        let code = self.list(|reader| Ok(Instruction(u32::from_le_bytes(reader.array()?))))?;
        let constants = self.list(Self::constant)?;
        let upvalues = self.list(Self::upvalue)?;
        let children = self.list(|reader| reader.function(level + 1))?;
        let mut previous = 0i64;
        let lines = self.list(|reader| {
            let bits = reader.number()?;
            let distance = (bits >> 1) as i64 ^ -((bits & 1) as i64);
            previous = previous.wrapping_add(distance);
            u32::try_from(previous).map_err(|_| ChunkError::Malformed("integer overflow"))
        })?;
        let locals = self.list(Self::local)?;
        Ok(Prototype {
            code,
            lines,
            constants,
            children,
            upvalues,
            locals,
            line_defined,
            last_line_defined,
            parameter_count,
            is_vararg,
            register_count,
        })
    }

    fn constant(&mut self) -> Decoded<Constant> {
        Ok(match self.byte()? {
            tag::NIL => Constant::Nil,
            tag::FALSE => Constant::Boolean(false),
            tag::TRUE => Constant::Boolean(true),
            tag::INTEGER => Constant::Integer(i64::from_le_bytes(self.array()?)),
            tag::FLOAT => Constant::Float(f64::from_le_bytes(self.array()?)),
            tag::STRING => Constant::String(self.string()?),
            _ => return Err(ChunkError::Malformed("a constant of no type")),
        })
    }

    fn upvalue(&mut self) -> Decoded<UpvalueDescription> {
        let [flags, index] = self.array()?;
        if flags > 3 {
            return Err(ChunkError::Malformed("an upvalue of no kind"));
        }
        let name = self.optional()?;
        Ok(UpvalueDescription { name, in_stack: flags & 1 != 0, index, is_constant: flags & 2 != 0 })
    }

    fn local(&mut self) -> Decoded<LocalVariable> {
        let name = self.string()?;
        let register = self.byte()?;
        let start_pc = self.number_32()?;
        let length = self.number_32()?;
        let end_pc = start_pc.checked_add(length).ok_or(ChunkError::Malformed("integer overflow"))?;
        Ok(LocalVariable { name, register, start_pc, end_pc })
    }
}
