//! What is unknown about the rates of all ways, by nodes: the mixing distribution over which what follows is averaged.

use super::chain::{Chain, Sizes};
use crate::math::quadrature::Node;
use crate::outlook::compound::{Way, Ways, Worth, shocks};

/// What is unknown about the rates of all ways, by the common factor's nodes.
#[derive(Clone, Debug)]
pub(crate) struct Grown {
    /// Weight of the factor's node, and each way.
    pub(in crate::outlook) shocks: Vec<(f64, Vec<Rated>)>,
}

/// The rates of one way.
#[derive(Clone, Debug)]
pub(in crate::outlook) enum Rated {
    /// Nothing is open: the chance of newcomers, with its weight.
    Newcomers(Vec<Node>),
    /// Leads are open.
    Open(Chain),
    /// Nothing is open and newcomers are won deals.
    Won,
}

impl Grown {
    /// The rates, with nodes enough for volumes of about this size; `finer` multiplies the number of nodes.
    pub(crate) fn of(ways: &Ways, entrants: &[f64], finer: f64) -> Self {
        let (noise, mean) = ways.noise(entrants);
        let (noise, known) = (if mean > 0.0 { noise } else { 1.0 }, ways.known_f64());
        let factor = shocks(ways);
        let rated = |((way, worth), n): (&(Way, Worth), &f64)| -> Vec<Rated> {
            let deal = worth.mean();
            let newcomers = n * way.mean() * deal;
            if way.open.is_empty() {
                return Rated::without_open(way, noise / newcomers.max(0.01 * mean), finer, &factor);
            }
            let sizes = Sizes { noise, newcomers, deal, known: known.clone(), finer };
            factor.iter().map(|(z, _)| Rated::Open(Chain::of(way, &sizes, *z))).collect()
        };
        let mut by_way: Vec<_> = ways.ways.iter().zip(entrants).map(|pair| rated(pair).into_iter()).collect();
        let mut each = || by_way.iter_mut().filter_map(Iterator::next).collect();
        Self { shocks: factor.iter().map(|(_, weight)| (*weight, each())).collect() }
    }
}

impl Grown {
    /// Only what newcomers of the one way bring at chances that pass; `None` where these are not told apart.
    pub(in crate::outlook) fn at(&self, passes: &dyn Fn(f64) -> bool) -> Option<Self> {
        let shock = |(weight, rated): &(f64, Vec<Rated>)| {
            let [rated] = rated.as_slice() else { return None };
            Some((*weight, vec![rated.at(passes)?]))
        };
        Some(Self { shocks: self.shocks.iter().map(shock).collect::<Option<_>>()? })
    }

    /// How many nodes there are, and how much they weigh.
    pub(in crate::outlook) fn weight(&self) -> (usize, f64) {
        let nodes = |rated: &Rated| -> (usize, f64) {
            let chances = match rated {
                Rated::Won => return (1, 1.0),
                Rated::Newcomers(nodes) => nodes.as_slice(),
                Rated::Open(chain) => chain.chances().unwrap_or(&[]),
            };
            (chances.len(), chances.iter().map(|(_, weight)| weight).sum())
        };
        let each =
            self.shocks.iter().flat_map(|(weight, rated)| rated.iter().map(move |rated| (*weight, nodes(rated))));
        each.fold((0, 0.0), |(many, sum), (shock, (nodes, weight))| (many + nodes, sum + shock * weight))
    }
}

impl Rated {
    fn at(&self, passes: &dyn Fn(f64) -> bool) -> Option<Self> {
        match self {
            Self::Won => None,
            Self::Newcomers(nodes) => {
                Some(Self::Newcomers(nodes.iter().filter(|node| passes(node.0)).copied().collect()))
            }
            Self::Open(chain) => chain.at(passes).map(Self::Open),
        }
    }

    /// How much work a frequency makes of it: its nodes, and the steps of the chain.
    pub(in crate::outlook) fn nodes(&self) -> usize {
        match self {
            Self::Won => 1,
            Self::Newcomers(nodes) => nodes.len(),
            Self::Open(chain) => chain.work(),
        }
    }

    /// By node of the common factor.
    fn without_open(way: &Way, noise: f64, finer: f64, factor: &[Node]) -> Vec<Self> {
        if way.enters_last() {
            return vec![Self::Won; factor.len()];
        }
        let in_time = |rule: Vec<Node>| rule.into_iter().map(|(rate, weight)| (way.on_time * rate, weight)).collect();
        let rules = way.coupled(&way.newcomers(noise, finer), factor);
        rules.into_iter().map(|rule| Self::Newcomers(in_time(rule))).collect()
    }
}
