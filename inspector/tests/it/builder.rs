//! Lays out a dump byte by byte from the prose of the format: numbers, offsets and checksums are written down
//! here once more on purpose.

use dumpfmt::fingerprint::LAYOUT_FINGERPRINT;

pub const BASE: u64 = 0x7e80_0000_0000;
const DESCRIPTORS: u64 = BASE + 0x800_0000;
const MARK_BITS: u64 = BASE + 0x8000_0000;
const ALLOCATED_BITS: u64 = BASE + 0x1_0000_0000;
const BLOCKS: u64 = BASE + 0x2_0000_0000;
const BLOCK: usize = 0x1_0000;

pub const KIND_STRING: u8 = 1;
pub const KIND_TABLE: u8 = 2;
pub const KIND_VALUES: u8 = 3;
pub const KIND_NODES: u8 = 4;
pub const KIND_FUNCTION: u8 = 5;
pub const KIND_NATIVE: u8 = 6;
pub const KIND_UPVALUE: u8 = 7;
pub const KIND_PROTOTYPE: u8 = 8;
pub const KIND_CODE: u8 = 9;
pub const KIND_BYTES: u8 = 10;
pub const KIND_COROUTINE: u8 = 11;
pub const KIND_STACK: u8 = 12;
pub const KIND_FRAMES: u8 = 13;

/// A value: kind and payload.
#[derive(Clone, Copy, Debug)]
pub struct Val(pub u8, pub u64);

pub const NIL: Val = Val(0, 0);

pub fn int(value: i64) -> Val {
    Val(3, value as u64)
}

pub fn float(value: f64) -> Val {
    Val(4, value.to_bits())
}

pub fn table(addr: u64) -> Val {
    Val(10, addr)
}

pub fn function(addr: u64) -> Val {
    Val(11, addr)
}

pub fn native(addr: u64) -> Val {
    Val(12, addr)
}

pub fn thread(addr: u64) -> Val {
    Val(14, addr)
}

struct Block {
    kind: u8,
    slot: usize,
    used: usize,
    bytes: Vec<u8>,
}

/// A heap under construction, and the root values.
#[derive(Default)]
pub struct Heap {
    blocks: Vec<Block>,
    strings: Vec<(Vec<u8>, u64)>,
    /// The bytes of `Roots`.
    pub roots: Vec<u8>,
}

/// Offsets inside `Roots` that the builder fills in.
pub const ROOTS_FRAME: usize = 0;
pub const ROOTS_TOP: usize = 24;
pub const ROOTS_EPOCH: usize = 40;
pub const ROOTS_CURRENT: usize = 64;
pub const ROOTS_MAIN: usize = 72;
pub const ROOTS_GLOBALS: usize = 80;
pub const ROOTS_REGISTRY: usize = 88;
const ROOTS_EVENT_NAMES: usize = 96 + 7 * 8;

impl Heap {
    pub fn new() -> Heap {
        Heap { roots: vec![0; 4096], ..Heap::default() }
    }

    /// A free slot of `size` bytes for an object of `kind`, with its header.
    pub fn slot(&mut self, kind: u8, size: usize, flags: u8, extra: u16) -> u64 {
        let slot = size.next_multiple_of(16);
        let found = self
            .blocks
            .iter()
            .rposition(|block| block.kind == kind && block.slot == slot && (block.used + 1) * slot <= BLOCK);
        let index = found.unwrap_or_else(|| {
            self.blocks.push(Block { kind, slot, used: 0, bytes: vec![0; BLOCK] });
            self.blocks.len() - 1
        });
        let block = &mut self.blocks[index];
        let addr = BLOCKS + (index * BLOCK + block.used * slot) as u64;
        block.used += 1;
        self.put(addr, &[kind, flags]);
        self.put(addr + 2, &extra.to_le_bytes());
        self.put(addr + 4, &1u32.to_le_bytes());
        addr
    }

    pub fn put(&mut self, addr: u64, bytes: &[u8]) {
        let offset = (addr - BLOCKS) as usize;
        let block = &mut self.blocks[offset / BLOCK];
        block.bytes[offset % BLOCK..][..bytes.len()].copy_from_slice(bytes);
    }

    pub fn put_u32(&mut self, addr: u64, value: u32) {
        self.put(addr, &value.to_le_bytes());
    }

