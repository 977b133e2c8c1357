//! Bytes of a file as structs, and back: bounds are checked, alignment is never asked for.
//!
//! Invariant: nothing here can panic, whatever the bytes are. A struct is copied out, so that a file may lie
//! anywhere in memory. zerocopy's derives do the casts: this crate needs no `unsafe`.
//!
//! Not here: what the bytes mean.

use core::marker::PhantomData;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// The `T` at `offset`, if the bytes reach that far.
pub fn get<T: FromBytes>(bytes: &[u8], offset: u64) -> Option<T> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(size_of::<T>())?;
    T::read_from_bytes(bytes.get(start..end)?).ok()
}

/// The bytes `offset .. offset + length`, if there are as many.
pub fn range(bytes: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    bytes.get(start..end)
}

/// The bytes of a struct.
pub fn bytes_of<T: IntoBytes + Immutable>(value: &T) -> &[u8] {
    value.as_bytes()
}

/// A row of `T` in a file, read one at a time.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a, T> {
    bytes: &'a [u8],
    marker: PhantomData<T>,
}

impl<'a, T: FromBytes> Array<'a, T> {
    /// As many whole `T` as `bytes` holds.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Array { bytes, marker: PhantomData }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.bytes.len() / size_of::<T>()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<T> {
        get(self.bytes, (index as u64).checked_mul(size_of::<T>() as u64)?)
    }

    /// All elements in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = T> + ExactSizeIterator + Clone + use<'a, T> {
        let bytes = self.bytes;
        // `chunks_exact` yields slices of exactly the size asked for: the read cannot fail.
        bytes.chunks_exact(size_of::<T>()).map(|chunk| match T::read_from_bytes(chunk) {
            Ok(element) => element,
            Err(_) => T::new_zeroed(),
        })
    }
}
