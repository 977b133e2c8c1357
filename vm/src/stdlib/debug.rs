//! The `debug` library (manual, section 6.10).
//!
//! Not here: what is looked at (`interp`).

use super::base::{BINARY_OR_TEXT, compile_chunk};
use super::{Functions, ret_fail};
use crate::file::{STDERR, STDIN};
use crate::interp::{Code, FrameView, Hook, NativeResult, Raise, Step, Str, Table, Vm};
use compiler::Source;
use dumpfmt::layout::coroutine::{HOOK_CALL, HOOK_COUNT, HOOK_LINE, HOOK_RETURN};
use dumpfmt::layout::roots::BasicType;
use dumpfmt::layout::value::{self, Value};

pub(super) const FUNCTIONS: &Functions = &[
    ("debug", debug),
    ("gethook", gethook),
    ("getinfo", getinfo),
    ("getlocal", getlocal),
    ("getmetatable", getmetatable),
    ("getregistry", getregistry),
    ("getupvalue", getupvalue),
    ("getuservalue", getuservalue),
    ("sethook", sethook),
    ("setlocal", setlocal),
    ("setmetatable", setmetatable),
    ("setupvalue", setupvalue),
    ("setuservalue", setuservalue),
    ("setcstacklimit", setcstacklimit),
    ("traceback", traceback),
    ("upvalueid", upvalueid),
    ("upvaluejoin", upvaluejoin),
];

/// The coroutine that an optional first argument names, and how many arguments that took.
fn chosen_coroutine(vm: &mut Vm) -> (Value, u32) {
    let first = vm.arg(1);
    if first.kind == value::COROUTINE { (first, 1) } else { (vm.running(), 0) }
}

fn is_function(value: Value) -> bool {
    matches!(value.kind, value::FUNCTION | value::NATIVE)
}

/// Argument `number` as a level of a stack: an `int` to the reference, which cuts what is larger. A negative one
/// is a level that no stack has.
fn check_any_level(vm: &mut Vm, number: u32) -> Result<usize, Raise> {
    Ok(usize::try_from(vm.check_integer(number)? as i32).unwrap_or(usize::MAX))
}

fn traceback(vm: &mut Vm) -> NativeResult {
    let (coroutine, shift) = chosen_coroutine(vm);
    let message = vm.arg(shift + 1);
    let is_text = message.is_string() || matches!(message.kind, value::INTEGER | value::FLOAT);
    if !is_text && !message.is_nil() {
        return vm.ret(message);
    }
    let message = if is_text { Some(vm.check_string(shift + 1)?) } else { None };
    let is_own = coroutine.addr() == vm.running().addr();
    let level = if vm.arg(shift + 2).is_nil() { is_own as usize } else { check_any_level(vm, shift + 2)? };
    let text = vm.traceback(coroutine, message.as_ref().map(Str::bytes), level);
    vm.ret_string(&text)
}

/// What `getinfo` describes.
struct Subject {
    coroutine: Value,
    function: Value,
    frame: Option<FrameView>,
    caller: Option<FrameView>,
}

fn getinfo(vm: &mut Vm) -> NativeResult {
    let (coroutine, shift) = chosen_coroutine(vm);
    let options = vm.opt_c_string(shift + 2)?;
    let options = options.as_ref().map_or(&b"flnSrtu"[..], Str::bytes);
    if options.first() == Some(&b'>') {
        return Err(vm.arg_error(shift + 2, "invalid option '>'"));
    }
    let wanted = vm.arg(shift + 1);
    let subject = if is_function(wanted) {
        Subject { coroutine, function: wanted, frame: None, caller: None }
    } else {
        let level = check_any_level(vm, shift + 1)?;
        let frames = vm.frames_of(coroutine);
        let Some(&frame) = frames.get(level) else { return ret_fail(vm) };
        let caller = frames.get(level + 1).copied();
        Subject { coroutine, function: frame.function(), frame: Some(frame), caller }
    };
    if !options.iter().all(|option| b"SlnrutLf".contains(option)) {
        return Err(vm.arg_error(shift + 2, "invalid option"));
    }
    let info = vm.new_table(0, 16)?;
    vm.push(info.value());
    for &option in options {
        describe(vm, info, &subject, option)?;
    }
    Ok(Step::results(1))
}

