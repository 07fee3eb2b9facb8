//! What a deadline leaves: the share of newcomers at each stage who are won in time.

use super::days::Days;
use crate::error::{Error, Kind, Result};
use crate::plan::ask::goal::Goal;
use crate::rates::{Lag, Rates};

/// What is left of the time from start to deadline, one entry per stage, first to last.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Deadline {
    /// The share of newcomers of those won at all who are won in time; 1 for the last stage, which is entered by winning.
    pub(in crate::plan) on_time: Vec<f64>,
    /// The share of newcomers to the first stage who, if they get there at all, enter each stage in time; 1 for the first.
    pub(in crate::plan) entered: Vec<f64>,
    /// Per step, the share of newcomers to the stage before it who, if they move on at all, do so in time.
    pub(in crate::plan) handed_over: Vec<f64>,
    /// The delay until the win, known as far as the deadline reaches.
    pub(in crate::plan) rest: Vec<Lag>,
}

/// For newcomers who arrive on `days` as planned, or evenly from start to deadline; `None` without a deadline or without
/// delays.
pub(in crate::plan) fn deadline(goal: &Goal, rates: &Rates, arriving: Option<&Days>) -> Result<Option<Deadline>> {
    let (Some(by), Some(lags)) = (goal.by, rates.lags()) else { return Ok(None) };
    let start = goal.start.ok_or_else(|| Error::new(Kind::NoStart, format!("the deadline {by}")))?;
    let days = by.plus_days(1).days_since(start).unsigned_abs();
    let in_time = |lag: &Lag| arriving.map_or_else(|| lag.on_time(days), |days| lag.on_time_for(&days.weights));
    let mut left =
        Deadline { on_time: vec![1.0], entered: vec![1.0], handed_over: Vec::new(), rest: vec![Lag::none()] };
    let mut way = Lag::none();
    for lag in lags {
        let lag = lag.up_to(days);
        way = way.then(&lag).up_to(days);
        left.handed_over.push(in_time(&lag));
        left.entered.push(in_time(&way));
    }
    for lag in lags.iter().rev() {
        // What takes longer is late, whatever it takes.
        let rest = left.rest.last().map_or_else(Lag::none, |rest| lag.up_to(days).then(rest).up_to(days));
        let share = in_time(&rest);
        // With something in flight there is still a plan: nobody new.
        if share <= 0.0 && goal.open.is_empty() {
            let shortest = lags.iter().map(|lag| lag.quantile(1e-9)).sum::<u32>();
            let first = arriving.map_or(start, Days::first);
            let given = format!("{first} on by {by} (the shortest delay is {shortest} days)");
            return Err(Error::new(Kind::TooLate, given));
        }
        left.on_time.push(share);
        left.rest.push(rest);
    }
    left.on_time.reverse();
    left.rest.reverse();
    Ok(Some(left))
}
