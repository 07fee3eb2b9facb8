//! `make bench`: the tally beside group-bys and Kaplan–Meier, rates from a tally, and the required volume beside simulation.

use std::path::Path;

use backcast::{Conversion, Funnel, Goal, History, Outcome, Rates};
use backcast_benches::clock::{Table, best_of};
use backcast_benches::world::{World, write_i32};
use backcast_benches::{Result, peers};

fn main() -> Result<()> {
    peers::install()?;
    let mut table = Table::default();
    for (leads, runs) in [(1_000_000, 20), (10_000_000, 10)] {
        tally(leads, runs, &mut table)?;
    }
    rates(&mut table)?;
    needed(&mut table)?;
    table.print();
    Ok(())
}

/// From the columns to the tally, over 20 channels.
fn tally(leads: usize, runs: usize, table: &mut Table) -> Result<()> {
    table.group(&format!(
        "{leads} leads × 3 steps × 20 channels. Tally: segment × step (whole way too) × month × outcome × days, losses by age too, first days"
    ));
    let world = World::of(leads, 20);
    let columns = world.table()?;
    let (one, two) = (History::read_with(&columns, 1)?, History::read_with(&columns, 2)?);
    assert_eq!(one, two);
    let folder = peers::target().join(format!("bench-data/{leads}"));
    world.write(&folder)?;
    write_cells(&folder.join("expected.bin"), &two)?;
    table.row("backcast, 2 threads: tally", best_of(runs, || History::read_with(&columns, 2)));
    table.row("backcast, 1 thread: tally", best_of(runs, || History::read_with(&columns, 1)));
    {
        let ordered = world.in_order();
        let columns = ordered.table()?;
        assert_eq!(History::read_with(&columns, 2)?, two);
        table.row("backcast, 2 threads, oldest lead first: tally", best_of(runs, || History::read_with(&columns, 2)));
    }
    let scan = || world.days.iter().map(|column| column.iter().fold(0, |sum: i32, day| sum.wrapping_add(*day))).max();
    let segments = || world.segments.iter().fold(0, |sum: u32, segment| sum.wrapping_add(*segment));
    table.row("bare scan, 1 thread: the sum of each of the same columns", best_of(runs, || (scan(), segments())));
    drop(columns);
    let folder = folder.display().to_string();
    for (name, seconds) in peers::ask("tally.py", &[folder, (runs / 2).to_string()])? {
        table.row(&name, seconds);
    }
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

/// From a tally to the rates of 500 segments.
fn rates(table: &mut Table) -> Result<()> {
    table.group("rates: 500 segments × 3 steps, from the tally of 1000000 leads");
    let world = World::of(1_000_000, 500);
    let history = History::read(&world.table()?)?;
    let rates = Rates::learn(history.tally(), None)?;
    assert_eq!(rates.table().len(), 501 * 4);
    table.row("Rates::learn", best_of(5, || Rates::learn(history.tally(), None)));
    Ok(())
}

/// The leads needed for 50 customers in 80 % of cases.
fn needed(table: &mut Table) -> Result<()> {
    for (name, steps) in [
        ("one learned step", [(20, 1000)].as_slice()),
        ("three learned steps", [(300, 1000), (120, 300), (30, 120)].as_slice()),
    ] {
        table.group(&format!("leads needed: {name}"));
        let stages = ["lead", "mql", "sql"].iter().take(steps.len()).chain(["customer"].iter());
        let learned = steps.iter().map(|(converted, entered)| Conversion::learned(*converted, *entered));
        let rates = Rates::new(Funnel::new(stages.copied())?, learned.collect::<backcast::Result<_>>()?)?;
        let goal = Goal::customers(50)?.at(0.8)?;
        let needed = goal.plan(&rates)?.stage("lead")?.needed.ok_or("no number of leads is enough")?;
        let arguments = steps.iter().flat_map(|(converted, entered)| [converted.to_string(), entered.to_string()]);
        let said = peers::ask("needed.py", &arguments.collect::<Vec<_>>())?;
        let [(_, simulated), (peer, seconds)] = said.as_slice() else { return Err("needed.py says two lines".into()) };
        assert!((simulated / needed as f64 - 1.0).abs() < 0.02, "{name}: {needed}, simulated {simulated}");
        table.row("Goal::plan", best_of(50, || goal.plan(&rates)));
        table.row(peer, *seconds);
    }
    Ok(())
}
