//! What a run left: what it printed, how it ended, and files.
//!
//! Invariant: lines that `requiem` adds to the reference's words about an uncaught error are no difference, nor are
//! addresses.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Lines of a difference that are shown before and after it.
const LINES_SHOWN: usize = 3;
/// The longest piece of a line that is shown.
const COLUMNS_SHOWN: usize = 200;

/// The status of a run that did its work.
const SUCCESS: &str = "exit status: 0";
/// Digits from which a hexadecimal number is an address.
const ADDRESS_DIGITS: usize = 6;

/// What a run left.
pub struct Outcome {
    status: String,
    /// By name: stdout, stderr, and files by their path.
    texts: BTreeMap<String, Vec<u8>>,
}

impl Outcome {
    /// Reads what lies in the folder of a run that ended with `status`.
    pub fn read(folder: &Path, status: String) -> io::Result<Outcome> {
        let mut texts = BTreeMap::new();
        for stream in ["stdout", "stderr"] {
            texts.insert(stream.to_string(), comparable(&std::fs::read(folder.join(stream))?));
        }
        read_tree(&folder.join("left"), "left", &mut texts)?;
        Ok(Outcome { status, texts })
    }

    /// Why it compares nothing, if it does not.
    pub fn failure(&self) -> Option<String> {
        let stderr = || first_lines(&self.texts["stderr"]);
        (self.status != SUCCESS).then(|| format!("lua5.4 fails with {}; stderr:\n{}", self.status, stderr()))
    }

    /// What differs first in what another run of the same left, if anything does.
    pub fn difference(&self, other: &Outcome) -> Option<String> {
        if self.status != other.status {
            let stderr = first_lines(&other.texts["stderr"]);
            return Some(format!("{} and not {}; stderr:\n{stderr}", other.status, self.status));
        }
        for (name, text) in &self.texts {
            match other.texts.get(name) {
                None => return Some(format!("{name} is missing")),
                Some(found) if found != text => return Some(difference(name, text, found)),
                Some(_) => {}
            }
        }
        let extra = other.texts.keys().find(|name| !self.texts.contains_key(*name));
        extra.map(|name| format!("{name} is extra"))
    }

    /// How much there was to compare.
    pub fn summary(&self) -> String {
        let bytes: usize = self.texts.values().map(Vec::len).sum();
        let files = self.texts.keys().filter(|name| name.starts_with("left/")).count();
        format!("{}, {bytes} bytes, {files} files", self.status)
    }
}

fn read_tree(folder: &Path, name: &str, texts: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_tree(&entry.path(), &name, texts)?;
        } else if kind.is_symlink() {
            let target = std::fs::read_link(entry.path())?;
            texts.insert(name, target.to_string_lossy().into_owned().into_bytes());
        } else {
            texts.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// What was printed, without lines of our own and with one address for all.
fn comparable(printed: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(printed.len());
    for line in printed.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b"nil from: ") || line.starts_with(b"dump: ") {
            continue;
        }
        let mut rest = line;
        while let Some(at) = rest.windows(2).position(|pair| pair == b"0x") {
            let digits = rest[at + 2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            text.extend_from_slice(&rest[..at + 2]);
            if digits < ADDRESS_DIGITS {
                text.extend_from_slice(&rest[at + 2..at + 2 + digits]);
            }
            rest = &rest[at + 2 + digits..];
        }
        text.extend_from_slice(rest);
    }
    text
}

fn first_lines(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines().take(4 * LINES_SHOWN).map(|line| format!("  {}\n", cut(line))).collect()
}

fn cut(line: &str) -> String {
    line.chars().take(COLUMNS_SHOWN).collect()
}

/// The first line that differs, with some around it: `-` the reference's, `+` the other's.
fn difference(name: &str, expected: &[u8], found: &[u8]) -> String {
    let expected = String::from_utf8_lossy(expected);
    let found = String::from_utf8_lossy(found);
    let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let at = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let mut text = format!("{name}, line {}:\n", at + 1);
    for line in &expected[at.saturating_sub(LINES_SHOWN)..at] {
        text += &format!("    {}\n", cut(line));
    }
    for (mark, lines) in [("-", &expected), ("+", &found)] {
        for line in lines.iter().skip(at).take(LINES_SHOWN) {
            text += &format!("  {mark} {}\n", cut(line));
        }
    }
    text
}
