//! The plan's arithmetic in the user's words: every number can be followed by hand.

use core::fmt::Write as _;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::explain_sub_goals;
use crate::math::decimal;
use crate::outlook::{Enough, TIE};
use crate::plan::ask::goal::{Goal, Target};
use crate::plan::ask::rounding::Rounding;
use crate::plan::result::plan::Plan;
use crate::plan::result::unreachable::Unreachable;
use crate::plan::solve::cascade::Link;
use crate::plan::solve::volumes::Volumes;
use crate::quantity::shown;
use crate::rates::{Conversion, Rates};

/// So many more decimals than usual at most, in a division that is to be followed by hand.
const MORE: u32 = 30;

pub(in crate::plan) fn lines(
    goal: &Goal,
    rates: &Rates,
    volumes: &Volumes,
    links: &[Option<Link>],
    found: &[Result<Enough, Unreachable>],
    plan: &Plan,
) -> Vec<String> {
    let mut lines = vec![target(goal, rates, links, plan.customers_needed)];
    lines.extend(rates.notes().iter().cloned());
    lines.extend(deals(rates));
    lines.push(format!("rounding: {}", rounding(goal.rounding)));
    let names = rates.funnel().stages();
    for (step, conversion) in (0..volumes.steps.len()).rev().zip(volumes.steps.iter().rev()) {
        let name = names.get(step).map_or("", String::as_str);
        let pair = (links.get(step).and_then(Option::as_ref), links.get(step + 1).and_then(Option::as_ref));
        lines.push(format!("{name}: {}; {}", conversion.in_words(), division(goal.rounding, pair, conversion)));
    }
    lines.extend(pipeline(goal, rates, plan));
    if let Some(confidence) = &goal.confidence {
        lines.extend(needed(
            decimal::to_f64(confidence),
            found,
            &volumes.goal_in_words(goal, plan.customers_needed),
            volumes,
            plan,
        ));
    }
    lines.extend(outcome(volumes, plan));
    lines.extend(deadline(plan));
    if goal.by.is_some() && !plan.deadline_used {
        lines.push("the deadline is not used: no delays between the stages were given".to_owned());
    }
    lines.extend(explain_sub_goals::lines(plan));
    lines
}

/// How deals differ and how well their mean is known, where that matters.
fn deals(rates: &Rates) -> Option<String> {
    let deal = rates.deal_size()?;
    let spread = deal.spread_in_words()?;
    let doubt = deal.doubt().sqrt();
    let known = if doubt > 0.0 {
        format!("the mean itself is known to about ± {}", shown::percent(doubt))
    } else {
        "the mean is taken as exactly true".to_owned()
    };
    Some(format!("deal size: {spread}; {known}"))
}

/// What is in flight, stage by stage.
fn pipeline(goal: &Goal, rates: &Rates, plan: &Plan) -> Vec<String> {
    let Some(credit) = &plan.pipeline else { return Vec::new() };
    let mut lines = Vec::new();
    for stage in rates.funnel().stages() {
        let rows: Vec<_> = credit.rows.iter().filter(|row| row.stage == *stage).collect();
        let open: u64 = rows.iter().map(|row| row.count).sum();
        if open == 0 {
            continue;
        }
        let expected: f64 = rows.iter().map(|row| row.customers.expected).sum();
        let beyond: u64 = rows.iter().filter(|row| row.beyond_history).map(|row| row.count).sum();
        let mut line = format!(
            "in flight: {} open in {stage}, of which {} are expected to be won{}",
            shown::count(open),
            shown::decimal(expected, 2),
            if plan.deadline_used { " by the deadline" } else { "" }
        );
        if beyond > 0 {
            let _ =
                write!(line, "; {} are older than any that ever moved on, and count as nothing", shown::count(beyond));
        }
        lines.push(line);
    }
    if rates.lags().is_none() || goal.by.is_none() {
        lines.push("in flight: their age is not used, because no deadline and delays were given".to_owned());
    }
    let money = credit.revenue.zip(plan.currency.as_ref());
    let worth = money.map(|(range, currency)| {
        format!(
            "{} {currency} expected, 80 % interval {} to {}",
            whole(range.expected),
            whole(range.low),
            whole(range.high)
        )
    });
    let worth = worth.unwrap_or_else(|| {
        let range = credit.customers;
        format!(
            "{} expected, 80 % interval {} to {}",
            shown::decimal(range.expected, 2),
            whole(range.low),
            whole(range.high)
        )
    });
    lines.push(format!(
        "in flight together: {worth}; without anyone new the goal is met with {}",
        precise(credit.probability)
    ));
    lines
}

fn whole(value: f64) -> String {
    shown::decimal(value, 0)
}

