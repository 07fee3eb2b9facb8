//! A target and the deals of one kind on a lattice of money.

use super::severity::Worth;
use crate::math::lattice::{Below, Lattice, split, spread};
use crate::math::normal;
use crate::rates::DealSize;

/// The lattice for a target, the amount at its middle, and (where the mean deal is in doubt) the weights of what lies
/// below: P(the sum times the unknown factor stays below the target).
pub(in crate::outlook) fn doubtful(log2: u32, target: f64, doubt: f64) -> (Lattice, f64, Option<Below>) {
    let lattice = Lattice::of(log2);
    if doubt <= 0.0 {
        return (lattice, target, None);
    }
    let s = doubt.sqrt();
    let (half, top) = (1_u32 << (log2 - 1), target * libm::exp(5.0 * s));
    let weight = |k: u32| match k {
        0 => 1.0,
        _ => normal::cdf((libm::log(target * f64::from(half) / (top * f64::from(k))) + 0.5 * doubt) / s),
    };
    let lattice = lattice.with_tables();
    let weights: Vec<f64> = (0..=half).map(weight).collect();
    let below = lattice.weights(&weights);
    (lattice, top, Some(below))
}

/// The probability of each number of steps for a deal times a factor; larger ones count as `cap` steps.
pub(in crate::outlook) fn in_steps(worth: &Worth, factor: f64, step: f64, cap: usize) -> Vec<f64> {
    match worth.money().filter(|deal| deal.price_list().is_none()) {
        Some(deal) => spread(|x| factor * DealSize::limited_mean(deal, x / factor).unwrap_or(0.0), step, cap),
        None => split(worth.amounts().into_iter().map(|(x, p)| (x * factor, p)), step, cap),
    }
}

/// P(k deals bring less than a target above 0) for k = 0, 1, …, on a lattice of 2^`log2` points.
pub(in crate::outlook) fn below_on_lattice(worth: &Worth, target: f64, log2: u32) -> Option<Vec<f64>> {
    let (lattice, top, below) = doubtful(log2, target, worth.doubt());
    let half: u64 = 1 << (log2 - 1);
    let below = below.unwrap_or(Below::Steps { steps: half, on_it: 0.5 });
    let lattice = lattice.with_tables();
    let cap = usize::try_from(half + 1).unwrap_or(0);
    let deal = lattice.transform(&in_steps(worth, 1.0, top / half as f64, cap));
    lattice.shortfalls(&below, &deal)
}
