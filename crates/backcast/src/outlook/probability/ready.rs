//! A target made ready: the grids on which it is compared, and what is worked out of it once.

use std::sync::{Arc, OnceLock};

use num_rational::BigRational;

use crate::math::decimal;
use crate::outlook::compound::Ways;
use crate::outlook::convolution::{Alone, Deals, Worked};
#[cfg(test)]
use crate::outlook::inversion::Grid;
use crate::outlook::inversion::{Grids, MANY_DEALS};

/// A target with what is worked out about it once: it depends on what deals are worth, not on who enters where.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) amount: f64,
    pub(in crate::outlook) exact: BigRational,
    few: bool,
    pub(in crate::outlook) grids: Arc<OnceLock<Grids>>,
    pub(in crate::outlook) worked: Worked,
    deals: Arc<OnceLock<Option<Deals>>>,
}

impl Ready {
    /// `few`: whatever the target takes, few deals are expected.
    pub(crate) fn of(target: &BigRational, few: bool) -> Self {
        let amount = decimal::to_f64(target);
        Self {
            amount,
            exact: target.clone(),
            few,
            grids: Arc::default(),
            worked: Worked::default(),
            deals: Arc::default(),
        }
    }

    /// No target yet.
    pub(crate) fn none() -> Self {
        let exact = BigRational::from(num_bigint::BigInt::from(0));
        Self { amount: 0.0, exact, few: false, grids: Arc::default(), worked: Worked::default(), deals: Arc::default() }
    }

    /// Compared on these grids.
    #[cfg(test)]
    pub(in crate::outlook) fn on(amount: f64, grids: Vec<Grid>) -> Self {
        let all = OnceLock::from(Grids { all: grids, ..Grids::default() });
        Self { amount, grids: Arc::new(all), deals: Arc::new(OnceLock::from(None)), ..Self::none() }
    }

    /// Newcomers of the only way with nothing open, as the number of deals that are enough.
    pub(super) fn alone(&self, ways: &Ways) -> Option<Alone> {
        let [(_, worth)] = ways.ways.as_slice() else { return None };
        Alone::of(ways, self.deals.get_or_init(|| Deals::of(worth, &self.exact)).as_ref()?)
    }

    /// Whether it takes few deals.
    pub(super) fn is_few(&self, ways: &Ways) -> bool {
        ways.ways.iter().all(|(_, worth)| self.amount < MANY_DEALS * worth.mean())
    }

    pub(in crate::outlook) fn grids(&self, ways: &Ways) -> &Grids {
        self.grids
            .get_or_init(|| if self.amount > 0.0 { Grids::of(ways, &self.exact, self.few) } else { Grids::default() })
    }
}
