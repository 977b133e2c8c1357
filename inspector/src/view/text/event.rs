//! What belongs to the event loop: pending callbacks, the queue, the flight recorder, the chain of causes.

use super::value::{inline, put_variable};
use crate::analysis::causality::{CausalStep, Causality};
use crate::analysis::measure;
use crate::analysis::pending::{PendingEntry, PendingReport};
use crate::analysis::queue::QueueReport;
use crate::analysis::recorder::{RecorderEntry, RecorderReport};
use crate::analysis::sharing::Sharing;
use crate::analysis::sites::{SiteReport, armed_at};
use crate::view::page::{Page, Role};

/// The answer to `pending`.
pub fn pending(report: &PendingReport, page: &mut Page) {
    for entry in &report.entries {
        pending_entry(entry, page);
    }
    let count = report.count.value;
    page.line(format!("{} pending callback{}", report.count, if count == 1 { "" } else { "s" }));
    page.hole(0, &report.hole);
}

fn pending_entry(entry: &PendingEntry, page: &mut Page) {
    page.put(Role::Title, format!("#{} {}", entry.id, entry.kind)).plain("  ").plain(&entry.waits_for);
    if entry.state != "waiting" {
        page.put(Role::Faint, format!("  [{}]", entry.state));
    }
    if !entry.referenced {
        page.put(Role::Faint, "  [does not keep the loop running]");
    }
    page.end();
    if let Some(value) = entry.values.iter().find(|value| matches!(value.role, "callback" | "coroutine")) {
        page.plain("    calls    ").put(Role::Function, &value.value.text).end();
    }
    for (index, variable) in entry.captured.iter().enumerate() {
        page.plain(if index == 0 { "    with     " } else { "             " });
        put_variable(page, 0, &variable.name, &variable.value);
    }
    let age = entry.age_ns.map(|age| format!("{} before the dump", measure::duration(age)));
    if let Some(site) = armed_at(&entry.armed_by) {
        page.plain("    armed at ").put(Role::Place, site.place());
        page.plain(" in ").put(Role::Function, &site.function);
        if let Some(age) = age {
            page.put(Role::Faint, format!(", {age}"));
        }
        page.end();
        put_callers(&entry.armed_by, site, 13, page);
    } else if let Some(age) = age {
        page.plain("    armed    ").put(Role::Faint, age).end();
    }
    match entry.parent_event {
        Some(1) => page.plain("    during   the main chunk").end(),
        Some(event) => page.plain(format!("    during   the delivery of event {event}")).end(),
        None => {}
    }
}

/// The Lua callers of `site`, one line each.
fn put_callers(stack: &[SiteReport], site: &SiteReport, indent: usize, page: &mut Page) {
    const CALLERS_MAX: usize = 4;
    let after = stack.iter().skip_while(|other| *other != site).skip(1);
    for caller in after.filter(|caller| caller.source.is_some()).take(CALLERS_MAX) {
        let text = format!("{} in {}", caller.place(), caller.function);
        page.plain(" ".repeat(indent)).put(Role::Faint, text).end();
    }
}

/// The answer to `queue`.
pub fn queue(report: &QueueReport, page: &mut Page) {
    for delivery in &report.delivering {
        page.put(Role::Title, "being delivered: ");
        page.plain(event_name(delivery.kind, delivery.event, &delivery.text));
        if let Some(running) = delivery.running_ns {
            page.put(Role::Faint, format!(", for {}", measure::duration(running)));
        }
        page.end();
        page.plain("    to ").put(Role::Function, &delivery.function.text).end();
    }
    for event in &report.events {
        page.plain(event_name(event.kind, event.event, &event.text));
        if let Some(waited) = event.waited_ns {
            page.put(Role::Faint, format!(", ready for {}", measure::duration(waited)));
        }
        page.end();
        page.plain("    to ").put(Role::Function, &event.function.text);
        if !event.arguments.is_empty() {
            let arguments: Vec<String> = event.arguments.iter().map(inline).collect();
            page.plain(" with ").put(Role::Value, arguments.join(", "));
        }
        page.end();
    }
    let count = report.count.value;
    page.line(format!("{} event{} ready and not delivered", report.count, if count == 1 { "" } else { "s" }));
    page.hole(0, &report.hole);
}

/// `timer after 100 ms (event 812)`; the number tells it from the pending entries, which are `#79`.
fn event_name(kind: &str, event: u64, text: &str) -> String {
    if text.is_empty() { format!("{kind} (event {event})") } else { format!("{kind} {text} (event {event})") }
}

/// The answer to `recorder`.
pub fn recorder(report: &RecorderReport, page: &mut Page) {
    // Where epochs begin is for programs that compare dumps.
    for entry in report.entries.iter().filter(|entry| entry.what != "epoch") {
        recorder_entry(entry, page);
    }
    if report.entries.is_empty() {
        page.line("The flight recorder is empty.");
    }
    page.hole(0, &report.hole);
}

