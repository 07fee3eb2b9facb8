//! Backward planning of a campaign: from a revenue target, through what history supports about conversion, delay and
//! deal size, to the customers, SQLs, MQLs and leads that it takes, with what probability.
#![forbid(unsafe_code)]

pub mod answer;
mod error;
pub mod funnel;
pub mod history;
mod math;
pub mod outlook;
pub mod plan;
pub mod quantity;
pub mod rates;

pub use answer::*;
pub use error::{Error, Result};
pub use funnel::*;
pub use history::*;
pub use outlook::*;
pub use plan::*;
pub use quantity::*;
pub use rates::*;
