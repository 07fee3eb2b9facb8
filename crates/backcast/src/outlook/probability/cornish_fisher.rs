//! What follows where the rate is much less sure than what follows at a known rate: nearly all doubt is about the rate, and
//! what remains is nearly normal, by Cornish and Fisher's expansion.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::math::beta;
use crate::math::product::Product;
use crate::math::quadrature::{self, Node};
use crate::math::search::to_whole;
use crate::outlook::compound::{Way, Ways, Worth, between};

/// From this ratio of the spread of the rate to that of all else on, if what follows is nearly normal.
const WIDE: f64 = 3.0;
/// And from this one on in any case: no quadrature over the rate is fine enough.
const VERY_WIDE: f64 = 8.0;
/// What is nearly normal.
const NEARLY: f64 = 5e-5;
/// From this excess kurtosis on the third cumulant alone serves better.
const HEAVY: f64 = 0.5;
/// Nodes for all that is unsure at a known rate.
const NODES: usize = 12;
/// Posteriors with fewer failures than this have a density with an edge at 1, near which nothing is interpolated. Few
/// conversions make none: of the logarithm, the density falls like an exponential towards −∞.
const EDGE: f64 = 8.0;
/// Points lie so far apart, in coefficients of variation of the rate and at most of 1.
const STEP: f64 = 0.12;
/// What interpolation and quadrature may add.
const INTERPOLATION: f64 = 1e-7;
/// Points that an interpolation takes.
const POINTS: i32 = 8;

/// The rate of newcomers with what a deal is worth.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    rate: Product,
    /// Where a single step is unsure: what the others let pass, and both shapes.
    only: Option<(f64, f64, f64)>,
    on_time: f64,
    /// The first four moments of a deal.
    deal: [f64; 4],
    /// What all sums are multiples of, if there is such an amount.
    unit: Option<f64>,
    /// The factor on all deals that the doubt about their mean leaves.
    factor: Vec<Node>,
    /// P(rate ≥ eˣ) is computed at multiples x of this, where it is smooth, and kept in `known`.
    step: Option<f64>,
    known: Arc<Mutex<BTreeMap<i64, f64>>>,
    /// How far P may be off.
    pub(super) error: f64,
}

/// How far P may be off where a sum of so many deals is taken for nearly normal, and the rate is so many times wider.
///
/// # Formula
/// With the skewness γ and the excess kurtosis δ of the sum: |γ|δ/500 · (3/ratio)², or γ²/200 by its third cumulant alone.
/// Beside quadrature that resolves every sum, from 30 to 3,000 log-normal and gamma deals with coefficients of variation
/// from 0.5 to 3 and for ratios from 3 to 8, P was off by at most half of that. Sums of several prices may hit the target:
/// half of the largest atom; those of one price are multiples of it, and compared between them.
pub(super) fn normal_error(worth: &Worth, deals: f64, ratio: f64) -> f64 {
    let [_, square, cube, fourth] = worth.moments();
    let deals = deals.max(1.0);
    let (skew2, excess) = (cube * cube / (square * square * square * deals), fourth / (square * square * deals));
    let smooth = if excess > HEAVY {
        skew2 / 200.0
    } else {
        skew2.sqrt() * excess / 500.0 * (WIDE / ratio.max(WIDE)) * (WIDE / ratio.max(WIDE))
    };
    let several = worth.prices().is_some_and(|prices| prices.len() > 1);
    if several { smooth + worth.half_atom(deals) } else { smooth }
}

impl Wide {
    /// The rate of the only way, if that is what matters near this volume and for this amount (0: for all that is likely).
    pub(super) fn near(ways: &Ways, guess: &[f64], amount: f64) -> Option<Self> {
        let ([(way, worth)], [n], Some(ratio)) = (ways.ways.as_slice(), guess, Self::ratio(ways, guess)) else {
            return None;
        };
        let deals = if amount > 0.0 { amount / worth.mean() } else { n * way.mean() };
        let error = normal_error(worth, deals, ratio);
        (ratio > VERY_WIDE || (ratio > WIDE && error <= NEARLY)).then(|| Self::of(way, worth, error))
    }

