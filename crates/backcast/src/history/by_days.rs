//! The counts of all segments together.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::threads;

/// The cells as if there were no segments: of each number of days the leads of all of them.
pub(super) fn without_segments(cells: &[(Cell, u64)]) -> Vec<(Cell, u64)> {
    let threads = threads::available(cells.len());
    let parts: Vec<&[(Cell, u64)]> = cells.chunks(cells.len().div_ceil(4 * threads).max(1)).collect();
    let mut by_days: BTreeMap<Cell, Vec<u64>> = BTreeMap::new();
    for part in threads::map(threads, &parts, |part| by_days_of(part)) {
        for (cell, leads) in part {
            add_by_days(by_days.entry(cell).or_default(), leads.into_iter());
        }
    }
    let of_run = |(cell, leads): (Cell, Vec<u64>)| {
        let counted = leads.into_iter().zip(0..).filter(|(leads, _)| *leads > 0);
        counted.map(move |(leads, days)| (Cell { days, ..cell }, leads))
    };
    by_days.into_iter().flat_map(of_run).collect()
}

/// Counts by days of all segments together.
fn by_days_of(cells: &[(Cell, u64)]) -> BTreeMap<Cell, Vec<u64>> {
    let mut by_days: BTreeMap<Cell, Vec<u64>> = BTreeMap::new();
    let alike = |cell: &Cell| Cell { segment: 0, days: 0, ..*cell };
    for run in cells.chunk_by(|a, b| alike(&a.0) == alike(&b.0) && a.0.segment == b.0.segment) {
        let Some(((first, _), (last, _))) = run.first().zip(run.last()) else { continue };
        let leads = by_days.entry(alike(first)).or_default();
        if leads.len() <= last.days as usize {
            leads.resize(last.days as usize + 1, 0);
        }
        for (cell, more) in run {
            leads.iter_mut().skip(cell.days as usize).take(1).for_each(|leads| *leads += more);
        }
    }
    by_days
}

fn add_by_days(sum: &mut Vec<u64>, more: impl ExactSizeIterator<Item = u64>) {
    sum.resize(sum.len().max(more.len()), 0);
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}
