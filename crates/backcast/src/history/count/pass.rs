//! Rows to counts, in one pass: plain rows by blocks, others by their repair, rows of a repeated id by merging.

use core::ops::Range;

use super::block::{Block, Limits, ROWS, at, first_bits, rows_of};
use super::calendar::Calendar;
use super::cells::Counters;
use super::keys::Cell;
use super::repeats::Repeats;
use super::threads;
use crate::history::deals::{Deals, DealsBySegment};
use crate::history::lead::{Lead, Reading, Repaired};
use crate::history::report::{Rows, Rule, Rules};
use crate::history::table::{AMOUNT_MISSING, Chunk, DAY_MISSING, Days, NO_ID};
use crate::history::tally::Outcome;
use crate::quantity::Day;

/// The first day on which a lead entered a step, and the first on which one converted.
pub(in crate::history) type FirstDays = (Option<Day>, Option<Day>);

/// What a table comes to.
pub(in crate::history) struct Counted {
    pub(in crate::history) rows: Rows,
    /// Sorted, no zero counts; segments by rank.
    pub(in crate::history) cells: Vec<(Cell, u64)>,
    /// Sorted by segment.
    pub(in crate::history) deals: Vec<(u32, Deals)>,
    /// Per step.
    pub(in crate::history) first_days: Vec<FirstDays>,
}

/// Rows of one chunk that a worker takes at a time.
type Part<'a> = (&'a Chunk<'a>, Range<usize>);

fn parts<'a>(chunks: &'a [Chunk<'a>]) -> Vec<Part<'a>> {
    const PART: usize = 1 << 16;
    let of = |chunk: &'a Chunk<'a>| {
        let rows = chunk.rows();
        (0..rows).step_by(PART).map(move |start| (chunk, start..rows.min(start + PART)))
    };
    chunks.iter().flat_map(of).collect()
}

/// The latest day in any of the columns that tell what happened.
pub(in crate::history) fn latest_day(chunks: &[Chunk<'_>], threads: usize) -> Option<i32> {
    let latest = |column: &Days<'_>, rows: &Range<usize>| {
        let mut days = [DAY_MISSING; ROWS];
        let mut latest = [DAY_MISSING; ROWS];
        for start in rows.clone().step_by(ROWS) {
            column.copy_rows(start, &mut days);
            for (latest, day) in latest.iter_mut().zip(&days) {
                let known = (Day::MIN.unix_days() <= *day) & (*day <= Day::MAX.unix_days());
                *latest = if known & (*latest < *day) { *day } else { *latest };
            }
        }
        latest.into_iter().max()
    };
    let of_part = |(chunk, rows): &Part<'_>| {
        chunk.stages.iter().chain(&chunk.lost).filter_map(|column| latest(column, rows)).max()
    };
    let by_worker = threads::share(threads, &parts(chunks), |parts| parts.filter_map(of_part).max());
    by_worker.into_iter().flatten().max().filter(|day| *day != DAY_MISSING)
}

/// Counts the rows of a table; `ranks` are the final numbers of its `segments` segments. The result does not depend on
/// the number of threads.
pub(in crate::history) fn count(
    chunks: &[Chunk<'_>],
    reading: &Reading,
    ranks: &[u32],
    segments: usize,
    threads: usize,
) -> Counted {
    let calendar = Calendar::new(reading.as_of);
    let repeats = Repeats::of(chunks);
    let start = || Worker::new(&calendar, reading, ranks, &repeats, segments);
    let workers = threads::share(threads, &parts(chunks), |parts| {
        let mut worker = start();
        parts.for_each(|(chunk, rows)| worker.count(chunk, rows.clone()));
        worker
    });
    let mut all = workers.into_iter().reduce(Worker::add).unwrap_or_else(start);
    all.count_repeated();
    let as_day = |day: i32| Day::from_unix_days(day).ok();
    Counted {
        rows: all.rows,
        cells: all.counters.finish(threads),
        deals: all.deals.finish(),
        first_days: all.first_days.iter().map(|(entered, converted)| (as_day(*entered), as_day(*converted))).collect(),
    }
}

/// What one thread has counted so far.
struct Worker<'a> {
    reading: &'a Reading,
    ranks: &'a [u32],
    repeats: &'a Repeats,
    limits: Limits,
    as_of: i32,
    /// Steps of the funnel, and with the whole way, where that is not the only step.
    funnel_steps: usize,
    steps: usize,
    block: Box<Block>,
    counters: Counters<'a>,
    deals: DealsBySegment,
    rows: Rows,
    /// Per step, the first day entered and the first converted; `i32::MAX` while there is none.
    first_days: Vec<(i32, i32)>,
    repeated: Vec<(u32, Lead, Rules)>,
}

