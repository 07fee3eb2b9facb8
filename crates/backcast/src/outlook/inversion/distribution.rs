//! The distribution of what follows from given volumes, as its transform: any amount may be asked for.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::choice::MANY_DEALS;
use super::exact::{exact_grid, known_grid};
use super::grid::{Grid, Part, View};
use crate::math::complex::Complex;
use crate::math::lattice::{Below, Frequency, Lattice};
use crate::math::search::to_whole;
use crate::math::{decimal, normal};
use crate::outlook::compound::{Ways, common_unit};
use crate::outlook::mixing::{Grown, NEVER, without_deals};

/// Where no deal at all is likelier than this, few deals are likely enough for their density to matter.
const SELDOM: f64 = 1e-7;
/// The lattice has 2¹² points, half of them up to the largest amount asked for.
const LOG2: u32 = 12;
const HALF: u32 = 1 << (LOG2 - 1);

/// The distribution of what follows from given volumes, as its transform.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    lattice: Lattice,
    /// The transform without the atom, as far as it counts.
    bins: Vec<Complex>,
    atom: f64,
    /// Money per step.
    step: f64,
    /// Where the distribution lives on the lattice's points alone: how many of them are looked at.
    points: Option<u64>,
    continuous: bool,
    /// What happens without any modelled deal, where amounts are known.
    apart: Option<Box<Spread>>,
}

impl Spread {
    /// The distribution of what follows, up to about `top`, with the modelled deals of each way multiplied by a factor.
    pub(crate) fn of(
        ways: &Ways,
        grown: &Grown,
        entrants: &[f64],
        (expected, top): (f64, f64),
        factors: &[f64],
    ) -> Self {
        let certain = ways.settled();
        let target = decimal::from_f64(top.max(1e-9)).unwrap_or_else(BigRational::one);
        let plain = ways.doubt() <= 0.0;
        let exact = if plain { exact_grid(&certain, &target) } else { None };
        let mean = ways.ways.iter().map(|(_, worth)| worth.mean()).fold(0.0, f64::max);
        let lack = without_deals(grown, ways, entrants);
        let (grid, step, points, continuous) = match exact {
            Some(grid) => {
                let steps = if let Below::Steps { steps, .. } = grid.below { steps } else { 0 };
                let step = certain.unit().unwrap_or(1.0);
                (grid, step, Some(steps), false)
            }
            None if expected >= MANY_DEALS * mean && lack <= SELDOM => {
                (Grid::continuous(ways, top, 0.0, factors), top / f64::from(HALF), None, true)
            }
            None => (Grid::lattice(ways, top, 0.0, factors, LOG2), top / f64::from(HALF), None, false),
        };
        let apart = points.is_none() && lack > NEVER;
        let known = if apart { known_grid(ways, &target) } else { None };
        let part = if known.is_some() { Part::With } else { Part::All };
        let of = |grid: &Grid, part: Part, continuous: bool| {
            let total = |bin: u64, at: Frequency| {
                grid.see(View { ways, grown, part, least: entrants }, bin, at).transform(entrants)
            };
            let atom = total(0, Frequency::Atom).re;
            let bins = grid.lattice.bins(continuous, |bin, s| total(bin, Frequency::At(s)) - Complex::real(atom));
            (bins, atom)
        };
        // Sums of known amounts alone are no smooth distribution: they have a lattice of their own.
        let apart = known.map(|grid| {
            let (bins, atom) = of(&grid, Part::Without, false);
            let points = if let Below::Steps { steps, .. } = grid.below { steps } else { 0 };
            let step = known_unit(ways);
            Box::new(Self {
                lattice: grid.lattice,
                bins,
                atom,
                step,
                points: Some(points),
                continuous: false,
                apart: None,
            })
        });
        let (bins, atom) = of(&grid, part, continuous);
        let lattice = if ways.doubt() > 0.0 { grid.lattice.with_tables() } else { grid.lattice };
        Self { lattice, bins, atom, step, points, continuous, apart }
    }

    /// The unit in which all amounts are whole.
    pub(crate) fn unit(&self) -> Option<f64> {
        self.points.map(|_| self.step)
    }

    /// P(at most `amount`).
    pub(crate) fn within(&self, amount: f64) -> f64 {
        if amount < 0.0 {
            return 0.0;
        }
        self.apart.as_ref().map_or(0.0, |apart| apart.within(amount)) + self.within_here(amount)
    }

    fn within_here(&self, amount: f64) -> f64 {
        let steps = amount / self.step;
        if self.points.is_some() {
            let whole = to_whole(libm::floor(steps + 1e-9));
            return self.below(&Below::Steps { steps: whole + 1, on_it: 0.0 });
        }
        if self.continuous {
            return self.below(&Below::Continuous { steps });
        }
        // Between two points of a lattice, a straight line.
        let whole = libm::floor(steps);
        let at = |k: f64| self.below(&Below::Steps { steps: to_whole(k), on_it: 0.5 });
        if steps < 1.0 {
            let first = at(1.0);
            return self.atom + (first - self.atom).max(0.0) * steps;
        }
        let (here, next) = (at(whole), at(whole + 1.0));
        here + (next - here) * (steps - whole)
    }

    /// P(at most `amount`) of what follows times an unknown factor, ln N(−v/2, v).
    pub(in crate::outlook) fn within_in_doubt(&self, amount: f64, variance: f64) -> f64 {
        if amount <= 0.0 {
            return if amount < 0.0 { 0.0 } else { self.atom };
        }
        let (steps, s) = (amount / self.step, variance.sqrt());
        let weight = |k: u32| match k {
            0 => 1.0,
            _ => normal::cdf((libm::log(steps / f64::from(k)) + 0.5 * variance) / s),
        };
        let weights: Vec<f64> = (0..=HALF).map(weight).collect();
        self.below(&self.lattice.weights(&weights))
    }

    /// The smallest whole multiple of the unit that is not exceeded with probability `p`.
    pub(crate) fn quantile_in(&self, unit: f64, p: f64) -> f64 {
        let (mut low, mut high) = (0, self.points.unwrap_or(0));
        while low < high {
            let middle = low + (high - low) / 2;
            // A sum of many terms may end a rounding error below.
            if self.below(&Below::Steps { steps: middle + 1, on_it: 0.0 }) >= p - 1e-12 {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        unit * high as f64
    }

    fn below(&self, below: &Below) -> f64 {
        let terms = self.bins.iter().zip(0..).map(|(value, bin)| {
            (below.at(bin, self.lattice.frequency(bin)).conj() * *value).re * self.lattice.share(bin, below)
        });
        (terms.sum::<f64>() + self.atom).clamp(0.0, 1.0)
    }
}

fn known_unit(ways: &Ways) -> f64 {
    decimal::to_f64(&ways.known.iter().fold(BigRational::zero(), |unit, amount| common_unit(&unit, amount)))
}
