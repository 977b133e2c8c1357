use super::*;
use crate::heap::{POLL_COLLECT, Phase};
use std::collections::{HashMap, HashSet};

/// What the heap should hold: of each object, by id, the ids it refers to.
#[derive(Default)]
struct Model {
    edges: HashMap<u64, Vec<Option<u64>>>,
    address: HashMap<u64, u64>,
    roots: Vec<u64>,
    next_id: u64,
}

impl Model {
    fn reachable(&self) -> HashSet<u64> {
        let mut seen: HashSet<u64> = HashSet::new();
        let mut queue = self.roots.clone();
        while let Some(id) = queue.pop() {
            if seen.insert(id) {
                queue.extend(self.edges[&id].iter().flatten());
            }
        }
        seen
    }

    fn forget_unreachable(&mut self) {
        let reachable = self.reachable();
        self.edges.retain(|id, _| reachable.contains(id));
        self.address.retain(|id, _| reachable.contains(id));
    }

    fn add(&mut self, heap: &mut Heap, held: &Held, size: u32) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        // Half of the references are array items, half are values of nodes.
        let table = new_table(heap, size + 1, size.next_power_of_two());
        set(heap, table, 0, Value::integer(id as i64));
        let name = string_value(heap, &format!("object {}", id % 500));
        put(heap, table, name, Value::TRUE);
        self.edges.insert(id, vec![None; 2 * size as usize - 1]);
        self.address.insert(id, table as u64);
        self.roots.push(id);
        held.0.borrow_mut().push(table_value(table));
        id
    }

    fn link(&mut self, heap: &mut Heap, from: u64, slot: usize, to: Option<u64>) {
        let table = self.address[&from] as *mut TableObject;
        let value = to.map_or(Value::NIL, |to| Value::object(TABLE, Addr(self.address[&to])));
        let edges = self.edges.get_mut(&from).expect("known");
        let size = edges.len().div_ceil(2);
        if slot < size {
            set(heap, table, slot as u32 + 1, value);
        } else {
            put(heap, table, node_key(slot - size), value);
        }
        edges[slot] = to;
    }

    fn check_contents(&self) {
        for (&id, &address) in &self.address {
            let table = address as *mut TableObject;
            // SAFETY: the model says that it is alive.
            unsafe {
                assert_eq!((*item(table, 0)).as_integer(), id as i64);
                let edges = &self.edges[&id];
                let size = edges.len().div_ceil(2);
                for (slot, &to) in edges.iter().enumerate() {
                    let found = if slot < size {
                        (*item(table, slot as u32 + 1)).payload
                    } else {
                        get(table, node_key(slot - size)).payload
                    };
                    assert_eq!(found, to.map_or(0, |to| self.address[&to]), "object {id} slot {slot}");
                }
            }
        }
    }
}

fn node_key(index: usize) -> Value {
    Value::float(index as f64 + 0.5)
}

/// Random changes to a random graph; `at_safepoint` runs after each and may collect.
fn mutate(seed: u64, rounds: usize, mut at_safepoint: impl FnMut(&mut Heap, &mut Held, usize) -> bool) {
    let (mut heap, mut held, mut model) = (new_heap(), Held::default(), Model::default());
    let mut random = Random(seed);
    for round in 0..rounds {
        let size = if random.below(200) == 0 { 3000 + random.below(6000) } else { 1 + random.below(9) };
        let id = model.add(&mut heap, &held, size as u32);
        for _ in 0..3 {
            let ids = [id, model.roots[random.below(model.roots.len())]];
            let from = ids[random.below(2)];
            let to = model.roots[random.below(model.roots.len())];
            let slot = random.below(model.edges[&from].len());
            model.link(&mut heap, from, slot, (random.below(4) > 0).then_some(to));
        }
        while model.roots.len() > 60 {
            let index = random.below(model.roots.len());
            model.roots.swap_remove(index);
            held.0.get_mut().swap_remove(index);
        }
        if at_safepoint(&mut heap, &mut held, round) {
            model.forget_unreachable();
            model.check_contents();
            assert_eq!(count(&heap, Kind::Table), model.edges.len());
            check(&heap, &held);
        }
    }
    heap.collect(&mut held);
    model.forget_unreachable();
    model.check_contents();
    assert_eq!(count(&heap, Kind::Table), model.edges.len());
    check(&heap, &held);
}

