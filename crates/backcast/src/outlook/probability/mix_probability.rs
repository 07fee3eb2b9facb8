//! How likely the volumes of many ways together reach a target, made ready for a search: the probability with its slope
//! in each volume, and again when only a few volumes change.
//!
//! # Formula
//! P = 1 − Σₜ Re(cₜ Πᵥ φᵥₜ(nᵥ)), φᵥₜ(n) = Σᵢ wᵢ exp(n ln(1 − pᵢ(1 − φ))), over all terms t: the bins of the grids and the
//! nodes of the common factor. All logarithms are kept, so that volumes cost one exponential per node.

use super::ready::Ready;
use crate::math::complex::Complex;
use crate::math::lattice::Frequency;
use crate::math::quadrature;
use crate::math::work;
use crate::outlook::compound::{Way, Ways, Worth, shocks};
use crate::outlook::inversion::{Grid, by_factor};
use crate::outlook::mixing::{Chain, Sizes, Worths};

/// Terms below this for [`QUIET`] bins running are the last that count: a search needs no more.
const FAINT: f64 = 2e-9;
const QUIET: u32 = 16;
/// Single terms below this are left out.
const LOST: f64 = 1e-11;
/// So many logarithms are kept at most.
const KEPT: usize = 1_500_000;
/// The nodes of a way resolve it when it brings at least this share of all.
const LEAST_SHARE: f64 = 0.1;

/// P(target) as a function of the volumes of several ways.
#[derive(Clone, Debug)]
pub(crate) struct Joint {
    coefficients: Vec<Complex>,
    /// The common factor's node of each term.
    shocks: Vec<usize>,
    ways: Vec<Entrants>,
}

/// What newcomers of one way contribute to each term.
#[derive(Clone, Debug)]
struct Entrants {
    /// By node of the common factor.
    weights: Vec<Vec<f64>>,
    /// Per term one logarithm per node.
    logs: Vec<Complex>,
}

/// One way while the terms are laid out: the chances of its nodes by the common factor's, and what is open along it.
struct Plant {
    /// With the weight of each.
    chances: Vec<Vec<quadrature::Node>>,
    open: Vec<Chain>,
}

/// The ways as they are laid out, the common factor's nodes, and the volumes near which terms count.
type Planted<'a> = (&'a [Plant], &'a [quadrature::Node], &'a [f64]);

impl Joint {
    /// Ready for volumes near `guess`.
    pub(crate) fn near(ways: &Ways, target: &Ready, guess: &[f64]) -> Self {
        let noise = ways.relative_noise(guess);
        let factor = shocks(ways);
        let brings = |((way, worth), n): (&(Way, Worth), &f64)| n * way.mean() * worth.mean();
        let all: f64 = ways.ways.iter().zip(guess).map(brings).sum();
        let rules: Vec<Vec<quadrature::Node>> = ways
            .ways
            .iter()
            .zip(guess)
            .map(|(pair, n)| {
                let share = if all > 0.0 { brings((pair, n)) / all } else { 0.0 };
                pair.0.newcomers(noise / (1.5 * share).clamp(LEAST_SHARE, 1.0), 1.0)
            })
            .collect();
        // What is in flight stands apart from newcomers, who enter by ways of their own.
        let sizes = |worth: &Worth| Sizes {
            noise: ways.noise(guess).0,
            newcomers: 0.0,
            deal: worth.mean(),
            known: ways.known_f64(),
            finer: 1.0,
        };
        let plant = |((way, worth), rule): (&(Way, Worth), &Vec<quadrature::Node>)| {
            Plant::of(way, rule, &factor, &sizes(worth))
        };
        let plants: Vec<Plant> = ways.ways.iter().zip(&rules).map(plant).collect();
        let mut joint =
            Self { coefficients: Vec::new(), shocks: Vec::new(), ways: plants.iter().map(Entrants::of).collect() };
        let nodes: usize = rules.iter().map(Vec::len).sum::<usize>() * factor.len();
        let alike: Vec<usize> = (0..ways.ways.len()).map(|way| first_alike(ways, way)).collect();
        // First the atom: no deal at all. What it counts is known when all other terms are laid.
        let nothing = vec![Complex::real(0.0); ways.ways.len().max(ways.known.len())];
        let none = vec![Complex::real(0.0); factor.len()];
        let atoms = joint.bin(Complex::ONE, &nothing, &nothing, (&plants, &factor, guess), &none, true).1;
        let mut atom = 0.0;
        let too_long = |grid: &Grid| {
            grid.lattice.takes_all_bins()
                && usize::try_from(grid.lattice.last(&grid.below)).unwrap_or(KEPT) * nodes > KEPT
        };
        let smooth;
        let laid = &target.grids(ways).all;
        let grids: &[Grid] = if laid.iter().any(too_long) {
            let amount = target.amount;
            smooth = by_factor(ways, amount, |doubt, factors| vec![Grid::continuous(ways, amount, doubt, factors)]);
            &smooth
        } else {
            laid
        };
        for grid in grids {
            atom += joint.lay(grid, &alike, (&plants, &factor, guess), &atoms);
        }
        joint.coefficients.iter_mut().take(factor.len()).for_each(|fixed| *fixed = fixed.scale(atom));
        joint
    }

