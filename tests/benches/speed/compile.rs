//! Lexing, parsing and emission; and the same with bringing the result into a heap, which verifies it.
//!
//! Not here: running it (`interpret.rs`).

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput};

use super::runtime::{Runtime, source};
use tests::binaries::workspace_root;

const GENERATED_BYTES: usize = 1 << 20;

/// The groups `compile` and `compile and load`.
pub fn groups(criterion: &mut Criterion) {
    let orders = workspace_root().join("examples/orders.lua");
    let texts = [
        ("functions, 1 MB", functions()),
        ("data, 1 MB", data()),
        ("comments, 1 MB", comments()),
        ("orders.lua", std::fs::read_to_string(orders).expect("the example")),
        ("sessions.lua", source("sessions.lua")),
    ];

    let mut group = criterion.benchmark_group("compile");
    for (name, text) in &texts {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| compiler::compile(black_box(text.as_bytes()), b"@bench.lua").expect("a chunk"));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("compile and load");
    for (name, text) in &texts[..2] {
        let mut runtime = Runtime::new();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| runtime.load("loaded", text));
            runtime.collect();
        });
    }
    group.finish();
}

/// Many functions as people write them.
fn functions() -> String {
    let mut text = String::with_capacity(GENERATED_BYTES + 1024);
    text.push_str("local accounts = {}\n");
    let mut number = 0;
    while text.len() < GENERATED_BYTES {
        let _ = write!(
            text,
            r#"
--- Moves an amount between two accounts; answers what is left.
function accounts.transfer_{number}(from, to, amount, options)
  local fee = options and options.fee or {number} * 0.01
  if type(amount) ~= "number" or amount <= 0 then
    error(("amount %s is refused (%d)"):format(tostring(amount), {number}), 2)
  elseif from.balance - amount < -(from.limit or 0) then
    return nil, "not enough on account " .. from.name
  end
  for index, entry in ipairs(from.entries) do
    if entry.id == {number} and not entry.closed then
      entry.closed, entry.at = true, index
      goto found
    end
  end
  from.entries[#from.entries + 1] = {{ id = {number}, to = to.name, amount = amount, tags = {{ "x", 'y' }} }}
  ::found::
  from.balance, to.balance = from.balance - amount - fee, to.balance + amount
  return function() return from.balance // 1 & 0xff, to.balance end
end
"#
        );
        number += 1;
    }
    text.push_str("return accounts\n");
    text
}

/// One large table constructor, as data files are.
fn data() -> String {
    let mut text = String::with_capacity(GENERATED_BYTES + 1024);
    text.push_str("return {\n");
    let mut number = 0;
    while text.len() < GENERATED_BYTES {
        let _ = writeln!(
            text,
            "  {{ id = {number}, name = \"item {number}\", price = {}.25, [\"in stock\"] = {}, sizes = {{ 1, 2, 0x3f, -4e-3 }} }},",
            number % 1000,
            number % 3 == 0
        );
        number += 1;
    }
    text.push_str("}\n");
    text
}

/// What only the lexer sees.
fn comments() -> String {
    let mut text = String::with_capacity(GENERATED_BYTES + 1024);
    while text.len() < GENERATED_BYTES {
        text.push_str("-- A line that says why the next one is as it is, and nothing that it says itself.\n");
        text.push_str("--[==[ A longer piece, [[with brackets]] in it,\n   over two lines. ]==]\ndo end\n");
    }
    text
}
