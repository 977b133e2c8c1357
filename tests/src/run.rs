//! One run of a program under test: what goes in, what comes out, and never longer than its limit.
//!
//! Invariant: a child process does not outlive the value that stands for it.
//! Not here: which program it is (`binaries.rs`), how two runs are compared (`shape.rs`).

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::binaries::Binary;

/// Long enough for a debug build on a loaded machine, short enough that a hang is noticed.
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);

/// As long as that for a suite run under `REQUIEM_GC_STRESS`, where each allocation marks the whole heap: the longest
/// program takes 23 minutes of an optimised build.
const STRESS_FACTOR: u32 = 60;

/// Variables of the caller's shell that would change what a script does. `REQUIEM_GC_STRESS` is not among
/// them, so that a whole suite can be run under it.
const FOREIGN_VARIABLES: [&str; 8] = [
    "LUA_INIT",
    "LUA_INIT_5_4",
    "LUA_PATH",
    "LUA_PATH_5_4",
    "LUA_CPATH",
    "LUA_CPATH_5_4",
    "REQUIEM_DUMP_DIR",
    "RUST_BACKTRACE",
];

/// Where modules are looked for unless a run says otherwise: the default is each distribution's own.
const SEARCH_PATHS: [(&str, &str); 2] =
    [("LUA_PATH", "./?.lua;./?/init.lua"), ("LUA_CPATH", "./?.so;./?/module.so")];

/// A run being prepared.
pub struct Run {
    binary: Binary,
    name: String,
    arguments: Vec<OsString>,
    stdin: Vec<u8>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    limit: Duration,
}

impl Run {
    /// A run of any program.
    pub fn of(binary: Binary) -> Run {
        let is_stressed = std::env::var_os("REQUIEM_GC_STRESS").is_some();
        Run {
            binary,
            name: binary.name().to_string(),
            arguments: Vec::new(),
            stdin: Vec::new(),
            environment: Vec::new(),
            folder: None,
            limit: if is_stressed { DEFAULT_LIMIT * STRESS_FACTOR } else { DEFAULT_LIMIT },
        }
    }

    /// A run of `requiem`.
    pub fn vm() -> Run {
        Run::of(Binary::Requiem)
    }

    /// A run of the reference Lua.
    pub fn reference() -> Run {
        Run::of(Binary::Reference)
    }

    /// A run of `coroner` on a dump.
    pub fn coroner(dump: &Path) -> Run {
        Run::of(Binary::Coroner).arg(dump)
    }

    /// What the program is called by; else its file's name, as if it had been found on the search path.
    pub fn name(mut self, name: &str) -> Run {
        self.name = name.to_string();
        self
    }

    /// Adds one argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Run {
        self.arguments.push(argument.as_ref().to_os_string());
        self
    }

    /// Adds several arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_os_string()));
        self
    }

    /// What the program reads; nothing by default.
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Run {
        self.stdin = input.into();
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Run {
        self.environment.push((name.as_ref().to_os_string(), value.as_ref().to_os_string()));
        self
    }

    /// Where the program runs.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Run {
        self.folder = Some(folder.into());
        self
    }

    /// How long it may take.
    pub fn limit(mut self, limit: Duration) -> Run {
        self.limit = limit;
        self
    }

    /// Runs to the end. Panics when the limit passes first.
    #[track_caller]
    pub fn output(self) -> Output {
        self.output_in_time().unwrap_or_else(|story| panic!("{story}"))
    }

    /// Runs to the end, or tells how far the program had come when the limit passed.
    #[track_caller]
    pub fn output_in_time(self) -> Result<Output, String> {
        let limit = self.limit;
        self.start().end(limit)
    }

    /// Starts the program and returns at once.
    #[track_caller]
    pub fn start(self) -> Running {
        let mut command = Command::new(self.binary.path());
        command.arg0(&self.name);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in FOREIGN_VARIABLES {
            command.env_remove(name);
        }
        command.envs(SEARCH_PATHS);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let started = Instant::now();
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("cannot start {:?}: {error}", self.binary));
        let mut input = child.stdin.take().expect("stdin is a pipe");
        let text = self.stdin;
        // A program may end without reading its input; the broken pipe then is no failure of the test.
        let writer = std::thread::spawn(move || {
            let _ = input.write_all(&text);
        });
        let stdout = Capture::of(child.stdout.take().expect("stdout is a pipe"));
        let stderr = Capture::of(child.stderr.take().expect("stderr is a pipe"));
        let shown = format!("{:?} {:?}", self.binary, self.arguments);
        Running { child: Some(child), stdout, stderr, writer: Some(writer), started, shown }
    }
}

/// Reads a stream to its end on a thread of its own, so that a full pipe never stops the child.
struct Capture {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Capture {
    fn of(mut stream: impl Read + Send + 'static) -> Capture {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let thread = std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut chunk) {
                sink.lock().expect("no reader panics").extend_from_slice(&chunk[..count]);
            }
        });
        Capture { bytes, thread: Some(thread) }
    }

    fn so_far(&self) -> Vec<u8> {
        self.bytes.lock().expect("no reader panics").clone()
    }

    fn finish(&mut self) -> Vec<u8> {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a reader does not panic");
        }
        self.so_far()
    }
}

/// A program that has been started.
pub struct Running {
    child: Option<Child>,
    stdout: Capture,
    stderr: Capture,
    writer: Option<JoinHandle<()>>,
    started: Instant,
    shown: String,
}

