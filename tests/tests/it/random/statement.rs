//! Statements without functions of their own: declarations, assignments, control, tables, output.
//!
//! Invariant: every loop counts, or burns fuel (`tick` of the prelude); what a loop could let grow is cut.
//! Not here: functions, coroutines, protected calls (`function.rs`), objects (`object.rs`).

use super::expression::{DEPTH, KINDS, Kind};
use super::program::Piece;
use super::writer::{Variable, Writer};

/// How deep blocks go into each other.
const NESTING: u32 = 4;

type Statement = fn(&mut Writer, u32) -> Vec<Piece>;

/// With how often each comes.
const STATEMENTS: [(u32, Statement); 26] = [
    (14, Writer::declaration),
    (9, Writer::assignment),
    (6, Writer::table_change),
    (12, Writer::output),
    (6, Writer::condition),
    (5, Writer::numeric_loop),
    (3, Writer::loop_at_the_edge),
    (6, Writer::generic_loop),
    (4, Writer::counted_loop),
    (2, Writer::jump_backwards),
    (3, Writer::jump_onwards),
    (2, Writer::plain_block),
    (4, Writer::closing_block),
    (4, Writer::leaving),
    (3, Writer::captured_variables),
    (9, Writer::function_definition),
    (8, Writer::call_statement),
    (2, Writer::recursion),
    (9, Writer::protected_call),
    (3, Writer::protected_builtin),
    (5, Writer::coroutine),
    (2, Writer::coroutine_by_hand),
    (6, Writer::object),
    (3, Writer::varargs),
    (2, Writer::loaded_chunk),
    (3, Writer::inspection),
];

