//! What a command line asks for, in the reference's order: the version, `arg`, `LUA_INIT`, `-e` and `-l`, the
//! script, the event loop, the prompt.

use crate::cli::{self, Action, Options};
use crate::prompt;
use crate::report::{self, Caller, Heading};
use compiler::Source;
use compiler::chunk::{self, Chunk};
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::exit;
use vm::{Error, Lua, Table, Value};

/// What `-v` and the prompt print first.
const VERSION: &str =
    concat!("Lua 5.4 (Requiem ", env!("CARGO_PKG_VERSION"), ")  Language by Lua.org, PUC-Rio\n");

/// The exit status of an error in a callback of the event loop: luv's.
const CALLBACK_STATUS: i32 = 255;

/// Does everything; the exit status.
pub fn run(lua: &mut Lua<'_>, arguments: &[OsString], options: &Options) -> i32 {
    let name = cli::program_name(arguments);
    let invocation = Invocation { arguments, options, caller: Caller::default() };
    match invocation.run(lua) {
        Ok(()) => 0,
        Err(error) => {
            report::print(lua, &error, &Heading::Name(&name));
            1
        }
    }
}

struct Invocation<'a> {
    arguments: &'a [OsString],
    options: &'a Options,
    caller: Caller,
}

impl Invocation<'_> {
    fn run(&self, lua: &mut Lua<'_>) -> Result<(), Error> {
        let options = self.options;
        lua.on_callback_error(|lua, error| {
            report::print(lua, &error, &Heading::Callback);
            lua.flush();
            exit(CALLBACK_STATUS)
        });
        if options.show_version {
            lua.write(VERSION.as_bytes());
        }
        // As the reference's command does.
        lua.call_global("collectgarbage", &["generational".into()])?;
        self.make_arg(lua)?;
        if !options.ignore_environment {
            self.run_init(lua)?;
        }
        for action in &options.actions {
            match action {
                Action::Execute(code) => self.run_text(lua, code, "=(command line)")?,
                Action::Require(module) => self.require(lua, module)?,
                Action::WarningsOn => lua.warn(b"@on"),
            }
        }
        let executes = options.actions.iter().any(|action| matches!(action, Action::Execute(_)));
        let is_idle = options.script.is_none() && !executes && !options.show_version;
        let is_prompt = options.is_interactive || is_idle && !options.list && std::io::stdin().is_terminal();
        if let Some(index) = options.script {
            self.run_script(lua, index)?;
        } else if is_prompt && !options.show_version {
            lua.write(VERSION.as_bytes());
        } else if is_idle {
            self.run_stdin(lua)?;
        }
        if is_prompt {
            return prompt::run(lua, &self.caller);
        }
        self.caller.run(lua, |lua| lua.run_loop())
    }

    /// The global table `arg`: the script at 0, its arguments from 1 on, the rest below.
    fn make_arg(&self, lua: &mut Lua<'_>) -> Result<(), Error> {
        let table = lua.new_table()?;
        let script = self.options.script.unwrap_or(0) as i64;
        for (index, argument) in self.arguments.iter().enumerate() {
            lua.raw_set(&table, index as i64 - script, argument.as_bytes())?;
        }
        lua.set_global("arg", table)
    }

    fn run_init(&self, lua: &mut Lua<'_>) -> Result<(), Error> {
        for name in ["LUA_INIT_5_4", "LUA_INIT"] {
            let Some(init) = std::env::var_os(name) else { continue };
            return match init.as_bytes().strip_prefix(b"@") {
                Some(path) => {
                    let chunk = lua.load_file(Path::new(OsStr::from_bytes(path)))?;
                    self.caller.call(lua, chunk, &[]).map(drop)
                }
                None => self.run_text(lua, init.as_bytes(), &format!("={name}")),
            };
        }
        Ok(())
    }

    fn run_text(&self, lua: &mut Lua<'_>, text: &[u8], name: &str) -> Result<(), Error> {
        let chunk = lua.load(text, name)?;
        self.caller.call(lua, chunk, &[]).map(drop)
    }

    /// `-l MODULE`, `-l GLOBAL=MODULE`: what `require` returns becomes a global.
    fn require(&self, lua: &mut Lua<'_>, module: &[u8]) -> Result<(), Error> {
        let (global, module) = match module.iter().position(|&byte| byte == b'=') {
            Some(at) => (&module[..at], &module[at + 1..]),
            None => (module.split(|&byte| byte == b'-').next().unwrap_or(module), module),
        };
        let require = lua.global("require")?;
        let results = self.caller.call(lua, require, &[module.into()])?;
        let globals = lua.globals()?;
        lua.set(&globals, global, results.into_iter().next().unwrap_or_default())
    }

    fn run_script(&self, lua: &mut Lua<'_>, index: usize) -> Result<(), Error> {
        let script = &self.arguments[index];
        // Behind `--` it is a file of that name.
        let is_stdin = script == "-" && self.arguments[index - 1] != "--";
        if self.options.list {
            return self.list(lua, (!is_stdin).then_some(Path::new(script)));
        }
        let chunk = if is_stdin { lua.load_stdin() } else { lua.load_file(Path::new(script)) }?;
        let Value::Table(arg) = lua.global("arg")? else { return Err(Error::new("'arg' is not a table")) };
        let arguments = script_arguments(lua, &arg)?;
        self.caller.call(lua, chunk, &arguments).map(drop)
    }

    fn run_stdin(&self, lua: &mut Lua<'_>) -> Result<(), Error> {
        if self.options.list {
            return self.list(lua, None);
        }
        let chunk = lua.load_stdin()?;
        self.caller.call(lua, chunk, &[]).map(drop)
    }

    /// `--list`: the bytecode of a script, or of what the standard input holds.
    fn list(&self, lua: &mut Lua<'_>, script: Option<&Path>) -> Result<(), Error> {
        let read = match script {
            Some(path) => std::fs::read(path),
            None => {
                let mut text = Vec::new();
                std::io::stdin().read_to_end(&mut text).map(|_| text)
            }
        };
        let text = read.map_err(|error| Error::new(&format!("cannot read what is to be listed: {error}")))?;
        let name = match script {
            Some(path) => [b"@", path.as_os_str().as_bytes()].concat(),
            None => b"=stdin".to_vec(),
        };
        let source = Source::of_file(&text, &name);
        let read = match chunk::binary_part(&source) {
            Some(bytes) => chunk::decode(bytes).map_err(|error| error.to_bytes(&name)),
            None => compiler::compile_nested(source, 0)
                .map(|main| Chunk { main, source: Some(name.into()) })
                .map_err(|error| error.to_bytes()),
        };
        let chunk = read.map_err(|message| Error::with_value(message.into()))?;
        // What is stripped has no name; the reference shows this one.
        let name = chunk.source.as_deref().unwrap_or(b"=?");
        lua.write(compiler::listing::list(&chunk.main, name).as_bytes());
        Ok(())
    }
}

/// What the script is passed: `arg` as the actions before it have left it.
fn script_arguments(lua: &mut Lua<'_>, arg: &Table) -> Result<Vec<Value>, Error> {
    let count = lua.length(arg)?;
    (1..=count).map(|index| lua.raw_get(arg, index)).collect()
}