    /// The terms of one grid; returns what the atom counts.
    fn lay(&mut self, grid: &Grid, alike: &[usize], planted: Planted<'_>, atoms: &[Complex]) -> f64 {
        let (mut atom, mut quiet) = (grid.share * grid.below.first(), 0);
        for bin in 0..=grid.lattice.last(&grid.below) {
            if work::is_over() {
                break;
            }
            let s = grid.lattice.frequency(bin);
            let at = Frequency::At(s);
            let coefficient = grid.below.at(bin, s).conj().scale(grid.lattice.share(bin, &grid.below) * grid.share);
            atom -= coefficient.re;
            let mut deals: Vec<Complex> = Vec::with_capacity(grid.jumps.len());
            for (jump, (way, first)) in grid.jumps.iter().zip(alike.iter().enumerate()) {
                let known = if way == *first { None } else { deals.get(*first).copied() };
                deals.push(known.unwrap_or_else(|| jump.at(bin, at)));
            }
            let known: Vec<Complex> = grid.known.iter().map(|steps| grid.known_at(at, *steps)).collect();
            let (size, _) = self.bin(coefficient, &deals, &known, planted, atoms, false);
            quiet = if size < FAINT { quiet + 1 } else { 0 };
            if quiet == QUIET && !grid.lattice.takes_all_bins() {
                break;
            }
        }
        atom
    }

    /// One bin: a term per node of the common factor. Returns by how much the bin differs from the atom at the guess, and
    /// what it is there for each node.
    fn bin(
        &mut self,
        coefficient: Complex,
        deals: &[Complex],
        known: &[Complex],
        (plants, factor, guess): Planted<'_>,
        atoms: &[Complex],
        is_atom: bool,
    ) -> (f64, Vec<Complex>) {
        let mut size = 0.0;
        let mut values = Vec::with_capacity(factor.len());
        // A logarithm is worth about three exponentials.
        let logs: usize = plants.iter().flat_map(|plant| &plant.chances).map(Vec::len).sum();
        if !work::take(3 * logs) {
            return (0.0, vec![Complex::real(0.0); factor.len()]);
        }
        for (z, ((_, weight), atom)) in factor.iter().zip(atoms).enumerate() {
            let (mut open, mut all) = (Complex::ONE, Complex::ONE);
            let starts: Vec<usize> = self.ways.iter().map(|way| way.logs.len()).collect();
            for (((entrants, plant), deal), n) in self.ways.iter_mut().zip(plants).zip(deals).zip(guess) {
                if let Some(chain) = plant.open.get(z) {
                    let all = vec![true; chain.chances().map_or(1, <[quadrature::Node]>::len)];
                    work::take(chain.work());
                    let parts = chain.open(&Worths { deal: *deal, known }, &all);
                    open = open * parts.into_iter().fold(Complex::real(0.0), |sum, part| sum + part);
                }
                let from = entrants.logs.len();
                let miss = Complex::ONE - *deal;
                entrants
                    .logs
                    .extend(plant.chances.get(z).into_iter().flatten().map(|(chance, _)| log_of(miss.scale(-chance))));
                if *n > 0.0 {
                    all = all * entrants.one(z, entrants.logs.get(from..).unwrap_or(&[]), *n);
                }
            }
            let fixed = coefficient.scale(*weight);
            if !is_atom && (fixed * open * all).norm_sqr() < LOST * LOST {
                self.ways.iter_mut().zip(&starts).for_each(|(way, start)| way.logs.truncate(*start));
            } else {
                self.coefficients.push(fixed * open);
                self.shocks.push(z);
            }
            size += (fixed * (open * all - *atom)).norm_sqr().sqrt();
            values.push(open * all);
        }
        (size, values)
    }

    /// P(target) at these volumes, which need not be whole.
    pub(crate) fn at_least(&self, volumes: &[f64]) -> f64 {
        let mut product = self.coefficients.clone();
        for (way, n) in volumes.iter().enumerate().filter(|(_, n)| **n > 0.0) {
            self.multiply(&mut product, way, *n);
        }
        Self::total(&product)
    }

    /// All terms but those of some ways.
    pub(crate) fn without(&self, volumes: &[f64], left_out: &[usize]) -> Vec<Complex> {
        let mut product = self.coefficients.clone();
        for (way, n) in volumes.iter().enumerate().filter(|(way, n)| **n > 0.0 && !left_out.contains(way)) {
            self.multiply(&mut product, way, *n);
        }
        product
    }

