//! Stacks, frames, coroutines and source text.

use super::value::{inline, put_origin, put_variable};
use crate::analysis::answer::Grouped;
use crate::analysis::coroutines::{CoroutineLine, CoroutinesReport};
use crate::analysis::depiction::Depiction;
use crate::analysis::sites::SiteReport;
use crate::analysis::source::SourceReport;
use crate::analysis::stacks::{CoroutineStack, FrameReport, StackReport, Variable, Variables};
use crate::view::page::{Page, Role};
use std::collections::HashMap;

/// The column of `file:line` in a list of frames.
const PLACE_COLUMN: usize = 40;

/// The answer to `stack`.
pub fn stack(report: &StackReport, page: &mut Page) {
    for (index, coroutine) in report.coroutines.iter().enumerate() {
        page.blank();
        head(coroutine, index, report.coroutines.len(), 0, page);
        frames(coroutine, 0, |_| true, page);
    }
    page.hole(0, &report.hole);
}

/// The line above the frames of a coroutine; none for the main coroutine alone.
pub fn head(coroutine: &CoroutineStack, index: usize, count: usize, indent: usize, page: &mut Page) {
    if count == 1 && coroutine.is_main {
        return;
    }
    let name = match coroutine.is_main {
        true => "the main coroutine".to_owned(),
        false => format!("coroutine {} ({})", coroutine.address, coroutine.status),
    };
    let before = if index == 0 { "" } else { "resumed by " };
    page.plain(" ".repeat(indent)).put(Role::Title, format!("{before}{name}:")).end();
}

/// The frames of a coroutine, with the variables of those that `wanted` takes.
pub fn frames(
    coroutine: &CoroutineStack,
    indent: usize,
    wanted: impl Fn(&FrameReport) -> bool,
    page: &mut Page,
) {
    put_frames(coroutine, indent, wanted, true, page);
}

/// The same without the upvalues that are functions: a program's text tells those.
pub fn frames_without_functions(
    coroutine: &CoroutineStack,
    indent: usize,
    wanted: impl Fn(&FrameReport) -> bool,
    page: &mut Page,
) {
    put_frames(coroutine, indent, wanted, false, page);
}

/// How many lines [`frames_without_functions`] takes for these variables.
pub fn variable_lines(variables: &Variables) -> usize {
    let upvalues = variables.upvalues.iter().filter(|variable| is_told(variable, false)).count();
    let lists = usize::from(!variables.varargs.is_empty());
    variables.parameters.len() + variables.locals.len() + upvalues + lists
}

fn is_told(upvalue: &Variable, with_functions: bool) -> bool {
    upvalue.name != "_ENV" && (with_functions || upvalue.value.type_name != "function")
}

fn put_frames(
    coroutine: &CoroutineStack,
    indent: usize,
    wanted: impl Fn(&FrameReport) -> bool,
    with_functions: bool,
    page: &mut Page,
) {
    for report in &coroutine.frames {
        if let Some(omitted) = coroutine.omitted
            && report.number == omitted.from + omitted.count
        {
            let (first, last) = (omitted.from, omitted.from + omitted.count - 1);
            let count = Grouped(omitted.count as u64);
            let text = format!("... {count} frames, {first} to {last}");
            page.plain(" ".repeat(indent + 5)).put(Role::Faint, text).end();
        }
        frame_line(report, indent, page);
        if wanted(report)
            && let Some(variables) = &report.variables
        {
            code_line(report, indent, page);
            put_variables(variables, indent + 6, with_functions, page);
        }
    }
    page.hole(indent, &coroutine.hole);
    if coroutine.frames.is_empty() && coroutine.hole.is_none() {
        page.plain(" ".repeat(indent)).put(Role::Faint, "no frames").end();
    }
}

/// One frame in one line.
pub fn frame_line(report: &FrameReport, indent: usize, page: &mut Page) {
    page.plain(format!("{:indent$}{:>3}  ", "", report.number));
    page.put(Role::Function, &report.function).pad_to(indent + PLACE_COLUMN).put(Role::Place, report.place());
    if report.tail_call {
        page.put(Role::Faint, "  (its caller was replaced by a tail call)");
    }
    page.end();
    page.hole(indent + 6, &report.hole);
}

fn code_line(report: &FrameReport, indent: usize, page: &mut Page) {
    if let Some(code) = &report.code {
        page.plain(" ".repeat(indent + 6)).put(Role::Faint, format!("| {code}")).end();
    }
}

fn put_variables(variables: &Variables, indent: usize, with_functions: bool, page: &mut Page) {
    for variable in &variables.parameters {
        put_variable(page, indent, &variable.name, &variable.value);
    }
    if !variables.varargs.is_empty() {
        put_list(page, indent, "...", &variables.varargs);
    }
    for variable in &variables.locals {
        put_variable(page, indent, &variable.name, &variable.value);
    }
    for variable in variables.upvalues.iter().filter(|variable| is_told(variable, with_functions)) {
        page.plain(" ".repeat(indent)).put(Role::Faint, "upvalue ");
        page.put(Role::Name, &variable.name).plain(" = ").put(Role::Value, inline(&variable.value));
        put_origin(page, &variable.value);
        page.end();
    }
    if !variables.arguments.is_empty() {
        put_list(page, indent, "arguments", &variables.arguments);
    }
}

