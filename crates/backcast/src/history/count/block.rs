//! Sixty-four rows at a time: which of them need no repair, and how far each has come.

#![expect(clippy::needless_bitwise_bool, reason = "`&` has no branch: the loops become vector instructions, measured")]

use core::ops::Range;

use crate::history::lead::Reading;
use crate::history::table::{AMOUNT_MISSING, Chunk, DAY_MISSING, Days};
use crate::quantity::Day;

/// As many rows as a word has bits.
pub(super) const ROWS: usize = 64;

/// A value, or all bits of a yes or no, for each row: loops over them become vector instructions.
type Lanes<T> = [T; ROWS];

/// Rows of a table. A plain row is one that [`Reading::read`] would take as it is: its days are in order, none is
/// unreadable or later than `as_of`, no stage is skipped, and it was under observation from its first day.
pub(super) struct Block {
    pub(super) stages: [Lanes<i32>; 12],
    pub(super) lost: Lanes<i32>,
    /// Where the counters of the row's segment begin.
    pub(super) starts: Lanes<usize>,
    /// The day of the last stage entered.
    pub(super) last: Lanes<i32>,
    /// How many stages were entered.
    pub(super) reached: Lanes<i32>,
    observed_from: Lanes<i32>,
    plain_lanes: Lanes<i32>,
    /// Plain rows, a bit each.
    pub(super) plain: u64,
    /// Plain rows that entered each stage.
    pub(super) entered: [u64; 12],
    /// Rows with a loss.
    pub(super) with_loss: u64,
    /// The first day of all plain rows; the latest of all days where there is none.
    pub(super) earliest: i32,
}

impl Default for Block {
    fn default() -> Self {
        Self {
            stages: [[DAY_MISSING; ROWS]; 12],
            lost: [DAY_MISSING; ROWS],
            starts: [0; ROWS],
            last: [DAY_MISSING; ROWS],
            reached: [0; ROWS],
            observed_from: [DAY_MISSING; ROWS],
            plain_lanes: [0; ROWS],
            plain: 0,
            entered: [0; 12],
            with_loss: 0,
            earliest: i32::MAX,
        }
    }
}

/// What a row must keep to be plain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    stages: usize,
    as_of: i32,
    /// First days before this are left to the slow way.
    floor: i32,
    observed_from: i32,
}

impl Limits {
    pub(super) fn new(reading: &Reading, floor: i32) -> Self {
        let observed_from = reading.observed_from.unwrap_or(DAY_MISSING);
        Self { stages: reading.stages, as_of: reading.as_of, floor: floor.max(Day::MIN.unix_days()), observed_from }
    }
}

impl Block {
    /// Takes in the rows of a chunk from `start` on; `apart` marks rows that must not count as plain.
    pub(super) fn load(&mut self, chunk: &Chunk<'_>, start: usize, apart: u64, limits: &Limits) {
        let rows = chunk.rows().saturating_sub(start).min(ROWS);
        for (lanes, column) in self.stages.iter_mut().zip(&chunk.stages) {
            column.copy_rows(start, lanes);
        }
        let (first, further) = self.stages.split_at(1);
        for (((plain, day), last), reached) in
            self.plain_lanes.iter_mut().zip(first.as_flattened()).zip(&mut self.last).zip(&mut self.reached)
        {
            *plain = -i32::from((limits.floor <= *day) & (*day <= limits.as_of));
            (*last, *reached) = (*day, 1);
        }
        for (days, before) in further.iter().zip(1..).take(limits.stages - 1) {
            let lanes = self.plain_lanes.iter_mut().zip(days).zip(&mut self.last).zip(&mut self.reached);
            for (((plain, day), last), reached) in lanes {
                let here = *day != DAY_MISSING;
                let follows = (*last <= *day) & (*day <= limits.as_of) & (*reached == before);
                *plain &= -i32::from(!here | follows);
                *last = if here { *day } else { *last };
                *reached += i32::from(here);
            }
        }
        self.check_loss(chunk.lost.as_ref(), start, limits.as_of);
        self.check_observed(chunk.observed_from.as_ref(), start, limits.observed_from);
        self.check_amounts(chunk, start);
        self.plain = bits(&self.plain_lanes, |lane| lane != 0) & !apart & first_bits(rows);
        self.summarise(apart, limits.stages);
    }

    /// Takes in the segments of the rows: where the counters of each begin.
    pub(super) fn place(&mut self, chunk: &Chunk<'_>, start: usize, starts: &[usize]) {
        let start_of = |segment: u32| starts.get(segment as usize).copied().unwrap_or(0);
        match chunk.segments.get(start..) {
            Some(segments) if !segments.is_empty() => {
                self.starts.iter_mut().zip(segments).for_each(|(start, segment)| *start = start_of(*segment));
            }
            _ => self.starts.fill(start_of(0)),
        }
    }

    /// Plain rows that entered the last stage, which so many steps lead to.
    pub(super) fn won(&self, steps: usize) -> u64 {
        self.entered.get(steps).copied().unwrap_or(0)
    }

