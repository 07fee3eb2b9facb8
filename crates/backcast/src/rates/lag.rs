//! The delay of one step: how many whole days pass between entering a stage and entering the next, for those that do.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::math::search::to_index;
use crate::quantity::{MOST_DAYS, shown};

/// Days of the longest delay.
pub(super) const LONGEST: usize = MOST_DAYS as usize;
/// The 90 % quantile of the standard normal distribution.
const Z90: f64 = 1.281_551_565_544_600_4;

/// The distribution of a delay in whole days, for leads that convert.
///
/// # Example
/// ```
/// use backcast::Lag;
/// let first = Lag::from_pmf(&[0.5, 0.5])?;
/// let whole_way = first.then(&Lag::from_pmf(&[0.0, 1.0])?);
/// assert_eq!(whole_way.pmf(), [0.0, 0.5, 0.5]);
/// assert_eq!((whole_way.within(1), whole_way.quantile(0.9)), (0.5, 2));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Lag {
    pmf: Vec<f64>,
}

/// A lag as it is written; what sums to 1 but for rounding is left as it is, to the bit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    pmf: Vec<f64>,
}

impl TryFrom<Written> for Lag {
    type Error = Error;

    fn try_from(Written { pmf }: Written) -> Result<Self> {
        let scaled = Self::from_pmf(&pmf)?;
        let is_whole = (pmf.iter().sum::<f64>() - 1.0).abs() < 1e-9 && pmf.len() <= LONGEST + 1;
        Ok(if is_whole { Self { pmf } } else { scaled })
    }
}

