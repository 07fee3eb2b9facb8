//! The recipe of a plan, the only place that knows all of its parts.

mod explain;
mod explain_channels;
mod explain_sub_goals;
mod plan_of;
mod recipe;
mod weekly_cap;
