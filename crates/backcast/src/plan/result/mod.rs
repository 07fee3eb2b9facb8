//! What comes out: the plan and its rows, data only.

pub(super) mod change;
pub(super) mod channel_plan;
pub(super) mod credit;
pub(super) mod division;
pub(super) mod pace;
pub(super) mod departments;
pub(super) mod plan;
pub(super) mod projection;
pub(super) mod saved;
pub(super) mod schedule;
pub(super) mod unreachable;
