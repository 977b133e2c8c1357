use crate::{Source, compile, compile_nested};

/// Compares the message with the reference's.
#[track_caller]
fn check(source: &str, expect: &str) {
    let message = match compile(source.as_bytes(), b"=s") {
        Ok(_) => "compiles".to_owned(),
        Err(error) => error.to_string(),
    };
    assert_eq!(message, expect, "{source}");
}

#[test]
fn statements() {
    check("x", "s:1: syntax error near <eof>");
    check("x 3", "s:1: syntax error near '3'");
    check("x, y 3", "s:1: '=' expected near '3'");
    check("f() = 1", "s:1: syntax error near '='");
    check("f(), g = 1", "s:1: syntax error near ','");
    check("(a) = 1", "s:1: syntax error near '='");
    check("x = 1 2", "s:1: unexpected symbol near '2'");
    check("x = }", "s:1: unexpected symbol near '}'");
    check("x = ", "s:1: unexpected symbol near <eof>");
    check("x = y = 2", "s:1: unexpected symbol near '='");
    check("local x, 1", "s:1: <name> expected near '1'");
    check("local x <const", "s:1: '>' expected near <eof>");
    check("for x", "s:1: '=' or 'in' expected near <eof>");
    check("for x, y = 1", "s:1: 'in' expected near '='");
    check("for x = 1", "s:1: ',' expected near <eof>");
    check("for x = 1, 2", "s:1: 'do' expected near <eof>");
    check("if x y", "s:1: 'then' expected near 'y'");
    check("while x then", "s:1: 'do' expected near 'then'");
    check("goto 1", "s:1: <name> expected near '1'");
    check("::x:", "s:1: '::' expected near ':'");
    check("@", "s:1: unexpected symbol near '@'");
    check("\u{1}", "s:1: unexpected symbol near '<\\1>'");
    check("x = \0", "s:1: unexpected symbol");
    check("é", "s:1: unexpected symbol near '<\\195>'");
}

#[test]
fn ends() {
    check("end", "s:1: <eof> expected near 'end'");
    check("return 1 2", "s:1: <eof> expected near '2'");
    check("return 1;;", "s:1: <eof> expected near ';'");
    check("do return 1 2 end", "s:1: 'end' expected near '2'");
    check("if x then else else end", "s:1: 'end' expected near 'else'");
    check("if x then\n\nelse else end", "s:3: 'end' expected (to close 'if' at line 1) near 'else'");
    check("while x do\n", "s:2: 'end' expected (to close 'while' at line 1) near <eof>");
    check("repeat\nx()\nend", "s:3: 'until' expected (to close 'repeat' at line 1) near 'end'");
    check("function f()\n", "s:2: 'end' expected (to close 'function' at line 1) near <eof>");
    check("do\n  goto l4\n", "s:3: 'end' expected (to close 'do' at line 1) near <eof>");
}

#[test]
fn brackets() {
    check("f(1 2)", "s:1: ')' expected near '2'");
    check("f(1\n2)", "s:2: ')' expected (to close '(' at line 1) near '2'");
    check("x = {\n1 2}", "s:2: '}' expected (to close '{' at line 1) near '2'");
    check("a[1\n2]", "s:2: ']' expected near '2'");
    check("x = {[1] 2}", "s:1: '=' expected near '2'");
    check("x = {,}", "s:1: unexpected symbol near ','");
    check("a:b", "s:1: function arguments expected near <eof>");
    check("a. 1", "s:1: <name> expected near '1'");
    check("function f(a b)", "s:1: ')' expected near 'b'");
    check("function f(a,)", "s:1: <name> or '...' expected near ')'");
    check("function f.a:b.c()", "s:1: '(' expected near '.'");
}

#[test]
fn tokens() {
    check("x='abc", "s:1: unfinished string near <eof>");
    check("x='abc\n'", "s:1: unfinished string near ''abc'");
    check("x='a\\qb'", "s:1: invalid escape sequence near ''a\\q'");
    check("x='\\300'", "s:1: decimal escape too large near ''\\300''");
    check("x='\\xag'", "s:1: hexadecimal digit expected near ''\\xag'");
    check("x='\\u'", "s:1: missing '{' near ''\\u''");
    check("x='\\u{1'", "s:1: missing '}' near ''\\u{1''");
    check("x='\\u{80000000}'", "s:1: UTF-8 value too large near ''\\u{80000000'");
    check("x=3x", "s:1: malformed number near '3x'");
    check("x=3..2", "s:1: malformed number near '3..2'");
    check("x=0x", "s:1: malformed number near '0x'");
    check("x=[==a", "s:1: invalid long string delimiter near '[=='");
    check("x=\n[[\n\n", "s:4: unfinished long string (starting at line 2) near <eof>");
    check("--[==[\n]]", "s:2: unfinished long comment (starting at line 1) near <eof>");
}

