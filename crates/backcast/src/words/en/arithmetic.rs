//! The arithmetic of a plan, so that every number can be followed by hand.

use core::fmt::Write as _;

use super::forms::{day, interval, listed, precise, roughly};
use super::nouns::{about, several, stage};
use crate::quantity::{Day, shown};

/// What there is of a plan for its first sentence.
pub(crate) struct Headline<'a> {
    pub(crate) planned: u64,
    pub(crate) first: &'a str,
    pub(crate) target: &'a str,
    pub(crate) by: Option<Day>,
    pub(crate) a_month: Option<f64>,
    pub(crate) times_the_pace: Option<f64>,
    pub(crate) probability: f64,
}

/// How many, by when, how many a month, how many times today's pace, how sure.
pub(crate) fn headline(of: &Headline) -> String {
    let by = of.by.map_or_else(String::new, |by| format!(" by {}", day(by)));
    let sure = roughly(of.probability);
    if of.planned == 0 {
        return format!("Without anyone new, {} is reached{by} with a probability of {sure}.", of.target);
    }
    let mut sentence = format!("{}{by}", several(of.planned, of.first));
    let a_month = of.a_month.map(|a_month| format!("{} a month", shown::decimal(a_month, 0)));
    let times = of.times_the_pace.map(|times| format!("{} today’s pace", times_of(times)));
    let pace: Vec<String> = a_month.into_iter().chain(times).collect();
    if !pace.is_empty() {
        let _ = write!(sentence, " ({})", pace.join(", "));
    }
    let _ = write!(sentence, " reach {} with a probability of {sure}.", of.target);
    sentence
}

/// `1.3 times`, `12 times`.
pub(crate) fn times_of(times: f64) -> String {
    format!("{} times", shown::decimal(times, u32::from(times < 10.0)))
}

/// `500,000 USD`, or `50 customers`.
pub(crate) fn customers(count: u64, last: &str) -> String {
    several(count, last)
}

/// The target ÷ the mean deal.
pub(crate) fn target_in_deals(target: &str, deal: &str, exact: &str, least: u64, last: &str) -> String {
    let least_in_words = several(least, last);
    if exact == shown::count(least) {
        format!("target: {target} ÷ {deal} a deal = {least_in_words}")
    } else {
        format!("target: {target} ÷ {deal} a deal = {exact}, so at least {least_in_words}")
    }
}

/// The target in customers.
pub(crate) fn target(least: u64, last: &str) -> String {
    format!("target: {}", several(least, last))
}

/// How deals differ, and how well their mean is known.
pub(crate) fn deal_size(spread: &str, doubt: f64) -> String {
    let known = if doubt > 0.0 {
        format!("the mean itself is known to about ± {}", shown::percent(doubt))
    } else {
        "the mean is taken as exactly true".to_owned()
    };
    format!("deal size: {spread}; {known}")
}

/// How the exact chain becomes whole numbers.
pub(crate) fn rounding(rule: &str) -> String {
    format!("rounding: {rule}")
}

pub(crate) const UP_AND_CARRIED: &str = "up at each stage, and the whole number is carried";
pub(crate) const UP_AT_THE_END: &str = "the exact chain is rounded up once per stage";
pub(crate) const NEAREST_AND_CARRIED: &str = "to the nearest whole number at each stage (ties up), which is carried";
pub(crate) const NOT_ROUNDED: &str = "none";

/// A rate, and the division by it.
pub(crate) fn step(name: &str, rate: &str, division: &str) -> String {
    format!("{name}: {rate}; {division}")
}

/// `50 ÷ 2 % = 2,500`, with what it is rounded to.
pub(crate) fn divided(carried: &str, rate: &str, quotient: &str, rounded: Option<&str>) -> String {
    let divided = format!("{carried} ÷ {rate} = {quotient}");
    rounded.map_or_else(|| divided.clone(), |rounded| format!("{divided}, rounded to {rounded}"))
}

pub(crate) fn nothing_converted() -> String {
    "nothing has converted yet, so plain division has no answer from here on".to_owned()
}

pub(crate) fn nothing_after() -> String {
    "no expected value, because none is known for the stage after it".to_owned()
}

/// What is open in one stage.
pub(crate) fn in_flight(open: u64, at: &str, won: f64, by_the_deadline: bool, beyond: u64) -> String {
    let by = if by_the_deadline { " by the deadline" } else { "" };
    let mut line = format!(
        "in flight: {} open in {at}, of which {} are expected to be won{by}",
        shown::count(open),
        shown::decimal(won, 2)
    );
    if beyond > 0 {
        let _ = write!(line, "; {} are older than any that ever moved on, and count as nothing", shown::count(beyond));
    }
    line
}

pub(crate) fn ages_unused() -> String {
    "in flight: their age is not used, because no deadline and delays were given".to_owned()
}

/// What is open in all stages, in money or in customers.
pub(crate) fn in_flight_together(
    expected: f64,
    (low, high): (f64, f64),
    currency: Option<&str>,
    last: &str,
    probability: f64,
) -> String {
    let worth = match currency {
        Some(currency) => format!("{} {currency} expected", shown::decimal(expected, 0)),
        None => format!("{} expected", about(expected, last)),
    };
    let met = roughly(probability);
    format!("in flight together: {worth}, {}; without anyone new the goal is met with {met}", interval(low, high))
}

/// The customers that make up the goal, where some of them come from what is open.
pub(crate) fn new_and_open(goal: u64, last: &str, new: f64, open: f64) -> String {
    format!(
        "expected: {} of planned newcomers and {} of what is in flight; {} make up the goal",
        shown::decimal(new, 1),
        about(open, last),
        several(goal, last)
    )
}

