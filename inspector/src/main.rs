//! The binary `coroner`.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let is_terminal = out.is_terminal();
    ExitCode::from(inspector::run(std::env::args_os(), &mut out, &mut err, is_terminal))
}
