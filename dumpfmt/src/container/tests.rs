//! A fake region is written into memory and read back whole, cut and flipped.

use super::read::Container;
use super::write::{Emitter, Memory, Sink, SinkError, Writer};
use super::*;
use crate::fingerprint::LAYOUT_FINGERPRINT;
use crate::layout::value::{self, Value};
use crate::problem::Refusal;
use crate::record::*;
use crate::region::{BLOCK_SIZE, BlockDescriptor, BlockState};
use crate::section::SectionId;
use proptest::prelude::*;

const BASE: Addr = Addr(1 << 38);
const BLOCKS: Addr = Addr((1 << 38) + (1 << 33));

/// A sink into memory that can be made to fail after a number of bytes.
struct Buffer {
    bytes: Vec<u8>,
    capacity: usize,
    holes: bool,
}

impl Buffer {
    fn new() -> Self {
        Buffer { bytes: Vec::new(), capacity: usize::MAX, holes: false }
    }
}

impl Sink for &mut Buffer {
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        if self.bytes.len() + bytes.len() > self.capacity {
            return Err(SinkError(28));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn write_memory(&mut self, bytes: &[u8]) -> Result<u64, SinkError> {
        assert_eq!(self.bytes.len() as u64 % PAGE_SIZE, 0, "raw memory starts at a page of the file");
        if !self.holes {
            return self.write_all(bytes).map(|()| 0);
        }
        self.write_all(&vec![0; bytes.len()])?;
        Ok(bytes.len() as u64)
    }

    fn chunk_size(&self) -> u64 {
        24 << 10
    }
}

/// Pages filled with a pattern of their address.
struct Region {
    blocks: Vec<u8>,
    page: Vec<u8>,
}

impl Region {
    fn new(block_count: usize) -> Self {
        let blocks = (0..block_count * BLOCK_SIZE as usize).map(|at| (at / 512 + at) as u8).collect();
        Region { blocks, page: vec![0xa5; PAGE_SIZE as usize] }
    }
}

impl Memory for Region {
    fn bytes(&self, address: Addr, length: u64) -> &[u8] {
        if address < BLOCKS {
            return &self.page[..length as usize];
        }
        let start = (address.0 - BLOCKS.0) as usize;
        &self.blocks[start..start + length as usize]
    }
}

fn header() -> FileHeader {
    let mut producer = [0; 32];
    producer[..13].copy_from_slice(b"requiem 0.1.0");
    FileHeader {
        magic: MAGIC,
        version: FORMAT_VERSION,
        byte_order: BYTE_ORDER_MARK,
        fingerprint: LAYOUT_FINGERPRINT,
        uuid: *b"0123456789abcdef",
        region_base: BASE,
        region_size: 1 << 38,
        page_size: PAGE_SIZE as u32,
        header_size: size_of::<FileHeader>() as u32,
        flags: 0,
        wall: 1_795_173_900_000_000_000,
        producer,
        zero: [0; 3],
        crc: 0,
    }
}

fn cause() -> CauseRecord<'static> {
    CauseRecord {
        cause: Cause::Fault { signal: Signal::Bus, code: 2, address: Addr(0x10), instruction: Addr(0x20) },
        place: Place::Callback,
        message: "db.lua:88: attempt to index a nil value (field 'row')".into(),
        traceback: "stack traceback:\n\tdb.lua:88: in function <db.lua:80>".into(),
        error: Value::object(value::SHORT_STRING, Addr(0x1234)),
        offender: Value::nil_from(Addr(0x5678), value::Origin::MissingResult),
        coroutine: Addr(0x9abc),
        event: EventId(17),
        at: Moment { wall: 1, monotonic: 2, epoch: 3 },
        writer: 4711,
    }
}

fn pending(id: u64) -> Pending<'static> {
    let kinds = [
        PendingKind::Timer { due: id * 1000, period: 0, fired: 2 },
        PendingKind::Listen { address: "127.0.0.1:7000".into(), backlog: 128, accepted: id },
        PendingKind::Write { peer: "[::1]:52114".into(), done: 3, total: 70_000 },
        PendingKind::File { operation: "open".into(), path: "\u{fc}".into(), descriptor: -1 },
        PendingKind::Async,
    ];
    let mut stack = SiteStack::new();
    for depth in 0..id % 17 {
        stack.push(Site { function: Addr(0x100 + depth), pc: Addr(0x200 + depth) });
    }
    let callback = Value::object(value::FUNCTION, Addr(0x40 + id));
    Pending {
        id: PendingId(id),
        kind: kinds[id as usize % kinds.len()],
        state: PendingState::Waiting,
        is_referenced: id.is_multiple_of(2),
        callbacks: Bounded::from_slice(&[Callback { role: Role::Callback, value: callback }]),
        created: Moment { wall: 5, monotonic: 6, epoch: id as u32 },
        stack,
        parent: EventId(id / 2),
    }
}

