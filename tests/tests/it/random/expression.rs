//! Expressions: leaves out of what is in scope and what is worth trying, and templates filled with smaller ones.
//!
//! Invariant: a hole gets what its template asks for, but for the share of wrong ones (`Writer::wrongness`).
//! Not here: statements (`statement.rs`).

use super::literal;
use super::template::{RISKY, TEMPLATES};
use super::writer::{Variable, Writer};

/// What an expression gives when nothing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Float,
    Text,
    Boolean,
    /// A table that is a list without holes.
    Sequence,
    /// A table with names as keys.
    Record,
    /// A table with metamethods.
    Object,
    /// A function whose signature is known, by name only.
    Function,
    /// Whatever it turns out to be. Never a table with holes.
    Any,
}

/// What parameters and results may be.
pub const KINDS: [Kind; 8] = [
    Kind::Integer,
    Kind::Float,
    Kind::Text,
    Kind::Boolean,
    Kind::Sequence,
    Kind::Record,
    Kind::Object,
    Kind::Any,
];

/// How deep templates go into each other.
pub const DEPTH: u32 = 3;

const CONVERSIONS: [(u32, char); 20] = [
    (6, 'd'),
    (2, 'i'),
    (3, 'u'),
    (3, 'x'),
    (2, 'X'),
    (2, 'o'),
    (2, 'c'),
    (5, 'f'),
    (3, 'e'),
    (2, 'E'),
    (6, 'g'),
    (2, 'G'),
    (3, 'a'),
    (1, 'A'),
    (8, 's'),
    (5, 'q'),
    (2, '%'),
    (1, 'y'),
    (1, 'F'),
    (1, 'n'),
];

/// How many of them there are; the rest is refused.
const KNOWN_CONVERSIONS: usize = CONVERSIONS.len() - 3;

impl Writer {
    /// An expression of one value.
    pub fn expression(&mut self, kind: Kind) -> String {
        self.expression_at(kind, DEPTH)
    }

    /// Several, separated by commas.
    pub fn expressions(&mut self, first: usize, last: usize) -> String {
        let count = self.dice.between(first, last);
        let all: Vec<String> = (0..count)
            .map(|_| {
                let kind = self.dice.pick(&KINDS);
                self.expression(kind)
            })
            .collect();
        all.join(", ")
    }

    fn expression_at(&mut self, kind: Kind, depth: u32) -> String {
        let kind = if self.dice.chance(self.wrongness) { self.dice.pick(&KINDS) } else { kind };
        if self.dice.chance(self.wrongness / 4) {
            return self
                .dice
                .pick(&["nil", "undefined", "undefined.field", "print", "coroutine.running()", "io.stderr"])
                .to_string();
        }
        if depth == 0 || self.dice.chance(25) {
            return self.leaf(kind, depth);
        }
        if self.dice.chance(12)
            && let Some(call) = self.call_of(kind, depth - 1)
        {
            return call;
        }
        let is_risky = self.wrongness > 0 && self.dice.chance(15 + self.wrongness);
        let tables = if is_risky { &RISKY[..] } else { &TEMPLATES[..] };
        let found = tables.iter().chain(&TEMPLATES).find(|(of, _)| *of == kind);
        let (_, templates) = found.unwrap_or(&TEMPLATES[0]);
        let template = self.dice.pick(templates);
        let text = self.filled(template, depth - 1);
        // Without parentheses precedence decides, now and then in ways that the template did not think of.
        let is_simple = !template.contains(' ') || template.starts_with('{');
        if is_simple || self.dice.chance(10) { text } else { format!("({text})") }
    }

