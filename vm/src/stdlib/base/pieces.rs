//! A chunk that a function delivers in pieces.
//!
//! Like the reference it asks for no more of them than the chunk needs: a binary chunk says where it ends, and is
//! refused at the first byte that is wrong.
//!
//! Invariant: after a failure the function is not called again.
//! Not here: chunks that are there as a whole (`base.rs`).

use super::{ChunkKind, accept, compile_chunk, decoded};
use crate::interp::{Raise, Str, Vm};
use compiler::{Source, chunk};
use dumpfmt::layout::value::{self, Value};

/// The longest text that the compiler takes.
const TEXT_BYTES_MAX: u64 = u32::MAX as u64;

/// What a reader function still has to give.
struct Pieces {
    reader: Value,
    byte_count: u64,
    byte_count_max: u64,
    /// What it threw, or what is wrong with what it returned.
    failure: Option<Value>,
}

/// Loads the chunk that `reader` delivers; `Ok(Err(error))` when it is none, or when `reader` fails.
pub fn load_pieces(
    vm: &mut Vm,
    reader: Value,
    name: &[u8],
    mode: &[u8],
    environment: Value,
) -> Result<Result<Value, Value>, Raise> {
    let byte_count_max = vm.heap_bytes_max();
    let mut pieces = Pieces { reader, byte_count: 0, byte_count_max, failure: None };
    let mut text = Vec::new();
    let mut has_more = pieces.append_next(vm, &mut text);
    let loaded = match accept(&Source::of_string(&text, name), mode) {
        Ok(ChunkKind::Binary(_)) => {
            let mut first = Some(text);
            let read = chunk::decode_pieces(&mut |buffer| match first.take() {
                Some(piece) => {
                    buffer.extend_from_slice(&piece);
                    true
                }
                None => pieces.append_next(vm, buffer),
            });
            decoded(vm, read, name, environment)?
        }
        Ok(ChunkKind::Text) => {
            while has_more && pieces.byte_count <= TEXT_BYTES_MAX {
                has_more = pieces.append_next(vm, &mut text);
            }
            match pieces.failure {
                Some(_) => Err(Vec::new()),
                None => compile_chunk(vm, Source::of_string(&text, name), mode, environment)?,
            }
        }
        Err(message) => Err(message),
    };
    match (pieces.failure, loaded) {
        (Some(failure), _) => Ok(Err(failure)),
        (None, Ok(function)) => Ok(Ok(function)),
        (None, Err(message)) => Ok(Err(vm.string(&message)?.value())),
    }
}

impl Pieces {
    /// Calls the function; false when nothing comes any more.
    fn append_next(&mut self, vm: &mut Vm, text: &mut Vec<u8>) -> bool {
        match self.call(vm) {
            Ok(Some(piece)) => {
                self.byte_count += piece.bytes().len() as u64;
                if self.byte_count > self.byte_count_max {
                    self.failure = Some(vm.memory_message());
                    return false;
                }
                text.extend_from_slice(piece.bytes());
                true
            }
            Ok(None) => false,
            Err(failure) => {
                self.failure = Some(failure);
                false
            }
        }
    }

    fn call(&mut self, vm: &mut Vm) -> Result<Option<Str>, Value> {
        vm.push(self.reader);
        vm.handled_call(0, 1)?;
        let mut piece = vm.pop();
        if matches!(piece.kind, value::INTEGER | value::FLOAT) {
            piece = vm.number_to_string(piece).map_err(|_| vm.memory_message())?.value();
        }
        match Str::of(piece) {
            Some(piece) => Ok((!piece.bytes().is_empty()).then_some(piece)),
            None if piece.is_nil() => Ok(None),
            None => {
                let mut message = vm.position(1);
                message.extend_from_slice(b"reader function must return a string");
                Err(vm.string(&message).map_or(vm.memory_message(), Str::value))
            }
        }
    }
}