impl Writer {
    /// So many statements, more or less.
    pub fn statements(&mut self, count: usize, depth: u32) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for _ in 0..count {
            let statement = self.dice.weighted(&STATEMENTS);
            pieces.extend(statement(self, depth));
        }
        pieces
    }

    /// The body of a block, in a scope of its own.
    pub fn body(&mut self, depth: u32) -> Vec<Piece> {
        let mark = self.enter_block();
        let body = self.open_body(depth);
        self.leave_block(mark);
        body
    }

    /// As `body`, in the scope that the caller has opened.
    pub fn open_body(&mut self, depth: u32) -> Vec<Piece> {
        let count = if depth >= NESTING { 1 } else { self.dice.between(1, 3) };
        if depth > NESTING { self.output(depth) } else { self.statements(count, depth + 1) }
    }

    fn loop_body(&mut self, variables: &[(&str, Kind)], depth: u32) -> Vec<Piece> {
        let mark = self.enter_loop();
        for (name, kind) in variables {
            self.declare(Variable::local(name, *kind));
        }
        let mut body = vec![Piece::Fuel];
        body.extend(self.open_body(depth));
        self.leave_loop(mark);
        body
    }

    fn declaration(&mut self, _: u32) -> Vec<Piece> {
        if self.dice.chance(12) {
            let kind = self.dice.pick(&KINDS[..4]);
            let name = format!("G_{}", self.fresh_name());
            let text = format!("{name} = plain({})", self.expression(kind));
            self.declare(Variable::local(&name, kind));
            return vec![Piece::Line(text)];
        }
        let count = self.dice.weighted(&[(8, 1), (3, 2), (1, 3)]);
        let kinds: Vec<Kind> = (0..count).map(|_| self.dice.pick(&KINDS)).collect();
        let mut values: Vec<String> = kinds.iter().map(|kind| self.expression(*kind)).collect();
        if count > 1 && self.dice.chance(15) {
            values.pop();
        } else if self.dice.chance(5) {
            values.push(self.expression(Kind::Any));
        }
        let mut names = Vec::new();
        for kind in kinds {
            let name = self.local_name();
            if self.dice.chance(12) {
                names.push(format!("{name} <const>"));
                self.declare(Variable::constant(&name, kind));
            } else {
                names.push(name.clone());
                self.declare(Variable::local(&name, kind));
            }
        }
        vec![Piece::Line(format!("local {} = {}", names.join(", "), values.join(", ")))]
    }

    fn assignment(&mut self, depth: u32) -> Vec<Piece> {
        let count = self.dice.weighted(&[(6, 1), (2, 2), (1, 3)]);
        let mut targets = Vec::new();
        let mut values = Vec::new();
        for _ in 0..count {
            let Some(variable) =
                self.variable(|variable| !variable.is_constant && variable.kind != Kind::Function)
            else {
                return self.declaration(depth);
            };
            values.push(self.bounded(variable.kind, variable.name.starts_with("G_")));
            targets.push(variable.name);
        }
        if let Some(record) = self.variable(|variable| matches!(variable.kind, Kind::Record | Kind::Object))
            && self.dice.chance(30)
        {
            targets.push(format!("{}.{}", record.name, self.dice.pick(&["x", "y", "z"])));
            values.push(self.bounded(Kind::Any, false));
        }
        vec![Piece::Line(format!("{} = {}", targets.join(", "), values.join(", ")))]
    }

    /// A value that may be assigned again and again without growing.
    fn bounded(&mut self, kind: Kind, is_global: bool) -> String {
        let value = self.expression(kind);
        match (is_global, value.contains('(') || value.contains("..")) {
            (true, _) => format!("plain({value})"),
            (false, true) => format!("cut({value})"),
            (false, false) => value,
        }
    }

    fn table_change(&mut self, depth: u32) -> Vec<Piece> {
        let Some(table) = self.variable(|variable| variable.kind == Kind::Sequence) else {
            return self.declaration(depth);
        };
        let table = &table.name;
        // What claims to be long would be moved for ages: hence no metatables where places are moved.
        let template = self.dice.pick(&[
            "T[#T + 1] = some(cut($a))",
            "table.insert(T, some($i))",
            "if not getmetatable(T) then table.insert(T, 1, some($s)) end",
            "table.insert(T, #T + 1, some($n))",
            "if not getmetatable(T) then show(pcall(table.insert, T, $i, some($n))) end",
            "show(pcall(table.insert, T))",
            "show(pcall(function() table.insert(T, 1, 2, 3) end))",
            "show(table.remove(T))",
            "if not getmetatable(T) then show(table.remove(T, 1)) end",
            "if not getmetatable(T) then show(pcall(table.remove, T, $k)) end",
            "show(pcall(table.sort, T))",
            "show(pcall(table.sort, T, function(a, b) tick() return a > b end))",
            "show(pcall(function() table.sort(T) end))",
            "show(pcall(table.sort, T, function(a, b) tick() return tostring(a) < tostring(b) end))",
            "show(pcall(table.sort, T, $f))",
            "show(pcall(table.concat, T, $s))",
            "show(#T, table.unpack(T))",
            "if T[2] ~= nil then T[2] = some($a) end",
            "T[#T] = nil",
            "T[$s] = nil",
            "T.x = cut($a)",
        ]);
        vec![Piece::Line(self.filled(&template.replace('T', table), DEPTH - 1))]
    }

    pub fn output(&mut self, _: u32) -> Vec<Piece> {
        let text = match self.dice.below(10) {
            0 => format!("print({})", self.expressions(0, 3)),
            1 => format!("io.write({}, '\\n')", self.expression(Kind::Text)),
            2 => format!("print(#{}, {})", self.expression(Kind::Text), self.expression(Kind::Boolean)),
            _ => format!("show({})", self.expressions(1, 3)),
        };
        vec![Piece::Line(text)]
    }

    fn condition(&mut self, depth: u32) -> Vec<Piece> {
        let test = self.expression(Kind::Boolean);
        let mut parts = vec![(format!("if {test} then"), self.body(depth))];
        while self.dice.chance(25) {
            let kind = self.dice.pick(&[Kind::Boolean, Kind::Any]);
            let test = self.expression(kind);
            parts.push((format!("elseif {test} then"), self.body(depth)));
        }
        if self.dice.chance(50) {
            parts.push(("else".to_string(), self.body(depth)));
        }
        vec![Piece::Block { parts, end: "end".to_string() }]
    }

    fn numeric_loop(&mut self, depth: u32) -> Vec<Piece> {
        let name = self.fresh_name();
        let (first, last) = (self.dice.below(3), self.dice.between(1, 4));
        let (bounds, kind) = match self.dice.below(8) {
            0 => (format!("{last}, {first}, -1"), Kind::Integer),
            1 => (format!("{first}.5, {last}"), Kind::Float),
            2 => (format!("{first}, {last}, 0.5"), Kind::Float),
            3 if self.wrongness > 0 => (format!("{first}, '{last}'"), Kind::Any),
            4 if self.wrongness > 0 => (self.filled("$n, $k", 1), Kind::Any),
            5 if self.wrongness > 0 => (self.filled("$k, $a, $i", 1), Kind::Any),
            _ => (format!("{first}, {last}"), Kind::Integer),
        };
        let body = self.loop_body(&[(&name, kind)], depth);
        vec![Piece::block(format!("for {name} = {bounds} do"), body, "end")]
    }

    fn loop_at_the_edge(&mut self, _: u32) -> Vec<Piece> {
        let name = self.fresh_name();
        let bounds = self.dice.pick(&[
            "math.maxinteger - 1, math.maxinteger",
            "math.mininteger + 1, math.mininteger, -1",
            "math.maxinteger, math.maxinteger + 1.0",
            "1, math.huge, math.maxinteger",
            "-1, -math.huge, math.mininteger",
            "1, 0",
            "1, 3, 0",
            "1.0, 3, 0",
            "1, 2, 1 << 62",
            "math.mininteger, math.maxinteger, 1 << 62",
            "0.1, 0.35, 0.1",
            "3, 1.5, -1",
            "1, 0/0",
            "0/0, 1",
            "1, 2.9",
            "-1, -2.9, -1",
            "1, {}",
            "'1', 2",
            "1, 2, 'x'",
            "nil, 2",
            "2^53, 2^53 + 2",
        ]);
        let body = vec![Piece::Fuel, Piece::Line(format!("show({name})"))];
        let block = Piece::block(format!("for {name} = {bounds} do"), body, "end");
        vec![Piece::block("show(pcall(function()", vec![block], "end))")]
    }

    fn generic_loop(&mut self, depth: u32) -> Vec<Piece> {
        let (key, value) = (self.fresh_name(), self.fresh_name());
        let (iterator, kinds) = match self.dice.below(9) {
            0 | 1 => (self.filled("ipairs($t)", 2), [Kind::Integer, Kind::Any]),
            2 => (self.filled("pairs({$e, $e, $e})", 1), [Kind::Integer, Kind::Any]),
            3 => (self.filled("string.gmatch($s, $p)", 1), [Kind::Text, Kind::Any]),
            4 => (self.filled("string.gmatch($s, $p, $k)", 1), [Kind::Text, Kind::Any]),
            5 if self.wrongness > 0 => (self.filled("utf8.codes($s)", 1), [Kind::Integer, Kind::Integer]),
            6 => (
                self.filled("function(s, c) tick() if c < $k then return c + 1, s end end, $a, 0", 1),
                [Kind::Integer, Kind::Any],
            ),
            7 => (
                self.filled("function(_, c) if c < 2 then return c + 1 end end, nil, 0, closer('for')", 1),
                [Kind::Integer, Kind::Any],
            ),
            _ if self.wrongness > 0 => (self.filled("$a", 1), [Kind::Any, Kind::Any]),
            _ => (self.filled("pairs({x = $a})", 1), [Kind::Any, Kind::Any]),
        };
        let body = self.loop_body(&[(&key, kinds[0]), (&value, kinds[1])], depth);
        vec![Piece::block(format!("for {key}, {value} in {iterator} do"), body, "end")]
    }

    fn counted_loop(&mut self, depth: u32) -> Vec<Piece> {
        let (counter, inner) = (self.fresh_name(), self.fresh_name());
        let limit = self.dice.between(1, 4);
        let count = Piece::Line(format!("{counter} = {counter} + 1"));
        let mark = self.enter_block();
        self.declare(Variable::constant(&counter, Kind::Integer));
        let block = if self.dice.chance(50) {
            let mut body = vec![count];
            body.extend(self.loop_body(&[], depth));
            Piece::block(format!("while {counter} < {limit} do"), body, "end")
        } else {
            // What the condition sees is a variable of the body, and one that a closure keeps.
            let mark = self.enter_loop();
            self.declare(Variable::constant(&inner, Kind::Integer));
            let mut body = vec![Piece::Fuel, count, Piece::Line(format!("local {inner} = {counter} * 2"))];
            let inside = self.enter_block();
            body.extend(self.open_body(depth));
            self.leave_block(inside);
            let template = self.dice.pick(&[
                "until IN >= LIMIT",
                "until (function() return IN >= LIMIT end)()",
                "until IN >= LIMIT or $b",
            ]);
            let end = self.filled(&template.replace("IN", &inner).replace("LIMIT", &limit.to_string()), 1);
            self.leave_loop(mark);
            let statements = body.split_off(3);
            body.push(Piece::block("do", statements, "end"));
            Piece::block("repeat", body, end)
        };
        self.leave_block(mark);
        vec![Piece::Line(format!("local {counter} = 0")), block]
    }

    fn jump_backwards(&mut self, depth: u32) -> Vec<Piece> {
        let (label, counter) = (self.fresh_name(), self.fresh_name());
        let mut body = vec![
            Piece::Line(format!("local {counter} = 0")),
            Piece::Line(format!("::{label}::")),
            Piece::Fuel,
            Piece::Line(format!("{counter} = {counter} + 1")),
        ];
        let mark = self.enter_block();
        self.declare(Variable::constant(&counter, Kind::Integer));
        body.push(Piece::block("do", self.open_body(depth), "end"));
        self.leave_block(mark);
        body.push(Piece::Line(format!("if {counter} < {} then goto {label} end", self.dice.between(2, 3))));
        vec![Piece::block("do", body, "end")]
    }

    fn jump_onwards(&mut self, depth: u32) -> Vec<Piece> {
        let (label, name) = (self.fresh_name(), self.fresh_name());
        let mark = self.enter_loop();
        self.declare(Variable::local(&name, Kind::Integer));
        let mut body = vec![Piece::Fuel];
        body.extend(self.open_body(depth));
        let test = self.expression(Kind::Boolean);
        body.push(Piece::Line(format!("if {test} then goto {label} end")));
        body.extend(self.open_body(depth));
        self.leave_loop(mark);
        body.push(Piece::Line(format!("::{label}::")));
        vec![Piece::block(format!("for {name} = 1, {} do", self.dice.between(2, 4)), body, "end")]
    }

    fn plain_block(&mut self, depth: u32) -> Vec<Piece> {
        vec![Piece::block("do", self.body(depth), "end")]
    }

    fn closing_block(&mut self, depth: u32) -> Vec<Piece> {
        let (name, text) = (self.fresh_name(), self.fresh_name());
        let values = [
            (6, "closer('TEXT')"),
            (1, "nil"),
            (1, "false"),
            (2, "closer('TEXT', $a)"),
            (1, "$o"),
            (1, "$a"),
        ];
        let template = self.dice.weighted(if self.wrongness > 0 { &values[..] } else { &values[..3] });
        let value = self.filled(&template.replace("TEXT", &text), 1);
        let mark = self.enter_block();
        let mut body = vec![Piece::Line(format!("local {name} <close> = {value}"))];
        self.declare(Variable::constant(&name, Kind::Any));
        body.extend(self.open_body(depth));
        self.leave_block(mark);
        vec![Piece::block("do", body, "end")]
    }

    /// `break`, `return`, and errors, under a condition more often than not.
    fn leaving(&mut self, depth: u32) -> Vec<Piece> {
        let result = self.result();
        let how = match self.dice.below(6) {
            0 | 1 if self.is_in_loop() => "break".to_string(),
            // A return from the main function would end the program without a word.
            2 if self.nesting() > 1 => format!("return {}", self.expression(result)),
            3 if self.nesting() > 1 => "return".to_string(),
            4 if self.wrongness > 0 => self.error(),
            5 if self.wrongness > 0 => self.filled("assert($a, $a)", 1),
            _ => return self.output(depth),
        };
        if self.dice.chance(15) && self.wrongness > 0 {
            return vec![Piece::Line(format!("do {how} end"))];
        }
        let test = self.expression(Kind::Boolean);
        vec![Piece::Line(format!("if {test} then {how} end"))]
    }

    /// A call of `error` with any kind of value.
    pub fn error(&mut self) -> String {
        let template = self.dice.pick(&[
            "error($s)",
            "error($s, 0)",
            "error($s, 1)",
            "error($s, 2)",
            "error($s, 3)",
            "error('failed', $k)",
            "error($n)",
            "error({code = $i})",
            "error(nil)",
            "error()",
            "error($b)",
            "error($o)",
            "error($a)",
            "error(setmetatable({}, {__tostring = function(...) return $s end}))",
            "error('a\\nb')",
        ]);
        self.filled(template, 1)
    }

    fn captured_variables(&mut self, depth: u32) -> Vec<Piece> {
        let (list, name, other) = (self.fresh_name(), self.fresh_name(), self.fresh_name());
        let function = self.dice.pick(&[
            "function() I = I + 1; J = J .. I; return I, J end",
            "function() J = I; return J end",
            "function(...) I = ... or I; return I, J, select('#', ...) end",
            "function() return function() I = I * 2; return I end end",
        ]);
        let function = function.replace('I', &name).replace('J', &other);
        let mark = self.enter_loop();
        self.declare(Variable::local(&name, Kind::Integer));
        let mut body = vec![
            Piece::Fuel,
            Piece::Line(format!("local {other} = {name} .. ''")),
            Piece::Line(format!("{list}[#{list} + 1] = {function}")),
        ];
        if self.dice.chance(40) {
            body.extend(self.open_body(depth));
        }
        self.leave_loop(mark);
        let head =
            self.dice.pick(&["for I = 1, 3 do", "for _, I in ipairs({4, 5, 6}) do"]).replace('I', &name);
        let last = format!("for _, f in ipairs({list}) do show(pcall(f)) show(pcall(f, 7)) end");
        vec![Piece::Line(format!("local {list} = {{}}")), Piece::block(head, body, "end"), Piece::Line(last)]
    }
}

/// A statement that is always the same.
pub fn line(text: &str) -> Piece {
    Piece::Line(text.to_string())
}
