//! The calibration world: its parameters, its history, the campaign that follows, and the truth about both.

mod campaign;
mod history;
mod law;
mod leads;
mod oracle;
mod parameters;
mod shocks;
mod truth;

pub use campaign::Outcome;
pub use leads::{Leads, MISSING, MISSING_AMOUNT};
pub use oracle::Oracle;
pub use parameters::{Deal, Loss, RateBreak, Segment, Step, World};
pub use truth::{Part, Truth};
