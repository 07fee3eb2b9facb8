//! What happened against what was said? The backtest: past origins, predictions as they would have been, and what came.

mod backtest;
mod cohort;
mod naive;
mod predicted;
mod score;
mod words;

pub use backtest::{Backtest, BacktestOptions, Every};
pub use cohort::{Interval, Method, Prediction, TestedCohort};
pub use score::{Coverage, MethodScore, Reliability};
