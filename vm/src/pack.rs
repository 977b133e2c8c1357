//! `string.pack`, `string.unpack`, `string.packsize`: the format, item by item, and numbers as bytes.
//!
//! Native sizes are those of x86-64 and aarch64 Linux; `=` is the machine's own byte order.
//!
//! Invariant: `Item::padding` and `Item::size` are what an item takes of the data, but for the contents of `s` and `z`.
//! Not here: arguments and results, which are Lua values.

#[cfg(test)]
mod tests;

use crate::c_string::until_nul;
use std::fmt;

/// The largest integer, in bytes.
pub const MAX_INTEGER_SIZE: usize = 16;
/// The reference counts sizes in C's int.
const MAX_SIZE: usize = i32::MAX as usize;
/// What `!` alone stands for.
const NATIVE_ALIGNMENT: usize = 8;
/// Bytes of a Lua integer.
const LUA_INTEGER_SIZE: usize = 8;

/// What is wrong with a format, or with what it is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackError {
    /// A size of an integer, a length or an alignment.
    SizeOutOfLimits(usize),
    /// `c` without a number.
    MissingSize,
    /// A byte that names no option.
    InvalidOption(u8),
    /// `X` before something that has no alignment.
    InvalidNextOption,
    /// An alignment that is not a power of 2.
    AlignmentNotPowerOfTwo,
    /// `s` or `z` in `packsize`.
    VariableLength,
    /// `packsize` beyond C's int.
    ResultTooLarge,
    /// A signed integer beyond its size.
    IntegerOverflow,
    /// An unsigned integer beyond its size.
    UnsignedOverflow,
    /// More bytes than `cN` has.
    StringTooLong,
    /// A length beyond the size of its count.
    LengthTooLarge,
    /// A zero inside a string for `z`.
    StringContainsZeros,
    /// The data ends within an item.
    DataTooShort,
    /// No zero ends a `z`.
    UnfinishedString,
    /// An integer of this many bytes that a Lua integer cannot hold.
    IntegerTooLarge(usize),
}

/// Which argument an error is about: the word before the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// None: an error of its own, not of an argument.
    None,
    /// Argument 1.
    Format,
    /// Argument 2 of `unpack`.
    Data,
    /// The value being packed.
    Value,
}

impl PackError {
    /// Where the reference puts the blame.
    pub fn blame(&self) -> Blame {
        match self {
            PackError::SizeOutOfLimits(_)
            | PackError::MissingSize
            | PackError::InvalidOption(_)
            | PackError::IntegerTooLarge(_) => Blame::None,
            PackError::InvalidNextOption
            | PackError::AlignmentNotPowerOfTwo
            | PackError::VariableLength
            | PackError::ResultTooLarge => Blame::Format,
            PackError::DataTooShort | PackError::UnfinishedString => Blame::Data,
            PackError::IntegerOverflow
            | PackError::UnsignedOverflow
            | PackError::StringTooLong
            | PackError::LengthTooLarge
            | PackError::StringContainsZeros => Blame::Value,
        }
    }

    /// The reference's words. Bytes, since a format may hold any.
    pub fn message(&self) -> Vec<u8> {
        match self {
            PackError::InvalidOption(option) => [b"invalid format option '", &[*option][..], b"'"].concat(),
            other => other.to_string().into_bytes(),
        }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PackError::SizeOutOfLimits(size) => {
                return write!(f, "integral size ({size}) out of limits [1,{MAX_INTEGER_SIZE}]");
            }
            PackError::MissingSize => "missing size for format option 'c'",
            PackError::InvalidOption(option) => {
                return write!(f, "invalid format option '{}'", option.escape_ascii());
            }
            PackError::InvalidNextOption => "invalid next option for option 'X'",
            PackError::AlignmentNotPowerOfTwo => "format asks for alignment not power of 2",
            PackError::VariableLength => "variable-length format",
            PackError::ResultTooLarge => "format result too large",
            PackError::IntegerOverflow => "integer overflow",
            PackError::UnsignedOverflow => "unsigned overflow",
            PackError::StringTooLong => "string longer than given size",
            PackError::LengthTooLarge => "string length does not fit in given size",
            PackError::StringContainsZeros => "string contains zeros",
            PackError::DataTooShort => "data string too short",
            PackError::UnfinishedString => "unfinished string for format 'z'",
            PackError::IntegerTooLarge(size) => {
                return write!(f, "{size}-byte integer does not fit into Lua Integer");
            }
        })
    }
}

impl std::error::Error for PackError {}

/// What an item holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A signed integer.
    Signed,
    /// An unsigned integer.
    Unsigned,
    /// A float of 4 bytes.
    Single,
    /// A float of 8 bytes.
    Double,
    /// A string of exactly `size` bytes.
    Bytes,
    /// A string behind its length, which has `size` bytes.
    Counted,
    /// A string before a zero.
    ZeroTerminated,
    /// `x`: a byte that means nothing. It takes no argument and gives no result.
    Padding,
    /// `X`, a space, or a change of byte order or alignment: `padding` at most, no argument, no result.
    Nothing,
}