fn recorder_entry(entry: &RecorderEntry, page: &mut Page) {
    let ago = entry.ago_ns.map_or_else(String::new, |ago| format!("-{}", measure::duration(ago)));
    page.put(Role::Faint, format!("{ago:>10}  "));
    let role = if entry.what == "error caught" { Role::Bad } else { Role::Title };
    page.put(role, entry.what);
    match &entry.error {
        _ if !entry.text.is_empty() => page.plain("  ").plain(&entry.text),
        Some(error) => page.plain("  ").put(Role::Value, &error.text),
        None => page,
    };
    if let Some(event) = entry.event {
        page.plain(format!(" (event {event})"));
    }
    if let Some(duration) = entry.duration_ns {
        page.put(Role::Faint, format!("  took {}", measure::duration(duration)));
    }
    page.end();
    raised_and_caught(&entry.raised, &entry.caught, 12, page);
}

/// The two places of an error that was caught.
pub fn raised_and_caught(
    raised: &Option<SiteReport>,
    caught: &Option<SiteReport>,
    indent: usize,
    page: &mut Page,
) {
    for (word, site) in [("raised", raised), ("caught", caught)] {
        if let Some(site) = site {
            page.plain(" ".repeat(indent)).plain(format!("{word} at "));
            page.put(Role::Place, site.place()).plain(" in ").put(Role::Function, &site.function).end();
        }
    }
}

/// Why a callback ran, back to the main chunk.
pub fn causality(report: &Causality, indent: usize, page: &mut Page) {
    // A long chain shows how it began and how it ended.
    const STEPS_MAX: usize = 12;
    let count = report.steps.len();
    for (index, step) in report.steps.iter().enumerate() {
        if count > STEPS_MAX && (STEPS_MAX / 2..count - STEPS_MAX / 2).contains(&index) {
            if index == STEPS_MAX / 2 {
                let text = format!("... {} more events", count - STEPS_MAX);
                page.plain(" ".repeat(indent)).put(Role::Faint, text).end();
            }
            continue;
        }
        page.plain(" ".repeat(indent)).plain(if index == 0 { "it answered " } else { "in the delivery of " });
        page.put(Role::Title, event_name(step.kind, step.event, &step.text)).end();
        armed(step, indent + 2, page);
    }
    match report.steps.last() {
        Some(_) if report.reaches_main => page.plain(" ".repeat(indent)).line("in the main chunk"),
        Some(last) => {
            page.plain(" ".repeat(indent)).line(format!("in the delivery of event {}", last.parent));
        }
        None => {}
    }
    page.hole(indent, &report.hole);
}

fn armed(step: &CausalStep, indent: usize, page: &mut Page) {
    page.plain(" ".repeat(indent)).plain("armed");
    if let Some(site) = armed_at(&step.armed_by) {
        page.plain(" at ").put(Role::Place, site.place()).plain(" in ").put(Role::Function, &site.function);
        // What arms a callback is often a helper; who called it says for what.
        let mut callers = step.armed_by.iter().skip_while(|other| *other != site).skip(1);
        if let Some(caller) = callers.find(|caller| caller.source.is_some()) {
            page.plain(", called at ").put(Role::Place, caller.place());
            page.plain(" in ").put(Role::Function, &caller.function);
        }
    }
    if armed_at(&step.armed_by).is_none() && !step.armed_by.is_empty() {
        page.plain(" at a place that cannot be read");
    }
    if let Some(waited) = step.waited_ns {
        page.put(Role::Faint, format!(", {} earlier", measure::duration(waited)));
    }
    page.end();
    if step.skipped > 0 {
        let text = format!("... {} generations between, not kept by the runtime", step.skipped);
        page.plain(" ".repeat(indent)).put(Role::Faint, text).end();
    }
}

/// Who else holds the tables of the failing frames.
pub fn sharing(report: &Sharing, indent: usize, page: &mut Page) {
    for holder in &report.holders {
        page.plain(" ".repeat(indent)).put(Role::Name, &holder.variable);
        page.plain(format!(" (table {}) is also ", holder.address)).put(Role::Name, &holder.their_variable);
        match (&holder.coroutine, &holder.at) {
            (Some(coroutine), Some(at)) => {
                page.plain(" in ")
                    .put(Role::Function, &at.function)
                    .plain(" at ")
                    .put(Role::Place, at.place())
                    .end();
                page.plain(" ".repeat(indent + 2)).plain(format!("of thread {coroutine}, suspended"));
                if let Some(waiting) = &holder.pending {
                    page.plain(", which waits for ").put(Role::Title, &waiting.text);
                }
            }
            _ => {
                page.plain(" in the callback of ");
                page.put(Role::Title, holder.pending.as_ref().map_or("?", |waiting| waiting.text.as_str()));
            }
        }
        page.end();
    }
    if report.more > 0 {
        page.plain(" ".repeat(indent)).put(Role::Faint, format!("... and {} more", report.more)).end();
    }
}
