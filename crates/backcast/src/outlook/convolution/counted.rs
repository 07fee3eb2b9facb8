//! Newcomers beside what is open, where deals have certain prices: deals are counted, and what is open leaves so many units to
//! be won.
//!
//! # Formula
//! P(below the target) = Σₗ Σₖ P(Bin(n, cₗ) = k) vₗ(k) over the nodes of the newcomers' chance, v(k) the probability that k
//! deals do not bring what is left, with the weight of the node.

use std::sync::{Arc, Mutex};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::links::{Links, brought_by};
use super::shortfall::exactly_below;
use super::sums::{Amounts, Needs, Stage};
use crate::math::binomial;
use crate::math::quadrature::{Node, Orthogonal};
use crate::math::search::to_index;
use crate::math::work;
use crate::outlook::compound::{Cell, Way, Ways, Worth, common_unit};
use crate::outlook::mixing::BESIDE;
use crate::rates::Conversion;

/// More deals than this are not counted one by one.
pub(super) const MOST_DEALS: u64 = 100_000;
/// And where they have several prices.
const MOST_PRICED: u64 = 5_000;
/// Nor more numbers of units that may be left, where deals have several prices.
const MOST_LEFT: usize = 400;
/// What rounding may leave open.
const NO_GAP: f64 = 1e-8;
/// So many sets of rates are remembered.
const REMEMBERED: usize = 16;

/// What so many deals leave to be won.
#[derive(Clone, Debug)]
pub(in crate::outlook) enum Counted {
    /// Newcomers are won deals.
    Won(Table),
    /// By the chance of newcomers.
    Nodes(Vec<(f64, Table)>),
}

/// v(k), for k = 0, 1, …
#[derive(Clone, Debug)]
pub(in crate::outlook) enum Table {
    /// Deals are alike and so many are needed: by how many of them what is open takes off at most.
    Alike {
        units: u64,
        within: Vec<f64>,
    },
    Values(Vec<f64>),
}

impl Table {
    fn end(&self) -> usize {
        match self {
            Self::Alike { units, .. } => to_index(*units as f64),
            Self::Values(values) => values.len(),
        }
    }

    fn at(&self, k: usize) -> f64 {
        match self {
            // k deals are too few where fewer than `units` − k are taken off.
            Self::Alike { units, within } => {
                let most = to_index(*units as f64).checked_sub(k + 1);
                most.and_then(|most| within.get(most.min(within.len() - 1))).copied().unwrap_or(0.0)
            }
            Self::Values(values) => values.get(k).copied().unwrap_or(0.0),
        }
    }

    /// Σ of tables of one kind with these shares.
    fn mixed(tables: &[Self], shares: &[f64]) -> Self {
        let values = |table: &Self| match table {
            Self::Alike { within, .. } => within.clone(),
            Self::Values(values) => values.clone(),
        };
        let longest = tables.iter().map(|table| values(table).len()).max().unwrap_or(0);
        let mut sum = vec![0.0; longest];
        for (share, table) in shares.iter().zip(tables) {
            let values = values(table);
            // A distribution stays at its last value.
            let rest = if matches!(table, Self::Alike { .. }) { values.last().copied().unwrap_or(0.0) } else { 0.0 };
            let all = values.iter().copied().chain(core::iter::repeat(rest));
            sum.iter_mut().zip(all).for_each(|(slot, v)| *slot += share * v);
        }
        match tables.first() {
            Some(Self::Alike { units, .. }) => Self::Alike { units: *units, within: sum },
            _ => Self::Values(sum),
        }
    }
}

/// What is open beside each rate, and which numbers of deals bring less than what it leaves.
#[derive(Debug)]
struct Left {
    /// By stage: the nodes of the rate from there on, and v(k) of each.
    stages: Vec<(Vec<Node>, Vec<Table>)>,
    beyond: f64,
    is_split: bool,
}

/// What has been worked out of one target, by the rates and the open leads.
#[derive(Clone, Debug, Default)]
pub(in crate::outlook) struct Worked(Arc<Mutex<Vec<Known>>>);

type Known = (Key, Option<Arc<Left>>);

/// All that it depends on: rates, open leads, nodes and step.
type Key = (Vec<f64>, f64, u64);

