//! The first screen: what happened, where, with which values, why that code ran, and how the program stood.
//!
//! Invariant: nothing here grows with the heap. It touches the small sections, the block table, its bitmaps,
//! and the objects on the failing stack.

use super::answer::{Certainty, Count, Grouped};
use super::causality::{Causality, causality};
use super::coroutines::numbered;
use super::depiction::{Depiction, Extent, Painter};
use super::measure;
use super::objects::{ObjectsReport, objects};
use super::offender::offender;
use super::origin::{OriginReport, origin};
use super::rethrow::{EarlierError, earlier_error};
use super::sharing::{Sharing, sharing};
use super::stacks::{StackExtent, StackReport, current, shown_frames, stack};
use crate::model::dump::Dump;
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use dumpfmt::container::{FLAG_LIVE, FLAG_UNSYNCHRONIZED, SectionStatus};
use dumpfmt::layout::coroutine::Status;
use dumpfmt::record::{Cause, Place};
use dumpfmt::section::SectionId;
use serde::Serialize;

/// The first screen.
#[derive(Clone, Debug, Serialize)]
pub struct SummaryReport {
    /// Why the dump was taken.
    pub cause: CauseReport,
    /// Which program.
    pub program: ProgramReport,
    /// The stack at the moment, with the variables of the frames that matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackReport>,
    /// Why there is no stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_hole: Option<String>,
    /// Where the error was raised first, when it was caught and raised again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierError>,
    /// Why that code ran.
    pub causality: Causality,
    /// Who else holds the tables that the failing code held.
    pub sharing: Sharing,
    /// What stood beside it.
    pub counts: Counts,
    /// The heap by type.
    pub heap: ObjectsReport,
    /// What is wrong with the file; empty when nothing is.
    pub problems: Vec<String>,
}

/// Why the dump was taken.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CauseReport {
    /// `uncaught error`, `memory limit`, `on request`, …; `unknown` when the file does not say.
    pub name: String,
    /// In which part of the program's life.
    pub place: &'static str,
    /// The message as it went to stderr.
    pub message: String,
    /// The error value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Depiction>,
    /// What the program calls the value that the failing operation could not use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offender: Option<String>,
    /// Where the nil at fault came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nil_origin: Option<OriginReport>,
    /// The traceback as it went to stderr.
    pub traceback: String,
    /// When.
    pub time: String,
    /// The program went on afterwards.
    pub live: bool,
    /// Taken while the program was not at a safepoint: the innermost line may be stale.
    pub unsynchronized: bool,
    /// Details of a fault or a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Why there is no cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// Which program, where, since when.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProgramReport {
    /// The script as it was named on the command line.
    pub script: String,
    /// The command line.
    pub arguments: Vec<String>,
    /// What the runtime was told, `name=value` each.
    pub options: Vec<String>,
    /// The working directory.
    pub directory: String,
    /// The machine.
    pub host: String,
    /// Its kernel.
    pub system: String,
    /// The runtime and its version.
    pub runtime: String,
    /// The process.
    pub pid: u32,
    /// When it started.
    pub started: String,
    /// Nanoseconds from then to the dump.
    pub ran_ns: Option<u64>,
    /// Why there is less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// What stood beside the failing code.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// Coroutines, the main one included.
    pub coroutines: Count,
    /// How many of them are dead and not yet collected; absent when there are too many to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coroutines_dead: Option<u64>,
    /// Callbacks that may yet run.
    pub pending: Count,
    /// Events that were ready and not delivered.
    pub queued: Count,
    /// Deliveries under way.
    pub delivering: Count,
}

/// The first screen; from each stack of more than `frames` frames the middle is left out.
pub fn summary(dump: &Dump<'_>, frames: usize) -> SummaryReport {
    let extent = StackExtent { variables: true, frames };
    let (stack, stack_hole) = match current(dump) {
        Ok(coroutine) => (Some(self::stack(dump, coroutine, extent)), None),
        Err(refusal) => (None, Some(refusal.to_string())),
    };
    let failing = stack.as_ref().and_then(|stack| stack.coroutines.first());
    let failing = failing.and_then(|coroutine| coroutine.frames.iter().find(|frame| frame.kind == "lua"));
    let earlier = earlier_error(dump, failing, extent);
    let (coroutines, hole) = numbered(dump);
    let certainty = match (&hole, &dump.memory.roots) {
        (None, _) => Certainty::Exact,
        (_, Ok(_)) => Certainty::LowerBound,
        (_, Err(_)) => Certainty::Unknown,
    };
    SummaryReport {
        cause: cause(dump),
        program: program(dump),
        stack,
        stack_hole,
        earlier,
        causality: causality(dump),
        sharing: sharing(dump),
        counts: Counts {
            coroutines: Count { value: coroutines.len() as u64, certainty },
            coroutines_dead: dead(dump, &coroutines),
            pending: announced(dump, SectionId::Pending),
            queued: announced(dump, SectionId::Queue),
            delivering: announced(dump, SectionId::Delivering),
        },
        heap: objects(dump),
        problems: problems(dump),
    }
}

/// How many of these coroutines are dead; one that an error ended counts as alive, for its stack.
fn dead(dump: &Dump<'_>, coroutines: &[Addr]) -> Option<u64> {
    const LOOKED_AT_MAX: usize = 100_000;
    let is_dead =
        |addr: &&Addr| dump.memory.header(**addr).is_ok_and(|header| header.flags == Status::Dead as u8);
    (coroutines.len() <= LOOKED_AT_MAX).then(|| coroutines.iter().filter(is_dead).count() as u64)
}

