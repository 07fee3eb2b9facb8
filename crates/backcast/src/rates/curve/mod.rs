//! How many convert, and how fast? The curve of one step: incidence, what segments share of it, what comes after its end.

mod incidence;
mod shared_lag;
mod step;
mod tail;
mod tail_fit;

pub(super) use incidence::{Counts, Incidence, RiskSet};
pub(super) use shared_lag::Effective;
pub(super) use step::StepCurve;
pub(super) use tail::{DISAGREE, FAR, Tail};
pub(super) use tail_fit::TAILS;
