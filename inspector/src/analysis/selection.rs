//! Which coroutine and which frame a question is about.

use super::answer::NoAnswer;
use super::coroutines::numbered;
use super::stacks::{current, shown_frames};
use crate::model::coroutine::{Activation, Coroutine};
use crate::model::dump::Dump;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;

/// What the reader asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// A number of the `coroutines` command, or an address; by default the coroutine that failed.
    pub coroutine: Option<Selector>,
    /// A frame's number; by default the innermost that runs Lua code.
    pub frame: Option<usize>,
}

/// A coroutine by number or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// As the `coroutines` command numbers them.
    Number(usize),
    /// Its address.
    Address(Addr),
}

/// The frame that was asked for, among the frames of its coroutine.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The coroutine.
    pub coroutine: Coroutine,
    /// Its frames, innermost first.
    pub activations: Vec<Activation>,
    /// Which of them.
    pub index: usize,
}

impl Selected {
    /// The frame.
    pub fn activation(&self) -> &Activation {
        &self.activations[self.index]
    }

    /// The frame that called it.
    pub fn caller(&self) -> Option<&Activation> {
        self.activations.get(self.index + 1)
    }
}

/// `0x7f…`, with or without the prefix, as tables and functions are printed.
pub fn address(text: &str) -> Result<Addr, NoAnswer> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    u64::from_str_radix(digits, 16).map(Addr).map_err(|_| {
        NoAnswer::Question(format!(
            "'{text}' is no address: give one as it is printed, such as 0x7f0012345670."
        ))
    })
}

impl Selector {
    /// A number, or an address that starts with `0x`.
    pub fn parse(text: &str) -> Result<Selector, NoAnswer> {
        if text.starts_with("0x") || text.starts_with("0X") {
            return address(text).map(Selector::Address);
        }
        text.parse().map(Selector::Number).map_err(|_| {
            NoAnswer::Question(format!(
                "'{text}' is no coroutine: give its number in the list of `coroutines`, or its address."
            ))
        })
    }
}

/// The address of the coroutine that was asked for.
pub fn coroutine(dump: &Dump<'_>, selector: Option<Selector>) -> Result<Addr, NoAnswer> {
    match selector {
        None => current(dump),
        Some(Selector::Address(addr)) => match dump.memory.header(addr) {
            Ok(header) if header.kind == Kind::Coroutine as u8 => Ok(addr),
            Ok(_) => Err(NoAnswer::Nothing(format!("{addr} is no coroutine."))),
            Err(fault) => Err(NoAnswer::Nothing(format!("There is no coroutine at that address: {fault}."))),
        },
        Some(Selector::Number(number)) => {
            let (all, _) = numbered(dump);
            all.get(number).copied().ok_or_else(|| {
                NoAnswer::Nothing(match all.len() {
                    0 => "The dump holds no coroutine that can be read.".to_owned(),
                    count => format!("There is no coroutine {number}: they are numbered 0 to {}.", count - 1),
                })
            })
        }
    }
}

/// The frame that was asked for.
pub fn select(dump: &Dump<'_>, selection: &Selection) -> Result<Selected, NoAnswer> {
    let addr = coroutine(dump, selection.coroutine)?;
    let found = dump.memory.coroutine(addr);
    let coroutine =
        found.map_err(|fault| NoAnswer::Nothing(format!("The coroutine cannot be read: {fault}.")))?;
    let (activations, fault) = shown_frames(dump, &coroutine);
    let count = activations.len();
    let index = match selection.frame {
        Some(number) if number < count => number,
        Some(number) => {
            let reason = fault.map_or_else(String::new, |fault| format!(" ({fault})"));
            return Err(NoAnswer::Nothing(match count {
                0 => format!("The coroutine has no frames{reason}."),
                1 => format!("There is no frame {number}: the only one is 0{reason}."),
                _ => format!("There is no frame {number}: they are numbered 0 to {}{reason}.", count - 1),
            }));
        }
        None => activations.iter().position(Activation::is_lua).unwrap_or(0),
    };
    if activations.is_empty() {
        let reason = fault.map_or_else(String::new, |fault| format!(" ({fault})"));
        return Err(NoAnswer::Nothing(format!("The coroutine has no frames{reason}.")));
    }
    Ok(Selected { coroutine, activations, index })
}
