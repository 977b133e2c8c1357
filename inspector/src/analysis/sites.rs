//! Recorded stacks: the Lua code that made a pending entry, frame by frame.

use super::functions::function_value;
use crate::model::code::Spot;
use crate::model::dump::Dump;
use crate::model::place::Resolved;
use crate::model::value::LuaValue;
use dumpfmt::record::Site;
use serde::Serialize;

/// One frame of a recorded stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteReport {
    /// The function in the words of a traceback.
    pub function: String,
    /// The chunk; absent for a native function, `?` when the function cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl SiteReport {
    /// `file:line`, or `[C]` for a native function.
    pub fn place(&self) -> String {
        match (&self.source, self.line) {
            (Some(source), Some(line)) => format!("{source}:{line}"),
            (Some(source), None) if source == UNREADABLE => source.clone(),
            (Some(source), None) => format!("{source}:?"),
            (None, _) => "[C]".to_owned(),
        }
    }
}

/// The chunk of a function that cannot be read.
pub const UNREADABLE: &str = "?";

/// A recorded stack, innermost first; a site that cannot be resolved stays visible as `?`.
pub fn sites(dump: &Dump<'_>, stack: &[Site]) -> Vec<SiteReport> {
    let resolved: Vec<Option<Resolved>> = stack.iter().map(|site| dump.resolve(site).ok()).collect();
    let spot = |index: usize| match resolved.get(index) {
        Some(Some(Resolved::Lua(spot))) => Some(*spot),
        _ => None,
    };
    resolved
        .iter()
        .enumerate()
        .map(|(index, site)| match site {
            Some(Resolved::Lua(here)) => {
                let place = dump.place(here);
                let called = spot(index + 1).and_then(|caller| called_there(dump, &caller));
                SiteReport {
                    function: called.unwrap_or_else(|| prototype_name(dump, here)),
                    source: Some(place.source),
                    line: place.line,
                }
            }
            Some(Resolved::Native { name }) => SiteReport {
                function: name.as_ref().map_or_else(|| "?".to_owned(), |name| format!("function '{name}'")),
                source: None,
                line: None,
            },
            None => SiteReport { function: "?".to_owned(), source: Some(UNREADABLE.to_owned()), line: None },
        })
        .collect()
}

/// One recorded site.
pub fn site(dump: &Dump<'_>, site: &Site) -> Option<SiteReport> {
    (!site.function.is_null()).then(|| sites(dump, &[*site]).into_iter().next()).flatten()
}

/// The first site in Lua code: where a programmer looks.
pub fn armed_at(stack: &[SiteReport]) -> Option<&SiteReport> {
    stack.iter().find(|site| site.source.as_ref().is_some_and(|source| source != UNREADABLE))
}

fn called_there(dump: &Dump<'_>, caller: &Spot) -> Option<String> {
    let listing = dump.memory.listing(caller.prototype).ok()?;
    let step = listing.code.owner(caller.index)?;
    dump.memory.call_name(&listing, &step).map(|name| name.to_string())
}

fn prototype_name(dump: &Dump<'_>, spot: &Spot) -> String {
    match spot.prototype.object.line_defined {
        0 => "main chunk".to_owned(),
        _ => format!("function <{}>", dump.definition(&spot.prototype)),
    }
}

/// What to call a callback: its name if a module holds it, else where it is defined.
pub fn callback_name(dump: &Dump<'_>, value: LuaValue) -> Option<String> {
    match value {
        LuaValue::Function(_) | LuaValue::Native(_) => Some(function_value(dump, value)),
        _ => None,
    }
}