fn put_list(page: &mut Page, indent: usize, name: &str, values: &[Depiction]) {
    const SHOWN_MAX: usize = 8;
    let mut texts: Vec<String> = values.iter().take(SHOWN_MAX).map(inline).collect();
    if values.len() > SHOWN_MAX {
        texts.push(format!("... {} more", values.len() - SHOWN_MAX));
    }
    page.plain(" ".repeat(indent))
        .put(Role::Name, name)
        .plain(" = ")
        .put(Role::Value, texts.join(", "))
        .end();
}

/// The answer to `frame`.
pub fn frame(report: &FrameReport, page: &mut Page) {
    frame_line(report, 0, page);
    code_line(report, 0, page);
    if let Some(variables) = &report.variables {
        put_variables(variables, 6, true, page);
        let is_empty = variables.parameters.is_empty()
            && variables.varargs.is_empty()
            && variables.locals.is_empty()
            && variables.upvalues.iter().all(|variable| variable.name == "_ENV")
            && variables.arguments.is_empty();
        if is_empty {
            page.plain("      ").put(Role::Faint, "no variables").end();
        }
    }
}

/// From this many on, coroutines that stand at the same line are shown as one.
const GROUPED_FROM: usize = 30;

/// The answer to `coroutines`.
pub fn coroutines(report: &CoroutinesReport, page: &mut Page) {
    let mut groups: Vec<(&CoroutineLine, usize)> = Vec::new();
    let mut group_of: HashMap<(&str, String, &str), usize> = HashMap::new();
    let mut dead = 0;
    for line in &report.coroutines {
        if line.status == "dead" {
            dead += 1;
            continue;
        }
        let place = line.at.as_ref().map(FrameReport::place).unwrap_or_default();
        let waits = line.waits_for.as_ref().map_or("", |waiting| kind_of(&waiting.text));
        let callers: Vec<String> = line.called_from.iter().map(SiteReport::place).collect();
        let key = (line.status, format!("{place} {}", callers.join(" ")), waits);
        if report.coroutines.len() >= GROUPED_FROM
            && let Some(group) = group_of.get(&key)
        {
            groups[*group].1 += 1;
            continue;
        }
        group_of.insert(key, groups.len());
        groups.push((line, 1));
    }
    for (line, count) in &groups {
        coroutine(line, page);
        if *count > 1 {
            let rest = Grouped(*count as u64 - 1);
            page.plain("     ").put(Role::Faint, format!("and {rest} more like it")).end();
        }
    }
    let count = report.count.value;
    let is_grouped = groups.iter().any(|(_, count)| *count > 1);
    let dead = if dead > 0 {
        format!(", {} of them dead and not yet collected", Grouped(dead))
    } else {
        String::new()
    };
    page.line(format!("{} coroutine{}{dead}", report.count, if count == 1 { "" } else { "s" }));
    if is_grouped {
        page.put(Role::Faint, "(grouped by line; --json lists each)").end();
    }
    page.hole(0, &report.hole);
}

fn kind_of(words: &str) -> &str {
    words.split(" #").next().unwrap_or(words)
}

fn coroutine(line: &CoroutineLine, page: &mut Page) {
    let name = if line.is_main { "main" } else { "thread" };
    page.plain(format!("{:>3}  {name} {}  ", line.number, line.address)).put(Role::Title, line.status);
    if let Some(at) = &line.at {
        page.plain(" at ").put(Role::Place, at.place()).plain(" in ").put(Role::Function, &at.function);
    } else if line.frame_count == 0 && line.status == "suspended" {
        page.plain(", not yet started");
    }
    page.end();
    if let Some(error) = &line.error {
        page.plain("     ").put(Role::Bad, inline(error)).end();
    }
    for site in &line.called_from {
        page.plain("     from ")
            .put(Role::Place, site.place())
            .plain(" in ")
            .put(Role::Function, &site.function)
            .end();
    }
    if let Some(waiting) = &line.waits_for {
        page.plain("     waits for ").put(Role::Value, &waiting.text);
        if waiting.inferred {
            page.put(Role::Faint, "  (its callback leads to this coroutine)");
        }
        page.end();
    }
    if let Some(site) = &line.created_at {
        let text = format!("created at {} in {}", site.place(), site.function);
        page.plain("     ").put(Role::Faint, text).end();
    }
    page.hole(5, &line.hole);
}

/// The answer to `source`.
pub fn source(report: &SourceReport, page: &mut Page) {
    page.put(Role::Function, &report.function).plain(" in ").put(Role::Place, &report.source).end();
    for line in &report.lines {
        let is_current = Some(line.number) == report.line;
        let mark = if is_current { ">" } else { " " };
        let role = if is_current { Role::Bad } else { Role::Plain };
        page.put(role, format!("{mark} {:>5}", line.number)).put(Role::Faint, " | ");
        page.put(if is_current { Role::Title } else { Role::Plain }, &line.text).end();
    }
}
