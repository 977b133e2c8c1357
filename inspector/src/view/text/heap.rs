//! The heap: objects by type, one object.

use super::stack;
use super::value::{put_variable, spread};
use crate::analysis::answer::Grouped;
use crate::analysis::measure;
use crate::analysis::object::ObjectReport;
use crate::analysis::objects::ObjectsReport;
use crate::analysis::verify::VerifyReport;
use crate::view::page::{Page, Role};

/// The answer to `objects`.
pub fn objects(report: &ObjectsReport, page: &mut Page) {
    page.put(Role::Title, format!("{:>14}  {:>14}  {:>9}  type", "count", "bytes", "")).end();
    for kind in &report.kinds {
        page.plain(format!("{:>14}  {:>14}  ", Grouped(kind.count), Grouped(kind.bytes)));
        page.put(Role::Faint, format!("{:>9}", measure::size(kind.bytes)));
        page.plain("  ").put(Role::Name, kind.kind).end();
    }
    let (count, bytes) = (Grouped(report.count.value), Grouped(report.bytes.value));
    page.plain(format!("{count:>14}  {bytes:>14}  "));
    page.put(Role::Faint, format!("{:>9}", measure::size(report.bytes.value))).plain("  in all").end();
    if report.garbage_count > 0 {
        let (count, bytes) = (Grouped(report.garbage_count), measure::size(report.garbage_bytes));
        page.line(format!(
            "and {count} objects ({bytes}) that were garbage, not yet freed by the collection under way"
        ));
    }
    if let Some(max) = report.bytes_max {
        page.line(format!("--max-heap was {}", measure::size(max)));
    }
    page.hole(0, &report.hole);
}

/// The answer to `object`.
pub fn object(report: &ObjectReport, page: &mut Page) {
    page.put(Role::Title, format!("{} {}", report.kind, report.address));
    if let Some(offset) = report.offset {
        page.plain(format!(" (the address asked for lies {offset} bytes inside)"));
    }
    page.end();
    let bytes = report.bytes.map_or_else(String::new, |bytes| format!(", {} bytes", Grouped(bytes)));
    page.line(format!("  {}{bytes}, born in epoch {}", report.life, report.epoch));
    if let Some(after) = &report.born_after {
        page.line(format!("  made after {after}"));
    }
    if let Some(site) = &report.made_at {
        page.plain("  made at ").put(Role::Place, site.place());
        page.plain(" in ").put(Role::Function, &site.function).end();
    }
    for variable in &report.upvalues {
        page.plain("  ").put(Role::Faint, "upvalue ");
        put_variable(page, 0, &variable.name, &variable.value);
    }
    for value in &report.values {
        page.plain("  holds ");
        spread(page, 2, value);
    }
    if let Some(value) = &report.value {
        page.plain("  ");
        spread(page, 2, value);
    }
    if let Some(stack) = &report.stack {
        stack::frames(stack, 2, |_| false, page);
    }
}

/// The answer to `verify`.
pub fn verify(report: &VerifyReport, page: &mut Page) {
    for section in &report.sections {
        page.plain(format!("{:<18}", section.name))
            .put(Role::Faint, format!("{:>10}", measure::size(section.bytes)));
        let records = match section.records {
            None => String::new(),
            Some(1) => "1 record".to_owned(),
            Some(records) => format!("{} records", Grouped(records)),
        };
        page.plain(format!("  {records:<16}  "));
        match &section.problem {
            Some(problem) => page.put(Role::Bad, problem).end(),
            None => page.put(Role::Place, "sound").end(),
        }
    }
    page.blank();
    let objects = Grouped(report.object_count);
    page.line(format!(
        "{} blocks, {objects} objects, {} references",
        Grouped(report.blocks),
        Grouped(report.references)
    ));
    let kinds = report.objects.iter().map(|kind| format!("{} {}", Grouped(kind.count), kind.kind));
    page.put(Role::Faint, kinds.collect::<Vec<_>>().join(", ")).end();
    page.blank();
    for problem in &report.file_problems {
        page.put(Role::Bad, problem).end();
    }
    for problem in &report.problems {
        page.put(Role::Bad, format!("{} {}", problem.kind, problem.address))
            .plain(": ")
            .plain(&problem.what)
            .end();
    }
    let listed = report.problems.len() as u64;
    if report.problem_count > listed {
        page.line(format!("... and {} more (--limit N shows more)", Grouped(report.problem_count - listed)));
    }
    match report.is_sound {
        true => page.put(Role::Place, "The dump is whole and sound.").end(),
        false => page.put(Role::Bad, "The dump is damaged or incomplete.").end(),
    }
}
