//! What open leads are worth by the deadline.

use serde::{Deserialize, Serialize};

use super::projection::Projection;

/// What open leads are worth by the deadline, none of them counted among the planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Credit {
    /// How many are open.
    pub open: u64,
    /// Customers that follow from them.
    pub customers: Projection,
    /// Revenue that follows from them; `None` without a deal size.
    pub revenue: Option<Projection>,
    /// P(goal) if nobody enters anew.
    pub probability: f64,
    /// By stage and age, as given.
    pub rows: Vec<OpenCredit>,
}

/// What the open leads of one stage and age are worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OpenCredit {
    /// The stage they are in.
    pub stage: String,
    /// Whole days since they entered it.
    pub age_days: u32,
    /// How many.
    pub count: u64,
    /// The chance of each to be won by the deadline, from 0 to 1.
    pub chance: f64,
    /// Customers that follow from them, with their 80 % interval.
    pub customers: Projection,
    /// Expected revenue, in units of the currency; `None` without a deal size or amount.
    pub revenue: Option<f64>,
    /// Older than any lead that ever moved on from this stage: worth nothing, whatever the stage says.
    pub beyond_history: bool,
}
