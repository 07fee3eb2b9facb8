//! A CRM table as column slices: days, amounts and codes, in place where they are already typed.

use std::collections::HashMap;

use super::cells::Cells;
use crate::error::{Error, Kind, Result};
use crate::funnel::{Funnel, Segment};
use crate::quantity::{Currency, Day};

/// A cell without a day.
pub const DAY_MISSING: i32 = i32::MIN;
/// A cell that holds something which is not a day.
pub const DAY_UNREADABLE: i32 = i32::MIN + 1;
/// A cell without an amount.
pub const AMOUNT_MISSING: i64 = i64::MIN;
/// A cell that holds something which is not an amount.
pub const AMOUNT_UNREADABLE: i64 = i64::MIN + 1;
/// A row without an id: it is never taken for a duplicate.
pub const NO_ID: u32 = u32::MAX;

/// One column of days (since 1970-01-01) in one chunk of a table.
#[derive(Clone, Debug)]
pub enum Days<'a> {
    /// Typed days, read in place; `valid` is Arrow's bitmap (least significant bit first) with the offset of row 0.
    InPlace {
        /// One value per row.
        values: &'a [i32],
        /// Bit `offset + row` is 0 where the row has no day; `None`: all have.
        valid: Option<(&'a [u8], usize)>,
    },
    /// Days that had to be read from text or timestamps; [`DAY_MISSING`], [`DAY_UNREADABLE`].
    Read(Vec<i32>),
}

impl Days<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::InPlace { values, .. } => values.len(),
            Self::Read(values) => values.len(),
        }
    }

    #[inline]
    pub(crate) fn at(&self, row: usize) -> i32 {
        let (values, valid) = match self {
            Self::InPlace { values, valid } => (*values, *valid),
            Self::Read(values) => (values.as_slice(), None),
        };
        if let Some((bits, offset)) = valid {
            let bit = offset + row;
            if bits.get(bit / 8).is_none_or(|byte| byte >> (bit % 8) & 1 == 0) {
                return DAY_MISSING;
            }
        }
        match values.get(row) {
            Some(day) if (Day::MIN.unix_days()..=Day::MAX.unix_days()).contains(day) => *day,
            Some(&DAY_MISSING) | None => DAY_MISSING,
            Some(_) => DAY_UNREADABLE,
        }
    }
}

impl Days<'_> {
    /// The days of the rows from `start` on, in place or, past the last row, in `spare`; and, where a bitmap says which
    /// rows have a day, a bit for each that has one: what stands in the others then means nothing.
    pub(super) fn rows_from<'a>(&'a self, start: usize, spare: &'a mut [i32; 64]) -> (&'a [i32; 64], Option<u64>) {
        let (values, valid) = match self {
            Self::InPlace { values, valid } => (*values, *valid),
            Self::Read(values) => (values.as_slice(), None),
        };
        let values = values.get(start..).unwrap_or_default();
        let rows = values.first_chunk().unwrap_or_else(|| {
            spare.fill(DAY_MISSING);
            spare.iter_mut().zip(values).for_each(|(row, value)| *row = *value);
            spare
        });
        (rows, valid.map(|(bits, offset)| word_at(bits, offset + start)))
    }
}

/// Sixty-four bits of a bitmap from a bit on; 0 past its end.
fn word_at(bits: &[u8], first: usize) -> u64 {
    let bytes = bits.get(first / 8..).unwrap_or_default();
    let word = bytes.first_chunk().map_or_else(
        || bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        |whole| u64::from_le_bytes(*whole),
    );
    match first % 8 {
        0 => word,
        shift => word >> shift | u64::from(bytes.get(8).copied().unwrap_or(0)) << (64 - shift),
    }
}

/// A row as it was read; days since 1970-01-01 or one of the two marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) entered: [i32; 12],
    pub(crate) lost: i32,
    pub(crate) observed_from: i32,
    pub(crate) amount: i64,
    pub(crate) segment: u32,
}

/// Consecutive rows of a table. All columns are equally long.
#[derive(Clone, Debug, Default)]
pub struct Chunk<'a> {
    /// One column per stage, first stage first: the day each was entered.
    pub stages: Vec<Days<'a>>,
    /// The day the lead was lost.
    pub lost: Option<Days<'a>>,
    /// The day from which the lead was under observation, where that differs by row.
    pub observed_from: Option<Days<'a>>,
    /// Deal amounts in minor units; [`AMOUNT_MISSING`], [`AMOUNT_UNREADABLE`].
    pub amounts: Option<Vec<i64>>,
    /// The lead's id as a code of [`Codes`], or [`NO_ID`].
    pub ids: Option<Vec<u32>>,
    /// The segment as an index into [`Table::segments`]; empty without dimensions.
    pub segments: Vec<u32>,
}

