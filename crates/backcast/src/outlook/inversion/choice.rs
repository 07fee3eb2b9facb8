//! Which grids a target is compared on: a lattice of prices, no lattice, or two of them.
//!
//! | deals | how |
//! |---|---|
//! | a price list (one size, or amounts with a common unit) | exact: lattice of that unit |
//! | many deals of any law | continuous: no lattice at all, the law's own transform |
//! | few deals of one kind | counted; what k of them bring is exact for prices with a unit and for five deals, else by a lattice of 2¹⁴ points, of whose difference to one of half as many ten times is the error; deals that follow a law by two lattices of 2¹¹ and 2¹² points and Richardson's extrapolation, their difference ÷ 3 is the error |
//! | few deals of several kinds | two such lattices of money |

use num_rational::BigRational;
use num_traits::Zero;

use super::counting::counting;
use super::exact::{exact_grid, known_grid};
use super::fine::fine_grid;
use super::grid::{Amounts, Grid};
use crate::math::{decimal, quadrature};
use crate::outlook::compound::{Ways, between};

/// From so many deals on that a target takes, what follows is smooth enough to need no lattice.
pub(in crate::outlook) const MANY_DEALS: f64 = 25.0;

/// The grids on which a target is compared.
#[derive(Debug, Default)]
pub(in crate::outlook) struct Grids {
    pub(in crate::outlook) all: Vec<Grid>,
    /// For outcomes without any modelled deal, where amounts are known.
    pub(in crate::outlook) known: Option<Grid>,
    /// The same with twice the step, where amounts are split: what a step may be worth.
    pub(in crate::outlook) coarser: Vec<Grid>,
}

impl Grids {
    /// Whether all that is compared lies on points.
    pub(in crate::outlook) fn is_exact(&self) -> bool {
        !self.all.is_empty() && self.all.iter().all(|grid| grid.amounts == Amounts::Exact)
    }

    pub(in crate::outlook) fn of(ways: &Ways, target: &BigRational, few: bool) -> Self {
        let all = grids(ways, target, few);
        let counted = all.iter().any(|grid| grid.is_exact() || grid.amounts == Amounts::Counted);
        let known = if counted { None } else { known_grid(ways, target) };
        let coarser = match all.first().map(|grid| grid.amounts) {
            Some(Amounts::Fine) => fine_grid(ways, target, 2),
            Some(Amounts::Nearly) => counting(ways, target, false, 1),
            _ => None,
        };
        let coarser = coarser.unwrap_or_default();
        Self { all, known, coarser }
    }
}

fn grids(ways: &Ways, target: &BigRational, few: bool) -> Vec<Grid> {
    if let Some(exact) = exact_grid(ways, target) {
        return vec![exact];
    }
    if let Some(counting) = counting(ways, target, true, 0) {
        return counting;
    }
    if let Some(fine) = fine_grid(ways, target, 1) {
        return fine;
    }
    let mean = ways.ways.iter().map(|(_, worth)| worth.mean()).fold(0.0, f64::max);
    let least = decimal::to_f64(&(target - ways.known.iter().max().unwrap_or(&BigRational::zero())));
    if let Some(counting) = counting(ways, target, !few && least >= MANY_DEALS * mean, 0) {
        return counting;
    }
    let target = between(ways.unit(), decimal::to_f64(target));
    by_factor(ways, target, |doubt, factors| {
        if !few && target >= MANY_DEALS * mean {
            return vec![Grid::continuous(ways, target, doubt, factors)];
        }
        richardson(ways, target, doubt, factors)
    })
}

/// The grids `of` a doubt about all that follows and of a factor on each way's deals: that doubt and no factors, or averaged
/// over the factors where they are not the same for all.
pub(in crate::outlook) fn by_factor(ways: &Ways, target: f64, of: impl Fn(f64, &[f64]) -> Vec<Grid>) -> Vec<Grid> {
    if !ways.is_doubt_uneven() {
        return of(ways.doubt(), &vec![1.0; ways.ways.len()]);
    }
    let nodes = quadrature::normal_for(ways.doubt_ratio(target)).into_iter();
    let part = |(z, weight): (f64, f64)| {
        of(0.0, &ways.factors(z)).into_iter().map(move |grid| Grid { share: grid.share * weight, ..grid })
    };
    nodes.flat_map(part).collect()
}

/// Two lattices: the error of one falls with the square of its step.
fn richardson(ways: &Ways, target: f64, doubt: f64, factors: &[f64]) -> Vec<Grid> {
    let coarse = Grid::lattice(ways, target, doubt, factors, 11);
    let fine = Grid::lattice(ways, target, doubt, factors, 12);
    vec![Grid { share: -1.0 / 3.0, ..coarse }, Grid { share: 4.0 / 3.0, ..fine }]
}
