//! The command line of `requiem`: beside the reference where that command does the same, by itself where it does
//! not; SIGINT; the prompt without a terminal.
//!
//! Not here: the prompt on a terminal (`terminal.rs`), dumps of what dies (`faults.rs`).

use std::time::Duration;

use tests::run::{Output, Run};
use tests::scratch::{Scratch, names_in};
use tests::shape;

/// Long enough for a process to have come to its loop.
const READY: Duration = Duration::from_secs(20);

const SIGINT: i32 = 2;

/// Runs both commands in a folder with `app.lua`, `lib.lua` and `bad.lua`, and asserts that they say the same.
#[track_caller]
fn check_pair(arguments: &[&str], stdin: &str, environment: &[(&str, &str)]) {
    let scratch = Scratch::new();
    scratch.write("app.lua", "print(arg[0], #arg, ...)");
    scratch.write("lib.lua", "print('lib', ..., arg ~= nil) return {name = ...}");
    scratch.write("bad.lua", "x = = 1");
    let run = |run: Run| {
        let run = run.args(arguments).stdin(stdin).folder(scratch.path());
        environment.iter().fold(run, |run, (name, value)| run.env(name, value)).output()
    };
    let (ours, theirs) = (run(Run::vm().arg("--no-dump")), run(Run::reference()));
    let line = format!("{arguments:?} {environment:?}\n{}", ours.story());
    assert_eq!(ours.stdout_text(), theirs.stdout_text(), "{line}");
    assert_eq!(ours.status, theirs.status, "{line}");
    let (our_words, their_words) =
        (shape::of_stderr(&ours.stderr_text()), shape::of_stderr(&theirs.stderr_text()));
    assert_eq!(our_words, their_words, "{line}");
}

#[test]
fn statements_modules_and_scripts() {
    for arguments in [
        &["-e", "print(1)", "-e", "print(2)"][..],
        &["-eprint(1)", "-e", "a=3", "-e", "print(a)"],
        &["-l", "lib", "-e", "print(lib.name)"],
        &["-llib", "-lm=lib", "-e", "print(lib == m)"],
        &["-l", "lib", "app.lua", "x"],
        &["app.lua", "a", "-e", "b"],
        &["--", "app.lua", "-v"],
        &["-", "a", "b"],
        &["-e", "x = 1", "-"],
        &["-W", "-e", "warn('w', 'x')"],
        &["-e", "warn('w')"],
        &["-E", "-e", "print(package.loaded.string == string)"],
        &["-e", "arg = nil", "app.lua"],
        &["-e", "arg = {'changed'}", "-", "a"],
        &["-e", "arg = setmetatable({}, {__len = function() return 2 end})", "-", "a"],
    ] {
        check_pair(arguments, "print('stdin', ...)", &[]);
    }
}

#[test]
fn what_fails_fails_the_same() {
    for arguments in [
        &["-e", "error('a')"][..],
        &["-e", "error()"],
        &["-e", "error({})"],
        &["-e", "error(setmetatable({}, {__tostring = function() return 'shown' end}))"],
        &["-e", "error(setmetatable({}, {__tostring = function() return 1 end}))"],
        &["-e", "error(setmetatable({}, {__tostring = function() error('inner') end}))"],
        &[
            "-e",
            "local x <close> = setmetatable({}, {__close = function() print(pcall(error, 'in')) end}) error('out')",
        ],
        &["-e", "x = = 1"],
        &["-e", "if"],
        &["-e", "package.path, package.cpath = '', ''", "-l", "no_such_module"],
        &["no_such_file.lua"],
        &["/"],
        &["bad.lua"],
        &["-e", "arg = 1", "app.lua"],
        &["-e", "os.exit(3)"],
        &["-e", "os.exit(false, true)"],
        &["-e", "print(1)", "-e", "error('second')", "app.lua"],
    ] {
        check_pair(arguments, "", &[]);
    }
}

#[test]
fn the_environment() {
    for environment in [
        &[("LUA_INIT", "print('init', arg[0])")][..],
        &[("LUA_INIT", "print(1)"), ("LUA_INIT_5_4", "print(2)")],
        &[("LUA_INIT", "@lib.lua")],
        &[("LUA_INIT", "@none.lua")],
        &[("LUA_INIT", "error('msg')")],
        &[("LUA_INIT", "error('msg')"), ("LUA_INIT_5_4", "")],
    ] {
        check_pair(&["app.lua"], "", environment);
        check_pair(&["-E", "app.lua"], "", environment);
    }
    check_pair(&["-e", "print(package.path)"], "", &[("LUA_PATH", "x")]);
    check_pair(&["-E", "-e", "print(package.path:find 'xxx')"], "", &[("LUA_PATH", "xxx")]);
    check_pair(&["-e", "print(package.path)"], "", &[("LUA_PATH", "x"), ("LUA_PATH_5_4", "y")]);
}

