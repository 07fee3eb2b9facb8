//! Times and the tables that show them.

use std::hint::black_box;
use std::time::Instant;

use crate::Result;

/// Seconds of the fastest of `runs` runs: on a machine that others use too, the slower ones time the others.
pub fn best_of<R>(runs: usize, mut work: impl FnMut() -> R) -> f64 {
    (0..runs).map(|_| seconds(&mut work)).fold(f64::INFINITY, f64::min)
}

/// Seconds of the fastest of as many runs as fit into so many seconds, three at least.
pub fn best_within<R>(allowed: f64, mut work: impl FnMut() -> R) -> f64 {
    let start = Instant::now();
    let mut best = best_of(3, &mut work);
    while start.elapsed().as_secs_f64() < allowed {
        best = best.min(seconds(&mut work));
    }
    best
}

fn seconds<R>(work: &mut impl FnMut() -> R) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

/// What a job found, and how far that may be off: one standard error where it is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// A probability, a number of leads, a cost.
    pub value: f64,
    /// 0 where it is exact or not stated.
    pub error: f64,
}

impl Found {
    /// An error unless both say the same, as far as four standard errors of the peer and our own error can tell.
    ///
    /// # Errors
    /// Where they differ.
    pub fn agrees(self, peer: Self, name: &str) -> Result<()> {
        if (self.value - peer.value).abs() <= self.error + 4.0 * peer.error {
            return Ok(());
        }
        Err(format!("we find {}, {name} {}", self.shown(), peer.shown()).into())
    }

    /// With as many digits as the error leaves.
    fn shown(self) -> String {
        let Self { value, error } = self;
        if error <= 0.0 {
            return if value < 1.0 { format!("{value:.6}") } else { format!("{value:.2}").replace(".00", "") };
        }
        // Two digits of the error.
        let digits = (0..12_u8).find(|digits| error * libm::exp10(f64::from(*digits)) >= 9.5).map_or(12, usize::from);
        format!("{value:.digits$} ± {error:.digits$}")
    }
}

/// The jobs of one question with what they found and their times; the first is what the others are compared with.
#[derive(Debug)]
pub struct Table {
    title: String,
    rows: Vec<(String, f64, Option<Found>)>,
}

impl Table {
    /// A table without rows.
    pub fn new(title: impl Into<String>) -> Self {
        let title = title.into();
        eprintln!("{title}");
        Self { title, rows: Vec::new() }
    }

    /// Adds a job.
    pub fn row(&mut self, name: &str, seconds: f64, found: Option<Found>) {
        eprintln!("  {name}: {seconds:.4} s");
        self.rows.push((name.to_owned(), seconds, found));
    }

    /// Prints it as Markdown.
    pub fn print(&self) {
        let answers = self.rows.iter().any(|(_, _, found)| found.is_some());
        println!("\n### {}\n", self.title);
        println!("| job |{} best time | times the first |", if answers { " finds |" } else { "" });
        println!("|---|{}---:|---:|", if answers { "---:|" } else { "" });
        let first = self.rows.first().map_or(f64::NAN, |(_, seconds, _)| *seconds);
        for (name, seconds, found) in &self.rows {
            let found = found.map_or_else(String::new, Found::shown);
            let found = if answers { format!(" {found} |") } else { String::new() };
            println!("| {name} |{found} {:.3} ms | {:.2} × |", seconds * 1e3, seconds / first);
        }
    }
}
