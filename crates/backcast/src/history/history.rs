//! A history: the tally of a CRM table as of a day, with the report of what became of its rows.

use serde::{Deserialize, Serialize};

use super::as_of::{self, Known};
use super::count;
use super::doubts::{self, Doubts};
use super::lead::Reading;
use super::report::{LOST, OBSERVED_FROM, Reason, Report};
use super::table::{Chunk, Misfit, Table};
use super::tally::Tally;
use super::threads;
use crate::error::{Error, Kind, Result};
use crate::funnel::Segment;
use crate::quantity::Day;
use crate::words::en::records as words;

/// What happened to the leads of a table, as far as it was known on a day.
///
/// A table that does not fit into memory is read batch by batch: memory then depends on the length of a batch and on how
/// many different counts there are, not on how many leads there are. All batches need the same `as_of`; rows of one id
/// become one lead only within a batch, so all rows of an id belong into the same one.
///
/// # Example
/// ```
/// use backcast::{Day, Funnel, History, Table};
/// use backcast::history::{Chunk, Days};
/// let as_of: Day = "1970-12-31".parse()?;
/// let batch = |first: i32| Chunk {
///     stages: vec![Days::Read((first..first + 100).collect()), Days::Read(vec![first + 120; 100])],
///     ..Chunk::default()
/// };
/// let read = |chunks| {
///     History::read(&Table { as_of: Some(as_of), ..Table::new(Funnel::new(["lead", "won"])?, chunks) })
/// };
/// let mut history = read(vec![])?;
/// for first in [0, 30, 60] {
///     history = history.merge(&read(vec![batch(first)])?)?;
/// }
/// assert_eq!(history, read(vec![batch(0), batch(30), batch(60)])?);
/// assert_eq!(history.report().read, 300);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct History {
    tally: Tally,
    report: Report,
    doubts: Doubts,
}

/// Histories are equal if they say the same, whether their days were text or not.
impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        let said = |history: &Self| (history.notes(), history.warnings());
        self.tally == other.tally && self.report == other.report && said(self) == said(other)
    }
}

impl History {
    /// Reads a table: each row is used, repaired by a named rule, or refused with a reason.
    ///
    /// With the feature `parallel` all processors work on a long table; the history is the same to the bit.
    ///
    /// # Errors
    /// `no_leads` for a table without any day where `as_of` is not given; `unequal_columns`.
    pub fn read(table: &Table<'_>) -> Result<Self> {
        let rows = table.chunks.iter().map(Chunk::rows).sum();
        Self::read_with(table, threads::available(rows))
    }

    /// As [`History::read`], with so many threads; without the feature `parallel` with one.
    ///
    /// # Errors
    /// As [`History::read`].
    pub fn read_with(table: &Table<'_>, threads: usize) -> Result<Self> {
        let (mut segments, ranks) = Segment::ranked(&table.segments);
        if segments.is_empty() {
            segments.push(Segment::default());
        }
        let empty = |as_of| Tally::empty(table.funnel.clone(), table.dimensions.clone(), as_of, table.currency);
        Self::read_as(table, table.as_of, (segments, &ranks), empty, threads)
    }

    /// All leads of the table together, as far as they were known on `as_of`: what [`History::read`] gives for the table
    /// with that `as_of` and without segments.
    pub(crate) fn known_on(table: &Table<'_>, as_of: Option<Day>) -> Result<Self> {
        let rows = table.chunks.iter().map(Chunk::rows).sum();
        let ranks = vec![0; table.segments.len()];
        let empty = |as_of| Tally::empty(table.funnel.clone(), Vec::new(), as_of, table.currency);
        Self::read_as(table, as_of, (vec![Segment::default()], &ranks), empty, threads::available(rows))
    }

