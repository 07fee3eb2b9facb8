//! The recipe of a plan: target to wins, wins up the chain, then how many must enter each stage for the confidence.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::explain;
use crate::error::{Error, Kind, Result};
use crate::math::{decimal, search::MAX_WHOLE};
use crate::outlook::{Computed, Enough, Outlook, Reach, sources};
use crate::plan::ask::goal::{Goal, Target};
use crate::plan::ask::rounding::Rounding;
use crate::plan::result::plan::{Doubt, Plan, Point, StagePlan, Whole};
use crate::plan::result::projection::Projection;
use crate::plan::result::unreachable::Unreachable;
use crate::plan::solve::cascade::{Link, chain};
use crate::plan::solve::credit::credit;
use crate::plan::solve::days::days;
use crate::plan::solve::deadline::deadline;
use crate::plan::solve::sensitivity::changes;
use crate::plan::solve::unreachable::unreachable;
use crate::plan::solve::volumes::Volumes;
use crate::plan::spread::sub_goals::sub_goals;
use crate::quantity::{Day, shown};
use crate::rates::{Conversion, DealSize, Rates};

/// Points of a chart.
const POINTS: u32 = 41;

/// The plan where leads arrive as `arriving` of them would.
pub(in crate::plan) fn make(goal: &Goal, rates: &Rates, arriving: u64) -> Result<Plan> {
    let wins = wins(&goal.target, rates.deal_size())?;
    let least_wins = whole(&BigRational::from(decimal::ceil(&wins)))?;
    let days = days(goal, arriving)?;
    let deadline = deadline(goal, rates, days.as_ref())?;
    let volumes = Volumes::of(goal, rates, deadline.as_ref().map(|left| left.on_time.clone()))?;
    let plain: Vec<_> = volumes.steps.iter().map(Conversion::plain).collect();
    let links = chain(&wins, &plain, goal.rounding);
    let reaches = volumes.reaches(least_wins);
    let found = found(goal, rates, &volumes, &reaches, least_wins)?;
    let stages = stages(goal, rates, &volumes, &links, &found)?;
    let total = |(at, (row, link)): (usize, (&StagePlan, &Option<Link>))| match found.get(at) {
        // Nobody new can be won in time: nobody new is planned.
        _ if volumes.share(at) <= 0.0 => Some(0),
        Some(found) => found.as_ref().ok().map(|enough| enough.entrants),
        None => chained(row, link.as_ref()),
    };
    let totals: Vec<_> = stages.iter().zip(&links).enumerate().map(total).collect();
    let planned = totals.first().copied().flatten();
    let first = reaches.first();
    let probability = first.zip(planned).map(|(reach, planned)| reach.probability(planned));
    let without = volumes.without_newcomers();
    let (schedule, departments) = sub_goals(goal, rates, days.as_ref(), deadline.as_ref(), &stages, &totals, &wins)?;
    let mut plan = Plan {
        target: target_in_words(goal, rates),
        currency: rates.deal_size().map(|deal| deal.currency().code().to_owned()),
        confidence: goal.confidence.as_ref().map(decimal::to_f64),
        start: goal.start.map(|day: Day| day.to_string()),
        by: goal.by.map(|day| day.to_string()),
        rounding: goal.rounding.name().to_owned(),
        deal_size: rates.deal_size().map(DealSize::to_f64),
        deal_cv: rates.deal_size().map(DealSize::cv),
        customers_needed: least_wins,
        planned,
        unreachable: found.first().and_then(|found| found.as_ref().err()).cloned(),
        stages,
        probability: probability.map(|computed: Computed| computed.value),
        probability_error: probability.map(|computed| computed.error),
        customers: planned.map(|planned| range(&volumes.outlook(planned, false))),
        revenue: planned.filter(|_| volumes.deal.is_some()).map(|planned| range(&volumes.outlook(planned, true))),
        pipeline: credit(goal, rates, &volumes, without),
        uncertainty: None,
        distribution: None,
        sensitivity: None,
        deadline_used: volumes.on_time.is_some(),
        schedule,
        channels: None,
        departments,
        warnings: rates.warnings().to_vec(),
        explain: Vec::new(),
    };
    if goal.detail
        && let Some(planned) = planned
    {
        in_detail(&mut plan, goal, rates, &volumes, planned, least_wins);
    }
    plan.explain = explain::lines(goal, rates, &volumes, &links, &found, &plan);
    Ok(plan)
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
    Projection::new(outlook.expected(), outlook.quantile(0.1), outlook.quantile(0.9))
}

fn target_in_words(goal: &Goal, rates: &Rates) -> String {
    match goal.target {
        Target::Revenue { .. } => goal.target.in_words(),
        Target::Customers(_) => format!("{} {}", goal.target.in_words(), rates.funnel().last()),
    }
}

/// Won deals that the target takes, exact: target ÷ deal size.
fn wins(target: &Target, deal: Option<&DealSize>) -> Result<BigRational> {
    match (target, deal) {
        (Target::Customers(count), _) => Ok(BigRational::from(BigInt::from(*count))),
        (Target::Revenue { .. }, None) => Err(Error::new(Kind::DealSizeMissing, target.in_words())),
        (Target::Revenue { amount, currency }, Some(deal)) if *currency == deal.currency() => Ok(amount / deal.exact()),
        (Target::Revenue { currency, .. }, Some(deal)) => {
            Err(Error::new(Kind::MixedCurrency, format!("{currency} and {}", deal.currency())))
        }
    }
}

fn whole(value: &BigRational) -> Result<u64> {
    match value.to_integer().to_u64() {
        Some(count) if count <= MAX_WHOLE => Ok(count),
        _ => Err(Error::new(Kind::OutOfRange, shown::exact(value, 0))),
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
    let wanted = volumes.goal_in_words(goal, least_wins);
    let wanted = if volumes.counts() { format!("{wanted} {}", rates.funnel().last()) } else { wanted };
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
        })
    };
    rows.map(row).collect()
}
