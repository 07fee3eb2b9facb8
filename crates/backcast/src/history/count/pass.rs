//! Rows to counts, in one pass: plain rows by blocks, others by their repair, rows of a repeated id by merging.

use core::ops::Range;

use super::block::{Block, Limits, ROWS, at, first_bits, latest, rows_of};
use super::calendar::Calendar;
use super::cells::Counters;
use super::keys::Cell;
use super::repeats::Repeats;
use super::threads;
use crate::history::deal_lags::DealLags;
use crate::history::deals::{Deals, DealsBySegment};
use crate::history::lead::{Lead, Reading, Repaired};
use crate::history::report::{Rows, Rule, Rules};
use crate::history::table::{AMOUNT_MISSING, Chunk, DAY_MISSING, NO_ID};
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
    pub(in crate::history) deal_lags: DealLags,
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
    let of_part =
        |(chunk, rows): &Part<'_>| chunk.stages.iter().chain(&chunk.lost).map(|column| latest(column, rows)).max();
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
    let first_day = all.first_day();
    let as_day = |day: i32| Day::from_unix_days(day).ok();
    let (deals, deal_lags) = all.deals.finish();
    Counted {
        rows: all.rows,
        cells: all.counters.finish(threads, first_day),
        deals,
        deal_lags,
        first_days: all.first_days.iter().map(|(entered, converted)| (as_day(*entered), as_day(*converted))).collect(),
    }
}

/// What one thread has counted so far.
struct Worker<'a> {
    reading: &'a Reading,
    ranks: &'a [u32],
    /// Where the counters of each of the table's segments begin.
    starts: Vec<usize>,
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
        let counters = Counters::new(calendar, segments, steps);
        Self {
            reading,
            ranks,
            repeats,
            limits: Limits::new(reading, calendar.floor()),
            as_of: reading.as_of,
            funnel_steps,
            steps,
            block: Box::default(),
            starts: ranks.iter().map(|rank| counters.segment(*rank)).collect(),
            counters,
            deals: DealsBySegment::default(),
            rows: Rows::default(),
            first_days: vec![(i32::MAX, i32::MAX); steps],
            repeated: Vec::new(),
        }
    }

    /// The first day on which a lead entered.
    fn first_day(&self) -> i32 {
        self.first_days.iter().map(|(entered, _)| *entered).min().unwrap_or(i32::MAX)
    }

    fn add(mut self, other: Self) -> Self {
        let first = self.first_day().min(other.first_day());
        self.counters.add(other.counters, first);
        self.deals.add(other.deals);
        self.rows.add(&other.rows);
        self.repeated.extend(other.repeated);
        for (ours, theirs) in self.first_days.iter_mut().zip(other.first_days) {
            *ours = earlier(*ours, theirs);
        }
        self
    }

    fn count(&mut self, chunk: &Chunk<'_>, rows: Range<usize>) {
        for start in rows.clone().step_by(ROWS) {
            let apart = self.repeats.among(chunk, start);
            self.block.load(chunk, start, apart, &self.limits);
            self.block.place(chunk, start, &self.starts);
            self.rows.use_plain(u64::from(self.block.plain.count_ones()));
            self.count_conversions();
            self.count_ends();
            self.count_amounts(chunk, start);
            let others = first_bits(rows.end - start) & !self.block.plain;
            rows_of(others).for_each(|row| self.count_row(chunk, start + row));
        }
    }

    /// Conversions of the plain rows: each step, and the whole way.
    fn count_conversions(&mut self) {
        let Self { block, counters, first_days, steps, funnel_steps, as_of, .. } = self;
        let mut count = |step: usize, rows: u64, from: &[i32; ROWS], to: &[i32; ROWS]| {
            let mut first = (i32::MAX, i32::MAX);
            for row in rows_of(rows) {
                let (from, to) = (at(from, row), at(to, row));
                let place = at(&block.starts, row) + step * counters.step();
                counters.by_lag(place, Outcome::Converted, days(*as_of, from), days(to, from));
                first = (first.0.min(from), first.1.min(to));
            }
            first_days.iter_mut().skip(step).take(1).for_each(|known| *known = earlier(*known, first));
            // Whoever has converted has entered the next step.
            first_days
                .iter_mut()
                .take(*funnel_steps)
                .skip(step + 1)
                .take(1)
                .for_each(|next| next.0 = next.0.min(first.1));
        };
        let steps_taken = block.stages.windows(2).zip(block.entered.iter().skip(1)).enumerate();
        for (step, (pair, rows)) in steps_taken.take(*funnel_steps) {
            if let [from, to] = pair {
                count(step, *rows, from, to);
            }
        }
        if *steps > *funnel_steps
            && let (Some(first), Some(last)) = (block.stages.first(), block.stages.get(*funnel_steps))
        {
            count(*funnel_steps, block.won(*funnel_steps), first, last);
        }
        let earliest = (block.earliest, i32::MAX);
        let from_the_start = |(step, _): &(usize, _)| *step == 0 || *step == *funnel_steps;
        first_days
            .iter_mut()
            .enumerate()
            .filter(from_the_start)
            .for_each(|(_, known)| *known = earlier(*known, earliest));
    }

    /// What became of the plain rows that were not won: open or lost in the last stage entered, and on the whole way.
    fn count_ends(&mut self) {
        let Self { block, counters, steps, funnel_steps, as_of, .. } = self;
        let [first, ..] = &block.stages;
        let [_, entered_second, ..] = block.entered;
        let not_won = block.plain & !block.won(*funnel_steps);
        let mut count = |rows: u64, step: Option<usize>, from: &[i32; ROWS]| {
            let length = counters.step();
            let place = |row: usize| {
                let step = step.unwrap_or(at(&block.reached, row).unsigned_abs() as usize - 1);
                at(&block.starts, row) + step * length
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
                let segment = chunk.segments.get(start + row).copied().unwrap_or(0);
                self.deals.push(rank(self.ranks, segment), *amount, self.block.days_to_win(row));
            }
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
            let mut open: Option<Lead> = None;
            for (_, lead, rules) in rows {
                let mut rules = *rules;
                match &mut open {
                    Some(earlier) if !earlier.is_over_for(lead) => {
                        rules.apply(Rule::Merged);
                        earlier.merge(lead);
                    }
                    _ => open.replace(*lead).iter().for_each(|over| self.count_lead(over)),
                }
                self.rows.use_row(rules);
            }
            if let Some(lead) = open {
                self.count_lead(&lead);
            }
        }
    }

    fn count_lead(&mut self, lead: &Lead) {
        (0..self.steps).for_each(|step| self.count_step(lead, step));
        if let Some(amount) = lead.amount {
            self.deals.push(lead.segment, amount, lead.days_so_far());
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
        let place = self.counters.segment(lead.segment) + step * self.counters.step();
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
            *first = earlier(*first, (entered, converted.unwrap_or(i32::MAX)));
        }
    }
}

/// The earlier of both first days each.
fn earlier(a: (i32, i32), b: (i32, i32)) -> (i32, i32) {
    (a.0.min(b.0), a.1.min(b.1))
}

/// From one day to a later one.
#[inline]
fn days(later: i32, earlier: i32) -> usize {
    (later - earlier).unsigned_abs() as usize
}

fn rank(ranks: &[u32], segment: u32) -> u32 {
    ranks.get(segment as usize).copied().unwrap_or(0)
}
