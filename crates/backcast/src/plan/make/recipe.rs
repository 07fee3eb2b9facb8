//! The recipe of a plan: target to wins, wins up the chain, then how many must enter each stage for the confidence.

use num_rational::BigRational;

use super::statements::statements;
use super::{headline, notices};
use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::math::search::to_whole;
use crate::outlook::{Computed, ConversionPath, Enough, Outlook, Reach, sources};
use crate::plan::ask::goal::{Goal, Target};
use crate::plan::ask::rounding::Rounding;
use crate::plan::result::plan::{Doubt, Plan, Point, StagePlan, Whole};
use crate::plan::result::projection::Projection;
use crate::plan::result::unreachable::Unreachable;
use crate::plan::solve::cascade::{Link, chain};
use crate::plan::solve::credit::credit;
use crate::plan::solve::deadline::Deadline;
use crate::plan::solve::division::plain_division;
use crate::plan::solve::flow::Flow;
use crate::plan::solve::pace::pace;
use crate::plan::solve::question::{Question, whole};
use crate::plan::solve::sensitivity::changes;
use crate::plan::solve::unreachable::unreachable;
use crate::plan::solve::volumes::Volumes;
use crate::plan::spread::sub_goals::sub_goals;
use crate::rates::{Conversion, DealSize, INTERVAL, Rates};
use crate::words::Statement;
use crate::words::en as words;

/// Points of a chart.
const POINTS: u32 = 41;

/// The plan where leads arrive as `arriving` of them would.
pub(in crate::plan) fn make(goal: &Goal, rates: &Rates, arriving: u64) -> Result<Plan> {
    let question = Question::of(goal, rates, arriving)?;
    let (volumes, least_wins) = (&question.volumes, question.least_wins);
    let plain: Vec<_> = volumes.steps.iter().map(Conversion::plain).collect();
    let links = chain(&question.wins, &plain, goal.rounding);
    let reaches = volumes.reaches(least_wins);
    let found = found(goal, rates, volumes, &reaches, least_wins)?;
    let mut stages = stages(goal, rates, volumes, &links, &found)?;
    let flow = Flow::of(goal, rates, volumes, question.deadline.as_ref());
    let chained: Vec<_> = stages.iter().zip(&links).map(|(row, link)| chained(row, link.as_ref())).collect();
    let totals = totals(goal, volumes, &flow, &chained, &found);
    let planned = totals.first().copied().flatten();
    expect(&mut stages, &flow, planned);
    chances_kept(&mut stages, volumes, question.deadline.as_ref());
    let probability = reaches.first().zip(planned).map(|(reach, planned)| reach.probability(planned));
    let (schedule, departments) = sub_goals(goal, rates, &question, &stages, &totals, &flow)?;
    let divided = chained.first().copied().flatten();
    let mut plan = Plan {
        headline: None,
        target: target_in_words(goal, rates),
        target_amount: goal.target.amount().map(decimal::to_f64),
        currency: rates.deal_size().map(DealSize::currency),
        confidence: goal.confidence.as_ref().map(decimal::to_f64),
        start: goal.start,
        by: goal.by,
        rounding: goal.rounding,
        deal_size: rates.deal_size().map(DealSize::to_f64),
        deal_cv: rates.deal_size().map(DealSize::cv),
        customers_needed: least_wins,
        planned,
        leads_stated: goal.leads.is_some(),
        unreachable: found.first().and_then(|found| found.as_ref().err()).cloned(),
        stages,
        probability: probability.map(|computed: Computed| computed.value),
        probability_error: probability.map(|computed| computed.error),
        customers: planned.map(|planned| range(&volumes.outlook(planned, false))),
        revenue: planned.filter(|_| volumes.deal.is_some()).map(|planned| range(&volumes.outlook(planned, true))),
        division: divided.map(|leads| plain_division(volumes, least_wins, leads)),
        pace: pace(goal, rates, volumes, planned, least_wins),
        pipeline: credit(goal, rates, volumes, volumes.without_newcomers()),
        uncertainty: None,
        distribution: None,
        sensitivity: None,
        deadline_used: volumes.on_time.is_some(),
        schedule,
        channels: None,
        departments,
        notices: Vec::new(),
        warnings: Vec::new(),
        statements: Vec::new(),
        explain: Vec::new(),
    };
    if let Some(planned) = planned.filter(|_| goal.detail) {
        in_detail(&mut plan, goal, rates, volumes, planned, least_wins);
    }
    plan.headline = headline::headline(&plan);
    plan.notices = notices::notices(goal, rates, &plan);
    plan.statements = statements(goal, rates, volumes, &links, &found, &plan);
    say(&mut plan);
    Ok(plan)
}

/// How many enter each stage as planned: what was stated and what follows from it, else what is needed, else the chain.
fn totals(
    goal: &Goal,
    volumes: &Volumes,
    flow: &Flow,
    chained: &[Option<u64>],
    found: &[Result<Enough, Unreachable>],
) -> Vec<Option<u64>> {
    if let Some(stated) = goal.leads {
        return flow.of_one.iter().map(|share| Some(to_whole(stated as f64 * share))).collect();
    }
    let total = |(at, chained): (usize, &Option<u64>)| match found.get(at) {
        // Nobody new can be won in time: nobody new is planned.
        _ if volumes.share(at) <= 0.0 => Some(0),
        Some(found) => found.as_ref().ok().map(|enough| enough.entrants),
        None => *chained,
    };
    chained.iter().enumerate().map(total).collect()
}

