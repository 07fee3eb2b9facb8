//! Sixty-four rows at a time: which of them need no repair, and which stages those entered.

#![expect(clippy::needless_bitwise_bool, reason = "`&` has no branch: the loops become vector instructions, measured")]

use crate::history::lead::Reading;
use crate::history::table::{AMOUNT_MISSING, Chunk, DAY_MISSING, Days};
use crate::quantity::Day;

/// As many rows as a word has bits.
pub(super) const ROWS: usize = 64;

/// A value for each row: loops over them become vector instructions.
pub(super) type Lanes<T> = [T; ROWS];

/// Stages of a funnel at most.
const STAGES: usize = 12;

/// Room for the last rows of a column, which are fewer than a block has.
pub(super) struct Spare([Lanes<i32>; STAGES + 2]);

impl Default for Spare {
    fn default() -> Self {
        Self([[DAY_MISSING; ROWS]; STAGES + 2])
    }
}

/// Rows of a table. A plain row is one that [`Reading::read`] would take as it is: its days are in order, none is
/// unreadable or later than `as_of`, no stage is skipped, and it was under observation from its first day.
pub(super) struct Block<'a> {
    /// The days of each stage; what stands where a stage was not entered means nothing.
    pub(super) stages: [&'a Lanes<i32>; STAGES],
    pub(super) lost: &'a Lanes<i32>,
    /// Plain rows, a bit each.
    pub(super) plain: u64,
    /// Plain rows that entered each stage.
    pub(super) entered: [u64; STAGES],
    /// Rows with a loss.
    pub(super) with_loss: u64,
    /// Rows with an amount above 0.
    pub(super) priced: u64,
}

/// What a row must keep to be plain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    as_of: i32,
    /// First days before this are left to the slow way.
    floor: i32,
    /// Days on which observation began, where the table does not say it row by row.
    observed_from: i32,
}

impl Limits {
    pub(super) fn new(reading: &Reading, floor: i32) -> Self {
        let observed_from = reading.observed_from.unwrap_or(DAY_MISSING);
        Self { as_of: reading.as_of, floor: floor.max(Day::MIN.unix_days()), observed_from }
    }
}

const NOTHING: &Lanes<i32> = &[DAY_MISSING; ROWS];

impl<'a> Block<'a> {
    /// The rows of a chunk from `start` on; `apart` marks rows that must not count as plain.
    pub(super) fn load(chunk: &'a Chunk<'_>, start: usize, apart: u64, limits: &Limits, spare: &'a mut Spare) -> Self {
        let mut block =
            Self { stages: [NOTHING; STAGES], lost: NOTHING, plain: 0, entered: [0; STAGES], with_loss: 0, priced: 0 };
        let [spare_lost, spare_observed, spare_stages @ ..] = &mut spare.0;
        let slots = block.stages.iter_mut().zip(&mut block.entered);
        for (((days, known), column), spare) in slots.zip(&chunk.stages).zip(spare_stages) {
            (*days, *known) = rows_from(column, start, spare);
        }
        let [first, ..] = &block.stages;
        let [entered_first, ..] = &block.entered;
        block.plain = first_bits(chunk.rows().saturating_sub(start)) & !apart & entered_first;
        block.plain &= bits(first, |day| (limits.floor <= day) & (day <= limits.as_of));
        let pairs = block.stages.windows(2).zip(block.entered.windows(2));
        for (days, known) in pairs.take(chunk.stages.len().saturating_sub(1)) {
            if let ([before, here], [known_before, known_here]) = (days, known) {
                let in_order = bits2(before, here, |before, here| (before <= here) & (here <= limits.as_of));
                block.plain &= !known_here | (known_before & in_order);
            }
        }
        if let Some(column) = &chunk.lost {
            (block.lost, block.with_loss) = rows_from(column, start, spare_lost);
            block.check_loss(limits.as_of);
        }
        block.check_observed(chunk.observed_from.as_ref(), start, limits.observed_from, spare_observed);
        block.check_amounts(chunk, start);
        block.entered.iter_mut().for_each(|entered| *entered &= block.plain);
        block
    }

    /// A loss must not lie before the last stage entered, nor after `as_of`.
    fn check_loss(&mut self, as_of: i32) {
        let further = self.entered.iter().skip(1).chain([&0]);
        let mut wrong = 0;
        for ((days, entered), further) in self.stages.iter().zip(&self.entered).zip(further) {
            let last = self.plain & self.with_loss & entered & !further;
            if last != 0 {
                wrong |= last & !bits2(days, self.lost, |day, lost| (day <= lost) & (lost <= as_of));
            }
        }
        self.plain &= !wrong;
    }

    fn check_observed(
        &mut self,
        column: Option<&'a Days<'_>>,
        start: usize,
        otherwise: i32,
        spare: &'a mut Lanes<i32>,
    ) {
        let [first, ..] = &self.stages;
        let mut without = u64::MAX;
        if let Some(column) = column {
            let (from, known) = rows_from(column, start, spare);
            let readable = |from: i32, first: i32| (Day::MIN.unix_days() <= from) & (from <= first);
            self.plain &= !known | bits2(from, first, readable);
            without = !known;
        }
        if otherwise != DAY_MISSING {
            self.plain &= !without | bits(first, |first| otherwise <= first);
        }
    }

    fn check_amounts(&mut self, chunk: &Chunk<'_>, start: usize) {
        let amounts = chunk.amounts.as_ref().and_then(|amounts| amounts.get(start..)).unwrap_or_default();
        let unusable = |amount: i64| (amount < 0) & (amount != AMOUNT_MISSING);
        let amounts = || amounts.iter().take(ROWS);
        self.priced = amounts().zip(0..).fold(0, |bits, (amount, row)| bits | u64::from(*amount > 0) << row);
        if amounts().fold(false, |any, amount| any | unusable(*amount)) {
            self.plain &= !amounts().zip(0..).fold(0, |bits, (amount, row)| bits | u64::from(unusable(*amount)) << row);
        }
    }

    /// Plain rows that entered the stage before a step, and those of them that entered the one after it.
    pub(super) fn entered(&self, step: usize) -> (u64, u64) {
        let entered = |stage: usize| self.entered.get(stage).copied().unwrap_or(0);
        (entered(step), entered(step + 1))
    }

    /// The days of a stage.
    pub(super) fn days(&self, stage: usize) -> &'a Lanes<i32> {
        self.stages.get(stage).copied().unwrap_or(NOTHING)
    }
}

/// The days of the rows from `start` on, and a bit for each row that has one.
fn rows_from<'a>(column: &'a Days<'_>, start: usize, spare: &'a mut Lanes<i32>) -> (&'a Lanes<i32>, u64) {
    let (days, known) = column.rows_from(start, spare);
    (days, known.unwrap_or_else(|| bits(days, |day| day != DAY_MISSING)))
}

/// A bit per lane, the first lane in the lowest bit.
#[inline]
fn bits(lanes: &Lanes<i32>, holds: impl Fn(i32) -> bool) -> u64 {
    bits2(lanes, lanes, |lane, _| holds(lane))
}

/// A bit per pair of lanes.
#[inline]
fn bits2(a: &Lanes<i32>, b: &Lanes<i32>, holds: impl Fn(i32, i32) -> bool) -> u64 {
    let mut bytes = [0_u8; ROWS];
    for ((byte, a), b) in bytes.iter_mut().zip(a).zip(b) {
        *byte = u8::from(holds(*a, *b));
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
