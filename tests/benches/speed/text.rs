//! Strings: made, found again among the interned ones, put together, searched, formatted.
//!
//! Not here: their collection, and the growth of the table of interned ones (`collect.rs`).

use super::runtime::Program;

pub const PROGRAMS: &[Program] = &[
    Program {
        name: "interned anew",
        count: 20_000,
        text: "local char = string.char
            for i = 1, ... do local _ = char(i & 0xff, i >> 8 & 0xff, i >> 16 & 0xff, 7) end",
    },
    Program {
        name: "interned already",
        count: 20_000,
        text: "local s = ('abcdefghij'):rep(100) for i = 1, ... do local _ = s:sub(i % 10 + 1, i % 10 + 8) end",
    },
    Program {
        name: "short ones concatenated",
        count: 20_000,
        text: "for i = 1, ... do local _ = 'key' .. i % 100 .. ':' end",
    },
    Program {
        name: "built piece by piece",
        count: 2_000,
        text: "local s = '' for i = 1, ... do s = s .. 'piece' end",
    },
    Program {
        name: "bytes of a long one",
        count: 20_000,
        text: "local s, n = ('abcdefghij'):rep(2000), 0 for i = 1, ... do n = n + s:byte(i) end",
    },
    Program {
        name: "compared",
        count: 50_000,
        text: "local a, b, n = 'a string', 'another string', 0 for i = 1, ... do if a < b then n = n + 1 end end",
    },
    Program {
        name: "find, plain and by pattern",
        count: 2_000,
        text: "local s = ('some text with words '):rep(20) .. 'needle 42'
            for i = 1, ... do local _ = s:find('needle', 1, true), s:find('(%d+)$') end",
    },
    Program {
        name: "gmatch",
        count: 200,
        text: "local s = ('key=value, '):rep(50) for i = 1, ... do for k, v in s:gmatch('(%w+)=(%w+)') do end end",
    },
    Program {
        name: "gsub by a string, a table and a function",
        count: 100,
        text: "local s = ('key=value, '):rep(50) local words = { key = 'KEY' }
            for i = 1, ... do
              local _ = s:gsub('%w+', '<%0>'), s:gsub('%w+', words), s:gsub('%w+', function(w) return w end)
            end",
    },
    Program {
        name: "format",
        count: 5_000,
        text: "local format = string.format
            for i = 1, ... do local _ = format('%d %5.2f %s %x %q', i, i / 3, 'text', i, 'text') end",
    },
    Program {
        name: "pack and unpack",
        count: 5_000,
        text: "local pack, unpack = string.pack, string.unpack
            for i = 1, ... do local _ = unpack('<i4dz', pack('<i4dz', i, i / 3, 'text')) end",
    },
    Program {
        name: "numbers to text and back",
        count: 10_000,
        text: "for i = 1, ... do local _ = tonumber(tostring(i)), tonumber(tostring(i + 0.25)) end",
    },
    Program {
        name: "utf8",
        count: 500,
        text: "local s = ('aä€😀'):rep(20)
            for i = 1, ... do local _ = utf8.len(s), utf8.char(228, 8364) for p, c in utf8.codes(s) do end end",
    },
];
