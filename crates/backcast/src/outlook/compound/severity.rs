//! What is counted when a goal is met: customers, or money in deals of a size (the severity of the compound sum).

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::common_unit::common_unit;
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
    pub(in crate::outlook) fn moments(&self) -> [f64; 4] {
        [1, 2, 3, 4].map(|k| self.money().map_or(1.0, |deal| deal.moment(k)))
    }

    pub(in crate::outlook) fn money(&self) -> Option<&DealSize> {
        match self {
            Self::Nothing | Self::Customers => None,
            Self::Money(deal) => Some(deal),
        }
    }

    pub(crate) fn doubt(&self) -> f64 {
        self.money().map_or(0.0, DealSize::doubt)
    }

    pub(in crate::outlook) fn prices(&self) -> Option<Vec<BigRational>> {
        if matches!(self, Self::Nothing) {
            return Some(Vec::new());
        }
        self.money().map_or_else(|| Some(vec![BigRational::one()]), DealSize::price_list)
    }

    /// The largest amount of which all prices are multiples.
    pub(in crate::outlook) fn unit(&self) -> Option<f64> {
        let unit = self.prices()?.iter().fold(BigRational::zero(), |unit, price| common_unit(&unit, price));
        Some(decimal::to_f64(&unit)).filter(|unit| *unit > 0.0)
    }

    /// Half of the largest probability that so many deals of these prices bring exactly an amount; 0 for any others.
    ///
    /// # Formula
    /// ½ Π P(N = ⌊λ⌋) over the prices, N ~ Poisson(λ), λ = Kπ with the share π of the price among K deals: the mode of
    /// independent Poisson counts.
    pub(in crate::outlook) fn half_atom(&self, deals: f64) -> f64 {
        if self.prices().is_none() {
            return 0.0;
        }
        let mode = |share: f64| {
            let (mean, most) = (deals * share, libm::floor(deals * share));
            let log = if most > 0.0 { most * libm::log(mean) - libm::lgamma(most + 1.0) } else { 0.0 };
            libm::exp(log - mean)
        };
        self.amounts().into_iter().map(|(_, share)| mode(share)).fold(0.5, |all, one| all * one)
    }

    pub(in crate::outlook) fn amounts(&self) -> Vec<(f64, f64)> {
        self.money().map_or_else(|| vec![(1.0, 1.0)], DealSize::amounts)
    }

    pub(in crate::outlook) fn transform(&self, s: Complex) -> Complex {
        self.money().map_or_else(|| (-s).exp(), |deal| deal.transform(s))
    }

    /// M(λ) − 1, M the moment-generating function; `None` where it has none there.
    pub(in crate::outlook) fn generating(&self, rate: f64) -> Option<f64> {
        let grown = match self {
            Self::Nothing => 0.0,
            Self::Customers => libm::expm1(rate),
            Self::Money(deal) => deal.generating(rate)?,
        };
        Some(grown).filter(|grown| grown.is_finite())
    }

    /// Takes the mean deal as exactly known; `alike`: all deals as having that size, too.
    pub(crate) fn settle(&mut self, alike: bool) {
        if let Self::Money(deal) = self {
            let known = deal.clone().without_doubt();
            *deal = if alike { known.without_spread() } else { known };
        }
    }
}
