//! Whole programs under `requiem` and under other Luas, side by side; then every target of speed, memory and
//! pauses.
//!
//! The Luas take turns (A B A B …), so that a slow phase of the machine meets all of them.
//! Invariant: a ratio is printed only where both printed the same; ratios are `requiem` to the peer, so that
//! below 1 is faster, or smaller.
//! Not here: single mechanisms (`cargo bench -p tests`).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::measure::{Run, measure, median};
use crate::pause::{self, Load};
use crate::sessions;
use crate::step::{build_release, root, target_folder};
use crate::targets::{self, Target};

const USAGE: &str = "usage: cargo xtask bench [--programs DIR] [--peer COMMAND]... [--runs N]";
/// Programs of the project's own.
pub const KERNELS: &str = "tests/benches/kernels";
const PEERS: [&str; 3] = ["lua5.4", "luajit -joff", "luajit"];
/// The peers that targets are about.
const REFERENCE: &str = "lua5.4";
const FAST: &str = "luajit -joff";
/// Runs of the empty script: each takes a millisecond or two.
const START_RUNS: usize = 40;
/// Builds of the million sessions by each.
const BUILD_RUNS: usize = 3;

struct Options {
    programs: PathBuf,
    peers: Vec<String>,
    runs: usize,
}

/// A command that runs scripts.
struct Lua {
    name: String,
    words: Vec<String>,
}

/// What each Lua showed on one program: nothing if it failed, or printed something else than `requiem`.
type Row = Vec<Option<Figures>>;
type Rows = Vec<(String, Row)>;
type Figure = fn(&Figures) -> Option<f64>;

const CPU: Figure = |figures| Some(figures.cpu_seconds);
const WALL: Figure = |figures| Some(figures.wall_seconds);
const PEAK: Figure = |figures| figures.peak_bytes;

/// What a Lua showed on one program.
#[derive(Clone, Copy)]
struct Figures {
    cpu_seconds: f64,
    wall_seconds: f64,
    /// Unknown of a program that is smaller than this one.
    peak_bytes: Option<f64>,
}

/// `cargo xtask bench`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let options = options(arguments)?;
    let programs = programs(&options.programs)?;
    let release = build_release()?;
    let mut luas = vec![Lua {
        name: "requiem".to_string(),
        words: vec![release.join("requiem").to_string_lossy().into_owned(), "--no-dump".to_string()],
    }];
    for peer in &options.peers {
        let lua = Lua { name: peer.clone(), words: peer.split_whitespace().map(str::to_string).collect() };
        if lua.is_installed() { luas.push(lua) } else { println!("{peer} is not installed: left out") }
    }
    let luas = luas;

    println!(
        "\nCPU seconds, median of {} runs; then requiem's CPU time and peak memory to each peer's (- below what can be told)",
        options.runs
    );
    println!("{}", heading(&luas));
    let mut failures = Vec::new();
    let mut rows: Rows = Vec::new();
    for program in &programs {
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let row = side_by_side(&luas, program, options.runs, &mut failures)?;
        println!("{}", line(&name, &row));
        rows.push((name, row));
    }
    if luas.len() > 1 {
        println!("{}", geometric_means(&luas, &rows));
    }
    let starts = start(&luas, &mut failures)?;
    let builds = build_sessions(&luas)?;
    let pause = pause::measure(&release.join("requiem"), &Load::FULL)?;
    targets::print(&[
        Target::new("CPU time to lua5.4, geometric mean", 0.75, "", mean(&luas, &rows, REFERENCE, CPU)),
        Target::new("CPU time to lua5.4, worst program", 1.05, "", worst(&luas, &rows, REFERENCE, CPU)),
        Target::new("CPU time to luajit -joff, geometric mean", 0.95, "", mean(&luas, &rows, FAST, CPU)),
        Target::new(
            "peak memory to lua5.4, geometric mean of what can be told",
            1.1,
            "",
            mean(&luas, &rows, REFERENCE, PEAK),
        ),
        Target::new(
            "longest pause of the collector, 1 GiB live",
            pause_max(),
            " ms",
            Ok(pause.as_secs_f64() * 1e3),
        ),
        Target::new("start of an empty script to lua5.4", 1.0, "", mean(&luas, &starts, REFERENCE, WALL)),
        Target::new(
            "a million sessions built, CPU time to lua5.4",
            1.0,
            "",
            mean(&luas, &builds, REFERENCE, CPU),
        ),
        Target::new(
            "a million sessions built, peak memory to lua5.4",
            1.0,
            "",
            mean(&luas, &builds, REFERENCE, PEAK),
        ),
    ]);
    if failures.is_empty() {
        return Ok(());
    }
    for failure in &failures {
        println!("- {failure}");
    }
    let is_ours = failures.iter().any(|failure| failure.starts_with("requiem "));
    if is_ours { Err("requiem failed, see above".to_string()) } else { Ok(()) }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options { programs: root().join(KERNELS), peers: Vec::new(), runs: 3 };
    let mut words = arguments.iter();
    while let (Some(name), value) = (words.next(), words.next()) {
        let value = value.ok_or(USAGE)?;
        match name.as_str() {
            "--programs" => options.programs = root().join(value),
            "--peer" => options.peers.push(value.clone()),
            "--runs" => options.runs = value.parse().ok().filter(|runs| *runs > 0).ok_or(USAGE)?,
            _ => return Err(USAGE.to_string()),
        }
    }
    if options.peers.is_empty() {
        options.peers = PEERS.map(str::to_string).to_vec();
    }
    Ok(options)
}

