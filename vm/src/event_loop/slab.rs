//! Elements under small numbers that stay theirs until they are removed.

/// Elements in slots; the number of a removed one is given to the next.
#[derive(Debug)]
pub struct Slab<T> {
    slots: Vec<Slot<T>>,
    /// The head of the chain of free slots; [`NONE`] when there is none.
    free: u32,
}

#[derive(Debug)]
enum Slot<T> {
    Used(T),
    Free(u32),
}

/// No slot.
pub const NONE: u32 = u32::MAX;

impl<T> Slab<T> {
    /// No elements.
    pub const fn new() -> Self {
        Slab { slots: Vec::new(), free: NONE }
    }

    /// The number that the next element will get.
    pub fn next_slot(&self) -> u32 {
        if self.free == NONE { self.slots.len() as u32 } else { self.free }
    }

    /// Takes an element in.
    pub fn insert(&mut self, element: T) -> u32 {
        let slot = self.next_slot();
        match self.slots.get_mut(slot as usize) {
            Some(place) => {
                if let Slot::Free(next) = *place {
                    self.free = next;
                }
                *place = Slot::Used(element);
            }
            None => self.slots.push(Slot::Used(element)),
        }
        slot
    }

    /// Takes an element out.
    pub fn remove(&mut self, slot: u32) -> Option<T> {
        let place = self.slots.get_mut(slot as usize)?;
        if matches!(place, Slot::Free(_)) {
            return None;
        }
        let Slot::Used(element) = core::mem::replace(place, Slot::Free(self.free)) else { return None };
        self.free = slot;
        Some(element)
    }

    /// The element with this number.
    pub fn get(&self, slot: u32) -> Option<&T> {
        match self.slots.get(slot as usize)? {
            Slot::Used(element) => Some(element),
            Slot::Free(_) => None,
        }
    }

    /// The element with this number.
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        match self.slots.get_mut(slot as usize)? {
            Slot::Used(element) => Some(element),
            Slot::Free(_) => None,
        }
    }

    /// Every element, in the order of the slots.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().enumerate().filter_map(|(slot, place)| match place {
            Slot::Used(element) => Some((slot as u32, element)),
            Slot::Free(_) => None,
        })
    }
}
