use crate::interp::{Vm, VmOptions};
use compiler::chunk::{self, Chunk};
use compiler::prototype::Prototype;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::value::Value;

/// Something of everything, on little data.
const PROGRAM: &str = include_str!("tests/program.lua");
/// Loads the global `BYTES` and runs it in a coroutine for so many instructions.
const BOUNDED: &str = include_str!("tests/bounded.lua");

fn runtime(stress: bool) -> Box<Vm> {
    let mut vm = Vm::new(&VmOptions { heap_bytes_max: 64 << 20, stress, ..VmOptions::default() })
        .expect("address space");
    assert!(crate::runtime::open_libraries(&mut vm, false).is_ok());
    vm
}

/// Runs a source text with the global `BYTES`, and returns its first result.
fn run(vm: &mut Vm, source: &str, bytes: &[u8]) -> Value {
    let globals = vm.globals();
    let bytes = vm.string(bytes).unwrap_or_else(|_| panic!("no memory")).value();
    assert!(vm.raw_set_field(globals, "BYTES", bytes).is_ok());
    let compiled = compiler::compile(source.as_bytes(), b"=test").unwrap_or_else(|error| panic!("{error}"));
    let function = vm.load(&compiled, b"=test", None, globals.value());
    let function = function.unwrap_or_else(|_| panic!("no memory"));
    vm.push(function);
    if let Err(error) = vm.protected_call(0, 1) {
        let text = vm.to_text(error).map(|text| String::from_utf8_lossy(text.bytes()).into_owned());
        panic!("{}", text.unwrap_or_default());
    }
    vm.pop()
}

fn program() -> Chunk {
    let main =
        compiler::compile(PROGRAM.as_bytes(), b"@program.lua").unwrap_or_else(|error| panic!("{error}"));
    Chunk { main, source: Some((*b"@program.lua").into()) }
}

#[test]
fn what_lies_in_the_heap_is_read_back_as_it_was() {
    for strip in [false, true] {
        let mut chunk = program();
        if strip {
            chunk.strip();
        }
        let source = "return string.dump(load(BYTES)) == BYTES";
        assert_eq!(
            run(&mut runtime(false), source, &chunk.encode()).kind,
            Value::TRUE.kind,
            "strip: {strip}"
        );
    }
}

#[test]
fn a_dumped_program_does_what_it_did() {
    let source = format!(
        "local text = [==[\n{PROGRAM}]==]
        local function show(f) return table.concat({{f()}}, ' ') end
        local plain = show(assert(load(text)))
        return plain == show(load(string.dump(load(text)))) and plain == show(load(BYTES))"
    );
    assert_eq!(run(&mut runtime(false), &source, &program().encode()).kind, Value::TRUE.kind);
}

/// A generator of numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

/// Changes some words of some function: an operand, an opcode, or a word for another one of the function.
fn mutate(random: &mut Random, function: &mut Prototype) {
    if !function.children.is_empty() && random.below(4) != 0 {
        let child = random.below(function.children.len());
        return mutate(random, &mut function.children[child]);
    }
    for _ in 0..=random.below(3) {
        let words = function.code.len();
        let at = random.below(words);
        let word = function.code[at].0;
        let byte = 8 * random.below(4) as u32;
        function.code[at] = Instruction(match random.below(5) {
            0 => function.code[random.below(words)].0,
            1 => word & !0xff | random.below(Opcode::ALL.len()) as u32,
            2 => Instruction::jump(random.below(2 * words) as i32 - words as i32).0,
            _ => {
                word & !(0xff << byte)
                    | (random.below(usize::from(function.register_count) + 2) as u32) << byte
            }
        });
    }
    if random.below(6) == 0 && !function.locals.is_empty() {
        let local = random.below(function.locals.len());
        function.locals[local].register = random.below(function.register_count.into()) as u8;
        function.locals[local].end_pc = function.code.len() as u32;
    }
}