/// The sentences beside the facts.
pub(in crate::plan) fn say(plan: &mut Plan) {
    let sentences = |of: &[Statement]| of.iter().map(|statement| statement.sentence.clone()).collect();
    plan.warnings = sentences(&plan.notices);
    plan.explain = sentences(&plan.statements);
}

/// How many are expected at each stage.
fn expect(stages: &mut [StagePlan], flow: &Flow, planned: Option<u64>) {
    let Some(planned) = planned else { return };
    for ((row, share), open) in stages.iter_mut().zip(&flow.of_one).zip(&flow.open) {
        let new = planned as f64 * share;
        (row.expected_new, row.expected_open, row.expected) = (Some(new), Some(*open), Some(new + open));
    }
    for (row, pair) in stages.iter_mut().zip(flow.of_one.windows(2)) {
        if let [here, next] = pair {
            row.rate_by_deadline = (*here > 0.0).then(|| next / here);
        }
    }
}

/// The chance that each checkpoint is kept by whoever delivers to it.
///
/// # Formula
/// P(Bin(n, r·w) ≥ k) over the posterior of r: n is what the stage before needs, k what this one does, w the share that moves
/// on in time.
fn chances_kept(stages: &mut [StagePlan], volumes: &Volumes, deadline: Option<&Deadline>) {
    let needed: Vec<Option<u64>> = stages.iter().map(|row| row.needed).collect();
    let rows = stages.iter_mut().skip(1).zip(needed.windows(2)).zip(&volumes.steps).enumerate();
    for (at, ((row, pair), step)) in rows {
        if let [Some(before), Some(here)] = pair {
            let in_time = deadline.and_then(|left| left.handed_over.get(at)).copied().unwrap_or(1.0);
            let path = ConversionPath::sharing_time(core::slice::from_ref(step), in_time);
            row.chance_kept = Some(path.customers(*before).probability_of(*here));
        }
    }
}

/// What takes longer to compute.
fn in_detail(plan: &mut Plan, goal: &Goal, rates: &Rates, volumes: &Volumes, planned: u64, least_wins: u64) {
    let in_money = volumes.deal.is_some();
    let names: Vec<String> = rates.funnel().steps().map(|step| step.to_string()).collect();
    let found = sources(&volumes.ways(0, in_money), &[planned as f64], &names);
    plan.uncertainty =
        Some(found.into_iter().map(|source| Doubt { source: source.name, share: source.share }).collect());
    let points = volumes.outlook(planned, in_money).points(POINTS);
    plan.distribution = Some(points.into_iter().map(|(at, probability)| Point::new(at, probability)).collect());
    plan.sensitivity = Some(changes(goal, rates, volumes, planned, least_wins));
}

/// The chain's number as a whole one.
fn chained(row: &StagePlan, link: Option<&Link>) -> Option<u64> {
    match row.whole? {
        Whole::Count(count) => Some(count),
        Whole::Exact(_) => whole(&BigRational::from(decimal::ceil(&link?.exact))).ok(),
    }
}

/// What follows, with its 80 % interval.
fn range(outlook: &Outlook) -> Projection {
    Projection::new(outlook.expected(), outlook.quantile(INTERVAL.0), outlook.quantile(INTERVAL.1))
}

fn target_in_words(goal: &Goal, rates: &Rates) -> String {
    match goal.target {
        Target::Revenue { .. } => goal.target.in_words(),
        Target::Customers(count) => words::several(count, rates.funnel().last()),
    }
}

/// What newcomers to each stage come to at the confidence, first to last; none of it without one.
fn found(
    goal: &Goal,
    rates: &Rates,
    volumes: &Volumes,
    reaches: &[Reach],
    least_wins: u64,
) -> Result<Vec<Result<Enough, Unreachable>>> {
    let Some(confidence) = &goal.confidence else { return Ok(Vec::new()) };
    let level = decimal::to_f64(confidence);
    let wanted = volumes.goal_in_words(goal, least_wins, rates.funnel().last());
    let each = reaches.iter().zip(rates.funnel().stages()).enumerate().map(|(at, (reach, name))| {
        let short = match reach.needed(confidence) {
            Ok(enough) => return Ok(Ok(enough)),
            Err(short) => short,
        };
        let why = unreachable(short, at, &wanted, level, rates, volumes);
        let number = || Error::new(Kind::OutOfRange, format!("the number of {name} that the goal needs"));
        why.map(Err).ok_or_else(number)
    });
    each.collect()
}

/// The rows of the plan.
fn stages(
    goal: &Goal,
    rates: &Rates,
    volumes: &Volumes,
    links: &[Option<Link>],
    found: &[Result<Enough, Unreachable>],
) -> Result<Vec<StagePlan>> {
    let rows = rates.funnel().stages().iter().zip(links).enumerate();
    let row = |(stage, (name, link)): (usize, (&String, &Option<Link>))| {
        let whole = link.as_ref().map(|link| match goal.rounding {
            Rounding::Exact => whole(&link.whole).map(|_| Whole::Exact(decimal::to_f64(&link.whole))),
            _ => whole(&link.whole).map(Whole::Count),
        });
        let needed = found.get(stage).and_then(|found| found.as_ref().ok());
        Ok(StagePlan {
            stage: name.clone(),
            exact: link.as_ref().map(|link| decimal::to_f64(&link.exact)),
            whole: whole.transpose()?,
            needed: needed.map(|enough| enough.entrants),
            on_time: volumes.on_time.as_ref().and_then(|shares| shares.get(stage)).copied(),
            rate: volumes.steps.get(stage).map(Conversion::mean),
            expected: None,
            expected_new: None,
            expected_open: None,
            rate_by_deadline: None,
            chance_kept: None,
        })
    };
    rows.map(row).collect()
}
