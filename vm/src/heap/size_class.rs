//! Size classes: which slot sizes small objects come in.
//!
//! Multiples of 16 up to 256, then four to a doubling, plus the exact sizes of hash parts (16 + 24 · 2^k),
//! which would waste 12–16 % otherwise. The last classes divide a block without rest.
//!
//! Invariant: every size is a multiple of the granule, and the sizes ascend.

use dumpfmt::region::{BLOCK_SIZE, GRANULE};

/// Slot sizes in bytes, by class.
pub const SLOT_SIZES: [u16; CLASS_COUNT] = [
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 320, 384, 400, 448, 512, 640,
    784, 896, 1024, 1280, 1552, 1792, 2048, 2560, 3088, 3584, 4096, 5120, 6160, 7168, 8192, 9360, 10912,
    12304, 13104, 16384, 21840, 24592, 32768,
];

/// How many classes there are.
pub const CLASS_COUNT: usize = 45;

/// Larger objects own a run of blocks.
pub const SMALL_BYTES_MAX: usize = SLOT_SIZES[CLASS_COUNT - 1] as usize;

/// Words of an allocated or mark bitmap in one block.
pub const WORDS_PER_BLOCK: usize = (BLOCK_SIZE / GRANULE / 64) as usize;

/// Class by size in granules, rounded up.
static CLASS_OF: [u8; SMALL_BYTES_MAX / GRANULE as usize + 1] = {
    let mut table = [0; SMALL_BYTES_MAX / GRANULE as usize + 1];
    let (mut granules, mut class) = (0, 0);
    while granules < table.len() {
        if granules * GRANULE as usize > SLOT_SIZES[class] as usize {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
};

/// Classes by size whose blocks objects of smaller sizes may share.
const SHARED_SIZES: [u16; 3] = [64, 256, 1024];

/// The class whose slots take objects of this class while there are few of them; the class itself when it is large.
#[inline]
pub fn shared_class(class: usize) -> usize {
    static SHARED: [u8; CLASS_COUNT] = {
        let mut table = [0; CLASS_COUNT];
        let mut class = 0;
        while class < CLASS_COUNT {
            table[class] = class as u8;
            let mut index = SHARED_SIZES.len();
            while index > 0 {
                index -= 1;
                if SLOT_SIZES[class] <= SHARED_SIZES[index] {
                    table[class] = CLASS_OF[(SHARED_SIZES[index] as u64 / GRANULE) as usize];
                }
            }
            class += 1;
        }
        table
    };
    SHARED[class] as usize
}

/// Which bits of a block's bitmap stand for the start of a slot, by class.
pub static SLOT_STARTS: [[u64; WORDS_PER_BLOCK]; CLASS_COUNT] = {
    let mut table = [[0; WORDS_PER_BLOCK]; CLASS_COUNT];
    let mut class = 0;
    while class < CLASS_COUNT {
        let size = SLOT_SIZES[class] as u64;
        let mut start = 0;
        while start + size <= BLOCK_SIZE {
            let granule = (start / GRANULE) as usize;
            table[class][granule / 64] |= 1 << (granule % 64);
            start += size;
        }
        class += 1;
    }
    table
};

/// The class for objects of `size_bytes`, which is at most [`SMALL_BYTES_MAX`].
#[inline(always)]
pub fn class_of(size_bytes: usize) -> usize {
    CLASS_OF[size_bytes.div_ceil(GRANULE as usize)] as usize
}

/// Slots of a block of this class.
pub const fn slots_per_block(class: usize) -> u32 {
    BLOCK_SIZE as u32 / SLOT_SIZES[class] as u32
}

#[cfg(test)]
mod tests;
