//! Why no number of newcomers is enough, and how far the most of them come.

use super::volumes::Volumes;
use crate::math::{beta, normal};
use crate::outlook::Short;
use crate::plan::result::unreachable::Unreachable;
use crate::quantity::shown;
use crate::rates::Rates;

/// The `short` fall of newcomers to the `at`-th stage from the goal, as it is called in words, at a `confidence`; `None`
/// where nothing but the number of them stands in the way.
pub(in crate::plan) fn unreachable(
    short: Short,
    at: usize,
    goal: &str,
    confidence: f64,
    rates: &Rates,
    volumes: &Volumes,
) -> Option<Unreachable> {
    let stage = rates.funnel().stages().get(at).map_or("", String::as_str);
    let reached =
        format!("{goal} with {} instead of {}", shown::percent(short.probability), shown::percent(confidence));
    let limited_by = if short.entrants == 0 {
        let open = if volumes.cells.is_empty() { "" } else { "; what is in flight reaches " };
        let reached = if volumes.cells.is_empty() { "" } else { &reached };
        format!("no number of new {stage} helps, because none of them can be won in time{open}{reached}")
    } else {
        let because = least_known(at, 1.0 - confidence, rates, volumes)?;
        format!("even {} {stage} reach {reached}, because {because}", shown::count(short.entrants))
    };
    Some(Unreachable { entrants: short.entrants, probability: short.probability, limited_by })
}

/// What may be smallest beside what is expected of it, with the probability `p`: a rate from the `at`-th stage on, or the
/// mean deal; `None` where all are known.
fn least_known(at: usize, p: f64, rates: &Rates, volumes: &Volumes) -> Option<String> {
    let chance = shown::percent(p);
    let steps = rates.funnel().steps().zip(&volumes.steps).skip(at);
    let rates = steps.filter_map(|(name, step)| {
        let (a, b) = step.beta()?;
        let least = beta::quantile(a, b, p);
        let below = shown::percent(least.max(f64::MIN_POSITIVE));
        let below = below.trim_start_matches("less than ");
        let words = format!("the rate of {name} ({}) is below {below} with a probability of {chance}", step.in_words());
        Some((least / step.mean(), words))
    });
    let deal = volumes.deal.as_ref().filter(|deal| volumes.in_money && deal.doubt() > 0.0).map(|deal| {
        let least = libm::exp(normal::quantile(p) * libm::log1p(deal.doubt()).sqrt());
        let doubt = shown::percent(deal.doubt().sqrt());
        (least, format!("the mean deal is known to about ± {doubt} only"))
    });
    rates.chain(deal).min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, words)| words)
}
