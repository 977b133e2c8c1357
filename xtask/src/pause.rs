//! How long a server keeps its clients waiting for the collector: `tests/benches/server.lua` with a gibibyte live.
//!
//! It is asked for one answer after the other, twice: with its collector, and with the collector stopped, which
//! shows what the machine itself costs. The collector also tells of its slices (`REQUIEM_GC_TRACE=1`), in processor
//! time, so that a busy machine does not count as a pause.
//!
//! Invariant: only collections that ended while the server answered are looked at.
//! Not here: whole programs (`bench.rs`).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{build_release, root};

const USAGE: &str = "usage: cargo xtask pause [--mebibytes N] [--requests N]";
const SCRIPT: &str = "tests/benches/server.lua";
/// The target, which is for a gibibyte.
pub const LONGEST_MAX: Duration = Duration::from_millis(5);

/// How much the server holds, and how much it is asked.
pub struct Load {
    pub mebibytes: u64,
    pub requests: usize,
}

impl Load {
    /// A gibibyte, and as many requests as bring a collection about.
    pub const FULL: Load = Load { mebibytes: 1024, requests: 80_000 };
}

/// What one server showed.
struct Served {
    /// Ascending.
    latencies: Vec<Duration>,
    live_kibibytes: u64,
    collections: Vec<Collection>,
}

/// A collection that ended while the server answered.
struct Collection {
    line: String,
    longest: Duration,
}

/// `cargo xtask pause`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let load = load(arguments)?;
    let longest = measure(&build_release()?.join("requiem"), &load)?;
    if load.mebibytes == Load::FULL.mebibytes && longest > LONGEST_MAX {
        return Err("target missed: the longest pause".to_string());
    }
    Ok(())
}

fn load(arguments: &[String]) -> Result<Load, String> {
    let mut load = Load::FULL;
    let mut words = arguments.iter();
    while let (Some(name), value) = (words.next(), words.next()) {
        let value = value.ok_or(USAGE)?;
        match name.as_str() {
            "--mebibytes" => load.mebibytes = value.parse().map_err(|_| USAGE)?,
            "--requests" => load.requests = value.parse().map_err(|_| USAGE)?,
            _ => return Err(USAGE.to_string()),
        }
    }
    if load.mebibytes == 0 || load.requests == 0 { Err(USAGE.to_string()) } else { Ok(load) }
}

/// Loads both servers and prints what they showed; the longest slice of the collector.
pub fn measure(requiem: &Path, load: &Load) -> Result<Duration, String> {
    let collecting = serve(requiem, load, "run")?;
    let stopped = serve(requiem, load, "stop")?;
    println!(
        "\nA server with {} MiB live, {} answers one after the other",
        collecting.live_kibibytes >> 10,
        load.requests
    );
    println!("{:<22}{:>10}{:>10}{:>10}{:>10}", "", "p50", "p99", "p99.9", "longest");
    for (name, served) in [("with the collector", &collecting), ("collector stopped", &stopped)] {
        let figures = [0.5, 0.99, 0.999, 1.0].map(|part| milliseconds(quantile(&served.latencies, part)));
        println!("{name:<22}{}", figures.map(|figure| format!("{figure:>10}")).concat());
    }
    for collection in &collecting.collections {
        println!("  {}", collection.line);
    }
    let longest = collecting.collections.iter().map(|collection| collection.longest).max();
    let longest = longest.ok_or("no collection ended while the server answered: more requests are needed")?;
    println!(
        "longest pause of the collector {} (target: at most {})",
        milliseconds(longest),
        milliseconds(LONGEST_MAX)
    );
    Ok(longest)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// The latency that this part of all does not exceed.
fn quantile(ascending: &[Duration], part: f64) -> Duration {
    let index = (ascending.len() as f64 * part) as usize;
    ascending.get(index.min(ascending.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// A server, which goes when this does.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(requiem: &Path, load: &Load, mode: &str) -> Result<Served, String> {
    let say = |error: std::io::Error| format!("{SCRIPT}: {error}");
    let mut command = Command::new(requiem);
    command.args(["--no-dump", SCRIPT, &load.mebibytes.to_string(), mode]).current_dir(root());
    command.env("REQUIEM_GC_TRACE", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Server(command.spawn().map_err(say)?);
    let mut stdout = BufReader::new(server.0.stdout.take().ok_or("no stdout")?);
    let mut stderr = server.0.stderr.take().ok_or("no stderr")?;
    let traced = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text)
    });
    let (port, live_kibibytes) =
        ready(&mut stdout).ok_or_else(|| format!("{SCRIPT} did not come to serve"))?;
    let latencies = ask(port, load.requests).map_err(say)?;
    let mut last = String::new();
    stdout.read_to_string(&mut last).map_err(say)?;
    let status = server.0.wait().map_err(say)?;
    let traced = traced.join().map_err(|_| "stderr was not read")?.map_err(say)?;
    if !status.success() || !last.starts_with(&format!("served {}", load.requests)) {
        return Err(format!("{SCRIPT} ended with {status}: {last}{traced}"));
    }
    // The program asks for a full collection when all is built; what comes after it came amid the answers.
    let lines = traced.lines().filter(|line| line.starts_with("collection "));
    let collections = lines.skip_while(|line| !line.contains(", asked for:")).skip(1).filter_map(collection);
    Ok(Served { latencies, live_kibibytes, collections: collections.collect() })
}

/// Port and live memory, from `ready PORT KIBIBYTES`.
fn ready(stdout: &mut BufReader<ChildStdout>) -> Option<(u16, u64)> {
    let mut line = String::new();
    stdout.read_line(&mut line).ok()?;
    let (port, kibibytes) = line.trim_end().strip_prefix("ready ")?.split_once(' ')?;
    Some((port.parse().ok()?, kibibytes.parse().ok()?))
}

/// Asks for one answer after the other; how long each took, ascending.
fn ask(port: u16, count: usize) -> std::io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut latencies = Vec::with_capacity(count);
    let (mut answer, mut random) = (String::new(), 1u64);
    for _ in 0..count {
        // Sessions are asked for in an order that no cache knows.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let request = format!("{}\n", random >> 40);
        let begin = Instant::now();
        stream.write_all(request.as_bytes())?;
        answer.clear();
        answers.read_line(&mut answer)?;
        latencies.push(begin.elapsed());
    }
    stream.write_all(b"quit\n")?;
    latencies.sort_unstable();
    Ok(latencies)
}

/// A line of the trace: `collection 7: … KiB left; longest of slices, all in ms: begin 0.085 of 1, 0.1; mark 0.472 of …`.
fn collection(line: &str) -> Option<Collection> {
    let (_, parts) = line.split_once("all in ms: ")?;
    let longest = |part: &str| part.trim().split(' ').nth(1)?.parse::<f64>().ok();
    let longest = parts.split(';').filter_map(longest).fold(0.0, f64::max);
    Some(Collection { line: line.to_string(), longest: Duration::from_secs_f64(longest / 1e3) })
}