/// The Lua files of a folder, by name.
/// The Lua programs of a folder, by name; an error when there is none.
pub fn programs(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut programs: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    programs.sort();
    if programs.is_empty() { Err(format!("no programs in {}", folder.display())) } else { Ok(programs) }
}

impl Lua {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).current_dir(root());
        command
    }

    fn is_installed(&self) -> bool {
        let Some(program) = self.words.first() else { return false };
        let asked = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok()
    }
}

/// Runs a program under each Lua in turn; what goes wrong is added to `failures`.
fn side_by_side(
    luas: &[Lua],
    program: &Path,
    runs: usize,
    failures: &mut Vec<String>,
) -> Result<Row, String> {
    let mut taken: Vec<Vec<Run>> = luas.iter().map(|_| Vec::new()).collect();
    let mut is_out = vec![false; luas.len()];
    for _ in 0..runs {
        for (index, lua) in luas.iter().enumerate() {
            if is_out[index] {
                continue;
            }
            let run = measure(lua.command().arg(program))?;
            let complaint = if !run.status.success() {
                Some(format!("ended with {}: {}", run.status, run.stderr.lines().next().unwrap_or("")))
            } else if let Some(first) = taken[0].first().filter(|first| first.stdout != run.stdout) {
                Some(format!("printed {:?}, requiem {:?}", run.stdout.trim_end(), first.stdout.trim_end()))
            } else {
                None
            };
            if let Some(complaint) = complaint {
                is_out[index] = true;
                failures.push(format!("{} {}: {complaint}", lua.name, program.display()));
            }
            taken[index].push(run);
        }
    }
    let figures = taken.iter().zip(is_out).map(|(runs, is_out)| {
        let of = |figure: fn(&Run) -> f64| median(runs.iter().map(figure));
        (!is_out).then(|| Figures {
            cpu_seconds: of(|run| run.cpu.as_secs_f64()),
            wall_seconds: of(|run| run.wall.as_secs_f64()),
            peak_bytes: runs
                .iter()
                .map(|run| run.peak_bytes)
                .collect::<Option<Vec<u64>>>()
                .map(|peaks| median(peaks.into_iter().map(|peak| peak as f64))),
        })
    });
    Ok(figures.collect())
}

fn heading(luas: &[Lua]) -> String {
    let names = |luas: &[Lua]| luas.iter().map(|lua| format!("{:>14}", lua.name)).collect::<String>();
    let peers = names(&luas[1..]);
    format!("{:<14}{} |{peers} |{peers}", "", names(luas))
}

