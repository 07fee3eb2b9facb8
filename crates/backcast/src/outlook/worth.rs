//! What is counted when a goal is met: customers, or money in deals of a size.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::forecast::Ways;
use super::grid::common_unit;
use crate::math::complex::Complex;
use crate::math::decimal;
use crate::rates::DealSize;

/// What is counted: customers, or money in deals of this size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Worth {
    /// Deals do not occur.
    Nothing,
    Customers,
    Money(DealSize),
}

impl Worth {
    pub(crate) fn mean(&self) -> f64 {
        self.money().map_or(1.0, DealSize::to_f64)
    }

    pub(crate) fn mean_square(&self) -> f64 {
        let mean = self.mean();
        mean * mean * (1.0 + self.money().map_or(0.0, |deal| deal.cv() * deal.cv()))
    }

    /// The first four moments of what is won.
    pub(super) fn moments(&self) -> [f64; 4] {
        [1, 2, 3, 4].map(|k| self.money().map_or(1.0, |deal| deal.moment(k)))
    }

    pub(super) fn money(&self) -> Option<&DealSize> {
        match self {
            Self::Nothing | Self::Customers => None,
            Self::Money(deal) => Some(deal),
        }
    }

    pub(crate) fn doubt(&self) -> f64 {
        self.money().map_or(0.0, DealSize::doubt)
    }

    pub(super) fn prices(&self) -> Option<Vec<BigRational>> {
        if matches!(self, Self::Nothing) {
            return Some(Vec::new());
        }
        self.money().map_or_else(|| Some(vec![BigRational::one()]), DealSize::price_list)
    }

    /// The largest amount of which all prices are multiples.
    pub(super) fn unit(&self) -> Option<f64> {
        let unit = self.prices()?.iter().fold(BigRational::zero(), |unit, price| common_unit(&unit, price));
        Some(decimal::to_f64(&unit)).filter(|unit| *unit > 0.0)
    }

    /// Half of the largest probability that so many deals of these prices bring exactly an amount; 0 for any others.
    ///
    /// # Formula
    /// ½ Π 1/√(2π K πᵢ) over the prices, πᵢ the share of each among K deals: the mode of independent Poisson counts.
    pub(super) fn half_atom(&self, deals: f64) -> f64 {
        if self.prices().is_none() {
            return 0.0;
        }
        let mode = |share: f64| (1.0 / (2.0 * core::f64::consts::PI * deals * share)).sqrt().min(1.0);
        self.amounts().into_iter().map(|(_, share)| mode(share)).fold(0.5, |all, one| all * one)
    }

    pub(super) fn amounts(&self) -> Vec<(f64, f64)> {
        self.money().map_or_else(|| vec![(1.0, 1.0)], DealSize::amounts)
    }

    pub(super) fn transform(&self, s: Complex) -> Complex {
        self.money().map_or_else(|| (-s).exp(), |deal| deal.transform(s))
    }
}

impl Worth {
    /// Takes the mean deal as exactly known; `alike`: all deals as having that size, too.
    pub(crate) fn settle(&mut self, alike: bool) {
        if let Self::Money(deal) = self {
            let known = deal.clone().without_doubt();
            *deal = if alike { known.without_spread() } else { known };
        }
    }
}

impl Ways {
    /// What all sums are multiples of; `None` where there is no such amount.
    pub(super) fn unit(&self) -> Option<f64> {
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
    pub(super) fn without_idle_deals(&self, entrants: &[f64]) -> Self {
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
    pub(super) fn doubts(&self) -> Vec<f64> {
        self.ways.iter().map(|(_, worth)| worth.doubt().sqrt()).collect()
    }

    /// The variance of the logarithm of the factor that all have in common; of the least known where they differ.
    pub(crate) fn doubt(&self) -> f64 {
        self.ways.iter().map(|(_, worth)| worth.doubt()).fold(0.0, f64::max)
    }

    /// Whether the factor cannot be taken off all that follows: known amounts do not share it, or ways share it differently.
    pub(super) fn is_doubt_uneven(&self) -> bool {
        let most = self.doubt();
        most > 0.0 && (!self.known.is_empty() || self.ways.iter().any(|(_, worth)| worth.doubt() < most * (1.0 - 1e-9)))
    }

    /// The factor on each way's deals where the common standardised one is `z`; 1 on average.
    pub(super) fn factors(&self, z: f64) -> Vec<f64> {
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
}

#[cfg(test)]
mod tests {
    use super::super::outlook::Outlook;
    use super::super::ready::Ready;
    use super::super::way::Way;
    use super::*;
    use crate::math::incomplete_gamma;
    use crate::quantity::Number;

    /// Deals of two ways, one surely known and alike, the other of gamma size with a mean in doubt: its factor multiplies
    /// them alone. By the gamma distribution's closed form, integrated over the factor.
    #[test]
    fn each_way_has_the_doubt_of_its_own_deals() {
        let mean = |amount: &str| DealSize::mean(&Number::from(amount), "EUR".parse().unwrap()).unwrap();
        let won = Way { steps: vec![], entry: 0, on_time: 1.0, open: vec![], shared: vec![], coupled: 0.0 };
        for (cv, s, deals, target) in
            [(0.5, 0.3, 12.0, 300_000.0), (0.8, 0.1, 60.0, 850_000.0), (1.2, 0.6, 5.0, 280_000.0)]
        {
            let doubtful = mean("10000").with_gamma_spread(cv).unwrap().with_doubt(s * s);
            let ways = Ways {
                ways: vec![(won.clone(), Worth::Money(mean("8000"))), (won.clone(), Worth::Money(doubtful))],
                known: vec![],
            };
            let volumes = [25.0, deals];
            let exact = decimal::from_f64(target).unwrap();
            let got = ways.forecast(&Ready::of(&exact, false), &volumes, 1.0).checked(&volumes);
            let shape = 1.0 / (cv * cv);
            let reached = |z: f64| {
                let scale = 10_000.0 / shape * libm::exp(s * z - 0.5 * s * s);
                1.0 - incomplete_gamma::lower(deals * shape, (target - 200_000.0) / scale)
            };
            let nodes = (-1_200..=1_200).map(|k| f64::from(k) / 150.0);
            let expected: f64 = nodes
                .map(|z| libm::exp(-0.5 * z * z) / (2.0 * core::f64::consts::PI).sqrt() / 150.0 * reached(z))
                .sum();
            assert!((got.value - expected).abs() <= got.error.max(1e-6), "{cv} {s}: {got:?} for {expected}");
            let (first, variance) = ways.moments(&ways.outline(), &volumes);
            let square = 1e8 * (deals * cv * cv + deals * deals) * libm::exp(s * s) - 1e8 * deals * deals;
            assert!((first / (200_000.0 + 10_000.0 * deals) - 1.0).abs() < 1e-12);
            assert!((variance / square - 1.0).abs() < 1e-9, "{variance} for {square}");
            let within = Outlook::of(&ways, &volumes).within(target);
            assert!((1.0 - within - expected).abs() < 2e-4, "{within} for {expected}");
        }
    }
}
