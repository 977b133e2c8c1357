//! The module `lfs`, LuaFileSystem's documented interface: files' attributes, directories, links, locks.
//!
//! It is C code elsewhere, which nothing here could load, and what nearly every larger program in Lua asks for.
//!
//! Not here: attributes (`lfs/attributes.rs`), directories that are read (`lfs/directory.rs`), locks
//! (`lfs/lock.rs`).

mod attributes;

mod directory;

mod lock;

use super::{Functions, add_carried_functions, ret_outcome, ret_system_error, system_words};
use crate::interp::{NativeResult, Raise, Step, Table, Vm};
use dumpfmt::layout::value::Value;
use rustix::fs::{self, AtFlags, CWD, Mode, Timespec, Timestamps, UTIME_NOW};
use rustix::process;

/// The version of the interface.
const VERSION: &[u8] = b"LuaFileSystem 1.8.0";

const FUNCTIONS: &Functions = &[
    ("attributes", attributes::attributes),
    ("chdir", chdir),
    ("currentdir", currentdir),
    ("dir", directory::dir),
    ("link", link),
    ("lock", lock::lock),
    ("lock_dir", lock::lock_dir),
    ("mkdir", mkdir),
    ("rmdir", rmdir),
    ("setmode", lock::setmode),
    ("symlinkattributes", attributes::symlinkattributes),
    ("touch", touch),
    ("unlock", lock::unlock),
];

/// The loader that `require` calls. Like the module in C it also names itself globally.
pub(super) fn load(vm: &mut Vm) -> NativeResult {
    let module = vm.new_table(0, FUNCTIONS.len() as u32 + 1)?;
    vm.push(module.value());
    add_carried_functions(vm, module, "lfs", FUNCTIONS)?;
    directory::finish(vm)?;
    lock::finish(vm)?;
    let version = vm.string(VERSION)?;
    vm.raw_set_field(module, "_VERSION", version.value())?;
    let globals = vm.globals().value();
    let name = vm.string(b"lfs")?.value();
    vm.put_index(globals, name, module.value())?;
    vm.ret(module.value())
}

/// The metatable of a class of userdata: a field of the registry, empty but for its name at first.
fn metatable(vm: &mut Vm, name: &str) -> Result<Table, Raise> {
    let registry = vm.registry();
    if let Some(metatable) = Table::of(vm.raw_get_field(registry, name)?) {
        return Ok(metatable);
    }
    let metatable = vm.new_table(0, 4)?;
    vm.raw_set_field(registry, name, metatable.value())?;
    let text = vm.string(name.as_bytes())?;
    vm.raw_set_field(metatable, "__name", text.value())?;
    Ok(metatable)
}

fn chdir(vm: &mut Vm) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let path = path.bytes();
    match process::chdir(path) {
        Ok(()) => vm.ret(Value::TRUE),
        Err(error) => {
            let words = format!("'\n{}\n", system_words(error));
            let message = [b"Unable to change working directory to '", path, words.as_bytes()];
            ret_refusal(vm, &message.concat())
        }
    }
}

fn currentdir(vm: &mut Vm) -> NativeResult {
    match process::getcwd(Vec::new()) {
        Ok(path) => vm.ret_string(path.as_bytes()),
        Err(error) => ret_system_error(vm, error, Some(b"get_dir getcwd() failed")),
    }
}

/// Returns nil and a sentence, without a number.
fn ret_refusal(vm: &mut Vm, message: &[u8]) -> NativeResult {
    vm.push(Value::NIL);
    vm.push_string(message)?;
    Ok(Step::results(2))
}

fn mkdir(vm: &mut Vm) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let outcome = fs::mkdir(path.bytes(), Mode::RWXU | Mode::RWXG | Mode::ROTH | Mode::XOTH);
    ret_outcome(vm, outcome, None)
}

fn rmdir(vm: &mut Vm) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let outcome = fs::rmdir(path.bytes());
    ret_outcome(vm, outcome, None)
}

fn link(vm: &mut Vm) -> NativeResult {
    let is_symbolic = !vm.arg(3).is_falsy();
    let old = vm.check_c_string(1)?;
    let new = vm.check_c_string(2)?;
    let (old, new) = (old.bytes(), new.bytes());
    let outcome = if is_symbolic { fs::symlink(old, new) } else { fs::link(old, new) };
    ret_outcome(vm, outcome, None)
}

fn touch(vm: &mut Vm) -> NativeResult {
    let path = vm.check_c_string(1)?;
    let (access, modification) = if vm.arg_count() == 1 {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        (now, now)
    } else {
        // C's conversion cuts, and so does this one.
        let access = vm.opt_number(2, 0.0)? as i64;
        let modification = vm.opt_integer(3, access)?;
        (Timespec { tv_sec: access, tv_nsec: 0 }, Timespec { tv_sec: modification, tv_nsec: 0 })
    };
    let times = Timestamps { last_access: access, last_modification: modification };
    let outcome = fs::utimensat(CWD, path.bytes(), &times, AtFlags::empty());
    ret_outcome(vm, outcome, None)
}