    /// What so many newcomers of one way make of each term.
    pub(crate) fn factor(&self, way: usize, n: f64) -> Vec<Complex> {
        let Some(entrants) = self.ways.get(way) else { return Vec::new() };
        if n <= 0.0 {
            return vec![Complex::ONE; self.coefficients.len()];
        }
        entrants.chunks(&self.shocks).map(|(z, logs)| entrants.one(z, logs, n)).collect()
    }

    /// The terms with one more factor.
    pub(crate) fn times(product: &[Complex], factor: &[Complex]) -> Vec<Complex> {
        times(product, factor)
    }

    pub(crate) fn terms(&self) -> usize {
        self.coefficients.len()
    }

    /// How many exponentials the volumes of one way take on average.
    pub(crate) fn exponentials(&self) -> usize {
        self.ways.iter().map(|way| way.logs.len()).sum::<usize>() / self.ways.len().max(1)
    }

    fn multiply(&self, product: &mut [Complex], way: usize, n: f64) {
        for (all, factor) in product.iter_mut().zip(self.factor(way, n)) {
            *all = *all * factor;
        }
    }

    /// P(target) of terms that are complete.
    pub(crate) fn total(product: &[Complex]) -> f64 {
        (1.0 - product.iter().map(|term| term.re).sum::<f64>()).clamp(0.0, 1.0)
    }

    /// P(target) where one more factor completes the terms.
    pub(crate) fn total_with(product: &[Complex], factor: &[Complex]) -> f64 {
        let below: f64 = product.iter().zip(factor).map(|(a, b)| a.re * b.re - a.im * b.im).sum();
        (1.0 - below).clamp(0.0, 1.0)
    }

    /// P(target) with its slope in each volume.
    pub(crate) fn slopes(&self, volumes: &[f64]) -> (f64, Vec<f64>) {
        let each: Vec<(Option<Vec<Complex>>, Vec<Complex>)> =
            self.ways.iter().zip(volumes).map(|(entrants, n)| entrants.with_slope(*n, &self.shocks)).collect();
        // Products of all ways before and after each: a factor may be 0.
        let mut before = vec![self.coefficients.clone()];
        for (factor, _) in &each {
            let Some(last) = before.last() else { break };
            let next = factor.as_ref().map_or_else(|| last.clone(), |factor| times(last, factor));
            before.push(next);
        }
        let probability = before.pop().map_or(0.0, |all| Self::total(&all));
        let mut after = vec![Complex::ONE; self.coefficients.len()];
        let mut slopes = Vec::with_capacity(each.len());
        for (factor, slope) in each.iter().rev() {
            let Some(front) = before.pop() else { break };
            let terms = front.iter().zip(&after).zip(slope);
            slopes.push(-terms.map(|((a, b), c)| (*a * *b * *c).re).sum::<f64>());
            if let Some(factor) = factor {
                after = times(&after, factor);
            }
        }
        slopes.reverse();
        (probability, slopes)
    }
}

/// The first way whose deals are like those of this one.
fn first_alike(ways: &Ways, way: usize) -> usize {
    let deals = |at: usize| ways.ways.get(at).map(|(_, worth)| worth);
    (0..way).find(|other| deals(*other) == deals(way)).unwrap_or(way)
}

fn times(one: &[Complex], other: &[Complex]) -> Vec<Complex> {
    one.iter().zip(other).map(|(a, b)| *a * *b).collect()
}

/// ln(1 + x), and what stands for −∞ where nobody can miss.
fn log_of(x: Complex) -> Complex {
    if (Complex::ONE + x).norm_sqr() < 1e-300 { Complex::real(-345.0) } else { x.ln_1p() }
}

impl Entrants {
    fn of(plant: &Plant) -> Self {
        let weights = plant.chances.iter().map(|nodes| nodes.iter().map(|(_, weight)| *weight).collect());
        Self { weights: weights.collect(), logs: Vec::new() }
    }

