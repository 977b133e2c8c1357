//! The heap: objects by type, one object.

use super::stack;
use super::value::{put_variable, spread};
use crate::analysis::answer::Grouped;
use crate::analysis::measure;
use crate::analysis::object::ObjectReport;
use crate::analysis::objects::ObjectsReport;
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
        page.line(format!("and {count} objects ({bytes}) that were garbage, not yet freed by the collection under way"));
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