/// Runs `count` changed programs; how many of them were not refused.
fn run_changed(seed: u64, count: usize, stress: bool) -> usize {
    let original = program();
    let mut random = Random(seed);
    let mut vm = runtime(stress);
    let mut accepted = 0;
    for round in 0..count {
        let mut chunk = original.clone();
        mutate(&mut random, &mut chunk.main);
        let bytes = chunk.encode();
        if chunk::decode(&bytes).is_err() {
            continue;
        }
        accepted += 1;
        run(&mut vm, BOUNDED, &bytes);
        if accepted % 16 == 0 {
            vm.verify_heap().unwrap_or_else(|violation| panic!("round {round} of {seed}: {violation:?}"));
            assert!(vm.collect_garbage().is_ok());
        }
        if accepted % 64 == 0 {
            vm = runtime(stress);
        }
    }
    assert!(vm.collect_garbage().is_ok());
    vm.verify_heap().unwrap_or_else(|violation| panic!("{seed}: {violation:?}"));
    accepted
}

#[test]
fn changed_code_is_refused_or_harmless() {
    let count = std::env::var("REQUIEM_CHANGED_CHUNKS").ok().and_then(|count| count.parse().ok());
    let accepted = run_changed(0x9e37_79b9_7f4a_7c15, count.unwrap_or(6000), false);
    assert!(accepted > 300, "only {accepted} were not refused");
}

#[test]
fn changed_code_is_harmless_under_stress() {
    let accepted = run_changed(0x2545_f491_4f6c_dd1d, 600, true);
    assert!(accepted > 30, "only {accepted} were not refused");
}

#[test]
fn names_of_a_long_chain_of_lookups_need_no_machine_stack() {
    let steps = "k = t[k] ".repeat(60_000);
    let body = format!(
        "local t, k = setmetatable({{}}, {{__index = function() return 1 end}}), 1 {steps} return k.x.y"
    );
    let compiled = compiler::compile(body.as_bytes(), b"=test").unwrap_or_else(|error| panic!("{error}"));
    let mut chunk = Chunk { main: compiled, source: None };
    chunk.strip();
    let bytes = chunk.encode();
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        let source = "return select(2, pcall(load(BYTES, '', 'b', {setmetatable = setmetatable})))
            == \"?:-1: attempt to index a number value (field '?')\"";
        run(&mut runtime(false), source, &bytes).kind
    });
    assert_eq!(thread.expect("a thread").join().ok(), Some(Value::TRUE.kind));
}

#[test]
fn a_debugger_may_store_anything_in_a_loop_or_a_constructor() {
    let source = "
        for i = 1, 3 do debug.setlocal(1, 1, {}) collectgarbage() end
        local function meddle()
            for n = 1, 20 do
                local name, value = debug.getlocal(2, n)
                if name == '(temporary)' and type(value) == 'table' then debug.setlocal(2, n, 42) end
            end
            return 1
        end
        local ok, message = pcall(function() return {1, 2, meddle()} end)
        return not ok and message:find('attempt to index a number value', 1, true) ~= nil";
    let mut vm = runtime(false);
    assert_eq!(run(&mut vm, source, b"").kind, Value::TRUE.kind);
    vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
}

#[test]
fn a_list_is_set_in_no_table() {
    let main = compiler::compile(b"local a = 7 return {1, 2}", b"=test");
    let mut chunk = Chunk { main: main.unwrap_or_else(|error| panic!("{error}")), source: None };
    let set = chunk.main.code.iter_mut().find(|word| word.opcode() == Some(Opcode::SetList));
    // The list goes to the register below, which is that of the local variable.
    set.expect("a constructor").0 -= 1 << 8;
    let source = "local ok, message = pcall(load(BYTES))
        return not ok and message:find('attempt to index a number value', 1, true) ~= nil";
    let mut vm = runtime(false);
    assert_eq!(run(&mut vm, source, &chunk.encode()).kind, Value::TRUE.kind);
    vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
}
