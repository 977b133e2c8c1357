//! The basic functions (manual, section 6.1).

mod pieces;

use crate::c_string::until_nul;
use crate::interp::{Continuation, Event, NativeFunction, NativeResult, Raise, Step, Str, Table, Vm};
use crate::sys::error_text::error_text;
use compiler::Source;
use compiler::chunk::{Chunk, ChunkError};
use dumpfmt::layout::coroutine::FrameKind;
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral::{self, Number};
use pieces::load_pieces;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;

/// The functions, by name.
const FUNCTIONS: &[(&str, NativeFunction)] = &[
    ("assert", assert),
    ("collectgarbage", super::collector::collectgarbage),
    ("dofile", dofile),
    ("error", error),
    ("getmetatable", getmetatable),
    ("ipairs", ipairs),
    ("load", load),
    ("loadfile", loadfile),
    ("pairs", pairs),
    ("pcall", pcall),
    ("print", print),
    ("rawequal", rawequal),
    ("rawget", rawget),
    ("rawlen", rawlen),
    ("rawset", rawset),
    ("select", select),
    ("setmetatable", setmetatable),
    ("tonumber", tonumber),
    ("tostring", tostring),
    ("type", type_of),
    ("warn", warn),
    ("xpcall", xpcall),
];

/// Fills the global table.
pub fn open(vm: &mut Vm) -> Result<(), Raise> {
    // These two are the first of all natives: the interpreter knows them by their ids.
    let next = vm.native("next", next, &[])?;
    let step = vm.native("ipairs_iterator", ipairs_step, &[])?;
    let globals = vm.globals();
    vm.raw_set_field(globals, "next", next)?;
    for &(name, function) in FUNCTIONS {
        let function = vm.library_function("", name, function)?;
        vm.raw_set_field(globals, name, function)?;
    }
    vm.raw_set_field(globals, "_G", globals.value())?;
    let version = vm.string(b"Lua 5.4")?.value();
    vm.raw_set_field(globals, "_VERSION", version)?;
    let loaded = super::loaded(vm)?;
    vm.raw_set_field(loaded, "_G", globals.value())?;
    // Function values that other natives hand out.
    let registry = vm.registry();
    vm.raw_set_field(registry, "ipairs_iterator", step)?;
    vm.raw_set_field(registry, "next", next)?;
    Ok(())
}

fn assert(vm: &mut Vm) -> NativeResult {
    if !vm.arg(1).is_falsy() {
        return Ok(Step::results(vm.arg_count()));
    }
    vm.offender = vm.check_any(1)?;
    let message = vm.arg(2);
    let result = match vm.arg_is_none(2) {
        true => Err(vm.error("assertion failed!")),
        false => throw_at(vm, message, 1),
    };
    vm.offender = Value::NIL;
    result
}

/// Throws `value`; a string is preceded by the place of the function `level` out.
fn throw_at(vm: &mut Vm, value: Value, level: i32) -> NativeResult {
    if let Some(text) = Str::of(value)
        && level > 0
    {
        let mut message = vm.position(level as usize);
        message.extend_from_slice(text.bytes());
        let message = vm.string(&message)?.value();
        return Err(vm.throw(message));
    }
    Err(vm.throw(value))
}

fn error(vm: &mut Vm) -> NativeResult {
    // An `int` to the reference, which cuts what is larger.
    let level = vm.opt_integer(2, 1)? as i32;
    let value = vm.arg(1);
    throw_at(vm, value, level)
}

fn getmetatable(vm: &mut Vm) -> NativeResult {
    let object = vm.check_any(1)?;
    let Some(metatable) = vm.metatable_of(object) else { return vm.ret(Value::NIL) };
    let protected = vm.raw_get_field(metatable, "__metatable")?;
    vm.ret(if protected.is_nil() { metatable.value() } else { protected })
}

fn setmetatable(vm: &mut Vm) -> NativeResult {
    let table = vm.check_table(1)?;
    let metatable = vm.arg(2);
    if vm.arg_is_none(2) || !(metatable.is_nil() || metatable.kind == value::TABLE) {
        return Err(vm.arg_type_error(2, "nil or table"));
    }
    if let Some(old) = table.metatable()
        && !vm.raw_get_field(old, "__metatable")?.is_nil()
    {
        return Err(vm.error("cannot change a protected metatable"));
    }
    vm.set_metatable(table.value(), Table::of(metatable));
    vm.ret(table.value())
}

