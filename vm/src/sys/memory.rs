//! Address space: reserving it, making parts of it usable, giving memory back, moving pages.
//!
//! Invariant: nothing here touches memory that the caller does not say is its own.
//! Not here: what the ranges hold (`heap/region.rs`, `heap/gray.rs`, `heap/intern.rs`).

#![allow(unsafe_code)]

use core::ffi::c_void;
use core::ptr::null_mut;
use rustix::mm::{self, Advice, MapFlags, MprotectFlags, MremapFlags, ProtFlags};

/// The largest page of any supported system: what is a multiple of it is a multiple of a page. To ask the system
/// would bring parts of the C library into memory that nothing else needs.
pub const PAGE_BYTES_MAX: u64 = 64 << 10;

/// Reserves exactly `[address, address + length_bytes)` without access; false when any of it is taken or the
/// system refuses.
pub fn reserve_at(address: u64, length_bytes: u64) -> bool {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED_NOREPLACE;
    // SAFETY: FIXED_NOREPLACE never replaces a mapping, so no memory in use changes.
    let mapped = unsafe {
        mm::mmap_anonymous(address as *mut c_void, length_bytes as usize, ProtFlags::empty(), flags)
    };
    match mapped {
        Ok(pointer) if pointer as u64 == address => true,
        Ok(pointer) => {
            // A kernel before 4.17 takes the address as a wish.
            release(pointer as u64, length_bytes);
            false
        }
        Err(_) => false,
    }
}

/// Reserves `length_bytes` anywhere, without access.
pub fn reserve(length_bytes: u64) -> Option<u64> {
    map_with(length_bytes, ProtFlags::empty())
}

/// Memory of `length_bytes` anywhere, to be read and written; it reads as zero until written.
pub fn map(length_bytes: u64) -> Option<u64> {
    map_with(length_bytes, ProtFlags::READ | ProtFlags::WRITE)
}

fn map_with(length_bytes: u64, access: ProtFlags) -> Option<u64> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: a new mapping where the kernel likes.
    let mapped = unsafe { mm::mmap_anonymous(null_mut(), length_bytes as usize, access, flags) };
    mapped.ok().map(|pointer| pointer as u64)
}

/// Makes a page-aligned part of a reserved range readable and writable; it reads as zero until written.
pub fn commit(address: u64, length_bytes: u64) -> bool {
    // SAFETY: access is widened on the caller's own reservation; no contents change.
    unsafe {
        mm::mprotect(
            address as *mut c_void,
            length_bytes as usize,
            MprotectFlags::READ | MprotectFlags::WRITE,
        )
    }
    .is_ok()
}

/// Gives the memory of a page-aligned part back; it reads as zero from now on.
///
/// # Safety
/// The range is committed and nothing in it is needed any more.
pub unsafe fn discard(address: u64, length_bytes: u64) {
    // SAFETY: the caller's. Refusal only means that the memory stays.
    let _ = unsafe { mm::madvise(address as *mut c_void, length_bytes as usize, Advice::LinuxDontNeed) };
}

/// Asks for huge pages in a range; a wish, not an order.
pub fn prefer_huge_pages(address: u64, length_bytes: u64) {
    // SAFETY: the advice changes no contents.
    let _ = unsafe { mm::madvise(address as *mut c_void, length_bytes as usize, Advice::LinuxHugepage) };
}

/// Unmaps a range.
pub fn release(address: u64, length_bytes: u64) {
    // SAFETY: only called on mappings made here, by their owner.
    let _ = unsafe { mm::munmap(address as *mut c_void, length_bytes as usize) };
}

/// Has the C library's allocator give back what it keeps of freed memory, where it offers that.
pub fn trim_allocator() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: memory in use stays as it is.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Moves the pages of `[source, source + length_bytes)` to `target` without copying; the source stays mapped
/// and reads as zero. False when the kernel cannot (before 5.7): the source is as it was, `target` still usable.
///
/// # Safety
/// Both ranges are page-aligned, disjoint, committed and the caller's; what `target` holds is not needed.
pub unsafe fn move_pages(source: u64, target: u64, length_bytes: u64) -> bool {
    let flags = MremapFlags::MAYMOVE | MremapFlags::DONTUNMAP;
    let length = length_bytes as usize;
    let place = target as *mut c_void;
    // SAFETY: the caller's.
    unsafe {
        if mm::mremap_fixed(source as *mut c_void, length, length, flags, place).is_ok() {
            return true;
        }
        // A move refused late, for want of memory, has already unmapped the target.
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let fixed = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
        mm::mmap_anonymous(place, length, access, fixed).expect("what was mapped can be mapped again");
    }
    false
}

/// The highest address of the calling thread's machine stack, 0 when the system does not tell.
pub fn native_stack_bottom() -> usize {
    let mut attributes = core::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut address = core::ptr::null_mut();
    let mut length = 0;
    // SAFETY: the attributes are initialised by the first call, read by the second, released by the third.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return 0;
        }
        let known = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut address, &raw mut length) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        if known { address as usize + length } else { 0 }
    }
}
