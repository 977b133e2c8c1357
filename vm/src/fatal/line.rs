//! A line of text in a fixed buffer, built without allocation; what does not fit is cut off.

use core::ffi::CStr;

/// Text of at most `N` bytes.
#[derive(Clone, Copy)]
pub struct Line<const N: usize> {
    bytes: [u8; N],
    length: usize,
    is_cut: bool,
}

/// A path, or a message that holds one. Longer paths are refused: several of these lie on the handlers' stack.
pub type LongLine = Line<2048>;

impl<const N: usize> Line<N> {
    /// No text.
    pub const fn new() -> Self {
        Line { bytes: [0; N], length: 0, is_cut: false }
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        // One byte is kept for the end of a C string.
        let room = N - 1 - self.length;
        let count = bytes.len().min(room);
        self.bytes[self.length..self.length + count].copy_from_slice(&bytes[..count]);
        self.length += count;
        self.is_cut |= count < bytes.len();
        self
    }

    /// Adds text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a number in decimal, with zeros in front up to `width` digits.
    pub fn number(&mut self, number: u64, width: usize) -> &mut Self {
        self.digits(number, 10, width)
    }

    /// Adds a number in hexadecimal, `0x` in front.
    pub fn address(&mut self, number: u64) -> &mut Self {
        self.text("0x").digits(number, 16, 1)
    }

    fn digits(&mut self, mut number: u64, radix: u64, width: usize) -> &mut Self {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        while number > 0 {
            start -= 1;
            digits[start] = b"0123456789abcdef"[(number % radix) as usize];
            number /= radix;
        }
        let start = start.min(digits.len() - width.clamp(1, digits.len()));
        self.bytes(&digits[start..])
    }

    /// Adds an amount of memory: `640 bytes`, `1.2 MB`; a unit is 1000 of the one before.
    pub fn size(&mut self, bytes: u64) -> &mut Self {
        self.scaled(bytes, &[" bytes", " kB", " MB", " GB", " TB"])
    }

    /// Adds a time that is given in nanoseconds: `830 us`, `3 ms`, `1.4 s`.
    pub fn duration(&mut self, nanoseconds: u64) -> &mut Self {
        match nanoseconds {
            0..=999_999 => self.number(nanoseconds / 1000, 1).text(" us"),
            1_000_000..=999_999_999 => self.number(nanoseconds / 1_000_000, 1).text(" ms"),
            _ => {
                let tenths = nanoseconds / 100_000_000;
                self.number(tenths / 10, 1).text(".").number(tenths % 10, 1).text(" s")
            }
        }
    }

    /// One decimal while the number has one digit, none after.
    fn scaled(&mut self, amount: u64, units: &[&str]) -> &mut Self {
        let (mut unit, mut scale) = (0, 1u64);
        // 999.5 of a unit would be shown as 1000 of it.
        while unit + 1 < units.len() && amount >= scale * 1000 - scale / 2 {
            unit += 1;
            scale *= 1000;
        }
        let name = units.get(unit).copied().unwrap_or("");
        let tenths = (u128::from(amount) * 10 + u128::from(scale) / 2) / u128::from(scale);
        let tenths = tenths as u64;
        if scale > 1 && tenths < 100 {
            return self.number(tenths / 10, 1).text(".").number(tenths % 10, 1).text(name);
        }
        self.number((tenths + 5) / 10, 1).text(name)
    }

    /// What it holds.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// What it holds as a C string; up to its first NUL.
    pub fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"")
    }

    /// Whether something did not fit.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}

impl<const N: usize> Default for Line<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
