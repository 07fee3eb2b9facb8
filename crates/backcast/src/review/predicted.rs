//! A predicted number of customers as a table of its distribution, and the scores of what came instead.

use crate::math::scores;
use crate::math::search::{Tried, smallest, to_whole};
use crate::outlook::Customers;

/// Beyond these quantiles the distribution counts as 0 and 1.
const EDGE: f64 = 1e-10;
/// So many values of the distribution are computed one by one; where there are more, those between are interpolated.
const COMPUTED: u64 = 1024;

/// P(K ≤ k) for k = `first`, `first` + 1, …; 0 before and 1 after.
#[derive(Clone, Debug)]
pub(super) struct Predicted {
    first: u64,
    cdf: Vec<f64>,
    expected: f64,
}

impl Predicted {
    /// The distribution of customers from `entrants` leads.
    pub(super) fn of(customers: Customers<'_>, entrants: u64) -> Self {
        let within = |k: u64| 1.0 - customers.probability_of(k + 1);
        // Not `Customers::quantile`: at an edge nothing depends on ties, which it would decide in whole numbers.
        let quantile = |level: f64| {
            let tried = |k: u64| {
                let probability = within(k);
                Tried { probability, meets: probability >= level }
            };
            smallest(0..=entrants, to_whole(customers.expected()), level, tried).unwrap_or(entrants)
        };
        let (first, last) = (quantile(EDGE), quantile(1.0 - EDGE));
        let stride = (last - first) / COMPUTED + 1;
        let computed: Vec<f64> = (0..=(last - first).div_ceil(stride)).map(|i| within(first + i * stride)).collect();
        let cdf = if stride == 1 { computed } else { between(&computed, stride) };
        Self { first, cdf, expected: customers.expected() }
    }

    /// Surely none: what a rule says that has seen no conversion.
    pub(super) fn none() -> Self {
        Self { first: 0, cdf: vec![1.0], expected: 0.0 }
    }

    pub(super) fn expected(&self) -> f64 {
        self.expected
    }

    /// P(K ≤ k).
    fn within(&self, k: u64) -> f64 {
        match k.checked_sub(self.first) {
            None => 0.0,
            Some(at) => usize::try_from(at).ok().and_then(|at| self.cdf.get(at)).copied().unwrap_or(1.0),
        }
    }

    /// The smallest number that is not exceeded with probability `level`, 0 < `level` < 1.
    pub(super) fn quantile(&self, level: f64) -> u64 {
        self.first + self.cdf.iter().take_while(|within| **within < level).count() as u64
    }

    /// The largest number that is reached with at least the probability `level`.
    pub(super) fn reached_with(&self, level: f64) -> u64 {
        // P(K ≥ k) = 1 − P(K ≤ k − 1).
        self.first + self.cdf.iter().take_while(|within| 1.0 - **within >= level).count() as u64
    }

    /// The randomised probability integral transform of what came, with `v` from 0 to 1.
    pub(super) fn pit(&self, actual: u64, v: f64) -> f64 {
        let below = actual.checked_sub(1).map_or(0.0, |below| self.within(below));
        scores::pit(below, self.within(actual), v)
    }

    /// The continuous ranked probability score of what came, in customers.
    pub(super) fn crps(&self, actual: u64) -> f64 {
        // Outside the table the distribution is 0 or 1: each number between it and what came is missed whole.
        let end = self.first + self.cdf.len() as u64;
        let before = self.first.saturating_sub(actual);
        let after = actual.saturating_sub(end);
        let inside = usize::try_from(actual.saturating_sub(self.first)).unwrap_or(usize::MAX);
        scores::crps(1.0, self.cdf.iter().copied(), inside) + (before + after) as f64
    }
}

