//! Statements around functions: definitions, calls, protected calls, coroutines, chunks, and what `debug` says.
//!
//! Invariant: every function burns fuel when it is called.
//! Not here: functions of one line inside expressions (`expression.rs`).

use super::expression::{KINDS, Kind};
use super::program::Piece;
use super::writer::{Signature, Variable, Writer};

impl Writer {
    fn signature(&mut self) -> Signature {
        let count = self.dice.below(4);
        Signature {
            parameters: (0..count).map(|_| self.dice.pick(&KINDS)).collect(),
            is_vararg: self.dice.chance(25),
            result: self.dice.pick(&KINDS),
        }
    }

    /// The text of the parameters and the body that sees them.
    fn function_parts(&mut self, signature: &Signature, depth: u32) -> (String, Vec<Piece>) {
        let mark = self.enter_function(signature.is_vararg, signature.result);
        let mut names = Vec::new();
        for kind in &signature.parameters {
            let name = self.fresh_name();
            self.declare(Variable::local(&name, *kind));
            names.push(name);
        }
        if signature.is_vararg {
            names.push("...".to_string());
        }
        let mut body = vec![Piece::Fuel];
        body.extend(self.open_body(depth));
        body.push(self.final_return(signature.result));
        self.leave_function(mark);
        (names.join(", "), body)
    }

    fn final_return(&mut self, result: Kind) -> Piece {
        let callable = self.variable(|variable| variable.kind == Kind::Function);
        let text = match callable {
            // A tail call leaves no frame, which tracebacks tell.
            Some(function) if self.dice.chance(25) => format!("return {}", self.call(&function, 1)),
            _ if result == Kind::Any && self.dice.chance(30) => format!("return {}", self.expressions(0, 3)),
            _ => format!("return {}", self.expression(result)),
        };
        Piece::Line(text)
    }

    pub fn function_definition(&mut self, depth: u32) -> Vec<Piece> {
        let signature = self.signature();
        let (parameters, body) = self.function_parts(&signature, depth);
        let table = self.variable(|variable| matches!(variable.kind, Kind::Record | Kind::Object));
        let name = self.fresh_name();
        let (head, called) = match (self.dice.below(6), table) {
            (0, Some(table)) => (format!("function {}.{name}", table.name), format!("{}.{name}", table.name)),
            (1 | 2, Some(table)) => {
                (format!("function {}:{name}", table.name), format!("{}:{name}", table.name))
            }
            (3, _) => (format!("local {name} = function"), name),
            (4, _) => (format!("function G_{name}"), format!("G_{name}")),
            _ => (format!("local function {name}"), name),
        };
        self.declare(Variable::function(&called, signature));
        vec![Piece::block(format!("{head}({parameters})"), body, "end")]
    }

    pub fn call_statement(&mut self, depth: u32) -> Vec<Piece> {
        let Some(function) = self.variable(|variable| variable.kind == Kind::Function) else {
            return self.function_definition(depth);
        };
        let call = self.call(&function, 2);
        let text = match self.dice.below(4) {
            0 => call,
            1 => format!("show(pcall(function(...) return {call} end))"),
            _ => format!("show({call})"),
        };
        vec![Piece::Line(text)]
    }

    pub fn recursion(&mut self, depth: u32) -> Vec<Piece> {
        let name = self.fresh_name();
        let mark = self.enter_function(false, Kind::Any);
        self.declare(Variable::local("n", Kind::Integer));
        let mut body = vec![Piece::Fuel, self.stop_of_recursion()];
        body.extend(self.open_body(depth));
        let back = self.dice.pick(&[
            "return n * NAME(n - 1)",
            "return NAME(n - 1)",
            "return NAME(n - 1) .. n",
            "return (NAME(n - 1))",
            "local m = NAME(n - 1); return m",
            "return n, NAME(n - 1)",
        ]);
        body.push(Piece::Line(back.replace("NAME", &name)));
        self.leave_function(mark);
        let signature = Signature { parameters: vec![Kind::Integer], is_vararg: false, result: Kind::Any };
        self.declare(Variable::function(&name, signature));
        let call = Piece::Line(format!("show(pcall({name}, {}))", self.dice.between(1, 30)));
        vec![Piece::block(format!("local function {name}(n)"), body, "end"), call]
    }

