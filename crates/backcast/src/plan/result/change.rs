//! One change of the inputs, and what it does to the plan.

use serde::Serialize;

/// One change, all else as it is, and what it does to the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Change {
    /// What changes: `rate`, `delay`, `deal_size` or `leads`.
    pub what: String,
    /// The step, for a rate: `lead->mql`.
    pub step: Option<String>,
    /// The change in words: `1 point more`, `a tenth shorter`.
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
