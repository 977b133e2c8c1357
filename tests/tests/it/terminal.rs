//! The prompt on a terminal: editing, completion, history, Ctrl-C, Ctrl-D.
//!
//! Not here: the prompt without one (`command.rs`).

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::pty::openpty;
use tests::binaries::Binary;
use tests::scratch::{Scratch, names_in};

const LIMIT: Duration = Duration::from_secs(60);

/// A session on a terminal of its own.
struct Session {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// How much of the screen has been looked at.
    seen: usize,
}

impl Session {
    /// Starts a prompt whose history lies below `folder`, and waits until it asks.
    #[track_caller]
    fn new(folder: &Path) -> Session {
        let terminal = openpty(None, None).expect("a terminal");
        let side = || File::from(terminal.slave.try_clone().expect("a descriptor"));
        let child = Command::new(Binary::Requiem.path())
            .env("XDG_STATE_HOME", folder)
            .env("TERM", "xterm")
            .current_dir(folder)
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .expect("a prompt");
        drop(terminal.slave);
        let keyboard = File::from(terminal.master);
        let mut reader = keyboard.try_clone().expect("a descriptor");
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&screen);
        // Ends with the terminal's other side.
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                shown.lock().expect("no panic").extend_from_slice(&buffer[..count]);
            }
        });
        let mut session = Session { child, keyboard, screen, seen: 0 };
        session.wait_for("> ");
        session
    }

    /// Types these keys.
    fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Types a line, and waits for what it is to show and for the next prompt.
    #[track_caller]
    fn line(&mut self, line: &str, expected: &str) {
        self.keys(&format!("{line}\r"));
        self.wait_for("\n");
        self.wait_for(expected);
        self.wait_for("> ");
    }

    /// Waits until the screen shows this, after what was waited for before.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let begin = Instant::now();
        loop {
            let screen =
                String::from_utf8_lossy(&self.screen.lock().expect("no panic")[self.seen..]).into_owned();
            if let Some(at) = screen.find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(begin.elapsed() < LIMIT, "{text:?} expected, the screen shows {screen:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the session's end.
    #[track_caller]
    fn end(mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(begin.elapsed() < LIMIT, "the session does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_session_on_a_terminal() {
    let scratch = Scratch::new();
    let mut session = Session::new(scratch.path());
    session.line("1 + 1", "2\r\n");
    session.line("x = {alpha = 'first', run = print}", "");
    session.line("x.al\t", "first\r\n");
    session.line("x:r\t('called')", "called\r\n");
    session.line("for i = 7, 8 do", "");
    session.line("print(i) end", "7\r\n8\r\n");
    session.line("error 'boo'", "stdin:1: boo\r\nstack traceback:\r\n");
    session.keys("not to be run\x03");
    session.wait_for("> ");
    session.line("'still ' .. 'here'", "still here\r\n");
    session.keys("\x04");
    assert!(session.end().success());
    assert_eq!(names_in(scratch.path()), ["requiem"], "an error at the prompt leaves no dump");
    let history = scratch.path().join("requiem/history");
    let mode = std::fs::metadata(&history).expect("a history").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only the owner may read it");
    let mut later = Session::new(scratch.path());
    // Up: the last statement of the session before.
    later.line("\x1b[A", "still here\r\n");
    later.keys("\x04");
    assert!(later.end().success());
}

#[test]
fn sigint_interrupts_the_chunk_and_not_the_session() {
    let scratch = Scratch::new();
    let mut session = Session::new(scratch.path());
    let pid = session.child.id().to_string();
    let chunks = [
        "print('be' .. 'gun') while true do end",
        "uv = require 'uv' t = uv.new_timer() t:start(60000, 0, print) print('be' .. 'gun') uv.run()",
    ];
    for chunk in chunks {
        session.keys(&format!("{chunk}\r"));
        session.wait_for("begun");
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.expect("a program 'kill'").success());
        session.wait_for("interrupted!\r\nstack traceback:\r\n");
        session.wait_for("> ");
    }
    session.line("'still ' .. 'here'", "still here\r\n");
    session.keys("\x04");
    assert!(session.end().success());
}
