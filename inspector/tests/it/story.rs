//! The dump that most tests look at: a timer's callback meets a session whose user is gone.

use crate::builder::*;
use dumpfmt::bytecode::{Instruction as I, Opcode as O};
use std::sync::OnceLock;

pub const TEXT: &str = "local sessions = {}
local function find(id)
  local session = sessions[id]
  return session.user.name
end
local function on_timer(id)
  local name = find(id)
  return name
end
uv.timer(100, on_timer)
";

const FRAME_LUA: u32 = 0;
const FRAME_YIELD: u32 = 6;
const FRAME_BOTTOM: u32 = 9;
const FRAME_VARARG: u32 = 1 << 11;

/// The addresses that tests ask for.
pub struct Story {
    pub file: Vec<u8>,
    pub session: u64,
    pub find: u64,
    pub suspended: u64,
}

pub fn story() -> &'static Story {
    static STORY: OnceLock<Story> = OnceLock::new();
    STORY.get_or_init(|| tell(Heap::new()))
}

/// The same in a heap with this many more blocks, full of small strings.
pub fn large(block_count: usize) -> Vec<u8> {
    let mut heap = Heap::new();
    for number in 0..block_count * 1024 {
        let addr = heap.slot(KIND_STRING, 64, 0, 0);
        heap.put_u32(addr + 8, 40);
        heap.put_u64(addr + 16, number as u64);
    }
    tell(heap).file
}

