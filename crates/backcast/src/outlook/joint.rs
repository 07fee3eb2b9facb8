//! How likely the volumes of many ways together reach a target, made ready for a search: the probability with its slope
//! in each volume, and again when only a few volumes change.
//!
//! # Formula
//! P = 1 − Σₜ Re(cₜ Πᵥ φᵥₜ(nᵥ)), φᵥₜ(n) = Σᵢ wᵢ exp(n ln(1 − pᵢ(1 − φ))), over all terms t: the bins of the grids and the
//! nodes of the common factor. All logarithms are kept, so that volumes cost one exponential per node.

use super::forecast::{Ready, SHOCKS, Ways};
use super::grid::Grid;
use super::tree::{Branch, Way, Worths, shifted, transform};
use crate::math::complex::Complex;
use crate::math::lattice::Frequency;
use crate::math::quadrature;

/// Terms below this for [`QUIET`] bins running are the last that count: a search needs no more.
const FAINT: f64 = 1e-10;
const QUIET: u32 = 16;
/// So many logarithms are kept at most.
const KEPT: usize = 1_500_000;
/// The nodes of a way resolve it when it brings at least this share of all.
const LEAST_SHARE: f64 = 0.1;

/// P(target) as a function of the volumes of several ways.
#[derive(Clone, Debug)]
pub(crate) struct Joint {
    coefficients: Vec<Complex>,
    ways: Vec<Entrants>,
}

/// What newcomers of one way contribute to each term.
#[derive(Clone, Debug)]
struct Entrants {
    weights: Vec<f64>,
    /// Per term one logarithm per node.
    logs: Vec<Complex>,
}

/// One way while the terms are laid out: the chances of its nodes by the common factor's, and what is open along it.
struct Plant {
    chances: Vec<Vec<f64>>,
    open: Vec<Vec<Branch>>,
}

impl Joint {
    /// Ready for volumes near `guess`.
    pub(crate) fn near(ways: &Ways, target: &Ready, guess: &[f64]) -> Self {
        let noise = ways.noise(guess);
        let shared = ways.ways.iter().any(|(way, _)| way.shock > 0.0);
        let factor = if shared { quadrature::normal(SHOCKS) } else { vec![(0.0, 1.0)] };
        let brings = |((way, worth), n): (&(Way, super::Worth), &f64)| n * way.mean() * worth.mean();
        let all: f64 = ways.ways.iter().zip(guess).map(brings).sum();
        let rules: Vec<Vec<quadrature::Node>> = ways
            .ways
            .iter()
            .zip(guess)
            .map(|(pair, n)| {
                let share = if all > 0.0 { brings((pair, n)) / all } else { 1.0 };
                pair.0.newcomers(noise / (1.5 * share).clamp(LEAST_SHARE, 1.0), 1.0)
            })
            .collect();
        let plants: Vec<Plant> = ways.ways.iter().zip(&rules).map(|((way, _), rule)| Plant::of(way, rule, &factor)).collect();
        let mut joint = Self {
            coefficients: Vec::new(),
            ways: rules.iter().map(|rule| Entrants::of(rule.iter().map(|node| node.1).collect())).collect(),
        };
        let nodes: usize = rules.iter().map(Vec::len).sum::<usize>() * factor.len();
        let mut atom = 0.0;
        let too_long = |grid: &Grid| {
            grid.lattice.takes_all_bins() && usize::try_from(grid.lattice.last(&grid.below)).unwrap_or(KEPT) * nodes > KEPT
        };
        let smooth;
        let grids: &[Grid] = if target.grids.iter().any(too_long) {
            smooth = [Grid::continuous(ways, target.amount, ways.doubt(), 1.0)];
            &smooth
        } else {
            &target.grids
        };
        for grid in grids {
            atom += joint.lay(ways, grid, &plants, &factor, guess);
        }
        let nothing = vec![Complex::real(0.0); ways.ways.len()];
        joint.bin(Complex::real(atom), &nothing, &vec![Complex::real(0.0); ways.known.len()], &plants, &factor, guess);
        joint
    }

    /// The terms of one grid; returns what the atom counts.
    fn lay(&mut self, ways: &Ways, grid: &Grid, plants: &[Plant], factor: &[quadrature::Node], guess: &[f64]) -> f64 {
        let (mut atom, mut quiet) = (grid.share, 0);
        for bin in 0..=grid.lattice.last(&grid.below) {
            let s = grid.lattice.frequency(bin);
            let at = Frequency::At(s);
            let coefficient = grid.below.at(bin, s).conj().scale(grid.lattice.share(bin, &grid.below) * grid.share);
            atom -= coefficient.re;
            let deals: Vec<Complex> = grid.jumps.iter().map(|jump| jump.at(bin, at)).collect();
            let known: Vec<Complex> = grid.known.iter().map(|steps| grid.known_at(at, *steps)).collect();
            let size = self.bin(coefficient, &deals, &known, plants, factor, guess);
            quiet = if size < FAINT { quiet + 1 } else { 0 };
            if quiet == QUIET && !grid.lattice.takes_all_bins() {
                break;
            }
            debug_assert_eq!(deals.len(), ways.ways.len());
        }
        atom
    }

