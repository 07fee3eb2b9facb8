//! The days of a plan with the weight of each for entering the first stage.

use crate::error::Result;
use crate::plan::ask::goal::Goal;
use crate::plan::ask::scheduling::{fits, period};
use crate::quantity::{Day, Period};

/// The days of the plan with the weight of each for entering the first stage.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Days {
    pub(in crate::plan) period: Period,
    pub(in crate::plan) weights: Vec<f64>,
}

impl Days {
    /// The first day on which a lead enters.
    pub(in crate::plan) fn first(&self) -> Day {
        let entered = self.weights.iter().position(|weight| *weight > 0.0);
        self.period.start().plus_days(entered.and_then(|day| i32::try_from(day).ok()).unwrap_or(0))
    }
}

/// The days on which `planned` leads enter; `None` where no schedule was asked for and none can be made.
pub(in crate::plan) fn days(goal: &Goal, planned: u64) -> Result<Option<Days>> {
    let period = match (&goal.scheduling, goal.start, goal.by) {
        (Some(_), start, by) => period(start, by)?,
        (None, Some(start), Some(by)) => match Period::new(start, by.plus_days(1)) {
            Ok(period) if fits(period) => period,
            _ => return Ok(None),
        },
        (None, _, _) => return Ok(None),
    };
    let how = goal.scheduling.clone().unwrap_or_default();
    let weights = how.arrival.weights(period, &how.days_off, planned)?;
    Ok(Some(Days { period, weights }))
}

/// The most leads that can enter under a weekly cap; `None` without one.
pub(in crate::plan) fn room(goal: &Goal) -> Result<Option<u64>> {
    let Some(how) = &goal.scheduling else { return Ok(None) };
    Ok(how.arrival.room(period(goal.start, goal.by)?, &how.days_off))
}
