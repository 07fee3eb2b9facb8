//! What is shown of the rates: a row per step and segment, how long steps take, which segments lead, and what to know.

mod delays;
mod dependence;
mod estimate;
mod ranking;
mod warnings;

pub use delays::Delay;
pub use estimate::Estimate;
pub(super) use estimate::Known;
pub use ranking::Ranked;
pub(super) use warnings::{Seen, warnings};
