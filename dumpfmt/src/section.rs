//! The one section table: number, name, shape and version of every section of a dump.
//!
//! Invariant: the order of the table is the order in the file, what a reader needs most first, so that a file
//! that was cut loses the least. A number is never given to another section.
//!
//! Not here: what the records hold (`record`), how sections lie in the file (`container`).

use core::fmt;

/// How the payload of a section is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One record.
    Record,
    /// A 64-bit count, then as many records.
    Sequence,
    /// Raw memory, as it lay at the section's address.
    Memory,
    /// `container::SegmentEntry` records: where the heap section's pieces belong.
    Segments,
    /// The pieces of memory that the segments section lists, one after another.
    Heap,
}

macro_rules! sections {
    ($( $(#[doc = $doc:literal])+ $id:ident $number:literal $name:literal $shape:ident $version:literal; )+) => {
        /// A section of a dump.
        #[repr(u16)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SectionId { $( $(#[doc = $doc])+ $id = $number, )+ }

        impl SectionId {
            /// Every section, in the order of the file.
            pub const ALL: &[SectionId] = &[$( SectionId::$id, )+];

            /// The section with this number, if there is one.
            pub const fn from_number(number: u16) -> Option<SectionId> {
                match number { $( $number => Some(SectionId::$id), )+ _ => None }
            }

            /// The word for it in reports.
            pub const fn name(self) -> &'static str {
                match self { $( SectionId::$id => $name, )+ }
            }

            /// How its payload is to be read.
            pub const fn shape(self) -> Shape {
                match self { $( SectionId::$id => Shape::$shape, )+ }
            }

            /// The version of its payload that this crate writes and reads.
            pub const fn version(self) -> u16 {
                match self { $( SectionId::$id => $version, )+ }
            }
        }
    };
}

sections! {
    // id        number name              shape    version

    /// Why the dump was taken: `record::CauseRecord`.
    Cause        1  "cause"               Record   1;
    /// Which program, where, when: `record::Program`.
    Program      2  "program"             Record   1;
    /// Names of the runtime's functions: `record::Native`.
    Natives      3  "natives"             Sequence 1;
    /// What is being delivered right now, innermost first: `record::Delivery`.
    Delivering   4  "delivering"          Sequence 1;
    /// Every callback that may yet run: `record::Pending`.
    Pending      5  "pending"             Sequence 1;
    /// Events that are ready and not yet delivered, in order: `record::QueuedEvent`.
    Queue        6  "queue"               Sequence 1;
    /// Delivered events that something still descends from: `record::Ancestor`.
    Lineage      7  "lineage"             Sequence 1;
    /// The flight recorder, oldest first: `record::Entry`.
    Recorder     8  "recorder"            Sequence 1;
    /// The page of `layout::roots::Roots`.
    Roots        9  "roots"               Memory   1;
    /// The block table: `region::BlockDescriptor`.
    Blocks       10 "block table"         Memory   1;
    /// One bit for each 16 bytes of block memory: an object starts here.
    Allocated    11 "allocated bitmap"    Memory   1;
    /// One bit for each 16 bytes of block memory: reached by the collection under way.
    Marked       12 "mark bitmap"         Memory   1;
    /// Where the pieces of the heap section belong.
    Segments     13 "segments"            Segments 1;
    /// The memory of every used block.
    Heap         14 "heap"                Heap     1;
}

/// How many sections there are.
pub const SECTION_COUNT: usize = SectionId::ALL.len();

impl SectionId {
    /// Its place in the order of the file.
    pub fn position(self) -> usize {
        self as usize - 1
    }
}

// `position` relies on numbers without gap.
const _: () = {
    let mut index = 0;
    while index < SECTION_COUNT {
        assert!(SectionId::ALL[index] as usize == index + 1);
        index += 1;
    }
};

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
