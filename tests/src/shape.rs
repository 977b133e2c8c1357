//! The shape of an error report: what two Lua commands must agree on after their names, addresses and our own
//! extra lines are taken away.
//!
//! Invariant: the text of messages and tracebacks is kept to the letter.
//! Not here: running the programs (`run.rs`).

/// Lines that only `requiem` prints, after the reference's own text.
const OWN_LINES: [&str; 2] = ["nil from: ", "dump: "];

/// Reduces the stderr of `lua` or `requiem` to its shape.
pub fn of_stderr(stderr: &str) -> String {
    let mut shape = String::new();
    for line in stderr.lines().filter(|line| !OWN_LINES.iter().any(|own| line.starts_with(own))) {
        let line = match line.strip_prefix("requiem: ") {
            Some(rest) => format!("lua: {rest}"),
            None => line.to_string(),
        };
        shape.push_str(&without_depths(&without_addresses(&line)));
        shape.push('\n');
    }
    shape
}

/// Replaces every `0x...` by `0x?`.
pub fn without_addresses(line: &str) -> String {
    let mut result = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        result.push_str(before);
        // Short ones are numerals of the program, which must agree.
        if digits >= 8 {
            result.push_str("0x?");
        } else {
            result.push_str("0x");
            result.push_str(&after[..digits]);
        }
        rest = &after[digits..];
    }
    result + rest
}

/// How deep a stack may grow is each implementation's own affair.
fn without_depths(line: &str) -> String {
    match line.split_once("(skipping ") {
        Some((before, after)) if after.ends_with(" levels)") => format!("{before}(skipping ? levels)"),
        _ => line.to_string(),
    }
}
