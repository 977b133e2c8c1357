//! Integer keys, in the array part and in the hash part; traversal; the `table` library.
//!
//! Not here: keys that are strings (`field.rs`).

use super::runtime::Program;

pub const PROGRAMS: &[Program] = &[
    Program {
        name: "array read and written",
        count: 50_000,
        text: "local t = { 1, 2, 3, 4, 5, 6, 7, 8 }
            for i = 1, ... do local k = i & 7 t[k + 1] = t[8 - k] + 1 end",
    },
    Program { name: "array appended to", count: 50_000, text: "local t = {} for i = 1, ... do t[i] = i end" },
    Program {
        name: "array appended to by length",
        count: 50_000,
        text: "local t = {} for i = 1, ... do t[#t + 1] = i end",
    },
    Program {
        name: "array from the end",
        count: 50_000,
        text: "local t = {} for i = ..., 1, -1 do t[i] = i end",
    },
    Program {
        name: "holes filled",
        count: 50_000,
        text: "local t = {} for i = 1, 64 do t[i] = i end
            for i = 1, ... do local k = i % 64 + 1 t[k] = nil t[k] = i end",
    },
    Program {
        name: "hash part read and written",
        count: 50_000,
        text: "local t = {} for i = 1, 64 do t[i * 1000] = i end
            for i = 1, ... do local k = (i & 63) * 1000 + 1000 t[k] = t[k] + 1 end",
    },
    Program {
        name: "hash part filled",
        count: 20_000,
        text: "local t = {} for i = 1, ... do t[i * 1000] = i end",
    },
    Program {
        name: "queue",
        count: 50_000,
        text: "local t, first, last = {}, 1, 0
            for i = 1, 20 do last = last + 1 t[last] = i end
            for i = 1, ... do last = last + 1 t[last] = t[first] t[first] = nil first = first + 1 end",
    },
    Program {
        name: "keys that are floats and tables",
        count: 20_000,
        text: "local a, b = {}, {} local t = { [0.5] = 1, [a] = 2, [b] = 3 }
            for i = 1, ... do t[0.5] = t[a] + t[b] t[a] = i end",
    },
    Program {
        name: "constructor",
        count: 10_000,
        text: "for i = 1, ... do local _ = { i, i, i, x = i, y = i } end",
    },
    Program {
        name: "ipairs",
        count: 500,
        text: "local t = {} for i = 1, 100 do t[i] = i end for i = 1, ... do for _, v in ipairs(t) do end end",
    },
    Program {
        name: "pairs",
        count: 500,
        text: "local t = {} for i = 1, 50 do t[i], t['k' .. i] = i, i end
            for i = 1, ... do for _, v in pairs(t) do end end",
    },
    Program {
        name: "next by hand",
        count: 500,
        text: "local t = {} for i = 1, 50 do t[i], t['k' .. i] = i, i end
            for i = 1, ... do local k = next(t) while k do k = next(t, k) end end",
    },
    Program {
        name: "table.insert and table.remove",
        count: 10_000,
        text: "local t = {} for i = 1, ... do table.insert(t, i) end for i = 1, ... do table.remove(t) end",
    },
    Program {
        name: "table.insert and table.remove at the front",
        count: 5_000,
        text: "local t = {} for i = 1, 200 do t[i] = i end
            for i = 1, ... do table.insert(t, 1, i) table.remove(t, 1) end",
    },
    Program {
        name: "table.concat",
        count: 200,
        text: "local t = {} for i = 1, 200 do t[i] = 'item' .. i end for i = 1, ... do table.concat(t, ',') end",
    },
    Program {
        name: "table.pack and table.unpack",
        count: 20_000,
        text: "for i = 1, ... do local t = table.pack(i, i, i) local _ = table.unpack(t) end",
    },
    Program {
        name: "table.move",
        count: 2_000,
        text: "local t = {} for i = 1, 500 do t[i] = i end for i = 1, ... do table.move(t, 1, 499, 2) end",
    },
    Program {
        name: "table.sort by value",
        count: 10_000,
        text: "local t, seed = {}, 1
            for i = 1, ... do seed = seed * 16807 % 2147483647 t[i] = seed end table.sort(t)",
    },
    Program {
        name: "table.sort by a function",
        count: 5_000,
        text: "local t, seed = {}, 1
            for i = 1, ... do seed = seed * 16807 % 2147483647 t[i] = seed end
            table.sort(t, function(a, b) return a > b end)",
    },
];
