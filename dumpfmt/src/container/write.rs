//! Writes a container into a stream: no seek, no allocation, no lock, no formatting.
//!
//! Invariant: the state that is written does not change meanwhile (the program stands still, or this is a
//! copy of it), so a first pass that only counts and a second that writes see the same. Where they do not,
//! the section keeps its announced length and is marked as failed.
//!
//! A writer outlives a fault in the middle of a section: whoever survives it calls [`Writer::abandon`] and goes
//! on with the next. Not here: opening files, reading memory (`vm/fatal`).

use super::{
    FileHeader, FileTrailer, IndexEntry, PAGE_SIZE, SECTION_ALIGNMENT, SECTION_END_MAGIC, SECTION_MAGIC,
    SectionHeader, SectionStatus, SectionTrailer, SegmentEntry, align,
};
use crate::addr::Addr;
use crate::pod;
use crate::region::{BLOCK_SIZE, BlockDescriptor, BlockState};
use crate::section::{SECTION_COUNT, SectionId};
use crate::wire::{self, Output};
use crc32fast::Hasher;
use serde::Serialize;

/// Where a dump goes.
pub trait Sink {
    /// Takes all of `bytes`, or fails for good.
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), SinkError>;

    /// Takes raw memory, page-aligned at both ends. Memory that cannot be read is replaced by zeros; answers
    /// how many bytes were.
    fn write_memory(&mut self, bytes: &[u8]) -> Result<u64, SinkError> {
        self.write_all(bytes).map(|()| 0)
    }

    /// The most bytes that [`Sink::write_memory`] likes at once.
    fn chunk_size(&self) -> u64 {
        1 << 20
    }
}

/// The sink cannot take more; the number is the system's, for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkError(pub i32);

/// The memory of the recorded process.
pub trait Memory {
    /// The bytes at `address`; none when there cannot be any. The writer asks only for what the block table
    /// and its caller say is there.
    fn bytes(&self, address: Addr, length: u64) -> &[u8];
}

/// Takes the records of a sequence one by one.
pub struct Emitter<'a> {
    /// None in the pass that only counts records.
    output: Option<&'a mut dyn Output>,
    count: u64,
    is_whole: bool,
}

impl Emitter<'_> {
    /// Takes the next record.
    pub fn record<T: Serialize>(&mut self, record: &T) {
        self.count += 1;
        if let Some(output) = &mut self.output {
            self.is_whole = self.is_whole && wire::encode(record, *output);
        }
    }
}

/// Gives every record of a sequence to the emitter; called three times.
pub type Source<'a> = &'a dyn Fn(&mut Emitter<'_>);

const ZEROS: [u8; PAGE_SIZE as usize] = [0; PAGE_SIZE as usize];

/// Bytes on their way to the checksum and, in the second pass, to the sink, gathered because records come in
/// single numbers. `limit` holds the section to the length that the first pass announced.
struct Stream<'a> {
    sink: Option<&'a mut dyn Sink>,
    hasher: Hasher,
    buffer: [u8; 1024],
    used: usize,
    taken: u64,
    limit: u64,
    error: Option<SinkError>,
}

impl<'a> Stream<'a> {
    fn new(sink: Option<&'a mut dyn Sink>, limit: u64) -> Self {
        Stream { sink, hasher: Hasher::new(), buffer: [0; 1024], used: 0, taken: 0, limit, error: None }
    }

    fn flush(&mut self) {
        let bytes = &self.buffer[..self.used];
        self.hasher.update(bytes);
        if let Some(sink) = &mut self.sink
            && self.error.is_none()
        {
            self.error = sink.write_all(bytes).err();
        }
        self.used = 0;
    }

    /// The checksum of what was taken.
    fn finish(mut self) -> (u64, u32, Option<SinkError>) {
        self.flush();
        (self.taken, self.hasher.finalize(), self.error)
    }
}

impl Output for Stream<'_> {
    fn put(&mut self, mut bytes: &[u8]) -> bool {
        if self.error.is_some() || bytes.len() as u64 > self.limit - self.taken {
            return false;
        }
        self.taken += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.used == self.buffer.len() {
                self.flush();
            }
            let count = bytes.len().min(self.buffer.len() - self.used);
            self.buffer[self.used..self.used + count].copy_from_slice(&bytes[..count]);
            self.used += count;
            bytes = &bytes[count..];
        }
        true
    }
}