    fn stop_of_recursion(&mut self) -> Piece {
        let bottom = match self.dice.below(3) {
            0 => self.error(),
            1 => format!("return {}", self.expression(Kind::Any)),
            _ => "return 1".to_string(),
        };
        Piece::Line(format!("if n <= 0 then {bottom} end"))
    }

    /// A body in which much may go wrong, because somebody catches it.
    fn risky_body(&mut self, depth: u32) -> Vec<Piece> {
        let wrongness = std::mem::replace(&mut self.wrongness, 0);
        self.wrongness = wrongness.max(self.dice.pick(&[0, 2, 6, 15]));
        let mut body = vec![Piece::Fuel];
        body.extend(self.open_body(depth));
        body.push(self.final_return(Kind::Any));
        self.wrongness = wrongness;
        body
    }

    pub fn protected_call(&mut self, depth: u32) -> Vec<Piece> {
        let parameter = self.fresh_name();
        let argument = self.expression(Kind::Any);
        let mark = self.enter_function(true, Kind::Any);
        self.declare(Variable::local(&parameter, Kind::Any));
        let body = self.risky_body(depth);
        self.leave_function(mark);
        let (head, end) = match self.dice.below(7) {
            0 => ("show(xpcall(function", ", debug.traceback, ARGUMENT))"),
            1 => (
                "show(xpcall(function",
                ", function(m) return type(m) == 'string' and m .. '!' or m end, ARGUMENT))",
            ),
            2 => ("print(select('#', pcall(function", ", ARGUMENT)))"),
            3 => (
                "print(select(2, xpcall(function",
                ", function(m) return debug.traceback('handled: ' .. tostring(type(m)), 1) end, ARGUMENT)))",
            ),
            _ => ("show(pcall(function", ", ARGUMENT))"),
        };
        let end = format!("end{}", end.replace("ARGUMENT", &argument));
        vec![Piece::block(format!("{head}({parameter}, ...)"), body, end)]
    }

    pub fn protected_builtin(&mut self, _: u32) -> Vec<Piece> {
        let function = self.dice.pick(&[
            "string.rep",
            "string.sub",
            "string.format",
            "string.byte",
            "string.char",
            "string.find",
            "string.gsub",
            "string.pack",
            "string.unpack",
            "string.gmatch",
            "string.len",
            "string.upper",
            "string.packsize",
            "table.concat",
            "table.insert",
            "table.remove",
            "table.sort",
            "table.unpack",
            "table.move",
            "math.floor",
            "math.fmod",
            "math.max",
            "math.tointeger",
            "math.random",
            "math.ult",
            "math.abs",
            "math.modf",
            "utf8.char",
            "utf8.codepoint",
            "utf8.len",
            "utf8.offset",
            "utf8.codes",
            "rawset",
            "rawget",
            "rawlen",
            "setmetatable",
            "getmetatable",
            "select",
            "tonumber",
            "tostring",
            "ipairs",
            "pairs",
            "error",
            "assert",
            "load",
            "coroutine.create",
            "coroutine.wrap",
            "coroutine.resume",
            "coroutine.status",
            "coroutine.close",
            "coroutine.yield",
            "coroutine.isyieldable",
            "rawequal",
            "type",
            "xpcall",
            "pcall",
            "os.getenv",
            "os.getenv",
            "os.getenv",
            "io.open",
            "io.lines",
            "io.type",
            "dofile",
            "select",
            "debug.getinfo",
            "debug.getlocal",
            "debug.traceback",
            "debug.upvalueid",
            "debug.setmetatable",
        ]);
        // Anything goes, but for sizes that would take all memory.
        let safe = matches!(
            function,
            "string.rep"
                | "table.move"
                | "debug.setmetatable"
                | "table.unpack"
                | "table.insert"
                | "table.remove"
        );
        let arguments = if safe {
            let count = self.dice.between(0, 3);
            let all: Vec<String> = (0..count)
                .map(|_| self.dice.pick(&["'x'", "{}", "nil", "3", "true", "print"]).to_string())
                .collect();
            all.join(", ")
        } else {
            let wrongness = std::mem::replace(&mut self.wrongness, 10);
            let arguments = self.expressions(0, 3);
            self.wrongness = wrongness;
            arguments
        };
        let comma = if arguments.is_empty() { "" } else { ", " };
        let text = match self.dice.below(4) {
            0 => format!("show(pcall(function(...) return {function}({arguments}) end))"),
            1 => format!("show(pcall(function(...) local v = {function}({arguments}) return v end))"),
            _ => format!("show(pcall({function}{comma}{arguments}))"),
        };
        vec![Piece::Line(text)]
    }