/// One item of a format, at a certain place of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it holds.
    pub content: Content,
    /// Its bytes, the contents of `Counted` and `ZeroTerminated` not included.
    pub size: usize,
    /// Bytes before it, for its alignment.
    pub padding: usize,
    /// Its byte order.
    pub little_endian: bool,
}

/// A format being read.
#[derive(Clone, Debug)]
pub struct PackFormat<'f> {
    rest: &'f [u8],
    little_endian: bool,
    max_alignment: usize,
}

/// An option before its alignment is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Item(Content),
    /// `X`
    Align,
}

impl<'f> PackFormat<'f> {
    /// From its beginning. Like the reference, it ends at the first zero.
    pub fn new(format: &'f [u8]) -> PackFormat<'f> {
        let rest = until_nul(format);
        PackFormat { rest, little_endian: cfg!(target_endian = "little"), max_alignment: 1 }
    }

    /// The next item, when it comes at `offset` of the data.
    pub fn next(&mut self, offset: usize) -> Result<Option<Item>, PackError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (choice, size) = self.option()?;
        let (content, alignment) = match choice {
            Choice::Item(Content::Bytes) => (Content::Bytes, 1),
            Choice::Item(content) => (content, size),
            // The option behind `X` lends its size and is used up by that.
            Choice::Align => {
                let next = if self.rest.is_empty() { None } else { Some(self.option()?) };
                match next {
                    Some((choice, size)) if choice != Choice::Item(Content::Bytes) && size > 0 => {
                        (Content::Nothing, size)
                    }
                    _ => return Err(PackError::InvalidNextOption),
                }
            }
        };
        let alignment = alignment.min(self.max_alignment);
        let padding = match alignment {
            0 | 1 => 0,
            _ if alignment.is_power_of_two() => offset.wrapping_neg() & (alignment - 1),
            _ => return Err(PackError::AlignmentNotPowerOfTwo),
        };
        Ok(Some(Item { content, size, padding, little_endian: self.little_endian }))
    }

    /// Reads one option: what it is, and its size.
    fn option(&mut self) -> Result<(Choice, usize), PackError> {
        let [option, rest @ ..] = self.rest else {
            return Ok((Choice::Item(Content::Nothing), 0));
        };
        self.rest = rest;
        let (content, size) = match option {
            b'b' => (Content::Signed, 1),
            b'B' => (Content::Unsigned, 1),
            b'h' => (Content::Signed, 2),
            b'H' => (Content::Unsigned, 2),
            b'l' | b'j' => (Content::Signed, 8),
            b'L' | b'J' | b'T' => (Content::Unsigned, 8),
            b'f' => (Content::Single, 4),
            b'd' | b'n' => (Content::Double, 8),
            b'i' => (Content::Signed, self.limited_number(4)?),
            b'I' => (Content::Unsigned, self.limited_number(4)?),
            b's' => (Content::Counted, self.limited_number(8)?),
            b'c' => (Content::Bytes, self.number().ok_or(PackError::MissingSize)?),
            b'z' => (Content::ZeroTerminated, 0),
            b'x' => (Content::Padding, 1),
            b'X' => return Ok((Choice::Align, 0)),
            _ => {
                match option {
                    b' ' => {}
                    b'<' => self.little_endian = true,
                    b'>' => self.little_endian = false,
                    b'=' => self.little_endian = cfg!(target_endian = "little"),
                    b'!' => self.max_alignment = self.limited_number(NATIVE_ALIGNMENT)?,
                    _ => return Err(PackError::InvalidOption(*option)),
                }
                (Content::Nothing, 0)
            }
        };
        Ok((Choice::Item(content), size))
    }

    /// A number that follows an option. Digits that would take it beyond C's int are left for the next option.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.rest {
            match number {
                Some(number) if number > (MAX_SIZE - 9) / 10 => break,
                _ => number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0')),
            }
            self.rest = rest;
        }
        number
    }

    fn limited_number(&mut self, default: usize) -> Result<usize, PackError> {
        match self.number().unwrap_or(default) {
            size @ 1..=MAX_INTEGER_SIZE => Ok(size),
            size => Err(PackError::SizeOutOfLimits(size)),
        }
    }
}

/// `string.packsize`.
pub fn packed_size(format: &[u8]) -> Result<usize, PackError> {
    let mut format = PackFormat::new(format);
    let mut total = 0;
    while let Some(item) = format.next(total)? {
        if matches!(item.content, Content::Counted | Content::ZeroTerminated) {
            return Err(PackError::VariableLength);
        }
        total += item.padding + item.size;
        if total > MAX_SIZE {
            return Err(PackError::ResultTooLarge);
        }
    }
    Ok(total)
}

impl Item {
    /// Appends the padding. Precedes every `push_` below.
    pub fn push_padding(&self, out: &mut Vec<u8>) {
        out.resize(out.len() + self.padding, 0);
    }