fn counted_by(ways: &Ways, way: &Way, left: &Left, guess: f64, finer: f64) -> Option<Counted> {
    let (nodes, tables) = left.stages.get(way.entry.min(way.steps.len()))?;
    if way.enters_last() {
        return Some(Counted::Won(tables.first()?.clone()));
    }
    let (noise, _) = ways.noise(&[guess]);
    let newcomers = guess * way.mean() * ways.ways.first()?.1.mean();
    let rule = way.newcomers(noise / newcomers.max(1e-3 * noise).max(f64::MIN_POSITIVE), BESIDE * finer);
    let shares = Orthogonal::interpolation(nodes, &rule);
    let rows = rule.iter().zip(shares.chunks(nodes.len().max(1)));
    let nodes = rows.map(|((rate, _), shares)| (way.on_time * rate, Table::mixed(tables, shares))).collect();
    Some(Counted::Nodes(nodes))
}

/// How far P may be off: by fewer nodes, by twice the step where amounts are split, and by what is beyond the lattice.
pub(in crate::outlook) fn counted_error(
    ways: &Ways,
    (target, worked): (&BigRational, &Worked),
    value: f64,
    n: f64,
) -> Option<f64> {
    let [(way, _)] = ways.ways.as_slice() else { return None };
    let fewer = Counted::of(ways, (target, worked), (n, 0.75), || false)?.at_least(n);
    let left = left_of(ways, target, worked, 1.0, 1)?;
    let mut error = (fewer - value).abs() + left.beyond.abs() + 1e-9;
    if left.is_split {
        let coarser = left_of(ways, target, worked, 1.0, 2)?;
        error += (counted_by(ways, way, &coarser, n, 1.0)?.at_least(n) - value).abs();
    }
    Some(error)
}

fn left_of(ways: &Ways, target: &BigRational, worked: &Worked, finer: f64, coarser: u64) -> Option<Arc<Left>> {
    let [(way, worth)] = ways.ways.as_slice() else { return None };
    if way.is_shared() {
        return None;
    }
    let key = (key(way), finer, coarser);
    let mut all = worked.0.lock().ok()?;
    if let Some((_, left)) = all.iter().find(|(known, _)| *known == key) {
        return left.clone();
    }
    let left = work_out(ways, way, worth, target, finer, coarser).map(Arc::new);
    if all.len() >= REMEMBERED {
        all.remove(0);
    }
    all.push((key, left.clone()));
    left
}

fn work_out(ways: &Ways, way: &Way, worth: &Worth, target: &BigRational, finer: f64, coarser: u64) -> Option<Left> {
    // Only deals of certain prices are counted.
    worth.prices()?;
    let brought: Vec<f64> = (0..way.steps.len()).map(|stage| brought_by(ways, way, worth, stage)).collect();
    let (noise, _) = ways.noise(&vec![0.0; ways.ways.len()]);
    let noise = noise.max(0.2 * worth.mean());
    let links = Links::of(way, &brought, noise, finer);
    let moments = ways.moments(&ways.outline(), &vec![0.0; ways.ways.len()]);
    let amounts = Amounts::of(way, worth, &ways.known, target, &links, moments)?;
    let exactly = amounts.exactly().and_then(|exact| left_by(worth, exact.needs(way, &links), exact.units, false));
    if exactly.is_some() {
        return exactly;
    }
    let (needs, units, is_split) = summed(&amounts, way, &links, coarser)?;
    left_by(worth, needs, units, is_split)
}

fn left_by(worth: &Worth, needs: Needs, units: u64, is_split: bool) -> Option<Left> {
    let deals = Deals::of(worth, &needs.stages, units)?;
    let stages = needs.stages.into_iter();
    let stages = stages.map(|(nodes, needs)| (nodes, needs.iter().map(|need| deals.table(need)).collect())).collect();
    Some(Left { stages, beyond: needs.beyond, is_split })
}

/// What is open as distributions of the units still needed: rounded where that does not matter, else split; with the units that the target takes, and whether amounts were split.
fn summed(amounts: &Amounts<'_>, way: &Way, links: &Links, coarser: u64) -> Option<(Needs, u64, bool)> {
    if let Some([down, up]) = amounts.rounded() {
        let (needs, other) = (down.needs(way, links), up.needs(way, links));
        let gap = needs.gap(&other);
        if gap <= NO_GAP {
            return Some((Needs { beyond: needs.beyond + gap, ..needs }, down.units, false));
        }
    }
    let split = amounts.smoothly(coarser)?;
    Some((split.needs(way, links), split.units, true))
}

