//! The counters of one worker: small arrays where counts are many, keys for what is rare, sorted cells at the end.

use core::ops::Range;

use super::calendar::Calendar;
use super::keys::{Cell, Keys};
use super::threads;
use crate::history::deals::sum_equal;
use crate::history::tally::Outcome;
use crate::quantity::Month;

/// Lags from this many days on are rare.
const LAGS: usize = 512;
/// Months before this many are rare.
const MONTHS: usize = 128;
/// All arrays together hold at most so many counters (64 MiB); what finds no room is kept by key.
const COUNTERS: usize = 1 << 25;
/// Places (a segment's steps) that have arrays at all.
const PLACES: usize = 1 << 18;

/// Counters are narrow, so that more of them stay near the processor; one that is full passes this many on to the keys.
type Counter = u16;
const FULL: u64 = 1 << Counter::BITS;

/// The arrays of one step of one segment; empty until they are needed.
#[derive(Clone, Debug, Default)]
struct Place {
    /// By months back, then by lag.
    converted: Vec<Counter>,
    lost: Vec<Counter>,
    /// By age.
    lost_by_age: Vec<Counter>,
    open: Vec<Counter>,
}

impl Place {
    #[inline]
    fn array(&mut self, outcome: Outcome) -> Option<&mut Vec<Counter>> {
        match outcome {
            Outcome::Converted => Some(&mut self.converted),
            Outcome::Lost => Some(&mut self.lost),
            Outcome::LostByAge => Some(&mut self.lost_by_age),
            Outcome::Open => Some(&mut self.open),
            Outcome::Delayed => None,
        }
    }

    /// Appends the cells of one month, in order; `stuck` are counts to add to those of what did not convert.
    fn write(&self, stuck: &Self, month: &(usize, Range<u32>, Month), place: (u32, u8), cells: &mut Vec<(Cell, u64)>) {
        let (back, ages, month) = month;
        let none = Vec::new();
        let lags = back * LAGS..(back + 1) * LAGS;
        let first = ages.start;
        let ages = ages.start as usize..ages.end as usize;
        for (outcome, counts, more, range, first) in [
            (Outcome::Converted, &self.converted, &none, &lags, 0),
            (Outcome::Lost, &self.lost, &stuck.lost, &lags, 0),
            (Outcome::LostByAge, &self.lost_by_age, &stuck.lost_by_age, &ages, first),
            (Outcome::Open, &self.open, &stuck.open, &ages, first),
        ] {
            let mut put = |(days, count): (u32, u64)| {
                if count > 0 {
                    cells.push((Cell { segment: place.0, step: place.1, month: *month, outcome, days }, count));
                }
            };
            let (counts, more) = (part(counts, range), part(more, range));
            let both = counts.iter().zip(more).map(|(count, more)| u64::from(*count) + u64::from(*more));
            (first..).zip(both).for_each(&mut put);
            let shorter = counts.len().min(more.len());
            for longer in [counts, more] {
                let further = longer.iter().map(|count| u64::from(*count));
                (first..).zip(further).skip(shorter).for_each(&mut put);
            }
        }
    }
}

/// As much of a range as there is.
fn part<'a>(counts: &'a [Counter], range: &Range<usize>) -> &'a [Counter] {
    counts.get(range.start..range.end.min(counts.len())).unwrap_or_default()
}

/// Counts leads by cell. Leads that never left the first stage are counted in the first step only: they are the same on
/// the whole way, where [`Counters::finish`] adds them.
#[derive(Debug)]
pub(super) struct Counters<'a> {
    calendar: &'a Calendar,
    steps: usize,
    /// By segment, then by step.
    places: Vec<Place>,
    counters: usize,
    rare: Keys,
}

impl<'a> Counters<'a> {
    pub(super) fn new(calendar: &'a Calendar, segments: usize, steps: usize) -> Self {
        let places = vec![Place::default(); segments.min(PLACES / steps.max(1)) * steps];
        Self { calendar, steps, places, counters: 0, rare: Keys::default() }
    }

    /// Counts a lead that converted or was lost: by its lag.
    #[inline]
    pub(super) fn by_lag(&mut self, place: usize, outcome: Outcome, age: usize, lag: usize) {
        match self.calendar.back(age) {
            Some(back) if lag < LAGS && back < MONTHS => {
                self.add_one(place, outcome, back * LAGS + lag, (age, lag), (back + 1).next_multiple_of(8) * LAGS);
            }
            _ => self.by_key(place, outcome, (age, lag), 1),
        }
    }

    /// Counts a lead that is open or was lost: by its age.
    #[inline]
    pub(super) fn by_age(&mut self, place: usize, outcome: Outcome, age: usize) {
        self.add_one(place, outcome, age, (age, age), (age + 1).next_power_of_two().max(256));
    }

    #[inline]
    fn add_one(&mut self, place: usize, outcome: Outcome, slot: usize, days: (usize, usize), room: usize) {
        if let Some(array) = self.places.get_mut(place).and_then(|place| place.array(outcome))
            && let Some(count) = array.get_mut(slot)
        {
            *count = count.wrapping_add(1);
            if *count == 0 {
                self.by_key(place, outcome, days, FULL);
            }
        } else {
            self.make_room(place, outcome, slot, days, room);
        }
    }

