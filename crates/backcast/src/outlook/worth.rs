//! What is counted when a goal is met: customers, or money in deals of a size.

use num_rational::BigRational;
use num_traits::One;

use crate::math::complex::Complex;
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

    pub(super) fn mean_cube(&self) -> f64 {
        self.money().map_or(1.0, DealSize::mean_cube)
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
