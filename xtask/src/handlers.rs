//! The machine code of the interpreter's handlers, as users get it: what makes the loop fast, and keeps a long loop
//! from filling the stack, is a matter of how they were compiled.
//!
//! Invariant: nothing is executed; the release program is read.
//! Not here: how the handlers are written (`vm/src/interp/handlers.rs`).

use crate::step::build_release;
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic};
use object::{Object, ObjectSegment, ObjectSymbol};
use std::collections::BTreeMap;

/// Where the handlers are: a name follows, then nothing.
const MODULES: &str = "interp::handlers::";

/// Handlers that need more registers than are free. The fewer, the better: each push costs what a whole operand does.
const SAVES_REGISTERS: &[&str] = &[
    "op_call",
    "op_equal_constant",
    "op_floor_div",
    "op_floor_div_constant",
    "op_length",
    "op_load_nil",
    "op_return",
    "op_self",
    "op_set_tab_up",
    "op_set_tab_up_k",
    "op_tail_call",
    "op_test_set",
];

/// `cargo xtask handlers`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("usage: cargo xtask handlers".to_string());
    }
    if cfg!(not(target_arch = "x86_64")) {
        println!("this chore reads the machine code of x86-64 only");
        return Ok(());
    }
    let program = build_release()?.join("requiem");
    let program = std::fs::read(&program).map_err(|error| format!("{}: {error}", program.display()))?;
    let handlers = handlers(&program)?;
    let mut faults = Vec::new();
    for (name, code) in &handlers {
        if has(code, &[Mnemonic::Call, Mnemonic::Ret]) {
            faults.push(format!("{name} calls or returns instead of jumping to the next handler"));
        }
        match (has(code, &[Mnemonic::Push]), SAVES_REGISTERS.contains(&name.as_str())) {
            (true, false) => faults.push(format!("{name} saves registers")),
            (false, true) => faults.push(format!("{name} saves no registers any more: take it off the list")),
            _ => {}
        }
    }
    println!("{} hot handlers, {} of which save registers", handlers.len(), SAVES_REGISTERS.len());
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn has(code: &[Instruction], mnemonics: &[Mnemonic]) -> bool {
    code.iter().any(|instruction| mnemonics.contains(&instruction.mnemonic()))
}

/// The code of the hot handlers by name: those whose work is not that of a function `body` of the runtime.
fn handlers(program: &[u8]) -> Result<BTreeMap<String, Vec<Instruction>>, String> {
    let file = object::File::parse(program).map_err(|error| error.to_string())?;
    let functions: Vec<(String, u64, u64)> = file
        .symbols()
        .filter_map(|symbol| {
            let path = format!("{:#}", rustc_demangle::demangle(symbol.name().ok()?));
            let (_module, name) = path.split(MODULES).nth(1)?.split_once("::")?;
            Some((name.to_string(), symbol.address(), symbol.size()))
        })
        .collect();
    let is_slow = |name: &str| functions.iter().any(|(other, ..)| *other == format!("{name}::body"));
    let hot = functions
        .iter()
        .filter(|(name, ..)| name.starts_with("op_") && !name.contains("::") && !is_slow(name));
    let decoded: BTreeMap<_, _> = hot
        .filter_map(|(name, address, size)| {
            let code =
                file.segments().find_map(|segment| segment.data_range(*address, *size).ok().flatten())?;
            let decoder = Decoder::with_ip(64, code, *address, DecoderOptions::NONE);
            Some((name.clone(), decoder.into_iter().collect()))
        })
        .collect();
    if decoded.is_empty() { Err("the program has no symbols".to_string()) } else { Ok(decoded) }
}