fn descriptors(states: &[u8]) -> Vec<BlockDescriptor> {
    states.iter().map(|state| BlockDescriptor { state: *state, ..BlockDescriptor::default() }).collect()
}

fn write(buffer: &mut Buffer, pending_count: u64, states: &[u8]) -> Result<u64, SinkError> {
    let region = Region::new(states.len());
    let mut writer = Writer::start(buffer, &header())?;
    writer.record(SectionId::Cause, &cause())?;
    let program =
        Program { name: "orders".into(), arguments: Text(b"requiem\0orders.lua\0"), ..Program::default() };
    writer.record(SectionId::Program, &program)?;
    writer.sequence(SectionId::Natives, &|emit| {
        emit.record(&Native { id: 1, name: "print".into() });
        emit.record(&Native { id: 2, name: "string.format".into() });
    })?;
    writer.sequence(SectionId::Delivering, &|_| {})?;
    writer
        .sequence(SectionId::Pending, &|emit| (1..=pending_count).for_each(|id| emit.record(&pending(id))))?;
    writer.sequence(SectionId::Queue, &|_| {})?;
    writer.sequence(SectionId::Lineage, &|_| {})?;
    writer.sequence(SectionId::Recorder, &|emit| {
        let name = "db".into();
        let what = Happening::ModuleLoaded { name, path: "./db.lua".into(), duration: 9 };
        emit.record(&Entry { at: 1, epoch: 1, what });
    })?;
    for id in [SectionId::Roots, SectionId::Blocks, SectionId::Allocated, SectionId::Marked] {
        writer.memory(id, &region, BASE, 700, 1)?;
    }
    writer.heap(&region, BLOCKS, &descriptors(states))?;
    writer.finish(1)
}

fn sample() -> Vec<u8> {
    let mut buffer = Buffer::new();
    let states = [BlockState::Small as u8];
    let length = write(&mut buffer, 3, &states).unwrap();
    assert_eq!(length, buffer.bytes.len() as u64);
    buffer.bytes
}

/// Reads everything that can be read; the point is that it ends, without panic.
fn read_all(container: &Container<'_>) -> usize {
    let mut seen = container.cause().map_or(0, |cause| cause.message.0.len());
    seen += container.program().map_or(0, |program| program.arguments.pieces().count());
    seen += container.natives().count() + container.delivering().count() + container.pending().count();
    seen += container.queue().count() + container.lineage().count() + container.recorder().count();
    seen += container.segments().iter().count();
    seen + container.problems().iter().map(|problem| problem.to_string().len()).sum::<usize>()
}

#[test]
fn a_whole_dump_reads_back() {
    let bytes = sample();
    let container = Container::open(&bytes).unwrap();
    assert_eq!(container.problems(), []);
    assert_eq!(format!("{:?}", container.cause().unwrap()), format!("{:?}", cause()));
    let program = container.program().unwrap();
    assert_eq!(program.arguments.pieces().collect::<Vec<_>>(), [&b"requiem"[..], b"orders.lua"]);
    let names: Vec<_> = container.natives().map(|native| (native.id, native.name)).collect();
    assert_eq!(names, [(1, "print".into()), (2, "string.format".into())]);
    let mut records = container.pending();
    for id in 1..=3 {
        assert_eq!(format!("{:?}", records.next().unwrap()), format!("{:?}", pending(id)));
    }
    assert!(records.next().is_none() && records.problem().is_none());
    assert_eq!(container.section(SectionId::Roots).unwrap().address, BASE);
    for section in container.sections() {
        assert_eq!(section.verify(), Ok(()));
    }
    assert_eq!(container.sections().count(), SectionId::ALL.len());
    assert_eq!(container.producer(), "requiem 0.1.0");
}

