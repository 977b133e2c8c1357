//! Objects: tables whose metatables answer for many events.
//!
//! Invariant: every metamethod burns fuel, since one may call another.
//! Not here: the small ones inside expressions (`template.rs`).

use super::expression::Kind;
use super::program::Piece;
use super::writer::{Variable, Writer};

/// Each event with its parameters.
const EVENTS: [(&str, &str); 26] = [
    ("add", "a, b"),
    ("sub", "a, b"),
    ("mul", "a, b"),
    ("div", "a, b"),
    ("mod", "a, b"),
    ("pow", "a, b"),
    ("unm", "a"),
    ("idiv", "a, b"),
    ("band", "a, b"),
    ("bor", "a, b"),
    ("bxor", "a, b"),
    ("shl", "a, b"),
    ("shr", "a, b"),
    ("bnot", "a"),
    ("concat", "a, b"),
    ("len", "a"),
    ("eq", "a, b"),
    ("lt", "a, b"),
    ("le", "a, b"),
    ("index", "a, b"),
    ("newindex", "a, b, c"),
    ("call", "a, ..."),
    ("tostring", "a"),
    ("close", "a, b"),
    ("pairs", "a"),
    ("name", ""),
];

impl Writer {
    pub fn object(&mut self, depth: u32) -> Vec<Piece> {
        let name = self.local_name();
        let mut fields = Vec::new();
        for _ in 0..self.dice.between(1, 5) {
            let (event, parameters) = self.dice.pick(&EVENTS);
            fields.push(self.metamethod(event, parameters, depth));
        }
        let start = self.filled("{x = $a, y = $n}", 1);
        let head = format!("local {name} = setmetatable({start}, {{");
        self.declare(Variable::local(&name, Kind::Object));
        let mut pieces = vec![Piece::block(head, fields, "})")];
        let template = self.dice.pick(&[
            "show(pcall(function(...) return O + $a, O - $n, $n * O end))",
            "show(pcall(function(...) return O < $a end))",
            "show(pcall(function(...) return O == $o, O ~= $a end))",
            "show(pcall(function(...) return O .. $s, $n .. O end))",
            "show(pcall(function(...) return O($a, $a) end))",
            "show(pcall(function(...) return O.z, O[$a] end))",
            "show(pcall(function(...) O.z = $a return O.z end))",
            "show(pcall(function(...) return #O, -O, ~O end))",
            "show(pcall(function(...) return O & $i, O | $n, $s ~ O end))",
            "show(pcall(function(...) for k, v in pairs(O) do tick() return k ~= nil end end))",
            "show(pcall(tostring, O))",
            "show(pcall(string.format, '%s', O))",
            "show(O.x, rawget(O, 'x'), rawequal(O, O))",
            "show(pcall(setmetatable, O, {}))",
            "show(pcall(ipairs, O))",
            "show(pcall(function(...) local c <close> = O end))",
            "show(pcall(table.concat, O))",
            "show(pcall(table.unpack, O, 1, 2))",
            "show(pcall(string.rep, O))",
        ]);
        pieces.push(Piece::Line(self.filled(&template.replace('O', &name), 1)));
        pieces
    }

    fn metamethod(&mut self, event: &str, parameters: &str, depth: u32) -> Piece {
        if event == "name" {
            return Piece::Line(format!("__name = {},", self.expression(Kind::Text)));
        }
        if matches!(event, "index" | "newindex") && self.dice.chance(40) {
            return Piece::Line(format!("__{event} = {},", self.expression(Kind::Record)));
        }
        if self.dice.chance(6) {
            return Piece::Line(format!("__{event} = {},", self.expression(Kind::Any)));
        }
        let kind = match event {
            "tostring" => Kind::Text,
            "eq" | "lt" | "le" => Kind::Boolean,
            _ => Kind::Any,
        };
        let mark = self.enter_function(parameters.ends_with("..."), kind);
        for name in parameters.split(", ").filter(|name| *name != "...") {
            self.declare(Variable::local(name, Kind::Any));
        }
        let mut body = vec![Piece::Fuel];
        if self.dice.chance(40) {
            body.extend(self.open_body(depth + 1));
        }
        let result = match event {
            "pairs" => "return next, {x = 1}, nil".to_string(),
            "newindex" => "rawset(a, b, cut(c))".to_string(),
            _ => format!("return {}", self.expression(kind)),
        };
        body.push(Piece::Line(result));
        self.leave_function(mark);
        Piece::block(format!("__{event} = function({parameters})"), body, "end,")
    }
}