    pub fn put_u64(&mut self, addr: u64, value: u64) {
        self.put(addr, &value.to_le_bytes());
    }

    pub fn put_value(&mut self, addr: u64, value: Val) {
        self.put_u64(addr, u64::from(value.0));
        self.put_u64(addr + 8, value.1);
    }

    pub fn root(&mut self, offset: usize, value: u64) {
        self.roots[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
    }

    /// An interned string.
    pub fn string(&mut self, text: &str) -> Val {
        if let Some((_, addr)) = self.strings.iter().find(|(bytes, _)| bytes == text.as_bytes()) {
            return Val(8, *addr);
        }
        let is_short = text.len() <= 40;
        let addr = self.slot(KIND_STRING, 16 + text.len(), if is_short { 3 } else { 0 }, 0);
        self.put_u32(addr + 8, text.len() as u32);
        self.put(addr + 16, text.as_bytes());
        if !is_short {
            return Val(9, addr);
        }
        self.strings.push((text.as_bytes().to_vec(), addr));
        Val(8, addr)
    }

    pub fn values(&mut self, values: &[Val]) -> u64 {
        let addr = self.slot(KIND_VALUES, 16 + 16 * values.len(), 0, 0);
        self.put_u32(addr + 8, values.len() as u32);
        self.put_u32(addr + 12, values.len() as u32);
        for (index, value) in values.iter().enumerate() {
            self.put_value(addr + 16 + 16 * index as u64, *value);
        }
        addr
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> u64 {
        let addr = self.slot(KIND_BYTES, 16 + bytes.len(), 0, 0);
        self.put_u64(addr + 8, bytes.len() as u64);
        self.put(addr + 16, bytes);
        addr
    }

    /// A table without contents yet.
    pub fn table(&mut self) -> u64 {
        let addr = self.slot(KIND_TABLE, 64, 0, 0);
        self.put_u64(addr + 24, BASE + self.empty_nodes() as u64);
        addr
    }

    /// Fills a table: the array part, then the fields.
    pub fn fill(&mut self, addr: u64, items: &[Val], fields: &[(Val, Val)]) {
        if !items.is_empty() {
            let array = self.values(items);
            self.put_u64(addr + 16, array);
            self.put_u32(addr + 32, items.len() as u32);
            self.put_u32(addr + 36, items.len() as u32);
            self.put_u32(addr + 52, items.len() as u32);
        }
        if fields.is_empty() {
            return;
        }
        let count = fields.len().next_power_of_two();
        let nodes = self.slot(KIND_NODES, 16 + 24 * count, 0, 0);
        self.put_u64(nodes + 8, count as u64);
        for (index, (key, value)) in fields.iter().enumerate() {
            let node = nodes + 16 + 24 * index as u64;
            self.put_u64(node, value.1);
            self.put(node + 8, &[value.0, key.0]);
            self.put_u64(node + 16, key.1);
        }
        self.put_u64(addr + 24, nodes);
        self.put_u32(addr + 40, count as u32 - 1);
    }

    pub fn metatable(&mut self, addr: u64, metatable: u64) {
        self.put_u64(addr + 8, metatable);
    }

    pub fn upvalue(&mut self, value: Val) -> u64 {
        let addr = self.slot(KIND_UPVALUE, 32, 0, 0);
        self.put_u64(addr + 8, addr + 16);
        self.put_value(addr + 16, value);
        addr
    }

    pub fn closure(&mut self, prototype: u64, upvalues: &[u64]) -> u64 {
        let addr = self.slot(KIND_FUNCTION, 16 + 8 * upvalues.len(), 0, upvalues.len() as u16);
        self.put_u64(addr + 8, prototype);
        for (index, upvalue) in upvalues.iter().enumerate() {
            self.put_u64(addr + 16 + 8 * index as u64, *upvalue);
        }
        addr
    }

    pub fn native(&mut self, id: u32) -> u64 {
        let addr = self.slot(KIND_NATIVE, 32, 0, 0);
        self.put_u32(addr + 16, id);
        addr
    }

    pub fn prototype(&mut self, function: &Function<'_>) -> u64 {
        let names: Vec<&str> =
            function.locals.iter().map(|local| local.0).chain(function.upvalues.iter().copied()).collect();
        let name_values: Vec<Val> = names.iter().map(|name| self.string(name)).collect();
        let constants: Vec<Val> = function.constants.iter().map(|text| self.string(text)).collect();
        let mut locals = Vec::new();
        for (index, (_, register, start, end)) in function.locals.iter().enumerate() {
            for word in [index as u32, *start, *end, *register] {
                locals.extend_from_slice(&word.to_le_bytes());
            }
        }
        let mut upvalues = Vec::new();
        for index in 0..function.upvalues.len() {
            upvalues.extend_from_slice(&((function.locals.len() + index) as u32).to_le_bytes());
            upvalues.extend_from_slice(&[0, index as u8, 0, 0]);
        }
        let words: Vec<u32> = function.code.iter().map(|(word, _)| *word).collect();
        let lines: Vec<u32> = function.code.iter().map(|(_, line)| *line).collect();
        let code = self.slot(KIND_CODE, 24 + 4 * words.len(), 0, 0);
        self.put_u32(code + 16, words.len() as u32);
        for (index, word) in words.iter().enumerate() {
            self.put_u32(code + 24 + 4 * index as u64, *word);
        }
        let rows = [
            code,
            self.values(&constants),
            0,
            self.bytes(&upvalues),
            self.bytes(&locals),
            self.bytes(&dumpfmt::line_table::encode(&lines)),
            self.values(&name_values),
            self.string(function.source).1,
            self.string(function.text).1,
        ];
        let addr = self.slot(KIND_PROTOTYPE, 96, 0, 0);
        for (index, row) in rows.iter().enumerate() {
            self.put_u64(addr + 8 + 8 * index as u64, *row);
        }
        self.put_u32(addr + 80, function.line);
        self.put_u32(addr + 84, function.last_line);
        self.put(addr + 88, &[function.parameters, 0, 10, function.upvalues.len() as u8]);
        self.put_u32(addr + 92, words.len() as u32);
        self.put_u64(code + 8, addr);
        addr
    }

    /// The address of word `index` of the code of the prototype at `addr`.
    pub fn word(&self, addr: u64, index: u64) -> u64 {
        self.get_u64(addr + 8) + 24 + 4 * index
    }

    pub fn get_u64(&self, addr: u64) -> u64 {
        let offset = (addr - BLOCKS) as usize;
        let bytes = &self.blocks[offset / BLOCK].bytes[offset % BLOCK..][..8];
        u64::from_le_bytes(bytes.try_into().unwrap())
    }

    /// A coroutine whose stack holds, frame by frame and outermost first, the function and its registers.
    pub fn coroutine(&mut self, status: u8, frames: &[FrameSpec]) -> u64 {
        let addr = self.slot(KIND_COROUTINE, 144, status, 0);
        let capacity: usize = frames.iter().map(|frame| 1 + frame.registers.len()).sum::<usize>() + 16;
        let stack = self.slot(KIND_STACK, 16 + 16 * capacity, 0, 0);
        self.put_u64(stack + 8, capacity as u64);
        let row = self.slot(KIND_FRAMES, 16 + 32 * 8, 0, 0);
        self.put_u64(row + 8, 8);
        let mut at = stack + 16;
        let mut last = row + 16;
        for (index, frame) in frames.iter().enumerate() {
            self.put_value(at, frame.function);
            let base = at + 16;
            for (register, value) in frame.registers.iter().enumerate() {
                self.put_value(base + 16 * register as u64, *value);
            }
            last = row + 16 + 32 * index as u64;
            self.put_u64(last, frame.pc);
            self.put_u64(last + 8, base);
            self.put_u32(last + 28, frame.flags);
            at = base + 16 * frame.registers.len() as u64;
        }
        for (offset, value) in [(8, stack), (16, row), (24, last), (48, at)] {
            self.put_u64(addr + offset, value);
        }
        addr
    }

    /// Where the empty hash part lies inside `Roots`.
    fn empty_nodes(&self) -> usize {
        let after_events = ROOTS_EVENT_NAMES + 29 * 8;
        // The memory message, the error, nine counts and addresses.
        (after_events + 8 + 16 + 9 * 8).next_multiple_of(16)
    }

    /// The raw memory sections, and the heap's pieces: section number, address, bytes.
    fn memory(&mut self) -> (Vec<RawSection>, Vec<u8>) {
        let counts = ROOTS_EVENT_NAMES + 29 * 8 + 8 + 16;
        let block_count = self.blocks.len() as u64;
        let numbers = [0, u64::MAX, block_count, BLOCKS, DESCRIPTORS, ALLOCATED_BITS, MARK_BITS, 3, 0];
        for (index, number) in numbers.iter().enumerate() {
            self.root(counts + 8 * index, *number);
        }
        let empty = self.empty_nodes();
        self.roots[empty] = KIND_NODES;
        self.roots[empty + 8] = 1;
        let mut descriptors = Vec::new();
        let mut allocated = Vec::new();
        let mut heap = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            descriptors.extend_from_slice(&[1, block.kind, 0, 0]);
            for number in [block.slot as u32, block.used as u32, 1, index as u32, 0, 0, 0] {
                descriptors.extend_from_slice(&number.to_le_bytes());
            }
            let mut bits = vec![0u8; BLOCK / 128];
            for slot in 0..block.used {
                let granule = slot * block.slot / 16;
                bits[granule / 8] |= 1 << (granule % 8);
            }
            allocated.extend_from_slice(&bits);
            heap.extend_from_slice(&block.bytes);
        }
        let marked = vec![0; allocated.len()];
        let sections = vec![
            (9, BASE, 1, self.roots.clone()),
            (10, DESCRIPTORS, block_count, descriptors),
            (11, ALLOCATED_BITS, 0, allocated),
            (12, MARK_BITS, 0, marked),
        ];
        (sections, heap)
    }

    /// The whole file; `records` are the sections 1 to 8 in order, each with how many records it holds.
    pub fn finish(mut self, records: &[(u64, Vec<u8>); 8]) -> Vec<u8> {
        let mut file = File { bytes: header(), index: Vec::new() };
        for (index, (count, payload)) in records.iter().enumerate() {
            file.section(index as u16 + 1, 0, *count, payload, 8);
        }
        let (memory, heap) = self.memory();
        for (id, address, count, payload) in &memory {
            file.section(*id, *address, *count, payload, 4096);
        }
        // Header and payload of this section, its trailer, the header of the next.
        let directory_end = file.bytes.len() + 64 + 24 + 32 + 64;
        let mut directory = Vec::new();
        for number in [BLOCKS, heap.len() as u64, directory_end.next_multiple_of(4096) as u64] {
            directory.extend_from_slice(&number.to_le_bytes());
        }
        file.section(13, 0, 1, &directory, 8);
        file.section(14, 0, 1, &heap, 4096);
        file.end()
    }
}

/// Number, address, count and payload.
type RawSection = (u16, u64, u64, Vec<u8>);

/// A function for [`Heap::prototype`]: locals are name, register, start and end.
pub struct Function<'t> {
    pub source: &'t str,
    pub text: &'t str,
    pub line: u32,
    pub last_line: u32,
    pub parameters: u8,
    pub constants: &'t [&'t str],
    pub locals: &'t [(&'t str, u32, u32, u32)],
    pub upvalues: &'t [&'t str],
    /// Word and line.
    pub code: &'t [(u32, u32)],
}

