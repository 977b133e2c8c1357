//! The ways to die, one child process each, and the one way to the dump.
//!
//! Invariant: every test runs in its own scratch folder, where the dump is expected to appear.
//! Not here: what the dump contains (`dumps.rs`), damaged dumps (`format.rs`).

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use tests::run::{DumpLine, Output, Run};
use tests::scratch::{Scratch, names_in};

const READY: Duration = Duration::from_secs(20);

/// "Within a second" is promised of the released program; a debug build on a loaded machine gets more.
const LIVE_DUMP_LIMIT: Duration =
    if cfg!(debug_assertions) { Duration::from_secs(5) } else { Duration::from_secs(1) };

/// Runs `app.lua` in a scratch folder.
fn run(program: &str, options: &[&str]) -> (Scratch, Output) {
    let scratch = Scratch::new();
    scratch.write("app.lua", program);
    let output = Run::vm().args(options).arg("app.lua").folder(scratch.path()).output();
    (scratch, output)
}

/// Asserts that the run left exactly one dump in `folder`, complete and private, and that stderr names it.
#[track_caller]
fn check_dump(folder: &Path, output: &Output) {
    let names = names_in(folder);
    let dumps: Vec<&String> = names.iter().filter(|name| name.contains(".vmcore")).collect();
    assert!(dumps.len() == 1, "one dump expected, found {dumps:?}\n{}", output.story());
    let parts: Vec<&str> = dumps[0].split('.').collect();
    let shape_is_right = parts.len() >= 4
        && parts[0] == "app"
        && parts[1].parse::<u32>().is_ok()
        && parts.last() == Some(&"vmcore")
        && parts[2].contains(|c: char| c.is_ascii_digit());
    assert!(shape_is_right, "app.PID.TIME.vmcore expected, found {dumps:?}");
    let path = folder.join(dumps[0]);
    let named = output.dump();
    let named = if named.is_absolute() { named } else { folder.join(named) };
    assert_eq!(named.canonicalize().expect("the named dump exists"), path.canonicalize().expect("it exists"));
    let meta = std::fs::metadata(&path).expect("a dump");
    assert_eq!(meta.permissions().mode() & 0o777, 0o600, "only the owner may read a dump");
    assert!(meta.size() > 0, "the dump is empty");
}

#[track_caller]
fn check_no_dump(folder: &Path, output: &Output) {
    let names = names_in(folder);
    assert!(!names.iter().any(|name| name.contains("vmcore")), "{names:?}\n{}", output.story());
    assert!(output.dump_line().is_none(), "{}", output.story());
}

/// Asserts that a program dies with `status`, says `message`, and leaves a dump.
#[track_caller]
fn check_death(program: &str, status: i32, message: &str) {
    let (scratch, output) = run(program, &[]);
    output.expect_status(status).expect_stderr(message);
    check_dump(scratch.path(), &output);
}

#[test]
fn an_error_in_the_main_chunk() {
    check_death(
        "local t = {}\nt.a.b = 1\n",
        1,
        "requiem: app.lua:2: attempt to index a nil value (field 'a')",
    );
    check_death(
        "error('said so')",
        1,
        "requiem: app.lua:1: said so\nstack traceback:\n\t[C]: in function 'error'",
    );
}

#[test]
fn an_error_value_of_any_kind() {
    check_death("error()", 1, "requiem: (error object is a nil value)");
    check_death("error({})", 1, "requiem: (error object is a table value)");
    check_death("error(42)", 1, "requiem: 42");
    check_death("error(print)", 1, "(error object is a function value)");
    check_death("error(coroutine.create(print))", 1, "(error object is a thread value)");
    check_death(
        "error(setmetatable({}, {__tostring = function() return 'my own words' end}))",
        1,
        "my own words",
    );
    check_death("error(('x'):rep(100000), 0)", 1, "xxxxxxxx");
}

#[test]
fn an_error_deep_in_the_stack() {
    check_death(
        "local function f(n) if n == 0 then error 'deep' end f(n - 1) return n end f(10000)",
        1,
        "deep",
    );
    check_death("local function f() return 1 + f() end f()", 1, "stack overflow");
}

