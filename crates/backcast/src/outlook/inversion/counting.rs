//! Few deals are counted, and what so many of them bring is asked once: it does not depend on who enters.
//!
//! # Method
//! P(S < T) = E w(K, N₁, N₂, …), w = P(K modelled deals bring less than T − Σ Nⱼaⱼ), with K modelled deals and Nⱼ open deals
//! of the known amount aⱼ. All these counts lie on one lattice: Nⱼ is at most the number of open deals, so it is a digit of
//! its own, and K counts in steps beyond all of them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::grid::{Amounts, Grid, Jump};
use crate::math::decimal;
use crate::math::lattice::Lattice;
use crate::math::search::{to_index, to_whole};
use crate::outlook::compound::Ways;
use crate::outlook::convolution::{exactly_below, nearly_below, on_lattice};

/// More sums of known amounts than this are not looked at one by one: where deals are prices, and where they follow a law.
const MOST_SUMS: u64 = 1 << 10;
const MOST_SUMS_OF_LAWS: u64 = 64;
/// More points than this take longer than a lattice of money, in the same cases.
const MOST_POINTS: u64 = 1 << 16;
/// And where known amounts stand beside deals.
const MOST_POINTS_BESIDE: u64 = 1 << 13;
const MOST_POINTS_OF_LAWS: u64 = 1 << 12;

/// Grids that count deals, where one kind of deal is about and few enough are needed: one where the prices are surely
/// known (what many of them bring on a lattice, 2^`coarser` times as coarse as it could be), two lattices for Richardson's
/// extrapolation where deals follow a law.
pub(in crate::outlook) fn counting(
    ways: &Ways,
    target: &BigRational,
    only_exact: bool,
    coarser: u32,
) -> Option<Vec<Grid>> {
    let [(way, worth)] = ways.ways.as_slice() else { return None };
    let open = |amount: usize| {
        let cells = way.open.iter().filter(|cell| cell.amount == Some(amount));
        to_whole(cells.map(|cell| cell.count).sum::<f64>())
    };
    let digits: Vec<u64> = (0..ways.known.len()).map(|amount| open(amount) + 1).collect();
    let sums = digits.iter().try_fold(1_u64, |all, digit| all.checked_mul(*digit))?;
    if sums > MOST_SUMS || (worth.prices().is_none() && sums > MOST_SUMS_OF_LAWS) {
        return None;
    }
    let left: Vec<BigRational> = (0..sums).map(|sum| target - known_sum(ways, sum, &digits)).collect();
    let most = if sums > 1 { MOST_POINTS_BESIDE } else { MOST_POINTS };
    if let Some(below) = exactly_below(worth, &left, most / sums) {
        return counted(&digits, &below, most, (1.0, Amounts::Exact)).map(|grid| vec![grid]);
    }
    if only_exact || sums > MOST_SUMS_OF_LAWS {
        return None;
    }
    let grid = |below: Option<Vec<Vec<f64>>>, share: f64, amounts: Amounts| {
        counted(&digits, &below?, MOST_POINTS_OF_LAWS, (share, amounts))
    };
    if worth.prices().is_some() && worth.doubt() <= 0.0 {
        let below = left.iter().map(|left| nearly_below(worth, left, coarser)).collect();
        return Some(vec![grid(below, 1.0, Amounts::Nearly)?]);
    }
    let level = |log2: u32| left.iter().map(|left| on_lattice(worth, decimal::to_f64(left), log2)).collect();
    Some(vec![grid(level(11), -1.0 / 3.0, Amounts::Counted)?, grid(level(12), 4.0 / 3.0, Amounts::Counted)?])
}

/// The sum of known amounts whose counts are the digits of a number.
fn known_sum(ways: &Ways, mut number: u64, digits: &[u64]) -> BigRational {
    let mut sum = BigRational::zero();
    for (amount, digit) in ways.known.iter().zip(digits) {
        sum += amount * BigRational::from(BigInt::from(number % digit));
        number /= digit;
    }
    sum
}

/// The lattice of all counts. `below` has for each sum of known amounts P(k deals bring less than what is left).
fn counted(digits: &[u64], below: &[Vec<f64>], most: u64, (share, amounts): (f64, Amounts)) -> Option<Grid> {
    let sums = below.len();
    let deals = below.iter().map(Vec::len).max()?;
    let points = u64::try_from(sums.checked_mul(deals + 1)?).ok()?;
    if points > most {
        return None;
    }
    let mut weights = vec![0.0; to_index(points as f64)];
    for (sum, below) in below.iter().enumerate() {
        weights.iter_mut().skip(sum).step_by(sums).zip(below).for_each(|(weight, below)| *weight = *below);
    }
    let lattice = Lattice::of((2 * points + 2).next_power_of_two().trailing_zeros()).with_tables();
    let lattice = if sums > 1 { lattice.of_prices() } else { lattice };
    let below = lattice.weights(&weights);
    let strides = digits.iter().scan(1.0, |stride, digit| {
        let here = *stride;
        *stride *= *digit as f64;
        Some(here)
    });
    Some(Grid { lattice, below, jumps: vec![Jump::Steps(sums as f64)], known: strides.collect(), share, amounts })
}
