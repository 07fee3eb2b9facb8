//! The grids on which what follows is compared with a target: a lattice of prices, no lattice, or two of them.
//!
//! | deals | how |
//! |---|---|
//! | a price list (one size, or amounts with a common unit) | exact: lattice of that unit |
//! | many deals of any law | continuous: no lattice at all, the law's own transform |
//! | few deals of one kind | counted; what k of them bring is exact for prices, else by two lattices of 2¹¹ and 2¹² points and Richardson's extrapolation; their difference ÷ 3 is the error |
//! | few deals of several kinds | two such lattices of money |

use std::sync::{Arc, Mutex};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::forecast::{Grown, Ways};
use super::seen::{Memory, Seen};
use super::way::Way;
use super::worth::Worth;
use crate::math::complex::Complex;
use crate::math::lattice::{Below, Frequency, Lattice, split, spread};
use crate::math::{decimal, normal, quadrature};

/// From so many deals on that a target takes, what follows is smooth enough to need no lattice.
pub(super) const MANY_DEALS: f64 = 25.0;
/// The largest lattice of a price list with several prices.
const LONGEST_LIST: u64 = 1 << 13;

impl Ways {
    pub(super) fn grids(&self, target: &BigRational, few: bool) -> Vec<Grid> {
        if let Some(exact) = self.exact_grid(target) {
            return vec![exact];
        }
        if let Some(counting) = self.counting(target, true) {
            return counting;
        }
        if let Some(fine) = self.fine_grid(target, 1) {
            return fine;
        }
        let mean = self.ways.iter().map(|(_, worth)| worth.mean()).fold(0.0, f64::max);
        let least = decimal::to_f64(&(target - self.known.iter().max().unwrap_or(&BigRational::zero())));
        if let Some(counting) = self.counting(target, !few && least >= MANY_DEALS * mean) {
            return counting;
        }
        let target = decimal::to_f64(target);
        self.by_factor(target, |doubt, factors| {
            if !few && target >= MANY_DEALS * mean {
                return vec![Grid::continuous(self, target, doubt, factors)];
            }
            self.richardson(target, doubt, factors)
        })
    }

    /// The grids `of` a doubt about all that follows and of a factor on each way's deals: that doubt and no factors, or averaged
    /// over the factors where they are not the same for all.
    pub(super) fn by_factor(&self, target: f64, of: impl Fn(f64, &[f64]) -> Vec<Grid>) -> Vec<Grid> {
        if !self.is_doubt_uneven() {
            return of(self.doubt(), &vec![1.0; self.ways.len()]);
        }
        let nodes = quadrature::normal_for(self.doubt_ratio(target)).into_iter();
        let part = |(z, weight): (f64, f64)| {
            of(0.0, &self.factors(z)).into_iter().map(move |grid| Grid { share: grid.share * weight, ..grid })
        };
        nodes.flat_map(part).collect()
    }

    /// Doubt about the mean deal beside the noise there is around a target.
    pub(super) fn doubt_ratio(&self, target: f64) -> f64 {
        let noise = self
            .ways
            .iter()
            .map(|(way, worth)| way.cv2_from(0) + worth.mean_square() / (worth.mean() * target.max(worth.mean())));
        self.doubt().sqrt() / noise.fold(0.0, f64::max).sqrt().max(1e-6)
    }

    /// The known amounts alone, exactly, if they have a common unit.
    pub(super) fn known_grid(&self, target: &BigRational) -> Option<Grid> {
        let mut alone = self.clone();
        alone.ways.iter_mut().for_each(|(_, worth)| *worth = Worth::Nothing);
        if self.known.is_empty() { None } else { alone.exact_grid(target) }
    }

    /// Two lattices: the error of one falls with the square of its step.
    fn richardson(&self, target: f64, doubt: f64, factors: &[f64]) -> Vec<Grid> {
        let coarse = Grid::lattice(self, target, doubt, factors, 11);
        let fine = Grid::lattice(self, target, doubt, factors, 12);
        vec![Grid { share: -1.0 / 3.0, ..coarse }, Grid { share: 4.0 / 3.0, ..fine }]
    }

