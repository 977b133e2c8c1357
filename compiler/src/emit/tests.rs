use crate::chunk::{self, Chunk};
use crate::compile;
use crate::prototype::{Constant, Prototype};
use dumpfmt::bytecode::SHORT_STRING_LENGTH_MAX;
use proptest::prelude::*;

/// The code keeps to what the interpreter trusts, and survives being written and read.
#[track_caller]
fn verify(prototype: &Prototype) {
    crate::verify::verify(prototype).unwrap_or_else(|flaw| panic!("{flaw}"));
    let chunk = Chunk { main: prototype.clone(), source: Some((*b"=test").into()) };
    let bytes = chunk.encode();
    let read = chunk::decode(&bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.encode(), bytes);
}

#[track_caller]
fn compiles(source: &str) -> Prototype {
    let prototype = compile(source.as_bytes(), b"=test").unwrap_or_else(|error| panic!("{error}"));
    verify(&prototype);
    prototype
}

/// Runs `body` on a native stack of 2 MiB.
fn on_small_stack(body: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(body).unwrap().join().unwrap();
}

fn joined(count: usize, separator: &str, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(separator)
}

#[test]
fn huge_sources() {
    on_small_stack(|| {
        compiles(&format!("return {{{}}}", joined(200_000, ",", |i| i.to_string())));
        compiles(&format!("return {{{}}}", joined(30_000, ",", |i| format!("{{id={i}, name='n{i}'}}"))));
        compiles(&joined(30_000, "\n", |i| format!("x{} = x{} + {i}", i % 1000, i % 77)));
        compiles(&format!(
            "if x == 0 then {} end",
            joined(100_000, "\n", |i| format!("elseif x == {i} then y = {i}"))
        ));
        compiles(&format!("x = {}", joined(50_000, "+", |_| "a".to_owned())));
        compiles(&format!("x = {}", joined(50_000, " or ", |_| "a".to_owned())));
        compiles(&format!("x = a{}", ".b".repeat(50_000)));
        compiles(&format!("x = a{}", ":b()".repeat(50_000)));
        compiles(&format!("x = f(\"{}\")", "\\n\\z  ".repeat(100_000)));
    });
}

#[test]
fn deep_sources() {
    on_small_stack(|| {
        compiles(&format!("x = {}1{}", "f{(".repeat(97), ")}".repeat(97)));
        compiles(&format!("{}x = 1 {}", "function f() ".repeat(195), "end ".repeat(195)));
        compiles(&format!("x = {}1{}", "function() return ".repeat(97), " end".repeat(97)));
        compiles(&format!("{} {}", "if a then elseif b then else ".repeat(196), "end ".repeat(196)));
        assert!(compile("x={".repeat(100_000).as_bytes(), b"=x").is_err());
    });
}

#[test]
fn many_constants() {
    let strings = joined(66_000, ",", |i| format!("'{i}'"));
    let uses = joined(300, "\n", |i| {
        format!("do t.f{i} = x + {i}.5; t[{i}] = 'f{i}'; y = x == {i}.5 or 1{i}.5 - x; t.f{i} = 's{i}' end")
    });
    compiles(&format!("local t, x = {{{strings}}}\n{uses}"));
}

#[test]
fn long_keys() {
    let name = "n".repeat(SHORT_STRING_LENGTH_MAX + 1);
    compiles(&format!(
        "{name} = t.{name}; t.{name} = 1; t:{name}(); local u = {{{name} = 2}}; local _ENV = u; {name}()"
    ));
    let name = "n".repeat(SHORT_STRING_LENGTH_MAX);
    compiles(&format!("{name} = t.{name}; t.{name} = 1; t:{name}()"));
}

