//! `require` and the `package` library (manual, section 6.3). Modules are Lua files, or modules that are C code
//! elsewhere and which the runtime carries itself; any other C module that is found is refused in words.

use super::base::{BINARY_OR_TEXT, compile_chunk};
use super::{Functions, loaded};
use crate::c_string::until_nul;
use crate::interp::{NativeFunction, NativeResult, Raise, Step, Str, Table, Vm};
use crate::sys::clock;
use compiler::Source;
use dumpfmt::layout::value::{self, Value};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(super) const FUNCTIONS: &Functions = &[("loadlib", loadlib), ("searchpath", searchpath)];

/// A search path in a field of the library.
struct Path {
    field: &'static str,
    /// The variables of the environment that replace it; the first that is set counts.
    variables: [&'static str; 2],
    default: &'static [u8],
}

/// The reference's for Linux, and the folders in which distributions put what they package.
const PATH: Path = Path {
    field: "path",
    variables: ["LUA_PATH_5_4", "LUA_PATH"],
    default: b"/usr/local/share/lua/5.4/?.lua;/usr/local/share/lua/5.4/?/init.lua;\
/usr/local/lib/lua/5.4/?.lua;/usr/local/lib/lua/5.4/?/init.lua;\
/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua;./?.lua;./?/init.lua",
};

/// Where C modules would be: what is there is named in a refusal, and not passed over in silence.
const C_PATH: Path = Path {
    field: "cpath",
    variables: ["LUA_CPATH_5_4", "LUA_CPATH"],
    #[cfg(target_arch = "x86_64")]
    default: b"/usr/local/lib/lua/5.4/?.so;/usr/lib/x86_64-linux-gnu/lua/5.4/?.so;/usr/lib/lua/5.4/?.so;\
/usr/local/lib/lua/5.4/loadall.so;./?.so",
    #[cfg(target_arch = "aarch64")]
    default: b"/usr/local/lib/lua/5.4/?.so;/usr/lib/aarch64-linux-gnu/lua/5.4/?.so;/usr/lib/lua/5.4/?.so;\
/usr/local/lib/lua/5.4/loadall.so;./?.so",
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    default: b"/usr/local/lib/lua/5.4/?.so;/usr/lib/lua/5.4/?.so;/usr/local/lib/lua/5.4/loadall.so;./?.so",
};

/// The field of the registry with the loaders of carried modules, by name; the reference keeps its C libraries
/// there.
const CARRIED: &str = "_CLIBS";
/// Where a carried module is said to be when no file on the path bears its name.
const CARRIED_PLACE: &[u8] = b":built in:";

const NO_C_MODULES: &str = "C modules are not supported";

/// Directory separator, template separator, mark, and two that only Windows and C modules know.
const CONFIGURATION: &[u8] = b"/\n;\n?\n!\n-\n";

/// Adds the fields, the searchers and the global `require`, which close over the library's table.
pub(super) fn finish(vm: &mut Vm, library: Table) -> Result<(), Raise> {
    for path in [PATH, C_PATH] {
        let text = vm.string(&path.initial(vm))?;
        vm.raw_set_field(library, path.field, text.value())?;
    }
    let configuration = vm.string(CONFIGURATION)?;
    vm.raw_set_field(library, "config", configuration.value())?;
    let loaded = loaded(vm)?;
    vm.raw_set_field(library, "loaded", loaded.value())?;
    let preload = vm.new_table(0, 0)?;
    vm.raw_set_field(library, "preload", preload.value())?;
    let registry = vm.registry();
    vm.raw_set_field(registry, "_PRELOAD", preload.value())?;
    let carried = vm.new_table(0, 4)?;
    vm.raw_set_field(registry, CARRIED, carried.value())?;
    let searchers = vm.new_table(4, 0)?;
    vm.raw_set_field(library, "searchers", searchers.value())?;
    let functions: &Functions = &[
        ("package.searcher_preload", search_preload),
        ("package.searcher_lua", search_lua),
        ("package.searcher_c", search_c),
        ("package.searcher_croot", search_c_root),
    ];
    for (index, &(name, function)) in functions.iter().enumerate() {
        let searcher = vm.native(name, function, &[library.value()])?;
        vm.raw_set_integer(searchers, index as i64 + 1, searcher)?;
    }
    let require = vm.native("require", require, &[library.value()])?;
    let globals = vm.globals();
    vm.raw_set_field(globals, "require", require)
}

/// Lets `require` find a module where it finds C modules: behind `package.preload` and the Lua files of that name.
/// `loader`, which tracebacks and dumps call `loader_name`, makes it when it is first asked for.
pub(crate) fn carry(vm: &mut Vm, name: &str, loader_name: &str, loader: NativeFunction) -> Result<(), Raise> {
    let registry = vm.registry();
    let Some(carried) = Table::of(vm.raw_get_field(registry, CARRIED)?) else { return Ok(()) };
    let loader = vm.native(loader_name, loader, &[])?;
    vm.raw_set_field(carried, name, loader)
}

impl Path {
    /// The environment's path, in which `;;` stands for the default one, unless the environment is to be
    /// ignored.
    fn initial(&self, vm: &Vm) -> Vec<u8> {
        let wish = self.variables.iter().find_map(std::env::var_os);
        let Some(wish) = wish.filter(|_| vm.heeds_environment) else { return self.default.to_vec() };
        let wish = wish.as_bytes();
        let Some(at) = memchr::memmem::find(wish, b";;") else { return wish.to_vec() };
        let (before, behind) = (&wish[..at], &wish[at + 2..]);
        let mut path = Vec::new();
        if !before.is_empty() {
            path.extend_from_slice(before);
            path.push(b';');
        }
        path.extend_from_slice(self.default);
        if !behind.is_empty() {
            path.push(b';');
            path.extend_from_slice(behind);
        }
        path
    }