/// The section that is being written, kept so that [`Writer::abandon`] knows what to end.
#[derive(Clone, Copy)]
struct Open {
    id: SectionId,
    /// Its offset is 0 until the header is written.
    entry: IndexEntry,
    /// Payload bytes written so far.
    written: u64,
}

/// Writes the sections of one dump, in the order of `SectionId`.
pub struct Writer<S: Sink> {
    sink: Counted<S>,
    uuid: [u8; 16],
    index: [IndexEntry; SECTION_COUNT],
    count: usize,
    open: Option<Open>,
}

/// A sink that knows where it is.
struct Counted<S: Sink> {
    sink: S,
    position: u64,
}

impl<S: Sink> Sink for Counted<S> {
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.sink.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn write_memory(&mut self, bytes: &[u8]) -> Result<u64, SinkError> {
        let holes = self.sink.write_memory(bytes)?;
        self.position += bytes.len() as u64;
        Ok(holes)
    }

    fn chunk_size(&self) -> u64 {
        self.sink.chunk_size()
    }
}

impl<S: Sink> Counted<S> {
    fn zeros(&mut self, mut count: u64) -> Result<(), SinkError> {
        while count > 0 {
            let piece = count.min(PAGE_SIZE);
            self.write_all(&ZEROS[..piece as usize])?;
            count -= piece;
        }
        Ok(())
    }
}

impl<S: Sink> Writer<S> {
    /// Starts a file; the header's checksum is filled in.
    pub fn start(sink: S, header: &FileHeader) -> Result<Self, SinkError> {
        let mut sink = Counted { sink, position: 0 };
        let header = header.sealed();
        sink.write_all(pod::bytes_of(&header))?;
        Ok(Writer {
            sink,
            uuid: header.uuid,
            index: [IndexEntry::default(); SECTION_COUNT],
            count: 0,
            open: None,
        })
    }

    /// Bytes written so far.
    pub fn position(&self) -> u64 {
        self.sink.position
    }

    /// The sink.
    pub fn sink(&mut self) -> &mut S {
        &mut self.sink.sink
    }

    /// Whether this section was started, whatever became of it.
    pub fn has(&self, id: SectionId) -> bool {
        self.index[..self.count].iter().any(|entry| entry.id == id as u16)
    }

    /// Writes a section of one record.
    pub fn record<T: Serialize>(&mut self, id: SectionId, record: &T) -> Result<(), SinkError> {
        self.encoded(id, 1, &|output| wire::encode(record, output))
    }

    /// Writes a section of many records.
    pub fn sequence(&mut self, id: SectionId, source: Source<'_>) -> Result<(), SinkError> {
        self.mark(id);
        let mut counting = Emitter { output: None, count: 0, is_whole: true };
        source(&mut counting);
        let count = counting.count;
        self.encoded(id, count, &|output| {
            let is_started = wire::encode(&count, output);
            let mut emitter = Emitter { output: Some(output), count: 0, is_whole: is_started };
            source(&mut emitter);
            emitter.is_whole && emitter.count == count
        })
    }

    fn encoded(
        &mut self,
        id: SectionId,
        count: u64,
        encode: &dyn Fn(&mut dyn Output) -> bool,
    ) -> Result<(), SinkError> {
        self.mark(id);
        let mut counting = Stream::new(None, u64::MAX);
        let is_whole = encode(&mut counting);
        let (length, crc, _) = counting.finish();
        self.begin(id, Addr::NULL, length, count, SECTION_ALIGNMENT)?;

        let mut writing = Stream::new(Some(&mut self.sink), length);
        let is_same = encode(&mut writing);
        let (written, written_crc, error) = writing.finish();
        if let Some(error) = error {
            return Err(error);
        }
        self.advance(written);
        let is_good = is_whole && is_same && written == length && crc == written_crc;
        let status = if is_good { SectionStatus::Complete } else { SectionStatus::Failed };
        self.end(status, written_crc, 0)
    }

