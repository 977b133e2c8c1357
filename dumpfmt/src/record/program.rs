//! Which program it was, on which machine, since when.

use super::event::Moment;
use crate::wire::Text;
use serde::{Deserialize, Serialize};

/// The section `Program`. Lists are one text, each piece ended by a NUL byte ([`Text::pieces`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program<'a> {
    /// The script's name without folder and `.lua`; the first part of the dump's file name.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// The script as it was named on the command line; `=(command line)` or `=stdin` otherwise.
    #[serde(borrow)]
    pub script: Text<'a>,
    /// List: the command line, the runtime's own name first.
    #[serde(borrow)]
    pub arguments: Text<'a>,
    /// List: what the runtime was told by flags and environment, `name=value` each.
    #[serde(borrow)]
    pub options: Text<'a>,
    /// The working directory at the start.
    #[serde(borrow)]
    pub directory: Text<'a>,
    /// The machine's name.
    #[serde(borrow)]
    pub host: Text<'a>,
    /// The kernel: name, release and machine.
    #[serde(borrow)]
    pub system: Text<'a>,
    /// `requiem` and its version.
    #[serde(borrow)]
    pub runtime: Text<'a>,
    /// The instruction set the runtime was built for: `x86_64`, `aarch64`.
    #[serde(borrow)]
    pub architecture: Text<'a>,
    /// Its process.
    pub pid: u32,
    /// Its parent.
    pub parent_pid: u32,
    /// Its user.
    pub user: u32,
    /// When the runtime started.
    pub started: Moment,
}