impl Chunk<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.stages.first().map_or(0, Days::len)
    }

    pub(crate) fn record(&self, row: usize) -> Record {
        let mut entered = [DAY_MISSING; 12];
        for (slot, column) in entered.iter_mut().zip(&self.stages) {
            *slot = column.at(row);
        }
        let day = |column: &Option<Days<'_>>| column.as_ref().map_or(DAY_MISSING, |days| days.at(row));
        Record {
            entered,
            lost: day(&self.lost),
            observed_from: day(&self.observed_from),
            amount: self.amounts.as_ref().and_then(|a| a.get(row)).copied().unwrap_or(AMOUNT_MISSING),
            segment: self.segments.get(row).copied().unwrap_or(0),
        }
    }

    pub(crate) fn id(&self, row: usize) -> u32 {
        self.ids.as_ref().and_then(|ids| ids.get(row)).copied().unwrap_or(NO_ID)
    }

    fn check(&self, stages: usize) -> Result<()> {
        let rows = self.rows();
        let lengths = self.stages.iter().chain(&self.lost).chain(&self.observed_from).map(Days::len);
        let lengths = lengths
            .chain(self.amounts.as_ref().map(Vec::len))
            .chain(self.ids.as_ref().map(Vec::len))
            .chain(Some(self.segments.len()).filter(|len| *len > 0));
        match lengths.into_iter().find(|len| *len != rows) {
            Some(len) => Err(Error::new(Kind::UnequalColumns, format!("{rows} and {len} rows"))),
            None if self.stages.len() != stages => {
                let given = format!("{} columns of days for {stages} stages", self.stages.len());
                Err(Error::new(Kind::UnequalColumns, given))
            }
            None => Ok(()),
        }
    }
}

/// A CRM table, and how it is to be read.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// The stages, one column of days each.
    pub funnel: Funnel,
    /// The names of the segment dimensions; none: all leads together.
    pub dimensions: Vec<String>,
    /// The segments that [`Chunk::segments`] points to.
    pub segments: Vec<Segment>,
    /// The rows.
    pub chunks: Vec<Chunk<'a>>,
    /// The last day whose records are complete; `None`: the latest day in any stage or lost column.
    pub as_of: Option<Day>,
    /// The day from which all leads were under observation.
    pub observed_from: Option<Day>,
    /// Records are keyed this many days late: `as_of` moves back by as many.
    pub keying_delay_days: u32,
    /// An end before its start by at most so many days is a matter of time zones, and repaired.
    pub max_disorder_days: u32,
    /// The currency of the amounts, if known.
    pub currency: Option<Currency>,
    /// What the columns of text hold.
    pub cells: Vec<Cells>,
    /// Rows that fit no columns and stand in no chunk: they are counted as refused.
    pub misfits: Vec<Misfit>,
    /// What the reader has to say of the table, in sentences.
    pub notes: Vec<String>,
}

/// A row of a file that does not fit the file's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The row's number below the header, from 1.
    pub row: u64,
    /// Its line in the file, from 1.
    pub line: u64,
    /// What is wrong with it, such as `3 fields for 5 columns`.
    pub why: String,
}

impl<'a> Table<'a> {
    /// A table of these rows with the usual reading: no segments, no currency, known up to its latest day.
    #[must_use]
    pub fn new(funnel: Funnel, chunks: Vec<Chunk<'a>>) -> Self {
        Self {
            funnel,
            dimensions: Vec::new(),
            segments: Vec::new(),
            chunks,
            as_of: None,
            observed_from: None,
            keying_delay_days: 0,
            max_disorder_days: Self::MAX_DISORDER_DAYS,
            currency: None,
            cells: Vec::new(),
            misfits: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// How many days before the observed order of two stages counts as disorder, unless the user says otherwise.
    pub const MAX_DISORDER_DAYS: u32 = 2;

    pub(crate) fn check(&self) -> Result<()> {
        self.chunks.iter().try_for_each(|chunk| chunk.check(self.funnel.stages().len()))
    }
}

/// Whole numbers for texts: equal texts get equal codes, from 0 in order of appearance.
///
/// # Example
/// ```
/// let mut codes = backcast::history::Codes::default();
/// assert_eq!((codes.code("a"), codes.code("b"), codes.code("a")), (0, 1, 0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Codes {
    known: HashMap<String, u32>,
    in_order: Vec<String>,
}

impl Codes {
    /// The code of a text.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        let code = u32::try_from(self.in_order.len()).unwrap_or(NO_ID);
        self.known.insert(text.to_owned(), code);
        self.in_order.push(text.to_owned());
        code
    }

    /// The texts, by code.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.in_order
    }
}
