//! The flight recorder: the last things that happened before the dump.

use super::answer::{Certainty, Count};
use super::depiction::{Depiction, Extent, Painter};
use super::measure;
use super::sites::{SiteReport, site};
use crate::model::dump::Dump;
use crate::model::value::LuaValue;
use dumpfmt::record::{CollectionKind, Entry, Happening};
use serde::Serialize;

/// What the flight recorder held.
#[derive(Clone, Debug, Serialize)]
pub struct RecorderReport {
    /// How many entries.
    pub count: Count,
    /// Oldest first.
    pub entries: Vec<RecorderEntry>,
    /// Why there are not more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// One entry of the flight recorder.
#[derive(Clone, Debug, Serialize)]
pub struct RecorderEntry {
    /// When.
    pub time: String,
    /// Nanoseconds from then to the dump.
    pub ago_ns: Option<u64>,
    /// The birth epoch of objects made then.
    pub epoch: u32,
    /// `delivered`, `error caught`, …
    pub what: &'static str,
    /// In words.
    pub text: String,
    /// The event concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// The pending entry concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<u64>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ns: Option<u64>,
    /// The value of a caught error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Depiction>,
    /// Where the error was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised: Option<SiteReport>,
    /// Where it was caught.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caught: Option<SiteReport>,
}

/// What the flight recorder held.
pub fn recorder(dump: &Dump<'_>) -> RecorderReport {
    let mut records = dump.container.recorder();
    let mut painter = Painter::new(dump, Extent::IDENTITY);
    let entries: Vec<RecorderEntry> =
        records.by_ref().map(|record| entry(dump, &record, &mut painter)).collect();
    let hole = records.problem().map(|problem| problem.to_string());
    let certainty = if hole.is_some() { Certainty::LowerBound } else { Certainty::Exact };
    RecorderReport { count: Count { value: entries.len() as u64, certainty }, entries, hole }
}

fn entry(dump: &Dump<'_>, record: &Entry<'_>, painter: &mut Painter<'_, '_>) -> RecorderEntry {
    let taken = dump.taken();
    let ago = (taken.monotonic != 0).then(|| taken.monotonic.saturating_sub(record.at));
    let mut report = RecorderEntry {
        time: match ago {
            Some(ago) => measure::utc(taken.wall.saturating_sub_unsigned(ago)),
            None => "at an unknown time".to_owned(),
        },
        ago_ns: ago,
        epoch: record.epoch,
        what: record.what.name(),
        text: String::new(),
        event: None,
        pending: None,
        duration_ns: None,
        error: None,
        raised: None,
        caught: None,
    };
    match record.what {
        Happening::Delivered { event, kind, pending, duration, text, .. } => {
            report.event = Some(event.0);
            report.pending = (pending.0 != 0).then_some(pending.0);
            report.duration_ns = Some(duration);
            let space = if text.is_empty() { "" } else { ": " };
            report.text = format!("{}{space}{text}", kind.name());
        }
        Happening::ErrorCaught { value, raised, caught, text } => {
            report.raised = site(dump, &raised);
            report.caught = site(dump, &caught);
            report.text = text.to_string();
            report.error = caught_value(dump, value.into(), record.epoch, painter);
        }
        Happening::Collection { kind, duration, before, after } => {
            report.duration_ns = Some(duration);
            let why = match kind {
                CollectionKind::Paced => "",
                CollectionKind::Asked => ", asked for by the program",
                CollectionKind::Emergency => ", because memory ran out",
            };
            report.text = format!("{} -> {}{why}", measure::size(before), measure::size(after));
        }
        Happening::ModuleLoaded { name, path, duration } => {
            report.duration_ns = Some(duration);
            report.text = if path.is_empty() { format!("'{name}'") } else { format!("'{name}' from {path}") };
        }
        Happening::MainReturned => {}
        Happening::Dumped { requester: 0 } => report.text = "by the program itself".to_owned(),
        Happening::Dumped { requester } => report.text = format!("for process {requester}"),
        Happening::Epoch { wall } => report.text = format!("began at {}", measure::utc(wall)),
    }
    report
}

/// The value of an error that was caught; an object only while nothing younger lies at its address.
fn caught_value(
    dump: &Dump<'_>,
    value: LuaValue,
    epoch: u32,
    painter: &mut Painter<'_, '_>,
) -> Option<Depiction> {
    if let Some(addr) = value.object() {
        let slot = dump.memory.blocks().slot_of(addr)?;
        let life = dump.memory.blocks().life(&dump.memory.image, &slot).ok()?;
        let header = dump.memory.header(addr).ok()?;
        if life == crate::model::heap::Life::Free || header.epoch > epoch || slot.addr != addr {
            return None;
        }
    }
    Some(painter.identity(value))
}
