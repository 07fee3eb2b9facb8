//! The counters of all workers, added up and written as sorted cells.

use super::calendar::Calendar;
use super::cells::{Counters, LAGS};
use super::keys::Keys;
use crate::history::cell::{Cell, Outcome};

/// A month has at most so many days, and as many ages.
const AGES: usize = 32;

/// All counts as sorted cells without zeros; no lead entered before `first_day`.
pub(super) fn write(mut workers: Vec<Counters<'_>>, first_day: i32) -> Vec<(Cell, u64)> {
    let mut keys = Keys::default();
    for worker in &mut workers {
        keys.add(core::mem::take(&mut worker.rare));
    }
    let rare: Vec<_> = keys.finish().collect();
    let segments = workers.first().map_or(0, Counters::segments);
    let (mut cells, mut counted) = (Vec::new(), Vec::new());
    let mut rest = rare.as_slice();
    for segment in 0..segments {
        let (own, further) = rest.split_at(rest.partition_point(|(cell, _)| cell.segment as usize <= segment));
        rest = further;
        if own.is_empty() {
            write_segment(&workers, segment, first_day, &mut cells);
        } else {
            write_segment(&workers, segment, first_day, &mut counted);
            merge(&counted, own, &mut cells);
            counted.clear();
        }
    }
    // Segments without counters come after all others.
    cells.extend_from_slice(rest);
    cells
}

/// Appends the cells of both, each in order, those in both with the sum of their counts.
fn merge(counted: &[(Cell, u64)], rare: &[(Cell, u64)], cells: &mut Vec<(Cell, u64)>) {
    let mut rest = counted;
    for (cell, leads) in rare {
        let (before, further) = rest.split_at(rest.partition_point(|(counted, _)| counted < cell));
        cells.extend_from_slice(before);
        rest = further;
        match rest.split_first() {
            Some(((counted, more), further)) if counted == cell => {
                cells.push((*cell, leads + more));
                rest = further;
            }
            _ => cells.push((*cell, *leads)),
        }
    }
    cells.extend_from_slice(rest);
}

/// Appends the cells of a segment, in order.
fn write_segment(workers: &[Counters<'_>], segment: usize, first_day: i32, cells: &mut Vec<(Cell, u64)>) {
    let Some(Counters { calendar, steps, months, .. }) = workers.first() else { return };
    for step in 0..*steps {
        let slot = 2 * (segment * steps + step);
        // On the whole way also those who never left the first stage.
        let stuck = (step > 0 && step == steps - 1).then_some(2 * segment * steps);
        for back in (0..(calendar.back(first_day) + 1).min(*months)).rev() {
            let cell = Cell {
                segment: u32::try_from(segment).unwrap_or(u32::MAX),
                step: u8::try_from(step).unwrap_or(u8::MAX),
                month: Calendar::month(calendar.ordinal(first_age(calendar, back))),
                outcome: Outcome::Converted,
                days: 0,
            };
            write_month(workers, (slot, stuck), back, cell, cells);
        }
    }
}

fn first_age(calendar: &Calendar, back: usize) -> u32 {
    u32::try_from(calendar.age(back)).unwrap_or(u32::MAX)
}

/// Appends the cells of a step's month; what did not convert in the slot `stuck` is added.
fn write_month(
    workers: &[Counters<'_>],
    (slot, stuck): (usize, Option<usize>),
    back: usize,
    cell: Cell,
    cells: &mut Vec<(Cell, u64)>,
) {
    let Some(calendar) = workers.first().map(|worker| worker.calendar) else { return };
    let ages = calendar.age(back)..calendar.age(back + 1);
    for outcome in [Outcome::Converted, Outcome::Lost, Outcome::LostByAge, Outcome::Open] {
        // The second slot of a step is for losses by lag and for open leads.
        let second = usize::from(matches!(outcome, Outcome::Lost | Outcome::Open));
        let stuck = stuck.filter(|_| outcome != Outcome::Converted);
        let slots = [Some(slot), stuck].into_iter().flatten().map(|slot| slot + second);
        let sources = slots.flat_map(|slot| workers.iter().map(move |worker| (worker, slot)));
        let cell = Cell { outcome, ..cell };
        if matches!(outcome, Outcome::Converted | Outcome::Lost) {
            let mut sums = [0; LAGS];
            sources.for_each(|(worker, slot)| worker.add_lags(back, slot, &mut sums));
            append(&sums, cell, cells);
        } else {
            let mut sums = [0; AGES];
            sources.for_each(|(worker, slot)| worker.add_ages(ages.clone(), slot, &mut sums));
            append(&sums, Cell { days: first_age(calendar, back), ..cell }, cells);
        }
    }
}

/// Appends a cell for each count that is not zero; the first count is that of the cell's days.
fn append(counts: &[u32], cell: Cell, cells: &mut Vec<(Cell, u64)>) {
    for (eight, start) in counts.as_chunks::<8>().0.iter().zip((cell.days..).step_by(8)) {
        if *eight == [0; 8] {
            continue;
        }
        for (leads, days) in eight.iter().zip(start..) {
            if *leads > 0 {
                cells.push((Cell { days, ..cell }, u64::from(*leads)));
            }
        }
    }
}
