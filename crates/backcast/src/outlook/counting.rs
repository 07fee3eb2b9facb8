//! Few deals are counted, and what so many of them bring is asked once: it does not depend on who enters.
//!
//! # Method
//! P(S < T) = E w(K, N₁, N₂, …), w = P(K modelled deals bring less than T − Σ Nⱼaⱼ), with K modelled deals and Nⱼ open deals
//! of the known amount aⱼ. All these counts lie on one lattice: Nⱼ is at most the number of open deals, so it is a digit of
//! its own, and K counts in steps beyond all of them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::forecast::Ways;
use super::grid::{Amounts, Grid, Jump, common_unit};
use super::worth::Worth;
use crate::math::decimal;
use crate::math::lattice::Lattice;
use crate::math::search::{to_index, to_whole};

/// More sums of known amounts than this are not looked at one by one.
const MOST_SUMS: u64 = 64;
/// More points than this take longer than a lattice of money.
const MOST_POINTS: u64 = 1 << 12;
/// More combinations of prices than this are not looked at one by one.
const MOST_COMBINATIONS: u32 = 200_000;

impl Ways {
    /// Grids that count deals, where one kind of deal is about and few enough are needed: one where the prices are surely
    /// known, two lattices for Richardson's extrapolation where deals differ.
    pub(super) fn counting(&self, target: &BigRational, only_exact: bool) -> Option<Vec<Grid>> {
        let [(way, worth)] = self.ways.as_slice() else { return None };
        let open = |amount: usize| {
            let cells = way.open.iter().filter(|cell| cell.amount == Some(amount));
            to_whole(cells.map(|cell| cell.count).sum::<f64>())
        };
        let digits: Vec<u64> = (0..self.known.len()).map(|amount| open(amount) + 1).collect();
        let sums = digits.iter().try_fold(1_u64, |all, digit| all.checked_mul(*digit))?;
        if sums > MOST_SUMS {
            return None;
        }
        let left: Vec<BigRational> = (0..sums).map(|sum| target - self.known_sum(sum, &digits)).collect();
        let exact: Option<Vec<Vec<f64>>> = left.iter().map(|left| exactly_below(worth, left)).collect();
        if let Some(below) = exact {
            return Some(vec![counted(&digits, &below, (1.0, Amounts::Exact))?]);
        }
        if only_exact || worth.prices().is_some() {
            return None;
        }
        let level = |log2: u32, share: f64| {
            let below: Option<Vec<Vec<f64>>> = left.iter().map(|left| self.below(left, worth, log2)).collect();
            counted(&digits, &below?, (share, Amounts::Counted))
        };
        Some(vec![level(11, -1.0 / 3.0)?, level(12, 4.0 / 3.0)?])
    }

    /// The sum of known amounts whose counts are the digits of a number.
    fn known_sum(&self, mut number: u64, digits: &[u64]) -> BigRational {
        let mut sum = BigRational::zero();
        for (amount, digit) in self.known.iter().zip(digits) {
            sum += amount * BigRational::from(BigInt::from(number % digit));
            number /= digit;
        }
        sum
    }

    /// P(k deals bring less than this) for k = 0, 1, … on a lattice of money.
    fn below(&self, left: &BigRational, worth: &Worth, log2: u32) -> Option<Vec<f64>> {
        if *left <= BigRational::zero() {
            return Some(Vec::new());
        }
        let alone = Self { known: Vec::new(), ..self.clone() };
        let grid = Grid::lattice(&alone, decimal::to_f64(left), worth.doubt(), &[1.0], log2);
        let [Jump::Table(deal)] = grid.jumps.as_slice() else { return None };
        grid.lattice.shortfalls(&grid.below, deal)
    }
}

/// The lattice of all counts. `below` has for each sum of known amounts P(k deals bring less than what is left).
fn counted(digits: &[u64], below: &[Vec<f64>], (share, amounts): (f64, Amounts)) -> Option<Grid> {
    let sums = below.len();
    let deals = below.iter().map(Vec::len).max()?;
    let points = u64::try_from(sums.checked_mul(deals + 1)?).ok()?;
    if points > MOST_POINTS {
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

/// P(k deals bring less than this) for k = 0, 1, …, over all combinations of prices that do; `None` where prices are not
/// surely known or combinations are too many.
fn exactly_below(worth: &Worth, left: &BigRational) -> Option<Vec<f64>> {
    if worth.doubt() > 0.0 {
        return None;
    }
    let prices = worth.prices()?;
    if *left <= BigRational::zero() {
        return Some(Vec::new());
    }
    let unit = prices.iter().fold(left.clone(), |unit, price| common_unit(&unit, price));
    let units = |amount: &BigRational| (amount / &unit).to_integer().to_u64();
    let shares = worth.amounts();
    let prices: Option<Vec<(u64, f64)>> =
        prices.iter().zip(&shares).map(|(price, (_, share))| Some((units(price)?, libm::log(*share)))).collect();
    let mut walk = Combinations { below: vec![0.0], left: MOST_COMBINATIONS };
    walk.over(&prices?, units(left)? - 1, 0, 0.0)?;
    Some(walk.below)
}

struct Combinations {
    below: Vec<f64>,
    left: u32,
}

impl Combinations {
    /// Adds k! Π πᵢ^nᵢ ÷ nᵢ! of all combinations of these prices that cost at most `room` more.
    fn over(&mut self, prices: &[(u64, f64)], room: u64, deals: u32, log: f64) -> Option<()> {
        let Some(((price, share), rest)) = prices.split_first() else {
            let k = usize::try_from(deals).ok()?;
            if self.below.len() <= k {
                self.below.resize(k + 1, 0.0);
            }
            *self.below.get_mut(k)? += libm::exp(log + libm::lgamma(f64::from(deals) + 1.0));
            return Some(());
        };
        for n in 0..=room / price.max(&1) {
            self.left = self.left.checked_sub(1)?;
            let many = u32::try_from(n).ok()?;
            let more = f64::from(many) * share - libm::lgamma(f64::from(many) + 1.0);
            self.over(rest, room - n * price, deals + many, log + more)?;
        }
        Some(())
    }
}
