//! The whole heap: the block table, then every slot of every block, then the roots.

use super::ledger::Ledger;
use super::{coroutine, function, table};
use crate::model::heap::{Life, Slot};
use crate::model::memory::Memory;
use dumpfmt::addr::Addr;
use dumpfmt::bytecode::SHORT_STRING_LENGTH_MAX;
use dumpfmt::layout::Kind;
use dumpfmt::layout::string::{HASHED, SHORT, StringObject};
use dumpfmt::layout::userdata::UserdataObject;
use dumpfmt::region::{BLOCK_SIZE, BlockDescriptor, BlockState};

/// Checks everything in `memory`; keeps at most `limit` problems.
pub fn heap<'m, 'f>(memory: &'m Memory<'f>, limit: usize) -> Ledger<'m, 'f> {
    let mut ledger = Ledger::new(memory, limit);
    if let Err(fault) = &memory.roots {
        ledger.problem(memory.base, format_args!("the roots cannot be read: {fault}"));
        return ledger;
    }
    let blocks = memory.blocks();
    if let Some(fault) = blocks.fault {
        ledger.problem(memory.base, format_args!("the block table cannot be read: {fault}"));
    }
    for (index, block) in blocks.descriptors.iter().enumerate() {
        if descriptor(&mut ledger, index, block) {
            slots(&mut ledger, index, block);
        }
    }
    roots(&mut ledger);
    ledger
}

/// Whether the descriptor of block `index` makes sense and the block holds objects.
fn descriptor(ledger: &mut Ledger<'_, '_>, index: usize, block: &BlockDescriptor) -> bool {
    let blocks = ledger.memory.blocks();
    let addr = blocks.start_of(index);
    let Some(state) = BlockState::from_byte(block.state) else {
        ledger
            .problem(addr, format_args!("block {index} has the state {}, which means nothing", block.state));
        return false;
    };
    match state {
        BlockState::Free => return false,
        BlockState::LargeTail => {
            let first = block.first as usize;
            let run = blocks.descriptors.get(first).filter(|first| first.state == BlockState::Large as u8);
            let inside = first < index && run.is_some_and(|run| index - first < run.run_length as usize);
            ledger.require(inside, addr, format_args!("block {index} continues no large object"));
            return false;
        }
        BlockState::Small => {
            let size = u64::from(block.slot_size);
            let fits = size >= 16 && size.is_multiple_of(16) && size <= BLOCK_SIZE;
            if !ledger.require(fits, addr, format_args!("block {index} has slots of {size} bytes")) {
                return false;
            }
        }
        BlockState::Large => {
            let inside =
                index + block.run_length as usize <= blocks.descriptors.len() && block.run_length > 0;
            if !ledger.require(
                inside,
                addr,
                format_args!("the large object of block {index} leaves the region"),
            ) {
                return false;
            }
        }
    }
    let kind = Kind::from_byte(block.kind).filter(|kind| *kind != Kind::Free);
    ledger.require(kind.is_some(), addr, format_args!("block {index} has the kind {}", block.kind))
}

fn slots(ledger: &mut Ledger<'_, '_>, index: usize, block: &BlockDescriptor) {
    let blocks = ledger.memory.blocks();
    let start = blocks.start_of(index);
    let slots = match blocks.slots(&ledger.memory.image, index) {
        Ok(slots) => slots,
        Err(fault) => {
            ledger.problem(start, format_args!("the bitmap of block {index} cannot be read: {fault}"));
            return;
        }
    };
    for (slot, life) in slots {
        let offset = slot.addr.0 - start.0;
        let aligned = match BlockState::from_byte(block.state) {
            Some(BlockState::Small) => {
                let size = u64::from(block.slot_size);
                offset.is_multiple_of(size) && offset + size <= BLOCK_SIZE
            }
            _ => offset == 0,
        };
        if !ledger.require(aligned, slot.addr, "the bitmap names an object where no slot starts") {
            continue;
        }
        // What the collection found unreachable may refer to what it has freed already.
        if life == Life::Allocated {
            object(ledger, &slot);
        }
    }
}

fn object(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    ledger.objects[slot.kind as usize] += 1;
    let addr = slot.addr;
    let header = match ledger.memory.header(addr) {
        Ok(header) => header,
        Err(fault) => {
            ledger.problem(addr, format_args!("it cannot be read: {fault}"));
            return;
        }
    };
    if header.kind != slot.kind as u8 {
        let what = format_args!("its header says kind {} in a block of {}s", header.kind, slot.kind.name());
        ledger.problem(addr, what);
        return;
    }
    let epoch = ledger.memory.roots.as_ref().map_or(u32::MAX, |roots| roots.epoch);
    ledger.require(
        header.epoch <= epoch,
        addr,
        format_args!("born in epoch {}, now is {epoch}", header.epoch),
    );
    match slot.kind {
        Kind::Free => {}
        Kind::String => string(ledger, slot),
        Kind::Table => table::table(ledger, slot),
        Kind::Values => table::values_room(ledger, slot),
        Kind::Nodes => table::nodes_room(ledger, slot),
        Kind::Function => function::closure(ledger, slot),
        Kind::Native => function::native(ledger, slot),
        Kind::Upvalue => function::upvalue(ledger, slot),
        Kind::Prototype => function::prototype(ledger, slot),
        Kind::Code => function::code_room(ledger, slot),
        Kind::Bytes => function::bytes_room(ledger, slot),
        Kind::Coroutine => coroutine::coroutine(ledger, slot),
        Kind::Stack => coroutine::stack_room(ledger, slot),
        Kind::Frames => coroutine::frames_room(ledger, slot),
        Kind::Userdata => userdata(ledger, addr),
    }
}

fn string(ledger: &mut Ledger<'_, '_>, slot: &Slot) {
    let Ok(object) = ledger.memory.image.read::<StringObject>(slot.addr) else { return };
    let length = u64::from(object.length);
    let room = StringObject::BYTES + length <= slot.size;
    ledger.require(room, slot.addr, format_args!("{length} bytes do not fit a slot of {}", slot.size));
    if object.header.flags & SHORT != 0 {
        let is_short = length <= SHORT_STRING_LENGTH_MAX as u64;
        ledger.require(is_short, slot.addr, format_args!("{length} bytes are too many for a short string"));
        let hashed = object.header.flags & HASHED != 0;
        ledger.require(hashed, slot.addr, "a short string without hash");
    }
}

fn userdata(ledger: &mut Ledger<'_, '_>, addr: Addr) {
    let Ok(object) = ledger.memory.image.read::<UserdataObject>(addr) else { return };
    ledger.optional(addr, "the metatable", object.metatable.addr, Kind::Table);
    function::values(ledger, addr, "the user values", object.user_values);
}

fn roots(ledger: &mut Ledger<'_, '_>) {
    let Ok(roots) = ledger.memory.roots else { return };
    let base = ledger.memory.base;
    ledger.reference(base, "the running coroutine", roots.current.addr, Kind::Coroutine);
    ledger.reference(base, "the main coroutine", roots.main.addr, Kind::Coroutine);
    ledger.reference(base, "the table of globals", roots.globals.addr, Kind::Table);
    ledger.reference(base, "the registry", roots.registry.addr, Kind::Table);
    for metatable in roots.type_metatables {
        ledger.optional(base, "the metatable of a type", metatable.addr, Kind::Table);
    }
    for name in roots.event_names {
        ledger.optional(base, "the name of an event", name.addr, Kind::String);
    }
    ledger.optional(base, "the memory message", roots.memory_message.addr, Kind::String);
    ledger.value(base, "the error under way", roots.error);
}
