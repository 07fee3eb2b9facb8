//! A target made ready: the grids on which it is compared, and what is worked out of it once.

use std::sync::{Arc, OnceLock};

use num_rational::BigRational;

use super::counted::Worked;
use super::forecast::Ways;
use super::grid::{Amounts, Grid};
use crate::math::decimal;

impl Ways {
    fn laid_out(&self, target: &BigRational, few: bool) -> Grids {
        let all = self.grids(target, few);
        let counted = all.iter().any(|grid| grid.is_exact() || grid.amounts == Amounts::Counted);
        let known = if counted { None } else { self.known_grid(target) };
        let fine = all.iter().any(|grid| grid.amounts == Amounts::Fine);
        let coarser = if fine { self.fine_grid(target, 2).unwrap_or_default() } else { Vec::new() };
        Grids { all, known, coarser }
    }
}

/// A target with what is worked out about it once: it depends on what deals are worth, not on who enters where.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) amount: f64,
    pub(super) exact: BigRational,
    few: bool,
    pub(super) grids: Arc<OnceLock<Grids>>,
    pub(super) worked: Worked,
}

/// The grids on which a target is compared.
#[derive(Debug, Default)]
pub(super) struct Grids {
    pub(super) all: Vec<Grid>,
    /// For outcomes without any modelled deal, where amounts are known.
    pub(super) known: Option<Grid>,
    /// The same with twice the step, where known amounts are split: what a step may be worth.
    pub(super) coarser: Vec<Grid>,
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
    pub(super) fn on(amount: f64, grids: Vec<Grid>) -> Self {
        let all = OnceLock::from(Grids { all: grids, ..Grids::default() });
        Self { amount, grids: Arc::new(all), ..Self::none() }
    }

    pub(super) fn grids(&self, ways: &Ways) -> &Grids {
        self.grids
            .get_or_init(|| if self.amount > 0.0 { ways.laid_out(&self.exact, self.few) } else { Grids::default() })
    }
}
