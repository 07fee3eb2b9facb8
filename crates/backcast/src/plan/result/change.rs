//! One change of the inputs, and what it does to the plan.

use serde::{Deserialize, Serialize};

/// What can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lever {
    /// The rate of a step.
    Rate,
    /// All delays.
    Delay,
    /// The mean deal.
    DealSize,
    /// The number of planned leads.
    Leads,
}

/// One change, all else as it is, and what it does to the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Change {
    /// What changes.
    pub what: Lever,
    /// The step, for a rate: `lead->mql`.
    pub step: Option<String>,
    /// The factor on it: 1.1 for a tenth more, 0.9 for a tenth shorter; at most what makes a rate 100 %.
    pub factor: f64,
    /// The change in words: `a tenth more`, `a tenth shorter`.
    pub change: String,
    /// Leads needed after the change; `None` without a confidence.
    pub needed: Option<u64>,
    /// Expected revenue (customers without a deal size) of the planned number after the change, minus that before.
    pub gain: f64,
    /// P(goal) for the planned number after the change.
    pub probability: f64,
    /// For plain division's number of leads (of what the target takes beside the mean of what is in flight): the rate, mean
    /// deal or factor on delays that by itself would meet the goal with the confidence; for `leads` their number. `None`
    /// where none does, or without a confidence.
    pub goal_seek: Option<f64>,
}
