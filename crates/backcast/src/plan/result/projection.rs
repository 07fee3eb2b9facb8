//! A mean with its 80 % interval.

use serde::{Deserialize, Serialize};

/// What follows from the planned number: customers, or revenue in units of the goal's currency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Projection {
    /// The mean.
    pub expected: f64,
    /// The smallest number or amount with cumulative probability of at least 0.1.
    pub low: f64,
    /// The smallest number or amount with cumulative probability of at least 0.9.
    pub high: f64,
}

impl Projection {
    pub(in crate::plan) fn new(expected: f64, low: f64, high: f64) -> Self {
        Self { expected, low, high }
    }
}