impl<'a> Worker<'a> {
    fn new(
        calendar: &'a Calendar,
        reading: &'a Reading,
        ranks: &'a [u32],
        repeats: &'a Repeats,
        segments: usize,
    ) -> Self {
        let funnel_steps = reading.stages - 1;
        let steps = if funnel_steps > 1 { funnel_steps + 1 } else { funnel_steps };
        Self {
            reading,
            ranks,
            repeats,
            limits: Limits::new(reading, calendar.floor()),
            as_of: reading.as_of,
            funnel_steps,
            steps,
            block: Box::default(),
            counters: Counters::new(calendar, segments, steps),
            deals: DealsBySegment::default(),
            rows: Rows::default(),
            first_days: vec![(i32::MAX, i32::MAX); steps],
            repeated: Vec::new(),
        }
    }

    fn add(mut self, other: Self) -> Self {
        self.counters.add(other.counters);
        self.deals.add(other.deals);
        self.rows.add(&other.rows);
        self.repeated.extend(other.repeated);
        for (ours, theirs) in self.first_days.iter_mut().zip(other.first_days) {
            *ours = (ours.0.min(theirs.0), ours.1.min(theirs.1));
        }
        self
    }

    fn count(&mut self, chunk: &Chunk<'_>, rows: Range<usize>) {
        for start in rows.clone().step_by(ROWS) {
            let apart = self.repeats.among(chunk, start);
            self.block.load(chunk, start, apart, &self.limits);
            self.block.place(chunk, start, |segment| rank(self.ranks, segment));
            self.rows.use_plain(u64::from(self.block.plain.count_ones()));
            self.count_conversions();
            self.count_ends();
            self.count_amounts(chunk, start);
            self.note_first_days();
            let others = first_bits(rows.end - start) & !self.block.plain;
            rows_of(others).for_each(|row| self.count_row(chunk, start + row));
        }
    }

    /// Conversions of the plain rows: each step, and the whole way.
    fn count_conversions(&mut self) {
        let Self { block, counters, steps, funnel_steps, as_of, .. } = self;
        let mut count = |step: usize, rows: u64, from: &[i32; ROWS], to: &[i32; ROWS]| {
            for row in rows_of(rows) {
                let (from, to) = (at(from, row), at(to, row));
                let place = at(&block.segments, row) as usize * *steps + step;
                counters.by_lag(place, Outcome::Converted, days(*as_of, from), days(to, from));
            }
        };
        for ((step, pair), rows) in
            block.stages.windows(2).enumerate().zip(block.entered.iter().skip(1)).take(*funnel_steps)
        {
            if let [from, to] = pair {
                count(step, *rows, from, to);
            }
        }
        if *steps > *funnel_steps
            && let (Some(first), Some(last), won) =
                (block.stages.first(), block.stages.get(*funnel_steps), block.won(*funnel_steps))
        {
            count(*funnel_steps, won, first, last);
        }
    }

    /// What became of the plain rows that were not won: open or lost in the last stage entered, and on the whole way.
    fn count_ends(&mut self) {
        let Self { block, counters, steps, funnel_steps, as_of, .. } = self;
        let [first, ..] = &block.stages;
        let [_, entered_second, ..] = block.entered;
        let not_won = block.plain & !block.won(*funnel_steps);
        let mut count = |rows: u64, step: Option<usize>, from: &[i32; ROWS]| {
            let place = |row: usize| {
                let step = step.unwrap_or(at(&block.reached, row).unsigned_abs() as usize - 1);
                at(&block.segments, row) as usize * *steps + step
            };
            for row in rows_of(rows & !block.with_loss) {
                counters.by_age(place(row), Outcome::Open, days(*as_of, at(from, row)));
            }
            for row in rows_of(rows & block.with_loss) {
                let (from, lost) = (at(from, row), at(&block.lost, row));
                counters.by_lag(place(row), Outcome::Lost, days(*as_of, from), days(lost, from));
                counters.by_age(place(row), Outcome::LostByAge, days(*as_of, from));
            }
        };
        count(not_won, None, &block.last);
        if *steps > *funnel_steps {
            count(not_won & entered_second, Some(*funnel_steps), first);
        }
    }

