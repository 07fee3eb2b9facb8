//! What a frequency makes of all that is open and of each newcomer: computed once, whatever number enters.

use std::sync::{Arc, Mutex};

use super::forecast::{Grown, Rated, Ways};
use super::chain::{Worths, log_of_one};
use crate::math::complex::Complex;

/// So many branches are remembered over all bins; what is beyond is computed anew.
const ROOM: usize = 1 << 19;

/// The factor of all that does not depend on newcomers, and the logarithm of what each newcomer multiplies it by.
type Entered = (Complex, Complex);

/// What one frequency sees: the weight of each node of the common factor, and of each way its branches and, where
/// newcomers are won deals, the transform of one.
#[derive(Clone, Debug)]
pub(super) struct Seen(Vec<(f64, Vec<SeenWay>)>);

type SeenWay = (Option<Vec<Entered>>, Option<Complex>);

impl Seen {
    pub(super) fn of(grown: &Grown, ways: &Ways, deals: &[Complex], known: &[Complex]) -> Self {
        let way = |((rated, deal), last): ((&Rated, &Complex), bool)| (entered(rated, &Worths { deal: *deal, known }), last.then_some(*deal));
        let shock = |(weight, rated): &(f64, Vec<Rated>)| {
            let last = ways.ways.iter().map(|(way, _)| way.enters_last());
            (*weight, rated.iter().zip(deals).zip(last).map(way).collect())
        };
        Self(grown.shocks.iter().map(shock).collect())
    }

    /// The transform of all that follows when so many newly enter each way.
    pub(super) fn transform(&self, entrants: &[f64]) -> Complex {
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
    pub(super) fn less(mut self, other: Self) -> Self {
        self.0.extend(other.0.into_iter().map(|(weight, ways)| (-weight, ways)));
        self
    }

    /// How many branches it remembers.
    fn size(&self) -> usize {
        self.0.iter().flat_map(|(_, ways)| ways).map(|(branches, _)| branches.as_ref().map_or(0, Vec::len)).sum()
    }
}

fn of_entrants(branches: &[Entered], n: f64) -> Complex {
    branches.iter().fold(Complex::real(0.0), |sum, (factor, log)| sum + *factor * log.times(n).exp_or_nothing())
}

fn entered(rated: &Rated, worths: &Worths<'_>) -> Option<Vec<Entered>> {
    let log = |chance: f64| log_of_one(chance, worths.deal);
    match rated {
        Rated::Won => None,
        Rated::Newcomers(nodes) => {
            Some(nodes.iter().map(|(chance, weight)| (Complex::real(*weight), log(*chance))).collect())
        }
        Rated::Open(chain) => {
            let open = chain.open(worths);
            if chain.chances().is_empty() {
                return Some(open.into_iter().map(|part| (part, Complex::real(0.0))).collect());
            }
            let both = open.into_iter().zip(chain.chances());
            Some(both.filter(|(part, _)| !part.is_zero()).map(|(part, chance)| (part, log(*chance))).collect())
        }
    }
}

/// What was seen by one grid with all that may happen, and apart from what happens without modelled deals.
#[derive(Clone, Debug, Default)]
pub(super) struct Memories {
    pub(super) all: Memory,
    pub(super) with_deals: Memory,
}

/// What was computed for the bins, in order: volumes vary, deals and open leads do not.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Arc<Mutex<(usize, Vec<Arc<Seen>>)>>);

impl Memory {
    pub(super) fn at(&self, bin: u64, see: impl Fn() -> Seen) -> Arc<Seen> {
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