fn describe(vm: &mut Vm, info: Table, subject: &Subject, option: u8) -> Result<(), Raise> {
    let code = Code::of(subject.function);
    match option {
        b'S' => describe_source(vm, info, code),
        b'l' => {
            let place = subject.frame.and_then(|frame| frame.place());
            let line = place.and_then(|place| place.code().line(place.pc)).map_or(-1, i64::from);
            vm.raw_set_field(info, "currentline", Value::integer(line))
        }
        b'u' => {
            let (count, is_vararg) = code.map_or((0, true), |code| code.parameters());
            let upvalues = vm.upvalue_count(subject.function);
            vm.raw_set_field(info, "nups", Value::integer(upvalues.into()))?;
            vm.raw_set_field(info, "nparams", Value::integer(count.into()))?;
            vm.raw_set_field(info, "isvararg", Value::boolean(is_vararg))
        }
        b'n' => {
            let called = subject.frame.and_then(|frame| vm.called_name(frame, subject.caller));
            let (kind, name) = match called {
                Some((kind, name)) => (kind, vm.string(&name)?.value()),
                None => ("", Value::NIL),
            };
            set_text(vm, info, "namewhat", kind.as_bytes())?;
            vm.raw_set_field(info, "name", name)
        }
        b'r' => {
            let transferred = subject.frame.map(|frame| vm.transferred(subject.coroutine, frame));
            let (first, count) = transferred.unwrap_or_default();
            vm.raw_set_field(info, "ftransfer", Value::integer(first.into()))?;
            vm.raw_set_field(info, "ntransfer", Value::integer(count.into()))
        }
        b't' => {
            let is_tail_call = subject.frame.is_some_and(|frame| frame.is_tail_call());
            vm.raw_set_field(info, "istailcall", Value::boolean(is_tail_call))
        }
        b'L' => {
            let Some(code) = code else { return Ok(()) };
            let lines = vm.new_table(0, 0)?;
            vm.raw_set_field(info, "activelines", lines.value())?;
            for line in code.active_lines() {
                vm.raw_set_integer(lines, line.into(), Value::TRUE)?;
            }
            Ok(())
        }
        _ => vm.raw_set_field(info, "func", subject.function),
    }
}

fn describe_source(vm: &mut Vm, info: Table, code: Option<Code>) -> Result<(), Raise> {
    let (source, range, what) = match code {
        Some(code) => {
            let range = code.line_range();
            (code.source(), (range.0.into(), range.1.into()), if range.0 == 0 { "main" } else { "Lua" })
        }
        None => (b"=[C]".to_vec(), (-1i64, -1i64), "C"),
    };
    set_text(vm, info, "source", &source)?;
    set_text(vm, info, "short_src", &compiler::chunk_name::short_source(&source))?;
    vm.raw_set_field(info, "linedefined", Value::integer(range.0))?;
    vm.raw_set_field(info, "lastlinedefined", Value::integer(range.1))?;
    set_text(vm, info, "what", what.as_bytes())
}

fn set_text(vm: &mut Vm, table: Table, name: &str, text: &[u8]) -> Result<(), Raise> {
    let text = vm.string(text)?;
    vm.raw_set_field(table, name, text.value())
}

/// The level in an argument, which must be that of a frame.
fn check_level(vm: &mut Vm, coroutine: Value, number: u32) -> Result<usize, Raise> {
    let level = check_any_level(vm, number)?;
    match vm.frame_at(coroutine, level) {
        Some(_) => Ok(level),
        None => Err(vm.arg_error(number, "level out of range")),
    }
}

fn getlocal(vm: &mut Vm) -> NativeResult {
    let (coroutine, shift) = chosen_coroutine(vm);
    let number = vm.check_integer(shift + 2)?;
    let wanted = vm.arg(shift + 1);
    if is_function(wanted) {
        let name = u32::try_from(number)
            .ok()
            .and_then(|number| Code::of(wanted).and_then(|code| code.parameter_name(number)));
        return match name {
            Some(name) => vm.ret_string(&name),
            None => ret_fail(vm),
        };
    }
    let level = check_level(vm, coroutine, shift + 1)?;
    match vm.local(coroutine, level, number) {
        Some((name, value)) => {
            vm.push_string(&name)?;
            vm.push(value);
            Ok(Step::results(2))
        }
        None => ret_fail(vm),
    }
}

