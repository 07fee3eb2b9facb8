//! What to know before trusting a plan.

use super::sub_goal_statements::owned;
use crate::plan::ask::goal::Goal;
use crate::plan::result::plan::Plan;
use crate::rates::Rates;
use crate::words::en::arithmetic as words;
use crate::words::{Statement, Topic};

/// A plan that asks for more than so many times the pace of history says so.
const FAR: f64 = 2.0;
/// Up to so many stages the usual owners are a safe guess: lead, MQL, SQL, customer.
const USUAL_STAGES: usize = 4;

pub(in crate::plan) fn notices(goal: &Goal, rates: &Rates, plan: &Plan) -> Vec<Statement> {
    let mut notices: Vec<Statement> = Vec::new();
    notices.extend(rates.warnings().iter().map(|warning| Statement::new(Topic::History, warning.clone())));
    notices.extend(
        plan.by
            .filter(|_| !plan.deadline_used)
            .map(|by| Statement::new(Topic::Deadline, words::deadline_counts_for_nothing(by))),
    );
    let first = plan.stages.first().map_or("", |stage| stage.stage.as_str());
    let pace = plan.pace.and_then(|pace| Some((pace, pace.times.filter(|times| *times > FAR)?, pace.planned?)));
    notices.extend(pace.map(|(pace, times, planned)| {
        let said = words::far_beyond_the_pace(first, times, planned, pace.of_history);
        Statement::new(Topic::Pace, said).with([
            ("times", times),
            ("planned", planned),
            ("of_history", pace.of_history),
        ])
    }));
    let average = plan.division.zip(plan.planned).filter(|_| goal.confidence.is_none() && goal.leads.is_none());
    notices.extend(average.filter(|(division, _)| division.probability_without_deadline.is_some()).map(
        |(division, planned)| {
            let (probability, more) = (division.probability, division.leads_on_average);
            let said = words::average_ignores_deadline(planned, first, probability, more);
            Statement::new(Topic::PlainDivision, said)
                .with([("leads", planned as f64), ("probability", probability)])
                .and("leads_on_average", more.map(|more| more as f64))
        },
    ));
    if plan.stages.len() > USUAL_STAGES && goal.ownership.is_guessed() {
        let said = words::owners_guessed(&owned(&plan.departments));
        notices.push(Statement::new(Topic::Departments, said));
    }
    notices
}
