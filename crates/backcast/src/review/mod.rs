//! What happened against what was said? The backtest: past origins, predictions as they would have been, and what came.

mod about;
mod backtest;
mod cohort;
mod method;
mod naive;
mod options;
mod predicted;
mod score;

pub use backtest::Backtest;
pub use cohort::{Interval, Prediction, TestedCohort};
pub use method::Method;
pub use options::{BacktestOptions, Every};
pub use score::{Coverage, MethodScore, Reliability};
