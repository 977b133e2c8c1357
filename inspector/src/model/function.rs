//! Functions: closures, upvalues, prototypes with their names and lines.

use super::memory::Memory;
use super::value::LuaValue;
use crate::image::{Fault, Why};
use dumpfmt::addr::{Addr, Ref};
use dumpfmt::layout::Kind;
use dumpfmt::layout::function::{
    BytesObject, FunctionObject, LocalEntry, NativeObject, OPEN, PrototypeObject, UpvalueEntry, UpvalueObject,
};
use dumpfmt::layout::table::ValuesObject;
use std::borrow::Cow;
use zerocopy::FromBytes;

/// A Lua closure.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Its address.
    pub addr: Addr,
    /// Its prototype.
    pub prototype: Addr,
    /// Its upvalue objects; two closures that share a variable share the address.
    pub upvalues: Vec<Addr>,
}

/// A variable that closures share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Upvalue {
    /// Its address: the identity of the variable.
    pub addr: Addr,
    /// Whether it still lives in the stack slot `location`.
    pub open: bool,
    /// Where its value lies.
    pub location: Addr,
    /// Its value.
    pub value: LuaValue,
}

/// A function of the runtime.
#[derive(Clone, Debug)]
pub struct Native {
    /// Its address.
    pub addr: Addr,
    /// Index into the natives section.
    pub id: u32,
    /// What it closes over.
    pub values: Vec<LuaValue>,
}

/// A function as the compiler made it.
#[derive(Clone, Copy, Debug)]
pub struct Prototype {
    /// Its address.
    pub addr: Addr,
    /// As it lies in memory.
    pub object: PrototypeObject,
}

/// A local variable of a prototype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Compiler-made ones stand in parentheses.
    pub name: String,
    /// The register it lives in.
    pub register: u8,
    /// First word at which it is in scope.
    pub start_pc: u32,
    /// First word at which it is no longer.
    pub end_pc: u32,
}

/// The source of a prototype, as Lua names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkName(pub Vec<u8>);

/// The longest chunk name that messages show, the reference's `LUA_IDSIZE` without its terminator.
const SHORT_SOURCE_MAX: usize = 59;

impl ChunkName {
    /// It as messages show it, shortened by the reference's rules.
    pub fn short(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self.0.split_first() {
            Some((b'=', rest)) => text(&rest[..rest.len().min(SHORT_SOURCE_MAX)]),
            Some((b'@', rest)) if rest.len() <= SHORT_SOURCE_MAX => text(rest),
            Some((b'@', rest)) => format!("...{}", text(&rest[rest.len() - (SHORT_SOURCE_MAX - 3)..])),
            _ => {
                let line = self.0.split(|&byte| byte == b'\n').next().unwrap_or_default();
                let room = SHORT_SOURCE_MAX - "[string \"...\"]".len();
                if line.len() == self.0.len() && line.len() <= room {
                    format!("[string \"{}\"]", text(line))
                } else {
                    format!("[string \"{}...\"]", text(&line[..line.len().min(room)]))
                }
            }
        }
    }
}

impl<'f> Memory<'f> {
    /// The closure at `addr`.
    pub fn closure(&self, addr: Addr) -> Result<Closure, Fault> {
        let object: FunctionObject = self.object(addr, Kind::Function)?;
        let count = u64::from(object.header.extra);
        let upvalues = self.image.read_row::<Addr>(addr.offset(FunctionObject::UPVALUES), count)?;
        Ok(Closure { addr, prototype: object.prototype.addr, upvalues })
    }

    /// The upvalue object at `addr`.
    pub fn upvalue(&self, addr: Addr) -> Result<Upvalue, Fault> {
        let object: UpvalueObject = self.object(addr, Kind::Upvalue)?;
        let value = self.value_at(object.location)?;
        Ok(Upvalue { addr, open: object.header.flags & OPEN != 0, location: object.location, value })
    }

    /// The native function at `addr`.
    pub fn native(&self, addr: Addr) -> Result<Native, Fault> {
        let object: NativeObject = self.object(addr, Kind::Native)?;
        let row = self.row(addr.offset(NativeObject::VALUES), u64::from(object.header.extra), 16);
        Ok(Native { addr, id: object.id, values: values(&row.bytes) })
    }

