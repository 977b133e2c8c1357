//! Tables and globals, read and written by a host.

use super::Lua;
use super::convert::{lift, lower};
use super::error::Error;
use super::value::{Table, Value};
use crate::interp::{self, Raise, Vm};
use dumpfmt::layout::value::Value as Raw;

/// The table of the heap that a value is.
fn raw_table(raw: Raw) -> interp::Table {
    interp::Table::of(raw).expect("a kept table is the table it was")
}

impl Lua<'_> {
    /// An empty table.
    pub fn new_table(&mut self) -> Result<Table, Error> {
        self.run(|vm| {
            let table = vm.new_table(0, 0)?;
            vm.keep(table.value()).map(Table)
        })
    }

    /// The table of global variables.
    pub fn globals(&mut self) -> Result<Table, Error> {
        self.run(|vm| {
            let globals = vm.globals();
            vm.keep(globals.value()).map(Table)
        })
    }

    /// A global variable.
    pub fn global(&mut self, name: &str) -> Result<Value, Error> {
        let globals = self.globals()?;
        self.get(&globals, name)
    }

    /// Sets a global variable.
    pub fn set_global(&mut self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        let globals = self.globals()?;
        self.set(&globals, name, value)
    }

    /// `table[key]`, metamethods included.
    pub fn get(&mut self, table: &Table, key: impl Into<Value>) -> Result<Value, Error> {
        self.look_up(table, key.into(), Vm::get_index)
    }

    /// `rawget(table, key)`
    pub fn raw_get(&mut self, table: &Table, key: impl Into<Value>) -> Result<Value, Error> {
        self.look_up(table, key.into(), |_, table, key| Ok(raw_table(table).get(key)))
    }

    fn look_up(
        &mut self,
        table: &Table,
        key: Value,
        read: impl FnOnce(&mut Vm, Raw, Raw) -> Result<Raw, Raise>,
    ) -> Result<Value, Error> {
        let table = Value::from(table);
        self.check([&table, &key])?;
        self.run(|vm| {
            let (table, key) = (lower(vm, &table)?, lower(vm, &key)?);
            let value = read(vm, table, key)?;
            lift(vm, value)
        })
    }

    /// `table[key] = value`, metamethods included.
    pub fn set(
        &mut self,
        table: &Table,
        key: impl Into<Value>,
        value: impl Into<Value>,
    ) -> Result<(), Error> {
        self.store(table, key.into(), value.into(), Vm::put_index)
    }

    /// `rawset(table, key, value)`
    pub fn raw_set(
        &mut self,
        table: &Table,
        key: impl Into<Value>,
        value: impl Into<Value>,
    ) -> Result<(), Error> {
        let write = |vm: &mut Vm, table: Raw, key: Raw, value: Raw| vm.raw_set(raw_table(table), key, value);
        self.store(table, key.into(), value.into(), write)
    }

    fn store(
        &mut self,
        table: &Table,
        key: Value,
        value: Value,
        write: impl FnOnce(&mut Vm, Raw, Raw, Raw) -> Result<(), Raise>,
    ) -> Result<(), Error> {
        let table = Value::from(table);
        self.check([&table, &key, &value])?;
        self.run(|vm| {
            let (table, key, value) = (lower(vm, &table)?, lower(vm, &key)?, lower(vm, &value)?);
            write(vm, table, key, value)
        })
    }

    /// The entry after `key` (nil: the first one), without metamethods; `None` after the last one.
    pub fn next(&mut self, table: &Table, key: impl Into<Value>) -> Result<Option<(Value, Value)>, Error> {
        let (table, key) = (Value::from(table), key.into());
        self.check([&table, &key])?;
        self.run(|vm| {
            let (table, key) = (lower(vm, &table)?, lower(vm, &key)?);
            match raw_table(table).next(key) {
                Ok(Some((key, value))) => {
                    vm.push(value);
                    Ok(Some((lift(vm, key)?, lift(vm, value)?)))
                }
                Ok(None) => Ok(None),
                Err(_) => Err(vm.error("invalid key to 'next'")),
            }
        })
    }

    /// `#table`, metamethods included.
    pub fn length(&mut self, table: &Table) -> Result<i64, Error> {
        let table = Value::from(table);
        self.check([&table])?;
        self.run(|vm| {
            let table = lower(vm, &table)?;
            vm.length_of(table)
        })
    }

    /// The metatable of any value.
    pub fn metatable(&mut self, value: &Value) -> Result<Option<Table>, Error> {
        self.check([value])?;
        self.run(|vm| {
            let value = lower(vm, value)?;
            match vm.metatable_of(value) {
                Some(metatable) => vm.keep(metatable.value()).map(|kept| Some(Table(kept))),
                None => Ok(None),
            }
        })
    }

    /// Gives a table a metatable, or takes it away.
    pub fn set_metatable(&mut self, table: &Table, metatable: Option<&Table>) -> Result<(), Error> {
        let (table, metatable) = (Value::from(table), Value::from(metatable));
        self.check([&table, &metatable])?;
        self.run(|vm: &mut Vm| {
            let (table, metatable) = (lower(vm, &table)?, lower(vm, &metatable)?);
            vm.set_metatable(table, interp::Table::of(metatable));
            Ok(())
        })
    }

    /// What `tostring` makes of a value, `__tostring` and `__name` included.
    pub fn text(&mut self, value: &Value) -> Result<Vec<u8>, Error> {
        self.check([value])?;
        self.run(|vm| {
            let value = lower(vm, value)?;
            vm.to_text(value).map(|text| text.bytes().to_vec())
        })
    }
}
