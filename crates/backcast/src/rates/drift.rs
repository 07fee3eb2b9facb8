//! Rates move between periods: how much they have moved, and what that means for the next period.

use super::estimate::shapes;
use super::pooling::{precision, spreads};
use super::shared_lag::Effective;
use crate::math::beta_binomial::{Kernel, Moments, logistic, logit, normalised};

/// Scale of the half-normal prior of τ, the standard deviation of the logit between quarters.
const SCALE: f64 = 0.35;
const SPREADS: u32 = 31;
const CENTRES: i32 = 41;
/// A quarter says something about drift from this many effective leads on.
const ENOUGH: f64 = 5.0;
/// From so many such quarters on the data speak louder than the prior.
pub(super) const QUARTERS: usize = 4;

/// What the quarters of all steps say together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drift {
    /// The mean of τ: how much the logit of a rate moves from quarter to quarter (standard deviation).
    pub(super) spread: f64,
    /// The most quarters with enough leads that any step has.
    pub(super) quarters: usize,
    /// The same of the whole way; of the step, where there is but one.
    pub(super) whole_way_quarters: usize,
    /// Per step the rate in the next quarter, then of the whole way if there are several; `None` for one without leads.
    pub(super) next: Vec<Option<Moments>>,
}

impl Drift {
    /// With too few quarters their mean is all prior: then the next quarter is expected where all leads together lie.
    pub(super) fn centred_if_few(mut self, together: &[Option<Effective>]) -> Self {
        let steps = self.next.len().saturating_sub(1).max(1);
        for (index, (next, effective)) in self.next.iter_mut().zip(together).enumerate() {
            let quarters = if index < steps { self.quarters } else { self.whole_way_quarters };
            let (Some(next), Some(effective)) = (next, effective) else { continue };
            if quarters < QUARTERS {
                let (a, b) = shapes(*effective);
                let moved = Moments::of_beta(a, b).mean / next.mean;
                *next = Moments { mean: next.mean * moved, variance: next.variance * moved * moved };
            }
        }
        self
    }
}

/// One step at one τ: its evidence, and the next quarter's moments.
struct AtSpread {
    ln_evidence: f64,
    next: Moments,
}

/// The predictive distribution of each step's rate in the next quarter, from the quarters of each step and, last, those
/// of the whole way if there are several.
///
/// The steps have one τ. The whole way has its own: there it shows how far shocks are shared by the steps, and it would
/// show the less the more its τ were theirs.
pub(super) fn drift(steps_and_whole_way: &[Vec<Effective>]) -> Drift {
    match steps_and_whole_way.split_last() {
        Some((whole_way, steps)) if !steps.is_empty() => {
            let (steps, whole_way) = (one_spread(steps), one_spread(core::slice::from_ref(whole_way)));
            let next = steps.next.into_iter().chain(whole_way.next).collect();
            Drift { whole_way_quarters: whole_way.quarters, next, ..steps }
        }
        _ => one_spread(steps_and_whole_way),
    }
}

/// Steps that have one τ in common.
///
/// # Formula
/// As in pooling, with quarters for segments: for each τ the centre μ of every step is integrated on its own grid, the
/// log-evidences are added over the steps, τ ~ half-normal(0.35) on 31 points. Next quarter: E = Σ w μ,
/// Var = Σ w [μ(1 − μ)/(M + 1) + μ²] − E².
fn one_spread(steps: &[Vec<Effective>]) -> Drift {
    let points: Vec<f64> = spreads(SCALE, 4.0, SPREADS).collect();
    let by_step: Vec<Option<Vec<AtSpread>>> = steps.iter().map(|quarters| at_each(quarters, &points)).collect();
    let ln_weights: Vec<f64> = points
        .iter()
        .enumerate()
        .map(|(i, spread)| {
            let evidence: f64 = by_step.iter().flatten().filter_map(|at| at.get(i)).map(|at| at.ln_evidence).sum();
            evidence + libm::log(*spread) - spread * spread / (2.0 * SCALE * SCALE)
        })
        .collect();
    let weights = normalised(&ln_weights);
    let next = |at: &Vec<AtSpread>| Moments::of_mixture(weights.iter().copied().zip(at.iter().map(|at| at.next)));
    let quarters = steps.iter().map(|q| q.iter().filter(|q| q.leads >= ENOUGH).count()).max().unwrap_or(0);
    Drift {
        spread: points.iter().zip(&weights).map(|(spread, weight)| spread * weight).sum(),
        quarters,
        whole_way_quarters: quarters,
        next: by_step.iter().map(|at| at.as_ref().map(next)).collect(),
    }
}

