//! The counters of one worker: one array where counts are many, keys for what is rare, sorted cells at the end.

use core::ops::Range;

use super::calendar::{Calendar, Place};
use super::keys::{Cell, Keys};
use super::threads;
use crate::history::deals::sum_equal;
use crate::history::tally::Outcome;

/// Counters are narrow, so that more of them stay near the processor; one that is full passes so many on to the keys.
type Counter = u16;
const FULL: u64 = 1 << Counter::BITS;

/// Lags from this many days on are rare.
const LAGS: usize = 512;
/// A month has at most so many days, and as many ages.
const AGES: usize = 32;
/// The counters of one month: converted and lost by lag, lost and open by age, in the order of the cells.
const PAGE: usize = 2 * LAGS + 2 * AGES;
/// Counters of one worker at most (128 MiB, of which the system provides what is touched).
const COUNTERS: usize = 1 << 26;

/// Where the counters of an outcome begin in a month's page.
const fn offset(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Converted => 0,
        Outcome::Lost => LAGS,
        Outcome::LostByAge => 2 * LAGS,
        Outcome::Open | Outcome::Delayed => 2 * LAGS + AGES,
    }
}

/// Counts leads by cell: pages of a month, by segment, step and months back; what has no page is kept by key. Leads that
/// never left the first stage are counted in the first step only: they are the same on the whole way, where
/// [`Counters::finish`] adds them.
#[derive(Debug)]
pub(super) struct Counters<'a> {
    calendar: &'a Calendar,
    /// Places of the ages that have pages.
    ages: &'a [Place],
    steps: usize,
    /// Months per step.
    months: usize,
    counts: Vec<Counter>,
    rare: Keys,
}

impl<'a> Counters<'a> {
    pub(super) fn new(calendar: &'a Calendar, segments: usize, steps: usize) -> Self {
        let pages = segments.saturating_mul(steps).max(1);
        // As many months as there is room for, so long as every segment has some; else as many segments.
        let months =
            [128, 64, 32].into_iter().find(|months| pages.saturating_mul(months * PAGE) <= COUNTERS).unwrap_or(32);
        let places = pages.min(COUNTERS / (months * PAGE) / steps * steps);
        let ages = calendar.places().get(..calendar.age(months)).unwrap_or_default();
        let counts = vec![0; places * months * PAGE];
        Self { calendar, ages, steps, months, counts, rare: Keys::default() }
    }

    /// Where the counters of a segment's first step begin; [`Counters::step`] further on are those of the next.
    pub(super) fn segment(&self, segment: u32) -> usize {
        segment as usize * self.steps * self.step()
    }

    /// Counters of one step.
    #[inline]
    pub(super) fn step(&self) -> usize {
        self.months * PAGE
    }

    /// Counts a lead that converted or was lost: by its lag.
    #[inline]
    pub(super) fn by_lag(&mut self, start: usize, outcome: Outcome, age: usize, lag: usize) {
        if lag < LAGS
            && let Some(place) = self.ages.get(age)
            && let Some(count) = self.counts.get_mut(start + usize::from(place.back) * PAGE + offset(outcome) + lag)
        {
            *count = count.wrapping_add(1);
            if *count != 0 {
                return;
            }
            return self.by_key(start, outcome, (age, lag), FULL);
        }
        self.by_key(start, outcome, (age, lag), 1);
    }

    /// Counts a lead that is open or was lost: by its age.
    #[inline]
    pub(super) fn by_age(&mut self, start: usize, outcome: Outcome, age: usize) {
        if let Some(place) = self.ages.get(age)
            && let slot = usize::from(place.back) * PAGE + offset(outcome) + usize::from(place.within)
            && let Some(count) = self.counts.get_mut(start + slot)
        {
            *count = count.wrapping_add(1);
            if *count != 0 {
                return;
            }
            return self.by_key(start, outcome, (age, age), FULL);
        }
        self.by_key(start, outcome, (age, age), 1);
    }

    /// Counts leads by their cell, given by age and days, where there is no counter for it or that is full.
    #[cold]
    #[inline(never)]
    pub(super) fn by_key(&mut self, start: usize, outcome: Outcome, days: (usize, usize), leads: u64) {
        let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        let number = start / self.step();
        let (segment, step) = (whole(number / self.steps), number % self.steps);
        let days = (whole(days.0), whole(days.1));
        let stuck = matches!(outcome, Outcome::Open | Outcome::Lost | Outcome::LostByAge);
        let twice = step == 0 && self.steps > 1 && stuck;
        for step in [Some(step), twice.then_some(self.steps - 1)].into_iter().flatten() {
            self.rare.push(self.calendar, (segment, small(step)), outcome, days, leads);
        }
    }

    /// The counters of a step's months from that of `as_of` back to the one of the first day.
    fn used(&self, start: usize, first_day: i32) -> Range<usize> {
        start..start + (self.calendar.back(first_day) + 1).min(self.months) * PAGE
    }

    /// Takes in the counts of another worker; no lead entered before `first_day`.
    pub(super) fn add(&mut self, other: Self, first_day: i32) {
        let mut full = Vec::new();
        for start in (0..self.counts.len()).step_by(self.step()) {
            let used = self.used(start, first_day);
            let (ours, theirs) = (self.counts.get_mut(used.clone()), other.counts.get(used));
            for ((ours, theirs), slot) in ours.into_iter().flatten().zip(theirs.into_iter().flatten()).zip(0..) {
                *ours = ours.wrapping_add(*theirs);
                if *ours < *theirs {
                    full.push((start, slot));
                }
            }
        }
        for (start, slot) in full {
            let (outcome, age, days) = self.cell_of(slot);
            self.by_key(start, outcome, (age, days), FULL);
        }
        self.rare.add(other.rare);
    }

