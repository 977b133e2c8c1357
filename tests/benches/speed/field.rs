//! Fields by name: what an instruction remembers of its last table, and what happens when that does not help.
//!
//! Not here: integer keys (`element.rs`).

use super::runtime::Program;

pub const PROGRAMS: &[Program] = &[
    Program {
        name: "remembered slot",
        count: 50_000,
        text: "local p = { x = 1, y = 2 } for i = 1, ... do p.x = p.x + p.y end",
    },
    Program {
        name: "slots of two shapes in turn",
        count: 50_000,
        text: "local p, q = { x = 1, y = 2 }, { a = 0, b = 0, c = 0, d = 0, y = 2, x = 1 }
            for i = 1, ... do p.x = p.x + p.y p, q = q, p end",
    },
    Program {
        name: "inherited method",
        count: 50_000,
        text: "local C = {} C.__index = C function C:get() return self.x end
            local o = setmetatable({ x = 1 }, C) for i = 1, ... do o:get() end",
    },
    Program {
        name: "method of the class above",
        count: 50_000,
        text: "local A = {} A.__index = A function A:get() return self.x end
            local B = setmetatable({}, A) B.__index = B
            local o = setmetatable({ x = 1 }, B) for i = 1, ... do o:get() end",
    },
    Program {
        name: "method of a string",
        count: 50_000,
        text: "local s = 'text' for i = 1, ... do s:len() end",
    },
    Program { name: "global", count: 50_000, text: "N = 0 for i = 1, ... do N = N + 1 end" },
    Program {
        name: "absent",
        count: 50_000,
        text: "local p = { x = 1 } for i = 1, ... do local _ = p.y, p.z end",
    },
    Program {
        name: "absent key stored",
        count: 20_000,
        text: "for i = 1, ... do local p = { a = 1, b = nil, c = nil } p.b = 2 p.c = 3 end",
    },
    Program {
        name: "constructor with names",
        count: 20_000,
        text: "for i = 1, ... do local p = { left = i, right = p, name = 'p', size = 1 } end",
    },
    Program {
        name: "absent key stored in a table that grows",
        count: 5_000,
        text: "for i = 1, ... do
              local p = {} p.a = 1 p.b = 2 p.c = 3 p.d = 4 p.e = 5 p.f = 6 p.g = 7 p.h = 8
            end",
    },
    Program {
        name: "key made at run time",
        count: 20_000,
        text: "local keys, counts = {}, {} for i = 1, 100 do keys[i] = 'k' .. i end
            for i = 1, ... do local k = keys[i % 100 + 1] counts[k] = (counts[k] or 0) + 1 end",
    },
    Program {
        name: "__index and __newindex functions",
        count: 20_000,
        text: "local hidden = {}
            local p = setmetatable({}, {
              __index = function(_, k) return hidden[k] end,
              __newindex = function(_, k, v) hidden[k] = v end })
            p.x = 0 for i = 1, ... do p.x = p.x + 1 end",
    },
    // All lie in blocks of the same sizes: without colouring they share a few sets of the processor's cache.
    Program {
        name: "objects side by side in the cache",
        count: 200,
        text: "local objects = {}
            for i = 1, 256 do objects[i] = { x = i, next = { y = i, items = { i } } } end
            for i = 1, ... do
              for j = 1, 256 do local o = objects[j] o.x = o.next.y + o.next.items[1] end
            end",
    },
];