    /// The file in which module `name` lies; else the list of what was tried.
    fn find(&self, vm: &mut Vm, name: &[u8]) -> Result<Result<Vec<u8>, Vec<u8>>, Raise> {
        let path = library_field(vm, self.field)?;
        let path = match Str::of(path) {
            Some(path) => path,
            None if matches!(path.kind, value::INTEGER | value::FLOAT) => vm.number_to_string(path)?,
            None => return Err(vm.error(&format!("'package.{}' must be a string", self.field))),
        };
        Ok(search(name, until_nul(path.bytes()), b".", b"/"))
    }
}

fn library_field(vm: &mut Vm, name: &str) -> Result<Value, Raise> {
    let key = vm.string(name.as_bytes())?.value();
    let library = vm.upvalue(0);
    vm.get_index(library, key)
}

fn loadlib(vm: &mut Vm) -> NativeResult {
    vm.check_c_string(1)?;
    vm.check_c_string(2)?;
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
        if std::fs::File::open(OsStr::from_bytes(candidate)).is_ok() {
            return Ok(candidate.to_vec());
        }
    }
    Err([b"no file '", &replace_all(&path, b";", b"'\n\tno file '")[..], b"'"].concat())
}

fn searchpath(vm: &mut Vm) -> NativeResult {
    // The reference looks at the last argument first.
    let replacement = vm.opt_c_string(4)?;
    let separator = vm.opt_c_string(3)?;
    let path = vm.check_c_string(2)?;
    let name = vm.check_c_string(1)?;
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
    let name = vm.check_c_string(1)?;
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
    let name = vm.check_c_string(1)?;
    let file = match PATH.find(vm, name.bytes())? {
        Ok(file) => file,
        Err(tried) => return vm.ret_string(&tried),
    };
    let chunk_name = [b"@", &file[..]].concat();
    let environment = vm.globals().value();
    let message = match std::fs::read(OsStr::from_bytes(&file)) {
        Ok(text) => {
            match compile_chunk(vm, Source::of_file(&text, &chunk_name), BINARY_OR_TEXT, environment)? {
                Ok(function) => {
                    vm.push(function);
                    vm.push_string(&file)?;
                    return Ok(Step::results(2));
                }
                Err(message) => message,
            }
        }
        Err(error) => {
            let error = rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO);
            [b"cannot read ", &file[..], b": ", super::system_words(error).as_bytes()].concat()
        }
    };
    Err(load_error(vm, name, &file, &message))
}

fn load_error(vm: &mut Vm, name: Str, file: &[u8], message: &[u8]) -> Raise {
    let parts: [&[u8]; 6] =
        [b"error loading module '", name.bytes(), b"' from file '", file, b"':\n\t", message];
    vm.error_bytes(&parts.concat())
}

fn search_c(vm: &mut Vm) -> NativeResult {
    let name = vm.check_c_string(1)?;
    let found = C_PATH.find(vm, name.bytes())?;
    let loader = carried_loader(vm, name.value())?;
    if loader.is_nil() {
        return refuse_c_module(vm, name, found);
    }
    vm.push(loader);
    vm.push_string(found.as_deref().unwrap_or(CARRIED_PLACE))?;
    Ok(Step::results(2))
}

/// A C library may hold the submodules of its module: that of `a.b.c` is looked for as `a`. Those that are
/// carried hold none.
fn search_c_root(vm: &mut Vm) -> NativeResult {
    let name = vm.check_c_string(1)?;
    let Some(dot) = memchr::memchr(b'.', name.bytes()) else { return Ok(Step::results(0)) };
    let root = vm.string(&name.bytes()[..dot])?;
    let found = C_PATH.find(vm, root.bytes())?;
    if carried_loader(vm, root.value())?.is_nil() {
        return refuse_c_module(vm, name, found);
    }
    let place = found.as_deref().unwrap_or(CARRIED_PLACE);
    vm.ret_string(&[b"no module '", name.bytes(), b"' in file '", place, b"'"].concat())
}

/// The loader of a module that the runtime carries, nil when it does not.
fn carried_loader(vm: &mut Vm, name: Value) -> Result<Value, Raise> {
    let registry = vm.registry();
    let carried = Table::of(vm.raw_get_field(registry, CARRIED)?);
    Ok(carried.map_or(Value::NIL, |carried| carried.get(name)))
}

fn refuse_c_module(vm: &mut Vm, name: Str, found: Result<Vec<u8>, Vec<u8>>) -> NativeResult {
    match found {
        Ok(file) => Err(load_error(vm, name, &file, NO_C_MODULES.as_bytes())),
        Err(tried) => vm.ret_string(&tried),
    }
}

fn require(vm: &mut Vm) -> NativeResult {
    let name = vm.check_c_string(1)?;
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
