//! What is open, outcome by outcome, where few leads have amounts of their own: no amounts have to share a lattice.
//!
//! # Method
//! An outcome says how many deals of certain prices are won and how many of each known amount. Outcomes are numbered like
//! the digits of a clock, so that every open lead that is won moves the number by a step of its own; then deals are counted
//! together with those of newcomers, and the known amounts leave a rest of the target to them.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::links::Links;
use super::shortfall::exactly_below;
use super::sums::Stage;
use crate::math::search::{to_index, to_whole};
use crate::math::work;
use crate::outlook::compound::{Cell, Way, Worth};

/// No more outcomes than this, nor more of them that leave different rests.
const MOST_OUTCOMES: f64 = 20_000.0;
const MOST_RESTS: f64 = 1_024.0;
/// So many additions are worth it.
const MOST_WORK: f64 = 4e7;
/// Outcomes less likely than this do not count.
const NEVER: f64 = 1e-18;

/// By stage that newcomers may enter the nodes of the rate from there on, and for each (with its weight) the probability that
/// k = 0, 1, … of their deals leave the target missed; `most`: how many deals may be counted.
pub(super) fn missed(
    way: &Way,
    worth: &Worth,
    known: &[BigRational],
    target: &BigRational,
    links: &Links,
    most: u64,
) -> Option<Vec<Stage>> {
    // Each amount that something open has, with how many have it; then the size of its digit.
    let mut amounts: BTreeMap<usize, f64> = BTreeMap::new();
    let mut deals = 0.0;
    for cell in &way.open {
        match cell.amount {
            Some(at) => *amounts.entry(at).or_default() += cell.count,
            None => deals += cell.count,
        }
    }
    let rests: f64 = amounts.values().map(|count| count + 1.0).product();
    let points = rests * (deals + 1.0);
    if amounts.is_empty() || rests > MOST_RESTS || points > MOST_OUTCOMES {
        return None;
    }
    let one_each = vec![1.0; way.open.len()];
    if points * links.additions(way, &one_each) > MOST_WORK {
        return None;
    }
    let many_deals = to_index(deals) + 1;
    let mut stride = many_deals;
    let mut strides: BTreeMap<usize, usize> = BTreeMap::new();
    // The rest of the target by the number of the known part.
    let mut left = vec![target.clone()];
    for (at, count) in &amounts {
        strides.insert(*at, stride);
        let (amount, count) = (known.get(*at)?, to_whole(*count));
        let times = |won: u64| amount * BigRational::from(BigInt::from(won));
        left = (0..=count).flat_map(|won| left.iter().map(|rest| rest - times(won)).collect::<Vec<_>>()).collect();
        stride *= to_index(count as f64) + 1;
    }
    let step = |cell: &Cell| cell.amount.and_then(|at| strides.get(&at)).copied().unwrap_or(1);
    let moves: Vec<Vec<(usize, f64)>> = way.open.iter().map(|cell| vec![(step(cell), 1.0)]).collect();
    let zero = BigRational::zero();
    let open: Vec<BigRational> = left.iter().map(|rest| rest.clone().max(zero.clone())).collect();
    let below = exactly_below(worth, &open, most)?;
    let longest = below.iter().map(Vec::len).max()?;
    // The stride has grown to the number of all outcomes.
    let all = links.messages(way, &moves, stride, None);
    let nodes: usize = all.iter().map(|(nodes, _)| nodes.len()).sum();
    if (longest * stride * nodes) as f64 > MOST_WORK || !work::take(longest * stride * nodes / 16) {
        return None;
    }
    let of_node = |mass: &Vec<f64>| {
        let mut missed = vec![0.0; longest];
        for (mass, below) in mass.chunks(many_deals).zip(&below) {
            for (won, p) in mass.iter().enumerate().filter(|(_, p)| p.abs() > NEVER) {
                missed.iter_mut().zip(below.iter().skip(won)).for_each(|(slot, below)| *slot += p * below);
            }
        }
        missed
    };
    Some(all.into_iter().map(|(nodes, masses)| (nodes, masses.iter().map(of_node).collect())).collect())
}
