//! Times and the one table that shows them.

use std::hint::black_box;
use std::time::Instant;

/// Seconds of the fastest of `runs` runs: on a machine that others use too, the slower ones time the others.
pub fn best_of<R>(runs: usize, mut work: impl FnMut() -> R) -> f64 {
    let time = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64()
    };
    (0..runs).map(time).fold(f64::INFINITY, f64::min)
}

/// Jobs and their times, in groups; the first of a group is what the others are compared with.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<(String, f64, f64)>,
    reference: Option<f64>,
}

impl Table {
    /// Starts a group.
    pub fn group(&mut self, name: &str) {
        self.reference = None;
        self.rows.push((name.to_owned(), f64::NAN, f64::NAN));
    }

    /// Adds a job of the group.
    pub fn row(&mut self, name: &str, seconds: f64) {
        let reference = *self.reference.get_or_insert(seconds);
        eprintln!("  {name}: {seconds:.4} s");
        self.rows.push((name.to_owned(), seconds, seconds / reference));
    }

    /// Prints all groups as one table.
    pub fn print(&self) {
        println!("| job | best time | times the first |\n|---|---:|---:|");
        for (name, seconds, ratio) in &self.rows {
            if seconds.is_nan() {
                println!("| **{name}** | | |");
            } else {
                println!("| {name} | {:.3} ms | {ratio:.2} × |", seconds * 1e3);
            }
        }
    }
}
