//! P(k deals bring less than an amount) for k = 0, 1, …, nearly: where prices have no unit to count in, and where deals follow a
//! law.
//!
//! # Method
//! On a lattice up to the amount, of which the point on the amount counts half; up to half a unit less where sums are multiples
//! of one. Sums of up to five certain prices are too few to be smooth: they are compared exactly, by running through two
//! sorted lists from both ends.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::shortfall::Prices;
use crate::math::decimal;
use crate::math::work;
use crate::outlook::compound::{Worth, below_on_lattice, between, common_unit};

/// Points of the lattice of certain prices, and of the finer of two for deals that follow a law.
const LOG2: u32 = 14;
const LOG2_OF_LAWS: u32 = 13;
/// Of more prices than this sums of three, of four and of five are not compared exactly.
const MOST_PRICES: usize = 1_000;
const MOST_PAIRED: usize = 400;
const MOST_PAIRED_AGAIN: usize = 150;

/// For an amount P(k deals of certain prices bring less) for k = 0, 1, … until that is nothing; the step is 2^`coarser` times as
/// long as it could be. `None` where prices are not surely known.
pub(in crate::outlook) fn nearly_below(worth: &Worth, left: &BigRational, coarser: u32) -> Option<Vec<f64>> {
    let prices = Prices::of(worth).filter(|_| worth.doubt() <= 0.0)?;
    let mut below = on_lattice(worth, between(worth.unit(), decimal::to_f64(left)), LOG2 - coarser)?;
    for (slot, exact) in below.iter_mut().zip(prices.few_below(left)?) {
        *slot = exact;
    }
    Some(falling(below))
}

/// How far P may be off that differs by so much on a lattice with twice the step: ten times that, for it may come close by
/// chance, and what a lattice leaves in any case.
pub(in crate::outlook) fn lattice_error(apart: f64) -> f64 {
    1e-7 + 10.0 * apart
}

/// The same of any deals on a lattice of 2^`log2` points.
pub(in crate::outlook) fn on_lattice(worth: &Worth, left: f64, log2: u32) -> Option<Vec<f64>> {
    if left <= 0.0 {
        return Some(Vec::new());
    }
    work::take(1 << log2).then(|| below_on_lattice(worth, left, log2))?
}

/// The same by two lattices and Richardson's extrapolation, for deals that follow a law: the error of one falls with the
/// square of its step.
pub(super) fn extrapolated_below(worth: &Worth, left: &BigRational, coarser: u32) -> Option<Vec<f64>> {
    let left = decimal::to_f64(left);
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
    /// P(k deals bring less) for k = 0, 1, … up to 5, exactly; of many prices for fewer deals.
    fn few_below(&self, left: &BigRational) -> Option<Vec<f64>> {
        let unit = self.exact.iter().fold(left.clone(), |unit, price| common_unit(&unit, price));
        let units = |amount: &BigRational| (amount / &unit).to_integer().to_i64();
        let prices: Option<Vec<i64>> = self.exact.iter().map(units).collect();
        let paid = self.shares.iter().map(|share| (1.0 - self.free) * share);
        let one: Sums = prices?.into_iter().zip(paid).chain([(0, self.free)]).collect();
        let (left, many) = (units(left)?, one.len());
        let mut few = vec![1.0];
        let one = sorted(one);
        few.push(one.iter().filter(|(price, _)| *price < left).map(|(_, share)| share).sum());
        few.push(two_below(&one, left));
        let beside = |sums: &Sums| one.iter().map(|(price, share)| share * two_below(sums, left - price)).sum();
        if many <= MOST_PRICES && work::take(many * many / 8) {
            few.push(beside(&one));
        }
        if many <= MOST_PAIRED && work::take(many * many) {
            let pairs = one.iter().enumerate().flat_map(|(at, (price, share))| {
                let twice = move |(other, its): &(i64, f64)| (price + other, 2.0 * share * its);
                core::iter::once((2 * price, share * share)).chain(one.iter().skip(at + 1).map(twice))
            });
            let two = sorted(pairs.filter(|(sum, _)| *sum < left).collect());
            few.push(two_below(&two, left));
            if many <= MOST_PAIRED_AGAIN && work::take(many * many * many / 32) {
                few.push(beside(&two));
            }
        }
        Some(few)
    }
}

type Sums = Vec<(i64, f64)>;

fn sorted(mut sums: Sums) -> Sums {
    sums.sort_unstable_by_key(|(sum, _)| *sum);
    sums
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rates::DealSize;

    /// As long as few deals matter, by listing all outcomes.
    #[test]
    fn few_deals_are_compared_exactly() {
        let list = vec![(0, 3), (1_003, 2), (2_011, 1), (2_902, 4), (7_013, 1)];
        let worth = Worth::Money(DealSize::of_amounts(list.clone(), 0, "EUR".parse().unwrap()).unwrap());
        for left in [1_003_i64, 4_913, 5_804, 9_000, 14_026, 31_000] {
            let got = nearly_below(&worth, &BigRational::from(num_bigint::BigInt::from(left)), 0).unwrap();
            let mut outcomes = vec![(0, 1.0)];
            for k in 0..6 {
                let expected: f64 = outcomes.iter().filter(|(sum, _)| *sum < left).map(|(_, p)| p).sum();
                let here = got.get(k).copied().unwrap_or(0.0);
                assert!((here - expected).abs() < 1e-13, "{left} {k}: {here} {expected}");
                let more = |(sum, p): &(i64, f64)| {
                    let (sum, p) = (*sum, *p);
                    list.iter().map(move |(price, count)| (sum + price, p * *count as f64 / 11.0))
                };
                outcomes = outcomes.iter().flat_map(more).collect();
            }
        }
    }
}