    fn read_as(
        table: &Table<'_>,
        as_of: Option<Day>,
        (segments, ranks): (Vec<Segment>, &[u32]),
        empty: impl Fn(Day) -> Tally,
        threads: usize,
    ) -> Result<Self> {
        table.check()?;
        let rows = table.chunks.iter().map(|chunk| chunk.rows() as u64).sum();
        doubts::refuse(table, rows)?;
        let found =
            if as_of.is_none() { as_of::known_until(&count::entries_by_day(&table.chunks, threads)) } else { None };
        let known_until = match as_of.map(Day::unix_days).or(found.map(|found| found.until)) {
            Some(day) => Day::from_unix_days(day)?,
            None => return Err(Error::new(Kind::NoLeads, "any day: the table has no dates")),
        };
        let as_of = known_until.plus_days(-i32::try_from(table.keying_delay_days).unwrap_or(i32::MAX));
        let reading = reading(table, as_of);
        let mut counted = count::count(&table.chunks, &reading, ranks, segments.len(), threads);
        if counted.last_segment as usize >= ranks.len().max(1) {
            let given = format!("{} of {}", counted.last_segment, ranks.len());
            return Err(Error::new(Kind::SegmentOutOfRange, given));
        }
        counted.rows.refuse_all(Reason::MalformedRow, table.misfits.len() as u64);
        let rows = counted.rows.clone();
        let mut report = rows.report();
        if table.chunks.iter().any(|chunk| chunk.amounts.is_some()) {
            report.amounts = Some(rows.amounts.complete());
        }
        let tally = empty(as_of).with(segments, counted);
        // A table without rows says nothing of itself: merging it changes nothing.
        if report.read > 0 {
            report.notes = notes(table, as_of, found.as_ref());
        }
        let doubts = Doubts::of(table, &rows);
        Ok(Self { tally, report, doubts })
    }

    /// The counts of both histories.
    ///
    /// # Errors
    /// As [`Tally::merge`].
    pub fn merge(&self, other: &Self) -> Result<Self> {
        let tally = self.tally.merge(&other.tally)?;
        let mut report = self.report.clone();
        report.add(&other.report);
        let mut doubts = self.doubts.clone();
        doubts.add(&other.doubts);
        Ok(Self { tally, report, doubts })
    }

    /// The first refused rows of a table, at most so many, as [`History::read`] refuses them with records known up to `as_of`.
    ///
    /// # Example
    /// ```
    /// use backcast::history::{Chunk, Days};
    /// use backcast::{Funnel, History, Table};
    /// let funnel = Funnel::new(["lead", "customer"])?;
    /// let chunk = Chunk { stages: vec![Days::Read(vec![0, 90]), Days::Read(vec![9, 30])], ..Chunk::default() };
    /// let refused = History::refused(&Table::new(funnel, vec![chunk]), "1970-12-31".parse()?, 10);
    /// assert_eq!((refused[0].row, refused[0].column, refused[0].reason), (2, Some(1), "stage_order"));
    /// # Ok::<(), backcast::Error>(())
    /// ```
    #[must_use]
    pub fn refused(table: &Table<'_>, as_of: Day, at_most: usize) -> Vec<RefusedRow> {
        let reading = reading(table, as_of);
        let mut misfits = table.misfits.iter().peekable();
        let mut found = Vec::new();
        let mut number = 0;
        let records = table.chunks.iter().flat_map(|chunk| (0..chunk.rows()).map(|row| chunk.record(row)));
        for (at, record) in records.enumerate() {
            number += 1;
            while let Some(misfit) = misfits.next_if(|misfit| misfit.row <= number) {
                found.push(RefusedRow::of_misfit(misfit));
                number += 1;
            }
            if found.len() >= at_most {
                break;
            }
            if let Err(refusal) = reading.read(&record) {
                let (column, reason) = (Some(refusal.column), refusal.reason.name());
                found.push(RefusedRow { row: number, at: Some(at), column, reason, why: None });
            }
        }
        found.extend(misfits.map(RefusedRow::of_misfit));
        found.truncate(at_most);
        found
    }

