//! Rates move between periods: how much they have moved, and what that means for the next period.

use crate::math::beta_binomial::{Kernel, Moments, logistic, logit, normalised, precision};
use crate::math::half_normal::HalfNormal;
use crate::rates::conversion::mean_with_prior;
use crate::rates::curve::Effective;

/// The prior of τ, the standard deviation of the logit between quarters.
pub(super) const PRIOR: HalfNormal = HalfNormal { scale: 0.35 };
/// Candidates for τ reach up to so many scales.
pub(super) const TOP: f64 = 4.0;
const SPREADS: u32 = 31;
const CENTRES: i32 = 41;
/// Candidates for ρ, how far the shocks of a quarter are shared by the steps.
const CORRELATIONS: u32 = 16;
/// A quarter says something about drift from this many effective leads on.
const ENOUGH: f64 = 5.0;
/// From so many such quarters on the data speak louder than the prior.
pub(in crate::rates) const QUARTERS: usize = 4;

/// What the quarters of all steps say together.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rates) struct Drift {
    /// The mean of τ: how much the logit of a rate moves from quarter to quarter (standard deviation).
    pub(in crate::rates) spread: f64,
    /// The most quarters with enough leads that any step has.
    pub(in crate::rates) quarters: usize,
    /// The same of the whole way; of the step, where there is but one.
    pub(in crate::rates) whole_way_quarters: usize,
    /// Per step the rate in the next quarter, then of the whole way if there are several; `None` for one without leads.
    pub(in crate::rates) next: Vec<Option<Moments>>,
    /// The mean of ρτ²: the covariance, on the logit, of two steps' shocks in one quarter. 0 for one step.
    pub(in crate::rates) shared: f64,
}

