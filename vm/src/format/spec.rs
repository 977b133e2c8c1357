//! Reading one conversion of a format: its letter, flags, width and precision.
//!
//! The reference raises its errors in a fixed order: an unknown conversion, then the argument's type, then illegal
//! modifiers (for `%c`, `%p` and `%a` the modifiers come first). So that a caller can keep it, reading takes three
//! steps: `RawSpec::scan` finds the text of the conversion, `RawSpec::kind` says which argument it wants,
//! `RawSpec::check` gives the `Spec` that formats it.
//!
//! Invariant: a `Spec` holds only flags that its conversion allows, and width and precision below 100.
//! Not here: `%%`, which is no conversion, and the formatting.

use crate::c_string::until_nul;
use std::fmt;

/// The reference refuses a conversion of this many bytes, `%` not counted.
const MAX_TEXT: usize = 22;

/// What is wrong with a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError<'f> {
    /// A conversion that does not exist. The text begins behind `%`.
    InvalidConversion(&'f [u8]),
    /// Flags, width or precision that the conversion does not allow.
    InvalidSpecification(&'f [u8]),
    /// Too many modifiers.
    TooLong,
    /// `%q` takes none.
    QuoteModifiers,
}

impl FormatError<'_> {
    /// The reference's words. Bytes, since a format may hold any.
    pub fn message(&self) -> Vec<u8> {
        match self {
            FormatError::InvalidConversion(text) => {
                [b"invalid conversion '%", until_nul(text), b"' to 'format'"].concat()
            }
            FormatError::InvalidSpecification(text) => {
                [b"invalid conversion specification: '%", until_nul(text), b"'"].concat()
            }
            FormatError::TooLong => b"invalid format (too long)".to_vec(),
            FormatError::QuoteModifiers => b"specifier '%q' cannot have modifiers".to_vec(),
        }
    }
}

impl fmt::Display for FormatError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message()))
    }
}

impl std::error::Error for FormatError<'_> {}

/// Which argument a conversion takes, and which function below formats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `%c`: an integer, for `push_char`.
    Char,
    /// `%d %i %u %o %x %X`: an integer, for `push_integer`.
    Integer,
    /// `%e %E %f %g %G`: a number, for `push_float`.
    Float,
    /// `%a %A`: the same.
    HexFloat,
    /// `%p`: any value, for `push_pointer`.
    Pointer,
    /// `%q`: a literal, for `push_quoted_string` and its companions.
    Quoted,
    /// `%s`: any value, by `tostring`, for `push_string`.
    String,
}

/// A conversion as it stands in the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSpec<'f> {
    /// From behind `%` to the letter of the conversion, which is missing when the format ends first.
    text: &'f [u8],
    conversion: u8,
}

impl<'f> RawSpec<'f> {
    /// Reads what follows a `%` and is not itself `%`.
    pub fn scan(format: &'f [u8]) -> Result<RawSpec<'f>, FormatError<'f>> {
        let modifier = |&byte: &u8| matches!(byte, b'-' | b'+' | b'#' | b'0'..=b'9' | b' ' | b'.');
        let length = format.iter().position(|byte| !modifier(byte)).unwrap_or(format.len());
        if length + 1 >= MAX_TEXT {
            return Err(FormatError::TooLong);
        }
        match format.get(length) {
            Some(&conversion) => Ok(RawSpec { text: &format[..=length], conversion }),
            None => Ok(RawSpec { text: format, conversion: 0 }),
        }
    }

    /// How many bytes of the format it takes, `%` not counted.
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// Whether it is a letter only.
    pub fn is_plain(&self) -> bool {
        self.text.len() == 1
    }

    /// The argument that it wants.
    pub fn kind(&self) -> Result<Kind, FormatError<'f>> {
        Ok(match self.conversion {
            b'c' => Kind::Char,
            b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => Kind::Integer,
            b'e' | b'E' | b'f' | b'g' | b'G' => Kind::Float,
            b'a' | b'A' => Kind::HexFloat,
            b'p' => Kind::Pointer,
            b'q' if self.is_plain() => Kind::Quoted,
            b'q' => return Err(FormatError::QuoteModifiers),
            b's' => Kind::String,
            _ => return Err(FormatError::InvalidConversion(self.text)),
        })
    }

    /// The modifiers, when they are such as the conversion allows.
    pub fn check(&self) -> Result<Spec, FormatError<'f>> {
        let (allowed, allows_precision): (&[u8], bool) = match self.conversion {
            b'd' | b'i' => (b"-+0 ", true),
            b'u' => (b"-0", true),
            b'o' | b'x' | b'X' => (b"-#0", true),
            b'a' | b'A' | b'e' | b'E' | b'f' | b'g' | b'G' => (b"-+#0 ", true),
            b's' => (b"-", true),
            _ => (b"-", false),
        };
        let mut spec = Spec { conversion: self.conversion, ..Spec::default() };
        let mut rest = self.text;
        while let [flag, behind @ ..] = rest
            && allowed.contains(flag)
        {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                _ => spec.zero = true,
            }
            rest = behind;
        }
        // A zero that is no flag here begins no width either: `%05s`.
        if rest.first() != Some(&b'0') {
            spec.width = two_digits(&mut rest);
            if let [b'.', behind @ ..] = rest
                && allows_precision
            {
                rest = behind;
                spec.precision = Some(two_digits(&mut rest));
            }
        }
        if rest.len() == 1 { Ok(spec) } else { Err(FormatError::InvalidSpecification(self.text)) }
    }
}

fn two_digits(text: &mut &[u8]) -> usize {
    let mut number = 0;
    for _ in 0..2 {
        if let [digit @ b'0'..=b'9', behind @ ..] = *text {
            number = number * 10 + usize::from(digit - b'0');
            *text = behind;
        }
    }
    number
}

/// One conversion, checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// The letter.
    pub conversion: u8,
    /// `-`: pads on the right.
    pub left: bool,
    /// `+`: shows the sign of positive numbers too.
    pub plus: bool,
    /// ` `: a space where `+` would put a plus.
    pub space: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: pads with zeros behind sign and prefix.
    pub zero: bool,
    /// The least number of bytes.
    pub width: usize,
    /// The digits behind a `.`; `%.f` has 0.
    pub precision: Option<usize>,
}

impl Spec {
    /// A conversion without modifiers.
    pub fn plain(conversion: u8) -> Spec {
        Spec { conversion, ..Spec::default() }
    }

    /// What stands before a number.
    pub(super) fn sign(&self, negative: bool) -> &'static [u8] {
        match (negative, self.plus, self.space) {
            (true, ..) => b"-",
            (_, true, _) => b"+",
            (_, _, true) => b" ",
            _ => b"",
        }
    }

    /// Appends `prefix`, then `zeros` zeros, then `body`, padded to the width; `fill_zeros` puts the padding behind the
    /// prefix as zeros.
    pub(super) fn push_padded(
        &self,
        prefix: &[u8],
        zeros: usize,
        body: &[u8],
        fill_zeros: bool,
        out: &mut Vec<u8>,
    ) {
        let padding = self.width.saturating_sub(prefix.len() + zeros + body.len());
        let (before, zeros, after) = match (self.left, fill_zeros) {
            (true, _) => (0, zeros, padding),
            (_, true) => (0, zeros + padding, 0),
            _ => (padding, zeros, 0),
        };
        out.reserve(before + prefix.len() + zeros + body.len() + after);
        out.resize(out.len() + before, b' ');
        out.extend_from_slice(prefix);
        out.resize(out.len() + zeros, b'0');
        out.extend_from_slice(body);
        out.resize(out.len() + after, b' ');
    }
}