fn at_each(quarters: &[Effective], points: &[f64]) -> Option<Vec<AtSpread>> {
    let leads: f64 = quarters.iter().map(|quarter| quarter.leads).sum();
    let converted: f64 = quarters.iter().map(|quarter| quarter.leads * quarter.rate).sum();
    let known = quarters.iter().filter(|quarter| quarter.leads > 0.0).count();
    if known == 0 {
        return None;
    }
    let mean = (converted + 0.5) / (leads + 1.0);
    let error = (1.0 / (leads * mean * (1.0 - mean) + 1.0) + 0.25 / known as f64).sqrt();
    let half = (CENTRES - 1) / 2;
    let centres = (-half..=half).map(|step| logit(mean) + 6.0 * error * f64::from(step) / f64::from(half));
    let centres: Vec<f64> = centres.collect();
    Some(points.iter().map(|spread| at_spread(quarters, &centres, *spread)).collect())
}

fn at_spread(quarters: &[Effective], centres: &[f64], spread: f64) -> AtSpread {
    let ln_likelihood = |centre: &f64| -> f64 {
        let (mean, weight) = (logistic(*centre), precision(*centre, spread));
        let kernel = Kernel::of(mean * weight, (1.0 - mean) * weight);
        let each = |q: &Effective| kernel.ln(q.rate * q.leads, q.leads);
        quarters.iter().filter(|quarter| quarter.leads > 0.0).map(each).sum()
    };
    let ln_weights: Vec<f64> = centres.iter().map(ln_likelihood).collect();
    let top = ln_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let ln_evidence = top + libm::log(ln_weights.iter().map(|ln_weight| libm::exp(ln_weight - top)).sum());
    let next = |centre: &f64| {
        let (mean, weight) = (logistic(*centre), precision(*centre, spread));
        Moments { mean, variance: mean * (1.0 - mean) / (weight + 1.0) }
    };
    let next = Moments::of_mixture(normalised(&ln_weights).into_iter().zip(centres.iter().map(next)));
    AtSpread { ln_evidence, next }
}

/// The factor by which the variances of the steps must grow so that their product is as uncertain as the whole way is.
///
/// # Formula
/// Π (1 + f·cvᵢ²) − 1 = cv², solved by bisection: shocks that steps share make the product wider than independence says.
pub(super) fn widening(steps: &[Moments], whole_way: Moments) -> f64 {
    let cv2 = |moments: &Moments| moments.variance / (moments.mean * moments.mean);
    let product = |factor: f64| steps.iter().map(|step| 1.0 + factor * cv2(step)).product::<f64>() - 1.0;
    let wanted = cv2(&whole_way);
    let (mut low, mut high) = (0.0, 1.0);
    while product(high) < wanted && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if product(middle) < wanted { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarters(counts: &[(f64, f64)]) -> Vec<Effective> {
        counts.iter().map(|(d, n)| Effective { rate: d / n, leads: *n }).collect()
    }

    #[test]
    fn moving_rates_widen_the_next_quarter() {
        let still = drift(&[quarters(&[(100.0, 1000.0), (101.0, 1000.0), (99.0, 1000.0), (102.0, 1000.0)])]);
        let moving = drift(&[quarters(&[(60.0, 1000.0), (150.0, 1000.0), (80.0, 1000.0), (130.0, 1000.0)])]);
        assert!(still.spread < 0.2 && moving.spread > 0.25, "{} {}", still.spread, moving.spread);
        let sd = |drift: &Drift| drift.next[0].unwrap().variance.sqrt();
        assert!(sd(&moving) > 2.0 * sd(&still));
        assert_eq!(moving.quarters, 4);
    }

    #[test]
    fn the_whole_way_moves_by_itself() {
        let first = quarters(&[(300.0, 1000.0), (305.0, 1000.0), (296.0, 1000.0), (301.0, 1000.0)]);
        let second = quarters(&[(60.0, 300.0), (62.0, 305.0), (58.0, 296.0), (61.0, 301.0)]);
        let whole = quarters(&[(20.0, 1000.0), (160.0, 1000.0), (40.0, 1000.0), (90.0, 1000.0)]);
        let steps = drift(&[first.clone(), second.clone(), whole.clone()]);
        let alone = drift(&[whole]);
        assert_eq!(steps.next[2], alone.next[0]);
        assert_eq!((steps.whole_way_quarters, alone.whole_way_quarters), (4, 4));
        assert_eq!(&steps.next[..2], one_spread(&[first, second]).next.as_slice());
        assert!(steps.spread < alone.spread / 3.0);
    }

    #[test]
    fn widening_makes_the_product_as_wide_as_the_whole() {
        let steps = [Moments::of_beta(30.0, 70.0), Moments::of_beta(12.0, 40.0)];
        let whole = Moments { mean: 0.07, variance: 0.0009 };
        let factor = widening(&steps, whole);
        let product = steps.iter().map(|s| 1.0 + factor * s.variance / (s.mean * s.mean)).product::<f64>() - 1.0;
        assert!((product - whole.variance / (whole.mean * whole.mean)).abs() < 1e-9);
    }
}