#[test]
fn every_cut_opens_and_names_what_is_missing() {
    let bytes = sample();
    let whole = Container::open(&bytes).unwrap();
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        let container = match Container::open(cut) {
            Ok(container) => container,
            Err(refusal) => {
                assert!(length < size_of::<FileHeader>(), "{refusal} at {length}");
                continue;
            }
        };
        assert!(!container.is_whole(), "the cut at {length} was not noticed");
        for id in SectionId::ALL {
            let original = whole.section(*id).unwrap();
            let end = original.offset + original.length;
            let section = container.section(*id);
            if length as u64 >= end {
                assert_eq!(section.unwrap().payload, original.payload, "{id} at {length}");
            } else {
                let says = |problem: &crate::problem::FormatProblem| problem.section == Some(*id);
                assert!(container.problems().iter().any(says), "{id} is missing at {length}, unsaid");
                assert!(section.is_none_or(|section| section.payload.len() < original.payload.len()));
            }
        }
        read_all(&container);
    }
}

#[test]
fn without_its_index_a_dump_is_found_from_the_front() {
    let mut bytes = sample();
    let end = bytes.len();
    bytes[end - 30] ^= 0xff;
    let container = Container::open(&bytes).unwrap();
    assert_eq!(container.problems().len(), 1, "{:?}", container.problems());
    assert_eq!(container.sections().count(), SectionId::ALL.len());
    assert!(container.sections().all(|section| section.verify().is_ok()));
}

#[test]
fn no_flipped_bit_of_the_small_sections_goes_unnoticed() {
    let bytes = sample();
    let small = Container::open(&bytes).unwrap().section(SectionId::Roots).unwrap().offset as usize;
    let mut flipped = bytes.clone();
    // Padding before raw memory is under no checksum.
    for at in 0..small - PAGE_SIZE as usize {
        flipped[at] ^= 1 << (at % 8);
        if let Ok(container) = Container::open(&flipped) {
            read_all(&container);
            let is_noticed =
                !container.is_whole() || container.sections().any(|section| section.verify().is_err());
            let is_front = container.trailer().is_some();
            assert!(is_noticed || is_front, "the flip at {at}");
        }
        flipped[at] = bytes[at];
    }
}

proptest! {
    #[test]
    fn random_flips_never_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8u32), 1..6)) {
        let mut bytes = sample();
        for (index, bit) in flips {
            let at = index.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Ok(container) = Container::open(&bytes) {
            read_all(&container);
            for section in container.sections() {
                let _ = section.verify();
            }
        }
    }

    #[test]
    fn garbage_behind_a_good_header_never_panics(garbage in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut bytes = pod_bytes(&header().sealed());
        bytes.extend_from_slice(&garbage);
        read_all(&Container::open(&bytes).unwrap());
    }

    #[test]
    fn what_is_written_is_read(
        count in 0u64..60,
        states in prop::collection::vec(0u8..4, 0..12),
    ) {
        let mut buffer = Buffer::new();
        write(&mut buffer, count, &states).unwrap();
        let container = Container::open(&buffer.bytes).unwrap();
        prop_assert!(container.is_whole());
        for section in container.sections() {
            prop_assert_eq!(section.verify(), Ok(()));
        }
        let records: Vec<_> = container.pending().map(|record| format!("{record:?}")).collect();
        let expected: Vec<_> = (1..=count).map(|id| format!("{:?}", pending(id))).collect();
        prop_assert_eq!(records, expected);

        let region = Region::new(states.len());
        let mut is_found = vec![false; states.len()];
        let mut last_end = Addr::NULL;
        for segment in container.segments().iter() {
            prop_assert!(segment.address > last_end, "neighbours are joined");
            last_end = segment.address.offset(segment.length);
            let bytes = crate::pod::range(&buffer.bytes, segment.offset, segment.length).unwrap();
            prop_assert_eq!(bytes, region.bytes(segment.address, segment.length));
            let first = (segment.address.0 - BLOCKS.0) / BLOCK_SIZE;
            for block in first..first + segment.length / BLOCK_SIZE {
                is_found[block as usize] = true;
            }
        }
        let is_used: Vec<_> = states.iter().map(|state| *state != 0).collect();
        prop_assert_eq!(is_found, is_used);
    }
}

fn pod_bytes(header: &FileHeader) -> Vec<u8> {
    crate::pod::bytes_of(header).to_vec()
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let refusal = |bytes: &[u8]| Container::open(bytes).unwrap_err();
    assert_eq!(refusal(b""), Refusal::NotADump { length: 0 });
    assert_eq!(refusal(b"\x7fELF and so on"), Refusal::NotADump { length: 14 });
    assert_eq!(refusal(&MAGIC), Refusal::CutHeader { length: 8 });
    let producer = String::from("requiem 0.1.0");
    let later = FileHeader { version: 9, ..header() };
    let expected = Refusal::Version { found: 9, supported: FORMAT_VERSION, producer: producer.clone() };
    assert_eq!(refusal(&pod_bytes(&later.sealed())), expected);
    let foreign = FileHeader { fingerprint: 1, ..header() };
    assert_eq!(refusal(&pod_bytes(&foreign.sealed())), Refusal::Layout { producer });
    assert_eq!(refusal(&pod_bytes(&header())), Refusal::DamagedHeader);
    let swapped = FileHeader { byte_order: BYTE_ORDER_MARK.swap_bytes(), ..header() };
    assert_eq!(refusal(&pod_bytes(&swapped)), Refusal::ByteOrder);
}

