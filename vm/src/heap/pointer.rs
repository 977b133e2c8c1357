//! From addresses to pointers: the only place where a number becomes memory.
//!
//! # Validity
//! A `Ref` or an object `Value` that is read from a root, a frame or another live object of this process
//! refers to an allocated slot that holds an object of that kind: only the functions of `heap` write such
//! fields, each with an object just made or read from another such field. The slot stays allocated while the
//! object is reachable from the roots, or, between two safepoints, from machine code (see `heap.rs`). Every
//! `SAFETY` note in `heap` and `interp` that says *valid by the heap's contract* means this paragraph.

use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::value::{StackSlot, Value};

/// Turns an inert reference into a pointer. Following it is the unsafe step.
pub trait Pointer<T> {
    /// The object as a raw pointer; null for a null reference.
    fn ptr(self) -> *mut T;
}

impl<T> Pointer<T> for Ref<T> {
    #[inline(always)]
    fn ptr(self) -> *mut T {
        self.addr.0 as *mut T
    }
}

/// The reference for a pointer to an object.
#[inline(always)]
pub fn to_ref<T>(pointer: *const T) -> Ref<T> {
    Ref::new(to_addr(pointer))
}

/// The address of a pointer.
#[inline(always)]
pub fn to_addr<T>(pointer: *const T) -> Addr {
    Addr(pointer as u64)
}

/// The pointer for an address.
#[inline(always)]
pub fn at<T>(addr: Addr) -> *mut T {
    addr.0 as *mut T
}

/// Copies a value as kind and payload, never as one 16-byte move: the source has just been written in two
/// stores, and a wider load would wait for both (8 % of all run time, measured on a prototype).
///
/// # Safety
/// `source` can be read and `target` written as values.
#[inline(always)]
pub unsafe fn copy(target: *mut Value, source: *const Value) {
    // SAFETY: the caller's.
    unsafe {
        let kind = (*source).kind;
        let payload = (*source).payload;
        (*target).kind = kind;
        (*target).payload = payload;
    }
}

/// Writes a value as kind and payload; `link` of the slot keeps what it was.
///
/// # Safety
/// `target` can be written as a value.
#[inline(always)]
pub unsafe fn store(target: *mut Value, value: Value) {
    // SAFETY: the caller's.
    unsafe {
        (*target).kind = value.kind;
        (*target).payload = value.payload;
    }
}

/// Reads a value as kind and payload.
///
/// # Safety
/// `source` can be read as a value.
#[inline(always)]
pub unsafe fn load(source: *const Value) -> Value {
    // SAFETY: the caller's.
    unsafe { Value::raw((*source).kind, (*source).payload) }
}

/// A value's place on a stack, as what it is there.
#[inline(always)]
pub fn as_slot(value: *const Value) -> *mut StackSlot {
    value.cast_mut().cast()
}
