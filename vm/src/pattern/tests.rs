use super::*;

fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

fn show(subject: &[u8], captures: &Captures, whole: Match) -> Result<String, PatternError> {
    let count = captures.len().max(1);
    let shown: Result<Vec<String>, PatternError> = (0..count)
        .map(|index| {
            Ok(match captures.get(index, whole)? {
                Capture::Text(text) => escaped(&subject[text.start..text.end]),
                Capture::Position(position) => format!("@{position}"),
            })
        })
        .collect();
    Ok(shown?.join(","))
}

fn matched(subject: &[u8], pattern: &[u8], from: usize) -> String {
    let mut captures = Captures::new();
    let found = Matcher::new(subject, pattern, &mut captures).find(from);
    match found.and_then(|found| found.map(|whole| show(subject, &captures, whole)).transpose()) {
        Ok(Some(shown)) => shown,
        Ok(None) => "no".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// As `string.match` shows it: captures joined by commas, positions after `@`, `no`, or the error.
#[track_caller]
fn check(subject: &str, pattern: &str, expect: &str) {
    assert_eq!(matched(subject.as_bytes(), pattern.as_bytes(), 0), expect, "{subject:?} {pattern:?}");
}

#[track_caller]
fn check_all(subject: &str, pattern: &str, expect: &[&str]) {
    let subject = subject.as_bytes();
    let mut captures = Captures::new();
    let (mut from, mut last_end, mut found) = (0, None, Vec::new());
    while let Some(whole) = Matcher::unanchored(subject, pattern.as_bytes(), &mut captures)
        .find_after(from, last_end)
        .expect("a sound pattern")
    {
        found.push(show(subject, &captures, whole).expect("closed captures"));
        (from, last_end) = (whole.end, Some(whole.end));
    }
    assert_eq!(found, expect, "{pattern:?}");
}

#[track_caller]
fn check_replaced(subject: &str, pattern: &str, replacement: &str, expect: &str) {
    let subject = subject.as_bytes();
    let mut captures = Captures::new();
    let mut matcher = Matcher::new(subject, pattern.as_bytes(), &mut captures);
    let (mut from, mut last_end, mut out) = (0, None, Vec::new());
    let mut replace = || -> Result<(), PatternError> {
        while let Some(whole) = matcher.find_after(from, last_end)? {
            out.extend_from_slice(&subject[from..whole.start]);
            matcher.captures().expand(replacement.as_bytes(), subject, whole, &mut out)?;
            (from, last_end) = (whole.end, Some(whole.end));
            if matcher.is_anchored() {
                break;
            }
        }
        out.extend_from_slice(&subject[from..]);
        Ok(())
    };
    let result = match replace() {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(error) => error.to_string(),
    };
    assert_eq!(result, expect, "{subject:?} {pattern:?} {replacement:?}");
}

#[test]
fn literals_and_any() {
    check("hello", "ell", "ell");
    check("hello", "l.", "ll");
    check("hello", "x", "no");
    check("", "", "");
    check("abc", "", "");
    check("a$b", "a$b", "a$b");
    check("a^b", "a^b", "a^b");
    check("a\0b", "a%zb", "a\\x00b");
}

#[test]
fn anchors() {
    check("hello", "^he", "he");
    check("hello", "^el", "no");
    check("hello", "lo$", "lo");
    check("hello", "ll$", "no");
    check("", "^$", "");
    assert_eq!(matched(b"hello", b"^l", 2), "l");
}

#[test]
fn suffixes() {
    check("aaab", "a*", "aaa");
    check("aaab", "a+b", "aaab");
    check("aaab", "a-b", "aaab");
    check("aaab", "a-", "");
    check("b", "a?b", "b");
    check("ab", "a?b", "ab");
    check("aaa", "a?a?a?a?", "aaa");
    check("b", "a+", "no");
    check("aaa", "^a*a$", "aaa");
    check("aaab", "^a-$", "no");
    check("<a><b>", "<(.-)>", "a");
    check("<a><b>", "<(.*)>", "a><b");
    check("a=b=c", "(.*)=(.*)", "a=b,c");
    check("a, b", "^([^,]-),%s-(%a)$", "a,b");
    check("a1b", "%a-%d", "a1");
    check("x", "y-", "");
}

#[test]
fn classes() {
    check("abc123", "%a+", "abc");
    check("abc123", "%d+", "123");
    check("abc123", "%A+", "123");
    check(" \t\n\x0b\x0c\rx", "%s+", " \\t\\n\\x0b\\x0c\\r");
    check("aB_9", "%w+", "aB");
    check("aBC", "%u+", "BC");
    check("ABc", "%l+", "c");
    check("xyzFf0g", "%x+", "Ff0");
    check("a.,!b", "%p+", ".,!");
    check("a\x01\x7fb", "%c+", "\\x01\\x7f");
    check(" ab ", "%g+", "ab");
    check("a.b", "%.", ".");
    check("50%", "%d+%%", "50%");
    assert_eq!(matched(b"\xe9t\xe9", b"%a+", 0), "t");
    assert_eq!(matched(b"\xe9t\xe9", b"%W+", 0), "\\xe9");
}

#[test]
fn sets() {
    check("hello world", "[aeiou]+", "e");
    check("hello world", "[^aeiou]+", "h");
    check("x-y", "[a-]+", "-");
    check("a]b", "[]]", "]");
    check("a]b", "[^]]+", "a");
    check("foo_bar1 x", "[%w_]+", "foo_bar1");
    check("foo bar", "[^%s]+", "foo");
    check("FACE", "[A-F]+", "FACE");
    check("a-z", "[%a-z]+", "a-z");
    check("%)", "[!-%)]+", "%)");
    check("0\u{7f}", "[0-\u{7f}]+", "0\\x7f");
    check("^", "[a^]", "^");
    check("a.b", "[.]", ".");
    let mut all: Vec<u8> = (0..=255).collect();
    assert_eq!(matched(&all, b"^[\0-\xff]+$", 0).len(), escaped(&all).len());
    all.retain(|byte| !byte.is_ascii_digit());
    assert_eq!(matched(&all, b"%d", 0), "no");
}

#[test]
fn sets_of_one_pattern_do_not_mix() {
    check("k=v;x", "([^=]+)=([^;]+);", "k,v");
    // The four end in the same byte and are equally long, so they share a place in the cache.
    check("abcdefgh", "[abx][cdx][efx][ghx]", "no");
    check("aceg", "[abx][cdx][efx][ghx]", "aceg");
    check("a-long-set", "[abcdefghijklmnopqrstuvwxyz%-_]+", "a-long-set");
    check("1+2", "[^abcdefghijklmnopqrstuvwxyz%-_]+", "1+2");
}

#[test]
fn captures() {
    check("key = value", "^(%w+)%s*=%s*(%w+)$", "key,value");
    check("hello", "()ll()", "@3,@5");
    check("abc", "((a)(b))", "ab,a,b");
    check("abc", "(a*(.)%w(%s*))", "abc,b,");
    check("hello", "(l)%1", "l");
    check("\"it's\"", "([\"'])(.-)%1", "\",it's");
    check("abab", "^(ab)%1$", "ab");
    check("abac", "^(ab)%1$", "no");
    check("aa", "()%1", "no");
}

#[test]
fn balance_and_frontier() {
    check("f(a(b)c)d)", "%b()", "(a(b)c)");
    check("((", "%b()", "no");
    check("x'a'y", "%b''", "'a'");
    check("THE (quick) fox", "%f[%a]%a+%f[%A]", "THE");
    check("a word", "%f[%w]w%w*", "word");
    check("end", "d%f[%z]", "d");
    check("end", "%f[%z]", "");
}

#[test]
fn gmatch_passes_over_the_empty_match_behind_a_match() {
    check_all("one two", "%a+", &["one", "two"]);
    check_all("abc", "", &["", "", "", ""]);
    check_all("ab1c", "%a*", &["ab", "c"]);
    check_all("ab1 c", "%d*", &["", "", "1", "", ""]);
    check_all("^a^a", "^a", &["^a", "^a"]);
    check_all("a=1, b=2", "(%w+)=(%w+)", &["a,1", "b,2"]);
    check_all("abc", "()", &["@1", "@2", "@3", "@4"]);
}

#[test]
fn replacement() {
    check_replaced("hello world", "o", "0", "hell0 w0rld");
    check_replaced("hello world", "(%w+)", "<%1>", "<hello> <world>");
    check_replaced("hello", "l", "%0%0", "hellllo");
    check_replaced("abc", "%w", "%1%%", "a%b%c%");
    check_replaced("abc", "", "-", "-a-b-c-");
    check_replaced("abc", "b*", "x", "xaxcx");
    check_replaced("hello hello", "^hello", "bye", "bye hello");
    check_replaced("ab", "()b", "%1", "a2");
    check_replaced("alo", ".", "%2", "invalid capture index %2");
    check_replaced("alo", ".", "%x", "invalid use of '%' in replacement string");
    check_replaced("alo", ".", "x%", "invalid use of '%' in replacement string");
    check_replaced("alo", "z", "%", "alo");
}

#[test]
fn errors() {
    check("a", "%", "malformed pattern (ends with '%')");
    check("a", "a%", "malformed pattern (ends with '%')");
    check("b", "a%", "no");
    check("a", "[a", "malformed pattern (missing ']')");
    check("a", "[]", "malformed pattern (missing ']')");
    check("a", "[^]", "malformed pattern (missing ']')");
    check("a", "[a%", "malformed pattern (missing ']')");
    check("a", "[a%]", "malformed pattern (missing ']')");
    check("a", "%b", "malformed pattern (missing arguments to '%b')");
    check("a", "%bx", "malformed pattern (missing arguments to '%b')");
    check("a", "%f", "missing '[' after '%f' in pattern");
    check("a", "%fa", "missing '[' after '%f' in pattern");
    check("a", "a)", "invalid pattern capture");
    check("a", "(a", "unfinished capture");
    check("a", "(a%1)", "invalid capture index %1");
    check("a", "%0", "invalid capture index %0");
    check("a", "(a)%2", "invalid capture index %2");
    check("a", &"(a".repeat(33), "no");
    check("", &"()".repeat(33), "too many captures");
    check("", &"()".repeat(32), &["@1"; 32].join(","));
}

#[test]
fn nesting_is_bounded_as_in_the_reference() {
    check("a", &format!("{}a", "a?".repeat(198)), "a");
    check(&"a".repeat(300), &"a?".repeat(198), &"a".repeat(198));
    check(&"a".repeat(300), &"a?".repeat(300), "pattern too complex");
    // Without a second choice there is nothing to nest.
    check("b", &"a*".repeat(5000), "");
    check(&"a".repeat(3000), ".-b", "no");
    check(&"a".repeat(100_000), &"a".repeat(50_000), &"a".repeat(50_000));
}

#[test]
fn skipping_ahead_hides_no_match() {
    check("aXbXc", "^(.-)X(.*)$", "a,bXc");
    check("aaa(b)", ".-%b()", "aaa(b)");
    check("aaab", ".*()a", "@3");
    check("xx12", "(%a*)(%d?)$", ",2");
    check("  trim me  ", "^%s*(.-)%s*$", "trim me");
    check("a.b.c", "(.*)%.(.*)$", "a.b,c");
    check("aab", ".-[bc]", "aab");
    check("no digits", "%d", "no");
}

#[test]
fn plain_search() {
    assert_eq!(find_plain(b"hello", b"l", 0), Some(2));
    assert_eq!(find_plain(b"hello", b"l", 3), Some(3));
    assert_eq!(find_plain(b"hello", b"lo", 0), Some(3));
    assert_eq!(find_plain(b"hello", b"", 5), Some(5));
    assert_eq!(find_plain(b"hello", b"hello!", 0), None);
    assert_eq!(find_plain(b"a\0b", b"\0", 0), Some(1));
    // More places that begin like it than are tried one by one.
    for places in 0..20 {
        let subject = [&b"ab".repeat(places)[..], b"abc"].concat();
        assert_eq!(find_plain(&subject, b"abc", 0), Some(2 * places), "{places}");
        assert_eq!(find_plain(&subject, b"abd", 0), None, "{places}");
        assert_eq!(find_plain(&subject, b"a", 2 * places), Some(2 * places), "{places}");
        assert_eq!(find_plain(&subject, b"", subject.len()), Some(subject.len()));
    }
    assert!(has_specials(b"a%a") && has_specials(b"\0."));
    assert!(!has_specials(b"a)]}") && !has_specials(b""));
}

#[test]
fn starting_behind_the_end_finds_nothing() {
    assert_eq!(matched(b"ab", b"", 2), "");
    assert_eq!(matched(b"ab", b"", 3), "no");
}
