//! A runtime that a bench drives: programs are loaded once, called often, and print nothing.
//!
//! Not here: what is measured.

use std::collections::HashMap;
use std::path::Path;

use tests::binaries::tests_folder;
use vm::{Dumps, Error, Function, Options};

/// The text of a file below `benches`.
#[track_caller]
pub fn source(name: &str) -> String {
    let path = tests_folder().join("benches").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A program of a few lines in which one mechanism is at work.
pub struct Program {
    /// The mechanism.
    pub name: &'static str,
    /// What the program is called with: so many rounds that it takes about a millisecond.
    pub count: i64,
    /// Its text.
    pub text: &'static str,
}

/// A runtime with the whole library, `print` aside.
pub struct Runtime {
    runtime: vm::Runtime,
    programs: HashMap<String, Function>,
}

impl Runtime {
    /// A new one, which dumps nothing.
    #[track_caller]
    pub fn new() -> Runtime {
        Runtime::with_options(&Options { heeds_environment: false, ..Options::default() })
    }

    /// A new one whose uncaught errors leave their dumps in `folder`.
    #[track_caller]
    pub fn with_dumps(folder: &Path) -> Runtime {
        let dumps = Dumps { directory: Some(folder.to_path_buf()), ..Dumps::default() };
        Runtime::with_options(&Options { dumps: Some(dumps), ..Options::default() })
    }

    #[track_caller]
    fn with_options(options: &Options) -> Runtime {
        let mut runtime = vm::Runtime::new(options).expect("address space for a heap");
        runtime.lua().register("print", |_, _| Ok(Vec::new())).expect("a function fits");
        Runtime { runtime, programs: HashMap::new() }
    }

    /// Compiles `text`, brings it into the heap and keeps its main function as `name`.
    #[track_caller]
    pub fn load(&mut self, name: &str, text: &str) {
        let function = self.runtime.lua().load(text, format!("@{name}.lua")).expect("a chunk");
        self.programs.insert(name.to_string(), function);
    }

    /// Calls the program `name` with a number.
    #[track_caller]
    pub fn call(&mut self, name: &str, size: i64) {
        let result = self.runtime.lua().call(&self.programs[name], &[size.into()]);
        if let Err(error) = result {
            panic!("{name} failed: {error}");
        }
    }

    /// Calls the program `name` with a number, which ends in an uncaught error.
    #[track_caller]
    pub fn call_to_its_death(&mut self, name: &str, size: i64) -> Error {
        self.runtime.lua().call(&self.programs[name], &[size.into()]).expect_err("the program fails")
    }

    /// A full collection.
    #[track_caller]
    pub fn collect(&mut self) {
        self.runtime.lua().collect().expect("no finalizer fails");
    }

    /// Bytes in use.
    pub fn heap_bytes(&mut self) -> u64 {
        self.runtime.lua().heap_bytes()
    }
}
