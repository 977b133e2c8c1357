use super::*;
use crate::compile;
use crate::prototype::{LocalVariable, UpvalueDescription};
use dumpfmt::bytecode::Instruction;
use dumpfmt::bytecode::Opcode as Op;

const RETURN: Instruction = Instruction::abc(Op::Return, 0, 1, 0);
const CLOSING_RETURN: Instruction = Instruction::abc(Op::Return, 0, 1, 1);

fn abc(opcode: Op, a: u8, b: u8, c: u8) -> Instruction {
    Instruction::abc(opcode, a, b, c)
}

/// A function of eight registers, one upvalue, the constants "key" and 1, and one function inside it.
fn function(code: &[Instruction]) -> Prototype {
    let mut function = bare(code);
    function.constants = vec![Constant::String((*b"key").into()), Constant::Integer(1)];
    function.upvalues = vec![upvalue(false, 0)];
    function.children = vec![bare(&[RETURN])];
    function
}

fn bare(code: &[Instruction]) -> Prototype {
    Prototype {
        code: code.to_vec(),
        lines: Vec::new(),
        constants: Vec::new(),
        children: Vec::new(),
        upvalues: Vec::new(),
        locals: Vec::new(),
        line_defined: 7,
        last_line_defined: 9,
        parameter_count: 2,
        is_vararg: false,
        register_count: 8,
    }
}

fn upvalue(in_stack: bool, index: u8) -> UpvalueDescription {
    UpvalueDescription { name: None, in_stack, index, is_constant: false }
}

#[track_caller]
fn accepts(code: &[Instruction]) {
    assert_eq!(verify(&function(code)), Ok(()));
}

#[track_caller]
fn refuses(code: &[Instruction], what: &str) {
    refused(&function(code), what);
}

#[track_caller]
fn refused(function: &Prototype, what: &str) {
    assert_eq!(verify(function).map_err(|flaw| flaw.what), Err(what));
}

#[test]
fn the_smallest_function() {
    accepts(&[RETURN]);
    refuses(&[], "it does not end in a return");
    refuses(&[abc(Op::Move, 0, 1, 0)], "it does not end in a return");
    refuses(&[Instruction(0xff), RETURN], "no instruction");
    refuses(&[abc(Op::GetField, 0, 0, 0)], "no instruction");
}

#[test]
fn the_frame_has_room() {
    for (registers, parameters) in [(0, 0), (1, 0), (3, 4)] {
        let mut small = function(&[RETURN]);
        small.register_count = registers;
        small.parameter_count = parameters;
        refused(&small, "its frame has no room for what it needs");
    }
}

#[test]
fn operands_name_what_is_there() {
    let missing = "an operand names nothing";
    accepts(&[abc(Op::Move, 7, 7, 0), RETURN]);
    refuses(&[abc(Op::Move, 8, 0, 0), RETURN], missing);
    refuses(&[abc(Op::Move, 0, 8, 0), RETURN], missing);
    refuses(&[Instruction::abx(Op::LoadConstant, 0, 2), RETURN], missing);
    refuses(&[abc(Op::LoadConstantX, 0, 0, 0), Instruction(u32::MAX), RETURN], missing);
    refuses(&[abc(Op::GetUpvalue, 0, 1, 0), RETURN], missing);
    refuses(&[abc(Op::Closure, 0, 0, 0), Instruction(1), RETURN], missing);
    refuses(&[abc(Op::GetField, 0, 0, 0), Instruction(2), RETURN], missing);
    refuses(&[abc(Op::LoadNil, 6, 2, 0), RETURN], missing);
    refuses(&[abc(Op::SelfField, 7, 0, 0), Instruction(0), RETURN], missing);
    refuses(&[abc(Op::Concat, 6, 3, 0), RETURN], missing);
    refuses(&[abc(Op::Call, 6, 3, 1), RETURN], missing);
    refuses(&[abc(Op::Call, 6, 1, 4), RETURN], missing);
    refuses(&[abc(Op::Return, 6, 4, 0)], missing);
    refuses(&[abc(Op::ForLoop, 5, 0, 0), Instruction::jump(0), RETURN], missing);
    refuses(&[abc(Op::GenericForCall, 2, 0, 1), RETURN], missing);
}

