//! Reads and stores of fields: keys that are short strings known to the compiler; globals are fields of an upvalue.
//!
//! Each instruction remembers in its `C` the node in which it found its key last, and looks there first. That
//! spares the walk along a chain of collisions, which in a hash part three quarters full every third key needs. In
//! the same way a metatable remembers, in `extra` of its header, the node of its `__index`.
//!
//! The hot handlers try what is remembered and no more, so that they need no stack. On a miss a *search* handler
//! looks along the chain and corrects what is remembered; only metamethods that are functions, and whatever
//! allocates or raises, is left to the slow ones.

use super::operands::{aux, constant, finish_get, finish_set, get, put, upvalue_value};
use super::{DispatchTable, Exit, a, b, c, set_nil, settled, stop, upvalue};
use crate::heap::pointer::{Pointer, at, copy, load, to_addr};
use crate::heap::table;
use crate::interp::call::{Finish, Flow};
use crate::interp::state::{Raise, Vm};
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::{Instruction, Opcode};
use dumpfmt::layout::coroutine::Frame;
use dumpfmt::layout::roots::{BasicType, Event, Roots};
use dumpfmt::layout::string::StringObject;
use dumpfmt::layout::table::{Node, NodesObject, TableObject};
use dumpfmt::layout::value::{self, Value};

/// The key, by the auxiliary word.
#[inline(always)]
unsafe fn key(k: *const Value, aux: *const u32) -> *const StringObject {
    // SAFETY: verified code: a constant that is a short string.
    unsafe { at((*k.add(*aux as usize)).addr()) }
}

/// The node that the instruction remembers. Index and address are [`settled`], each of which spares a register.
#[inline(always)]
unsafe fn remembered(target: *const TableObject, insn: u32) -> *mut Node {
    // SAFETY: masked, the index lies inside the nodes.
    unsafe {
        let index = settled(c(insn) as u64 & (*target).node_mask as u64);
        let nodes: *mut NodesObject = (*target).nodes.ptr();
        let node = settled(nodes.byte_add(index as usize * size_of::<Node>()) as u64) as *mut Node;
        node.byte_add(NodesObject::NODES as usize)
    }
}

/// Makes the instruction remember a node, if the node is among those that it can name.
#[inline(always)]
unsafe fn remember(aux: *const u32, insn: u32, target: *const TableObject, node: *const Node) {
    // SAFETY: a node of the table; the word before the auxiliary word is the instruction, of a code object.
    unsafe {
        let index = node.offset_from(table::first_node(target)) as usize;
        if index <= u8::MAX as usize {
            *aux.sub(1).cast_mut() = insn & 0x00ff_ffff | (index as u32) << 24;
        }
    }
}

/// Whether the node holds this key and a value.
#[inline(always)]
unsafe fn holds(node: *const Node, key: *const StringObject) -> bool {
    // SAFETY: the caller's: a node.
    unsafe { holds_key(node, key) && (*node).value_kind != value::NIL }
}

/// Whether the node holds this key, and perhaps a value.
#[inline(always)]
unsafe fn holds_key(node: *const Node, key: *const StringObject) -> bool {
    // SAFETY: the caller's: a node.
    unsafe { (*node).key_payload == key as u64 && (*node).key_kind == value::SHORT_STRING }
}

#[inline(always)]
pub(super) unsafe fn put_value(slot: *mut Value, node: *const Node) {
    // SAFETY: the caller's: a register and a node.
    unsafe {
        let (kind, payload) = ((*node).value_kind, (*node).value_payload);
        (*slot).kind = kind;
        (*slot).payload = payload;
    }
}

/// The table that `__index` of a metatable is, by the node that the metatable remembers; null when it is not so easy.
#[inline(always)]
unsafe fn remembered_class(st: *const Roots, metatable: *const TableObject) -> *mut TableObject {
    // SAFETY: masked, the index lies inside the nodes.
    unsafe {
        let index = (*metatable).header.extra as u32 & (*metatable).node_mask;
        let node = table::first_node(metatable).add(index as usize);
        if (*node).key_payload == (*st).event_names[Event::Index as usize].addr.0
            && (*node).key_kind == value::SHORT_STRING
            && (*node).value_kind == value::TABLE
        {
            at(Addr((*node).value_payload))
        } else {
            core::ptr::null_mut()
        }
    }
}