#[test]
fn any_bytes_in_strings() {
    let prototype = compiles("return 'a\\0b', '\\xff\\u{7FFFFFFF}\\u{20AC}'");
    assert_eq!(prototype.constants[0], Constant::String(b"a\0b".as_slice().into()));
    assert_eq!(
        prototype.constants[1],
        Constant::String(b"\xff\xfd\xbf\xbf\xbf\xbf\xbf\xe2\x82\xac".as_slice().into())
    );
    let source = b"return '\xff\0\xc3', [==[\r\n\r]]\n\r]==]";
    let prototype = compile(source, b"=test").unwrap();
    assert_eq!(prototype.constants[0], Constant::String(b"\xff\0\xc3".as_slice().into()));
    assert_eq!(prototype.constants[1], Constant::String(b"\n]]\n".as_slice().into()));
}

/// The flags of the first child's upvalues, by name.
#[track_caller]
fn constant_upvalues(source: &str, expect: &[(&str, bool)]) {
    let prototype = compiles(source);
    let found: Vec<_> = prototype.children[0]
        .upvalues
        .iter()
        .map(|upvalue| {
            (
                String::from_utf8_lossy(upvalue.name.as_deref().unwrap_or_default()).into_owned(),
                upvalue.is_constant,
            )
        })
        .collect();
    let expect: Vec<_> = expect.iter().map(|(name, flag)| ((*name).to_owned(), *flag)).collect();
    assert_eq!(found, expect, "{source}");
}

#[test]
fn which_upvalues_are_constant() {
    constant_upvalues("local x = 1; function f() return x end", &[("x", true)]);
    constant_upvalues("local x = 1; function f() return x end x = 2", &[("x", false)]);
    constant_upvalues("local x = 1; function f() x = 2 end", &[("x", false)]);
    constant_upvalues("local x = 1; function f() return x, function() x = 2 end end", &[("x", false)]);
    constant_upvalues("for i = 1, 2 do f = function() return i end end", &[("i", true)]);
    constant_upvalues("for i = 1, 2 do local _ = function() return i end i = 3 end", &[("i", false)]);
    constant_upvalues("local function f() return f end", &[("f", false)]);
    constant_upvalues("local f = function() return f end", &[("_ENV", true)]);
    constant_upvalues("local x <close> = nil; f = function() return x end", &[("x", true)]);
    constant_upvalues("f = function() g() end _ENV = nil", &[("_ENV", false)]);
}

#[test]
fn parameters_and_lines() {
    let prototype = compiles("function o.a:m(x, ...)\n  return\n    x\nend\n\nlocal function f()\nend");
    let method = &prototype.children[0];
    assert_eq!((method.parameter_count, method.is_vararg), (2, true));
    assert_eq!((method.line_defined, method.last_line_defined), (1, 4));
    assert_eq!(&*method.locals[0].name, b"self");
    let function = &prototype.children[1];
    assert_eq!((function.line_defined, function.last_line_defined), (6, 7));
    assert_eq!((prototype.line_defined, prototype.last_line_defined), (0, 0));
}

#[test]
fn lines_follow_the_tokens() {
    let prototype = compiles("x =\na\n.b\n+\nc\n(\nd\n)");
    assert_eq!(prototype.lines, [1, 2, 2, 4, 4, 5, 5, 8, 8, 6, 4, 8, 8, 8]);
}

/// Words that make much of the grammar reachable by chance.
const WORDS: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "goto",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "^",
    "#",
    "&",
    "~",
    "|",
    "<<",
    ">>",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "::",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "x",
    "y",
    "x",
    "y",
    "1",
    "2.5",
    "'s'",
    "\n",
    "<const>",
    "<close>",
    "::l::",
    "goto l",
    "x = 1",
    "f(x)",
    "local x = y",
    "do",
    "end",
    "function f(...)",
    "if x then",
    "while x do",
    "for i = 1, 2 do",
    "for k, v in f do",
    "repeat",
    "until x",
    "return x, ...",
    "{",
    "}",
    "(",
    ")",
    "x.y",
    "x[1]",
    "'\\q'",
    "3x",
    "[[",
    "--[[",
];

fn words() -> impl Strategy<Value = String> {
    proptest::collection::vec(0..WORDS.len(), 0..60)
        .prop_map(|indices| indices.into_iter().map(|index| WORDS[index]).collect::<Vec<_>>().join(" "))
}

