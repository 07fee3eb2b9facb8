//! What is asked: the goal, when leads arrive, who owns what, through which channels.

pub(super) mod arrival;
pub(super) mod channels;
pub(super) mod cost_curve;
pub(super) mod goal;
pub(super) mod limits;
pub(super) mod ownership;
pub(super) mod rounding;
pub(super) mod scheduling;
