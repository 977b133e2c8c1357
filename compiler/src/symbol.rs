//! Names and string literals as small numbers, equal exactly when the bytes are.
//!
//! Invariant: a [`Symbol`] is only asked of the table that gave it.

use crate::hash::Seed;
use std::hash::{BuildHasher, Hasher};

/// A name or a string literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Symbol(pub(crate) u32);

/// The texts of all symbols of a chunk.
#[derive(Debug)]
pub(crate) struct SymbolTable {
    /// All texts, one after another.
    bytes: Vec<u8>,
    /// Where each text ends in `bytes`, and its hash.
    entries: Vec<(u32, u32)>,
    /// Open addressing by hash; 0 is empty, else one more than a symbol. At most half full.
    slots: Vec<u32>,
    seed: Seed,
}

impl SymbolTable {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), entries: Vec::new(), slots: vec![0; 128], seed: Seed::random() }
    }

    /// The symbol of `text`.
    pub(crate) fn intern(&mut self, text: &[u8]) -> Symbol {
        let mut hasher = self.seed.build_hasher();
        hasher.write(text);
        let hash = hasher.finish() as u32;
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            let symbol = Symbol(self.slots[slot] - 1);
            if self.entries[symbol.0 as usize].1 == hash && self.text(symbol) == text {
                return symbol;
            }
            slot = (slot + 1) & mask;
        }
        let symbol = Symbol(self.entries.len() as u32);
        self.bytes.extend_from_slice(text);
        self.entries.push((self.bytes.len() as u32, hash));
        self.slots[slot] = symbol.0 + 1;
        if self.entries.len() * 2 > self.slots.len() {
            self.grow();
        }
        symbol
    }

    /// The seed of this chunk's tables.
    pub(crate) fn seed(&self) -> Seed {
        self.seed
    }

    /// The bytes of `symbol`.
    pub(crate) fn text(&self, symbol: Symbol) -> &[u8] {
        let index = symbol.0 as usize;
        let start = if index == 0 { 0 } else { self.entries[index - 1].0 };
        &self.bytes[start as usize..self.entries[index].0 as usize]
    }

    fn grow(&mut self) {
        let mut slots = vec![0; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for (index, (_, hash)) in self.entries.iter().enumerate() {
            let mut slot = *hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = index as u32 + 1;
        }
        self.slots = slots;
    }
}