    /// The logarithms term by term, with the node of the common factor that each belongs to.
    fn chunks<'a>(&'a self, shocks: &'a [usize]) -> impl Iterator<Item = (usize, &'a [Complex])> {
        let many = self.weights.first().map_or(1, Vec::len).max(1);
        shocks.iter().copied().zip(self.logs.chunks(many))
    }

    fn weights(&self, z: usize) -> &[f64] {
        self.weights.get(z).map_or(&[], Vec::as_slice)
    }

    fn one(&self, z: usize, logs: &[Complex], n: f64) -> Complex {
        if !work::take(logs.len()) {
            return Complex::real(0.0);
        }
        let parts = self.weights(z).iter().zip(logs).map(|(weight, log)| log.scale(n).exp_or_nothing().scale(*weight));
        parts.fold(Complex::real(0.0), |sum, part| sum + part)
    }

    /// The factor of each term (none where it is 1) with its slope in the volume.
    fn with_slope(&self, n: f64, shocks: &[usize]) -> (Option<Vec<Complex>>, Vec<Complex>) {
        if n <= 0.0 {
            let slope = |(z, logs): (usize, &[Complex])| {
                self.weights(z).iter().zip(logs).fold(Complex::real(0.0), |sum, (weight, log)| sum + log.scale(*weight))
            };
            return (None, self.chunks(shocks).map(slope).collect());
        }
        let both = |(z, logs): (usize, &[Complex])| {
            let zero = Complex::real(0.0);
            if !work::take(logs.len()) {
                return (zero, zero);
            }
            self.weights(z).iter().zip(logs).fold((zero, zero), |(sum, slope), (weight, log)| {
                let part = log.scale(n).exp_or_nothing().scale(*weight);
                (sum + part, slope + part * *log)
            })
        };
        let (factors, slopes) = self.chunks(shocks).map(both).unzip();
        (Some(factors), slopes)
    }
}

impl Plant {
    fn of(way: &Way, rule: &[quadrature::Node], factor: &[quadrature::Node], sizes: &Sizes) -> Self {
        let in_time =
            |rule: Vec<quadrature::Node>| rule.into_iter().map(|(rate, weight)| (rate * way.on_time, weight)).collect();
        let open = |z: f64| Chain::of(way, sizes, z);
        let open = factor.iter().filter(|_| !way.open.is_empty()).map(|(z, _)| open(*z)).collect();
        Self { chances: way.coupled(rule, factor).into_iter().map(in_time).collect(), open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::decimal;
    use crate::quantity::Number;
    use crate::rates::{Conversion, DealSize};

    fn ways(worth: &Worth, share: f64) -> Ways {
        let way = |counts: [(u64, u64); 2]| {
            let steps =
                counts.iter().map(|(converted, entered)| Conversion::learned(*converted, *entered).unwrap()).collect();
            (
                Way { steps, entry: 0, on_time: 0.9, open: vec![], shared: vec![], coupled: 0.0 }.sharing(share),
                worth.clone(),
            )
        };
        Ways {
            ways: vec![way([(80, 1000), (25, 80)]), way([(50, 250), (20, 50)]), way([(30, 900), (9, 30)])],
            known: vec![],
        }
    }

    fn deals() -> Vec<(Worth, f64)> {
        let money = |mean: &str| DealSize::mean(&Number::from(mean), "EUR".parse().unwrap()).unwrap();
        vec![
            (Worth::Customers, 1.0),
            (Worth::Money(money("8000").with_spread(0.8).unwrap()), 8000.0),
            (Worth::Money(money("8000").with_spread(0.8).unwrap().learned_from(40).unwrap()), 8000.0),
        ]
    }

    /// The same probability as by the outlook's own way, for few and many deals, with a common factor and without.
    #[test]
    fn agrees_with_the_forecast() {
        for (worth, mean) in deals() {
            for share in [0.0, 0.5] {
                for (wins, volumes) in
                    [(6.0, [120.0, 20.0, 150.0]), (50.0, [900.0, 200.0, 0.0]), (50.0, [1500.0, 300.0, 800.0])]
                {
                    let ways = ways(&worth, share);
                    let target = Ready::of(&decimal::from_f64(wins * mean).unwrap(), false);
                    let expected = ways.forecast(&target, &volumes, 1.0).at_least(&volumes);
                    let joint = Joint::near(&ways, &target, &volumes);
                    let got = joint.at_least(&volumes);
                    assert!((got - expected).abs() < 1e-6, "{worth:?} {share} {wins}: {got} for {expected}");
                    assert!(joint.terms() < 9 * 6_200, "{}", joint.terms());
                }
            }
        }
    }

    /// Slopes against differences.
    #[test]
    fn slopes_are_those_of_the_probability() {
        for (worth, mean) in deals() {
            let ways = ways(&worth, 0.5);
            let target = Ready::of(&decimal::from_f64(50.0 * mean).unwrap(), false);
            let volumes = [1500.0, 300.0, 0.0];
            let joint = Joint::near(&ways, &target, &volumes);
            let (probability, slopes) = joint.slopes(&volumes);
            assert!((probability - joint.at_least(&volumes)).abs() < 1e-12);
            for (way, slope) in slopes.iter().enumerate() {
                let mut more = volumes;
                more[way] += 0.01;
                let difference = (joint.at_least(&more) - probability) / 0.01;
                assert!((difference / slope - 1.0).abs() < 1e-3, "{way}: {slope} for {difference}");
            }
        }
    }
}
