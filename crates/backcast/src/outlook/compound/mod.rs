//! What follows as a compound sum: uncertain rates lead to deals of uncertain size. Its parts, its mean and its variance.

mod common_factor;
mod common_unit;
mod moments;
mod on_lattice;
mod run;
mod severity;
mod way;
mod ways;

pub(super) use common_factor::shocks;
pub(super) use common_unit::{between, common_unit};
pub(super) use on_lattice::{below_on_lattice, doubtful, in_steps};
pub(super) use run::{Run, nodes_for};
pub(crate) use severity::Worth;
pub(crate) use way::{Cell, Way};
pub(crate) use ways::Ways;
