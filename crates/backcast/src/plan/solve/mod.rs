//! What it takes: the days, the chain back from the target, and how many newcomers are enough.

pub(super) mod cascade;
pub(super) mod credit;
pub(super) mod days;
pub(super) mod deadline;
pub(super) mod division;
pub(super) mod flow;
pub(super) mod pace;
pub(super) mod question;
pub(super) mod sensitivity;
pub(super) mod unreachable;
pub(super) mod volumes;
