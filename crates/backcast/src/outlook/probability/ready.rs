//! A target made ready: the grids on which it is compared, and what is worked out of it once.

use std::sync::{Arc, OnceLock};

use num_rational::BigRational;

use crate::math::decimal;
use crate::outlook::compound::Ways;
use crate::outlook::convolution::Worked;
#[cfg(test)]
use crate::outlook::inversion::Grid;
use crate::outlook::inversion::Grids;

/// A target with what is worked out about it once: it depends on what deals are worth, not on who enters where.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) amount: f64,
    pub(in crate::outlook) exact: BigRational,
    few: bool,
    pub(in crate::outlook) grids: Arc<OnceLock<Grids>>,
    pub(in crate::outlook) worked: Worked,
}

impl Ready {
    /// `few`: whatever the target takes, few deals are expected.
    pub(crate) fn of(target: &BigRational, few: bool) -> Self {
        let amount = decimal::to_f64(target);
        Self { amount, exact: target.clone(), few, grids: Arc::default(), worked: Worked::default() }
    }

    /// No target yet.
    pub(crate) fn none() -> Self {
        let exact = BigRational::from(num_bigint::BigInt::from(0));
        Self { amount: 0.0, exact, few: false, grids: Arc::default(), worked: Worked::default() }
    }

    /// Compared on these grids.
    #[cfg(test)]
    pub(in crate::outlook) fn on(amount: f64, grids: Vec<Grid>) -> Self {
        let all = OnceLock::from(Grids { all: grids, ..Grids::default() });
        Self { amount, grids: Arc::new(all), ..Self::none() }
    }

    pub(in crate::outlook) fn grids(&self, ways: &Ways) -> &Grids {
        self.grids
            .get_or_init(|| if self.amount > 0.0 { Grids::of(ways, &self.exact, self.few) } else { Grids::default() })
    }
}
