//! A process that is asked for a dump and lives on: this test binary, started again to run `target` alone.

use super::super::sample::{Loop, Region, reserve};
use super::super::signal::POLL_DUMP;
use super::*;
use dumpfmt::container::read::Container;
use dumpfmt::container::{FLAG_LIVE, FLAG_UNSYNCHRONIZED};
use dumpfmt::record::Cause;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const MODE: &str = "REQUIEM_TEST_LIVE_MODE";

/// Not a test: what the process that is asked runs.
#[test]
#[ignore = "started by the other tests"]
fn target() {
    let Ok(mode) = std::env::var(MODE) else { return };
    let region: &'static Region = Box::leak(Box::new(Region::new(&[1, 2, 3])));
    let state: &'static Loop = Box::leak(Box::default());
    let reserve = reserve("/nonexistent".as_ref());
    // As arming does: the standard library's own stack for handlers is too small for a dump.
    signal::install_stack();
    // SAFETY: both were leaked.
    let listener = unsafe { listen(reserve, region.roots(), state) }.unwrap();
    println!("\nready");
    let spins = |safepoint: &mut dyn FnMut()| loop {
        // SAFETY: the sample's roots stay where they are.
        let poll = unsafe { (&raw const (*region.roots()).poll).read_volatile() };
        if poll & POLL_DUMP != 0 {
            safepoint();
        }
    };
    let mut safepoint = || {
        // SAFETY: nothing moves in the sample.
        let requester = unsafe { answer(reserve, region.roots(), state) };
        // SAFETY: as above.
        let epoch = unsafe { (*region.roots()).epoch };
        if let Some(requester) = requester {
            println!("dumped for {requester}, epoch {epoch}");
        }
    };
    match mode.as_str() {
        "spin" => spins(&mut safepoint),
        "sleep" => loop {
            use rustix::event::{PollFd, PollFlags, poll};
            let wake = listener.wake();
            // Interrupted by the very call, as a rule.
            if poll(&mut [PollFd::from_borrowed_fd(wake, PollFlags::IN)], None) == Ok(1) {
                rustix::io::read(wake, &mut [0u8; 8]).unwrap();
                safepoint();
            }
        },
        "deaf" => std::thread::sleep(Duration::from_secs(20)),
        other => panic!("no such mode: {other}"),
    }
}

struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Running {
    fn start(mode: &str) -> Running {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "fatal::live::tests::target", "--ignored", "--nocapture"])
            .args(["--test-threads", "1"])
            .env(MODE, mode)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut running = Running { child, lines };
        running.wait_for("ready");
        running
    }

    #[track_caller]
    fn wait_for(&mut self, start: &str) -> String {
        loop {
            let line = self.lines.next().expect("the target goes on").unwrap();
            if line.starts_with(start) {
                return line;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn check(running: &mut Running, flags: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("asked.vmcore");
    let since = Instant::now();
    let report = request(running.child.id(), Some(&path)).unwrap();
    assert!(since.elapsed() < Duration::from_secs(2));
    assert_eq!(report.path.as_bytes(), path.as_os_str().as_bytes());
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len() as u64, report.bytes);
    let container = Container::open(&bytes).unwrap();
    assert_eq!(container.problems(), []);
    assert_eq!(container.header().flags, flags);
    let cause = container.cause().unwrap();
    assert_eq!(cause.cause, Cause::Request { requester: std::process::id() });
    assert_ne!(cause.writer, running.child.id(), "a copy writes");
    assert_eq!(container.program().unwrap().pid, running.child.id());
    let again = request(running.child.id(), Some(&path)).err().unwrap();
    assert!(again.contains("File exists"), "{again}");
}

#[test]
fn a_spinning_program_answers_and_lives_on() {
    let mut running = Running::start("spin");
    for turn in 0..3 {
        check(&mut running, FLAG_LIVE);
        let line = running.wait_for("dumped");
        assert_eq!(line, format!("dumped for {}, epoch {}", std::process::id(), 8 + turn));
    }
}

#[test]
fn a_sleeping_loop_is_woken() {
    let mut running = Running::start("sleep");
    check(&mut running, FLAG_LIVE);
    running.wait_for("dumped");
}

#[test]
fn a_program_without_safepoint_is_copied_as_it_stands() {
    let mut running = Running::start("deaf");
    check(&mut running, FLAG_LIVE | FLAG_UNSYNCHRONIZED);
    assert!(running.child.try_wait().unwrap().is_none());
    let children = format!("/proc/{0}/task/{0}/children", running.child.id());
    assert_eq!(std::fs::read_to_string(children).unwrap_or_default(), "", "the copy was reaped");
}

#[test]
fn who_does_not_answer_is_named() {
    let missing = request(0x3fff_fff0, None).err().unwrap();
    assert_eq!(missing, "there is no process 1073741808");
    let mute = request(std::process::id(), None).err().unwrap();
    assert!(mute.contains("does not answer: it runs no requiem"), "{mute}");
}

#[test]
fn a_visitor_who_says_nothing_keeps_nobody_out_for_long() {
    let mut running = Running::start("spin");
    let pid = running.child.id();
    let mute = connect(pid).unwrap();
    let _: Hello = receive(&mute, pid).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("asked.vmcore");
    let other = std::thread::spawn(move || request(pid, Some(&path)));
    std::thread::sleep(Duration::from_millis(200));
    assert!(!other.is_finished(), "one at a time");
    drop(mute);
    other.join().unwrap().unwrap();
    running.wait_for("dumped");
}

#[test]
fn a_program_that_nobody_asks_has_no_thread_for_it() {
    let running = Running::start("sleep");
    let tasks = std::fs::read_dir(format!("/proc/{}/task", running.child.id())).unwrap();
    let names: Vec<String> =
        tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap()).collect();
    assert!(names.len() <= 2, "the test's own two: {names:?}");
}
