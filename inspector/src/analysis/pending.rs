//! The pending registry: every callback that may yet run, with where it came from.

use super::answer::{Certainty, Count};
use super::depiction::{Depiction, Extent, Painter, Scalar};
use super::measure;
use super::sites::{SiteReport, callback_name, sites};
use super::stacks::{Variable, named_upvalues};
use crate::model::dump::Dump;
use crate::model::value::LuaValue;
use dumpfmt::record::{EventId, Pending, PendingId, PendingKind, Role};
use serde::Serialize;
use std::collections::BTreeMap;

/// All pending callbacks.
#[derive(Clone, Debug, Serialize)]
pub struct PendingReport {
    /// How many there are.
    pub count: Count,
    /// In the order in which they were made.
    pub entries: Vec<PendingEntry>,
    /// Why there are not more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// A callback that may yet run.
#[derive(Clone, Debug, Serialize)]
pub struct PendingEntry {
    /// Its number.
    pub id: u64,
    /// `timer`, `read`, …
    pub kind: &'static str,
    /// `waiting`, `queued`, …
    pub state: &'static str,
    /// Whether it keeps the loop running.
    pub referenced: bool,
    /// What it waits for, in words.
    pub waits_for: String,
    /// The same as named values; times in nanoseconds.
    pub particulars: BTreeMap<&'static str, Scalar>,
    /// Nanoseconds from its making to the dump.
    pub age_ns: Option<u64>,
    /// When it was made.
    pub created: String,
    /// What to call its callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
    /// Its values by role: `callback`, `coroutine`, `handle`, …
    pub values: Vec<RoleValue>,
    /// What its callback closes over, functions apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub captured: Vec<Variable>,
    /// Who made it, innermost first.
    pub armed_by: Vec<SiteReport>,
    /// The event in whose delivery it was made; 1 is the main chunk.
    pub parent_event: Option<u64>,
}

/// A value that an entry keeps.
#[derive(Clone, Debug, Serialize)]
pub struct RoleValue {
    /// What for.
    pub role: &'static str,
    /// Which.
    pub value: Depiction,
}

/// Entries of captured tables that are shown in all.
const CAPTURED_MAX: usize = 100_000;

/// All pending callbacks.
pub fn pending(dump: &Dump<'_>) -> PendingReport {
    let mut records = dump.container.pending();
    let mut painter = Painter::new(dump, Extent { entries_total: CAPTURED_MAX, ..Extent::GLIMPSE });
    let entries: Vec<PendingEntry> =
        records.by_ref().map(|record| entry(dump, &record, &mut painter)).collect();
    let hole = records.problem().map(|problem| problem.to_string());
    let certainty = if hole.is_some() { Certainty::LowerBound } else { Certainty::Exact };
    PendingReport { count: Count { value: entries.len() as u64, certainty }, entries, hole }
}

/// The pending entry with this number, in words: `timer #12, due in 30 ms`.
pub fn in_words(dump: &Dump<'_>, record: &Pending<'_>) -> String {
    let (words, _) = particulars(&record.kind, dump.taken().monotonic);
    let space = if words.is_empty() { "" } else { ", " };
    format!("{} #{}{space}{words}", record.kind.name(), record.id.0)
}

/// Finds a pending entry by number.
pub fn find<'f>(dump: &Dump<'f>, id: PendingId) -> Option<Pending<'f>> {
    if id == PendingId::NONE {
        return None;
    }
    dump.container.pending().find(|record| record.id == id)
}

fn entry(dump: &Dump<'_>, record: &Pending<'_>, painter: &mut Painter<'_, '_>) -> PendingEntry {
    let now = dump.taken().monotonic;
    let (waits_for, particulars) = particulars(&record.kind, now);
    let callback = record.value(Role::Callback).map(LuaValue::from);
    PendingEntry {
        id: record.id.0,
        kind: record.kind.name(),
        state: record.state.name(),
        referenced: record.is_referenced,
        waits_for,
        particulars,
        age_ns: (now != 0).then(|| now.saturating_sub(record.created.monotonic)),
        created: measure::utc(record.created.wall),
        callback: callback.and_then(|value| callback_name(dump, value)),
        values: record
            .callbacks
            .iter()
            .map(|callback| RoleValue {
                role: callback.role.name(),
                value: painter.identity(callback.value.into()),
            })
            .collect(),
        captured: callback.map_or_else(Vec::new, |callback| captured(dump, callback, painter)),
        armed_by: sites(dump, &record.stack),
        parent_event: (record.parent != EventId::NONE).then_some(record.parent.0),
    }
}

