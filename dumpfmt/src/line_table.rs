//! The packed map from a word of code to its source line.
//!
//! ```text
//! word_count: u32 | exception_count: u32
//! anchors:    u32 per 64 words     the line of the word before the group's first delta is applied
//! deltas:     i8 per word          added to the line of the word before; -128: look in the exceptions
//! exceptions: (word, line) u32 pairs, ascending: lines too far from their neighbour's for a byte
//! ```
//!
//! All numbers are little-endian and unaligned. About 1.1 bytes a word, and a look-up reads at most one
//! group.
//!
//! Invariant: a look-up never fails on foreign bytes: it answers `None` or a wrong line.
//! Not here: which line an instruction has (`compiler/emit`).

/// Words that share an anchor.
const GROUP: usize = 64;
/// The delta that sends the reader to the exceptions.
const ESCAPE: i8 = i8::MIN;
const HEAD: usize = 8;

/// Packs one line per word.
pub fn encode(lines: &[u32]) -> Vec<u8> {
    let group_count = lines.len().div_ceil(GROUP);
    let mut anchors = Vec::with_capacity(group_count * 4);
    let mut deltas = Vec::with_capacity(lines.len());
    let mut exceptions: Vec<u8> = Vec::new();
    let mut previous = 0u32;
    for (word, &line) in lines.iter().enumerate() {
        if word % GROUP == 0 {
            anchors.extend_from_slice(&line.to_le_bytes());
            previous = line;
        }
        let delta = i64::from(line) - i64::from(previous);
        match i8::try_from(delta) {
            Ok(delta) if delta != ESCAPE => deltas.push(delta as u8),
            _ => {
                deltas.push(ESCAPE as u8);
                exceptions.extend_from_slice(&(word as u32).to_le_bytes());
                exceptions.extend_from_slice(&line.to_le_bytes());
            }
        }
        previous = line;
    }
    let mut bytes = Vec::with_capacity(HEAD + anchors.len() + deltas.len() + exceptions.len());
    bytes.extend_from_slice(&(lines.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&((exceptions.len() / 8) as u32).to_le_bytes());
    bytes.extend_from_slice(&anchors);
    bytes.extend_from_slice(&deltas);
    bytes.extend_from_slice(&exceptions);
    bytes
}

/// The number of words that the table covers.
pub fn word_count(bytes: &[u8]) -> u32 {
    read_u32(bytes, 0).unwrap_or(0)
}

/// The line of word `pc`; `None` past the end. Allocates nothing.
pub fn lookup(bytes: &[u8], pc: u32) -> Option<u32> {
    let word_count = read_u32(bytes, 0)? as usize;
    let exception_count = read_u32(bytes, 4)? as usize;
    let word = pc as usize;
    if word >= word_count {
        return None;
    }
    let deltas_start = HEAD + word_count.div_ceil(GROUP).checked_mul(4)?;
    let deltas = bytes.get(deltas_start..deltas_start.checked_add(word_count)?)?;
    let group_start = word / GROUP * GROUP;
    let mut sum = 0i64;
    // Backwards, so that an exception met on the way replaces everything before it.
    for position in (group_start..=word).rev() {
        let delta = deltas[position] as i8;
        if delta == ESCAPE {
            let exceptions = bytes.get(deltas_start + word_count..)?;
            let line = find_exception(exceptions, exception_count, position as u32)?;
            return u32::try_from(i64::from(line) + sum).ok();
        }
        sum += i64::from(delta);
    }
    let anchor = read_u32(bytes, HEAD + word / GROUP * 4)?;
    u32::try_from(i64::from(anchor) + sum).ok()
}

/// The lines of all words in their order, each in the time of one step; they end early where bytes are missing.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let word_count = word_count(bytes) as usize;
    let deltas_start = HEAD + word_count.div_ceil(GROUP) * 4;
    let end = deltas_start.saturating_add(word_count);
    let deltas = bytes.get(deltas_start..end).unwrap_or_default();
    let mut exceptions = bytes.get(end..).unwrap_or_default().chunks_exact(8);
    let mut line = 0i64;
    deltas.iter().enumerate().map_while(move |(word, &delta)| {
        if word % GROUP == 0 {
            line = i64::from(read_u32(bytes, HEAD + word / GROUP * 4)?);
        }
        line = match delta as i8 {
            ESCAPE => {
                let exception = exceptions.find(|exception| read_u32(exception, 0) == Some(word as u32))?;
                i64::from(read_u32(exception, 4)?)
            }
            delta => line + i64::from(delta),
        };
        u32::try_from(line).ok()
    })
}

fn find_exception(exceptions: &[u8], count: usize, word: u32) -> Option<u32> {
    let (mut low, mut high) = (0, count.min(exceptions.len() / 8));
    while low < high {
        let middle = low + (high - low) / 2;
        let found = read_u32(exceptions, middle * 8)?;
        match found.cmp(&word) {
            core::cmp::Ordering::Equal => return read_u32(exceptions, middle * 8 + 4),
            core::cmp::Ordering::Less => low = middle + 1,
            core::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

fn read_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    let word = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

#[cfg(test)]
mod tests;