    /// From the first stage to the last one entered.
    pub(super) fn days_to_win(&self, row: usize) -> u32 {
        let [first, ..] = &self.stages;
        (at(&self.last, row) - at(first, row)).unsigned_abs()
    }

    fn check_loss(&mut self, column: Option<&Days<'_>>, start: usize, as_of: i32) {
        self.with_loss = 0;
        let Some(column) = column else { return };
        column.copy_rows(start, &mut self.lost);
        for ((plain, lost), last) in self.plain_lanes.iter_mut().zip(&self.lost).zip(&self.last) {
            *plain &= -i32::from((*lost == DAY_MISSING) | ((*last <= *lost) & (*lost <= as_of)));
        }
        self.with_loss = bits(&self.lost, |lost| lost != DAY_MISSING);
    }

    fn check_observed(&mut self, column: Option<&Days<'_>>, start: usize, otherwise: i32) {
        let [first, ..] = &self.stages;
        if let Some(column) = column {
            column.copy_rows(start, &mut self.observed_from);
            for ((plain, from), first) in self.plain_lanes.iter_mut().zip(&self.observed_from).zip(first) {
                let missing = *from == DAY_MISSING;
                let readable = missing | (Day::MIN.unix_days() <= *from);
                let from = if missing { otherwise } else { *from };
                *plain &= -i32::from(readable & (from <= *first));
            }
        } else if otherwise != DAY_MISSING {
            for (plain, first) in self.plain_lanes.iter_mut().zip(first) {
                *plain &= -i32::from(otherwise <= *first);
            }
        }
    }

    fn check_amounts(&mut self, chunk: &Chunk<'_>, start: usize) {
        let amounts = chunk.amounts.as_ref().and_then(|amounts| amounts.get(start..)).unwrap_or_default();
        for (plain, amount) in self.plain_lanes.iter_mut().zip(amounts) {
            *plain &= -i32::from((*amount >= 0) | (*amount == AMOUNT_MISSING));
        }
    }

    /// Which plain rows entered each stage, and the first day of all.
    fn summarise(&mut self, apart: u64, stages: usize) {
        if apart != 0 {
            for (lane, row) in self.plain_lanes.iter_mut().zip(0..) {
                *lane &= -i32::from(apart >> row & 1 == 0);
            }
        }
        for (entered, days) in self.entered.iter_mut().zip(&self.stages).take(stages) {
            *entered = bits(days, |day| day != DAY_MISSING) & self.plain;
        }
        let [first, ..] = &self.stages;
        let mut earliest = [i32::MAX; 8];
        for (days, plain) in first.as_chunks::<8>().0.iter().zip(self.plain_lanes.as_chunks::<8>().0) {
            for ((earliest, day), plain) in earliest.iter_mut().zip(days).zip(plain) {
                *earliest = if (*plain != 0) & (*day < *earliest) { *day } else { *earliest };
            }
        }
        self.earliest = earliest.into_iter().min().unwrap_or(i32::MAX);
    }
}

/// The latest day of a column in these rows; [`DAY_MISSING`] where there is none.
pub(super) fn latest(column: &Days<'_>, rows: &Range<usize>) -> i32 {
    let mut days = [DAY_MISSING; ROWS];
    let mut latest = [DAY_MISSING; ROWS];
    for start in rows.clone().step_by(ROWS) {
        column.copy_rows(start, &mut days);
        for (latest, day) in latest.iter_mut().zip(&days) {
            let known = (Day::MIN.unix_days() <= *day) & (*day <= Day::MAX.unix_days());
            *latest = if known & (*latest < *day) { *day } else { *latest };
        }
    }
    latest.into_iter().max().unwrap_or(DAY_MISSING)
}

/// A bit per lane, the first lane in the lowest bit.
#[inline]
fn bits(lanes: &Lanes<i32>, holds: impl Fn(i32) -> bool) -> u64 {
    let mut bytes = [0_u8; ROWS];
    for (byte, lane) in bytes.iter_mut().zip(lanes) {
        *byte = u8::from(holds(*lane));
    }
    // The product moves byte i's lowest bit to bit 56 + i.
    let packed = bytes.as_chunks::<8>().0.iter();
    packed.rev().fold(0, |word, eight| word << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56)
}

/// A word with this many of its lowest bits set.
pub(super) fn first_bits(rows: usize) -> u64 {
    if rows >= ROWS { u64::MAX } else { (1 << rows) - 1 }
}

/// The rows whose bits are set, in order.
#[inline]
pub(super) fn rows_of(mut bits: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let row = bits.trailing_zeros() as usize;
        (bits != 0).then(|| {
            bits &= bits - 1;
            row
        })
    })
}

/// One row's lane.
#[inline]
pub(super) fn at<T: Copy + Default>(lanes: &Lanes<T>, row: usize) -> T {
    lanes.get(row % ROWS).copied().unwrap_or_default()
}