/// Statements that nest by construction, so that most of them compile.
fn chunk() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("a"), Just("b"), Just("c"), Just("_ENV")];
    let leaf = prop_oneof![
        name.clone().prop_map(str::to_owned),
        (-300i64..300).prop_map(|value| format!("({value})")),
        Just("nil".to_owned()),
        Just("true".to_owned()),
        Just("2.5".to_owned()),
        Just("'k'".to_owned()),
        Just("...".to_owned()),
    ];
    let operator = prop_oneof![
        Just("+"),
        Just("-"),
        Just("*"),
        Just("/"),
        Just("%"),
        Just("^"),
        Just("//"),
        Just("&"),
        Just("|"),
        Just("~"),
        Just("<<"),
        Just(">>"),
        Just(".."),
        Just("=="),
        Just("~="),
        Just("<"),
        Just(">="),
        Just("and"),
        Just("or"),
    ];
    let expression = leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            (inner.clone(), operator.clone(), inner.clone()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
            (prop_oneof![Just("not "), Just("- "), Just("#"), Just("~")], inner.clone())
                .prop_map(|(o, a)| format!("{o}{a}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})(1, {b})")),
            inner.clone().prop_map(|a| format!("({a}):m()")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("{{{a}, x = {b}, {c}}}")),
            inner.prop_map(|a| format!("function(a, ...) a = {a} return a end")),
        ]
    });
    let simple = prop_oneof![
        (name.clone(), expression.clone()).prop_map(|(n, e)| format!("{n} = {e}")),
        (name.clone(), name.clone(), expression.clone())
            .prop_map(|(n, m, e)| format!("{n}, {m}[{n}], {m}.f = {e}")),
        (name.clone(), expression.clone()).prop_map(|(n, e)| format!("local {n} = {e}")),
        (name.clone(), expression.clone()).prop_map(|(n, e)| format!("local d <const>, {n} = {e}, d")),
        (name, expression.clone()).prop_map(|(n, e)| format!("{n}.f({e})")),
    ];
    let statement = simple.prop_recursive(3, 20, 4, move |inner| {
        let block = proptest::collection::vec(inner, 0..4).prop_map(|list| list.join("; "));
        let expression = expression.clone();
        prop_oneof![
            block.clone().prop_map(|b| format!("do {b}; goto l; {b} ::l:: end")),
            (expression.clone(), block.clone())
                .prop_map(|(e, b)| format!("while {e} do {b} if {e} then break end end")),
            (expression.clone(), block.clone(), block.clone())
                .prop_map(|(e, a, b)| format!("if {e} then {a} elseif {e} then {b} else {a} end")),
            (expression.clone(), block.clone())
                .prop_map(|(e, b)| format!("repeat {b}; local z = {e} until z")),
            (expression.clone(), block.clone())
                .prop_map(|(e, b)| format!("for i = 1, {e} do {b}; c = function() return i end end")),
            (expression.clone(), block.clone()).prop_map(|(e, b)| format!("for k, v in {e} do {b} end")),
            (expression, block)
                .prop_map(|(e, b)| format!("local function f(...) {b}; do return {e} end end")),
        ]
    });
    proptest::collection::vec(statement, 1..6).prop_map(|list| list.join(";\n"))
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(prototype) = compile(&bytes, b"=test") {
            verify(&prototype);
        }
    }

    #[test]
    fn any_words(source in words()) {
        if let Ok(prototype) = compile(source.as_bytes(), b"=test") {
            verify(&prototype);
        }
    }

    #[test]
    fn any_chunk(source in chunk()) {
        match compile(source.as_bytes(), b"=test") {
            Ok(prototype) => verify(&prototype),
            Err(error) => {
                // Only `...` inside a function without it, or a goto over a local, can go wrong here.
                let message = error.to_string();
                prop_assert!(message.contains("'...'") || message.contains("jumps into"), "{message}\n{source}");
            }
        }
    }
}