/// Makes the metatables on the way from an object along `__index` remember the node of it.
unsafe fn note_classes(vm: &Vm, object: Value) {
    let mut metatable = vm.metatable(object);
    // SAFETY: the module's validity paragraph.
    unsafe {
        for _ in 0..CHAIN_LENGTH_MAX {
            if metatable.is_null() {
                return;
            }
            let node = table::find_short(metatable, vm.event_name(Event::Index));
            if node.is_null() || (*node).value_kind != value::TABLE {
                return;
            }
            if let Ok(index) = u16::try_from(node.offset_from(table::first_node(metatable))) {
                (*metatable).header.extra = index;
            }
            metatable = (*at::<TableObject>(Addr((*node).value_payload))).metatable.ptr();
        }
    }
}

/// How far [`find_inherited`] goes.
const CHAIN_LENGTH_MAX: usize = 16;

/// What following `__index` comes to.
enum Inherited {
    /// In the node that the instruction remembers.
    Remembered(*mut Node),
    /// In another one, of this table.
    Found(*mut Node, *mut TableObject),
    /// Nowhere: the chain ends.
    Absent,
    /// It cannot be told by tables alone, or by what the metatables remember.
    Unknown,
}

/// Follows `__index` from a value through tables alone.
#[inline(always)]
unsafe fn find_inherited(
    st: *const Roots,
    object: *const Value,
    key: *const StringObject,
    insn: u32,
) -> Inherited {
    // SAFETY: the module's validity paragraph.
    unsafe {
        let mut metatable: *mut TableObject = match (*object).kind {
            value::TABLE => (*at::<TableObject>((*object).addr())).metatable.ptr(),
            value::SHORT_STRING | value::LONG_STRING => {
                (*st).type_metatables[BasicType::String as usize].ptr()
            }
            _ => return Inherited::Unknown,
        };
        for _ in 0..CHAIN_LENGTH_MAX {
            if metatable.is_null() {
                return Inherited::Absent;
            }
            let class = remembered_class(st, metatable);
            if class.is_null() {
                let has_none = (*metatable).absent_events & 1 << Event::Index as u32 != 0;
                return if has_none { Inherited::Absent } else { Inherited::Unknown };
            }
            let node = remembered(class, insn);
            if holds(node, key) {
                return Inherited::Remembered(node);
            }
            let node = table::find_short(class, key);
            if !node.is_null() && (*node).value_kind != value::NIL {
                return Inherited::Found(node, class);
            }
            metatable = (*class).metatable.ptr();
        }
        Inherited::Unknown
    }
}

/// The two reads of fields: where the table is.
macro_rules! field_reads {
    ($($hot:ident $search:ident $inherited:ident ($base:ident, $insn:ident) $object:expr;)+) => {
        handler! {$(
            $hot(pc, $base, k, st, $insn, table) {
                let object: *const Value = $object;
                if (*object).kind == value::TABLE {
                    let node = remembered(at((*object).addr()), $insn);
                    if holds(node, key(k, pc)) {
                        put_value($base.add(a($insn)), node);
                        go!(pc.add(1), $base, k, st, table)
                    }
                }
                leave_to!($search, pc.add(1), $base, k, st, $insn, table)
            }
            $search(pc, $base, k, st, $insn, table) {
                let object: *const Value = $object;
                if (*object).kind == value::TABLE {
                    let target = at::<TableObject>((*object).addr());
                    let node = table::find_short(target, key(k, pc.sub(1)));
                    if !node.is_null() && (*node).value_kind != value::NIL {
                        remember(pc.sub(1), $insn, target, node);
                        put_value($base.add(a($insn)), node);
                        go!(pc, $base, k, st, table)
                    }
                    if (*target).metatable.is_null() {
                        set_nil($base.add(a($insn)), pc.sub(2));
                        go!(pc, $base, k, st, table)
                    }
                }
                leave_to!($inherited, pc, $base, k, st, $insn, table)
            }
            $inherited(pc, $base, k, st, $insn, table) {
                let object: *const Value = $object;
                match find_inherited(st, object, key(k, pc.sub(1)), $insn) {
                    Inherited::Remembered(node) => {
                        put_value($base.add(a($insn)), node);
                        go!(pc, $base, k, st, table)
                    }
                    Inherited::Found(node, class) => {
                        remember(pc.sub(1), $insn, class, node);
                        put_value($base.add(a($insn)), node);
                        go!(pc, $base, k, st, table)
                    }
                    Inherited::Absent if (*object).kind == value::TABLE => {
                        set_nil($base.add(a($insn)), pc.sub(2));
                        go!(pc, $base, k, st, table)
                    }
                    _ => {}
                }
                leave_to!(slow_get_field, pc, $base, k, st, $insn, table)
            }
        )+}
    };
}

field_reads! {
    op_get_tab_up search_tab_up search_inherited_tab_up
        (base, insn) at((*upvalue(base, b(insn))).location);
    op_get_field search_field search_inherited_field
        (base, insn) base.add(b(insn));
}

