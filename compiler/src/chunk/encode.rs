//! A prototype to bytes.

use super::{BRAND, CONVERSION_TRAP, Chunk, FLOAT_SAMPLE, FORMAT, INTEGER_SAMPLE, MAGIC, VERSION, tag};
use crate::prototype::{Constant, Prototype};
use dumpfmt::fingerprint::BYTECODE_FINGERPRINT;

impl Chunk {
    /// The chunk as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, FORMAT]);
        bytes.extend_from_slice(CONVERSION_TRAP);
        bytes.extend([size_of::<u32>(), size_of::<i64>(), size_of::<f64>()].map(|size| size as u8));
        bytes.extend_from_slice(&INTEGER_SAMPLE.to_le_bytes());
        bytes.extend_from_slice(&FLOAT_SAMPLE.to_le_bytes());
        bytes.extend_from_slice(BRAND);
        bytes.extend_from_slice(&BYTECODE_FINGERPRINT.to_le_bytes());
        optional(&mut bytes, self.source.as_deref());
        function(&mut bytes, &self.main);
        bytes
    }
}

fn function(bytes: &mut Vec<u8>, function_: &Prototype) {
    let Prototype {
        code,
        lines,
        constants,
        children,
        upvalues,
        locals,
        line_defined,
        last_line_defined,
        parameter_count,
        is_vararg,
        register_count,
    } = function_;
    number(bytes, (*line_defined).into());
    number(bytes, (*last_line_defined).into());
    bytes.extend_from_slice(&[*parameter_count, (*is_vararg).into(), *register_count]);
    number(bytes, code.len() as u64);
    for word in code {
        bytes.extend_from_slice(&word.0.to_le_bytes());
    }
    number(bytes, constants.len() as u64);
    for value in constants {
        constant(bytes, value);
    }
    number(bytes, upvalues.len() as u64);
    for upvalue in upvalues {
        let flags = u8::from(upvalue.in_stack) | u8::from(upvalue.is_constant) << 1;
        bytes.extend_from_slice(&[flags, upvalue.index]);
        optional(bytes, upvalue.name.as_deref());
    }
    number(bytes, children.len() as u64);
    for child in children {
        function(bytes, child);
    }
    number(bytes, lines.len() as u64);
    let mut previous = 0;
    for &line in lines {
        let distance = i64::from(line) - previous;
        number(bytes, (distance << 1 ^ distance >> 63) as u64);
        previous = line.into();
    }
    number(bytes, locals.len() as u64);
    for local in locals {
        string(bytes, &local.name);
        bytes.push(local.register);
        number(bytes, local.start_pc.into());
        number(bytes, (local.end_pc - local.start_pc).into());
    }
}

fn constant(bytes: &mut Vec<u8>, constant: &Constant) {
    match constant {
        Constant::Nil => bytes.push(tag::NIL),
        Constant::Boolean(false) => bytes.push(tag::FALSE),
        Constant::Boolean(true) => bytes.push(tag::TRUE),
        Constant::Integer(integer) => {
            bytes.push(tag::INTEGER);
            bytes.extend_from_slice(&integer.to_le_bytes());
        }
        Constant::Float(float) => {
            bytes.push(tag::FLOAT);
            bytes.extend_from_slice(&float.to_le_bytes());
        }
        Constant::String(text) => {
            bytes.push(tag::STRING);
            string(bytes, text);
        }
    }
}

fn string(bytes: &mut Vec<u8>, text: &[u8]) {
    number(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

/// A string that may be absent: 0, or its length and one.
fn optional(bytes: &mut Vec<u8>, text: Option<&[u8]>) {
    number(bytes, text.map_or(0, |text| text.len() as u64 + 1));
    bytes.extend_from_slice(text.unwrap_or_default());
}

/// Seven bits a byte, the lowest first; the last byte has its high bit clear.
fn number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
