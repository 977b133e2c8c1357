mod mechanisms;

use super::handlers::{IPAIRS_ID, NEXT_ID};
use crate::heap::pointer::at;
use crate::interp::{Vm, VmOptions};
use dumpfmt::layout::function::NativeObject;
use dumpfmt::layout::value::{self, Value};

/// A runtime with the library.
fn runtime(options: &VmOptions, rounds: i64) -> Box<Vm> {
    let mut vm = Vm::new(options).expect("address space");
    assert!(crate::runtime::open_libraries(&mut vm, false).is_ok());
    let globals = vm.globals();
    assert!(vm.raw_set_field(globals, "ROUNDS", Value::integer(rounds)).is_ok());
    vm
}

/// A runtime with the library, and what `source` returned in its first result.
fn run(options: &VmOptions, rounds: i64, source: &str) -> (Box<Vm>, Value) {
    let mut vm = runtime(options, rounds);
    let result = run_loaded(&mut vm, source);
    (vm, result)
}

/// What `source` returned in its first result.
fn run_loaded(vm: &mut Vm, source: &str) -> Value {
    let globals = vm.globals();
    let compiled = compiler::compile(source.as_bytes(), b"=test").unwrap_or_else(|error| panic!("{error}"));
    let function = vm.load(&compiled, b"=test", Some(source.as_bytes()), globals.value());
    let function = function.unwrap_or_else(|_| panic!("no memory"));
    vm.push(function);
    match vm.protected_call(0, 1) {
        Ok(()) => vm.pop(),
        Err(error) => {
            let text = vm.to_text(error).map(|text| String::from_utf8_lossy(text.bytes()).into_owned());
            panic!("{}", text.unwrap_or_default())
        }
    }
}

fn on_stack<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(bytes).spawn(work).expect("a thread");
    thread.join().expect("the program ran to its end")
}

/// A handler that ended in a call instead of a jump would use up the stack.
#[test]
fn a_long_loop_over_every_instruction_needs_no_machine_stack() {
    on_stack(512 << 10, || {
        run(&VmOptions::default(), 20_000, include_str!("tests/every_instruction.lua"));
    });
}

/// The same of the handlers that stores take while the collector marks.
#[test]
fn stores_while_the_collector_marks_need_no_machine_stack() {
    on_stack(256 << 10, || {
        let source = "local live = {}
            for i = 1, 50000 do live[i] = {i} end
            local t, list = {}, {}
            for i = 1, ROUNDS do
                local o = {i}
                t.x, t[1], t['k' .. i % 100], list[#list + 1], G, _G['g' .. i % 10] = o, o, o, o, o, o
                t.y, t[2], G, t[i % 10] = 'y', 'z', 'g', 'u'
                if i % 1000 == 0 then t, list = {}, {} end
            end
            return #live";
        let (vm, result) = run(&VmOptions::default(), 50_000, source);
        assert_eq!(result.as_integer(), 50_000);
        vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
    });
}

#[test]
fn deep_recursion_in_lua_needs_no_machine_stack() {
    on_stack(256 << 10, || {
        let source = "local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
            local co = coroutine.wrap(function() return depth(100000) end)
            local ok, inner = pcall(pcall, pcall, depth, 100000)
            return co() + depth(100000)";
        let (_, result) = run(&VmOptions::default(), 0, source);
        assert_eq!(result.as_integer(), 200_000);
    });
}

#[test]
fn the_heap_is_sound_after_every_kind_of_instruction() {
    let (mut vm, _) = run(&VmOptions::default(), 3_000, include_str!("tests/every_instruction.lua"));
    vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
    assert!(vm.collect_garbage().is_ok());
    vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
}

#[test]
fn the_heap_is_sound_under_stress() {
    let options = VmOptions { stress: true, ..VmOptions::default() };
    let (vm, _) = run(&options, 12, include_str!("tests/every_instruction.lua"));
    vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
}

/// Else `pairs` and `ipairs` work as well, but three times as slowly.
#[test]
fn the_iterators_that_handlers_know_are_those_that_loops_get() {
    for (source, known) in
        [("return next", NEXT_ID), ("return (pairs({}))", NEXT_ID), ("return (ipairs({}))", IPAIRS_ID)]
    {
        let (_vm, result) = run(&VmOptions::default(), 0, source);
        assert_eq!(result.kind, value::NATIVE);
        // SAFETY: a native function of a runtime that is still there.
        assert_eq!(unsafe { (*at::<NativeObject>(result.addr())).id }, known, "{source}");
    }
}

#[test]
fn closing_three_variables_by_one_error() {
    let source = "local order = ''
        local function closer(name) return setmetatable({}, {__close = function(_, e) order = order .. name .. tostring(e) end}) end
        pcall(function()
            local a <close> = closer('a') local b <close> = closer('b') local c <close> = closer('c')
            error('!', 0)
        end)
        return order == 'c!b!a!'";
    let (_, result) = run(&VmOptions::default(), 0, source);
    assert_eq!(result.kind, Value::TRUE.kind);
}
