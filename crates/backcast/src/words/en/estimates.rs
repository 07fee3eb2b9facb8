//! What is said of the estimate of a step's rate: so far, within a horizon, in the end.

use crate::quantity::{Day, shown};

const INTERVAL: &str = "80 % interval";

pub(crate) fn so_far(step: &str, converted: u64, entered: u64) -> String {
    format!("{step}: {} of {} converted so far", shown::count(converted), shown::count(entered))
}

/// The share so far and, within so many days, the estimate with its interval and method.
pub(crate) fn within(
    so_far: &str,
    naive: f64,
    days: u32,
    (estimate, low, high): (f64, f64, f64),
    method: &str,
) -> String {
    format!(
        "{so_far} ({}); within {days} days {} will, {INTERVAL} {} to {} ({method})",
        shown::percent(naive),
        shown::percent(estimate),
        shown::percent(low),
        shown::percent(high)
    )
}

/// The same with what the next quarter may bring.
pub(crate) fn in_the_next_quarter(known: &str, (next, low, high): (f64, f64, f64)) -> String {
    let (next, low, high) = (shown::percent(next), shown::percent(low), shown::percent(high));
    format!("{known}; in the next quarter {next}, {INTERVAL} {low} to {high}, as rates move")
}

pub(crate) fn none_converted() -> String {
    "none of its leads has converted yet".to_owned()
}

pub(crate) fn none_converted_within(days: u32, later: u64) -> String {
    format!("none of its leads has converted within {days} days; later: {}", shown::count(later))
}

pub(crate) fn no_rate(step: &str, why: &str) -> String {
    format!("{step}: no rate can be estimated, because {why}")
}

pub(crate) fn not_levelled_off(step: &str, days: u32, ultimate: &str) -> String {
    format!("{step}: the curve has not levelled off within {days} days; later conversions are not counted; {ultimate}")
}

/// What is said of a step.
pub(crate) fn of_step(step: &str, what: &str) -> String {
    format!("{step}: {what}")
}

/// A rate that moves, and the one that plans count with.
pub(crate) fn planned_with(moves: &str, next: Option<f64>) -> String {
    let next = next.map_or_else(String::new, |next| {
        format!("; plans count with {}, as rates also come back", shown::percent(next))
    });
    format!("{moves}{next}")
}

pub(crate) fn drift_from_elsewhere(quarters: usize) -> String {
    format!(
        "how much rates move from quarter to quarter rests on experience elsewhere: only {quarters} quarters have enough leads"
    )
}

pub(crate) fn too_few_for_the_end() -> String {
    "too few have converted to say how many will in the end".to_owned()
}

/// How many convert in the end, of which a share rests on a fitted tail.
pub(crate) fn in_the_end(ultimate: f64, extrapolated: f64, tail: &str) -> String {
    format!(
        "in the end about {} will, of which {} rest on a fitted {tail} tail",
        shown::percent(ultimate),
        shown::percent(extrapolated)
    )
}

pub(crate) fn not_identified(why: &str) -> String {
    format!("how many will in the end is not identified: {why}")
}

pub(crate) fn too_far(extrapolated: f64, most: f64) -> String {
    format!(
        "{} of all conversions would be extrapolated, more than {}",
        shown::percent(extrapolated),
        shown::percent(most)
    )
}

/// Two tails, each with what it says.
pub(crate) fn tails_disagree(one: (&str, f64), other: (&str, f64)) -> String {
    format!("a {} tail says {}, a {} one {}", one.0, shown::percent(one.1), other.0, shown::percent(other.1))
}

pub(crate) fn no_smooth_tail() -> String {
    "no smooth tail fits the delays".to_owned()
}

/// Conversions that took longer than fewer than `enough` leads could be watched.
pub(crate) fn beyond_the_horizon(step: &str, (late, converted): (u64, u64), days: u32, enough: u64) -> String {
    format!(
        "{step}: {} of {} conversions took longer than {days} days, after which fewer than {} leads could still be watched; they \
         are not counted, but `horizon_days` reads as far as you ask",
        shown::count(late),
        shown::count(converted),
        shown::count(enough)
    )
}

/// Leads that entered long before the first conversion, when so many should have been seen.
pub(crate) fn late_first_conversion(step: &str, entry: Day, conversion: Day, expected: u64) -> String {
    format!(
        "{step}: leads enter from {entry}, but none converts before {conversion}, where about {} should have; if the records \
         began later than the leads, pass `observed_from`",
        shown::count(expected)
    )
}
