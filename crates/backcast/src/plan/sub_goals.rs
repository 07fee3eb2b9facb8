//! From a plan's numbers to its schedule and to the departments' goals, and what to say of them.

use num_rational::BigRational;

use super::deadline::Deadline;
use super::departments::{Departments, Parts, departments};
use super::goal::Goal;
use super::plan::{Plan, StagePlan};
use super::schedule::{Schedule, StageTotals, fits, period, schedule};
use crate::error::Result;
use crate::quantity::{Day, Period, shown};
use crate::rates::{DealSize, Rates};

/// The days of the plan with the weight of each for entering the first stage.
#[derive(Clone, Debug)]
pub(super) struct Days {
    period: Period,
    pub(super) weights: Vec<f64>,
}

impl Days {
    /// The first day on which a lead enters.
    pub(super) fn first(&self) -> Day {
        let entered = self.weights.iter().position(|weight| *weight > 0.0);
        self.period.start().plus_days(entered.and_then(|day| i32::try_from(day).ok()).unwrap_or(0))
    }
}

/// The days on which `planned` leads enter; `None` where no schedule was asked for and none can be made.
pub(super) fn days(goal: &Goal, planned: u64) -> Result<Option<Days>> {
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
pub(super) fn room(goal: &Goal) -> Result<Option<u64>> {
    let Some(how) = &goal.scheduling else { return Ok(None) };
    Ok(how.arrival.room(period(goal.start, goal.by)?, &how.days_off))
}

/// The schedule, where there are days and a number for each stage, and the sub-goals.
pub(super) fn sub_goals(
    goal: &Goal,
    rates: &Rates,
    days: Option<&Days>,
    deadline: Option<&Deadline>,
    stages: &[StagePlan],
    totals: &[Option<u64>],
    wins: &BigRational,
) -> Result<(Option<Schedule>, Departments)> {
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
            let won = means.iter().product();
            let volumes = StageTotals { stages: names, totals: &totals, sources: &sources, split, won, time };
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

/// What to say of the schedule and of the sub-goals.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    match &plan.schedule {
        Some(schedule) => {
            lines.extend(spread(plan, schedule));
            lines.extend(last_useful(plan, schedule));
            lines.extend(too_late(plan, schedule));
        }
        None if plan.start.is_some() && plan.by.is_some() => {
            let unknown = plan.departments.goals.iter().find(|goal| goal.total.is_none());
            let late = plan.stages.first().filter(|first| first.on_time.is_some_and(|share| share <= 0.0));
            lines.push(match (late, unknown) {
                (Some(first), _) => format!("schedule: none, because no new {} can be won in time", first.stage),
                (None, Some(goal)) => format!("schedule: none, because no number of {} could be planned", goal.stage),
                (None, None) => "schedule: none, because the period is longer than ten years".to_owned(),
            });
        }
        None => {}
    }
    lines.push(owners(&plan.departments));
    lines.extend(sources(plan));
    lines.extend(worth(plan));
    lines
}

fn spread(plan: &Plan, schedule: &Schedule) -> Option<String> {
    let first = schedule.stages.first()?;
    let on = match schedule.days_without_entries {
        0 => format!("on {}", shown::counted(schedule.days as usize, "day")),
        none => format!("on {} of {}", schedule.days - none, shown::counted(schedule.days as usize, "day")),
    };
    let later = if plan.deadline_used {
        "later stages follow after the delays, as far as the deadline allows"
    } else {
        "no delays between the stages were given, so all stages are spread alike"
    };
    Some(format!(
        "schedule: {} {} enter {} {on} from {} to {}; {later}; each stage's number is rounded once, by week within a \
         month, so weeks, months and quarters add up to it",
        shown::count(first.total),
        first.stage,
        schedule.arrival,
        plan.start.as_ref()?,
        plan.by.as_ref()?,
    ))
}

fn last_useful(plan: &Plan, schedule: &Schedule) -> Option<String> {
    if !plan.deadline_used {
        return None;
    }
    let stages = schedule.stages.iter().rev().skip(1).rev();
    let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "none".to_owned());
    let days: Vec<_> = stages.map(|stage| format!("{} {}", stage.stage, day(&stage.last_useful_day))).collect();
    let rest =
        schedule.wins_after_last_useful_day.zip(schedule.stages.first()).map_or(String::new(), |(wins, first)| {
            let day = first.last_useful_day.as_deref().unwrap_or_default();
            format!("; after {day} what has entered by then is still expected to bring {wins:.1} {}", last_name(plan))
        });
    Some(format!(
        "last useful day: until then a newcomer that is won at all has a chance of at least {} to be won by {}: {}{rest}",
        shown::percent(schedule.last_useful_share),
        plan.by.as_ref()?,
        days.join(", ")
    ))
}

fn last_name(plan: &Plan) -> &str {
    plan.stages.last().map_or("", |stage| stage.stage.as_str())
}

fn too_late(plan: &Plan, schedule: &Schedule) -> Option<String> {
    let stages = schedule.stages.iter().rev().skip(1).rev();
    let shares: Option<Vec<_>> =
        stages.map(|stage| Some(format!("{} of {}", shown::percent(stage.too_late?), stage.stage))).collect();
    Some(format!(
        "too late: of those that are planned to enter and are won at all, so many are won after {}: {}",
        plan.by.as_ref()?,
        shares?.join(", ")
    ))
}

fn owners(departments: &Departments) -> String {
    let runs = departments.goals.chunk_by(|a, b| a.department == b.department);
    let owned = runs.filter_map(|run| {
        let stages: Vec<_> = run.iter().map(|goal| goal.stage.as_str()).collect();
        Some(format!("{} owns {}", run.first()?.department, stages.join(" and ")))
    });
    format!("departments: {}", owned.collect::<Vec<_>>().join(", "))
}

fn sources(plan: &Plan) -> Option<String> {
    let currency = plan.currency.as_deref().unwrap_or_default();
    let brings = plan.departments.sources.iter().map(|source| {
        let money = source.revenue.map_or(String::new(), |revenue| format!(", {} {currency}", shown::money(revenue)));
        format!("{} {}{money}", source.source, shown::percent(source.share))
    });
    let all: Vec<_> = brings.collect();
    (!all.is_empty()).then(|| {
        format!("sources: {}; each stage's number is divided by Sainte-Laguë (ties in this order)", all.join("; "))
    })
}

fn worth(plan: &Plan) -> Option<String> {
    let currency = plan.currency.as_ref()?;
    let goals = plan.departments.goals.iter().rev().skip(1).rev();
    let worth: Option<Vec<_>> =
        goals.map(|goal| Some(format!("one {} {} {currency}", goal.stage, shown::money(goal.worth?)))).collect();
    let in_time = if plan.deadline_used { " × the share won in time" } else { "" };
    Some(format!("worth in expected revenue (mean rates from there on{in_time} × mean deal): {}", worth?.join(", ")))
}
