//! Calls and returns of every kind, closures, coroutines, errors that are caught.
//!
//! Not here: what native functions of the library do (`element.rs`, `text.rs`).

use super::runtime::Program;

pub const PROGRAMS: &[Program] = &[
    Program {
        name: "call",
        count: 50_000,
        text: "local function f(x) return x end for i = 1, ... do f(i) end",
    },
    Program {
        name: "tail call",
        count: 50_000,
        text: "local function f(n) if n > 0 then return f(n - 1) end end f(...)",
    },
    Program {
        name: "several results",
        count: 50_000,
        text: "local function f(x) return x, x, x end for i = 1, ... do local a, b, c = f(i) end",
    },
    Program {
        name: "results passed on",
        count: 50_000,
        text: "local function f(x) return x, x end local function g(x) return f(x) end
            for i = 1, ... do local a, b = g(i) end",
    },
    Program {
        name: "variable arguments",
        count: 20_000,
        text: "local function f(...) local a, b = ... return select('#', ...), a, b end
            for i = 1, ... do f(i, i, i) end",
    },
    Program {
        name: "native function",
        count: 50_000,
        text: "local abs = math.abs for i = 1, ... do abs(i) end",
    },
    Program {
        name: "__call, __add, __eq, __lt and __concat",
        count: 5_000,
        text: "local M = {}
            M.__call, M.__add = function(_, x) return x end, function(a) return a end
            M.__eq, M.__lt = function() return true end, function() return true end
            M.__concat = function(a) return a end
            local p, q = setmetatable({}, M), setmetatable({}, M)
            for i = 1, ... do local _ = p(i), p + q, p == q, p < q, p .. q end",
    },
    Program {
        name: "closure made",
        count: 20_000,
        text: "for i = 1, ... do local _ = function() return i end end",
    },
    Program {
        name: "upvalue shared and written",
        count: 50_000,
        text: "local n = 0 local function add() n = n + 1 end for i = 1, ... do add() end",
    },
    Program {
        name: "coroutine resumed and suspended",
        count: 20_000,
        text: "local yield = coroutine.yield
            local f = coroutine.wrap(function() while true do yield() end end) for i = 1, ... do f() end",
    },
    Program {
        name: "coroutine made and finished",
        count: 5_000,
        text: "for i = 1, ... do coroutine.wrap(function() return i end)() end",
    },
    Program {
        name: "pcall without an error",
        count: 20_000,
        text: "local function f(x) return x end for i = 1, ... do pcall(f, i) end",
    },
    Program {
        name: "error caught",
        count: 5_000,
        text: "local function f() error('text') end for i = 1, ... do pcall(f) end",
    },
    Program {
        name: "variable closed",
        count: 5_000,
        text: "local M = setmetatable({}, { __close = function() end })
            for i = 1, ... do local m <close> = M end",
    },
];