#[test]
fn an_error_in_a_native_function_called_by_lua() {
    check_death("table.sort({1, 2, 3}, function(a, b) error 'in sort' end)", 1, "in sort");
    check_death("local s = ('x'):gsub('x', function() local y = nil; return y.z end)", 1, "local 'y'");
    check_death("string.rep()", 1, "bad argument #1 to 'rep'");
}

#[test]
fn an_error_in_a_metamethod() {
    check_death(
        "local t = setmetatable({}, {__index = function(t, k) error('no ' .. k) end})\nprint(t.x)",
        1,
        "no x",
    );
    check_death(
        "do local c <close> = setmetatable({}, {__close = function() error 'closing' end}) end",
        1,
        "closing",
    );
}

#[test]
fn an_error_through_a_chain_of_coroutines() {
    check_death("coroutine.wrap(function() error 'in wrap' end)()", 1, "in wrap");
    let chain = "
        local function nest(n)
            return coroutine.wrap(function() if n == 0 then error('bottom') end nest(n - 1)() end)
        end
        nest(5)()";
    check_death(chain, 1, "bottom");
    let mixed = "
        local inner = coroutine.wrap(function() coroutine.yield(1) local x = nil; x.y = 1 end)
        inner()
        print(coroutine.resume(coroutine.create(function() error 'caught by resume' end)))
        coroutine.wrap(function() inner() end)()";
    check_death(mixed, 1, "local 'x'");
}

#[test]
fn an_error_in_a_callback_of_the_loop() {
    let timer = "
        local uv = require 'uv'
        local timer = uv.new_timer()
        timer:start(10, 0, function() local order = {} ; print(order.reservation.id) end)";
    check_death(timer, 255, "Uncaught Error: app.lua:4: attempt to index a nil value (field 'reservation')");
    let coroutine = "
        local uv = require 'uv'
        local co = coroutine.wrap(function() coroutine.yield() error('after the timer') end)
        co()
        uv.new_timer():start(5, 0, function() co() end)
        uv.run()";
    check_death(coroutine, 255, "after the timer");
}

#[test]
fn a_protected_call_does_not_catch_what_a_callback_raises() {
    let program = "
        local uv = require 'luv'
        uv.new_timer():start(5, 0, function() error 'in the loop' end)
        print(pcall(uv.run))
        print 'never'";
    let (scratch, output) = run(program, &[]);
    output.expect_status(255).expect_stderr("Uncaught Error: ");
    assert!(!output.stdout_text().contains("never"), "{}", output.story());
    check_dump(scratch.path(), &output);
}

#[test]
fn an_error_that_is_handled_leaves_nothing() {
    let program = "
        print(pcall(error, 'x'))
        print(xpcall(function() error 'y' end, function(m) return m end))
        print(coroutine.resume(coroutine.create(function() error 'z' end)))";
    let (scratch, output) = run(program, &[]);
    output.expect_status(0);
    check_no_dump(scratch.path(), &output);
}

#[test]
fn an_ordered_exit_leaves_nothing() {
    for (program, status) in [("os.exit(3)", 3), ("os.exit(false)", 1), ("return 5", 0)] {
        let (scratch, output) = run(program, &[]);
        output.expect_status(status);
        check_no_dump(scratch.path(), &output);
    }
}

#[test]
fn the_dump_can_be_declined() {
    let (scratch, output) = run("error 'quiet'", &["--no-dump"]);
    output.expect_status(1).expect_stderr("requiem: app.lua:1: quiet");
    check_no_dump(scratch.path(), &output);
}

#[test]
fn the_folder_of_dumps_can_be_chosen() {
    let dumps = Scratch::new();
    let folder = dumps.path().to_str().expect("a temporary folder's name is text");
    let (scratch, output) = run("error 'elsewhere'", &["--dump-dir", folder]);
    output.expect_status(1);
    check_no_dump_files(scratch.path());
    check_dump(dumps.path(), &output);

    let dumps = Scratch::new();
    scratch.write("app.lua", "error 'by environment'");
    let by_environment =
        Run::vm().env("REQUIEM_DUMP_DIR", dumps.path()).arg("app.lua").folder(scratch.path()).output();
    check_no_dump_files(scratch.path());
    check_dump(dumps.path(), &by_environment);
}

