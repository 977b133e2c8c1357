//! The stack traceback, as the reference's `luaL_traceback` prints it.

use super::names::FrameView;
use super::state::Vm;
use crate::c_string::until_nul;
use crate::heap::pointer::at;
use crate::heap::{string, table};
use dumpfmt::layout::coroutine::FrameKind;
use dumpfmt::layout::table::TableObject;
use dumpfmt::layout::value::{self, Value};

/// Frames shown at the top of a long traceback.
const FIRST: usize = 10;
/// Frames shown at its end.
const LAST: usize = 11;

impl Vm {
    /// `message` (if any, and up to a zero byte, which ends it for the reference), `stack traceback:`, and a line for
    /// each frame of `coroutine` from `level` on.
    pub fn traceback(&self, coroutine: Value, message: Option<&[u8]>, level: usize) -> Vec<u8> {
        let mut text = Vec::new();
        if let Some(message) = message {
            text.extend_from_slice(until_nul(message));
            text.push(b'\n');
        }
        text.extend_from_slice(b"stack traceback:");
        let frames = self.frames_of(coroutine);
        let total = frames.len();
        let skipped = if total.saturating_sub(level + 1) > FIRST + LAST {
            level + FIRST..total - LAST
        } else {
            total..total
        };
        for (index, &frame) in frames.iter().enumerate().skip(level) {
            if index == skipped.start && !skipped.is_empty() {
                // As the reference counts: the level at which it begins to skip is not among them.
                let count = skipped.len() - 1;
                text.extend_from_slice(format!("\n\t...\t(skipping {count} levels)").as_bytes());
            }
            if skipped.contains(&index) {
                continue;
            }
            match frame.place() {
                Some(place) => {
                    text.extend_from_slice(b"\n\t");
                    text.extend_from_slice(&place.shown());
                    text.extend_from_slice(b": in ");
                }
                None => text.extend_from_slice(b"\n\t[C]: in "),
            }
            text.extend_from_slice(&self.function_description(frame, frames.get(index + 1).copied()));
            if frame.is_tail_call() {
                text.extend_from_slice(b"\n\t(...tail calls...)");
            }
        }
        text
    }

    /// `function 'f'`, `method 'm'`, `main chunk`, `function <file:line>`, `?`
    fn function_description(&self, frame: FrameView, caller: Option<FrameView>) -> Vec<u8> {
        let quoted = |kind: &str, name: &[u8]| {
            let mut text = kind.as_bytes().to_vec();
            text.extend_from_slice(b" '");
            text.extend_from_slice(name);
            text.push(b'\'');
            text
        };
        if let Some(name) = self.global_function_name(frame.function()) {
            return quoted("function", &name);
        }
        if let Some((kind, name)) = self.called_name(frame, caller) {
            return quoted(kind, &name);
        }
        match frame.place() {
            Some(place) if place.line_defined() == 0 => b"main chunk".to_vec(),
            Some(place) => {
                let mut text = b"function <".to_vec();
                text.extend_from_slice(&place.short_source());
                text.extend_from_slice(format!(":{}>", place.line_defined()).as_bytes());
                text
            }
            None if frame.kind() == FrameKind::Bottom => b"?".to_vec(),
            None => b"?".to_vec(),
        }
    }

    /// The name under which a function is found in the loaded modules: `string.format`, or `print` for a
    /// global.
    pub(crate) fn global_function_name(&self, function: Value) -> Option<Vec<u8>> {
        if !matches!(function.kind, value::FUNCTION | value::NATIVE) {
            return None;
        }
        // SAFETY: the registry, its tables and their string keys are valid.
        unsafe {
            let registry = at::<TableObject>(self.r().registry.addr);
            let loaded = find_string_key(registry, b"_LOADED")?;
            if loaded.kind != value::TABLE {
                return None;
            }
            let mut position = 0;
            while let Some((next, key, module)) = table::entry_from(at(loaded.addr()), position) {
                position = next;
                if !key.is_string() {
                    continue;
                }
                let module_name = string::bytes(at(key.addr()));
                if self.raw_equals(module, function) {
                    return Some(module_name.to_vec());
                }
                if module.kind != value::TABLE {
                    continue;
                }
                let mut inner = 0;
                while let Some((next, field, value)) = table::entry_from(at(module.addr()), inner) {
                    inner = next;
                    if field.is_string() && self.raw_equals(value, function) {
                        let field = string::bytes(at(field.addr()));
                        if module_name == b"_G" {
                            return Some(field.to_vec());
                        }
                        return Some([module_name, b".", field].concat());
                    }
                }
            }
        }
        None
    }
}

/// # Safety
/// `table` is valid.
unsafe fn find_string_key(table: *const TableObject, name: &[u8]) -> Option<Value> {
    let mut position = 0;
    // SAFETY: the caller's.
    unsafe {
        while let Some((next, key, value)) = table::entry_from(table, position) {
            position = next;
            if key.is_string() && string::bytes(at(key.addr())) == name {
                return Some(value);
            }
        }
    }
    None
}
