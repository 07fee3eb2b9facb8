//! By when: the plan's numbers over weeks, months and quarters, and the last day on which a newcomer is still of use.

use serde::Serialize;

use super::arrival::{Arrival, DaysOff, days, in_words};
use crate::error::{Error, Kind, Result};
use crate::math::apportion::{largest_remainder, with_margins};
use crate::quantity::{Day, FiscalYear, Month, Period, Quarter, Week};
use crate::rates::Lag;

/// The longest schedule: ten years, beyond which delays are not told apart either.
const MOST_DAYS: i32 = 3_653;

/// How a plan is spread over time.
///
/// # Example
/// ```
/// use backcast::{Conversion, Funnel, Goal, Rates};
/// use backcast::plan::{Arrival, Scheduling};
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
/// let ramp = Scheduling::default().arriving(Arrival::Ramp { from: 1.0, to: 3.0 });
/// let goal = Goal::customers(50)?.starting("2026-10-01".parse()?).by("2026-12-31".parse()?).scheduled(ramp);
/// let schedule = goal.plan(&rates)?.schedule.ok_or("no schedule")?;
/// let months: Vec<_> = schedule.months.iter().map(|month| month.entries[0]).collect();
/// // 563.1, 815.2 and 1121.7, rounded by weeks within the months.
/// assert_eq!((months.iter().sum(), months), (2500, vec![564, 814, 1122]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduling {
    pub(super) arrival: Arrival,
    pub(super) days_off: DaysOff,
    pub(super) fiscal_year: FiscalYear,
    pub(super) last_useful_share: f64,
}

impl Default for Scheduling {
    /// Evenly on every day, fiscal years from January, of use down to a chance of 5 %.
    fn default() -> Self {
        Self {
            arrival: Arrival::default(),
            days_off: DaysOff::default(),
            fiscal_year: FiscalYear::default(),
            last_useful_share: 0.05,
        }
    }
}

impl Scheduling {
    /// With leads entering in this shape.
    #[must_use]
    pub fn arriving(mut self, arrival: Arrival) -> Self {
        self.arrival = arrival;
        self
    }

    /// Without entries on these days.
    #[must_use]
    pub fn without(mut self, days_off: DaysOff) -> Self {
        self.days_off = days_off;
        self
    }

    /// With the quarters of this fiscal year.
    #[must_use]
    pub fn in_fiscal_year(mut self, fiscal_year: FiscalYear) -> Self {
        self.fiscal_year = fiscal_year;
        self
    }

    /// With the last useful day of a stage where this share (above 0, at most 1) of those won at all is won in time.
    ///
    /// # Errors
    /// `last_useful_share`.
    pub fn useful_from(mut self, share: f64) -> Result<Self> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(Error::new(Kind::LastUsefulShare, share));
        }
        self.last_useful_share = share;
        Ok(self)
    }
}

/// The plan over time. Numbers are rounded once, at the cell (ISO week within a month) of each stage and source, by largest
/// remainder over the stage's fixed number; weeks, months and quarters are sums of cells.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StageTiming {
    /// The stage's name.
    pub stage: String,
    /// The number that is spread over time.
    pub total: u64,
    /// The last day on which a newcomer that is won at all has at least the chosen chance to be won by the deadline;
    /// `None` without delays, or where even the first day is too late.
    pub last_useful_day: Option<String>,
    /// Of those that are planned to enter this stage and are won at all, the share won after the deadline; `None`
    /// without delays.
    pub too_late: Option<f64>,
}

/// A run of days with what enters each stage in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SchedulePart {
    /// Such as `2026-W40`, `2026-10`, `2026-Q4`.
    pub name: String,
    /// Its first day within the plan's period.
    pub start: String,
    /// Its last day within the plan's period.
    pub by: String,
    /// How many enter each stage, first to last.
    pub entries: Vec<u64>,
    /// The same for each source; they sum to `entries`.
    pub sources: Vec<Vec<u64>>,
    /// The won deals expected in it, from planned leads.
    pub expected_wins: f64,
}

