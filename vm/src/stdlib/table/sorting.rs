//! `table.sort`: a quicksort whose comparisons come in the reference's order, since a program sees that order
//! (in the places of equal items, and in what its comparison function is called with).
//!
//! Where nothing of it can be seen (integers or strings in a plain table, compared by `<`) the standard
//! library's sort does the work.

use super::check_sortable;
use crate::interp::{NativeResult, Raise, Step, Str, Table, Vm};
use crate::sys::clock;
use dumpfmt::layout::value::{self, Value};

/// Ranges smaller than this always take their middle as pivot.
const RANDOM_PIVOT_LENGTH_MIN: i64 = 100;

pub(super) fn sort(vm: &mut Vm) -> NativeResult {
    let count = check_sortable(vm)?;
    if count < 2 {
        return Ok(Step::results(0));
    }
    if count >= i32::MAX.into() {
        return Err(vm.arg_error(1, "array too big"));
    }
    let has_comparison = !vm.arg(2).is_nil();
    if has_comparison {
        vm.check_function(2)?;
    }
    if !has_comparison
        && let Some(table) = Table::of(vm.arg(1))
        && table.metatable().is_none()
        && sort_plain(vm, table, count)?
    {
        return Ok(Step::results(0));
    }
    vm.set_arg_count(FIRST_SLOT + SLOT_COUNT as u32 - 1);
    let mut work = LuaWork { vm, has_comparison };
    sort_range(&mut work, 1, count, 0)?;
    Ok(Step::results(0))
}

/// Sorts numbers or strings without a call into Lua; false when there is something else among them.
fn sort_plain(vm: &mut Vm, table: Table, count: i64) -> Result<bool, Raise> {
    let first = table.get_integer(1);
    if first.is_string() {
        let Some(mut items) = collect(table, count, |item| Str::of(item).map(|text| (prefix(text), text)))
        else {
            return Ok(false);
        };
        items.sort_unstable_by(|(p, a), (q, b)| p.cmp(q).then_with(|| a.bytes().cmp(b.bytes())));
        for (index, (_, text)) in items.into_iter().enumerate() {
            vm.raw_set_integer(table, index as i64 + 1, text.value())?;
        }
        return Ok(true);
    }
    let integer = |item: Value| (item.kind == value::INTEGER).then(|| item.as_integer());
    if let Some(mut items) = collect(table, count, integer) {
        items.sort_unstable();
        for (index, item) in items.into_iter().enumerate() {
            vm.raw_set_integer(table, index as i64 + 1, Value::integer(item))?;
        }
        return Ok(true);
    }
    // Zeros have a sign and ones may be floats: equal numbers can be told apart.
    let number = |item: Value| matches!(item.kind, value::INTEGER | value::FLOAT).then_some(item);
    let Some(items) = collect(table, count, number) else { return Ok(false) };
    let mut work = NumberWork { vm, items, slots: [Value::NIL; SLOT_COUNT] };
    let result = sort_range(&mut work, 1, count, 0);
    let NumberWork { items, .. } = work;
    for (index, item) in items.into_iter().enumerate() {
        vm.raw_set_integer(table, index as i64 + 1, item)?;
    }
    result.map(|()| true)
}

fn collect<T>(table: Table, count: i64, pick: impl Fn(Value) -> Option<T>) -> Option<Vec<T>> {
    pick(table.get_integer(1))?;
    let mut items = Vec::with_capacity(count as usize);
    for key in 1..=count {
        items.push(pick(table.get_integer(key))?);
    }
    Some(items)
}

