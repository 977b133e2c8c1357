use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(lines: &[u32]) {
    let bytes = encode(lines);
    assert_eq!(word_count(&bytes) as usize, lines.len());
    for (pc, line) in lines.iter().enumerate() {
        assert_eq!(lookup(&bytes, pc as u32), Some(*line), "word {pc}");
    }
    assert_eq!(lookup(&bytes, lines.len() as u32), None);
    assert_eq!(super::lines(&bytes).collect::<Vec<_>>(), lines);
}

#[test]
fn small_tables() {
    check(&[]);
    check(&[1]);
    check(&[5, 5, 6, 4, 200, 72, 327, 0, u32::MAX, 1]);
}

#[test]
fn groups() {
    check(&(0..1000).map(|i| i / 3 + (i % 7) * 40).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn any_lines(lines in proptest::collection::vec(prop_oneof![0u32..400, any::<u32>()], 0..300)) {
        check(&lines);
    }

    #[test]
    fn foreign_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), pc in 0u32..300) {
        lookup(&bytes, pc);
        let mut small = bytes.clone();
        if small.len() > 8 {
            small[..8].copy_from_slice(&[100, 0, 0, 0, 3, 0, 0, 0]);
        }
        lookup(&small, pc);
        // One by one and in a row they are the same, as far as the row goes.
        for bytes in [&bytes, &small] {
            for (pc, line) in lines(bytes).enumerate() {
                prop_assert_eq!(lookup(bytes, pc as u32), Some(line));
            }
        }
    }
}
