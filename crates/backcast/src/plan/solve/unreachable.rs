//! Why no number of newcomers is enough, and how far the most of them come.

use super::volumes::Volumes;
use crate::math::{beta, normal};
use crate::outlook::Short;
use crate::plan::result::unreachable::Unreachable;
use crate::rates::Rates;
use crate::words::en::unreachable as words;

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
    let reached = (goal, short.probability, confidence);
    let limited_by = if short.entrants == 0 {
        words::too_late(stage, (!volumes.cells.is_empty()).then_some(reached))
    } else {
        words::even(short.entrants, stage, reached, &least_known(at, 1.0 - confidence, rates, volumes)?)
    };
    Some(Unreachable { entrants: short.entrants, probability: short.probability, limited_by })
}

/// What may be smallest beside what is expected of it, with the probability `p`: a rate from the `at`-th stage on, or the
/// mean deal; `None` where all are known.
fn least_known(at: usize, p: f64, rates: &Rates, volumes: &Volumes) -> Option<String> {
    let steps = rates.funnel().steps().zip(&volumes.steps).skip(at);
    let rates = steps.filter_map(|(name, step)| {
        let (a, b) = step.beta()?;
        let least = beta::quantile(a, b, p);
        Some((least / step.mean(), words::rate_may_be(&name.to_string(), &step.in_words(), least, p)))
    });
    let deal = volumes.deal.as_ref().filter(|deal| volumes.in_money && deal.doubt() > 0.0).map(|deal| {
        let least = libm::exp(normal::quantile(p) * libm::log1p(deal.doubt()).sqrt());
        (least, words::deal_hardly_known(deal.doubt().sqrt()))
    });
    rates.chain(deal).min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, words)| words)
}