#[track_caller]
fn check_no_dump_files(folder: &Path) {
    let names = names_in(folder);
    assert!(!names.iter().any(|name| name.contains("vmcore")), "{names:?}");
}

#[test]
fn the_option_wins_over_the_environment() {
    let (chosen, ignored) = (Scratch::new(), Scratch::new());
    let scratch = Scratch::new();
    scratch.write("app.lua", "error 'x'");
    let output = Run::vm()
        .env("REQUIEM_DUMP_DIR", ignored.path())
        .arg("--dump-dir")
        .arg(chosen.path())
        .arg("app.lua")
        .folder(scratch.path())
        .output();
    check_dump(chosen.path(), &output);
    check_no_dump_files(ignored.path());
}

/// Asserts that a dump that cannot be written costs one line, and nothing else.
#[track_caller]
fn check_refused_folder(folder: &str) {
    let program = "local t = nil\nt.x = 1\n";
    let (_, declined) = run(program, &["--no-dump"]);
    let (scratch, output) = run(program, &["--dump-dir", folder]);
    output.expect_status(1);
    check_no_dump(scratch.path(), &output);
    let expected: Vec<String> = declined.stderr_text().lines().map(str::to_string).collect();
    let lines: Vec<String> = output.stderr_text().lines().map(str::to_string).collect();
    let extra: Vec<&String> = lines.iter().filter(|line| !expected.contains(line)).collect();
    assert!(lines.starts_with(&expected[..1]), "the message comes first\n{}", output.story());
    assert!(expected.iter().all(|line| lines.contains(line)), "the report is not whole\n{}", output.story());
    assert!(
        extra.len() == 1 && extra[0].contains(folder),
        "one line about {folder} expected\n{}",
        output.story()
    );
}

#[test]
fn a_folder_that_cannot_be_written_costs_one_line() {
    check_refused_folder("/nonexistent/folder/of/dumps");
    check_refused_folder("/dev/null");
}

#[test]
fn dumps_of_one_program_do_not_overwrite_each_other() {
    let scratch = Scratch::new();
    scratch.write("app.lua", "error 'again'");
    for expected in 1..=3 {
        Run::vm().arg("app.lua").folder(scratch.path()).output().expect_status(1);
        assert_eq!(scratch.dumps().len(), expected);
    }
    assert!(!scratch.names().iter().any(|name| name.ends_with(".partial")));
}

