//! What is shown of the rates: a row per step and segment, and what one should know about them.

mod dependence;
mod estimate;
mod warnings;

pub use estimate::Estimate;
pub(super) use estimate::Known;
pub(super) use warnings::{Seen, warnings};
