//! Reads a container from bytes that nobody vouches for: zero-copy, never a panic, always what there is.
//!
//! Invariant: every offset and length is checked against the file before use; no loop runs longer than the
//! file is. A file is refused only when it is no dump or one of another version; whatever else is wrong with
//! it is a [`FormatProblem`] beside the answer.
//!
//! The index at the end is read first; where it is missing or damaged (the file was cut, or never finished)
//! the sections are found from the front, each leading to the next.
//!
//! Not here: following addresses (`inspector/image`).

use super::{
    BYTE_ORDER_MARK, FILE_END_MAGIC, FORMAT_VERSION, FileHeader, FileTrailer, IndexEntry, MAGIC,
    SECTION_ALIGNMENT, SECTION_END_MAGIC, SECTION_MAGIC, Sealed, SectionHeader, SectionStatus,
    SectionTrailer, SegmentEntry, align,
};
use crate::addr::Addr;
use crate::fingerprint::LAYOUT_FINGERPRINT;
use crate::pod::{self, Array};
use crate::problem::{FormatProblem, Refusal};
use crate::record::{Ancestor, CauseRecord, Delivery, Entry, Native, Pending, Program, QueuedEvent, Text};
use crate::section::{SECTION_COUNT, SectionId, Shape};
use crate::wire::{self, DecodeProblem};
use core::marker::PhantomData;
use serde::Deserialize;

/// An opened dump.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    bytes: &'a [u8],
    header: FileHeader,
    trailer: Option<FileTrailer>,
    sections: [Option<Section<'a>>; SECTION_COUNT],
    problems: Vec<FormatProblem>,
}

/// One section, as much of it as the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// Which.
    pub id: SectionId,
    /// The version of its payload.
    pub version: u16,
    /// Where raw memory lay.
    pub address: Addr,
    /// Where its payload starts in the file.
    pub offset: u64,
    /// Bytes of payload that were announced.
    pub length: u64,
    /// Records, descriptors or segments that were announced.
    pub count: u64,
    /// How the writing went; `None` when the file ends before it says so.
    pub status: Option<SectionStatus>,
    /// Bytes of memory that could not be read when the dump was taken.
    pub missing: u64,
    /// The checksum of the payload, if the file reaches that far.
    pub crc: Option<u32>,
    /// The payload: `length` bytes, or fewer when the file was cut.
    pub payload: &'a [u8],
}

impl Section<'_> {
    /// Whether all of it is there and was written without failure. The checksum is not looked at.
    pub fn is_whole(&self) -> bool {
        self.status == Some(SectionStatus::Complete) && self.payload.len() as u64 == self.length
    }

    /// Compares the checksum; reads the whole payload, which takes time for a large heap. A section without
    /// one (cut, failed or with holes) is a problem too.
    pub fn verify(&self) -> Result<(), FormatProblem> {
        let problem =
            |expected: String, found: String| Err(FormatProblem::new(self.offset, self.id, expected, found));
        if (self.payload.len() as u64) < self.length {
            return problem(
                format!("{} bytes", self.length),
                format!("the end of the file after {}", self.payload.len()),
            );
        }
        match (self.status, self.crc) {
            (Some(SectionStatus::Complete), Some(expected)) => {
                let found = crc32fast::hash(self.payload);
                if found == expected {
                    return Ok(());
                }
                problem(format!("checksum {expected:08x}"), format!("{found:08x}"))
            }
            (Some(SectionStatus::Failed), _) => {
                problem("a complete section".into(), "one whose writing failed".into())
            }
            (Some(SectionStatus::Holes), _) => problem(
                "a complete section".into(),
                format!("one with {} bytes that could not be read when it was written", self.missing),
            ),
            _ => problem("the section's trailer".into(), "none".into()),
        }
    }
}