    /// The body of a coroutine, which yields between its other statements.
    fn coroutine_body(&mut self, depth: u32) -> (String, Vec<Piece>) {
        let parameter = self.fresh_name();
        let mark = self.enter_function(true, Kind::Any);
        self.declare(Variable::local(&parameter, Kind::Any));
        let mut body = vec![Piece::Fuel];
        for _ in 0..self.dice.between(1, 3) {
            if self.dice.chance(60) {
                body.extend(self.statements(1, depth + 1));
            }
            let values = self.expressions(0, 2);
            let text = match self.dice.below(7) {
                0 => format!("show(coroutine.yield({values}))"),
                1 => format!("show(pcall(coroutine.yield, {}))", self.expressions(1, 2)),
                2 => format!(
                    "show(pcall(function(...) tick() local v = coroutine.yield({values}) return v .. 'x' end))"
                ),
                3 => format!("for i = 1, 2 do tick() coroutine.yield(i, {}) end", self.expressions(1, 1)),
                4 => format!("do local c <close> = closer('co') show(coroutine.yield({values})) end"),
                5 => {
                    let event = self.dice.pick(&["add", "index", "concat", "lt", "eq", "unm", "len", "call"]);
                    let user = match event {
                        "add" => "o + 1",
                        "index" => "o.x",
                        "concat" => "o .. 'x'",
                        "lt" => "o < o",
                        "eq" => "o == setmetatable({}, {})",
                        "unm" => "-o",
                        "len" => "#o",
                        _ => "o(1)",
                    };
                    format!(
                        "do local o = setmetatable({{}}, {{__{event} = function(a, b) tick() return coroutine.yield('{event}') end}}) show({user}) end"
                    )
                }
                _ => format!("coroutine.yield({values})"),
            };
            body.push(Piece::Line(text));
        }
        body.push(self.final_return(Kind::Any));
        self.leave_function(mark);
        (parameter, body)
    }

    pub fn coroutine(&mut self, depth: u32) -> Vec<Piece> {
        let (parameter, body) = self.coroutine_body(depth);
        let name = self.fresh_name();
        let mut pieces = vec![Piece::block(
            format!("local {name} = coroutine.wrap(function({parameter}, ...)"),
            body,
            "end)",
        )];
        for call in 0..self.dice.between(1, 4) {
            let arguments = self.expressions(0, 2);
            let is_safe = call == 0 || self.wrongness > 0;
            let text = match self.dice.below(5) {
                _ if !is_safe => format!("show(pcall(function(...) return {name}({arguments}) end))"),
                2 if self.wrongness == 0 => format!("show(pcall({name}))"),
                0 => format!("show({name}({arguments}))"),
                1 => format!("{name}({arguments})"),
                2 => format!("for v in {name} do tick() show(v) end"),
                _ if arguments.is_empty() => format!("show(pcall({name}))"),
                _ => format!("show(pcall({name}, {arguments}))"),
            };
            pieces.push(Piece::Line(text));
        }
        pieces
    }

    pub fn coroutine_by_hand(&mut self, depth: u32) -> Vec<Piece> {
        let (parameter, body) = self.coroutine_body(depth);
        let name = self.fresh_name();
        let mut pieces = vec![Piece::block(
            format!("local {name} = coroutine.create(function({parameter}, ...)"),
            body,
            "end)",
        )];
        for _ in 0..self.dice.between(2, 5) {
            let template = self.dice.pick(&[
                "show(coroutine.resume(CO, $a))",
                "show(coroutine.resume(CO))",
                "show(coroutine.resume(CO, $a, $a))",
                "show(coroutine.status(CO))",
                "print(debug.traceback(CO))",
                "print(debug.traceback(CO, 'message', $k))",
                "show(coroutine.isyieldable(CO))",
                "show(pcall(coroutine.close, CO))",
                "show(pcall(debug.getinfo, CO, 1, 'l'))",
            ]);
            pieces.push(Piece::Line(self.filled(&template.replace("CO", &name), 1)));
        }
        pieces
    }

