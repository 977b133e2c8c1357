//! `require` and the `package` library (manual, section 6.3). Modules are Lua files; there are no C modules.

use super::{Functions, loaded};
use crate::file::until_nul;
use crate::interp::{NativeResult, Raise, Step, Str, Table, Vm};
use crate::sys::clock;
use dumpfmt::layout::value::{self, Value};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(super) const FUNCTIONS: &Functions = &[("loadlib", loadlib), ("searchpath", searchpath)];

/// The reference's for Linux.
const DEFAULT_PATH: &[u8] = b"/usr/local/share/lua/5.4/?.lua;/usr/local/share/lua/5.4/?/init.lua;\
/usr/local/lib/lua/5.4/?.lua;/usr/local/lib/lua/5.4/?/init.lua;./?.lua;./?/init.lua";

const NO_C_MODULES: &str = "C modules are not supported";

/// Directory separator, template separator, mark, and two that only Windows and C modules know.
const CONFIGURATION: &[u8] = b"/\n;\n?\n!\n-\n";

/// Adds the fields, the searchers and the global `require`, which close over the library's table.
pub(super) fn finish(vm: &mut Vm, library: Table) -> Result<(), Raise> {
    let path = initial_path(vm);
    let path = vm.string(&path)?;
    vm.raw_set_field(library, "path", path.value())?;
    let empty = vm.string(b"")?;
    vm.raw_set_field(library, "cpath", empty.value())?;
    let configuration = vm.string(CONFIGURATION)?;
    vm.raw_set_field(library, "config", configuration.value())?;
    let loaded = loaded(vm)?;
    vm.raw_set_field(library, "loaded", loaded.value())?;
    let preload = vm.new_table(0, 0)?;
    vm.raw_set_field(library, "preload", preload.value())?;
    let registry = vm.registry();
    vm.raw_set_field(registry, "_PRELOAD", preload.value())?;
    let searchers = vm.new_table(3, 0)?;
    vm.raw_set_field(library, "searchers", searchers.value())?;
    let functions: &Functions = &[
        ("package.searcher_preload", search_preload),
        ("package.searcher_lua", search_lua),
        ("package.searcher_c", search_c),
    ];
    for (index, &(name, function)) in functions.iter().enumerate() {
        let searcher = vm.native(name, function, &[library.value()])?;
        vm.raw_set_integer(searchers, index as i64 + 1, searcher)?;
    }
    let require = vm.native("require", require, &[library.value()])?;
    let globals = vm.globals();
    vm.raw_set_field(globals, "require", require)
}

/// The environment's path, in which `;;` stands for the default one, unless the environment is to be ignored.
fn initial_path(vm: &Vm) -> Vec<u8> {
    let wish = std::env::var_os("LUA_PATH_5_4").or_else(|| std::env::var_os("LUA_PATH"));
    let Some(wish) = wish.filter(|_| vm.heeds_environment) else { return DEFAULT_PATH.to_vec() };
    let wish = wish.as_bytes();
    let Some(at) = memchr::memmem::find(wish, b";;") else { return wish.to_vec() };
    let (before, behind) = (&wish[..at], &wish[at + 2..]);
    let mut path = Vec::new();
    if !before.is_empty() {
        path.extend_from_slice(before);
        path.push(b';');
    }
    path.extend_from_slice(DEFAULT_PATH);
    if !behind.is_empty() {
        path.push(b';');
        path.extend_from_slice(behind);
    }
    path
}

fn library_field(vm: &mut Vm, name: &str) -> Result<Value, Raise> {
    let key = vm.string(name.as_bytes())?.value();
    let library = vm.upvalue(0);
    vm.get_index(library, key)
}

fn loadlib(vm: &mut Vm) -> NativeResult {
    vm.check_string(1)?;
    vm.check_string(2)?;
    vm.push(Value::NIL);
    vm.push_string(NO_C_MODULES.as_bytes())?;
    vm.push_string(b"absent")?;
    Ok(Step::results(3))
}

fn replace_all(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, from) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    result.extend_from_slice(rest);
    result
}

/// The first file of a path that can be opened; else the reference's list of what was tried.
fn search(name: &[u8], path: &[u8], separator: &[u8], replacement: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let name = match separator {
        [] => name.to_vec(),
        _ => replace_all(name, separator, replacement),
    };
    let path = replace_all(path, b"?", &name);
    for candidate in path.split(|&byte| byte == b';') {
        if std::fs::File::open(OsStr::from_bytes(until_nul(candidate))).is_ok() {
            return Ok(candidate.to_vec());
        }
    }
    Err([b"no file '", &replace_all(&path, b";", b"'\n\tno file '")[..], b"'"].concat())
}