    /// Makes an array longer if that is allowed, and counts the lead there or by its key.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, place: usize, outcome: Outcome, slot: usize, days: (usize, usize), room: usize) {
        let (age, _) = days;
        let array = self.places.get_mut(place).and_then(|place| place.array(outcome));
        match array.filter(|array| self.counters + room - array.len() <= COUNTERS && self.calendar.back(age).is_some())
        {
            Some(array) => {
                self.counters += room - array.len();
                array.resize(room, 0);
                array.iter_mut().skip(slot).take(1).for_each(|count| *count += 1);
            }
            None => self.by_key(place, outcome, days, 1),
        }
    }

    /// Counts leads by their cell, given by age and days, where there is no room in the arrays or no array.
    #[cold]
    #[inline(never)]
    pub(super) fn by_key(&mut self, place: usize, outcome: Outcome, days: (usize, usize), leads: u64) {
        let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        let (segment, step) = (whole(place / self.steps), place % self.steps);
        let days = (whole(days.0), whole(days.1));
        let stuck = matches!(outcome, Outcome::Open | Outcome::Lost | Outcome::LostByAge);
        let twice = step == 0 && self.steps > 1 && stuck;
        for step in [Some(step), twice.then_some(self.steps - 1)].into_iter().flatten() {
            self.rare.push(self.calendar, (segment, small(step)), outcome, days, leads);
        }
    }

    /// Takes in the counts of another worker.
    pub(super) fn add(&mut self, mut other: Self) {
        for number in 0..self.places.len() {
            for outcome in Outcome::ALL {
                let theirs = other.places.get_mut(number).and_then(|place| place.array(outcome));
                self.add_array(number, outcome, theirs.map(core::mem::take).unwrap_or_default());
            }
        }
        self.rare.add(other.rare);
    }

    fn add_array(&mut self, number: usize, outcome: Outcome, mut theirs: Vec<Counter>) {
        let Some(ours) = self.places.get_mut(number).and_then(|place| place.array(outcome)) else { return };
        if ours.len() < theirs.len() {
            core::mem::swap(ours, &mut theirs);
        }
        let mut any_full = false;
        for (ours, theirs) in ours.iter_mut().zip(&theirs) {
            *ours = ours.wrapping_add(*theirs);
            any_full |= *ours < *theirs;
        }
        let sums = ours.iter().zip(&theirs).zip(0..).filter(|_| any_full);
        let full: Vec<usize> = sums.filter(|((sum, theirs), _)| sum < theirs).map(|(_, slot)| slot).collect();
        for slot in full {
            let by_lag = matches!(outcome, Outcome::Converted | Outcome::Lost);
            let days = if by_lag { (self.calendar.age(slot / LAGS), slot % LAGS) } else { (slot, slot) };
            self.by_key(number, outcome, days, FULL);
        }
    }

    /// All counts as sorted cells without zeros.
    pub(super) fn finish(self, threads: usize) -> Vec<(Cell, u64)> {
        let months: Vec<_> = self.calendar.months().collect();
        let rare: Vec<_> = self.rare.finish().collect();
        let segments: Vec<_> = self.places.chunks(self.steps).zip(0..).collect();
        let groups: Vec<_> = segments.chunks(segments.len().div_ceil(threads).max(1)).zip(0..).collect();
        let write = |group: &(&[(&[Place], u32)], usize)| {
            let (mut cells, mut own) = (Vec::new(), Vec::new());
            for (places, segment) in group.0 {
                write_segment(places, *segment, &months, &mut own);
                let start = rare.partition_point(|(cell, _)| cell.segment < *segment);
                let end = rare.partition_point(|(cell, _)| cell.segment <= *segment);
                if start < end {
                    own.extend_from_slice(rare.get(start..end).unwrap_or_default());
                    sum_equal(&mut own);
                }
                cells.append(&mut own);
            }
            (group.1, cells)
        };
        let mut groups: Vec<(usize, Vec<_>)> =
            threads::share(threads, &groups, |groups| groups.map(write).collect::<Vec<_>>())
                .into_iter()
                .flatten()
                .collect();
        groups.sort_unstable_by_key(|(number, _)| *number);
        let mut groups = groups.into_iter().map(|(_, cells)| cells);
        let mut cells = groups.next().unwrap_or_default();
        groups.for_each(|mut group| cells.append(&mut group));
        // Segments without arrays come after all others.
        let start = rare.partition_point(|(cell, _)| (cell.segment as usize) < segments.len());
        cells.extend_from_slice(rare.get(start..).unwrap_or_default());
        cells
    }
}

fn write_segment(places: &[Place], segment: u32, months: &[(usize, Range<u32>, Month)], cells: &mut Vec<(Cell, u64)>) {
    let none = Place::default();
    let whole = places.len().checked_sub(1).filter(|last| *last > 0);
    for (number, place) in places.iter().enumerate() {
        let stuck = places.first().filter(|_| whole == Some(number)).unwrap_or(&none);
        let step = u8::try_from(number).unwrap_or(u8::MAX);
        months.iter().for_each(|month| place.write(stuck, month, (segment, step), cells));
    }
}
