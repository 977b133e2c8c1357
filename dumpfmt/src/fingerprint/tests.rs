//! README.md's tables are those of this crate. `REQUIEM_BLESS=1` rewrites them.

use super::*;
use crate::bytecode::{Operand, Shape};
use crate::section::SectionId;
use core::fmt::Write;

fn layouts() -> String {
    let mut text = String::from("```text\n");
    for layout in LAYOUTS {
        let mut line = format!("{} ({} bytes):", layout.name, layout.size);
        for (index, (field, offset)) in layout.fields.iter().enumerate() {
            let comma = if index + 1 < layout.fields.len() { "," } else { "" };
            let piece = format!(" {offset} {field}{comma}");
            if line.len() + piece.len() > 108 {
                text.push_str(&line);
                text.push('\n');
                line = String::from("   ");
            }
            line.push_str(&piece);
        }
        text.push_str(&line);
        text.push('\n');
    }
    text + "```\n"
}

fn opcodes() -> String {
    let word = |operand: Operand| match operand {
        Operand::None => "-".to_string(),
        other => format!("{other:?}").to_lowercase(),
    };
    let mut text = String::from("```text\n");
    for opcode in Opcode::ALL {
        let info = opcode.info();
        let operands = match info.shape {
            Shape::Jump => "sJ".to_string(),
            Shape::Abc => format!("{} {} {}", word(info.a), word(info.b), word(info.c)),
            Shape::ABx => format!("{} {}", word(info.a), word(info.b)),
            Shape::AsBx => format!("{} signed", word(info.a)),
        };
        let shape = format!("{:?}", info.shape);
        let _ = write!(text, "{:3} {:22} {:5} {}", *opcode as u8, info.name, shape, operands);
        if info.aux != Operand::None {
            let _ = write!(text, "; aux {}", word(info.aux));
        }
        text.push_str(if info.skips { "; skips\n" } else { "\n" });
    }
    text + "```\n"
}

fn sections() -> String {
    let mut text = String::from("```text\n");
    for id in SectionId::ALL {
        let _ = writeln!(
            text,
            "{:2} {:17} {:8} version {}",
            *id as u16,
            id.name(),
            format!("{:?}", id.shape()),
            id.version()
        );
    }
    text + "```\n"
}

fn events() -> String {
    let mut text = String::from("```text\n");
    let mut line = String::new();
    for (number, event) in Event::ALL.iter().enumerate() {
        let _ = write!(line, "{number:2} {:12}", event.key());
        if number % 7 == 6 || number + 1 == Event::ALL.len() {
            let _ = writeln!(text, "{}", line.trim_end());
            line.clear();
        }
    }
    text + "```\n"
}

#[track_caller]
fn check(name: &str, expected: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    // Tests run side by side, and each may rewrite its part.
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let readme = std::fs::read_to_string(path).unwrap();
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let from = readme.find(&start).expect("the table's start") + start.len();
    let to = readme.find(&end).expect("the table's end");
    if std::env::var_os("REQUIEM_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, format!("{}{expected}{}", &readme[..from], &readme[to..])).unwrap();
        return;
    }
    assert!(readme[from..to] == *expected, "README.md is out of date: REQUIEM_BLESS=1 rewrites its tables");
}

#[test]
fn the_readme_has_the_layouts() {
    check("layouts", &layouts());
}

#[test]
fn the_readme_has_the_opcodes() {
    check("opcodes", &opcodes());
}

#[test]
fn the_readme_has_the_sections() {
    check("sections", &sections());
}

#[test]
fn the_readme_has_the_events() {
    check("events", &events());
}

#[test]
fn the_readme_has_the_fingerprint() {
    check("fingerprint", &format!("```text\n0x{LAYOUT_FINGERPRINT:016x}\n```\n"));
}

#[test]
fn no_byte_of_a_layout_is_counted_twice() {
    for layout in LAYOUTS {
        let offsets: Vec<_> = layout.fields.iter().map(|(_, offset)| *offset).collect();
        assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]), "{}", layout.name);
        assert!(offsets.iter().all(|offset| *offset < layout.size), "{}", layout.name);
    }
}
