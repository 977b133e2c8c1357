//! The mathematical functions of the C library, which the command loads when a program first calls one.
//!
//! Most programs call none; that library's pages and its binding would be a tenth of the memory and of the time that
//! an empty script takes. Whatever calls `sin` by its name, the compiler's folding of constants included, is linked
//! to the function here, which goes on in the library's.
//!
//! Invariant: results are the C library's, bit for bit.
//! Not here: which of them Lua programs see (`stdlib/math.rs`).

#![allow(unsafe_code)]

use core::ffi::{CStr, c_void};
use core::mem::transmute;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

/// The library's name, which is part of its interface.
const LIBRARY: &CStr = c"libm.so.6";

macro_rules! on_demand {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {$(
        // SAFETY: in place of the C library's function of this name, with its signature and its results.
        #[unsafe(no_mangle)]
        extern "C" fn $name($($argument: $kind),*) -> f64 {
            static FOUND: AtomicPtr<c_void> = AtomicPtr::new(null_mut());
            let mut function = FOUND.load(Ordering::Relaxed);
            if function.is_null() {
                function = find(stringify!($name));
                FOUND.store(function, Ordering::Relaxed);
            }
            // SAFETY: the library's function of this name, which has this signature.
            unsafe { transmute::<*mut c_void, extern "C" fn($($kind),*) -> f64>(function)($($argument),*) }
        }
    )*};
}

on_demand! {
    sin(x: f64);
    cos(x: f64);
    tan(x: f64);
    asin(x: f64);
    acos(x: f64);
    atan2(y: f64, x: f64);
    sinh(x: f64);
    cosh(x: f64);
    tanh(x: f64);
    exp(x: f64);
    log(x: f64);
    log2(x: f64);
    log10(x: f64);
    pow(x: f64, y: f64);
}

#[cold]
#[inline(never)]
fn find(name: &str) -> *mut c_void {
    let mut symbol = [0u8; 8];
    symbol[..name.len()].copy_from_slice(name.as_bytes());
    // SAFETY: both names end in a zero; the library stays loaded.
    let function = unsafe {
        let library = libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
        if library.is_null() { null_mut() } else { libc::dlsym(library, symbol.as_ptr().cast()) }
    };
    assert!(
        !function.is_null(),
        "the C library's {name} is missing: it is part of {LIBRARY:?}, which comes with it"
    );
    function
}