handler! {
    // A method of the object's class, as most are: absent in the object, and where it was in the class.
    op_self(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        if (*object).kind == value::TABLE {
            let target = at::<TableObject>((*object).addr());
            let key = key(k, pc);
            if table::find_short(target, key).is_null() {
                let metatable: *const TableObject = (*target).metatable.ptr();
                if !metatable.is_null() {
                    let class = remembered_class(st, metatable);
                    if !class.is_null() {
                        let node = remembered(class, insn);
                        if holds(node, key) {
                            let slot = base.add(a(insn));
                            copy(slot.add(1), object);
                            put_value(slot, node);
                            go!(pc.add(1), base, k, st, table)
                        }
                    }
                }
                leave_to!(search_inherited_self, pc.add(1), base, k, st, insn, table);
            }
        }
        leave_to!(search_self, pc.add(1), base, k, st, insn, table)
    }
    search_self(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        if (*object).kind == value::TABLE {
            let node = table::find_short(at((*object).addr()), key(k, pc.sub(1)));
            if !node.is_null() && (*node).value_kind != value::NIL {
                let slot = base.add(a(insn));
                copy(slot.add(1), object);
                put_value(slot, node);
                go!(pc, base, k, st, table)
            }
        }
        leave_to!(search_inherited_self, pc, base, k, st, insn, table)
    }
    search_inherited_self(pc, base, k, st, insn, table) {
        let object = base.add(b(insn));
        let node = match find_inherited(st, object, key(k, pc.sub(1)), insn) {
            Inherited::Remembered(node) => node,
            Inherited::Found(node, class) => {
                remember(pc.sub(1), insn, class, node);
                node
            }
            _ => leave_to!(slow_self, pc, base, k, st, insn, table),
        };
        let slot = base.add(a(insn));
        copy(slot.add(1), object);
        put_value(slot, node);
        go!(pc, base, k, st, table)
    }
}

/// Whether a store to an absent key of this table asks no metamethod, as far as is known.
#[inline(always)]
pub(super) unsafe fn takes_new_keys(target: *const TableObject) -> bool {
    // SAFETY: the caller's: a table.
    unsafe {
        let metatable: *const TableObject = (*target).metatable.ptr();
        metatable.is_null() || (*metatable).absent_events & 1 << Event::NewIndex as u32 != 0
    }
}

/// Stores under a key that has no value yet and belongs to the hash part: in the node that holds it still (`found`,
/// or null), or in its main position if that is free. False when it is not so easy. The collector is not marking, or
/// has been told.
#[inline(always)]
pub(super) unsafe fn store_new(
    st: *const Roots,
    target: *mut TableObject,
    found: *mut Node,
    main: *mut Node,
    key: Value,
    source: *const Value,
) -> bool {
    // SAFETY: the module's validity paragraph.
    unsafe {
        let node = if found.is_null() { main } else { found };
        if (*node).value_kind != value::NIL
            || (*source).kind == value::NIL
            || !takes_new_keys(target)
            || (*target).nodes.addr == to_addr(&raw const (*st).empty_nodes)
        {
            return false;
        }
        (*node).key_kind = key.kind;
        (*node).key_payload = key.payload;
        (*target).absent_events = 0;
        set_value(node, source);
        true
    }
}

#[inline(always)]
pub(super) unsafe fn set_value(node: *mut Node, source: *const Value) {
    // SAFETY: the caller's: a node and a value.
    unsafe {
        let (kind, payload) = ((*source).kind, (*source).payload);
        (*node).value_kind = kind;
        (*node).value_payload = payload;
    }
}

/// Tells the collector, which marks, of a store that is about to be made. Numbers and a pointer, no value: its
/// temporary place would keep the handler from ending in a jump.
#[cold]
#[inline(never)]
pub(super) unsafe fn shade(st: *mut Roots, key_kind: u8, key: u64, source: *const Value) {
    // SAFETY: the module's validity paragraph.
    unsafe {
        let vm = Vm::of(st);
        vm.heap.shade(Value::raw(key_kind, key));
        vm.heap.shade(load(source));
    }
}