    /// How many times wider the rate of the only way is than all else, where nothing is open.
    fn ratio(ways: &Ways, guess: &[f64]) -> Option<f64> {
        let [(way, _)] = ways.ways.as_slice() else { return None };
        let alone = way.open.is_empty() && !way.is_shared();
        alone.then(|| way.cv2_from(way.entry).sqrt() / ways.relative_noise(guess))
    }

    /// Whether nodes of the rate are many.
    pub(super) fn is_wide(ways: &Ways, guess: &[f64]) -> bool {
        Self::ratio(ways, guess).is_some_and(|ratio| ratio > WIDE)
    }

    /// By cumulants, which may be off by this.
    pub(super) fn of(way: &Way, worth: &Worth, error: f64) -> Self {
        let cv = way.cv2_from(way.entry).sqrt();
        let betas: Vec<Result<(f64, f64), f64>> = way
            .steps
            .get(way.entry..)
            .unwrap_or(&[])
            .iter()
            .map(|step| step.beta().ok_or_else(|| step.mean()))
            .collect();
        let smooth = betas.iter().flatten().all(|(_, b)| *b >= EDGE);
        let known: f64 = betas.iter().filter_map(|step| step.err()).product();
        let unsure: Vec<(f64, f64)> = betas.iter().filter_map(|step| step.ok()).collect();
        let only = if let [(a, b)] = unsure.as_slice() { Some((known, *a, *b)) } else { None };
        let doubt = worth.doubt();
        let normal = if doubt > 0.0 { quadrature::normal_for(doubt.sqrt() / cv) } else { vec![(0.0, 1.0)] };
        Self {
            rate: Product::of(betas.into_iter()),
            only,
            on_time: way.on_time,
            deal: worth.moments(),
            unit: worth.unit().filter(|_| doubt <= 0.0),
            factor: normal.into_iter().map(|(z, w)| (libm::exp(doubt.sqrt() * z - 0.5 * doubt), w)).collect(),
            step: smooth.then_some(STEP * cv.min(1.0)),
            error: (error + INTERPOLATION).min(1.0),
            known: Arc::default(),
        }
    }

    /// P(what follows from `n` newcomers ≥ the target).
    ///
    /// # Formula
    /// P = E P(p ≥ p(z, f)) over the normal z and the factor f on all deals, with p(z, f) the root of
    /// κ₁ + √κ₂ (z + γ(z² − 1)/6 + δ(z³ − 3z)/24 − γ²(2z³ − 5z)/36) = T/f; κ₁, κ₂, the skewness γ and the excess kurtosis δ
    /// of the sum at the rate p (Cornish and Fisher's expansion; δ and γ² only where δ ≤ ½). Sums that are multiples of a unit
    /// reach T from the one before ⌈T⌉ on: T is taken half a unit lower.
    pub(super) fn at_least(&self, n: f64, target: f64) -> f64 {
        let nodes = quadrature::normal(NODES);
        let target = between(self.unit, target);
        let each = self.factor.iter().flat_map(|(factor, weight)| {
            let at = move |(z, share): &Node| (self.rate_for(n, target / factor, *z), weight * share);
            nodes.iter().map(at)
        });
        let reached = if self.step.is_some() || self.only.is_some() {
            each.map(|(rate, weight)| weight * self.exceeds(rate)).sum()
        } else {
            self.rate.exceeds_on_average(&each.collect::<Vec<_>>())
        };
        f64::clamp(reached, 0.0, 1.0)
    }

