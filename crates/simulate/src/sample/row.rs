//! The row: one record of the CRM before it is written as text.

use super::recipe::{CHANNELS, COUNTRIES, PERSONAS, SAMPLE_AS_OF};
use crate::calendar::iso_day;
use crate::draw::{Dice, cumulative_shares};
use crate::world::{Leads, MISSING, MISSING_AMOUNT};

/// What happened to a lead: the days of its four stages and of its loss, and its amount in cents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub(super) stages: [i32; 4],
    pub(super) lost: i32,
    pub(super) amount: i64,
}

impl Course {
    /// The courses of all leads, one after the other.
    pub(super) fn all(leads: &Leads) -> Vec<Self> {
        let [created, mql, sql, customer] = leads.entered.as_slice() else { return Vec::new() };
        let stages = created.iter().zip(mql).zip(sql).zip(customer).map(|(((a, b), c), d)| [*a, *b, *c, *d]);
        let facts = leads.lost.iter().zip(&leads.amount);
        stages.zip(facts).map(|(stages, (lost, amount))| Self { stages, lost: *lost, amount: *amount }).collect()
    }

    /// The same course, begun on another day and known up to the day of the export.
    pub(super) fn moved_to(self, day: i32) -> Self {
        let [created, ..] = self.stages;
        let moved = |d: i32| {
            let new = d.saturating_add(day - created);
            if d == MISSING || new > SAMPLE_AS_OF { MISSING } else { new }
        };
        let stages = self.stages.map(moved);
        let won = stages.last().is_some_and(|d| *d != MISSING);
        Self { stages, lost: moved(self.lost), amount: if won { self.amount } else { MISSING_AMOUNT } }
    }

    /// The position of the last stage entered: 0 lead, 1 MQL, 2 SQL, 3 customer.
    pub(super) fn reached(&self) -> usize {
        self.stages.iter().rposition(|day| *day != MISSING).unwrap_or(0)
    }

    /// The day of a stage, or `MISSING`.
    pub(super) fn day(&self, stage: usize) -> i32 {
        self.stages.get(stage).copied().unwrap_or(MISSING)
    }

    pub(super) fn set_day(&mut self, stage: usize, day: i32) {
        if let Some(at) = self.stages.get_mut(stage) {
            *at = day;
        }
    }
}

/// One row of the export.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: usize,
    pub(super) channel: String,
    pub(super) persona: &'static str,
    pub(super) country: &'static str,
    pub(super) course: Course,
    /// Text that stands in place of the day of a stage.
    pub(super) unreadable: Option<(usize, &'static str)>,
    /// The day by which the export is sorted: that of creation, whatever the row says after planting.
    pub(super) listed_on: i32,
    /// Whether this row carries, or is part of, one kind of dirt; it never gets a second.
    pub(super) planted: bool,
}

impl Row {
    /// Clean rows, one per lead, with countries drawn at random.
    pub(super) fn all(leads: &Leads, dice: &mut Dice) -> Vec<Self> {
        let shares = cumulative_shares(COUNTRIES.iter().map(|(_, share)| *share));
        let records = Course::all(leads).into_iter().zip(&leads.segment).zip(1..);
        let rows = records.map(|((course, segment), id)| {
            let segment = usize::from(*segment);
            Self {
                id,
                channel: CHANNELS.get(segment / PERSONAS.len()).map_or("", |c| c.0).to_owned(),
                persona: PERSONAS.get(segment % PERSONAS.len()).map_or("", |p| p.0),
                country: COUNTRIES.get(dice.position(&shares)).map_or("", |c| c.0),
                listed_on: course.day(0),
                course,
                unreadable: None,
                planted: false,
            }
        });
        rows.collect()
    }

    /// The ten fields as text, in the order of `SAMPLE_COLUMNS`.
    pub(super) fn text(&self) -> [String; 10] {
        let day = |d: i32| if d == MISSING { String::new() } else { iso_day(d) };
        let mut stages = self.course.stages.map(day);
        if let Some((stage, text)) = self.unreadable
            && let Some(field) = stages.get_mut(stage)
        {
            text.clone_into(field);
        }
        let [lead_on, mql_on, sql_on, customer_on] = stages;
        [
            format!("L-{:05}", self.id),
            self.channel.clone(),
            self.persona.to_owned(),
            self.country.to_owned(),
            lead_on,
            mql_on,
            sql_on,
            customer_on,
            day(self.course.lost),
            money(self.course.amount),
        ]
    }
}

/// Cents as decimal text in major units, `1234.50`; blank where missing.
fn money(cents: i64) -> String {
    if cents == MISSING_AMOUNT {
        return String::new();
    }
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}
