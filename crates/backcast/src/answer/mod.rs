//! The front door: one request in, one answer out, the same in every language.

#[expect(clippy::module_inception, reason = "the room's main noun is the answer itself")]
mod answer;
mod channels;
mod evidence;
mod forms;
mod goal;
mod object;
mod rate;
mod request;
mod schedule;
mod volume;

pub use answer::{Answer, Refusal, answer, answer_json, answer_json_with, answer_with};
pub use channels::{ChannelRequest, SaturationRequest};
pub use evidence::{DealSizeRequest, LagRequest, OpenLeads};
pub use goal::{GoalRequest, GrowthRequest};
pub use rate::RateRequest;
pub use request::Request;
pub use schedule::{ArrivalRequest, CampaignRequest, RampRequest, ScheduleRequest, ShapeRequest};
pub use volume::{LeadsRequest, PaceRequest};
