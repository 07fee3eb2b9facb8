//! How do rates move? Cohorts of months and quarters, their drift, trends and breaks, and old ones that fade.

mod breakpoint;
mod cohorts;
mod drift;
mod fading;
mod trend;

pub(super) use breakpoint::breakpoint;
pub(super) use cohorts::{PeriodRate, by_month, by_quarter, rates};
pub(super) use drift::{Drift, QUARTERS, drift, widening};
pub(super) use fading::{Faded, Fading};
pub(super) use trend::movement;
