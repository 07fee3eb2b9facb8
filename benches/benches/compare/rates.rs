//! From a tally to the rates of 500 segments.

use backcast::{History, Rates};
use backcast_benches::Result;
use backcast_benches::clock::{Table, best_of};
use backcast_benches::world::World;

pub(crate) fn table() -> Result<()> {
    let mut table = Table::new("rates: 500 segments × 3 steps, from the tally of 1000000 leads");
    let world = World::of(1_000_000, 500);
    let history = History::read(&world.table()?)?;
    let rows = Rates::learn(history.tally(), None)?.table().len();
    // The whole way too, and all segments together.
    if rows != 501 * 4 {
        return Err(format!("{rows} rows of rates").into());
    }
    table.row("Rates::learn", best_of(5, || Rates::learn(history.tally(), None)), None);
    table.print();
    Ok(())
}
