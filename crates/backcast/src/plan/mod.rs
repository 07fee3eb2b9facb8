//! What must be true for the goal? The goal, the backward chain, the leads at a confidence, and why.

mod cascade;
mod deadline;
mod explain;
mod goal;
#[expect(clippy::module_inception, reason = "the room's main noun is the plan itself")]
mod plan;

pub use cascade::Rounding;
pub use goal::Goal;
pub use plan::{Plan, RevenueRange, StagePlan, Whole};