/// What is wrong with the file, in sentences.
pub fn problems(dump: &Dump<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let container = &dump.container;
    let missing: Vec<&str> =
        SectionId::ALL.iter().filter(|id| container.section(**id).is_none()).map(|id| id.name()).collect();
    if container.trailer().is_none() {
        sentences.push(format!(
            "The file was cut or never finished: it ends after {}.",
            measure::size(container.bytes().len() as u64)
        ));
    }
    for section in container.sections() {
        let there = section.payload.len() as u64;
        let name = section.id.name();
        match section.status {
            Some(SectionStatus::Failed) => {
                sentences.push(format!("The section \"{name}\" could not be written by the dying process."));
            }
            Some(SectionStatus::Holes) => sentences.push(format!(
                "The section \"{name}\" has holes: {} could not be read by the dying process.",
                measure::size(section.missing)
            )),
            _ if there < section.length => sentences.push(format!(
                "Of the section \"{name}\" {} of {} bytes are there.",
                Grouped(there),
                Grouped(section.length)
            )),
            Some(SectionStatus::Complete) | None => {}
        }
    }
    if !missing.is_empty() {
        sentences.push(format!("Missing altogether: {}.", missing.join(", ")));
    }
    if sentences.is_empty() {
        sentences.extend(container.problems().iter().map(|problem| format!("Damaged: {problem}.")));
    }
    sentences
}

/// How many records a section announces, and whether they can all be there.
fn announced(dump: &Dump<'_>, id: SectionId) -> Count {
    match dump.container.section(id) {
        None => Count::UNKNOWN,
        Some(section) if section.status == Some(SectionStatus::Failed) => Count::UNKNOWN,
        Some(section) if (section.payload.len() as u64) < section.length => Count::at_least(section.count),
        Some(section) => Count::exact(section.count),
    }
}

fn cause(dump: &Dump<'_>) -> CauseReport {
    let flags = dump.container.header().flags;
    let (live, unsynchronized) = (flags & FLAG_LIVE != 0, flags & FLAG_UNSYNCHRONIZED != 0);
    let time = measure::utc(dump.taken().wall);
    let record = match dump.container.cause() {
        Ok(record) => record,
        Err(problem) => {
            let hole = Some(problem.to_string());
            return CauseReport { name: "unknown".to_owned(), time, live, hole, ..CauseReport::default() };
        }
    };
    let mut painter = Painter::new(dump, Extent { depth: 1, ..Extent::PRINT });
    let message = record.message.to_string();
    let is_lua_error = matches!(record.cause, Cause::UncaughtError | Cause::MemoryLimit);
    let decoded = current(dump)
        .ok()
        .filter(|_| is_lua_error)
        .and_then(|addr| dump.memory.coroutine(addr).ok())
        .and_then(|coroutine| offender(dump, &shown_frames(dump, &coroutine).0, &message));
    let recorded = match LuaValue::from(record.offender) {
        LuaValue::Nil(from) => from,
        _ => None,
    };
    let error = LuaValue::from(record.error);
    let raised_nil = match error {
        LuaValue::Nil(from) if is_lua_error => from,
        _ => None,
    };
    let from_operand = decoded.as_ref().and_then(|offender| match offender.value {
        LuaValue::Nil(from) => from,
        _ => None,
    });
    CauseReport {
        name: record.cause.name().to_owned(),
        place: match record.place {
            Place::MainChunk => "in the main chunk",
            Place::Callback => "in a callback of the event loop",
            Place::Loop => "in the event loop, between callbacks",
            Place::Start => "before the main chunk ran",
        },
        error: is_lua_error.then(|| painter.paint(error)),
        offender: decoded.and_then(|offender| offender.name).map(|name| name.to_string()),
        nil_origin: recorded.or(from_operand).or(raised_nil).map(|from| origin(dump, from)),
        traceback: record.traceback.to_string(),
        time,
        live,
        unsynchronized,
        details: match record.cause {
            Cause::Fault { code, instruction, .. } => Some(format!(
                "by the machine instruction at {instruction} (code {code}): a fault of the runtime, not of the Lua \
                 program"
            )),
            Cause::Panic => Some("a fault of the runtime, not of the Lua program".to_owned()),
            Cause::Request { requester } if requester != 0 => {
                Some(format!("asked for by process {requester}"))
            }
            Cause::Request { .. } => Some("asked for by the program itself".to_owned()),
            _ => None,
        },
        message,
        hole: None,
    }
}

fn program(dump: &Dump<'_>) -> ProgramReport {
    let record = match dump.container.program() {
        Ok(record) => record,
        Err(problem) => {
            return ProgramReport {
                runtime: dump.container.producer(),
                hole: Some(problem.to_string()),
                ..ProgramReport::default()
            };
        }
    };
    let pieces = |text: dumpfmt::record::Text<'_>| {
        text.pieces().map(|piece| String::from_utf8_lossy(piece).into_owned()).collect()
    };
    let taken = dump.taken();
    let ran = (taken.monotonic != 0).then(|| taken.monotonic.saturating_sub(record.started.monotonic));
    ProgramReport {
        script: record.script.to_string(),
        arguments: pieces(record.arguments),
        options: pieces(record.options),
        directory: record.directory.to_string(),
        host: record.host.to_string(),
        system: record.system.to_string(),
        runtime: record.runtime.to_string(),
        pid: record.pid,
        started: measure::utc(record.started.wall),
        ran_ns: ran,
        hole: None,
    }
}
