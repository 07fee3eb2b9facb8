//! Rows to counts, in one pass: plain rows by blocks, others by their repair, rows of a repeated id by merging.

use core::ops::Range;

use super::block::{Block, Lanes, Limits, ROWS, Spare, at, first_bits, rows_of};
use super::calendar::Calendar;
use super::cells::Counters;
use super::repeats::Repeats;
use super::write::write;
use crate::history::cell::{Cell, FirstDays, Outcome};
use crate::history::deal_lags::DealLags;
use crate::history::deals::{Deals, DealsBy, DealsBySegment};
use crate::history::lead::{Lead, Reading, Repaired};
use crate::history::report::{Rows, Rule, Rules};
use crate::history::table::{AMOUNT_MISSING, Chunk, DAY_UNREADABLE, NO_ID};
use crate::history::threads;
use crate::quantity::Day;

/// What a table comes to.
#[derive(Default)]
pub(in crate::history) struct Counted {
    pub(in crate::history) rows: Rows,
    /// Sorted, no zero counts; segments by rank.
    pub(in crate::history) cells: Vec<(Cell, u64)>,
    /// Sorted by segment.
    pub(in crate::history) deals: Vec<(u32, Deals)>,
    pub(in crate::history) deal_lags: DealLags,
    /// Amounts of open leads by stage and age, sorted.
    pub(in crate::history) open: Vec<((u8, u32), Deals)>,
    /// The largest segment's index of all rows.
    pub(in crate::history) last_segment: u32,
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

/// Per column that tells what happened, how many of its cells fall on each day, ascending; days without any are left out.
pub(in crate::history) fn entries_by_day(chunks: &[Chunk<'_>], threads: usize) -> Vec<Vec<(i32, u64)>> {
    let first = Day::MIN.unix_days();
    let days = (Day::MAX.unix_days() - first).unsigned_abs() as usize + 1;
    let columns = chunks.iter().map(|chunk| chunk.stages.len() + usize::from(chunk.lost.is_some())).max().unwrap_or(0);
    let by_worker = threads::share(threads, &parts(chunks), |parts| {
        // The system provides no more of it than is touched.
        let mut counts: Vec<Vec<u64>> = (0..columns).map(|_| vec![0; days]).collect();
        for (chunk, rows) in parts {
            for (column, counts) in chunk.stages.iter().chain(&chunk.lost).zip(&mut counts) {
                for day in rows.clone().map(|row| column.at(row)) {
                    let slot = usize::try_from(day.saturating_sub(first)).ok().and_then(|at| counts.get_mut(at));
                    if let Some(count) = slot {
                        *count += 1;
                    }
                }
            }
        }
        counts
    });
    let of_column = |column: usize| {
        let counts: Vec<&[u64]> = by_worker.iter().filter_map(|worker| worker.get(column)).map(Vec::as_slice).collect();
        let sum = |at: usize| counts.iter().filter_map(|counts| counts.get(at)).sum();
        (first..).zip((0..days).map(sum)).filter(|(_, entries)| *entries > 0).collect()
    };
    (0..columns).map(of_column).collect()
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
    let mut workers = workers.into_iter();
    let mut all = workers.next().unwrap_or_else(start);
    let mut counters: Vec<Counters<'_>> = workers.map(|worker| all.add(worker)).collect();
    all.count_repeated();
    let first_days = all.first_days();
    let first_day = first_days.iter().map(|(entered, _)| *entered).min().unwrap_or(i32::MAX);
    counters.push(all.counters);
    let as_day = |day: i32| Day::from_unix_days(day).ok();
    let (deals, deal_lags) = all.deals.finish();
    Counted {
        rows: all.rows,
        cells: write(counters, first_day),
        deals,
        deal_lags,
        open: all.open.finish().into_iter().map(|(key, deals)| (stage_and_age(key), deals)).collect(),
        last_segment: all.last_segment,
        first_days: first_days.iter().map(|(entered, converted)| (as_day(*entered), as_day(*converted))).collect(),
    }
}

/// What one thread has counted so far.
struct Worker<'a> {
    reading: &'a Reading,
    ranks: &'a [u32],
    /// The slot of each of the table's segments.
    slots: Vec<u32>,
    repeats: &'a Repeats,
    limits: Limits,
    as_of: i32,
    /// Steps of the funnel, and with the whole way, where that is not the only step.
    funnel_steps: usize,
    steps: usize,
    counters: Counters<'a>,
    deals: DealsBySegment,
    /// The amounts of open leads, by stage and age.
    open: DealsBy,
    rows: Rows,
    /// The largest segment's index of all rows.
    last_segment: u32,
    /// Per stage, the first day on which a plain row entered it; `i32::MAX` while there is none.
    first_entries: [i32; 12],
    /// Per step, the first day entered and the first converted of all other rows; `i32::MAX` while there is none.
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
            slots: ranks.iter().map(|rank| counters.slot(*rank)).collect(),
            counters,
            deals: DealsBySegment::default(),
            open: DealsBy::default(),
            rows: Rows::default(),
            last_segment: 0,
            first_entries: [i32::MAX; 12],
            first_days: vec![(i32::MAX, i32::MAX); steps],
            repeated: Vec::new(),
        }
    }

    /// Per step, the first day entered and the first converted; `i32::MAX` where there is none.
    fn first_days(&self) -> Vec<(i32, i32)> {
        let day = |stage: usize| self.first_entries.get(stage).copied().unwrap_or(i32::MAX);
        let of_step = |(step, others): (usize, &(i32, i32))| {
            let (from, to) = if step == self.funnel_steps { (0, step) } else { (step, step + 1) };
            earlier(*others, (day(from), day(to)))
        };
        self.first_days.iter().enumerate().map(of_step).collect()
    }

    /// Takes in what another worker has counted, apart from its counters.
    fn add(&mut self, other: Self) -> Counters<'a> {
        self.deals.add(other.deals);
        self.open.add(other.open);
        self.rows.add(&other.rows);
        self.last_segment = self.last_segment.max(other.last_segment);
        self.repeated.extend(other.repeated);
        self.first_entries.iter_mut().zip(other.first_entries).for_each(|(ours, theirs)| *ours = theirs.min(*ours));
        self.first_days.iter_mut().zip(other.first_days).for_each(|(ours, theirs)| *ours = earlier(*ours, theirs));
        other.counters
    }

    fn count(&mut self, chunk: &Chunk<'_>, rows: Range<usize>) {
        let mut spare = Spare::default();
        for start in rows.clone().step_by(ROWS) {
            let apart = self.repeats.among(chunk, start);
            let block = Block::load(chunk, start, apart, &self.limits, &mut spare);
            self.rows.use_plain(u64::from(block.plain.count_ones()));
            let slots = self.slots_of(chunk, start);
            (0..self.funnel_steps).for_each(|step| self.count_plain(&block, &slots, step));
            self.count_won(&block, &slots);
            self.count_amounts(chunk, start, &block);
            let others = first_bits(rows.end - start) & !block.plain;
            rows_of(others).for_each(|row| self.count_row(chunk, start + row));
        }
    }

    /// The slots of the rows from `start` on.
    fn slots_of(&mut self, chunk: &Chunk<'_>, start: usize) -> Lanes<u32> {
        let slot_of = |segment: u32| self.slots.get(segment as usize).copied().unwrap_or(0);
        let mut slots = [slot_of(0); ROWS];
        let segments = chunk.segments.get(start..).unwrap_or_default();
        let mut last = self.last_segment;
        slots.iter_mut().zip(segments).for_each(|(slot, segment)| {
            *slot = slot_of(*segment);
            last = last.max(*segment);
        });
        self.last_segment = last;
        slots
    }

    /// A step of the plain rows, with the whole way of those that end here.
    fn count_plain(&mut self, block: &Block<'_>, slots: &Lanes<u32>, step: usize) {
        let Self { counters, as_of, first_entries, funnel_steps, .. } = self;
        let (from, to, created) = (block.days(step), block.days(step + 1), block.days(0));
        let (entered, converted) = block.entered(step);
        let stuck = entered & !converted;
        let (slot, whole) = (Counters::step(step), Counters::step(*funnel_steps));
        let mut first = i32::MAX;
        for row in rows_of(converted) {
            let from = at(from, row);
            first = first.min(from);
            counters.converted(at(slots, row) + slot, days(*as_of, from), days(at(to, row), from));
        }
        for row in rows_of(stuck & !block.with_loss) {
            let from = at(from, row);
            first = first.min(from);
            counters.open(at(slots, row) + slot, days(*as_of, from));
            // Those who never left the first stage are counted once.
            if step > 0 {
                counters.open(at(slots, row) + whole, days(*as_of, at(created, row)));
            }
        }
        for row in rows_of(stuck & block.with_loss) {
            let (from, lost) = (at(from, row), at(block.lost, row));
            first = first.min(from);
            counters.lost(at(slots, row) + slot, days(*as_of, from), days(lost, from));
            if step > 0 {
                let created = at(created, row);
                counters.lost(at(slots, row) + whole, days(*as_of, created), days(lost, created));
            }
        }
        first_entries.iter_mut().skip(step).take(1).for_each(|known| *known = first.min(*known));
    }

    /// The plain rows that were won: the whole way, where that is not the only step.
    fn count_won(&mut self, block: &Block<'_>, slots: &Lanes<u32>) {
        let Self { counters, as_of, first_entries, funnel_steps, steps, rows, .. } = self;
        let (to, created) = (block.days(*funnel_steps), block.days(0));
        let mut first = i32::MAX;
        rows.amounts.won += u64::from(block.entered(*funnel_steps).0.count_ones());
        for row in rows_of(block.entered(*funnel_steps).0) {
            let (to, created) = (at(to, row), at(created, row));
            first = first.min(to);
            if *steps > *funnel_steps {
                let whole = at(slots, row) + Counters::step(*funnel_steps);
                counters.converted(whole, days(*as_of, created), days(to, created));
            }
        }
        first_entries.iter_mut().skip(*funnel_steps).take(1).for_each(|known| *known = first.min(*known));
    }

    fn count_amounts(&mut self, chunk: &Chunk<'_>, start: usize, block: &Block<'_>) {
        let Some(amounts) = chunk.amounts.as_ref().and_then(|amounts| amounts.get(start..)) else { return };
        let (created, won) = (block.days(0), block.days(self.funnel_steps));
        for row in rows_of(block.entered(self.funnel_steps).0) {
            if let Some(amount) = amounts.get(row).filter(|amount| **amount != AMOUNT_MISSING) {
                let segment = chunk.segments.get(start + row).copied().unwrap_or(0);
                let lag = (at(won, row) - at(created, row)).unsigned_abs();
                self.deals.push(rank(self.ranks, segment), *amount, Some(lag));
                self.rows.amounts.used += 1;
            }
        }
        for stage in (0..self.funnel_steps).filter(|_| block.priced != 0) {
            let (entered, further) = block.entered(stage);
            for row in rows_of(entered & !further & !block.with_loss & block.priced) {
                let age = days(self.as_of, at(block.days(stage), row));
                amounts.get(row).into_iter().for_each(|amount| self.open.push(open_key(stage, age), *amount));
            }
        }
    }

    /// A row that is not plain.
    fn count_row(&mut self, chunk: &Chunk<'_>, row: usize) {
        let record = chunk.record(row);
        match self.reading.read(&record) {
            Err(refusal) => {
                let later = |(stage, day): (usize, &i32)| stage != refusal.column && *day > DAY_UNREADABLE;
                self.rows.refuse(refusal, record.entered.iter().enumerate().skip(1).any(later));
            }
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
        self.rows.first_blank += u64::from(lead.is_filled(0));
        if lead.reached == self.reading.stages {
            self.rows.amounts.take(lead.amount.is_some(), lead.unusable);
            let amount = lead.amount.into_iter();
            amount.for_each(|amount| self.deals.push(lead.segment, amount, lead.days_so_far()));
        } else if let (None, Some(hope)) = (lead.lost, lead.hope) {
            self.open.push(open_key(lead.reached - 1, days(self.as_of, lead.last_entered())), hope);
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
        let slot = self.counters.slot(lead.segment) + Counters::step(step);
        let age = days(self.as_of, entered);
        let counted_in_the_first_step = whole && lead.reached == 1;
        match (converted, lead.lost) {
            (Some(_), _) if lead.is_filled(from) || lead.is_filled(to) => {
                self.counters.by_key(slot, Outcome::Undated, (age, lead.at_most_days(from, to)), 1);
            }
            (Some(day), _) => self.counters.converted(slot, age, days(day, entered)),
            _ if counted_in_the_first_step => {}
            (None, Some(day)) => self.counters.lost(slot, age, days(day, entered)),
            (None, None) => self.counters.open(slot, age),
        }
        if let Some(from) = observed_from {
            self.counters.by_key(slot, Outcome::Delayed, (age, days(from, entered)), 1);
        }
        if let Some(first) = self.first_days.get_mut(step) {
            *first = earlier(*first, (entered, converted.unwrap_or(i32::MAX)));
        }
    }
}

/// A stage and an age as one number, which sorts as they do.
fn open_key(stage: usize, age: u32) -> u32 {
    u32::try_from(stage).unwrap_or(0) << 24 | age.min((1 << 24) - 1)
}

fn stage_and_age(key: u32) -> (u8, u32) {
    (u8::try_from(key >> 24).unwrap_or(u8::MAX), key & ((1 << 24) - 1))
}

/// The earlier of both first days each.
fn earlier(a: (i32, i32), b: (i32, i32)) -> (i32, i32) {
    (a.0.min(b.0), a.1.min(b.1))
}

/// From one day to a later one, or the same.
#[inline]
fn days(later: i32, earlier: i32) -> u32 {
    later.wrapping_sub(earlier).cast_unsigned()
}

fn rank(ranks: &[u32], segment: u32) -> u32 {
    ranks.get(segment as usize).copied().unwrap_or(0)
}