    /// The prototype at `addr`.
    pub fn prototype(&self, addr: Addr) -> Result<Prototype, Fault> {
        Ok(Prototype { addr, object: self.object(addr, Kind::Prototype)? })
    }

    /// The values of a row, as many as it says are in use.
    pub fn values(&self, row: Ref<ValuesObject>) -> Result<Vec<LuaValue>, Fault> {
        if row.is_null() {
            return Ok(Vec::new());
        }
        let object: ValuesObject = self.object(row.addr, Kind::Values)?;
        let count = u64::from(object.length.min(object.capacity));
        let row = self.row(row.addr.offset(ValuesObject::VALUES), count, 16);
        row.fault.map_or_else(|| Ok(values(&row.bytes)), Err)
    }

    /// Value `index` of a row.
    pub fn value_in(&self, row: Ref<ValuesObject>, index: u32) -> Result<LuaValue, Fault> {
        let object: ValuesObject = self.object(row.addr, Kind::Values)?;
        let limit = object.length.min(object.capacity);
        if index >= limit {
            let why = Why::TooLong { claimed: u64::from(index) + 1, limit: u64::from(limit) };
            return Err(Fault::new(row.addr, why));
        }
        self.value_at(row.addr.offset(ValuesObject::VALUES + 16 * u64::from(index)))
    }

    /// Packed data.
    pub fn packed(&self, bytes: Ref<BytesObject>) -> Result<Cow<'f, [u8]>, Fault> {
        if bytes.is_null() {
            return Ok(Cow::Borrowed(&[]));
        }
        let object: BytesObject = self.object(bytes.addr, Kind::Bytes)?;
        self.image.bytes(bytes.addr.offset(BytesObject::BYTES), object.length)
    }

    /// The local variables of `prototype`, in the order in which they come into scope.
    pub fn locals(&self, prototype: &Prototype) -> Result<Vec<Local>, Fault> {
        let packed = self.packed(prototype.object.locals)?;
        let entries = packed.chunks_exact(size_of::<LocalEntry>());
        Ok(entries
            .filter_map(|bytes| LocalEntry::read_from_bytes(bytes).ok())
            .map(|entry| Local {
                name: self.debug_name(prototype, entry.name).unwrap_or_else(|| "?".to_owned()),
                register: u8::try_from(entry.register).unwrap_or(u8::MAX),
                start_pc: entry.start_pc,
                end_pc: entry.end_pc,
            })
            .collect())
    }

    /// The names of the upvalues of `prototype`, `None` for one that has none.
    pub fn upvalue_names(&self, prototype: &Prototype) -> Result<Vec<Option<String>>, Fault> {
        let packed = self.packed(prototype.object.upvalues)?;
        let entries = packed.chunks_exact(size_of::<UpvalueEntry>());
        Ok(entries
            .filter_map(|bytes| UpvalueEntry::read_from_bytes(bytes).ok())
            .map(|entry| self.debug_name(prototype, entry.name))
            .collect())
    }

    /// The line of word `index` of the code of `prototype`.
    pub fn line(&self, prototype: &Prototype, index: u32) -> Option<u32> {
        let packed = self.packed(prototype.object.lines).ok()?;
        dumpfmt::line_table::lookup(&packed, index)
    }

    /// The chunk's name of `prototype`.
    pub fn chunk_name(&self, prototype: &Prototype) -> Result<ChunkName, Fault> {
        if prototype.object.source.is_null() {
            return Ok(ChunkName(b"=?".to_vec()));
        }
        self.string(prototype.object.source.addr).map(|bytes| ChunkName(bytes.into_owned()))
    }

    /// The whole text of its chunk; `None` when it was loaded without.
    pub fn chunk_text(&self, prototype: &Prototype) -> Result<Option<Cow<'f, [u8]>>, Fault> {
        if prototype.object.text.is_null() {
            return Ok(None);
        }
        self.string(prototype.object.text.addr).map(Some)
    }

    fn debug_name(&self, prototype: &Prototype, index: u32) -> Option<String> {
        match self.value_in(prototype.object.names, index).ok()? {
            LuaValue::String(addr) => self.text(addr).ok(),
            _ => None,
        }
    }
}

fn values(bytes: &[u8]) -> Vec<LuaValue> {
    let chunks = bytes.chunks_exact(16);
    chunks
        .filter_map(|chunk| dumpfmt::layout::value::Value::read_from_bytes(chunk).ok())
        .map(Into::into)
        .collect()
}
