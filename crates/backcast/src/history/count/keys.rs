//! Counts by key: what is too rare, or in too many segments, for an array.

use super::calendar::Calendar;
use crate::history::buckets::sum_equal;
use crate::history::cell::{Cell, Outcome};

/// Keys are sorted and added up when so many are waiting, or as many as there are already: the work per key and the
/// memory per different key are then bounded.
const WAITING: usize = 1 << 18;

/// Counts of cells; a cell is one number, which sorts as the cell does.
#[derive(Debug, Default)]
pub(super) struct Keys {
    waiting: Vec<(u128, u64)>,
    counted: Vec<(u128, u64)>,
}

impl Keys {
    /// Counts leads of a segment and step, that entered `days.0` days before `as_of`, at `days.1` days.
    pub(super) fn push(
        &mut self,
        calendar: &Calendar,
        (segment, step): (u32, u8),
        outcome: Outcome,
        days: (u32, u32),
        leads: u64,
    ) {
        let key = u128::from(segment) << 96 | u128::from(step) << 88 | u128::from(calendar.ordinal(days.0)) << 40;
        let key = key | u128::from(outcome as u8) << 32 | u128::from(days.1);
        self.waiting.push((key, leads));
        if self.waiting.len() >= WAITING.max(self.counted.len()) {
            self.add_up();
        }
    }

    pub(super) fn add(&mut self, mut other: Self) {
        other.add_up();
        self.add_up();
        self.counted.append(&mut other.counted);
        sum_equal(&mut self.counted);
    }

    fn add_up(&mut self) {
        sum_equal(&mut self.waiting);
        self.counted.append(&mut self.waiting);
        sum_equal(&mut self.counted);
    }

    /// The cells and their counts, sorted.
    pub(super) fn finish(mut self) -> impl Iterator<Item = (Cell, u64)> {
        self.add_up();
        self.counted.into_iter().map(|(key, count)| (cell(key), count))
    }
}

fn cell(key: u128) -> Cell {
    let part = |from: u32, bits: u32| u32::try_from(key >> from & ((1 << bits) - 1)).unwrap_or(u32::MAX);
    Cell {
        segment: part(96, 32),
        step: u8::try_from(part(88, 8)).unwrap_or(u8::MAX),
        month: Calendar::month(part(40, 32)),
        outcome: Outcome::ALL.into_iter().nth(part(32, 8) as usize).unwrap_or(Outcome::Delayed),
        days: part(0, 32),
    }
}
