//! Whether a dump is whole and sound: sections, records, every object, every reference.

use super::summary::problems;
use crate::check::file::frame;
use crate::check::heap::heap;
use crate::check::ledger::Ledger;
use crate::model::dump::Dump;
use dumpfmt::container::read::{Container, Records};
use dumpfmt::layout::Kind;
use dumpfmt::layout::value::Value;
use dumpfmt::problem::FormatProblem;
use dumpfmt::record::{Happening, Site};
use serde::{Deserialize, Serialize};

/// Whether a dump is whole and sound.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// Nothing is wrong.
    pub is_sound: bool,
    /// Every section.
    pub sections: Vec<SectionReport>,
    /// Blocks that the table describes.
    pub blocks: u64,
    /// Objects checked, by type.
    pub objects: Vec<KindCount>,
    /// Objects checked, in all.
    pub object_count: u64,
    /// References followed.
    pub references: u64,
    /// What is wrong with the file as a whole.
    pub file_problems: Vec<String>,
    /// What is wrong with objects and records; the first of them.
    pub problems: Vec<ProblemReport>,
    /// How many problems objects and records have.
    pub problem_count: u64,
}

/// Objects of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindCount {
    /// `table`, `string`, …
    pub kind: &'static str,
    /// How many were checked.
    pub count: u64,
}

/// One section.
#[derive(Clone, Debug, Serialize)]
pub struct SectionReport {
    /// Its name.
    pub name: &'static str,
    /// Bytes of payload that are there.
    pub bytes: u64,
    /// Records decoded, for a section of records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProblemReport {
    /// The object.
    pub address: String,
    /// What kind of object lies there.
    pub kind: &'static str,
    /// What is wrong.
    pub what: String,
}

/// Checks everything; lists at most `limit` problems.
pub fn verify(dump: &Dump<'_>, limit: usize) -> VerifyReport {
    let mut ledger = heap(&dump.memory, limit);
    let records = records(dump, &mut ledger);
    let sections: Vec<SectionReport> = dump
        .container
        .sections()
        .map(|section| {
            let decoded = records.iter().find(|decoded| decoded.name == section.id.name());
            let problem =
                section.verify().err().or_else(|| decoded.and_then(|decoded| decoded.problem.clone()));
            SectionReport {
                name: section.id.name(),
                bytes: section.payload.len() as u64,
                records: decoded.map(|decoded| decoded.count),
                problem: problem.map(|problem| problem.to_string()),
            }
        })
        .collect();
    let mut file_problems = if dump.container.is_whole() { Vec::new() } else { problems(dump) };
    file_problems.extend(frame(dump.container.bytes()));
    let is_sound = file_problems.is_empty()
        && ledger.problem_count == 0
        && sections.iter().all(|section| section.problem.is_none());
    VerifyReport {
        is_sound,
        sections,
        blocks: dump.memory.blocks().descriptors.len() as u64,
        objects: Kind::ALL
            .iter()
            .map(|kind| (kind, ledger.objects[*kind as usize]))
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| KindCount { kind: kind.name(), count })
            .collect(),
        object_count: ledger.objects.iter().sum(),
        references: ledger.references,
        file_problems,
        problems: ledger
            .problems
            .iter()
            .map(|problem| ProblemReport {
                address: problem.addr.to_string(),
                kind: dump
                    .memory
                    .blocks()
                    .slot_of(problem.addr)
                    .filter(|slot| slot.addr == problem.addr)
                    .map_or("memory", |slot| slot.kind.name()),
                what: problem.what.clone(),
            })
            .collect(),
        problem_count: ledger.problem_count,
    }
}

struct Decoded {
    name: &'static str,
    count: u64,
    problem: Option<FormatProblem>,
}

/// Decodes every record and checks the values that records hold.
fn records(dump: &Dump<'_>, ledger: &mut Ledger<'_, '_>) -> Vec<Decoded> {
    use dumpfmt::section::SectionId;
    let container: &Container<'_> = &dump.container;
    let base = dump.memory.base;
    let mut decoded = Vec::new();
    let mut note = |id: SectionId, count: u64, problem: Option<FormatProblem>| {
        decoded.push(Decoded { name: id.name(), count, problem });
    };
    match container.cause() {
        Ok(cause) => {
            ledger.value(base, "the error value of the cause", cause.error);
            ledger.value(base, "the offender of the cause", cause.offender);
            ledger.optional(base, "the coroutine of the cause", cause.coroutine, Kind::Coroutine);
            note(SectionId::Cause, 1, None);
        }
        Err(problem) => note(SectionId::Cause, 0, Some(problem)),
    }
    match container.program() {
        Ok(_) => note(SectionId::Program, 1, None),
        Err(problem) => note(SectionId::Program, 0, Some(problem)),
    }
    let (count, problem) = drain(container.natives(), |_| {});
    note(SectionId::Natives, count, problem);
    let (count, problem) = drain(container.delivering(), |delivery| {
        ledger.value(base, "the callback of a delivery", delivery.callback);
    });
    note(SectionId::Delivering, count, problem);
    let (count, problem) = drain(container.pending(), |pending| {
        let field = format!("pending entry #{}", pending.id.0);
        pending.callbacks.iter().for_each(|callback| ledger.value(base, &field, callback.value));
        stack(ledger, &field, &pending.stack);
    });
    note(SectionId::Pending, count, problem);
    let (count, problem) = drain(container.queue(), |event| {
        let field = format!("queued event #{}", event.id.0);
        ledger.value(base, &field, event.callback);
        event.arguments.iter().for_each(|value: &Value| ledger.value(base, &field, *value));
    });
    note(SectionId::Queue, count, problem);
    let (count, problem) = drain(container.lineage(), |ancestor| {
        stack(ledger, &format!("the lineage of event #{}", ancestor.id.0), &ancestor.stack);
    });
    note(SectionId::Lineage, count, problem);
    // The recorder keeps nothing alive but the code it names; caught values may have been collected.
    let (count, problem) = drain(container.recorder(), |entry| {
        if let Happening::ErrorCaught { raised, caught, .. } = entry.what {
            stack(ledger, "a caught error", &[raised, caught]);
        }
    });
    note(SectionId::Recorder, count, problem);
    decoded
}

fn drain<'a, T: Deserialize<'a>>(
    mut records: Records<'a, T>,
    mut each: impl FnMut(T),
) -> (u64, Option<FormatProblem>) {
    let mut count = 0;
    for record in records.by_ref() {
        count += 1;
        each(record);
    }
    (count, records.problem().cloned())
}

/// The functions that a recorded stack names must still be there.
fn stack(ledger: &mut Ledger<'_, '_>, field: &str, sites: &[Site]) {
    for site in sites.iter().filter(|site| !site.function.is_null()) {
        let is_native =
            ledger.memory.blocks().slot_of(site.function).is_some_and(|slot| slot.kind == Kind::Native);
        let kind = if is_native { Kind::Native } else { Kind::Prototype };
        ledger.reference(ledger.memory.base, field, site.function, kind);
    }
}
