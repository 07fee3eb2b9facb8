//! From a plan's numbers to its schedule and to the departments' goals, and what to say of them.

use super::departments::{Parts, departments};
use super::schedule::{StageTotals, schedule};
use crate::error::Result;
use crate::plan::ask::goal::Goal;
use crate::plan::result::departments::Departments;
use crate::plan::result::plan::StagePlan;
use crate::plan::result::schedule::Schedule;
use crate::plan::solve::flow::Flow;
use crate::plan::solve::question::Question;
use crate::rates::{DealSize, Rates};

/// The schedule, where there are days and a number for each stage, and the sub-goals.
pub(in crate::plan) fn sub_goals(
    goal: &Goal,
    rates: &Rates,
    question: &Question,
    stages: &[StagePlan],
    totals: &[Option<u64>],
    flow: &Flow,
) -> Result<(Option<Schedule>, Departments)> {
    let (days, deadline, wins) = (question.days.as_ref(), question.deadline.as_ref(), &question.wins);
    let means: Vec<f64> = stages.iter().filter_map(|stage| stage.rate).collect();
    let on_time = deadline.map_or(&[][..], |deadline| &deadline.on_time);
    let time = rates.lags().zip(deadline.map(|deadline| deadline.rest.as_slice()));
    let names = rates.funnel().stages();
    let known: Option<Vec<u64>> = totals.iter().copied().collect();
    // Whom nobody can follow in time, nobody is spread over.
    let in_time = on_time.first().is_none_or(|share| *share > 0.0);
    let planned = match (days, known) {
        (Some(days), Some(totals)) if in_time => {
            let sources = goal.ownership.source_names();
            let split: Vec<_> = totals.iter().map(|total| goal.ownership.split(*total)).collect();
            let split = if sources.is_empty() { &[] } else { split.as_slice() };
            let open = flow.open_over(days.period, goal);
            let (rates, open) = (means.as_slice(), open.as_slice());
            let volumes = StageTotals { stages: names, totals: &totals, sources: &sources, split, rates, open, time };
            let how = goal.scheduling.clone().unwrap_or_default();
            Some(schedule(&how, days.period, &days.weights, &volumes)?)
        }
        _ => None,
    };
    let deal = rates.deal_size().map(DealSize::exact);
    let (schedule, rates) = (planned.as_ref(), means.as_slice());
    let parts = Parts { stages: names, totals, rates, on_time, deal, wins, schedule };
    let departments = departments(&goal.ownership, &parts)?;
    Ok((planned, departments))
}