/// How many are expected at each stage.
pub(crate) fn flow(stages: &[(&str, f64)], by: Option<Day>) -> String {
    let each: Vec<String> = stages.iter().map(|(name, expected)| about(*expected, name)).collect();
    let by = by.map_or_else(String::new, |by| format!(" by {}", day(by)));
    format!("flow: of the planned newcomers{by}: {}", each.join(" → "))
}

/// The smallest number at a stage.
pub(crate) fn needed(
    entrants: u64,
    at: &str,
    confidence: f64,
    goal: &str,
    probability: f64,
    one_less: Option<f64>,
    tie: bool,
) -> String {
    let mut line = format!(
        "needed: {} for {} confidence: that many reach {goal} with {}",
        several(entrants, at),
        shown::percent(confidence),
        precise(probability),
    );
    if let Some(one_less) = one_less {
        let _ = write!(line, ", one less with {}", precise(one_less));
    }
    if tie {
        line.push_str("; a tie with the confidence within 0.0000001 %");
    }
    line
}

/// Why no number is enough.
pub(crate) fn unreachable(limited_by: &str) -> String {
    format!("needed: {limited_by}")
}

/// The probability of the plan.
pub(crate) fn probability(planned: u64, first: &str, goal: &str, in_money: bool, sure: f64) -> String {
    let planned = several(planned, first);
    let sure = shown::percent(sure);
    if in_money {
        format!("probability: with {planned}, revenue reaches {goal} with {sure}")
    } else {
        format!("probability: with {planned}, at least {goal} follow with {sure}")
    }
}

/// What plain division's number would reach.
pub(crate) fn plain_division(
    leads: u64,
    first: &str,
    probability: f64,
    without_deadline: Option<f64>,
    by: Option<Day>,
    on_average: Option<u64>,
) -> String {
    let leads_in_words = several(leads, first);
    match (without_deadline, by) {
        (Some(without), Some(by)) => {
            let mut line = format!(
                "plain division: {leads_in_words} would meet the goal with {}, had they all the time they need; by {} with {}",
                roughly(without),
                day(by),
                roughly(probability)
            );
            if let Some(more) = on_average.filter(|more| *more > leads) {
                let _ = write!(line, "; by then it takes {} to meet it on average", several(more, first));
            }
            line
        }
        _ => format!("plain division: {leads_in_words} meet the goal with {}", roughly(probability)),
    }
}

/// What the deadline leaves of each stage's newcomers.
pub(crate) fn deadline(arrival: &str, start: Day, by: Day, shares: &[(f64, &str)]) -> String {
    let shares: Vec<String> =
        shares.iter().map(|(share, name)| format!("{} of {}", shown::percent(*share), stage(name))).collect();
    format!(
        "deadline: of those that enter {arrival} from {start} to {by} and are won at all, so many are won in time: {}",
        shares.join(", ")
    )
}

/// A deadline over rates without delays.
pub(crate) fn deadline_counts_for_nothing(by: Day) -> String {
    format!(
        "no delays between the stages were given, so the deadline is not used: the probability is that the goal is met at all, \
         not that it is met by {}",
        day(by)
    )
}

pub(crate) fn deadline_unused() -> String {
    "the deadline is not used: no delays between the stages were given".to_owned()
}

/// The plan beside the pace of history.
pub(crate) fn pace(
    first: &str,
    planned: Option<(f64, f64)>,
    of_history: f64,
    days: u32,
    probability: Option<f64>,
) -> String {
    let mut line = match planned {
        Some((a_month, times)) => format!(
            "pace: {} a month are planned, {} today’s {} a month (over the last {days} days of the records)",
            about(a_month, first),
            times_of(times),
            shown::decimal(of_history, 0)
        ),
        None => format!("pace: {} a month came in over the last {days} days of the records", about(of_history, first)),
    };
    if let Some(probability) = probability {
        let _ = write!(line, "; at today’s pace the goal is met with {}", roughly(probability));
    }
    line
}

/// A goal far beyond the pace of history.
pub(crate) fn far_beyond_the_pace(first: &str, times: f64, a_month: f64, of_history: f64) -> String {
    format!(
        "the plan asks for {} the {} that history knows ({} a month beside {}); rates at such volumes have never been seen",
        times_of(times),
        stage(first),
        shown::decimal(a_month, 0),
        shown::decimal(of_history, 0)
    )
}

/// Owners that nobody has named.
pub(crate) fn owners_guessed(owned: &[(&str, Vec<&str>)]) -> String {
    let each: Vec<String> = owned
        .iter()
        .map(|(department, stages)| {
            let names: Vec<String> = stages.iter().map(|name| stage(name)).collect();
            format!("{department} for {}", listed(&names))
        })
        .collect();
    format!("who answers for which stage is assumed, not known: {}; `owners` says otherwise", each.join(", "))
}

/// A plan on average that takes no account of the deadline.
pub(crate) fn average_ignores_deadline(leads: u64, first: &str, probability: f64, on_average: Option<u64>) -> String {
    let mut line = format!(
        "the plan without a confidence is plain division, which knows no deadline: {} meet the goal in time with {}",
        several(leads, first),
        roughly(probability)
    );
    if let Some(more) = on_average {
        let _ = write!(line, "; to meet it on average by then takes {}", several(more, first));
    }
    line
}

/// A change by a factor: `a tenth more`.
pub(crate) fn change(factor: f64) -> String {
    let is = |other: f64| (factor - other).abs() < 1e-9;
    if is(1.1) {
        "a tenth more".to_owned()
    } else if is(0.9) {
        "a tenth shorter".to_owned()
    } else {
        format!("{} more", shown::percent(factor - 1.0))
    }
}