#[test]
fn operands_are_of_their_kind() {
    let wrong = "an operand is of the wrong kind";
    let field = |index| [abc(Op::GetField, 0, 0, 0), Instruction(index), RETURN];
    accepts(&field(0));
    refuses(&field(1), wrong);
    let mut long = function(&field(0));
    long.constants[0] = Constant::String(vec![b'x'; SHORT_STRING_LENGTH_MAX + 1].into());
    refused(&long, wrong);
    accepts(&[abc(Op::AddConstant, 0, 0, 1), RETURN]);
    refuses(&[abc(Op::AddConstant, 0, 0, 0), RETURN], wrong);
    refuses(&[abc(Op::ConstantSub, 0, 0, 0), RETURN], wrong);
    accepts(&[abc(Op::EqualConstant, 0, 0, 0), Instruction::jump(0), RETURN]);
    accepts(&[abc(Op::SetTableK, 0, 0, 0), RETURN]);
    refuses(&[abc(Op::Move, 0, 0, 1), RETURN], wrong);
}

#[test]
fn counts_are_in_their_range() {
    let range = "an operand is out of its range";
    refuses(&[abc(Op::Concat, 0, 1, 0), RETURN], range);
    refuses(&[abc(Op::GenericForCall, 0, 0, 0), RETURN], range);
    refuses(&[abc(Op::VarArg, 0, 0, 2), RETURN], range);
    refuses(&[abc(Op::VarArgPrepare, 2, 0, 0), RETURN], range);
    refuses(&[abc(Op::NativeReturn, 0, 0, 0), RETURN], range);
    accepts(&[abc(Op::NewTable, 0, 3, 0), Instruction(600), RETURN]);
    refuses(&[abc(Op::NewTable, 0, 0, 0), Instruction(u32::MAX), RETURN], range);
    refuses(&[abc(Op::NewTable, 0, 31, 0), Instruction(0), RETURN], range);
    refuses(&[abc(Op::NewTable, 0, 255, 0), Instruction(0), RETURN], range);
    refuses(&[abc(Op::SetList, 0, 1, 0), Instruction(u32::MAX), RETURN], range);
    let mut vararg = function(&[abc(Op::VarArgPrepare, 2, 0, 0), abc(Op::VarArg, 0, 0, 3), RETURN]);
    vararg.is_vararg = true;
    assert_eq!(verify(&vararg), Ok(()));
    vararg.parameter_count = 1;
    refused(&vararg, range);
}

#[test]
fn control_stays_inside_and_between_instructions() {
    let leaves = "control leaves the code";
    accepts(&[Instruction::jump(-1), RETURN]);
    refuses(&[Instruction::jump(-2), RETURN], leaves);
    refuses(&[Instruction::jump(1), RETURN], leaves);
    refuses(&[Instruction::jump(1), abc(Op::GetField, 0, 0, 0), Instruction(0), RETURN], leaves);
    let skip = |next| [abc(Op::LoadFalseSkip, 0, 0, 0), next, Instruction(0), RETURN];
    accepts(&skip(abc(Op::LoadTrue, 0, 0, 0)));
    refuses(&skip(abc(Op::GetField, 0, 0, 0)), leaves);
    refuses(&[abc(Op::Test, 0, 0, 0), RETURN], "no jump follows a condition");
}

#[test]
fn a_list_is_taken_as_soon_as_it_is_opened() {
    let apart = "an open list is not opened and taken in one go";
    let (open, take) = (abc(Op::Call, 1, 1, 0), abc(Op::Return, 0, 0, 0));
    accepts(&[open, take, RETURN]);
    refuses(&[take, RETURN], apart);
    refuses(&[open, RETURN], apart);
    refuses(&[open, abc(Op::Move, 0, 0, 0), take, RETURN], apart);
    refuses(&[open, abc(Op::Call, 1, 0, 1), RETURN], apart);
    accepts(&[open, abc(Op::Call, 0, 0, 1), RETURN]);
    refuses(&[Instruction::jump(1), open, take, RETURN], apart);
    refuses(&[abc(Op::LoadFalseSkip, 0, 0, 0), open, take, RETURN], apart);
    let tail = abc(Op::TailCall, 1, 1, 0);
    accepts(&[tail, abc(Op::Return, 1, 0, 0), RETURN]);
    refuses(&[tail, RETURN], apart);
    refuses(&[tail, abc(Op::Call, 0, 0, 1), RETURN], "no return follows a tail call");
}

#[test]
fn variables_are_closed_before_their_frame_goes() {
    let unclosed = "it returns without closing its variables";
    let mark = abc(Op::ToBeClosed, 1, 0, 0);
    accepts(&[mark, CLOSING_RETURN]);
    refuses(&[mark, RETURN], unclosed);
    refuses(&[mark, abc(Op::Return0, 0, 0, 0), CLOSING_RETURN], unclosed);
    let mut capturing = function(&[RETURN]);
    capturing.children[0].upvalues.push(upvalue(true, 3));
    refused(&capturing, unclosed);
    capturing.code = vec![CLOSING_RETURN];
    assert_eq!(verify(&capturing), Ok(()));
}

