//! A history: the tally of a CRM table as of a day, with the report of what became of its rows.

use std::collections::HashMap;

use super::lead::{Lead, Reading, Repaired};
use super::report::{Report, Rules};
use super::table::{DAY_MISSING, DAY_UNREADABLE, NO_ID, Table};
use super::tally::Tally;
use crate::error::{Error, Kind, Result};
use crate::funnel::Segment;
use crate::quantity::Day;

/// What happened to the leads of a table, as far as it was known on a day.
///
/// # Example
/// See [`Tally`].
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    tally: Tally,
    report: Report,
}

impl History {
    /// Reads a table: each row is used, repaired by a named rule, or refused with a reason.
    ///
    /// # Errors
    /// `no_leads` for a table without any day where `as_of` is not given; `unequal_columns`.
    pub fn read(table: &Table<'_>) -> Result<Self> {
        table.check()?;
        let latest = || {
            table.chunks.iter().flat_map(|chunk| chunk.stages.iter().chain(&chunk.lost)).filter_map(latest_day).max()
        };
        let known_until = match table.as_of.map(Day::unix_days).or_else(latest) {
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
        let mut report = Report::default();
        let (segments, rank) = ranked(&table.segments);
        let leads = read_rows(table, &reading, &rank, &mut report);
        note_the_table(table, as_of, &mut report);
        let empty = Tally::empty(table.funnel.clone(), table.dimensions.clone(), as_of, table.currency);
        let tally = empty.count_leads(segments, leads.into_iter());
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

fn latest_day(column: &super::Days<'_>) -> Option<i32> {
    (0..column.len()).map(|row| column.at(row)).filter(|day| *day != DAY_MISSING && *day != DAY_UNREADABLE).max()
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

/// One lead per usable row, records of the same id merged.
fn read_rows(table: &Table<'_>, reading: &Reading, rank: &[u32], report: &mut Report) -> Vec<Lead> {
    let mut leads = Vec::new();
    let mut by_id: HashMap<u32, Vec<(Lead, Rules)>> = HashMap::new();
    for chunk in &table.chunks {
        for row in 0..chunk.rows() {
            report.read += 1;
            match reading.read(&chunk.record(row)) {
                Err(reason) => report.refuse(reason),
                Ok(Repaired { mut lead, rules, later_ignored }) => {
                    lead.segment = rank.get(lead.segment as usize).copied().unwrap_or(0);
                    report.later_ignored += u64::from(later_ignored);
                    match chunk.id(row) {
                        NO_ID => {
                            report.use_row(&rules);
                            leads.push(lead);
                        }
                        id => by_id.entry(id).or_default().push((lead, rules)),
                    }
                }
            }
        }
    }
    for records in by_id.into_values() {
        leads.extend(merge_records(records, report));
    }
    leads
}

/// Records of one id, oldest first: re-entries long after a loss are leads of their own, all else is one lead.
fn merge_records(mut records: Vec<(Lead, Rules)>, report: &mut Report) -> Vec<Lead> {
    records.sort_by_key(|(lead, _)| *lead);
    let mut leads: Vec<Lead> = Vec::new();
    for (lead, mut rules) in records {
        match leads.last_mut() {
            Some(earlier) if !earlier.is_over_for(&lead) => {
                rules.apply("merged");
                earlier.merge(&lead);
            }
            _ => leads.push(lead),
        }
        report.use_row(&rules);
    }
    leads
}

fn note_the_table(table: &Table<'_>, as_of: Day, report: &mut Report) {
    if table.as_of.is_none() {
        report.notes.push(format!(
            "as of {as_of}, the latest day in the table; pass `as_of` if records are complete up to another day"
        ));
    }
    if table.keying_delay_days > 0 {
        report
            .notes
            .push(format!("records are keyed {} days late: nothing after {as_of} is used", table.keying_delay_days));
    }
    if table.chunks.iter().all(|chunk| chunk.ids.is_none()) {
        report.notes.push("no id column was named, so no duplicates were looked for".to_owned());
    }
    if table.observed_from.is_none() && table.chunks.iter().all(|chunk| chunk.observed_from.is_none()) {
        report.notes.push(
            "all leads are taken as observed from their first day; pass `observed_from` if the CRM began later"
                .to_owned(),
        );
    }
}
