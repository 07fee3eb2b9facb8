//! Segments lend each other strength: empirical-Bayes beta-binomial, hyper-parameters integrated, robust to an outlier.

use std::collections::{BTreeMap, BTreeSet};

use crate::math::beta_binomial::{Kernel, Moments, logistic, logit, normalised, precision};
use crate::math::half_normal::HalfNormal;
use crate::rates::conversion::mean_with_prior;
use crate::rates::curve::Effective;

/// Scale of the half-normal prior of τ, the standard deviation of the logit between segments.
const PRIOR: HalfNormal = HalfNormal { scale: 0.5 };
const SPREADS: u32 = 25;
const CENTRES: i32 = 41;
/// A segment belongs to the crowd with this probability; otherwise only its own leads speak for it.
const CROWD: f64 = 0.9;
/// The weight, in leads, of the prior of a segment that does not belong.
const VAGUE: f64 = 2.0;
/// Grid points below this share of the posterior are left out: all of them together hold about 1e-7 of it.
const NEGLIGIBLE: f64 = 1e-10;
/// Neighbourhoods this far (in logarithms) below the best are not looked into.
const NEAR: f64 = 24.0;

/// One segment as pooling sees it.
#[derive(Clone, Copy, Debug)]
pub(in crate::rates) struct Cell {
    /// What its own leads say.
    pub(in crate::rates) own: Effective,
    /// Where its centre lies from the common one, on the logit: the margins' effects for two dimensions, 0 for one.
    pub(in crate::rates) offset: f64,
    /// The standard deviation of `offset`.
    pub(in crate::rates) doubt: f64,
}

impl Cell {
    /// Around the common centre.
    pub(in crate::rates) fn of(own: Effective) -> Self {
        Self { own, offset: 0.0, doubt: 0.0 }
    }

    /// The crowd as this cell sees it: `shared` unless it lies elsewhere.
    fn kernel(&self, centre: f64, spread: f64, shared: Kernel) -> Kernel {
        if self.offset == 0.0 && self.doubt == 0.0 {
            return shared;
        }
        kernel(centre + self.offset, (spread * spread + self.doubt * self.doubt).sqrt())
    }
}

struct Node {
    centre: f64,
    spread: f64,
    weight: f64,
    kernel: Kernel,
    /// Of each cell, see [`mixed`].
    mixed: Vec<f64>,
}

/// What the cells say of a point of the grid.
struct Point {
    /// Log-posterior up to a constant.
    ln_weight: f64,
    mixed: Vec<f64>,
}

/// The posterior of each segment's rate, in the order given; `None` for fewer than two segments with leads.
///
/// # Formula
/// p ~ Beta(μM, (1 − μ)M) with M = 1/(μ(1 − μ)τ²) − 1, D ~ BB(n); likelihood per segment 0.9·BB(μ, M) + 0.1·BB(μ, 2);
/// τ ~ half-normal(0.5) on 25 points, logit μ flat on 41 points over ± 6 standard errors. The hyper-posterior is
/// integrated, never replaced by its mode: a plug-in covers 40 % where 80 % is promised (five segments). A cell that lies
/// elsewhere by δ ± s has the centre logit μ + δ and the spread √(τ² + s²).
/// Source: Gelman et al., *Bayesian Data Analysis* (3rd ed.), ch. 5.
pub(in crate::rates) fn pool(cells: &[Cell]) -> Option<Vec<Moments>> {
    if cells.iter().filter(|cell| cell.own.leads > 0.0).count() < 2 {
        return None;
    }
    let grid = Grid::over(cells);
    let nodes = grid.hyper_posterior();
    let one = |(index, cell): (usize, &Cell)| posterior(*cell, index, &nodes);
    Some(cells.iter().enumerate().map(one).collect())
}

/// The grid of hyper-parameters, and per centre what the vague component says of each cell.
struct Grid<'a> {
    cells: &'a [Cell],
    centres: Vec<f64>,
    spreads: Vec<f64>,
    vague: Vec<Vec<f64>>,
}

impl<'a> Grid<'a> {
    fn over(cells: &'a [Cell]) -> Self {
        let leads: f64 = cells.iter().map(|cell| cell.own.leads).sum();
        let converted: f64 = cells.iter().map(|cell| cell.own.leads * cell.own.rate).sum();
        let with_leads = cells.iter().filter(|cell| cell.own.leads > 0.0).count() as f64;
        let mean = mean_with_prior(converted, leads);
        let error = (1.0 / (leads * mean * (1.0 - mean) + 1.0) + 0.25 / with_leads).sqrt();
        let half = (CENTRES - 1) / 2;
        let centre = |step: i32| logit(mean) + 6.0 * error * f64::from(step) / f64::from(half);
        let centres: Vec<f64> = (-half..=half).map(centre).collect();
        let each = |centre: &f64| cells.iter().map(|cell| vague(*cell, *centre)).collect();
        let vague = centres.iter().map(each).collect();
        Self { cells, centres, spreads: PRIOR.points(3.2, SPREADS).collect(), vague }
    }

