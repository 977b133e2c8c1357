//! The same program on the reference Lua and on ours: stdout and exit status must be equal, stderr must have
//! the same shape.
//!
//! A program runs in its own folder under its own name, so that both name it alike in messages.
//! Invariant: programs print nothing that may differ between two runs (addresses, the order of `pairs`).
//! Invariant: whoever dies of an uncaught error leaves a dump that tells the same death (`postmortem.rs`).
//! Not here: expectations; the reference is the expectation.

pub mod postmortem;

use std::path::Path;

use postmortem::Death;

use tests::binaries::tests_folder;
use tests::golden::difference;
use tests::run::{Output, Run};
use tests::scratch::Scratch;
use tests::{shape, suite};

/// Runs one program as a user would: `lua FILE` in the file's folder, fed with the file beside it that ends in
/// `.stdin`, if there is one.
fn run(run: Run, program: &Path, scratch: &Scratch) -> Output {
    let name = program.file_name().expect("a program is a file");
    let folder = program.parent().expect("a program lies in a folder");
    run.env("REQUIEM_DUMP_DIR", scratch.path())
        .folder(folder)
        .arg(name)
        .args(["first", "second arg"])
        .stdin(std::fs::read(program.with_extension("stdin")).unwrap_or_default())
        .output()
}