/// All that the distribution of what is open depends on.
fn key(way: &Way) -> Vec<f64> {
    let step = |step: &Conversion| {
        let (a, b) = step.beta().unwrap_or((0.0, 0.0));
        [step.mean(), a, b]
    };
    let cell = |cell: &Cell| [cell.stage as f64, cell.odds.reach, cell.odds.seen, cell.odds.lost, cell.count];
    way.steps.iter().flat_map(step).chain(way.open.iter().flat_map(cell)).collect()
}

/// Which numbers of deals bring less than what is left.
enum Deals {
    /// None occur.
    Nothing(u64),
    /// Each is worth a unit, of which so many are needed.
    Alike(u64),
    /// By how many units less are needed: P(k deals bring less) for k = 0, 1, …
    Prices(Vec<Vec<f64>>),
}

impl Deals {
    fn of(worth: &Worth, stages: &[Stage], units: u64) -> Option<Self> {
        let prices = worth.prices()?;
        let alike = worth.amounts().len() == 1;
        if prices.is_empty() {
            return Some(Self::Nothing(units));
        }
        if alike {
            return (units <= MOST_DEALS).then_some(Self::Alike(units));
        }
        let used = |need: &Vec<f64>| need.iter().rposition(|p| *p != 0.0).map_or(1, |last| last + 1);
        let longest = stages.iter().flat_map(|(_, needs)| needs).map(used).max()?;
        if longest > MOST_LEFT {
            return None;
        }
        let unit = prices.iter().fold(Zero::zero(), |unit, price| common_unit(&unit, price));
        let less = |less: usize| BigRational::from(BigInt::from(units.saturating_sub(less as u64))) * &unit;
        let left: Vec<BigRational> = (0..longest).map(less).collect();
        exactly_below(worth, &left, MOST_PRICED).map(Self::Prices)
    }

    /// v(k) from the probabilities of how many units less are needed.
    fn table(&self, need: &[f64]) -> Table {
        match self {
            Self::Nothing(units) => Table::Values(vec![need.iter().take(to_index(*units as f64)).sum()]),
            Self::Alike(units) => {
                let add = |sum: &mut f64, p: &f64| {
                    *sum += p;
                    Some(*sum)
                };
                Table::Alike { units: *units, within: need.iter().scan(0.0, add).collect() }
            }
            Self::Prices(tables) => {
                let longest = tables.iter().map(Vec::len).max().unwrap_or(0);
                let mut v = vec![0.0; longest];
                for (p, table) in need.iter().zip(tables) {
                    v.iter_mut().zip(table).for_each(|(slot, below)| *slot += p * below);
                }
                Table::Values(v)
            }
        }
    }
}

impl Counted {
    /// Newcomers counted, with nodes enough for volumes near `guess`; `None` where deals or the work are not of that kind, or
    /// where known amounts would have to be split and that is `worse`.
    pub(in crate::outlook) fn of(
        ways: &Ways,
        (target, worked): (&BigRational, &Worked),
        (guess, finer): (f64, f64),
        worse: impl Fn() -> bool,
    ) -> Option<Self> {
        let [(way, _)] = ways.ways.as_slice() else { return None };
        // A rough search takes the same sums, if newcomers by fewer nodes.
        let left = left_of(ways, target, worked, if finer < 0.7 { 1.0 } else { finer }, 1)?;
        if left.is_split && worse() {
            return None;
        }
        counted_by(ways, way, &left, guess, finer)
    }

    /// P(at least the target) when so many newly enter.
    pub(in crate::outlook) fn at_least(&self, n: f64) -> f64 {
        let nodes = match self {
            Self::Won(table) => return (1.0 - table.at(to_index(n))).clamp(0.0, 1.0),
            Self::Nodes(nodes) => nodes,
        };
        let below = |(chance, table): &(f64, Table)| {
            if work::take(1 + to_index(20.0 * (n * chance).sqrt()).min(table.end())) {
                binomial::mean_of(table.end(), |k| table.at(k), n, *chance)
            } else {
                0.0
            }
        };
        (1.0 - nodes.iter().map(below).sum::<f64>()).clamp(0.0, 1.0)
    }
}