#[test]
fn marks_go_bottom_up() {
    let below = "a variable is marked below a pending one";
    let mark = |register| abc(Op::ToBeClosed, register, 0, 0);
    accepts(&[mark(1), mark(2), CLOSING_RETURN]);
    refuses(&[mark(2), mark(1), CLOSING_RETURN], below);
    refuses(&[mark(2), mark(2), CLOSING_RETURN], below);
    accepts(&[mark(2), abc(Op::Close, 2, 0, 0), mark(1), CLOSING_RETURN]);
    refuses(&[mark(2), abc(Op::Close, 3, 0, 0), mark(1), CLOSING_RETURN], below);
    refuses(&[mark(3), abc(Op::GenericForPrepare, 0, 0, 0), CLOSING_RETURN], below);
}

#[test]
fn where_ways_meet_the_same_is_pending() {
    let differs = "variables are pending on one way here, not on another";
    let (mark, test) = (abc(Op::ToBeClosed, 1, 0, 0), abc(Op::Test, 0, 0, 0));
    refuses(&[test, Instruction::jump(1), mark, CLOSING_RETURN], differs);
    refuses(&[mark, Instruction::jump(-2), CLOSING_RETURN], differs);
    accepts(&[test, Instruction::jump(1), mark, abc(Op::Close, 0, 0, 0), CLOSING_RETURN]);
}

#[test]
fn calls_lie_above_what_is_pending() {
    let over = "a call over a variable that is pending";
    let mark = abc(Op::ToBeClosed, 3, 0, 0);
    accepts(&[mark, abc(Op::Call, 4, 1, 1), CLOSING_RETURN]);
    refuses(&[mark, abc(Op::Call, 3, 1, 1), CLOSING_RETURN], over);
    refuses(&[mark, abc(Op::TailCall, 4, 1, 1), abc(Op::Return, 4, 0, 1), CLOSING_RETURN], over);
    // The closing value of the loop itself, then a variable in its place of the control variable.
    let call = abc(Op::GenericForCall, 1, 0, 1);
    accepts(&[abc(Op::GenericForPrepare, 1, 0, 0), call, CLOSING_RETURN]);
    refuses(&[mark, call, CLOSING_RETURN], over);
}

#[test]
fn functions_inside_capture_what_is_there() {
    let missing = "a function inside it captures a variable that is not there";
    for captured in [upvalue(true, 8), upvalue(false, 1)] {
        let mut outer = function(&[CLOSING_RETURN]);
        outer.children[0].upvalues.push(captured);
        refused(&outer, missing);
    }
}

#[test]
fn debug_records_stay_inside() {
    let local =
        |register, start_pc, end_pc| LocalVariable { name: (*b"x").into(), register, start_pc, end_pc };
    let with = |locals: &[LocalVariable]| {
        let mut function = function(&[RETURN]);
        function.locals = locals.to_vec();
        function
    };
    assert_eq!(verify(&with(&[local(7, 0, 1)])), Ok(()));
    for locals in
        [&[local(8, 0, 1)][..], &[local(0, 1, 0)], &[local(0, 0, 2)], &[local(0, 1, 1), local(0, 0, 1)]]
    {
        refused(&with(locals), "a local variable lives outside of it");
    }
    let mut lined = function(&[RETURN]);
    lined.lines = vec![1, 2];
    refused(&lined, "its lines are not those of its code");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        (1..depth).fold(bare(&[RETURN]), |inner, _| {
            let mut outer = bare(&[RETURN]);
            outer.children = vec![inner];
            outer
        })
    };
    assert_eq!(verify(&nested(NESTING_MAX)), Ok(()));
    refused(&nested(NESTING_MAX + 1), "functions are nested too deeply");
    let source = |depth: usize| "return function() ".repeat(depth) + &"end ".repeat(depth);
    let deepest = (1..400).take_while(|&depth| compile(source(depth).as_bytes(), b"=test").is_ok()).last();
    let deepest = compile(source(deepest.expect("one level compiles")).as_bytes(), b"=test");
    assert_eq!(verify(&deepest.expect("it has compiled before")), Ok(()));
}

#[test]
fn a_flaw_says_where() {
    let flaw = verify(&function(&[RETURN, Instruction(0xff)])).expect_err("no opcode");
    assert_eq!(flaw.to_string(), "function at line 7, word 1: no instruction");
    let flaw = verify(
        &compile(b"", b"=test")
            .map(|mut main| {
                main.code.clear();
                main
            })
            .expect("nothing compiles"),
    );
    assert_eq!(flaw.expect_err("no code").to_string(), "main function: its lines are not those of its code");
}
