//! The source text around what a frame is doing.

use super::answer::NoAnswer;
use super::functions::frame_function;
use super::selection::{Selection, select};
use super::text::{SourceLine, lines};
use crate::model::dump::Dump;
use serde::Serialize;

/// The source text of a frame.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// The frame.
    pub frame: usize,
    /// Its function.
    pub function: String,
    /// The chunk.
    pub source: String,
    /// The line that runs.
    pub line: Option<u32>,
    /// The text around it.
    pub lines: Vec<SourceLine>,
}

/// Lines shown of a long function on either side of the one that runs.
const AROUND: u32 = 12;

/// The source text of the frame that `selection` names.
pub fn source(dump: &Dump<'_>, selection: &Selection) -> Result<SourceReport, NoAnswer> {
    let selected = select(dump, selection)?;
    let activation = selected.activation();
    let function = frame_function(dump, activation, selected.caller());
    if !activation.is_lua() {
        return Err(NoAnswer::Nothing(format!(
            "Frame {} is {function}, which is built in and has no Lua source.",
            selected.index
        )));
    }
    let spot = dump
        .spot(activation)
        .map_err(|fault| NoAnswer::Nothing(format!("What the frame was doing cannot be read: {fault}.")))?;
    let place = dump.place(&spot);
    let around = place.line.unwrap_or(spot.prototype.object.line_defined);
    let (defined, last) = (spot.prototype.object.line_defined, spot.prototype.object.last_line_defined);
    let first = around.saturating_sub(AROUND).max(defined);
    let last = around.saturating_add(AROUND).min(if last == 0 { u32::MAX } else { last });
    let text = lines(dump, &spot.prototype, first, last);
    let text = text.filter(|lines| !lines.is_empty()).ok_or_else(|| {
        NoAnswer::Nothing(format!("The text of {} is not in the dump: it was loaded without.", place.source))
    })?;
    Ok(SourceReport { frame: selected.index, function, source: place.source, line: place.line, lines: text })
}
