//! The best that can be reached where no number of newcomers is enough.

use serde::{Deserialize, Serialize};

/// The best that can be reached where no number of newcomers to the first stage meets the goal with the confidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Unreachable {
    /// The most newcomers that were tried: 100 million, or 100 times what division by the mean rates gives, whichever is
    /// more; 0 where newcomers bring nothing, because none of them can be won in time.
    pub entrants: u64,
    /// P(goal met) with that many, and with what is in flight.
    pub probability: f64,
    /// What stands in the way, in a sentence.
    pub limited_by: String,
}
