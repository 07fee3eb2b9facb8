//! How far a computed probability may be off.

use super::forecast::Forecast;
use super::grid::{Amounts, Grid, Part, View};

/// A computed probability and how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Computed {
    pub(crate) value: f64,
    pub(crate) error: f64,
}

impl Forecast {
    /// The same with a bound of its error: of the lattice by the coarser one, of the nodes by fewer of them.
    pub(crate) fn checked(&self, entrants: &[f64]) -> Computed {
        let value = self.at_least(entrants);
        if let Some(error) = self.wide_error() {
            return Computed { value, error };
        }
        if let (Some(_), [n]) = (&self.counted, entrants) {
            let error = self.ways.counted_error((&self.target.exact, &self.target.worked), value, *n);
            return Computed { value, error: error.unwrap_or(1.0).min(1.0) };
        }
        let fewer = self.below(&self.ways.grow(entrants, 0.75), entrants, None);
        Computed { value, error: self.grid_error(entrants) + (1.0 - fewer - value).abs() + 1e-9 }
    }

    /// How far the grids may be off: two lattices by their difference (three times where deals are prices, whose sums are
    /// not smooth), else by the largest atom of prices; and what doubt about the mean deal leaves.
    fn grid_error(&self, entrants: &[f64]) -> f64 {
        let grids = self.target.grids(&self.ways);
        let lattices = grids.all.iter().filter(|grid| matches!(grid.amounts, Amounts::Split | Amounts::Counted));
        let view = View { ways: &self.ways, grown: &self.grown, part: Part::All, least: entrants };
        let each: Vec<f64> = lattices.map(|grid| grid.below(view, entrants, None)).collect();
        let apart = |pair: &[f64]| pair.iter().fold(0.0, |sum: f64, below| below - sum).abs();
        let most = each.chunks(2).map(apart).fold(0.0, f64::max);
        let prices = self.ways.ways.iter().any(|(_, worth)| worth.prices().is_some());
        let lattice = if prices { 3.0 * most } else { most / 3.0 };
        let doubt = match (self.ways.doubt() > 0.0, self.ways.is_doubt_uneven()) {
            (false, _) => 0.0,
            (true, false) => 1e-7,
            (true, true) => 1e-6,
        };
        let sum = |grids: &[Grid]| grids.iter().map(|grid| grid.share * grid.below(view, entrants, None)).sum::<f64>();
        let coarser = &grids.coarser;
        let step = if coarser.is_empty() { 0.0 } else { (sum(&grids.all) - sum(coarser)).abs() };
        lattice + doubt + step + self.largest_atom()
    }

    /// Sums of few different prices without a common unit are not quite continuous: half of the largest atom.
    fn largest_atom(&self) -> f64 {
        if self.target.grids(&self.ways).all.iter().any(Grid::is_exact) {
            return 0.0;
        }
        let each = self.ways.ways.iter().map(|(_, worth)| worth.half_atom(self.target.amount / worth.mean()));
        each.fold(0.0, f64::max)
    }
}
