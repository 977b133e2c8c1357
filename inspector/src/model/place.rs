//! Places: file and line of functions, frames and recorded sites.

use super::code::Spot;
use super::coroutine::Activation;
use super::dump::Dump;
use super::function::Prototype;
use super::value::LuaValue;
use crate::image::Fault;
use dumpfmt::addr::Addr;
use dumpfmt::layout::Kind;
use dumpfmt::record::Site;
use std::fmt;

/// A line of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chunk as messages name it.
    pub source: String,
    /// The line; `None` when it is not known.
    pub line: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.source),
            None => write!(f, "{}:?", self.source),
        }
    }
}

/// A recorded site, resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// In Lua code.
    Lua(Spot),
    /// In a function of the runtime.
    Native {
        /// Its name, if the natives section tells.
        name: Option<String>,
    },
}

impl PartialEq for Spot {
    fn eq(&self, other: &Self) -> bool {
        self.prototype.addr == other.prototype.addr && self.index == other.index
    }
}

impl Dump<'_> {
    /// The line of the instruction at `spot`.
    pub fn place(&self, spot: &Spot) -> Place {
        Place { source: self.source(&spot.prototype), line: self.memory.line(&spot.prototype, spot.index) }
    }

    /// Where `prototype` begins.
    pub fn definition(&self, prototype: &Prototype) -> Place {
        Place { source: self.source(prototype), line: Some(prototype.object.line_defined) }
    }

    /// The chunk of `prototype` as messages name it.
    pub fn source(&self, prototype: &Prototype) -> String {
        self.memory.chunk_name(prototype).map_or_else(|_| "?".to_owned(), |name| name.short())
    }

    /// What `activation` of a Lua function is doing.
    pub fn spot(&self, activation: &Activation) -> Result<Spot, Fault> {
        let lost = |addr| Fault::new(addr, crate::image::Why::WrongKind { expected: "code", found: u8::MAX });
        let LuaValue::Function(function) = activation.function else {
            return Err(lost(activation.frame.base));
        };
        let prototype = self.memory.prototype(self.memory.closure(function)?.prototype)?;
        let code = self.memory.code(&prototype)?;
        let step = code.under_way(activation.frame.pc).ok_or(lost(activation.frame.pc))?;
        Ok(Spot { prototype, index: step.index })
    }

    /// What a recorded site names.
    pub fn resolve(&self, site: &Site) -> Result<Resolved, Fault> {
        let lost =
            |addr| Fault::new(addr, crate::image::Why::WrongKind { expected: "function", found: u8::MAX });
        match Kind::from_byte(self.memory.header(site.function)?.kind) {
            Some(Kind::Native) => {
                let id = self.memory.native(site.function)?.id;
                Ok(Resolved::Native { name: self.native_name(id).map(str::to_owned) })
            }
            Some(Kind::Prototype) => {
                let prototype = self.memory.prototype(site.function)?;
                let step = self.memory.code(&prototype)?.under_way(site.pc).ok_or(lost(site.pc))?;
                Ok(Resolved::Lua(Spot { prototype, index: step.index }))
            }
            _ => Err(lost(site.function)),
        }
    }

    /// Where the function that `value` is was defined; `None` for a value that is no Lua function.
    pub fn function_place(&self, value: LuaValue) -> Option<Place> {
        let LuaValue::Function(addr) = value else { return None };
        let prototype =
            self.memory.closure(addr).and_then(|closure| self.memory.prototype(closure.prototype));
        prototype.ok().map(|prototype| self.definition(&prototype))
    }

    /// The name of the native function at `addr`, as a program finds it.
    pub fn native_name_at(&self, addr: Addr) -> Option<&str> {
        self.native_name(self.memory.native(addr).ok()?.id)
    }
}
