//! What must be true for the goal? The goal, the backward chain, the leads at a confidence, by when, by whom, and why.

mod arrival;
mod cascade;
mod channels;
mod credit;
mod deadline;
mod departments;
mod explain;
mod fill;
mod frontier;
mod goal;
mod make;
mod mix;
#[expect(clippy::module_inception, reason = "the room's main noun is the plan itself")]
mod plan;
mod response;
mod schedule;
mod sensitivity;
mod settled;
mod sub_goals;
mod unreachable;
mod volumes;
mod whole_leads;

pub use arrival::{Arrival, Campaign, DaysOff};
pub use cascade::Rounding;
pub use channels::{Channel, Channels};
pub use credit::{Credit, OpenCredit};
pub use departments::{Departments, Ownership, SourceGoal, StageGoal};
pub use frontier::{Alike, ChannelLeads, ChannelPlan, ChannelRow, FrontierPoint, Mix};
pub use goal::Goal;
pub use plan::{Doubt, Plan, Point, Projection, StagePlan, Whole};
pub use response::Saturation;
pub use schedule::{Schedule, SchedulePart, Scheduling, StageTiming};
pub use sensitivity::Change;
pub use unreachable::Unreachable;
