//! Reading the text of a numeral, byte by byte, as far as it can be one.

use super::OpenFile;
use rustix::io::Errno;

/// The longest numeral that is read (the reference's L_MAXLENNUM).
const LENGTH_MAX: usize = 200;

/// Why the reading stopped early.
enum Stop {
    TooLong,
    System(Errno),
}

impl From<Errno> for Stop {
    fn from(error: Errno) -> Stop {
        Stop::System(error)
    }
}

/// Skips space, then appends to `out` what could begin a numeral; false when that is too long.
pub(super) fn read(file: &mut OpenFile, out: &mut Vec<u8>) -> Result<bool, Errno> {
    let limit = out.len() + LENGTH_MAX;
    match (Scan { file, out, limit }).numeral() {
        Ok(()) => Ok(true),
        Err(Stop::TooLong) => Ok(false),
        Err(Stop::System(error)) => Err(error),
    }
}

struct Scan<'f, 'o> {
    file: &'f mut OpenFile,
    out: &'o mut Vec<u8>,
    limit: usize,
}

impl Scan<'_, '_> {
    fn numeral(&mut self) -> Result<(), Stop> {
        while let Some(b' ' | b'\t'..=b'\r') = self.next()? {
            self.file.input_used += 1;
        }
        self.accept(|byte| b"+-".contains(&byte))?;
        let mut digits = 0;
        let mut hexadecimal = false;
        if self.accept(|byte| byte == b'0')? {
            hexadecimal = self.accept(|byte| b"xX".contains(&byte))?;
            digits = !hexadecimal as usize;
        }
        digits += self.digits(hexadecimal)?;
        if self.accept(|byte| byte == b'.')? {
            digits += self.digits(hexadecimal)?;
        }
        let exponent = if hexadecimal { b"pP" } else { b"eE" };
        if digits > 0 && self.accept(|byte| exponent.contains(&byte))? {
            self.accept(|byte| b"+-".contains(&byte))?;
            self.digits(false)?;
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<u8>, Stop> {
        Ok(if self.file.fill()? { self.file.ahead().first().copied() } else { None })
    }

    /// Takes the next byte if it is wanted.
    fn accept(&mut self, is_wanted: impl Fn(u8) -> bool) -> Result<bool, Stop> {
        let Some(byte) = self.next()?.filter(|&byte| is_wanted(byte)) else { return Ok(false) };
        if self.out.len() >= self.limit {
            return Err(Stop::TooLong);
        }
        self.out.push(byte);
        self.file.input_used += 1;
        Ok(true)
    }

    fn digits(&mut self, hexadecimal: bool) -> Result<usize, Stop> {
        let mut count = 0;
        while self
            .accept(|byte| if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() })?
        {
            count += 1;
        }
        Ok(count)
    }
}