/// What the deadline leaves of each stage's newcomers.
fn deadline(plan: &Plan) -> Option<String> {
    let stages = plan.stages.iter().rev().skip(1).rev();
    let shares: Option<Vec<_>> =
        stages.map(|stage| Some(format!("{} of {}", shown::percent(stage.on_time?), stage.stage))).collect();
    Some(format!(
        "deadline: of those that enter {} from {} to {} and are won at all, so many are won in time: {}",
        plan.schedule.as_ref().map_or("evenly", |schedule| schedule.arrival.as_str()),
        plan.start.as_ref()?,
        plan.by.as_ref()?,
        shares?.join(", ")
    ))
}

fn target(goal: &Goal, rates: &Rates, links: &[Option<Link>], least_wins: u64) -> String {
    let last = rates.funnel().last();
    match (&goal.target, rates.deal_size(), links.last()) {
        (Target::Revenue { .. }, Some(deal), Some(Some(link))) => format!(
            "target: {} ÷ {} a deal = {} {last}, so at least {}",
            goal.target.in_words(),
            deal.in_words(),
            shown::exact(&link.exact, 2),
            shown::count(least_wins)
        ),
        _ => format!("target: {} {last}", shown::count(least_wins)),
    }
}

fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Ceil => "up at each stage, and the whole number is carried",
        Rounding::End => "the exact chain is rounded up once per stage",
        Rounding::Nearest => "to the nearest whole number at each stage (ties up), which is carried",
        Rounding::Exact => "none",
    }
}

fn division(rounding: Rounding, pair: (Option<&Link>, Option<&Link>), conversion: &Conversion) -> String {
    let (Some(link), Some(below)) = pair else {
        return match conversion.plain() {
            None => "nothing has converted yet, so plain division has no answer from here on".to_owned(),
            Some(_) => "no expected value, because none is known for the stage after it".to_owned(),
        };
    };
    let carried = if matches!(rounding, Rounding::Ceil | Rounding::Nearest) { &below.whole } else { &below.exact };
    let rate = conversion.plain().unwrap_or_else(BigRational::one);
    let quotient = carried / &rate;
    let divided = by_hand(carried, &rate, &quotient);
    if rounding == Rounding::Exact || link.whole == quotient {
        divided
    } else {
        format!("{divided}, rounded to {}", shown::exact(&link.whole, 0))
    }
}

/// The division with as many digits as it takes for whoever repeats it to find the same two decimals.
fn by_hand(carried: &BigRational, rate: &BigRational, quotient: &BigRational) -> String {
    let usual = shown::usual_places(decimal::to_f64(rate));
    let result = decimal::write(quotient, 2);
    let enough = (0..=MORE).find(|more| {
        let percent = decimal::rounded(rate, usual + more + 2);
        !percent.is_zero() && decimal::write(&(decimal::rounded(carried, 2 + more) / percent), 2) == result
    });
    let more = enough.unwrap_or(MORE);
    format!(
        "{} ÷ {} = {}",
        shown::exact(carried, 2 + more),
        shown::percent_with(rate, usual + more),
        shown::exact(quotient, 2)
    )
}

fn needed(
    confidence: f64,
    found: &[Result<Enough, Unreachable>],
    goal: &str,
    volumes: &Volumes,
    plan: &Plan,
) -> Vec<String> {
    let rows = plan.stages.iter().zip(found).rev().skip(usize::from(volumes.is_count()));
    rows.map(|(stage, found)| {
        let enough = match found {
            Ok(enough) => enough,
            Err(unreachable) => return format!("needed: {}", unreachable.limited_by),
        };
        let mut line = format!(
            "needed: {} {} for {} confidence: that many reach {goal} with {}",
            shown::count(enough.entrants),
            stage.stage,
            shown::percent(confidence),
            precise(enough.probability),
        );
        if let Some(one_less) = enough.one_less {
            let _ = write!(line, ", one less with {}", precise(one_less));
        }
        if (enough.probability - confidence).abs() < TIE {
            line.push_str("; a tie with the confidence within 0.0000001 %");
        }
        line
    })
    .collect()
}

/// Two more digits than usual: neighbours differ late.
fn precise(probability: f64) -> String {
    let usual = format!("{:.3} %", probability * 100.0);
    match usual.as_str() {
        "100.000 %" if probability < 1.0 => shown::percent(probability),
        "0.000 %" if probability > 0.0 => shown::percent(probability),
        _ => usual,
    }
}

fn outcome(volumes: &Volumes, plan: &Plan) -> Option<String> {
    let (first, last) = (plan.stages.first()?, plan.stages.last()?);
    let planned = shown::count(plan.planned?);
    let sure = shown::percent(plan.probability?);
    Some(if volumes.in_money && !volumes.is_count() {
        format!("probability: if {planned} enter {}, revenue reaches {} with {sure}", first.stage, plan.target)
    } else {
        let least = shown::count(plan.customers_needed);
        format!("probability: if {planned} enter {}, at least {least} {} follow with {sure}", first.stage, last.stage)
    })
}