fn tell(mut heap: Heap) -> Story {
    heap.root(ROOTS_EPOCH, 9);

    let find_prototype = heap.prototype(&Function {
        source: "@orders.lua",
        text: TEXT,
        line: 2,
        last_line: 5,
        parameters: 1,
        constants: &["user", "name"],
        locals: &[("id", 0, 0, 8), ("session", 1, 2, 8)],
        upvalues: &["sessions"],
        code: &[
            (I::abc(O::GetUpvalue, 1, 0, 0).0, 3),
            (I::abc(O::GetTable, 1, 1, 0).0, 3),
            (I::abc(O::GetField, 2, 1, 0).0, 4),
            (0, 4),
            (I::abc(O::GetField, 2, 2, 0).0, 4),
            (1, 4),
            (I::abc(O::Return1, 2, 0, 0).0, 4),
            (I::abc(O::Return0, 0, 0, 0).0, 5),
        ],
    });
    let timer_prototype = heap.prototype(&Function {
        source: "@orders.lua",
        text: TEXT,
        line: 6,
        last_line: 9,
        parameters: 1,
        constants: &[],
        locals: &[("id", 0, 0, 5), ("name", 1, 3, 5)],
        upvalues: &["find"],
        code: &[
            (I::abc(O::GetUpvalue, 1, 0, 0).0, 7),
            (I::abc(O::Move, 2, 0, 0).0, 7),
            (I::abc(O::Call, 1, 2, 2).0, 7),
            (I::abc(O::Return1, 1, 0, 0).0, 8),
            (I::abc(O::Return0, 0, 0, 0).0, 9),
        ],
    });
    let main_prototype = heap.prototype(&Function {
        source: "@orders.lua",
        text: TEXT,
        line: 0,
        last_line: 0,
        parameters: 0,
        constants: &["uv", "timer"],
        locals: &[],
        upvalues: &["_ENV"],
        code: &[
            (I::abc(O::GetTabUp, 0, 0, 0).0, 10),
            (0, 10),
            (I::abc(O::GetField, 0, 0, 0).0, 10),
            (1, 10),
            (I::abc(O::Call, 0, 1, 1).0, 10),
            (I::abc(O::Return0, 0, 0, 0).0, 10),
        ],
    });

    let (session, sessions, metatable, globals) = (heap.table(), heap.table(), heap.table(), heap.table());
    let text = |heap: &mut Heap, text: &str| heap.string(text);
    let fields = [
        (text(&mut heap, "id"), int(17)),
        (text(&mut heap, "state"), text(&mut heap, "closed\n")),
        (text(&mut heap, "score"), float(0.5)),
        (text(&mut heap, "self"), table(session)),
        (text(&mut heap, "a b"), heap.string("a string of more than forty bytes, which is not interned")),
    ];
    let items = [int(10), int(20), int(30)];
    heap.fill(session, &items, &fields);
    let (name_key, name) = (heap.string("__name"), heap.string("Session"));
    let index_key = heap.string("__index");
    let (greet, yes) = (heap.string("greet"), heap.string("hello"));
    let class = heap.table();
    heap.fill(class, &[], &[(greet, yes)]);
    heap.fill(metatable, &[], &[(name_key, name), (index_key, table(class))]);
    heap.metatable(session, metatable);
    heap.fill(sessions, &[], &[(int(17), table(session))]);

    let shared = heap.upvalue(table(sessions));
    let find = heap.closure(find_prototype, &[shared]);
    let find_variable = heap.upvalue(function(find));
    let on_timer = heap.closure(timer_prototype, &[find_variable]);
    let print = heap.native(1);
    let (counter, print_name) = (heap.string("counter"), heap.string("print"));
    heap.fill(globals, &[], &[(print_name, native(print)), (counter, int(3))]);
    let loaded_key = heap.string("_LOADED");
    let (registry, loaded) = (heap.table(), heap.table());
    let g = heap.string("_G");
    heap.fill(loaded, &[], &[(g, table(globals))]);
    heap.fill(registry, &[], &[(loaded_key, table(loaded))]);

    // The nil came from the first of the two field accesses on line 4.
    let nil = Val(0, heap.word(find_prototype, 2));
    let frames = [
        FrameSpec { function: NIL, registers: vec![], pc: 0, flags: FRAME_BOTTOM },
        FrameSpec {
            function: function(on_timer),
            registers: vec![int(17), NIL],
            pc: heap.word(timer_prototype, 3),
            flags: FRAME_LUA,
        },
        FrameSpec {
            function: function(find),
            registers: vec![int(17), table(session), nil],
            // Between the instruction and its auxiliary word.
            pc: heap.word(find_prototype, 5),
            flags: FRAME_LUA,
        },
    ];
    let main = heap.coroutine(1, &frames);
    for (root, offset) in [(ROOTS_FRAME, 24), (ROOTS_TOP, 48)] {
        let value = heap.get_u64(main + offset);
        heap.root(root, value);
    }
    let yielded = heap.native(2);
    let suspended = heap.coroutine(
        0,
        &[
            FrameSpec { function: NIL, registers: vec![], pc: 0, flags: FRAME_BOTTOM },
            FrameSpec {
                function: function(on_timer),
                // A second copy of the function follows its arguments.
                registers: vec![int(5), int(6), function(on_timer)],
                pc: heap.word(timer_prototype, 3),
                flags: FRAME_LUA,
            },
            FrameSpec { function: native(yielded), registers: vec![int(1)], pc: 0, flags: FRAME_YIELD },
        ],
    );
    vararg(&mut heap, suspended);
    let waiter = heap.upvalue(thread(suspended));
    let waker = heap.closure(timer_prototype, &[waiter]);
    for (offset, value) in
        [(ROOTS_CURRENT, main), (ROOTS_MAIN, main), (ROOTS_GLOBALS, globals), (ROOTS_REGISTRY, registry)]
    {
        heap.root(offset, value);
    }

    let message = "orders.lua:4: attempt to index a nil value (field 'user')";
    let error = heap.string(message);
    let armed = [(main_prototype, heap.word(main_prototype, 5))];
    let cause = Record::default().u32(0).u32(1).text(message).text("stack traceback:\n\t...");
    let cause = cause.value(error).value(nil).u64(main).u64(7).moment(5_000_000_000).u32(4711);
    let program = Record::default()
        .text("orders")
        .text("orders.lua")
        .text("requiem\0orders.lua\0--port\x007000\0")
        .text("")
        .text("/srv/app")
        .text("web-3")
        .text("Linux 6.1 x86_64")
        .text("requiem 0.1.0")
        .text("x86_64")
        .u32(4711)
        .u32(1)
        .u32(1000)
        .moment(1_000_000_000);
    let natives = Record::default().u64(2).u32(1).text("print").u32(2).text("coroutine.yield");
    let delivering = Record::default().u64(1).u64(7).u32(1).u64(3).u64(5).u64(4_990_000_000);
    let delivering = delivering.value(function(on_timer)).text("after 100 ms");
    let pending = Record::default().u64(2);
    let pending = pending.u64(4).u32(0).u64(5_500_000_000).u64(1_000_000_000).u64(2).u32(0).u8(1);
    let pending = pending.u64(1).u32(0).value(function(waker)).moment(4_900_000_000).sites(&armed).u64(5);
    let pending = pending.u64(6).u32(3).text("10.0.0.1:52114").text("10.0.0.2:7000").u64(42).u32(0).u8(1);
    let pending = pending.u64(1).u32(0).value(function(on_timer)).moment(4_000_000_000).sites(&armed).u64(1);
    let queue = Record::default().u64(1).u64(8).u32(4).u64(6).u64(1).u64(4_995_000_000);
    let queue = queue.value(function(on_timer)).u64(2).value(NIL).value(table(session)).text("42 bytes");
    let ancestor = |record: Record, id: u64, kind: u32, pending: u64, parent: u64, text: &str| {
        let record = record.u64(id).u32(kind).u64(pending).u64(parent).u64(0).u32(1);
        record.moment(4_500_000_000).u64(0).moment(4_400_000_000).sites(&armed).text(text)
    };
    let lineage = ancestor(Record::default().u64(2), 7, 1, 3, 5, "after 100 ms");
    let lineage = ancestor(lineage, 5, 2, 2, 1, "from 10.0.0.1:52114");
    let recorder = Record::default().u64(2);
    let recorder = recorder.u64(4_000_000_000).u32(1).u32(2).u32(0).u64(2_500_000).u64(2 << 20).u64(1 << 20);
    let recorder = recorder.u64(4_990_000_000).u32(2).u32(1).value(error);
    let site = (find_prototype, heap.word(find_prototype, 6));
    let recorder = recorder.u64(site.0).u64(site.1).u64(0).u64(0).text("boom");
    let file = heap.finish(&[
        (1, cause.0),
        (1, program.0),
        (2, natives.0),
        (1, delivering.0),
        (2, pending.0),
        (1, queue.0),
        (2, lineage.0),
        (2, recorder.0),
    ]);
    Story { file, session, find, suspended }
}

/// Makes the Lua frame of `coroutine` one of a vararg function with two extra arguments: its base lies above
/// them and the second copy of the function.
fn vararg(heap: &mut Heap, coroutine: u64) {
    let frame = heap.get_u64(coroutine + 16) + 16 + 32;
    let base = heap.get_u64(frame + 8) + 3 * 16;
    heap.put_u64(frame + 8, base);
    heap.put_u32(frame + 28, FRAME_LUA | FRAME_VARARG | 2 << 12);
    let native_frame = frame + 32;
    // Two registers for the Lua frame, then the native function and its argument.
    let moved = [(base, int(5)), (base + 16, NIL)];
    for (slot, value) in moved {
        heap.put_value(slot, value);
    }
    let yielded = heap.native(2);
    heap.put_value(base + 32, native(yielded));
    heap.put_value(base + 48, int(1));
    heap.put_u64(native_frame + 8, base + 48);
    heap.put_u64(coroutine + 48, base + 64);
}
