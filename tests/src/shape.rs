//! The shape of an error report: what two Lua commands must agree on after their names, addresses and our own
//! extra lines are taken away.
//!
//! Invariant: the text of messages and tracebacks is kept to the letter; what is taken away is named here, with
//! the reason.
//! Not here: running the programs (`run.rs`).

/// Lines that only `requiem` prints, after the reference's own text.
const OWN_LINES: [&str; 2] = ["nil from: ", "dump: "];

/// Reduces the stderr of `lua` or `requiem` to its shape.
pub fn of_stderr(stderr: &str) -> String {
    let mut shape = String::new();
    for line in stderr.split_inclusive('\n') {
        if OWN_LINES.iter().any(|own| line.starts_with(own)) {
            continue;
        }
        // Each command names itself.
        let line = match line.strip_prefix("requiem: ") {
            Some(rest) => format!("lua: {rest}"),
            None => line.to_string(),
        };
        shape.push_str(&of_traceback(&without_addresses(&line), stderr));
    }
    shape
}

/// Reduces the lines of a traceback that belongs to `message`: how deep a stack may grow is each
/// implementation's own affair, so that of an overflow the number of levels left out is not compared.
pub fn of_traceback(traceback: &str, message: &str) -> String {
    let Some((before, after)) = traceback.split_once("\t(skipping ") else { return traceback.to_string() };
    match after.split_once(" levels)") {
        Some((_, after)) if message.contains("stack overflow") => {
            format!("{before}\t(skipping ? levels){after}")
        }
        _ => traceback.to_string(),
    }
}

/// Replaces the address of every value shown as `table: 0x...`, `file (0x...)` and the like by `0x?`.
pub fn without_addresses(line: &str) -> String {
    let mut result = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        result.push_str(before);
        // Others, and short ones, are numerals of the program, which must agree.
        if digits >= 8 && (before.ends_with(": ") || before.ends_with('(')) {
            result.push_str("0x?");
        } else {
            result.push_str("0x");
            result.push_str(&after[..digits]);
        }
        rest = &after[digits..];
    }
    result + rest
}
