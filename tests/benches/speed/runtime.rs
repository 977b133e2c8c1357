//! A runtime that a bench drives: programs are loaded once, called often, and print nothing.
//!
//! Invariant: what a bench calls again is reached by a global, so that no collection takes it.
//! Not here: what is measured.

use std::path::Path;

use tests::binaries::tests_folder;
use vm::fatal::{DumpOptions, ProgramFacts};
use vm::interp::{FatalReport, Step, Str, Vm, VmOptions};

/// The text of a file below `benches`.
#[track_caller]
pub fn source(name: &str) -> String {
    let path = tests_folder().join("benches").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A runtime with the whole library, `print` aside.
pub struct Runtime {
    vm: Box<Vm>,
}

impl Runtime {
    /// A new one, which dumps nothing.
    #[track_caller]
    pub fn new() -> Runtime {
        let mut vm = Vm::new(&VmOptions::default()).expect("address space for a heap");
        vm::open(&mut vm, false).expect("the library fits");
        let silent = vm.native("print", |_| Ok(Step::results(0)), &[]).expect("a function fits");
        let globals = vm.globals();
        vm.raw_set_field(globals, "print", silent).expect("a global fits");
        Runtime { vm }
    }

    /// A new one whose uncaught errors leave their dumps in `folder`.
    #[track_caller]
    pub fn with_dumps(folder: &Path) -> Runtime {
        let mut runtime = Runtime::new();
        let dumps = DumpOptions { enabled: true, directory: Some(folder.to_path_buf()) };
        runtime.vm.arm(&dumps, &ProgramFacts::default());
        runtime
    }

    /// Compiles `text` and keeps its main function as the global `name`.
    #[track_caller]
    pub fn load(&mut self, name: &str, text: &str) {
        let chunk_name = format!("@{name}.lua");
        let compiled = compiler::compile(text.as_bytes(), chunk_name.as_bytes()).expect("a chunk");
        self.load_compiled(name, &compiled, text);
    }

    /// Brings a compiled chunk into the heap and keeps its main function as the global `name`.
    #[track_caller]
    pub fn load_compiled(&mut self, name: &str, compiled: &compiler::Prototype, text: &str) {
        let globals = self.vm.globals();
        let loaded = self.vm.load(compiled, name.as_bytes(), Some(text.as_bytes()), globals.value());
        let function = loaded.expect("a chunk fits");
        self.vm.raw_set_field(globals, name, function).expect("a global fits");
    }

    /// Calls the global `name` with a number.
    #[track_caller]
    pub fn call(&mut self, name: &str, size: i64) {
        self.push_call(name, size);
        let result = self.vm.call(1, 0);
        if result.is_err() {
            let error = Str::of(self.vm.current_error());
            panic!(
                "{name} failed: {}",
                error.map_or("".into(), |text| String::from_utf8_lossy(text.bytes()).into_owned())
            );
        }
    }

    /// Calls the global `name` with a number, which ends in an uncaught error.
    #[track_caller]
    pub fn call_to_its_death(&mut self, name: &str, size: i64) -> FatalReport {
        self.push_call(name, size);
        let level = self.vm.slot_below(2);
        let raise = self.vm.call(1, 0).expect_err("the program fails");
        self.vm.close_after_error(level, raise);
        self.report()
    }

    /// A full collection.
    #[track_caller]
    pub fn collect(&mut self) {
        self.vm.collect_garbage().expect("no finalizer fails");
    }

    /// Bytes in use.
    pub fn heap_bytes(&self) -> u64 {
        self.vm.heap_bytes()
    }

    #[track_caller]
    fn push_call(&mut self, name: &str, size: i64) {
        let globals = self.vm.globals();
        let function = self.vm.raw_get_field(globals, name).expect("a name fits");
        self.vm.push(function);
        self.vm.push(dumpfmt::layout::value::Value::integer(size));
    }

    fn report(&mut self) -> FatalReport {
        self.vm.take_report().unwrap_or_default()
    }
}
