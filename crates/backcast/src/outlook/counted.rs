//! Newcomers beside what is open, where deals have certain prices: deals are counted, and what is open leaves so many units to
//! be won.
//!
//! # Formula
//! P(below the target) = Σₗ Σₖ P(Bin(n, cₗ) = k) vₗ(k) over the nodes of the newcomers' chance, v(k) the probability that k
//! deals do not bring what is left, with the weight of the node.

use std::sync::{Arc, Mutex};

use num_bigint::BigInt;
use num_rational::BigRational;

use super::forecast::Ways;
use super::links::Links;
use super::shortfall::exactly_below;
use super::sums::{Needs, Sums};
use super::way::Way;
use super::worth::Worth;
use crate::math::binomial;
use crate::math::quadrature::{Node, Orthogonal};

/// More deals than this are not counted one by one.
const MOST_DEALS: u64 = 20_000;
/// Nor more numbers of units that may be left, where deals have several prices.
const MOST_LEFT: usize = 400;
/// So many sets of rates are remembered.
const REMEMBERED: usize = 16;

/// The chance of newcomers by node, with what that many deals leave to be won.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    nodes: Vec<(f64, Vec<f64>)>,
    /// Newcomers are won deals.
    won: bool,
}

/// What is open beside each rate, and which numbers of deals bring less than what it leaves.
#[derive(Debug)]
struct Left {
    /// By stage: the nodes of the rate from there on, and v(k) of each.
    stages: Vec<(Vec<Node>, Vec<Vec<f64>>)>,
    beyond: f64,
    is_split: bool,
}

/// What has been worked out of one target, by the rates and the open leads.
#[derive(Clone, Debug, Default)]
pub(super) struct Worked(Arc<Mutex<Vec<(Key, Option<Arc<Left>>)>>>);

/// All that it depends on: rates, open leads, nodes and step.
type Key = (Vec<f64>, f64, u64);

impl Ways {
    /// Newcomers counted, with nodes enough for volumes near `guess`; `None` where deals or the work are not of that kind.
    pub(super) fn counted(&self, (target, worked): (&BigRational, &Worked), guess: f64, finer: f64) -> Option<Counted> {
        let [(way, _)] = self.ways.as_slice() else { return None };
        let left = self.left(target, worked, finer, 1)?;
        self.counted_by(way, &left, guess, finer)
    }

    fn counted_by(&self, way: &Way, left: &Left, guess: f64, finer: f64) -> Option<Counted> {
        let (nodes, tables) = left.stages.get(way.entry.min(way.steps.len()))?;
        if way.enters_last() {
            return Some(Counted { nodes: vec![(1.0, tables.first()?.clone())], won: true });
        }
        let (noise, _) = self.noise(&[guess]);
        let newcomers = guess * way.mean() * self.ways.first()?.1.mean();
        let rule = way.newcomers(noise / newcomers.max(1e-3 * noise).max(f64::MIN_POSITIVE), finer);
        let shares = Orthogonal::interpolation(nodes, &rule);
        let rows = rule.iter().zip(shares.chunks(nodes.len().max(1)));
        let longest = tables.iter().map(Vec::len).max()?;
        let table = |shares: &[f64]| {
            let mut sum = vec![0.0; longest];
            for (share, table) in shares.iter().zip(tables) {
                sum.iter_mut().zip(table).for_each(|(slot, v)| *slot += share * v);
            }
            sum
        };
        let nodes = rows.map(|((rate, _), shares)| (way.on_time * rate, table(shares))).collect();
        Some(Counted { nodes, won: false })
    }

    /// How far P may be off: by fewer nodes, by twice the step where amounts are split, and by what is beyond the lattice.
    pub(super) fn counted_error(&self, (target, worked): (&BigRational, &Worked), value: f64, n: f64) -> Option<f64> {
        let [(way, _)] = self.ways.as_slice() else { return None };
        let fewer = self.counted((target, worked), n, 0.75)?.at_least(n);
        let left = self.left(target, worked, 1.0, 1)?;
        let mut error = (fewer - value).abs() + left.beyond.abs() + 1e-9;
        if left.is_split {
            let coarser = self.left(target, worked, 1.0, 2)?;
            error += (self.counted_by(way, &coarser, n, 1.0)?.at_least(n) - value).abs();
        }
        Some(error)
    }

    fn left(&self, target: &BigRational, worked: &Worked, finer: f64, coarser: u64) -> Option<Arc<Left>> {
        let [(way, worth)] = self.ways.as_slice() else { return None };
        if way.is_shared() {
            return None;
        }
        let key = (key(way), finer, coarser);
        let mut all = worked.0.lock().ok()?;
        if let Some((_, left)) = all.iter().find(|(known, _)| *known == key) {
            return left.clone();
        }
        let left = self.work_out(way, worth, target, finer, coarser).map(Arc::new);
        if all.len() >= REMEMBERED {
            all.remove(0);
        }
        all.push((key, left.clone()));
        left
    }

