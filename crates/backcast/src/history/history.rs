//! A history: the tally of a CRM table as of a day, with the report of what became of its rows.

use serde::{Deserialize, Serialize};

use super::as_of::{self, Known};
use super::count;
use super::doubts;
use super::lead::Reading;
use super::report::{Reason, Report};
use super::table::{Chunk, Table};
use super::tally::Tally;
use super::threads;
use crate::error::{Error, Kind, Result};
use crate::funnel::Segment;
use crate::quantity::{Day, shown};

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    tally: Tally,
    report: Report,
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
        let (segments, ranks) = ranked(&table.segments);
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
        let reading = Reading {
            stages: table.funnel.stages().len(),
            as_of: as_of.unix_days(),
            max_disorder_days: i32::try_from(table.max_disorder_days).unwrap_or(i32::MAX),
            observed_from: table.observed_from.map(Day::unix_days),
        };
        let mut counted = count::count(&table.chunks, &reading, ranks, segments.len(), threads);
        counted.rows.refuse_all(Reason::MalformedRow, table.misfits.len() as u64);
        let rows = counted.rows.clone();
        let mut report = rows.report();
        let tally = empty(as_of).with(segments, counted);
        // A table without rows says nothing of itself: merging it changes nothing.
        if report.read > 0 {
            report.notes = notes(table, as_of, found.as_ref());
            report.warnings = doubts::warnings(table, &rows, &tally, report.read);
        }
        Ok(Self { tally, report })
    }

    /// The counts of both histories.
    ///
    /// # Errors
    /// As [`Tally::merge`].
    pub fn merge(&self, other: &Self) -> Result<Self> {
        let tally = self.tally.merge(&other.tally)?;
        let mut report = self.report.clone();
        report.add(&other.report);
        Ok(Self { tally, report })
    }

    /// The history as text, from which [`History::from_json`] makes an equal one.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The history that [`History::to_json`] has written.
    ///
    /// # Errors
    /// `not_a_history` for anything else.
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
        serde_json::from_str(text).map_err(|error| Error::new(Kind::NotAHistory, error))
    }

    /// The counts that estimation reads.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What became of the rows.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// The segments in their natural order, and where each has gone: nothing then depends on the order of rows.
fn ranked(segments: &[Segment]) -> (Vec<Segment>, Vec<u32>) {
    let mut order = if segments.is_empty() { vec![Segment::default()] } else { segments.to_vec() };
    order.sort();
    order.dedup();
    let place = |segment| u32::try_from(order.binary_search(segment).unwrap_or(0)).unwrap_or(0);
    let rank = segments.iter().map(place).collect();
    (order, rank)
}

/// What to know of the table, sorted.
fn notes(table: &Table<'_>, as_of: Day, found: Option<&Known>) -> Vec<String> {
    let mut notes = doubts::notes(table);
    notes.extend(found.map(|found| inferred(as_of, found)));
    if table.keying_delay_days > 0 {
        notes.push(format!("records are keyed {} days late: nothing after {as_of} is used", table.keying_delay_days));
    }
    if table.chunks.iter().all(|chunk| chunk.ids.is_none()) {
        notes.push("no id column was named, so no duplicates were looked for".to_owned());
    }
    if table.observed_from.is_none() && table.chunks.iter().all(|chunk| chunk.observed_from.is_none()) {
        notes.push(
            "all leads are taken as observed from their first day; pass `observed_from` if the CRM began later"
                .to_owned(),
        );
    }
    notes.sort();
    notes
}

/// How the day was found up to which records are known.
fn inferred(as_of: Day, found: &Known) -> String {
    let pass = "pass `as_of` if records are complete up to another day";
    if found.later == 0 {
        return format!("as of {as_of}, the latest day in the table; {pass}");
    }
    let latest = Day::from_unix_days(found.latest).map_or_else(|_| String::new(), |day| day.to_string());
    format!(
        "as of {as_of}, the last day with as many entries as usual; {} of {} entries lie later, up to {latest}, and are set aside; \
         {pass}",
        shown::count(found.later),
        shown::count(found.entries)
    )
}
