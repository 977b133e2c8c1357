//! The `table` library (manual, section 6.6).
//!
//! Tables without a metatable are accessed raw, all else through the operations of the language.
//!
//! Not here: `sort` (`table/sorting.rs`).

mod sorting;

use super::{Functions, ret_built};
use crate::interp::{NativeResult, Raise, Step, Str, Table, Vm};
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

pub(super) const FUNCTIONS: &Functions = &[
    ("concat", concat),
    ("insert", insert),
    ("move", r#move),
    ("pack", pack),
    ("remove", remove),
    ("sort", sorting::sort),
    ("unpack", unpack),
];

const READ: &[&str] = &["__index"];
const WRITE: &[&str] = &["__newindex"];
const READ_LENGTH: &[&str] = &["__index", "__len"];
const ALL: &[&str] = &["__index", "__newindex", "__len"];

/// The table in argument `number` when it can be accessed raw; `None` when it has a metatable, or is something
/// else that has at least the metamethods in `needed`.
#[inline]
fn plain_table(vm: &mut Vm, number: u32, needed: &[&str]) -> Result<Option<Table>, Raise> {
    match Table::of(vm.arg(number)) {
        Some(table) if table.metatable().is_none() => Ok(Some(table)),
        Some(_) => Ok(None),
        None => check_table_like(vm, number, needed).map(|()| None),
    }
}

#[cold]
fn check_table_like(vm: &mut Vm, number: u32, needed: &[&str]) -> Result<(), Raise> {
    if let Some(metatable) = vm.metatable_of(vm.arg(number)) {
        let mut has_all = true;
        for event in needed {
            has_all &= !vm.raw_get_field(metatable, event)?.is_nil();
        }
        if has_all {
            return Ok(());
        }
    }
    Err(vm.arg_type_error(number, "table"))
}

fn get(vm: &mut Vm, plain: Option<Table>, object: Value, key: i64) -> Result<Value, Raise> {
    match plain {
        Some(table) => Ok(table.get_integer(key)),
        None => vm.get_index(object, Value::integer(key)),
    }
}

fn put(vm: &mut Vm, plain: Option<Table>, object: Value, key: i64, new: Value) -> Result<(), Raise> {
    match plain {
        Some(table) => vm.raw_set_integer(table, key, new),
        None => vm.put_index(object, Value::integer(key), new),
    }
}

fn length(vm: &mut Vm, plain: Option<Table>, object: Value) -> Result<i64, Raise> {
    match plain {
        Some(table) => Ok(table.length()),
        None => vm.length_of(object),
    }
}

fn insert(vm: &mut Vm) -> NativeResult {
    let plain = plain_table(vm, 1, ALL)?;
    let object = vm.arg(1);
    let end = length(vm, plain, object)?.wrapping_add(1);
    match vm.arg_count() {
        2 => put(vm, plain, object, end, vm.arg(2))?,
        3 => {
            let position = vm.check_integer(2)?;
            if (position as u64).wrapping_sub(1) >= end as u64 {
                return Err(vm.arg_error(2, "position out of bounds"));
            }
            let mut key = end;
            while key > position {
                let moved = get(vm, plain, object, key - 1)?;
                put(vm, plain, object, key, moved)?;
                key -= 1;
                // The first step has made room for all the others.
                if let Some(table) = plain
                    && vm.move_items((table, position), (table, position + 1), key - position)
                {
                    break;
                }
            }
            put(vm, plain, object, position, vm.arg(3))?;
        }
        _ => return Err(vm.error("wrong number of arguments to 'insert'")),
    }
    Ok(Step::results(0))
}

fn remove(vm: &mut Vm) -> NativeResult {
    let plain = plain_table(vm, 1, ALL)?;
    let object = vm.arg(1);
    let size = length(vm, plain, object)?;
    let mut position = vm.opt_integer(2, size)?;
    if position != size && (position as u64).wrapping_sub(1) > size as u64 {
        return Err(vm.arg_error(2, "position out of bounds"));
    }
    let removed = get(vm, plain, object, position)?;
    vm.push(removed);
    if let Some(table) = plain
        && position < size
        && vm.move_items((table, position + 1), (table, position), size - position)
    {
        position = size;
    }
    while position < size {
        let moved = get(vm, plain, object, position + 1)?;
        put(vm, plain, object, position, moved)?;
        position += 1;
    }
    put(vm, plain, object, position, Value::NIL)?;
    Ok(Step::results(1))
}

fn concat(vm: &mut Vm) -> NativeResult {
    let plain = plain_table(vm, 1, READ_LENGTH)?;
    let object = vm.arg(1);
    let end = length(vm, plain, object)?;
    let separator = vm.opt_string(2)?;
    let separator = separator.as_ref().map_or(&b""[..], Str::bytes);
    let first = vm.opt_integer(3, 1)?;
    let last = vm.opt_integer(4, end)?;
    ret_built(vm, |vm, out| {
        let mut key = first;
        while key <= last {
            let item = get(vm, plain, object, key)?;
            match item.kind {
                value::INTEGER => out.extend_from_slice(numeral::integer_text(item.as_integer()).as_bytes()),
                value::FLOAT => out.extend_from_slice(numeral::float_text(item.as_float()).as_bytes()),
                _ => match Str::of(item) {
                    Some(text) => out.extend_from_slice(text.bytes()),
                    None => {
                        let kind = item.type_name().unwrap_or("no value");
                        let message = format!("invalid value ({kind}) at index {key} in table for 'concat'");
                        return Err(vm.error(&message));
                    }
                },
            }
            if key == last {
                break;
            }
            out.extend_from_slice(separator);
            key += 1;
        }
        Ok(())
    })
}

fn pack(vm: &mut Vm) -> NativeResult {
    let count = vm.arg_count();
    let table = vm.new_table(count, 1)?;
    for number in 1..=count {
        vm.raw_set_integer(table, number.into(), vm.arg(number))?;
    }
    vm.raw_set_field(table, "n", Value::integer(count.into()))?;
    vm.ret(table.value())
}

pub(super) fn unpack(vm: &mut Vm) -> NativeResult {
    let object = vm.arg(1);
    let plain = Table::of(object).filter(|table| table.metatable().is_none());
    let first = vm.opt_integer(2, 1)?;
    let last = if vm.arg(3).is_nil() { length(vm, plain, object)? } else { vm.check_integer(3)? };
    if first > last {
        return Ok(Step::results(0));
    }
    let distance = (last as u64).wrapping_sub(first as u64);
    if distance >= vm.stack_room() as u64 {
        return Err(vm.error("too many results to unpack"));
    }
    vm.reserve_stack(distance as usize + 1)?;
    match plain {
        Some(table) => {
            for key in first..=last {
                vm.push(table.get_integer(key));
            }
        }
        None => {
            for key in first..=last {
                let item = vm.get_index(object, Value::integer(key))?;
                vm.push(item);
            }
        }
    }
    Ok(Step::results(distance as u32 + 1))
}

fn r#move(vm: &mut Vm) -> NativeResult {
    let first = vm.check_integer(2)?;
    let last = vm.check_integer(3)?;
    let target = vm.check_integer(4)?;
    let target_number = if vm.arg(5).is_nil() { 1 } else { 5 };
    let source_plain = plain_table(vm, 1, READ)?;
    let target_plain = plain_table(vm, target_number, WRITE)?;
    let (from, to) = (vm.arg(1), vm.arg(target_number));
    if last >= first {
        if first <= 0 && last >= i64::MAX + first {
            return Err(vm.arg_error(3, "too many elements to move"));
        }
        let count = last - first + 1;
        if target > i64::MAX - count + 1 {
            return Err(vm.arg_error(4, "destination wrap around"));
        }
        if let (Some(source), Some(destination)) = (source_plain, target_plain)
            && vm.move_items((source, first), (destination, target), count)
        {
            return vm.ret(to);
        }
        let is_forward =
            target > last || target <= first || target_number == 5 && !vm.values_equal(from, to)?;
        for step in 0..count {
            let step = if is_forward { step } else { count - 1 - step };
            let moved = get(vm, source_plain, from, first + step)?;
            put(vm, target_plain, to, target + step, moved)?;
        }
    }
    vm.ret(to)
}

/// What `table.sort` needs of this module.
fn check_sortable(vm: &mut Vm) -> Result<i64, Raise> {
    let plain = plain_table(vm, 1, ALL)?;
    let object = vm.arg(1);
    length(vm, plain, object)
}
