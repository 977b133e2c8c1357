//! Dumps of a hand-made region, read back by the container's reader; what happens when the disk says no.

use super::super::reserve::{DumpOptions, ProgramFacts};
use super::super::sample::{Loop, Region, reserve};
use super::*;
use dumpfmt::container::SectionStatus;
use dumpfmt::container::read::Container;
use dumpfmt::layout::value::Value;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// The system's allocator, which counts what the running thread asks of it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: hands everything on to the system's allocator, unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_dump_allocates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let region = Region::new(&[1, 0, 2, 3, 1]);
    let reserve = reserve(folder.path());
    let missing = super::super::sample::reserve("/nonexistent/folder".as_ref());
    let before = ALLOCATIONS.get();
    let report = dump_sample(reserve, &region);
    let failure = dump_sample(missing, &region);
    let lines = [report.as_ref().map(DumpReport::line), failure.as_ref().map(DumpReport::line)];
    let after = ALLOCATIONS.get();
    assert!(lines[0].is_ok() && lines[1].is_err());
    assert_eq!(after - before, 0);
    assert_ne!(
        {
            drop(Box::new(1));
            ALLOCATIONS.get()
        },
        after,
        "the counter counts"
    );
}

fn text(line: &LongLine) -> String {
    String::from_utf8_lossy(line.as_bytes()).into_owned()
}

fn fatal() -> Fatal<'static> {
    Fatal::uncaught(Value::integer(5), b"orders.lua:3: boom", b"stack traceback:")
}

/// Only one dump is under way in a process at a time, and tests run side by side.
fn take_turn() -> std::sync::MutexGuard<'static, ()> {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn dump_sample(reserve: &Reserve, region: &Region) -> Result<DumpReport, DumpFailure> {
    let _turn = take_turn();
    // SAFETY: the sample region is complete and nobody changes it.
    unsafe { dump(reserve, &fatal(), region.roots(), &Loop::default()) }
}

#[track_caller]
fn expect(result: Result<DumpReport, DumpFailure>) -> DumpReport {
    result.unwrap_or_else(|failure| panic!("{}", text(&failure.line())))
}

#[track_caller]
fn expect_failure(result: Result<DumpReport, DumpFailure>) -> String {
    match result {
        Ok(report) => panic!("{}", text(&report.line())),
        Err(failure) => text(&failure.line()),
    }
}

#[test]
fn a_dump_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let region = Region::new(&[1, 0, 2, 3, 1]);
    let report = expect(dump_sample(reserve(folder.path()), &region));
    let path = PathBuf::from(text(&report.path));
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len() as u64, report.bytes);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing partial is left");

    let container = Container::open(&bytes).unwrap();
    assert_eq!(container.problems(), []);
    for section in container.sections() {
        assert_eq!(section.verify(), Ok(()));
    }
    let cause = container.cause().unwrap();
    assert_eq!((cause.cause, cause.message), (Cause::UncaughtError, "orders.lua:3: boom".into()));
    assert_eq!((cause.event, cause.place, cause.at.epoch), (EventId(17), Place::Callback, 7));
    let program = container.program().unwrap();
    assert_eq!((program.name, program.pid), ("orders".into(), std::process::id()));
    assert_eq!(program.arguments.pieces().last(), Some(&b"orders.lua"[..]));
    assert!(!program.host.is_empty() && !program.system.is_empty());
    assert_eq!(container.pending().count(), 3);
    assert_eq!(container.lineage().count() + container.recorder().count() + container.natives().count(), 3);
    let segments: Vec<_> = container.segments().iter().collect();
    let places: Vec<_> = segments.iter().map(|segment| (segment.address.0, segment.length)).collect();
    assert_eq!(places, [(region.block(0), BLOCK_SIZE), (region.block(2), 3 * BLOCK_SIZE)]);
    assert_eq!(bytes[segments[1].offset as usize + BLOCK_SIZE as usize], 4);
    assert_eq!(container.header().region_base.0, region.base);
}

#[test]
fn a_second_dump_takes_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let region = Region::new(&[1]);
    let reserve = reserve(folder.path());
    for _ in 0..3 {
        expect(dump_sample(reserve, &region));
    }
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|name| name.to_string_lossy().ends_with(".vmcore")), "{names:?}");
}

#[test]
fn unreadable_memory_is_a_hole_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let region = Region::new(&[1; 20]);
    let hole = (region.block(3) + 8192) as *mut core::ffi::c_void;
    // SAFETY: three pages of the sample region, which only the dump reads.
    unsafe { rustix::mm::mprotect(hole, 3 * 4096, rustix::mm::MprotectFlags::empty()) }.unwrap();
    let report = expect(dump_sample(reserve(folder.path()), &region));
    let bytes = std::fs::read(text(&report.path)).unwrap();
    let container = Container::open(&bytes).unwrap();
    let heap = container.section(SectionId::Heap).unwrap();
    assert_eq!((heap.status, heap.missing), (Some(SectionStatus::Holes), 3 * 4096));
    let byte = |block: u64, at: u64| heap.payload[(block * BLOCK_SIZE + at) as usize];
    assert_eq!((byte(3, 8191), byte(3, 8192), byte(3, 5 * 4096 - 1), byte(3, 5 * 4096)), (4, 0, 0, 4));
    assert_eq!(byte(19, BLOCK_SIZE - 1), 20);
}

#[test]
fn what_cannot_be_written_is_one_line() {
    let region = Region::new(&[1]);
    let missing = expect_failure(dump_sample(reserve("/nonexistent/folder".as_ref()), &region));
    assert!(missing.starts_with("dump: none, cannot create /nonexistent/folder/orders."), "{missing}");
    assert!(missing.ends_with(".vmcore: No such file or directory\n"), "{missing}");
    let off = DumpOptions { enabled: false, directory: None };
    let disabled = expect_failure(dump_sample(Reserve::take(&off, &ProgramFacts::default()), &region));
    assert_eq!(disabled, "");
}

#[test]
fn a_full_disk_is_one_line() {
    let region = Region::new(&[1, 1, 1]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let reserve = reserve("/tmp".as_ref());
    let target = Target::Descriptor(std::os::fd::AsRawFd::as_raw_fd(&full));
    let _turn = take_turn();
    // SAFETY: the sample region is complete and nobody changes it.
    let result =
        unsafe { dump_to(target, reserve, &fatal(), region.roots(), &Loop::default(), 0, |result| result) };
    let failure = expect_failure(result);
    assert!(failure.ends_with("No space left on device\n"), "{failure}");
}