fn setlocal(vm: &mut Vm) -> NativeResult {
    let (coroutine, shift) = chosen_coroutine(vm);
    vm.check_integer(shift + 1)?;
    let number = vm.check_integer(shift + 2)?;
    let level = check_level(vm, coroutine, shift + 1)?;
    let new = vm.check_any(shift + 3)?;
    match vm.set_local(coroutine, level, number, new) {
        Some(name) => vm.ret_string(&name),
        None => ret_fail(vm),
    }
}

/// The number of an upvalue in an argument and the function in another; numbers out of range are 0.
fn check_upvalue(vm: &mut Vm, function: u32, number: u32) -> Result<(Value, u32), Raise> {
    let index = u32::try_from(vm.check_integer(number)?).unwrap_or(0);
    Ok((vm.check_function(function)?, index))
}

fn getupvalue(vm: &mut Vm) -> NativeResult {
    let (function, number) = check_upvalue(vm, 1, 2)?;
    match (vm.upvalue_name(function, number), vm.upvalue_of(function, number)) {
        (Some(name), Some(value)) => {
            vm.push_string(&name)?;
            vm.push(value);
            Ok(Step::results(2))
        }
        _ => Ok(Step::results(0)),
    }
}

fn setupvalue(vm: &mut Vm) -> NativeResult {
    let new = vm.check_any(3)?;
    let (function, number) = check_upvalue(vm, 1, 2)?;
    if !vm.set_upvalue_of(function, number, new) {
        return Ok(Step::results(0));
    }
    let name = vm.upvalue_name(function, number).unwrap_or_default();
    vm.ret_string(&name)
}

fn upvalueid(vm: &mut Vm) -> NativeResult {
    let (function, number) = check_upvalue(vm, 1, 2)?;
    match vm.upvalue_identity(function, number) {
        Some(identity) => vm.ret(Value::raw(value::POINTER, identity)),
        None => ret_fail(vm),
    }
}

fn upvaluejoin(vm: &mut Vm) -> NativeResult {
    let (function, number) = check_upvalue(vm, 1, 2)?;
    if vm.upvalue_identity(function, number).is_none() {
        return Err(vm.arg_error(2, "invalid upvalue index"));
    }
    let (other, other_number) = check_upvalue(vm, 3, 4)?;
    if vm.upvalue_identity(other, other_number).is_none() {
        return Err(vm.arg_error(4, "invalid upvalue index"));
    }
    for (argument, function) in [(1, function), (3, other)] {
        if function.kind != value::FUNCTION {
            return Err(vm.arg_error(argument, "Lua function expected"));
        }
    }
    vm.join_upvalues(function, number, other, other_number);
    Ok(Step::results(0))
}

fn getmetatable(vm: &mut Vm) -> NativeResult {
    let object = vm.check_any(1)?;
    let metatable = vm.metatable_of(object);
    vm.ret(metatable.map_or(Value::NIL, Table::value))
}

fn setmetatable(vm: &mut Vm) -> NativeResult {
    let metatable = vm.arg(2);
    if vm.arg_is_none(2) || !(metatable.is_nil() || metatable.kind == value::TABLE) {
        return Err(vm.arg_type_error(2, "nil or table"));
    }
    let metatable = Table::of(metatable);
    let object = vm.arg(1);
    let basic = match object.kind {
        value::TABLE | value::USERDATA => None,
        value::NIL => Some(BasicType::Nil),
        value::FALSE | value::TRUE => Some(BasicType::Boolean),
        value::INTEGER | value::FLOAT => Some(BasicType::Number),
        value::SHORT_STRING | value::LONG_STRING => Some(BasicType::String),
        value::FUNCTION | value::NATIVE => Some(BasicType::Function),
        value::COROUTINE => Some(BasicType::Thread),
        _ => Some(BasicType::Pointer),
    };
    match basic {
        Some(basic) => vm.set_type_metatable(basic, metatable),
        None => vm.set_metatable(object, metatable),
    }
    vm.ret(object)
}

fn getregistry(vm: &mut Vm) -> NativeResult {
    let registry = vm.registry();
    vm.ret(registry.value())
}

fn getuservalue(vm: &mut Vm) -> NativeResult {
    let number = u32::try_from(vm.opt_integer(2, 1)?).unwrap_or(0);
    let object = vm.arg(1);
    match vm.user_value(object, number) {
        Some(value) => {
            vm.push(value);
            vm.push(Value::TRUE);
            Ok(Step::results(2))
        }
        None => ret_fail(vm),
    }
}