/// The first eight bytes, which order most strings.
fn prefix(text: Str) -> u64 {
    let mut first = [0; 8];
    let bytes = text.bytes();
    let length = bytes.len().min(8);
    first[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(first)
}

/// Places for items that are taken out of the array.
const SLOT_COUNT: usize = 3;
const A: usize = 0;
const B: usize = 1;
const PIVOT: usize = 2;

/// The array being sorted, and the slots.
trait Work {
    /// Copies an item into a slot.
    fn load(&mut self, slot: usize, index: i64) -> Result<(), Raise>;
    /// Copies a slot into the array.
    fn store(&mut self, index: i64, slot: usize) -> Result<(), Raise>;
    /// Whether the item in slot `a` comes before that in slot `b`.
    fn less(&mut self, a: usize, b: usize) -> Result<bool, Raise>;
    /// The error of a comparison that contradicts itself.
    fn invalid_order(&mut self) -> Raise;
}

fn sort_range<W: Work>(work: &mut W, mut low: i64, mut high: i64, mut seed: u64) -> Result<(), Raise> {
    while low < high {
        work.load(A, low)?;
        work.load(B, high)?;
        if work.less(B, A)? {
            work.store(low, B)?;
            work.store(high, A)?;
        }
        if high - low == 1 {
            return Ok(());
        }
        let middle = if high - low < RANDOM_PIVOT_LENGTH_MIN || seed == 0 {
            (low + high) / 2
        } else {
            let quarter = (high - low) / 4;
            (seed % (quarter as u64 * 2)) as i64 + low + quarter
        };
        work.load(A, middle)?;
        work.load(B, low)?;
        if work.less(A, B)? {
            work.store(middle, B)?;
            work.store(low, A)?;
        } else {
            work.load(B, high)?;
            if work.less(B, A)? {
                work.store(middle, B)?;
                work.store(high, A)?;
            }
        }
        if high - low == 2 {
            return Ok(());
        }
        work.load(PIVOT, middle)?;
        work.load(B, high - 1)?;
        work.store(middle, B)?;
        work.store(high - 1, PIVOT)?;
        let middle = partition(work, low, high)?;
        // The smaller part by recursion, so that its depth is logarithmic.
        let smaller = if middle - low < high - middle {
            sort_range(work, low, middle - 1, seed)?;
            let smaller = middle - low;
            low = middle + 1;
            smaller
        } else {
            sort_range(work, middle + 1, high, seed)?;
            let smaller = high - middle;
            high = middle - 1;
            smaller
        };
        if (high - low) / 128 > smaller {
            // The pivots are bad: choose them by chance.
            seed = clock::monotonic() | 1;
        }
    }
    Ok(())
}

/// Brings what is less than the pivot, which lies at `high - 1`, before it, and gives its new place.
fn partition<W: Work>(work: &mut W, low: i64, high: i64) -> Result<i64, Raise> {
    let (mut up, mut down) = (low, high - 1);
    loop {
        up += 1;
        work.load(A, up)?;
        while work.less(A, PIVOT)? {
            if up == high - 1 {
                return Err(work.invalid_order());
            }
            up += 1;
            work.load(A, up)?;
        }
        down -= 1;
        work.load(B, down)?;
        while work.less(PIVOT, B)? {
            if down < up {
                return Err(work.invalid_order());
            }
            down -= 1;
            work.load(B, down)?;
        }
        if down < up {
            work.store(high - 1, A)?;
            work.store(up, PIVOT)?;
            return Ok(up);
        }
        work.store(up, B)?;
        work.store(down, A)?;
    }
}

/// Any table, in argument 1. The slots are arguments behind the comparison function, so that the collector sees
/// them.
struct LuaWork<'v> {
    vm: &'v mut Vm,
    has_comparison: bool,
}

const FIRST_SLOT: u32 = 3;

impl Work for LuaWork<'_> {
    #[inline]
    fn load(&mut self, slot: usize, index: i64) -> Result<(), Raise> {
        let object = self.vm.arg(1);
        let item = match Table::of(object) {
            Some(table) if table.metatable().is_none() => table.get_integer(index),
            _ => self.vm.get_index(object, Value::integer(index))?,
        };
        self.vm.set_arg(FIRST_SLOT + slot as u32, item);
        Ok(())
    }

    #[inline]
    fn store(&mut self, index: i64, slot: usize) -> Result<(), Raise> {
        let (object, item) = (self.vm.arg(1), self.vm.arg(FIRST_SLOT + slot as u32));
        match Table::of(object) {
            Some(table) if table.metatable().is_none() => self.vm.raw_set_integer(table, index, item),
            _ => self.vm.put_index(object, Value::integer(index), item),
        }
    }

    #[inline]
    fn less(&mut self, a: usize, b: usize) -> Result<bool, Raise> {
        let (a, b) = (self.vm.arg(FIRST_SLOT + a as u32), self.vm.arg(FIRST_SLOT + b as u32));
        if !self.has_comparison {
            return self.vm.less_than(a, b);
        }
        let comparison = self.vm.arg(2);
        self.vm.push(comparison);
        self.vm.push(a);
        self.vm.push(b);
        self.vm.call(2, 1)?;
        Ok(!self.vm.pop().is_falsy())
    }

    fn invalid_order(&mut self) -> Raise {
        self.vm.error("invalid order function for sorting")
    }
}

/// Numbers copied out of their table.
struct NumberWork<'v> {
    vm: &'v mut Vm,
    items: Vec<Value>,
    slots: [Value; SLOT_COUNT],
}

impl Work for NumberWork<'_> {
    #[inline]
    fn load(&mut self, slot: usize, index: i64) -> Result<(), Raise> {
        match self.items.get((index - 1) as usize) {
            Some(&item) => {
                self.slots[slot] = item;
                Ok(())
            }
            // Only a NaN leads out of the array; there the reference compares with nil.
            None => Err(self.invalid_order()),
        }
    }

    #[inline]
    fn store(&mut self, index: i64, slot: usize) -> Result<(), Raise> {
        self.items[index as usize - 1] = self.slots[slot];
        Ok(())
    }

    #[inline]
    fn less(&mut self, a: usize, b: usize) -> Result<bool, Raise> {
        self.vm.less_than(self.slots[a], self.slots[b])
    }

    fn invalid_order(&mut self) -> Raise {
        self.vm.error("invalid order function for sorting")
    }
}