fn line(name: &str, row: &[Option<Figures>]) -> String {
    let seconds = row.iter().map(|figures| cell(figures.map(|figures| figures.cpu_seconds), 3));
    let ratios =
        |figure: Figure| (1..row.len()).map(|peer| cell(ratio(row, peer, figure), 2)).collect::<String>();
    format!("{name:<14}{} |{} |{}", seconds.collect::<String>(), ratios(CPU), ratios(PEAK))
}

fn cell(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| format!("{:>14}", "-"), |figure| format!("{figure:>14.digits$}"))
}

fn ratio(row: &[Option<Figures>], peer: usize, figure: Figure) -> Option<f64> {
    Some(figure(row[0].as_ref()?)? / figure(row[peer].as_ref()?)?)
}

fn geometric_means(luas: &[Lua], rows: &Rows) -> String {
    let means = |figure: Figure| {
        luas[1..].iter().map(|lua| cell(mean(luas, rows, &lua.name, figure).ok(), 2)).collect::<String>()
    };
    let blank = " ".repeat(14 * luas.len());
    format!("{:<14}{blank} |{} |{}", "geometric mean", means(CPU), means(PEAK))
}

/// The ratios of all programs that both ran.
fn ratios(luas: &[Lua], rows: &Rows, peer: &str, figure: Figure) -> Result<Vec<f64>, String> {
    let position = luas.iter().position(|lua| lua.name == peer);
    let position = position.ok_or_else(|| format!("{peer} is not among the peers"))?;
    let ratios: Vec<f64> = rows.iter().filter_map(|(_, row)| ratio(row, position, figure)).collect();
    if ratios.is_empty() { Err(format!("{peer} did not run it")) } else { Ok(ratios) }
}

fn mean(luas: &[Lua], rows: &Rows, peer: &str, figure: Figure) -> Result<f64, String> {
    let ratios = ratios(luas, rows, peer, figure)?;
    Ok((ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp())
}

fn worst(luas: &[Lua], rows: &Rows, peer: &str, figure: Figure) -> Result<f64, String> {
    Ok(ratios(luas, rows, peer, figure)?.into_iter().fold(0.0, f64::max))
}

fn pause_max() -> f64 {
    pause::LONGEST_MAX.as_secs_f64() * 1e3
}

/// How long each takes to run nothing.
fn start(luas: &[Lua], failures: &mut Vec<String>) -> Result<Rows, String> {
    let folder = target_folder().join("bench");
    let script = folder.join("empty.lua");
    let say = |error: std::io::Error| format!("{}: {error}", script.display());
    std::fs::create_dir_all(&folder).map_err(say)?;
    std::fs::write(&script, "").map_err(say)?;
    println!("\nStart of an empty script, median of {START_RUNS}: wall time");
    let row = side_by_side(luas, &script, START_RUNS, failures)?;
    for (lua, figures) in luas.iter().zip(&row) {
        let Some(figures) = figures else { continue };
        println!("{:<14}{:>8.2} ms", lua.name, figures.wall_seconds * 1e3);
    }
    Ok(vec![("start".to_string(), row)])
}

/// How long each takes to build a million sessions, as the program itself tells before it dies.
fn build_sessions(luas: &[Lua]) -> Result<Rows, String> {
    let mut told: Vec<Vec<sessions::Build>> = luas.iter().map(|_| Vec::new()).collect();
    for _ in 0..BUILD_RUNS {
        for (lua, told) in luas.iter().zip(&mut told) {
            told.extend(sessions::build(&mut lua.command())?);
        }
    }
    println!("\nA million sessions built, median of {BUILD_RUNS}: CPU time, peak memory");
    let row: Row = luas
        .iter()
        .zip(told)
        .map(|(lua, builds)| {
            if builds.is_empty() {
                println!("{:<14}did not do it", lua.name);
                return None;
            }
            let seconds = median(builds.iter().map(|build| build.seconds));
            let peak_bytes = median(builds.iter().map(|build| build.peak_bytes as f64));
            println!("{:<14}{seconds:>8.2} s {:>8.0} MiB", lua.name, peak_bytes / f64::from(1 << 20));
            Some(Figures { cpu_seconds: seconds, wall_seconds: seconds, peak_bytes: Some(peak_bytes) })
        })
        .collect();
    Ok(vec![("sessions".to_string(), row)])
}