impl<'a> Container<'a> {
    /// Opens a dump.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let length = bytes.len() as u64;
        let prefix = bytes.len().min(MAGIC.len());
        if bytes.is_empty() || bytes[..prefix] != MAGIC[..prefix] {
            return Err(Refusal::NotADump { length });
        }
        let Some(header) = pod::get::<FileHeader>(bytes, 0) else {
            return Err(Refusal::CutHeader { length });
        };
        if header.byte_order == BYTE_ORDER_MARK.swap_bytes() {
            return Err(Refusal::ByteOrder);
        }
        // A future version may have another header, whose checksum lies elsewhere: the version comes first.
        let producer = text_of(&header.producer);
        if header.version != FORMAT_VERSION && header.byte_order == BYTE_ORDER_MARK {
            let supported = FORMAT_VERSION;
            return Err(Refusal::Version { found: header.version, supported, producer });
        }
        if !header.is_intact() {
            return Err(Refusal::DamagedHeader);
        }
        if header.fingerprint != LAYOUT_FINGERPRINT {
            return Err(Refusal::Layout { producer });
        }
        let mut container =
            Container { bytes, header, trailer: None, sections: [None; SECTION_COUNT], problems: Vec::new() };
        match container.find_index() {
            Ok(index) => container.read_index(index),
            Err(problem) => {
                container.problems.push(problem);
                container.scan();
            }
        }
        container.note_missing();
        Ok(container)
    }

    /// The file's fixed header.
    pub fn header(&self) -> &FileHeader {
        &self.header
    }

    /// The file's end; `None` when it was cut or never finished.
    pub fn trailer(&self) -> Option<&FileTrailer> {
        self.trailer.as_ref()
    }

    /// Which program wrote it, and its version.
    pub fn producer(&self) -> String {
        text_of(&self.header.producer)
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether nothing was found wrong so far. Checksums of payloads are compared by [`Section::verify`] only.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    /// What was found wrong when it was opened.
    pub fn problems(&self) -> &[FormatProblem] {
        &self.problems
    }

    /// A section, as much of it as there is.
    pub fn section(&self, id: SectionId) -> Option<Section<'a>> {
        self.sections[id.position()]
    }

    /// The sections that are there, in the order of the file.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> + '_ {
        self.sections.iter().copied().flatten()
    }

    /// Why the dump was taken.
    pub fn cause(&self) -> Result<CauseRecord<'a>, FormatProblem> {
        self.record(SectionId::Cause)
    }

    /// Which program it was.
    pub fn program(&self) -> Result<Program<'a>, FormatProblem> {
        self.record(SectionId::Program)
    }

    /// Names of the runtime's functions.
    pub fn natives(&self) -> Records<'a, Native<'a>> {
        self.records(SectionId::Natives)
    }

    /// What is being delivered, innermost first.
    pub fn delivering(&self) -> Records<'a, Delivery<'a>> {
        self.records(SectionId::Delivering)
    }

    /// Every callback that may yet run.
    pub fn pending(&self) -> Records<'a, Pending<'a>> {
        self.records(SectionId::Pending)
    }

    /// Events that are ready, in order.
    pub fn queue(&self) -> Records<'a, QueuedEvent<'a>> {
        self.records(SectionId::Queue)
    }

    /// Events that are over and have living descendants.
    pub fn lineage(&self) -> Records<'a, Ancestor<'a>> {
        self.records(SectionId::Lineage)
    }

    /// The flight recorder, oldest first.
    pub fn recorder(&self) -> Records<'a, Entry<'a>> {
        self.records(SectionId::Recorder)
    }

    /// Where the pieces of the heap lay, and where they are in the file. Addresses, lengths and offsets are
    /// as the file claims them.
    pub fn segments(&self) -> Array<'a, SegmentEntry> {
        Array::new(self.section(SectionId::Segments).map_or(&[], |section| section.payload))
    }

    /// The record of a section of one.
    pub fn record<T: Deserialize<'a>>(&self, id: SectionId) -> Result<T, FormatProblem> {
        debug_assert_eq!(id.shape(), Shape::Record);
        let section = self.readable(id)?;
        let (record, taken) = wire::decode(section.payload)
            .map_err(|problem| FormatProblem::new(section.offset, id, "a record", problem.to_string()))?;
        if taken != section.payload.len() {
            let at = section.offset + taken as u64;
            return Err(FormatProblem::new(at, id, "the end of the record", "further bytes"));
        }
        Ok(record)
    }

    /// The records of a section of many; none when it is missing, which [`Container::problems`] tells.
    pub fn records<T: Deserialize<'a>>(&self, id: SectionId) -> Records<'a, T> {
        debug_assert_eq!(id.shape(), Shape::Sequence);
        match self.readable(id) {
            Ok(section) => Records::new(section),
            Err(problem) => Records {
                section: id,
                offset: 0,
                rest: &[],
                left: 0,
                problem: Some(problem),
                marker: PhantomData,
            },
        }
    }

    fn readable(&self, id: SectionId) -> Result<Section<'a>, FormatProblem> {
        let Some(section) = self.section(id) else {
            return Err(FormatProblem::new(self.bytes.len() as u64, id, "the section", "nothing"));
        };
        if section.version != id.version() {
            let expected = format!("version {}", id.version());
            return Err(FormatProblem::new(section.offset, id, expected, format!("{}", section.version)));
        }
        if section.status == Some(SectionStatus::Failed) {
            return Err(FormatProblem::new(
                section.offset,
                id,
                "a complete section",
                "one whose writing failed",
            ));
        }
        Ok(section)
    }

    fn find_index(&mut self) -> Result<Array<'a, IndexEntry>, FormatProblem> {
        let length = self.bytes.len() as u64;
        let at = length.saturating_sub(size_of::<FileTrailer>() as u64);
        let problem =
            |offset, expected: &str, found: &str| Err(FormatProblem::new(offset, None, expected, found));
        let trailer = pod::get::<FileTrailer>(self.bytes, at);
        let Some(trailer) = trailer.filter(|trailer| trailer.magic == FILE_END_MAGIC) else {
            return problem(
                length,
                "the end of the dump",
                "the end of the file: it was cut, or never finished",
            );
        };
        if !trailer.is_intact() || trailer.uuid != self.header.uuid || trailer.file_length != length {
            return problem(at, "the trailer of this dump", "a damaged one");
        }
        self.trailer = Some(trailer);
        let index_bytes = u64::from(trailer.index_count) * size_of::<IndexEntry>() as u64;
        match pod::range(self.bytes, trailer.index_offset, index_bytes) {
            Some(index) if crc32fast::hash(index) == trailer.index_crc => Ok(Array::new(index)),
            _ => problem(trailer.index_offset, "the index of sections", "a damaged one"),
        }
    }

    fn read_index(&mut self, index: Array<'a, IndexEntry>) {
        for entry in index.iter() {
            let Some(id) = SectionId::from_number(entry.id) else { continue };
            let status = SectionStatus::from_number(entry.status);
            if status.is_none() {
                let found = format!("{}", entry.status);
                self.problems.push(FormatProblem::new(entry.offset, id, "a known status", found));
            }
            self.add(Section {
                id,
                version: entry.version,
                address: entry.address,
                offset: entry.offset,
                length: entry.length,
                count: entry.count,
                status,
                missing: entry.missing,
                crc: Some(entry.payload_crc),
                payload: self.payload(entry.offset, entry.length),
            });
        }
    }

    /// Walks the sections from the front until one does not lead to the next.
    fn scan(&mut self) {
        let end = self.bytes.len() as u64;
        let mut at = u64::from(self.header.header_size);
        while at < end {
            let Some(header) = pod::get::<SectionHeader>(self.bytes, at) else {
                self.problems.push(FormatProblem::new(at, None, "a section's header", "the end of the file"));
                return;
            };
            if header.magic != SECTION_MAGIC {
                // Here the index starts, when only the end of the file is missing or damaged.
                return;
            }
            if !header.is_intact() || header.offset < at {
                self.problems.push(FormatProblem::new(at, None, "a section's header", "a damaged one"));
                return;
            }
            let payload = self.payload(header.offset, header.length);
            let payload_end = header.offset.saturating_add(header.length);
            let trailer_at = align(payload_end, SECTION_ALIGNMENT);
            let trailer = pod::get::<SectionTrailer>(self.bytes, trailer_at)
                .filter(|trailer| trailer.magic == SECTION_END_MAGIC && trailer.is_intact());
            let is_cut = trailer_at.saturating_add(size_of::<SectionTrailer>() as u64) > end;
            if let Some(id) = SectionId::from_number(header.id) {
                if is_cut {
                    let found = format!("the end of the file after {}", payload.len());
                    let expected = format!("{} bytes and their checksum", header.length);
                    self.problems.push(FormatProblem::new(header.offset, id, expected, found));
                } else if trailer.is_none() {
                    self.problems.push(FormatProblem::new(trailer_at, id, "the trailer", "a damaged one"));
                }
                self.add(Section {
                    id,
                    version: header.version,
                    address: header.address,
                    offset: header.offset,
                    length: header.length,
                    count: header.count,
                    status: trailer.and_then(|trailer| SectionStatus::from_number(trailer.status)),
                    missing: trailer.map_or(0, |trailer| trailer.missing),
                    crc: trailer.map(|trailer| trailer.payload_crc),
                    payload,
                });
            }
            // `offset >= at` and the sizes added make this larger than `at`, unless it wrapped.
            let next = trailer_at.saturating_add(size_of::<SectionTrailer>() as u64);
            if next <= at {
                return;
            }
            at = next;
        }
    }

    /// As much of a payload as the file holds.
    fn payload(&self, offset: u64, length: u64) -> &'a [u8] {
        let available = (self.bytes.len() as u64).saturating_sub(offset);
        pod::range(self.bytes, offset, length.min(available)).unwrap_or(&[])
    }

    fn add(&mut self, section: Section<'a>) {
        let slot = &mut self.sections[section.id.position()];
        if slot.is_some() {
            self.problems.push(FormatProblem::new(
                section.offset,
                section.id,
                "one section",
                "another of the same",
            ));
            return;
        }
        *slot = Some(section);
        let is_short = (section.payload.len() as u64) < section.length;
        if self.trailer.is_some() && is_short {
            let expected = format!("{} bytes", section.length);
            self.problems.push(FormatProblem::new(section.offset, section.id, expected, "fewer"));
        }
        match section.status {
            Some(SectionStatus::Failed) => self.problems.push(FormatProblem::new(
                section.offset,
                section.id,
                "a complete section",
                "one whose writing failed",
            )),
            Some(SectionStatus::Holes) => self.problems.push(FormatProblem::new(
                section.offset,
                section.id,
                "a complete section",
                format!("one with {} bytes that could not be read", section.missing),
            )),
            Some(SectionStatus::Complete) | None => {}
        }
    }

    fn note_missing(&mut self) {
        let end = self.bytes.len() as u64;
        for id in SectionId::ALL {
            if self.sections[id.position()].is_none() {
                self.problems.push(FormatProblem::new(end, *id, "the section", "nothing"));
            }
        }
    }
}

