//! The first screen.

use super::{event, stack, value};
use crate::analysis::answer::{Certainty, Count, Grouped};
use crate::analysis::depiction::Scalar;
use crate::analysis::measure;
use crate::analysis::objects::ObjectsReport;
use crate::analysis::rethrow::EarlierError;
use crate::analysis::stacks::{FrameReport, StackReport};
use crate::analysis::summary::SummaryReport;
use crate::view::page::{Page, Role};

/// Lines that the variables of frames may take: those of the innermost come first, further ones if there is
/// room.
const VARIABLE_LINES: usize = 18;

/// The first screen.
pub fn summary(report: &SummaryReport, page: &mut Page) {
    cause(report, page);
    page.blank();
    program(report, page);
    page.blank();
    match (&report.stack, &report.stack_hole) {
        (Some(stack), _) => failing_stack(stack, page),
        (None, hole) => page.hole(0, hole),
    }
    traceback(report, page);
    if let Some(earlier) = &report.earlier {
        page.blank();
        self::earlier(earlier, page);
    }
    if !report.causality.steps.is_empty() || report.causality.hole.is_some() {
        page.blank();
        page.put(Role::Title, "why it ran").end();
        event::causality(&report.causality, 2, page);
    }
    if !report.sharing.holders.is_empty() {
        page.blank();
        page.put(Role::Title, "who else holds these values").end();
        event::sharing(&report.sharing, 2, page);
    }
    page.blank();
    beside(report, page);
    heap(&report.heap, page);
    if !report.problems.is_empty() {
        page.blank();
        page.put(Role::Bad, "This dump is not whole:").end();
        for problem in &report.problems {
            page.paragraph(Role::Plain, 2, problem);
        }
        page.line("  What is shown above comes from the part that is there; `verify` checks that part.");
    }
}

fn cause(summary: &SummaryReport, page: &mut Page) {
    let report = &summary.cause;
    let script = match summary.program.script.as_str() {
        "" => "The program",
        script => script,
    };
    let what = match report.name.as_str() {
        "uncaught error" => format!("died of an uncaught error {}", report.place),
        "memory limit" => format!("died at its memory limit {}", report.place),
        "on request" => format!("was alive {}; this dump was asked for", report.place),
        "SIGQUIT" => format!("was ended by SIGQUIT {}", report.place),
        "unknown" => "left this dump; the part that says why is missing".to_owned(),
        other => format!("was ended by {other} {}", report.place),
    };
    page.put(Role::Title, format!("{script} {what}")).end();
    if !report.message.is_empty() {
        page.paragraph(Role::Bad, 2, &report.message);
    }
    if let Some(error) = &report.error {
        // A string error is its message; any other value is worth a look.
        let is_string = matches!(error.value, Some(Scalar::String(_)));
        let is_told = is_string || error.type_name == "unreadable";
        if !is_told || report.message.is_empty() {
            page.plain("  error value: ");
            value::spread(page, 2, error);
        }
    }
    if let Some(origin) = &report.nil_origin {
        page.plain("  nil from: ");
        if let Some(place) = origin.place() {
            page.put(Role::Place, place).plain(": ");
        }
        page.plain(&origin.text).end();
        // The failing frame shows its line below; another line is worth showing here.
        let failing = summary.stack.as_ref().and_then(|stack| stack.coroutines.first()?.frames.first());
        if let Some(code) = &origin.code
            && failing.is_none_or(|frame| origin.place() != Some(frame.place()))
        {
            page.plain("    ").put(Role::Faint, format!("| {code}")).end();
        }
    }
    if let Some(details) = &report.details {
        page.paragraph(Role::Plain, 2, details);
    }
    if report.unsynchronized {
        let note = "(taken while the runtime was not at a safepoint: the innermost line may not be the last that ran)";
        page.paragraph(Role::Faint, 2, note);
    }
    page.hole(2, &report.hole);
}

fn program(report: &SummaryReport, page: &mut Page) {
    let program = &report.program;
    page.plain("when      ").plain(&report.cause.time);
    if let Some(ran) = program.ran_ns {
        page.put(Role::Faint, format!(", {} after its start", measure::duration(ran)));
    }
    page.end();
    if program.hole.is_none() {
        page.plain("where     ").plain(format!("{}, process {}", program.host, program.pid));
        page.put(Role::Faint, format!(", in {}", program.directory)).end();
        page.plain("command   ").plain(command_line(&program.arguments));
        page.put(Role::Faint, format!("  ({})", program.runtime)).end();
    }
    page.hole(0, &program.hole);
}