#[test]
fn full_collections_keep_exactly_what_is_reachable() {
    mutate(7, 4000, |heap, held, round| {
        let due = round % 97 == 0;
        if due {
            heap.collect(held);
        }
        due
    });
}

#[test]
fn slices_between_changes_keep_what_is_reachable() {
    for seed in 1..6 {
        mutate(seed, 3000, |heap, held, round| {
            heap.step_explicitly(1, held);
            if round % 10 == 0 {
                check(heap, held);
            }
            false
        });
    }
}

#[test]
fn slices_run_when_the_allocator_asks_for_them() {
    let mut collections = 0;
    let mut phases = HashSet::new();
    mutate(3, 30_000, |heap, held, _| {
        // SAFETY: the roots live with the heap.
        if unsafe { (*heap.roots()).poll } & POLL_COLLECT != 0 {
            heap.step(held);
            phases.insert(heap.phase() as u64);
        }
        // SAFETY: as above.
        collections = unsafe { (*heap.roots()).collection_count };
        false
    });
    assert!(collections > 3, "{collections}");
    assert!(phases.contains(&(Phase::Mark as u64)) && phases.contains(&(Phase::Idle as u64)), "{phases:?}");
}

#[test]
fn a_full_collection_amid_an_incremental_one_starts_over() {
    mutate(11, 2000, |heap, held, round| {
        heap.step_explicitly(1, held);
        let due = round % 41 == 0;
        if due {
            heap.collect(held);
        }
        due
    });
}

#[test]
fn a_gray_stack_that_runs_over_loses_nothing() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    heap.marker.limit_gray_stack(64);
    let mut model = Model::default();
    let root = model.add(&mut heap, &held, 2000);
    for slot in 0..2000 {
        let child = model.add(&mut heap, &held, 4);
        model.link(&mut heap, root, slot, Some(child));
        for other in 0..4 {
            let grandchild = model.add(&mut heap, &held, 1);
            model.link(&mut heap, child, other, Some(grandchild));
        }
    }
    model.roots.truncate(1);
    held.0.get_mut().truncate(1);
    heap.collect(&mut held);
    assert!(heap.marker.has_overflowed());
    assert_eq!(count(&heap, Kind::Table), 10_001);
    model.check_contents();
    check(&heap, &held);
}

#[test]
fn epochs_advance_and_headers_keep_theirs() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    let table = new_table(&mut heap, 0, 0);
    held.0.get_mut().push(table_value(table));
    heap.collect(&mut held);
    heap.collect(&mut held);
    let younger = new_table(&mut heap, 0, 0);
    // SAFETY: both are alive: no safepoint since.
    unsafe {
        assert_eq!((*table).header.epoch, 1);
        assert_eq!((*younger).header.epoch, 3);
    }
}

#[test]
fn parts_given_back_are_used_again() {
    let (mut heap, held) = (new_heap(), Held::default());
    let mut old = heap.allocate(Kind::Values, 48).expect("memory") as u64;
    let mut size = 48;
    while size < 40 << 20 {
        let new = heap.grow(Addr(old), Kind::Values, size, size * 2).expect("memory");
        // SAFETY: the new object has `2 * size` bytes.
        unsafe {
            let last = (new as u64 + 2 * size as u64 - 8) as *mut u64;
            *last = size as u64;
            if size > 48 {
                assert_eq!(*((new as u64 + size as u64 - 8) as *const u64), size as u64 / 2);
            }
            (*new.cast::<ValuesObject>()).capacity = 0;
            (*new.cast::<ValuesObject>()).length = 0;
        }
        old = new as u64;
        size *= 2;
        check(&heap, &held);
    }
    assert_eq!(count(&heap, Kind::Values), 1);
    heap.free(Addr(old), Kind::Values);
    assert_eq!(heap.count_bytes(), 0);
    check(&heap, &held);
}

#[test]
fn prefixes_of_the_heap_are_handed_out_again_after_a_collection() {
    let (mut heap, mut held) = (new_heap(), Held::default());
    for _ in 0..50 {
        for size in [16, 200, 4000, 30_000, 70_000, 1 << 20] {
            for _ in 0..40 {
                let bytes = heap.allocate(Kind::Bytes, size).expect("memory");
                // SAFETY: a fresh slot of at least 16 bytes.
                unsafe { *bytes.cast::<u64>().add(1) = 0 };
            }
        }
        heap.collect(&mut held);
    }
    assert_eq!(heap.walk().count(), 0);
    let blocks = heap.region.block_count();
    assert!(blocks < 1500, "{blocks}");
}
