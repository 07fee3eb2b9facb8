//! What to say of the schedule and of the sub-goals.

use crate::plan::result::departments::Departments;
use crate::plan::result::plan::Plan;
use crate::plan::result::schedule::Schedule;
use crate::quantity::shown;

/// What to say of the schedule and of the sub-goals.
pub(in crate::plan) fn lines(plan: &Plan) -> Vec<String> {
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
