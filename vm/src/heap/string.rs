//! Strings: making them, their bytes, equality, hash.
//!
//! Invariant: a string of at most `SHORT_STRING_LENGTH_MAX` bytes is interned, a longer one never is; so two
//! short strings are equal exactly when their addresses are.

use super::pointer::to_addr;
use super::{Heap, OutOfMemory};
use dumpfmt::bytecode::SHORT_STRING_LENGTH_MAX;
use dumpfmt::layout::Kind;
use dumpfmt::layout::string::{HASHED, SHORT, StringObject};
use dumpfmt::layout::value::{LONG_STRING, SHORT_STRING, Value};

/// The longest string that can be made, in bytes.
pub const LENGTH_MAX: usize = u32::MAX as usize - 64;

/// The string with these bytes, as a value.
pub fn create(heap: &mut Heap, bytes: &[u8]) -> Result<Value, OutOfMemory> {
    if bytes.len() <= SHORT_STRING_LENGTH_MAX {
        return Ok(Value::object(SHORT_STRING, to_addr(heap.intern(bytes)?)));
    }
    let string = create_long(heap, bytes.len())?;
    // SAFETY: `create_long` made room for this many bytes.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), first_byte(string), bytes.len()) };
    Ok(Value::object(LONG_STRING, to_addr(string)))
}

/// A long string of `length` bytes yet to be written; the caller does so before the next safepoint.
pub fn create_long(heap: &mut Heap, length: usize) -> Result<*mut StringObject, OutOfMemory> {
    debug_assert!(length > SHORT_STRING_LENGTH_MAX);
    if length > LENGTH_MAX {
        return Err(OutOfMemory);
    }
    let string = heap.allocate(Kind::String, StringObject::BYTES as usize + length)?.cast::<StringObject>();
    // SAFETY: a fresh slot of this size.
    unsafe {
        (*string).length = length as u32;
        (*string).hash = 0;
    }
    Ok(string)
}

/// Where the bytes of a string start.
pub fn first_byte(string: *const StringObject) -> *mut u8 {
    string.cast::<u8>().wrapping_add(StringObject::BYTES as usize).cast_mut()
}

/// The bytes of a string.
///
/// # Safety
/// `string` is valid, and stays reachable for as long as the slice is used.
#[inline(always)]
pub unsafe fn bytes<'a>(string: *const StringObject) -> &'a [u8] {
    // SAFETY: the caller's; the bytes of a string never change.
    unsafe { core::slice::from_raw_parts(first_byte(string), (*string).length as usize) }
}

/// Whether two long strings have the same bytes.
///
/// # Safety
/// Both are valid.
pub unsafe fn equal(a: *const StringObject, b: *const StringObject) -> bool {
    // SAFETY: the caller's.
    unsafe { a == b || (*a).length == (*b).length && bytes(a) == bytes(b) }
}

/// The hash of any string; computed once for a long one.
///
/// # Safety
/// `string` is valid.
pub unsafe fn hash_of(string: *mut StringObject) -> u32 {
    // SAFETY: the caller's.
    unsafe {
        if (*string).header.flags & (SHORT | HASHED) == 0 {
            (*string).hash = Heap::hash(bytes(string));
            (*string).header.flags |= HASHED;
        }
        (*string).hash
    }
}
