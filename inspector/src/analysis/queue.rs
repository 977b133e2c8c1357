//! The event queue: events that are ready and not yet delivered, in order.

use super::answer::{Certainty, Count};
use super::depiction::{Depiction, Extent, Painter};
use super::sites::callback_name;
use crate::model::dump::Dump;
use serde::Serialize;

/// What is being delivered, and what waits behind it.
#[derive(Clone, Debug, Serialize)]
pub struct QueueReport {
    /// Deliveries under way, innermost first.
    pub delivering: Vec<DeliveryReport>,
    /// How many events wait.
    pub count: Count,
    /// The events in the order in which they would have been delivered.
    pub events: Vec<EventReport>,
    /// Why there are not more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// A delivery under way.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryReport {
    /// The event's number.
    pub event: u64,
    /// What it is.
    pub kind: &'static str,
    /// In words.
    pub text: String,
    /// The pending entry that it answers.
    pub pending: u64,
    /// The event in whose delivery that entry was made.
    pub parent_event: u64,
    /// Nanoseconds since the callback was called.
    pub running_ns: Option<u64>,
    /// What to call the callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
    /// The callback.
    pub function: Depiction,
}

/// An event in the queue.
#[derive(Clone, Debug, Serialize)]
pub struct EventReport {
    /// Its number.
    pub event: u64,
    /// What it is.
    pub kind: &'static str,
    /// Arguments in words, where they are no Lua values yet.
    pub text: String,
    /// The pending entry that it answers.
    pub pending: u64,
    /// The event in whose delivery that entry was made.
    pub parent_event: u64,
    /// Nanoseconds since it became ready.
    pub waited_ns: Option<u64>,
    /// What to call the callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
    /// The callback.
    pub function: Depiction,
    /// What it will be called with.
    pub arguments: Vec<Depiction>,
}

/// What is being delivered, and what waits behind it.
pub fn queue(dump: &Dump<'_>) -> QueueReport {
    let now = dump.taken().monotonic;
    let since = |then: u64| (now != 0).then(|| now.saturating_sub(then));
    let mut painter = Painter::new(dump, Extent::GLIMPSE);
    let delivering = dump
        .container
        .delivering()
        .map(|delivery| DeliveryReport {
            event: delivery.id.0,
            kind: delivery.kind.name(),
            text: delivery.text.to_string(),
            pending: delivery.pending.0,
            parent_event: delivery.parent.0,
            running_ns: since(delivery.started),
            callback: callback_name(dump, delivery.callback.into()),
            function: painter.identity(delivery.callback.into()),
        })
        .collect();
    let mut records = dump.container.queue();
    let events: Vec<EventReport> = records
        .by_ref()
        .map(|event| EventReport {
            event: event.id.0,
            kind: event.kind.name(),
            text: event.text.to_string(),
            pending: event.pending.0,
            parent_event: event.parent.0,
            waited_ns: since(event.ready),
            callback: callback_name(dump, event.callback.into()),
            function: painter.identity(event.callback.into()),
            arguments: event.arguments.iter().map(|value| painter.paint((*value).into())).collect(),
        })
        .collect();
    let hole = records.problem().map(|problem| problem.to_string());
    let certainty = if hole.is_some() { Certainty::LowerBound } else { Certainty::Exact };
    QueueReport { delivering, count: Count { value: events.len() as u64, certainty }, events, hole }
}
