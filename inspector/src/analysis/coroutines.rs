//! All coroutines: what each is doing, where, and what it waits for.

use super::answer::{Certainty, Count};
use super::depiction::{Depiction, Extent, Painter, status_word};
use super::pending;
use super::sites::{SiteReport, UNREADABLE};
use super::stacks::{FrameReport, current, frame, shown_frames};
use crate::model::dump::Dump;
use crate::model::heap::Life;
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::coroutine::Status;
use dumpfmt::record::PendingId;
use serde::Serialize;
use std::collections::{HashMap, HashSet, VecDeque};

/// All coroutines.
#[derive(Clone, Debug, Serialize)]
pub struct CoroutinesReport {
    /// How many there are, dead ones included.
    pub count: Count,
    /// The one that ran and its resumers first, then by address.
    pub coroutines: Vec<CoroutineLine>,
    /// Blocks of coroutines that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// One coroutine.
#[derive(Clone, Debug, Serialize)]
pub struct CoroutineLine {
    /// Its number for `--coroutine`.
    pub number: usize,
    /// Its identity.
    pub address: String,
    /// The main coroutine.
    pub is_main: bool,
    /// What it is doing.
    pub status: &'static str,
    /// How many frames it has.
    pub frame_count: usize,
    /// The innermost frame that runs Lua code: where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<FrameReport>,
    /// The Lua functions that called that one, nearest first; the first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub called_from: Vec<SiteReport>,
    /// Where it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<SiteReport>,
    /// What it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<Waiting>,
    /// The error that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Depiction>,
    /// What could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<String>,
}

/// The pending entry that a coroutine waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Its number.
    pub pending: u64,
    /// In words.
    pub text: String,
    /// Found by following the entry's values to the coroutine, not recorded by the runtime.
    pub inferred: bool,
}

/// The addresses of all coroutines in the order of their numbers, and blocks that could not be read.
pub fn numbered(dump: &Dump<'_>) -> (Vec<Addr>, Option<String>) {
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    if let Ok(current) = current(dump) {
        let (chain, _) = dump.memory.resumers(current);
        order.extend(chain.iter().map(|coroutine| coroutine.addr).filter(|addr| seen.insert(*addr)));
    }
    if let Ok(roots) = &dump.memory.roots
        && dump.memory.coroutine(roots.main.addr).is_ok()
        && seen.insert(roots.main.addr)
    {
        order.push(roots.main.addr);
    }
    let blocks = dump.memory.blocks();
    let mut unread = 0;
    for (index, descriptor) in blocks.descriptors.iter().enumerate() {
        if descriptor.kind != Kind::Coroutine as u8 {
            continue;
        }
        match blocks.slots(&dump.memory.image, index) {
            Ok(slots) => {
                let alive = slots.into_iter().filter(|(_, life)| *life == Life::Allocated);
                order.extend(alive.map(|(slot, _)| slot.addr).filter(|addr| seen.insert(*addr)));
            }
            Err(_) => unread += 1,
        }
    }
    let missing = blocks.declared_count.saturating_sub(blocks.descriptors.len() as u64);
    let hole = if dump.memory.roots.is_err() {
        Some("the roots are missing, so coroutines cannot be found".to_owned())
    } else if unread > 0 || missing > 0 {
        Some(format!("{unread} blocks of coroutines could not be read, {missing} blocks are not described"))
    } else {
        None
    };
    (order, hole)
}

/// All coroutines.
pub fn coroutines(dump: &Dump<'_>) -> CoroutinesReport {
    let (order, hole) = numbered(dump);
    let waiting = WaitingFor::new(dump);
    let coroutines: Vec<CoroutineLine> =
        order.iter().enumerate().map(|(number, addr)| line(dump, number, *addr, &waiting)).collect();
    let certainty = if hole.is_some() { Certainty::LowerBound } else { Certainty::Exact };
    CoroutinesReport { count: Count { value: coroutines.len() as u64, certainty }, coroutines, hole }
}

fn line(dump: &Dump<'_>, number: usize, addr: Addr, waiting: &WaitingFor) -> CoroutineLine {
    let mut line = CoroutineLine {
        number,
        address: addr.to_string(),
        is_main: false,
        status: status_word(None),
        frame_count: 0,
        at: None,
        called_from: Vec::new(),
        created_at: None,
        waits_for: None,
        error: None,
        hole: None,
    };
    let coroutine = match dump.memory.coroutine(addr) {
        Ok(coroutine) => coroutine,
        Err(fault) => {
            line.hole = Some(fault.to_string());
            return line;
        }
    };
    line.is_main = coroutine.is_main;
    line.status = status_word(coroutine.status);
    let (frames, fault) = shown_frames(dump, &coroutine);
    line.frame_count = frames.len();
    line.hole = fault.map(|fault| fault.to_string());
    let mut lua = frames.iter().filter(|activation| activation.is_lua());
    line.at = lua.next().map(|activation| frame(dump, activation, frames.get(activation.number + 1), None));
    line.called_from = lua
        .take(CALLERS_MAX)
        .map(|activation| {
            let report = frame(dump, activation, frames.get(activation.number + 1), None);
            let source = report.source.or_else(|| Some(UNREADABLE.to_owned()));
            SiteReport { function: report.function, source, line: report.line }
        })
        .collect();
    if coroutine.status == Some(Status::Failed) {
        line.error = Some(Painter::new(dump, Extent::GLIMPSE).paint(coroutine.object.error.into()));
    }
    line.created_at = created_at(dump, coroutine.object.site);
    if coroutine.status == Some(Status::Suspended) {
        line.waits_for = waiting.of(addr);
    }
    line
}