fn searchpath(vm: &mut Vm) -> NativeResult {
    let name = vm.check_string(1)?;
    let path = vm.check_string(2)?;
    let separator = vm.opt_string(3)?;
    let replacement = vm.opt_string(4)?;
    let found = search(
        name.bytes(),
        path.bytes(),
        separator.as_ref().map_or(b".", Str::bytes),
        replacement.as_ref().map_or(b"/", Str::bytes),
    );
    match found {
        Ok(file) => vm.ret_string(&file),
        Err(tried) => {
            vm.push(Value::NIL);
            vm.push_string(&tried)?;
            Ok(Step::results(2))
        }
    }
}

fn search_preload(vm: &mut Vm) -> NativeResult {
    let name = vm.check_string(1)?;
    let registry = vm.registry();
    let preload = vm.raw_get_field(registry, "_PRELOAD")?;
    let loader = vm.get_index(preload, name.value())?;
    if loader.is_nil() {
        return vm.ret_string(&[b"no field package.preload['", name.bytes(), b"']"].concat());
    }
    vm.push(loader);
    vm.push_string(b":preload:")?;
    Ok(Step::results(2))
}

fn search_lua(vm: &mut Vm) -> NativeResult {
    let name = vm.check_string(1)?;
    let path = library_field(vm, "path")?;
    let path = match Str::of(path) {
        Some(path) => path,
        None if matches!(path.kind, value::INTEGER | value::FLOAT) => vm.number_to_string(path)?,
        None => return Err(vm.error("'package.path' must be a string")),
    };
    let file = match search(name.bytes(), path.bytes(), b".", b"/") {
        Ok(file) => file,
        Err(tried) => return vm.ret_string(&tried),
    };
    let chunk_name = [b"@", &file[..]].concat();
    let environment = vm.globals().value();
    let message = match std::fs::read(OsStr::from_bytes(&file)) {
        Ok(text) => match super::base::compile_chunk(vm, &text, &chunk_name, b"bt", environment)? {
            Ok(function) => {
                vm.push(function);
                vm.push_string(&file)?;
                return Ok(Step::results(2));
            }
            Err(message) => message,
        },
        Err(error) => {
            let error = rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO);
            [b"cannot read ", &file[..], b": ", super::system_words(error).as_bytes()].concat()
        }
    };
    let parts: [&[u8]; 6] =
        [b"error loading module '", name.bytes(), b"' from file '", &file, b"':\n\t", &message];
    Err(vm.error_bytes(&parts.concat()))
}

fn search_c(vm: &mut Vm) -> NativeResult {
    vm.check_string(1)?;
    vm.ret_string(NO_C_MODULES.as_bytes())
}

fn require(vm: &mut Vm) -> NativeResult {
    let name = vm.check_string(1)?;
    vm.set_arg_count(1);
    let loaded = loaded(vm)?;
    let module = vm.get_index(loaded.value(), name.value())?;
    if !module.is_falsy() {
        return vm.ret(module);
    }
    find_loader(vm, name)?;
    // Now arguments 2 and 3 are the loader and what it was found with.
    let (loader, data) = (vm.arg(2), vm.arg(3));
    vm.push(loader);
    vm.push(name.value());
    vm.push(data);
    let started = clock::monotonic();
    vm.call(2, 1)?;
    let file = Str::of(vm.arg(3));
    let file = file.as_ref().map_or(&b""[..], Str::bytes);
    vm.event_loop.note_module(name.bytes(), file, clock::monotonic().saturating_sub(started));
    let module = vm.arg(4);
    let loaded = super::loaded(vm)?;
    if !module.is_nil() {
        vm.put_index(loaded.value(), name.value(), module)?;
    }
    let mut module = vm.get_index(loaded.value(), name.value())?;
    if module.is_nil() {
        module = Value::TRUE;
        vm.put_index(loaded.value(), name.value(), module)?;
    }
    vm.push(module);
    let data = vm.arg(3);
    vm.push(data);
    Ok(Step::results(2))
}

/// Pushes the loader of a module and its data, by asking the searchers in turn.
fn find_loader(vm: &mut Vm, name: Str) -> Result<(), Raise> {
    let Some(searchers) = Table::of(library_field(vm, "searchers")?) else {
        return Err(vm.error("'package.searchers' must be a table"));
    };
    let mut tried = Vec::new();
    vm.push(searchers.value());
    for index in 1.. {
        let searcher = searchers.get_integer(index);
        if searcher.is_nil() {
            let parts: [&[u8]; 4] = [b"module '", name.bytes(), b"' not found:", &tried];
            return Err(vm.error_bytes(&parts.concat()));
        }
        vm.push(searcher);
        vm.push(name.value());
        vm.call(1, 2)?;
        let (found, data) = (vm.peek(2), vm.peek(1));
        if matches!(found.kind, value::FUNCTION | value::NATIVE) {
            // In the place of the searchers' table.
            vm.set_arg(2, found);
            vm.set_arg(3, data);
            vm.set_arg_count(3);
            return Ok(());
        }
        if let Some(message) = Str::of(found) {
            tried.extend_from_slice(b"\n\t");
            tried.extend_from_slice(message.bytes());
        }
        vm.pop_many(2);
    }
    Ok(())
}
