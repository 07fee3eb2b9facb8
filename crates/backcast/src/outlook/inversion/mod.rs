//! The distribution of what follows from its transform: the grids on which that is inverted, and which of them is chosen.

mod choice;
mod counting;
mod distribution;
mod exact;
mod fine;
mod grid;

pub(super) use choice::{Grids, MANY_DEALS, by_factor};
#[cfg(test)]
pub(super) use counting::counting;
pub(super) use distribution::Spread;
pub(super) use grid::{Amounts, Grid, Part, View};