/// The upvalues of a callback that tell for whom it runs: functions and handles do not.
fn captured(dump: &Dump<'_>, callback: LuaValue, painter: &mut Painter<'_, '_>) -> Vec<Variable> {
    named_upvalues(dump, callback)
        .into_iter()
        .filter(|(name, _)| name != "_ENV")
        .filter(|(_, value)| {
            !matches!(value, Ok(LuaValue::Function(_) | LuaValue::Native(_) | LuaValue::Userdata(_)))
        })
        .map(|(name, value)| Variable { name, value: painter.paint_found(value) })
        .collect()
}

/// What an entry waits for: in words, and as named values.
fn particulars(kind: &PendingKind<'_>, now: u64) -> (String, BTreeMap<&'static str, Scalar>) {
    let mut values = BTreeMap::new();
    let mut number = |name, value: u64| {
        values.insert(name, Scalar::Integer(i64::try_from(value).unwrap_or(i64::MAX)));
    };
    let words = match *kind {
        PendingKind::Timer { due, period, fired } => {
            number("due_monotonic_ns", due);
            number("period_ns", period);
            number("fired", fired);
            let mut words = if now == 0 {
                "due at an unknown time".to_owned()
            } else if due >= now {
                format!("due in {}", measure::duration(due - now))
            } else {
                format!("overdue by {}", measure::duration(now - due))
            };
            if now != 0 {
                values.insert("due_in_ns", Scalar::Integer(due.wrapping_sub(now) as i64));
            }
            if period != 0 {
                words.push_str(&format!(", every {}", measure::duration(period)));
            }
            if fired != 0 {
                words.push_str(&format!(", has run {fired} time{}", if fired == 1 { "" } else { "s" }));
            }
            words
        }
        PendingKind::Listen { backlog, accepted, .. } => {
            number("backlog", u64::from(backlog));
            number("accepted", accepted);
            format!("{accepted} accepted so far")
        }
        PendingKind::Read { bytes, .. } | PendingKind::Datagram { bytes, .. } => {
            number("bytes", bytes);
            format!("{bytes} bytes so far")
        }
        PendingKind::Write { done, total, .. } => {
            number("done", done);
            number("total", total);
            format!("{done} of {total} bytes written")
        }
        PendingKind::Signal { number: signal } => {
            values.insert("number", Scalar::Integer(i64::from(signal)));
            format!("signal {signal}")
        }
        PendingKind::Child { pid, .. } => {
            number("pid", u64::from(pid));
            format!("process {pid}")
        }
        PendingKind::Poll { descriptor, events } => {
            number("events", u64::from(events));
            values.insert("descriptor", Scalar::Integer(i64::from(descriptor)));
            format!("descriptor {descriptor}")
        }
        PendingKind::File { descriptor, .. } if descriptor >= 0 => {
            values.insert("descriptor", Scalar::Integer(i64::from(descriptor)));
            format!("descriptor {descriptor}")
        }
        _ => String::new(),
    };
    let texts: &[(&'static str, &'static str, dumpfmt::record::Text<'_>)] = &match *kind {
        PendingKind::Listen { address, .. } => vec![("address", "on ", address)],
        PendingKind::Connect { peer } => vec![("peer", "to ", peer)],
        PendingKind::Read { peer, local, .. } => vec![("peer", "from ", peer), ("local", "at ", local)],
        PendingKind::Write { peer, .. } | PendingKind::Shutdown { peer } => vec![("peer", "to ", peer)],
        PendingKind::Close { what } => vec![("what", "", what)],
        PendingKind::Turn { phase } => vec![("phase", "", phase)],
        PendingKind::Child { command, .. } => vec![("command", "", command)],
        PendingKind::File { operation, path, .. } => vec![("operation", "", operation), ("path", "", path)],
        PendingKind::Resolve { host, service } => vec![("host", "", host), ("service", "", service)],
        PendingKind::Datagram { local, .. } => vec![("local", "at ", local)],
        PendingKind::Work { name } => vec![("name", "", name)],
        PendingKind::Watch { path } => vec![("path", "", path)],
        PendingKind::Timer { .. }
        | PendingKind::Async
        | PendingKind::Signal { .. }
        | PendingKind::Poll { .. } => Vec::new(),
    };
    let mut parts = Vec::new();
    for (name, before, text) in texts {
        if !text.is_empty() {
            parts.push(format!("{before}{text}"));
            values.insert(name, Scalar::String(text.to_string()));
        }
    }
    if !words.is_empty() {
        parts.push(words);
    }
    (parts.join(", "), values)
}
