//! What a deadline leaves: the share of newcomers at each stage who are won in time.

use super::goal::Goal;
use super::sub_goals::Days;
use crate::error::{Error, Kind, Result};
use crate::rates::{Lag, Rates};

/// Per stage, first to last, the share of newcomers of those won at all who are won in time, when they arrive on `days` as
/// planned, or evenly from start to deadline; `None` without a deadline or without delays. The last stage is entered by winning: its share is 1.
pub(super) fn on_time(goal: &Goal, rates: &Rates, arriving: Option<&Days>) -> Result<Option<Vec<f64>>> {
    let (Some(by), Some(lags)) = (goal.by, rates.lags()) else { return Ok(None) };
    let start = goal.start.ok_or_else(|| Error::new(Kind::NoStart, format!("the deadline {by}")))?;
    let days = by.plus_days(1).days_since(start).unsigned_abs();
    let mut shares = vec![1.0];
    let mut rest = Lag::none();
    for lag in lags.iter().rev() {
        rest = lag.then(&rest);
        let share = arriving.map_or_else(|| rest.on_time(days), |days| rest.on_time_for(&days.weights));
        if share <= 0.0 {
            let given = format!("{start} on by {by} (the shortest delay is {} days)", rest.quantile(1e-9));
            return Err(Error::new(Kind::TooLate, given));
        }
        shares.push(share);
    }
    shares.reverse();
    Ok(Some(shares))
}
