//! `make calibrate`: how often intervals cover and plans reach their target, in worlds whose truth is known.

use backcast_benches::Result;
use backcast_benches::calibrate::{Study, replace_figures, report, scenarios};

/// One repetition in so many plans with what is in flight.
const IN_FLIGHT: usize = 10;

/// `calibrate REPETITIONS SEED [PAGE]`: prints the tables, and writes them into the page.
fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (repetitions, seed, page) = match arguments.as_slice() {
        [repetitions, seed] => (repetitions.parse()?, seed.parse()?, None),
        [repetitions, seed, page] => (repetitions.parse()?, seed.parse()?, Some(page)),
        _ => return Err("calibrate REPETITIONS SEED [PAGE]".into()),
    };
    if repetitions == 0 {
        return Err("REPETITIONS must be at least 1".into());
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let study =
        Study { repetitions, in_money: repetitions, in_flight: repetitions / IN_FLIGHT, seed, draws: 5_000, threads };
    let figures = report(&study, &study.run(scenarios())?);
    println!("{figures}");
    if let Some(page) = page {
        let text = std::fs::read_to_string(page)?;
        std::fs::write(page, replace_figures(&text, &figures)?)?;
    }
    Ok(())
}
