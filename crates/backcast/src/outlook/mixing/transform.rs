//! What a frequency makes of all that is open and of each newcomer: computed once, whatever number enters.

use std::sync::{Arc, Mutex};

use super::chain::{Worths, log_of_one};
use super::rates::{Grown, Rated};
use crate::math::complex::Complex;
use crate::math::work;
use crate::outlook::compound::Ways;

/// Outcomes less likely than this do not count.
pub(in crate::outlook) const NEVER: f64 = 1e-12;
/// A logarithm above this is not looked at more closely, and a node that counts less than this not at all.
const NOTHING: f64 = -5.0;
const LEAST: f64 = 1e-16;
/// So many branches are remembered over all bins; what is beyond is computed anew.
const ROOM: usize = 1 << 19;

/// The factor of all that does not depend on newcomers, and the logarithm of what each newcomer multiplies it by.
type Entered = (Complex, Complex);

/// What one frequency sees: the weight of each node of the common factor, and of each way its branches and, where
/// newcomers are won deals, the transform of one.
#[derive(Clone, Debug)]
pub(in crate::outlook) struct Seen(Vec<(f64, Vec<SeenWay>)>);

type SeenWay = (Option<Vec<Entered>>, Option<Complex>);

impl Seen {
    /// `least` is the smallest number of newcomers to each way that will be asked for: nodes at which so many leave nothing are left out.
    pub(in crate::outlook) fn of(
        grown: &Grown,
        ways: &Ways,
        deals: &[Complex],
        known: &[Complex],
        least: &[f64],
    ) -> Self {
        let way = |(((rated, deal), last), least): (((&Rated, &Complex), bool), &f64)| {
            (entered(rated, &Worths { deal: *deal, known }, *least), last.then_some(*deal))
        };
        let shock = |(weight, rated): &(f64, Vec<Rated>)| {
            let last = ways.ways.iter().map(|(way, _)| way.enters_last());
            (*weight, rated.iter().zip(deals).zip(last).zip(least).map(way).collect())
        };
        Self(grown.shocks.iter().map(shock).collect())
    }

    /// The transform of all that follows when so many newly enter each way.
    pub(in crate::outlook) fn transform(&self, entrants: &[f64]) -> Complex {
        let mut sum = Complex::real(0.0);
        for (weight, ways) in &self.0 {
            let mut all = Complex::real(*weight);
            for ((branches, last), n) in ways.iter().zip(entrants) {
                if let Some(branches) = branches {
                    all = all * of_entrants(branches, *n);
                }
                if let Some(deal) = last {
                    all = all * deal.power(*n);
                }
            }
            sum = sum + all;
        }
        sum
    }

    /// The difference to what else is seen.
    pub(in crate::outlook) fn less(mut self, other: Self) -> Self {
        self.0.extend(other.0.into_iter().map(|(weight, ways)| (-weight, ways)));
        self
    }

    /// How many branches it remembers.
    fn size(&self) -> usize {
        self.0.iter().flat_map(|(_, ways)| ways).map(|(branches, _)| branches.as_ref().map_or(0, Vec::len)).sum()
    }
}

/// P(no modelled deal at all).
pub(in crate::outlook) fn without_deals(grown: &Grown, ways: &Ways, entrants: &[f64]) -> f64 {
    let none = vec![Complex::real(0.0); ways.ways.len()];
    let known = vec![Complex::ONE; ways.known.len()];
    Seen::of(grown, ways, &none, &known, entrants).transform(entrants).re
}

/// P(nothing follows at all).
pub(in crate::outlook) fn nothing(grown: &Grown, ways: &Ways, entrants: &[f64]) -> f64 {
    let none = vec![Complex::real(0.0); ways.ways.len()];
    let known = vec![Complex::real(0.0); ways.known.len()];
    Seen::of(grown, ways, &none, &known, entrants).transform(entrants).re
}

fn of_entrants(branches: &[Entered], n: f64) -> Complex {
    if !work::take(branches.len()) {
        return Complex::real(0.0);
    }
    branches.iter().fold(Complex::real(0.0), |sum, (factor, log)| sum + *factor * log.times(n).exp_or_nothing())
}

fn entered(rated: &Rated, worths: &Worths<'_>, least: f64) -> Option<Vec<Entered>> {
    let log = |chance: f64| log_of_one(chance, worths.deal);
    let miss = Complex::ONE - worths.deal;
    // |1 − p(1 − φ)|ⁿ ≤ exp(n(|1 − p(1 − φ)|² − 1)/2), times the weight.
    let counts = |chance: f64, weight: f64| {
        let rest = (Complex::ONE - miss.scale(chance)).norm_sqr();
        0.5 * least * (rest - 1.0) > NOTHING || weight.abs() * libm::exp(0.5 * least * (rest - 1.0)) > LEAST
    };
    if !work::take(rated.nodes()) {
        return Some(Vec::new());
    }
    match rated {
        Rated::Won => None,
        Rated::Newcomers(nodes) => {
            let nodes = nodes.iter().filter(|(chance, weight)| counts(*chance, *weight));
            Some(nodes.map(|(chance, weight)| (Complex::real(*weight), log(*chance))).collect())
        }
        Rated::Open(chain) => {
            let Some(chances) = chain.chances() else {
                return Some(vec![(
                    chain.open(worths, &[true]).into_iter().fold(Complex::real(0.0), |a, b| a + b),
                    Complex::real(0.0),
                )]);
            };
            let kept: Vec<bool> = chances.iter().map(|(chance, weight)| counts(*chance, *weight)).collect();
            if !kept.contains(&true) {
                return Some(Vec::new());
            }
            let both = chain.open(worths, &kept).into_iter().zip(chances);
            Some(both.filter(|(part, _)| !part.is_zero()).map(|(part, (chance, _))| (part, log(*chance))).collect())
        }
    }
}

/// What was seen by one grid with all that may happen, and apart from what happens without modelled deals.
#[derive(Clone, Debug, Default)]
pub(in crate::outlook) struct Memories {
    pub(in crate::outlook) all: Memory,
    pub(in crate::outlook) with_deals: Memory,
}

/// What was computed for the bins, in order: volumes vary, deals and open leads do not.
#[derive(Clone, Debug, Default)]
pub(in crate::outlook) struct Memory(Arc<Mutex<(usize, Vec<Arc<Seen>>)>>);

impl Memory {
    pub(in crate::outlook) fn at(&self, bin: u64, see: impl Fn() -> Seen) -> Arc<Seen> {
        let (Ok(bin), Ok(mut memory)) = (usize::try_from(bin), self.0.lock()) else { return Arc::new(see()) };
        if let Some(seen) = memory.1.get(bin) {
            return Arc::clone(seen);
        }
        let seen = Arc::new(see());
        if memory.1.len() == bin && memory.0 < ROOM {
            memory.0 += seen.size();
            memory.1.push(Arc::clone(&seen));
        }
        seen
    }
}