#[test]
fn a_bad_option_is_named_and_the_usage_follows() {
    for (arguments, complaint) in [
        (&["-h"][..], "unrecognized option '-h'"),
        (&["---"], "unrecognized option '---'"),
        (&["-Ex"], "unrecognized option '-Ex'"),
        (&["-iv"], "unrecognized option '-iv'"),
        (&["-e"], "'-e' needs argument"),
        (&["-l", "-v"], "'-l' needs argument"),
    ] {
        let ours = Run::vm().args(arguments).output();
        ours.expect_status(1).expect_stderr(&format!("requiem: {complaint}\nusage: requiem [options]"));
        let theirs = Run::reference().args(arguments).output();
        let theirs = theirs.stderr_text();
        let options = theirs.lines().filter(|line| line.starts_with("  -"));
        for option in options {
            assert!(ours.stderr_text().contains(option), "{option}");
        }
    }
}

#[test]
fn the_version_names_language_and_runtime() {
    let output = Run::vm().args(["-v", "-e", "print'hello'"]).output();
    let text = output.stdout_text();
    assert!(text.starts_with("Lua 5.4 (Requiem ") && text.ends_with("PUC-Rio\nhello\n"), "{text}");
}

#[test]
fn the_name_in_messages_is_the_one_it_was_called_by() {
    let output = Run::vm().name("/opt/lua").args(["--no-dump", "-e", "print(arg[0]) error('x')"]).output();
    output.expect_status(1).expect_stderr("/opt/lua: (command line):1: x");
    assert_eq!(output.stdout_text(), "/opt/lua\n");
}

/// What `requiem -i` prints of these lines, its version aside, and what goes to stderr.
#[track_caller]
fn talk(options: &[&str], lines: &str) -> (String, String, Output) {
    let scratch = Scratch::new();
    let output = Run::vm().args(options).arg("-i").stdin(lines).folder(scratch.path()).output();
    assert!(names_in(scratch.path()).is_empty(), "an error at the prompt leaves no dump");
    let text = output.stdout_text();
    let (_, rest) = text.split_once('\n').expect("the version");
    (rest.to_string(), output.stderr_text(), output)
}

#[test]
fn the_prompt_shows_results_and_goes_on() {
    let (text, errors, output) = talk(&[], "1 + 1\n=2, nil\nx =\n3\nx\nlocal y = 1\ny\n'a'\n");
    output.expect_status(0);
    assert_eq!(errors, "");
    let expected =
        "> 1 + 1\n2\n> =2, nil\n2\tnil\n> x =\n>> 3\n> x\n3\n> local y = 1\n> y\nnil\n> 'a'\na\n> \n";
    assert_eq!(text, expected);
}

#[test]
fn an_error_costs_a_statement() {
    let (text, errors, output) = talk(&[], "error('a')\nerror({})\nx = = 1\nnil + 1\n'on'\n");
    output.expect_status(0);
    assert!(text.ends_with("> 'on'\non\n> \n"), "{text}");
    let expected = "stdin:1: a\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in main chunk\n\t[C]: in ?\n\
        (error object is a table value)\nstack traceback:\n";
    assert!(errors.starts_with(expected), "{errors}");
    assert!(errors.contains("stdin:1: unexpected symbol near '='\n"), "{errors}");
    assert!(errors.contains("stdin:1: attempt to perform arithmetic on a nil value\n"), "{errors}");
}

#[test]
fn prompts_and_print_are_the_programs_own() {
    let prompts =
        "_PROMPT = setmetatable({}, {__tostring = function() n = (n or 0) + 1 return '[' .. n .. ']' end})";
    let (text, ..) = talk(&["-e", prompts, "-e", "_PROMPT2 = '…'"], "x = {\n}\n");
    assert_eq!(text, "[1]x = {\n…}\n[2]\n");
    let (_, errors, _) = talk(&["-e", "print = nil"], "10\n");
    assert_eq!(errors, "error calling 'print' (attempt to call a nil value)\n");
    let failing =
        Run::vm().args(["--no-dump", "-e", "_PROMPT = setmetatable({}, {__tostring = error})", "-i"]);
    failing.output().expect_status(1);
}

#[test]
fn the_prompt_comes_after_the_script_and_not_after_an_error() {
    let scratch = Scratch::new();
    scratch.write("app.lua", "x = ...");
    let output = Run::vm().args(["-i", "app.lua", "7"]).stdin("x").folder(scratch.path()).output();
    assert!(output.stdout_text().ends_with("> x\n7\n> \n"), "{}", output.story());
    let output = Run::vm().args(["--no-dump", "-i", "-e", "error('early')"]).stdin("print(1)").output();
    output.expect_status(1).expect_stderr("requiem: (command line):1: early");
    assert!(!output.stdout_text().contains('>'), "{}", output.story());
}

#[test]
fn input_that_ends_in_a_statement_is_its_error() {
    let (_, errors, output) = talk(&[], "a.\n");
    output.expect_status(0);
    assert_eq!(errors, "stdin:1: <name> expected near <eof>\n");
}