impl Drift {
    /// With too few quarters their mean is all prior: then the next quarter is expected where all leads together lie.
    pub(in crate::rates) fn centred_if_few(mut self, together: &[Option<Effective>]) -> Self {
        let steps = self.next.len().saturating_sub(1).max(1);
        for (index, (next, effective)) in self.next.iter_mut().zip(together).enumerate() {
            let quarters = if index < steps { self.quarters } else { self.whole_way_quarters };
            let (Some(next), Some(effective)) = (next, effective) else { continue };
            if quarters < QUARTERS {
                let (a, b) = effective.shapes();
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
/// The steps have one τ. How far their shocks are shared shows in the whole way, which then moves more than independent
/// steps would let it.
pub(in crate::rates) fn drift(steps_and_whole_way: &[Vec<Effective>]) -> Drift {
    match steps_and_whole_way.split_last() {
        Some((whole_way, steps)) if !steps.is_empty() => {
            let (drift, weights) = one_spread(steps);
            let (next, shared) = beside(whole_way, &drift, &weights);
            let next = drift.next.into_iter().chain([next]).collect();
            Drift { whole_way_quarters: with_enough(whole_way), next, shared, ..drift }
        }
        _ => one_spread(steps_and_whole_way).0,
    }
}

/// The candidates for τ.
fn points() -> Vec<f64> {
    PRIOR.points(TOP, SPREADS).collect()
}

fn with_enough(quarters: &[Effective]) -> usize {
    quarters.iter().filter(|quarter| quarter.leads >= ENOUGH).count()
}

/// Steps that have one τ in common, and the weight of each candidate for it.
///
/// # Formula
/// As in pooling, with quarters for segments: for each τ the centre μ of every step is integrated on its own grid, the
/// log-evidences are added over the steps, τ ~ half-normal(0.35) on 31 points. Next quarter: E = Σ w μ,
/// Var = Σ w [μ(1 − μ)/(M + 1) + μ²] − E².
fn one_spread(steps: &[Vec<Effective>]) -> (Drift, Vec<f64>) {
    let points = points();
    let by_step: Vec<Option<Vec<AtSpread>>> = steps.iter().map(|quarters| at_each(quarters, &points)).collect();
    let ln_weights: Vec<f64> = points
        .iter()
        .enumerate()
        .map(|(i, spread)| {
            let evidence: f64 = by_step.iter().flatten().filter_map(|at| at.get(i)).map(|at| at.ln_evidence).sum();
            PRIOR.ln_weight(*spread, evidence)
        })
        .collect();
    let weights = normalised(&ln_weights);
    let next = |at: &Vec<AtSpread>| Moments::of_mixture(weights.iter().copied().zip(at.iter().map(|at| at.next)));
    let quarters = steps.iter().map(|quarters| with_enough(quarters)).max().unwrap_or(0);
    let drift = Drift {
        spread: points.iter().zip(&weights).map(|(spread, weight)| spread * weight).sum(),
        quarters,
        whole_way_quarters: quarters,
        next: by_step.iter().map(|at| at.as_ref().map(next)).collect(),
        shared: 0.0,
    };
    (drift, weights)
}

/// The whole way's rate in the next quarter, and the mean of ρτ².
///
/// # Formula
/// Shocks of the steps with variance τ² and correlation ρ give the logit of the whole way, P = Π p, the standard deviation
/// τ √(Σ qᵢ² + ρ Σ_{i≠j} qᵢqⱼ) ÷ (1 − P), where q = 1 − p. τ has the weights that the steps gave it; ρ is uniform from
/// −1/(steps − 1), below which no shocks can be correlated, to 1 (16 midpoints), and for each τ is weighted with the
/// evidence of the whole way's quarters (interpolated between 31 points in ln τ).
///
/// The steps alone say how much rates move; from a τ of its own, which its few wins leave to the prior, the whole way would
/// seem to move where nothing does.
fn beside(whole_way: &[Effective], steps: &Drift, weights: &[f64]) -> (Option<Moments>, f64) {
    let points = points();
    let means: Option<Vec<f64>> = steps.next.iter().map(|next| next.map(|next| next.mean)).collect();
    let Some((at, means)) = at_each(whole_way, &points).zip(means) else { return (None, 0.0) };
    let (own, shared) = variances(means.iter().copied());
    let certain = (1.0 - means.iter().product::<f64>()).max(f64::MIN_POSITIVE);
    let lowest = if means.len() > 1 { -1.0 / (means.len() - 1) as f64 } else { 0.0 };
    let correlations: Vec<f64> =
        (0..CORRELATIONS).map(|i| lowest + (1.0 - lowest) * (f64::from(i) + 0.5) / f64::from(CORRELATIONS)).collect();
    let (mut mass, mut covariance) = (vec![0.0; points.len()], 0.0);
    for (spread, weight) in points.iter().zip(weights) {
        let place = |rho: &f64| place(&points, spread * (own + rho * shared).max(0.0).sqrt() / certain);
        let places: Vec<(usize, f64)> = correlations.iter().map(place).collect();
        let ln_evidence = |i: usize| at.get(i).map_or(f64::NEG_INFINITY, |at| at.ln_evidence);
        let between = |(i, share): &(usize, f64)| (1.0 - share) * ln_evidence(*i) + share * ln_evidence(i + 1);
        let by_rho = normalised(&places.iter().map(between).collect::<Vec<f64>>());
        for (((i, share), rho), by_rho) in places.iter().zip(&correlations).zip(by_rho) {
            covariance += weight * by_rho * rho * spread * spread;
            let parts = mass.iter_mut().skip(*i).zip([1.0 - share, *share]);
            parts.for_each(|(mass, part)| *mass += weight * by_rho * part);
        }
    }
    (Some(Moments::of_mixture(mass.into_iter().zip(at.iter().map(|at| at.next)))), covariance)
}

/// Σ qᵢ² and Σ_{i≠j} qᵢqⱼ, where q = 1 − p: what the variances and the covariances of logits weigh in ln Π p.
fn variances(means: impl Iterator<Item = f64>) -> (f64, f64) {
    let (sum, squares) = means.map(|mean| 1.0 - mean).fold((0.0, 0.0), |(sum, squares), q| (sum + q, squares + q * q));
    (squares, sum * sum - squares)
}

/// The point below a spread, and how far it is on the way to the next one, in the logarithm (0 to 1).
fn place(points: &[f64], spread: f64) -> (usize, f64) {
    let below = points.partition_point(|point| *point <= spread).clamp(1, points.len().max(2) - 1) - 1;
    let way = points
        .get(below)
        .zip(points.get(below + 1))
        .map_or(0.0, |(low, high)| libm::log(spread / low) / libm::log(high / low));
    (below, way.clamp(0.0, 1.0))
}

fn at_each(quarters: &[Effective], points: &[f64]) -> Option<Vec<AtSpread>> {
    let leads: f64 = quarters.iter().map(|quarter| quarter.leads).sum();
    let converted: f64 = quarters.iter().map(|quarter| quarter.leads * quarter.rate).sum();
    let known = quarters.iter().filter(|quarter| quarter.leads > 0.0).count();
    if known == 0 {
        return None;
    }
    let mean = mean_with_prior(converted, leads);
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

/// The factor by which the variances of the steps must grow so that their product is as uncertain as shocks that they share
/// make it; `shared` is the covariance of two steps' logits.
///
/// # Formula
/// Π (1 + f·cvᵢ²) = Π (1 + cvᵢ²) + `shared` · Σ_{i≠j} (1 − pᵢ)(1 − pⱼ), solved by bisection.
pub(in crate::rates) fn widening(steps: &[Moments], shared: f64) -> f64 {
    let cv2 = |moments: &Moments| moments.variance / (moments.mean * moments.mean);
    let product = |factor: f64| steps.iter().map(|step| 1.0 + factor * cv2(step)).product::<f64>();
    let wanted = product(1.0) + shared * variances(steps.iter().map(|step| step.mean)).1;
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
    fn the_whole_way_shows_what_the_steps_share() {
        let counts = |rates: [f64; 8], leads: f64| quarters(&rates.map(|rate| (rate * leads, leads)));
        let up = [0.40, 0.25, 0.33, 0.22, 0.42, 0.27, 0.35, 0.24];
        let down = [0.24, 0.35, 0.27, 0.42, 0.22, 0.33, 0.25, 0.40];
        let product = |a: [f64; 8], b: [f64; 8]| std::array::from_fn(|i| a[i] * b[i]);
        let of = |a, b| drift(&[counts(a, 1000.0), counts(b, 300.0), counts(product(a, b), 1000.0)]);
        let (together, apart) = (of(up, up), of(up, down));
        let variance = together.spread * together.spread;
        assert!(together.shared > 0.3 * variance && together.shared < 1.2 * variance, "{} {variance}", together.shared);
        assert!(apart.shared < -0.3 * variance, "{} {variance}", apart.shared);
        let still = of([0.3; 8], [0.2; 8]);
        assert!(still.shared.abs() < 0.005 && still.shared.abs() < variance / 10.0, "{}", still.shared);
        let sd = |drift: &Drift| drift.next[2].unwrap().variance.sqrt();
        assert!(sd(&together) > 2.0 * sd(&apart) && sd(&together) > 3.0 * sd(&still));
        // What the steps say of themselves does not hang on the whole way.
        assert_eq!(together.next[..2], one_spread(&[counts(up, 1000.0), counts(up, 300.0)]).0.next[..]);
        assert_eq!((together.quarters, together.whole_way_quarters), (8, 8));
    }

    #[test]
    fn widening_makes_the_product_as_wide_as_shared_shocks_do() {
        let steps = [Moments::of_beta(30.0, 70.0), Moments::of_beta(12.0, 40.0)];
        let product =
            |factor: f64| steps.iter().map(|s| 1.0 + factor * s.variance / (s.mean * s.mean)).product::<f64>();
        for shared in [-0.01, 0.0, 0.03] {
            let more = 2.0 * shared * (1.0 - steps[0].mean) * (1.0 - steps[1].mean);
            assert!((product(widening(&steps, shared)) - product(1.0) - more).abs() < 1e-9);
        }
    }
}
