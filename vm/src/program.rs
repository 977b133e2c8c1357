//! The end of a program, when it comes by itself or by `os.exit`.
//!
//! Not here: what is printed of an error (the command), the dump (`fatal`), the loop (`uv`).

use crate::interp::Vm;

impl Vm {
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
