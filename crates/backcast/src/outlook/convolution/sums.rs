//! What is open, as the distribution of its sum beside each rate: for deals of certain prices, counted in units of the price.
//!
//! # Method
//! The same chain of rates as in `mixing::chain`, with distributions for messages: the sums lie on a lattice, every open lead moves
//! some of the mass by its amount. What counts of a sum is only how many units of the price are then still needed, so that
//! the lattice may be much finer than the goal is long, and is left behind once the sums are known. Amounts between its
//! points are split by a rule that keeps three moments; sums that lie on its points are compared exactly.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::links::Links;
use crate::math::decimal;
use crate::math::quadrature::Node;
use crate::math::search::to_index;
use crate::outlook::compound::{Cell, Way, Worth, common_unit};

/// So many additions are worth it.
const MOST_WORK: f64 = 8e7;
/// The most points of the lattice.
const MOST_POINTS: f64 = 120_000.0;
/// The most prices of a deal without an amount of its own.
const MOST_PRICES: usize = 12;
/// A unit is divided at least and at most so often where amounts do not lie on points.
const COARSEST: u64 = 4;
const FINEST: u64 = 1 << 14;
/// And where they are rounded to points, which is tried where it may not matter.
const FINEST_ROUNDED: u64 = 1 << 12;
/// Denominators of amounts as parts of the unit that a lattice is made for.
const FAMILIAR: u64 = 64;
/// Sums lie within so many standard deviations.
const DEVIATIONS: f64 = 10.0;

/// Where an amount goes that lies between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// To the four nearest, keeping three moments.
    Smooth,
    Down,
    Up,
}

/// What is open on a lattice: how each cell moves a sum, how long sums may be, and what they leave to be won.
pub(super) struct Sums {
    /// Steps and shares, by cell.
    moves: Vec<Vec<(usize, f64)>>,
    /// Whether all steps of a cell are exact.
    on_points: Vec<bool>,
    points: usize,
    /// The target in steps is `whole` + `beyond`; a unit is so many steps.
    whole: u64,
    beyond: f64,
    unit: u64,
    /// Units that the target takes where nothing that is open is won.
    pub(super) units: u64,
}

/// The deals and amounts of one way, before a lattice is chosen.
pub(super) struct Amounts<'a> {
    way: &'a Way,
    worth: &'a Worth,
    known: &'a [BigRational],
    target: BigRational,
    unit: BigRational,
    units: u64,
    longest: f64,
    /// Additions per point where amounts lie on points, and where they are split.
    whole: f64,
    split: f64,
}

impl<'a> Amounts<'a> {
    /// `None` where deals have no certain prices, or too many. `moments`: mean and variance of what is open.
    pub(super) fn of(
        way: &'a Way,
        worth: &'a Worth,
        known: &'a [BigRational],
        target: &BigRational,
        links: &Links,
        moments: (f64, f64),
    ) -> Option<Self> {
        if worth.doubt() > 0.0 {
            return None;
        }
        let prices = worth.prices()?;
        let of_prices = prices.iter().fold(BigRational::zero(), |unit, price| common_unit(&unit, price));
        let unit = if of_prices.is_zero() { target.clone() } else { of_prices };
        let units = decimal::ceil(&(target / &unit)).to_u64()?;
        let modelled = way.open.iter().any(|cell| cell.amount.is_none());
        let deals = worth.amounts();
        if modelled && deals.len() > MOST_PRICES {
            return None;
        }
        let amount = |cell: &Cell| cell.amount.and_then(|at| known.get(at)).map(decimal::to_f64);
        let dearest = deals.iter().map(|(amount, _)| *amount).fold(0.0, f64::max);
        let total: f64 = way.open.iter().map(|cell| cell.count * amount(cell).unwrap_or(dearest)).sum();
        let largest = way.open.iter().map(|cell| amount(cell).unwrap_or(dearest)).fold(0.0, f64::max);
        let likely = moments.0 + DEVIATIONS * moments.1.sqrt() + 2.0 * largest;
        let taps = |own: f64| -> Vec<f64> {
            way.open.iter().map(|cell| if cell.amount.is_some() { own } else { deals.len() as f64 }).collect()
        };
        let (whole, split) = (links.additions(way, &taps(1.0)), links.additions(way, &taps(4.0)));
        let longest = likely.min(total).min(decimal::to_f64(target));
        Some(Self { way, worth, known, target: target.clone(), unit, units, longest, whole, split })
    }