    /// The history as text, from which [`History::from_json`] makes an equal one.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Saved { format: FORMAT.to_owned(), version: VERSION, history: self }).unwrap_or_default()
    }

    /// The history that [`History::to_json`] has written.
    ///
    /// # Errors
    /// `not_a_history` for anything else: what another version has written, and counts that cannot be.
    ///
    /// # Example
    /// ```
    /// use backcast::{Funnel, History, Table};
    /// use backcast::history::{Chunk, Days};
    /// let chunk = Chunk { stages: vec![Days::Read(vec![0, 3]), Days::Read(vec![9, i32::MIN])], ..Chunk::default() };
    /// let history = History::read(&Table::new(Funnel::new(["lead", "customer"])?, vec![chunk]))?;
    /// assert_eq!(History::from_json(&history.to_json())?, history);
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        let refuse = |why: &dyn core::fmt::Display| Error::new(Kind::NotAHistory, why);
        let header: Header = serde_json::from_str(text).map_err(|error| refuse(&error))?;
        match (header.format.as_deref(), header.version) {
            (Some(FORMAT), Some(VERSION)) => {}
            (Some(FORMAT), Some(version)) => return Err(refuse(&format!("it is of version {version}, not {VERSION}"))),
            _ => return Err(refuse(&"it does not say that it is one")),
        }
        let saved: Saved<Self> = serde_json::from_str(text).map_err(|error| refuse(&error))?;
        Ok(saved.history)
    }

    /// The counts that estimation reads.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Why what is learned from the table may be wrong, in sentences, with numbers: every plan over it repeats them first.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.doubts.warnings(&self.report, &self.tally)
    }

    /// Things to know about the table, in sentences: those of the report, and what its cells hold.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = [self.doubts.notes(), self.report.notes.clone()].concat();
        notes.sort();
        notes
    }

    /// What became of the rows.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// What a saved history says of itself.
const FORMAT: &str = "backcast history";
/// Version 2 knows conversions without a day, and amounts of open deals; version 1 did not say what it was.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Saved<H> {
    format: String,
    version: u32,
    history: H,
}

#[derive(Deserialize)]
struct Header {
    format: Option<String>,
    version: Option<u32>,
}

/// A row that is refused, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedRow {
    /// The row's number in the table, from 1.
    pub row: u64,
    /// Its number among the rows of all chunks, from 0; `None` for a row of a file that fits no columns.
    pub at: Option<usize>,
    /// The column of days that it is refused for: the stage's number from 0, [`RefusedRow::LOST`] or
    /// [`RefusedRow::OBSERVED_FROM`].
    pub column: Option<usize>,
    /// The reason, as in [`Report::reasons`].
    pub reason: &'static str,
    /// For a row of a file that fits no columns, its line and what is wrong with it.
    pub why: Option<String>,
}

impl RefusedRow {
    /// The column of the loss.
    pub const LOST: usize = LOST;
    /// The column of the day from which a lead was observed.
    pub const OBSERVED_FROM: usize = OBSERVED_FROM;

    fn of_misfit(misfit: &Misfit) -> Self {
        let why = Some(words::misfit(misfit.line, &misfit.why));
        Self { row: misfit.row, at: None, column: None, reason: Reason::MalformedRow.name(), why }
    }
}

fn reading(table: &Table<'_>, as_of: Day) -> Reading {
    Reading {
        stages: table.funnel.stages().len(),
        as_of: as_of.unix_days(),
        max_disorder_days: i32::try_from(table.max_disorder_days).unwrap_or(i32::MAX),
        observed_from: table.observed_from.map(Day::unix_days),
    }
}

/// What to know of the table, sorted.
fn notes(table: &Table<'_>, as_of: Day, found: Option<&Known>) -> Vec<String> {
    let mut notes = table.notes.clone();
    notes.extend(doubts::alike(table));
    notes.extend(found.map(|found| inferred(as_of, found)));
    if table.keying_delay_days > 0 {
        notes.push(words::keyed_late(table.keying_delay_days, as_of));
    }
    if table.chunks.iter().all(|chunk| chunk.ids.is_none()) {
        notes.push(words::no_id());
    }
    if table.observed_from.is_none() && table.chunks.iter().all(|chunk| chunk.observed_from.is_none()) {
        notes.push(words::observed_from_the_start());
    }
    notes.sort();
    notes
}

/// How the day was found up to which records are known.
fn inferred(as_of: Day, found: &Known) -> String {
    if found.later == 0 {
        return words::as_of_the_latest(as_of);
    }
    words::as_of_the_last_usual(as_of, found.later, found.entries, Day::from_unix_days(found.latest).ok())
}
