//! The schedule, the departments and the sources as statements.

use crate::plan::result::departments::Departments;
use crate::plan::result::plan::Plan;
use crate::plan::result::schedule::Schedule;
use crate::quantity::Day;
use crate::words::en::schedule as words;
use crate::words::{Statement, Topic};

pub(in crate::plan) fn statements(plan: &Plan) -> Vec<Statement> {
    let mut statements = Vec::new();
    match (&plan.schedule, plan.start.zip(plan.by)) {
        (Some(schedule), Some(period)) => {
            statements.extend(spread(plan, schedule, period));
            statements.extend(last_useful_day(plan, schedule, period.1));
            statements.extend(too_late(plan, schedule, period.1));
        }
        (None, Some(_)) => statements.push(Statement::new(Topic::Schedule, why_none(plan))),
        (_, None) => {}
    }
    statements.push(Statement::new(Topic::Departments, words::owners(&owned(&plan.departments))));
    statements.extend(sources(plan));
    statements.extend(worth(plan));
    statements
}

/// Departments with the neighbouring stages that they own.
pub(in crate::plan) fn owned(departments: &Departments) -> Vec<(&str, Vec<&str>)> {
    let runs = departments.goals.chunk_by(|a, b| a.department == b.department);
    let owned = runs.filter_map(|run| {
        let stages = run.iter().map(|goal| goal.stage.as_str()).collect();
        Some((run.first()?.department.as_str(), stages))
    });
    owned.collect()
}

fn why_none(plan: &Plan) -> String {
    let unknown = plan.departments.goals.iter().find(|goal| goal.total.is_none());
    let late = plan.stages.first().filter(|first| first.on_time.is_some_and(|share| share <= 0.0));
    match (late, unknown) {
        (Some(first), _) => words::nobody_in_time(&first.stage),
        (None, Some(goal)) => words::no_number(&goal.stage),
        (None, None) => words::too_long(),
    }
}

fn spread(plan: &Plan, schedule: &Schedule, period: (Day, Day)) -> Option<Statement> {
    let first = schedule.stages.first()?;
    let days = (schedule.days, schedule.days_without_entries);
    let said = words::spread((first.total, &first.stage), &schedule.arrival, days, period, plan.deadline_used);
    Some(Statement::new(Topic::Schedule, said).with([
        ("total", first.total as f64),
        ("days", f64::from(schedule.days)),
        ("days_without_entries", f64::from(schedule.days_without_entries)),
    ]))
}

fn last_useful_day(plan: &Plan, schedule: &Schedule, by: Day) -> Option<Statement> {
    if !plan.deadline_used {
        return None;
    }
    let (last, stages) = schedule.stages.split_last()?;
    let days: Vec<(&str, Option<Day>)> =
        stages.iter().map(|stage| (stage.stage.as_str(), stage.last_useful_day)).collect();
    let still = stages.first().and_then(|first| first.last_useful_day).zip(schedule.wins_after_last_useful_day);
    let said = words::last_useful_day(schedule.last_useful_share, by, &days, still, &last.stage);
    Some(
        Statement::new(Topic::LastUsefulDay, said)
            .with([("last_useful_share", schedule.last_useful_share)])
            .and("wins_after_last_useful_day", schedule.wins_after_last_useful_day),
    )
}

fn too_late(_: &Plan, schedule: &Schedule, by: Day) -> Option<Statement> {
    let (_, stages) = schedule.stages.split_last()?;
    let shares: Option<Vec<(f64, &str)>> =
        stages.iter().map(|stage| Some((stage.too_late?, stage.stage.as_str()))).collect();
    Some(Statement::new(Topic::TooLate, words::too_late(by, &shares?)))
}

fn sources(plan: &Plan) -> Option<Statement> {
    let sources = &plan.departments.sources;
    let each: Vec<(&str, f64, Option<f64>)> =
        sources.iter().map(|source| (source.source.as_str(), source.share, source.revenue)).collect();
    let currency = plan.currency.map_or_else(String::new, |currency| currency.to_string());
    (!each.is_empty()).then(|| Statement::new(Topic::Sources, words::sources(&each, &currency)))
}

fn worth(plan: &Plan) -> Option<Statement> {
    let currency = plan.currency?.to_string();
    let (_, goals) = plan.departments.goals.split_last()?;
    let each: Option<Vec<(&str, f64)>> = goals.iter().map(|goal| Some((goal.stage.as_str(), goal.worth?))).collect();
    Some(Statement::new(Topic::Worth, words::worth(&each?, &currency, plan.deadline_used)))
}
