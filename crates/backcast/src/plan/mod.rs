//! What must be true for the goal? The goal, the backward chain, the leads at a confidence, and why.

mod cascade;
mod credit;
mod deadline;
mod explain;
mod goal;
mod make;
#[expect(clippy::module_inception, reason = "the room's main noun is the plan itself")]
mod plan;
mod sensitivity;
mod volumes;

pub use cascade::Rounding;
pub use goal::Goal;
pub use credit::{Credit, OpenCredit};
pub use plan::{Doubt, Plan, Point, Range, StagePlan, Whole};
pub use sensitivity::Change;
