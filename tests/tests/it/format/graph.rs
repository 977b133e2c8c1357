//! Random heaps: a description, the Lua program that builds it, and the canonical form of what was built.
//!
//! A graph has tables (cycles, sharing, metatables, keys of every kind), scopes whose closures share variables,
//! and coroutines suspended in the middle of a loop. Everything hangs on one root.
//! Invariant: `canonical` is computed from the description alone, so that the VM, the dump and the inspector
//! cannot all be wrong in the same way.
//! Not here: running the programs (`round_trip.rs`).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write;

use proptest::prelude::*;

/// The printer that every program carries.
const PRINTER: &str = include_str!("../../../format/canonical.lua");

/// What a program's error message says, so that a test knows that it died as it should.
pub const LAST_WORDS: &str = "the graph stands";

/// A value, objects by number.
#[derive(Clone, Debug)]
pub enum Value {
    Nil,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(Vec<u8>),
    Table(usize),
    Closure(usize),
    Coroutine(usize),
}

/// A key of a table, ordered as the canonical form orders keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Integer(i64),
    /// Half of an odd number, so that it is no integer; this is the odd number.
    Half(i32),
    String(Vec<u8>),
    Boolean(bool),
    /// By number, which is also the table's label.
    Table(usize),
}

#[derive(Clone, Debug)]
pub struct Table {
    entries: Vec<(Key, Value)>,
    /// Integer keys 1 to this number are filled first, so that there is an array to speak of.
    filled: u8,
    /// String keys that are set and erased again, so that the hash part has graves.
    erased: u8,
    metatable: Option<usize>,
}

/// Variables that closures share.
#[derive(Clone, Debug)]
pub struct Scope {
    variables: Vec<Value>,
    /// Each closure as the sorted numbers of the variables that it captures.
    closures: Vec<Vec<usize>>,
}

#[derive(Clone, Debug)]
pub struct Coroutine {
    arguments: [Value; 2],
    limit: u8,
    /// 0: never resumed. At most `limit`: suspended in that turn of its loop. More: dead.
    turns: u8,
}

#[derive(Clone, Debug)]
pub struct Graph {
    tables: Vec<Table>,
    /// The variables of the first scope are still open when the program dies, those of the others are closed.
    scopes: Vec<Scope>,
    coroutines: Vec<Coroutine>,
}

/// Graphs of up to a dozen objects of each kind.
pub fn graphs() -> impl Strategy<Value = Graph> {
    let tables = prop::collection::vec(table(), 1..10);
    let scopes = prop::collection::vec(scope(), 1..4);
    let coroutines = prop::collection::vec(coroutine(), 0..5);
    (tables, scopes, coroutines).prop_map(|(tables, scopes, coroutines)| {
        let mut graph = Graph { tables, scopes, coroutines };
        graph.bring_references_into_range();
        graph
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Nil),
        1 => any::<bool>().prop_map(Value::Boolean),
        2 => prop_oneof![any::<i64>(), -3..100i64].prop_map(Value::Integer),
        1 => any::<f64>().prop_filter("NaN has many forms", |x| !x.is_nan()).prop_map(Value::Float),
        2 => string().prop_map(Value::String),
        4 => any::<u16>().prop_map(|n| Value::Table(n.into())),
        2 => any::<u16>().prop_map(|n| Value::Closure(n.into())),
        1 => any::<u16>().prop_map(|n| Value::Coroutine(n.into())),
    ]
}