/// A frame for [`Heap::coroutine`].
pub struct FrameSpec {
    pub function: Val,
    pub registers: Vec<Val>,
    pub pc: u64,
    pub flags: u32,
}

struct File {
    bytes: Vec<u8>,
    index: Vec<u8>,
}

impl File {
    fn section(&mut self, id: u16, address: u64, count: u64, payload: &[u8], alignment: usize) {
        let offset = (self.bytes.len() + 64).next_multiple_of(alignment);
        let mut header = b"SECT".to_vec();
        header.extend_from_slice(&id.to_le_bytes());
        header.extend_from_slice(&1u16.to_le_bytes());
        for number in [0, address, offset as u64, payload.len() as u64, count, 0] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        header.extend_from_slice(&0u32.to_le_bytes());
        seal(&mut header);
        self.bytes.extend_from_slice(&header);
        self.bytes.resize(offset, 0);
        self.bytes.extend_from_slice(payload);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let mut trailer = b"TCES".to_vec();
        trailer.extend_from_slice(&id.to_le_bytes());
        trailer.extend_from_slice(&[0; 6]);
        trailer.extend_from_slice(&crc(payload).to_le_bytes());
        trailer.extend_from_slice(&[0; 12]);
        seal(&mut trailer);
        self.bytes.extend_from_slice(&trailer);
        self.index.extend_from_slice(&id.to_le_bytes());
        self.index.extend_from_slice(&1u16.to_le_bytes());
        self.index.extend_from_slice(&0u32.to_le_bytes());
        for number in [address, offset as u64, payload.len() as u64, count, 0] {
            self.index.extend_from_slice(&number.to_le_bytes());
        }
        self.index.extend_from_slice(&crc(payload).to_le_bytes());
        self.index.extend_from_slice(&0u32.to_le_bytes());
    }

