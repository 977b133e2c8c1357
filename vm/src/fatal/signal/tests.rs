//! Ways to die, each in a process of its own: this test binary, started again to run `victim` alone.

use super::super::sample::{Loop, Region, reserve};
use super::*;
use dumpfmt::container::SectionStatus;
use dumpfmt::container::read::Container;
use dumpfmt::record::{CauseRecord, Signal};
use dumpfmt::section::SectionId;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const WAY: &str = "REQUIEM_TEST_WAY_TO_DIE";
const FOLDER: &str = "REQUIEM_TEST_FOLDER";

/// Not a test: what the processes that die run.
#[test]
#[ignore = "started by the other tests with a way to die"]
fn victim() {
    let (Ok(way), Ok(folder)) = (std::env::var(WAY), std::env::var(FOLDER)) else { return };
    let region: &'static Region = Box::leak(Box::new(Region::new(&[1, 0, 2, 3])));
    let state: &'static Loop = Box::leak(Box::default());
    // SAFETY: both were leaked.
    unsafe { arm(reserve(Path::new(&folder)), region.roots(), state) };
    // SAFETY: the answers are to be seen in how the process ends.
    unsafe {
        match way.as_str() {
            "segv" => core::ptr::without_provenance_mut::<u8>(0x10).write_volatile(1),
            "segv in the dump" => {
                state.breaks.set(true);
                core::ptr::without_provenance_mut::<u8>(0x10).write_volatile(1);
            }
            "abort" => libc::abort(),
            "fpe" => signal::send_to(process::pid(), process::thread(), libc::SIGFPE),
            "overflow" => {
                std::hint::black_box(deeper(std::hint::black_box(0)));
            }
            "panic" => panic!("a bug of the runtime"),
            "quit, deaf" => {
                signal::send_to(process::pid(), process::thread(), libc::SIGQUIT);
                std::thread::sleep(std::time::Duration::from_secs(10));
            }
            "quit, at a safepoint" => {
                signal::send_to(process::pid(), process::thread(), libc::SIGQUIT);
                while (&raw const (*region.roots()).poll).read_volatile() & POLL_DUMP == 0 {}
                super::super::live::answer(reserve(Path::new(&folder)), region.roots(), state);
            }
            other => panic!("no such way: {other}"),
        }
    }
}

#[expect(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let pad = std::hint::black_box([depth; 64]);
    deeper(depth + 1) + pad[depth as usize % 64]
}

fn die(way: &str, folder: &Path) -> (Output, Option<Vec<u8>>) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fatal::signal::tests::victim", "--ignored", "--nocapture"])
        .args(["--test-threads", "1"])
        .env(WAY, way)
        .env(FOLDER, folder)
        .output()
        .unwrap();
    let files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() <= 1, "{files:?}");
    (output, files.first().map(|path| std::fs::read(path).unwrap()))
}

/// Dies, and checks signal, the line on stderr, and the dump.
#[track_caller]
fn check(way: &str, signal: i32, check: impl Fn(&Container<'_>, CauseRecord<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let (output, bytes) = die(way, folder.path());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(signal), "{way}: {:?} {stderr}", output.status);
    assert_eq!(stderr.matches("dump: ").count(), 1, "{stderr}");
    let bytes = bytes.expect("a dump");
    let container = Container::open(&bytes).unwrap();
    assert!(container.trailer().is_some());
    check(&container, container.cause().unwrap());
}

#[track_caller]
fn check_fault(way: &str, number: i32, expected: Signal) {
    check(way, number, |container, cause| {
        assert!(matches!(cause.cause, Cause::Fault { signal, .. } if signal == expected), "{cause:?}");
        assert_eq!(container.problems(), []);
    });
}

#[test]
fn crash_signals_are_dumped_and_died_of() {
    check_fault("segv", libc::SIGSEGV, Signal::Segv);
    check_fault("abort", libc::SIGABRT, Signal::Abrt);
    check_fault("fpe", libc::SIGFPE, Signal::Fpe);
}

#[test]
fn the_address_of_a_fault_is_told() {
    check("segv", libc::SIGSEGV, |_, cause| {
        let Cause::Fault { address, instruction, .. } = cause.cause else { panic!("{cause:?}") };
        assert_eq!(address.0, 0x10);
        assert!(!instruction.is_null());
        assert_eq!(cause.message, "SIGSEGV at address 0x10".into());
    });
}

#[test]
fn an_overflow_of_the_machine_stack_is_dumped_from_the_other_stack() {
    check_fault("overflow", libc::SIGSEGV, Signal::Segv);
}

#[test]
fn a_second_fault_costs_its_section_alone() {
    check("segv in the dump", libc::SIGSEGV, |container, _| {
        let status = |id| container.section(id).unwrap().status;
        assert_eq!(status(SectionId::Queue), Some(SectionStatus::Failed));
        assert_eq!(status(SectionId::Pending), Some(SectionStatus::Complete));
        assert_eq!(status(SectionId::Heap), Some(SectionStatus::Complete));
        assert_eq!(container.problems().len(), 1);
    });
}

#[test]
fn sigquit_is_served_at_a_safepoint_or_without_one() {
    check("quit, at a safepoint", libc::SIGQUIT, |container, cause| {
        assert_eq!((cause.cause, container.header().flags), (Cause::Quit, 0));
    });
    check("quit, deaf", libc::SIGQUIT, |container, cause| {
        let expected = dumpfmt::container::FLAG_UNSYNCHRONIZED;
        assert_eq!((cause.cause, container.header().flags), (Cause::Quit, expected));
    });
}

#[test]
fn a_panic_is_dumped_and_reported_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let (output, bytes) = die("panic", folder.path());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(101), "{stderr}");
    assert!(stderr.contains("a bug of the runtime") && stderr.contains("dump: "), "{stderr}");
    let bytes = bytes.unwrap();
    let cause = Container::open(&bytes).unwrap().cause().unwrap();
    assert_eq!(cause.cause, Cause::Panic);
    assert!(cause.message.to_string().contains("a bug of the runtime"));
}
