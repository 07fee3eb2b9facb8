//! What is open today: leads by stage and age, and the chance that each is won in time.

mod leads;
mod odds;

pub use leads::Open;
pub(crate) use odds::{Clock, Odds};
