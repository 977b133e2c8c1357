//! A whole dump: the container's records beside the memory.
//!
//! Invariant: opening reads the header and the list of sections, nothing else; a section that is damaged or
//! missing shows in the answers that need it, and only there.

use super::memory::Memory;
use super::value::LuaValue;
use crate::image::Image;
use crate::image::segment::{Hole, Segment};
use dumpfmt::addr::Addr;
use dumpfmt::container::SectionStatus;
use dumpfmt::container::read::Container;
use dumpfmt::problem::Refusal;
use dumpfmt::record::{CauseRecord, Moment};
use dumpfmt::section::{SectionId, Shape};
use std::cell::OnceCell;
use std::collections::HashMap;

/// An opened dump.
#[derive(Debug)]
pub struct Dump<'f> {
    /// The small sections, and what is wrong with the file.
    pub container: Container<'f>,
    /// The heap.
    pub memory: Memory<'f>,
    natives: OnceCell<HashMap<u32, String>>,
    library: OnceCell<HashMap<Addr, String>>,
}

/// More fields than any module has: where the search for names of functions stops in each.
const MODULE_FIELDS_MAX: usize = 10_000;
/// More modules than any program loads.
const MODULES_MAX: usize = 10_000;

impl<'f> Dump<'f> {
    /// The dump in these bytes.
    pub fn open(bytes: &'f [u8]) -> Result<Dump<'f>, Refusal> {
        let container = Container::open(bytes)?;
        let mut claims: Vec<Segment> = Vec::new();
        for section in container.sections() {
            if section.id.shape() == Shape::Memory && section.status != Some(SectionStatus::Failed) {
                claims.push(Segment {
                    start: section.address,
                    length: section.length,
                    offset: section.offset,
                });
            }
        }
        let heap_failed =
            container.section(SectionId::Heap).is_some_and(|heap| heap.status == Some(SectionStatus::Failed));
        if !heap_failed {
            claims.extend(container.segments().iter().map(|entry| Segment {
                start: entry.address,
                length: entry.length,
                offset: entry.offset,
            }));
        }
        let base =
            container.section(SectionId::Roots).map_or(container.header().region_base, |roots| roots.address);
        let mut image = Image::new(bytes, claims);
        let segments = container.section(SectionId::Segments);
        if container.trailer().is_none()
            && segments.is_none_or(|segments| (segments.payload.len() as u64) < segments.length)
        {
            let header = container.header();
            image = image.with_lost(Hole { start: header.region_base, length: header.region_size });
        }
        let memory = Memory::new(image, base);
        Ok(Dump { container, memory, natives: OnceCell::new(), library: OnceCell::new() })
    }

    /// The name of the runtime's function with this number.
    pub fn native_name(&self, id: u32) -> Option<&str> {
        let natives = self.natives.get_or_init(|| {
            self.container.natives().map(|native| (native.id, native.name.to_string())).collect()
        });
        natives.get(&id).map(String::as_str)
    }

    /// The name under which a loaded module holds the function at `addr`: `string.format`, and for globals
    /// the bare name. This is what the reference's traceback calls it.
    pub fn library_name(&self, addr: Addr) -> Option<&str> {
        self.library.get_or_init(|| self.library_names()).get(&addr).map(String::as_str)
    }

    /// When the dump was taken.
    pub fn taken(&self) -> Moment {
        match self.container.cause() {
            Ok(CauseRecord { at, .. }) => at,
            Err(_) => Moment { wall: self.container.header().wall, monotonic: 0, epoch: 0 },
        }
    }

    /// `package.loaded`, as the library keeps it.
    pub fn loaded_modules(&self) -> Option<Addr> {
        let roots = self.memory.roots.as_ref().ok()?;
        let in_registry = self.memory.string_field(roots.registry.addr, "_LOADED");
        let loaded =
            in_registry.or_else(|| match self.memory.string_field(roots.globals.addr, "package")? {
                LuaValue::Table(package) => self.memory.string_field(package, "loaded"),
                _ => None,
            })?;
        match loaded {
            LuaValue::Table(addr) => Some(addr),
            _ => None,
        }
    }

    fn library_names(&self) -> HashMap<Addr, String> {
        let mut names = HashMap::new();
        let modules = self.loaded_modules().and_then(|addr| self.memory.table(addr).ok());
        let mut modules: Vec<(String, Addr)> = modules
            .map(|table| self.memory.entries(&table).flatten().take(MODULES_MAX))
            .into_iter()
            .flatten()
            .filter_map(|entry| match (entry.key, entry.value) {
                (LuaValue::String(name), LuaValue::Table(module)) => {
                    Some((self.memory.text(name).ok()?, module))
                }
                _ => None,
            })
            .collect();
        // A function that is found twice keeps its first name; bare global names win.
        modules.sort_by_key(|(name, _)| (name != "_G", name.clone()));
        for (module, addr) in modules {
            let Ok(table) = self.memory.table(addr) else { continue };
            for entry in self.memory.entries(&table).flatten().take(MODULE_FIELDS_MAX) {
                if let (LuaValue::String(field), LuaValue::Function(function) | LuaValue::Native(function)) =
                    (entry.key, entry.value)
                    && let Ok(field) = self.memory.text(field)
                {
                    let name = if module == "_G" { field } else { format!("{module}.{field}") };
                    names.entry(function).or_insert(name);
                }
            }
        }
        names
    }
}
