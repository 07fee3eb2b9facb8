//! What is the path? The stages from first touch to won deal, and the segments that split leads.

mod segment;
mod stages;

pub use segment::{BLANK, Segment};
pub use stages::{Funnel, Step};
