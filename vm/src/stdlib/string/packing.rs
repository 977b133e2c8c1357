//! `string.pack`, `string.packsize`, `string.unpack` on Lua values.
//!
//! Not here: the format and the bytes (`pack.rs`).

use super::super::ret_built;
use super::start_position;
use crate::interp::{NativeResult, Raise, Step, Vm};
use crate::pack::{Blame, Content, PackError, PackFormat, packed_size};
use dumpfmt::layout::value::Value;

/// The error, blamed on the argument that it is about; `value` is the number of the value being packed.
#[cold]
fn raise(vm: &mut Vm, error: PackError, value: u32) -> Raise {
    let message = error.message();
    let number = match error.blame() {
        Blame::None => return vm.error_bytes(&message),
        Blame::Format => 1,
        Blame::Data => 2,
        Blame::Value => value,
    };
    vm.arg_error_bytes(number, &message)
}

pub(super) fn pack(vm: &mut Vm) -> NativeResult {
    let format = vm.check_string(1)?;
    // The reference finds a nil behind the last argument, and says so when there are too few.
    vm.push(Value::NIL);
    ret_built(vm, |vm, out| {
        let mut format = PackFormat::new(format.bytes());
        let mut number = 1;
        loop {
            let item = match format.next(out.len()) {
                Ok(Some(item)) => item,
                Ok(None) => return Ok(()),
                Err(error) => return Err(raise(vm, error, number)),
            };
            item.push_padding(out);
            let result = match item.content {
                Content::Padding => {
                    out.push(0);
                    continue;
                }
                Content::Nothing => continue,
                content => {
                    number += 1;
                    match content {
                        Content::Signed | Content::Unsigned => {
                            let integer = vm.check_integer(number)?;
                            item.push_integer(integer, out)
                        }
                        Content::Single | Content::Double => {
                            let float = vm.check_number(number)?;
                            item.push_float(float, out);
                            Ok(())
                        }
                        _ => {
                            let string = vm.check_string(number)?;
                            item.push_string(string.bytes(), out)
                        }
                    }
                }
            };
            if let Err(error) = result {
                return Err(raise(vm, error, number));
            }
        }
    })
}

pub(super) fn packsize(vm: &mut Vm) -> NativeResult {
    let format = vm.check_string(1)?;
    match packed_size(format.bytes()) {
        Ok(size) => vm.ret(Value::integer(size as i64)),
        Err(error) => Err(raise(vm, error, 1)),
    }
}

pub(super) fn unpack(vm: &mut Vm) -> NativeResult {
    let format = vm.check_string(1)?;
    let data = vm.check_string(2)?;
    let data = data.bytes();
    let mut offset = start_position(vm.opt_integer(3, 1)?, data.len()) - 1;
    if offset > data.len() {
        return Err(vm.arg_error(3, "initial position out of string"));
    }
    let mut format = PackFormat::new(format.bytes());
    let mut count = 0;
    loop {
        let item = match format.next(offset) {
            Ok(Some(item)) => item,
            Ok(None) => break,
            Err(error) => return Err(raise(vm, error, 1)),
        };
        let (field, end) = match item.take(data, offset) {
            Ok(taken) => taken,
            Err(error) => return Err(raise(vm, error, 1)),
        };
        offset = end;
        // One for this value and one for the position at the end.
        vm.check_stack(2, "too many results")?;
        match item.content {
            Content::Padding | Content::Nothing => continue,
            Content::Signed | Content::Unsigned => match item.read_integer(field) {
                Ok(integer) => vm.push(Value::integer(integer)),
                Err(error) => return Err(raise(vm, error, 1)),
            },
            Content::Single | Content::Double => vm.push(Value::float(item.read_float(field))),
            Content::Bytes | Content::Counted | Content::ZeroTerminated => {
                match item.read_string(field, data, end) {
                    Ok((string, behind)) => {
                        offset = behind;
                        vm.push_string(string)?;
                    }
                    Err(error) => return Err(raise(vm, error, 1)),
                }
            }
        }
        count += 1;
    }
    vm.push(Value::integer(offset as i64 + 1));
    Ok(Step::results(count + 1))
}
