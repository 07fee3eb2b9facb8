//! What must be true for the goal? The goal, the backward chain, the leads at a confidence, by when, by whom, and why.

mod arrival;
mod cascade;
mod deadline;
mod departments;
mod explain;
mod goal;
#[expect(clippy::module_inception, reason = "the room's main noun is the plan itself")]
mod plan;
mod schedule;
mod settled;
mod sub_goals;

pub use arrival::{Arrival, Campaign, DaysOff};
pub use cascade::Rounding;
pub use departments::{Departments, Ownership, SourceGoal, StageGoal};
pub use goal::Goal;
pub use plan::{Plan, RevenueRange, StagePlan, Whole};
pub use schedule::{Schedule, SchedulePart, Scheduling, StageTiming};