/// What is spread: one number per stage, and what becomes of those that enter.
#[derive(Clone, Copy, Debug)]
pub(super) struct StageTotals<'a> {
    /// Stage names, first to last.
    pub(super) stages: &'a [String],
    /// The planned number of each.
    pub(super) totals: &'a [u64],
    /// The names of the sources.
    pub(super) sources: &'a [String],
    /// Per stage the number of each source, which sum to the stage's total; empty without sources.
    pub(super) split: &'a [Vec<u64>],
    /// The share of entrants of the first stage that is won at all.
    pub(super) won: f64,
    /// The delay of each step, and of each stage that until the win, known as far as the deadline reaches.
    pub(super) time: Option<(&'a [Lag], &'a [Lag])>,
}

/// Some days of one week and one month.
struct Cell {
    first: usize,
    days: usize,
    week: Week,
    month: Month,
    quarter: Quarter,
    part: SchedulePart,
}

/// Whether a schedule can be made for a period of this length.
pub(super) fn fits(period: Period) -> bool {
    period.days() <= MOST_DAYS
}

/// The plan's days, as a period that a schedule can be made for.
pub(super) fn period(start: Option<Day>, by: Option<Day>) -> Result<Period> {
    let refused = |given: &str| Error::new(Kind::SchedulePeriod, given);
    let (start, by) = match (start, by) {
        (Some(start), Some(by)) => (start, by),
        (None, Some(_)) => return Err(refused("`goal.start`")),
        (Some(_), None) => return Err(refused("`goal.by`")),
        (None, None) => return Err(refused("`goal.start` and `goal.by`")),
    };
    let period = Period::new(start, by.plus_days(1))?;
    if fits(period) { Ok(period) } else { Err(refused(&format!("a shorter period than {}", in_words(period)))) }
}

/// The schedule of these volumes, the first stage entered with `weights`, one per day of `period`.
pub(super) fn schedule(
    how: &Scheduling,
    period: Period,
    weights: &[f64],
    volumes: &StageTotals<'_>,
) -> Result<Schedule> {
    let spreads = spreads(weights, volumes);
    let mut cells = cells(period, how.fiscal_year, volumes.sources.len());
    for (stage, (spread, total)) in spreads.iter().zip(volumes.totals).enumerate() {
        let shares: Vec<f64> = cells.iter().map(|cell| cell.share_of(spread)).collect();
        let late = || Error::new(Kind::TooLate, format!("{} on", period.start()));
        let counts = largest_remainder(*total, &shares).ok_or_else(late)?;
        let by_source = volumes.split.get(stage).map_or(Vec::new(), |split| with_margins(split, &counts));
        for (i, (cell, count)) in cells.iter_mut().zip(&counts).enumerate() {
            cell.part.entries.push(*count);
            let parts = by_source.iter().filter_map(|line| line.get(i));
            cell.part.sources.iter_mut().zip(parts).for_each(|(source, part)| source.push(*part));
        }
    }
    let wins = Wins::of(&spreads, volumes);
    for cell in &mut cells {
        cell.part.expected_wins = cell.share_of(&wins.by_day);
    }
    let stages = timings(how.last_useful_share, period, &spreads, volumes);
    let after = stages.first().and_then(|first| first.last_useful_day.as_ref()?.parse::<Day>().ok());
    Ok(Schedule {
        arrival: how.arrival.in_words(),
        days: period.days().unsigned_abs(),
        days_without_entries: u32::try_from(weights.iter().filter(|weight| **weight <= 0.0).count()).unwrap_or(0),
        fiscal_year_start: how.fiscal_year.first_month(),
        last_useful_share: how.last_useful_share,
        wins_after_last_useful_day: after.map(|day| wins.after(day.days_since(period.start()))),
        stages,
        sources: volumes.sources.to_vec(),
        weeks: sums(&cells, |cell| cell.week),
        months: sums(&cells, |cell| cell.month),
        quarters: sums(&cells, |cell| cell.quarter),
        cells: cells.into_iter().map(|cell| cell.part).collect(),
    })
}