    /// The outcome, age and days that a counter of a step stands for.
    fn cell_of(&self, slot: usize) -> (Outcome, usize, usize) {
        let (age, within) = (self.calendar.age(slot / PAGE), slot % PAGE);
        let known = Outcome::ALL.into_iter().filter(|outcome| offset(*outcome) <= within).take(4);
        match known.last() {
            Some(outcome @ (Outcome::Converted | Outcome::Lost)) => (outcome, age, within - offset(outcome)),
            Some(outcome @ Outcome::LostByAge) => {
                (outcome, age + within - offset(outcome), age + within - offset(outcome))
            }
            _ => (Outcome::Open, age + within - offset(Outcome::Open), age + within - offset(Outcome::Open)),
        }
    }

    /// All counts as sorted cells without zeros; no lead entered before `first_day`.
    pub(super) fn finish(mut self, threads: usize, first_day: i32) -> Vec<(Cell, u64)> {
        let rare: Vec<_> = core::mem::take(&mut self.rare).finish().collect();
        let segments = self.counts.len() / (self.steps * self.step());
        let group = segments.div_ceil(threads).max(1);
        let groups: Vec<_> = (0..segments).step_by(group).map(|start| start..segments.min(start + group)).collect();
        let write = |segments: &Range<usize>| {
            let (mut cells, mut own) = (Vec::new(), Vec::new());
            for segment in segments.clone() {
                self.write(segment, first_day, &mut own);
                let number = |cell: &Cell| cell.segment as usize;
                let start = rare.partition_point(|(cell, _)| number(cell) < segment);
                let end = rare.partition_point(|(cell, _)| number(cell) <= segment);
                if start < end {
                    own.extend_from_slice(rare.get(start..end).unwrap_or_default());
                    sum_equal(&mut own);
                }
                cells.append(&mut own);
            }
            (segments.start, cells)
        };
        let written = threads::share(threads, &groups, |groups| groups.map(write).collect::<Vec<_>>());
        let mut written: Vec<_> = written.into_iter().flatten().collect();
        written.sort_unstable_by_key(|(start, _)| *start);
        let mut written = written.into_iter().map(|(_, cells)| cells);
        let mut cells = written.next().unwrap_or_default();
        for mut further in written {
            cells.append(&mut further);
        }
        // Segments without pages come after all others.
        let start = rare.partition_point(|(cell, _)| (cell.segment as usize) < segments);
        cells.extend_from_slice(rare.get(start..).unwrap_or_default());
        cells
    }

    /// Appends the cells of a segment, in order.
    fn write(&self, segment: usize, first_day: i32, cells: &mut Vec<(Cell, u64)>) {
        let first = segment * self.steps * self.step();
        let pages = |start: usize| {
            let counts = self.counts.get(self.used(start, first_day)).unwrap_or_default();
            counts.as_chunks::<PAGE>().0.iter().enumerate().rev()
        };
        for step in 0..self.steps {
            let whole = step > 0 && step == self.steps - 1;
            for ((back, page), (_, stuck)) in pages(first + step * self.step()).zip(pages(first)) {
                let age = u32::try_from(self.calendar.age(back)).unwrap_or(u32::MAX);
                let cell = Cell {
                    segment: u32::try_from(segment).unwrap_or(u32::MAX),
                    step: u8::try_from(step).unwrap_or(u8::MAX),
                    month: Calendar::month(self.calendar.ordinal(age)),
                    outcome: Outcome::Converted,
                    days: 0,
                };
                write_page(page, whole.then_some(stuck), age, cell, cells);
            }
        }
    }
}

/// Appends the cells of a month; what did not convert in `stuck` is added.
fn write_page(
    page: &[Counter; PAGE],
    stuck: Option<&[Counter; PAGE]>,
    age: u32,
    cell: Cell,
    cells: &mut Vec<(Cell, u64)>,
) {
    for outcome in [Outcome::Converted, Outcome::Lost, Outcome::LostByAge, Outcome::Open] {
        let by_lag = matches!(outcome, Outcome::Converted | Outcome::Lost);
        let (length, first) = if by_lag { (LAGS, 0) } else { (AGES, age) };
        let of_outcome = |page| counters(page, outcome, length);
        let stuck = stuck.filter(|_| outcome != Outcome::Converted).map(of_outcome).unwrap_or_default();
        let more = stuck.iter().chain(core::iter::repeat(&[0; 8]));
        for ((counts, more), start) in of_outcome(page).iter().zip(more).zip((first..).step_by(8)) {
            if *counts == [0; 8] && *more == [0; 8] {
                continue;
            }
            for ((count, more), days) in counts.iter().zip(more).zip(start..) {
                let leads = u64::from(*count) + u64::from(*more);
                if leads > 0 {
                    cells.push((Cell { outcome, days, ..cell }, leads));
                }
            }
        }
    }
}

/// The counters of an outcome in a month's page, by eights.
fn counters(page: &[Counter; PAGE], outcome: Outcome, length: usize) -> &[[Counter; 8]] {
    page.get(offset(outcome)..offset(outcome) + length).unwrap_or_default().as_chunks().0
}
