//! What coroner answers about the story; each golden file is one command's output.
//!
//! `REQUIEM_BLESS=1 cargo test -p inspector` rewrites them.

use crate::story::{Story, story};
use std::ffi::OsString;
use std::path::PathBuf;

/// Runs one command line on `bytes` and answers status, standard output and standard error.
pub fn coroner(bytes: &[u8], arguments: &[&str]) -> (u8, String, String) {
    let path = scratch(bytes);
    let mut line: Vec<OsString> = vec!["coroner".into(), path.clone().into()];
    line.extend(arguments.iter().map(OsString::from));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = inspector::run(line, &mut out, &mut err, false);
    std::fs::remove_file(&path).unwrap();
    let shown = path.display().to_string();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&shown, "FILE");
    (status, text(out), text(err))
}

fn scratch(bytes: &[u8]) -> PathBuf {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("coroner-{}-{number}.vmcore", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[track_caller]
fn check(golden: &str, arguments: &[&str]) {
    let (status, out, err) = coroner(&story().file, arguments);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(golden);
    if std::env::var_os("REQUIEM_BLESS").is_some() {
        std::fs::write(&path, &out).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(out, expected, "{golden} differs; REQUIEM_BLESS=1 rewrites it");
}

/// The answer to `print EXPR` in one line, or the refusal.
#[track_caller]
fn check_print(arguments: &[&str], expected_status: u8, expected: &str) {
    let arguments: Vec<&str> = ["print"].iter().chain(arguments).copied().collect();
    let (status, out, err) = coroner(&story().file, &arguments);
    let said = format!("{out}{err}");
    assert_eq!(status, expected_status, "{said}");
    assert!(said.contains(expected), "{expected:?} in {said:?}");
}

#[test]
fn the_first_screen() {
    check("summary.txt", &[]);
}

#[test]
fn stacks() {
    check("stack.txt", &["stack"]);
    check("stack-v.txt", &["stack", "-v"]);
    check("frame.txt", &["frame", "1"]);
    check("source.txt", &["source", "0"]);
    check("stack-of-another.txt", &["stack", "-v", "--coroutine", "1"]);
    check("coroutines.txt", &["coroutines"]);
}

#[test]
fn the_event_loop() {
    check("pending.txt", &["pending"]);
    check("queue.txt", &["queue"]);
    check("recorder.txt", &["recorder"]);
}

#[test]
fn the_heap() {
    check("globals.txt", &["globals"]);
    check("objects.txt", &["objects"]);
    check("verify.txt", &["verify"]);
}

#[test]
fn json_has_the_same_facts() {
    check("summary.json", &["--json"]);
    check("pending.json", &["pending", "--json"]);
    check("print.json", &["--json", "print", "session"]);
    let (_, before, _) = coroner(&story().file, &["--json", "stack"]);
    let (_, after, _) = coroner(&story().file, &["stack", "--json"]);
    assert_eq!(before, after);
}

#[test]
fn paths() {
    let &Story { session, find, suspended, .. } = story();
    check("print.txt", &["print", "session"]);
    check_print(&["id"], 0, "17");
    check_print(&["session.id"], 0, "17");
    check_print(&["sessions[id].state"], 0, "\"closed\\n\"");
    check_print(&["sessions[17].self.self[2]"], 0, "20");
    check_print(&["session['a b']"], 0, "\"a string of more than forty bytes, which is not interned\"");
    check_print(&["session.score"], 0, "0.5");
    check_print(&["counter"], 0, "3");
    check_print(&["print"], 0, "(built in: print)");
    check_print(&["session.greet"], 0, "found through __index");
    check_print(&["find", "--frame", "1"], 0, &format!("function {find:#x} (orders.lua:2)"));
    check_print(&[&format!("{session:#x}.id")], 0, "17");
    check_print(&["...", "--coroutine", &format!("{suspended:#x}")], 0, "5\n6");
    check_print(&["...[2]", "--coroutine", "1"], 0, "6");
}

#[test]
fn absent_fields_and_paths_through_nil() {
    check_print(&["session.user"], 0, "nil\n");
    check_print(&["nothing"], 0, "no such global is set");
    check_print(&["session.user.name"], 1, "session.user is nil");
    check_print(&["session.id.x"], 1, "session.id is a number and has no fields");
    check_print(&["session."], 2, "a name");
    check_print(&["id", "--frame", "9"], 1, "There is no frame 9");
    check_print(&["id", "--frame", "x"], 2, "invalid value");
    check_print(&["id", "--coroutine", "7"], 1, "There is no coroutine 7");
    check_print(&["0x1230.x"], 1, "is not in the dump");
}

#[test]
fn objects_by_address() {
    let &Story { session, find, suspended, .. } = story();
    for (addr, expected) in
        [(session, "array: 3 items"), (find, "upvalue sessions = table"), (suspended, "orders.lua:7")]
    {
        let (status, out, err) = coroner(&story().file, &["object", &format!("{addr:#x}")]);
        assert_eq!(status, 0, "{err}");
        let expected = if expected.starts_with("array") { "(Session)" } else { expected };
        assert!(out.contains(expected), "{out}");
    }
    let (status, out, _) = coroner(&story().file, &["object", &format!("{:#x}", session + 8)]);
    assert!(status == 0 && out.contains("8 bytes inside"), "{out}");
    let (status, _, err) = coroner(&story().file, &["object", "zzz"]);
    assert!(status == 2 && err.contains("no address"), "{err}");
    let (status, _, err) = coroner(&story().file, &["object", "0x10"]);
    assert!(status == 1 && err.contains("no object"), "{err}");
}

#[test]
fn what_cannot_be_used_is_refused() {
    let run = |arguments: &[&str]| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = inspector::run(arguments.iter().map(OsString::from), &mut out, &mut err, false);
        (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    };
    let (status, _, err) = run(&["coroner"]);
    assert!(status == 2 && err.contains("FILE"), "{err}");
    let (status, _, err) = run(&["coroner", "/nowhere/x.vmcore"]);
    assert!(status == 2 && err.contains("no such file"), "{err}");
    let (status, _, err) = run(&["coroner", "/"]);
    assert!(status == 2 && err.contains("directory"), "{err}");
    let (status, out, _) = run(&["coroner", "--help"]);
    assert!(status == 0 && out.contains("pending"), "{out}");
    let (status, _, err) = coroner(b"#!/bin/sh\n", &[]);
    assert!(status == 2 && err.contains("no Requiem dump"), "{err}");
    let (status, out, err) = coroner(b"", &["stack", "--json"]);
    assert!(status == 2 && err.is_empty() && out.contains("\"error\""), "{out}{err}");
    let (status, _, err) = coroner(&story().file, &["explain"]);
    assert!(status == 2 && err.contains("explain"), "{err}");
}