/// Per stage the weight of entering it on each day until the deadline, and of no later day.
///
/// # Formula
/// νₛ = ν * g₁ * … * gₛ; without delays every stage is entered as the first is.
fn spreads(weights: &[f64], volumes: &StageTotals<'_>) -> Vec<Vec<f64>> {
    let all = weights.iter().fold(0.0, |sum, weight| sum + weight);
    let mut spread: Vec<f64> = weights.iter().map(|weight| weight / all).collect();
    let mut spreads = vec![spread.clone()];
    for step in 1..volumes.stages.len() {
        if let Some(lag) = volumes.time.and_then(|(lags, _)| lags.get(step - 1)) {
            spread = delayed(&spread, lag);
        }
        spreads.push(spread.clone());
    }
    spreads
}

fn delayed(spread: &[f64], lag: &Lag) -> Vec<f64> {
    let mut later = vec![0.0; spread.len()];
    for (day, weight) in spread.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        for (slot, share) in later.iter_mut().skip(day).zip(lag.pmf()) {
            *slot += weight * share;
        }
    }
    later
}

/// The won deals expected on each day.
struct Wins {
    by_day: Vec<f64>,
}

impl Wins {
    fn of(spreads: &[Vec<f64>], volumes: &StageTotals<'_>) -> Self {
        let won = volumes.totals.first().map_or(0.0, |total| *total as f64 * volumes.won);
        Self { by_day: spreads.last().map_or(Vec::new(), |last| last.iter().map(|share| won * share).collect()) }
    }

    /// After the day of this index.
    fn after(&self, day: i32) -> f64 {
        self.by_day.iter().skip(day.unsigned_abs() as usize + 1).fold(0.0, |sum, wins| sum + wins)
    }
}

fn cells(period: Period, fiscal_year: FiscalYear, sources: usize) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for (index, day) in days(period).enumerate() {
        let (week, month) = (Week::of(day), Month::of(day));
        match cells.last_mut().filter(|cell| cell.week == week && cell.month == month) {
            Some(cell) => {
                cell.days += 1;
                cell.part.by = day.to_string();
            }
            None => cells.push(Cell {
                first: index,
                days: 1,
                week,
                month,
                quarter: fiscal_year.quarter(day),
                part: SchedulePart::on(day, format!("{week} {month}"), sources),
            }),
        }
    }
    cells
}

impl Cell {
    fn share_of(&self, by_day: &[f64]) -> f64 {
        by_day.iter().skip(self.first).take(self.days).fold(0.0, |sum, share| sum + share)
    }
}

impl SchedulePart {
    fn on(day: Day, name: String, sources: usize) -> Self {
        let day = day.to_string();
        let sources = vec![Vec::new(); sources];
        Self { name, start: day.clone(), by: day, entries: Vec::new(), sources, expected_wins: 0.0 }
    }

    fn add(&mut self, next: &Self) {
        self.by.clone_from(&next.by);
        let add = |sum: &mut [u64], more: &[u64]| sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut self.entries, &next.entries);
        self.sources.iter_mut().zip(&next.sources).for_each(|(sum, more)| add(sum, more));
        self.expected_wins += next.expected_wins;
    }
}

/// Neighbouring cells of one week, month or quarter, added up.
fn sums<K: PartialEq + core::fmt::Display>(cells: &[Cell], key: impl Fn(&Cell) -> K) -> Vec<SchedulePart> {
    let parts = cells.chunk_by(|a, b| key(a) == key(b)).filter_map(|run| {
        let (first, rest) = run.split_first()?;
        let mut part = SchedulePart { name: key(first).to_string(), ..first.part.clone() };
        for cell in rest {
            part.add(&cell.part);
        }
        Some(part)
    });
    parts.collect()
}

fn timings(share: f64, period: Period, spreads: &[Vec<f64>], volumes: &StageTotals<'_>) -> Vec<StageTiming> {
    let last = period.end().plus_days(-1);
    let stages = volumes.stages.iter().zip(volumes.totals).zip(spreads).enumerate();
    let timings = stages.map(|(stage, ((name, total), spread))| {
        let rest = volumes.time.and_then(|(_, rest)| rest.get(stage));
        let useful = rest.and_then(|rest| rest.reaches(share)).map(|days| last.plus_days(-days.cast_signed()));
        StageTiming {
            stage: name.clone(),
            total: *total,
            last_useful_day: useful.filter(|day| period.contains(*day)).map(|day| day.to_string()),
            too_late: rest.map(|rest| (1.0 - rest.on_time_for(spread)).max(0.0)),
        }
    });
    timings.collect()
}