impl Lag {
    /// From the probability of each whole number of days, from 0 to at most 3,653; they sum to 1 (within 1e-6, and are then
    /// scaled).
    ///
    /// # Errors
    /// `lag_pmf` if one is negative or not finite, if they do not sum to 1, or if a delay is longer than ten years.
    pub fn from_pmf(pmf: &[f64]) -> Result<Self> {
        if let Some(p) = pmf.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            return Err(Error::new(Kind::LagPmf, format!("a probability of {p}")));
        }
        let sum: f64 = pmf.iter().fold(0.0, |sum, p| sum + p);
        if (sum - 1.0).abs() > 1e-6 {
            return Err(Error::new(Kind::LagPmf, format!("probabilities that sum to {sum}")));
        }
        if let Some(longest) = pmf.iter().rposition(|p| *p > 0.0).filter(|longest| *longest > LONGEST) {
            return Err(Error::new(Kind::LagPmf, format!("a delay of {} days", shown::count(longest as u64)))
                .allowing(format!("delays of 0 to {} days", shown::count(LONGEST as u64))));
        }
        Ok(Self { pmf: pmf.iter().take(LONGEST + 1).map(|p| p / sum).collect() })
    }

    /// The log-normal delay with this median and 90 % quantile, in days.
    ///
    /// # Formula
    /// P(lag ≤ l) = Φ((ln(l + 1) − ln median) / σ), σ = ln(p90 / median) / 1.2816: a delay of l days lasts from l to l + 1.
    ///
    /// # Errors
    /// `lag_quantiles` unless 0 < median < p90.
    pub fn log_normal(median_days: f64, p90_days: f64) -> Result<Self> {
        if !(median_days > 0.0 && p90_days > median_days && p90_days <= LONGEST as f64) {
            return Err(Error::new(Kind::LagQuantiles, format!("{median_days} and {p90_days}")));
        }
        let sigma = libm::log(p90_days / median_days) / Z90;
        let by = |day: f64| 0.5 * libm::erfc(-libm::log(day / median_days) / sigma * core::f64::consts::FRAC_1_SQRT_2);
        let mut pmf = Vec::new();
        let mut before = 0.0;
        for day in (1..=LONGEST).map(|day| day as f64) {
            let within = by(day);
            pmf.push(within - before);
            before = within;
            if within > 1.0 - 1e-9 {
                break;
            }
        }
        // What is longer still counts on the last day, so that the quantiles stay where they were stated.
        if let Some(last) = pmf.last_mut() {
            *last += 1.0 - before;
        }
        Ok(Self { pmf })
    }

    /// Delays of several kinds, each as often as its weight says.
    pub(crate) fn mixed(lags: &[&Self], weights: &[f64]) -> Result<Self> {
        let all: f64 = weights.iter().sum();
        let days = lags.iter().map(|lag| lag.pmf().len()).max().unwrap_or(0);
        let mut pmf = vec![0.0; days];
        for (lag, weight) in lags.iter().zip(weights) {
            pmf.iter_mut().zip(lag.pmf()).for_each(|(all_of_day, p)| *all_of_day += weight / all * p);
        }
        Self::from_pmf(&pmf)
    }

    /// From a cumulative distribution by whole days that ends at 1.
    pub(super) fn from_cdf(cdf: &[f64]) -> Self {
        let before = core::iter::once(&0.0).chain(cdf);
        Self { pmf: cdf.iter().zip(before).map(|(within, before)| (within - before).max(0.0)).collect() }
    }

    /// No delay: the neutral element of [`Lag::then`].
    pub(crate) fn none() -> Self {
        Self { pmf: vec![1.0] }
    }

    /// The probability of each whole number of days, from 0.
    #[must_use]
    pub fn pmf(&self) -> &[f64] {
        &self.pmf
    }

    /// The share of those that convert who do so within each whole number of days, from 0.
    #[must_use]
    pub fn cdf(&self) -> Vec<f64> {
        let mut within = 0.0;
        let by = |p: &f64| {
            within += p;
            f64::min(within, 1.0)
        };
        self.pmf.iter().map(by).collect()
    }

    /// The delay of this step and the next together, taken as independent of each other.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let length = (self.pmf.len() + next.pmf.len()).saturating_sub(1).min(LONGEST + 1);
        let mut pmf = vec![0.0; length];
        for (day, p) in self.pmf.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            for (slot, q) in pmf.iter_mut().skip(day).zip(&next.pmf) {
                *slot += p * q;
            }
        }
        Self { pmf }
    }

    /// Every delay multiplied by a factor; what falls between two whole days is divided between them so that the mean is
    /// multiplied too.
    pub(crate) fn times(&self, factor: f64) -> Self {
        let longest = to_index(libm::ceil(self.pmf.len().saturating_sub(1) as f64 * factor)).min(LONGEST);
        let mut pmf = vec![0.0; longest + 1];
        for (day, p) in self.pmf.iter().enumerate() {
            let at = (day as f64 * factor).min(longest as f64);
            let (whole, part) = (libm::floor(at), at - libm::floor(at));
            for (slot, share) in pmf.iter_mut().skip(to_index(whole)).zip([1.0 - part, part]) {
                *slot += p * share;
            }
        }
        Self { pmf }
    }

    /// The share that converts within each whole number of days, from 0 to the longest delay.
    pub(crate) fn cumulative(&self) -> Vec<f64> {
        let add = |within: &mut f64, p: &f64| {
            *within += p;
            Some(f64::min(*within, 1.0))
        };
        self.pmf.iter().scan(0.0, add).collect()
    }

    /// The share of those that convert who do so within `days`, from 0 to 1.
    #[must_use]
    pub fn within(&self, days: u32) -> f64 {
        self.pmf.iter().take(days as usize + 1).sum::<f64>().min(1.0)
    }

    /// The smallest number of days within which a share of at least `p` (from 0 to 1) have converted.
    #[must_use]
    pub fn quantile(&self, p: f64) -> u32 {
        let longest = u32::try_from(self.pmf.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.reaches(p).unwrap_or(longest)
    }

    /// The same; `None` where the days that are known do not reach `p`.
    pub(crate) fn reaches(&self, p: f64) -> Option<u32> {
        let mut within = 0.0;
        // A sum of many shares may end a rounding error below 1.
        let reached = self.pmf.iter().position(|q| {
            within += q;
            within >= p - 1e-12
        });
        reached.and_then(|days| u32::try_from(days).ok())
    }

    /// What is known of fewer than `days` days; the rest is left out.
    pub(crate) fn up_to(&self, days: u32) -> Self {
        Self { pmf: self.pmf.iter().take(days as usize).copied().collect() }
    }

    /// The share of leads that convert in time when they arrive evenly on `days` days, the last of them the deadline.
    ///
    /// # Formula
    /// w = Σₑ G(days − 1 − e) / days over the arrival days e = 0 … days − 1.
    #[must_use]
    pub fn on_time(&self, days: u32) -> f64 {
        let (mut within, mut sum) = (0.0, 0.0);
        for p in self.pmf.iter().chain(core::iter::repeat(&0.0)).take(days as usize) {
            within += p;
            sum += within;
        }
        (sum / f64::from(days.max(1))).min(1.0)
    }

    /// The share of leads that convert in time when they arrive with these weights, one per day, the last day the
    /// deadline; 0 without a weight above 0. Equal to the bit to [`Lag::on_time`] where all weights are 1.
    ///
    /// # Formula
    /// w = Σₑ νₑ G(H − e) / Σₑ νₑ over the arrival days e = 0 … H.
    #[must_use]
    pub fn on_time_for(&self, weights: &[f64]) -> f64 {
        let (mut within, mut won, mut all) = (0.0, 0.0, 0.0);
        for (weight, p) in weights.iter().rev().zip(self.pmf.iter().chain(core::iter::repeat(&0.0))) {
            within += p;
            won += weight * within;
            all += weight;
        }
        if all > 0.0 { (won / all).min(1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_normal_has_its_quantiles() {
        let lag = Lag::log_normal(20.0, 90.0).unwrap();
        assert!((lag.within(19) - 0.5).abs() < 1e-8);
        assert!((lag.within(89) - 0.9).abs() < 1e-8);
        assert!(Lag::log_normal(90.0, 20.0).is_err() && Lag::log_normal(0.0, 20.0).is_err());
    }

    #[test]
    fn on_time_is_the_mean_over_arrival_days() {
        let lag = Lag::from_pmf(&[0.2, 0.3, 0.1, 0.4]).unwrap();
        for days in [1, 2, 3, 10] {
            let by_hand = (0..days).map(|entry| lag.within(days - 1 - entry)).sum::<f64>() / f64::from(days);
            assert!((lag.on_time(days) - by_hand).abs() < 1e-15);
            assert_eq!(lag.on_time_for(&vec![1.0; days as usize]).to_bits(), lag.on_time(days).to_bits());
        }
    }
}
