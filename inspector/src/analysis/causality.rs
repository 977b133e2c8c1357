//! Why a callback ran: the event it answers, who armed it, in whose delivery that was, back to the main chunk.

use super::measure;
use super::pending;
use super::sites::{SiteReport, callback_name, sites};
use crate::model::dump::Dump;
use dumpfmt::record::{Ancestor, EventId};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// The chain of events that led to a moment.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Causality {
    /// The innermost first. Empty when no event was being delivered.
    pub steps: Vec<CausalStep>,
    /// Whether the last step was armed by the main chunk.
    pub reaches_main: bool,
    /// Why the chain ends before the main chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// One event of the chain.
#[derive(Clone, Debug, Serialize)]
pub struct CausalStep {
    /// Its number.
    pub event: u64,
    /// What it was: `timer`, `read`, …
    pub kind: &'static str,
    /// In words: `127.0.0.1:52114, 42 bytes`.
    pub text: String,
    /// The pending entry that it answers.
    pub pending: u64,
    /// The function that was called; known for events under way only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
    /// When its delivery started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// Nanoseconds from its start to the dump.
    pub started_ago_ns: Option<u64>,
    /// Nanoseconds from the arming to the start.
    pub waited_ns: Option<u64>,
    /// Who armed the callback, innermost first.
    pub armed_by: Vec<SiteReport>,
    /// The event in whose delivery it was armed or, if some were left out, the next that is known.
    pub parent: u64,
    /// Generations between this one and `parent` that the runtime did not keep.
    pub skipped: u64,
}

/// The chain that led to the event under way when the dump was taken.
pub fn causality(dump: &Dump<'_>) -> Causality {
    let deliveries: Vec<_> = dump.container.delivering().collect();
    let event = match dump.container.cause() {
        Ok(cause) if cause.event != EventId::NONE => cause.event,
        _ => deliveries.first().map_or(EventId::NONE, |delivery| delivery.id),
    };
    let mut lineage = dump.container.lineage();
    let ancestors: HashMap<EventId, Ancestor<'_>> =
        lineage.by_ref().map(|ancestor| (ancestor.id, ancestor)).collect();
    let now = dump.taken().monotonic;
    let mut causality = Causality::default();
    let mut seen = HashSet::new();
    let mut next = event;
    while next != EventId::NONE && next != EventId::MAIN {
        if !seen.insert(next) {
            causality.hole = Some(format!("event #{} is its own ancestor: the lineage is damaged", next.0));
            return causality;
        }
        let delivery = deliveries.iter().find(|delivery| delivery.id == next);
        let ancestor = ancestors.get(&next);
        let mut step = match (delivery, ancestor) {
            (None, None) => {
                causality.hole = Some(match lineage.problem() {
                    Some(problem) => problem.to_string(),
                    None => format!("event #{} is not in the lineage", next.0),
                });
                return causality;
            }
            (_, Some(ancestor)) => from_ancestor(dump, ancestor, now),
            (Some(delivery), None) => CausalStep {
                event: delivery.id.0,
                kind: delivery.kind.name(),
                text: delivery.text.to_string(),
                pending: delivery.pending.0,
                callback: None,
                started: None,
                started_ago_ns: (now != 0).then(|| now.saturating_sub(delivery.started)),
                waited_ns: None,
                armed_by: Vec::new(),
                parent: delivery.parent.0,
                skipped: 0,
            },
        };
        if let Some(delivery) = delivery {
            step.callback = callback_name(dump, delivery.callback.into());
            if step.text.is_empty() {
                step.text = delivery.text.to_string();
            }
        }
        if step.armed_by.is_empty()
            && let Some(record) = pending::find(dump, dumpfmt::record::PendingId(step.pending))
        {
            step.armed_by = sites(dump, &record.stack);
        }
        next = EventId(step.parent);
        causality.steps.push(step);
    }
    causality.reaches_main = next == EventId::MAIN && !causality.steps.is_empty();
    causality
}

fn from_ancestor(dump: &Dump<'_>, ancestor: &Ancestor<'_>, now: u64) -> CausalStep {
    let (armed, started) = (ancestor.armed.monotonic, ancestor.started.monotonic);
    CausalStep {
        event: ancestor.id.0,
        kind: ancestor.kind.name(),
        text: ancestor.text.to_string(),
        pending: ancestor.pending.0,
        callback: None,
        started: (ancestor.started.wall != 0).then(|| measure::utc(ancestor.started.wall)),
        started_ago_ns: (now != 0).then(|| now.saturating_sub(started)),
        waited_ns: (armed != 0 && started >= armed).then(|| started - armed),
        armed_by: sites(dump, &ancestor.stack),
        parent: ancestor.parent.0,
        skipped: ancestor.skipped,
    }
}
