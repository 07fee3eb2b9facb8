//! P(k deals bring less than an amount) for k = 0, 1, …, nearly: where prices have no unit to count in, and where deals follow a
//! law.
//!
//! # Method
//! On a lattice up to the amount, of which the point on the amount counts half. Sums of one, two or three certain prices are
//! too few to be smooth: they are compared exactly, by running through two sorted lists from both ends.

use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::shortfall::Prices;
use crate::math::decimal;
use crate::math::work;
use crate::outlook::compound::{Worth, below_on_lattice, common_unit};

/// Points of the lattice of certain prices, and of the finer of two for deals that follow a law.
const LOG2: u32 = 14;
const LOG2_OF_LAWS: u32 = 13;
/// Of more prices than this sums of three are not compared exactly.
const MOST_PRICES: usize = 1_000;

/// For an amount P(k deals of certain prices bring less) for k = 0, 1, … until that is nothing; the step is 2^`coarser` times as
/// long as it could be. `None` where prices are not surely known.
pub(in crate::outlook) fn nearly_below(worth: &Worth, left: &BigRational, coarser: u32) -> Option<Vec<f64>> {
    let prices = Prices::of(worth).filter(|_| worth.doubt() <= 0.0)?;
    let mut below = on_lattice(worth, left, LOG2 - coarser)?;
    for (slot, exact) in below.iter_mut().zip(prices.few_below(left)?) {
        *slot = exact;
    }
    Some(falling(below))
}

/// The same of any deals on a lattice of 2^`log2` points.
pub(in crate::outlook) fn on_lattice(worth: &Worth, left: &BigRational, log2: u32) -> Option<Vec<f64>> {
    if !left.is_positive() {
        return Some(Vec::new());
    }
    work::take(1 << log2).then(|| below_on_lattice(worth, decimal::to_f64(left), log2))?
}

/// The same by two lattices and Richardson's extrapolation, for deals that follow a law: the error of one falls with the
/// square of its step.
pub(super) fn extrapolated_below(worth: &Worth, left: &BigRational, coarser: u32) -> Option<Vec<f64>> {
    let fine = on_lattice(worth, left, LOG2_OF_LAWS - coarser)?;
    let coarse = on_lattice(worth, left, LOG2_OF_LAWS - coarser - 1)?;
    let coarse = coarse.into_iter().chain(core::iter::repeat(0.0));
    Some(falling(fine.into_iter().zip(coarse).map(|(fine, coarse)| (4.0 * fine - coarse) / 3.0).collect()))
}

/// What the lattice leaves of sums that cannot stay below is noise: more deals never bring less.
fn falling(mut below: Vec<f64>) -> Vec<f64> {
    let mut least = 1.0_f64;
    for slot in &mut below {
        least = least.min(*slot).max(0.0);
        *slot = least;
    }
    below
}

impl Prices {
    /// P(k deals bring less) for k = 0, 1, 2 and 3, exactly.
    fn few_below(&self, left: &BigRational) -> Option<Vec<f64>> {
        let unit = self.exact.iter().fold(left.clone(), |unit, price| common_unit(&unit, price));
        let units = |amount: &BigRational| (amount / &unit).to_integer().to_i64();
        let prices: Option<Vec<i64>> = self.exact.iter().map(units).collect();
        let paid = self.shares.iter().map(|share| (1.0 - self.free) * share);
        let mut sorted: Vec<(i64, f64)> = prices?.into_iter().zip(paid).chain([(0, self.free)]).collect();
        sorted.sort_unstable_by_key(|(price, _)| *price);
        let left = units(left)?;
        let one = sorted.iter().filter(|(price, _)| *price < left).map(|(_, share)| share).sum();
        let mut few = vec![1.0, one, two_below(&sorted, left)];
        if sorted.len() <= MOST_PRICES && work::take(sorted.len() * sorted.len() / 8) {
            few.push(sorted.iter().map(|(price, share)| share * two_below(&sorted, left - price)).sum());
        }
        Some(few)
    }
}

/// P(the sum of two stays below): for each amount, dearer and dearer, how many of the others are still cheap enough.
fn two_below(sorted: &[(i64, f64)], left: i64) -> f64 {
    let mut cheap: f64 = sorted.iter().map(|(_, share)| share).sum();
    let mut others = sorted;
    let mut sum = 0.0;
    for (price, share) in sorted {
        while let Some(((dearest, its), rest)) = others.split_last()
            && price + dearest >= left
        {
            cheap -= its;
            others = rest;
        }
        if others.is_empty() {
            break;
        }
        sum += share * cheap;
    }
    sum
}