#[test]
fn a_section_that_changes_under_the_writer_is_marked() {
    let mut buffer = Buffer::new();
    let mut writer = Writer::start(&mut buffer, &header()).unwrap();
    let calls = core::cell::Cell::new(0);
    let source = |emit: &mut Emitter<'_>| {
        calls.set(calls.get() + 1);
        let name = if calls.get() == 3 { "a longer name than before" } else { "short" };
        emit.record(&Native { id: 1, name: name.into() });
    };
    writer.sequence(SectionId::Natives, &source).unwrap();
    writer.record(SectionId::Cause, &cause()).unwrap();
    writer.finish(0).unwrap();
    let container = Container::open(&buffer.bytes).unwrap();
    assert_eq!(container.section(SectionId::Natives).unwrap().status, Some(SectionStatus::Failed));
    assert_eq!(container.natives().count(), 0);
    assert!(container.cause().is_ok());
}

#[test]
fn an_abandoned_section_is_followed_by_the_next() {
    let mut buffer = Buffer::new();
    let mut writer = Writer::start(&mut buffer, &header()).unwrap();
    let panicking = |_: &mut Emitter<'_>| panic!("the fault");
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        writer.sequence(SectionId::Natives, &panicking)
    }));
    assert!(outcome.is_err());
    writer.abandon().unwrap();

    // In the second pass, with part of the payload on its way.
    let calls = core::cell::Cell::new(0);
    let late = |emit: &mut Emitter<'_>| {
        calls.set(calls.get() + 1);
        for id in 0..100 {
            assert!(calls.get() < 3 || id < 60, "the fault");
            emit.record(&pending(id));
        }
    };
    let outcome =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| writer.sequence(SectionId::Pending, &late)));
    assert!(outcome.is_err());
    writer.abandon().unwrap();
    writer.abandon().unwrap();
    assert!(writer.has(SectionId::Pending) && !writer.has(SectionId::Cause));

    writer.record(SectionId::Cause, &cause()).unwrap();
    writer.finish(0).unwrap();
    let check = |bytes: &[u8]| {
        let container = Container::open(bytes).unwrap();
        let status = |id| container.section(id).unwrap().status;
        assert_eq!(status(SectionId::Natives), Some(SectionStatus::Failed));
        assert_eq!(status(SectionId::Pending), Some(SectionStatus::Failed));
        assert!(container.cause().is_ok());
    };
    check(&buffer.bytes);
    // Without the index as well.
    check(&buffer.bytes[..buffer.bytes.len() - 1]);
}

#[test]
fn unreadable_memory_is_a_hole() {
    let mut buffer = Buffer { holes: true, ..Buffer::new() };
    write(&mut buffer, 1, &[1, 0, 2, 3]).unwrap();
    let container = Container::open(&buffer.bytes).unwrap();
    let heap = container.section(SectionId::Heap).unwrap();
    assert_eq!((heap.status, heap.missing), (Some(SectionStatus::Holes), 3 * BLOCK_SIZE));
    assert!(heap.verify().is_err());
    assert!(container.problems().iter().any(|problem| problem.section == Some(SectionId::Heap)));
}

#[test]
fn a_full_disk_ends_the_writing() {
    for capacity in [0, 100, 1000, 9000, 70_000] {
        let mut buffer = Buffer { capacity, ..Buffer::new() };
        assert_eq!(write(&mut buffer, 5, &[1, 1]), Err(SinkError(28)));
    }
}

#[test]
fn a_list_of_texts_comes_apart() {
    let pieces = |text: &'static [u8]| Text(text).pieces().collect::<Vec<_>>();
    assert_eq!(pieces(b""), [] as [&[u8]; 0]);
    assert_eq!(pieces(b"\0"), [b""]);
    assert_eq!(pieces(b"a\0\0bc\0"), [&b"a"[..], b"", b"bc"]);
    assert_eq!(pieces(b"a\0b"), [b"a", b"b"]);
}