#[test]
fn a_callback_that_fails_at_the_prompt_ends_neither_loop_nor_session() {
    let lines = "uv = require 'uv'\n\
        for i = 1, 2 do uv.new_timer():start(0, 0, function() print('tick', i) error('late') end) end\n\
        uv.run()\n'on'\n";
    let (text, errors, output) = talk(&[], lines);
    output.expect_status(0);
    assert!(text.contains("tick\t1\ntick\t2\n") && text.ends_with("on\n> \n"), "{text}");
    assert_eq!(errors.matches("stdin:1: late\nstack traceback:\n").count(), 2, "{errors}");
}

/// Starts a program, sends SIGINT once it has said that it is ready, and waits for its end.
#[track_caller]
fn interrupted(program: &str) -> Output {
    let scratch = Scratch::new();
    scratch.write("app.lua", format!("io.stdout:setvbuf 'no' print 'ready'\n{program}"));
    let mut running = Run::vm().arg("app.lua").folder(scratch.path()).start();
    running.wait_for("ready", READY);
    // `print` has returned by the time that the loop is entered, or else the error comes out of it.
    std::thread::sleep(Duration::from_millis(200));
    running.signal("INT");
    running.wait(READY)
}

#[test]
fn sigint_is_an_error_with_a_place() {
    let output = interrupted("local function f() while true do end end\nf()");
    let expected = "requiem: app.lua:3: interrupted!\nstack traceback:\n\tapp.lua:2: in local 'f'\n";
    output.expect_status(1).expect_stderr(expected);
    assert!(output.dump_line().is_some(), "an uncaught error leaves a dump\n{}", output.story());
    let output = interrupted("print(pcall(function() while true do end end))");
    output.expect_status(0);
    assert!(output.stdout_text().contains("false\tinterrupted!\n"), "{}", output.story());
}

#[test]
fn sigint_ends_every_wait() {
    interrupted("require'uv'.sleep(60000)").expect_status(1).expect_stderr("interrupted!");
    interrupted("local uv = require'uv' uv.new_timer():start(60000, 0, print) uv.run()")
        .expect_status(1)
        .expect_stderr("requiem: app.lua:2: interrupted!");
    interrupted("require'uv'.new_timer():start(60000, 0, print)")
        .expect_status(1)
        .expect_stderr("interrupted!");
}

#[test]
fn the_second_sigint_kills() {
    let scratch = Scratch::new();
    scratch.write(
        "app.lua",
        "print(pcall(function() print 'ready' io.stdout:flush() while true do end end))\n\
        print 'again' io.stdout:flush() while true do end",
    );
    let mut running = Run::vm().arg("app.lua").folder(scratch.path()).start();
    running.wait_for("ready", READY);
    running.signal("INT");
    running.wait_for("again", READY);
    running.signal("INT");
    assert_eq!(running.wait(READY).signal, Some(SIGINT));
}

#[test]
fn list_takes_binary_chunks() {
    let scratch = Scratch::new();
    scratch.write("text.lua", "#!/usr/bin/env requiem\nlocal a <const> = 1\nreturn function() return a end");
    let run = |arguments: &[&str]| Run::vm().args(arguments).folder(scratch.path()).output();
    let dump = "for name, strip in pairs {whole = false, stripped = true} do \
                io.open(name, 'wb'):write(string.dump(loadfile('text.lua'), strip)) end \
                io.open('broken', 'wb'):write((string.dump(loadfile('text.lua')):sub(1, 40)))";
    assert_eq!(run(&["-e", dump]).status, Some(0));
    let text = run(&["--list", "text.lua"]).stdout_text();
    assert!(text.contains("text.lua"), "{text}");
    assert_eq!(run(&["--list", "whole"]).stdout_text(), text);
    let stripped = run(&["--list", "stripped"]);
    assert!(stripped.stdout_text().contains("Return1") && !stripped.stdout_text().contains("text.lua"));
    let broken = run(&["--list", "broken"]);
    assert_eq!(broken.status, Some(1));
    assert!(
        broken.stderr_text().contains("broken: bad binary format (truncated chunk)"),
        "{}",
        broken.stderr_text()
    );
    let whole = std::fs::read(scratch.path().join("whole")).expect("it was written");
    let by_stdin = Run::vm().args(["--list", "-"]).stdin(whole).output();
    assert_eq!(by_stdin.stdout_text(), text);
}

/// A part of the memory and time of every start.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn the_mathematical_library_is_loaded_when_it_is_first_called() {
    let script = "\
        local function loaded() return io.open('/proc/self/maps'):read('a'):find('libm%.so') ~= nil end\n\
        print(loaded(), 2 ^ 0.5 == math.sqrt(2), loaded())\n\
        print(math.sin(0), math.log(8, 2), math.atan(0, 1), math.exp(0))";
    let output = Run::vm().args(["-e", script]).output();
    // The compiler has folded the power.
    assert_eq!(output.stdout_text(), "true\ttrue\ttrue\n0.0\t3.0\t0.0\t1.0\n", "{}", output.story());
    let output = Run::vm().args(["-e", &script.replace("2 ^ 0.5", "1.5")]).output();
    assert!(output.stdout_text().starts_with("false\tfalse\tfalse\n"), "{}", output.story());
}