/// The four stores of fields: where the table is, and where the value comes from.
macro_rules! field_stores {
    ($($hot:ident $fill:ident $search:ident $marking:ident $store:ident
        ($base:ident, $k:ident, $insn:ident) $object:expr, $source:expr;)+) => {
        handler! {$(
            $hot(pc, $base, $k, st, $insn, table) {
                let object: *const Value = $object;
                if (*object).kind == value::TABLE {
                    let node = remembered(at((*object).addr()), $insn);
                    if holds_key(node, key($k, pc)) {
                        if (*node).value_kind == value::NIL {
                            leave_to!($fill, pc.add(1), $base, $k, st, $insn, table);
                        }
                        let source: *const Value = $source;
                        if (*st).marking != 0 {
                            core::hint::cold_path();
                            if (*source).is_object() {
                                leave_to!($search, pc.add(1), $base, $k, st, $insn, table);
                            }
                        }
                        set_value(node, source);
                        go!(pc.add(1), $base, $k, st, table)
                    }
                }
                leave_to!($search, pc.add(1), $base, $k, st, $insn, table)
            }
            // The node has the key and no value: a table that its constructor fills.
            $fill(pc, $base, $k, st, $insn, table) {
                let object: *const Value = $object;
                let target = at::<TableObject>((*object).addr());
                let source: *const Value = $source;
                if (*st).marking == 0 && (*source).kind != value::NIL && takes_new_keys(target) {
                    (*target).absent_events = 0;
                    set_value(remembered(target, $insn), source);
                    go!(pc, $base, $k, st, table)
                }
                leave_to!($search, pc, $base, $k, st, $insn, table)
            }
            $search(pc, $base, $k, st, $insn, table) {
                if (*st).marking != 0 {
                    leave_to!($marking, pc, $base, $k, st, $insn, table);
                }
                leave_to!($store, pc, $base, $k, st, $insn, table)
            }
            $marking(pc, $base, $k, st, $insn, table) {
                shade(st, value::SHORT_STRING, key($k, pc.sub(1)) as u64, $source);
                leave_to!($store, pc, $base, $k, st, $insn, table)
            }
            $store(pc, $base, $k, st, $insn, table) {
                let object: *const Value = $object;
                if (*object).kind == value::TABLE {
                    let target = at::<TableObject>((*object).addr());
                    let key = key($k, pc.sub(1));
                    let node = table::find_short(target, key);
                    if !node.is_null() && (*node).value_kind != value::NIL {
                        remember(pc.sub(1), $insn, target, node);
                        set_value(node, $source);
                        go!(pc, $base, $k, st, table)
                    }
                    if !node.is_null() {
                        remember(pc.sub(1), $insn, target, node);
                    }
                    let main = table::main_of_short(target, key);
                    let key = Value::object(value::SHORT_STRING, to_addr(key));
                    if store_new(st, target, node, main, key, $source) {
                        go!(pc, $base, $k, st, table)
                    }
                }
                leave_to!(slow_set_field, pc, $base, $k, st, $insn, table)
            }
        )+}
    };
}

field_stores! {
    op_set_tab_up fill_tab_up search_set_tab_up marking_set_tab_up store_tab_up
        (base, k, insn) at((*upvalue(base, a(insn))).location), base.add(b(insn));
    op_set_tab_up_k fill_tab_up_k search_set_tab_up_k marking_set_tab_up_k store_tab_up_k
        (base, k, insn) at((*upvalue(base, a(insn))).location), k.add(b(insn));
    op_set_field fill_field search_set_field marking_set_field store_field
        (base, k, insn) base.add(a(insn)), base.add(b(insn));
    op_set_field_k fill_field_k search_set_field_k marking_set_field_k store_field_k
        (base, k, insn) base.add(a(insn)), k.add(b(insn));
}

slow! {
    slow_get_field(vm, i) {
let object = match i.opcode() {
            Some(Opcode::GetTabUp) => upvalue_value(vm, i.b()),
            _ => get(vm, i.b()),
        };
        let key = constant(vm, aux(vm));
        if object.kind == value::TABLE {
            // The handlers before this one have found no such field in it.
            let handler = vm.metamethod(object, Event::Index);
            if handler.kind == value::FUNCTION {
                return vm.call_metamethod(handler, [object, key], Finish::Store(i.a()));
            }
        }
        // SAFETY: a valid value.
        unsafe { note_classes(vm, object) };
        let outcome = vm.index(object, key)?;
        finish_get(vm, i.a(), 2, outcome)
    }
    slow_self(vm, i) {
        let object = get(vm, i.b());
        // SAFETY: a valid value.
        unsafe { note_classes(vm, object) };
        let outcome = vm.index(object, constant(vm, aux(vm)))?;
        put(vm, i.a() + 1, object);
        finish_get(vm, i.a(), 2, outcome)
    }
    slow_set_field(vm, i) {
        let object = match i.opcode() {
            Some(Opcode::SetTabUp | Opcode::SetTabUpK) => upvalue_value(vm, i.a()),
            _ => get(vm, i.a()),
        };
        let new = match i.opcode() {
            Some(Opcode::SetTabUpK | Opcode::SetFieldK) => constant(vm, i.b() as u32),
            _ => get(vm, i.b()),
        };
        let stored = vm.set_index(object, constant(vm, aux(vm)), new)?;
        finish_set(vm, stored)
    }
}