    /// The points of the grid that carry weight, their weights summing to 1.
    fn hyper_posterior(&self) -> Vec<Node> {
        // First every fourth point in both directions; then only the neighbourhoods in which there is any weight.
        let stride = |length: usize| (0..length).step_by(4);
        let mut points: BTreeMap<(usize, usize), Point> = stride(self.centres.len())
            .flat_map(|i| stride(self.spreads.len()).map(move |j| (i, j)))
            .map(|(i, j)| ((i, j), self.point(i, j)))
            .collect();
        let top = points.values().map(|point| point.ln_weight).fold(f64::NEG_INFINITY, f64::max);
        points.retain(|_, point| point.ln_weight > top - NEAR);
        let mut near: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (i, j) in points.keys() {
            let around = |at: usize, length: usize| at.saturating_sub(3)..(at + 4).min(length);
            near.extend(
                around(*i, self.centres.len()).flat_map(|i| around(*j, self.spreads.len()).map(move |j| (i, j))),
            );
        }
        let evaluate = |(i, j): &(usize, usize)| {
            let mut point = points.remove(&(*i, *j)).unwrap_or_else(|| self.point(*i, *j));
            if point.ln_weight < top - NEAR {
                // Its weight is negligible whatever the others are: nobody will ask.
                point.mixed = Vec::new();
            }
            point
        };
        let evaluated: Vec<Point> = near.iter().map(evaluate).collect();
        let ln_weights: Vec<f64> = evaluated.iter().map(|point| point.ln_weight).collect();
        let node = |(((i, j), point), weight): ((&(usize, usize), Point), f64)| {
            let (centre, spread) = (*self.centres.get(*i)?, *self.spreads.get(*j)?);
            Some(Node { centre, spread, weight, kernel: kernel(centre, spread), mixed: point.mixed })
        };
        let mut nodes: Vec<Node> = near.iter().zip(evaluated).zip(normalised(&ln_weights)).filter_map(node).collect();
        nodes.retain(|node| node.weight > NEGLIGIBLE);
        let kept: f64 = nodes.iter().map(|node| node.weight).sum();
        for node in &mut nodes {
            node.weight /= kept;
        }
        nodes
    }

    /// What the cells say of centre `i` and spread `j`.
    fn point(&self, i: usize, j: usize) -> Point {
        let point = self.centres.get(i).zip(self.spreads.get(j)).zip(self.vague.get(i));
        let Some(((centre, spread), vague)) = point else {
            return Point { ln_weight: f64::NEG_INFINITY, mixed: Vec::new() };
        };
        // Without a second dimension all cells share one kernel, whose three gamma functions are then taken once.
        let shared = kernel(*centre, *spread);
        let mut mixed_of_each = Vec::with_capacity(self.cells.len());
        // The logarithm of a product is taken once, and whenever the product might leave the range of numbers.
        let (mut sum, mut product) = (0.0, 1.0);
        for (cell, vague) in self.cells.iter().zip(vague) {
            let own = cell.kernel(*centre, *spread, shared);
            let crowd = own.ln(cell.own.rate * cell.own.leads, cell.own.leads);
            let mixed = mixed(crowd, *vague);
            mixed_of_each.push(mixed);
            if cell.own.leads > 0.0 {
                sum += crowd;
                if mixed > 1e100 || !(1e-100..1e100).contains(&product) {
                    sum += libm::log(product) + libm::log(mixed);
                    product = 1.0;
                } else {
                    product *= mixed;
                }
            }
        }
        let prior = PRIOR.ln_weight(*spread, 0.0);
        Point { ln_weight: sum + libm::log(product) + prior, mixed: mixed_of_each }
    }
}

/// The crowd's beta-binomial at a centre (a logit) and a spread.
fn kernel(centre: f64, spread: f64) -> Kernel {
    let (mean, weight) = (logistic(centre), precision(centre, spread));
    Kernel::of(mean * weight, (1.0 - mean) * weight)
}

fn vague(cell: Cell, centre: f64) -> f64 {
    let mean = logistic(centre + cell.offset);
    Kernel::of(mean * VAGUE, (1.0 - mean) * VAGUE).ln(cell.own.rate * cell.own.leads, cell.own.leads)
}

/// 0.9 + 0.1 e^(vague − crowd): the likelihood of a cell in units of the crowd's.
fn mixed(crowd: f64, vague: f64) -> f64 {
    CROWD + (1.0 - CROWD) * libm::exp((vague - crowd).min(700.0))
}

/// The posterior of one cell, the one with this index.
#[expect(clippy::indexing_slicing, reason = "a node has an entry for each cell")]
fn posterior(cell: Cell, index: usize, nodes: &[Node]) -> Moments {
    let d = cell.own.rate * cell.own.leads;
    let lost = cell.own.leads - d;
    Moments::of_mixture(nodes.iter().flat_map(|node| {
        let kernel = cell.kernel(node.centre, node.spread, node.kernel);
        let mean = kernel.mean();
        let belongs = CROWD / node.mixed[index];
        [
            (node.weight * belongs, Moments::of_beta(d + kernel.a(), lost + kernel.b())),
            (node.weight * (1.0 - belongs), Moments::of_beta(d + mean * VAGUE, lost + (1.0 - mean) * VAGUE)),
        ]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(counts: &[(f64, f64)]) -> Vec<Cell> {
        counts.iter().map(|(d, n)| Cell::of(Effective { rate: d / n, leads: *n })).collect()
    }

    #[test]
    fn alike_segments_shrink_together_and_an_outlier_stays() {
        let pooled = pool(&cells(&[(9.0, 100.0), (11.0, 100.0), (10.0, 100.0), (1.0, 10.0), (40.0, 100.0)])).unwrap();
        assert!((pooled[0].mean - 0.1).abs() < (0.09_f64 - 0.1).abs() + 0.01);
        assert!(pooled[4].mean > 0.33, "the outlier keeps its own rate: {}", pooled[4].mean);
        assert!(pooled[3].variance < Moments::of_beta(1.5, 9.5).variance);
        assert!(pool(&cells(&[(9.0, 100.0)])).is_none());
    }
}