/// The records of a section, decoded one at a time; it ends early at the first that is damaged or cut off.
#[derive(Clone, Debug)]
pub struct Records<'a, T> {
    section: SectionId,
    offset: u64,
    rest: &'a [u8],
    left: u64,
    problem: Option<FormatProblem>,
    marker: PhantomData<T>,
}

impl<'a, T> Records<'a, T> {
    fn new(section: Section<'a>) -> Self {
        let mut records = Records {
            section: section.id,
            offset: section.offset,
            rest: section.payload,
            left: 0,
            problem: None,
            marker: PhantomData,
        };
        match wire::decode::<u64>(section.payload) {
            Ok((count, taken)) => {
                records.left = count;
                records.advance(taken);
            }
            Err(problem) => records.stop(problem),
        }
        records
    }

    /// Why it ended early, once it has; `None` when all records were there.
    pub fn problem(&self) -> Option<&FormatProblem> {
        self.problem.as_ref()
    }

    /// How many records are still announced.
    pub fn left(&self) -> u64 {
        self.left
    }

    fn advance(&mut self, bytes: usize) {
        self.offset += bytes as u64;
        self.rest = self.rest.get(bytes..).unwrap_or(&[]);
    }

    fn stop(&mut self, problem: DecodeProblem) {
        let expected = format!("{} more records", self.left);
        self.problem = Some(FormatProblem::new(self.offset, self.section, expected, problem.to_string()));
        self.rest = &[];
    }
}

impl<'a, T: Deserialize<'a>> Iterator for Records<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.left == 0 || self.problem.is_some() {
            return None;
        }
        match wire::decode(self.rest) {
            Ok((record, taken)) => {
                self.left -= 1;
                self.advance(taken);
                Some(record)
            }
            Err(problem) => {
                self.stop(problem);
                None
            }
        }
    }
}

fn text_of(padded: &[u8]) -> String {
    let end = padded.iter().position(|byte| *byte == 0).unwrap_or(padded.len());
    Text(&padded[..end]).to_string()
}