    /// The rate at which so many newcomers bring the amount, when luck is z.
    fn rate_for(&self, n: f64, amount: f64, z: f64) -> f64 {
        // A sum that is a multiple of a unit is a smooth one, rounded to it, whose variance is smaller (Sheppard's correction).
        let rounding = self.unit.map_or(0.0, |unit| unit * unit / 12.0);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let p: f64 = 0.5 * (low + high);
            let [m1, m2, m3, m4] = self.deal.map(|moment| moment * p * self.on_time);
            let variance = (m2 - m1 * m1).max(0.0);
            let third = m3 - 3.0 * m1 * m2 + 2.0 * m1 * m1 * m1;
            let fourth = m4 - 4.0 * m1 * m3 - 3.0 * m2 * m2 + 12.0 * m1 * m1 * m2 - 6.0 * m1 * m1 * m1 * m1;
            let square = (n * variance - rounding).max(0.0);
            let spread = square.sqrt();
            let (skew, excess) = (n * third / (square * spread), n * fourth / (square * square));
            let third_order = z + skew * (z * z - 1.0) / 6.0;
            let luck = if square <= 0.0 {
                0.0
            } else if excess > HEAVY {
                third_order
            } else {
                third_order + excess * (z * z * z - 3.0 * z) / 24.0 - skew * skew * (2.0 * z * z * z - 5.0 * z) / 36.0
            };
            if n * m1 + spread * luck < amount { low = p } else { high = p }
        }
        0.5 * (low + high)
    }

    /// P(rate ≥ x): between points that are computed once, by Lagrange's polynomial.
    fn exceeds(&self, x: f64) -> f64 {
        if let Some((known, a, b)) = self.only {
            // P(p·known ≥ x) by its closed form.
            return beta::cdf(b, a, 1.0 - x / known);
        }
        let at = self.step.map(|step| libm::log(x) / step);
        let Some((step, at)) = self.step.zip(at).filter(|(_, at)| at.is_finite() && *at < -f64::from(POINTS)) else {
            return self.rate.exceeds(x);
        };
        let first = libm::floor(at) - f64::from(POINTS / 2 - 1);
        let t = at - first;
        let mut sum = 0.0;
        for i in 0..POINTS {
            let others = (0..POINTS).filter(|j| *j != i);
            let share: f64 = others.map(|j| (t - f64::from(j)) / f64::from(i - j)).product();
            sum += share * self.at_point(first + f64::from(i), step);
        }
        sum.clamp(0.0, 1.0)
    }

    fn at_point(&self, point: f64, step: f64) -> f64 {
        let compute = || self.rate.exceeds(libm::exp(point * step));
        let key = to_whole(-point).cast_signed();
        let Ok(mut known) = self.known.lock() else { return compute() };
        *known.entry(key).or_insert_with(compute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between its points P(rate ≥ x) is what is computed there.
    #[test]
    fn interpolation_changes_nothing_that_shows() {
        let beliefs = [
            vec![(12.5, 400.0)],
            vec![(60.0, 140.0), (9.0, 81.0)],
            vec![(240.0, 560.0), (27.0, 63.0), (8.0, 8.5)],
            vec![(0.5, 8.0), (0.5, 8.0)],
            vec![(0.5, 8.0), (0.7, 20.0), (1.5, 9.0)],
            vec![(2.0, 300.0), (9e4, 9e4)],
            vec![(0.5, 60.0), (3e3, 9.0)],
            vec![(9.0, 17.2), (9.5, 14.3), (7.2, 15.3)],
        ];
        for betas in beliefs {
            let rate = Product::new(1.0, 0.0, betas);
            let (step, mean) = (STEP * rate.cv2().sqrt().min(1.0), rate.mean());
            let factor = vec![(1.0, 1.0)];
            let wide = Wide {
                rate,
                only: None,
                on_time: 1.0,
                deal: [1.0; 4],
                unit: None,
                factor,
                step: Some(step),
                known: Arc::default(),
                error: 0.0,
            };
            for k in -40..40 {
                let x = mean * libm::exp(0.43 * step * f64::from(k));
                if x < 1.0 {
                    let (got, expected) = (wide.exceeds(x), wide.rate.exceeds(x));
                    assert!((got - expected).abs() < 1e-8, "{x}: {got} {expected}");
                }
            }
        }
    }
    /// A single unsure step by its closed form is the same as by the inversion of its transform.
    #[test]
    fn a_single_step_agrees_with_the_inversion() {
        for (known, a, b) in [(1.0, 1.2, 58.8), (0.3, 0.5, 5.5), (0.05, 40.0, 360.0), (0.8, 3.5, 0.5)] {
            let rate = Product::new(known, 1.0 - known, vec![(a, b)]);
            for part in [0.001, 0.05, 0.3, 0.7, 0.99] {
                let x = known * part;
                let (got, expected) = (beta::cdf(b, a, 1.0 - x / known), rate.exceeds(x));
                assert!((got - expected).abs() < 1e-8, "{known} {a} {b} {x}: {got} {expected}");
            }
        }
    }
}