    /// A lattice on which all prices lie, if the target is not too far away and the prices are surely known.
    pub(super) fn exact_grid(&self, target: &BigRational) -> Option<Grid> {
        if self.doubt() > 0.0 {
            return None;
        }
        let lists: Option<Vec<Vec<BigRational>>> = self.ways.iter().map(|(_, worth)| worth.prices()).collect();
        let lists = lists?;
        let mut unit = BigRational::zero();
        let longest = LONGEST_LIST as f64 + 1.0;
        for amount in lists.iter().flatten().chain(&self.known) {
            unit = common_unit(&unit, amount);
            // It only gets smaller: many amounts need not all be looked at.
            if !self.known.is_empty() && decimal::to_f64(target) > longest * decimal::to_f64(&unit) {
                return None;
            }
        }
        if unit.is_zero() {
            return None;
        }
        let steps = decimal::ceil(&(target / &unit)).to_u64()?;
        // One price of all ways is the unit itself; different ones need every bin of their lattice, near multiples of both.
        let single = self.known.is_empty() && lists.iter().flatten().all(|price| *price == unit);
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
        let jumps = self.ways.iter().map(jump).collect();
        if !single {
            lattice = lattice.with_tables().of_prices();
        }
        let cap = steps as f64 + 1.0;
        let known =
            self.known.iter().map(|amount| (decimal::to_f64(&(amount / &unit)).round_ties_even()).min(cap)).collect();
        Some(Grid { lattice, below, jumps, known, share: 1.0, amounts: Amounts::Exact })
    }
}

/// The largest amount of which both are whole multiples; 0 counts as no amount.
pub(super) fn common_unit(one: &BigRational, other: &BigRational) -> BigRational {
    let denominator = one.denom().lcm(other.denom());
    let whole = |value: &BigRational| (value * BigRational::from(denominator.clone())).to_integer();
    let common: BigInt = whole(one).gcd(&whole(other));
    BigRational::new(common, denominator)
}

/// Which outcomes count: sums of known amounts alone are no smooth distribution, and are compared on a grid of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    All,
    /// At least one modelled deal.
    With,
    /// No modelled deal.
    Without,
}

/// What a grid looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) ways: &'a Ways,
    pub(super) grown: &'a Grown,
    pub(super) part: Part,
    /// The smallest volumes that will be asked for.
    pub(super) least: &'a [f64],
}

/// What a deal of one way is at a frequency.
#[derive(Clone, Debug)]
pub(super) enum Jump {
    /// One size, in whole steps.
    Steps(f64),
    /// By bin.
    Table(Vec<Complex>),
    /// By the law's own transform; the factor on all deals ÷ money per step, and the bins computed so far.
    Law(Worth, f64, Bins),
}

/// Bins in order, computed once: volumes vary, deals do not.
#[derive(Clone, Debug, Default)]
pub(super) struct Bins(Arc<Mutex<Vec<Complex>>>);

impl Bins {
    fn at(&self, bin: u64, compute: impl Fn() -> Complex) -> Complex {
        let (Ok(bin), Ok(mut bins)) = (usize::try_from(bin), self.0.lock()) else { return compute() };
        if let Some(known) = bins.get(bin) {
            return *known;
        }
        let value = compute();
        if bins.len() == bin {
            bins.push(value);
        }
        value
    }
}

/// How amounts lie on a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amounts {
    /// On its points.
    Exact,
    /// What deals bring was split between points, but known amounts and deals are counted.
    Counted,
    /// Deals on its points, known amounts split between the four nearest.
    Fine,
    /// Split between the two nearest points.
    Split,
    /// Where they lie: there are no points.
    Continuous,
}

/// A lattice (or none), what lies below the target, and every deal as it sees it.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) lattice: Lattice,
    pub(super) below: Below,
    pub(super) jumps: Vec<Jump>,
    /// Known amounts in steps.
    pub(super) known: Vec<f64>,
    /// What this grid counts in the answer.
    pub(super) share: f64,
    pub(super) amounts: Amounts,
}

