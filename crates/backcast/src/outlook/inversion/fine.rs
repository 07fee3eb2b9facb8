//! Known amounts of open deals beside deals of a price, without a common unit: a lattice on which the price lies, and the
//! amounts between its points.
//!
//! # Method
//! The unit of the prices is divided into so many steps that the amounts are split between points that lie close together,
//! by a rule that keeps three moments. Sums with an amount between the points are nearly smooth, and the point on which the
//! target lies counts half for them; all others lie on points, and are compared exactly. The same with twice the step says
//! how much a step may be worth.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::grid::{Amounts, Grid, Jump};
use crate::math::decimal;
use crate::math::lattice::{Below, Lattice, split};
use crate::math::search::to_whole;
use crate::outlook::compound::{Way, Ways, Worth, common_unit};
use crate::rates::Conversion;

/// Steps up to the target: where many known amounts are expected to come in, and where few are, whose sums are less smooth.
const STEPS: u64 = 1 << 12;
const STEPS_OF_FEW: u64 = 1 << 14;
/// So many are many.
const MANY: f64 = 6.0;
/// The largest number of units up to the target where there are several prices.
const LONGEST_LIST: u64 = 1 << 13;

/// The grid of all sums, and what the point on the target counts less for those that lie on points; `coarser` times the step.
pub(super) fn fine_grid(ways: &Ways, target: &BigRational, coarser: u64) -> Option<Vec<Grid>> {
    if ways.known.is_empty() || ways.doubt() > 0.0 {
        return None;
    }
    let lists: Option<Vec<Vec<BigRational>>> = ways.ways.iter().map(|(_, worth)| worth.prices()).collect();
    let prices: Vec<BigRational> = lists?.into_iter().flatten().collect();
    let unit = prices.iter().fold(BigRational::zero(), |unit, price| common_unit(&unit, price));
    // Without a price the target is the unit.
    let unit = if unit.is_zero() { target.clone() } else { unit };
    let units = (target / &unit).to_integer().to_u64()?;
    let single = prices.iter().all(|price| *price == unit);
    if units > if single { 1 << 56 } else { LONGEST_LIST } {
        return None;
    }
    let most = if expected_known(ways) >= MANY { STEPS } else { STEPS_OF_FEW };
    let (each, beyond) = division(target, &unit, units, (most / units.max(1)).max(1) / coarser);
    let each = each.max(1);
    let steps = units.checked_mul(each)?.checked_add(beyond)?;
    let step = &unit / BigRational::from(BigInt::from(each));
    let log2 = (2 * steps + 4).next_power_of_two().trailing_zeros();
    let lattice = Lattice::of(log2);
    let lattice = if units > STEPS { lattice } else { lattice.of_prices() };
    let cap = steps as f64 + 1.0;
    let jump = |(_, worth): &(Way, Worth)| {
        let amounts = worth.amounts();
        let in_steps = |amount: f64| libm::round(amount / decimal::to_f64(&unit)) * each as f64;
        if let [(amount, _)] = amounts.as_slice() {
            return Some(Jump::Steps(in_steps(*amount)));
        }
        let table = Lattice::of(log2).with_tables();
        let places = amounts.into_iter().map(|(amount, share)| (in_steps(amount), share));
        Some(Jump::Table(table.transform(&split(places, 1.0, usize::try_from(steps + 1).ok()?))))
    };
    let jumps: Option<Vec<Jump>> = ways.ways.iter().map(jump).collect();
    let jumps = jumps?;
    let known: Vec<f64> = ways.known.iter().map(|amount| decimal::to_f64(&(amount / &step)).min(cap)).collect();
    let on_points = |steps: &f64| (*steps - libm::round(*steps)).abs() < 1e-9;
    // An amount that is never won: its transform is 0.
    let only_on_points = known.iter().map(|steps| if on_points(steps) { *steps } else { f64::INFINITY }).collect();
    let amounts = if each == 1 && coarser > 1 { Amounts::Split } else { Amounts::Fine };
    let all = Below::Steps { steps, on_it: 0.5 };
    let on_target = Below::On { steps, weight: -0.5 };
    let grid = |below: Below, known: Vec<f64>| Grid {
        lattice: lattice.clone(),
        below,
        jumps: jumps.clone(),
        known,
        share: 1.0,
        amounts,
    };
    Some(vec![grid(all, known), grid(on_target, only_on_points)])
}

/// How many open deals of a known amount are expected to be won.
fn expected_known(ways: &Ways) -> f64 {
    let of_way = |way: &Way| -> f64 {
        let cells = way.open.iter().filter(|cell| cell.amount.is_some());
        cells
            .map(|cell| {
                let mean = |stage: usize| way.steps.get(stage).map_or(1.0, Conversion::mean);
                let later: f64 = (cell.stage + 1..way.steps.len()).map(mean).product();
                cell.count * cell.odds.chance(mean(cell.stage), later)
            })
            .sum()
    };
    ways.ways.iter().map(|(way, _)| of_way(way)).sum()
}

/// Into how many steps (from half of `most` to `most`) a unit is divided so that what the target has beyond whole units is best
/// a whole number of them; and that number.
fn division(target: &BigRational, unit: &BigRational, units: u64, most: u64) -> (u64, u64) {
    let beyond = target / unit - BigRational::from(BigInt::from(units));
    if beyond.is_zero() || most < 2 {
        return (most, u64::from(!beyond.is_zero()));
    }
    let beyond = decimal::to_f64(&beyond);
    let place = |each: u64| libm::round(beyond * each as f64).clamp(1.0, (each - 1).max(1) as f64);
    let off = |each: &u64| (beyond - place(*each) / *each as f64).abs();
    let best = (most.div_ceil(2).max(2)..=most).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(most);
    (best, to_whole(place(best)))
}
