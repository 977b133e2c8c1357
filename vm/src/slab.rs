//! What lives on the runtime's side and has a number in the heap: open files, open directories.
//!
//! Invariant: a handle is an index plus one, so that 0 is none; the handle of what was removed is used again.

/// Things by handle.
pub struct Slab<T> {
    slots: Vec<Option<T>>,
    free: Vec<u64>,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Keeps a thing: its handle.
    pub fn insert(&mut self, thing: T) -> u64 {
        if let Some(handle) = self.free.pop() {
            self.slots[handle as usize - 1] = Some(thing);
            return handle;
        }
        self.slots.push(Some(thing));
        self.slots.len() as u64
    }

    /// The thing of a handle.
    ///
    /// # Panics
    /// When there is none: a handle lives as long as its userdata says so.
    #[inline]
    pub fn get(&mut self, handle: u64) -> &mut T {
        self.slots[handle as usize - 1].as_mut().expect("a handle of something open")
    }

    /// Takes a thing out, if it is there.
    pub fn remove(&mut self, handle: u64) -> Option<T> {
        let thing = self.slots[handle as usize - 1].take()?;
        self.free.push(handle);
        Some(thing)
    }

    /// All things.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().flatten()
    }
}
