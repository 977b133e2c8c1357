//! One object by address: what it is, how old, where it was made, what it holds.

use super::answer::NoAnswer;
use super::coroutines::created_at;
use super::depiction::{Depiction, Extent, Painter};
use super::measure;
use super::print::object as value_of;
use super::sites::SiteReport;
use super::stacks::{CoroutineStack, StackExtent, Variable, coroutine_stack, named_upvalues};
use crate::model::dump::Dump;
use crate::model::heap::Life;
use crate::model::value::LuaValue;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::layout::userdata::UserdataObject;
use dumpfmt::record::Happening;
use serde::Serialize;

/// One object.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectReport {
    /// Its address.
    pub address: String,
    /// `table`, `string`, `upvalue`, …
    pub kind: &'static str,
    /// `in use`, `garbage`, `free`, or `unknown` when the block table does not tell.
    pub life: &'static str,
    /// Bytes of its slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The epoch of its birth.
    pub epoch: u32,
    /// The latest moment before its birth that the recorder knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub born_after: Option<String>,
    /// Where it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<SiteReport>,
    /// It as a value, with its contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Depiction>,
    /// Of a function: its upvalues.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub upvalues: Vec<Variable>,
    /// Of a native function: what it closes over. Of a userdata: its user values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Depiction>,
    /// Of a coroutine: its stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<CoroutineStack>,
    /// The address asked for lies inside this object, not at its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

/// The object at `addr`, or the one that `addr` lies in.
pub fn object(dump: &Dump<'_>, asked: Addr, extent: Extent) -> Result<ObjectReport, NoAnswer> {
    let memory = &dump.memory;
    let slot = memory.blocks().slot_of(asked);
    let addr = slot.map_or(asked, |slot| slot.addr);
    let header = memory
        .header(addr)
        .map_err(|fault| NoAnswer::Nothing(format!("There is no object at {asked}: {fault}.")))?;
    let life = slot.map(|slot| memory.blocks().life(&memory.image, &slot));
    let kind = match Kind::from_byte(header.kind) {
        Some(kind) if kind != Kind::Free => kind,
        _ => {
            return Err(NoAnswer::Nothing(format!(
                "There is no object at {asked}: the memory there is not in use."
            )));
        }
    };
    let mut report = ObjectReport {
        address: addr.to_string(),
        kind: kind.name(),
        life: match life {
            Some(Ok(Life::Allocated)) => "in use",
            Some(Ok(Life::Garbage)) => "garbage",
            Some(Ok(Life::Free)) => "free",
            Some(Err(_)) | None => "unknown",
        },
        bytes: slot.map(|slot| slot.size),
        epoch: header.epoch,
        born_after: born_after(dump, header.epoch),
        made_at: None,
        value: None,
        upvalues: Vec::new(),
        values: Vec::new(),
        stack: None,
        offset: (addr != asked).then(|| asked.0.wrapping_sub(addr.0)),
    };
    let mut painter = Painter::new(dump, extent);
    match kind {
        Kind::Table => {
            report.made_at = memory.table(addr).ok().and_then(|table| created_at(dump, table.object.site));
        }
        Kind::Function => {
            for (name, value) in named_upvalues(dump, LuaValue::Function(addr)) {
                let value = match value {
                    Ok(value) if name == "_ENV" => painter.identity(value),
                    value => painter.paint_found(value),
                };
                report.upvalues.push(Variable { name, value });
            }
        }
        Kind::Native => {
            let values = memory.native(addr).map(|native| native.values).unwrap_or_default();
            report.values = values.into_iter().map(|value| painter.paint(value)).collect();
        }
        Kind::Userdata => {
            if let Ok(object) = memory.object::<UserdataObject>(addr, Kind::Userdata) {
                let values = memory.values(object.user_values).unwrap_or_default();
                report.values = values.into_iter().map(|value| painter.paint(value)).collect();
            }
        }
        Kind::Upvalue => {
            let value = memory.upvalue(addr).map(|upvalue| upvalue.value);
            report.values.push(painter.paint_found(value));
        }
        Kind::Coroutine => {
            if let Ok(coroutine) = memory.coroutine(addr) {
                report.made_at = created_at(dump, coroutine.object.site);
                let extent = StackExtent { variables: false, frames: 50 };
                report.stack = Some(coroutine_stack(dump, &coroutine, extent, &mut painter));
            }
        }
        _ => {}
    }
    if let Ok(value) = value_of(dump, addr) {
        report.value = Some(painter.paint(value));
    }
    Ok(report)
}

/// The latest epoch mark of the flight recorder that is not after the object's birth.
fn born_after(dump: &Dump<'_>, epoch: u32) -> Option<String> {
    let marks = dump.container.recorder().filter_map(|entry| match entry.what {
        Happening::Epoch { wall } if entry.epoch <= epoch => Some((entry.epoch, wall)),
        _ => None,
    });
    marks.max_by_key(|(epoch, _)| *epoch).map(|(_, wall)| measure::utc(wall))
}