fn compare(program: &Path, vm: Run) -> Result<(), String> {
    let scratch = Scratch::new();
    let reference = run(Run::reference(), program, &scratch);
    let ours = run(vm, program, &scratch);
    let mut complaints = Vec::new();
    if let Some(text) = difference(&reference.stdout_text(), &ours.stdout_text()) {
        complaints.push(format!("stdout:\n{text}"));
    }
    if (reference.status, reference.signal) != (ours.status, ours.signal) {
        complaints.push(format!(
            "status: reference {:?}, ours {:?} (signal {:?})\n{}",
            reference.status,
            ours.status,
            ours.signal,
            ours.stderr_text()
        ));
    }
    if let Some(text) =
        difference(&shape::of_stderr(&reference.stderr_text()), &shape::of_stderr(&ours.stderr_text()))
    {
        complaints.push(format!("stderr:\n{text}"));
    }
    // What is no UTF-8 is a mark of replacement in `coroner`'s JSON, too.
    if let Some(death) = Death::of_stderr(&String::from_utf8_lossy(&reference.stderr))
        && !DIES_TWICE.iter().any(|twice| program.ends_with(twice))
        && (ours.dump_line().is_some() || does_compile(program))
        && let Err(text) = postmortem::compare(&death, &ours)
    {
        complaints.push(text);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// Programs whose uncaught error meets another one on its way out, in a `__close` or in the `__tostring` of the
/// error object. The dump is of the first, taken where it was thrown; the report is of the last.
const DIES_TWICE: [&str; 2] = ["dying/close_in_reverse_order_then_raise.lua", "dying/close_raises.lua"];

/// Whether a program got so far as to run. One that does not leaves no dump.
fn does_compile(program: &Path) -> bool {
    let name = program.to_string_lossy();
    Run::reference().args(["-e", "os.exit(loadfile(arg[0]) ~= nil)", &name]).output().status == Some(0)
}

#[test]
fn programs_do_as_on_the_reference() {
    suite::run_all(&suite::files(&tests_folder().join("differential"), "lua"), |program| {
        compare(program, Run::vm())
    });
}

/// Programs that take minutes when everything is collected at every allocation: a stack of 200,000 frames, or ten
/// thousands of objects, are marked each time. `REQUIEM_GC_STRESS=1 cargo test -p tests differential::programs`
/// runs them too.
const TOO_LONG_UNDER_STRESS: [&str; 9] = [
    "coroutines/many.lua",
    "gc/collectgarbage_options.lua",
    "gc/survives_churn.lua",
    "language/recursion_depth.lua",
    "limits/handlers.lua",
    "limits/library.lua",
    "limits/one_function.lua",
    "limits/recursion.lua",
    "limits/stack_room.lua",
];

/// Whatever is reachable only by luck does not survive this.
#[test]
fn programs_do_the_same_under_gc_stress() {
    let mut programs = suite::files(&tests_folder().join("differential"), "lua");
    programs.retain(|program| !TOO_LONG_UNDER_STRESS.iter().any(|long| program.ends_with(long)));
    suite::run_all(&programs, |program| compare(program, Run::vm().env("REQUIEM_GC_STRESS", "1")));
}

/// Runs both commands with the same arguments and input, and asserts that they agree.
#[track_caller]
fn check_command(arguments: &[&str], stdin: &str, environment: &[(&str, &str)]) {
    let scratch = Scratch::new();
    scratch.write("show.lua", "print(#arg, arg[0], arg[1], arg[2], ...)\nreturn 7\n");
    scratch.write("bad.lua", "local t = {}\nt.a.b = 1\n");
    scratch.write("wrong.lua", "x = = 1\n");
    scratch.write("mod.lua", "print('loading', ...)\nreturn {name = 'mod'}\n");
    let run = |run: Run| {
        let run = environment.iter().fold(run, |run, (name, value)| run.env(name, value));
        let run = run.env("REQUIEM_DUMP_DIR", scratch.path()).folder(scratch.path());
        run.args(arguments).stdin(stdin).output()
    };
    let (reference, ours) = (run(Run::reference()), run(Run::vm()));
    assert_eq!(ours.stdout_text(), reference.stdout_text(), "stdout\n{}", ours.story());
    let shapes = [&ours, &reference].map(|output| shape::of_stderr(&output.stderr_text()));
    assert_eq!(shapes[0], shapes[1], "stderr\n{}", ours.story());
    assert_eq!((ours.status, ours.signal), (reference.status, reference.signal), "status\n{}", ours.story());
}

#[test]
fn a_script_gets_its_arguments() {
    check_command(&["show.lua"], "", &[]);
    check_command(&["show.lua", "-x", "a b", ""], "", &[]);
    check_command(&["--", "show.lua", "1"], "", &[]);
    check_command(&["-e", "print(arg[0], arg[1], #arg, arg[-1])", "show.lua", "1"], "", &[]);
}

#[test]
fn negative_indices_of_arg_hold_the_options() {
    check_command(
        &["-e", "n = 1", "-e", "for i = -4, 1 do print(i, i > -5 and arg[i]) end", "show.lua"],
        "",
        &[],
    );
}

#[test]
fn standard_input_can_be_the_script() {
    check_command(&["-"], "print('from stdin', ...)", &[]);
    check_command(&["-", "a", "b"], "print('from stdin', ...)\nerror('at the end')", &[]);
    check_command(&[], "print(1)\nprint(io.read())", &[]);
    check_command(&["-"], "#!shebang\nprint('after the shebang')", &[]);
}

#[test]
fn statements_run_in_order() {
    check_command(&["-e", "x = 1", "-eprint(x)", "-e", "x = 2", "-e", "print(x)"], "", &[]);
    check_command(&["-e", "print(1)", "-e", "error('two')", "-e", "print(3)"], "", &[]);
    check_command(&["-e", "x ="], "", &[]);
    check_command(&["-e", "os.exit(5)"], "", &[]);
    check_command(&["-e", "os.exit(true)"], "", &[]);
    check_command(&["-e", "os.exit(false)"], "", &[]);
}

#[test]
fn libraries_are_required_into_globals() {
    check_command(&["-l", "mod", "-e", "print(mod.name)"], "", &[]);
    check_command(&["-lmod", "-e", "print(mod.name)"], "", &[]);
    check_command(&["-l", "short=mod", "-e", "print(short.name, mod)"], "", &[]);
    check_command(&["-l", "string", "-e", "print(string.len('abc'))"], "", &[]);
}

#[test]
fn failures_of_the_script_give_status_one() {
    check_command(&["bad.lua"], "", &[]);
    check_command(&["wrong.lua"], "", &[]);
    check_command(&["missing.lua"], "", &[]);
}

#[test]
fn the_environment_may_run_code_first() {
    check_command(&["-e", "print('body')"], "", &[("LUA_INIT", "print('init')")]);
    check_command(&["-E", "-e", "print('body')"], "", &[("LUA_INIT", "print('init')")]);
    check_command(&["-e", "print('body')"], "", &[("LUA_INIT", "@mod.lua")]);
    check_command(&["-e", "print('body')"], "", &[("LUA_INIT", "error('early')")]);
    check_command(&["-e", "print('body')"], "", &[("LUA_INIT", "print(1)"), ("LUA_INIT_5_4", "print(54)")]);
    check_command(&["-e", "print(package.path)"], "", &[("LUA_PATH", "./?.x;")]);
    check_command(&["-e", "print(package.path)"], "", &[("LUA_PATH", "./?.x"), ("LUA_PATH_5_4", "./?.y")]);
    check_command(&["-e", "print(package.cpath)"], "", &[("LUA_CPATH", "?"), ("LUA_CPATH_5_4", "")]);
}

/// The default itself is each distribution's own.
#[test]
fn two_semicolons_in_a_path_stand_for_the_default() {
    for (variable, field) in [("LUA_PATH", "path"), ("LUA_CPATH", "cpath")] {
        let path = |wish: &str| {
            let print = format!("print(package.{field})");
            Run::vm().env(variable, wish).args(["-e", &print]).output().stdout_text().trim_end().to_string()
        };
        let default = path(";;");
        assert!(default.contains("/usr/local/lib/lua/5.4/?"), "{default}");
        assert_eq!(path("a;;"), format!("a;{default}"));
        assert_eq!(path(";;b"), format!("{default};b"));
        assert_eq!(path("a;;b;;"), format!("a;{default};b;;"));
    }
}

/// The reference would load them.
#[test]
fn c_modules_that_are_there_are_refused_in_words() {
    let scratch = Scratch::new();
    scratch.write("present.so", "");
    let run = |code: &str| {
        let run = Run::vm().env("LUA_CPATH", "./?.so").folder(scratch.path()).arg("--no-dump");
        run.args(["-e", code]).output().stdout_text()
    };
    for name in ["present", "present.part"] {
        let refusal = run(&format!("print(pcall(require, '{name}'))"));
        let expected =
            format!("error loading module '{name}' from file './present.so':\n\tC modules are not");
        assert!(refusal.contains(&expected), "{refusal}");
    }
    let loaded = run("print(package.loadlib('./present.so', '*'))");
    assert_eq!(loaded, "nil\tC modules are not supported\tabsent\n");
}

/// The usage text is each command's own: ours has options that the reference lacks.
#[test]
fn wrong_options_are_refused_with_status_one() {
    for arguments in [&["-z"][..], &["-e"], &["-l"], &["--verbose"]] {
        let ours = Run::vm().args(arguments).output();
        ours.expect_status(1);
        assert!(ours.stderr_text().starts_with("requiem: "), "{}", ours.story());
        assert!(ours.stderr_text().contains(arguments[0]), "{}", ours.story());
    }
}

#[test]
fn the_version_is_told() {
    let ours = Run::vm().arg("-v").output();
    ours.expect_status(0).expect_stdout("Requiem").expect_stdout("Lua 5.4");
}

#[test]
fn the_shape_of_a_report_drops_what_is_ours() {
    let report =
        "requiem: a.lua:1: x\nstack traceback:\n\t[C]: in ?\nnil from: a.lua:1\ndump: /tmp/a (1 KiB, 1 ms)\n";
    assert_eq!(shape::of_stderr(report), "lua: a.lua:1: x\nstack traceback:\n\t[C]: in ?\n");
    assert_eq!(shape::of_stderr("table: 0x55d0c0ffee10 0xff\n"), "table: 0x? 0xff\n");
    assert_eq!(shape::of_stderr("0x0123456789 \r\n\n"), "0x0123456789 \r\n\n");
    let skipping = "\t...\t(skipping 199 levels)\n";
    assert_eq!(shape::of_stderr(skipping), skipping);
    assert_eq!(shape::of_traceback(skipping, "stack overflow"), "\t...\t(skipping ? levels)\n");
}
