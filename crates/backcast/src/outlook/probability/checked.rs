//! A computed probability with a bound of its error.

use super::forecast::Forecast;
use crate::outlook::convolution::{counted_error, lattice_error};
use crate::outlook::inversion::{Amounts, Grid, Part, View};
use crate::outlook::mixing::Grown;

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
        if let (Some(alone), [n]) = (&self.alone, entrants) {
            return Computed { value, error: alone.error(*n) };
        }
        if let (Some(_), [n]) = (&self.counted, entrants) {
            let error = counted_error(&self.ways, (&self.target.exact, &self.target.worked), value, *n);
            return Computed { value, error: error.unwrap_or(1.0).min(1.0) };
        }
        let fewer = self.below(&Grown::of(&self.ways, entrants, 0.75), entrants, None);
        // Beside wide rates what is open converges by a power of the number of nodes only: the step to fewer is no bound then.
        let slowly = if self.undecided(&self.grown, entrants).is_some() { 2.0 } else { 1.0 };
        Computed { value, error: self.grid_error(entrants) + slowly * (1.0 - fewer - value).abs() + 1e-9 }
    }

    /// How far the grids may be off: two lattices by their difference (three times where deals are prices, whose sums are
    /// not smooth), else by the largest atom of prices; and what doubt about the mean deal leaves.
    fn grid_error(&self, entrants: &[f64]) -> f64 {
        let grids = self.target.grids(&self.ways);
        let undecided = self.undecided(&self.grown, entrants);
        let grown = undecided.as_ref().map_or(&self.grown, |(open, _)| open);
        let seen = self.remembered(entrants).filter(|_| undecided.is_none());
        let least = if seen.is_some() { &self.least } else { entrants };
        let view = View { ways: &self.ways, grown, part: Part::All, least };
        let is_lattice = |grid: &Grid| matches!(grid.amounts, Amounts::Split | Amounts::Counted);
        let lattices = grids.all.iter().filter(|grid| is_lattice(grid)).count();
        let coarser = &grids.coarser;
        if lattices == 0 && coarser.is_empty() {
            return self.doubt_error() + self.largest_atom();
        }
        let memory = |at: usize| seen.and_then(|seen| seen.get(at)).map(|memories| &memories.all);
        let each: Vec<f64> =
            grids.all.iter().enumerate().map(|(at, grid)| grid.below(view, entrants, memory(at))).collect();
        let on_lattices: Vec<f64> =
            grids.all.iter().zip(&each).filter(|(grid, _)| is_lattice(grid)).map(|(_, below)| *below).collect();
        let apart = |pair: &[f64]| pair.iter().fold(0.0, |sum: f64, below| below - sum).abs();
        let most = on_lattices.chunks(2).map(apart).fold(0.0, f64::max);
        let prices = self.ways.ways.iter().any(|(_, worth)| worth.prices().is_some());
        let lattice = if prices { 3.0 * most } else { most / 3.0 };
        let all: f64 = grids.all.iter().zip(&each).map(|(grid, below)| grid.share * below).sum();
        let fewer: f64 = coarser.iter().map(|grid| grid.share * grid.below(view, entrants, None)).sum();
        let step = if coarser.is_empty() { 0.0 } else { (all - fewer).abs() };
        let nearly = grids.all.iter().any(|grid| grid.amounts == Amounts::Nearly);
        let step = if nearly { lattice_error(step) } else { step };
        lattice + self.doubt_error() + step + self.largest_atom()
    }

    fn doubt_error(&self) -> f64 {
        match (self.ways.doubt() > 0.0, self.ways.is_doubt_uneven()) {
            (false, _) => 0.0,
            (true, false) => 1e-7,
            (true, true) => 1e-6,
        }
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
