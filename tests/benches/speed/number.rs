//! Arithmetic, comparison and loops.
//!
//! Not here: numbers to text and back (`text.rs`).

use super::runtime::Program;

pub const PROGRAMS: &[Program] = &[
    Program { name: "for loop", count: 100_000, text: "for i = 1, ... do end" },
    Program {
        name: "integers",
        count: 50_000,
        text: "local a, b = 1, 7 for i = 1, ... do a = a + i * b - (a // b) % b end",
    },
    Program {
        name: "floats",
        count: 50_000,
        text: "local a, b = 1.5, 7.25 for i = 1, ... do a = a * 0.5 + b / 3.5 - b end",
    },
    Program {
        name: "integers and floats mixed",
        count: 50_000,
        text: "local a = 0.5 for i = 1, ... do a = a + i * 2 - i / 2 end",
    },
    Program {
        name: "bits",
        count: 50_000,
        text: "local a = 1 for i = 1, ... do a = (a << 5 ~ a >> 27 ~ i) & 0xffffffff end",
    },
    Program {
        name: "comparison",
        count: 50_000,
        text: "local n = 0 for i = 1, ... do if i % 3 == 0 and i < 40000 or i >= 45000.5 then n = n + 1 end end",
    },
    Program {
        name: "math.floor, math.max, math.fmod and math.sqrt",
        count: 20_000,
        text: "local floor, max, fmod, sqrt = math.floor, math.max, math.fmod, math.sqrt
            for i = 1, ... do local _ = floor(i + 0.5), max(i, 7), fmod(i, 7), sqrt(i) end",
    },
    Program {
        name: "math.random",
        count: 20_000,
        text: "local random = math.random for i = 1, ... do local _ = random(), random(100) end",
    },
];
