use crate::compile;

/// Compares the words of all functions of a source, without heads and tables.
#[track_caller]
fn check(source: &str, expect: &str) {
    let prototype = compile(source.as_bytes(), b"=test").expect("the source of a golden compiles");
    let listing = super::list(&prototype, b"=test");
    let words: Vec<&str> =
        listing.lines().filter(|line| line.contains('[')).map(|line| line.trim_end()).collect();
    let expect: Vec<&str> = expect.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(words, expect, "\n{}", words.join("\n"));
}

#[test]
fn whole_listing() {
    let prototype =
        compile(b"local x = 1\nreturn function() return x, 'a\\n' end", b"@dir/file.lua").unwrap();
    let expect = r#"main <dir/file.lua:0,0> 6 words, 2 registers, 0+ parameters
   0 [1] VarArgPrepare 0
   1 [1] LoadInteger 0 1
   2 [2] Closure 1 0                  ; <2,2>
   4 [2] Return 1 2 1
   5 [2] Return 0 1 1
locals 1
   0 x in 0 from 2 to 6
upvalues 1
   0 _ENV from register 0, constant

function <dir/file.lua:2,2> 4 words, 2 registers, 0 parameters
   0 [2] GetUpvalue 0 0               ; x
   1 [2] LoadConstant 1 0             ; "a\n"
   2 [2] Return 0 3 0
   3 [2] Return0
constants 1
   0 "a\n"
upvalues 1
   0 x from register 0, constant
"#;
    assert_eq!(super::list(&prototype, b"@dir/file.lua"), expect);
}

#[test]
fn stores() {
    check(
        r#"local t = {}; t.x, t[1], t[t] = 1, nil, t"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] NewTable 0 0 0
   3 [1] LoadInteger 1 1
   4 [1] LoadNil 2 0
   5 [1] SetTable 0 0 0
   6 [1] SetInteger 0 1 2
   7 [1] SetField 0 1 0               ; "x"
   9 [1] Return 0 1 0
"#,
    );
}

#[test]
fn constant_operands() {
    check(
        r#"local a, b, c <const> = 1, nil, 2.5; return a + c, b - 1, 3 - a, a & 7, 7 & a, a << 1, 2 ^ a"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadInteger 0 1
   2 [1] LoadNil 1 0
   3 [1] AddConstant 2 0 0            ; 2.5
   4 [1] SubImmediate 3 1 1
   5 [1] ConstantSub 4 1 0            ; 3
   6 [1] AndConstant 5 0 2            ; 7
   7 [1] LoadInteger 6 7
   8 [1] And 6 6 0
   9 [1] ShlImmediate 7 0 1
  10 [1] LoadInteger 8 2
  11 [1] Pow 8 8 0
  12 [1] Return 2 8 0
  13 [1] Return 0 1 0
"#,
    );
}

#[test]
fn comparisons() {
    check(
        r#"local a, b; return a < 1, 1 < b, a <= b, a ~= nil, a == 300, not (a and b or "x")"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadNil 0 1
   2 [1] LessThanImmediate 0 1 1
   3 [1] Jump +1                      ; to 5
   4 [1] LoadFalseSkip 2
   5 [1] LoadTrue 2
   6 [1] GreaterThanImmediate 1 1 1
   7 [1] Jump +1                      ; to 9
   8 [1] LoadFalseSkip 3
   9 [1] LoadTrue 3
  10 [1] LessEqual 0 1 1
  11 [1] Jump +1                      ; to 13
  12 [1] LoadFalseSkip 4
  13 [1] LoadTrue 4
  14 [1] EqualConstant 0 0 0          ; nil
  15 [1] Jump +1                      ; to 17
  16 [1] LoadFalseSkip 5
  17 [1] LoadTrue 5
  18 [1] EqualConstant 0 1 1          ; 300
  19 [1] Jump +1                      ; to 21
  20 [1] LoadFalseSkip 6
  21 [1] LoadTrue 6
  22 [1] Test 0 0
  23 [1] Jump +2                      ; to 26
  24 [1] Test 1 1
  25 [1] Jump +2                      ; to 28
  26 [1] LoadFalse 7
  27 [1] Jump +2                      ; to 30
  28 [1] LoadFalseSkip 7
  29 [1] LoadTrue 7
  30 [1] Return 2 7 0
  31 [1] Return 0 1 0
"#,
    );
}

#[test]
fn one_concat() {
    check(
        r#"local s = "a" .. 1 .. ("b" .. "c")"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadConstant 0 0             ; "a"
   2 [1] LoadInteger 1 1
   3 [1] LoadConstant 2 1             ; "b"
   4 [1] LoadConstant 3 2             ; "c"
   5 [1] Concat 0 4
   6 [1] Return 0 1 0
"#,
    );
}

