use super::*;

#[track_caller]
fn check(source: &str, expect: &str) {
    assert_eq!(String::from_utf8_lossy(&short_source(source.as_bytes())), expect);
}

#[test]
fn files_and_names() {
    check("@main.lua", "main.lua");
    check("=stdin", "stdin");
    check("=", "");
    check(&format!("@{}", "x".repeat(59)), &"x".repeat(59));
    check(&format!("@a{}", "x".repeat(59)), &format!("...{}", "x".repeat(56)));
    check(&format!("={}", "x".repeat(70)), &"x".repeat(59));
}

#[test]
fn texts() {
    check("x = 1", "[string \"x = 1\"]");
    check("x = 1\ny = 2", "[string \"x = 1...\"]");
    check("\n", "[string \"...\"]");
    check(&"x".repeat(44), &format!("[string \"{}\"]", "x".repeat(44)));
    check(&"x".repeat(45), &format!("[string \"{}...\"]", "x".repeat(45)));
}