    /// Writes a section of raw memory: `length` bytes at `address`, a whole number of pages.
    pub fn memory(
        &mut self,
        id: SectionId,
        memory: &dyn Memory,
        address: Addr,
        length: u64,
        count: u64,
    ) -> Result<(), SinkError> {
        self.mark(id);
        let length = align(length, PAGE_SIZE);
        self.begin(id, address, length, count, PAGE_SIZE)?;
        let mut raw = Raw::default();
        self.piece(memory, address, length, &mut raw)?;
        let (status, crc) = raw.finish();
        self.end(status, crc, raw.missing)
    }

    /// Writes the memory of every used block, and before it the section that says where each piece belongs.
    pub fn heap(
        &mut self,
        memory: &dyn Memory,
        blocks: Addr,
        descriptors: &[BlockDescriptor],
    ) -> Result<(), SinkError> {
        self.mark(SectionId::Segments);
        let (mut count, mut bytes) = (0, 0);
        for piece in Pieces::new(blocks, descriptors) {
            count += 1;
            bytes += piece.length;
        }

        let length = count * size_of::<SegmentEntry>() as u64;
        self.begin(SectionId::Segments, Addr::NULL, length, count, SECTION_ALIGNMENT)?;
        let directory_end = align(self.sink.position + length, SECTION_ALIGNMENT)
            + size_of::<SectionTrailer>() as u64
            + size_of::<SectionHeader>() as u64;
        let mut offset = align(directory_end, PAGE_SIZE);
        let mut stream = Stream::new(Some(&mut self.sink), length);
        for piece in Pieces::new(blocks, descriptors) {
            stream.put(pod::bytes_of(&SegmentEntry { offset, ..piece }));
            offset += piece.length;
        }
        let (written, crc, error) = stream.finish();
        if let Some(error) = error {
            return Err(error);
        }
        self.advance(written);
        self.end(SectionStatus::Complete, crc, 0)?;

        self.mark(SectionId::Heap);
        self.begin(SectionId::Heap, Addr::NULL, bytes, count, PAGE_SIZE)?;
        let mut raw = Raw::default();
        for piece in Pieces::new(blocks, descriptors) {
            self.piece(memory, piece.address, piece.length, &mut raw)?;
        }
        let (status, crc) = raw.finish();
        self.end(status, crc, raw.missing)
    }

    fn piece(
        &mut self,
        memory: &dyn Memory,
        mut address: Addr,
        mut length: u64,
        raw: &mut Raw,
    ) -> Result<(), SinkError> {
        let chunk = self.sink.chunk_size().max(PAGE_SIZE);
        while length > 0 {
            let count = length.min(chunk);
            let bytes = memory.bytes(address, count);
            // Written before it is read here: the kernel answers an unreadable page with an error, where
            // the checksum would fault.
            let holes = if bytes.len() as u64 == count {
                self.sink.write_memory(bytes)?
            } else {
                self.sink.zeros(count)?;
                count
            };
            self.advance(count);
            raw.missing += holes;
            if raw.missing == 0 {
                raw.hasher.update(bytes);
            }
            address = address.offset(count);
            length -= count;
        }
        Ok(())
    }

    /// Ends the section that a fault interrupted: the rest of its payload is zeros, its status is failed. A
    /// section that was never started is recorded as failed without payload.
    pub fn abandon(&mut self) -> Result<(), SinkError> {
        let Some(open) = self.open else { return Ok(()) };
        if open.entry.offset == 0 {
            self.begin(open.id, Addr::NULL, 0, 0, SECTION_ALIGNMENT)?;
        } else {
            // How much of the payload had gone out is known from the position alone: the fault may have come
            // between two counts.
            let done = self.sink.position.saturating_sub(open.entry.offset);
            self.sink.zeros(open.entry.length.saturating_sub(done))?;
        }
        if let Some(open) = &mut self.open {
            open.written = open.entry.length;
        }
        self.end(SectionStatus::Failed, 0, 0)
    }

