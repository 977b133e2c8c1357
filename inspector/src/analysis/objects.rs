//! The heap by type, from the block table and its bitmaps alone: as fast for a large heap as for a small one.

use super::answer::{Certainty, Count};
use crate::model::dump::Dump;
use dumpfmt::layout::Kind;
use serde::Serialize;

/// Objects by type.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectsReport {
    /// All objects that are in use or not yet known to be garbage.
    pub count: Count,
    /// Bytes of their slots.
    pub bytes: Count,
    /// By type, the most bytes first.
    pub kinds: Vec<KindReport>,
    /// Objects that a collection under way has found unreachable and not yet freed.
    pub garbage_count: u64,
    /// Bytes of their slots.
    pub garbage_bytes: u64,
    /// `--max-heap`, if one was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_max: Option<u64>,
    /// Collections finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collections: Option<u64>,
    /// What could not be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// Objects of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindReport {
    /// `table`, `string`, …; the parts of tables and coroutines are counted apart.
    pub kind: &'static str,
    /// Objects.
    pub count: u64,
    /// Bytes of their slots.
    pub bytes: u64,
}

/// Counts all objects by type.
pub fn objects(dump: &Dump<'_>) -> ObjectsReport {
    let blocks = dump.memory.blocks();
    let census = blocks.census(&dump.memory.image);
    let mut kinds: Vec<KindReport> = Kind::ALL
        .iter()
        .map(|kind| (kind, census.kinds[*kind as usize]))
        .filter(|(_, tally)| tally.count > 0)
        .map(|(kind, tally)| KindReport { kind: kind.name(), count: tally.count, bytes: tally.bytes })
        .collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.bytes));
    let sum = |of: fn(&KindReport) -> u64| kinds.iter().map(of).fold(0u64, u64::saturating_add);
    let hole = if let Err(fault) = &dump.memory.roots {
        Some(format!("the roots that lead to the block table are missing: {fault}"))
    } else if census.blocks_missing > 0 || census.blocks_unread > 0 {
        let (missing, unread) = (census.blocks_missing, census.blocks_unread);
        Some(format!(
            "{missing} of {} blocks are not described, {unread} not countable",
            blocks.declared_count
        ))
    } else {
        None
    };
    let certainty = match (&hole, &dump.memory.roots) {
        (None, _) => Certainty::Exact,
        (_, Ok(_)) => Certainty::LowerBound,
        (_, Err(_)) => Certainty::Unknown,
    };
    ObjectsReport {
        count: Count { value: sum(|kind| kind.count), certainty },
        bytes: Count { value: sum(|kind| kind.bytes), certainty },
        garbage_count: census.kinds.iter().map(|tally| tally.garbage_count).sum(),
        garbage_bytes: census.kinds.iter().map(|tally| tally.garbage_bytes).sum(),
        bytes_max: dump
            .memory
            .roots
            .as_ref()
            .ok()
            .map(|roots| roots.bytes_allocated_max)
            .filter(|max| *max != u64::MAX),
        collections: dump.memory.roots.as_ref().ok().map(|roots| roots.collection_count),
        kinds,
        hole,
    }
}