#[test]
fn meaning() {
    check("local x <const> = 1; x = 2", "s:1: attempt to assign to const variable 'x'");
    check("local x <close> = nil; function x() end", "s:1: attempt to assign to const variable 'x'");
    check(
        "local x <const> = {}; return function() x = 1 end",
        "s:1: attempt to assign to const variable 'x'",
    );
    check("local x <foo> = 1", "s:1: unknown attribute 'foo'");
    check("local x <close>, y <close> = 1", "s:1: multiple to-be-closed variables in local list");
    check("break", "s:1: break outside loop at line 1");
    check("\ngoto x", "s:2: no visible label 'x' for <goto> at line 2");
    check("do ::x:: end goto x", "s:1: no visible label 'x' for <goto> at line 1");
    check("::a::\n::a::", "s:2: label 'a' already defined on line 2");
    check("goto x; local a; ::x:: print(a)", "s:1: <goto x> at line 1 jumps into the scope of local 'a'");
    check("goto x; local a; ::x::", "compiles");
    check(
        "repeat goto x; local a; ::x:: until a",
        "s:1: <goto x> at line 1 jumps into the scope of local 'a'",
    );
    check("function f() return ... end", "s:1: cannot use '...' outside a vararg function near '...'");
}

#[test]
fn meaning_before_syntax() {
    check("local x <const> = 1; x = 2; function f() y = = 3", "s:1: attempt to assign to const variable 'x'");
    check("break; y = = 3", "s:1: unexpected symbol near '='");
    check("f(function() break end) y = = 3", "s:1: break outside loop at line 1");
    check("goto x y", "s:1: syntax error near <eof>");
}

#[test]
fn constant_target_before_a_target_that_is_none() {
    let message = "s:1: attempt to assign to const variable 'a'";
    let check = |rest: &str, expect: &str| check(&format!("local a <const> = 1; {rest}"), expect);
    check("a,\0b, c", message);
    check("a, = 3", message);
    check("a, 3x = 3", message);
    check("a, x 3x", message);
    check("a = 3x", message);
    check("x.y, a, 3", message);
    check("x, a 3", message);
    check("function f() a, x = ... end", message);
    check("x, a 3x", "s:1: malformed number near '3x'");
    check("a 3x", "s:1: malformed number near '3x'");
    check("a 3", "s:1: syntax error near '3'");
    check("function f() x = ... 3x", "s:1: cannot use '...' outside a vararg function near '...'");
}

#[test]
fn attribute_before_a_name_that_is_none() {
    check("local a <cons>, \u{1}", "s:1: unknown attribute 'cons'");
    check("local a <cons>, 3x", "s:1: unknown attribute 'cons'");
    check("local a <cons>, b <, c", "s:1: unknown attribute 'cons'");
    check("local a <cons>, b <const 3", "s:1: unknown attribute 'cons'");
    check("local a <cons 3", "s:1: '>' expected near '3'");
    check("f(function() break end):3", "s:1: break outside loop at line 1");
    check("f(function() break end).3x", "s:1: break outside loop at line 1");
    check("goto 3", "s:1: <name> expected near '3'");
    check("goto 3x", "s:1: malformed number near '3x'");
}

/// The reference reads the token behind `>` before it looks at the attribute, and no further.
#[test]
fn attribute_after_a_token_that_cannot_be_read() {
    check("local a <co>2s", "s:1: malformed number near '2s'");
    check("local a <co> 'b", "s:1: unfinished string near <eof>");
    check("local t <foo> = 'a", "s:1: unknown attribute 'foo'");
    check("local t <foo> = 3x", "s:1: unknown attribute 'foo'");
    check("local a <close>, b <close> 3x", "s:1: malformed number near '3x'");
    check("local a <close>, b <close> = 3x", "s:1: multiple to-be-closed variables in local list");
}

