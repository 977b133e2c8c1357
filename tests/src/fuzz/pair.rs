//! Both implementations in this process, each with the same program loaded: a function from bytes to bytes.
//!
//! Invariant: both live as long as the thread; a program keeps no state between calls.
//! Not here: the programs.

use std::cell::RefCell;

use mlua::{Function, Lua, LuaOptions, LuaString, StdLib};
use vm::interp::{Str, Vm, VmOptions};

/// What a program may take of our heap.
const HEAP_BYTES_MAX: u64 = 64 << 20;

/// One program, twice.
pub struct Pair {
    ours: RefCell<Ours>,
    reference: Reference,
}

/// Ours alone.
pub struct Ours {
    vm: Box<Vm>,
}

struct Reference {
    lua: Lua,
    program: Function,
}

/// Where the program is kept in our registry.
const PROGRAM: &str = "fuzzed program";

impl Pair {
    /// Loads the program, a chunk that returns the function.
    pub fn new(program: &str) -> Pair {
        Pair { ours: RefCell::new(Ours::new(program)), reference: Reference::new(program) }
    }

    /// Asserts that both answer alike.
    pub fn check(&self, data: &[u8]) {
        let ours = self.ours.borrow_mut().run(data);
        let reference = self.reference.run(data);
        assert!(
            ours == reference,
            "input     {}\nours      {}\nreference {}",
            data.escape_ascii(),
            ours.escape_ascii(),
            reference.escape_ascii()
        );
    }
}

impl Ours {
    /// Loads the program, a chunk that returns the function.
    pub fn new(program: &str) -> Ours {
        let options = VmOptions { heap_bytes_max: HEAP_BYTES_MAX, stress: false };
        let mut vm = Vm::new(&options).expect("address space for a heap");
        vm::open(&mut vm, false).expect("room for the library");
        let chunk = compiler::compile(program.as_bytes(), b"=program").expect("the program is a chunk");
        let environment = vm.globals().value();
        let loaded = vm.load(&chunk, b"=program", Some(program.as_bytes()), environment);
        let function = loaded.and_then(|chunk| vm.call_value(chunk, &[])).expect("the program loads");
        let registry = vm.registry();
        vm.raw_set_field(registry, PROGRAM, function).expect("room for a function");
        Ours { vm }
    }

    /// What it answers.
    pub fn run(&mut self, data: &[u8]) -> Vec<u8> {
        let vm = &mut self.vm;
        let registry = vm.registry();
        let answer = vm.raw_get_field(registry, PROGRAM).and_then(|program| {
            let text = vm.string(data)?.value();
            vm.call_value(program, &[text])
        });
        let answer = answer.expect("the program catches all errors");
        Str::of(answer).expect("the program answers a string").bytes().to_vec()
    }
}

impl Reference {
    fn new(program: &str) -> Reference {
        // Its own `pcall`, which knows of Rust's panics, would not be the reference's.
        let options = LuaOptions::new().catch_rust_panics(false);
        let lua = Lua::new_with(StdLib::ALL_SAFE, options).expect("a state");
        let program = lua.load(program).set_name("=program").eval().expect("the program loads");
        Reference { lua, program }
    }

    fn run(&self, data: &[u8]) -> Vec<u8> {
        let text = self.lua.create_string(data).expect("room for a string");
        let answer: LuaString = self.program.call(text).expect("the program catches all errors");
        answer.as_bytes().to_vec()
    }
}
