//! The recipe of a plan, the only place that knows all of its parts.

mod channel_statements;
mod headline;
mod notices;
mod plan_of;
mod recipe;
mod statements;
mod sub_goal_statements;
mod weekly_cap;
