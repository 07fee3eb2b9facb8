//! The sentence that a boss asks for.

use crate::plan::result::plan::Plan;
use crate::rates::MONTH_DAYS;
use crate::words::en::arithmetic as words;

/// How many, by when, how many a month, how many times today's pace, how sure.
pub(in crate::plan) fn headline(plan: &Plan) -> Option<String> {
    let (planned, probability) = plan.planned.zip(plan.probability)?;
    let days = plan.start.zip(plan.by).map(|(start, by)| f64::from(by.plus_days(1).days_since(start)));
    // Of less than two months none is a pace.
    let months = days.map(|days| days / MONTH_DAYS).filter(|months| *months > 1.5);
    Some(words::headline(&words::Headline {
        planned,
        first: plan.stages.first().map_or("", |stage| stage.stage.as_str()),
        target: &plan.target,
        // Without delays the deadline counts for nothing, and the sentence must not promise it.
        by: plan.by.filter(|_| plan.deadline_used),
        a_month: months.map(|months| planned as f64 / months),
        times_the_pace: plan.pace.and_then(|pace| pace.times),
        probability,
    }))
}
