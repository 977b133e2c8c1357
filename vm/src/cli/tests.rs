use super::*;

#[track_caller]
fn check(words: &[&str]) -> Result<Command, String> {
    let arguments: Vec<OsString> =
        core::iter::once("requiem").chain(words.iter().copied()).map(OsString::from).collect();
    parse(&arguments)
}

#[track_caller]
fn options(words: &[&str]) -> Options {
    match check(words) {
        Ok(Command::Run(options)) => options,
        other => panic!("{other:?}"),
    }
}

#[test]
fn options_end_at_the_script() {
    let parsed = options(&["-v", "-e", "x = 1", "-lm", "app.lua", "-e"]);
    assert!(parsed.show_version);
    assert_eq!(parsed.actions, [Action::Execute(b"x = 1".to_vec()), Action::Require(b"m".to_vec())]);
    assert_eq!(parsed.script, Some(5));
}

#[test]
fn a_dash_is_standard_input() {
    assert_eq!(options(&["-"]).script, Some(1));
    assert_eq!(options(&["--", "-x"]).script, Some(2));
    assert_eq!(options(&["-e", "x"]).script, None);
}

#[test]
fn sizes() {
    assert_eq!(options(&["--max-heap", "64M"]).heap_bytes_max, Some(64 << 20));
    assert_eq!(options(&["--max-heap=1024"]).heap_bytes_max, Some(1024));
    assert_eq!(options(&["--max-heap", "2GiB"]).heap_bytes_max, Some(2 << 30));
    for wrong in ["", "x", "12Q", "0", "99999999999999999G"] {
        assert!(check(&[&format!("--max-heap={wrong}")]).is_err(), "{wrong}");
    }
}

#[test]
fn dump_wants_a_process() {
    assert_eq!(check(&["dump", "17"]), Ok(Command::Dump { pid: 17, output: None }));
    let output = Some(PathBuf::from("x.vmcore"));
    assert_eq!(check(&["dump", "17", "-o", "x.vmcore"]), Ok(Command::Dump { pid: 17, output }));
    assert!(check(&["dump", "17", "-o"]).is_err());
    assert!(check(&["dump", "17", "x"]).is_err());
    assert_eq!(options(&["dump", "x"]).script, Some(1));
}

#[test]
fn what_is_wrong_is_named() {
    assert_eq!(check(&["-x"]), Err("unrecognized option '-x'".into()));
    assert_eq!(check(&["-e"]), Err("'-e' needs argument".into()));
}

#[test]
fn the_prompt_implies_the_version_and_takes_nothing_attached() {
    let parsed = options(&["-i", "app.lua"]);
    assert!(parsed.is_interactive && parsed.show_version);
    assert_eq!(parsed.script, Some(2));
    for wrong in ["-iv", "-vv", "-Ex", "-h", "---", "-Wx"] {
        assert_eq!(check(&[wrong]), Err(format!("unrecognized option '{wrong}'")));
    }
    assert_eq!(check(&["-l", "-e"]), Err("'-l' needs argument".into()));
}