    pub fn varargs(&mut self, depth: u32) -> Vec<Piece> {
        if !self.is_vararg() {
            return self.output(depth);
        }
        let (first, second) = (self.local_name(), self.fresh_name());
        let template = self.dice.pick(&[
            "show(...)",
            "show((...))",
            "show(select('#', ...))",
            "show(select($k, ...))",
            "show(select(-$k, ...))",
            "show(..., $a)",
            "show(table.pack(...).n, table.unpack({$a, ...}, 1, 3))",
            "local FIRST, SECOND = ...",
            "local FIRST, SECOND = $a, ...",
            "local FIRST, SECOND = (...), (...)",
            "local FIRST, SECOND = select(2, ...)",
            "for FIRST, SECOND in ipairs({...}) do tick() show(FIRST, SECOND) end",
            "show((function(...) return select('#', ...), ... end)(..., ...))",
            "show({..., $e}, {$e, (...)})",
        ]);
        let text = self.filled(&template.replace("FIRST", &first).replace("SECOND", &second), 1);
        if template.starts_with("local") {
            self.declare(Variable::local(&first, Kind::Any));
            self.declare(Variable::local(&second, Kind::Any));
        }
        vec![Piece::Line(text)]
    }

    pub fn loaded_chunk(&mut self, _: u32) -> Vec<Piece> {
        let code = self.dice.pick(&[
            "return ...",
            "local a <const> = 1; return a, ...",
            "x = = 1",
            "return 1 +",
            "for i = 1 do end",
            "local t = {} t.x.y = 1",
            "return undefined.x",
            "goto nowhere",
            "break",
            "::a:: ::a::",
            "local a <const> = 1; a = 2",
            "local a <unknown> = 1",
            "return '\\\\q'",
            "return \\\"unfinished",
            "--[[ unfinished",
            "x = 0x",
            "x = 1e",
            "x = 3x",
            "return (1",
            "f() = 1",
            "local function f() return ... end",
            "return {1, 2",
            "error('inside', 2)",
            "error({})",
            "return _ENV ~= nil, ...",
            "if x then\\nelse\\nelseif y then end",
            "return 1 2",
            "a.b:c = 1",
            "local x <close> = 42",
            "return [==[ unfinished ]=]",
            "@",
            "return \\\"\\\\u{110000000}\\\"",
            "return \\\"\\\\300\\\"",
        ]);
        let rest = self.dice.pick(&[
            "",
            ", '=name'",
            ", '@file.lua'",
            ", 'name', 't'",
            ", nil, 'b'",
            ", '=e', 't', {}",
        ]);
        let argument = self.expression(Kind::Any);
        vec![Piece::block(
            "do",
            vec![
                Piece::Line(format!("local f, m = load(\"{code}\"{rest})")),
                Piece::Line(format!("if f then show(pcall(f, {argument})) else show(f, m) end")),
            ],
            "end",
        )]
    }

    pub fn inspection(&mut self, _: u32) -> Vec<Piece> {
        let template = self.dice.pick(&[
            "print(debug.traceback('here'))",
            "print(debug.traceback('here', $k))",
            "print(debug.traceback($a))",
            "show(debug.getinfo(1, 'l').currentline)",
            "do local i = debug.getinfo(1, 'Slntu') show(i.what, i.short_src, i.linedefined, i.lastlinedefined, i.namewhat, i.name, i.nups, i.nparams, i.isvararg, i.istailcall) end",
            "do local i = debug.getinfo(2, 'nl') show(i and i.name, i and i.namewhat, i and i.currentline) end",
            "do local i = debug.getinfo($f, 'Su') show(i.what, i.linedefined, i.lastlinedefined, i.nups, i.nparams, i.isvararg) end",
            "show(debug.getlocal(1, $k + 1))",
            "show(debug.getlocal(1, -$k - 1))",
            "show(debug.getlocal($f, 1))",
            "show((debug.getupvalue($f, $k + 1)))",
            "do local l = debug.getinfo($f, 'L').activelines show(l) end",
            "show(debug.gethook())",
            "collectgarbage()",
            "show(collectgarbage('isrunning'))",
        ]);
        vec![Piece::Line(self.filled(template, 1))]
    }
}