    fn end(mut self) -> Vec<u8> {
        let index_offset = self.bytes.len() as u64;
        let index_count = (self.index.len() / 56) as u32;
        let mut trailer = b"VMC-END\n".to_vec();
        trailer.extend_from_slice(&UUID);
        trailer.extend_from_slice(&index_offset.to_le_bytes());
        trailer.extend_from_slice(&index_count.to_le_bytes());
        trailer.extend_from_slice(&crc(&self.index).to_le_bytes());
        let length = index_offset + self.index.len() as u64 + 64;
        for number in [length, 0] {
            trailer.extend_from_slice(&number.to_le_bytes());
        }
        trailer.extend_from_slice(&0u32.to_le_bytes());
        seal(&mut trailer);
        self.bytes.extend_from_slice(&self.index);
        self.bytes.extend_from_slice(&trailer);
        self.bytes
    }
}

const UUID: [u8; 16] = *b"one of its kind!";

fn header() -> Vec<u8> {
    let mut header = b"\x8eVMCORE\n".to_vec();
    header.extend_from_slice(&1u32.to_le_bytes());
    header.extend_from_slice(&0x0102_0304u32.to_le_bytes());
    header.extend_from_slice(&LAYOUT_FINGERPRINT.to_le_bytes());
    header.extend_from_slice(&UUID);
    for number in [BASE, 1 << 38] {
        header.extend_from_slice(&number.to_le_bytes());
    }
    for number in [4096u32, 128] {
        header.extend_from_slice(&number.to_le_bytes());
    }
    for number in [0, 1_800_000_000_000_000_000u64] {
        header.extend_from_slice(&number.to_le_bytes());
    }
    let mut producer = b"requiem 0.1.0".to_vec();
    producer.resize(32, 0);
    header.extend_from_slice(&producer);
    header.extend_from_slice(&[0; 12]);
    seal(&mut header);
    header
}

