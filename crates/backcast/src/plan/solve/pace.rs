//! The plan beside the pace at which leads have come in.

use super::volumes::Volumes;
use crate::math::search::to_whole;
use crate::plan::ask::goal::Goal;
use crate::plan::result::pace::PlanPace;
use crate::rates::{MONTH_DAYS, Rates};

/// What is planned a month, beside what history knows.
pub(in crate::plan) fn pace(
    goal: &Goal,
    rates: &Rates,
    volumes: &Volumes,
    planned: Option<u64>,
    least_wins: u64,
) -> Option<PlanPace> {
    let pace = rates.pace()?;
    let of_history = pace.per_month();
    let days = goal.start.zip(goal.by).map(|(start, by)| f64::from(by.plus_days(1).days_since(start)));
    let months = days.map(|days| days / MONTH_DAYS);
    let planned = planned.zip(months).map(|(planned, months)| planned as f64 / months);
    Some(PlanPace {
        of_history,
        days: pace.days(),
        planned,
        times: planned.filter(|_| of_history > 0.0).map(|planned| planned / of_history),
        probability: months.map(|months| volumes.reach(least_wins).value(to_whole(of_history * months))),
    })
}
