//! The number of deals that follow from newcomers and open leads, where all deals are alike.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::counted::MOST_DEALS;
use super::links::{Links, brought_by};
use super::sums::Amounts;
use crate::math::binomial;
use crate::math::quadrature::{Node, Orthogonal};
use crate::math::search::{to_index, to_whole};
use crate::outlook::compound::Ways;
use crate::outlook::mixing::BESIDE;

/// The number of deals that follow.
#[derive(Clone, Debug)]
pub(in crate::outlook) struct CountLaw {
    /// The chance of newcomers by node, and the probability (with its weight) of at most so many from what is open.
    nodes: Vec<(f64, Vec<f64>)>,
    entrants: f64,
}

impl CountLaw {
    /// The number of deals that follow, where each is alike and none that is open has an amount of its own; `None` elsewhere.
    pub(in crate::outlook) fn of(ways: &Ways, entrants: f64) -> Option<Self> {
        let [(way, worth)] = ways.ways.as_slice() else { return None };
        let (mean, variance) = ways.moments(&ways.outline(), &[entrants]);
        let many = MOST_DEALS as f64 * worth.mean();
        if way.is_shared()
            || !ways.known.is_empty()
            || worth.amounts().len() != 1
            || mean + 4.0 * variance.sqrt() > many
        {
            return None;
        }
        let brought: Vec<f64> = (0..way.steps.len()).map(|stage| brought_by(ways, way, worth, stage)).collect();
        let nobody = [0.0];
        let noise = ways.noise(&nobody).0.max(0.2 * worth.mean());
        let links = Links::of(way, &brought, noise, 1.0);
        let unit = worth.prices()?.first()?.clone();
        // No number of deals is cut off.
        let all: f64 = way.open.iter().map(|cell| cell.count).sum();
        let target = unit * BigRational::from(BigInt::from(to_whole(all + 2.0)));
        let amounts = Amounts::of(way, worth, &ways.known, &target, &links, ways.moments(&ways.outline(), &nobody))?;
        let needs = amounts.exactly()?.needs(way, &links);
        let (nodes, masses) = needs.stages.get(way.entry.min(way.steps.len()))?;
        let (noise, newcomers) = (ways.noise(&[entrants]).0, entrants * way.mean() * worth.mean());
        let rule = if way.enters_last() {
            vec![(1.0, 1.0)]
        } else {
            way.newcomers(noise / newcomers.max(1e-3 * noise).max(f64::MIN_POSITIVE), BESIDE)
        };
        let shares = Orthogonal::interpolation(nodes, &rule);
        let longest = masses.iter().map(Vec::len).max()?;
        let table = |((rate, _), shares): (&Node, &[f64])| {
            let mut within = vec![0.0; longest];
            for (share, mass) in shares.iter().zip(masses) {
                let mut sum = 0.0;
                for (slot, p) in within.iter_mut().zip(mass) {
                    sum += p;
                    *slot += share * sum;
                }
            }
            (way.on_time * rate, within)
        };
        let nodes = rule.iter().zip(shares.chunks(nodes.len().max(1))).map(table).collect();
        Some(Self { nodes, entrants })
    }

    /// P(at most so many deals).
    pub(in crate::outlook) fn within(&self, deals: u64) -> f64 {
        let end = to_index(deals as f64) + 1;
        let below = |(chance, open): &(f64, Vec<f64>)| {
            let at = |k: usize| open.get((end - 1 - k).min(open.len() - 1)).copied().unwrap_or(0.0);
            binomial::mean_of(end, at, self.entrants, *chance)
        };
        self.nodes.iter().map(below).sum::<f64>().clamp(0.0, 1.0)
    }

    /// The smallest number of deals that is not exceeded with probability `p`, at most `most`.
    pub(in crate::outlook) fn quantile(&self, p: f64, most: u64) -> u64 {
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = low + (high - low) / 2;
            // A sum of many terms may end a rounding error below.
            if self.within(middle) >= p - 1e-12 { high = middle } else { low = middle + 1 }
        }
        high
    }
}
