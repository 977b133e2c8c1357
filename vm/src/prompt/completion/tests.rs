use super::*;
use vm::{Options, Runtime};

/// What completes `line` after `program` has run; the words without what stands before them.
#[track_caller]
fn check(program: &str, line: &str, expected: &[&str]) {
    let mut runtime = Runtime::new(&Options::default()).expect("a runtime");
    let mut lua = runtime.lua();
    let chunk = lua.load(program, "=test").expect("a chunk");
    lua.call(&chunk, &[]).expect("no error");
    let (start, words) = complete(&mut lua, line);
    assert_eq!(words, expected, "{line}");
    assert!(words.iter().all(|word| word.starts_with(&line[start..])), "{line}");
}

#[test]
fn globals_and_keywords() {
    check("foobar, foobaz = 1, 2", "print(foob", &["foobar", "foobaz"]);
    check("", "whi", &["while"]);
    check("", "x = tostr", &["tostring"]);
    check("_G['no name'] = 1; _G['end'] = 2", "no", &["not"]);
    check("_G[1] = 1", "no_such", &[]);
}

#[test]
fn fields_along_a_path() {
    check("a = {b = {cat = 1, cow = {}, dog = 2}}", "a.b.c", &["cat", "cow"]);
    check("a = {b = {cat = 1}}", "return a.b.", &["cat"]);
    check("a = {b = 1}", "a.b.", &[]);
    check("a = nil", "a.b.c", &[]);
    check("", "string.for", &["format"]);
    check("a = {}", "#a..string.rep", &[]);
}

#[test]
fn methods_are_functions() {
    check("a = {run = print, rust = 1}", "a:ru", &["run"]);
    check("a = {run = print, rust = 1}", "a.ru", &["run", "rust"]);
    check("s = 'text'", "s:upp", &["upper"]);
    check("", "io.stdout:wr", &["write"]);
}

#[test]
fn inherited_names_without_running_anything() {
    let classes = "Base = {greet = print}; Base.__index = Base
        Derived = setmetatable({grow = print}, Base); Derived.__index = Derived
        object = setmetatable({}, Derived)
        hidden = setmetatable({}, {__index = function() error('ran') end, __pairs = error})
        ring = {}; setmetatable(ring, {__index = ring})";
    check(classes, "object:gr", &["greet", "grow"]);
    check(classes, "hidden.x", &[]);
    check(classes, "hidden.x.y", &[]);
    check(classes, "ring.x", &[]);
}