fn ipairs(vm: &mut Vm) -> NativeResult {
    let object = vm.check_any(1)?;
    let registry = vm.registry();
    let step = vm.raw_get_field(registry, "ipairs_iterator")?;
    vm.push(step);
    vm.push(object);
    vm.push(Value::integer(0));
    Ok(Step::results(3))
}

fn ipairs_step(vm: &mut Vm) -> NativeResult {
    let index = vm.check_integer(2)?.wrapping_add(1);
    let object = vm.arg(1);
    let item = match Table::of(object).map(|table| table.get_integer(index)) {
        Some(item) if !item.is_nil() => item,
        _ => vm.get_index(object, Value::integer(index))?,
    };
    if item.is_nil() {
        return vm.ret(Value::NIL);
    }
    vm.push(Value::integer(index));
    vm.push(item);
    Ok(Step::results(2))
}

fn next(vm: &mut Vm) -> NativeResult {
    let table = vm.check_table(1)?;
    let key = vm.arg(2);
    // No table gives out a float that is an integer, so none is a key to go on from.
    let is_never_given = key.kind == value::FLOAT && numeral::float_to_integer(key.as_float()).is_some();
    match if is_never_given { None } else { table.next(key).ok() } {
        Some(Some((key, value))) => {
            vm.push(key);
            vm.push(value);
            Ok(Step::results(2))
        }
        Some(None) => vm.ret(Value::NIL),
        // The table complains, and not the function, so that no position is told.
        None => {
            let message = vm.string(b"invalid key to 'next'")?.value();
            Err(vm.throw(message))
        }
    }
}

fn pairs(vm: &mut Vm) -> NativeResult {
    let object = vm.check_any(1)?;
    let handler = vm.metamethod_of(object, Event::Pairs);
    if handler.is_nil() {
        let registry = vm.registry();
        let next = vm.raw_get_field(registry, "next")?;
        vm.push(next);
        vm.push(object);
        vm.push(Value::NIL);
        return Ok(Step::results(3));
    }
    vm.set_arg_count(2);
    vm.set_arg(1, handler);
    vm.set_arg(2, object);
    vm.call_and_continue(1, Continuation::Pairs)
}

fn pcall(vm: &mut Vm) -> NativeResult {
    vm.check_any(1)?;
    vm.call_from_native(1, FrameKind::ProtectedCall)
}

fn xpcall(vm: &mut Vm) -> NativeResult {
    let handler = vm.check_function(2)?;
    let function = vm.arg(1);
    vm.set_arg(1, handler);
    vm.set_arg(2, function);
    vm.call_from_native(2, FrameKind::ProtectedCallHandler)
}

fn print(vm: &mut Vm) -> NativeResult {
    let count = vm.arg_count();
    for number in 1..=count {
        let text = vm.to_text(vm.arg(number))?;
        let stdout = vm.files.stdout();
        // As in the reference, a full disk is noticed by who closes the file, not by `print`.
        let _ = stdout.write(if number > 1 { b"\t" } else { b"" });
        let _ = stdout.write(text.bytes());
    }
    let _ = vm.files.stdout().write(b"\n");
    // As the reference does, so that what stderr and children print comes after it.
    let _ = vm.files.stdout().flush();
    Ok(Step::results(0))
}

fn rawequal(vm: &mut Vm) -> NativeResult {
    let (a, b) = (vm.check_any(1)?, vm.check_any(2)?);
    let equal = vm.raw_equals(a, b);
    vm.ret(Value::boolean(equal))
}

fn rawget(vm: &mut Vm) -> NativeResult {
    let table = vm.check_table(1)?;
    let key = vm.check_any(2)?;
    vm.ret(table.get(key))
}

fn rawlen(vm: &mut Vm) -> NativeResult {
    let object = vm.arg(1);
    if let Some(table) = Table::of(object) {
        return vm.ret(Value::integer(table.length()));
    }
    match Str::of(object) {
        Some(text) => vm.ret(Value::integer(text.bytes().len() as i64)),
        None => Err(vm.arg_type_error(1, "table or string")),
    }
}

fn rawset(vm: &mut Vm) -> NativeResult {
    let table = vm.check_table(1)?;
    let (key, new) = (vm.check_any(2)?, vm.check_any(3)?);
    vm.raw_set(table, key, new)?;
    vm.ret(table.value())
}

fn select(vm: &mut Vm) -> NativeResult {
    let count = vm.arg_count() as i64;
    if let Some(text) = Str::of(vm.arg(1))
        && text.bytes().first() == Some(&b'#')
    {
        return vm.ret(Value::integer(count - 1));
    }
    let number = vm.check_integer(1)?;
    let first = if number < 0 { count + number } else { number.min(count) };
    if first < 1 {
        return Err(vm.arg_error(1, "index out of range"));
    }
    Ok(Step::results((count - first) as u32))
}