impl Running {
    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the child is there until it is waited for").id()
    }

    /// Sends a signal, named as `kill` names it.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
        assert!(status.expect("a program 'kill'").success(), "no process to send {name} to");
    }

    /// Whether it has not ended.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.as_mut().map(Child::try_wait), Some(Ok(None)))
    }

    /// Waits until stdout holds `text`. Panics when the limit passes or the program ends first.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str, limit: Duration) {
        let deadline = Instant::now() + limit;
        loop {
            // Asked first: what a dead process wrote is all there once it is seen dead and its pipe drained.
            let alive = self.is_alive();
            let seen = if alive { self.stdout.so_far() } else { self.stdout.finish() };
            if String::from_utf8_lossy(&seen).contains(text) {
                return;
            }
            assert!(
                alive && Instant::now() < deadline,
                "{} never printed {text:?}; stdout {:?}, stderr {:?}",
                self.shown,
                String::from_utf8_lossy(&seen),
                String::from_utf8_lossy(&self.stderr.so_far())
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// How many bytes stdout has brought so far: grows while the program lives.
    pub fn stdout_length(&self) -> usize {
        self.stdout.so_far().len()
    }

    /// Waits for the end. Panics when the limit passes first.
    #[track_caller]
    pub fn wait(self, limit: Duration) -> Output {
        self.end(limit).unwrap_or_else(|story| panic!("{story}"))
    }

    /// Waits for the end, or ends the program when the limit passes and tells how far it had come.
    fn end(mut self, limit: Duration) -> Result<Output, String> {
        let deadline = Instant::now() + limit;
        let mut child = self.child.take().expect("waited for once");
        let mut pause = Duration::from_micros(200);
        let status: ExitStatus = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(10));
                }
                outcome => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!(
                        "{} did not end within {limit:?} ({outcome:?}); stdout {:?}, stderr {:?}",
                        self.shown,
                        String::from_utf8_lossy(&self.stdout.so_far()),
                        String::from_utf8_lossy(&self.stderr.so_far())
                    ));
                }
            }
        };
        let took = self.started.elapsed();
        if let Some(writer) = self.writer.take() {
            writer.join().expect("a writer does not panic");
        }
        Ok(Output {
            status: status.code(),
            signal: status.signal(),
            stdout: self.stdout.finish(),
            stderr: self.stderr.finish(),
            took,
            shown: std::mem::take(&mut self.shown),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // The child may have ended already, which is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit status; none when a signal ended the program.
    pub status: Option<i32>,
    /// The signal that ended the program.
    pub signal: Option<i32>,
    /// All of stdout.
    pub stdout: Vec<u8>,
    /// All of stderr.
    pub stderr: Vec<u8>,
    /// From start to end.
    pub took: Duration,
    /// The command line, for messages.
    pub shown: String,
}

/// The line `dump: PATH (SIZE, TIME)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpLine {
    /// The file.
    pub path: PathBuf,
    /// Its size, as printed.
    pub size: String,
    /// How long writing took, as printed.
    pub time: String,
}

impl DumpLine {
    /// Reads one line.
    pub fn parse(line: &str) -> Option<DumpLine> {
        let rest = line.strip_prefix("dump: ")?.strip_suffix(')')?;
        let (path, figures) = rest.rsplit_once(" (")?;
        let (size, time) = figures.split_once(", ")?;
        Some(DumpLine { path: PathBuf::from(path), size: size.to_string(), time: time.to_string() })
    }
}

impl Output {
    /// Stdout as text.
    pub fn stdout_text(&self) -> String {
        text_of(&self.stdout)
    }

    /// Stderr as text.
    pub fn stderr_text(&self) -> String {
        text_of(&self.stderr)
    }

    /// The `dump:` line, when there is one.
    pub fn dump_line(&self) -> Option<DumpLine> {
        self.stderr_text().lines().find_map(DumpLine::parse)
    }

    /// The dump that stderr names. Panics when there is none.
    #[track_caller]
    pub fn dump(&self) -> PathBuf {
        match self.dump_line() {
            Some(line) => line.path,
            None => panic!("no `dump:` line\n{}", self.story()),
        }
    }

    /// Asserts the exit status.
    #[track_caller]
    pub fn expect_status(&self, status: i32) -> &Output {
        assert!(self.status == Some(status), "status {status} expected\n{}", self.story());
        self
    }

    /// Asserts that stderr contains `text`.
    #[track_caller]
    pub fn expect_stderr(&self, text: &str) -> &Output {
        assert!(self.stderr_text().contains(text), "stderr lacks {text:?}\n{}", self.story());
        self
    }

    /// Asserts that stdout contains `text`.
    #[track_caller]
    pub fn expect_stdout(&self, text: &str) -> &Output {
        assert!(self.stdout_text().contains(text), "stdout lacks {text:?}\n{}", self.story());
        self
    }

    /// Everything about the run, for a failing test's message.
    pub fn story(&self) -> String {
        format!(
            "{}\nstatus {:?}, signal {:?}, {:?}\n--- stdout\n{}--- stderr\n{}",
            self.shown,
            self.status,
            self.signal,
            self.took,
            self.stdout_text(),
            self.stderr_text()
        )
    }
}

/// Bytes as text; those that are no UTF-8 are written `\xff`, so that different bytes give different texts.
fn text_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&chunk.invalid().escape_ascii().to_string());
    }
    text
}

/// Runs `requiem` on a one-line program and asserts what it prints.
#[track_caller]
pub fn check(program: &str, stdout: &str) {
    let output = Run::vm().args(["-e", program]).output();
    assert!(output.stdout_text() == stdout, "stdout {stdout:?} expected\n{}", output.story());
    output.expect_status(0);
}
