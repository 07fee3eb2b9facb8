//! By when: the plan's numbers over weeks, months and quarters, and the last day on which a newcomer is still of use.

use crate::error::{Error, Kind, Result};
use crate::math::apportion::{largest_remainder, with_margins};
use crate::plan::ask::arrival::days;
use crate::plan::ask::scheduling::Scheduling;
use crate::plan::result::schedule::{Schedule, SchedulePart, StageTiming};
use crate::plan::solve::flow::delayed;
use crate::quantity::{Day, FiscalYear, Month, Period, Quarter, Week};
use crate::rates::Lag;

/// What is spread: one number per stage, and what becomes of those that enter.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct StageTotals<'a> {
    /// Stage names, first to last.
    pub(in crate::plan) stages: &'a [String],
    /// The planned number of each.
    pub(in crate::plan) totals: &'a [u64],
    /// The names of the sources.
    pub(in crate::plan) sources: &'a [String],
    /// Per stage the number of each source, which sum to the stage's total; empty without sources.
    pub(in crate::plan) split: &'a [Vec<u64>],
    /// The mean rate of each step.
    pub(in crate::plan) rates: &'a [f64],
    /// Per stage and day of the period, what enters of what is in flight; empty without delays.
    pub(in crate::plan) open: &'a [Vec<f64>],
    /// The delay of each step, and of each stage that until the win, known as far as the deadline reaches.
    pub(in crate::plan) time: Option<(&'a [Lag], &'a [Lag])>,
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

/// The schedule of these volumes, the first stage entered with `weights`, one per day of `period`.
pub(in crate::plan) fn schedule(
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
    let flow = flow(&spreads, volumes);
    for cell in &mut cells {
        cell.part.expected_new = flow.iter().map(|by_day| cell.share_of(by_day)).collect();
        cell.part.expected_open = volumes.open.iter().map(|by_day| cell.share_of(by_day)).collect();
        cell.part.expected_wins = cell.part.expected_new.last().copied().unwrap_or(0.0);
    }
    let wins_after = |day: Day| {
        let days = usize::try_from(day.days_since(period.start())).unwrap_or(0);
        flow.last().map_or(0.0, |wins| wins.iter().skip(days + 1).sum())
    };
    let stages = timings(how.last_useful_share, period, &spreads, volumes);
    let after = stages.first().and_then(|first| first.last_useful_day);
    Ok(Schedule {
        arrival: how.arrival.in_words(),
        days: period.days().unsigned_abs(),
        days_without_entries: u32::try_from(weights.iter().filter(|weight| **weight <= 0.0).count()).unwrap_or(0),
        fiscal_year_start: how.fiscal_year.first_month(),
        last_useful_share: how.last_useful_share,
        wins_after_last_useful_day: after.map(wins_after),
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

/// How many of the planned are expected to enter each stage on each day.
///
/// # Formula
/// n · Π r̄ᵢ over the steps before the stage · νₛ.
fn flow(spreads: &[Vec<f64>], volumes: &StageTotals<'_>) -> Vec<Vec<f64>> {
    let planned = volumes.totals.first().map_or(0.0, |total| *total as f64);
    let by_day = |(stage, spread): (usize, &Vec<f64>)| {
        let reached: f64 = volumes.rates.iter().take(stage).product();
        let expected = planned * reached;
        spread.iter().map(|share| expected * share).collect()
    };
    spreads.iter().enumerate().map(by_day).collect()
}

fn cells(period: Period, fiscal_year: FiscalYear, sources: usize) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for (index, day) in days(period).enumerate() {
        let (week, month) = (Week::of(day), Month::of(day));
        match cells.last_mut().filter(|cell| cell.week == week && cell.month == month) {
            Some(cell) => {
                cell.days += 1;
                cell.part.by = day;
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
            last_useful_day: useful.filter(|day| period.contains(*day)),
            too_late: rest.map(|rest| (1.0 - rest.on_time_for(spread)).max(0.0)),
        }
    });
    timings.collect()
}
