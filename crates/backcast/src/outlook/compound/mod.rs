//! What follows as a compound sum: uncertain rates lead to deals of uncertain size. Its parts, its mean and its variance.

mod common_factor;
mod common_unit;
mod moments;
mod run;
mod severity;
mod way;
mod ways;

pub(super) use common_factor::shocks;
pub(super) use common_unit::common_unit;
pub(super) use run::{MOST_EVEN, Run, nodes_for};
pub(crate) use severity::Worth;
pub(crate) use way::{Cell, Way};
pub(crate) use ways::Ways;
