//! What follows where the rate is much less sure than what follows at a known rate: nearly all doubt is about the rate.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::forecast::Ways;
use super::worth::Worth;
use crate::math::product::Product;
use crate::math::quadrature::{self, Node};
use crate::math::search::to_whole;

/// From this ratio of the spread of the rate to that of all else on, if what follows is nearly normal.
const WIDE: f64 = 3.0;
/// And from this one on in any case: no quadrature over the rate is fine enough.
const VERY_WIDE: f64 = 8.0;
/// What is nearly normal.
const NEARLY: f64 = 1e-5;
/// Nodes for all that is unsure at a known rate.
const NODES: usize = 12;
/// Posteriors with fewer conversions or failures than this have a density with an edge, near which nothing is interpolated.
const EDGE: f64 = 8.0;
/// Points that an interpolation takes.
const POINTS: i32 = 8;

/// The rate of newcomers with what a deal is worth.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    rate: Product,
    on_time: f64,
    /// The first three moments of a deal.
    deal: [f64; 3],
    /// The factor on all deals that the doubt about their mean leaves.
    factor: Vec<Node>,
    /// P(rate ≥ eˣ) is computed at multiples x of this, where it is smooth, and kept in `known`.
    step: Option<f64>,
    known: Arc<Mutex<BTreeMap<i64, f64>>>,
}

impl Ways {
    /// The rate of the only way, if that is what matters near this volume and for this amount (0: for all that is likely).
    pub(super) fn wide(&self, guess: &[f64], amount: f64) -> Option<Wide> {
        let ([(way, worth)], [n]) = (self.ways.as_slice(), guess) else { return None };
        if way.shock > 0.0 || !way.open.is_empty() {
            return None;
        }
        let cv = way.cv2_from(way.entry).sqrt();
        let noise = self.noise(guess);
        if cv <= WIDE * noise {
            return None;
        }
        let deals = if amount > 0.0 { amount / worth.mean() } else { n * way.mean() };
        if cv < VERY_WIDE * noise && normal_error(worth, deals) > NEARLY {
            return None;
        }
        let betas: Vec<Result<(f64, f64), f64>> = way
            .steps
            .get(way.entry..)
            .unwrap_or(&[])
            .iter()
            .map(|step| step.beta().ok_or_else(|| step.mean()))
            .collect();
        let smooth = betas.iter().flatten().all(|(a, b)| a.min(*b) >= EDGE);
        let doubt = worth.doubt();
        let normal = if doubt > 0.0 { quadrature::normal_for(doubt.sqrt() / cv) } else { vec![(0.0, 1.0)] };
        Some(Wide {
            rate: Product::of(betas.into_iter()),
            on_time: way.on_time,
            deal: [worth.mean(), worth.mean_square(), worth.mean_cube()],
            factor: normal.into_iter().map(|(z, w)| (libm::exp(doubt.sqrt() * z - 0.5 * doubt), w)).collect(),
            step: smooth.then_some(0.12 * cv),
            known: Arc::default(),
        })
    }
}

/// How far a sum of so many deals is from the normal distribution with its third cumulant, as P shows it: the fourth power
/// of its skewness. Beside beta-binomial sums of gamma deals, P was off by at most a sixth of that, from 50 deals on.
pub(super) fn normal_error(worth: &Worth, deals: f64) -> f64 {
    let skew2 = worth.mean_cube() * worth.mean_cube() / libm::pow(worth.mean_square(), 3.0) / deals.max(1.0);
    skew2 * skew2
}

impl Wide {
    /// P(what follows from `n` newcomers ≥ the target).
    ///
    /// # Formula
    /// P = E P(p ≥ p(z, f)) over the normal z and the factor f on all deals, with p(z, f) the root of
    /// κ₁ + √κ₂ (z + γ (z² − 1)/6) = T/f; κ₁, κ₂ and the skewness γ of the sum at the rate p (Cornish and Fisher's expansion).
    pub(super) fn at_least(&self, n: f64, target: f64) -> f64 {
        let nodes = quadrature::normal(NODES);
        let sum = |factor: f64| -> f64 {
            nodes.iter().map(|(z, weight)| weight * self.exceeds(self.rate_for(n, target / factor, *z))).sum()
        };
        self.factor.iter().map(|(factor, weight)| weight * sum(*factor)).sum::<f64>().clamp(0.0, 1.0)
    }

    /// The rate at which so many newcomers bring the amount, when luck is z.
    fn rate_for(&self, n: f64, amount: f64, z: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let p: f64 = 0.5 * (low + high);
            let [m1, m2, m3] = self.deal.map(|moment| moment * p * self.on_time);
            let variance = (m2 - m1 * m1).max(0.0);
            let third = m3 - 3.0 * m1 * m2 + 2.0 * m1 * m1 * m1;
            let skew = if variance > 0.0 { n * third * (z * z - 1.0) / (6.0 * n * variance) } else { 0.0 };
            if n * m1 + (n * variance).sqrt() * z + skew < amount { low = p } else { high = p }
        }
        0.5 * (low + high)
    }

    /// P(rate ≥ x): between points that are computed once, by Lagrange's polynomial.
    fn exceeds(&self, x: f64) -> f64 {
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
        for betas in
            [vec![(12.5, 400.0)], vec![(60.0, 140.0), (9.0, 81.0)], vec![(240.0, 560.0), (27.0, 63.0), (8.0, 8.5)]]
        {
            let rate = Product::new(1.0, 0.0, betas);
            let (step, mean) = (0.12 * rate.cv2().sqrt(), rate.mean());
            let factor = vec![(1.0, 1.0)];
            let wide = Wide { rate, on_time: 1.0, deal: [1.0; 3], factor, step: Some(step), known: Arc::default() };
            for k in -40..40 {
                let x = mean * libm::exp(0.43 * step * f64::from(k));
                if x < 1.0 {
                    let (got, expected) = (wide.exceeds(x), wide.rate.exceeds(x));
                    assert!((got - expected).abs() < 1e-8, "{x}: {got} {expected}");
                }
            }
        }
    }
}