fn command_line(arguments: &[String]) -> String {
    let needs_quotes = |argument: &str| {
        let is_special = |letter: char| letter.is_whitespace() || "'\"$`\\".contains(letter);
        argument.is_empty() || argument.contains(is_special)
    };
    let quoted = arguments.iter().map(|argument| match needs_quotes(argument) {
        true => format!("'{}'", argument.replace('\'', "'\\''")),
        false => argument.clone(),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn failing_stack(report: &StackReport, page: &mut Page) {
    page.put(Role::Title, "stack")
        .put(Role::Faint, "     (0 is innermost; `stack -v` shows every variable)")
        .end();
    let mut with_variables: Vec<(usize, usize)> = Vec::new();
    let mut lines = 0;
    'frames: for (index, coroutine) in report.coroutines.iter().enumerate() {
        for frame in coroutine.frames.iter().filter(|frame| frame.kind == "lua") {
            lines += 1 + frame.variables.as_ref().map_or(0, stack::variable_lines);
            if lines > VARIABLE_LINES && !with_variables.is_empty() {
                break 'frames;
            }
            with_variables.push((index, frame.number));
        }
    }
    for (index, coroutine) in report.coroutines.iter().enumerate() {
        stack::head(coroutine, index, report.coroutines.len(), 2, page);
        let wanted = |frame: &FrameReport| with_variables.contains(&(index, frame.number));
        stack::frames_without_functions(coroutine, 2, wanted, page);
    }
    page.hole(2, &report.hole);
}

/// Where the error comes from, when the stack above only raised it again.
fn earlier(report: &EarlierError, page: &mut Page) {
    page.put(Role::Title, "raised before, and caught");
    if let Some(ago) = report.ago_ns {
        page.put(Role::Faint, format!(", {} earlier", measure::duration(ago)));
    }
    page.end();
    if !report.text.is_empty() {
        page.paragraph(Role::Bad, 2, &report.text);
    }
    event::raised_and_caught(&report.raised, &report.caught, 2, page);
    if let Some(coroutine) = &report.stack {
        stack::head(coroutine, 0, 1, 2, page);
        let innermost = coroutine.frames.iter().find(|frame| frame.kind == "lua").map(|frame| frame.number);
        stack::frames_without_functions(coroutine, 2, |frame| Some(frame.number) == innermost, page);
    }
}

/// The traceback as text, where the frames themselves cannot be read.
fn traceback(report: &SummaryReport, page: &mut Page) {
    let is_whole = report.stack.as_ref().is_some_and(|stack| {
        stack.hole.is_none() && stack.coroutines.iter().all(|coroutine| coroutine.hole.is_none())
    });
    if !is_whole && !report.cause.traceback.is_empty() {
        page.line("  what went to stderr tells:");
        page.paragraph(Role::Plain, 4, &report.cause.traceback);
    }
}

fn beside(report: &SummaryReport, page: &mut Page) {
    let counts = &report.counts;
    let counted = |count: &Count, one: &str, many: &str| {
        let is_one = count.value == 1 && count.certainty == Certainty::Exact;
        format!("{count} {}", if is_one { one } else { many })
    };
    let coroutines = counted(&counts.coroutines, "coroutine", "coroutines");
    let coroutines = match counts.coroutines_dead {
        Some(dead) if dead > 0 => format!("{coroutines} ({} of them dead)", Grouped(dead)),
        _ => coroutines,
    };
    let parts = [
        coroutines,
        counted(&counts.pending, "pending callback", "pending callbacks"),
        counted(&counts.queued, "queued event", "queued events"),
    ];
    page.plain("beside    ").plain(parts.join(", ")).end();
}

fn heap(report: &ObjectsReport, page: &mut Page) {
    const KINDS_MAX: usize = 4;
    if report.count.certainty == Certainty::Unknown {
        page.plain("heap      ").line("unknown");
        page.hole(10, &report.hole);
        return;
    }
    let at_least = if report.bytes.certainty == Certainty::Exact { "" } else { "at least " };
    page.plain("heap      ");
    page.plain(format!("{at_least}{} in {} objects", measure::size(report.bytes.value), report.count));
    if let Some(max) = report.bytes_max {
        page.plain(format!(", of at most {}", measure::size(max)));
    }
    page.end();
    let kinds = report.kinds.iter().take(KINDS_MAX);
    let parts: Vec<String> = kinds
        .map(|kind| format!("{} {} ({})", kind.kind, measure::size(kind.bytes), Grouped(kind.count)))
        .collect();
    let rest = if report.kinds.len() > KINDS_MAX { ", ..." } else { "" };
    page.plain("          ").put(Role::Faint, format!("{}{rest}", parts.join(", "))).end();
}
