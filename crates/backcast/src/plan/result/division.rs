//! What plain division asks for, and what that would reach.

use serde::{Deserialize, Serialize};

/// Plain division's number of leads, and what it is worth: the sum on the back of an envelope, looked at with the same eyes
/// as the plan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlainDivision {
    /// Target ÷ mean deal ÷ the rates: the first stage's `whole`, rounded up.
    pub leads: u64,
    /// P(goal met) if so many enter the first stage, with what is in flight, by the deadline.
    pub probability: f64,
    /// The same if newcomers had all the time they need; `None` without a deadline.
    pub probability_without_deadline: Option<f64>,
    /// Leads that meet the goal on average once what is in flight and the deadline are taken into account; `None` where
    /// nobody new can be won in time.
    pub leads_on_average: Option<u64>,
}