    fn points(&self, each: u64) -> f64 {
        self.longest / decimal::to_f64(&self.unit) * each as f64 + 8.0
    }

    fn affordable(&self, each: u64, additions: f64) -> bool {
        self.points(each) <= MOST_POINTS && self.points(each) * additions <= MOST_WORK
    }

    /// The lattice on which all amounts lie, if it is not too long.
    pub(super) fn exactly(&self) -> Option<Sums> {
        let fine = self.known.iter().fold(self.unit.clone(), |fine, amount| common_unit(&fine, amount));
        let each = (&self.unit / &fine).to_integer().to_u64()?;
        self.affordable(each, self.whole).then(|| self.on(each, Place::Smooth))
    }

    /// A lattice on which amounts that are simple parts of the unit lie, with all others rounded down and up.
    pub(super) fn rounded(&self) -> Option<[Sums; 2]> {
        let mut each = 1_u64;
        for amount in self.known {
            let familiar = (amount / &self.unit).denom().to_u64().filter(|part| *part <= FAMILIAR);
            each = familiar.map_or(each, |part| num_integer::lcm(each, part));
            if each > FINEST_ROUNDED {
                return None;
            }
        }
        if !self.affordable(each, self.whole) {
            return None;
        }
        while 2 * each <= FINEST_ROUNDED && self.affordable(2 * each, 2.0 * self.whole) {
            each *= 2;
        }
        Some([self.on(each, Place::Down), self.on(each, Place::Up)])
    }

    /// The finest lattice that the work allows, `coarser` times its step, with amounts split between points.
    pub(super) fn smoothly(&self, coarser: u64) -> Option<Sums> {
        let mut each = FINEST;
        while each >= COARSEST && !self.affordable(each, 2.0 * self.split) {
            each /= 2;
        }
        (each >= COARSEST && !self.known.is_empty()).then(|| self.on(each / coarser, Place::Smooth))
    }

    fn on(&self, each: u64, place: Place) -> Sums {
        let step = &self.unit / BigRational::from(BigInt::from(each));
        let amounts = self.worth.amounts();
        let unit = decimal::to_f64(&self.unit);
        let in_steps = |amount: f64| to_index(libm::round(amount / unit) * each as f64);
        let modelled: Vec<(usize, f64)> = amounts.iter().map(|(amount, share)| (in_steps(*amount), *share)).collect();
        let known: Vec<(Vec<(usize, f64)>, bool)> =
            self.known.iter().map(|amount| placed(&(amount / &step), place)).collect();
        let of = |cell: &Cell| cell.amount.and_then(|at| known.get(at)).cloned().unwrap_or((modelled.clone(), true));
        let (moves, on_points) = self.way.open.iter().map(of).unzip();
        let whole = (&self.target / &step).to_integer();
        let beyond = decimal::to_f64(&(&self.target / &step - BigRational::from(whole.clone())));
        let whole = whole.to_u64().unwrap_or(u64::MAX);
        Sums { moves, on_points, points: to_index(self.points(each)), whole, beyond, unit: each, units: self.units }
    }
}

/// Nodes of the rate from a stage on, and for each a table that carries its weight.
pub(super) type Stage = (Vec<Node>, Vec<Vec<f64>>);

/// By stage that newcomers may enter: for each node the probability of how many units less are needed. The last has a single
/// entry: newcomers are won deals.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    pub(super) stages: Vec<Stage>,
    /// The probability of sums longer than the lattice.
    pub(super) beyond: f64,
}

impl Sums {
    /// Whether amounts were split.
    pub(super) fn is_split(&self) -> bool {
        self.on_points.contains(&false)
    }