#[test]
fn captured_control_variable() {
    check(
        r#"for i = 1, 3 do local f = function() return i end end"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadInteger 0 1
   2 [1] LoadInteger 1 3
   3 [1] LoadInteger 2 1
   4 [1] ForPrepare 0
   5 [1] Jump +5                      ; to 11
   6 [1] Closure 4 0                  ; <1,1>
   8 [1] Close 3
   9 [1] ForLoop 0
  10 [1] Jump -5                      ; to 6
  11 [1] Return 0 1 1
   0 [1] GetUpvalue 0 0               ; i
   1 [1] Return1 0
   2 [1] Return0
"#,
    );
}

#[test]
fn generic_for() {
    check(
        r#"for k in pairs{} do if k then break end end"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] GetTabUp 0 0 0               ; _ENV "pairs"
   3 [1] NewTable 1 0 0
   5 [1] Call 0 2 5
   6 [1] GenericForPrepare 0
   7 [1] Jump +2                      ; to 10
   8 [1] Test 4 1
   9 [1] Jump +3                      ; to 13
  10 [1] GenericForCall 0 1
  11 [1] GenericForLoop 0
  12 [1] Jump -5                      ; to 8
  13 [1] Close 0
  14 [1] Return 0 1 1
"#,
    );
}

#[test]
fn repeat_with_capture() {
    check(
        r#"local i = 0; repeat local j = i; local f = function() return j end until j > 3"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadInteger 0 0
   2 [1] Move 1 0
   3 [1] Closure 2 0                  ; <1,1>
   5 [1] GreaterThanImmediate 1 3 0
   6 [1] Jump +2                      ; to 9
   7 [1] Close 1
   8 [1] Jump +2                      ; to 11
   9 [1] Close 1
  10 [1] Jump -9                      ; to 2
  11 [1] Return 0 1 1
   0 [1] GetUpvalue 0 0               ; j
   1 [1] Return1 0
   2 [1] Return0
"#,
    );
}

#[test]
fn no_tail_call_below_close() {
    check(
        r#"do local a <close> = nil; return f(a) end"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadNil 0 0
   2 [1] ToBeClosed 0
   3 [1] GetTabUp 1 0 0               ; _ENV "f"
   5 [1] Move 2 0
   6 [1] Call 1 2 0
   7 [1] Return 1 0 1
   8 [1] Close 0
   9 [1] Return 0 1 1
"#,
    );
}

#[test]
fn recursion() {
    check(
        r#"local function f(n) return f(n - 1) end; return f(...)"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] Closure 0 0                  ; <1,1>
   3 [1] Move 1 0
   4 [1] VarArg 2 0
   5 [1] TailCall 1 0 1
   6 [1] Return 1 0 1
   7 [1] Return 0 1 1
   0 [1] GetUpvalue 1 0               ; f
   1 [1] SubImmediate 2 0 1
   2 [1] TailCall 1 2 0
   3 [1] Return 1 0 0
   4 [1] Return0
"#,
    );
}

#[test]
fn constructor() {
    check(
        r#"local t = {1, 2, x = 3, [4] = 5, f()}; t:m(...)"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] NewTable 0 2 2
   3 [1] LoadInteger 1 1
   4 [1] LoadInteger 2 2
   5 [1] SetFieldK 0 1 0              ; 3 "x"
   7 [1] SetIntegerK 0 4 2            ; 5
   8 [1] GetTabUp 3 0 3               ; _ENV "f"
  10 [1] Call 3 1 0
  11 [1] SetList 0 0 0
  13 [1] SelfField 1 0 4              ; "m"
  15 [1] VarArg 3 0
  16 [1] Call 1 0 1
  17 [1] Return 0 1 0
"#,
    );
}

#[test]
fn goto_out_of_captured() {
    check(
        r#"goto done; do local x; ::top:: x = function() return x end; goto top end ::done::"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] Jump +6                      ; to 8
   2 [1] LoadNil 0 0
   3 [1] Closure 1 0                  ; <1,1>
   5 [1] Move 0 1
   6 [1] Jump -4                      ; to 3
   7 [1] Close 0
   8 [1] Return 0 1 1
   0 [1] GetUpvalue 0 0               ; x
   1 [1] Return1 0
   2 [1] Return0
"#,
    );
}

#[test]
fn assignment_conflict() {
    check(
        r#"local a, t; a, t[a], t = t, a, 1"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadNil 0 1
   2 [1] Move 2 1
   3 [1] Move 3 1
   4 [1] Move 4 0
   5 [1] LoadInteger 1 1
   6 [1] SetTable 2 0 4
   7 [1] Move 0 3
   8 [1] Return 0 1 0
"#,
    );
}

#[test]
fn local_environment() {
    check(
        r#"local _ENV = {}; x = y"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] NewTable 0 0 0
   3 [1] GetField 1 0 1               ; "y"
   5 [1] SetField 0 1 0               ; "x"
   7 [1] Return 0 1 0
"#,
    );
}

