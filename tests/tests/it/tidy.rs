//! What the house rules ask and a compiler does not check: floors between crates, no circles between modules,
//! `unsafe` in its named files, sizes and names of files.
//!
//! Invariant: every rule is a function from sources to complaints, and is itself tried on bad samples.
//! Not here: formatting and lints, which `cargo fmt` and clippy own.

mod code;
mod modules;
mod rules;

use std::path::Path;

use tests::binaries::workspace_root;

/// One file of the workspace.
pub struct Source {
    /// From the workspace's root, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        Source { path: path.to_string(), text: text.to_string() }
    }

    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// All files that people write, `target` and hidden folders aside.
fn workspace() -> Vec<Source> {
    let root = workspace_root();
    let mut sources = Vec::new();
    read_folder(&root, &root, &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn read_folder(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("target") || (name.starts_with('.') && name != ".ci") {
            continue;
        }
        if path.is_dir() {
            read_folder(root, &path, sources);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let relative = path.strip_prefix(root).expect("found below the root");
            sources.push(Source { path: relative.to_string_lossy().into_owned(), text });
        }
    }
}

#[track_caller]
fn check_clean(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{} complaints\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn crates_depend_downwards_only() {
    check_clean(rules::crate_floors(&workspace()));
}

#[test]
fn modules_use_only_those_above_them() {
    check_clean(modules::order_and_circles(&workspace()));
}

#[test]
fn unsafe_stays_in_its_files_and_says_why() {
    check_clean(rules::unsafe_places(&workspace()));
}

#[test]
fn files_are_small_and_named_after_a_noun() {
    check_clean(rules::sizes_and_names(&workspace()));
}

#[test]
fn nothing_is_left_for_later() {
    check_clean(rules::unfinished(&workspace()));
}

/// Asserts that a rule says exactly one thing about the samples, and that it contains `expected`; an empty
/// `expected` means that the rule is silent.
#[track_caller]
fn check(rule: fn(&[Source]) -> Vec<String>, samples: &[(&str, &str)], expected: &str) {
    let sources: Vec<Source> = samples.iter().map(|(path, text)| Source::new(path, text)).collect();
    let complaints = rule(&sources);
    if expected.is_empty() {
        assert!(complaints.is_empty(), "silence expected, got {complaints:?}");
    } else {
        assert!(
            complaints.len() == 1 && complaints[0].contains(expected),
            "{expected:?} expected, got {complaints:?}"
        );
    }
}

#[test]
fn the_floor_rule_sees_a_dependency_upwards() {
    let rule = rules::crate_floors;
    check(
        rule,
        &[("compiler/Cargo.toml", "[dependencies]\nvm.workspace = true\n")],
        "compiler may not use vm",
    );
    check(
        rule,
        &[("inspector/Cargo.toml", "[dev-dependencies]\nvm = { path = \"../vm\" }\n")],
        "inspector may not",
    );
    check(
        rule,
        &[("dumpfmt/Cargo.toml", "[dependencies.compiler]\nworkspace = true\n")],
        "dumpfmt may not use",
    );
    check(
        rule,
        &[("vm/Cargo.toml", "[package]\nname = \"inspector\"\n[dependencies]\ncompiler.workspace = true\n")],
        "",
    );
    check(rule, &[("other/Cargo.toml", "[dependencies]\nserde = \"1\"\n")], "no floor");
}

#[test]
fn the_module_rule_sees_wrong_order_and_circles() {
    let rule = modules::order_and_circles;
    let lib = ("vm/src/lib.rs", "pub mod low;\npub mod high;\npub use high::Thing;\n");
    let check_low = |text: &str, expected: &str| {
        check(rule, &[lib, ("vm/src/low.rs", text), ("vm/src/high.rs", "use crate::low::X;\n")], expected);
    };
    check_low("use crate::high::Y;\n", "uses high, which stands below");
    check_low("use crate::{low::A, high::{B, C}};\n", "uses high");
    check_low("fn f() { super::high::go() }\n", "uses high");
    check_low("fn f() -> crate::Thing { todo }\n", "uses high");
    check_low("// use crate::high::Y;\nconst A: &str = \"crate::high::Y\";\n", "");
    check_low("pub(crate) fn f() {}\n", "");
    check(
        rule,
        &[lib, ("vm/src/low.rs", ""), ("vm/src/high.rs", ""), ("vm/src/lost.rs", "")],
        "no module lists it",
    );
    let grammar = (
        "vm/src/lib.rs",
        "mod low;\nlalrpop_util::lalrpop_mod!(\n    #[allow(unused)]\n    text\n);\nmod high;\n",
    );
    check(
        rule,
        &[grammar, ("vm/src/text.lalrpop", "use crate::high::Y;\n"), ("vm/src/high.rs", "")],
        "text uses high",
    );
    check(rule, &[grammar, ("vm/src/text.lalrpop", "use crate::low::Y;\n"), ("vm/src/low.rs", "")], "");
    let nested = ("vm/src/lib.rs", "mod a;\n");
    check(
        rule,
        &[
            nested,
            ("vm/src/a.rs", "mod x;\nmod y;\n"),
            ("vm/src/a/x.rs", "use super::y::Y;\n"),
            ("vm/src/a/y.rs", "use crate::a::x::X;\n"),
        ],
        "circle",
    );
    check(
        rule,
        &[
            nested,
            ("vm/src/a.rs", "mod x;\nmod y;\n"),
            ("vm/src/a/x.rs", "use super::Z;\n"),
            ("vm/src/a/y.rs", "use super::x::X;\n"),
        ],
        "",
    );
    check(
        rule,
        &[lib, ("vm/src/high.rs", ""), ("vm/src/low/tests.rs", "use crate::high::Y;"), ("vm/src/low.rs", "")],
        "",
    );
}

#[test]
fn the_unsafe_rule_sees_wrong_places_and_missing_notes() {
    let rule = rules::unsafe_places;
    check(rule, &[("vm/src/table.rs", "fn f() { unsafe { g() } }\n")], "vm/src/table.rs:1: unsafe");
    check(rule, &[("vm/src/table.rs", "// unsafe here\n#![deny(unsafe_code)]\nlet s = \"unsafe {\";\n")], "");
    check(
        rule,
        &[("vm/src/heap/sweep.rs", "\n\n\n\n\nlet a = unsafe { b() };\n")],
        "sweep.rs:6: no SAFETY note",
    );
    check(rule, &[("vm/src/heap/sweep.rs", "// SAFETY: it is.\nlet a = unsafe { b() };\n")], "");
    check(
        rule,
        &[("vm/src/sys.rs", "// SAFETY: far away\n\n\n\n\n\nunsafe impl Send for A {}\n")],
        "no SAFETY note",
    );
    check(rule, &[("vm/src/interp.rs", "/// # Safety\n/// Live.\nunsafe fn f() {}\n")], "");
}

#[test]
fn the_size_and_name_rules_see_long_and_nameless_files() {
    let rule = rules::sizes_and_names;
    check(rule, &[("vm/src/table.rs", &"x\n".repeat(800))], "");
    check(rule, &[("vm/src/table.rs", &"x\n".repeat(801))], "801 lines");
    check(rule, &[("vm/src/helpers.rs", "")], "says nothing");
    check(rule, &[("vm/src/utils/text.rs", "")], "says nothing");
    check(rule, &[("vm/src/heap/mod.rs", "")], "heap.rs");
}

#[test]
fn the_rule_for_unfinished_work_sees_its_marks() {
    let rule = rules::unfinished;
    for mark in rules::unfinished_marks() {
        check(rule, &[("vm/src/table.rs", &format!("fn f() {{\n  {mark} later\n}}\n"))], "vm/src/table.rs:2");
    }
    check(rule, &[("vm/src/table.rs", "fn autodock(todo: u8) {}\n")], "");
}
