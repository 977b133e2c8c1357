//! Values: in one line beside a name, or spread over lines as the answer to `print`.

use crate::analysis::answer::{Certainty, Grouped};
use crate::analysis::depiction::{Contents, Depiction};
use crate::analysis::globals::GlobalsReport;
use crate::analysis::print::PrintReport;
use crate::view::page::{Page, Role};

/// Columns that a value in one line may take.
const INLINE_MAX: usize = 92;

/// A value in one line: `table 0x7f… {id = 17, name = "bob", ... 3 more}`.
pub fn inline(value: &Depiction) -> String {
    let mut text = value.text.clone();
    if let Some(contents) = &value.contents {
        let width = INLINE_MAX.saturating_sub(text.chars().count());
        text.push(' ');
        text.push_str(&braces(contents, width));
    } else if value.repeated {
        text.push_str(" (above)");
    }
    text
}

fn braces(contents: &Contents, width: usize) -> String {
    let mut text = String::from("{");
    let mut more = contents.more;
    for (index, entry) in contents.entries.iter().enumerate() {
        let position = format!("[{}]", index + 1);
        let piece = if entry.key == position {
            entry.value.text.clone()
        } else {
            format!("{} = {}", entry.key, entry.value.text)
        };
        if index > 0 && text.chars().count() + piece.chars().count() + 12 > width {
            more += (contents.entries.len() - index) as u64;
            break;
        }
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&piece);
    }
    if let Some(more) = more_text(contents, more) {
        if text.len() > 1 {
            text.push_str(", ");
        }
        text.push_str(&more);
    }
    if contents.hole.is_some() {
        text.push_str(" [incomplete]");
    }
    text.push('}');
    text
}

fn more_text(contents: &Contents, more: u64) -> Option<String> {
    let at_least = contents.count.is_some_and(|count| count.certainty != Certainty::Exact);
    match (more, at_least) {
        (0, _) => None,
        (_, true) => Some("... more".to_owned()),
        (more, false) => Some(format!("... {} more", Grouped(more))),
    }
}

/// Where a nil came from, after it on the same line.
pub fn put_origin(page: &mut Page, value: &Depiction) {
    if let Some(origin) = &value.origin {
        let place = origin.place().map_or_else(String::new, |place| format!(", {place}"));
        page.put(Role::Faint, format!("  ({}{place})", origin.text));
    }
}

/// `name = value` on a line of its own.
pub fn put_variable(page: &mut Page, indent: usize, name: &str, value: &Depiction) {
    page.plain(" ".repeat(indent)).put(Role::Name, name).plain(" = ").put(Role::Value, inline(value));
    put_origin(page, value);
    page.end();
}

/// The answer to `print`.
pub fn print(report: &PrintReport, page: &mut Page) {
    if report.values.is_empty() {
        page.line("... holds no values");
    }
    for value in &report.values {
        spread(page, 0, value);
    }
    if let Some(note) = &report.note {
        page.put(Role::Faint, format!("({note})")).end();
    }
}

/// The global variables.
pub fn globals(report: &GlobalsReport, page: &mut Page) {
    for entry in &report.globals {
        put_variable(page, 0, &entry.key, &entry.value);
    }
    if report.globals.is_empty() {
        page.line("The program has set no global variables.");
    }
    if !report.library.is_empty() {
        let names = report.library.join(", ");
        page.put(Role::Faint, format!("and {} of the library: {names}", report.library.len())).end();
    }
    page.hole(0, &report.hole);
}

/// A value over as many lines as it takes, starting on the line under construction.
pub fn spread(page: &mut Page, indent: usize, value: &Depiction) {
    page.put(Role::Value, &value.text);
    if value.repeated {
        page.put(Role::Faint, " (shown above)");
    }
    put_origin(page, value);
    let Some(contents) = &value.contents else {
        page.end();
        return;
    };
    let is_empty = contents.entries.is_empty() && contents.more == 0;
    if is_empty && contents.metatable.is_none() && contents.hole.is_none() {
        page.line(" {}");
        return;
    }
    page.line(" {");
    let inner = indent + 2;
    for entry in &contents.entries {
        page.plain(" ".repeat(inner)).put(Role::Name, &entry.key).plain(" = ");
        spread(page, inner, &entry.value);
    }
    if let Some(more) = more_text(contents, contents.more) {
        page.plain(" ".repeat(inner)).put(Role::Faint, more).end();
    }
    page.hole(inner, &contents.hole);
    if let Some(metatable) = &contents.metatable {
        page.plain(" ".repeat(inner)).put(Role::Faint, "(metatable) ");
        spread(page, inner, metatable);
    }
    page.plain(" ".repeat(indent)).line("}");
}
