//! Who else holds what the failing code held: the same table in a suspended coroutine or in a callback that
//! may yet run is how one request ruins another.

use super::coroutines::{Waiting, WaitingFor, numbered};
use super::functions::frame_function;
use super::pending;
use super::sites::SiteReport;
use super::stacks::{current, named_locals, named_upvalues, shown_frames};
use crate::model::coroutine::Activation;
use crate::model::dump::Dump;
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use dumpfmt::layout::coroutine::Status;
use dumpfmt::record::Role;
use serde::Serialize;
use std::collections::HashSet;

/// Tables of the failing frames that others hold too.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sharing {
    /// One for each variable and holder.
    pub holders: Vec<Holder>,
    /// Holders that are not listed.
    pub more: u64,
    /// Not every coroutine and pending entry was looked at.
    pub incomplete: bool,
}

/// Someone who holds a table that the failing code held.
#[derive(Clone, Debug, Serialize)]
pub struct Holder {
    /// What the failing code calls the table.
    pub variable: String,
    /// The table.
    pub address: String,
    /// What the holder calls it.
    pub their_variable: String,
    /// The coroutine that holds it in a local variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coroutine: Option<String>,
    /// Where that coroutine stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<SiteReport>,
    /// The pending entry that holds it in its callback, or that the coroutine waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Waiting>,
}

/// Innermost frames with Lua code whose variables are followed.
const FRAMES_MAX: usize = 3;
/// Coroutines looked at, so that the first screen comes at once.
const COROUTINES_MAX: usize = 2000;
/// Frames looked at in each.
const DEPTH_MAX: usize = 20;
/// Pending entries looked at.
const ENTRIES_MAX: usize = 5000;
/// Holders listed.
const HOLDERS_MAX: usize = 6;

/// Who else holds the tables in the variables of the failing frames.
pub fn sharing(dump: &Dump<'_>) -> Sharing {
    let mut sharing = Sharing::default();
    let Ok(failing) = current(dump) else { return sharing };
    let (chain, _) = dump.memory.resumers(failing);
    let suspects = suspects(dump, failing);
    if suspects.is_empty() {
        return sharing;
    }
    let chain: HashSet<Addr> = chain.iter().map(|coroutine| coroutine.addr).collect();
    let mut holders = Vec::new();
    let (coroutines, hole) = numbered(dump);
    sharing.incomplete = hole.is_some() || coroutines.len() > COROUTINES_MAX;
    let others = coroutines.into_iter().filter(|addr| !chain.contains(addr)).take(COROUTINES_MAX);
    for addr in others {
        in_coroutine(dump, addr, &suspects, &mut holders);
    }
    if !holders.is_empty() {
        let waiting = WaitingFor::new(dump);
        for (holder, addr) in &mut holders {
            holder.pending = waiting.of(*addr);
        }
    }
    let mut holders: Vec<Holder> = holders.into_iter().map(|(holder, _)| holder).collect();
    let mut entries = 0;
    for record in dump.container.pending() {
        entries += 1;
        if entries > ENTRIES_MAX {
            sharing.incomplete = true;
            break;
        }
        let Some(callback) = record.value(Role::Callback).map(LuaValue::from) else { continue };
        for (name, value) in named_upvalues(dump, callback) {
            if let Some(suspect) = matching(&suspects, value.ok()) {
                let text = pending::in_words(dump, &record);
                holders.push(Holder {
                    variable: suspect.name.clone(),
                    address: suspect.addr.to_string(),
                    their_variable: name,
                    coroutine: None,
                    at: None,
                    pending: Some(Waiting { pending: record.id.0, text, inferred: false }),
                });
            }
        }
    }
    sharing.more = holders.len().saturating_sub(HOLDERS_MAX) as u64;
    holders.truncate(HOLDERS_MAX);
    sharing.holders = holders;
    sharing
}

struct Suspect {
    name: String,
    addr: Addr,
}

/// The tables in local variables of the innermost frames, each under its innermost name.
fn suspects(dump: &Dump<'_>, failing: Addr) -> Vec<Suspect> {
    let Ok(coroutine) = dump.memory.coroutine(failing) else { return Vec::new() };
    let (frames, _) = shown_frames(dump, &coroutine);
    let mut suspects: Vec<Suspect> = Vec::new();
    for activation in frames.iter().filter(|activation| activation.is_lua()).take(FRAMES_MAX) {
        // What a function also holds as an upvalue is the module's, not the request's.
        let upvalues: Vec<Addr> = named_upvalues(dump, activation.function)
            .into_iter()
            .filter_map(|(_, value)| value.ok()?.object())
            .collect();
        for (name, value, _) in named_locals(dump, activation) {
            if let Ok(LuaValue::Table(addr)) = value
                && !name.starts_with('(')
                && !upvalues.contains(&addr)
                && suspects.iter().all(|suspect| suspect.addr != addr)
            {
                suspects.push(Suspect { name, addr });
            }
        }
    }
    suspects
}

fn matching(suspects: &[Suspect], value: Option<LuaValue>) -> Option<&Suspect> {
    let Some(LuaValue::Table(addr)) = value else { return None };
    suspects.iter().find(|suspect| suspect.addr == addr)
}

fn in_coroutine(dump: &Dump<'_>, addr: Addr, suspects: &[Suspect], holders: &mut Vec<(Holder, Addr)>) {
    let Ok(coroutine) = dump.memory.coroutine(addr) else { return };
    if coroutine.status != Some(Status::Suspended) {
        return;
    }
    let (frames, _) = shown_frames(dump, &coroutine);
    let mut seen = Vec::new();
    let lua = frames.iter().filter(|activation| activation.is_lua()).take(DEPTH_MAX);
    for activation in lua {
        for (name, value, _) in named_locals(dump, activation) {
            let Some(suspect) = matching(suspects, value.ok()) else { continue };
            if seen.contains(&suspect.addr) {
                continue;
            }
            seen.push(suspect.addr);
            let holder = Holder {
                variable: suspect.name.clone(),
                address: suspect.addr.to_string(),
                their_variable: name,
                coroutine: Some(addr.to_string()),
                at: Some(standing(dump, activation, frames.get(activation.number + 1))),
                pending: None,
            };
            holders.push((holder, addr));
        }
    }
}

fn standing(dump: &Dump<'_>, activation: &Activation, caller: Option<&Activation>) -> SiteReport {
    let place = dump.spot(activation).map(|spot| dump.place(&spot));
    SiteReport {
        function: frame_function(dump, activation, caller),
        source: place.as_ref().ok().map(|place| place.source.clone()),
        line: place.ok().and_then(|place| place.line),
    }
}
