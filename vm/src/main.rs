//! The command `requiem`.

#![deny(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::exit;
use vm::cli::{self, Action, Command, Options};
use vm::fatal::{self, DumpOptions, ProgramFacts};
use vm::interp::{Raise, Vm, VmOptions};

/// The number of the signal on every system that this runs on.
const SIGPIPE: i32 = 13;

/// What `-v` prints.
const VERSION: &str = concat!("Requiem ", env!("CARGO_PKG_VERSION"), "  Lua 5.4");

fn main() {
    // As the reference: `script | head` ends when nobody reads on. Sockets are written without the signal.
    vm::sys::signal::reset(SIGPIPE);
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match cli::parse(&arguments) {
        Ok(Command::Run(options)) => exit(run(&arguments, &options)),
        Ok(Command::Dump { pid, output }) => match fatal::live::request(pid, output.as_deref()) {
            Ok(report) => fatal::file::print(report.line().as_bytes()),
            Err(sentence) => {
                eprintln!("requiem: {sentence}");
                exit(1);
            }
        },
        Ok(Command::Help) => print!("{}", cli::USAGE),
        Err(sentence) => {
            eprint!("requiem: {sentence}\n{}", cli::USAGE);
            exit(1);
        }
    }
}

fn run(arguments: &[OsString], options: &Options) -> i32 {
    let vm_options = VmOptions {
        heap_bytes_max: options.heap_bytes_max.unwrap_or(u64::MAX),
        stress: std::env::var_os("REQUIEM_GC_STRESS").is_some_and(|value| value == "1"),
    };
    let mut vm = match Vm::new(&vm_options) {
        Ok(vm) => vm,
        Err(sentence) => {
            eprintln!("requiem: {sentence}");
            return 1;
        }
    };
    let mut dumps = DumpOptions::from_environment();
    dumps.enabled &= !options.no_dump;
    if let Some(directory) = &options.dump_directory {
        dumps.directory = Some(directory.clone());
    }
    let words: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    let script = options.script.map(|index| words[index]).filter(|script| *script != "-");
    let facts = ProgramFacts { script, arguments: &words, options: &described(options) };
    vm.arm(&dumps, &facts);
    let status = match vm::open(&mut vm, !options.ignore_environment) {
        Ok(()) => run_program(&mut vm, arguments, options).err().unwrap_or(0),
        Err(_) => {
            eprintln!("requiem: the heap limit is too small for the library; raise --max-heap");
            1
        }
    };
    vm.close();
    status
}

/// What the dump says of how the runtime was started.
fn described(options: &Options) -> Vec<String> {
    let mut described = Vec::new();
    if let Some(bytes) = options.heap_bytes_max {
        described.push(format!("max-heap={bytes}"));
    }
    if let Some(directory) = &options.dump_directory {
        described.push(format!("dump-dir={}", directory.display()));
    }
    described
}

fn run_program(vm: &mut Vm, arguments: &[OsString], options: &Options) -> Result<(), i32> {
    if options.show_version {
        println!("{VERSION}");
    }
    // As the reference's command does.
    vm.swap_collector_mode(true);
    let made = make_arg(vm, arguments, options.script);
    reported(vm, made)?;
    if !options.ignore_environment {
        run_init(vm)?;
    }
    for action in &options.actions {
        match action {
            Action::Execute(code) => run_with(vm, code, b"=(command line)", &[], false)?,
            Action::Require(module) => require(vm, module)?,
            Action::WarningsOn => vm.warn(b"@on", false),
        }
    }
    let reads_stdin = options.script.is_none() && options.actions.is_empty() && !options.show_version;
    match options.script {
        Some(index) => run_script(vm, arguments, index, options.list)?,
        None if reads_stdin => run_with(vm, &read_stdin(), b"=stdin", &[], options.list)?,
        None => {}
    }
    let ran = vm::uv::run_loop(vm);
    reported(vm, ran)
}

/// Turns an error of the runtime's own code into a reported one.
fn reported<T>(vm: &mut Vm, result: Result<T, Raise>) -> Result<T, i32> {
    result.map_err(|_| {
        vm.report_uncaught(vm::program::Uncaught::Main);
        1
    })
}

