use super::{Path, Root, Step, parse};
use crate::model::table::Key;

fn keys(path: &Path) -> Vec<Step> {
    path.steps.iter().map(|(step, _)| step.clone()).collect()
}

fn string(text: &str) -> Step {
    Step::Key(Key::String(text.as_bytes().to_vec()))
}

#[track_caller]
fn check(text: &str, root: &str, steps: &[Step]) {
    let path = parse(text).unwrap();
    assert_eq!(path.root, Root::Name(root.to_owned()));
    assert_eq!(keys(&path), steps);
}

#[track_caller]
fn refused(text: &str, part: &str) {
    let sentence = parse(text).unwrap_err().to_string();
    assert!(sentence.contains(part), "{sentence}");
}

#[test]
fn fields_and_keys() {
    check("x", "x", &[]);
    check(
        "sessions[17].user.name",
        "sessions",
        &[Step::Key(Key::Integer(17)), string("user"), string("name")],
    );
    check("t[\"a b\"]['c\\n\\x41\\066']", "t", &[string("a b"), string("c\nAB")]);
    check(" t [ -1 ] . x : y ", "t", &[Step::Key(Key::Integer(-1)), string("x"), string("y")]);
    check(
        "t[1.0][0.5][true]",
        "t",
        &[Step::Key(Key::Integer(1)), Step::Key(Key::Float(0.5)), Step::Key(Key::Boolean(true))],
    );
}

#[test]
fn a_key_may_be_a_path() {
    let path = parse("t[ids[1]]").unwrap();
    let Step::Path(inner) = &path.steps[0].0 else { panic!() };
    assert_eq!(inner.root, Root::Name("ids".to_owned()));
}

#[test]
fn other_roots() {
    assert_eq!(parse("...").unwrap().root, Root::Varargs);
    assert_eq!(parse("0x7f10.x").unwrap().root, Root::Address(dumpfmt::addr::Addr(0x7f10)));
}

#[test]
fn what_is_no_path_is_refused_with_a_place() {
    refused("", "a name");
    refused("a..b", "column 2");
    refused("a.1", "column 3");
    refused("a[1", "']'");
    refused("a['x", "does not end");
    refused("f(x)", "'('");
    refused("a[1x]", "no number");
    refused(&"a[".repeat(1000), "too deeply");
    refused("é", "'é'");
}
