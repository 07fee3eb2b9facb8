//! The plan's arithmetic as statements: every number can be followed by hand.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::sub_goal_statements;
use crate::math::decimal;
use crate::outlook::{Enough, TIE};
use crate::plan::ask::goal::{Goal, Target};
use crate::plan::ask::rounding::Rounding;
use crate::plan::result::plan::{Plan, StagePlan};
use crate::plan::result::unreachable::Unreachable;
use crate::plan::solve::cascade::Link;
use crate::plan::solve::volumes::Volumes;
use crate::quantity::shown;
use crate::rates::{Conversion, DealSize, Rates};
use crate::words::en::arithmetic as words;
use crate::words::{Statement, Topic};

/// So many more decimals than usual at most, in a division that is to be followed by hand.
const MORE: u32 = 30;

pub(in crate::plan) fn statements(
    goal: &Goal,
    rates: &Rates,
    volumes: &Volumes,
    links: &[Option<Link>],
    found: &[Result<Enough, Unreachable>],
    plan: &Plan,
) -> Vec<Statement> {
    let mut statements = vec![target(goal, rates, links, plan)];
    statements.extend(rates.notes().iter().map(|note| Statement::new(Topic::History, note.clone())));
    statements.extend(deals(rates));
    statements.push(Statement::new(
        Topic::Rounding,
        words::rounding(match goal.rounding {
            Rounding::Ceil => words::UP_AND_CARRIED,
            Rounding::End => words::UP_AT_THE_END,
            Rounding::Nearest => words::NEAREST_AND_CARRIED,
            Rounding::Exact => words::NOT_ROUNDED,
        }),
    ));
    let names = rates.funnel().stages();
    for (step, conversion) in (0..volumes.steps.len()).rev().zip(volumes.steps.iter().rev()) {
        let name = names.get(step).map_or("", String::as_str);
        let pair = (links.get(step).and_then(Option::as_ref), links.get(step + 1).and_then(Option::as_ref));
        let said = words::step(name, &conversion.in_words(), &division(goal.rounding, pair, conversion));
        let exact = pair.0.map(|link| decimal::to_f64(&link.exact));
        statements.push(Statement::new(Topic::Division, said).about(name).and("exact", exact));
    }
    statements.extend(plain_division(plan));
    statements.extend(pipeline(goal, rates, plan));
    if let Some(confidence) = &goal.confidence {
        let goal = volumes.goal_in_words(goal, plan.customers_needed, rates.funnel().last());
        statements.extend(needed(decimal::to_f64(confidence), found, &goal, volumes, plan));
    }
    statements.extend(outcome(volumes, plan));
    statements.extend(flow(plan));
    statements.extend(deadline(plan));
    if goal.by.is_some() && !plan.deadline_used {
        statements.push(Statement::new(Topic::Deadline, words::deadline_unused()));
    }
    statements.extend(pace(plan));
    statements.extend(sub_goal_statements::statements(plan));
    statements
}

fn first(plan: &Plan) -> &str {
    plan.stages.first().map_or("", |stage| stage.stage.as_str())
}

fn last(plan: &Plan) -> &str {
    plan.stages.last().map_or("", |stage| stage.stage.as_str())
}

fn target(goal: &Goal, rates: &Rates, links: &[Option<Link>], plan: &Plan) -> Statement {
    let (least, last) = (plan.customers_needed, rates.funnel().last());
    let said = match (&goal.target, rates.deal_size(), links.last()) {
        (Target::Revenue { amount, .. }, Some(deal), Some(Some(link))) => words::target_in_deals(
            &goal.target.in_words(),
            &deal_by_hand(deal, amount, &link.exact),
            &shown::exact(&link.exact, 2),
            least,
            last,
        ),
        _ => words::target(least, last),
    };
    Statement::new(Topic::Target, said)
        .with([("customers", least as f64)])
        .and("amount", plan.target_amount)
        .and("deal_size", plan.deal_size)
}