/// A function ends, and with it the hope for a loop around a `break`, before what is around it does.
#[test]
fn break_outside_loop_before_a_token_that_cannot_be_read() {
    let message = "s:1: break outside loop at line 1";
    check("f(function() break end)[ 3x", message);
    check("f(function() break end)[ ]", message);
    check("f{function() break end, 3 = 3", message);
    check("f{function() break end, 3x", message);
    check("f{function() break end, a 3x", message);
    check("f{[function() break end] 3", message);
    check("x = function() break end + 3x", message);
    check("x = function() break end 3x", "s:1: malformed number near '3x'");
    check("x = function() break end 3", message);
    check("if function() break end then while 3x", message);
    check("for i = 1, function() break end, 3x", message);
    check("for i, j in function() break end or )", message);
    check("repeat until function() break end .. or", message);
    check("return function() break end, 3x", message);
    check("while x do f(function() break end) else", message);
    check("while x do break else", "s:1: 'end' expected near 'else'");
}

/// What follows a row of labels decides whether the block's variables are still in scope behind them.
#[test]
fn goto_into_a_scope_before_a_token_that_is_refused() {
    let message = "s:1: <goto l> at line 1 jumps into the scope of local 'a'";
    check("goto l; local a; ::l:: ]", message);
    check("goto l; local a; ::l:: x ]", message);
    check("goto l; local a; ::l:: 3x", "s:1: malformed number near '3x'");
    check("goto l; local a; ::l:: else", "s:1: <eof> expected near 'else'");
    check("do goto l; local a; ::l::", "s:1: 'end' expected near <eof>");
    check("::l:: ::l:: ]", "s:1: label 'l' already defined on line 1");
    check("::l:: ::l:: ::3", "s:1: <name> expected near '3'");
    check("::l:: ::l:: ; 3x", "s:1: malformed number near '3x'");
}

#[test]
fn constant_target_before_too_many_levels() {
    let constant = |count| format!("local a <const> = 1; x{}, a, y = 1", ", x".repeat(count));
    check(&constant(197), "s:1: attempt to assign to const variable 'a'");
    check(&constant(198), "C stack overflow");
    check(&format!("f(function() break end); x = {}", "(".repeat(300)), "s:1: break outside loop at line 1");
}

#[test]
fn limits() {
    let locals = |count: usize| (0..count).map(|i| format!("local a{i}\n")).collect::<String>();
    check(&locals(200), "compiles");
    check(&locals(201), "s:202: too many local variables (limit is 200) in main function near <eof>");
    check(
        &format!("function f()\n{}", locals(201)),
        "s:203: too many local variables (limit is 200) in function at line 1 near <eof>",
    );
    check(
        &format!("x = f({}x)", "x,".repeat(260)),
        "s:1: function or expression needs too many registers near 'x'",
    );
}

#[test]
fn nesting() {
    let nested = |open: &str, middle: &str, close: &str, count: usize| {
        format!("x = {}{middle}{}", open.repeat(count), close.repeat(count))
    };
    check(&nested("(", "1", ")", 197), "compiles");
    check(&nested("(", "1", ")", 198), "C stack overflow");
    check(&nested("{", "1", "}", 197), "compiles");
    check(&nested("{", "1", "}", 10_000), "C stack overflow");
    check(&nested("function() return ", "1", " end", 98), "compiles");
    check(&nested("function() return ", "1", " end", 99), "C stack overflow");
    check(&nested("- ", "1", "", 197), "compiles");
    check(&nested("- ", "1", "", 10_000), "C stack overflow");
    check(&nested("a .. ", "a", "", 197), "compiles");
    check(&nested("a .. ", "a", "", 198), "C stack overflow");
    check(&format!("{}{}", "do ".repeat(199), "end ".repeat(199)), "compiles");
    check(&format!("{}{}", "do ".repeat(200), "end ".repeat(200)), "C stack overflow");
    check(&format!("a{} = 1", ", a".repeat(197)), "compiles");
    check(&format!("a{} = 1", ", a".repeat(198)), "C stack overflow");
    check(&"(".repeat(10_000), "C stack overflow");
    check(&"x = a^".repeat(10_000), "s:1: unexpected symbol near '='");
}

#[test]
fn first_line_of_a_file() {
    let text = b"#!/usr/bin/lua\nx 3";
    let message = |source| compile_nested(source, 0).unwrap_err().to_string();
    assert_eq!(message(Source::of_file(text, b"@f.lua")), "f.lua:2: syntax error near '3'");
    assert_eq!(message(Source::of_string(text, b"@text")), "text:1: unexpected symbol near '#'");
    assert!(compile_nested(Source::of_file(b"\xef\xbb\xbf#x\nreturn 1", b"=stdin"), 0).is_ok());
}