    /// Ends the file: index and trailer. Answers its length.
    pub fn finish(&mut self, duration: u64) -> Result<u64, SinkError> {
        let index_offset = self.sink.position;
        let mut hasher = Hasher::new();
        for entry in &self.index[..self.count] {
            hasher.update(pod::bytes_of(entry));
            self.sink.write_all(pod::bytes_of(entry))?;
        }
        let trailer = FileTrailer {
            magic: super::FILE_END_MAGIC,
            uuid: self.uuid,
            index_offset,
            index_count: self.count as u32,
            index_crc: hasher.finalize(),
            file_length: self.sink.position + size_of::<FileTrailer>() as u64,
            duration,
            zero: 0,
            crc: 0,
        };
        self.sink.write_all(pod::bytes_of(&trailer.sealed()))?;
        Ok(self.sink.position)
    }

    /// Notes which section is at work; every section does so before its source is asked for anything. Whoever
    /// prepares a record in ways that may fault calls it first.
    pub fn mark(&mut self, id: SectionId) {
        let entry = IndexEntry { id: id as u16, version: id.version(), ..IndexEntry::default() };
        self.open = Some(Open { id, entry, written: 0 });
    }

    fn begin(
        &mut self,
        id: SectionId,
        address: Addr,
        length: u64,
        count: u64,
        alignment: u64,
    ) -> Result<(), SinkError> {
        let offset = align(self.sink.position + size_of::<SectionHeader>() as u64, alignment);
        let header = SectionHeader {
            magic: SECTION_MAGIC,
            id: id as u16,
            version: id.version(),
            flags: 0,
            address,
            offset,
            length,
            count,
            zero: [0; 3],
            crc: 0,
        };
        self.sink.write_all(pod::bytes_of(&header.sealed()))?;
        self.sink.zeros(offset - self.sink.position)?;
        let entry = IndexEntry {
            id: id as u16,
            version: id.version(),
            address,
            offset,
            length,
            count,
            ..IndexEntry::default()
        };
        self.open = Some(Open { id, entry, written: 0 });
        Ok(())
    }

    fn advance(&mut self, bytes: u64) {
        if let Some(open) = &mut self.open {
            open.written += bytes;
        }
    }

    fn end(&mut self, status: SectionStatus, payload_crc: u32, missing: u64) -> Result<(), SinkError> {
        let Some(mut open) = self.open else { return Ok(()) };
        self.sink.zeros(open.entry.length.saturating_sub(open.written))?;
        let end = align(self.sink.position, SECTION_ALIGNMENT);
        self.sink.zeros(end - self.sink.position)?;
        let trailer = SectionTrailer {
            magic: SECTION_END_MAGIC,
            id: open.entry.id,
            zero: 0,
            status: status as u32,
            payload_crc,
            missing,
            reserved: 0,
            crc: 0,
        };
        self.sink.write_all(pod::bytes_of(&trailer.sealed()))?;
        open.entry.status = status as u32;
        open.entry.payload_crc = payload_crc;
        open.entry.missing = missing;
        if let Some(slot) = self.index.get_mut(self.count) {
            *slot = open.entry;
            self.count += 1;
        }
        self.open = None;
        Ok(())
    }
}

/// What is known of raw memory while it is written.
#[derive(Default)]
struct Raw {
    hasher: Hasher,
    missing: u64,
}

impl Raw {
    fn finish(&self) -> (SectionStatus, u32) {
        match self.missing {
            0 => (SectionStatus::Complete, self.hasher.clone().finalize()),
            _ => (SectionStatus::Holes, 0),
        }
    }
}

/// The used parts of the block table, neighbours joined.
struct Pieces<'a> {
    blocks: Addr,
    descriptors: &'a [BlockDescriptor],
    next: usize,
}

impl<'a> Pieces<'a> {
    fn new(blocks: Addr, descriptors: &'a [BlockDescriptor]) -> Self {
        Pieces { blocks, descriptors, next: 0 }
    }
}

impl Iterator for Pieces<'_> {
    type Item = SegmentEntry;

    fn next(&mut self) -> Option<SegmentEntry> {
        let is_used = |block: &BlockDescriptor| block.state != BlockState::Free as u8;
        let rest = self.descriptors.get(self.next..)?;
        let start = self.next + rest.iter().position(is_used)?;
        let length = self.descriptors[start..].iter().take_while(|block| is_used(block)).count();
        self.next = start + length;
        Some(SegmentEntry {
            address: self.blocks.offset(start as u64 * BLOCK_SIZE),
            length: length as u64 * BLOCK_SIZE,
            offset: 0,
        })
    }
}
