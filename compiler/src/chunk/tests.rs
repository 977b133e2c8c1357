use super::*;
use crate::compile;
use proptest::prelude::*;

const SOURCE: &str = r#"
local a, b = 1, 2.5
local function f(x, ...)
    local t = {x, ..., [a] = "a constant that is too long to be interned, by some bytes", n = nil, yes = true}
    for i = 1, #t do b = b + i end
    for k, v in pairs(t) do goto continue; print(k) ::continue:: end
    local c <close> = setmetatable(t, {__close = function() a = a + 1 end})
    return function() return a, b, x, -1, 1e300, 0x7fffffffffffffff end
end
return f(...)
"#;

fn chunk() -> Chunk {
    let main = compile(SOURCE.as_bytes(), b"@some/file.lua").expect("the source compiles");
    Chunk { main, source: Some((*b"@some/file.lua").into()) }
}

fn stripped() -> Chunk {
    let mut chunk = chunk();
    chunk.strip();
    chunk
}

fn is_stripped(function: &Prototype) -> bool {
    function.lines.is_empty()
        && function.locals.is_empty()
        && function.upvalues.iter().all(|upvalue| upvalue.name.is_none())
        && function.children.iter().all(is_stripped)
}

#[test]
fn what_was_written_is_read() {
    for chunk in [chunk(), stripped()] {
        let bytes = chunk.encode();
        assert_eq!(decode(&bytes).as_ref(), Ok(&chunk));
        assert_eq!(decode(&[&bytes[..], b"more"].concat()), Ok(chunk), "what follows is ignored");
    }
    assert!(is_stripped(&stripped().main) && !is_stripped(&chunk().main));
    assert!(stripped().encode().len() < chunk().encode().len());
}

#[test]
fn a_chunk_begins_with_the_header_of_lua() {
    let bytes = chunk().encode();
    assert_eq!(&bytes[..15], b"\x1bLua\x54\0\x19\x93\r\n\x1a\n\x04\x08\x08");
    assert_eq!(bytes[15..23], 0x5678i64.to_le_bytes());
    assert_eq!(bytes[23..31], 370.5f64.to_le_bytes());
}

#[test]
fn a_wrong_header_is_refused_in_the_words_of_the_reference() {
    let bytes = chunk().encode();
    for (position, words) in [
        (1, "not a binary chunk"),
        (4, "version mismatch"),
        (5, "format mismatch"),
        (6, "corrupted chunk"),
        (12, "Instruction size mismatch"),
        (13, "lua_Integer size mismatch"),
        (14, "lua_Number size mismatch"),
        (15, "integer format mismatch"),
        (30, "float format mismatch"),
        (31, "format mismatch: made by another runtime"),
        (40, "version mismatch: made by another build of this runtime"),
    ] {
        let mut wrong = bytes.clone();
        wrong[position] ^= 1;
        let error = decode(&wrong).expect_err("the header is wrong");
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn a_chunk_of_the_reference_is_refused() {
    let header = &chunk().encode()[..31];
    let foreign = [header, b"\x01\x00\x01\x00\x00\x02\x85"].concat();
    let error = decode(&foreign).expect_err("its instructions are others");
    let message = "p.luac: bad binary format (format mismatch: made by another runtime)";
    assert_eq!(error.to_bytes(b"@p.luac"), message.as_bytes());
}

#[test]
fn messages_show_the_name_as_the_reference_does() {
    let shown = |name: &[u8]| String::from_utf8(ChunkError::Truncated.to_bytes(name)).expect("ASCII");
    assert_eq!(shown(b"@a.lua"), "a.lua: bad binary format (truncated chunk)");
    assert_eq!(shown(b"=stdin"), "stdin: bad binary format (truncated chunk)");
    assert_eq!(shown(b"\x1bLua"), "binary string: bad binary format (truncated chunk)");
    assert_eq!(shown(b"text"), "text: bad binary format (truncated chunk)");
}

#[test]
fn every_cut_is_noticed() {
    for bytes in [chunk().encode(), stripped().encode()] {
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), Err(ChunkError::Truncated), "cut at {length}");
        }
    }
}

#[test]
fn pieces_of_any_size_are_one_chunk_and_none_too_many_is_asked_for() {
    let bytes = chunk().encode();
    for size in [1, 2, 7, 100, bytes.len()] {
        let mut asked = 0;
        let read = decode_pieces(&mut |buffer| {
            let piece = bytes.chunks(size).nth(asked);
            asked += 1;
            buffer.extend_from_slice(piece.expect("the chunk has ended"));
            true
        });
        assert_eq!(read, Ok(chunk()));
        assert_eq!(asked, bytes.len().div_ceil(size));
    }
}

#[test]
fn a_length_takes_no_room_before_its_bytes_come() {
    let header = chunk().encode()[..47].to_vec();
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    // The length of the source; the count of the code.
    for before in [&[][..], &[0, 0, 0, 0, 0, 2]] {
        assert_eq!(decode(&[&header[..], before, &huge].concat()), Err(ChunkError::Truncated));
    }
    let overflow = [&header[..], &[0xff; 9], &[0x02]].concat();
    assert_eq!(decode(&overflow), Err(ChunkError::Malformed("integer overflow")));
}

#[test]
fn functions_nested_without_end_are_refused() {
    let mut bytes = chunk().encode()[..47].to_vec();
    bytes.push(0);
    for _ in 0..100_000 {
        // Lines, a frame, no code, no constants, no upvalues, one child.
        bytes.extend_from_slice(&[0, 0, 0, 0, 2, 0, 0, 0, 1]);
    }
    assert_eq!(decode(&bytes), Err(ChunkError::Malformed("functions are nested too deeply")));
}

#[test]
fn a_binary_chunk_is_known_by_its_first_byte() {
    let of_string = |text: &'static [u8]| binary_part(&Source::of_string(text, b"@x"));
    let of_file = |text: &'static [u8]| binary_part(&Source::of_file(text, b"=x"));
    assert_eq!(of_string(b"\x1bLua"), Some(&b"\x1bLua"[..]));
    assert_eq!(of_file(b"return"), None);
    assert_eq!(of_file(b"# comment\n\x1bLua"), Some(&b"\x1bLua"[..]));
    assert_eq!(of_string(b"# comment\n\x1bLua"), None);
    assert_eq!(of_file(b"\xef\xbb\xbf\x1bLua"), Some(&b"\x1bLua"[..]));
    assert_eq!(of_file(b""), None);
}

proptest! {
    /// Whatever is read is what would be written: nothing in a chunk is ignored.
    #[test]
    fn changed_bytes_are_refused_or_mean_something_else(
        changes in proptest::collection::vec((47usize..2000, any::<u8>()), 1..4)
    ) {
        let mut bytes = chunk().encode();
        let length = bytes.len();
        for (position, byte) in changes {
            bytes[47 + position % (length - 47)] = byte;
        }
        if let Ok(read) = decode(&bytes) {
            let written = read.encode();
            prop_assert_eq!(&bytes[..written.len()], &written[..]);
        }
    }

    #[test]
    fn any_bytes_behind_a_header(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = chunk().encode()[..47].to_vec();
        bytes.extend_from_slice(&tail);
        let _ = decode(&bytes);
    }
}
