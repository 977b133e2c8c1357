//! Both implementations in this process, each with the same program loaded: a function from bytes to bytes.
//!
//! Invariant: both live as long as the thread; a program keeps no state between calls.
//! Not here: the programs.

use std::cell::RefCell;

use mlua::{Function, Lua, LuaOptions, LuaString, StdLib};
use vm::{Options, Runtime, Value};

/// What a program may take of our heap.
const HEAP_BYTES_MAX: u64 = 64 << 20;

/// One program, twice.
pub struct Pair {
    ours: RefCell<Ours>,
    reference: Reference,
}

/// Ours alone.
pub struct Ours {
    program: Value,
    runtime: Runtime,
}

struct Reference {
    lua: Lua,
    program: Function,
}

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
        let options =
            Options { heap_bytes_max: Some(HEAP_BYTES_MAX), heeds_environment: false, ..Options::default() };
        let mut runtime = Runtime::new(&options).expect("a runtime");
        let mut lua = runtime.lua();
        let chunk = lua.load(program, "=program").expect("the program is a chunk");
        let program = lua.call(&chunk, &[]).expect("the program loads").swap_remove(0);
        Ours { program, runtime }
    }

    /// What it answers.
    pub fn run(&mut self, data: &[u8]) -> Vec<u8> {
        let answer = self.runtime.lua().call(self.program.clone(), &[data.into()]);
        let answer = answer.expect("the program catches all errors");
        answer[0].as_bytes().expect("the program answers a string").to_vec()
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