impl Grid {
    /// Whether all modelled deals lie on it.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self.amounts, Amounts::Exact | Amounts::Fine)
    }

    /// No lattice: as many points as bins are needed, and an integral over what lies below.
    pub(super) fn continuous(ways: &Ways, target: f64, doubt: f64, factors: &[f64]) -> Self {
        const LOG2: u32 = 12;
        let half = f64::from(1 << (LOG2 - 1));
        let (lattice, top, below) = doubtful(LOG2, target, doubt);
        let below = below.unwrap_or(Below::Continuous { steps: half });
        let step = top / half;
        let jump =
            |((_, worth), factor): (&(Way, Worth), &f64)| Jump::Law(worth.clone(), factor / step, Bins::default());
        let jumps = ways.ways.iter().zip(factors).map(jump).collect();
        let known = ways.known_f64().into_iter().map(|amount| amount / step).collect();
        Self { lattice, below, jumps, known, share: 1.0, amounts: Amounts::Continuous }
    }

    pub(super) fn lattice(ways: &Ways, target: f64, doubt: f64, factors: &[f64], log2: u32) -> Self {
        let half: u64 = 1 << (log2 - 1);
        let (lattice, top, below) = doubtful(log2, target, doubt);
        let below = below.unwrap_or(Below::Steps { steps: half, on_it: 0.5 });
        let lattice = lattice.with_tables();
        let step = top / half as f64;
        let cap = usize::try_from(half + 1).unwrap_or(0);
        let jump = |((_, worth), factor): (&(Way, Worth), &f64)| {
            let pmf = match worth.money().filter(|deal| deal.price_list().is_none()) {
                Some(deal) => spread(|x| factor * deal.limited_mean(x / factor).unwrap_or(0.0), step, cap),
                None => split(worth.amounts().into_iter().map(|(x, p)| (x * factor, p)), step, cap),
            };
            Jump::Table(lattice.transform(&pmf))
        };
        let jumps = ways.ways.iter().zip(factors).map(jump).collect();
        let known = ways.known_f64().into_iter().map(|amount| (amount / step).min(cap as f64)).collect();
        Self { lattice, below, jumps, known, share: 1.0, amounts: Amounts::Split }
    }

    /// P(below the target) by this grid; `memory` keeps what was seen of the trees for other volumes.
    pub(super) fn below(&self, view: View<'_>, entrants: &[f64], memory: Option<&Memory>) -> f64 {
        self.lattice.below(&self.below, |bin, at| match (at, memory) {
            (Frequency::At(_), Some(memory)) => memory.at(bin, || self.see(view, bin, at)).transform(entrants),
            _ => self.see(view, bin, at).transform(entrants),
        })
    }

    /// What a frequency makes of the trees.
    pub(super) fn see(&self, view: View<'_>, bin: u64, at: Frequency) -> Seen {
        let known: Vec<Complex> = self.known.iter().map(|steps| self.known_at(at, *steps)).collect();
        let with = || {
            let deals: Vec<Complex> = self.jumps.iter().map(|jump| jump.at(bin, at)).collect();
            Seen::of(view.grown, view.ways, &deals, &known, view.least)
        };
        let without =
            || Seen::of(view.grown, view.ways, &vec![Complex::real(0.0); self.jumps.len()], &known, view.least);
        match view.part {
            Part::All => with(),
            Part::With => with().less(without()),
            Part::Without => without(),
        }
    }

    pub(super) fn known_at(&self, at: Frequency, steps: f64) -> Complex {
        match at {
            _ if steps.is_infinite() => Complex::real(0.0),
            Frequency::At(s) if self.amounts == Amounts::Continuous => (-s.scale(steps)).exp(),
            _ if self.amounts == Amounts::Fine => at.of_amount_smoothly(steps),
            _ => at.of_amount(steps),
        }
    }
}

/// The lattice for a target, the amount at its middle, and (where the mean deal is in doubt) the weights of what lies
/// below: P(the sum times the unknown factor stays below the target).
fn doubtful(log2: u32, target: f64, doubt: f64) -> (Lattice, f64, Option<Below>) {
    let lattice = Lattice::of(log2);
    if doubt <= 0.0 {
        return (lattice, target, None);
    }
    let s = doubt.sqrt();
    let (half, top) = (1_u32 << (log2 - 1), target * libm::exp(5.0 * s));
    let weight = |k: u32| match k {
        0 => 1.0,
        _ => normal::cdf((libm::log(target * f64::from(half) / (top * f64::from(k))) + 0.5 * doubt) / s),
    };
    let lattice = lattice.with_tables();
    let weights: Vec<f64> = (0..=half).map(weight).collect();
    let below = lattice.weights(&weights);
    (lattice, top, Some(below))
}

impl Jump {
    pub(super) fn at(&self, bin: u64, at: Frequency) -> Complex {
        let Frequency::At(s) = at else { return Complex::real(0.0) };
        match self {
            Self::Steps(steps) => (-s.scale(*steps)).exp(),
            Self::Table(bins) => {
                usize::try_from(bin).ok().and_then(|bin| bins.get(bin)).copied().unwrap_or(Complex::real(0.0))
            }
            Self::Law(worth, per_step, bins) => bins.at(bin, || worth.transform(s.scale(*per_step))),
        }
    }
}
