//! `os.time`, `os.date`, `os.difftime`: points in time as numbers, tables of fields, and text.
//!
//! Not here: the calendar and the text of a date (`calendar.rs`), time zones (`sys/local_time.rs`).

use super::super::ret_built;
use crate::calendar::Date;
use crate::interp::{NativeResult, Raise, Str, Table, Vm};
use crate::sys::clock;
use crate::sys::local_time::LocalTime;
use dumpfmt::layout::value::{self, Value};
use dumpfmt::numeral;

/// C counts years from here.
const FIRST_YEAR: i64 = 1900;

fn date_of(local: LocalTime) -> Date {
    Date {
        year: i64::from(local.year) + FIRST_YEAR,
        month: i64::from(local.month) + 1,
        day: local.day.into(),
        hour: local.hour.into(),
        minute: local.minute.into(),
        second: local.second.into(),
        weekday: i64::from(local.weekday) + 1,
        yearday: i64::from(local.yearday) + 1,
        is_dst: (local.is_dst >= 0).then_some(local.is_dst > 0),
        utc_offset: local.utc_offset,
        zone: local.zone,
    }
}

fn now() -> i64 {
    clock::wall_seconds()
}

pub(in super::super) fn date(vm: &mut Vm) -> NativeResult {
    let format = vm.opt_string(1)?;
    let seconds = if vm.arg(2).is_nil() { now() } else { vm.check_integer(2)? };
    let mut format = format.as_ref().map_or(&b"%c"[..], Str::bytes);
    let date = if let [b'!', rest @ ..] = format {
        format = rest;
        Date::from_utc(seconds)
    } else {
        LocalTime::from_seconds(seconds).map(date_of)
    };
    let Some(date) = date else {
        return Err(vm.error("date result cannot be represented in this installation"));
    };
    if format == b"*t" || format.starts_with(b"*t\0") {
        let table = vm.new_table(0, 9)?;
        set_fields(vm, table, &date)?;
        return vm.ret(table.value());
    }
    ret_built(vm, |vm, out| match date.push_formatted(format, out) {
        Ok(()) => Ok(()),
        Err(error) => {
            let message = error.message();
            Err(vm.arg_error_bytes(1, &message))
        }
    })
}

fn set_fields(vm: &mut Vm, table: Table, date: &Date) -> Result<(), Raise> {
    let fields = [
        ("year", date.year),
        ("month", date.month),
        ("day", date.day),
        ("hour", date.hour),
        ("min", date.minute),
        ("sec", date.second),
        ("yday", date.yearday),
        ("wday", date.weekday),
    ];
    for (name, number) in fields {
        vm.raw_set_field(table, name, Value::integer(number))?;
    }
    match date.is_dst {
        Some(is_dst) => vm.raw_set_field(table, "isdst", Value::boolean(is_dst)),
        None => Ok(()),
    }
}

pub(in super::super) fn time(vm: &mut Vm) -> NativeResult {
    if vm.arg(1).is_nil() {
        return vm.ret(Value::integer(now()));
    }
    let table = vm.check_table(1)?;
    let mut local = LocalTime {
        year: field(vm, "year", None, FIRST_YEAR)?,
        month: field(vm, "month", None, 1)?,
        day: field(vm, "day", None, 0)?,
        hour: field(vm, "hour", Some(12), 0)?,
        minute: field(vm, "min", Some(0), 0)?,
        second: field(vm, "sec", Some(0), 0)?,
        is_dst: -1,
        ..LocalTime::default()
    };
    let key = vm.string(b"isdst")?.value();
    let is_dst = vm.get_index(table.value(), key)?;
    if !is_dst.is_nil() {
        local.is_dst = !is_dst.is_falsy() as i32;
    }
    let seconds = local.normalise();
    set_fields(vm, table, &date_of(local))?;
    match seconds {
        Some(seconds) => vm.ret(Value::integer(seconds)),
        None => Err(vm.error("time result cannot be represented in this installation")),
    }
}

/// A field of the table in argument 1, counted from `origin` as C does.
fn field(vm: &mut Vm, name: &str, default: Option<i32>, origin: i64) -> Result<i32, Raise> {
    let key = vm.string(name.as_bytes())?.value();
    let found = vm.get_index(vm.arg(1), key)?;
    let number = match found.kind {
        value::INTEGER => Some(found.as_integer()),
        value::FLOAT => numeral::float_to_integer(found.as_float()),
        _ => {
            Str::of(found).and_then(|text| numeral::parse(text.bytes())).and_then(numeral::Number::to_integer)
        }
    };
    match (number, default) {
        (Some(number), _) => match number.checked_sub(origin).map(i32::try_from) {
            Some(Ok(number)) => Ok(number),
            _ => Err(vm.error(&format!("field '{name}' is out-of-bound"))),
        },
        (None, _) if !found.is_nil() => Err(vm.error(&format!("field '{name}' is not an integer"))),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(vm.error(&format!("field '{name}' missing in date table"))),
    }
}

pub(in super::super) fn difftime(vm: &mut Vm) -> NativeResult {
    let later = vm.check_integer(1)?;
    let earlier = vm.check_integer(2)?;
    vm.ret(Value::float((i128::from(later) - i128::from(earlier)) as f64))
}
