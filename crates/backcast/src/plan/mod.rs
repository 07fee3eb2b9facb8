//! What must be true for the goal? The goal, the backward chain, the leads at a confidence, by when, by whom, and why.

mod arrival;
mod cascade;
mod credit;
mod deadline;
mod departments;
mod explain;
mod goal;
mod make;
#[expect(clippy::module_inception, reason = "the room's main noun is the plan itself")]
mod plan;
mod schedule;
mod sensitivity;
mod settled;
mod sub_goals;
mod volumes;

pub use arrival::{Arrival, Campaign, DaysOff};
pub use cascade::Rounding;
pub use credit::{Credit, OpenCredit};
pub use departments::{Departments, Ownership, SourceGoal, StageGoal};
pub use goal::Goal;
pub use plan::{Doubt, Plan, Point, Range, StagePlan, Whole};
pub use schedule::{Schedule, SchedulePart, Scheduling, StageTiming};
pub use sensitivity::Change;
