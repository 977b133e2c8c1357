//! A program as the command runs it: its main chunk, its end, and what is printed of an uncaught error.
//!
//! Not here: flags (`cli.rs`), the dump (`fatal`), the loop (`uv`).

use crate::file::until_nul;
use crate::interp::{Raise, Str, Vm};

/// Where an uncaught error happened, as far as its report depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncaught {
    /// In the main chunk, or anything else that the command line asked for: reported as the reference's
    /// command does, status 1.
    Main,
    /// In a callback of the event loop: reported as luv does, status 255.
    Callback,
}

impl Uncaught {
    /// The exit status.
    pub const fn status(self) -> i32 {
        match self {
            Uncaught::Main => 1,
            Uncaught::Callback => 255,
        }
    }
}

impl Vm {
    /// Prints the error that has come back from a call, and what is known of its dump, to standard error.
    pub fn report_uncaught(&mut self, whence: Uncaught) {
        let text = self.final_message();
        let report = self.take_report().unwrap_or_default();
        let mut lines = match whence {
            Uncaught::Main => b"requiem: ".to_vec(),
            Uncaught::Callback => b"Uncaught Error: ".to_vec(),
        };
        lines.extend_from_slice(until_nul(&text));
        lines.push(b'\n');
        if !report.traceback.is_empty() {
            lines.extend_from_slice(&report.traceback);
            lines.push(b'\n');
        }
        if let Some(origin) = report.nil_origin {
            lines.extend_from_slice(b"nil from: ");
            lines.extend_from_slice(&origin);
            lines.push(b'\n');
        }
        if let Some(dump) = report.dump_line {
            lines.extend_from_slice(&dump);
            if !dump.ends_with(b"\n") {
                lines.push(b'\n');
            }
        }
        self.files.flush_all();
        let _ = self.files.get(crate::file::STDERR).write(&lines);
    }

    /// The error as its message handler has left it: a string, unless there was no memory for one.
    fn final_message(&mut self) -> Vec<u8> {
        match Str::of(self.current_error()) {
            Some(text) => text.bytes().to_vec(),
            None => b"(an error object that could not be shown)".to_vec(),
        }
    }

    /// Runs a function as the command does a chunk, with `argument_count` arguments pushed above it; an
    /// uncaught error closes what is open, is reported, and leaves its status as `Err`.
    pub fn run_reported(&mut self, argument_count: u32) -> Result<(), i32> {
        let level = self.slot_below(argument_count + 1);
        match self.call(argument_count, 0) {
            Ok(()) => Ok(()),
            Err(raise) => {
                self.close_after_error(level, raise);
                self.report_uncaught(Uncaught::Main);
                Err(Uncaught::Main.status())
            }
        }
    }

    /// An error has come out of a callback of the event loop: reports it and ends the process, as luv does.
    pub fn die_in_callback(&mut self, raise: Raise) -> ! {
        let level = self.slot_below(0);
        self.close_after_error(level, raise);
        self.report_uncaught(Uncaught::Callback);
        self.files.flush_all();
        std::process::exit(Uncaught::Callback.status())
    }

    /// Ends the program: finalizers run (manual, `lua_close`), files are flushed.
    pub fn close(&mut self) {
        self.heap.finalize_all();
        // A finalizer may be what has called `os.exit`.
        self.finalizing = false;
        let _ = self.run_finalizers();
        self.files.flush_all();
    }

    /// `os.exit`: ends the process, after [`Vm::close`] if `close` is set.
    pub fn exit(&mut self, status: i32, close: bool) -> ! {
        if close {
            self.close_main();
            self.close();
        }
        self.files.flush_all();
        std::process::exit(status)
    }
}