fn tonumber(vm: &mut Vm) -> NativeResult {
    if vm.arg(2).is_nil() {
        let object = vm.check_any(1)?;
        if matches!(object.kind, value::INTEGER | value::FLOAT) {
            return vm.ret(object);
        }
        let parsed = Str::of(object).and_then(|text| numeral::parse(text.bytes()));
        return vm.ret(match parsed {
            Some(Number::Integer(integer)) => Value::integer(integer),
            Some(Number::Float(float)) => Value::float(float),
            None => Value::NIL,
        });
    }
    let base = vm.check_integer(2)?;
    let Some(text) = Str::of(vm.arg(1)) else { return Err(vm.arg_type_error(1, "string")) };
    if !(2..=36).contains(&base) {
        return Err(vm.arg_error(2, "base out of range"));
    }
    vm.ret(match parse_in_base(text.bytes(), base as u32) {
        Some(integer) => Value::integer(integer),
        None => Value::NIL,
    })
}

fn parse_in_base(text: &[u8], base: u32) -> Option<i64> {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let start = text.iter().position(|byte| !is_space(byte))?;
    let end = text.len() - text.iter().rev().position(|byte| !is_space(byte))?;
    let digits = &text[start..end];
    let (negative, digits) = match digits.first()? {
        b'-' => (true, &digits[1..]),
        b'+' => (false, &digits[1..]),
        _ => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = 0i64;
    for &byte in digits {
        let digit = (byte as char).to_digit(36).filter(|&digit| digit < base)?;
        number = number.wrapping_mul(base as i64).wrapping_add(digit as i64);
    }
    Some(if negative { number.wrapping_neg() } else { number })
}

fn tostring(vm: &mut Vm) -> NativeResult {
    let object = vm.check_any(1)?;
    let text = vm.to_text(object)?;
    vm.ret(text.value())
}

fn type_of(vm: &mut Vm) -> NativeResult {
    let name = vm.check_any(1)?.type_name().unwrap_or("?");
    vm.ret_string(name.as_bytes())
}

fn warn(vm: &mut Vm) -> NativeResult {
    let count = vm.arg_count().max(1);
    for number in 1..=count {
        vm.check_string(number)?;
    }
    for number in 1..=count {
        let text = vm.check_string(number)?;
        vm.warn(text.bytes(), number < count);
    }
    Ok(Step::results(0))
}

/// The mode of a loader that says nothing of it.
pub(crate) const BINARY_OR_TEXT: &[u8] = b"bt";

/// Argument `number` as the mode of a loader.
fn mode_or_any(vm: &mut Vm, number: u32) -> Result<Vec<u8>, Raise> {
    Ok(vm.opt_c_string(number)?.map_or(BINARY_OR_TEXT.to_vec(), |mode| mode.bytes().to_vec()))
}

fn load(vm: &mut Vm) -> NativeResult {
    let mode = mode_or_any(vm, 3)?;
    let has_environment = !vm.arg_is_none(4);
    let environment = if has_environment { vm.arg(4) } else { vm.globals().value() };
    if matches!(vm.arg(1).kind, value::INTEGER | value::FLOAT) {
        vm.check_string(1)?;
    }
    let name = vm.opt_c_string(2)?.map(|name| name.bytes().to_vec());
    let loaded = match Str::of(vm.arg(1)) {
        Some(text) => {
            let text = text.bytes().to_vec();
            let source = Source::of_string(&text, name.as_deref().unwrap_or(until_nul(&text)));
            let loaded = compile_chunk(vm, source, &mode, environment)?;
            return ret_loaded(vm, loaded);
        }
        None => {
            let reader = vm.check_function(1)?;
            load_pieces(vm, reader, name.as_deref().unwrap_or(b"=(load)"), &mode, environment)?
        }
    };
    match loaded {
        Ok(function) => vm.ret(function),
        Err(error) => {
            vm.push(Value::NIL);
            vm.push(error);
            Ok(Step::results(2))
        }
    }
}

fn ret_loaded(vm: &mut Vm, loaded: Result<Value, Vec<u8>>) -> NativeResult {
    match loaded {
        Ok(function) => vm.ret(function),
        Err(message) => {
            vm.push(Value::NIL);
            vm.push_string(&message)?;
            Ok(Step::results(2))
        }
    }
}

/// What a chunk is.
enum ChunkKind<'a> {
    Text,
    /// Where its bytes begin.
    Binary(&'a [u8]),
}

/// Tells what a chunk is from its first bytes, and refuses it when `mode` does not allow that.
fn accept<'a>(source: &Source<'a>, mode: &[u8]) -> Result<ChunkKind<'a>, Vec<u8>> {
    let (kind, what, letter) = match compiler::chunk::binary_part(source) {
        Some(bytes) => (ChunkKind::Binary(bytes), "binary", b'b'),
        None => (ChunkKind::Text, "text", b't'),
    };
    if mode.contains(&letter) {
        return Ok(kind);
    }
    let message = format!("attempt to load a {what} chunk (mode is '");
    Err([message.as_bytes(), mode, b"')"].concat())
}

