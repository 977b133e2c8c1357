//! What is wrong with a file, and where: offset, what was expected, what was found.
//!
//! A problem is data for a report; it never stops a reader. `Refusal` is the exception: a file that cannot be
//! read at all.

use crate::section::SectionId;
use core::fmt;

/// One thing in a file that is not as the format has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatProblem {
    /// Where in the file.
    pub offset: u64,
    /// The section concerned; `None` for the file as a whole.
    pub section: Option<SectionId>,
    /// What the format has there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl FormatProblem {
    /// A problem of `section` at `offset`.
    pub fn new(
        offset: u64,
        section: impl Into<Option<SectionId>>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        FormatProblem { offset, section: section.into(), expected: expected.into(), found: found.into() }
    }
}

impl fmt::Display for FormatProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(section) = self.section {
            write!(f, "{section}: ")?;
        }
        write!(f, "expected {} at offset {}, found {}", self.expected, self.offset, self.found)
    }
}

/// Why a file cannot be read at all, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not start as a dump does.
    NotADump {
        /// Bytes the file has.
        length: u64,
    },
    /// It starts as a dump does and ends inside the fixed header.
    CutHeader {
        /// Bytes the file has.
        length: u64,
    },
    /// The fixed header does not match its checksum.
    DamagedHeader,
    /// Written with the other byte order.
    ByteOrder,
    /// Another version of the container.
    Version {
        /// What it says it is.
        found: u32,
        /// What this crate reads.
        supported: u32,
        /// Which program wrote it.
        producer: String,
    },
    /// The same container around other object layouts or opcodes.
    Layout {
        /// Which program wrote it.
        producer: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotADump { length: 0 } => f.write_str("the file is empty"),
            Refusal::NotADump { .. } => {
                f.write_str("this is no Requiem dump: it does not start with the mark of one")
            }
            Refusal::CutHeader { length } => {
                write!(f, "the dump was cut inside its header: it ends after {length} bytes")
            }
            Refusal::DamagedHeader => {
                f.write_str("the header of the dump is damaged: its checksum does not match")
            }
            Refusal::ByteOrder => f.write_str(
                "the dump was written on a machine of the other byte order, which this coroner does not read",
            ),
            Refusal::Version { found, supported, producer } => write!(
                f,
                "the dump has format version {found} and this coroner reads {supported}; it was written by \
                 {producer}: the coroner that came with that release reads it"
            ),
            Refusal::Layout { producer } => write!(
                f,
                "the dump was written by {producer}, whose object layouts differ from those this coroner was \
                 built with: the coroner that came with that release reads it"
            ),
        }
    }
}

impl core::error::Error for Refusal {}
