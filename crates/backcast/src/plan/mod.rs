//! What must be true for the goal? The goal, the backward chain, the leads at a confidence, by when, by whom, and why.

mod ask;
mod make;
mod mix;
mod result;
mod solve;
mod spread;

pub use ask::arrival::{Arrival, Campaign, DaysOff};
pub use ask::channels::{Channel, Channels};
pub use ask::cost_curve::Saturation;
pub use ask::goal::Goal;
pub use ask::limits::Limits;
pub use ask::ownership::Ownership;
pub use ask::rounding::Rounding;
pub use ask::scheduling::Scheduling;
pub use result::change::{Change, Lever};
pub use result::channel_plan::{Alike, ChannelLeads, ChannelPlan, ChannelRow, FrontierPoint, Mix};
pub use result::credit::{Credit, OpenCredit};
pub use result::departments::{Departments, SourceGoal, StageGoal};
pub use result::division::PlainDivision;
pub use result::pace::PlanPace;
pub use result::plan::{Doubt, Plan, Point, StagePlan, Whole};
pub use result::projection::Projection;
pub use result::saved::Outcome;
pub use result::schedule::{Schedule, SchedulePart, StageTiming};
pub use result::unreachable::Unreachable;