/// The function of a binary chunk; `Ok(Err(message))` when it is none.
fn decoded(
    vm: &mut Vm,
    read: Result<Chunk, ChunkError>,
    name: &[u8],
    environment: Value,
) -> Result<Result<Value, Vec<u8>>, Raise> {
    match read {
        Ok(chunk) => Ok(Ok(vm.load_binary(&chunk, environment)?)),
        Err(error) => Ok(Err(error.to_bytes(name))),
    }
}

/// Compiles or reads a chunk, and loads it; `Ok(Err(message))` when it is not one.
pub(crate) fn compile_chunk(
    vm: &mut Vm,
    source: Source<'_>,
    mode: &[u8],
    environment: Value,
) -> Result<Result<Value, Vec<u8>>, Raise> {
    match accept(&source, mode) {
        Ok(ChunkKind::Binary(bytes)) => decoded(vm, compiler::chunk::decode(bytes), source.name, environment),
        Ok(ChunkKind::Text) => match compiler::compile_nested(source, vm.nesting) {
            Ok(prototype) => Ok(Ok(vm.load(&prototype, source.name, Some(source.text), environment)?)),
            Err(error) => Ok(Err(error.to_bytes())),
        },
        Err(message) => Ok(Err(message)),
    }
}

/// A script's text and its chunk name, or why it cannot be read.
pub(crate) type Script = Result<(Vec<u8>, Vec<u8>), Vec<u8>>;

/// Reads a script from a file, or from standard input.
pub(crate) fn read_script(vm: &mut Vm, path: Option<Str>) -> Result<Script, Raise> {
    let Some(path) = path else {
        let mut text = Vec::new();
        let _ = vm.files.get(crate::file::STDIN).read_all(&mut text);
        return Ok(Ok((text, b"=stdin".to_vec())));
    };
    let mut name = vec![b'@'];
    name.extend_from_slice(path.bytes());
    let refusal = |what: &str, error: std::io::Error| {
        let words = error_text(error.raw_os_error().unwrap_or(0)).unwrap_or("unknown error");
        [format!("cannot {what} ").as_bytes(), path.bytes(), b": ", words.as_bytes()].concat()
    };
    let mut text = Vec::new();
    Ok(match std::fs::File::open(std::ffi::OsStr::from_bytes(path.bytes())) {
        Ok(mut file) => match file.read_to_end(&mut text) {
            Ok(_) => Ok((text, name)),
            Err(error) => Err(refusal("read", error)),
        },
        Err(error) => Err(refusal("open", error)),
    })
}

fn loadfile(vm: &mut Vm) -> NativeResult {
    let path = vm.opt_c_string(1)?;
    let mode = mode_or_any(vm, 2)?;
    let environment = if vm.arg_is_none(3) { vm.globals().value() } else { vm.arg(3) };
    match read_script(vm, path)? {
        Ok((text, name)) => {
            let loaded = compile_chunk(vm, Source::of_file(&text, &name), &mode, environment)?;
            ret_loaded(vm, loaded)
        }
        Err(message) => ret_loaded(vm, Err(message)),
    }
}

fn dofile(vm: &mut Vm) -> NativeResult {
    let path = vm.opt_c_string(1)?;
    let loaded = match read_script(vm, path)? {
        Ok((text, name)) => {
            let environment = vm.globals().value();
            compile_chunk(vm, Source::of_file(&text, &name), BINARY_OR_TEXT, environment)?
        }
        Err(message) => Err(message),
    };
    match loaded {
        Ok(function) => {
            vm.set_arg_count(1);
            vm.set_arg(1, function);
            vm.call_and_continue(1, Continuation::All)
        }
        Err(message) => {
            let message = vm.string(&message)?.value();
            Err(vm.throw(message))
        }
    }
}
