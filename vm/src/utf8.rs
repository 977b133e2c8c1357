//! UTF-8 as Lua has it: the original scheme of up to six bytes and 31 bits, of which Unicode is the strict part.
//!
//! Invariant: `decode` never accepts an overlong form, neither strictly nor laxly.
//! Not here: arguments and Lua values; positions are offsets from 0 except where said.

#[cfg(test)]
mod tests;

/// The greatest value that can be encoded.
pub const MAX_CODE: u32 = 0x7FFF_FFFF;
/// The longest encoding, in bytes.
pub const MAX_LENGTH: usize = 6;
/// `utf8.charpattern`: one character, in a string known to be valid.
pub const CHARACTER_PATTERN: &[u8] = b"[\0-\x7F\xC2-\xFD][\x80-\xBF]*";

/// The greatest value of an encoding of 1, 2 … bytes.
const LIMITS: [u32; MAX_LENGTH] = [0x7F, 0x7FF, 0xFFFF, 0x1F_FFFF, 0x3FF_FFFF, MAX_CODE];

/// Whether `byte` can only continue a character.
#[inline]
pub fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Encodes a value into `buffer` and gives the part used. Precondition: `code <= MAX_CODE`; a greater value loses its
/// highest bit.
pub fn encode(code: u32, buffer: &mut [u8; MAX_LENGTH]) -> &[u8] {
    let code = code & MAX_CODE;
    let length = 1 + LIMITS.iter().take_while(|&&limit| code > limit).count();
    let mut rest = code;
    for byte in buffer[1..length].iter_mut().rev() {
        *byte = 0x80 | (rest & 0x3F) as u8;
        rest >>= 6;
    }
    let lead_mark = if length == 1 { 0 } else { !(0xFF >> length) };
    buffer[0] = lead_mark | rest as u8;
    &buffer[..length]
}

/// Decodes the character at the start of `bytes`: its value and its length. Strictly, only what Unicode allows.
#[inline]
pub fn decode(bytes: &[u8], lax: bool) -> Option<(u32, usize)> {
    let &first = bytes.first()?;
    if first < 0x80 {
        return Some((first.into(), 1));
    }
    let length = first.leading_ones() as usize;
    if !(2..=MAX_LENGTH).contains(&length) {
        return None;
    }
    let mut code = u32::from(first) & (0x7F >> length);
    for &byte in bytes.get(1..length)? {
        if !is_continuation(byte) {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3F);
    }
    let overlong = code <= LIMITS[length - 2];
    let in_range = lax || char::from_u32(code).is_some();
    (!overlong && in_range).then_some((code, length))
}

/// Counts the characters that start in `from..to`; the offset of the first invalid one instead.
pub fn count(bytes: &[u8], from: usize, to: usize, lax: bool) -> Result<usize, usize> {
    let mut at = from;
    let mut characters = 0;
    while at < to {
        let (_, length) = bytes.get(at..).and_then(|ahead| decode(ahead, lax)).ok_or(at)?;
        at += length;
        characters += 1;
    }
    Ok(characters)
}

/// `utf8.offset` was asked to begin inside a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InsideCharacter;

/// The offset of the `n`-th character counted from `from`, where the first is 1, the one before is -1, and 0 asks for
/// the start of the character that holds `from`. Precondition: `from <= bytes.len()`.
pub fn offset(bytes: &[u8], n: i64, from: usize) -> Result<Option<usize>, InsideCharacter> {
    let continues = |at: usize| bytes.get(at).is_some_and(|&byte| is_continuation(byte));
    let mut at = from;
    if n == 0 {
        while at > 0 && continues(at) {
            at -= 1;
        }
        return Ok(Some(at));
    }
    if continues(at) {
        return Err(InsideCharacter);
    }
    let mut missing = if n > 0 { n as u64 - 1 } else { n.unsigned_abs() };
    while missing > 0 {
        if n > 0 {
            if at >= bytes.len() {
                break;
            }
            at += 1;
            while continues(at) {
                at += 1;
            }
        } else {
            if at == 0 {
                break;
            }
            at -= 1;
            while at > 0 && continues(at) {
                at -= 1;
            }
        }
        missing -= 1;
    }
    Ok((missing == 0).then_some(at))
}

/// Why `utf8.codes` cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCode;

/// A step of `utf8.codes`: the offset and the value of the first character at or after `from`. `from` is also the
/// position, counted from 1, of the character before it, which is how the loop's control variable serves.
pub fn next_code(bytes: &[u8], from: u64, lax: bool) -> Result<Option<(usize, u32)>, InvalidCode> {
    let Ok(mut at) = usize::try_from(from) else {
        return Ok(None);
    };
    while bytes.get(at).is_some_and(|&byte| is_continuation(byte)) {
        at += 1;
    }
    let Some(ahead) = bytes.get(at..).filter(|ahead| !ahead.is_empty()) else {
        return Ok(None);
    };
    let (code, length) = decode(ahead, lax).ok_or(InvalidCode)?;
    if ahead.get(length).is_some_and(|&byte| is_continuation(byte)) {
        return Err(InvalidCode);
    }
    Ok(Some((at, code)))
}

/// A position as Lua gives it, negative from the end, turned into one counted from 1; 0 when before the start.
pub fn position(position: i64, length: usize) -> i64 {
    match position {
        0.. => position,
        _ if position.unsigned_abs() > length as u64 => 0,
        _ => length as i64 + position + 1,
    }
}