/// The mean deal with as many digits as it takes for whoever divides by it to find the same two decimals.
fn deal_by_hand(deal: &DealSize, target: &BigRational, quotient: &BigRational) -> String {
    let usual = deal.currency().decimals();
    let result = decimal::write(quotient, 2);
    let enough = (usual..=usual + MORE).find(|places| {
        let shown = decimal::rounded(deal.exact(), *places);
        !shown.is_zero() && decimal::write(&(target / shown), 2) == result
    });
    match enough.unwrap_or(usual + MORE) {
        places if places == usual => deal.in_words(),
        places => format!("{} {}", shown::exact(deal.exact(), places), deal.currency()),
    }
}

/// How deals differ and how well their mean is known, where that matters.
fn deals(rates: &Rates) -> Option<Statement> {
    let deal = rates.deal_size()?;
    let spread = deal.spread_in_words()?;
    let doubt = deal.doubt().sqrt();
    let said = Statement::new(Topic::DealSize, words::deal_size(&spread, doubt));
    Some(said.with([("cv", deal.cv()), ("doubt", doubt)]))
}

/// What plain division's number would reach.
fn plain_division(plan: &Plan) -> Option<Statement> {
    let division = plan.division?;
    let said = words::plain_division(
        division.leads,
        first(plan),
        division.probability,
        division.probability_without_deadline,
        plan.by,
        division.leads_on_average,
    );
    Some(
        Statement::new(Topic::PlainDivision, said)
            .with([("leads", division.leads as f64), ("probability", division.probability)])
            .and("probability_without_deadline", division.probability_without_deadline)
            .and("leads_on_average", division.leads_on_average.map(|leads| leads as f64)),
    )
}

/// What is in flight, stage by stage and together.
fn pipeline(goal: &Goal, rates: &Rates, plan: &Plan) -> Vec<Statement> {
    let Some(credit) = &plan.pipeline else { return Vec::new() };
    let mut statements = Vec::new();
    for stage in rates.funnel().stages() {
        let rows: Vec<_> = credit.rows.iter().filter(|row| row.stage == *stage).collect();
        let open: u64 = rows.iter().map(|row| row.count).sum();
        if open == 0 {
            continue;
        }
        let won: f64 = rows.iter().map(|row| row.customers.expected).sum();
        let beyond: u64 = rows.iter().filter(|row| row.beyond_history).map(|row| row.count).sum();
        let said = words::in_flight(open, stage, won, plan.deadline_used, beyond);
        let numbers = [("open", open as f64), ("won", won), ("beyond_history", beyond as f64)];
        statements.push(Statement::new(Topic::InFlight, said).about(stage).with(numbers));
    }
    if rates.lags().is_none() || goal.by.is_none() {
        statements.push(Statement::new(Topic::InFlight, words::ages_unused()));
    }
    let currency = plan.currency.map(|currency| currency.to_string());
    let money = credit.revenue.filter(|_| currency.is_some());
    let range = money.unwrap_or(credit.customers);
    let unit = currency.as_deref().filter(|_| money.is_some());
    let said = words::in_flight_together(range.expected, (range.low, range.high), unit, last(plan), credit.probability);
    let numbers = [("expected", range.expected), ("low", range.low), ("high", range.high)];
    let together = Statement::new(Topic::InFlight, said).with(numbers);
    statements.push(together.with([("probability", credit.probability)]));
    if let Some((new, open)) = plan.stages.last().and_then(|stage| stage.expected_new.zip(stage.expected_open)) {
        let said = words::new_and_open(plan.customers_needed, last(plan), new, open);
        let numbers = [("expected_new", new), ("expected_open", open), ("goal", plan.customers_needed as f64)];
        statements.push(Statement::new(Topic::Flow, said).about(last(plan)).with(numbers));
    }
    statements
}

/// What the deadline leaves of each stage's newcomers.
fn deadline(plan: &Plan) -> Option<Statement> {
    let (_, stages) = plan.stages.split_last()?;
    let shares: Option<Vec<(f64, &str)>> =
        stages.iter().map(|stage| Some((stage.on_time?, stage.stage.as_str()))).collect();
    let arrival = plan.schedule.as_ref().map_or("evenly", |schedule| schedule.arrival.as_str());
    Some(Statement::new(Topic::Deadline, words::deadline(arrival, plan.start?, plan.by?, &shares?)))
}