    fn count_amounts(&mut self, chunk: &Chunk<'_>, start: usize) {
        let Some(amounts) = chunk.amounts.as_ref().and_then(|amounts| amounts.get(start..)) else { return };
        for row in rows_of(self.block.won(self.funnel_steps)) {
            if let Some(amount) = amounts.get(row).filter(|amount| **amount != AMOUNT_MISSING) {
                self.deals.push(at(&self.block.segments, row), *amount);
            }
        }
    }

    /// Of the plain rows, whoever entered a stage has converted in the step before.
    fn note_first_days(&mut self) {
        let ends = [0, self.funnel_steps].map(|stage| self.block.earliest.get(stage).copied().unwrap_or(i32::MAX));
        let steps = self.block.earliest.windows(2).take(self.funnel_steps);
        let seen = steps.filter_map(|pair| Some((*pair.first()?, *pair.last()?))).chain([ends.into()]);
        for (first, seen) in self.first_days.iter_mut().zip(seen) {
            *first = (first.0.min(seen.0), first.1.min(seen.1));
        }
    }

    /// A row that is not plain.
    fn count_row(&mut self, chunk: &Chunk<'_>, row: usize) {
        match self.reading.read(&chunk.record(row)) {
            Err(reason) => self.rows.refuse(reason),
            Ok(Repaired { mut lead, rules, later_ignored }) => {
                lead.segment = rank(self.ranks, lead.segment);
                self.rows.ignore_later(later_ignored);
                match chunk.id(row) {
                    id if id != NO_ID && self.repeats.has(id) => self.repeated.push((id, lead, rules)),
                    _ => {
                        self.rows.use_row(rules);
                        self.count_lead(&lead);
                    }
                }
            }
        }
    }

    /// Rows of one id, oldest first: re-entries long after a loss are leads of their own, all else is one lead.
    fn count_repeated(&mut self) {
        let mut repeated = core::mem::take(&mut self.repeated);
        repeated.sort_unstable();
        for rows in repeated.chunk_by(|a, b| a.0 == b.0) {
            let mut earlier: Option<Lead> = None;
            for (_, lead, rules) in rows {
                let mut rules = *rules;
                match &mut earlier {
                    Some(earlier) if !earlier.is_over_for(lead) => {
                        rules.apply(Rule::Merged);
                        earlier.merge(lead);
                    }
                    _ => earlier.replace(*lead).iter().for_each(|over| self.count_lead(over)),
                }
                self.rows.use_row(rules);
            }
            earlier.iter().for_each(|lead| self.count_lead(lead));
        }
    }

    fn count_lead(&mut self, lead: &Lead) {
        (0..self.steps).for_each(|step| self.count_step(lead, step));
        if let Some(amount) = lead.amount {
            self.deals.push(lead.segment, amount);
        }
    }

    fn count_step(&mut self, lead: &Lead, step: usize) {
        let whole = step == self.funnel_steps;
        let (from, to) = if whole { (0, self.funnel_steps) } else { (step, step + 1) };
        let day = |stage: usize| lead.entered.get(stage).copied().filter(|_| lead.reached > stage);
        let Some(entered) = day(from) else { return };
        let converted = day(to);
        // What ends this step: the conversion, or else the loss (a lead that was lost further on has left the step).
        let ended = converted.or(lead.lost);
        let observed_from = lead.observed_from.filter(|from| *from > entered);
        if observed_from.is_some_and(|from| ended.is_some_and(|end| end < from)) {
            return;
        }
        let place = lead.segment as usize * self.steps + step;
        let age = days(self.as_of, entered);
        let counted_in_the_first_step = whole && lead.reached == 1;
        match (converted, lead.lost) {
            (Some(day), _) => self.counters.by_lag(place, Outcome::Converted, age, days(day, entered)),
            _ if counted_in_the_first_step => {}
            (None, Some(day)) => {
                self.counters.by_lag(place, Outcome::Lost, age, days(day, entered));
                self.counters.by_age(place, Outcome::LostByAge, age);
            }
            (None, None) => self.counters.by_age(place, Outcome::Open, age),
        }
        if let Some(from) = observed_from {
            self.counters.by_key(place, Outcome::Delayed, (age, days(from, entered)), 1);
        }
        if let Some(first) = self.first_days.get_mut(step) {
            *first = (first.0.min(entered), converted.map_or(first.1, |day| first.1.min(day)));
        }
    }
}

/// From one day to a later one.
#[inline]
fn days(later: i32, earlier: i32) -> usize {
    (later - earlier).unsigned_abs() as usize
}

fn rank(ranks: &[u32], segment: u32) -> u32 {
    ranks.get(segment as usize).copied().unwrap_or(0)
}
