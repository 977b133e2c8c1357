//! Addresses in the recorded process: inert numbers that nothing in this crate can follow.
//!
//! Only `vm/heap` may turn one into a pointer, only `inspector/image` into bytes of a file.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// An address in the recorded process; 0 means none.
#[repr(transparent)]
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Addr(pub u64);

impl Addr {
    /// No address.
    pub const NULL: Addr = Addr(0);

    /// Whether this is [`Addr::NULL`].
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The address `bytes` further on; wraps, since a hostile image may hold any number.
    pub const fn offset(self, bytes: u64) -> Addr {
        Addr(self.0.wrapping_add(bytes))
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The address of a `T` of `layout`; 0 means none. In a file it is a claim, not a fact.
#[repr(transparent)]
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct Ref<T> {
    /// The address of the object's header.
    pub addr: Addr,
    marker: PhantomData<T>,
}

impl<T> Ref<T> {
    /// No object.
    pub const NULL: Ref<T> = Ref { addr: Addr::NULL, marker: PhantomData };

    /// The object said to lie at `addr`.
    pub const fn new(addr: Addr) -> Self {
        Ref { addr, marker: PhantomData }
    }

    /// Whether this refers to nothing.
    pub const fn is_null(self) -> bool {
        self.addr.is_null()
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}
impl<T> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.addr == other.addr
    }
}
impl<T> Eq for Ref<T> {}
impl<T> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.addr.hash(state);
    }
}
impl<T> Default for Ref<T> {
    fn default() -> Self {
        Self::NULL
    }
}
impl<T> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.addr, f)
    }
}