/// Short strings are interned and long ones are not, so both occur.
fn string() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..12),
        1 => prop::collection::vec(prop::num::u8::ANY, 38..90),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        3 => prop_oneof![-2..20i64, any::<i64>()].prop_map(Key::Integer),
        1 => any::<i16>().prop_map(|n| Key::Half(i32::from(n) * 2 + 1)),
        4 => string().prop_map(Key::String),
        1 => any::<bool>().prop_map(Key::Boolean),
        1 => any::<u16>().prop_map(|n| Key::Table(n.into())),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    let entries = prop::collection::vec((key(), value()), 0..12);
    let metatable = prop::option::weighted(0.3, any::<u16>().prop_map(usize::from));
    (entries, 0..40u8, 0..6u8, metatable).prop_map(|(entries, filled, erased, metatable)| Table {
        entries,
        filled,
        erased,
        metatable,
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    let variables = prop::collection::vec(value(), 1..6);
    let closures = prop::collection::vec(prop::collection::btree_set(0..6usize, 1..5), 1..5);
    (variables, closures).prop_map(|(variables, closures)| Scope {
        closures: closures.into_iter().map(|set| set.into_iter().collect()).collect(),
        variables,
    })
}

fn coroutine() -> impl Strategy<Value = Coroutine> {
    (value(), value(), 1..4u8, 0..5u8).prop_map(|(a, b, limit, turns)| Coroutine {
        arguments: [a, b],
        limit,
        turns,
    })
}

impl Graph {
    /// The strategies know no sizes, so every number is taken modulo what there is.
    fn bring_references_into_range(&mut self) {
        let tables = self.tables.len();
        let closures: usize = self.scopes.iter().map(|scope| scope.closures.len()).sum();
        let coroutines = self.coroutines.len();
        let bring = |value: &mut Value| match value {
            Value::Table(n) => *n %= tables,
            Value::Closure(n) => *n %= closures,
            Value::Coroutine(n) if coroutines > 0 => *n %= coroutines,
            Value::Coroutine(_) => *value = Value::Nil,
            _ => {}
        };
        for table in &mut self.tables {
            for (key, value) in &mut table.entries {
                bring(value);
                if let Key::Table(n) = key {
                    *n %= tables;
                }
            }
            // The label is what keys of kind table are ordered by, and stays.
            table.entries.retain(|(key, _)| *key != Key::String(b"label".to_vec()));
            table.metatable = table.metatable.map(|n| n % tables);
        }
        for scope in &mut self.scopes {
            scope.variables.iter_mut().for_each(bring);
            let count = scope.variables.len();
            for closure in &mut scope.closures {
                closure.iter_mut().for_each(|n| *n %= count);
                closure.sort_unstable();
                closure.dedup();
            }
        }
        for coroutine in &mut self.coroutines {
            coroutine.arguments.iter_mut().for_each(bring);
        }
    }

    /// The program that builds the graph, prints its canonical form and dies.
    pub fn program(&self) -> String {
        let mut text = String::from(PRINTER);
        text.push_str("\nlocal T, F, C, set, report = {}, {}, {}, {}, {}\n");
        let _ = writeln!(text, "for i = 1, {} do T[i] = {{label = i}} end", self.tables.len());
        let mut closure = 0;
        for (s, scope) in self.scopes.iter().enumerate() {
            let names: Vec<String> = (1..=scope.variables.len()).map(|v| variable_name(s, v)).collect();
            let is_open = s == 0;
            text.push_str(if is_open { "" } else { "do\n" });
            let _ = writeln!(text, "local {}", names.join(", "));
            for captured in &scope.closures {
                closure += 1;
                let parts: Vec<String> = captured
                    .iter()
                    .map(|v| format!("\"{0}\", \"{0}\", {0}", variable_name(s, v + 1)))
                    .collect();
                let _ = writeln!(text, "F[{closure}] = function() return {} end", parts.join(", "));
            }
            let _ = writeln!(text, "set[{}] = function(...) {} = ... end", s + 1, names.join(", "));
            text.push_str(if is_open { "" } else { "end\n" });
        }
        text.push_str("local function suspend(z, ...) coroutine.yield(0, \"z\", z, ...) end\n");
        for (c, coroutine) in self.coroutines.iter().enumerate() {
            let _ = writeln!(
                text,
                "C[{}] = coroutine.create(function(a, b)\n  local x = a\n  for i = 1, {} do\n    local y = b\n    \
                 suspend(x, 1, \"a\", a, 1, \"b\", b, 1, \"i\", i, 1, \"x\", x, 1, \"y\", y)\n  end\nend)",
                c + 1,
                coroutine.limit
            );
        }
        self.fill(&mut text);
        text.push_str("root = {}\nfor _, list in ipairs {T, F, C} do\n");
        text.push_str("  for _, object in ipairs(list) do root[#root + 1] = object end\nend\n");
        let _ = writeln!(text, "canonical(root, report)\nerror(\"{LAST_WORDS}\")");
        text
    }

    /// Everything that needs all objects to be there.
    fn fill(&self, text: &mut String) {
        for (t, table) in self.tables.iter().enumerate() {
            let t = t + 1;
            let _ = writeln!(text, "for i = 1, {} do T[{t}][i] = i * 7 end", table.filled);
            let _ = writeln!(text, "for i = 1, {} do T[{t}][\"gone\" .. i] = i end", table.erased);
            for (key, value) in &table.entries {
                let _ = writeln!(text, "T[{t}][{}] = {}", key_source(key), source(value));
            }
            let _ = writeln!(text, "for i = 1, {} do T[{t}][\"gone\" .. i] = nil end", table.erased);
            if let Some(metatable) = table.metatable {
                let _ = writeln!(text, "setmetatable(T[{t}], T[{}])", metatable + 1);
            }
        }
        for (s, scope) in self.scopes.iter().enumerate() {
            let values: Vec<String> = scope.variables.iter().map(source).collect();
            let _ = writeln!(text, "set[{}]({})", s + 1, values.join(", "));
        }
        for (c, coroutine) in self.coroutines.iter().enumerate() {
            let [a, b] = &coroutine.arguments;
            let _ = writeln!(
                text,
                "for turn = 1, {} do\n  report[C[{1}]] = table.pack(select(2, coroutine.resume(C[{1}], {2}, {3})))\nend",
                coroutine.turns.min(coroutine.limit + 1),
                c + 1,
                source(a),
                source(b)
            );
        }
    }

    /// What the program must print.
    pub fn canonical(&self) -> String {
        Numbering { graph: self, numbers: HashMap::new(), counts: HashMap::new(), queue: VecDeque::new() }
            .print()
    }

    fn closure(&self, number: usize) -> (usize, &[usize]) {
        let all =
            self.scopes.iter().enumerate().flat_map(|(s, scope)| scope.closures.iter().map(move |c| (s, c)));
        let (scope, captured) = all.into_iter().nth(number).expect("references are in range");
        (scope, captured)
    }
}

fn variable_name(scope: usize, variable: usize) -> String {
    format!("s{scope}v{variable}")
}

fn source(value: &Value) -> String {
    match value {
        Value::Nil => "nil".to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(i64::MIN) => "math.mininteger".to_string(),
        Value::Integer(value) => value.to_string(),
        // Through its bits: the numerals of Lua are another test's subject.
        Value::Float(value) => format!("(string.unpack(\"<d\", \"{}\"))", escaped(&value.to_le_bytes())),
        Value::String(bytes) => format!("\"{}\"", escaped(bytes)),
        Value::Table(n) => format!("T[{}]", n + 1),
        Value::Closure(n) => format!("F[{}]", n + 1),
        Value::Coroutine(n) => format!("C[{}]", n + 1),
    }
}

fn key_source(key: &Key) -> String {
    match key {
        Key::Integer(value) => source(&Value::Integer(*value)),
        Key::Half(value) => format!("{value} / 2"),
        Key::String(bytes) => source(&Value::String(bytes.clone())),
        Key::Boolean(value) => value.to_string(),
        Key::Table(n) => source(&Value::Table(*n)),
    }
}

/// Bytes as the canonical form and the programs write them.
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ');
        if is_plain {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "\\{byte:03}");
        }
    }
    text
}