#[test]
fn the_memory_limit_is_an_error_that_can_be_caught() {
    let program = "
        local ok, message = pcall(function() local t = {} for i = 1, 1e9 do t[i] = {i} end end)
        print(ok, message)
        collectgarbage()
        print(#('x'):rep(1000))";
    let (scratch, output) = run(program, &["--max-heap", "32M"]);
    output.expect_status(0);
    assert_eq!(output.stdout_text(), "false\tnot enough memory\n1000\n", "{}", output.story());
    check_no_dump(scratch.path(), &output);
}

#[test]
fn the_memory_limit_uncaught_is_dumped() {
    for program in [
        "local t = {} for i = 1, 1e9 do t[i] = {i} end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, 1e9 do t['key' .. i] = i end",
        "local function f(...) return 1 + f(1, ...) end f()",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end",
    ] {
        let (scratch, output) = run(program, &["--max-heap", "32M"]);
        output.expect_status(1);
        let text = output.stderr_text();
        let expected = ["not enough memory", "stack overflow", "string length overflow"];
        assert!(expected.iter().any(|message| text.contains(message)), "{}", output.story());
        check_dump(scratch.path(), &output);
    }
}

#[test]
fn the_dump_line_is_the_last_of_stderr() {
    let (_scratch, output) = run("error 'x'", &[]);
    let text = output.stderr_text();
    let last = text.lines().last().expect("stderr has lines");
    assert!(DumpLine::parse(last).is_some(), "{}", output.story());
    let traceback = text.find("stack traceback:").expect("a traceback");
    assert!(text.find("dump: ").is_some_and(|at| at > traceback), "{}", output.story());
}

#[test]
fn a_nil_says_where_it_came_from() {
    let program =
        "local function lookup(t, k) return t[k] end\nlocal user = lookup({}, 'ann')\nprint(user.name)\n";
    let (_scratch, output) = run(program, &[]);
    output
        .expect_stderr("app.lua:3: attempt to index a nil value (local 'user')")
        .expect_stderr("nil from: ");
    let text = output.stderr_text();
    let line = text.lines().find(|line| line.starts_with("nil from: ")).expect("the line is there");
    assert!(line.contains("app.lua:1"), "the table miss is in line 1: {line}");
}

/// Starts a program and waits until it says that it is ready.
#[track_caller]
fn start(scratch: &Scratch, program: &str) -> tests::run::Running {
    scratch.write("app.lua", program);
    let mut running = Run::vm().arg("app.lua").folder(scratch.path()).start();
    running.wait_for("ready", READY);
    running
}

#[track_caller]
fn ask_for_dump(running: &tests::run::Running, options: &[&str], folder: &Path) -> Output {
    let pid = running.pid().to_string();
    let output = Run::vm().args(["dump", &pid]).args(options).folder(folder).output();
    assert!(output.took < LIVE_DUMP_LIMIT, "a live dump took {:?}\n{}", output.took, output.story());
    output
}

#[test]
fn a_spinning_program_can_be_dumped_and_lives_on() {
    let scratch = Scratch::new();
    let mut running = start(&scratch, "print 'ready' io.stdout:flush()\nwhile true do end\n");
    let requester = Scratch::new();
    let output = ask_for_dump(&running, &[], requester.path());
    output.expect_status(0);
    assert_eq!(requester.dumps().len(), 1, "{}", output.story());
    assert!(running.is_alive(), "the program must live on");
    ask_for_dump(&running, &[], requester.path()).expect_status(0);
    assert_eq!(requester.dumps().len(), 2);
    assert!(running.is_alive());
    let mode = std::fs::metadata(&requester.dumps()[0]).expect("a dump").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_sleeping_program_can_be_dumped_and_lives_on() {
    let scratch = Scratch::new();
    let program = "
        local uv = require 'uv'
        local ticks = 0
        uv.new_timer():start(300, 300, function() ticks = ticks + 1 print('tick', ticks) io.stdout:flush() end)
        print 'ready' io.stdout:flush()";
    let mut running = start(&scratch, program);
    let file = scratch.path().join("live.vmcore");
    ask_for_dump(&running, &["-o", file.to_str().expect("text")], scratch.path()).expect_status(0);
    assert!(file.is_file());
    let before = running.stdout_length();
    running.wait_for("tick\t3", READY);
    assert!(running.stdout_length() > before && running.is_alive());
}

#[test]
fn a_live_dump_overwrites_nothing() {
    let scratch = Scratch::new();
    let mut running = start(&scratch, "print 'ready' io.stdout:flush()\nwhile true do end\n");
    let file = scratch.write("precious.vmcore", "precious");
    let output = ask_for_dump(&running, &["-o", "precious.vmcore"], scratch.path());
    assert_ne!(output.status, Some(0), "{}", output.story());
    assert_eq!(output.stderr_text().lines().count(), 1, "{}", output.story());
    assert_eq!(std::fs::read(file).expect("it is still there"), b"precious");
    assert!(running.is_alive());
}

#[test]
fn a_dump_of_nobody_is_a_sentence() {
    let scratch = Scratch::new();
    // The largest process id that Linux gives out is below this.
    let output = Run::vm().args(["dump", "99999999"]).folder(scratch.path()).output();
    assert!(output.status.is_some_and(|status| status != 0), "{}", output.story());
    assert_eq!(output.stderr_text().lines().count(), 1, "{}", output.story());
    assert!(output.stderr_text().contains("99999999"), "{}", output.story());
    check_no_dump_files(scratch.path());
}

#[test]
fn the_state_of_open_files_is_flushed_before_death() {
    let (_scratch, output) = run("io.write('buffered without newline') error 'x'", &[]);
    assert_eq!(output.stdout_text(), "buffered without newline", "{}", output.story());
}
