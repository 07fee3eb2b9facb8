//! `make bench`: what must be fast beside its peers, one table per question; `make bench PART="outlook mix"` only those parts.
//! Answers are compared before anything is timed. A part that fails is named at the end, and the others go on.

mod mix;
mod needed;
mod outlook;
mod rates;
mod tally;
mod web;

use backcast_benches::{Result, peers};

/// A part's name and what it does; each prints its tables as soon as it has them.
type Part = (&'static str, fn() -> Result<()>);

const PARTS: [Part; 6] = [
    ("outlook", outlook::tables),
    ("needed", needed::tables),
    ("mix", mix::tables),
    ("web", web::tables),
    ("rates", rates::table),
    ("tally", tally::tables),
];

fn main() -> Result<()> {
    // Cargo adds flags of its own.
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let Some(unknown) = asked.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        return Err(format!("no part `{unknown}`; there are {:?}", PARTS.map(|(name, _)| name)).into());
    }
    if let Err(error) = peers::install() {
        eprintln!("the peers in Python cannot be installed here, so nothing is compared with them: {error}");
    }
    let mut failed = Vec::new();
    for (name, tables) in PARTS.iter().filter(|(name, _)| asked.is_empty() || asked.iter().any(|part| part == name)) {
        if let Err(error) = tables() {
            eprintln!("{name}: {error}");
            failed.push(*name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}