/// An object of the graph, or the root that holds them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Object {
    Root,
    Table(usize),
    Closure(usize),
    Coroutine(usize),
    Variable(usize, usize),
}

/// The canonical form while it is made.
struct Numbering<'a> {
    graph: &'a Graph,
    numbers: HashMap<Object, String>,
    counts: HashMap<char, usize>,
    queue: VecDeque<Object>,
}

impl Numbering<'_> {
    fn print(mut self) -> String {
        let mut text = String::new();
        self.number(Object::Root);
        while let Some(object) = self.queue.pop_front() {
            self.print_object(object, &mut text);
        }
        text
    }

    fn number(&mut self, object: Object) -> String {
        if let Some(known) = self.numbers.get(&object) {
            return known.clone();
        }
        let prefix = match object {
            Object::Root | Object::Table(_) => 'T',
            Object::Closure(_) => 'F',
            Object::Coroutine(_) => 'C',
            Object::Variable(..) => 'U',
        };
        let count = self.counts.entry(prefix).or_insert(0);
        *count += 1;
        let number = format!("{prefix}{count}");
        self.numbers.insert(object, number.clone());
        if prefix != 'U' {
            self.queue.push_back(object);
        }
        number
    }

    fn value(&mut self, value: &Value) -> String {
        match value {
            Value::Nil => "nil".to_string(),
            Value::Boolean(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Float(value) => format!("f{:016x}", value.to_bits()),
            Value::String(bytes) => format!("\"{}\"", escaped(bytes)),
            Value::Table(n) => self.number(Object::Table(*n)),
            Value::Closure(n) => self.number(Object::Closure(*n)),
            Value::Coroutine(n) => self.number(Object::Coroutine(*n)),
        }
    }

    fn key(&mut self, key: &Key) -> String {
        match key {
            Key::Integer(value) => value.to_string(),
            Key::Half(value) => self.value(&Value::Float(f64::from(*value) / 2.0)),
            Key::String(bytes) => self.value(&Value::String(bytes.clone())),
            Key::Boolean(value) => value.to_string(),
            Key::Table(n) => self.number(Object::Table(*n)),
        }
    }

    fn print_object(&mut self, object: Object, text: &mut String) {
        let number = self.numbers[&object].clone();
        match object {
            Object::Root => self.print_root(&number, text),
            Object::Table(n) => self.print_table(&number, n, text),
            Object::Closure(n) => {
                let _ = writeln!(text, "{number}");
                let (scope, captured) = self.graph.closure(n);
                for variable in captured {
                    let label = self.number(Object::Variable(scope, *variable));
                    let value = self.value(&self.graph.scopes[scope].variables[*variable]);
                    let _ = writeln!(text, "  {} {label} = {value}", variable_name(scope, variable + 1));
                }
            }
            Object::Coroutine(n) => self.print_coroutine(&number, n, text),
            Object::Variable(..) => unreachable!("variables are never queued"),
        }
    }

    fn print_root(&mut self, number: &str, text: &mut String) {
        let _ = writeln!(text, "{number} meta=none");
        let closures: usize = self.graph.scopes.iter().map(|scope| scope.closures.len()).sum();
        let tables = (0..self.graph.tables.len()).map(Object::Table);
        let coroutines = (0..self.graph.coroutines.len()).map(Object::Coroutine);
        for (i, object) in tables.chain((0..closures).map(Object::Closure)).chain(coroutines).enumerate() {
            let shown = self.number(object);
            let _ = writeln!(text, "  [{}] = {shown}", i + 1);
        }
    }

    fn print_table(&mut self, number: &str, n: usize, text: &mut String) {
        let table = &self.graph.tables[n];
        let metatable = table.metatable.map(|meta| self.number(Object::Table(meta)));
        let _ = writeln!(text, "{number} meta={}", metatable.as_deref().unwrap_or("none"));
        let mut entries: BTreeMap<Key, Value> = BTreeMap::new();
        entries.insert(Key::String(b"label".to_vec()), Value::Integer(n as i64 + 1));
        for i in 1..=i64::from(table.filled) {
            entries.insert(Key::Integer(i), Value::Integer(i * 7));
        }
        for (key, value) in &table.entries {
            entries.insert(key.clone(), value.clone());
        }
        for (key, value) in entries.iter().filter(|(_, value)| !matches!(value, Value::Nil)) {
            let shown = self.key(key);
            let value = self.value(value);
            let _ = writeln!(text, "  [{shown}] = {value}");
        }
    }

    fn print_coroutine(&mut self, number: &str, n: usize, text: &mut String) {
        let coroutine = &self.graph.coroutines[n];
        let is_dead = coroutine.turns > coroutine.limit;
        let _ = writeln!(text, "{number} {}", if is_dead { "dead" } else { "suspended" });
        if is_dead || coroutine.turns == 0 {
            return;
        }
        let [a, b] = &coroutine.arguments;
        let turn = Value::Integer(coroutine.turns.into());
        for (frame, name, value) in
            [(0, "z", a), (1, "a", a), (1, "b", b), (1, "i", &turn), (1, "x", a), (1, "y", b)]
        {
            let value = self.value(value);
            let _ = writeln!(text, "  {frame} {name} = {value}");
        }
    }
}
