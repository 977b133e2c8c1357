//! One number that changes whenever the meaning of raw memory does: a hash over the sizes and field offsets
//! of every layout struct, the opcode table, and the numbers of kinds and events.
//!
//! Invariant: two builds with the same fingerprint read each other's heaps. It is computed by the compiler,
//! so nothing is kept in step by hand but the lists of fields, whose sizes are hashed too.

use crate::bytecode::{Opcode, OpcodeInfo};
use crate::layout::coroutine::{CoroutineObject, Frame, FramesObject, StackObject};
use crate::layout::function::{
    BytesObject, CodeObject, FunctionObject, LocalEntry, NativeObject, PrototypeObject, UpvalueEntry,
    UpvalueObject,
};
use crate::layout::roots::{EmptyNodes, Event, Roots};
use crate::layout::string::StringObject;
use crate::layout::table::{Node, NodesObject, TableObject, ValuesObject};
use crate::layout::userdata::UserdataObject;
use crate::layout::value::{self, StackSlot, Value};
use crate::layout::{Kind, ObjectHeader};
use crate::region::{self, BlockDescriptor};
use core::mem::offset_of;

/// FNV-1a, which is short enough to run at compile time.
const fn mix(mut hash: u64, number: u64) -> u64 {
    let mut shift = 0;
    while shift < 64 {
        hash = (hash ^ (number >> shift & 0xff)).wrapping_mul(0x0000_0100_0000_01b3);
        shift += 8;
    }
    hash
}

const fn mix_text(mut hash: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        hash = mix(hash, bytes[index] as u64);
        index += 1;
    }
    mix(hash, bytes.len() as u64)
}

const fn mix_opcode(hash: u64, info: &OpcodeInfo) -> u64 {
    let hash = mix_text(hash, info.name);
    let shape = info.shape as u64 | (info.skips as u64) << 8;
    let operands = info.a as u64 | (info.b as u64) << 8 | (info.c as u64) << 16 | (info.aux as u64) << 24;
    mix(mix(hash, shape), operands)
}

/// How a struct of raw memory is cut up.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Its name.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// Its fields and their offsets.
    pub fields: &'static [(&'static str, usize)],
}

macro_rules! layouts {
    ($( $name:ident { $($field:ident)+ } )+) => {
        /// Every struct of raw memory.
        pub const LAYOUTS: &[Layout] = &[$( Layout {
            name: stringify!($name),
            size: size_of::<$name>(),
            fields: &[$( (stringify!($field), offset_of!($name, $field)), )+],
        }, )+];
    };
}

layouts! {
    ObjectHeader { kind flags extra epoch }
    Value { kind payload }
    StackSlot { kind link payload }
    StringObject { header length hash }
    TableObject {
        header metatable array nodes array_limit array_capacity node_mask last_free absent_events array_used site
    }
    ValuesObject { header capacity length }
    NodesObject { header count }
    Node { value_payload value_kind key_kind next key_payload }
    FunctionObject { header prototype }
    NativeObject { header entry id }
    UpvalueObject { header location closed }
    PrototypeObject {
        header code constants children upvalues locals lines names source text line_defined
        last_line_defined parameter_count is_vararg register_count upvalue_count code_count
    }
    CodeObject { header prototype count }
    BytesObject { header length }
    UpvalueEntry { name in_stack index is_constant }
    LocalEntry { name start_pc end_pc register }
    CoroutineObject {
        header stack frames frame frame_limit stack_limit top open_upvalues to_be_closed resumer hook
        hook_mask hook_count native_depth nesting site error hook_left hook_pc
    }
    StackObject { header capacity }
    FramesObject { header capacity }
    Frame { pc base constants results_wanted flags }
    UserdataObject { header metatable user_values class handle }
    Roots {
        frame frame_limit stack_limit top marking poll epoch hooked host handlers current main globals registry
        type_metatables event_names memory_message error bytes_allocated
        bytes_allocated_max block_count blocks descriptors allocated_bits mark_bits collection_count
        collector_phase empty_nodes
    }
    EmptyNodes { object node zero }
    BlockDescriptor { state kind class unswept slot_size live_count run_length first }
}

const fn mix_layout(hash: u64, layout: &Layout) -> u64 {
    let mut hash = mix(mix_text(hash, layout.name), layout.size as u64);
    let mut index = 0;
    while index < layout.fields.len() {
        hash = mix(mix_text(hash, layout.fields[index].0), layout.fields[index].1 as u64);
        index += 1;
    }
    hash
}

const fn mix_opcodes(mut hash: u64) -> u64 {
    let mut index = 0;
    while index < Opcode::ALL.len() {
        hash = mix_opcode(hash, Opcode::ALL[index].info());
        index += 1;
    }
    hash
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// The fingerprint of the opcode table alone: what binary chunks depend on.
pub const BYTECODE_FINGERPRINT: u64 = mix_opcodes(SEED);

/// The fingerprint of the layouts that this crate was built with.
pub const LAYOUT_FINGERPRINT: u64 = {
    let mut hash = SEED;
    let mut index = 0;
    while index < LAYOUTS.len() {
        hash = mix_layout(hash, &LAYOUTS[index]);
        index += 1;
    }
    hash = mix_opcodes(hash);
    index = 0;
    while index < Kind::ALL.len() {
        hash = mix_text(hash, Kind::ALL[index].name());
        index += 1;
    }
    index = 0;
    while index < Event::ALL.len() {
        hash = mix_text(hash, Event::ALL[index].key());
        index += 1;
    }
    let numbers = [
        value::NIL as u64,
        value::FALSE as u64,
        value::TRUE as u64,
        value::INTEGER as u64,
        value::FLOAT as u64,
        value::POINTER as u64,
        value::SHORT_STRING as u64,
        value::LONG_STRING as u64,
        value::TABLE as u64,
        value::FUNCTION as u64,
        value::NATIVE as u64,
        value::USERDATA as u64,
        value::COROUTINE as u64,
        value::PROTOTYPE as u64,
        region::BLOCK_SIZE,
        region::GRANULE,
    ];
    index = 0;
    while index < numbers.len() {
        hash = mix(hash, numbers[index]);
        index += 1;
    }
    hash
};

#[cfg(test)]
mod tests;
