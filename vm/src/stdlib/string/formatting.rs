//! `string.format`: arguments brought to the conversions of `format.rs`, in the reference's order of checks.

use super::super::ret_built;
use crate::format::{self, FormatError, Kind, RawSpec, Spec};
use crate::interp::{NativeResult, Raise, Str, Vm};
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

pub(super) fn format(vm: &mut Vm) -> NativeResult {
    let format = vm.check_string(1)?;
    ret_built(vm, |vm, out| {
        let mut rest = format.bytes();
        let mut argument = 1;
        let count = vm.arg_count();
        while let Some(at) = memchr::memchr(b'%', rest) {
            out.extend_from_slice(&rest[..at]);
            rest = &rest[at + 1..];
            if let [b'%', behind @ ..] = rest {
                out.push(b'%');
                rest = behind;
                continue;
            }
            argument += 1;
            if argument > count {
                return Err(vm.arg_error(argument, "no value"));
            }
            // The two conversions that most formats consist of, on what they are made for.
            let value = vm.arg(argument);
            match (rest.first(), Str::of(value)) {
                (Some(b's'), Some(text)) => {
                    out.extend_from_slice(text.bytes());
                    rest = &rest[1..];
                }
                (Some(b'd'), None) if value.kind == value::INTEGER => {
                    out.extend_from_slice(numeral::integer_text(value.as_integer()).as_bytes());
                    rest = &rest[1..];
                }
                _ => {
                    let raw = match RawSpec::scan(rest) {
                        Ok(raw) => raw,
                        Err(error) => return Err(raise(vm, error)),
                    };
                    convert(vm, raw, argument, out)?;
                    rest = &rest[raw.length()..];
                }
            }
        }
        out.extend_from_slice(rest);
        Ok(())
    })
}

#[cold]
fn raise(vm: &mut Vm, error: FormatError<'_>) -> Raise {
    vm.error_bytes(&error.message())
}

fn check(vm: &mut Vm, raw: RawSpec<'_>) -> Result<Spec, Raise> {
    raw.check().map_err(|error| raise(vm, error))
}

fn convert(vm: &mut Vm, raw: RawSpec<'_>, argument: u32, out: &mut Vec<u8>) -> Result<(), Raise> {
    match raw.kind().map_err(|error| raise(vm, error))? {
        Kind::Char => {
            let spec = check(vm, raw)?;
            let integer = vm.check_integer(argument)?;
            format::push_char(&spec, integer, out);
        }
        Kind::Integer => {
            let integer = vm.check_integer(argument)?;
            let spec = check(vm, raw)?;
            format::push_integer(&spec, integer, out);
        }
        Kind::Float => {
            let float = vm.check_number(argument)?;
            let spec = check(vm, raw)?;
            format::push_float(&spec, float, out);
        }
        Kind::HexFloat => {
            let spec = check(vm, raw)?;
            let float = vm.check_number(argument)?;
            format::push_float(&spec, float, out);
        }
        Kind::Pointer => {
            let spec = check(vm, raw)?;
            let value = vm.arg(argument);
            let has_address = value.is_object() || value.kind == value::POINTER;
            format::push_pointer(&spec, has_address.then_some(value.payload as usize), out);
        }
        Kind::Quoted => quote(vm, argument, out)?,
        Kind::String => {
            let value = vm.arg(argument);
            let text = vm.to_text(value)?;
            if raw.is_plain() {
                out.extend_from_slice(text.bytes());
                return Ok(());
            }
            if text.bytes().contains(&0) {
                return Err(vm.arg_error(argument, "string contains zeros"));
            }
            let spec = check(vm, raw)?;
            format::push_string(&spec, text.bytes(), out);
        }
    }
    Ok(())
}

fn quote(vm: &mut Vm, argument: u32, out: &mut Vec<u8>) -> Result<(), Raise> {
    let value: Value = vm.arg(argument);
    match value.kind {
        value::NIL => out.extend_from_slice(b"nil"),
        value::FALSE => out.extend_from_slice(b"false"),
        value::TRUE => out.extend_from_slice(b"true"),
        value::INTEGER => format::push_quoted_integer(value.as_integer(), out),
        value::FLOAT => format::push_quoted_float(value.as_float(), out),
        _ => match Str::of(value) {
            Some(text) => format::push_quoted_string(text.bytes(), out),
            None => return Err(vm.arg_error(argument, "value has no literal form")),
        },
    }
    Ok(())
}