fn division(rounding: Rounding, pair: (Option<&Link>, Option<&Link>), conversion: &Conversion) -> String {
    let (Some(link), Some(below)) = pair else {
        return match conversion.plain() {
            None => words::nothing_converted(),
            Some(_) => words::nothing_after(),
        };
    };
    let carried = if matches!(rounding, Rounding::Ceil | Rounding::Nearest) { &below.whole } else { &below.exact };
    let rate = conversion.plain().unwrap_or_else(BigRational::one);
    let quotient = carried / &rate;
    let rounded = (rounding != Rounding::Exact && link.whole != quotient).then(|| shown::exact(&link.whole, 0));
    by_hand(carried, &rate, &quotient, rounded.as_deref())
}

/// The division with as many digits as it takes for whoever repeats it to find the same two decimals.
fn by_hand(carried: &BigRational, rate: &BigRational, quotient: &BigRational, rounded: Option<&str>) -> String {
    let usual = shown::usual_places(decimal::to_f64(rate));
    let result = decimal::write(quotient, 2);
    let enough = (0..=MORE).find(|more| {
        let percent = decimal::rounded(rate, usual + more + 2);
        !percent.is_zero() && decimal::write(&(decimal::rounded(carried, 2 + more) / percent), 2) == result
    });
    let more = enough.unwrap_or(MORE);
    words::divided(
        &shown::exact(carried, 2 + more),
        &shown::percent_with(rate, usual + more),
        &shown::exact(quotient, 2),
        rounded,
    )
}

fn needed(
    confidence: f64,
    found: &[Result<Enough, Unreachable>],
    goal: &str,
    volumes: &Volumes,
    plan: &Plan,
) -> Vec<Statement> {
    let rows = plan.stages.iter().zip(found).rev().skip(usize::from(volumes.is_count()));
    rows.map(|(stage, found)| match found {
        Ok(enough) => {
            let tie = (enough.probability - confidence).abs() < TIE;
            let (entrants, probability) = (enough.entrants, enough.probability);
            let said = words::needed(entrants, &stage.stage, confidence, goal, probability, enough.one_less, tie);
            Statement::new(Topic::Needed, said)
                .about(&stage.stage)
                .with([("needed", entrants as f64), ("confidence", confidence), ("probability", probability)])
                .and("one_less", enough.one_less)
        }
        Err(unreachable) => Statement::new(Topic::Unreachable, words::unreachable(&unreachable.limited_by))
            .about(&stage.stage)
            .with([("entrants", unreachable.entrants as f64), ("probability", unreachable.probability)]),
    })
    .collect()
}

fn outcome(volumes: &Volumes, plan: &Plan) -> Option<Statement> {
    let (planned, probability) = (plan.planned?, plan.probability?);
    let in_money = volumes.in_money && !volumes.is_count();
    let customers = words::customers(plan.customers_needed, last(plan));
    let goal = if in_money { &plan.target } else { &customers };
    let said = words::probability(planned, first(plan), goal, in_money, probability);
    Some(Statement::new(Topic::Probability, said).with([("planned", planned as f64), ("probability", probability)]))
}

/// How many are expected at each stage.
fn flow(plan: &Plan) -> Option<Statement> {
    let each: Option<Vec<(&str, f64)>> =
        plan.stages.iter().map(|stage: &StagePlan| Some((stage.stage.as_str(), stage.expected_new?))).collect();
    let each = each?;
    let by = plan.by.filter(|_| plan.deadline_used);
    let said = Statement::new(Topic::Flow, words::flow(&each, by));
    Some(each.iter().fold(said, |said, (name, expected)| said.and(name, Some(*expected))))
}

fn pace(plan: &Plan) -> Option<Statement> {
    let pace = plan.pace?;
    let planned = pace.planned.zip(pace.times);
    let said = words::pace(first(plan), planned, pace.of_history, pace.days, pace.probability);
    Some(
        Statement::new(Topic::Pace, said)
            .with([("of_history", pace.of_history), ("days", f64::from(pace.days))])
            .and("planned", pace.planned)
            .and("times", pace.times)
            .and("probability", pace.probability),
    )
}
