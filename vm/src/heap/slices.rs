//! What the slices of a collection took, by part, when somebody wants to know (`REQUIEM_GC_TRACE=1`).
//!
//! Processor time, not wall time: what else the machine did in between is no pause of ours.
//!
//! Not here: what the parts do (`cycle.rs`, `intern.rs`), where the line goes (`interp/collect.rs`).

use super::Heap;
use crate::sys::clock;
use core::fmt::Write as _;

/// A part of a collection that is never interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All objects become white, roots gray.
    Begin,
    /// Objects are marked.
    Mark,
    /// What changed since is scanned; weak tables, finalizers.
    Finish,
    /// Dead strings leave the intern table.
    Strings,
    /// Dead slots are freed.
    Blocks,
    /// Memory is given back.
    Memory,
}

impl Part {
    const NAMES: [&'static str; 6] = ["begin", "mark", "finish", "strings", "blocks", "memory"];
}

/// The slices of one part.
#[derive(Clone, Copy, Default)]
struct Slices {
    count: u64,
    total_nanoseconds: u64,
    longest_nanoseconds: u64,
}

/// The slices since the last line.
#[derive(Default)]
pub(super) struct Trace([Slices; Part::NAMES.len()]);

impl Heap {
    /// From now on every collection is told of by [`take_trace`](Heap::take_trace).
    pub fn trace(&mut self) {
        self.trace = Some(Box::default());
    }

    /// Does a part of a collection.
    #[inline(always)]
    pub(super) fn slice_of<R>(&mut self, part: Part, work: impl FnOnce(&mut Heap) -> R) -> R {
        if self.trace.is_none() {
            return work(self);
        }
        let begin = clock::thread();
        let result = work(self);
        let spent = clock::thread().saturating_sub(begin);
        if let Some(Trace(parts)) = self.trace.as_deref_mut() {
            let slices = &mut parts[part as usize];
            slices.count += 1;
            slices.total_nanoseconds += spent;
            slices.longest_nanoseconds = slices.longest_nanoseconds.max(spent);
        }
        result
    }

    /// A line of what the collection that has just ended took; nothing unless this is wanted.
    pub fn take_trace(&mut self, was_asked_for: bool) -> Option<String> {
        let Trace(parts) = core::mem::take(self.trace.as_deref_mut()?);
        let number = self.roots_ref().collection_count;
        let mut line = format!(
            "collection {number}{}: {} KiB left; longest of slices, all in ms:",
            if was_asked_for { ", asked for" } else { "" },
            self.count_bytes() >> 10
        );
        for (name, slices) in Part::NAMES.iter().zip(parts).filter(|(_, slices)| slices.count > 0) {
            let milliseconds = |nanoseconds: u64| nanoseconds as f64 / 1e6;
            let (longest, total) =
                (milliseconds(slices.longest_nanoseconds), milliseconds(slices.total_nanoseconds));
            let _ = write!(line, " {name} {longest:.3} of {}, {total:.1};", slices.count);
        }
        line.pop();
        line.push('\n');
        Some(line)
    }
}
