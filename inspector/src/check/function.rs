//! Functions: closures have the upvalues that their prototypes ask for, prototypes and code name each other.

use super::code::code;
use super::ledger::Ledger;
use crate::model::function::Prototype;
use crate::model::heap::Slot;
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::{
    BytesObject, CodeObject, FunctionObject, LocalEntry, NativeObject, OPEN, PrototypeObject, UpvalueEntry,
    UpvalueObject,
};
use dumpfmt::layout::table::ValuesObject;
use dumpfmt::layout::value::Value;

/// Checks the closure in `slot`.
pub fn closure(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let addr = slot.addr;
    let Ok(object) = ledger.memory.image.read::<FunctionObject>(addr) else { return };
    let count = u64::from(object.header.extra);
    let room = FunctionObject::UPVALUES + 8 * count <= slot.size;
    if !ledger.require(room, addr, format_args!("{count} upvalues do not fit its slot")) {
        return;
    }
    if ledger.reference(addr, "the prototype", object.prototype.addr, Kind::Prototype)
        && let Ok(prototype) = ledger.memory.prototype(object.prototype.addr)
    {
        let expected = u64::from(prototype.object.upvalue_count);
        ledger.require(
            count == expected,
            addr,
            format_args!("{count} upvalues, the prototype asks for {expected}"),
        );
    }
    let upvalues = ledger.memory.image.read_row::<Addr>(addr.offset(FunctionObject::UPVALUES), count);
    for upvalue in upvalues.unwrap_or_default() {
        ledger.reference(addr, "an upvalue", upvalue, Kind::Upvalue);
    }
}

/// Checks the native function in `slot`.
pub fn native(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let addr = slot.addr;
    let Ok(object) = ledger.memory.image.read::<NativeObject>(addr) else { return };
    let count = u64::from(object.header.extra);
    let room = NativeObject::VALUES + 16 * count <= slot.size;
    if ledger.require(room, addr, format_args!("{count} values do not fit its slot")) {
        let values = ledger.memory.image.read_row::<Value>(addr.offset(NativeObject::VALUES), count);
        for value in values.unwrap_or_default() {
            ledger.value(addr, "a closed-over value", value);
        }
    }
}

/// Checks the upvalue in `slot`.
pub fn upvalue(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let addr = slot.addr;
    let Ok(object) = ledger.memory.image.read::<UpvalueObject>(addr) else { return };
    let own = addr.offset(UpvalueObject::CLOSED);
    if object.header.flags & OPEN == 0 {
        ledger.require(
            object.location == own,
            addr,
            format_args!("it is closed, but lies at {}", object.location),
        );
        ledger.value(addr, "the variable", object.closed);
        return;
    }
    let stack = ledger.memory.blocks().slot_of(object.location).filter(|slot| slot.kind == Kind::Stack);
    let what = format_args!("it is open, but {} is no stack", object.location);
    ledger.require(stack.is_some(), addr, what);
}

/// Checks the prototype in `slot`.
pub fn prototype(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let addr = slot.addr;
    let Ok(object) = ledger.memory.image.read::<PrototypeObject>(addr) else { return };
    for (name, row) in
        [("the constants", object.constants), ("the children", object.children), ("the names", object.names)]
    {
        values(ledger, addr, name, row);
    }
    for (name, bytes) in
        [("the upvalues", object.upvalues), ("the locals", object.locals), ("the lines", object.lines)]
    {
        ledger.optional(addr, name, bytes.addr, Kind::Bytes);
    }
    ledger.optional(addr, "the source", object.source.addr, Kind::String);
    ledger.optional(addr, "the text", object.text.addr, Kind::String);
    let prototype = Prototype { addr, object };
    records(ledger, &prototype);
    if ledger.reference(addr, "the code", object.code.addr, Kind::Code)
        && let Ok(found) = ledger.memory.image.read::<CodeObject>(object.code.addr)
    {
        ledger.require(found.prototype.addr == addr, addr, "its code belongs to another prototype");
        let what = format_args!("{} words of code, of which {} are there", object.code_count, found.count);
        ledger.require(object.code_count == found.count, addr, what);
        code(ledger, &prototype);
    }
}

/// Checks a row of values that knows its own length; it may be null.
pub fn values(ledger: &mut Ledger<'_, '_>, owner: Addr, name: &str, row: Ref<ValuesObject>) {
    if row.is_null() || !ledger.reference(owner, name, row.addr, Kind::Values) {
        return;
    }
    let Ok(object) = ledger.memory.image.read::<ValuesObject>(row.addr) else { return };
    let what = format_args!("{name} claim {} values of {}", object.length, object.capacity);
    ledger.require(object.length <= object.capacity, owner, what);
    let count = u64::from(object.length.min(object.capacity));
    let values = ledger.memory.image.read_row::<Value>(row.addr.offset(ValuesObject::VALUES), count);
    for value in values.unwrap_or_default() {
        ledger.value(owner, name, value);
    }
}

/// Checks that the code in `slot` fits it.
pub fn code_room(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let Ok(object) = ledger.memory.image.read::<CodeObject>(slot.addr) else { return };
    let room = CodeObject::WORDS + 4 * u64::from(object.count) <= slot.size;
    ledger.require(room, slot.addr, format_args!("{} words do not fit its slot", object.count));
}

/// Checks that the packed data in `slot` fits it.
pub fn bytes_room(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let Ok(object) = ledger.memory.image.read::<BytesObject>(slot.addr) else { return };
    let room = object.length <= slot.size.saturating_sub(BytesObject::BYTES);
    ledger.require(room, slot.addr, format_args!("{} bytes do not fit its slot", object.length));
}

fn records(ledger: &mut Ledger<'_, '_>, prototype: &Prototype) {
    let (memory, addr) = (ledger.memory, prototype.addr);
    let length = |bytes: Ref<BytesObject>| memory.packed(bytes).map_or(0, |bytes| bytes.len());
    let upvalues = length(prototype.object.upvalues) / size_of::<UpvalueEntry>();
    let expected = usize::from(prototype.object.upvalue_count);
    ledger.require(
        upvalues == expected,
        addr,
        format_args!("{upvalues} upvalues are described of {expected}"),
    );
    let whole = length(prototype.object.locals).is_multiple_of(size_of::<LocalEntry>());
    ledger.require(whole, addr, "its locals end inside a record");
    for local in memory.locals(prototype).unwrap_or_default() {
        let fits = local.start_pc <= local.end_pc
            && local.end_pc <= prototype.object.code_count
            && local.register < prototype.object.register_count;
        ledger.require(fits, addr, format_args!("the local '{}' lives outside of the function", local.name));
    }
    let lines =
        memory.packed(prototype.object.lines).map_or(0, |bytes| dumpfmt::line_table::word_count(&bytes));
    let count = prototype.object.code_count;
    ledger.require(lines == count, addr, format_args!("{lines} words of {count} have a line"));
}
