//! What follows: how many enter each stage by the deadline, of planned newcomers and of what is in flight.

use super::deadline::Deadline;
use super::volumes::Volumes;
use crate::outlook::{Cell, Odds, Way};
use crate::plan::ask::goal::Goal;
use crate::quantity::Period;
use crate::rates::{Conversion, Lag, Rates};

/// The means of what enters each stage, first to last.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Flow {
    /// Of one newcomer to the first stage.
    pub(in crate::plan) of_one: Vec<f64>,
    /// Of all that is in flight.
    pub(in crate::plan) open: Vec<f64>,
    /// The same by day: the first of them is the day after the one that ages are counted to; empty without delays.
    open_by_day: Vec<Vec<f64>>,
}

impl Flow {
    /// # Formula
    /// Newcomers: Π r̄ᵢ over the steps before a stage × the share that gets there in time. In flight, by the day d after the
    /// ages were counted: moves out of stage j are Σ E[chance of the step by the deadline] spread like g(age + d), and what
    /// has moved goes on like newcomers, aₛ₊₁ = r̄ₛ · (aₛ * gₛ).
    pub(in crate::plan) fn of(goal: &Goal, rates: &Rates, volumes: &Volumes, deadline: Option<&Deadline>) -> Self {
        let mut of_one = vec![1.0];
        let mut won = 1.0;
        for (at, step) in volumes.steps.iter().enumerate() {
            won *= step.mean();
            of_one.push(won * deadline.and_then(|left| left.entered.get(at + 1)).copied().unwrap_or(1.0));
        }
        let lags = rates.lags().filter(|_| goal.by.is_some());
        let left = volumes.days_left as usize;
        let mut open = vec![0.0];
        let mut open_by_day: Vec<Vec<f64>> = vec![vec![0.0; if lags.is_some() { left } else { 0 }]];
        for (at, step) in volumes.steps.iter().enumerate() {
            let moves = moves(goal, volumes, at, lags.and_then(|lags| lags.get(at)));
            let before = open.last().copied().unwrap_or(0.0);
            if let Some(lag) = lags.and_then(|lags| lags.get(at)) {
                let went_on = open_by_day.last().map_or_else(Vec::new, |days| delayed(days, lag));
                let days = moves.by_day.iter().zip(went_on).map(|(moved, went)| moved + step.mean() * went);
                let days: Vec<f64> = days.collect();
                // An empty `sum` would be −0.
                open.push(days.iter().fold(0.0, |sum, entered| sum + entered));
                open_by_day.push(days);
            } else {
                open.push(moves.all + step.mean() * before);
            }
        }
        Self { of_one, open, open_by_day: if lags.is_some() { open_by_day } else { Vec::new() } }
    }

    /// How many of what is in flight enter each stage on each day of a period; what enters before counts on its first day.
    pub(in crate::plan) fn open_over(&self, period: Period, goal: &Goal) -> Vec<Vec<f64>> {
        let days = usize::try_from(period.days()).unwrap_or(0);
        let Some(counted) = goal.open_as_of.or(goal.start) else { return Vec::new() };
        let over = |by_day: &Vec<f64>| {
            let mut over = vec![0.0; days];
            for (entries, after) in by_day.iter().zip(1..) {
                let day = counted.plus_days(after).days_since(period.start()).max(0);
                if let Some(slot) = usize::try_from(day).ok().and_then(|day| over.get_mut(day)) {
                    *slot += entries;
                }
            }
            over
        };
        self.open_by_day.iter().map(over).collect()
    }
}

/// What moves out of one stage of what is open in it.
struct Moves {
    all: f64,
    by_day: Vec<f64>,
}

fn moves(goal: &Goal, volumes: &Volumes, stage: usize, lag: Option<&Lag>) -> Moves {
    let days = volumes.days_left as usize;
    let mut moves = Moves { all: 0.0, by_day: if lag.is_some() { vec![0.0; days] } else { Vec::new() } };
    let step: Vec<Conversion> = volumes.steps.iter().take(stage + 1).cloned().collect();
    let way = Way { steps: step, ..volumes.way(stage) };
    let open = goal.open.iter().filter(|open| open.count() > 0).zip(&volumes.cells);
    let mut before: Option<((u32, Odds), f64)> = None;
    for (open, cell) in open.filter(|(open, _)| open.stage() == stage) {
        let after = lag.map_or(&[][..], |lag| lag.pmf().get(open.age_days() as usize + 1..).unwrap_or(&[]));
        let reach = if lag.is_some() { after.iter().take(days).fold(0.0, |sum, share| sum + share) } else { 1.0 };
        let odds = Odds { reach, ..cell.odds };
        // Neighbours often differ in their amounts alone.
        let known = before.filter(|(of, _)| *of == (open.age_days(), odds));
        let chance = known.map_or_else(
            || way.chances(&Cell { odds, ..*cell }).iter().map(|(chance, weight)| chance * weight).sum(),
            |(_, chance)| chance,
        );
        before = Some(((open.age_days(), odds), chance));
        let moved = cell.count * chance;
        moves.all += moved;
        if reach > 0.0 {
            for (slot, share) in moves.by_day.iter_mut().zip(after) {
                *slot += moved * share / reach;
            }
        }
    }
    moves
}

/// What enters on these days, a delay later, as far as the days go.
pub(in crate::plan) fn delayed(entries: &[f64], lag: &Lag) -> Vec<f64> {
    let mut later = vec![0.0; entries.len()];
    for (day, entered) in entries.iter().enumerate().filter(|(_, entered)| **entered > 0.0) {
        for (slot, share) in later.iter_mut().skip(day).zip(lag.pmf()) {
            *slot += entered * share;
        }
    }
    later
}
