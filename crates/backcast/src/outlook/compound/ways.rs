//! Several ways to the same goal, and the doubt about what their deals are worth on average.

use num_rational::BigRational;
use num_traits::Zero;

use super::common_unit::common_unit;
use super::severity::Worth;
use super::way::Way;
use crate::math::decimal;

/// Several ways (channels) to the same goal, each with what its deals are worth, and the amounts of open deals.
#[derive(Clone, Debug)]
pub(crate) struct Ways {
    pub(crate) ways: Vec<(Way, Worth)>,
    /// Units of the currency, above 0.
    pub(crate) known: Vec<BigRational>,
}

impl Ways {
    pub(in crate::outlook) fn known_f64(&self) -> Vec<f64> {
        self.known.iter().map(decimal::to_f64).collect()
    }

    /// What all sums are multiples of; `None` where there is no such amount.
    pub(in crate::outlook) fn unit(&self) -> Option<f64> {
        if self.doubt() > 0.0 {
            return None;
        }
        let lists: Option<Vec<Vec<BigRational>>> = self.ways.iter().map(|(_, worth)| worth.prices()).collect();
        let lists = lists?;
        let all = lists.iter().flatten().chain(&self.known);
        let unit = all.fold(BigRational::zero(), |unit, amount| common_unit(&unit, amount));
        Some(decimal::to_f64(&unit)).filter(|unit| *unit > 0.0)
    }

    /// Without modelled deals where none can come: nobody enters, and all that is open has an amount of its own.
    pub(in crate::outlook) fn without_idle_deals(&self, entrants: &[f64]) -> Self {
        let mut ways = self.clone();
        let idle = entrants.iter().all(|n| *n <= 0.0)
            && self.ways.iter().all(|(way, _)| way.open.iter().all(|cell| cell.amount.is_some()));
        if idle && !self.known.is_empty() {
            ways.ways.iter_mut().for_each(|(_, worth)| *worth = Worth::Nothing);
        }
        ways
    }

    /// What is unknown about the mean deal of each way: the standard deviation of the logarithm of its factor. All ways' factors
    /// move together.
    fn doubts(&self) -> Vec<f64> {
        self.ways.iter().map(|(_, worth)| worth.doubt().sqrt()).collect()
    }

    /// The variance of the logarithm of the factor that all have in common; of the least known where they differ.
    pub(crate) fn doubt(&self) -> f64 {
        self.ways.iter().map(|(_, worth)| worth.doubt()).fold(0.0, f64::max)
    }

    /// Whether the factor cannot be taken off all that follows: known amounts do not share it, or ways share it differently.
    pub(in crate::outlook) fn is_doubt_uneven(&self) -> bool {
        let most = self.doubt();
        most > 0.0 && (!self.known.is_empty() || self.ways.iter().any(|(_, worth)| worth.doubt() < most * (1.0 - 1e-9)))
    }

    /// The factor on each way's deals where the common standardised one is `z`; 1 on average.
    pub(in crate::outlook) fn factors(&self, z: f64) -> Vec<f64> {
        self.doubts().into_iter().map(|s| libm::exp(s * z - 0.5 * s * s)).collect()
    }

    /// What the factors add to the mean square of what follows, where modelled deals of each way bring this mean and variance.
    ///
    /// # Formula
    /// Σᵤᵥ (exp(sᵤsᵥ) − 1) mᵤmᵥ + Σᵤ (exp(sᵤ²) − 1) vᵤ.
    pub(super) fn doubted(&self, modelled: &[(f64, f64)]) -> f64 {
        if self.doubt() <= 0.0 {
            return 0.0;
        }
        let doubts = self.doubts();
        let parts = || doubts.iter().zip(modelled);
        let one = |(s, (mean, variance)): (&f64, &(f64, f64))| {
            let beside: f64 = parts().map(|(other, (m, _))| libm::expm1(s * other) * m).sum();
            mean * beside + libm::expm1(s * s) * variance
        };
        parts().map(one).sum()
    }

    /// The same with the mean deals taken as exactly known.
    pub(in crate::outlook) fn settled(&self) -> Self {
        let mut ways = self.clone();
        ways.ways.iter_mut().for_each(|(_, worth)| worth.settle(false));
        ways
    }

    /// Doubt about the mean deal beside the noise there is around a target.
    pub(in crate::outlook) fn doubt_ratio(&self, target: f64) -> f64 {
        let noise = self
            .ways
            .iter()
            .map(|(way, worth)| way.cv2_from(0) + worth.mean_square() / (worth.mean() * target.max(worth.mean())));
        self.doubt().sqrt() / noise.fold(0.0, f64::max).sqrt().max(1e-6)
    }
}
