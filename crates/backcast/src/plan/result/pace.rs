//! The plan beside the pace of history.

use serde::{Deserialize, Serialize};

/// The plan's newcomers a month beside those of history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlanPace {
    /// How many entered the first stage a month (of 30.44 days) of late.
    pub of_history: f64,
    /// The days of history that this was counted over.
    pub days: u32,
    /// How many are planned to enter a month; `None` without both days, or where no number could be planned.
    pub planned: Option<f64>,
    /// Planned ÷ of history.
    pub times: Option<f64>,
    /// P(goal met) at the pace of history, from the first day to the deadline; `None` without both days.
    pub probability: Option<f64>,
}