    fn leaf(&mut self, kind: Kind, depth: u32) -> String {
        if self.dice.chance(70)
            && let Some(variable) = self.variable(|variable| {
                variable.kind == kind || (kind == Kind::Any && variable.kind != Kind::Function)
            })
        {
            return variable.name;
        }
        if kind == Kind::Any && self.is_vararg() && self.dice.chance(20) {
            return "(...)".to_string();
        }
        match kind {
            Kind::Integer => self.dice.pick(&literal::INTEGERS).to_string(),
            Kind::Float => self.dice.pick(&literal::FLOATS).to_string(),
            Kind::Text => self.dice.pick(&literal::TEXTS).to_string(),
            Kind::Boolean => self.dice.pick(&["true", "false"]).to_string(),
            Kind::Sequence => "{3, 1, 2}".to_string(),
            Kind::Record => "{x = 1, y = 'y'}".to_string(),
            Kind::Object => "setmetatable({x = 'object'}, {__name = 'Object'})".to_string(),
            Kind::Function => self.function(depth),
            Kind::Any => {
                let kind = self.dice.pick(&KINDS[..4]);
                self.leaf(kind, depth)
            }
        }
    }

    /// A template with its holes filled.
    pub fn filled(&mut self, template: &str, depth: u32) -> String {
        let mut text = String::new();
        let mut rest = template.chars();
        let mut is_quoted = false;
        while let Some(next) = rest.next() {
            is_quoted ^= next == '\'';
            match next {
                '$' => {
                    let hole = rest.next().expect("a hole has a letter");
                    let filling = self.hole(hole, depth);
                    let is_prefix =
                        "nsbtroaif".contains(hole) && rest.as_str().starts_with(['.', '[', '(', ':']);
                    if is_prefix && !is_name(&filling) {
                        text.push_str(&format!("({filling})"));
                    } else {
                        text.push_str(&filling);
                    }
                }
                // Messages name the line of an operator or a call, wherever its operands stand.
                ' ' if self.breaks_lines && !is_quoted && self.dice.chance(4) => text.push('\n'),
                other => text.push(other),
            }
        }
        text
    }

    fn hole(&mut self, hole: char, depth: u32) -> String {
        let kind = match hole {
            'i' => Kind::Integer,
            'n' => self.dice.pick(&[Kind::Integer, Kind::Float]),
            's' => Kind::Text,
            'b' => Kind::Boolean,
            't' => Kind::Sequence,
            'r' => Kind::Record,
            'o' => Kind::Object,
            'a' => Kind::Any,
            'e' => {
                let kind = self.dice.pick(&[Kind::Integer, Kind::Float, Kind::Text]);
                let text = self.expression_at(kind, depth);
                return if self.wrongness > 0 { format!("some({text})") } else { text };
            }
            'v' => return self.without_address(&[Kind::Integer, Kind::Float, Kind::Boolean], depth),
            'k' => return self.dice.below(7).to_string(),
            'p' if self.wrongness > 0 && self.dice.chance(15) => {
                return self.dice.pick(&literal::BAD_PATTERNS).to_string();
            }
            'p' => return self.dice.pick(&literal::PATTERNS).to_string(),
            'P' => return self.dice.pick(&literal::PACKINGS).to_string(),
            'C' => return self.conversions(depth),
            'f' => return self.function(depth),
            other => panic!("no hole is called {other}"),
        };
        let text = self.expression_at(kind, depth);
        // Two operators side by side could be read as another one, or as the beginning of a comment.
        if text.starts_with(['-', '~']) { format!("({text})") } else { text }
    }

    /// A value of one of these kinds, or nil where it would be one whose text has another length in each run.
    fn without_address(&mut self, kinds: &[Kind], depth: u32) -> String {
        let kind = self.dice.pick(kinds);
        let text = self.expression_at(kind, depth);
        if self.wrongness > 0 { format!("plain({text})") } else { text }
    }

    /// A function of one argument, on one line.
    fn function(&mut self, depth: u32) -> String {
        let name = self.fresh_name();
        let mark = self.enter_function(false, Kind::Any);
        self.declare(Variable::local(&name, Kind::Any));
        let result = self.expression_at(Kind::Any, depth.min(1));
        self.leave_function(mark);
        format!("function({name}) tick() return {result} end")
    }

