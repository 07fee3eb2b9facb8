//! The lattice on which all prices and amounts lie, where they have a common unit and are surely known.

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::grid::{Amounts, Grid, Jump};
use crate::math::decimal;
use crate::math::lattice::{Below, Lattice, split};
use crate::outlook::compound::{Way, Ways, Worth, common_unit};

/// The largest lattice of a price list with several prices.
const LONGEST_LIST: u64 = 1 << 13;

/// A lattice on which all prices lie, if the target is not too far away and the prices are surely known.
pub(super) fn exact_grid(ways: &Ways, target: &BigRational) -> Option<Grid> {
    if ways.doubt() > 0.0 {
        return None;
    }
    let lists: Option<Vec<Vec<BigRational>>> = ways.ways.iter().map(|(_, worth)| worth.prices()).collect();
    let lists = lists?;
    let mut unit = BigRational::zero();
    let longest = LONGEST_LIST as f64 + 1.0;
    for amount in lists.iter().flatten().chain(&ways.known) {
        unit = common_unit(&unit, amount);
        // It only gets smaller: many amounts need not all be looked at.
        if !ways.known.is_empty() && decimal::to_f64(target) > longest * decimal::to_f64(&unit) {
            return None;
        }
    }
    if unit.is_zero() {
        return None;
    }
    let steps = decimal::ceil(&(target / &unit)).to_u64()?;
    // One price of all ways is the unit itself; different ones need every bin of their lattice, near multiples of both.
    let single = ways.known.is_empty() && lists.iter().flatten().all(|price| *price == unit);
    if steps > if single { 1 << 56 } else { LONGEST_LIST } {
        return None;
    }
    let log2 = (2 * steps + 4).next_power_of_two().trailing_zeros();
    let mut lattice = Lattice::of(log2);
    let below = Below::Steps { steps, on_it: 0.0 };
    let jump = |(_, worth): &(Way, Worth)| {
        let amounts = worth.amounts();
        if let [(amount, _)] = amounts.as_slice() {
            return Jump::Steps((amount / decimal::to_f64(&unit)).round_ties_even());
        }
        let lattice = Lattice::of(log2).with_tables();
        let cap = usize::try_from(steps + 1).unwrap_or(0);
        Jump::Table(lattice.transform(&split(amounts.into_iter(), decimal::to_f64(&unit), cap)))
    };
    let jumps = ways.ways.iter().map(jump).collect();
    if !single {
        lattice = lattice.with_tables().of_prices();
    }
    let cap = steps as f64 + 1.0;
    let known =
        ways.known.iter().map(|amount| (decimal::to_f64(&(amount / &unit)).round_ties_even()).min(cap)).collect();
    Some(Grid { lattice, below, jumps, known, share: 1.0, amounts: Amounts::Exact })
}

/// The known amounts alone, exactly, if they have a common unit.
pub(super) fn known_grid(ways: &Ways, target: &BigRational) -> Option<Grid> {
    let mut alone = ways.clone();
    alone.ways.iter_mut().for_each(|(_, worth)| *worth = Worth::Nothing);
    if ways.known.is_empty() { None } else { exact_grid(&alone, target) }
}
