//! How records become bytes: bincode with fixed-width little-endian integers, and the types that need a hand.
//!
//! Invariants: encoding allocates nothing and writes the same bytes for the same record; decoding borrows
//! from the input, allocates nothing and stops at [`RECORD_BYTES_MAX`]. No type on the wire has size zero or
//! contains itself, because bincode bounds neither.
//!
//! bincode is named nowhere else in the project: the bytes are simple enough (README.md writes them down) for
//! it to be replaced here.

use crate::addr::Addr;
use crate::layout::value::Value;
use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use core::fmt;
use core::marker::PhantomData;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most that one record may take.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

const CONFIG: Configuration<LittleEndian, Fixint, Limit<RECORD_BYTES_MAX>> =
    bincode::config::standard().with_fixed_int_encoding().with_limit::<RECORD_BYTES_MAX>();

/// Where encoded bytes go.
pub trait Output {
    /// Takes the next bytes; `false` when it cannot take more.
    fn put(&mut self, bytes: &[u8]) -> bool;
}

struct Adapter<'a>(&'a mut dyn Output);

impl Writer for Adapter<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        if self.0.put(bytes) { Ok(()) } else { Err(EncodeError::UnexpectedEnd) }
    }
}

/// Encodes a record; `false` when the output would not take it.
pub fn encode<T: Serialize>(record: &T, output: &mut dyn Output) -> bool {
    bincode::serde::encode_into_writer(record, Adapter(output), CONFIG).is_ok()
}

/// Why bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeProblem {
    /// They end before it does.
    Cut,
    /// They are none.
    Malformed(&'static str),
}

impl fmt::Display for DecodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeProblem::Cut => f.write_str("the end of the section"),
            DecodeProblem::Malformed(what) => f.write_str(what),
        }
    }
}

/// Decodes one record from the start of `bytes`; also tells how many bytes it took.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, usize), DecodeProblem> {
    bincode::serde::borrow_decode_from_slice(bytes, CONFIG).map_err(|error| match error {
        DecodeError::UnexpectedEnd { .. } => DecodeProblem::Cut,
        DecodeError::LimitExceeded => DecodeProblem::Malformed("a length that no record has"),
        DecodeError::UnexpectedVariant { .. } => DecodeProblem::Malformed("an unknown variant"),
        DecodeError::InvalidBooleanValue(_) => DecodeProblem::Malformed("a boolean that is neither 0 nor 1"),
        _ => DecodeProblem::Malformed("bytes that are no record"),
    })
}

impl Serialize for Addr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Addr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Addr)
    }
}

/// Nil of unknown origin: what fills the unused places of a [`Bounded`].
impl Default for Value {
    fn default() -> Self {
        Value::NIL
    }
}

/// A value in a record: its kind, then its payload; 9 bytes.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.kind, self.payload).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(u8, u64)>::deserialize(deserializer).map(|(kind, payload)| Value::raw(kind, payload))
    }
}

/// Bytes that are text as a rule: a path, a message, an address. Nobody promises UTF-8.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The pieces of a list that was written as one text, each ended by a NUL byte.
    pub fn pieces(self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let body = self.0.strip_suffix(b"\0").unwrap_or(self.0);
        body.split(|byte| *byte == 0).skip(usize::from(self.0.is_empty()))
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Text(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Text<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Text(bytes)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'a [u8]>::deserialize(deserializer).map(Text)
    }
}

/// A list of at most `N` elements that needs no allocation: on the wire a 64-bit count, then the elements.
#[derive(Clone, Copy)]
pub struct Bounded<T, const N: usize> {
    elements: [T; N],
    count: u8,
}

impl<T: Copy + Default, const N: usize> Bounded<T, N> {
    /// No elements.
    pub fn new() -> Self {
        const { assert!(N <= u8::MAX as usize) };
        Bounded { elements: [T::default(); N], count: 0 }
    }

    /// The elements of a slice, as many as there is room for.
    pub fn from_slice(elements: &[T]) -> Self {
        let mut list = Self::new();
        for element in elements {
            list.push(*element);
        }
        list
    }

    /// Adds one at the end; `false` when there is no room.
    pub fn push(&mut self, element: T) -> bool {
        let Some(slot) = self.elements.get_mut(usize::from(self.count)) else { return false };
        *slot = element;
        self.count += 1;
        true
    }
}

impl<T, const N: usize> Bounded<T, N> {
    /// The elements.
    pub fn as_slice(&self) -> &[T] {
        &self.elements[..usize::from(self.count)]
    }
}

impl<T: Copy + Default, const N: usize> Default for Bounded<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> core::ops::Deref for Bounded<T, N> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Bounded<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Debug for Bounded<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<T: Serialize, const N: usize> Serialize for Bounded<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.as_slice())
    }
}

impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Deserialize<'de> for Bounded<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Visitor<'de> for Elements<T, N> {
            type Value = Bounded<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {N}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut list = Bounded::new();
                while let Some(element) = sequence.next_element()? {
                    if !list.push(element) {
                        return Err(A::Error::custom("a list longer than its bound"));
                    }
                }
                Ok(list)
            }
        }

        deserializer.deserialize_seq(Elements(PhantomData))
    }
}
