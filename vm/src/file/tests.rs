use super::*;

/// A named file that goes away at the end of the test.
struct Scratch(Vec<u8>);

impl Scratch {
    fn new(content: &[u8]) -> Scratch {
        let (path, file) = create_temporary().expect("/tmp takes a file");
        rustix::io::write(&file, content).expect("a small write");
        Scratch(path)
    }

    fn content(&self) -> Vec<u8> {
        let path = std::str::from_utf8(&self.0).expect("an ASCII name");
        std::fs::read(path).expect("the file is there")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::unlink(&*self.0);
    }
}

fn open(files: &mut Files, scratch: &Scratch, mode: &str) -> u64 {
    files.open(&scratch.0, mode.as_bytes()).expect("it can be opened")
}

fn line(file: &mut OpenFile, keep_newline: bool) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    file.read_line(keep_newline, &mut out).expect("it can be read").then_some(out)
}

#[test]
fn lines_end_with_a_newline_or_the_file() {
    let long = [&b"x"[..]; 3 * BUFFER_BYTES].concat();
    let scratch = Scratch::new(&[b"one\n\n", &long[..], b"\nlast"].concat());
    let mut files = Files::default();
    let handle = open(&mut files, &scratch, "r");
    let file = files.get(handle);
    assert_eq!(line(file, false).as_deref(), Some(&b"one"[..]));
    assert_eq!(line(file, true).as_deref(), Some(&b"\n"[..]));
    assert_eq!(line(file, false), Some(long));
    assert!(!file.is_at_end().unwrap());
    assert_eq!(line(file, true).as_deref(), Some(&b"last"[..]));
    assert_eq!(line(file, true), None);
    assert!(file.is_at_end().unwrap());
}

#[test]
fn counts_are_served_from_both_buffers() {
    let content: Vec<u8> = (0..100_000u32).map(|index| index as u8).collect();
    let scratch = Scratch::new(&content);
    let mut files = Files::default();
    let handle = open(&mut files, &scratch, "r");
    let file = files.get(handle);
    let mut out = Vec::new();
    for count in [1, 10, BUFFER_BYTES, 5, 20_000, 3 * BUFFER_BYTES] {
        let start = out.len();
        assert!(file.read_count(count, &mut out).unwrap());
        assert_eq!(out.len(), start + count);
    }
    file.read_all(&mut out).unwrap();
    assert_eq!(out, content);
    assert!(!file.read_count(1, &mut out).unwrap());
}

#[test]
fn full_buffers_wait_and_line_buffers_do_not() {
    let scratch = Scratch::new(b"");
    let mut files = Files::default();
    let handle = open(&mut files, &scratch, "w");
    let file = files.get(handle);
    file.write(b"a\n").unwrap();
    assert_eq!(scratch.content(), b"");
    file.flush().unwrap();
    assert_eq!(scratch.content(), b"a\n");
    file.set_buffering(Buffering::Line(0)).unwrap();
    file.write(b"b\nc").unwrap();
    assert_eq!(scratch.content(), b"a\nb\n");
    file.set_buffering(Buffering::None).unwrap();
    file.write(b"d").unwrap();
    assert_eq!(scratch.content(), b"a\nb\ncd");
    file.set_buffering(Buffering::Full(0)).unwrap();
    file.write(&[b'e'; 10 * BUFFER_BYTES]).unwrap();
    assert_eq!(scratch.content().len(), 6 + 10 * BUFFER_BYTES);
    file.write(b"f").unwrap();
    assert!(matches!(files.close(handle), Closed::File(Ok(()))));
    assert!(scratch.content().ends_with(b"ef"));
}

#[test]
fn what_was_read_ahead_is_given_back() {
    let scratch = Scratch::new(b"one\ntwo\nthree\n");
    let mut files = Files::default();
    let handle = open(&mut files, &scratch, "r+");
    let file = files.get(handle);
    line(file, false);
    assert_eq!(file.seek(SeekFrom::Current(0)), Ok(4));
    line(file, false);
    assert_eq!(file.seek(SeekFrom::Current(-4)), Ok(4));
    line(file, false);
    file.write(b"THREE").unwrap();
    assert_eq!(line(file, true).as_deref(), Some(&b"\n"[..]));
    assert_eq!(scratch.content(), b"one\ntwo\nTHREE\n");
}

#[test]
fn appending_goes_to_the_end() {
    let scratch = Scratch::new(b"abc");
    let mut files = Files::default();
    let handle = open(&mut files, &scratch, "a");
    let file = files.get(handle);
    assert_eq!(file.seek(SeekFrom::Current(0)), Ok(3));
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write(b"d").unwrap();
    assert_eq!(file.seek(SeekFrom::Current(0)), Ok(4));
    assert_eq!(scratch.content(), b"abcd");
}

#[test]
fn a_mode_forbids_what_it_does_not_name() {
    let scratch = Scratch::new(b"abc");
    let mut files = Files::default();
    let reader = open(&mut files, &scratch, "r");
    assert_eq!(files.get(reader).write(b"x"), Err(Errno::BADF));
    let writer = open(&mut files, &scratch, "w");
    assert_eq!(files.get(writer).is_at_end(), Err(Errno::BADF));
    assert_eq!(files.get(writer).read_count(100_000, &mut Vec::new()), Err(Errno::BADF));
}

#[test]
fn numerals_are_read_as_far_as_they_go() {
    let cases: &[(&str, &str, &str)] = &[
        ("  12 x", "12", " x"),
        ("-3.5e+2,", "-3.5e+2", ","),
        ("0x1F.8p-1z", "0x1F.8p-1", "z"),
        ("0x", "0x", ""),
        ("1e", "1e", ""),
        (".e5", ".", "e5"),
        ("+-5", "+", "-5"),
        ("nan", "", "nan"),
    ];
    for (content, numeral, rest) in cases {
        let scratch = Scratch::new(content.as_bytes());
        let mut files = Files::default();
        let handle = open(&mut files, &scratch, "r");
        let file = files.get(handle);
        let (mut out, mut behind) = (Vec::new(), Vec::new());
        assert!(file.read_numeral(&mut out).unwrap(), "{content}");
        file.read_all(&mut behind).unwrap();
        assert_eq!((&*out, &*behind), (numeral.as_bytes(), rest.as_bytes()), "{content}");
    }
    let scratch = Scratch::new(&[b'1'; 300]);
    let mut files = Files::default();
    let handle = open(&mut files, &scratch, "r");
    assert!(!files.get(handle).read_numeral(&mut Vec::new()).unwrap());
}

#[test]
fn handles_are_used_again() {
    let scratch = Scratch::new(b"");
    let mut files = Files::default();
    let first = open(&mut files, &scratch, "r");
    let second = open(&mut files, &scratch, "r");
    assert_eq!((first, second), (STDERR + 1, STDERR + 2));
    files.close(first);
    assert_eq!(open(&mut files, &scratch, "r"), first);
}

#[test]
fn a_process_ends_with_its_pipe() {
    let mut files = Files::default();
    let handle = files.open_process(b"echo out; exit 3", true).unwrap();
    let mut out = Vec::new();
    files.get(handle).read_all(&mut out).unwrap();
    assert_eq!(out, b"out\n");
    match files.close(handle) {
        Closed::Process(Ok(status)) => assert_eq!(status.code(), Some(3)),
        other => panic!("{other:?}"),
    }
}