    /// The sums beside the rates of each stage.
    pub(super) fn needs(&self, way: &Way, links: &Links) -> Needs {
        let all = links.messages(way, &self.moves, self.points, None);
        let beyond = all.last().and_then(|(_, masses)| masses.first()?.last().copied()).unwrap_or(0.0);
        let beyond = if self.points as f64 > self.whole as f64 { 0.0 } else { beyond };
        let mut stages: Vec<Stage> = all
            .into_iter()
            .map(|(nodes, masses)| {
                let needs = masses.iter().map(|mass| self.by_units(mass, self.is_split())).collect();
                (nodes, needs)
            })
            .collect();
        if self.is_split() && self.on_points.contains(&true) {
            // Sums of amounts on points alone: exactly, instead of as if they were smooth.
            let only = links.messages(way, &self.moves, self.points, Some(&self.on_points));
            for ((_, needs), (_, masses)) in stages.iter_mut().zip(only) {
                for (need, mass) in needs.iter_mut().zip(masses) {
                    let (exact, smooth) = (self.by_units(&mass, false), self.by_units(&mass, true));
                    for (slot, (exact, smooth)) in need.iter_mut().zip(exact.iter().zip(smooth)) {
                        *slot += exact - smooth;
                    }
                }
            }
        }
        Needs { stages, beyond }
    }

    /// The mass by how many units less are needed. Smooth masses are cut where the target lies between two points; others are
    /// compared.
    fn by_units(&self, mass: &[f64], smooth: bool) -> Vec<f64> {
        let most = to_index(self.units as f64);
        let mut needs = vec![0.0; most.min(self.points / to_index(self.unit as f64).max(1) + 2) + 1];
        let last = needs.len() - 1;
        for (steps, p) in (0_u64..).zip(mass).filter(|(_, p)| **p != 0.0) {
            // Units still needed: ⌈(whole + beyond − steps)/unit⌉.
            let short = self.whole.saturating_sub(steps);
            let over = if self.whole < steps { 0 } else { u64::from(self.beyond > 0.0) };
            let (needed, on_it) = if self.whole < steps {
                (0, false)
            } else if over == 0 {
                (short.div_ceil(self.unit), short % self.unit == 0)
            } else {
                (short / self.unit + 1, short % self.unit == 0)
            };
            let less = to_index((self.units - needed.min(self.units)) as f64).min(last);
            let mut put = |at: usize, part: f64| {
                if let Some(slot) = needs.get_mut(at) {
                    *slot += part;
                }
            };
            // A smooth mass stands for a cell around its point: the target cuts it in two.
            let above = if !smooth || steps == 0 {
                1.0
            } else if on_it && self.beyond <= 0.5 {
                0.5 - self.beyond
            } else if self.beyond > 0.5 && steps <= self.whole + 1 && (self.whole + 1 - steps).is_multiple_of(self.unit)
            {
                1.5 - self.beyond
            } else {
                1.0
            };
            // What lies above needs one unit less than what lies below.
            let best = if on_it && self.beyond > 0.0 && above < 1.0 { less + 1 } else { less };
            put(best.min(last), above * p);
            if above < 1.0 {
                put(best.saturating_sub(1), (1.0 - above) * p);
            }
        }
        needs
    }
}

/// An amount in steps: on a point, rounded to one, or split between the four nearest by Lagrange's polynomials.
fn placed(steps: &BigRational, place: Place) -> (Vec<(usize, f64)>, bool) {
    let whole = steps.to_integer().to_usize().unwrap_or(usize::MAX);
    if steps.is_integer() || place == Place::Down {
        return (vec![(whole, 1.0)], true);
    }
    if place == Place::Up {
        return (vec![(whole.saturating_add(1), 1.0)], true);
    }
    let steps = decimal::to_f64(steps);
    let first = (libm::floor(steps) - 1.0).max(0.0);
    let t = steps - first;
    let shares = [
        -(t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0,
        t * (t - 2.0) * (t - 3.0) / 2.0,
        -t * (t - 1.0) * (t - 3.0) / 2.0,
        t * (t - 1.0) * (t - 2.0) / 6.0,
    ];
    ((0..).map(|k| to_index(first) + k).zip(shares).collect(), false)
}

impl Needs {
    /// By how much the two differ at most, over all numbers of units: what rounding down and up leaves open.
    pub(super) fn gap(&self, other: &Self) -> f64 {
        let alone =
            |needs: &Self| needs.stages.last().and_then(|(_, masses)| masses.first().cloned()).unwrap_or_default();
        let (one, two) = (alone(self), alone(other));
        let at = |mass: &[f64], k: usize| mass.get(k).copied().unwrap_or(0.0);
        let (mut sum, mut most) = (0.0, 0.0_f64);
        for k in 0..one.len().max(two.len()) {
            sum += at(&one, k) - at(&two, k);
            most = most.max(f64::abs(sum));
        }
        most
    }
}
