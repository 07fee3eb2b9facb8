//! The plan's arithmetic in the user's words: every number can be followed by hand.

use core::fmt::Write as _;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::cascade::Link;
use super::goal::{Goal, Target};
use super::plan::Whole;
use super::{Plan, Rounding};
use crate::math::{decimal, search::to_whole};
use crate::outlook::{Path, TIE};
use crate::quantity::shown;
use crate::rates::{Conversion, Rates};

/// So many more decimals than usual at most, in a division that is to be followed by hand.
const MORE: u32 = 30;

pub(super) fn lines(
    goal: &Goal,
    rates: &Rates,
    conversions: &[Conversion],
    links: &[Option<Link>],
    paths: &[Path],
    plan: &Plan,
    least_wins: u64,
) -> Vec<String> {
    let mut lines = vec![target(goal, rates, links, least_wins)];
    lines.extend(rates.notes().iter().cloned());
    lines.push(format!("rounding: {}", rounding(goal.rounding)));
    let names = rates.funnel().stages();
    for (step, conversion) in (0..conversions.len()).rev().zip(conversions.iter().rev()) {
        let name = names.get(step).map_or("", String::as_str);
        let pair = (links.get(step).and_then(Option::as_ref), links.get(step + 1).and_then(Option::as_ref));
        lines.push(format!("{name}: {}; {}", conversion.in_words(), division(goal.rounding, pair, conversion)));
    }
    if let Some(confidence) = &goal.confidence {
        lines.extend(needed(decimal::to_f64(confidence), paths, plan, least_wins));
    }
    lines.extend(outcome(plan, least_wins));
    lines.extend(deadline(plan));
    if goal.by.is_some() && !plan.deadline_used {
        lines.push("the deadline is not used: no delays between the stages were given".to_owned());
    }
    lines
}

/// What the deadline leaves of each stage's newcomers.
fn deadline(plan: &Plan) -> Option<String> {
    let stages = plan.stages.iter().rev().skip(1).rev();
    let shares: Option<Vec<_>> =
        stages.map(|stage| Some(format!("{} of {}", shown::percent(stage.on_time?), stage.stage))).collect();
    Some(format!(
        "deadline: of those that enter evenly from {} to {} and are won at all, so many are won in time: {}",
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

fn needed(confidence: f64, paths: &[Path], plan: &Plan, least_wins: u64) -> Vec<String> {
    let rows = plan.stages.iter().zip(paths).rev().skip(1);
    rows.filter_map(|(stage, path)| {
        let needed = stage.needed?;
        let reached = path.customers(needed).probability_of(least_wins);
        let mut line = String::new();
        let _ = write!(
            line,
            "needed: {} {} for {} confidence: that many reach {} with {}",
            shown::count(needed),
            stage.stage,
            shown::percent(confidence),
            shown::count(least_wins),
            precise(reached),
        );
        if needed > least_wins {
            let one_less = path.customers(needed - 1).probability_of(least_wins);
            let _ = write!(line, ", one less with {}", precise(one_less));
        }
        if (reached - confidence).abs() < TIE {
            line.push_str("; a tie with the confidence within 0.0000001 %");
        }
        Some(line)
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

fn outcome(plan: &Plan, least_wins: u64) -> Option<String> {
    let first = plan.stages.first()?;
    let last = plan.stages.last()?;
    let planned = match (first.needed, first.whole) {
        (Some(count), _) | (None, Some(Whole::Count(count))) => shown::count(count),
        (None, Some(Whole::Exact(value))) => shown::count(to_whole(libm::ceil(value))),
        (None, None) => return None,
    };
    Some(format!(
        "probability: if {planned} enter {}, at least {} {} follow with {}",
        first.stage,
        shown::count(least_wins),
        last.stage,
        shown::percent(plan.probability?)
    ))
}
