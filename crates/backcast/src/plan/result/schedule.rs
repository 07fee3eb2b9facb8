//! The plan over time: weeks, months and quarters, and the last day on which a newcomer is still of use.

use serde::{Deserialize, Serialize};

use crate::quantity::Day;

/// The plan over time. Numbers are rounded once, at the cell (ISO week within a month) of each stage and source, by largest
/// remainder over the stage's fixed number; weeks, months and quarters are sums of cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Schedule {
    /// How planned leads enter the first stage, in words.
    pub arrival: String,
    /// The days from start to deadline.
    pub days: u32,
    /// The days among them on which no lead enters the first stage.
    pub days_without_entries: u32,
    /// The month in which a fiscal year starts, 1 to 12.
    pub fiscal_year_start: u32,
    /// The share that a last useful day leaves, above 0, at most 1.
    pub last_useful_share: f64,
    /// One per stage, first to last.
    pub stages: Vec<StageTiming>,
    /// The sources that `sources` of a part counts, in this order; empty where none are told apart.
    pub sources: Vec<String>,
    /// The won deals expected from planned leads after the first stage's last useful day: what later stages still bring.
    pub wins_after_last_useful_day: Option<f64>,
    /// The cells, first to last: each week, cut where a month ends; named by both, such as `2026-W40 2026-10`.
    pub cells: Vec<SchedulePart>,
    /// ISO weeks, Monday first: `2026-W40`.
    pub weeks: Vec<SchedulePart>,
    /// Calendar months: `2026-10`.
    pub months: Vec<SchedulePart>,
    /// Quarters: `2026-Q4`, or `FY2027-Q1` in a fiscal year, named by the calendar year that it ends in.
    pub quarters: Vec<SchedulePart>,
}

/// What the deadline means for one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StageTiming {
    /// The stage's name.
    pub stage: String,
    /// The number that is spread over time.
    pub total: u64,
    /// The last day on which a newcomer that is won at all has at least the chosen chance to be won by the deadline;
    /// `None` without delays, or where even the first day is too late.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub last_useful_day: Option<Day>,
    /// Of those that are planned to enter this stage and are won at all, the share won after the deadline; `None`
    /// without delays.
    pub too_late: Option<f64>,
}

/// A run of days with what enters each stage in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SchedulePart {
    /// Such as `2026-W40`, `2026-10`, `2026-Q4`.
    pub name: String,
    /// Its first day within the plan's period.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub start: Day,
    /// Its last day within the plan's period.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub by: Day,
    /// How many enter each stage, first to last.
    pub entries: Vec<u64>,
    /// The same for each source; they sum to `entries`.
    pub sources: Vec<Vec<u64>>,
    /// The won deals expected in it, from planned leads.
    pub expected_wins: f64,
    /// How many of the planned leads are expected to enter each stage in it, first to last: the flow, which multiplies.
    pub expected_new: Vec<f64>,
    /// How many of what is in flight are expected to enter each stage in it (before its first day: in the first part).
    pub expected_open: Vec<f64>,
}

impl SchedulePart {
    pub(in crate::plan) fn on(day: Day, name: String, sources: usize) -> Self {
        Self {
            name,
            start: day,
            by: day,
            entries: Vec::new(),
            sources: vec![Vec::new(); sources],
            expected_wins: 0.0,
            expected_new: Vec::new(),
            expected_open: Vec::new(),
        }
    }

    pub(in crate::plan) fn add(&mut self, next: &Self) {
        self.by = next.by;
        let add = |sum: &mut [u64], more: &[u64]| sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut self.entries, &next.entries);
        self.sources.iter_mut().zip(&next.sources).for_each(|(sum, more)| add(sum, more));
        self.expected_wins += next.expected_wins;
        let add = |sum: &mut [f64], more: &[f64]| sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut self.expected_new, &next.expected_new);
        add(&mut self.expected_open, &next.expected_open);
    }
}