    /// A call of a function in scope that gives such a value.
    fn call_of(&mut self, kind: Kind, depth: u32) -> Option<String> {
        let variable = self.variable(|variable| {
            variable.signature.as_ref().is_some_and(|signature| signature.result == kind)
        })?;
        Some(self.call(&variable, depth))
    }

    /// A call with the arguments that the signature asks for, more or less.
    pub fn call(&mut self, variable: &Variable, depth: u32) -> String {
        let signature = variable.signature.clone().expect("called only by signature");
        let mut arguments: Vec<String> =
            signature.parameters.iter().map(|kind| self.expression_at(*kind, depth)).collect();
        if signature.is_vararg {
            let more = self.dice.below(3);
            arguments.extend((0..more).map(|_| self.expression_at(Kind::Any, depth)));
        }
        if self.dice.chance(self.wrongness) {
            arguments.pop();
        }
        format!("{}({})", variable.name, arguments.join(", "))
    }

    /// A format and the arguments for it.
    fn conversions(&mut self, depth: u32) -> String {
        let mut format = String::new();
        let mut arguments = Vec::new();
        for _ in 0..self.dice.between(1, 3) {
            format.push_str(self.dice.pick(&["", " ", "x", "<", ", "]));
            let known = if self.wrongness > 0 { CONVERSIONS.len() } else { KNOWN_CONVERSIONS };
            let conversion = self.dice.weighted(&CONVERSIONS[..known]);
            format.push('%');
            if conversion != '%' && (conversion != 'q' || self.wrongness > 0) && self.dice.chance(45) {
                self.push_modifiers(&mut format, conversion);
            }
            format.push(conversion);
            let kind = match conversion {
                '%' => continue,
                's' => {
                    let kinds = [Kind::Text, Kind::Text, Kind::Integer, Kind::Float, Kind::Boolean];
                    arguments.push(self.without_address(&kinds, depth));
                    continue;
                }
                'd' | 'i' | 'u' | 'x' | 'X' | 'o' | 'c' => Kind::Integer,
                'a' | 'A' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                    self.dice.pick(&[Kind::Float, Kind::Integer])
                }
                _ => self.dice.pick(&[Kind::Text, Kind::Text, Kind::Integer, Kind::Float, Kind::Boolean]),
            };
            arguments.push(self.expression_at(kind, depth));
        }
        if self.dice.chance(self.wrongness) {
            arguments.pop();
        }
        let mut text = format!("'{format}'");
        for argument in arguments {
            text.push_str(", ");
            text.push_str(&argument);
        }
        text
    }

    fn push_modifiers(&mut self, format: &mut String, conversion: char) {
        let flags = match conversion {
            _ if self.dice.chance(self.wrongness * 2) => "-+ #0",
            'd' | 'i' => "-+0 ",
            'u' => "-0",
            'x' | 'X' | 'o' => "-#0",
            'c' | 's' => "-",
            _ => "-+ #0",
        };
        for flag in flags.chars() {
            if self.dice.chance(25) {
                format.push(flag);
            }
        }
        if self.dice.chance(60) {
            let widths = ["1", "3", "5", "10", "20", "99", "100"];
            let allowed = widths.len() - usize::from(self.wrongness == 0);
            format.push_str(self.dice.pick(&widths[..allowed]));
        }
        if conversion != 'c' && self.dice.chance(45) {
            format.push('.');
            let precisions = ["", "0", "1", "3", "5", "10", "20", "99", "100"];
            let allowed = precisions.len() - usize::from(self.wrongness == 0);
            format.push_str(self.dice.pick(&precisions[..allowed]));
        }
    }
}

/// Whether a text is a name, which needs no parentheses before a field or a call.
fn is_name(text: &str) -> bool {
    let is_word = text.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    is_word
        && text.starts_with(|first: char| first.is_alphabetic())
        && !["nil", "true", "false"].contains(&text)
}
