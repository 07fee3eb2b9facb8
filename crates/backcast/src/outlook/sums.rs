//! What is open, as the distribution of its sum beside each rate: for deals of certain prices, counted in units of the price.
//!
//! # Method
//! The same chain of rates as in `chain`, with distributions for messages: the sums lie on a lattice, every open lead moves
//! some of the mass by its amount. What counts of a sum is only how many units of the price are then still needed, so that
//! the lattice may be much finer than the goal is long, and is left behind once the sums are known. Amounts between its
//! points are split by a rule that keeps three moments; sums that lie on its points are compared exactly.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::grid::common_unit;
use super::links::Links;
use super::way::{Cell, Way};
use super::worth::Worth;
use crate::math::decimal;
use crate::math::quadrature::Node;
use crate::math::search::to_index;

/// So many additions are worth it.
const MOST_WORK: f64 = 3e7;
/// The most points of the lattice.
const MOST_POINTS: f64 = 60_000.0;
/// The most prices of a deal without an amount of its own.
const MOST_PRICES: usize = 12;
/// A unit is divided at most so often.
const FINEST: u64 = 1 << 14;

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

/// By stage that newcomers may enter: nodes of the rate from there on, and for each the probability (with its weight) of how
/// many units less are needed. The last has a single entry: newcomers are won deals.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    pub(super) stages: Vec<(Vec<Node>, Vec<Vec<f64>>)>,
    /// The probability of sums longer than the lattice.
    pub(super) beyond: f64,
}

impl Sums {
    /// On the finest lattice that the work allows, `coarser` times the step; `None` where deals have no certain prices, or it would
    /// be too coarse to be of use.
    pub(super) fn of(way: &Way, worth: &Worth, known: &[BigRational], target: &BigRational, coarser: u64) -> Option<Self> {
        if worth.doubt() > 0.0 {
            return None;
        }
        let zero = BigRational::zero();
        let prices = worth.prices()?;
        let of_prices = prices.iter().fold(zero.clone(), |unit, price| common_unit(&unit, price));
        let unit = if of_prices.is_zero() { target.clone() } else { of_prices };
        let units = decimal::ceil(&(target / &unit)).to_u64()?;
        let modelled = way.open.iter().any(|cell| cell.amount.is_none());
        if modelled && prices.len() > MOST_PRICES {
            return None;
        }
        let fine = known.iter().fold(unit.clone(), |fine, amount| common_unit(&fine, amount));
        let exact = (&unit / &fine).to_integer().to_u64().filter(|each| *each <= 1 << 40);
        let amounts = worth.amounts();
        let amount = |cell: &Cell| cell.amount.and_then(|at| known.get(at)).map(decimal::to_f64);
        let dearest = amounts.iter().map(|(amount, _)| *amount).fold(0.0, f64::max);
        let total: f64 = way.open.iter().map(|cell| cell.count * amount(cell).unwrap_or(dearest)).sum();
        let longest = likely(way, total, |cell| amount(cell).unwrap_or(dearest)).min(decimal::to_f64(target));
        // The work of one pass with so many steps to the unit.
        let leads: f64 = way.open.iter().map(|cell| cell.count * if cell.amount.is_some() { 4.0 } else { amounts.len() as f64 }).sum();
        let pairs = 12.0 * 12.0;
        let points = |each: u64| longest / decimal::to_f64(&unit) * each as f64 + 8.0;
        let affordable = |each: u64| points(each) <= MOST_POINTS && points(each) * leads.max(8.0) * pairs <= MOST_WORK;
        let each = match exact.filter(|each| coarser == 1 && affordable(*each)) {
            Some(each) => each,
            None => {
                let mut each = FINEST;
                while each > 1 && !affordable(each) {
                    each /= 2;
                }
                if !affordable(each) || (each as f64) < 64.0 || known.is_empty() {
                    return None;
                }
                each / coarser
            }
        };
        Some(Self::with(way, (worth, known), (target, &unit, units), each, to_index(points(each))))
    }

    fn with(way: &Way, (worth, known): (&Worth, &[BigRational]), (target, unit, units): (&BigRational, &BigRational, u64), each: u64, points: usize) -> Self {
        let step = unit / BigRational::from(BigInt::from(each));
        let amounts = worth.amounts();
        let in_steps = |amount: f64| to_index(libm::round(amount / decimal::to_f64(unit)) * each as f64);
        let modelled: Vec<(usize, f64)> = amounts.iter().map(|(amount, share)| (in_steps(*amount), *share)).collect();
        let known: Vec<(Vec<(usize, f64)>, bool)> = known.iter().map(|amount| split(&(amount / &step))).collect();
        let of = |cell: &Cell| cell.amount.and_then(|at| known.get(at)).cloned().unwrap_or((modelled.clone(), true));
        let (moves, on_points) = way.open.iter().map(of).unzip();
        let whole = (target / &step).to_integer();
        let beyond = decimal::to_f64(&(target / &step - BigRational::from(whole.clone())));
        Self { moves, on_points, points, whole: whole.to_u64().unwrap_or(u64::MAX), beyond, unit: each, units }
    }

    /// Whether amounts were split.
    pub(super) fn is_split(&self) -> bool {
        self.on_points.contains(&false)
    }

    /// The sums beside the rates of each stage.
    pub(super) fn needs(&self, way: &Way, links: &Links) -> Needs {
        let all = links.messages(way, &self.moves, self.points, None);
        let beyond = all.last().and_then(|(_, masses)| masses.first()?.last().copied()).unwrap_or(0.0);
        let beyond = if self.points as f64 > self.whole as f64 { 0.0 } else { beyond };
        let mut stages: Vec<(Vec<Node>, Vec<Vec<f64>>)> = all
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
            } else if self.beyond > 0.5 && steps <= self.whole + 1 && (self.whole + 1 - steps) % self.unit == 0 {
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

/// A sum that is hardly ever exceeded: all of it, or the mean and many standard deviations at rates well above their means.
fn likely(way: &Way, total: f64, amount: impl Fn(&Cell) -> f64) -> f64 {
    let high = |step: &crate::rates::Conversion| (step.mean() * (1.0 + 8.0 * step.cv2().sqrt())).min(1.0);
    let (mut mean, mut variance, mut largest) = (0.0, 0.0, 0.0_f64);
    for cell in &way.open {
        let own = way.steps.get(cell.stage).map_or(1.0, high);
        // Not all rates are high together.
        let later: f64 = way.steps_from(cell.stage + 1).iter().map(|step| high(step).min(2.0 * step.mean()).min(1.0)).product();
        let (chance, amount) = (cell.odds.chance(own, later), amount(cell));
        mean += cell.count * chance * amount;
        variance += cell.count * chance * amount * amount;
        largest = largest.max(amount);
    }
    (mean + 8.0 * variance.sqrt() + 2.0 * largest).min(total)
}

/// An amount in steps: on a point, or split between the four nearest by Lagrange's polynomials.
fn split(steps: &BigRational) -> (Vec<(usize, f64)>, bool) {
    if steps.is_integer() {
        return (vec![(steps.to_integer().to_usize().unwrap_or(usize::MAX), 1.0)], true);
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