fn seal(bytes: &mut Vec<u8>) {
    let crc = crc(bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
}

/// CRC-32 as in zip and Ethernet.
pub fn crc(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut state = index as u32;
            let mut bit = 0;
            while bit < 8 {
                state = if state & 1 != 0 { state >> 1 ^ 0xedb8_8320 } else { state >> 1 };
                bit += 1;
            }
            table[index] = state;
            index += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |state: u32, byte| state >> 8 ^ TABLE[(state as u8 ^ byte) as usize])
}

/// A record under construction: fixed-width little-endian numbers, lengths and counts of eight bytes.
#[derive(Default)]
pub struct Record(pub Vec<u8>);

impl Record {
    pub fn u8(mut self, value: u8) -> Record {
        self.0.push(value);
        self
    }

    pub fn u32(mut self, value: u32) -> Record {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn u64(mut self, value: u64) -> Record {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn text(self, text: &str) -> Record {
        let mut record = self.u64(text.len() as u64);
        record.0.extend_from_slice(text.as_bytes());
        record
    }

    pub fn value(self, value: Val) -> Record {
        self.u8(value.0).u64(value.1)
    }

    /// Wall and monotonic clock, epoch.
    pub fn moment(self, monotonic: u64) -> Record {
        self.u64(1_800_000_000_000_000_000 - 5_000_000_000 + monotonic).u64(monotonic).u32(1)
    }

    /// A stack of sites: function and pc each.
    pub fn sites(self, sites: &[(u64, u64)]) -> Record {
        let start = self.u64(sites.len() as u64);
        sites.iter().fold(start, |record, (function, pc)| record.u64(*function).u64(*pc))
    }
}
