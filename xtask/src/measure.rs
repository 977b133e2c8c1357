//! A process run to its end: processor time, wall time, the largest resident size, and what it printed when.
//!
//! Invariant: the figures are of that process alone (`wait4`), whatever else the machine does. A resident size
//! below that of this program is not known, because Linux counts what a process was before it became another.
//! Not here: what is run (`bench.rs`, `sessions.rs`).

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use wait4::Wait4;

/// What one run took.
pub struct Run {
    /// User and system.
    pub cpu: Duration,
    /// From its start to its end.
    pub wall: Duration,
    /// The largest resident size, if it is larger than this program's.
    pub peak_bytes: Option<u64>,
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
    /// From the last of stdout to the first of stderr; `None` unless they came in this order.
    pub gap: Option<Duration>,
}

/// A stream to its end, and when its first and its last piece came.
struct Stream {
    text: String,
    first: Option<Instant>,
    last: Option<Instant>,
}

/// Runs a command as scripts do: no input, no `LUA_*` variables.
pub fn measure(command: &mut Command) -> Result<Run, String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let say = |error: io::Error| format!("{shown}: {error}");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LUA_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn().map_err(say)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reader = thread::spawn(move || read(stderr));
    let stdout = read(stdout).map_err(say)?;
    let stderr = reader.join().map_err(|_| format!("{shown}: stderr was not read"))?.map_err(say)?;
    let end = child.wait4().map_err(say)?;
    Ok(Run {
        cpu: end.rusage.utime + end.rusage.stime,
        wall: begin.elapsed(),
        peak_bytes: Some(end.rusage.maxrss).filter(|&bytes| bytes > own_peak_bytes()),
        status: end.status,
        gap: stdout.last.zip(stderr.first).and_then(|(last, first)| first.checked_duration_since(last)),
        stdout: stdout.text,
        stderr: stderr.text,
    })
}

/// The largest resident size of this program until now; 0 where the system does not tell.
fn own_peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    peak.and_then(|kibibytes| kibibytes.parse::<u64>().ok()).unwrap_or(0) << 10
}

fn read(stream: Option<impl Read>) -> io::Result<Stream> {
    let mut bytes = Vec::new();
    let (mut first, mut last) = (None, None);
    let mut piece = [0; 4096];
    if let Some(mut stream) = stream {
        loop {
            let count = stream.read(&mut piece)?;
            if count == 0 {
                break;
            }
            last = Some(Instant::now());
            first = first.or(last);
            bytes.extend_from_slice(&piece[..count]);
        }
    }
    Ok(Stream { text: String::from_utf8_lossy(&bytes).into_owned(), first, last })
}

/// The middle one of some figures, the lower of two; 0 when there are none.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}
