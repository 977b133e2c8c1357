//! The hash of the compiler's own tables: a multiplication for every eight bytes.
//!
//! Invariant: a seed is drawn for every chunk, since names may come from a stranger, who must not know which collide.
//! Not here: the hash of Lua's strings (the runtime's).

use std::hash::{BuildHasher, Hasher, RandomState};

/// A hash function, one of many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn random() -> Seed {
        Seed(RandomState::new().build_hasher().finish())
    }
}

impl BuildHasher for Seed {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding { state: self.0, seed: self.0 }
    }
}

/// A hash that is being computed.
pub(crate) struct Folding {
    state: u64,
    seed: u64,
}

/// Both halves of a product, so that every bit of the factors takes part in the low bits.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Digits of pi: odd, and without a pattern.
const FACTOR: u64 = 0x243f_6a88_85a3_08d3;

impl Hasher for Folding {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        // Without the length, texts that differ in zeros at the end would be one.
        self.write_u64(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.state = fold(self.state ^ number, FACTOR ^ self.seed);
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        fold(self.state, FACTOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn texts_that_hardly_differ_have_hashes_that_do() {
        let seed = Seed::random();
        let mut texts: Vec<Vec<u8>> =
            (0..40_000).map(|number| format!("name_{number}").into_bytes()).collect();
        texts.extend((0..64).map(|length| vec![0; length]));
        texts.extend((1..64).map(|length| vec![b'a'; length]));
        let hashes: HashSet<u64> = texts
            .iter()
            .map(|text| {
                let mut hasher = seed.build_hasher();
                hasher.write(text);
                hasher.finish()
            })
            .collect();
        assert_eq!(hashes.len(), texts.len());
        // Tables take the low bits. Twice the expected number in a slot of 256 does not come by chance.
        for shift in [0, 32] {
            let mut slots = [0; 256];
            hashes.iter().for_each(|hash| slots[(hash >> shift & 255) as usize] += 1);
            assert!(slots.iter().all(|&count| count < 2 * hashes.len() / 256), "{slots:?}");
        }
        assert_ne!(seed.hash_one(1u64), Seed::random().hash_one(1u64));
    }
}
