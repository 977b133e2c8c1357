//! The reference Lua as a command: `mlua`'s vendored Lua 5.4 behind the command line of `lua`, so that the
//! differential tests have an oracle whatever is installed on the machine.
//!
//! It drives the C API directly, because `mlua`'s own layer wraps errors and adds tracebacks of its own; here
//! stdout, stderr and exit status must be those of the `lua` command, which names itself `lua`.
//!
//! Invariant: between `lua_pcall` and what it protects no Rust frame owns anything that needs dropping, since
//! an error of Lua leaves by `longjmp`.
//! Not here: the interactive prompt (`-i`), and Ctrl-C.

#![no_main]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::{IsTerminal, Write};
use std::ptr;

use mlua::ffi;
use mlua::lua_State;

/// What the command line asks for, in the words of `lua`'s own usage text.
struct Invocation {
    arguments: Vec<&'static CStr>,
    /// `-e`, `-l` and `-W` in their order.
    actions: Vec<Action>,
    /// Index of the script's name among `arguments`; 0 when there is none.
    script: usize,
    /// The script's name is `-`, which stands for stdin unless `--` came before it.
    script_is_stdin: bool,
    ignore_environment: bool,
    show_version: bool,
    has_statement: bool,
}

enum Action {
    Execute(&'static CStr),
    Require { global: CString, module: CString },
    Warnings,
}

/// A command line that `lua` refuses, with the option that it names.
struct BadOption(&'static CStr);

/// The entry point is C's own, so that arguments are bytes and SIGPIPE keeps its default action.
#[unsafe(no_mangle)]
extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    let count = usize::try_from(argc).unwrap_or(0);
    let arguments: Vec<&'static CStr> = (0..count)
        // SAFETY: the C runtime passes `argc` valid strings that live as long as the process.
        .map(|i| unsafe { CStr::from_ptr(*argv.add(i)) })
        .collect();
    let invocation = match parse(arguments) {
        Ok(invocation) => invocation,
        Err(bad) => {
            print_usage(bad.0);
            return 1;
        }
    };
    // SAFETY: the state is used by this thread alone, and closed once, after the last use.
    unsafe {
        let state = ffi::luaL_newstate();
        if state.is_null() {
            print_message(b"cannot create state: not enough memory");
            return 1;
        }
        ffi::lua_gc(state, ffi::LUA_GCSTOP);
        ffi::lua_pushcfunction(state, protected_main);
        ffi::lua_pushlightuserdata(state, ptr::from_ref(&invocation).cast_mut().cast::<c_void>());
        let status = ffi::lua_pcall(state, 1, 1, 0);
        let succeeded = ffi::lua_toboolean(state, -1) != 0;
        report(state, status);
        ffi::lua_close(state);
        c_int::from(!(succeeded && status == ffi::LUA_OK))
    }
}

fn parse(arguments: Vec<&'static CStr>) -> Result<Invocation, BadOption> {
    let mut invocation = Invocation {
        arguments,
        actions: Vec::new(),
        script: 0,
        script_is_stdin: false,
        ignore_environment: false,
        show_version: false,
        has_statement: false,
    };
    let count = invocation.arguments.len();
    let mut i = 1;
    while i < count {
        let option = invocation.arguments[i];
        let bytes = option.to_bytes();
        let bare = bytes.len() == 2;
        match bytes {
            [] => {
                invocation.script = i;
                break;
            }
            [first, ..] if *first != b'-' => {
                invocation.script = i;
                break;
            }
            [_] => {
                invocation.script = i;
                invocation.script_is_stdin = true;
                break;
            }
            b"--" => {
                invocation.script = if i + 1 < count { i + 1 } else { 0 };
                break;
            }
            [_, b'E', ..] if bare => invocation.ignore_environment = true,
            [_, b'v', ..] if bare => invocation.show_version = true,
            [_, b'W', ..] if bare => invocation.actions.push(Action::Warnings),
            [_, kind @ (b'e' | b'l'), ..] => {
                let value = if bare {
                    i += 1;
                    match invocation.arguments.get(i) {
                        Some(next) if !next.to_bytes().starts_with(b"-") => *next,
                        _ => return Err(BadOption(option)),
                    }
                } else {
                    tail(option, 2)
                };
                if *kind == b'e' {
                    invocation.has_statement = true;
                    invocation.actions.push(Action::Execute(value));
                } else {
                    invocation.actions.push(library(value));
                }
            }
            _ => return Err(BadOption(option)),
        }
        i += 1;
    }
    Ok(invocation)
}

fn tail(text: &'static CStr, from: usize) -> &'static CStr {
    CStr::from_bytes_with_nul(&text.to_bytes_with_nul()[from..]).expect("the end of a C string is a C string")
}

/// `mod`, `global=mod`, or `mod-suffix`, whose global leaves the suffix away.
fn library(value: &CStr) -> Action {
    let bytes = value.to_bytes();
    let owned = |b: &[u8]| CString::new(b).expect("a part of a C string holds no NUL");
    if let Some(at) = bytes.iter().position(|b| *b == b'=') {
        return Action::Require { global: owned(&bytes[..at]), module: owned(&bytes[at + 1..]) };
    }
    let end = bytes.iter().position(|b| *b == b'-').unwrap_or(bytes.len());
    Action::Require { global: owned(&bytes[..end]), module: owned(bytes) }
}

fn print_message(message: &[u8]) {
    // Nothing can be done about a stderr that refuses.
    let _ = std::io::stderr().write_all(&[b"lua: ", message, b"\n"].concat());
}

fn print_usage(bad: &CStr) {
    let shown = bad.to_string_lossy();
    let needs_argument = matches!(bad.to_bytes().get(1), Some(b'e' | b'l'));
    let complaint = if needs_argument {
        format!("'{shown}' needs argument")
    } else {
        format!("unrecognized option '{shown}'")
    };
    let usage = "\
usage: lua [options] [script [args]]
Available options are:
  -e stat   execute string 'stat'
  -i        enter interactive mode after executing 'script'
  -l mod    require library 'mod' into global 'mod'
  -l g=mod  require library 'mod' into global 'g'
  -v        show version information
  -E        ignore environment variables
  -W        turn warnings on
  --        stop handling options
  -         stop handling options and execute stdin";
    print_message(format!("{complaint}\n{usage}").as_bytes());
}

/// Everything that may raise runs in here, so that the outermost frame is a C function as it is in `lua`,
/// and a traceback ends in `[C]: in ?`. Returns true on the Lua stack when all went well.
unsafe extern "C-unwind" fn protected_main(state: *mut lua_State) -> c_int {
    // SAFETY: `main` passes its `Invocation`, which outlives this call.
    let invocation = unsafe { &*ffi::lua_touserdata(state, 1).cast::<Invocation>() };
    // SAFETY: runs under `lua_pcall` on a fresh state; each call keeps the Lua stack as the manual asks.
    let succeeded = unsafe { run(state, invocation) };
    if succeeded {
        // SAFETY: a C function may push; there is always room for LUA_MINSTACK values.
        unsafe { ffi::lua_pushboolean(state, 1) };
        return 1;
    }
    0
}

/// # Safety
/// `state` is inside a protected call, with its libraries not yet opened.
unsafe fn run(state: *mut lua_State, invocation: &Invocation) -> bool {
    if invocation.show_version {
        println!("{}", banner());
    }
    // SAFETY: as this function's own contract; indices are those just pushed.
    unsafe {
        if invocation.ignore_environment {
            ffi::lua_pushboolean(state, 1);
            ffi::lua_setfield(state, ffi::LUA_REGISTRYINDEX, c"LUA_NOENV".as_ptr());
        }
        ffi::luaL_openlibs(state);
        create_arg_table(state, invocation);
        ffi::lua_gc(state, ffi::LUA_GCRESTART);
        ffi::lua_gc(state, ffi::LUA_GCGEN, 0 as c_int, 0 as c_int);
        if !invocation.ignore_environment && run_init(state) != ffi::LUA_OK {
            return false;
        }
        for action in &invocation.actions {
            let status = match action {
                Action::Execute(chunk) => run_string(state, chunk, c"=(command line)"),
                Action::Require { global, module } => require(state, global, module),
                Action::Warnings => {
                    ffi::lua_warning(state, c"@on".as_ptr(), 0);
                    ffi::LUA_OK
                }
            };
            if status != ffi::LUA_OK {
                return false;
            }
        }
        if invocation.script > 0 {
            let name = invocation.arguments[invocation.script];
            return run_script(state, if invocation.script_is_stdin { None } else { Some(name) })
                == ffi::LUA_OK;
        }
        if !invocation.has_statement && !invocation.show_version {
            if std::io::stdin().is_terminal() {
                println!("{}", banner());
                return true;
            }
            return run_file(state, None) == ffi::LUA_OK;
        }
        true
    }
}

/// The banner of the vendored release, out of the text that every Lua library carries for such questions:
/// `$LuaVersion: BANNER $$LuaAuthors: ...`.
fn banner() -> String {
    // SAFETY: `lua_ident` is a NUL-terminated array of the library; its first byte stands for all of it.
    let ident = unsafe { CStr::from_ptr(&raw const lua_ident) }.to_string_lossy();
    let text = ident.strip_prefix("$LuaVersion: ").unwrap_or(&ident);
    text.split(" $").next().unwrap_or_default().to_string()
}

/// # Safety
/// `state` is live, with room for two values.
unsafe fn create_arg_table(state: *mut lua_State, invocation: &Invocation) {
    let script = invocation.script as i64;
    // SAFETY: the table stays on top; `lua_rawseti` pops the value pushed before it.
    unsafe {
        ffi::lua_createtable(state, 0, 0);
        for (i, argument) in invocation.arguments.iter().enumerate() {
            ffi::lua_pushstring(state, argument.as_ptr());
            ffi::lua_rawseti(state, -2, i as i64 - script);
        }
        ffi::lua_setglobal(state, c"arg".as_ptr());
    }
}

/// # Safety
/// `state` is live and its libraries are open.
unsafe fn run_init(state: *mut lua_State) -> c_int {
    for (variable, chunk_name) in [(c"LUA_INIT_5_4", c"=LUA_INIT_5_4"), (c"LUA_INIT", c"=LUA_INIT")] {
        // SAFETY: a NUL-terminated name; this process has one thread, so the environment stands still.
        let value = unsafe { getenv(variable.as_ptr()) };
        if value.is_null() {
            continue;
        }
        // SAFETY: `getenv` returned a C string of the environment, which nobody changes.
        let value = unsafe { CStr::from_ptr::<'static>(value) };
        // SAFETY: as this function's own contract.
        return unsafe {
            if value.to_bytes().starts_with(b"@") {
                run_file(state, Some(tail(value, 1)))
            } else {
                run_string(state, value, chunk_name)
            }
        };
    }
    ffi::LUA_OK
}

// SAFETY: the C library's function and the Lua library's constant, as their headers declare them.
unsafe extern "C" {
    fn getenv(name: *const c_char) -> *const c_char;
    static lua_ident: c_char;
}

/// # Safety
/// `state` is live and its libraries are open.
unsafe fn run_string(state: *mut lua_State, chunk: &CStr, name: &CStr) -> c_int {
    let bytes = chunk.to_bytes();
    // SAFETY: pointer and length are those of one slice; the loaded function is what `call` calls.
    unsafe {
        let mut status = ffi::luaL_loadbuffer(state, bytes.as_ptr().cast(), bytes.len(), name.as_ptr());
        if status == ffi::LUA_OK {
            status = call(state, 0, 0);
        }
        report(state, status)
    }
}

/// # Safety
/// `state` is live and its libraries are open.
unsafe fn run_file(state: *mut lua_State, name: Option<&CStr>) -> c_int {
    // SAFETY: a null name means stdin; the loaded function is what `call` calls.
    unsafe {
        let mut status = ffi::luaL_loadfile(state, name.map_or(ptr::null(), CStr::as_ptr));
        if status == ffi::LUA_OK {
            status = call(state, 0, 0);
        }
        report(state, status)
    }
}

/// # Safety
/// `state` is live, its libraries are open and the global `arg` was set.
unsafe fn run_script(state: *mut lua_State, name: Option<&CStr>) -> c_int {
    // SAFETY: as above; `luaL_checkstack` makes room for the arguments before they are pushed.
    unsafe {
        let mut status = ffi::luaL_loadfile(state, name.map_or(ptr::null(), CStr::as_ptr));
        if status == ffi::LUA_OK {
            if ffi::lua_getglobal(state, c"arg".as_ptr()) != ffi::LUA_TTABLE {
                ffi::luaL_error(state, c"'arg' is not a table".as_ptr());
            }
            let count = ffi::luaL_len(state, -1) as c_int;
            ffi::luaL_checkstack(state, count + 3, c"too many arguments to script".as_ptr());
            for i in 1..=count {
                ffi::lua_rawgeti(state, -i, i64::from(i));
            }
            ffi::lua_remove(state, -(count + 1));
            status = call(state, count, ffi::LUA_MULTRET);
        }
        report(state, status)
    }
}

/// # Safety
/// `state` is live and its libraries are open.
unsafe fn require(state: *mut lua_State, global: &CStr, module: &CStr) -> c_int {
    // SAFETY: `require` is called with one argument; its one result is what `lua_setglobal` pops.
    unsafe {
        ffi::lua_getglobal(state, c"require".as_ptr());
        ffi::lua_pushstring(state, module.as_ptr());
        let status = call(state, 1, 1);
        if status == ffi::LUA_OK {
            ffi::lua_setglobal(state, global.as_ptr());
        }
        report(state, status)
    }
}

/// # Safety
/// The function and its `arguments` are on top of the stack.
unsafe fn call(state: *mut lua_State, arguments: c_int, results: c_int) -> c_int {
    // SAFETY: the handler is put below the function and removed again from the same place.
    unsafe {
        let base = ffi::lua_gettop(state) - arguments;
        ffi::lua_pushcfunction(state, handle_message);
        ffi::lua_insert(state, base);
        let status = ffi::lua_pcall(state, arguments, results, base);
        ffi::lua_remove(state, base);
        status
    }
}

/// Turns the error value into the message that is printed: strings get a traceback, objects with
/// `__tostring` speak for themselves.
unsafe extern "C-unwind" fn handle_message(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls a message handler with the error value at index 1 and LUA_MINSTACK free slots.
    unsafe {
        let mut message = ffi::lua_tostring(state, 1);
        if message.is_null() {
            let has_text = ffi::luaL_callmeta(state, 1, c"__tostring".as_ptr()) != 0;
            if has_text && ffi::lua_type(state, -1) == ffi::LUA_TSTRING {
                return 1;
            }
            let kind = ffi::luaL_typename(state, 1);
            message = ffi::lua_pushfstring(state, c"(error object is a %s value)".as_ptr(), kind);
        }
        ffi::luaL_traceback(state, state, message, 1);
        1
    }
}

/// Prints and pops the message of a failed call.
///
/// # Safety
/// When `status` is not LUA_OK the message is on top of the stack.
unsafe fn report(state: *mut lua_State, status: c_int) -> c_int {
    if status != ffi::LUA_OK {
        // SAFETY: as this function's own contract; the string lives until it is popped.
        unsafe {
            let message = ffi::lua_tostring(state, -1);
            if message.is_null() {
                print_message(b"(error message not a string)");
            } else {
                print_message(CStr::from_ptr(message).to_bytes());
            }
            ffi::lua_pop(state, 1);
        }
    }
    status
}
