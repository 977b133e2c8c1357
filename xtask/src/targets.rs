//! The figures that the project holds itself to, each beside its target.
//!
//! Invariant: a figure that could not be taken is said to be missing, and why.
//! Not here: how they are taken (`bench.rs`, `pause.rs`).

/// A figure and its target.
pub struct Target {
    what: &'static str,
    most: f64,
    unit: &'static str,
    measured: Result<f64, String>,
}

impl Target {
    /// `measured` is to be at most `most`.
    pub fn new(what: &'static str, most: f64, unit: &'static str, measured: Result<f64, String>) -> Target {
        Target { what, most, unit, measured }
    }

    fn line(&self) -> String {
        let Target { what, most, unit, measured } = self;
        match measured {
            Ok(figure) => {
                let verdict = if figure <= most { "met" } else { "missed" };
                format!("{what:<52}{figure:>8.2}{unit:<3} at most {most:.2}{unit:<3} {verdict}")
            }
            Err(why) => format!("{what:<52}       -    at most {most:.2}{unit:<3} {why}"),
        }
    }
}

/// Prints them all.
pub fn print(targets: &[Target]) {
    println!("\nTargets; ratios are requiem's figure to the peer's");
    for target in targets {
        println!("{}", target.line());
    }
}