/// The values between computed ones that are `stride` apart, by the cubic through the four nearest.
fn between(computed: &[f64], stride: u64) -> Vec<f64> {
    let mut cdf = Vec::new();
    for cell in 0..computed.len().saturating_sub(1) {
        // The four points start one before the cell, but never outside the computed ones.
        let start = cell.saturating_sub(1).min(computed.len().saturating_sub(4));
        let Some(&[a, b, c, d]) = computed.get(start..).and_then(<[f64]>::first_chunk) else { break };
        for step in 0..stride {
            let x = (cell - start) as f64 + step as f64 / stride as f64;
            let (x1, x2, x3) = (x - 1.0, x - 2.0, x - 3.0);
            let value = -a * x1 * x2 * x3 / 6.0 + b * x * x2 * x3 / 2.0 - c * x * x1 * x3 / 2.0 + d * x * x1 * x2 / 6.0;
            cdf.push(value.clamp(0.0, 1.0));
        }
    }
    cdf.extend(computed.last());
    cdf
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlook::ConversionPath;
    use crate::rates::Conversion;

    /// The binomial by its recursion: brute force.
    fn binomial(n: u32, p: f64) -> Vec<f64> {
        let ln_choose = |k: u32| {
            libm::lgamma(f64::from(n) + 1.0) - libm::lgamma(f64::from(k) + 1.0) - libm::lgamma(f64::from(n - k) + 1.0)
        };
        let pmf = |k: u32| libm::exp(ln_choose(k) + f64::from(k) * libm::log(p) + f64::from(n - k) * libm::log1p(-p));
        (0..=n)
            .scan(0.0, |sum, k| {
                Some({
                    *sum += pmf(k);
                    *sum
                })
            })
            .collect()
    }

    fn brute_crps(cdf: &[f64], actual: u64) -> f64 {
        let miss = |(k, within): (usize, &f64)| if (k as u64) < actual { *within } else { 1.0 - within };
        cdf.iter().enumerate().map(miss).map(|miss| miss * miss).sum()
    }

    #[test]
    fn scores_of_counts_are_the_brute_force_sums() {
        let (n, p) = (400_u32, 0.11);
        let path = ConversionPath::sharing_time(&[], p);
        let predicted = Predicted::of(path.customers(u64::from(n)), u64::from(n));
        let cdf = binomial(n, p);
        for actual in [0_u64, 3, 30, 44, 45, 70, 200, 400] {
            let at = usize::try_from(actual).unwrap();
            assert!((predicted.crps(actual) - brute_crps(&cdf, actual)).abs() < 1e-8, "{actual}");
            let below = if at == 0 { 0.0 } else { cdf[at - 1] };
            assert!((predicted.pit(actual, 0.25) - (0.75 * below + 0.25 * cdf[at])).abs() < 1e-9, "{actual}");
        }
        for level in [0.025, 0.1, 0.5, 0.9, 0.975] {
            let expected = cdf.iter().position(|within| *within >= level).unwrap() as u64;
            assert_eq!(predicted.quantile(level), expected);
        }
        let reached = (0..=400_usize).rfind(|k| *k == 0 || 1.0 - cdf[k - 1] >= 0.8).unwrap() as u64;
        assert_eq!(predicted.reached_with(0.8), reached);
    }

    /// A wide distribution is interpolated; here it is computed one by one.
    #[test]
    fn interpolation_changes_nothing_that_shows() {
        let path = ConversionPath::new(&[Conversion::learned(30, 200).unwrap(), Conversion::learned(40, 100).unwrap()]);
        let customers = path.customers(16_000);
        let predicted = Predicted::of(customers, 16_000);
        assert!(predicted.cdf.len() as u64 > 2 * COMPUTED);
        let all: Vec<f64> = (0..=3_600).map(|k| 1.0 - customers.probability_of(k + 1)).collect();
        for (at, actual) in [300_usize, 800, 980, 1_400].map(|at| (at, at as u64)) {
            let (got, expected) = (predicted.crps(actual), brute_crps(&all, actual));
            assert!((got / expected - 1.0).abs() < 1e-7, "{actual}: {got} {expected}");
            assert!((predicted.pit(actual, 0.5) - 0.5 * (all[at - 1] + all[at])).abs() < 1e-7);
        }
    }

    #[test]
    fn surely_none() {
        let none = Predicted::none();
        assert_eq!((none.quantile(0.5), none.reached_with(0.8), none.crps(3)), (0, 0, 3.0));
        assert_eq!((none.pit(0, 0.3), none.pit(2, 0.3)), (0.3, 1.0));
    }
}