/// Where the instruction at `site` stands.
pub fn created_at(dump: &Dump<'_>, site: Addr) -> Option<SiteReport> {
    let spot = dump.memory.spot_at(site).ok()?;
    let place = dump.place(&spot);
    let function = match spot.prototype.object.line_defined {
        0 => "main chunk".to_owned(),
        _ => format!("function <{}>", dump.definition(&spot.prototype)),
    };
    Some(SiteReport { function, source: Some(place.source), line: place.line })
}

/// Which coroutine the values of each pending entry lead to.
#[derive(Debug, Default)]
pub struct WaitingFor {
    inferred: HashMap<Addr, PendingId>,
    words: HashMap<PendingId, String>,
}

/// Callers of a coroutine's innermost function that are told.
const CALLERS_MAX: usize = 3;

/// References followed from a pending entry's values: callback, its upvalue, a table in that, a field.
const HOPS_MAX: usize = 4;
/// Objects looked at for one pending entry.
const OBJECTS_MAX: usize = 64;
/// Tables with more fields than this hold collections, not the state of one request.
const FIELDS_MAX: usize = 24;
/// Pending entries looked at.
const ENTRIES_MAX: usize = 100_000;

impl WaitingFor {
    /// Follows every pending entry's values a few hops.
    pub fn new(dump: &Dump<'_>) -> WaitingFor {
        let (mut inferred, mut words) = (HashMap::new(), HashMap::new());
        for record in dump.container.pending().take(ENTRIES_MAX) {
            let values: Vec<LuaValue> =
                record.callbacks.iter().map(|callback| callback.value.into()).collect();
            if let Some(coroutine) = coroutine_behind(dump, &values) {
                inferred.entry(coroutine).or_insert(record.id);
            }
            words.insert(record.id, pending::in_words(dump, &record));
        }
        WaitingFor { inferred, words }
    }

    /// What `coroutine` waits for.
    pub fn of(&self, coroutine: Addr) -> Option<Waiting> {
        let id = self.inferred.get(&coroutine)?;
        Some(Waiting { pending: id.0, text: self.words.get(id)?.clone(), inferred: true })
    }
}

/// The nearest suspended coroutine that these values lead to.
fn coroutine_behind(dump: &Dump<'_>, values: &[LuaValue]) -> Option<Addr> {
    let memory = &dump.memory;
    let globals = memory.roots.as_ref().ok().map(|roots| roots.globals.addr);
    let mut queue: VecDeque<(LuaValue, usize)> = values.iter().map(|value| (*value, 0)).collect();
    let mut seen: HashSet<Addr> = globals.into_iter().collect();
    let mut looked_at = 0;
    while let Some((value, hops)) = queue.pop_front() {
        let Some(addr) = value.object() else { continue };
        if !seen.insert(addr) || looked_at >= OBJECTS_MAX {
            continue;
        }
        looked_at += 1;
        match value {
            LuaValue::Coroutine(addr)
                if memory.coroutine(addr).is_ok_and(|found| found.status == Some(Status::Suspended)) =>
            {
                return Some(addr);
            }
            LuaValue::Function(addr) if hops < HOPS_MAX => {
                let upvalues = memory.closure(addr).map(|closure| closure.upvalues).unwrap_or_default();
                let values = upvalues.iter().filter_map(|upvalue| memory.upvalue(*upvalue).ok());
                queue.extend(values.map(|upvalue| (upvalue.value, hops + 1)));
            }
            LuaValue::Native(addr) if hops < HOPS_MAX => {
                let values = memory.native(addr).map(|native| native.values).unwrap_or_default();
                queue.extend(values.into_iter().map(|value| (value, hops + 1)));
            }
            LuaValue::Table(addr) if hops < HOPS_MAX => {
                let Ok(table) = memory.table(addr) else { continue };
                let slots = table.object.array_used as usize + table.object.node_mask as usize;
                if slots <= FIELDS_MAX * 2 {
                    let entries = memory.entries(&table).flatten().take(FIELDS_MAX);
                    queue.extend(entries.map(|entry| (entry.value, hops + 1)));
                }
            }
            _ => {}
        }
    }
    None
}