fn setuservalue(vm: &mut Vm) -> NativeResult {
    let number = u32::try_from(vm.opt_integer(3, 1)?).unwrap_or(0);
    let object = vm.arg(1);
    if object.kind != value::USERDATA {
        return Err(vm.arg_type_error(1, "userdata"));
    }
    let new = vm.check_any(2)?;
    if vm.set_user_value(object, number, new) { vm.ret(object) } else { ret_fail(vm) }
}

/// The letters of a hook's mask.
const HOOK_LETTERS: [(u8, u32); 3] = [(b'c', HOOK_CALL), (b'r', HOOK_RETURN), (b'l', HOOK_LINE)];

fn gethook(vm: &mut Vm) -> NativeResult {
    let (coroutine, _) = chosen_coroutine(vm);
    let hook = vm.hook(coroutine);
    if hook.mask == 0 {
        return ret_fail(vm);
    }
    let set = HOOK_LETTERS.iter().filter(|(_, bit)| hook.mask & bit != 0);
    let letters: Vec<u8> = set.map(|(letter, _)| *letter).collect();
    vm.push(hook.function);
    vm.push_string(&letters)?;
    vm.push(Value::integer((hook.count as i32).into()));
    Ok(Step::results(3))
}

fn sethook(vm: &mut Vm) -> NativeResult {
    let (coroutine, shift) = chosen_coroutine(vm);
    let mut hook = Hook { function: Value::NIL, mask: 0, count: 0 };
    if !vm.arg(shift + 1).is_nil() {
        let letters = vm.check_c_string(shift + 2)?;
        let function = vm.check_function(shift + 1)?;
        let count = vm.opt_integer(shift + 3, 0)?;
        let set = HOOK_LETTERS.iter().filter(|(letter, _)| letters.bytes().contains(letter));
        let mask: u32 = set.map(|(_, bit)| bit).sum();
        // A C int in the reference, kept whatever it is.
        let count = count as i32;
        let mask = if count > 0 { mask | HOOK_COUNT } else { mask };
        if mask != 0 {
            hook = Hook { function, mask, count: count as u32 };
        }
    }
    let functions = hook_functions(vm)?;
    vm.raw_set(functions, coroutine, hook.function)?;
    vm.set_hook(coroutine, hook);
    Ok(Step::results(0))
}

/// The registry's table of hook functions by coroutine, with weak keys: where the reference keeps them and
/// programs may look (the official tests do). What is called is the coroutine's own.
fn hook_functions(vm: &mut Vm) -> Result<Table, Raise> {
    let registry = vm.registry();
    if let Some(functions) = Table::of(vm.raw_get_field(registry, "_HOOKKEY")?) {
        return Ok(functions);
    }
    let functions = vm.new_table(0, 2)?;
    vm.raw_set_field(registry, "_HOOKKEY", functions.value())?;
    set_text(vm, functions, "__mode", b"k")?;
    vm.set_metatable(functions.value(), Some(functions));
    Ok(functions)
}

/// Kept for old programs; the limit does not change (the reference answers its own).
fn setcstacklimit(vm: &mut Vm) -> NativeResult {
    const LIMIT: i64 = 200;
    vm.check_integer(1)?;
    vm.ret(Value::integer(LIMIT))
}

/// Runs the lines of standard input, each a chunk, until one is `cont`.
fn debug(vm: &mut Vm) -> NativeResult {
    loop {
        let _ = vm.files.get(STDERR).write(b"lua_debug> ");
        vm.files.prepare_read(STDIN);
        let mut line = Vec::new();
        let is_read = vm.files.get(STDIN).read_line(true, &mut line);
        if !matches!(is_read, Ok(true)) || line == b"cont\n" {
            return Ok(Step::results(0));
        }
        let environment = vm.globals().value();
        let source = Source::of_string(&line, b"=(debug command)");
        let chunk = compile_chunk(vm, source, BINARY_OR_TEXT, environment)?;
        let message = match chunk {
            Ok(function) => {
                vm.push(function);
                match vm.protected_call(0, 0) {
                    Ok(()) => continue,
                    Err(error) => vm.to_text(error)?.bytes().to_vec(),
                }
            }
            Err(message) => message,
        };
        let _ = vm.files.get(STDERR).write(&[&message[..], b"\n"].concat());
    }
}
