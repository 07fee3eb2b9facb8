//! From the columns to the tally, over 20 channels, beside group-bys and Kaplan–Meier.

use std::path::Path;

use backcast::History;
use backcast::history::Outcome;
use backcast_benches::clock::{Table, best_of};
use backcast_benches::world::{World, write_i32};
use backcast_benches::{Result, peers};

pub(crate) fn tables() -> Result<()> {
    table(1_000_000, 20)?;
    table(10_000_000, 10)
}

fn table(leads: usize, runs: usize) -> Result<()> {
    let mut table = Table::new(format!(
        "{leads} leads × 3 steps × 20 channels. Tally: segment × step (whole way too) × month × outcome × days, losses by age too, first days"
    ));
    let world = World::of(leads, 20);
    let columns = world.table()?;
    let expected = History::read_with(&columns, 2)?;
    if History::read_with(&columns, 1)? != expected {
        return Err("one thread and two differ".into());
    }
    let folder = peers::target().join(format!("bench-data/{leads}"));
    world.write(&folder)?;
    write_cells(&folder.join("expected.bin"), &expected)?;
    table.row("backcast, 2 threads: tally", best_of(runs, || History::read_with(&columns, 2)), None);
    table.row("backcast, 1 thread: tally", best_of(runs, || History::read_with(&columns, 1)), None);
    {
        let ordered = world.in_order();
        let columns = ordered.table()?;
        if History::read_with(&columns, 2)? != expected {
            return Err("the order of the leads makes a difference".into());
        }
        let seconds = best_of(runs, || History::read_with(&columns, 2));
        table.row("backcast, 2 threads, oldest lead first: tally", seconds, None);
    }
    let scan = || world.days.iter().map(|column| column.iter().fold(0, |sum: i32, day| sum.wrapping_add(*day))).max();
    let segments = || world.segments.iter().fold(0, |sum: u32, segment| sum.wrapping_add(*segment));
    let seconds = best_of(runs, || (scan(), segments()));
    table.row("bare scan, 1 thread: the sum of each of the same columns", seconds, None);
    drop(columns);
    drop(world);
    let said = peers::ask("tally.py", &[&folder.display().to_string(), &(runs / 2).to_string()])?;
    peers::show(&mut table, None, said)?;
    table.print();
    Ok(())
}

/// What the peers must find: segment, step, outcome, months since year 0, days, leads.
fn write_cells(path: &Path, history: &History) -> Result<()> {
    let mut numbers = Vec::new();
    for count in history.tally().counts() {
        let outcome = match count.outcome {
            Outcome::Converted => 0,
            Outcome::Lost => 1,
            Outcome::Open => 2,
            Outcome::LostByAge => 3,
            Outcome::Delayed => return Err("no lead of these came under observation late".into()),
            Outcome::Undated => return Err("no day of these was filled in".into()),
        };
        let (year, month, _) = count.month.period().start().ymd();
        numbers.extend([i32::try_from(count.segment)?, i32::try_from(count.step)?, outcome]);
        numbers.extend([
            year * 12 + i32::try_from(month)? - 1,
            i32::try_from(count.days)?,
            i32::try_from(count.leads)?,
        ]);
    }
    write_i32(path, numbers.into_iter())
}