/// The global table `arg`: the script at 0, its arguments from 1 on, the rest below.
fn make_arg(vm: &mut Vm, arguments: &[OsString], script: Option<usize>) -> Result<(), Raise> {
    let table = vm.new_table(0, 0)?;
    let zero = script.unwrap_or(0) as i64;
    for (index, argument) in arguments.iter().enumerate() {
        let text = vm.string(argument.as_bytes())?.value();
        vm.raw_set_integer(table, index as i64 - zero, text)?;
    }
    let globals = vm.globals();
    vm.raw_set_field(globals, "arg", table.value())
}

fn run_init(vm: &mut Vm) -> Result<(), i32> {
    for name in ["LUA_INIT_5_4", "LUA_INIT"] {
        let Some(init) = std::env::var_os(name) else { continue };
        let chunk_name = format!("={name}");
        return match init.as_bytes().strip_prefix(b"@") {
            Some(path) => run_file(vm, path, &[], false),
            None => run_with(vm, init.as_bytes(), chunk_name.as_bytes(), &[], false),
        };
    }
    Ok(())
}

/// `-l MODULE`: what `require` returns becomes a global.
fn require(vm: &mut Vm, module: &[u8]) -> Result<(), i32> {
    let (global, module) = match module.iter().position(|&byte| byte == b'=') {
        Some(at) => (&module[..at], &module[at + 1..]),
        None => (module.split(|&byte| byte == b'-').next().unwrap_or(module), module),
    };
    let code = b"local global, module = ...; _G[global] = require(module)";
    let compiled = compiler::compile(code, b"=(command line)").expect("the text above is a chunk");
    let environment = vm.globals().value();
    let loaded = vm.load(&compiled, b"=(command line)", Some(code), environment);
    let function = reported(vm, loaded)?;
    vm.push(function);
    for text in [global, module] {
        let pushed = vm.push_string(text);
        reported(vm, pushed)?;
    }
    vm.run_reported(2)
}

fn run_script(vm: &mut Vm, arguments: &[OsString], index: usize, list: bool) -> Result<(), i32> {
    let passed = &arguments[index + 1..];
    if arguments[index] == "-" {
        let text = read_stdin();
        return run_with(vm, &text, b"=stdin", passed, list);
    }
    run_file(vm, arguments[index].as_bytes(), passed, list)
}

fn run_file(vm: &mut Vm, path: &[u8], passed: &[OsString], list: bool) -> Result<(), i32> {
    match std::fs::read(OsStr::from_bytes(path)) {
        Ok(text) => run_with(vm, &text, &[b"@", path].concat(), passed, list),
        Err(error) => Err(cannot_open(path, &error)),
    }
}

fn cannot_open(path: &[u8], error: &std::io::Error) -> i32 {
    let why = error.raw_os_error().and_then(vm::sys::error_text::error_text).unwrap_or("unknown error");
    eprintln!("requiem: cannot open {}: {why}", String::from_utf8_lossy(path));
    1
}

fn read_stdin() -> Vec<u8> {
    let mut text = Vec::new();
    let _ = std::io::Read::read_to_end(&mut std::io::stdin(), &mut text);
    text
}

/// Compiles a chunk and runs it with these arguments, or lists it.
fn run_with(vm: &mut Vm, text: &[u8], name: &[u8], passed: &[OsString], list: bool) -> Result<(), i32> {
    let compiled = match compiler::compile(text, name) {
        Ok(compiled) => compiled,
        Err(error) => {
            let mut line = b"requiem: ".to_vec();
            line.extend_from_slice(&error.to_bytes());
            line.push(b'\n');
            fatal::file::print(&line);
            return Err(1);
        }
    };
    if list {
        print!("{}", compiler::listing::list(&compiled, name));
        return Ok(());
    }
    let environment = vm.globals().value();
    let loaded = vm.load(&compiled, name, Some(text), environment);
    let function = reported(vm, loaded)?;
    let room = vm.reserve_stack(passed.len() + 1);
    reported(vm, room)?;
    vm.push(function);
    for argument in passed {
        let pushed = vm.push_string(argument.as_bytes());
        reported(vm, pushed)?;
    }
    vm.run_reported(passed.len() as u32)
}