    fn work_out(&self, way: &Way, worth: &Worth, target: &BigRational, finer: f64, coarser: u64) -> Option<Left> {
        let sums = Sums::of(way, worth, &self.known, target, coarser)?;
        let known = self.known_f64();
        let mut brought = vec![0.0; way.steps.len()];
        for cell in &way.open {
            let rate = way.steps.get(cell.stage).map_or(1.0, crate::rates::Conversion::mean);
            let later: f64 = way.steps_from(cell.stage + 1).iter().map(crate::rates::Conversion::mean).product();
            let amount = cell.amount.and_then(|at| known.get(at)).copied().unwrap_or(worth.mean());
            brought.iter_mut().skip(cell.stage).take(1).for_each(|sum| *sum += cell.count * cell.odds.chance(rate, later) * amount);
        }
        let (noise, _) = self.noise(&vec![0.0; self.ways.len()]);
        let noise = noise.max(0.2 * worth.mean());
        let Needs { stages, beyond } = sums.needs(way, &Links::of(way, &brought, noise, finer));
        let deals = Deals::of(worth, &stages, sums.units)?;
        let stages = stages
            .into_iter()
            .map(|(nodes, needs)| (nodes, needs.iter().map(|need| deals.table(need)).collect()))
            .collect();
        Some(Left { stages, beyond, is_split: sums.is_split() })
    }
}

/// All that the distribution of what is open depends on.
fn key(way: &Way) -> Vec<f64> {
    let step = |step: &crate::rates::Conversion| {
        let (a, b) = step.beta().unwrap_or((0.0, 0.0));
        [step.mean(), a, b]
    };
    let cell = |cell: &super::way::Cell| [cell.stage as f64, cell.odds.reach, cell.odds.seen, cell.odds.lost, cell.count];
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
    fn of(worth: &Worth, stages: &[(Vec<Node>, Vec<Vec<f64>>)], units: u64) -> Option<Self> {
        let prices = worth.prices()?;
        let alike = worth.amounts().len() == 1;
        if prices.is_empty() {
            return Some(Self::Nothing(units));
        }
        if alike {
            return (units <= MOST_DEALS).then_some(Self::Alike(units));
        }
        let longest = stages.iter().flat_map(|(_, needs)| needs).map(Vec::len).max()?;
        if longest > MOST_LEFT {
            return None;
        }
        let unit = prices.iter().fold(num_traits::Zero::zero(), |unit, price| super::grid::common_unit(&unit, price));
        let less = |less: usize| BigRational::from(BigInt::from(units.saturating_sub(less as u64))) * &unit;
        let left: Vec<BigRational> = (0..longest).map(less).collect();
        exactly_below(worth, &left, MOST_DEALS).map(Self::Prices)
    }

    /// v(k) from the probabilities of how many units less are needed.
    fn table(&self, need: &[f64]) -> Vec<f64> {
        match self {
            Self::Nothing(units) => vec![need.iter().take(crate::math::search::to_index(*units as f64)).sum()],
            Self::Alike(units) => {
                // k deals are too few where fewer than `units` − k units are taken off.
                let all: Vec<f64> = need
                    .iter()
                    .scan(0.0, |sum, p| {
                        *sum += p;
                        Some(*sum)
                    })
                    .collect();
                let within = |less: u64| {
                    let at = crate::math::search::to_index(less as f64).min(all.len().saturating_sub(1));
                    all.get(at).copied().unwrap_or(0.0)
                };
                (0..*units).map(|k| within(units - k - 1)).collect()
            }
            Self::Prices(tables) => {
                let longest = tables.iter().map(Vec::len).max().unwrap_or(0);
                let mut v = vec![0.0; longest];
                for (p, table) in need.iter().zip(tables) {
                    v.iter_mut().zip(table).for_each(|(slot, below)| *slot += p * below);
                }
                v
            }
        }
    }
}

impl Counted {
    /// P(at least the target) when so many newly enter.
    pub(super) fn at_least(&self, n: f64) -> f64 {
        let below = |(chance, table): &(f64, Vec<f64>)| {
            if self.won {
                return table.get(crate::math::search::to_index(n)).copied().unwrap_or(0.0);
            }
            binomial::mean_of(table, n, *chance)
        };
        (1.0 - self.nodes.iter().map(below).sum::<f64>()).clamp(0.0, 1.0)
    }
}
