//! The counters of one worker: arrays where counts are many, keys for what is rare.

use core::ops::Range;

use super::calendar::Calendar;
use super::keys::Keys;
use crate::history::cell::Outcome;

/// Counters are narrow, so that they stay in the cache beside the columns that stream through it. One that is full passes
/// so many on to the keys.
type ByLag = u8;
type ByAge = u16;

/// Lags from this many days on are rare. (An odd number of cache lines: what many months count at the same lag then lies
/// in different places of the cache.)
const DAYS: u32 = 576;
pub(super) const LAGS: usize = DAYS as usize;
/// Counters by lag of one worker at most (64 MiB, of which the system provides what is touched).
const COUNTERS: usize = 1 << 26;

/// Counts leads by cell: conversions and losses by month and lag, whoever is open or lost by age, which gives the month.
/// What has no counter is kept by key. Leads that never left the first stage are counted in the first step only: they
/// are the same on the whole way, where they are added at the end.
///
/// A slot is a segment's step, of which there are two: one for conversions by lag and losses by age, the next for losses
/// by lag and open leads by age.
#[derive(Debug)]
pub(super) struct Counters<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) steps: usize,
    /// Slots that have counters.
    slots: u32,
    /// Months that have counters.
    pub(super) months: usize,
    /// Where the lags of an age's month begin.
    starts: Vec<u32>,
    /// By months back, slot and lag.
    by_lag: Vec<ByLag>,
    /// By age and slot.
    by_age: Vec<ByAge>,
    pub(super) rare: Keys,
}

impl<'a> Counters<'a> {
    pub(super) fn new(calendar: &'a Calendar, segments: usize, steps: usize) -> Self {
        let slots = segments.saturating_mul(2 * steps).max(1);
        // As many months as there is room for, so long as every segment has some; else as many segments.
        let months =
            [128, 64, 32].into_iter().find(|months| slots.saturating_mul(months * LAGS) <= COUNTERS).unwrap_or(32);
        let slots = slots.min(COUNTERS / (months * LAGS) / (2 * steps) * (2 * steps));
        let ages = calendar.backs().get(..calendar.age(months)).unwrap_or_default();
        let by_lag = vec![0; months * slots * LAGS];
        let by_age = vec![0; ages.len() * slots];
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        let starts = ages.iter().map(|back| u32::from(*back) * slots * DAYS).collect();
        Self { calendar, steps, slots, months, starts, by_lag, by_age, rare: Keys::default() }
    }

    /// The slot of a segment's first step. (So many segments that slots would overflow have no room in memory.)
    pub(super) fn slot(&self, segment: u32) -> u32 {
        segment.wrapping_mul(Self::step(self.steps))
    }

    /// How many slots a step's are further on than those of the first.
    #[inline]
    pub(super) fn step(step: usize) -> u32 {
        u32::try_from(2 * step).unwrap_or(u32::MAX)
    }

    /// Segments that have counters.
    pub(super) fn segments(&self) -> usize {
        self.slots as usize / (2 * self.steps)
    }

    /// Counts a lead that converted.
    #[inline]
    pub(super) fn converted(&mut self, slot: u32, age: u32, lag: u32) {
        self.by_lag(slot, Outcome::Converted, age, lag);
    }

    /// Counts a lead that was lost, by lag and by age.
    #[inline]
    pub(super) fn lost(&mut self, slot: u32, age: u32, lag: u32) {
        self.by_lag(slot + 1, Outcome::Lost, age, lag);
        self.by_age(slot, Outcome::LostByAge, age);
    }

    /// Counts a lead that is open.
    #[inline]
    pub(super) fn open(&mut self, slot: u32, age: u32) {
        self.by_age(slot + 1, Outcome::Open, age);
    }

    #[inline]
    fn by_lag(&mut self, slot: u32, outcome: Outcome, age: u32, lag: u32) {
        if slot < self.slots
            && lag < DAYS
            && let Some(start) = self.starts.get(age as usize)
            && let Some(count) = self.by_lag.get_mut((start + slot * DAYS + lag) as usize)
        {
            *count = count.wrapping_add(1);
            if *count == 0 {
                self.by_key(slot, outcome, (age, lag), 1 << ByLag::BITS);
            }
        } else {
            self.by_key(slot, outcome, (age, lag), 1);
        }
    }

    #[inline]
    fn by_age(&mut self, slot: u32, outcome: Outcome, age: u32) {
        if slot < self.slots
            && let Some(count) = self.by_age.get_mut(age as usize * self.slots as usize + slot as usize)
        {
            *count = count.wrapping_add(1);
            if *count == 0 {
                self.by_key(slot, outcome, (age, age), 1 << ByAge::BITS);
            }
        } else {
            self.by_key(slot, outcome, (age, age), 1);
        }
    }

    /// Counts leads by their cell, given by age and days, where there is no counter for it or that is full.
    #[cold]
    #[inline(never)]
    pub(super) fn by_key(&mut self, slot: u32, outcome: Outcome, days: (u32, u32), leads: u64) {
        let number = slot as usize / 2;
        let segment = u32::try_from(number / self.steps).unwrap_or(u32::MAX);
        let step = number % self.steps;
        let stuck = matches!(outcome, Outcome::Open | Outcome::Lost | Outcome::LostByAge);
        let twice = step == 0 && self.steps > 1 && stuck;
        for step in [Some(step), twice.then_some(self.steps - 1)].into_iter().flatten() {
            let step = u8::try_from(step).unwrap_or(u8::MAX);
            self.rare.push(self.calendar, (segment, step), outcome, days, leads);
        }
    }

    /// Adds the counts of a month's lags.
    pub(super) fn add_lags(&self, back: usize, slot: usize, sums: &mut [u32; LAGS]) {
        let start = (back * self.slots as usize + slot) * LAGS;
        let counts = self.by_lag.get(start..).and_then(|counts| counts.first_chunk::<LAGS>());
        sums.iter_mut().zip(counts.into_iter().flatten()).for_each(|(sum, count)| *sum += u32::from(*count));
    }

    /// Adds the counts of ages.
    pub(super) fn add_ages(&self, ages: Range<usize>, slot: usize, sums: &mut [u32]) {
        let counts = self.by_age.get(ages.start * self.slots as usize + slot..).unwrap_or_default();
        for (sum, count) in sums.iter_mut().zip(counts.iter().step_by(self.slots as usize)).take(ages.len()) {
            *sum += u32::from(*count);
        }
    }
}
