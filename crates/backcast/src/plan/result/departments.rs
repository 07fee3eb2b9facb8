//! The goals of the departments and of the sources.

use serde::{Deserialize, Serialize};

/// Sub-goals that add up to the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Departments {
    /// One per stage, first to last, with the department that owns it.
    pub goals: Vec<StageGoal>,
    /// One per source, in the order of the alphabet; empty where none are told apart.
    pub sources: Vec<SourceGoal>,
}

/// The goal of the department that owns a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StageGoal {
    /// Who answers for it.
    pub department: String,
    /// The stage that must be entered.
    pub stage: String,
    /// How many must enter it; `None` where no number can be planned.
    pub total: Option<u64>,
    /// The revenue expected of one newcomer: the mean rates downstream × the share won in time × the mean deal. `None`
    /// without a deal size.
    pub worth: Option<f64>,
    /// The total over `schedule.weeks`; empty without a schedule.
    pub weeks: Vec<u64>,
    /// The total over `schedule.months`.
    pub months: Vec<u64>,
    /// The total over `schedule.quarters`.
    pub quarters: Vec<u64>,
}

/// What one source must bring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SourceGoal {
    /// A channel or a department.
    pub source: String,
    /// Its share of revenue, from 0 to 1.
    pub share: f64,
    /// The same in units of the currency; `None` without a deal size.
    pub revenue: Option<f64>,
    /// How many of it must enter each stage, first to last; over time in the schedule.
    pub entries: Vec<Option<u64>>,
}