    /// One bin: a term per node of the common factor. Returns the size of the bin at the guess.
    fn bin(
        &mut self,
        coefficient: Complex,
        deals: &[Complex],
        known: &[Complex],
        plants: &[Plant],
        factor: &[quadrature::Node],
        guess: &[f64],
    ) -> f64 {
        let mut size = 0.0;
        for (z, (_, weight)) in factor.iter().enumerate() {
            let mut fixed = coefficient.scale(*weight);
            let mut all = Complex::ONE;
            for (((entrants, plant), deal), n) in self.ways.iter_mut().zip(plants).zip(deals).zip(guess) {
                if let Some(tree) = plant.open.get(z).filter(|tree| !tree.is_empty()) {
                    fixed = fixed * transform(tree, 0.0, &Worths { deal: *deal, known });
                }
                let from = entrants.logs.len();
                let miss = Complex::ONE - *deal;
                entrants.logs.extend(plant.chances.get(z).into_iter().flatten().map(|chance| log_of(miss.scale(-chance))));
                if *n > 0.0 {
                    all = all * entrants.one(entrants.logs.get(from..).unwrap_or(&[]), *n);
                }
            }
            self.coefficients.push(fixed);
            size += (fixed * all).norm_sqr().sqrt();
        }
        size
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
        entrants.logs.chunks(entrants.weights.len().max(1)).map(|logs| entrants.one(logs, n)).collect()
    }

    /// The terms with so many newcomers of one way.
    pub(crate) fn times(&self, product: &[Complex], way: usize, n: f64) -> Vec<Complex> {
        let mut all = product.to_vec();
        self.multiply(&mut all, way, n);
        all
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
            self.ways.iter().zip(volumes).map(|(entrants, n)| entrants.with_slope(*n)).collect();
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

fn times(one: &[Complex], other: &[Complex]) -> Vec<Complex> {
    one.iter().zip(other).map(|(a, b)| *a * *b).collect()
}

/// ln(1 + x), and what stands for −∞ where nobody can miss.
fn log_of(x: Complex) -> Complex {
    if (Complex::ONE + x).norm_sqr() < 1e-300 { Complex::real(-345.0) } else { x.ln_1p() }
}

impl Entrants {
    fn of(weights: Vec<f64>) -> Self {
        Self { weights, logs: Vec::new() }
    }

    fn one(&self, logs: &[Complex], n: f64) -> Complex {
        let parts = self.weights.iter().zip(logs).map(|(weight, log)| log.scale(n).exp().scale(*weight));
        parts.fold(Complex::real(0.0), |sum, part| sum + part)
    }

    /// The factor of each term (none where it is 1) with its slope in the volume.
    fn with_slope(&self, n: f64) -> (Option<Vec<Complex>>, Vec<Complex>) {
        let chunks = self.logs.chunks(self.weights.len().max(1));
        if n <= 0.0 {
            let slope = |logs: &[Complex]| {
                self.weights.iter().zip(logs).fold(Complex::real(0.0), |sum, (weight, log)| sum + log.scale(*weight))
            };
            return (None, chunks.map(slope).collect());
        }
        let both = |logs: &[Complex]| {
            let zero = Complex::real(0.0);
            self.weights.iter().zip(logs).fold((zero, zero), |(sum, slope), (weight, log)| {
                let part = log.scale(n).exp().scale(*weight);
                (sum + part, slope + part * *log)
            })
        };
        let (factors, slopes) = chunks.map(both).unzip();
        (Some(factors), slopes)
    }
}

impl Plant {
    fn of(way: &Way, rule: &[quadrature::Node], factor: &[quadrature::Node]) -> Self {
        let chances = |z: f64| {
            let rule = if way.shock > 0.0 { shifted(rule.to_vec(), way.shock, z) } else { rule.to_vec() };
            rule.into_iter().map(|(rate, _)| rate * way.on_time).collect()
        };
        let open = |z: f64| if way.open.is_empty() { Vec::new() } else { way.tree(0.05, 1.0, z) };
        Self {
            chances: factor.iter().map(|(z, _)| chances(*z)).collect(),
            open: factor.iter().map(|(z, _)| open(*z)).collect(),
        }
    }
}