    /// Appends an integer, `Signed` or `Unsigned`.
    pub fn push_integer(&self, integer: i64, out: &mut Vec<u8>) -> Result<(), PackError> {
        if self.size < LUA_INTEGER_SIZE {
            let bits = self.size as u32 * 8;
            if self.content == Content::Signed {
                let limit = 1i64 << (bits - 1);
                if !(-limit..limit).contains(&integer) {
                    return Err(PackError::IntegerOverflow);
                }
            } else if integer as u64 >> bits != 0 {
                return Err(PackError::UnsignedOverflow);
            }
        }
        let extended = match self.content {
            Content::Signed => i128::from(integer),
            _ => i128::from(integer as u64),
        };
        self.push_ordered(&extended.to_le_bytes(), out);
        Ok(())
    }

    /// Appends a float, `Single` or `Double`.
    pub fn push_float(&self, float: f64, out: &mut Vec<u8>) {
        match self.content {
            Content::Single => self.push_ordered(&(float as f32).to_le_bytes(), out),
            _ => self.push_ordered(&float.to_le_bytes(), out),
        }
    }

    /// Appends a string: `Bytes`, `Counted` or `ZeroTerminated`.
    pub fn push_string(&self, string: &[u8], out: &mut Vec<u8>) -> Result<(), PackError> {
        match self.content {
            Content::Bytes => {
                let missing = self.size.checked_sub(string.len()).ok_or(PackError::StringTooLong)?;
                out.extend_from_slice(string);
                out.resize(out.len() + missing, 0);
            }
            Content::Counted => {
                let length = string.len() as u64;
                if self.size < LUA_INTEGER_SIZE && length >> (self.size * 8) != 0 {
                    return Err(PackError::LengthTooLarge);
                }
                self.push_ordered(&u128::from(length).to_le_bytes(), out);
                out.extend_from_slice(string);
            }
            _ => {
                if memchr::memchr(0, string).is_some() {
                    return Err(PackError::StringContainsZeros);
                }
                out.extend_from_slice(string);
                out.push(0);
            }
        }
        Ok(())
    }

    /// Appends the lowest `size` bytes of a little-endian number.
    fn push_ordered(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&bytes[..self.size]);
        if !self.little_endian {
            out[start..].reverse();
        }
    }

    /// The fixed part of the item, which is at `offset`, and the offset behind it.
    pub fn take<'d>(&self, data: &'d [u8], offset: usize) -> Result<(&'d [u8], usize), PackError> {
        let start = offset.checked_add(self.padding).ok_or(PackError::DataTooShort)?;
        let end = start.checked_add(self.size).ok_or(PackError::DataTooShort)?;
        Ok((data.get(start..end).ok_or(PackError::DataTooShort)?, end))
    }

    /// The integer in `field`, which `take` gave.
    pub fn read_integer(&self, field: &[u8]) -> Result<i64, PackError> {
        let mut bytes = [0; MAX_INTEGER_SIZE];
        bytes[..field.len()].copy_from_slice(field);
        if !self.little_endian {
            bytes[..field.len()].reverse();
        }
        let unused_bits = (MAX_INTEGER_SIZE - field.len()) as u32 * 8;
        let signed = i128::from_le_bytes(bytes).wrapping_shl(unused_bits) >> unused_bits;
        // An unsigned integer of 8 bytes wraps around; a longer one must have nothing above them.
        let fits = match self.content {
            _ if field.len() <= LUA_INTEGER_SIZE => true,
            Content::Signed => i64::try_from(signed).is_ok(),
            _ => u64::try_from(u128::from_le_bytes(bytes)).is_ok(),
        };
        match self.content {
            _ if !fits => Err(PackError::IntegerTooLarge(field.len())),
            Content::Signed => Ok(signed as i64),
            _ => Ok(u128::from_le_bytes(bytes) as i64),
        }
    }

    /// The float in `field`, which `take` gave.
    pub fn read_float(&self, field: &[u8]) -> f64 {
        let mut bytes = [0; 8];
        let width = field.len().min(8);
        bytes[..width].copy_from_slice(&field[..width]);
        if !self.little_endian {
            bytes[..width].reverse();
        }
        match self.content {
            Content::Single => f32::from_bits(u64::from_le_bytes(bytes) as u32).into(),
            _ => f64::from_le_bytes(bytes),
        }
    }

    /// The string of the item, whose fixed part is `field` and ends at `end`, and the offset behind it.
    pub fn read_string<'d>(
        &self,
        field: &'d [u8],
        data: &'d [u8],
        end: usize,
    ) -> Result<(&'d [u8], usize), PackError> {
        let ahead = data.get(end..).ok_or(PackError::DataTooShort)?;
        match self.content {
            Content::Bytes => Ok((field, end)),
            Content::Counted => {
                let length = self.read_integer(field)? as u64;
                match usize::try_from(length).ok().and_then(|length| ahead.get(..length)) {
                    Some(string) => Ok((string, end + string.len())),
                    None => Err(PackError::DataTooShort),
                }
            }
            _ => match memchr::memchr(0, ahead) {
                Some(length) => Ok((&ahead[..length], end + length + 1)),
                None => Err(PackError::UnfinishedString),
            },
        }
    }
}
