//! The error that killed the program, as it was before: caught somewhere, and raised again with the same words or
//! as the same object. What `pcall` took down is lost; a coroutine that an error ended keeps its stack.
//!
//! An error that happens at the same place again is another one.
//!
//! Invariant: told from the flight recorder, which is short, and no more coroutines are looked at than a first
//! screen can afford.

use super::coroutines::numbered;
use super::depiction::{Extent, Painter};
use super::sites::{SiteReport, site};
use super::stacks::{CoroutineStack, FrameReport, StackExtent, coroutine_stack};
use crate::model::dump::Dump;
use crate::model::value::LuaValue;
use dumpfmt::layout::coroutine::Status;
use dumpfmt::record::{Cause, Happening, Site};
use serde::Serialize;

/// Shorter texts are found in others by chance.
const TEXT_BYTES_MIN: usize = 8;
/// Coroutines that are looked at for one that the error ended.
const COROUTINES_MAX: usize = 100_000;

/// An error that was caught before it was raised again.
#[derive(Clone, Debug, Serialize)]
pub struct EarlierError {
    /// The start of its message, a line at most; empty when it is no string.
    pub text: String,
    /// Nanoseconds from when it was caught to the dump.
    pub ago_ns: Option<u64>,
    /// Where it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised: Option<SiteReport>,
    /// Where it was caught.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caught: Option<SiteReport>,
    /// The coroutine that it ended, if it was one and is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<CoroutineStack>,
}

/// A catch of the error in question, as recorded.
struct Catch {
    text: String,
    at: u64,
    value: LuaValue,
    raised: Site,
    caught: Site,
}

/// Where the error that killed the program at `failing` was raised for the first time, if that was elsewhere.
pub fn earlier_error(
    dump: &Dump<'_>,
    failing: Option<&FrameReport>,
    extent: StackExtent,
) -> Option<EarlierError> {
    let cause = dump.container.cause().ok()?;
    if cause.cause != Cause::UncaughtError {
        return None;
    }
    let (error, message) = (LuaValue::from(cause.error), cause.message.to_string());
    let is_same = |catch: &Catch| match catch.value {
        LuaValue::String(_) => catch.text.len() >= TEXT_BYTES_MIN && message.contains(&catch.text),
        value => value.object().is_some() && value == error,
    };
    let mut catches: Vec<Catch> =
        dump.container.recorder().filter_map(|entry| catch(&entry)).filter(is_same).collect();
    let mut first = catches.pop()?;
    // Who catches an error and raises it again stands in between.
    while let Some(before) = catches.pop().filter(|before| before.caught.function == first.raised.function) {
        first = before;
    }
    let raised = site(dump, &first.raised);
    if raised.as_ref().map(SiteReport::place) == failing.map(FrameReport::place) {
        return None;
    }
    let taken = dump.taken();
    Some(EarlierError {
        ago_ns: (taken.monotonic != 0).then(|| taken.monotonic.saturating_sub(first.at)),
        raised,
        caught: site(dump, &first.caught),
        stack: ended_coroutine(dump, first.value, extent),
        text: first.text.lines().next().unwrap_or_default().to_owned(),
    })
}

fn catch(entry: &dumpfmt::record::Entry<'_>) -> Option<Catch> {
    let Happening::ErrorCaught { value, raised, caught, text } = entry.what else { return None };
    // The record may have cut a letter in two.
    let text = text.to_string().trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned();
    Some(Catch { text, at: entry.at, value: value.into(), raised, caught })
}

/// The stack of the coroutine that an error with this value ended.
fn ended_coroutine(dump: &Dump<'_>, value: LuaValue, extent: StackExtent) -> Option<CoroutineStack> {
    let (order, _) = numbered(dump);
    let coroutine = order
        .into_iter()
        .take(COROUTINES_MAX)
        .filter_map(|addr| dump.memory.coroutine(addr).ok())
        .filter(|coroutine| coroutine.status == Some(Status::Failed))
        .find(|coroutine| LuaValue::from(coroutine.object.error) == value)?;
    let mut painter = Painter::new(dump, Extent::GLIMPSE);
    Some(coroutine_stack(dump, &coroutine, extent, &mut painter))
}
