//! How likely given volumes reach a target, and how many newcomers that takes.

mod checked;
mod cornish_fisher;
mod forecast;
mod mix_probability;
mod needed;
mod ready;
mod window;

pub(crate) use checked::Computed;
pub(super) use forecast::Forecast;
pub(crate) use mix_probability::Joint;
pub(crate) use needed::{Enough, Reach, Short};
pub(crate) use ready::Ready;