#[test]
fn multiple_values() {
    check(
        r#"return {f(), (f()), ...}, (...)"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] NewTable 0 0 2
   3 [1] GetTabUp 1 0 0               ; _ENV "f"
   5 [1] Call 1 1 2
   6 [1] GetTabUp 2 0 0               ; _ENV "f"
   8 [1] Call 2 1 2
   9 [1] VarArg 3 0
  10 [1] SetList 0 0 0
  12 [1] VarArg 1 2
  13 [1] Return 0 3 0
  14 [1] Return 0 1 0
"#,
    );
}

#[test]
fn loop_and_break() {
    check(
        r#"while a do if b then break end; a = not b end"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] GetTabUp 0 0 0               ; _ENV "a"
   3 [1] Test 0 0
   4 [1] Jump +10                     ; to 15
   5 [1] GetTabUp 0 0 1               ; _ENV "b"
   7 [1] Test 0 1
   8 [1] Jump +6                      ; to 15
   9 [1] GetTabUp 0 0 1               ; _ENV "b"
  11 [1] Not 0 0
  12 [1] SetTabUp 0 0 0               ; _ENV "a"
  14 [1] Jump -14                     ; to 1
  15 [1] Return 0 1 0
"#,
    );
}

#[test]
fn arms() {
    check(
        r#"if a then x = 1 elseif b or c then x = 2 else x = 3 end"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] GetTabUp 0 0 0               ; _ENV "a"
   3 [1] Test 0 0
   4 [1] Jump +3                      ; to 8
   5 [1] SetTabUpK 0 2 1              ; _ENV 1 "x"
   7 [1] Jump +13                     ; to 21
   8 [1] GetTabUp 0 0 3               ; _ENV "b"
  10 [1] Test 0 1
  11 [1] Jump +4                      ; to 16
  12 [1] GetTabUp 0 0 4               ; _ENV "c"
  14 [1] Test 0 0
  15 [1] Jump +3                      ; to 19
  16 [1] SetTabUpK 0 5 1              ; _ENV 2 "x"
  18 [1] Jump +2                      ; to 21
  19 [1] SetTabUpK 0 6 1              ; _ENV 3 "x"
  21 [1] Return 0 1 0
"#,
    );
}

#[test]
fn compile_time_constants() {
    check(
        r#"local x <const> = "k"; local y <const> = x; return t[x], t[y], #y"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] GetTabUp 0 0 0               ; _ENV "t"
   3 [1] GetField 0 0 1               ; "k"
   5 [1] GetTabUp 1 0 0               ; _ENV "t"
   7 [1] GetField 1 1 1               ; "k"
   9 [1] LoadConstant 2 1             ; "k"
  10 [1] Length 2 2
  11 [1] Return 0 4 0
  12 [1] Return 0 1 0
"#,
    );
}

#[test]
fn varargs() {
    check(
        r#"a.b.c = function(...) local p, q = ... ; return ... end"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] GetTabUp 0 0 0               ; _ENV "a"
   3 [1] GetField 0 0 1               ; "b"
   5 [1] Closure 1 0                  ; <1,1>
   7 [1] SetField 0 1 2               ; "c"
   9 [1] Return 0 1 0
   0 [1] VarArgPrepare 0
   1 [1] VarArg 0 3
   2 [1] VarArg 2 0
   3 [1] Return 2 0 0
   4 [1] Return 0 1 0
"#,
    );
}

#[test]
fn folding() {
    check(
        r#"return 1//0, 1%0, 0/0, -0.0, 2^53, 7//2, -7 % 3, ~5, 1 << 62, "x" == "x", 3 | 1.0, -x"#,
        r#"
   0 [1] VarArgPrepare 0
   1 [1] LoadInteger 0 1
   2 [1] FloorDivConstant 0 0 0       ; 0
   3 [1] LoadInteger 1 1
   4 [1] ModConstant 1 1 0            ; 0
   5 [1] LoadInteger 2 0
   6 [1] DivConstant 2 2 0            ; 0
   7 [1] LoadFloat 3 0
   8 [1] Negate 3 3
   9 [1] LoadConstant 4 1             ; 9.007199254741e+15
  10 [1] LoadInteger 5 3
  11 [1] LoadInteger 6 2
  12 [1] LoadInteger 7 -6
  13 [1] LoadConstant 8 2             ; 4611686018427387904
  14 [1] LoadConstant 9 3             ; "x"
  15 [1] EqualConstant 9 3 1          ; "x"
  16 [1] Jump +1                      ; to 18
  17 [1] LoadFalseSkip 9
  18 [1] LoadTrue 9
  19 [1] LoadInteger 10 3
  20 [1] GetTabUp 11 0 3              ; _ENV "x"
  22 [1] Negate 11 11
  23 [1] Return 0 13 0
  24 [1] Return 0 1 0
"#,
    );
}
